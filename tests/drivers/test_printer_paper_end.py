"""Slips in which the paper ended: held, printed on the new roll, reported as split."""

from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from printer_stations import WITH_PROCESS_ID, station_at

from hardware.ports import PrintResult, PrintState, Proof
from hardware.printers.profile import Profile
from hardware.simulated.printers.profiles import PROFILES
from support.printer_rig import PROFILE, LinkKind, Moment, simulated_printer, slip
from support.waiting import until


@pytest.mark.parametrize("kind", LinkKind)
@pytest.mark.parametrize("profile", [PROFILE, WITH_PROCESS_ID], ids=["fence", "process id"])
@pytest.mark.parametrize(
    ("fault", "moment", "last"),
    [
        ("paper_out_mid", Moment.MID_RASTER, PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE, "torn")),
        ("paper_out", Moment.BEFORE_FIRST_BYTE, None),
        ("cover_open", Moment.MID_RASTER, None),
    ],
)
def test_only_a_slip_in_which_the_paper_ended_is_reported_as_split(
    opened: ExitStack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: LinkKind,
    profile: Profile,
    fault: str,
    moment: Moment,
    last: PrintResult | None,
) -> None:
    monkeypatch.setattr("hardware.simulated.printers.paper_path.MM_UNTIL_END", 3.0)
    printer = opened.enter_context(closing(simulated_printer(kind, tmp_path)))
    station, armed = station_at(opened, printer, tmp_path, kind=kind, profile=profile)
    station.wait_until_ready()
    armed.at(moment, lambda: printer.set_fault(fault, on=True))
    assert station.print("t-1", slip("A101")).state is PrintState.HELD
    printer.set_fault(fault, on=False)
    if fault != "cover_open":
        printer.new_roll()
    until(lambda: len(station.results["t-1"]) == 2, lambda: (station.results, station.printer.health()))
    proof = Proof.PROCESS_ID if profile.process_id else Proof.FENCE
    assert station.results["t-1"][1] == (last or PrintResult("t-1", PrintState.PRINTED, proof))
    assert [slip.job for slip in station.printer.unconfirmed()] == (["t-1"] if last else [])


def test_without_automatic_status_the_driver_cannot_know_that_nothing_was_printed(
    opened: ExitStack, tmp_path: Path
) -> None:
    printer = opened.enter_context(closing(simulated_printer(LinkKind.NETWORK, tmp_path, make=PROFILES["clone-58"])))
    station, armed = station_at(opened, printer, tmp_path, profile=replace(PROFILE, automatic_status=False))
    station.wait_until_ready()
    armed.at(Moment.BEFORE_FIRST_BYTE, lambda: printer.set_fault("paper_out", on=True))
    assert station.print("t-1", slip("A101")).state is PrintState.HELD
    printer.new_roll()
    until(lambda: station.results["t-1"][-1].code == "torn", lambda: station.results)


def test_a_slip_held_for_paper_before_a_restart_is_split_when_it_comes_out_after_it(
    opened: ExitStack, tmp_path: Path
) -> None:
    printer = opened.enter_context(closing(simulated_printer(LinkKind.NETWORK, tmp_path)))
    with ExitStack() as first:
        station, armed = station_at(first, printer, tmp_path, profile=WITH_PROCESS_ID)
        station.wait_until_ready()
        armed.at(Moment.BEFORE_FENCE, lambda: printer.set_fault("paper_out", on=True))
        assert station.print("t-1", slip("A101")).code == "paper_out"
    station, _ = station_at(opened, printer, tmp_path, profile=WITH_PROCESS_ID)
    until(lambda: station.printer.health().code == "paper_out", station.printer.health)
    printer.new_roll()
    until(lambda: "t-1" in station.results, station.printer.health)
    assert station.results["t-1"] == [PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE, "torn")]
    assert [slip.code for slip in station.printer.unconfirmed()] == ["torn"]
