"""Call staff to the kiosk."""

from config.clock import Now
from kiosk.flow import effects, events
from kiosk.flow.state import HelpState, KioskState, Step, with_visit

MIN_HELP_INTERVAL_S = 5.0  # between two calls of one visitor
# A call for help without an answer event was lost in this program; the visitor must not wait for ever.
HELP_TIMEOUT_S = 20.0


def call_for_help(state: KioskState, request_id: str, now: Now) -> Step:
    """Call staff, unless a call is under way or was sent just now.

    A double touch counts as one call.
    """
    visit = state.visit
    just_sent = visit.help is HelpState.SENT and now.mono_s < visit.help_called_at_s + MIN_HELP_INTERVAL_S
    if visit.help is HelpState.ASKING or just_sent:
        return state, ()
    state = with_visit(state, help=HelpState.ASKING, help_request=request_id, help_called_at_s=now.mono_s)
    return state, (effects.RequestHelp(request_id),)


def help_answered(state: KioskState, event: events.HelpAnswered, now: Now) -> Step:
    """Show whether the call reached the server."""
    if state.visit.help_request != event.request_id:
        return state, ()
    return with_visit(state, help=HelpState.SENT if event.sent else HelpState.FAILED, last_touch_at_s=now.mono_s), ()


def end_unanswered_help(state: KioskState, now: Now) -> KioskState:
    """Treat a call as failed if no event answered it within ``HELP_TIMEOUT_S``."""
    visit = state.visit
    if visit.help is not HelpState.ASKING or now.mono_s < visit.help_called_at_s + HELP_TIMEOUT_S:
        return state
    return with_visit(state, help=HelpState.FAILED, last_touch_at_s=now.mono_s)
