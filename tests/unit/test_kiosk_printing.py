"""A visitor's slip: a printer without paper, and what became of a slip."""

from dataclasses import replace

import pytest
from kiosk_bench import NO_PAPER, READY, SETTINGS, Kiosk, at_confirmation

from hardware.ports import DeviceHealth, HealthState, PrintResult, PrintState, Proof
from kiosk.flow import effects, events
from kiosk.flow.state import ScreenName


def test_known_no_paper_asks_before_a_number_is_allotted(kiosk: Kiosk) -> None:
    kiosk.happens(events.PrinterHealthRead(NO_PAPER))
    at_confirmation(kiosk).tap("take")
    assert kiosk.visit.screen is ScreenName.NO_PAPER
    assert kiosk.issues() == []
    kiosk.tap("nopaper-yes")
    kiosk.gets_its_number()
    assert (kiosk.visit.screen, kiosk.visit.slip_state) == (ScreenName.RESULT, None)
    assert kiosk.wanted(effects.PrintSlip) == []


@pytest.mark.parametrize("code", ["cover", "cutter", "hot", "fault", "wrong", "off", "silent"])
def test_every_known_reason_why_no_slip_would_come_asks_first(kiosk: Kiosk, code: str) -> None:
    state = HealthState.OFFLINE if code in ("off", "silent") else HealthState.FAULT
    kiosk.happens(events.PrinterHealthRead(DeviceHealth(state, code)))
    at_confirmation(kiosk).tap("take")
    assert kiosk.visit.screen is ScreenName.NO_PAPER
    kiosk.happens(events.PrinterHealthRead(READY))
    kiosk.tap("back", "take")
    assert len(kiosk.issues()) == 1


@pytest.mark.parametrize(
    "health", [DeviceHealth(HealthState.UNKNOWN), DeviceHealth(HealthState.WARNING, "paper_near_end")]
)
def test_a_printer_of_which_nothing_bad_is_known_is_given_the_slip(kiosk: Kiosk, health: DeviceHealth) -> None:
    kiosk.happens(events.PrinterHealthRead(health))
    at_confirmation(kiosk).tap("take")
    assert len(kiosk.issues()) == 1


def test_a_visitor_who_wants_a_slip_when_there_is_no_paper_gets_help(kiosk: Kiosk) -> None:
    kiosk.happens(events.PrinterHealthRead(NO_PAPER))
    at_confirmation(kiosk).tap("take", "nopaper-no")
    assert kiosk.issues() == []
    assert len(kiosk.wanted(effects.RequestHelp)) == 1
    assert kiosk.visit.screen is ScreenName.HOME


def test_a_kiosk_without_a_printer_shows_the_number_only() -> None:
    kiosk = Kiosk(replace(SETTINGS, has_printer=False))
    at_confirmation(kiosk).tap("take")
    kiosk.gets_its_number()
    assert kiosk.wanted(effects.PrintSlip) == []
    assert (kiosk.visit.screen, kiosk.visit.slip_state) == (ScreenName.RESULT, None)


@pytest.mark.parametrize("state", [PrintState.HELD, PrintState.FAILED, PrintState.UNKNOWN])
def test_a_slip_that_did_not_come_out_is_reported_and_its_number_stays(kiosk: Kiosk, state: PrintState) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.gets_its_number()
    kiosk.prints(state, "paper_out")
    assert (kiosk.visit.screen, kiosk.visit.slip_state) == (ScreenName.RESULT, state)
    assert kiosk.wanted(effects.ReportPrint) == [effects.ReportPrint("t-9f2c", state, "none")]
    kiosk.passes(SETTINGS.result_s + 5)
    assert kiosk.visit.screen is ScreenName.RESULT


def test_a_slip_that_comes_out_late_is_reported_again(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.gets_its_number()
    kiosk.prints(PrintState.HELD, "paper_out")
    kiosk.prints(PrintState.PRINTED)
    assert kiosk.visit.slip_state is PrintState.PRINTED
    assert [report.state for report in kiosk.wanted(effects.ReportPrint)] == [PrintState.HELD, PrintState.PRINTED]  # type: ignore[union-attr]


def test_the_list_of_papers_is_printed_once_a_touch(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("card", "list", "list")
    (order,) = kiosk.wanted(effects.PrintList)
    assert isinstance(order, effects.PrintList)
    assert order.procedure == "1.001193"
    kiosk.happens(events.PrintFinished(PrintResult(order.job, PrintState.PRINTED, Proof.FENCE)))
    assert kiosk.visit.list_printed
    assert kiosk.wanted(effects.ReportPrint) == []
