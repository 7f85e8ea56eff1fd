"""Serial scanners: one text a scan, whatever the cable does; and nothing of it in anybody's log."""

import logging
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keypad_rules import Clock

from hardware.lines.lines import Lines
from hardware.ports import State
from hardware.scanners.serial_scanner import LONGEST, Scans, SerialScanner, read
from hardware.simulated.control import Refused
from hardware.simulated.keypads.scanner import SimulatedScanner
from waiting import until

CARD = "001099012345|012345678|Nguyễn Văn A|01011990|Nam|Phường Mẫu, Tỉnh Mẫu|01012022"
LINK = "https://hall.example/v/AbC-1_x"


class Desk:
    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.texts: list[str] = []
        self.clock = Clock()
        self.twin = stack.enter_context(closing(SimulatedScanner("c1", path)))
        self.line = Lines(self.clock).line(str(path), 9600)
        self.driver = stack.enter_context(closing(SerialScanner(self.line, self.texts.append, self.clock)))
        until(lambda: self.driver.health().state is State.READY)


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
    desk.twin.scan(LINK)
    desk.twin.scan("H01.15")
    until(lambda: desk.texts == [LINK, "H01.15"], lambda: desk.texts)


def test_a_scan_that_comes_in_pieces_is_one(desk: Desk) -> None:
    for piece in (b"H01", b".", b"15\r"):
        desk.twin.send(piece)
    until(lambda: desk.texts == ["H01.15"])


def test_half_a_scan_from_before_an_outage_is_not_joined_to_the_next(desk: Desk) -> None:
    desk.twin.send(b"H01.")
    desk.twin.set_fault("unplugged", on=True)
    until(lambda: desk.driver.health().state is State.OFFLINE)
    desk.twin.scan("lost")
    desk.twin.set_fault("unplugged", on=False)
    until(lambda: desk.driver.health().state is State.READY)
    desk.twin.scan("H02.16")
    until(lambda: desk.texts[-1:] == ["H02.16"])
    assert "lost" not in desk.texts
    assert not [one for one in desk.texts if one not in ("H01.", "H02.16")]


def test_what_was_half_here_when_the_port_went_is_never_told() -> None:
    texts: list[str] = []
    scans = Scans(texts.append, "scanner")
    scans.hear(b"H01.", 0.0)
    scans.forget()
    scans.hear(b"H02.16\r", 5.0)
    assert texts == ["H02.16"]


def test_after_a_long_outage_it_heals_within_ten_seconds(desk: Desk) -> None:
    desk.twin.set_fault("unplugged", on=True)
    until(lambda: desk.driver.health().state is State.OFFLINE)
    for _ in range(8):
        desk.clock.ahead_s += 10.0
        desk.line.wake()
    desk.twin.set_fault("unplugged", on=False)
    desk.clock.ahead_s += 10.0
    desk.line.wake()
    until(lambda: desk.driver.health().state is State.READY)


def test_what_is_no_text_is_counted_told_once_without_a_byte_of_it_and_named_wrong(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk.twin.set_fault("garbled", on=True)
    for n in range(4):
        desk.twin.scan(f"{CARD}{n}")
    until(lambda: desk.driver.health().code == "wrong")
    assert desk.driver.health().state is State.FAULT
    said = caplog.text + desk.driver.health().detail
    assert len([one for one in caplog.records if one.levelno >= logging.WARNING]) == 1
    spoilt = bytes(0x80 | byte >> 1 for byte in CARD.encode())
    for secret in ("Nguy", "001099", spoilt[:6].hex(" "), repr(spoilt[:4])[2:-1]):
        assert secret not in said
    desk.twin.set_fault("garbled", on=False)
    desk.twin.scan("H01.15")
    until(lambda: desk.driver.health().state is State.READY)
    assert desk.texts == ["H01.15"]


def test_a_scan_that_is_no_text_is_told_until_the_health_tells_it() -> None:
    texts: list[str] = []
    told: list[str] = []
    scans = Scans(texts.append, "scanner", lambda: told.append("garbled"))
    for at, heard in ((1.0, 1), (2.0, 2), (3.0, 3), (4.0, 3)):
        scans.hear(b"\xff\xfe\r", at)
        assert len(told) == heard
    scans.hear(b"H01.15\r" + b"\xff\r", 5.0)
    assert (texts, len(told)) == (["H01.15"], 4)


def test_scans_that_were_no_text_are_forgotten_when_the_port_is_opened_anew(caplog: pytest.LogCaptureFixture) -> None:
    scans = Scans(lambda _text: None, "scanner")
    for at in (1.0, 2.0, 3.0):
        scans.hear(b"\xff\r", at)
    assert (scans.unread, len(caplog.records)) == (3, 1)
    scans.forget()
    assert scans.unread == 0
    scans.hear(b"\xff\r", 4.0)
    assert (scans.unread, len(caplog.records)) == (1, 2)


def test_no_scan_is_ever_in_a_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk.twin.scan(CARD)
    until(lambda: desk.texts == [CARD])
    desk.twin.set_fault("unplugged", on=True)
    until(lambda: desk.driver.health().state is State.OFFLINE)
    assert "Nguy" not in caplog.text + desk.driver.health().detail + str(desk.twin.state())


def test_the_same_code_held_before_the_scanner_is_one_scan() -> None:
    texts: list[str] = []
    scans = Scans(texts.append, "scanner")
    for at in (0.0, 0.5, 0.9, 1.6, 2.5):
        scans.hear(b"A\r\n", at)
    assert texts == ["A"]
    scans.hear(b"A\r\n", 3.6)
    assert texts == ["A", "A"], "the second only after more than a second"
    scans.hear(b"B\r\n", 3.7)
    assert texts[-1] == "B"


def test_a_text_longer_than_four_hundred_letters_is_none() -> None:
    texts: list[str] = []
    scans = Scans(texts.append, "scanner")
    scans.hear(b"x" * 5000, 0.0)
    scans.hear(b"x" * 5000 + b"\r" + b"y" * LONGEST + b"\r", 0.1)
    assert texts == ["y" * LONGEST]
    assert scans.unread == 0


def test_text_is_composed_and_without_anything_that_could_command() -> None:
    assert read(unicodedata.normalize("NFD", "Nguyễn").encode()) == "Nguyễn"
    assert read(b"\x02A\x1b\x00B\x7f\x03") == "AB"
    assert read("A\u200b\u202e\ufeffB".encode()) == "AB"
    assert read(b"\xc3") is None


@given(st.lists(st.tuples(st.binary(max_size=30), st.floats(0, 0.5)), max_size=20))
def test_any_bytes_at_any_time_are_texts_or_nothing(story: list[tuple[bytes, float]]) -> None:
    texts: list[str] = []
    scans, now = Scans(texts.append, "scanner"), 0.0
    for data, after_s in story:
        now += after_s
        scans.hear(data, now)
    while (at := scans.due()) is not None:
        scans.hear(b"", at)
    for text in texts:
        assert 0 < len(text) <= LONGEST
        assert text.isprintable()
        assert unicodedata.is_normalized("NFC", text)


def test_it_may_be_closed_any_number_of_times(desk: Desk) -> None:
    desk.driver.close()
    desk.driver.close()
    assert desk.driver.health().state is State.OFFLINE


def test_the_twins_port_takes_texts_and_keeps_none(desk: Desk) -> None:
    (route,) = desk.twin.routes()
    route.call((), {"text": "H01.15"})
    until(lambda: desk.texts == ["H01.15"])
    assert desk.twin.state() == {"counter": "c1", "scans": 1}
    with pytest.raises(Refused):
        route.call((), {"text": ""})
