"""Serial scanners: one text a scan on any line, never in a log."""

import logging
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keypad_rules import Clock

from hardware.control_port import BadRequest
from hardware.ports import HealthState
from hardware.scanners.serial_scanner import MAX_LENGTH, MAX_UNREADABLE, ScanSplitter, SerialScanner, decode
from hardware.serial_bus.bus import SerialBuses
from hardware.simulated.keypads.scanner import SimulatedScanner
from support.scaled_time import mono_s
from support.waiting import until

CARD = "001099012345|012345678|Nguyễn Văn A|01011990|Nam|Phường Mẫu, Tỉnh Mẫu|01012022"
LINK = "https://hall.example/v/AbC-1_x"


class Desk:
    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.texts: list[str] = []
        self.clock = Clock()
        self.twin = stack.enter_context(closing(SimulatedScanner("c1", path, mono_s)))
        self.bus = SerialBuses(self.clock).bus(str(path), 9600)
        self.unreadable = 0
        scanner = SerialScanner(self.bus, self.texts.append, self.clock, on_unreadable=self._on_unreadable)
        self.driver = stack.enter_context(closing(scanner))
        until(lambda: self.driver.health().state is HealthState.READY)

    def _on_unreadable(self) -> None:
        self.unreadable += 1


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(tmp_path / "scanner", stack)


def test_a_scan_arrives_whole_at_the_speed_of_the_line(desk: Desk) -> None:
    desk.twin.scan(LINK)
    desk.twin.scan(CARD)
    until(lambda: len(desk.texts) == 2)
    assert desk.texts == [LINK, CARD]


def test_a_scanner_without_a_suffix_is_understood_after_a_silence(desk: Desk) -> None:
    desk.twin.set_fault("no_suffix", on=True)
    for number, text in enumerate((LINK, "H01.15"), 1):
        desk.twin.scan(text)
        until(lambda count=number: len(desk.texts) == count, lambda: desk.texts)
    assert desk.texts == [LINK, "H01.15"]


def test_a_scan_that_comes_in_pieces_is_one(desk: Desk) -> None:
    for piece in (b"H01", b".", b"15\r"):
        desk.twin.send(piece)
    until(lambda: desk.texts == ["H01.15"])


def test_half_a_scan_from_before_an_outage_is_not_joined_to_the_next(desk: Desk) -> None:
    desk.twin.send(b"H01.")
    desk.twin.set_fault("unplugged", on=True)
    until(lambda: desk.driver.health().state is HealthState.OFFLINE)
    desk.twin.scan("lost")
    desk.twin.set_fault("unplugged", on=False)
    until(lambda: desk.driver.health().state is HealthState.READY)
    desk.twin.scan("H02.16")
    until(lambda: desk.texts[-1:] == ["H02.16"])
    assert "lost" not in desk.texts
    assert not [text for text in desk.texts if text not in ("H01.", "H02.16")]


def test_a_scan_cut_off_by_unplugging_is_never_reported() -> None:
    texts: list[str] = []
    splitter = ScanSplitter(texts.append, "scanner")
    splitter.receive(b"H01.", 0.0)
    splitter.reset()
    splitter.receive(b"H02.16\r", 5.0)
    assert texts == ["H02.16"]


def test_after_a_long_outage_it_recovers_within_ten_seconds(desk: Desk) -> None:
    desk.twin.set_fault("unplugged", on=True)
    until(lambda: desk.driver.health().state is HealthState.OFFLINE)
    for _ in range(8):
        desk.clock.ahead_s += 10.0
        desk.bus.wake()
    desk.twin.set_fault("unplugged", on=False)
    desk.clock.ahead_s += 10.0
    desk.bus.wake()
    until(lambda: desk.driver.health().state is HealthState.READY)


def test_unreadable_scans_are_counted_and_logged_once_without_their_bytes(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk.twin.set_fault("garbled", on=True)
    for count in range(1, MAX_UNREADABLE + 1):  # without a readable suffix, only silence tells two scans apart
        desk.twin.scan(f"{CARD}{count}")
        until(lambda count=count: desk.unreadable == count)
    until(lambda: desk.driver.health().code == "wrong")
    assert desk.driver.health().state is HealthState.FAULT
    written = caplog.text + desk.driver.health().detail
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1
    spoilt = bytes(0x80 | byte >> 1 for byte in CARD.encode())
    for secret in ("Nguy", "001099", spoilt[:6].hex(" "), repr(spoilt[:4])[2:-1]):
        assert secret not in written
    desk.twin.set_fault("garbled", on=False)
    desk.twin.scan("H01.15")
    until(lambda: desk.driver.health().state is HealthState.READY)
    until(lambda: desk.texts == ["H01.15"], lambda: desk.texts)


def test_an_unreadable_scan_is_reported_until_the_health_shows_it() -> None:
    texts: list[str] = []
    reports: list[str] = []
    splitter = ScanSplitter(texts.append, "scanner", lambda: reports.append("garbled"))
    for at, expected in ((1.0, 1), (2.0, 2), (3.0, 3), (4.0, 3)):
        splitter.receive(b"\xff\xfe\r", at)
        assert len(reports) == expected
    splitter.receive(b"H01.15\r" + b"\xff\r", 5.0)
    assert (texts, len(reports)) == (["H01.15"], 4)


def test_scans_that_were_no_text_are_forgotten_when_the_port_is_opened_anew(caplog: pytest.LogCaptureFixture) -> None:
    splitter = ScanSplitter(lambda _text: None, "scanner")
    for at in (1.0, 2.0, 3.0):
        splitter.receive(b"\xff\r", at)
    assert (splitter.unreadable_count, len(caplog.records)) == (3, 1)
    splitter.reset()
    assert splitter.unreadable_count == 0
    splitter.receive(b"\xff\r", 4.0)
    assert (splitter.unreadable_count, len(caplog.records)) == (1, 2)


def test_no_scan_is_ever_in_a_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk.twin.scan(CARD)
    until(lambda: desk.texts == [CARD])
    desk.twin.set_fault("unplugged", on=True)
    until(lambda: desk.driver.health().state is HealthState.OFFLINE)
    assert "Nguy" not in caplog.text + desk.driver.health().detail + str(desk.twin.state())


def test_the_same_code_held_before_the_scanner_is_one_scan() -> None:
    texts: list[str] = []
    splitter = ScanSplitter(texts.append, "scanner")
    for at in (0.0, 0.5, 0.9, 1.6, 2.5):
        splitter.receive(b"A\r\n", at)
    assert texts == ["A"]
    splitter.receive(b"A\r\n", 3.6)
    assert texts == ["A", "A"], "the second only after more than a second"
    splitter.receive(b"B\r\n", 3.7)
    assert texts[-1] == "B"


def test_a_text_longer_than_four_hundred_letters_is_none() -> None:
    texts: list[str] = []
    splitter = ScanSplitter(texts.append, "scanner")
    splitter.receive(b"x" * 5000, 0.0)
    splitter.receive(b"x" * 5000 + b"\r" + b"y" * MAX_LENGTH + b"\r", 0.1)
    assert texts == ["y" * MAX_LENGTH]
    assert splitter.unreadable_count == 0


def test_text_is_composed_and_without_anything_that_could_command() -> None:
    assert decode(unicodedata.normalize("NFD", "Nguyễn").encode()) == "Nguyễn"
    assert decode(b"\x02A\x1b\x00B\x7f\x03") == "AB"
    assert decode("A\u200b\u202e\ufeffB".encode()) == "AB"
    assert decode(b"\xc3") is None


@given(st.lists(st.tuples(st.binary(max_size=30), st.floats(0, 0.5)), max_size=20))
def test_any_bytes_at_any_time_are_texts_or_nothing(story: list[tuple[bytes, float]]) -> None:
    texts: list[str] = []
    splitter, now = ScanSplitter(texts.append, "scanner"), 0.0
    for data, after_s in story:
        now += after_s
        splitter.receive(data, now)
    while (at := splitter.due()) is not None:
        splitter.receive(b"", at)
    for text in texts:
        assert 0 < len(text) <= MAX_LENGTH
        assert text.isprintable()
        assert unicodedata.is_normalized("NFC", text)


def test_it_may_be_closed_any_number_of_times(desk: Desk) -> None:
    desk.driver.close()
    desk.driver.close()
    assert desk.driver.health().state is HealthState.OFFLINE


def test_the_twins_port_takes_texts_and_keeps_none(desk: Desk) -> None:
    (route,) = desk.twin.routes()
    route.call((), {"text": "H01.15"})
    until(lambda: desk.texts == ["H01.15"])
    assert desk.twin.state() == {"counter": "c1", "scans": 1}
    with pytest.raises(BadRequest):
        route.call((), {"text": ""})
