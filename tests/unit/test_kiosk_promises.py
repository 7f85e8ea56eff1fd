"""The kiosk's warnings about a slip, a server or a service, and their end."""

import pytest
from kiosk_bench import BEAT, NO_PAPER, READY, Kiosk, at_confirmation, job, problem

from config.words import words
from hardware.ports import DeviceHealth, HealthState, PrintState
from hardware.screens.scene import Label, Scene, targets
from kiosk.flow import effects, events
from kiosk.flow.help import HELP_TIMEOUT_S
from kiosk.flow.issuing import ANSWER_TIMEOUT_S
from kiosk.flow.jobs import JOB_TIMEOUT_S
from kiosk.flow.state import HelpState, NoticeReason, ScreenName
from kiosk.screens.draw import draw
from kiosk.screens.view import KioskView
from server.wire.messages import Board, Office, ProblemCode, TicketClass
from server.wire.station.events import PictureReceived
from server.wire.station.liveness import STALE_AFTER_S
from support.kiosk_places import name_of
from tools.pictures import kiosk as demo

SLIP_PROMISED = "Phiếu ra ở khe bên dưới màn hình"
TOMORROW = "2026-11-24T00:30:00.000Z"


@pytest.fixture
def kiosk() -> Kiosk:
    return Kiosk()


def test_a_service_without_the_question_about_priority_gets_an_ordinary_number(kiosk: Kiosk) -> None:
    at_confirmation(kiosk)
    assert "diện ưu tiên" in texts(kiosk)
    kiosk.tap("priority-yes", "priority-elder")
    assert kiosk.visit.priority
    office = demo.office()
    services = [service.model_copy(update={"asks_priority": False}) for service in office.services]
    kiosk.happens(PictureReceived(office.model_copy(update={"services": services, "rev": office.rev + 1})))
    assert "diện ưu tiên" not in texts(kiosk)
    kiosk.tap("take")  # the answer that was given before counts no more
    assert kiosk.issues()[0].request.ticket_class is TicketClass.ORDINARY


def scene_of(kiosk: Kiosk) -> Scene:
    return draw(KioskView(kiosk.state, words(kiosk.visit.access.language), kiosk.now, demo.PORTRAIT))


def texts(kiosk: Kiosk) -> str:
    return "\n".join(piece.text for piece in scene_of(kiosk) if isinstance(piece, Label))


def offered(kiosk: Kiosk) -> set[str]:
    return {name_of(target) for target in targets(scene_of(kiosk))}


def changed(rev: int, service: str, **changes: object) -> PictureReceived[Board | Office]:
    """A newer picture of the office, in which one service is different."""
    office = demo.office()
    services = [other.model_copy(update=changes) if other.id == service else other for other in office.services]
    return PictureReceived(
        Office.model_validate(office.model_copy(update={"services": services, "rev": rev}).model_dump())
    )


# --- before the choices --------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "text"), [("paper_out", "Máy in hết giấy"), ("cutter", "Máy in đang gặp sự cố")])
def test_every_screen_from_home_to_the_confirmation_shows_that_no_slip_comes_out(
    kiosk: Kiosk, code: str, text: str
) -> None:
    kiosk.happens(events.PrinterHealthRead(DeviceHealth(HealthState.FAULT, code)))
    for target in ("take", "service-HT", "procedure-1.001193", None):
        assert text in texts(kiosk), kiosk.visit.screen
        if target is not None:
            kiosk.tap(target)
    assert kiosk.visit.screen is ScreenName.CONFIRM


def test_a_confirmation_promises_a_slip_only_while_one_would_come_out(kiosk: Kiosk) -> None:
    at_confirmation(kiosk)
    assert SLIP_PROMISED in texts(kiosk)
    kiosk.happens(events.PrinterHealthRead(NO_PAPER))
    assert SLIP_PROMISED not in texts(kiosk)
    assert "Số hiện trên màn hình, không có phiếu" in texts(kiosk)
    kiosk.happens(events.PrinterHealthRead(READY))
    assert SLIP_PROMISED in texts(kiosk)


def test_home_and_confirmation_say_that_without_the_server_a_number_is_not_certain(kiosk: Kiosk) -> None:
    kiosk.passes(STALE_AFTER_S + 1, beats=False)
    assert "Mất kết nối, có thể chưa lấy được số" in texts(kiosk)
    at_confirmation(kiosk)
    assert "Mất kết nối, có thể chưa lấy được số" in texts(kiosk)
    assert SLIP_PROMISED not in texts(kiosk)
    kiosk.happens(BEAT)
    assert SLIP_PROMISED in texts(kiosk)


def test_no_list_of_papers_is_offered_while_nothing_can_be_printed(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("card")
    assert "list" in offered(kiosk)
    kiosk.happens(events.PrinterHealthRead(NO_PAPER))
    assert "list" not in offered(kiosk)
    kiosk.tap("list")
    assert kiosk.wanted(effects.PrintList) == []


# --- a new roll ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["take", "nopaper-yes"])
def test_a_new_roll_during_the_question_is_shown_and_the_slip_is_printed(kiosk: Kiosk, target: str) -> None:
    at_confirmation(kiosk).happens(events.PrinterHealthRead(NO_PAPER))
    kiosk.tap("take")
    assert kiosk.visit.screen is ScreenName.NO_PAPER
    kiosk.happens(events.PrinterHealthRead(DeviceHealth(HealthState.FAULT, "cover")))
    kiosk.happens(events.PrinterHealthRead(READY))
    assert "Máy in đã có giấy." in texts(kiosk)
    assert "take" in offered(kiosk)
    kiosk.tap(target)
    assert kiosk.issues()[0].request.slip is True
    kiosk.gets_its_number()
    assert len(kiosk.wanted(effects.PrintSlip)) == 1


def test_a_repaired_printer_is_not_shown_as_having_new_paper(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).happens(events.PrinterHealthRead(DeviceHealth(HealthState.FAULT, "cutter")))
    kiosk.tap("take")
    kiosk.happens(events.PrinterHealthRead(READY))
    assert "Máy in đã hoạt động trở lại." in texts(kiosk)
    assert "Máy in đang gặp sự cố" not in texts(kiosk)


def test_paper_that_runs_out_again_asks_again(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).happens(events.PrinterHealthRead(NO_PAPER))
    kiosk.tap("take")
    kiosk.happens(events.PrinterHealthRead(READY), events.PrinterHealthRead(NO_PAPER))
    kiosk.tap("take")
    assert (kiosk.visit.screen, kiosk.issues()) == (ScreenName.NO_PAPER, [])
    kiosk.tap("nopaper-yes")
    assert kiosk.issues()[0].request.slip is False


# --- a service that was stopped ------------------------------------------------------------------------


def test_a_stopped_service_shows_why_until_when_whom_to_ask_and_a_way_on(kiosk: Kiosk) -> None:
    stopped = {"state": "closed", "stopped": True, "reason": "Cán bộ đi họp", "next_open": TOMORROW}
    kiosk.happens(changed(2, "HT", **stopped))
    kiosk.tap("take")
    assert "ngừng cấp số" in texts(kiosk)
    assert "ngoài giờ" not in texts(kiosk)
    kiosk.tap("service-HT")
    assert (kiosk.visit.screen, kiosk.visit.reason) == (ScreenName.NOTICE, NoticeReason.STOPPED)
    notice = texts(kiosk)
    for part in ("Hộ tịch đã ngừng cấp số", "Cán bộ đi họp", "07:30, thứ Ba, 24/11/2026", "đến quầy 4 hoặc gọi 1022"):
        assert part in notice
    assert {"unsure", "lookup", "back", "home", "help"} <= offered(kiosk)
    kiosk.tap("unsure")
    assert (kiosk.visit.screen, kiosk.visit.service) == (ScreenName.CONFIRM, "HD")
    kiosk.tap("back")
    assert kiosk.visit.screen is ScreenName.SERVICES


def test_a_stop_with_an_end_and_a_contact_names_both_and_never_the_hours(kiosk: Kiosk) -> None:
    until = "2026-11-23T04:00:00.000Z"
    stop = {"state": "closed", "stopped": True, "reason": "Mất điện", "ask": "chị Lan, quầy 1", "until": until}
    kiosk.happens(changed(2, "HT", **stop, next_open=until))
    kiosk.tap("take")
    assert "ngừng cấp số đến" in texts(kiosk)
    assert "ngoài giờ" not in texts(kiosk)
    kiosk.tap("service-HT")
    assert "Lý do: Mất điện." in texts(kiosk)
    assert "Cần hỏi thêm, mời Ông/Bà liên hệ: chị Lan, quầy 1." in texts(kiosk)
    assert "Cấp số trở lại lúc" in texts(kiosk)


def test_a_stop_without_reason_and_time_is_shown_to_last_for_today(kiosk: Kiosk) -> None:
    kiosk.happens(changed(2, "HT", state="closed", stopped=True))
    kiosk.tap("take", "service-HT")
    assert "Ngừng đến hết hôm nay." in texts(kiosk)


def test_a_notice_shows_that_its_service_issues_numbers_again_and_leads_on(kiosk: Kiosk) -> None:
    kiosk.happens(changed(2, "HT", state="full"))
    kiosk.tap("take", "service-HT")
    troubles = [kiosk.visit.reason]
    kiosk.happens(changed(3, "HT", state="closed", stopped=True))
    troubles.append(kiosk.visit.reason)
    assert troubles == [NoticeReason.FULL, NoticeReason.STOPPED]
    kiosk.happens(changed(4, "HT", state="open"))
    assert "Hộ tịch đã cấp số trở lại." in texts(kiosk)
    kiosk.tap("take")
    assert (kiosk.visit.screen, kiosk.visit.service, kiosk.visit.reason) == (ScreenName.CONFIRM, "HT", None)


@pytest.mark.parametrize("before", [(), ("priority-yes",), ("take",)])
def test_no_number_of_a_service_is_offered_after_news_that_it_was_stopped(
    kiosk: Kiosk, before: tuple[str, ...]
) -> None:
    if before == ("take",):
        kiosk.happens(events.PrinterHealthRead(NO_PAPER))
    at_confirmation(kiosk).tap(*before)
    kiosk.happens(changed(2, "HT", state="closed", stopped=True, reason="Cán bộ đi họp"))
    assert "Lý do: Cán bộ đi họp." in texts(kiosk)
    assert not offered(kiosk) & {"take", "nopaper-yes", "priority-yes"}
    kiosk.tap("back")
    assert kiosk.visit.screen is ScreenName.PROCEDURES


def test_within_the_hours_a_hall_whose_services_are_all_stopped_is_not_called_closed(kiosk: Kiosk) -> None:
    office = demo.office(**{service.id: "closed" for service in demo.office().services}).model_copy(update={"rev": 2})
    kiosk.happens(PictureReceived(office))
    assert "Hiện không lĩnh vực nào cấp số." in texts(kiosk)
    assert "Ngoài giờ" not in texts(kiosk)


def test_a_refusal_because_the_service_was_stopped_shows_the_same_reason(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.happens(events.IssueRefused(kiosk.issues()[0].request.request_id, problem(ProblemCode.SERVICE_CLOSED)))
    kiosk.happens(changed(2, "HT", state="closed", stopped=True, reason="Cán bộ đi họp"))
    assert "Lý do: Cán bộ đi họp." in texts(kiosk)


# --- what only an event could end ----------------------------------------------------------------------


def test_a_number_of_which_nothing_is_ever_reported_does_not_keep_the_screen_for_ever(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.passes(ANSWER_TIMEOUT_S)
    assert (kiosk.visit.screen, kiosk.visit.reason) == (ScreenName.NOTICE, NoticeReason.BUSY)
    kiosk.tap("take")
    assert len({issue.request.request_id for issue in kiosk.issues()}) == 1


def test_a_call_for_help_of_which_nothing_is_ever_reported_has_failed(kiosk: Kiosk) -> None:
    kiosk.tap("help")
    kiosk.passes(HELP_TIMEOUT_S)
    assert kiosk.visit.help is HelpState.FAILED
    kiosk.tap("help")
    assert len(kiosk.wanted(effects.RequestHelp)) == 2


def test_a_double_touch_of_help_calls_once(kiosk: Kiosk) -> None:
    kiosk.tap("help")
    asked = kiosk.wanted(effects.RequestHelp)[0]
    assert isinstance(asked, effects.RequestHelp)
    kiosk.happens(events.HelpAnswered(asked.request_id, sent=True))
    kiosk.passes(1)
    kiosk.tap("help")
    assert len(kiosk.wanted(effects.RequestHelp)) == 1


def test_a_job_of_which_nothing_is_ever_reported_does_not_hold_up_the_next(kiosk: Kiosk) -> None:
    kiosk.happens(events.JobsListed(("j-1", "j-2")), events.JobReceived(job("j-1")))
    kiosk.passes(JOB_TIMEOUT_S)
    assert effects.ReportJob("j-1", PrintState.UNKNOWN, "none") in kiosk.done
    assert effects.FetchJob("j-2") in kiosk.done
