"""End a visit after its result, or when "Are you still there?" is not answered."""

from config.clock import Now
from hardware.ports import PrintState
from kiosk.flow.state import Accessibility, HelpState, KioskState, ScreenName, end_visit, with_visit


def seconds_left(state: KioskState, now: Now) -> int | None:
    """Return the seconds left of the question's or result's countdown. None: there is none."""
    visit, settings = state.visit, state.settings
    if visit.idle_question_at_s is not None:
        return _seconds_until(visit.idle_question_at_s + settings.ask_s, now)
    if _has_countdown(state):
        return _seconds_until(visit.countdown_start_at_s + settings.result_s, now)
    return None


def _seconds_until(end_s: float, now: Now) -> int:
    """Return whole seconds until ``end_s``, rounded up."""
    return max(0, -int(-(end_s - now.mono_s) // 1))


def leave_if_idle(state: KioskState, now: Now) -> KioskState:
    """End an idle visit, or ask whether anybody is there."""
    visit, settings = state.visit, state.settings
    has_defaults = visit.access == Accessibility(settings.language) and visit.help is HelpState.NONE
    if visit.screen is ScreenName.WORKING or (visit.screen is ScreenName.HOME and has_defaults):
        return state
    if visit.idle_question_at_s is not None:
        return end_visit(state) if now.mono_s >= visit.idle_question_at_s + settings.ask_s else state
    if _has_countdown(state):
        return end_visit(state) if now.mono_s >= visit.countdown_start_at_s + settings.result_s else state
    if now.mono_s < visit.last_touch_at_s + settings.idle_s:
        return state
    if visit.screen is ScreenName.HOME:
        return end_visit(state)
    return with_visit(state, idle_question_at_s=now.mono_s)


def _has_countdown(state: KioskState) -> bool:
    """Return whether the result ends by itself.

    A number whose slip came out does; a number that the visitor must write down stays.
    """
    return state.visit.screen is ScreenName.RESULT and state.visit.slip_state is PrintState.PRINTED
