"""Requests for a number that the server refuses or does not answer."""

import pytest
from kiosk_bench import BEAT, Kiosk, at_confirmation, lose_all, problem

from kiosk.flow import events
from kiosk.flow.state import NoticeReason, ScreenName
from kiosk.flow.touches import TOUCH_GAP_S
from server.wire.messages import ProblemCode, ProblemNeed
from server.wire.station.events import PictureReceived
from server.wire.station.liveness import STALE_AFTER_S
from tools.pictures import kiosk as demo


def test_a_request_whose_answer_was_lost_is_sent_again_unchanged(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    first = kiosk.issues()[0].request
    for _ in range(3):
        kiosk.happens(events.IssueUnanswered(first.request_id))
        kiosk.passes(4)
    assert len(kiosk.issues()) > 1
    assert {issue.request for issue in kiosk.issues()} == {first}
    kiosk.gets_its_number()
    assert kiosk.visit.screen is ScreenName.RESULT


def test_a_silent_server_ends_in_a_notice_and_a_touch_sends_the_same_request(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    lose_all(kiosk, beats=True)
    assert (kiosk.visit.screen, kiosk.visit.reason) == (ScreenName.NOTICE, NoticeReason.BUSY)
    asked = len(kiosk.issues())
    kiosk.tap("take")
    assert kiosk.visit.screen is ScreenName.WORKING
    assert len(kiosk.issues()) == asked + 1
    assert len({issue.request.request_id for issue in kiosk.issues()}) == 1


def test_without_a_heartbeat_the_kiosk_shows_that_it_is_offline(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.passes(STALE_AFTER_S, beats=False)
    lose_all(kiosk, beats=False)
    assert (kiosk.visit.screen, kiosk.visit.reason) == (ScreenName.NOTICE, NoticeReason.NETWORK)


def test_after_a_reconnect_a_touch_sends_the_same_request_again(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.passes(STALE_AFTER_S, beats=False)
    lose_all(kiosk, beats=False)
    kiosk.happens(BEAT)
    assert (kiosk.visit.screen, kiosk.visit.reason) == (ScreenName.NOTICE, NoticeReason.RECONNECTED)
    kiosk.tap("take")
    assert kiosk.visit.screen is ScreenName.WORKING
    assert len({issue.request.request_id for issue in kiosk.issues()}) == 1


def test_an_answer_to_a_request_that_was_given_up_shows_nothing(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    asked = kiosk.issues()[0].request.request_id
    lose_all(kiosk, beats=True)
    kiosk.tap("home")
    kiosk.happens(events.TicketReceived(asked, demo.ticket()))
    assert (kiosk.visit.screen, kiosk.visit.ticket) == (ScreenName.HOME, None)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (ProblemCode.FULL, NoticeReason.FULL),
        (ProblemCode.SERVICE_CLOSED, NoticeReason.STOPPED),
        (ProblemCode.NO_COUNTER, NoticeReason.NO_COUNTER),
        (ProblemCode.DAY_CLOSED, NoticeReason.DAY_NOT_OPENED),
        (ProblemCode.BUSY, NoticeReason.BUSY),
        (ProblemCode.TOO_MANY, NoticeReason.BUSY),
        (ProblemCode.UNKNOWN_SERVICE, NoticeReason.SEE_STAFF),
    ],
)
def test_every_refusal_has_its_screen(kiosk: Kiosk, code: ProblemCode, reason: NoticeReason) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.happens(events.IssueRefused(kiosk.issues()[0].request.request_id, problem(code)))
    assert (kiosk.visit.screen, kiosk.visit.reason) == (ScreenName.NOTICE, reason)


def test_a_service_of_another_place_shows_the_place_and_sends_no_request(kiosk: Kiosk) -> None:
    office = demo.office(HT="no_counter")
    services = [service.model_copy(update={"place": "UBND tỉnh"}) for service in office.services]
    kiosk.happens(PictureReceived(office.model_copy(update={"rev": 2, "services": services})))
    kiosk.tap("take", "service-HT")
    assert (kiosk.visit.screen, kiosk.visit.reason) == (ScreenName.NOTICE, NoticeReason.ELSEWHERE)
    assert kiosk.issues() == []


def test_touches_without_a_pause_name_the_number_that_they_took_of_the_service(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    first = kiosk.issues()[0].request
    assert first.earlier is None
    kiosk.gets_its_number()
    kiosk.passes(5)
    kiosk.tap("home")
    at_confirmation(kiosk).tap("take")
    again = kiosk.issues()[1].request
    assert again.earlier == first.request_id
    taken = problem(ProblemCode.NOT_ALLOWED).model_copy(update={"need": ProblemNeed.TAKEN})
    kiosk.happens(events.IssueRefused(again.request_id, taken))
    assert (kiosk.visit.screen, kiosk.visit.reason) == (ScreenName.NOTICE, NoticeReason.TAKEN)


def test_after_a_pause_the_next_visitor_took_nothing(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.gets_its_number()
    kiosk.passes(TOUCH_GAP_S + 1)
    kiosk.tap("home")
    at_confirmation(kiosk).tap("take")
    assert kiosk.issues()[1].request.earlier is None


@pytest.mark.parametrize(
    ("state", "reason"),
    [("full", NoticeReason.FULL), ("closed", NoticeReason.STOPPED), ("no_counter", NoticeReason.NO_COUNTER)],
)
def test_a_closed_service_shows_why_and_sends_no_request(kiosk: Kiosk, state: str, reason: NoticeReason) -> None:
    shut = demo.office(HT=state).model_copy(update={"rev": 2})
    kiosk.happens(PictureReceived(shut))
    kiosk.tap("take", "service-HT")
    assert (kiosk.visit.screen, kiosk.visit.reason) == (ScreenName.NOTICE, reason)
    kiosk.tap("take")
    assert kiosk.issues() == []
