"""What happens at a kiosk: ``step(state, what, now) -> (state, effects)``, without clock, screen or network."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from config.clock import Now
from hardware.ports import PrintState, Proof, Unconfirmed
from kiosk import state as k
from kiosk.news import NEWS, ask_what_is_missing, give_up_waiting
from kiosk.state import Access, Bounds, Effects, HelpState, Screen, State
from kiosk.touching import forget, touched
from server.wire.pace import Pulse

Step = tuple[State, Effects]


def start(bounds: Bounds, now: Now, unconfirmed: Iterable[Unconfirmed] = ()) -> State:
    """A kiosk that has been switched on: it knows nothing of the hall yet.

    ``unconfirmed`` are the slips that it once sent and nobody proved: the hall is told of them again, and none of
    them is printed again by itself.
    """
    found = tuple(unconfirmed)
    work = [one for one in found if one.job.startswith(k.WORK)]
    tickets = [one for one in found if not one.job.startswith((k.WORK, k.LIST))]
    return State(
        bounds,
        Access(bounds.language),
        touched_s=now.mono_s,
        pulse=Pulse(at_s=now.mono_s),  # silence counts from now
        answers=tuple(k.AnswerJob(one.job.removeprefix(k.WORK), one.state, Proof.NONE) for one in work),
        untold=tuple(k.TellPrinted(one.job, one.state, Proof.NONE) for one in tickets),
    )


def step(state: State, what: k.What, now: Now) -> Step:
    """What becomes of ``state`` and what is to be done, when ``what`` happens."""
    return _STEPS[type(what)](state, what, now)


def wakes_s(state: State, now: Now) -> float:
    """Seconds until ``Ticked`` is wanted, at most one."""
    if state.pending is not None and state.pending.retry_s is not None:
        return min(max(0.05, state.pending.retry_s - now.mono_s), 1.0)
    return 1.0


def seconds_left(state: State, now: Now) -> int | None:
    """What the countdown shows: of the question, or of the result; None without one."""
    if state.asked_s is not None:
        return _left(state.asked_s + state.bounds.ask_s, now)
    if _leaves_by_itself(state):
        return _left(state.shown_s + state.bounds.result_s, now)
    return None


def _ticked(state: State, what: k.Ticked, now: Now) -> Step:
    stale = not state.pulse.alive(now.mono_s)
    if stale != state.stale:
        state = replace(state, stale=stale)
    state, given_up = give_up_waiting(state, now)
    state, missing = ask_what_is_missing(state, now)
    wanted = (*given_up, *missing)
    pending = state.pending
    if pending is not None and pending.retry_s is not None and now.mono_s >= pending.retry_s:
        again = replace(pending, tries=pending.tries + 1, retry_s=None)
        return replace(state, pending=again), (*wanted, k.Issue(again.ask))
    return _leave_if_idle(state, now), wanted


def _leave_if_idle(state: State, now: Now) -> State:
    rest = Access(state.bounds.language)
    if state.screen is Screen.WORKING or (
        state.screen is Screen.HOME and state.access == rest and state.help is HelpState.NONE
    ):
        return state
    if _leaves_by_itself(state) and state.asked_s is None:
        return forget(state, rest, now) if now.mono_s >= state.shown_s + state.bounds.result_s else state
    if state.asked_s is not None:
        return forget(state, rest, now) if now.mono_s >= state.asked_s + state.bounds.ask_s else state
    if now.mono_s < state.touched_s + state.bounds.idle_s:
        return state
    if state.screen is Screen.HOME:
        return forget(state, rest, now)
    return replace(state, asked_s=now.mono_s)


def _leaves_by_itself(state: State) -> bool:
    """A result whose slip is out goes away soon; one that must be written down stays."""
    return state.screen is Screen.RESULT and state.slip is PrintState.PRINTED


def _left(end_s: float, now: Now) -> int:
    return max(0, -int(-(end_s - now.mono_s) // 1))


_STEPS: Mapping[type, Callable[[State, Any, Now], Step]] = {k.Touched: touched, k.Ticked: _ticked, **NEWS}
