"""Call staff to the kiosk."""

from dataclasses import replace

from config.clock import Now
from kiosk.flow import effects, events
from kiosk.flow.state import Helper, HelpState, KioskState, Step, with_visit

MIN_HELP_INTERVAL_S = 5.0  # between two calls of one visitor
# A call for help without an answer event was lost in this program; the visitor must not wait for ever.
HELP_TIMEOUT_S = 20.0
HELPER_SHOWN_S = 300.0
"""How long the kiosk says that a member of staff is coming, unless the help ends sooner."""


def call_for_help(state: KioskState, request_id: str, now: Now) -> Step:
    """Call staff, unless a call is under way or was sent just now.

    A double touch counts as one call.
    """
    visit = state.visit
    just_sent = visit.help is HelpState.SENT and now.mono_s < visit.help_called_at_s + MIN_HELP_INTERVAL_S
    if visit.help is HelpState.ASKING or just_sent:
        return state, ()
    if state.helper is not None:
        state = replace(state, helper=replace(state.helper, asked_again=True))
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


def helper_listed(state: KioskState, call: str | None, now: Now) -> KioskState:
    """Show that staff is on the way for a ``call``, or no more (None)."""
    if call is None:
        return _without_helper(state)
    if state.helper is not None and state.helper.call == call:
        return state
    return replace(state, helper=Helper(call, now.mono_s + HELPER_SHOWN_S))


def is_helper_coming(state: KioskState, now: Now) -> bool:
    """Return whether staff is on the way, and nobody has called again."""
    helper = state.helper
    return helper is not None and not helper.asked_again and now.mono_s < helper.shown_until_s


def end_late_help(state: KioskState, now: Now) -> KioskState:
    """End the visitor's call when a member of staff must have arrived."""
    helper = state.helper
    if helper is None or helper.asked_again or now.mono_s < helper.shown_until_s:
        return state
    return _without_sent_help(state)


def _without_helper(state: KioskState) -> KioskState:
    """Forget the helper; the call that was answered is over."""
    if state.helper is None:
        return state
    answered = state if state.helper.asked_again else _without_sent_help(state)
    return replace(answered, helper=None)


def _without_sent_help(state: KioskState) -> KioskState:
    return with_visit(state, help=HelpState.NONE) if state.visit.help is HelpState.SENT else state
