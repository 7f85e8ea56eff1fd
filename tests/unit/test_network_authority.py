"""The hall's own authority: names, renewal, clocks and damaged files."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from server.network.authority import RELEASED, Authority
from server.network.names import BoxNames
from support.certificates import NOW, wall_ms

NAMES = BoxNames(("hall", "hall.local", "motcua.phuong.vn"), ("192.168.1.10", "fd00::5"), "192.168.1.10")


class Clock:
    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def wall_ms(self) -> int:
        return wall_ms(self.moment)


def authority(folder: Path, clock: Clock | None = None) -> Authority:
    return Authority(folder / "tls", (clock or Clock()).wall_ms, "mau")


def alternative(certificate: x509.Certificate) -> set[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in names}


def test_the_first_start_makes_an_authority_and_a_certificate_for_every_name(tmp_path: Path) -> None:
    ca, server = authority(tmp_path).renew(NAMES)
    server.verify_directly_issued_by(ca)
    assert alternative(server) == {*NAMES.names, *NAMES.addresses, "localhost", "127.0.0.1", "::1"}
    assert ca.not_valid_after_utc - NOW == timedelta(days=3650)
    assert server.not_valid_after_utc - server.not_valid_before_utc <= timedelta(days=398)
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    rights = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "tls").iterdir()}
    assert rights.pop("ca.crt")
    assert rights == {"authority.pem": 0, "server.pem": 0}
    assert (tmp_path / "tls").stat().st_mode & 0o077 == 0


def test_a_later_start_keeps_both(tmp_path: Path) -> None:
    assert authority(tmp_path).renew(NAMES) == authority(tmp_path).renew(NAMES)


def test_the_certificate_is_renewed_30_days_before_its_end_by_the_same_authority(tmp_path: Path) -> None:
    clock = Clock()
    hall = authority(tmp_path, clock)
    ca, first = hall.renew(NAMES)
    clock.moment = first.not_valid_after_utc - timedelta(days=30, seconds=1)
    assert hall.renew(NAMES) == (ca, first)
    clock.moment += timedelta(seconds=2)
    ca_later, second = hall.renew(NAMES)
    assert ca_later == ca
    assert second.not_valid_after_utc > first.not_valid_after_utc
    assert second.public_key() != first.public_key()


def test_a_new_address_is_in_a_new_certificate(tmp_path: Path) -> None:
    hall = authority(tmp_path)
    ca, _ = hall.renew(NAMES)
    moved = BoxNames(NAMES.names, ("10.1.2.3",))
    assert hall.renew(moved)[0] == ca
    assert "10.1.2.3" in alternative(hall.renew(moved)[1])
    assert "192.168.1.10" not in alternative(hall.renew(moved)[1])


def test_the_authority_signs_no_public_address_and_no_name_that_came_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hall = authority(tmp_path)
    hall.renew(NAMES)
    public = BoxNames((*NAMES.names, "bank.example", "new.lan"), ("203.0.113.7", *NAMES.addresses))
    for _ in range(3):
        _, server = hall.renew(public)
    assert {"bank.example", "203.0.113.7"}.isdisjoint(alternative(server))
    assert "new.lan" in alternative(server)
    (warning,) = [text for text in caplog.messages if "may not sign" in text]
    assert "203.0.113.7, bank.example" in warning


def test_the_addresses_of_the_first_day_are_signed_even_when_they_are_public(tmp_path: Path) -> None:
    _, server = authority(tmp_path).renew(BoxNames(("hall",), ("203.0.113.7",)))
    assert "203.0.113.7" in alternative(server)


@pytest.mark.parametrize("year", [1970, 2020, 2106])
def test_a_clock_far_off_makes_certificates_that_count_when_it_is_right(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, year: int
) -> None:
    clock = Clock(datetime(year, 1, 1, tzinfo=UTC))
    hall = authority(tmp_path, clock)
    for _ in range(2):
        ca, server = hall.renew(NAMES)
    for certificate in (ca, server):
        assert certificate.not_valid_before_utc < RELEASED + timedelta(days=1) < certificate.not_valid_after_utc
    (text,) = [text for text in caplog.messages if "timedatectl" in text]
    assert str(year) in text
    clock.moment = NOW
    assert hall.renew(NAMES)[0] == ca


def test_a_certificate_of_a_clock_that_was_ahead_is_made_again_when_it_is_set_back(tmp_path: Path) -> None:
    clock = Clock(NOW + timedelta(days=900))
    hall = authority(tmp_path, clock)
    ca, _ = hall.renew(NAMES)
    clock.moment = NOW
    assert hall.renew(NAMES)[0] == ca
    assert ca.not_valid_before_utc < NOW
    assert hall.renew(NAMES)[1].not_valid_before_utc < NOW


def test_a_clock_that_fell_back_at_a_power_cut_keeps_the_certificate(tmp_path: Path) -> None:
    clock = Clock(RELEASED + timedelta(days=1000))
    before = authority(tmp_path, clock).renew(NAMES)
    clock.moment = datetime(1970, 1, 1, tzinfo=UTC)
    assert authority(tmp_path, clock).renew(NAMES) == before


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nMIG", bytes(3000)])
@pytest.mark.parametrize("name", ["authority.pem", "server.pem"])
def test_a_file_that_a_power_cut_damaged_is_set_aside_and_made_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, content: bytes
) -> None:
    authority(tmp_path).renew(NAMES)
    (tmp_path / "tls" / name).write_bytes(content)
    (tmp_path / "tls" / f".{name}.new").write_bytes(b"half")
    caplog.set_level(logging.INFO)
    ca, server = authority(tmp_path).renew(NAMES)
    server.verify_directly_issued_by(ca)
    assert (tmp_path / "tls" / f"{name}.damaged").read_bytes() == content
    assert "damaged" in caplog.text
    assert authority(tmp_path).renew(NAMES) == (ca, server)


def test_a_key_of_another_certificate_is_noticed(tmp_path: Path) -> None:
    authority(tmp_path).renew(NAMES)
    other = tmp_path / "other"
    authority(other).renew(NAMES)
    mixed = (other / "tls/server.pem").read_text().partition("-----BEGIN CERT")[0]
    mixed += (tmp_path / "tls/server.pem").read_text().partition("-----END PRIVATE KEY-----\n")[2]
    (tmp_path / "tls/server.pem").write_text(mixed)
    ca, server = authority(tmp_path).renew(NAMES)
    server.verify_directly_issued_by(ca)
    assert (tmp_path / "tls/server.pem.damaged").exists()


def test_a_clock_once_ten_years_ahead_leaves_the_authority_and_is_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    ca, _ = authority(tmp_path, clock).renew(NAMES)
    clock.moment = NOW + timedelta(days=3653)
    hall = authority(tmp_path, clock)  # a start with the wrong clock
    moved = BoxNames(NAMES.names, ("10.1.2.3",))
    for _ in range(2):
        kept, server = hall.renew(moved)
    assert kept == ca
    server.verify_directly_issued_by(ca)
    assert "10.1.2.3" in alternative(server)
    assert server.not_valid_before_utc <= NOW < server.not_valid_after_utc, "stations with a right clock connect"
    (text,) = [text for text in caplog.messages if "it is kept" in text]
    assert hall.problems == (text,)
    assert "2037-03-01" in text and "timedatectl" in text and "authority.pem" in text
    clock.moment = NOW
    assert hall.renew(moved)[0] == ca
    assert not hall.problems


def test_the_last_year_of_the_authority_is_reported_and_its_last_certificate_lasts_to_its_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    hall = authority(tmp_path, clock)
    ca, _ = hall.renew(NAMES)
    clock.moment = ca.not_valid_after_utc - timedelta(days=366)
    hall.renew(NAMES)
    assert hall.problems == ()
    clock.moment = ca.not_valid_after_utc - timedelta(days=20)
    _, last = hall.renew(NAMES)
    assert last.not_valid_after_utc == ca.not_valid_after_utc
    assert hall.renew(NAMES) == (ca, last), "not a new one at each look"
    assert [text for text in caplog.messages if "ends on" in text] == list(hall.problems)
