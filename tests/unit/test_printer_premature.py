"""A reply that is faster than paper proves nothing; on a simulated clock."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from printer_bench import DriverBench

from hardware.ports import PrintResult, PrintState, Proof
from hardware.printers import encode
from hardware.printers.encode import EncodedSlip
from hardware.printers.profile import PrinterLimits, Profile

SLIP_MM = 140.0
RASTER = b"\x1dv0\0\x48\0\xff\0" + b"\xf0" * (72 * 255)
PAPER_OUT, PROCESS_ID = 0x72, b"\x1d(H\x06\x0000"
BAUD_BYTE_S = 10 / 9600


class Device:
    """Reply to questions behind a slip ``answers_s`` after its last byte.

    All others are answered at once. ``byte_s`` is the time of a byte on the line. Paper is out ``out_after_s`` after
    the slip (None: never).
    """

    def __init__(self, answers_s: float, byte_s: float = 0.0, out_after_s: float | None = None) -> None:
        self.now_s, self.took = 1000.0, bytearray()
        self._answers_s, self._byte_s, self._out_after_s = answers_s, byte_s, out_after_s
        self._answers: list[tuple[float, bytes]] = []
        self._out_s: float | None = None
        self._behind = False

    def write(self, data: bytes, timeout_s: float) -> None:
        self.took += data
        self.now_s += len(data) * self._byte_s
        due_s = self.now_s
        self._behind = self._behind or RASTER in data
        if self._behind and (encode.FENCE in data or PROCESS_ID in data):
            due_s += self._answers_s
            self._behind = False
        if RASTER in data:
            self._out_s = None if self._out_after_s is None else self.now_s + self._out_after_s
        if data.startswith(b"\x10\x04"):
            out = self._out_s is not None and self.now_s >= self._out_s and data[2] == 4
            self._answers.append((due_s, bytes([PAPER_OUT if out else 0x12])))
        for part in data.split(PROCESS_ID)[1:]:
            self._answers.append((due_s, b"\x37\x22" + part[:4] + b"\0"))
        self._answers += [(due_s, b"\0")] * data.count(encode.FENCE)

    def read(self, limit: int, timeout_s: float) -> bytes:
        end_s = self.now_s + timeout_s
        due_s = min((due_s for due_s, _ in self._answers), default=end_s)
        if due_s > end_s or not self._answers:
            self.now_s = end_s
            return b""
        self.now_s = max(self.now_s, due_s)
        came = [answer for answer in self._answers if answer[0] <= self.now_s]
        self._answers = [answer for answer in self._answers if answer not in came]
        return b"".join(data for _, data in came)

    def close(self) -> None:
        return


def station_at(
    folder: Path,
    device: Device,
    profile: Profile = Profile(),  # noqa: B008 (frozen)
    byte_s: float = 0.0,
) -> DriverBench[Device]:
    return DriverBench(
        folder,
        device,
        EncodedSlip(RASTER, SLIP_MM),
        head_bytes=72,
        profile=profile,
        limits=PrinterLimits(byte_s=byte_s),
    )


@pytest.mark.parametrize(
    ("took_s", "proof"),
    [(0.0, Proof.NONE), (0.07, Proof.NONE), (0.2, Proof.NONE), (0.28, Proof.FENCE), (2.0, Proof.FENCE)],
)
def test_a_fence_proves_a_slip_of_140_mm_only_when_paper_can_have_moved_so_fast(
    tmp_path: Path, took_s: float, proof: Proof
) -> None:
    """The fastest printer takes 0.28 s."""
    station = station_at(tmp_path, Device(took_s))
    assert station.print("t-1") == PrintResult("t-1", PrintState.PRINTED, proof)
    assert station.journal.unconfirmed() == ()


@pytest.mark.parametrize(("took_s", "proof"), [(0.07, Proof.NONE), (0.28, Proof.PROCESS_ID)])
@pytest.mark.parametrize("fence", [True, False])
def test_a_process_id_is_held_to_the_same(tmp_path: Path, took_s: float, proof: Proof, fence: bool) -> None:
    station = station_at(tmp_path, Device(took_s), Profile(process_id=True, fence=fence))
    assert station.print("t-1") == PrintResult("t-1", PrintState.PRINTED, proof)
    assert station.print("t-2") == PrintResult("t-2", PrintState.PRINTED, proof)
    assert station.late_results == []


@pytest.mark.parametrize(("took_s", "proof"), [(0.002, Proof.NONE), (0.2, Proof.FENCE)])
def test_on_a_slow_line_the_way_to_the_cutter_is_still_to_come(tmp_path: Path, took_s: float, proof: Proof) -> None:
    """The slip itself takes 19 s on the line, longer than on any paper."""
    station = station_at(tmp_path, Device(took_s, BAUD_BYTE_S), byte_s=BAUD_BYTE_S)
    assert station.print("t-1") == PrintResult("t-1", PrintState.PRINTED, proof)


def test_buffered_rows_may_be_unprinted_when_the_fence_is_answered(tmp_path: Path) -> None:
    """40 kB are 71 mm of dots: half of the slip."""
    large = Profile(buffer_bytes=40_960)
    assert station_at(tmp_path, Device(0.13), large).print("t-1").proof is Proof.FENCE
    assert station_at(tmp_path, Device(0.13), replace(large, buffer_bytes=4_096)).print("t-2").proof is Proof.NONE


def test_later_answers_do_not_prove_such_a_slip_either(tmp_path: Path) -> None:
    station = station_at(tmp_path, Device(0.0))
    assert station.print("t-1").proof is Proof.NONE
    station.device.now_s += 60.0
    for _ in range(3):
        station.session.poll()
    assert station.print("t-1") == PrintResult("t-1", PrintState.PRINTED, Proof.NONE)
    assert station.late_results == []


def test_it_is_looked_at_for_as_long_as_its_slip_takes(tmp_path: Path) -> None:
    station = station_at(tmp_path, Device(0.0, out_after_s=1.0))
    assert station.print("t-1") == PrintResult("t-1", PrintState.HELD, Proof.NONE, "paper_out")
    station = station_at(tmp_path, Device(0.0))
    begun_s = station.device.now_s
    station.print("t-2")
    assert station.device.now_s - begun_s >= SLIP_MM / Profile().speed_mm_s


def test_it_is_logged_once_with_advice(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    station = station_at(tmp_path, Device(0.0))
    with caplog.at_level(logging.WARNING):
        station.print("t-1")
        station.print("t-2")
    (record,) = caplog.records
    assert "run luot-hardware probe" in record.getMessage()
