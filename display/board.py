"""The hall display's thinking: which picture holds, which call is on the panel, what is told. Pure.

A picture is replaced whole by a newer ``rev`` of its epoch; an unknown epoch, a ``rev`` that jumps or a reconnect is
settled by asking the server (``server.wire.newest``). Nothing is shown as fresh unless the server that sent the picture
still beats.
"""

from dataclasses import dataclass, field, replace
from typing import assert_never

from config.clock import Now
from display import announcer
from display.announcer import CALLS, Announcer, Circumstances, Ended, Heard, Outcome, Tell, in_order, still_called
from display.events import (
    Acknowledge,
    Beaten,
    Effect,
    Fetch,
    Fetched,
    Forged,
    Lacks,
    Linked,
    Paced,
    Pictured,
    Played,
    Report,
    SpeakerChanged,
    Tick,
    What,
)
from display.reading import needed
from hardware.ports import Health, State
from server.wire import newest
from server.wire.messages import Board, Call, Office, to_time
from server.wire.newest import ASK_AGAIN_S, Trust
from server.wire.pace import STALE_S, Pace
from server.wire.reports import device_status

RETRY_S = 2.0
STARTING_S = 10.0
# How long a call stays on the panel: alone; while others wait; at most, while it is being read and others
# wait; at least, though the visitor is already there; at most, whatever is being read.
ALONE_S, CROWD_S, READ_S, LEAST_S, MOST_S = 12.0, 5.0, 9.0, 3.0, 25.0
REMEMBERED = 60
MET = 200


@dataclass(frozen=True, slots=True)
class Display:
    """What the station knows. Moments ending in ``_s`` are monotonic, those ending in ``_ms`` the wall's.

    ``doubted_s``: when the server was last asked because of a doubtful picture. ``fresh_s``: when the server of
    ``board`` last gave a sign of life. ``met``: the ids of calls that were there before. ``panel``: calls to show
    large, the first is on the screen. ``shown`` and ``voiced``: what was shown when, and what became of its voice.
    ``voice``: whether this display speaks; ``lacking``: words that its pack has no clip for.
    """

    station: str
    announcer: Announcer
    started_s: float
    board: Board | None = None
    office: Office | None = None
    board_trust: Trust[Board] = field(default_factory=Trust)
    office_trust: Trust[Office] = field(default_factory=Trust)
    asking: bool = False
    doubted_s: float = float("-inf")
    retry_s: float | None = None
    beat_at: str | None = None
    pace: Pace = field(default_factory=Pace)
    fresh_s: float | None = None
    fresh_ms: int | None = None
    met: tuple[str, ...] = ()
    panel: tuple[Call, ...] = ()
    panel_s: float = 0.0
    last_call_s: float | None = None
    shown: tuple[tuple[str, int], ...] = ()
    voiced: tuple[tuple[str, Outcome], ...] = ()
    voice: bool = True
    speaker: Health | None = None
    lacking: tuple[str, ...] = ()
    speed: float = 1.0

    @property
    def zone(self) -> str:
        return self.office.zone if self.office is not None else self.announcer.zone


Step = tuple[Display, tuple[Effect, ...]]


def step(state: Display, what: What, now: Now) -> Step:
    """One thing happened: the next state and what is to be done, in order."""
    state, effects = _take(state, what, now)
    state, more = _turn_panel(state, now)
    return _retry(state, (*effects, *more), now)


def due(state: Display, now: Now) -> float:
    """The next monotonic moment at which something changes by itself, but for the clock and turning pages."""
    moments = [state.retry_s] if state.retry_s is not None else []
    moments.append(state.started_s + STARTING_S)
    if state.fresh_s is not None:
        moments.append(state.fresh_s + STALE_S)
    if state.panel:
        moments += [state.panel_s + one for one in (LEAST_S, CROWD_S, READ_S, ALONE_S, MOST_S)]
    return min((one for one in moments if one > now.mono_s), default=now.mono_s + 60)


def is_stale(state: Display, now: Now) -> bool:
    """Whether the server of the picture has been silent for too long."""
    return state.fresh_s is None or now.mono_s - state.fresh_s >= STALE_S


def _take(state: Display, what: What, now: Now) -> Step:
    match what:
        case Pictured():
            return _pictured(state, what.picture, now)
        case Fetched():
            return _fetched(state, what, now)
        case Beaten():
            return _beaten(state, what, now)
        case Linked():
            return _ask(state, now) if what.up else (state, ())
        case Played():
            return _announce(state, Ended(what.call, what.n, what.to_its_end), now)
        case SpeakerChanged():
            return _speaker(state, what.health, now)
        case Paced():
            return _circumstances(replace(state, speed=what.speed), now)
        case Tick():
            return state, ()
    assert_never(what)


def _pictured(state: Display, picture: Board | Office, now: Now) -> Step:
    effects: tuple[Effect, ...] = ()
    if isinstance(picture, Board):
        board, board_trust = newest.received(state.board, state.board_trust, picture, now.mono_s)
        state = replace(state, board_trust=board_trust)
        if board is not None and board is not state.board:
            state, effects = _adopt(state, board, now)
    else:
        office, office_trust = newest.received(state.office, state.office_trust, picture, now.mono_s)
        state = replace(state, office_trust=office_trust)
        if office is not None and office is not state.office:
            state, effects = _adopt(state, office, now)
    state, asked = _ask_of_doubts(state, now)
    return state, (*effects, *asked)


def _fetched(state: Display, what: Fetched, now: Now) -> Step:
    state = replace(state, asking=False)
    if what.pictures is None:
        state = replace(state, retry_s=now.mono_s + RETRY_S)
        # Without the server's word a retained picture is better than none; it is marked as stale in time.
        board, board_trust = newest.unanswered(state.board, state.board_trust)
        office, office_trust = newest.unanswered(state.office, state.office_trust)
    else:
        state = replace(state, retry_s=None, fresh_s=now.mono_s, fresh_ms=now.wall_ms)
        board, board_trust = newest.answered(state.board, state.board_trust, what.pictures[0], what.asked_s)
        office, office_trust = newest.answered(state.office, state.office_trust, what.pictures[1], what.asked_s)
    effects: tuple[Effect, ...] = tuple(
        Forged(one) for one in (board_trust.forged, office_trust.forged) if one is not None
    )
    before = state.office, state.board
    state = replace(state, board_trust=board_trust, office_trust=office_trust)
    for known, picture in zip(before, (office, board), strict=True):
        if picture is not None and picture != known:
            state, more = _adopt(state, picture, now)
            effects = (*effects, *more)
    if what.pictures is None:
        return state, effects
    state, asked = _ask_of_doubts(state, now)
    return state, (*effects, *asked)


def _ask_of_doubts(state: Display, now: Now) -> Step:
    """Ask about pictures that are not believed, soon but not at each of them."""
    if state.asking or state.retry_s is not None or not (state.board_trust.asks or state.office_trust.asks):
        return state, ()
    soonest_s = state.doubted_s + ASK_AGAIN_S
    if now.mono_s < soonest_s:
        return replace(state, retry_s=soonest_s), ()
    return _ask(replace(state, doubted_s=now.mono_s), now)


def _beaten(state: Display, what: Beaten, now: Now) -> Step:
    beat = what.beat
    if not beat.online or (beat.at is not None and beat.at == state.beat_at):
        return state, ()  # the will, or the broker's memory of a beat that was counted already
    state = replace(state, beat_at=beat.at, pace=state.pace.after(beat, now.mono_s))
    if state.board is None or beat.epoch != state.board.epoch:
        return _ask(state, now)
    if not state.pace.steady:
        return state, ()  # the network had held it up
    if state.retry_s is not None and (state.board_trust.asks or state.office_trust.asks):
        return state, ()  # the server beats and does not answer: nobody knows whether this is its picture
    return replace(state, fresh_s=now.mono_s, fresh_ms=now.wall_ms), ()


def _ask(state: Display, now: Now) -> Step:
    """Ask the server, but once at a time."""
    if state.asking:
        return state, ()
    return replace(state, asking=True, retry_s=None), (Fetch(now.mono_s),)


def _retry(state: Display, effects: tuple[Effect, ...], now: Now) -> Step:
    if state.retry_s is None or now.mono_s < state.retry_s:
        return state, effects
    state, more = _ask(state, now)
    return state, (*effects, *more)


def _adopt(state: Display, picture: Board | Office, now: Now) -> Step:
    """Take a picture as the one that holds."""
    if isinstance(picture, Office):
        return _office(replace(state, office=picture), picture, now)
    new, was_idle = _new_calls(state, picture), not state.panel
    met = dict.fromkeys((*state.met, *(call.id for call in picture.calls)))
    state = replace(state, board=picture, met=tuple(met)[-MET:], panel=(*state.panel, *new))
    state, effects = _announce(state, Heard(picture), now)
    if not (new and was_idle):
        return state, effects
    state, shown = _show_first(replace(state, panel_s=now.mono_s), now)
    return state, (*shown, *effects)


def _new_calls(state: Display, picture: Board) -> tuple[Call, ...]:
    """Calls to show large: new ones, and after a start only those that the voice would still begin."""
    known = state.announcer.known
    return tuple(
        call
        for call in in_order(picture)
        if call.kind in CALLS
        and call.id not in state.met
        and still_called(picture, call)
        and (
            state.board is not None
            or (known is not None and call.id not in known and announcer.is_fresh(picture, call))
        )
    )


def _turn_panel(state: Display, now: Now) -> Step:
    """Move on to the next call on the panel when the first has had its time or is no longer true."""
    effects: tuple[Effect, ...] = ()
    board = state.board
    while board is not None and state.panel and _leaves(state, board, now):
        rest = tuple(call for call in state.panel[1:] if still_called(board, call))
        state = replace(state, panel=rest, panel_s=now.mono_s, last_call_s=now.mono_s)
        state, more = _show_first(state, now)
        effects = (*effects, *more)
    return state, effects


def _leaves(state: Display, board: Board, now: Now) -> bool:
    call, gone_s = state.panel[0], now.mono_s - state.panel_s
    if not still_called(board, call):
        return not _is_served(board, call) or gone_s >= LEAST_S
    if len(state.panel) > 1:
        return gone_s >= (READ_S if announcer.is_read(state.announcer, call.id) else CROWD_S)
    return gone_s >= (MOST_S if announcer.is_read(state.announcer, call.id) else ALONE_S)


def _is_served(board: Board, call: Call) -> bool:
    """Whether the visitor is already there."""
    return any(
        one.id == call.counter and one.ticket.number == call.number and one.ticket.state == "serving"
        for one in board.counters
        if one.ticket is not None
    )


def _show_first(state: Display, now: Now) -> Step:
    """The first call on the panel is on the screen now: tell the clerk."""
    if not state.panel:
        return state, ()
    call = state.panel[0]
    state = replace(state, shown=(*state.shown, (call.id, now.wall_ms))[-REMEMBERED:])
    return state, (Acknowledge(call.id, now.wall_ms, dict(state.voiced).get(call.id)),)


def _announce(state: Display, what: announcer.What, now: Now) -> Step:
    if not state.voice:
        return state, ()
    spoken, done = announcer.step(state.announcer, what, now)
    state = replace(state, announcer=spoken)
    shown = dict(state.shown)
    effects: list[Effect] = []
    for one in done:
        if not isinstance(one, Tell):
            effects.append(one)
        elif one.call.kind in CALLS:
            state = replace(state, voiced=(*state.voiced, (one.call.id, one.spoken))[-REMEMBERED:])
            if one.call.id in shown:  # else it is told when it is shown
                effects.append(Acknowledge(one.call.id, shown[one.call.id], one.spoken))
    return state, tuple(effects)


def _circumstances(state: Display, now: Now) -> Step:
    audible = state.speaker is None or state.speaker.state is State.READY
    return _announce(state, Circumstances(state.zone, audible, state.speed > 1), now)


def _office(state: Display, office: Office, now: Now) -> Step:
    """The hall's services and counters are known: say now, and not at the call, what the voice cannot say."""
    state, effects = _circumstances(state, now)
    pack = state.announcer.settings.pack
    if pack is None or not state.voice:
        return state, effects
    prefixes = "".join(service.prefix for service in office.services)
    lacking = needed(pack, prefixes, tuple(counter.label for counter in office.counters))
    if lacking == state.lacking:
        return state, effects
    state = replace(state, lacking=lacking)
    told: tuple[Effect, ...] = (Lacks(lacking),) if lacking else ()
    return state, (*effects, *told, *_report(state, now))


def _speaker(state: Display, health: Health, now: Now) -> Step:
    state, effects = _circumstances(replace(state, speaker=health), now)
    return state, (*_report(state, now), *effects)


def _report(state: Display, now: Now) -> tuple[Effect, ...]:
    """The speaker's state; one that works but lacks words needs attention."""
    health = state.speaker
    if health is None:
        return ()
    if health.state is State.READY and state.lacking:
        health = replace(health, state=State.WARNING, code="clips")
    return (Report(device_status(state.station, "speaker", health, to_time(now.wall_ms))),)
