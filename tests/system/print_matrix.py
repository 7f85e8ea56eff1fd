"""A fault at a moment of a job; its result is compared with the paper."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from hardware.ports import PrintState, Proof
from hardware.printers.profile import MAX_SPEED_MM_S, Profile
from hardware.simulated.printers.faults import FAULTS, FaultGroup
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.simulated.printers.profiles import EPSON, PROFILES, DeviceProfile
from hardware.slips.slip import Slip
from support.printer_rig import (
    PROFILE,
    FaultTrigger,
    LinkKind,
    Moment,
    PrinterStation,
    dots,
    limits_of,
    link_to,
    marked,
    patient,
    printed_dots,
    simulated_printer,
    slip,
    times,
)
from support.waiting import PATIENCE_S

BEFORE, STRUCK, AFTER = ("A101", "A111", "A121"), ("A102", "A112", "A122"), ("A103", "A104", "A105", "A106")
POLLS = 4
# Data changed on its way to the printer cannot be detected: it prints what it received, and reports success.
UNDETECTABLE = ("garbled_input",)
# The driver's allowances of time are those of a real printer, and a slip as long as one.
SPOOLED = Profile(speed_mm_s=MAX_SPEED_MM_S, buffer_bytes=0, head_to_cutter_mm=60.0)
DELAYING = (
    "slow_link",
    "silent",
    "frozen",
    "answers_lost",
    "answers_late",
    "garbled",
    "wrong_device",
    "not_reading",
    "late",
)
"""Where its answers come late, or only those to later questions, a device that prints nothing looks like a printer."""


def fault_and_moment(kind: LinkKind) -> list[ParameterSet]:
    """Return every fault at every moment, two of three marked ``long`` on this link.

    Each fault at each moment is in the quick suite on exactly one kind, and each kind meets each fault and each moment.
    """
    turn = list(LinkKind).index(kind)
    return [
        pytest.param(fault, moment, marks=() if (n + m) % len(LinkKind) == turn else pytest.mark.long)
        for n, fault in enumerate(FAULTS)
        for m, moment in enumerate(Moment)
    ]


def strike(
    kind: LinkKind, fault: str, moment: Moment, folder: Path, *, make: DeviceProfile = EPSON, profile: Profile = PROFILE
) -> None:
    """Raises ``AssertionError`` where a slip is missing unreported, or there twice without a mark."""
    journal = folder / "printer.jsonl"
    journal.touch()  # the station before left nothing half-sent
    with closing(simulated_printer(kind, folder, make=make)) as printer:
        armed = FaultTrigger(printer)
        station = PrinterStation(link_to(kind, printer), journal, armed, limits_of(kind), profile)
        with closing(station):
            jobs = _prints(station, BEFORE)
            jobs |= _struck(printer, station, armed, fault, moment)
            _healed(printer, fault)
            jobs |= _prints(station, AFTER)
            again = _printed_again(station, jobs)
            _held_to_paper(printer, station, jobs, again, exact=fault not in UNDETECTABLE)


def strike_spooler(kind: LinkKind, fault: str, moment: Moment, folder: Path) -> None:
    """Strike a device that answers at once and prints nothing.

    Raises ``AssertionError`` where one of its answers is taken for a proof.
    """
    (folder / "printer.jsonl").touch()
    with closing(simulated_printer(kind, folder, make=PROFILES["spooler"])) as printer:
        armed = FaultTrigger(printer)
        limits = replace(patient(kind), power_doubt_s=limits_of(kind).power_doubt_s)
        station = PrinterStation(link_to(kind, printer), folder / "printer.jsonl", armed, limits, SPOOLED)
        with closing(station):
            station.wait_until_ready()
            station.print(BEFORE[0], slip(BEFORE[0]))
            _struck(printer, station, armed, fault, moment)
            _healed(printer, fault)
            station.wait_until_ready()
            station.print(AFTER[0], slip(AFTER[0]))
            assert printer.state()["slips"] == []
            all_results = [result for results in station.results.values() for result in results]
            assert {result.proof for result in all_results} == {Proof.NONE}
            assert station.last(BEFORE[0]) is PrintState.PRINTED, "it is believed as a printer that never answers is"


def _struck(
    printer: SimulatedPrinter, station: PrinterStation, armed: FaultTrigger, fault: str, moment: Moment
) -> dict[str, str]:
    """Print with the fault armed until a slip is begun; return the jobs tried.

    Each job has its number. On a busy machine the printer may look silent to the driver before the first byte. Raises
    ``AssertionError`` when that happens each time.
    """
    tried: dict[str, str] = {}
    for number in STRUCK:
        tried[f"t-{number}"] = number
        _arm(printer, armed, fault, moment)
        station.print(f"t-{number}", slip(number))
        if not armed.disarm_unless_begun():
            if moment in (Moment.HELD, Moment.AFTER_RESULT):
                printer.set_fault(fault, on=True)
            station.wait_for_polls(POLLS)
            return tried
        station.wait_until_ready()
    raise AssertionError(f"no slip got as far as {moment.value}: {station.results}, {printer.state()}")


def _arm(printer: SimulatedPrinter, armed: FaultTrigger, fault: str, moment: Moment) -> None:
    match moment:
        case Moment.BEFORE_CHECK:
            printer.set_fault(fault, on=True)
        case Moment.HELD:
            armed.at(moment, lambda: printer.set_fault("cover_open", on=True))
        case Moment.AFTER_RESULT:
            pass
        case _:
            armed.at(moment, lambda: printer.set_fault(fault, on=True))


def _healed(printer: SimulatedPrinter, fault: str) -> None:
    if fault == "power_cycled":
        assert printer.wait_for(lambda simulated: not simulated.faults["power_cycled"], PATIENCE_S)
    for other in FAULTS:
        if printer.faults[other]:
            printer.set_fault(other, on=False)
    if FAULTS[fault] is FaultGroup.PAPER:
        printer.new_roll()


def _prints(station: PrinterStation, numbers: tuple[str, ...]) -> dict[str, str]:
    """Print until a slip is proved; return the jobs tried with their numbers."""
    tried: dict[str, str] = {}
    for number in numbers:
        station.wait_until_ready()
        tried[f"t-{number}"] = number
        if station.print(f"t-{number}", slip(number)).state is PrintState.PRINTED:
            return tried
    raise AssertionError(f"it does not print any more: {station.results}, {station.printer.health()}")


def _printed_again(station: PrinterStation, jobs: dict[str, str]) -> dict[str, str]:
    """Print again, with the mark, slips reported missing; return the jobs tried, with their numbers."""
    again: dict[str, str] = {}
    for job, number in jobs.items():
        for attempt in range(3):
            if station.last(job) is PrintState.PRINTED:
                break
            station.wait_until_ready()
            work = f"work-{attempt}-{job}"
            again[work] = number
            if station.print(work, marked(number)).state is PrintState.PRINTED:
                break
    return again


def _held_to_paper(
    printer: SimulatedPrinter, station: PrinterStation, numbers: dict[str, str], again: dict[str, str], *, exact: bool
) -> None:
    rows = printed_dots(printer)
    listed = {slip.job for slip in station.printer.unconfirmed()}

    def on_paper(paper: Slip) -> int:
        return times(dots(paper), rows)

    for job, number in numbers.items():
        state, count, context = station.last(job), on_paper(slip(number)), (job, station.results)
        assert count <= 1, ("printed twice without a mark", context)
        if exact:
            assert count == 1 or state is not PrintState.PRINTED, ("reported printed and is not whole", context)
            failed = any(result.state is PrintState.FAILED for result in station.results[job])
            assert count == 0 or not failed, ("reported failed and came out", context)
        if state in (PrintState.HELD, PrintState.UNKNOWN):
            assert job in listed, ("staff are not shown it", context)
    for job, number in again.items():
        count, state = on_paper(marked(number)), station.last(job)
        assert count >= (state is PrintState.PRINTED) or not exact, (job, station.results)
