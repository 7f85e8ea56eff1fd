"""Pictures, heartbeats and the connection: which pictures to accept, and when to fetch them.

A picture is a whole state (board or office) that the server publishes as a retained message; a newer ``rev`` of the
same epoch replaces it. After an unknown epoch, a ``rev`` that jumps or a reconnect the pictures are fetched from the
server. A picture is doubted while it may come from another program (``server.wire.station.newest``). The board is shown
as up to date only while heartbeats prove that the server is alive (``server.wire.station.liveness``).
"""

from dataclasses import replace

from config.clock import Now
from display.flow import voice
from display.flow.announcer import BoardChanged
from display.flow.call_panel import new_calls, show_first
from display.flow.effects import Effects
from display.flow.state import DisplayState, Step
from server.wire.messages import Board, Office
from server.wire.station import newest
from server.wire.station.effects import Fetch, LogForgedPicture
from server.wire.station.events import HeartbeatReceived, PicturesFetched

RETRY_DELAY_S = 2.0
MAX_SEEN_CALLS = 200  # a board has the last twenty calls; an older one cannot come back


def picture_received(state: DisplayState, picture: Board | Office, now: Now) -> Step:
    """Accept a picture that was received over MQTT, if it is newer and trusted."""
    if isinstance(picture, Board):
        board, board_trust = newest.after_received(state.board, state.board_trust, picture, now.mono_s)
        state, effects = _store_board(replace(state, board_trust=board_trust), board, now)
    else:
        office, office_trust = newest.after_received(state.office, state.office_trust, picture, now.mono_s)
        state, effects = _store_office(replace(state, office_trust=office_trust), office, now)
    state, fetch = _fetch_if_doubted(state, now)
    return state, (*effects, *fetch)


def pictures_fetched(state: DisplayState, event: PicturesFetched[Board | Office], now: Now) -> Step:
    """Accept the server's answer; without one, fetch again after a delay."""
    state = replace(state, fetching=False)
    if not event.pictures:
        return _accept_unchecked(replace(state, retry_at_s=now.mono_s + RETRY_DELAY_S), now)
    state = replace(
        state, retry_at_s=None, liveness=state.liveness.after_answer(now.mono_s), last_proof_at_ms=now.wall_ms
    )
    effects: Effects = ()
    for picture in event.pictures:
        state, new_effects = _accept_answer(state, picture, event.requested_at_s, now)
        effects = (*effects, *new_effects)
    state, fetch = _fetch_if_doubted(state, now)
    return state, (*effects, *fetch)


def _accept_answer(state: DisplayState, picture: Board | Office, requested_at_s: float, now: Now) -> Step:
    """Store an answered picture; log a picture that it proves to be forged."""
    forged: Board | Office | None
    if isinstance(picture, Board):
        board, board_trust = newest.after_answer(state.board, state.board_trust, picture, requested_at_s)
        state, effects = _store_board(replace(state, board_trust=board_trust), board, now)
        forged = board_trust.forged
    else:
        office, office_trust = newest.after_answer(state.office, state.office_trust, picture, requested_at_s)
        state, effects = _store_office(replace(state, office_trust=office_trust), office, now)
        forged = office_trust.forged
    return state, effects if forged is None else (LogForgedPicture(forged), *effects)


def _accept_unchecked(state: DisplayState, now: Now) -> Step:
    """Accept an unchecked picture while the server does not answer. It becomes stale after a while."""
    board, board_trust = newest.after_no_answer(state.board, state.board_trust)
    office, office_trust = newest.after_no_answer(state.office, state.office_trust)
    state = replace(state, board_trust=board_trust, office_trust=office_trust)
    state, office_effects = _store_office(state, office, now)
    state, board_effects = _store_board(state, board, now)
    return state, (*office_effects, *board_effects)


def _store_office(state: DisplayState, office: Office | None, now: Now) -> Step:
    """Store ``office``, unless it is already the current one."""
    if office is None or office == state.office:
        return state, ()
    state, effects = voice.office_changed(replace(state, office=office), office, now)
    return state, (*effects, *state.logo.fetches(office))


def _store_board(state: DisplayState, board: Board | None, now: Now) -> Step:
    """Store ``board``, unless it is already the current one; show and announce its new calls."""
    if board is None or board == state.board:
        return state, ()
    panel_calls, was_idle = new_calls(state, board), not state.call_panel
    seen_call_ids = dict.fromkeys((*state.seen_call_ids, *(call.id for call in board.calls)))
    state = replace(
        state,
        board=board,
        seen_call_ids=tuple(seen_call_ids)[-MAX_SEEN_CALLS:],
        call_panel=(*state.call_panel, *panel_calls),
    )
    state, effects = voice.announce(state, BoardChanged(board), now)
    if not (panel_calls and was_idle):
        return state, effects
    state, shown_effects = show_first(replace(state, panel_since_s=now.mono_s), now)
    return state, (*shown_effects, *effects)


def heartbeat_received(state: DisplayState, event: HeartbeatReceived, now: Now) -> Step:
    """Update the liveness of the server; after its restart, fetch the pictures.

    The server's will (offline) changes nothing: the board becomes stale when heartbeats are missing.
    """
    heartbeat = event.heartbeat
    if not heartbeat.online:
        return state, ()
    if state.board is None or heartbeat.epoch != state.board.epoch:
        return fetch(state, now)
    if event.retained:
        return state, ()
    if state.retry_at_s is not None and state.needs_check:
        # The server is alive but does not answer, so it is unknown whether the board is its picture.
        return state, ()
    liveness = state.liveness.after(heartbeat, now.mono_s, retained=False)
    return replace(
        state,
        liveness=liveness,
        last_proof_at_ms=now.wall_ms if liveness.last_heartbeat_is_proof else state.last_proof_at_ms,
    ), ()


def fetch(state: DisplayState, now: Now) -> Step:
    """Fetch the pictures, unless a fetch is pending."""
    if state.fetching:
        return state, ()
    return replace(state, fetching=True, retry_at_s=None), (Fetch(now.mono_s),)


def fetch_if_due(state: DisplayState, now: Now) -> Step:
    """Fetch the pictures if the next try is due."""
    if state.retry_at_s is None or now.mono_s < state.retry_at_s:
        return state, ()
    return fetch(state, now)


def _fetch_if_doubted(state: DisplayState, now: Now) -> Step:
    """Fetch doubted pictures from the server soon, at most every ``MIN_CHECK_INTERVAL_S``."""
    if state.fetching or state.retry_at_s is not None or not state.needs_check:
        return state, ()
    soonest_s = state.last_check_at_s + newest.MIN_CHECK_INTERVAL_S
    if now.mono_s < soonest_s:
        return replace(state, retry_at_s=soonest_s), ()
    return fetch(replace(state, last_check_at_s=now.mono_s), now)
