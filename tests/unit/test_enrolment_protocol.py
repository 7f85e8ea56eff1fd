"""Code and seal of an enrolment: both ends agree, and any change shows."""

import secrets
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.wire.enrolment import (
    EnrolmentFailed,
    EnrolmentTranscript,
    certificate_hash,
    check_commitment,
    commitment,
    display_code,
    is_code,
    is_receipt,
    new_keys,
    open_sealed,
    read_code,
    seal,
    shared_keys,
)


def _both_ends() -> tuple[EnrolmentTranscript, object, object]:
    station, server = new_keys(secrets.token_bytes), new_keys(secrets.token_bytes)
    transcript = EnrolmentTranscript(
        certificate_hash(b"certificate"),
        "kiosk",
        "kiosk-1",
        station.public,
        station.random,
        server.public,
        server.random,
    )
    return transcript, station, server


def test_both_ends_compute_the_same_code_and_the_same_keys() -> None:
    transcript, station, server = _both_ends()
    at_station = shared_keys(station, server.public, transcript)  # type: ignore[attr-defined,arg-type]
    at_server = shared_keys(server, station.public, transcript)  # type: ignore[attr-defined,arg-type]
    assert at_station == at_server
    assert len(transcript.code()) == 8
    assert transcript.code().isdecimal()
    sealed = seal(at_server, "mã".encode(), secrets.token_bytes)
    assert open_sealed(at_station, sealed) == "mã".encode()
    assert is_receipt(at_server, at_station.receipt)


def test_every_part_of_the_transcript_changes_code_seal_and_receipt() -> None:
    transcript, station, server = _both_ends()
    keys = shared_keys(server, station.public, transcript)  # type: ignore[attr-defined,arg-type]
    sealed = seal(keys, b"secret", secrets.token_bytes)
    for field in fields(EnrolmentTranscript):
        value = getattr(transcript, field.name)
        other = replace(transcript, **{field.name: value + (b"x" if isinstance(value, bytes) else "x")})
        assert other.code() != transcript.code(), field.name  # one in 10^8 by chance
        other_keys = shared_keys(station, server.public, other)  # type: ignore[attr-defined,arg-type]
        assert not is_receipt(keys, other_keys.receipt), field.name
        with pytest.raises(EnrolmentFailed):
            open_sealed(other_keys, sealed)


def test_parts_cannot_be_shifted_into_each_other() -> None:
    parts = EnrolmentTranscript(b"h", "kiosk", "a-1", b"k", b"r", b"K", b"R")
    assert parts.code() != replace(parts, kind="kioska", station="-1").code()


@given(station_key=st.binary(max_size=64), station_random=st.binary(max_size=64))
def test_only_the_committed_key_and_number_are_accepted(station_key: bytes, station_random: bytes) -> None:
    committed = commitment(station_key, station_random)
    if len(station_key) == len(station_random) == 32:
        check_commitment(committed, station_key, station_random)
    else:
        with pytest.raises(EnrolmentFailed):
            check_commitment(committed, station_key, station_random)
    with pytest.raises(EnrolmentFailed):
        check_commitment(committed, b"\x01" * 32, b"\x02" * 32)


def test_a_key_without_secret_is_refused() -> None:
    transcript, station, _ = _both_ends()
    for key in (bytes(32), b"\x01" + bytes(31), b"short"):
        with pytest.raises(EnrolmentFailed):
            shared_keys(station, key, transcript)  # type: ignore[arg-type]


@given(changed=st.integers(min_value=0, max_value=27), bit=st.integers(min_value=0, max_value=7))
def test_changed_credentials_are_refused(changed: int, bit: int) -> None:
    transcript, station, server = _both_ends()
    keys = shared_keys(server, station.public, transcript)  # type: ignore[attr-defined,arg-type]
    sealed = bytearray(seal(keys, b"", secrets.token_bytes))
    sealed[changed] ^= 1 << bit
    with pytest.raises(EnrolmentFailed):
        open_sealed(keys, bytes(sealed))
    with pytest.raises(EnrolmentFailed):
        open_sealed(keys, bytes(sealed[:changed]))


def test_a_person_may_type_the_code_with_spaces_or_without() -> None:
    assert display_code("47291380") == "4729 1380"
    for typed in ("47291380", "4729 1380", " 4729-1380 ", "4729.1380", "４７２９１３８０"):
        assert is_code("47291380", typed), typed
    for typed in ("", "4729138", "472913801", "47291381", "١"):
        assert not is_code("47291380", typed), typed
    assert read_code("a4b7") == "47"
