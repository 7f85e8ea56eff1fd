"""Request a number, from the tap on the button to the server's answer.

A request without an answer is sent again unchanged.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from config.clock import Now
from hardware.ports import PrintState
from kiosk.flow import effects, events, taps
from kiosk.flow.choosing import confirm, list_services, why_closed
from kiosk.flow.navigation import go_to
from kiosk.flow.printability import cannot_print, is_out_of_paper
from kiosk.flow.state import (
    KioskState,
    NoticeReason,
    PendingRequest,
    ScreenName,
    Step,
    TakenNumber,
    with_visit,
)
from server.wire.messages import IssueTicket, ProblemCode, ProblemNeed, TicketClass

MAX_RETRIES = 4
RETRY_DELAYS_S = (0.5, 1.0, 2.0, 3.0)  # before each retry
GIVE_UP_AFTER_S = 12.0  # a visitor is waiting: after this time a notice offers another try
# A request without an answer event must have been lost inside this program; the screen must not wait for ever. This
# time is far longer than the time-outs of all tries.
ANSWER_TIMEOUT_S = 60.0

REASONS_BY_PROBLEM: Mapping[ProblemCode, NoticeReason] = {
    ProblemCode.FULL: NoticeReason.FULL,
    ProblemCode.SERVICE_CLOSED: NoticeReason.STOPPED,
    ProblemCode.NO_COUNTER: NoticeReason.NO_COUNTER,
    ProblemCode.DAY_CLOSED: NoticeReason.DAY_NOT_OPENED,
    ProblemCode.BUSY: NoticeReason.BUSY,
    ProblemCode.TOO_MANY: NoticeReason.BUSY,
}


def ticket_tapped(state: KioskState, tap: taps.TicketTap, request_id: str, now: Now) -> Step:
    """Go on towards a number, or store the answer about priority."""
    match tap:
        case taps.TakeNumber():
            return _proceed(state, request_id, now)
        case taps.TakeWithoutSlip():
            # If the printer can print again by now, a slip is printed after all.
            return _request_ticket(state, request_id, now, without_slip=cannot_print(state))
        case taps.AnswerPriority():
            return _answer_priority(state, belongs=tap.belongs), ()
        case taps.ChoosePriorityGroup():
            if state.visit.screen is not ScreenName.PRIORITY:
                return state, ()
            return _back_to_confirmation(state, priority=True), ()
        case _:
            assert_never(tap)


def _proceed(state: KioskState, request_id: str, now: Now) -> Step:
    """Carry out the primary button of the current screen."""
    visit = state.visit
    match visit.screen:
        case ScreenName.HOME:
            return list_services(state), ()
        case ScreenName.PROCEDURE:
            procedure = state.hall.procedure(visit.procedure)
            state = with_visit(state, service=procedure.service if procedure else visit.service)
            return confirm(state, visit.procedure), ()
        case ScreenName.NOTICE if visit.pending is not None:
            return _request_again(state, visit.pending, now)
        case ScreenName.NOTICE:
            return confirm(state, visit.procedure), ()
        case _:
            return _request_ticket(state, request_id, now, without_slip=False)


def _request_ticket(state: KioskState, request_id: str, now: Now, *, without_slip: bool) -> Step:
    """Request a number, unless the request is known to fail.

    If no slip can be printed, the visitor is asked first whether they want a number without one.
    """
    visit, settings = state.visit, state.settings
    reason = why_closed(state)
    if reason is not None:
        return go_to(state, ScreenName.NOTICE, reason=reason), ()
    if visit.pending is not None or visit.service is None or visit.screen is ScreenName.WORKING:
        return state, ()
    if not without_slip and cannot_print(state):
        if visit.screen is ScreenName.NO_PAPER:
            return state, ()
        return go_to(state, ScreenName.NO_PAPER, paper_was_out=is_out_of_paper(state)), ()
    wants_slip = settings.has_printer and not without_slip
    taken, service = state.touches.taken.get(visit.service), state.hall.service(visit.service)
    has_priority = visit.priority and (service is None or service.asks_priority)
    request = IssueTicket.model_validate(
        {
            "request_id": request_id,
            "service": visit.service,
            "procedure": visit.procedure,
            "class": TicketClass.PRIORITY if has_priority else TicketClass.ORDINARY,
            "station": settings.station,
            "slip": wants_slip,
            "earlier": None if taken is None else taken.request_id,
        }
    )
    pending = PendingRequest(request, 1, now.mono_s, wants_slip=wants_slip)
    state = with_visit(state, screen=ScreenName.WORKING, trail=(), pending=pending)
    return state, (effects.RequestTicket(request),)


def _request_again(state: KioskState, pending: PendingRequest, now: Now) -> Step:
    """Send the same request again after a tap."""
    pending = replace(pending, tries=1, since_s=now.mono_s, retry_at_s=None)
    state = with_visit(state, screen=ScreenName.WORKING, reason=None, pending=pending)
    return state, (effects.RequestTicket(pending.request),)


def _answer_priority(state: KioskState, *, belongs: bool) -> KioskState:
    """Ask for the group of a visitor who ``belongs`` to one; otherwise store the answer."""
    if belongs:
        return go_to(state, ScreenName.PRIORITY)
    if state.visit.screen is ScreenName.PRIORITY:
        return _back_to_confirmation(state, priority=False)
    return with_visit(state, priority=False)


def _back_to_confirmation(state: KioskState, *, priority: bool) -> KioskState:
    """Store the answer about priority, and return to the confirmation."""
    return with_visit(state, screen=ScreenName.CONFIRM, priority=priority, trail=state.visit.trail[:-1])


# --- the server's answers ------------------------------------------------------------------------------


def ticket_received(state: KioskState, event: events.TicketReceived, now: Now) -> Step:
    """Show the number and print its slip."""
    pending = _matching_request(state, event.request_id)
    if pending is None:
        return state, ()
    taken = {pending.request.service: TakenNumber(event.request_id, event.ticket.number)}
    state = replace(state, touches=replace(state.touches, taken={**state.touches.taken, **taken}))
    state = with_visit(
        state,
        screen=ScreenName.RESULT,
        trail=(),
        pending=None,
        reason=None,
        ticket=event.ticket,
        slip_state=PrintState.PRINTING if pending.wants_slip else None,
        last_touch_at_s=now.mono_s,
        countdown_start_at_s=now.mono_s,
        idle_question_at_s=None,
    )
    if not pending.wants_slip:
        return state, ()
    return state, (effects.PrintSlip(event.ticket.id, event.ticket, state.visit.access.language),)


def issue_refused(state: KioskState, event: events.IssueRefused, now: Now) -> Step:
    """Show the reason of the refusal; keep the request if the server was only busy."""
    pending = _matching_request(state, event.request_id)
    if pending is None:
        return state, ()
    reason = REASONS_BY_PROBLEM.get(event.problem.code, NoticeReason.SEE_STAFF)
    if event.problem.need is ProblemNeed.TAKEN:
        reason = NoticeReason.TAKEN
    if event.problem.need is ProblemNeed.ELSEWHERE:
        reason = NoticeReason.ELSEWHERE
    kept_request = pending if reason is NoticeReason.BUSY else None
    return with_visit(
        state, screen=ScreenName.NOTICE, reason=reason, pending=kept_request, last_touch_at_s=now.mono_s
    ), ()


def issue_unanswered(state: KioskState, event: events.IssueUnanswered, now: Now) -> Step:
    """Schedule the same request again, a few times.

    Then show a notice, on which a tap sends the request again.
    """
    pending = _matching_request(state, event.request_id)
    if pending is None:
        return state, ()
    if pending.tries <= MAX_RETRIES and now.mono_s - pending.since_s < GIVE_UP_AFTER_S:
        scheduled = replace(pending, retry_at_s=now.mono_s + RETRY_DELAYS_S[pending.tries - 1])
        return with_visit(state, pending=scheduled), ()
    return _give_up(state, pending, now), ()


def retry_request(state: KioskState, now: Now) -> Step:
    """Send the pending request again when its retry is due."""
    pending = state.visit.pending
    if pending is None or pending.retry_at_s is None or now.mono_s < pending.retry_at_s:
        return state, ()
    pending = replace(pending, tries=pending.tries + 1, retry_at_s=None)
    return with_visit(state, pending=pending), (effects.RequestTicket(pending.request),)


def end_unanswered_request(state: KioskState, now: Now) -> KioskState:
    """Give up a request that no event answered within ``ANSWER_TIMEOUT_S``."""
    visit = state.visit
    is_waiting = visit.screen is ScreenName.WORKING and visit.pending is not None
    if not is_waiting or visit.pending is None or now.mono_s < visit.pending.since_s + ANSWER_TIMEOUT_S:
        return state
    return _give_up(state, replace(visit.pending, retry_at_s=None), now)


def _give_up(state: KioskState, pending: PendingRequest, now: Now) -> KioskState:
    """Show a notice; the request is kept, so that a tap sends it again."""
    reason = NoticeReason.NETWORK if state.hall.stale else NoticeReason.BUSY
    return with_visit(state, screen=ScreenName.NOTICE, reason=reason, pending=pending, last_touch_at_s=now.mono_s)


def _matching_request(state: KioskState, request_id: str) -> PendingRequest | None:
    """Return the pending request if this answer is for it."""
    pending = state.visit.pending
    return pending if pending is not None and pending.request.request_id == request_id else None
