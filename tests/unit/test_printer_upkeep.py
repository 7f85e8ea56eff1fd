"""A slip of which a part is still on our side, on a serial line, by a clock that is handed in."""

from pathlib import Path

import pytest
from printer_bench import DriverBench

from hardware.ports import PrintResult, PrintState, Proof, State
from hardware.printers import encode
from hardware.printers.encode import Sheet
from hardware.printers.profile import Limits
from hardware.printers.transports.transport import Stuck

LIMITS = Limits()
PICTURE = b"\x1dv0\0\x30\0\x30\0" + b"\xf0" * 48 * 48
COVER_OPEN, WELL = b"\x30\0\0\0", b"\x10\0\0\0"


class Line:
    """A printer on it that reports by itself, and while its cover is open answers nothing and loses what it is sent:
    the line holds nobody back. Its cover ``opens`` in the middle of the next picture. ``dark``: after the next picture
    it says nothing for some seconds, then that its cover is open. ``slow``: it takes a byte at a time."""

    def __init__(self) -> None:
        self.now_s, self.took, self.lost, self.links = 1000.0, bytearray(), bytearray(), 0
        self.opens = self.open = self.dark = self.slow = False
        self.speaks_s: float | None = None
        self._answers = bytearray()

    def connect(self) -> "Line":
        self.links += 1
        return self

    def write(self, data: bytes, timeout_s: float) -> None:
        if self.slow and len(data) > 1 and not data.startswith(b"\x10"):
            self.took += data[:1]
            self.now_s += timeout_s
            raise Stuck(1)
        if self.open:
            self.lost += data
            return
        if self.opens and PICTURE in data:
            self.opens, self.open = False, True
            self._answers += COVER_OPEN
            half = data.index(PICTURE) + len(PICTURE) // 2
            self.took += data[:half]
            raise Stuck(half)
        self.took += data
        if self.dark and PICTURE in data:
            self.speaks_s = self.now_s + LIMITS.doubt_s * 2
        if self.speaks_s is not None:
            return
        if data.startswith(b"\x10\x04"):
            self._answers += b"\x12"
        self._answers += b"\0" * data.count(encode.FENCE)

    def read(self, limit: int, timeout_s: float) -> bytes:
        if self.dark and self.speaks_s is not None and self.now_s >= self.speaks_s:
            self.dark = False
            self._answers += COVER_OPEN
        data = bytes(self._answers[:limit])
        del self._answers[:limit]
        self.now_s += 0.0 if data else timeout_s
        return data

    def close(self) -> None:
        return

    def shut(self) -> None:
        """Its cover is closed again."""
        self.open = False
        self._answers += WELL


def bench_at(folder: Path, line: Line) -> DriverBench[Line]:
    return DriverBench(folder, line, Sheet(PICTURE, 6.0), head_bytes=48, limits=LIMITS, connect=line.connect)


@pytest.fixture
def standing(tmp_path: Path) -> DriverBench[Line]:
    """In the middle of a picture."""
    bench = bench_at(tmp_path, Line())
    assert bench.print("t-1").state is PrintState.PRINTED
    bench.device.opens = True
    assert bench.print("t-2") == PrintResult("t-2", PrintState.HELD, Proof.NONE, "cover")
    assert bench.upkeep.busy
    return bench


def test_in_the_middle_of_a_picture_it_gets_no_other_byte_and_the_rest_when_it_goes_on(
    standing: DriverBench[Line],
) -> None:
    standing.looks(LIMITS.stands_s - 5)
    assert standing.device.lost == b"" and standing.device.links == 1
    assert standing.print("t-3") == PrintResult("t-3", PrintState.FAILED, Proof.NONE, "cover")
    standing.device.shut()
    standing.looks(3)
    assert [(one.job, one.state) for one in standing.settled] == [("t-2", PrintState.PRINTED)]
    assert bytes(standing.device.took).count(PICTURE) == 2
    assert not standing.upkeep.busy


def test_it_is_not_waited_for_without_end_and_the_slip_is_left_to_staff(standing: DriverBench[Line]) -> None:
    standing.looks(LIMITS.stands_s - 5)
    assert standing.upkeep.busy
    standing.looks(10)
    assert not standing.upkeep.busy and standing.device.links > 1
    standing.device.open = False  # it was switched off and on, and does not say that it goes on
    standing.looks(20)
    assert standing.upkeep.look().state is State.READY
    assert standing.print("t-3").state is PrintState.PRINTED
    assert standing.settled == [] and [one.job for one in standing.journal.unconfirmed()] == ["t-2"]
    assert bytes(standing.device.took).count(PICTURE) == 2, "the rest of the picture came after all"


def test_while_the_rest_of_a_slip_is_on_its_way_no_other_is_begun(standing: DriverBench[Line]) -> None:
    standing.device.slow = True
    standing.device.shut()
    standing.looks(2)
    assert standing.upkeep.busy and standing.upkeep.look().state is State.READY
    before = bytes(standing.device.took)
    assert standing.print("t-3") == PrintResult("t-3", PrintState.FAILED, Proof.NONE, "fault")
    assert set(standing.device.took[len(before) :]) == {0xF0}, "something got into the picture"


def test_a_slip_is_not_held_by_a_printer_that_was_dark_before_it_said_why_it_stands(tmp_path: Path) -> None:
    """It may have been switched off and on, and have forgotten the slip."""
    bench = bench_at(tmp_path, Line())
    assert bench.print("t-1").state is PrintState.PRINTED
    bench.device.dark = True
    assert bench.print("t-2").state is PrintState.UNKNOWN
