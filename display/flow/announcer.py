"""The announcement queue: which calls are spoken, when, how often, and which are dropped.

Announcements never overlap and never loop. A call is spoken while its ticket is still called at its counter. An
announcement that has begun is never begun again, not even after a restart: ``spoken_ids`` is saved on the station's
disk before the first sound. A call is repeated only while no other call waits to be spoken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from config.clock import Now
from server.display_content.calls import CALL_KINDS, is_recent, oldest_first, same_call, still_called
from server.display_content.speech.announcement import Announcement, first_reading
from server.display_content.speech.quiet_hours import is_quiet_time
from server.wire.messages import Board, Call
from server.wire.voice import VoicePack

MAX_REMEMBERED_IDS = 200  # a board has the last twenty calls; an older one cannot come back
SpokenResult = Literal["yes", "muted", "no_audio"]
"""Whether a call was spoken, as it is reported to the server.

"muted": in quiet hours, or in a demonstration that runs faster. "no_audio": there is no voice pack, or the sound was
not played to its end.
"""


@dataclass(frozen=True, slots=True)
class AnnouncerSettings:
    """Settings of the voice. ``pack`` None: there is no voice. ``times``: how often each call is read.

    ``mute_from`` to ``mute_to``: the quiet hours, "hh:mm" in the hall's time zone, both or none.
    """

    pack: VoicePack | None
    times: int = 2
    mute_from: str = ""
    mute_to: str = ""


@dataclass(frozen=True, slots=True)
class Announcer:
    """The state of the voice. ``current`` is being spoken, ``queue`` waits.

    ``spoken_ids``: calls that are never begun again, oldest first; None until the first board of a first start.
    ``audible``: the speaker works. ``accelerated``: a demonstration runs faster than real time. ``zone``: the hall's
    time zone.
    """

    settings: AnnouncerSettings
    spoken_ids: tuple[str, ...] | None
    zone: str = "Asia/Ho_Chi_Minh"
    audible: bool = True
    accelerated: bool = False
    board: Board | None = None
    queue: tuple[Call, ...] = ()
    current: Announcement | None = None


# --- events -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BoardChanged:
    """A newer board was accepted."""

    board: Board


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The speaker ended a reading of a call. ``reading``: which one, from 1. ``played``: it was played to its end."""

    call: str
    reading: int
    played: bool


@dataclass(frozen=True, slots=True)
class ConditionsChanged:
    """The hall's time zone, whether the speaker works, and whether time runs faster than real."""

    zone: str
    audible: bool
    accelerated: bool


@dataclass(frozen=True, slots=True)
class GreetingRequested:
    """Somebody wants to hear the speaker; ``greeting`` is read like a call, once."""

    greeting: Call


AnnouncerEvent = GreetingRequested | BoardChanged | SpeechEnded | ConditionsChanged

# --- effects ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Speak:
    """Play this announcement; ends in ``SpeechEnded``."""

    announcement: Announcement


@dataclass(frozen=True, slots=True)
class StopSpeaking:
    """Cut off the announcement that is being spoken."""


@dataclass(frozen=True, slots=True)
class SaveSpokenIds:
    """Save the ids on the disk before the effects that follow."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpeechOutcome:
    """The result of speaking a call, to be reported to the server."""

    call: Call
    outcome: SpokenResult


AnnouncerEffect = Speak | StopSpeaking | SaveSpokenIds | SpeechOutcome
AnnouncerStep = tuple[Announcer, tuple[AnnouncerEffect, ...]]


def step(state: Announcer, event: AnnouncerEvent, now: Now) -> AnnouncerStep:
    """Return the next state and the effects, in order."""
    match event:
        case BoardChanged():
            return _speak_next(*_board_changed(state, event.board, now), now)
        case GreetingRequested():
            if state.spoken_ids is None:  # the first board decides which calls are old
                return state, ()
            return _speak_next(replace(state, queue=(*state.queue, event.greeting)), (), now)
        case SpeechEnded():
            return _speak_next(*_speech_ended(state, event), now)
        case ConditionsChanged():
            changed = replace(state, zone=event.zone, audible=event.audible, accelerated=event.accelerated)
            return _stop_and_clear(changed) if changed.accelerated else (changed, ())
    assert_never(event)


def is_speaking(state: Announcer, call: str) -> bool:
    """Return whether the call with this id is being spoken now."""
    return state.current is not None and state.current.call.id == call


def is_quiet_hour(settings: AnnouncerSettings, wall_ms: int, zone: str) -> bool:
    """Return whether it is a quiet hour of ``settings``."""
    return is_quiet_time(settings.mute_from, settings.mute_to, wall_ms, zone)


def _board_changed(state: Announcer, board: Board, now: Now) -> AnnouncerStep:
    """Queue the new calls, and drop those that are no longer valid."""
    previous, state = state, replace(state, board=board)
    if previous.spoken_ids is None:
        # First start: treat all existing calls as already spoken.
        state, save = _remember(state, [call.id for call in oldest_first(board)])
        return state, (save,)

    # Withdrawn calls leave the queue.
    queue = [call for call in previous.queue if still_called(board, call)]
    dropped_ids = [call.id for call in previous.queue if call not in queue]

    # New calls join the queue, unless they are too late or cannot be heard now.
    outcomes: list[AnnouncerEffect] = []
    for call in _new_calls(previous, board):
        if _is_late(previous, board, call) or not still_called(board, call):
            dropped_ids.append(call.id)
        elif (outcome := _silence_reason(state, now)) is not None:
            dropped_ids.append(call.id)
            outcomes.append(SpeechOutcome(call, outcome))
        else:
            # A newer call of the same number replaces the older one.
            dropped_ids += [waiting.id for waiting in queue if same_call(waiting, call)]
            queue = [*(waiting for waiting in queue if not same_call(waiting, call)), call]

    state = replace(state, queue=tuple(queue))
    if not dropped_ids:
        return state, tuple(outcomes)
    state, save = _remember(state, dropped_ids)
    return state, (save, *outcomes)


def _new_calls(state: Announcer, board: Board) -> list[Call]:
    """Return the calls that were neither spoken nor queued, oldest first."""
    known_ids = {*(state.spoken_ids or ()), *(call.id for call in state.queue)}
    return [call for call in oldest_first(board) if call.id not in known_ids]


def _is_late(state: Announcer, board: Board, call: Call) -> bool:
    """Return whether a call is too old to be spoken now.

    The station has just started, or a pause ended long ago.
    """
    return (state.board is None or call.kind not in CALL_KINDS) and not is_recent(board, call)


def _speech_ended(state: Announcer, event: SpeechEnded) -> AnnouncerStep:
    """Report the first reading's result; read again if no other call waits."""
    current = state.current
    if current is None or current.call.id != event.call or current.reading != event.reading:
        return state, ()
    state = replace(state, current=None)
    outcome: tuple[AnnouncerEffect, ...] = ()
    if current.reading == 1:
        outcome = (SpeechOutcome(current.call, "yes" if event.played else "no_audio"),)
    if not event.played and state.audible:  # the sound card has just failed
        return state, outcome
    is_wanted = state.board is not None and still_called(state.board, current.call)
    if current.reading < current.readings and not state.queue and is_wanted:
        next_reading = replace(current, reading=current.reading + 1)
        return replace(state, current=next_reading), (*outcome, Speak(next_reading))
    return state, outcome


def _stop_and_clear(state: Announcer) -> AnnouncerStep:
    """Stop speaking and clear the queue."""
    if state.current is None and not state.queue:
        return state, ()
    effects: list[AnnouncerEffect] = []
    if state.current is not None:
        effects.append(StopSpeaking())
        if state.current.reading == 1:
            effects.append(SpeechOutcome(state.current.call, "muted"))
    effects += [SpeechOutcome(call, "muted") for call in state.queue]
    state, save = _remember(replace(state, queue=(), current=None), [call.id for call in state.queue])
    return state, (save, *effects)


def _speak_next(state: Announcer, first_effects: tuple[AnnouncerEffect, ...], now: Now) -> AnnouncerStep:
    """Begin the next announcement if nothing is being spoken."""
    effects = list(first_effects)
    while state.current is None and state.queue:
        call, remaining = state.queue[0], state.queue[1:]
        state, save = _remember(replace(state, queue=remaining), [call.id])
        effects.append(save)
        if (outcome := _silence_reason(state, now)) is not None:
            effects.append(SpeechOutcome(call, outcome))
        elif state.settings.pack is not None:
            readings = state.settings.times if call.kind in CALL_KINDS else 1
            announcement = first_reading(state.settings.pack, call, readings)
            state = replace(state, current=announcement)
            effects.append(Speak(announcement))
    return state, tuple(effects)


def _silence_reason(state: Announcer, now: Now) -> SpokenResult | None:
    """Return the reason why nothing can be spoken now; None if it can."""
    if state.accelerated or is_quiet_hour(state.settings, now.wall_ms, state.zone):
        return "muted"
    return None if state.settings.pack is not None else "no_audio"


def _remember(state: Announcer, ids: Sequence[str]) -> tuple[Announcer, SaveSpokenIds]:
    """Add ``ids`` to the calls never begun again; return the effect that saves them."""
    spoken_ids = (*(state.spoken_ids or ()), *ids)
    if state.spoken_ids is not None:
        spoken_ids = spoken_ids[-MAX_REMEMBERED_IDS:]
    return replace(state, spoken_ids=spoken_ids), SaveSpokenIds(spoken_ids)
