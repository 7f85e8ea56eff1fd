"""A printer that stops within a slip and does not report when it continues.

No wait is endless, and the slip's result is reported as far as it can be known.
"""

import queue
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from hardware.ports import PrintResult, PrintState
from hardware.printers.profile import PrinterLimits, Profile
from hardware.printers.transports.connect import connector
from hardware.printers.transports.transport import FlowControl
from hardware.simulated.printers.link import Handshake
from hardware.simulated.printers.profiles import EPSON
from hardware.slips.slip import Slip, Text
from support.printer_rig import (
    BAUD,
    FaultTrigger,
    LinkKind,
    PrinterStation,
    dots,
    limits_of,
    printed_dots,
    simulated_printer,
    slip,
    times,
)
from support.scaled_time import mono_s
from support.waiting import PATIENCE_S, until

QUIET = replace(EPSON, asb=False, process_id=False)
SPEED_MM_S = 900.0
PROFILE = Profile(speed_mm_s=SPEED_MM_S, automatic_status=False)
LONG = Slip("A101", (Text("A101", 60, bold=True),) * 8)
LINKS: dict[str, tuple[LinkKind, FlowControl, Handshake]] = {
    "network": (LinkKind.NETWORK, "none", Handshake.HELD),
    "usb": (LinkKind.USB, "none", Handshake.HELD),
    "serial": (LinkKind.SERIAL, "none", Handshake.NONE),
    "serial by wires": (LinkKind.SERIAL, "rtscts", Handshake.RTSCTS),
    "serial by two bytes": (LinkKind.SERIAL, "xonxoff", Handshake.XONXOFF),
}
FAULTS = ("paper_out_mid", "cover_open", "hot", "cutter", "frozen", "not_reading")
AT_ITS_PLACE = ("paper_out_mid", "cutter")
"""Faults set before: they wait for their place on the paper."""


def soon(limits: PrinterLimits) -> PrinterLimits:
    """Return shorter time-outs of a stopped printer.

    All are scaled alike, so that the waits end in the same order.
    """
    return replace(limits, status_s=limits.status_s / 2, write_s=limits.write_s / 2, silent_s=limits.silent_s / 2)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("link", LINKS)
def test_a_slip_in_which_it_stopped_is_followed_by_the_next(
    opened: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str, fault: str
) -> None:
    monkeypatch.setattr("hardware.simulated.printers.paper_path.MM_UNTIL_END", 20.0)
    monkeypatch.setattr("hardware.simulated.printers.paper_path.CUT_DURATION_S", 0.02)
    kind, flow, handshake = LINKS[link]
    # On a serial line it has room to be asked in; elsewhere what it does not take is still on our side.
    room = 16_384 if kind is LinkKind.SERIAL else 2_304
    printer = opened.enter_context(
        closing(
            simulated_printer(kind, tmp_path, make=QUIET, handshake=handshake, buffer_bytes=room, speed_mm_s=SPEED_MM_S)
        )
    )
    (tmp_path / "journal").touch()
    where, number = printer.address
    address = f"{where}:{number}" if kind is LinkKind.NETWORK else where
    connect = connector(kind, address, BAUD, mono_s, flow=flow)
    station = PrinterStation(connect, tmp_path / "journal", FaultTrigger(printer), soon(limits_of(kind)), PROFILE)
    opened.enter_context(closing(station))
    station.wait_until_ready()
    printing: queue.SimpleQueue[PrintResult] = queue.SimpleQueue()
    if fault in AT_ITS_PLACE:
        printer.set_fault(fault, on=True)

    def begins() -> bool:
        """Print; return whether a byte left. To a driver on a busy machine the printer may seem silent before."""
        station.wait_until_ready()
        station.printer.print_slip("t-1", LONG, printing.put)
        until(lambda: printer.state()["printing"] or not printing.empty())  # a busy machine may miss the middle
        if printing.empty():
            return True
        result = printing.get()
        if result.state is PrintState.FAILED:
            assert not printed_dots(printer), result
            return False
        printing.put(result)
        return True

    until(begins, station.printer.health)
    printer.set_fault(fault, on=True)
    first = printing.get(timeout=PATIENCE_S)
    assert first.state is not PrintState.FAILED
    station.wait_for_polls(5)
    printer.set_fault(fault, on=False)
    printer.new_roll()
    tried = _until_one_prints(station)
    rows = printed_dots(printer)
    assert times(dots(slip(tried[-1])), rows) == 1, station.results
    assert all(times(dots(slip(number)), rows) <= 1 for number in tried[:-1]), station.results
    proved = any(result.state is PrintState.PRINTED for result in [first, *station.results.get("t-1", [])])
    assert times(dots(LONG), rows) == 1 or not proved, station.results
    assert proved or "t-1" in [slip.job for slip in station.printer.unconfirmed()]


def _until_one_prints(station: PrinterStation) -> list[str]:
    """Print until one slip is reported printed; return the slips that may be on paper.

    The printed one is the last. A slip in doubt may come out later, so the next one has another number. A failed one
    was never sent.
    """
    jobs, tried = count(2), ["A102"]

    def prints() -> bool:
        state = station.print(f"t-{next(jobs)}", slip(tried[-1])).state
        if state not in (PrintState.PRINTED, PrintState.FAILED):
            tried.append(f"A1{len(tried) + 2:02}")
        return state is PrintState.PRINTED

    until(prints, lambda: station.results)
    return tried
