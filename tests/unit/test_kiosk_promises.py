"""What a kiosk says of a slip, a server or a service that cannot be had, and when that is over."""

import pytest
from test_kiosk_flow import BEAT, NO_PAPER, READY, Kiosk, at_confirmation, job, problem

from config.words import words
from hardware.ports import Health, PrintState
from hardware.ports import State as DeviceState
from hardware.screens.scene import Label, Scene, targets
from kiosk import state as k
from kiosk.news import HELP_UNANSWERED_S, JOB_UNANSWERED_S, UNANSWERED_S
from kiosk.parts import View
from kiosk.screens import draw
from kiosk.state import HelpState, Screen, Trouble
from server.wire.messages import Office, ProblemCode
from server.wire.pace import STALE_S
from tools.pictures import kiosk as demo

SLIP_PROMISED = "Phiếu ra ở khe bên dưới màn hình"
TOMORROW = "2026-11-24T00:30:00.000Z"


@pytest.fixture
def kiosk() -> Kiosk:
    return Kiosk()


def shown(kiosk: Kiosk) -> Scene:
    return draw(View(kiosk.state, words(kiosk.state.access.language), kiosk.now, demo.PORTRAIT))


def texts(kiosk: Kiosk) -> str:
    return "\n".join(piece.text for piece in shown(kiosk) if isinstance(piece, Label))


def offered(kiosk: Kiosk) -> set[str]:
    return {target.id for target in targets(shown(kiosk))}


def changed(rev: int, service: str, **changes: object) -> k.OfficeCame:
    """A newer picture of the office, in which one service is different."""
    office = demo.office()
    services = [one.model_copy(update=changes) if one.id == service else one for one in office.services]
    return k.OfficeCame(
        Office.model_validate(office.model_copy(update={"services": services, "rev": rev}).model_dump())
    )


# --- before the choices --------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "said"), [("paper_out", "Máy in hết giấy"), ("cutter", "Máy in đang gặp sự cố")])
def test_every_screen_from_home_to_the_confirmation_says_that_no_slip_comes_out(
    kiosk: Kiosk, code: str, said: str
) -> None:
    kiosk.happens(k.PrinterSeen(Health(DeviceState.FAULT, code)))
    for target in ("take", "service-HT", "procedure-1.001193", None):
        assert said in texts(kiosk), kiosk.state.screen
        if target is not None:
            kiosk.tap(target)
    assert kiosk.state.screen is Screen.CONFIRM


def test_a_confirmation_promises_a_slip_only_while_one_would_come_out(kiosk: Kiosk) -> None:
    at_confirmation(kiosk)
    assert SLIP_PROMISED in texts(kiosk)
    kiosk.happens(k.PrinterSeen(NO_PAPER))
    assert SLIP_PROMISED not in texts(kiosk)
    assert "Số hiện trên màn hình, không có phiếu" in texts(kiosk)
    kiosk.happens(k.PrinterSeen(READY))
    assert SLIP_PROMISED in texts(kiosk)


def test_home_and_confirmation_say_that_without_the_server_a_number_is_not_certain(kiosk: Kiosk) -> None:
    kiosk.passes(STALE_S + 1, beats=False)
    assert "Mất kết nối, có thể chưa lấy được số" in texts(kiosk)
    at_confirmation(kiosk)
    assert "Mất kết nối, có thể chưa lấy được số" in texts(kiosk)
    assert SLIP_PROMISED not in texts(kiosk)
    kiosk.happens(BEAT)
    assert SLIP_PROMISED in texts(kiosk)


def test_no_list_of_papers_is_offered_while_nothing_can_be_printed(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("card")
    assert "list" in offered(kiosk)
    kiosk.happens(k.PrinterSeen(NO_PAPER))
    assert "list" not in offered(kiosk)
    kiosk.tap("list")
    assert kiosk.wanted(k.PrintList) == []


# --- a new roll ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["take", "nopaper-yes"])
def test_a_new_roll_during_the_question_is_said_and_the_slip_is_printed(kiosk: Kiosk, target: str) -> None:
    at_confirmation(kiosk).happens(k.PrinterSeen(NO_PAPER))
    kiosk.tap("take")
    assert kiosk.state.screen is Screen.NO_PAPER
    kiosk.happens(k.PrinterSeen(Health(DeviceState.FAULT, "cover")))
    kiosk.happens(k.PrinterSeen(READY))
    assert "Máy in đã có giấy." in texts(kiosk)
    assert "take" in offered(kiosk)
    kiosk.tap(target)
    assert kiosk.issues()[0].ask.slip is True
    kiosk.gets_its_number()
    assert len(kiosk.wanted(k.Print)) == 1


def test_a_printer_that_was_mended_is_not_said_to_have_new_paper(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).happens(k.PrinterSeen(Health(DeviceState.FAULT, "cutter")))
    kiosk.tap("take")
    kiosk.happens(k.PrinterSeen(READY))
    assert "Máy in đã hoạt động trở lại." in texts(kiosk)
    assert "Máy in đang gặp sự cố" not in texts(kiosk)


def test_paper_that_runs_out_again_asks_again(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).happens(k.PrinterSeen(NO_PAPER))
    kiosk.tap("take")
    kiosk.happens(k.PrinterSeen(READY), k.PrinterSeen(NO_PAPER))
    kiosk.tap("take")
    assert (kiosk.state.screen, kiosk.issues()) == (Screen.NO_PAPER, [])
    kiosk.tap("nopaper-yes")
    assert kiosk.issues()[0].ask.slip is False


# --- a service that was stopped ------------------------------------------------------------------------


def test_a_stopped_service_tells_why_until_when_whom_to_ask_and_a_way_on(kiosk: Kiosk) -> None:
    stopped = {"state": "closed", "stopped": True, "reason": "Cán bộ đi họp", "next_open": TOMORROW}
    kiosk.happens(changed(2, "HT", **stopped))
    kiosk.tap("take")
    assert "ngừng cấp số" in texts(kiosk)
    assert "ngoài giờ" not in texts(kiosk)
    kiosk.tap("service-HT")
    assert (kiosk.state.screen, kiosk.state.trouble) == (Screen.NOTICE, Trouble.STOPPED)
    said = texts(kiosk)
    for part in ("Hộ tịch đã ngừng cấp số", "Cán bộ đi họp", "07:30, thứ Ba, 24/11/2026", "đến quầy 4 hoặc gọi 1022"):
        assert part in said
    assert {"unsure", "lookup", "back", "home", "help"} <= offered(kiosk)
    kiosk.tap("unsure")
    assert (kiosk.state.screen, kiosk.state.service) == (Screen.CONFIRM, "HD")
    kiosk.tap("back")
    assert kiosk.state.screen is Screen.SERVICES


def test_a_stop_without_reason_and_time_says_that_it_lasts_for_today(kiosk: Kiosk) -> None:
    kiosk.happens(changed(2, "HT", state="closed", stopped=True))
    kiosk.tap("take", "service-HT")
    assert "Ngừng đến hết hôm nay." in texts(kiosk)


def test_a_notice_says_that_its_service_gives_numbers_again_and_leads_on(kiosk: Kiosk) -> None:
    kiosk.happens(changed(2, "HT", state="full"))
    kiosk.tap("take", "service-HT")
    troubles = [kiosk.state.trouble]
    kiosk.happens(changed(3, "HT", state="closed", stopped=True))
    troubles.append(kiosk.state.trouble)
    assert troubles == [Trouble.FULL, Trouble.STOPPED]
    kiosk.happens(changed(4, "HT", state="open"))
    assert "Hộ tịch đã cấp số trở lại." in texts(kiosk)
    kiosk.tap("take")
    assert (kiosk.state.screen, kiosk.state.service, kiosk.state.trouble) == (Screen.CONFIRM, "HT", None)


@pytest.mark.parametrize("before", [(), ("priority-yes",), ("take",)])
def test_no_number_of_a_service_is_offered_after_news_that_it_was_stopped(
    kiosk: Kiosk, before: tuple[str, ...]
) -> None:
    if before == ("take",):
        kiosk.happens(k.PrinterSeen(NO_PAPER))
    at_confirmation(kiosk).tap(*before)
    kiosk.happens(changed(2, "HT", state="closed", stopped=True, reason="Cán bộ đi họp"))
    assert "Lý do: Cán bộ đi họp." in texts(kiosk)
    assert not offered(kiosk) & {"take", "nopaper-yes", "priority-yes"}
    kiosk.tap("back")
    assert kiosk.state.screen is Screen.PROCEDURES


def test_within_the_hours_a_hall_whose_services_are_all_stopped_is_not_called_closed(kiosk: Kiosk) -> None:
    office = demo.office(**{one.id: "closed" for one in demo.office().services}).model_copy(update={"rev": 2})
    kiosk.happens(k.OfficeCame(office))
    assert "Hiện không lĩnh vực nào cấp số." in texts(kiosk)
    assert "Ngoài giờ" not in texts(kiosk)


def test_a_refusal_of_a_service_that_was_stopped_meanwhile_says_the_same(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.happens(k.IssueRefused(kiosk.issues()[0].ask.request_id, problem(ProblemCode.SERVICE_CLOSED)))
    kiosk.happens(changed(2, "HT", state="closed", stopped=True, reason="Cán bộ đi họp"))
    assert "Lý do: Cán bộ đi họp." in texts(kiosk)


# --- what only an event could end ----------------------------------------------------------------------


def test_a_number_of_which_nothing_is_ever_reported_does_not_keep_the_screen_for_ever(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.passes(UNANSWERED_S)
    assert (kiosk.state.screen, kiosk.state.trouble) == (Screen.NOTICE, Trouble.BUSY)
    kiosk.tap("take")
    assert len({issue.ask.request_id for issue in kiosk.issues()}) == 1


def test_a_call_for_help_of_which_nothing_is_ever_reported_has_failed(kiosk: Kiosk) -> None:
    kiosk.tap("help")
    kiosk.passes(HELP_UNANSWERED_S)
    assert kiosk.state.help is HelpState.FAILED
    kiosk.tap("help")
    assert len(kiosk.wanted(k.AskHelp)) == 2


def test_a_double_touch_of_help_calls_once(kiosk: Kiosk) -> None:
    kiosk.tap("help")
    asked = kiosk.wanted(k.AskHelp)[0]
    assert isinstance(asked, k.AskHelp)
    kiosk.happens(k.HelpAnswered(asked.request_id, told=True))
    kiosk.passes(1)
    kiosk.tap("help")
    assert len(kiosk.wanted(k.AskHelp)) == 1


def test_a_job_of_which_nothing_is_ever_reported_does_not_hold_up_the_next(kiosk: Kiosk) -> None:
    kiosk.happens(k.WorkCame(("j-1", "j-2")), k.JobCame(job("j-1")))
    kiosk.passes(JOB_UNANSWERED_S)
    assert k.AnswerJob("j-1", PrintState.UNKNOWN, "none") in kiosk.done
    assert k.FetchJob("j-2") in kiosk.done
