"""Printers behind print servers as halls have them: late replies, buffers, dropped connections."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.ports import HealthState, PrintState
from hardware.printers.profile import PrinterLimits
from hardware.printers.transports.connect import connector
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.simulated.printers.profiles import EPSON
from hardware.slips.slip import Slip, Text
from support.print_server import PrintServer
from support.printer_rig import (
    PROFILE,
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
from support.waiting import until

DRAWER = replace(EPSON, asb=False, process_id=False, drawer_pin=True)
"""Answers DLE EOT 1 with a bit that would be an open cover in the answer to DLE EOT 2."""
QUICK = replace(limits_of(LinkKind.NETWORK), fence_s=5.0, silent_s=10.0, status_s=0.5)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as held:
        yield held


def behind_a_server(
    held: ExitStack, folder: Path, limits: PrinterLimits = QUICK, **how: object
) -> tuple[SimulatedPrinter, PrintServer, PrinterStation]:
    printer = held.enter_context(closing(simulated_printer(LinkKind.NETWORK, folder, **how)))
    server = held.enter_context(closing(PrintServer(printer.address)))
    connect = connector("network", "{}:{}".format(*server.address), 0, mono_s)
    station = PrinterStation(connect, folder / "journal", FaultTrigger(printer), limits, PROFILE)
    return printer, server, held.enter_context(closing(station))


def long_slip(number: str) -> Slip:
    return Slip(number, (Text(number, 60, bold=True),) * 8)


def test_a_line_that_was_hung_up_meanwhile_costs_no_slip(opened: ExitStack, tmp_path: Path) -> None:
    unasked = replace(QUICK, poll_s=60.0, stale_s=120.0)
    printer, server, station = behind_a_server(opened, tmp_path, unasked)
    station.wait_until_ready()
    for number in ("A101", "A102", "A103"):
        server.disconnect_all()
        assert station.print(f"t-{number}", slip(number)).state is PrintState.PRINTED, station.results
    rows = printed_dots(printer)
    assert [times(dots(slip(number)), rows) for number in ("A101", "A102", "A103")] == [1, 1, 1]


def test_a_slip_kept_by_a_print_server_is_proved_when_it_is_out(opened: ExitStack, tmp_path: Path) -> None:
    """Questions wait there too and are answered late, several at once."""
    printer, _, station = behind_a_server(opened, tmp_path, make=DRAWER, buffer_bytes=1024, speed_mm_s=80.0)
    station.wait_until_ready()
    for number in ("A101", "A102"):
        assert station.print(f"t-{number}", long_slip(number)).state is PrintState.PRINTED, station.results
    rows = printed_dots(printer)
    assert [times(dots(long_slip(number)), rows) for number in ("A101", "A102")] == [1, 1]


def test_a_printer_that_always_answers_later_than_most_is_waited_for(opened: ExitStack, tmp_path: Path) -> None:
    patient = replace(QUICK, status_s=0.5)
    printer, server, station = behind_a_server(opened, tmp_path, patient, make=DRAWER)
    chance = random.Random(7)
    server.late_s = lambda: patient.status_s * chance.uniform(1.0, 1.2)
    station.wait_until_ready()
    assert station.print("t-A101", slip("A101")).state is PrintState.PRINTED, station.results
    assert station.printer.health().code is None
    assert times(dots(slip("A101")), printed_dots(printer)) == 1


def test_an_unwritable_disk_is_reported_until_it_works(opened: ExitStack, tmp_path: Path) -> None:
    printer = opened.enter_context(closing(simulated_printer(LinkKind.NETWORK, tmp_path)))
    folder = tmp_path / "state"
    folder.write_text("no folder can be here", encoding="utf-8")
    connect = connector("network", "{}:{}".format(*printer.address), 0, mono_s)
    station = opened.enter_context(
        closing(PrinterStation(connect, folder / "journal", FaultTrigger(printer), QUICK, PROFILE))
    )
    station.wait_until_ready()
    assert (station.printer.health().state, station.printer.health().code) == (HealthState.WARNING, "journal")
    assert station.print("t-1", slip("A101")).state is PrintState.PRINTED
    assert station.printer.health().code == "journal"
    folder.unlink()
    assert station.print("t-2", slip("A102")).state is PrintState.PRINTED
    until(lambda: station.printer.health().code is None, station.printer.health)
    assert "A101" in (folder / "journal").read_text(encoding="utf-8")
