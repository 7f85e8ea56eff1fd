"""What a key means now, and what a sign shows: the counter station's thinking, without clocks, devices or nets.

Keys of one counter are worked off one after the other. A key that concerns a ticket first reads the board, so
that it is decided on what holds after the key before it; ``next`` needs no picture, the server knows best.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from config.clock import Now
from counter.events import (
    Answered,
    Beaten,
    DeviceChanged,
    Effect,
    Linked,
    Look,
    Looked,
    Lost,
    Note,
    Pictured,
    Post,
    Pressed,
    Report,
    SayHere,
    Show,
    Tick,
    TurnedDown,
    What,
)
from counter.faces import call_of, face_of, refused_face
from counter.keys import NO_SERVER, meaning
from hardware.ports import Key, SignFace, State
from server.wire.messages import Board, Counter, ServerBeat, to_time
from server.wire.reports import device_status

STALE_S = 10.0
HERE_EVERY_S = 10.0
LOOK_AGAIN_S = 2.0
REFUSAL_S = 2.0
RETRY_S = (0.3, 1.0, 3.0)  # waits before the second, third and fourth try of one key


@dataclass(frozen=True, slots=True)
class Desk:
    """One counter. While ``call`` is under way the first of ``presses`` is being worked off; it goes out again
    at ``retry_at``. ``shown`` is the face and the call it announces."""

    counter: str
    presses: tuple[Pressed, ...] = ()
    call: Post | Look | None = None
    tries: int = 0
    retry_at: float | None = None
    refusal: str | None = None
    refused_until: float = 0.0
    shown: tuple[SignFace, str | None] = (SignFace(None), None)
    keypad_well: bool = False
    here_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Station:
    """The whole station. ``board`` is the newest picture; ``beat_at`` when the server was last heard;
    ``devices``: state, code and since when; ``missing``: desks that the office has no counter for."""

    station: str
    desks: Mapping[str, Desk]
    board: Board | None = None
    linked: bool = False
    beat_at: float | None = None
    stale: bool = True
    look_at: float | None = 0.0
    devices: Mapping[str, tuple[State, str | None, str]] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    hold_reason: str = ""


def station(name: str, counters: Iterable[str], hold_reason: str) -> Station:
    """A station that knows nothing yet: all signs dark."""
    return Station(name, {counter: Desk(counter) for counter in counters}, hold_reason=hold_reason)


def step(state: Station, what: What, now: Now) -> tuple[Station, tuple[Effect, ...]]:
    """The next state and what is to be done; ``due`` says when to come back with a ``Tick``."""
    state, effects = _take_in(state, what, now)
    state, more = _work(state, now)
    return state, (*effects, *more)


def due(state: Station) -> float | None:
    """The moment (monotonic seconds) at which something is to be done though nothing happens."""
    times = [state.look_at]
    if not state.stale and state.beat_at is not None:
        times.append(state.beat_at + STALE_S)
    for desk in state.desks.values():
        times.append(desk.retry_at)
        times.append(desk.refused_until if desk.refusal else None)
        times.append(desk.here_at if desk.keypad_well else None)
    return min((time for time in times if time is not None), default=None)


def _take_in(state: Station, what: What, now: Now) -> tuple[Station, tuple[Effect, ...]]:
    match what:
        case Pressed():
            desk = state.desks[what.counter]
            desk = replace(desk, presses=(*desk.presses, what), refusal=None)
            return _with(state, desk), (SayHere(what.counter, key=True),)
        case Pictured():
            return _pictured(state, what.board, now), ()
        case Looked():
            return _looked(state, what, now), ()
        case Beaten():
            return _beaten(state, what.beat, now), ()
        case Linked():
            return replace(state, linked=what.up, look_at=now.mono_s if what.up else state.look_at), ()
        case Answered():
            # What the key did is on its way over MQTT; looking shows it at once, and without a broker too.
            return replace(_with(state, _worked_off(state.desks[what.counter])), look_at=now.mono_s), ()
        case TurnedDown():
            return _with(state, _refused(state.desks[what.counter], what.code, now)), ()
        case Lost():
            return _with(state, _lost(state.desks[what.counter], now)), ()
        case DeviceChanged():
            return _device_changed(state, what, now)
        case Tick():
            return state, ()
    assert_never(what)


def _pictured(state: Station, board: Board, now: Now) -> Station:
    if state.board is None or board.epoch != state.board.epoch:
        return replace(state, look_at=now.mono_s)
    return replace(state, board=board) if board.rev > state.board.rev else state


def _beaten(state: Station, beat: ServerBeat, now: Now) -> Station:
    if not beat.online:
        return replace(state, beat_at=None)
    unknown = state.board is None or beat.epoch != state.board.epoch
    return replace(state, beat_at=now.mono_s, look_at=now.mono_s if unknown else state.look_at)


def _looked(state: Station, what: Looked, now: Now) -> Station:
    board, old = what.board, state.board
    if board is not None and (old is None or board.epoch != old.epoch or board.rev > old.rev):
        state = replace(state, board=board)
    if what.counter is None:
        return state if board is not None else replace(state, look_at=now.mono_s + LOOK_AGAIN_S)
    desk = state.desks[what.counter]
    return _with(state, _lost(desk, now) if board is None else _begun(state, desk, now, looked=True))


def _begun(state: Station, desk: Desk, now: Now, *, looked: bool) -> Desk:
    """Take up the first of the presses: look first, or ask, or refuse it here."""
    press = desk.presses[0]
    if press.key is Key.NEXT or looked:
        means = meaning(press, _counter(state, desk), state.station, state.hold_reason)
        if isinstance(means, str):
            return _refused(desk, means, now)
        return replace(desk, call=means, tries=0, retry_at=now.mono_s)
    return replace(desk, call=Look(desk.counter), tries=0, retry_at=now.mono_s)


def _worked_off(desk: Desk) -> Desk:
    return replace(desk, presses=desk.presses[1:], call=None, tries=0, retry_at=None)


def _refused(desk: Desk, word: str, now: Now) -> Desk:
    return replace(_worked_off(desk), refusal=word, refused_until=now.mono_s + REFUSAL_S)


def _lost(desk: Desk, now: Now) -> Desk:
    """Try again, or give up with all keys that waited: a key must not call anybody long after it was pressed."""
    if desk.tries <= len(RETRY_S):
        return replace(desk, retry_at=now.mono_s + RETRY_S[desk.tries - 1])
    return replace(_refused(desk, NO_SERVER, now), presses=())


def _device_changed(state: Station, what: DeviceChanged, now: Now) -> tuple[Station, tuple[Effect, ...]]:
    health, name = what.health, what.device
    at = to_time(now.wall_ms)
    before = state.devices.get(name)
    since = before[2] if before and before[:2] == (health.state, health.code) else at
    state = replace(state, devices={**state.devices, name: (health.state, health.code, since)})
    kind, _, counter = name.partition("-")
    if kind == "keypad":
        well = health.state is State.READY
        state = _with(state, replace(state.desks[counter], keypad_well=well, here_at=now.mono_s))
    return state, (Report(device_status(state.station, name, health, at, since=since)),)


def _work(state: Station, now: Now) -> tuple[Station, tuple[Effect, ...]]:
    """What the state wants done at this moment, whatever has just happened."""
    state, noted = _noticed(state, now)
    effects: list[Effect] = list(noted)
    if state.look_at is not None and now.mono_s >= state.look_at:
        state = replace(state, look_at=None)
        effects.append(Look(None))
    for desk in state.desks.values():
        desk, asked = _work_desk(state, desk, now)
        desk, shown = _shown(state, desk, now)
        state = _with(state, desk)
        effects += (*asked, *shown)
    return state, tuple(effects)


def _noticed(state: Station, now: Now) -> tuple[Station, list[Effect]]:
    """What staff should find in the log, said once each."""
    notes: list[Effect] = []
    heard = state.linked and state.beat_at is not None and now.mono_s < state.beat_at + STALE_S
    if heard == state.stale:
        state = replace(state, stale=not heard)
        text = "the server is heard" if heard else "nothing heard of the server; the signs keep their numbers"
        notes.append(Note(text, well=heard))
    if state.board is not None:
        missing = frozenset(state.desks) - {one.id for one in state.board.counters}
        if missing - state.missing:
            text = f"the office has no counter {', '.join(sorted(missing))}; check [[counter.desks]]"
            notes.append(Note(text, well=False))
        state = replace(state, missing=missing)
    return state, notes


def _work_desk(state: Station, desk: Desk, now: Now) -> tuple[Desk, list[Effect]]:
    effects: list[Effect] = []
    if desk.keypad_well and now.mono_s >= desk.here_at:
        desk = replace(desk, here_at=now.mono_s + HERE_EVERY_S)
        effects.append(SayHere(desk.counter, key=False))
    if desk.presses and desk.call is None:
        desk = _begun(state, desk, now, looked=False)
    if (call := desk.call) is not None and desk.retry_at is not None and now.mono_s >= desk.retry_at:
        desk = replace(desk, tries=desk.tries + 1, retry_at=None)
        effects.append(call)
    return desk, effects


def _shown(state: Station, desk: Desk, now: Now) -> tuple[Desk, list[Effect]]:
    """The face that holds now. A new number at once ends the word of a refusal."""
    counter = _counter(state, desk)
    face, call = face_of(counter), call_of(state.board, counter)
    if desk.refusal is not None:
        news = desk.shown[0].word is not None and (face, call) != _under(desk)
        if now.mono_s < desk.refused_until and not news:
            face = refused_face(face, desk.refusal)
        else:
            desk = replace(desk, refusal=None)
    if (face, call) == desk.shown:
        return desk, []
    return replace(desk, shown=(face, call)), [Show(desk.counter, face)]


def _under(desk: Desk) -> tuple[SignFace, str | None]:
    """The face under the word that is shown."""
    face, call = desk.shown
    return replace(face, word=None, below=""), call


def _counter(state: Station, desk: Desk) -> Counter | None:
    counters = state.board.counters if state.board else []
    return next((one for one in counters if one.id == desk.counter), None)


def _with(state: Station, desk: Desk) -> Station:
    return replace(state, desks={**state.desks, desk.counter: desk})
