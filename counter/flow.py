"""What a key means now, and what a sign shows: the counter station's thinking, without clocks, devices or nets.

Keys of one counter are worked off one after the other. A key that concerns a ticket first reads the board, so
that it is decided on what holds after the key before it; ``next`` needs no picture, the server knows best.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from config.clock import Now
from counter import desk as at
from counter import rating, scans
from counter.desk import Context, Desk
from counter.events import (
    Answered,
    Beaten,
    DeviceChanged,
    Effect,
    Forged,
    HeldSeen,
    Keyed,
    Linked,
    Look,
    Looked,
    Lost,
    Note,
    Pictured,
    Pressed,
    Rated,
    RatingAnswered,
    RatingLost,
    Read,
    Report,
    SayHere,
    ScanAnswered,
    TellUnread,
    Tick,
    TurnedDown,
    What,
)
from hardware.ports import State
from server.wire import newest
from server.wire.messages import Board, to_time
from server.wire.newest import ASK_AGAIN_S, Trust
from server.wire.pace import Pulse
from server.wire.reports import device_status

LOOK_AGAIN_S = 2.0
UNHEARD = (
    f"nothing heard of the server; its board is asked for every {LOOK_AGAIN_S:.0f} s. Until that is answered the signs "
    "wired to this machine keep their numbers; a sign that reads the broker itself shows dashes when it hears nothing"
)


@dataclass(frozen=True, slots=True)
class Station:
    """The whole station. ``board`` is the newest picture, ``trust`` how far it is trusted, ``doubted_s`` when the
    server was last asked because of a doubtful one; ``devices``: state, code and since when; ``missing``: desks
    that the office has no counter for."""

    context: Context
    desks: Mapping[str, Desk]
    pads: Mapping[str, rating.Pad]
    board: Board | None = None
    trust: Trust[Board] = field(default_factory=Trust)
    doubted_s: float = float("-inf")
    linked: bool = False
    pulse: Pulse = field(default_factory=Pulse)
    stale: bool = True
    look_at: float | None = 0.0
    devices: Mapping[str, tuple[State, str | None, str]] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()


Step = tuple[Station, tuple[Effect, ...]]


def station(name: str, counters: Iterable[str], hold_reason: str, levels: Mapping[str, int] | None = None) -> Station:
    """A station that knows nothing yet: all signs dark. ``levels``: how many keys the rating pad of a counter has."""
    pads = {counter: rating.Pad(counter, count) for counter, count in (levels or {}).items()}
    return Station(Context(name, hold_reason), {counter: Desk(counter) for counter in counters}, pads)


def step(state: Station, what: What, now: Now) -> Step:
    """The next state and what is to be done; ``due`` says when to come back with a ``Tick``."""
    state, effects = _take_in(state, what, now)
    state, more = _work(state, now)
    return state, (*effects, *more)


def due(state: Station) -> float | None:
    """The moment (monotonic seconds) at which something is to be done though nothing happens."""
    times = [state.look_at]
    if not state.stale:
        times.append(state.pulse.ends_s)
    times += [at.due(desk) for desk in state.desks.values()]
    times += [at for pad in state.pads.values() for at in (pad.retry_at, pad.lost_at)]
    return min((time for time in times if time is not None), default=None)


def _take_in(state: Station, what: What, now: Now) -> Step:
    match what:
        case Pressed() | Keyed() | Answered() | TurnedDown() | Lost() | HeldSeen():
            return _at_desk(state, what, now)
        case Read() | ScanAnswered():
            return _scanned(state, what, now)
        case Rated() | RatingAnswered() | RatingLost():
            return _rating(state, what, now)
        case Pictured():
            return _pictured(state, what.board, now), ()
        case Looked():
            return _looked(state, what, now)
        case Beaten():
            return _beaten(state, what, now), ()
        case Linked():
            return replace(state, linked=what.up, look_at=now.mono_s if what.up else state.look_at), ()
        case DeviceChanged():
            return _device_changed(state, what, now)
        case Tick():
            return state, ()
    assert_never(what)


def _at_desk(state: Station, what: Pressed | Keyed | Answered | TurnedDown | Lost | HeldSeen, now: Now) -> Step:
    desk = state.desks[what.counter]
    if desk.call is None and not isinstance(what, Pressed | Keyed):
        return state, ()  # the answer to a call that was given up
    match what:
        case Pressed():
            return _with(state, at.pressed(desk, what)), (SayHere(what.counter, key=True),)
        case Keyed():
            return _with(state, replace(desk, keyed=what.digits)), ()
        case Answered():
            # What the key did is on its way over MQTT; looking shows it at once, and without a broker too.
            return replace(_with(state, at.answered(desk)), look_at=now.mono_s), ()
        case TurnedDown():
            return _with(state, at.refused(desk, what.code, now)), ()
        case Lost():
            return _with(state, at.lost(desk, now)), ()
        case HeldSeen():
            return _with(state, at.held_seen(desk, what, state.context, now)), ()
    assert_never(what)


def _scanned(state: Station, what: Read | ScanAnswered, now: Now) -> Step:
    desk = state.desks[what.counter]
    if isinstance(what, Read):
        ask = scans.asked(what.counter, what.text, state.context.station)
        if isinstance(ask, TellUnread):
            return _with(state, at.turned_down(desk, scans.UNREAD[ask.body.why], now)), (ask,)
        return state, (ask, SayHere(what.counter, key=True))
    if what.means is None:
        return _with(state, at.turned_down(desk, scans.refused(what.code), now)), ()
    told = scans.told(what.means)
    if told is None:
        return _with(state, at.turned_down(desk, scans.UNKNOWN_CODE, now)), ()
    return _with(state, at.noted(desk, told, now)), ()


def _rating(state: Station, what: Rated | RatingAnswered | RatingLost, now: Now) -> Step:
    pad = state.pads[what.counter]
    effects: tuple[Effect, ...] = ()
    match what:
        case Rated():
            pad = rating.rated(pad, what, state.context.station, now)
        case RatingAnswered():
            pad, effects = rating.answered(pad, what.code, now)
        case RatingLost():
            pad, effects = rating.lost(pad, now)
    return replace(state, pads={**state.pads, pad.counter: pad}), effects


def _pictured(state: Station, board: Board, now: Now) -> Station:
    known, trust = newest.received(state.board, state.trust, board, now.mono_s)
    return _ask_of_doubts(replace(state, board=known, trust=trust), now)


def _ask_of_doubts(state: Station, now: Now) -> Station:
    """Ask the server about a picture that is not believed, soon but not at each of them."""
    if not state.trust.asks or state.look_at is not None:
        return state
    look_at = max(now.mono_s, state.doubted_s + ASK_AGAIN_S)
    return replace(state, look_at=look_at, doubted_s=look_at)


def _beaten(state: Station, what: Beaten, now: Now) -> Station:
    beat = what.beat
    state = replace(state, pulse=state.pulse.after(beat, now.mono_s, kept=what.kept))
    unknown = beat.online and (state.board is None or beat.epoch != state.board.epoch)
    return replace(state, look_at=now.mono_s) if unknown else state


def _looked(state: Station, what: Looked, now: Now) -> Step:
    board, forged = what.board, None
    if board is not None:
        known, trust = newest.answered(state.board, state.trust, board, what.asked_s)
        state, forged = replace(state, board=known, trust=trust), trust.forged
    effects: tuple[Effect, ...] = () if forged is None else (Forged(forged),)
    if what.counter is None:
        # While no pictures come, a number that was called from a page is seen this way and no other.
        again = board is None or state.stale
        state = replace(state, look_at=now.mono_s + LOOK_AGAIN_S) if again else _ask_of_doubts(state, now)
        return state, effects
    desk = state.desks[what.counter]
    if not isinstance(desk.call, Look):
        return state, effects  # the answer to a look that was given up
    if board is None:
        return _with(state, at.lost(desk, now)), effects
    return _with(state, at.begun(desk, state.board, state.context, now, looked=True)), effects


def _device_changed(state: Station, what: DeviceChanged, now: Now) -> tuple[Station, tuple[Effect, ...]]:
    health, name = what.health, what.device
    told_at = to_time(now.wall_ms)
    before = state.devices.get(name)
    since = before[2] if before and before[:2] == (health.state, health.code) else told_at
    state = replace(state, devices={**state.devices, name: (health.state, health.code, since)})
    kind, _, counter = name.partition("-")
    if kind == "keypad":
        well = health.state is State.READY
        desk = replace(state.desks[counter], keypad_well=well, here_at=now.mono_s)
        state = _with(state, desk if well else replace(desk, keyed=""))
    return state, (Report(device_status(state.context.station, name, health, told_at, since=since)),)


def _work(state: Station, now: Now) -> tuple[Station, tuple[Effect, ...]]:
    """What the state wants done at this moment, whatever has just happened."""
    state, noted = _noticed(state, now)
    effects: list[Effect] = list(noted)
    if state.look_at is not None and now.mono_s >= state.look_at:
        state = replace(state, look_at=None)
        effects.append(Look(None, now.mono_s))
    for desk in state.desks.values():
        desk, asked = at.work(desk, state.board, state.context, now)
        desk, shown = at.shown(desk, state.board, now)
        state = _with(state, desk)
        effects += (*asked, *shown)
    for pad in state.pads.values():
        pad, told = rating.work(pad, now)
        state = replace(state, pads={**state.pads, pad.counter: pad})
        effects += told
    return state, tuple(effects)


def _noticed(state: Station, now: Now) -> tuple[Station, list[Effect]]:
    """What staff should find in the log, said once each."""
    notes: list[Effect] = []
    heard = state.linked and state.pulse.alive(now.mono_s)
    if heard == state.stale:
        state = replace(state, stale=not heard, look_at=state.look_at if heard else now.mono_s)
        text = "the server is heard" if heard else UNHEARD
        notes.append(Note(text, well=heard))
    if state.board is not None:
        missing = frozenset(state.desks) - {one.id for one in state.board.counters}
        if missing - state.missing:
            text = f"the office has no counter {', '.join(sorted(missing))}; check [[counter.desks]]"
            notes.append(Note(text, well=False))
        state = replace(state, missing=missing)
    return state, notes


def _with(state: Station, desk: Desk) -> Station:
    return replace(state, desks={**state.desks, desk.counter: desk})
