"""Handle boards, heartbeats and the connection: which board to accept, and when to fetch it.

A received board is doubted while it may come from another program; then the server is asked for its own
(``server.wire.station.newest``).
"""

from dataclasses import replace

from config.clock import Now
from counter.flow import counter_devices
from counter.flow.effects import CheckBoard, Effects
from counter.flow.events import BoardChecked
from counter.flow.state import CounterStationState, Step, with_devices
from server.wire.messages import Board
from server.wire.station import newest
from server.wire.station.effects import LogForgedPicture
from server.wire.station.events import BrokerConnectionChanged, HeartbeatReceived, PicturesFetched

FETCH_INTERVAL_S = 2.0  # between two fetches while the server does not answer or sends no heartbeat


def board_received(state: CounterStationState, board: Board, now: Now) -> CounterStationState:
    """Accept a board that was received over MQTT, if it is newer and trusted."""
    current, trust = newest.after_received(state.board, state.trust, board, now.mono_s)
    return _fetch_if_doubted(replace(state, board=current, trust=trust), now)


def board_fetched(state: CounterStationState, event: PicturesFetched[Board], now: Now) -> Step:
    """Accept the server's answer, or fetch again soon.

    The board is fetched repeatedly while there is no answer or no heartbeat. Without heartbeats no boards arrive over
    MQTT either, so a number called on the clerk's page would not reach the sign in any other way.
    """
    effects: Effects = ()
    for board in event.pictures:
        state, effects = _accept_answer(state, board, event.requested_at_s)
    if not event.pictures or state.stale:
        return replace(state, fetch_at_s=now.mono_s + FETCH_INTERVAL_S), effects
    return _fetch_if_doubted(state, now), effects


def board_checked(state: CounterStationState, event: BoardChecked, now: Now) -> Step:
    """Accept the server's answer, and decide the key that it was fetched for."""
    effects: Effects = ()
    if event.board is not None:
        state, effects = _accept_answer(state, event.board, event.requested_at_s)
    devices = state.counters[event.counter]
    if not isinstance(devices.server_call, CheckBoard):
        return state, effects  # the answer to a call that was given up
    if event.board is None:
        return with_devices(state, counter_devices.request_lost(devices, now, is_busy=event.is_busy)), effects
    return with_devices(state, counter_devices.board_checked(devices, state.board, state.context, now)), effects


def _accept_answer(state: CounterStationState, board: Board, requested_at_s: float) -> Step:
    """Store the answered board; log a board that it proves to be forged."""
    current, trust = newest.after_answer(state.board, state.trust, board, requested_at_s)
    effects: Effects = () if trust.forged is None else (LogForgedPicture(trust.forged),)
    return replace(state, board=current, trust=trust), effects


def _fetch_if_doubted(state: CounterStationState, now: Now) -> CounterStationState:
    """Fetch a doubted board from the server soon, at most every ``MIN_CHECK_INTERVAL_S``."""
    if not state.trust.needs_check or state.fetch_at_s is not None:
        return state
    fetch_at_s = max(now.mono_s, state.last_check_at_s + newest.MIN_CHECK_INTERVAL_S)
    return replace(state, fetch_at_s=fetch_at_s, last_check_at_s=fetch_at_s)


def heartbeat_received(state: CounterStationState, event: HeartbeatReceived, now: Now) -> CounterStationState:
    """Update the liveness of the server; after its restart, fetch the board."""
    heartbeat = event.heartbeat
    state = replace(state, liveness=state.liveness.after(heartbeat, now.mono_s, retained=event.retained))
    is_unknown_epoch = heartbeat.online and (state.board is None or heartbeat.epoch != state.board.epoch)
    return replace(state, fetch_at_s=now.mono_s) if is_unknown_epoch else state


def connection_changed(state: CounterStationState, event: BrokerConnectionChanged, now: Now) -> CounterStationState:
    """Fetch the board after a reconnect, because messages may have been missed."""
    return replace(state, connected=event.connected, fetch_at_s=now.mono_s if event.connected else state.fetch_at_s)
