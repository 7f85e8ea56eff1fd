"""Compact columns give back the stored values, also to later releases."""

import hashlib
import zlib
from types import SimpleNamespace
from typing import Any, cast

import pytest
from core_hall import Hall, in_state
from sqlalchemy import Dialect, text

from server.domain.queue.ticket import TicketState
from server.store.chain import canonical
from server.store.schema.compact import Compact, DamagedValue, Packed

SQLITE = cast(Dialect, SimpleNamespace(name="sqlite"))
POSTGRESQL = cast(Dialect, SimpleNamespace(name="postgresql"))
HASH = hashlib.sha256(b"x").hexdigest()
BOOT = "5f1c2a4e-93d7-4c0b-8a61-7d2e90b4c3f8"
CALLED = canonical({"auto": False, "chosen": False, "class": "ordinary", "clerk": "nv-c1", "number": "Đ066", "why": {}})

PACKED_BY_FIRST_RELEASE = "01232e3e904213161f7965bac986c859e8c8040333337844d4d60200"


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (HASH, bytes.fromhex(HASH)),
        (BOOT, bytes.fromhex(BOOT.replace("-", ""))),
        *((other, other) for other in ("boot-1", "", HASH.upper(), BOOT.upper(), HASH[:32], f"{BOOT}\n", None)),
    ],
)
def test_a_hash_and_a_uuid_take_half_the_space_and_any_other_text_stays(value: str | None, stored: Any) -> None:
    column = Compact(64)
    assert column.process_bind_param(value, SQLITE) == stored
    assert column.process_result_value(stored, SQLITE) == value
    assert column.process_bind_param(value, POSTGRESQL) == value


@pytest.mark.parametrize(
    "value", [None, "", "{}", CALLED, canonical({"x": "đ" * 5000}), canonical(["ký tự lạ \x01"] * 9)]
)
def test_a_packed_text_is_read_as_it_was_written(value: str | None) -> None:
    column = Packed()
    assert column.process_result_value(column.process_bind_param(value, SQLITE), SQLITE) == value
    assert column.process_bind_param(value, POSTGRESQL) == value


def test_texts_packed_by_the_first_release_can_be_read_for_ever() -> None:
    """The words of the compression never change; other words would get another first byte."""
    assert Packed().process_result_value(bytes.fromhex(PACKED_BY_FIRST_RELEASE), SQLITE) == CALLED


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\x01",
        b"\x02" + bytes.fromhex(PACKED_BY_FIRST_RELEASE)[1:],
        bytes.fromhex(PACKED_BY_FIRST_RELEASE)[:-3],
        bytes.fromhex(PACKED_BY_FIRST_RELEASE) + b"x",
        bytes.fromhex(PACKED_BY_FIRST_RELEASE)[:1] + b"\xff" * 9,
        b"\x01" + zlib.compress(b"\xff" * 9, wbits=-15),
        7,
    ],
)
def test_a_damaged_packed_text_is_refused(stored: Any) -> None:
    with pytest.raises(DamagedValue):
        Packed().process_result_value(stored, SQLITE)


def test_the_journal_is_stored_compact_and_read_as_it_was_written(hall: Hall) -> None:
    in_state(hall, TicketState.CALLED)
    called = hall.facts()[-1]
    stored = text("SELECT typeof(own), length(own), typeof(data), length(data) FROM journal WHERE seq = :seq")
    with hall.read() as snapshot:
        own, own_length, data, data_length = snapshot.connection.execute(stored, {"seq": called.seq}).one()
    assert (own, own_length, data) == ("blob", 32, "blob")
    assert data_length < len(called.data) / 3
    assert len(called.own) == 64
