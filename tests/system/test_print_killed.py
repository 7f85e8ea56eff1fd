"""A station is killed while printing; the next reports its slip and prints none twice."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from hardware.ports import PrintState
from hardware.printers.journal import PrintJournal
from hardware.simulated.printers.printer import SimulatedPrinter
from support import printing_child
from support.printer_rig import (
    PROFILE,
    WALL_MS,
    FaultTrigger,
    LinkKind,
    Moment,
    PrinterStation,
    dots,
    limits_of,
    link_to,
    marked,
    printed_dots,
    simulated_printer,
    slip,
    times,
)
from support.server_process import ROOT
from support.waiting import PATIENCE_S

PATH = f"{ROOT}:{ROOT / 'tests'}"


@pytest.fixture
def killed(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[SimulatedPrinter, PrinterStation]]:
    """A printer, and the station started after the killed one."""
    kind, moment = request.param
    monkeypatch.setattr("hardware.simulated.printers.paper_path.MM_UNTIL_END", 3.0)
    with ExitStack() as held:
        printer = held.enter_context(closing(simulated_printer(kind, tmp_path)))
        if moment is Moment.HELD:
            printer.set_fault("paper_out_mid", on=True)
        where, number = printer.address
        command = [sys.executable, printing_child.__file__, kind, where, str(number), str(tmp_path / "journal"), moment]
        child = held.enter_context(
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": PATH})
        )
        held.callback(child.kill)
        assert child.stdout is not None
        line = ""
        while line != "there":
            line = child.stdout.readline().strip()
            assert line, "it ended by itself"
        child.kill()
        child.wait(PATIENCE_S)
        station = PrinterStation(
            link_to(kind, printer), tmp_path / "journal", FaultTrigger(printer), limits_of(kind), PROFILE
        )
        held.enter_context(closing(station))
        yield printer, station


MOMENTS = [Moment.BEFORE_FIRST_BYTE, Moment.MID_RASTER, Moment.BEFORE_FENCE, Moment.AFTER_FENCE]
KINDS = [LinkKind.NETWORK, LinkKind.SERIAL]


@pytest.mark.parametrize("killed", [(kind, moment) for kind in KINDS for moment in MOMENTS], indirect=True, ids=str)
def test_a_slip_interrupted_by_a_kill_is_unknown_and_never_reprinted_by_itself(
    killed: tuple[SimulatedPrinter, PrinterStation],
) -> None:
    printer, station = killed
    (left,) = station.printer.unconfirmed()
    assert (left.job, left.number, left.state) == ("t-1", "A101", PrintState.UNKNOWN)
    station.wait_until_ready()
    assert station.print("t-1", slip("A101")).state is PrintState.UNKNOWN
    assert station.print("t-2", slip("A102")).state is PrintState.PRINTED
    assert station.print("work-j1", marked("A101")).state is PrintState.PRINTED
    rows = printed_dots(printer)
    assert times(dots(slip("A101")), rows) <= 1
    assert times(dots(slip("A102")), rows) == 1 and times(dots(marked("A101")), rows) == 1
    assert printer.state()["unknown_commands"] == {}
    # The half-printed slip does not hang on the next one.
    pieces = [piece for piece in printer.state()["slips"] if piece["cut"]]
    assert len(pieces) >= 3


@pytest.mark.parametrize("killed", [(kind, Moment.HELD) for kind in KINDS], indirect=True, ids=str)
def test_a_slip_that_the_printer_holds_is_left_alone_until_it_is_out(
    killed: tuple[SimulatedPrinter, PrinterStation],
) -> None:
    printer, station = killed
    (left,) = station.printer.unconfirmed()
    assert (left.job, left.state, left.code) == ("t-1", PrintState.HELD, "paper_out")
    station.wait_for_polls(3)
    printer.new_roll()
    station.wait_until_ready()
    assert station.print("t-2", slip("A102")).state is PrintState.PRINTED
    rows = printed_dots(printer)
    assert times(dots(slip("A101")), rows) == 1 and times(dots(slip("A102")), rows) == 1
    # The reply to its fence was lost, or could not be matched: staff look for the slip.
    assert [slip.job for slip in station.printer.unconfirmed()] == ["t-1"]
    station.printer.dismiss("t-1")
    assert station.printer.unconfirmed() == ()


@pytest.mark.parametrize("killed", [(LinkKind.NETWORK, Moment.AFTER_RESULT)], indirect=True, ids=str)
def test_a_proved_job_is_not_printed_again_when_it_comes_again(
    killed: tuple[SimulatedPrinter, PrinterStation], tmp_path: Path
) -> None:
    printer, station = killed
    assert station.printer.unconfirmed() == ()
    again = station.print("t-1", slip("A101"))
    assert (again.state, again.proof) == (PrintState.PRINTED, "fence")
    assert times(dots(slip("A101")), printed_dots(printer)) == 1
    assert PrintJournal(tmp_path / "journal", lambda: WALL_MS).roll.slips == 1
