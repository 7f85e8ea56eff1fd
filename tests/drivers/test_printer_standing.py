"""A printer that stands still in the middle of a slip and does not report by itself that it goes on: nothing waits
for ever, and what became of the slip is told as far as it can be known."""

import queue
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from hardware.ports import PrintResult, PrintState
from hardware.printers.profile import Limits, Profile
from hardware.printers.transports.connect import connector
from hardware.printers.transports.transport import Flow
from hardware.simulated.printers.link import Handshake
from hardware.simulated.printers.makes import EPSON
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.slip import Slip, Text
from papers import BAUD, Armed, LinkKind, Station, dots, limits_of, printed_dots, slip, times, twin
from unhurried import mono_s
from waiting import PATIENCE_S, until

QUIET = replace(EPSON, asb=False, process_id=False)
SPEED_MM_S = 900.0
PROFILE = Profile(speed_mm_s=SPEED_MM_S, automatic_status=False)
LONG = Slip("A101", (Text("A101", 60, bold=True),) * 8)
LINKS: dict[str, tuple[LinkKind, Flow, Handshake]] = {
    "network": (LinkKind.NETWORK, "none", Handshake.HELD),
    "usb": (LinkKind.USB, "none", Handshake.HELD),
    "serial": (LinkKind.SERIAL, "none", Handshake.NONE),
    "serial by wires": (LinkKind.SERIAL, "rtscts", Handshake.RTSCTS),
    "serial by two bytes": (LinkKind.SERIAL, "xonxoff", Handshake.XONXOFF),
}
FAULTS = ("paper_out_mid", "cover_open", "hot", "cutter", "frozen", "not_reading")
AT_ITS_PLACE = ("paper_out_mid", "cutter")
"""Told before: they wait for their place on the paper."""


def soon(limits: Limits) -> Limits:
    """What is waited for while it stands still, shorter by as much each, so that the waits end in the same order."""
    return replace(limits, status_s=limits.status_s / 2, write_s=limits.write_s / 2, silent_s=limits.silent_s / 2)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as held:
        yield held


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("link", LINKS)
def test_a_slip_in_which_it_stood_still_is_followed_by_the_next(
    opened: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str, fault: str
) -> None:
    monkeypatch.setattr("hardware.simulated.printers.mechanism.MID_SLIP_MM", 20.0)
    monkeypatch.setattr("hardware.simulated.printers.mechanism.CUT_S", 0.02)
    kind, flow, handshake = LINKS[link]
    # On a serial line it has room to be asked in; elsewhere what it does not take is still on our side.
    room = 16_384 if kind is LinkKind.SERIAL else 2_304
    printer = opened.enter_context(
        closing(twin(kind, tmp_path, make=QUIET, handshake=handshake, buffer_bytes=room, speed_mm_s=SPEED_MM_S))
    )
    (tmp_path / "journal").touch()
    where, number = printer.address
    address = f"{where}:{number}" if kind is LinkKind.NETWORK else where
    connect = connector(kind, address, BAUD, mono_s, flow=flow)
    station = Station(connect, tmp_path / "journal", Armed(printer), soon(limits_of(kind)), PROFILE)
    opened.enter_context(closing(station))
    job, first = _stopped_in_the_middle(station, printer, fault)
    station.looks(5)
    printer.set_fault(fault, on=False)
    printer.new_roll()
    tried = _until_one_prints(station)
    rows = printed_dots(printer)
    assert times(dots(slip(tried[-1])), rows) == 1, station.said
    assert all(times(dots(slip(number)), rows) <= 1 for number in tried[:-1]), station.said
    proved = any(result.state is PrintState.PRINTED for result in [first, *station.said.get(job, [])])
    assert times(dots(LONG), rows) == 1 or not proved, station.said
    assert proved or job in [one.job for one in station.printer.unconfirmed()]


def _stopped_in_the_middle(station: Station, printer: SimulatedPrinter, fault: str) -> tuple[str, PrintResult]:
    """Print the long slip until the fault stops the printer in it; return the job and its first result.

    On a busy machine the printer may look silent to the driver before the first byte: then the slip is printed again.
    """
    printing: queue.SimpleQueue[PrintResult] = queue.SimpleQueue()
    for job in ("long-1", "long-2", "long-3"):
        station.fit()
        if fault in AT_ITS_PLACE:
            printer.set_fault(fault, on=True)
        station.printer.print_slip(job, LONG, printing.put)
        until(lambda: printer.state()["printing"] or not printing.empty())  # a busy machine may miss the middle
        if printing.empty():
            printer.set_fault(fault, on=True)
            first = printing.get(timeout=PATIENCE_S)
            assert first.state is not PrintState.FAILED
            return job, first
        first = printing.get()
        if first.state is not PrintState.FAILED:
            printer.set_fault(fault, on=True)
            return job, first
        assert not printed_dots(printer), first
        printer.set_fault(fault, on=False)
    raise AssertionError(f"the long slip was never begun: {first}, {station.printer.health()}")


def _until_one_prints(station: Station) -> list[str]:
    """Print until one slip is reported printed; return the numbers of those that may be on the paper, that one last.

    A slip in doubt may come out after all, so the next one has another number. A failed one never left.
    """
    jobs, tried = count(2), ["A102"]

    def prints() -> bool:
        state = station.print(f"t-{next(jobs)}", slip(tried[-1])).state
        if state not in (PrintState.PRINTED, PrintState.FAILED):
            tried.append(f"A1{len(tried) + 2:02}")
        return state is PrintState.PRINTED

    until(prints, lambda: station.said)
    return tried
