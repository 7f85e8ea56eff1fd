"""A visit that has ended leaves nothing to the next visitor, in any field."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

import pytest

from config.clock import Now
from hardware.ports import PrintResult, PrintState, Proof
from kiosk.flow import events, taps
from kiosk.flow.state import (
    Accessibility,
    FlowSettings,
    HelpState,
    KioskState,
    NoticeReason,
    PendingRequest,
    ScreenName,
    TrailEntry,
    Visit,
    end_visit,
    with_visit,
)
from kiosk.flow.step import step
from prove.kiosk_taps import FRESH
from server.wire.messages import IssueTicket
from server.wire.station.events import Tick
from tools.pictures import kiosk as demo

ACCESS = Accessibility("en", large_text=True, contrast=True, low_reach=True)
REQUEST = IssueTicket(request_id=demo.REQUEST_ID, service="HT", station="kiosk-1")
FULL = Visit(
    access=ACCESS,
    screen=ScreenName.RESULT,
    page=2,
    trail=(TrailEntry(ScreenName.SERVICES, 1),),
    group="g1",
    service="HT",
    procedure="1.001193",
    priority=True,
    query="khai sinh",
    pending=PendingRequest(REQUEST, 1, 3.0),
    ticket=demo.ticket(),
    slip_state=PrintState.PRINTED,
    slip_code="paper_out",
    list_job="list-7",
    list_printed=True,
    paper_was_out=True,
    reason=NoticeReason.BUSY,
    help=HelpState.SENT,
    help_request=FRESH,
    help_called_at_s=5.0,
    last_touch_at_s=6.0,
    idle_question_at_s=7.0,
    countdown_start_at_s=8.0,
)
"""A visit of which every field is set. A new field must be set here too."""


def values(visit: Visit) -> Mapping[str, Any]:
    return {field.name: getattr(visit, field.name) for field in fields(visit)}


def kiosk(**changes: Any) -> KioskState:
    """Return a kiosk in the middle of the full visit."""
    return with_visit(replace(demo.idle_kiosk(), visit=FULL), **changes)


def at(seconds: float) -> Now:
    return Now(demo.NOW.wall_ms, 0, seconds)


def test_the_full_visit_sets_every_field() -> None:
    unset = [name for name, value in values(FULL).items() if value == values(Visit())[name]]
    assert unset == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_field_of_a_visit_survives_its_end(language: str) -> None:
    settings = FlowSettings("kiosk-1", language=language)
    ended = end_visit(replace(kiosk(), settings=settings))
    assert values(ended.visit) == values(Visit(Accessibility(language)))


def test_only_the_visit_ends_with_it() -> None:
    before = kiosk()
    assert replace(end_visit(before), visit=before.visit) == before


LEAVING: Mapping[str, tuple[KioskState, Now]] = {
    "the question is not answered": (kiosk(), at(7 + 20)),
    "the result was shown": (kiosk(idle_question_at_s=None, pending=None), at(8 + 15)),
    "nobody touches a home screen": (kiosk(screen=ScreenName.HOME, idle_question_at_s=None, pending=None), at(6 + 60)),
}


@pytest.mark.parametrize("why", LEAVING)
def test_a_visitor_who_leaves_ends_the_visit(why: str) -> None:
    state, now = LEAVING[why]
    after, _ = step(state, Tick(), now)
    assert after.visit == Visit()


@pytest.mark.parametrize("tap", [taps.GoHome(), taps.GoBack()])
def test_starting_over_keeps_only_what_visitors_set_for_themselves(tap: taps.Tap) -> None:
    state = kiosk(idle_question_at_s=None, trail=())
    after, effects = step(state, events.Touched(tap, FRESH), at(9.0))
    assert (after.visit, effects) == (Visit(ACCESS, last_touch_at_s=9.0), ())


LATE: tuple[Callable[[], events.Event], ...] = (
    lambda: events.TicketReceived(REQUEST.request_id, demo.ticket()),
    lambda: events.IssueUnanswered(REQUEST.request_id),
    lambda: events.HelpAnswered(FRESH, sent=True),
    lambda: events.PrintFinished(PrintResult("list-7", PrintState.PRINTED, Proof.FENCE)),
    lambda: events.PrintFinished(PrintResult(demo.ticket().id, PrintState.HELD, Proof.NONE, "paper_out")),
)


@pytest.mark.parametrize("event", LATE)
def test_an_answer_to_the_last_visitor_does_not_reach_the_next(event: Callable[[], events.Event]) -> None:
    after, _ = step(end_visit(kiosk()), event(), at(9.0))
    assert after.visit == Visit()
