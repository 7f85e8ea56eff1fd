"""The call panel: which calls are shown large, in which order and how long."""

from dataclasses import replace

from config.clock import Now
from display.flow import announcer
from display.flow.effects import AcknowledgeCall, Effects
from display.flow.state import DisplayState, Step
from server.display_content.calls import CALL_KINDS, is_recent, is_served, oldest_first, still_called
from server.wire.messages import Board, Call

# How long a call stays on the panel:
ALONE_S = 12.0  # no other call waits
MAX_ALONE_S = 25.0  # no other call waits, and it is still being spoken
CROWDED_S = 5.0  # other calls wait
MAX_CROWDED_S = 9.0  # other calls wait, and it is still being spoken
MIN_SHOWN_S = 3.0  # the visitor is already being served
MAX_REMEMBERED_CALLS = 60  # whose result of speaking may still come


def new_calls(state: DisplayState, board: Board) -> tuple[Call, ...]:
    """Return the new calls to show large. After a start only those that would still be spoken."""
    return tuple(
        call
        for call in oldest_first(board)
        if call.kind in CALL_KINDS
        and call.id not in state.seen_call_ids
        and still_called(board, call)
        and (state.board is not None or _would_be_spoken(state, board, call))
    )


def _would_be_spoken(state: DisplayState, board: Board, call: Call) -> bool:
    spoken_ids = state.announcer.spoken_ids
    return spoken_ids is not None and call.id not in spoken_ids and is_recent(board, call)


def show_first(state: DisplayState, now: Now) -> Step:
    """Record and acknowledge that the panel's first call is on the screen now."""
    if not state.call_panel:
        return state, ()
    call_id = state.call_panel[0].id
    state = replace(state, shown_calls=(*state.shown_calls, (call_id, now.wall_ms))[-MAX_REMEMBERED_CALLS:])
    return state, (AcknowledgeCall(call_id, now.wall_ms, dict(state.outcomes).get(call_id)),)


def advance_panel(state: DisplayState, now: Now) -> Step:
    """Move on to the next call when the first has expired or is withdrawn."""
    effects: Effects = ()
    board = state.board
    while board is not None and state.call_panel and _is_over(state, board, now):
        remaining = tuple(call for call in state.call_panel[1:] if still_called(board, call))
        state = replace(state, call_panel=remaining, panel_since_s=now.mono_s)
        state, shown_effects = show_first(state, now)
        effects = (*effects, *shown_effects)
    return state, effects


def wake_moments(state: DisplayState) -> list[float]:
    """Return the monotonic moments at which the first call may leave the panel."""
    if not state.call_panel:
        return []
    return [state.panel_since_s + seconds for seconds in (MIN_SHOWN_S, CROWDED_S, MAX_CROWDED_S, ALONE_S, MAX_ALONE_S)]


def _is_over(state: DisplayState, board: Board, now: Now) -> bool:
    """Return whether the first call leaves the panel."""
    call, shown_s = state.call_panel[0], now.mono_s - state.panel_since_s
    if not still_called(board, call):
        return not is_served(board, call) or shown_s >= MIN_SHOWN_S
    is_speaking = announcer.is_speaking(state.announcer, call.id)
    if len(state.call_panel) > 1:
        return shown_s >= (MAX_CROWDED_S if is_speaking else CROWDED_S)
    return shown_s >= (MAX_ALONE_S if is_speaking else ALONE_S)
