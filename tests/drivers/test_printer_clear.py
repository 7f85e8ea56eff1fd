"""Staff clear the printer: held slips are dropped and fail."""

import queue
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from printer_stations import station_at

from hardware.ports import PrintState
from support.printer_rig import (
    LinkKind,
    Moment,
    PrinterStation,
    dots,
    marked,
    printed_dots,
    simulated_printer,
    slip,
    times,
)
from support.waiting import PATIENCE_S, until


def cleared(station: PrinterStation) -> bool:
    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
    station.printer.clear_buffer(answers.put)
    return answers.get(timeout=PATIENCE_S)


@pytest.mark.parametrize("fault", ["cover_open", "cutter", "paper_out"])
def test_held_slips_are_dropped_when_staff_clear_the_printer(opened: ExitStack, tmp_path: Path, fault: str) -> None:
    printer = opened.enter_context(closing(simulated_printer(LinkKind.NETWORK, tmp_path)))
    station, armed = station_at(opened, printer, tmp_path)
    station.wait_until_ready()
    armed.at(Moment.BEFORE_FENCE, lambda: printer.set_fault(fault, on=True))
    assert station.print("t-1", slip("A101")).state is PrintState.HELD
    assert cleared(station)
    assert station.last("t-1") is PrintState.FAILED and station.printer.unconfirmed() == ()
    printer.set_fault(fault, on=False)
    station.wait_until_ready()
    assert station.print("work-j1", marked("A101")).state is PrintState.PRINTED
    rows = printed_dots(printer)
    # A cutter jams after printing; the other faults keep the slip from coming out.
    assert times(dots(slip("A101")), rows) == (1 if fault == "cutter" else 0)
    assert times(dots(marked("A101")), rows) == 1


def test_slips_held_from_before_a_restart_are_dropped_too(opened: ExitStack, tmp_path: Path) -> None:
    printer = opened.enter_context(closing(simulated_printer(LinkKind.NETWORK, tmp_path)))
    with ExitStack() as first:
        station, armed = station_at(first, printer, tmp_path)
        station.wait_until_ready()
        armed.at(Moment.BEFORE_FENCE, lambda: printer.set_fault("cover_open", on=True))
        assert station.print("t-1", slip("A101")).state is PrintState.HELD
    station, _ = station_at(opened, printer, tmp_path)
    until(lambda: station.printer.health().code == "cover", station.printer.health)
    assert cleared(station)
    assert station.last("t-1") is PrintState.FAILED
    printer.set_fault("cover_open", on=False)
    station.wait_until_ready()
    assert station.print("t-2", slip("A102")).state is PrintState.PRINTED
    assert times(dots(slip("A101")), printed_dots(printer)) == 0


def test_a_slip_stays_held_when_the_printer_does_not_confirm_that_it_dropped_it(
    opened: ExitStack, tmp_path: Path
) -> None:
    printer = opened.enter_context(closing(simulated_printer(LinkKind.NETWORK, tmp_path)))
    station, armed = station_at(opened, printer, tmp_path)
    station.wait_until_ready()
    armed.at(Moment.BEFORE_FENCE, lambda: printer.set_fault("cover_open", on=True))
    assert station.print("t-1", slip("A101")).state is PrintState.HELD
    printer.set_fault("frozen", on=True)
    assert not cleared(station)
    assert station.last("t-1") is PrintState.HELD
    assert [slip.job for slip in station.printer.unconfirmed()] == ["t-1"]


def test_nothing_is_dropped_while_the_printer_is_off(opened: ExitStack, tmp_path: Path) -> None:
    printer = opened.enter_context(closing(simulated_printer(LinkKind.NETWORK, tmp_path)))
    station, _ = station_at(opened, printer, tmp_path)
    station.wait_until_ready()
    printer.set_fault("unplugged", on=True)
    until(lambda: station.printer.health().code == "off", station.printer.health)
    assert not cleared(station)
