"""The announcement queue: what is spoken, when, how often, and what is not spoken any more. Pure.

Announcements never overlap and never loop. A call is read while its ticket is still called at its counter;
one that was begun is never begun again, also not after a restart: ``known`` is kept on the station's disk
before the first sound. A call is read again only when nobody else waits to be read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from config.clock import Now
from config.words import Words, words
from display.reading import CHIME, Reading, caption, count, read, spell
from hardware.screens.clockface import hhmm
from server.wire.messages import Board, Call, from_time
from server.wire.voice import VoicePack

FRESH_MS = 60_000  # a call that was missed for longer is shown only
REMEMBERED = 200
CALLS = ("call", "recall", "last")
Outcome = Literal["yes", "muted", "no_audio"]


@dataclass(frozen=True, slots=True)
class Settings:
    """``pack`` None: there is no voice. ``mute_from`` to ``mute_to``: "hh:mm" in the hall's zone, both or none."""

    pack: VoicePack | None
    times: int = 2
    mute_from: str = ""
    mute_to: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """An announcement as it is being read: for the speaker, the caption and the control port."""

    call: Call
    reading: Reading
    caption: str
    n: int
    of: int


@dataclass(frozen=True, slots=True)
class Announcer:
    """``known``: ids that are never begun again, oldest first; None until the first picture of a first start."""

    settings: Settings
    known: tuple[str, ...] | None
    zone: str = "Asia/Ho_Chi_Minh"
    audible: bool = True
    fast: bool = False
    board: Board | None = None
    queue: tuple[Call, ...] = ()
    reading: Spoken | None = None


# --- what happens -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """A newer board."""

    board: Board


@dataclass(frozen=True, slots=True)
class Ended:
    """The speaker is done with the ``n``-th reading of a call; ``played`` to its end, or cut off."""

    call: str
    n: int
    played: bool


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The hall's zone, whether the speaker works, and whether a demonstration runs faster than real time."""

    zone: str
    audible: bool
    fast: bool


What = Heard | Ended | Circumstances

# --- what is to be done -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Play this reading; answered by ``Ended``."""

    spoken: Spoken


@dataclass(frozen=True, slots=True)
class Hush:
    """Cut off what is being read."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Write ``known`` to the disk before anything else is done."""

    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tell:
    """What became of a call's voice."""

    call: Call
    spoken: Outcome


Effect = Say | Hush | Keep | Tell
Step = tuple[Announcer, tuple[Effect, ...]]


def step(state: Announcer, what: What, now: Now) -> Step:
    """One thing happened: the next state and what is to be done, in order."""
    match what:
        case Heard():
            return _then_next(*_heard(state, what.board, now), now)
        case Ended():
            return _then_next(*_ended(state, what), now)
        case Circumstances():
            return _changed(replace(state, zone=what.zone, audible=what.audible, fast=what.fast))
    assert_never(what)


def is_read(state: Announcer, call: str) -> bool:
    """Whether a call is being read."""
    return state.reading is not None and state.reading.call.id == call


def still_called(board: Board, call: Call) -> bool:
    """Whether the called ticket is still called at that counter; what is no call stays true."""
    if call.kind not in CALLS:
        return True
    return any(
        one.id == call.counter and one.ticket.number == call.number and one.ticket.state == "called"
        for one in board.counters
        if one.ticket is not None
    )


def in_order(board: Board) -> tuple[Call, ...]:
    """The picture's calls, oldest first; the picture itself has the newest first, also within a millisecond."""
    upwards = board.calls[::-1]
    return tuple(sorted(upwards, key=lambda call: call.at))


def _heard(state: Announcer, board: Board, now: Now) -> Step:
    first = state.board is None
    known = state.known
    state = replace(state, board=board)
    if known is None:  # nobody knows what this station has spoken: nothing that is there already
        ids = tuple(call.id for call in in_order(board))
        return replace(state, known=ids), (Keep(ids),)
    effects: list[Effect] = []
    queue = [call for call in state.queue if still_called(board, call)]
    gone = [call for call in state.queue if call not in queue]
    taken = {call.id for call in state.queue}
    skipped: list[str] = [call.id for call in gone]
    for call in in_order(board):
        if call.id in known or call.id in taken:
            continue
        late = (first or call.kind not in CALLS) and not is_fresh(board, call)
        if late or not still_called(board, call):
            skipped.append(call.id)
        elif (outcome := _silent(state, now)) is not None:
            skipped.append(call.id)
            effects.append(Tell(call, outcome))
        else:
            # A newer call of the same number says all that the older one would.
            skipped += [one.id for one in queue if _same(one, call)]
            queue = [one for one in queue if not _same(one, call)] + [call]
    if skipped:
        state = _remember(state, skipped)
        assert state.known is not None
        effects.insert(0, Keep(state.known))
    return replace(state, queue=tuple(queue)), tuple(effects)


def _ended(state: Announcer, ended: Ended) -> Step:
    spoken = state.reading
    if spoken is None or spoken.call.id != ended.call or spoken.n != ended.n:
        return state, ()
    state = replace(state, reading=None)
    told: tuple[Effect, ...] = (Tell(spoken.call, "yes" if ended.played else "no_audio"),) if spoken.n == 1 else ()
    if not ended.played and state.audible:  # the card broke just now
        return state, told
    alone = not state.queue
    wanted = state.board is not None and still_called(state.board, spoken.call)
    if spoken.n < spoken.of and alone and wanted:
        again = replace(spoken, n=spoken.n + 1)
        return replace(state, reading=again), (*told, Say(again))
    return state, told


def _changed(state: Announcer) -> Step:
    if not state.fast or (state.reading is None and not state.queue):
        return state, ()
    effects: list[Effect] = []
    if state.reading is not None:
        effects.append(Hush())
        if state.reading.n == 1:
            effects.append(Tell(state.reading.call, "muted"))
    effects += [Tell(call, "muted") for call in state.queue]
    state = _remember(replace(state, queue=(), reading=None), [call.id for call in state.queue])
    assert state.known is not None
    return state, (Keep(state.known), *effects)


def _then_next(state: Announcer, done: tuple[Effect, ...], now: Now) -> Step:
    """Begin the next announcement if nothing is being read."""
    effects = list(done)
    while state.reading is None and state.queue:
        call, rest = state.queue[0], state.queue[1:]
        state = _remember(replace(state, queue=rest), [call.id])
        assert state.known is not None
        effects.append(Keep(state.known))
        if (outcome := _silent(state, now)) is not None:
            effects.append(Tell(call, outcome))
            continue
        spoken = speak(state.settings, call)
        if spoken is not None:
            state = replace(state, reading=spoken)
            effects.append(Say(spoken))
    return state, tuple(effects)


def speak(settings: Settings, call: Call) -> Spoken | None:
    """The announcement of ``call``; None without a voice."""
    pack = settings.pack
    if pack is None:
        return None
    reading = read(pack, call.kind, call.number, call.label)
    of = settings.times if call.kind in CALLS else 1
    whole = any(isinstance(part, str) and part != CHIME for part in reading.parts)
    return Spoken(call, reading, _caption(pack, call) if whole else "", 1, of)


def _caption(pack: VoicePack, call: Call) -> str:
    """The announcement in writing, as the texts of the surface "voice" have it."""
    number = caption(pack, spell(call.number or ""))
    counter = caption(pack, count(pack, call.label or ""))
    return _CAPTIONS[call.kind](words(pack.language), number, counter)


def _silent(state: Announcer, now: Now) -> Outcome | None:
    """Why nothing can be spoken now, if so."""
    if state.fast or muted(state.settings, now.wall_ms, state.zone):
        return "muted"
    return None if state.settings.pack is not None else "no_audio"


def muted(settings: Settings, wall_ms: int, zone: str) -> bool:
    """Whether the hour is one of silence; the span may pass midnight."""
    start, end = settings.mute_from, settings.mute_to
    if not start or not end or start == end:
        return False
    time = hhmm(wall_ms, zone)
    return start <= time < end if start < end else time >= start or time < end


def is_fresh(board: Board, call: Call) -> bool:
    """Whether a call is new by the server's own clock."""
    return from_time(board.at) - from_time(call.at) <= FRESH_MS


def _same(one: Call, other: Call) -> bool:
    """Two calls of one number to one counter."""
    return one.kind in CALLS and other.kind in CALLS and (one.number, one.counter) == (other.number, other.counter)


def _remember(state: Announcer, ids: list[str]) -> Announcer:
    known = (*(state.known or ()), *ids)
    return replace(state, known=known[-REMEMBERED:])


_CAPTIONS: Mapping[str, Callable[[Words, str, str], str]] = {
    "call": lambda words, number, counter: words(
        "voice", "Kính mời công dân có số thứ tự {number}, đến quầy số {counter}", number=number, counter=counter
    ),
    "recall": lambda words, number, counter: words(
        "voice",
        "Xin nhắc lại: kính mời công dân có số thứ tự {number}, đến quầy số {counter}",
        number=number,
        counter=counter,
    ),
    "last": lambda words, number, counter: words(
        "voice",
        "Gọi lần cuối: kính mời công dân có số thứ tự {number}, đến quầy số {counter}",
        number=number,
        counter=counter,
    ),
    "pause": lambda words, _, counter: words("voice", "Quầy số {counter} tạm dừng phục vụ.", counter=counter),
    "resume": lambda words, _, counter: words("voice", "Quầy số {counter} tiếp tục phục vụ.", counter=counter),
    "opening": lambda words, _, __: words(
        "voice",
        "Trung tâm Phục vụ hành chính công kính chào công dân. Xin mời lấy số thứ tự và ngồi chờ gọi số.",
    ),
    "closing": lambda words, _, __: words("voice", "Đã hết giờ tiếp nhận. Công dân đã có số thứ tự vẫn được phục vụ."),
}
