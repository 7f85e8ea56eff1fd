"""Printers without fences: they report their status and never a finished slip.

They answer DLE EOT, not GS r.
"""

from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.ports import HealthState, PrintResult, PrintState, Proof
from hardware.printers import encode
from hardware.printers.answers.replies import SensorReply
from hardware.printers.print_job import PrintJob
from hardware.printers.profile import PrinterLimits, Profile
from hardware.printers.session.reply_matcher import ReplyMatcher
from hardware.printers.transports.transport import Transport
from hardware.simulated.printers.profiles import PROFILES, DeviceProfile
from support.printer_rig import (
    FaultTrigger,
    LinkKind,
    Moment,
    PrinterStation,
    dots,
    limits_of,
    link_to,
    patient,
    printed_dots,
    simulated_printer,
    slip,
    times,
)
from support.waiting import until

# Slower than the twin is: what was looked at for so long is out.
FENCELESS = Profile(fence=False, automatic_status=False, speed_mm_s=100)


class Overheard:
    """A link, and all that was written on it."""

    def __init__(self, link: Transport, sent: bytearray) -> None:
        self._link, self._sent = link, sent

    def write(self, data: bytes, timeout_s: float) -> None:
        self._sent += data
        self._link.write(data, timeout_s)

    def read(self, limit: int, timeout_s: float) -> bytes:
        return self._link.read(limit, timeout_s)

    def close(self) -> None:
        self._link.close()


class Bench:
    """A driver at such a printer."""

    def __init__(
        self,
        held: ExitStack,
        folder: Path,
        kind: LinkKind,
        profile: Profile,
        make: DeviceProfile,
        limits: PrinterLimits,
    ) -> None:
        self.printer = held.enter_context(closing(simulated_printer(kind, folder, make=make)))
        self.armed, self.sent = FaultTrigger(self.printer), bytearray()
        connect = link_to(kind, self.printer)
        (folder / "journal").touch()
        self.station = PrinterStation(
            lambda: Overheard(connect(), self.sent), folder / "journal", self.armed, limits, profile
        )
        held.enter_context(closing(self.station))
        self.station.wait_until_ready()

    def on_paper(self, number: str) -> int:
        return times(dots(slip(number)), printed_dots(self.printer))


def bench(
    held: ExitStack,
    folder: Path,
    kind: LinkKind = LinkKind.NETWORK,
    profile: Profile = FENCELESS,
    make: DeviceProfile = PROFILES["mute"],
    limits: PrinterLimits | None = None,
) -> Bench:
    return Bench(held, folder, kind, profile, make, limits or patient(kind))


@pytest.mark.parametrize("kind", LinkKind)
def test_it_gets_status_rounds_and_no_fence_and_its_slips_are_printed_without_proof(
    opened: ExitStack, tmp_path: Path, kind: LinkKind
) -> None:
    at = bench(opened, tmp_path, kind)
    for number in ("A101", "A102"):
        result = at.station.print(f"t-{number}", slip(number))
        assert result == PrintResult(f"t-{number}", PrintState.PRINTED, Proof.NONE)
        assert at.on_paper(number) == 1
    assert encode.FENCE not in at.sent and encode.status_question(4) in at.sent
    assert at.station.printer.unconfirmed() == ()
    # A link that breaks now broke nothing: no strip is cut off for it.
    at.printer.set_fault("unplugged", on=True)
    until(lambda: at.station.printer.health().code == "off", at.station.printer.health)
    at.sent.clear()
    at.printer.set_fault("unplugged", on=False)
    at.station.wait_until_ready()
    assert b"\x1dV" not in at.sent


def test_without_paper_it_gets_nothing(opened: ExitStack, tmp_path: Path) -> None:
    at = bench(opened, tmp_path)
    assert at.station.print("t-0", slip("A100")).state is PrintState.PRINTED
    assert at.station.journal.roll.slips == 1
    at.printer.set_fault("paper_out", on=True)
    result = at.station.print("t-1", slip("A101"))
    assert result == PrintResult("t-1", PrintState.FAILED, Proof.NONE, "paper_out")
    at.printer.new_roll()
    at.station.wait_until_ready()
    assert at.on_paper("A101") == 0
    assert at.station.journal.roll.slips == 0, "a printer that had no paper and has some has a new roll"


@pytest.mark.parametrize(("fault", "code"), [("cover_open", "cover"), ("paper_out_mid", "paper_out")])
def test_a_slip_in_which_it_stops_is_held_and_left_to_staff(
    opened: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, code: str
) -> None:
    monkeypatch.setattr("hardware.simulated.printers.paper_path.MM_UNTIL_END", 3.0)
    at = bench(opened, tmp_path)
    at.armed.at(Moment.MID_RASTER, lambda: at.printer.set_fault(fault, on=True))
    assert at.station.print("t-1", slip("A101")) == PrintResult("t-1", PrintState.HELD, Proof.NONE, code)
    at.printer.set_fault(fault, on=False)
    at.printer.new_roll()
    at.station.wait_until_ready()
    assert at.station.print("t-2", slip("A102")).state is PrintState.PRINTED
    assert at.on_paper("A101") == 1 and at.station.last("t-1") is PrintState.HELD
    assert [slip.job for slip in at.station.printer.unconfirmed()] == ["t-1"]


def test_silence_while_it_prints_leaves_the_slip_unknown(opened: ExitStack, tmp_path: Path) -> None:
    # Shorter than the silence after which the link is given up.
    at = bench(opened, tmp_path, profile=replace(FENCELESS, speed_mm_s=400), limits=limits_of(LinkKind.NETWORK))
    at.armed.at(Moment.MID_RASTER, lambda: at.printer.set_fault("silent", on=True))
    assert at.station.print("t-1", slip("A101")) == PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE, "silent")


def test_a_serial_one_that_was_dark_for_a_while_may_have_lost_the_slip(opened: ExitStack, tmp_path: Path) -> None:
    dark = limits_of(LinkKind.SERIAL)
    at = bench(opened, tmp_path, LinkKind.SERIAL, replace(FENCELESS, speed_mm_s=20), limits=dark)
    at.armed.at(Moment.MID_RASTER, lambda: at.printer.set_fault("power_cycled", on=True))
    assert at.station.print("t-1", slip("A101")).state is PrintState.UNKNOWN
    assert at.on_paper("A101") == 0


@pytest.mark.parametrize("kind", LinkKind)
def test_process_ids_prove_without_a_fence(opened: ExitStack, tmp_path: Path, kind: LinkKind) -> None:
    profile = Profile(fence=False, process_id=True, speed_mm_s=1e6)
    at = bench(opened, tmp_path, kind, profile, replace(PROFILES["epson"], fence=False))
    for number in ("A101", "A102"):
        result = at.station.print(f"t-{number}", slip(number))
        assert result == PrintResult(f"t-{number}", PrintState.PRINTED, Proof.PROCESS_ID)
    assert encode.FENCE not in at.sent
    at.armed.at(Moment.MID_RASTER, lambda: at.printer.set_fault("cover_open", on=True))
    assert at.station.print("t-3", slip("A103")).state is PrintState.HELD
    at.printer.set_fault("cover_open", on=False)
    until(lambda: at.station.last("t-3") is PrintState.PRINTED, lambda: at.station.results)
    assert at.station.printer.health().state is HealthState.READY


def test_bytes_like_a_fences_reply_prove_nothing_where_no_fence_was_sent() -> None:
    matcher = ReplyMatcher(lambda: 0.0, 0.1, fence=False)
    job = PrintJob("t-1", slip("A101"), lambda _result: None)
    assert matcher.start_sync(None) == b"" and matcher.in_sync
    matcher.add(job)
    matcher.receive(SensorReply(0))
    assert job.proof is None and matcher.pending == (job,)
