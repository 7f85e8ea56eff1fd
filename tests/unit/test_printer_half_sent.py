"""A half-sent slip on a serial line, on a simulated clock."""

from pathlib import Path

import pytest
from printer_bench import DriverBench

from hardware.ports import HealthState, PrintResult, PrintState, Proof
from hardware.printers import encode
from hardware.printers.encode import EncodedSlip
from hardware.printers.profile import PrinterLimits
from hardware.printers.transports.transport import WriteStalled

LIMITS = PrinterLimits()
PICTURE = b"\x1dv0\0\x30\0\x30\0" + b"\xf0" * 48 * 48
COVER_OPEN, READY = b"\x30\0\0\0", b"\x10\0\0\0"


class Line:
    """A line with a printer that reports by itself.

    While its cover is open it stays silent and loses what it is sent: the line does not hold the sender back. Its cover
    ``opens`` in the middle of the next picture. ``dark``: after the next picture it is silent for some seconds, then
    reports its cover open. ``slow``: it takes a byte at a time.
    """

    def __init__(self) -> None:
        self.now_s, self.took, self.lost, self.links = 1000.0, bytearray(), bytearray(), 0
        self.opens = self.open = self.dark = self.slow = False
        self.replies_at_s: float | None = None
        self._answers = bytearray()

    def connect(self) -> "Line":
        self.links += 1
        return self

    def write(self, data: bytes, timeout_s: float) -> None:
        if self.slow and len(data) > 1 and not data.startswith(b"\x10"):
            self.took += data[:1]
            self.now_s += timeout_s
            raise WriteStalled(1)
        if self.open:
            self.lost += data
            return
        if self.opens and PICTURE in data:
            self.opens, self.open = False, True
            self._answers += COVER_OPEN
            half = data.index(PICTURE) + len(PICTURE) // 2
            self.took += data[:half]
            raise WriteStalled(half)
        self.took += data
        if self.dark and PICTURE in data:
            self.replies_at_s = self.now_s + LIMITS.power_doubt_s * 2
        if self.replies_at_s is not None:
            return
        if data.startswith(b"\x10\x04"):
            self._answers += b"\x12"
        self._answers += b"\0" * data.count(encode.FENCE)

    def read(self, limit: int, timeout_s: float) -> bytes:
        if self.dark and self.replies_at_s is not None and self.now_s >= self.replies_at_s:
            self.dark = False
            self._answers += COVER_OPEN
        data = bytes(self._answers[:limit])
        del self._answers[:limit]
        self.now_s += 0.0 if data else timeout_s
        return data

    def close(self) -> None:
        return

    def close_cover(self) -> None:
        """Close the cover again."""
        self.open = False
        self._answers += READY


def bench_at(folder: Path, line: Line) -> DriverBench[Line]:
    return DriverBench(folder, line, EncodedSlip(PICTURE, 6.0), head_bytes=48, limits=LIMITS, connect=line.connect)


@pytest.fixture
def standing(tmp_path: Path) -> DriverBench[Line]:
    """In the middle of a picture."""
    bench = bench_at(tmp_path, Line())
    assert bench.print("t-1").state is PrintState.PRINTED
    bench.device.opens = True
    assert bench.print("t-2") == PrintResult("t-2", PrintState.HELD, Proof.NONE, "cover")
    assert bench.session.is_busy
    return bench


def test_in_the_middle_of_a_picture_it_gets_no_other_byte_and_the_rest_when_it_resumes(
    standing: DriverBench[Line],
) -> None:
    standing.polls(LIMITS.stalled_s - 5)
    assert standing.device.lost == b"" and standing.device.links == 1
    assert standing.print("t-3") == PrintResult("t-3", PrintState.FAILED, Proof.NONE, "cover")
    standing.device.close_cover()
    standing.polls(3)
    assert [(slip.job, slip.state) for slip in standing.late_results] == [("t-2", PrintState.PRINTED)]
    assert bytes(standing.device.took).count(PICTURE) == 2
    assert not standing.session.is_busy


def test_it_is_not_waited_for_without_end_and_the_slip_is_left_to_staff(standing: DriverBench[Line]) -> None:
    standing.polls(LIMITS.stalled_s - 5)
    assert standing.session.is_busy
    standing.polls(10)
    assert not standing.session.is_busy and standing.device.links > 1
    standing.device.open = False  # it was switched off and on, and does not say that it goes on
    standing.polls(20)
    assert standing.session.poll().state is HealthState.READY
    assert standing.print("t-3").state is PrintState.PRINTED
    assert standing.late_results == [] and [slip.job for slip in standing.journal.unconfirmed()] == ["t-2"]
    assert bytes(standing.device.took).count(PICTURE) == 2, "the rest of the picture came after all"


def test_no_other_slip_is_started_while_the_rest_of_one_is_unsent(standing: DriverBench[Line]) -> None:
    standing.device.slow = True
    standing.device.close_cover()
    standing.polls(2)
    assert standing.session.is_busy and standing.session.poll().state is HealthState.READY
    before = bytes(standing.device.took)
    assert standing.print("t-3") == PrintResult("t-3", PrintState.FAILED, Proof.NONE, "fault")
    assert set(standing.device.took[len(before) :]) == {0xF0}, "something got into the picture"


def test_a_slip_is_not_held_by_a_printer_that_was_silent_before_it_reported_why_it_stopped(tmp_path: Path) -> None:
    """It may have been switched off and on, and have lost the slip."""
    bench = bench_at(tmp_path, Line())
    assert bench.print("t-1").state is PrintState.PRINTED
    bench.device.dark = True
    assert bench.print("t-2").state is PrintState.UNKNOWN
