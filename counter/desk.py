"""One counter's devices among the others: its keys one after the other, and what its sign shows now."""

from dataclasses import dataclass, replace

from config.clock import Now
from counter.events import Effect, HeldSeen, Light, Look, LookHeld, Post, Pressed, SayHere, Show
from counter.faces import call_of, face_of, refused_face
from counter.keys import BLIND, NO_SERVER, counter_of, meaning, resuming
from hardware.ports import Key, SignFace
from server.wire.messages import Board, MoveTicket

HERE_EVERY_S = 10.0
REFUSAL_S = 2.0
NOTE_S = 4.0
RETRY_S = (0.3, 1.0, 3.0)  # waits before the second, third and fourth try of one key
UNANSWERED_S = 30.0
"""A call that ended in no event for so long was lost in this program; the HTTP client itself gives up sooner."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One counter. While ``call`` is under way the first of ``presses`` is being worked off; it goes out again
    at ``retry_at``, or counts as lost at ``lost_at``. ``shown`` is the face and the call it announces.

    ``keyed``: digits that wait on the pad; ``note``: a line for the clerk; ``set_aside``: the ticket that this pad
    set aside last. ``lamp``: a refusal is still to be told to the pad.
    """

    counter: str
    presses: tuple[Pressed, ...] = ()
    call: Post | Look | LookHeld | None = None
    tries: int = 0
    retry_at: float | None = None
    lost_at: float | None = None
    refusal: str | None = None
    refused_until: float = 0.0
    lamp: bool = False
    keyed: str = ""
    note: str = ""
    noted_until: float = 0.0
    set_aside: str | None = None
    shown: tuple[SignFace, str | None] = (SignFace(None), None)
    keypad_well: bool = False
    here_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Context:
    """What the keys of all counters are judged by."""

    station: str
    hold_reason: str


def pressed(desk: Desk, what: Pressed) -> Desk:
    """A key more to work off; what was told of the one before has been read."""
    return replace(desk, presses=(*desk.presses, what), refusal=None, note="")


def begun(desk: Desk, board: Board | None, context: Context, now: Now, *, looked: bool) -> Desk:
    """Take up the first of the presses: look first, or ask, or refuse it here."""
    press = desk.presses[0]
    if press.key in BLIND or looked:
        return _asking(desk, meaning(press, board, context.station, context.hold_reason), now)
    return _asking(desk, Look(desk.counter, now.mono_s), now)


def held_seen(desk: Desk, what: HeldSeen, context: Context, now: Now) -> Desk:
    """Nothing was open, so HOLD means going on with what was set aside."""
    if what.tickets is None:
        return lost(desk, now)
    return _asking(desk, resuming(desk.presses[0], what.tickets, desk.set_aside, context.station), now)


def worked_off(desk: Desk) -> Desk:
    """The first of the presses is done with."""
    return replace(desk, presses=desk.presses[1:], call=None, tries=0, retry_at=None, lost_at=None)


def answered(desk: Desk) -> Desk:
    """The server did what the key asked."""
    press, call = desk.presses[0], desk.call
    if press.key is Key.HOLD and isinstance(call, Post) and isinstance(call.body, MoveTicket):
        ticket = call.path.split("/")[2]
        desk = replace(desk, set_aside=ticket if call.body.move == "hold" else None)
    return worked_off(desk)


def refused(desk: Desk, word: str, now: Now) -> Desk:
    """A key was turned down."""
    return turned_down(worked_off(desk), word, now)


def turned_down(desk: Desk, word: str, now: Now) -> Desk:
    """The clerk is told ``word`` on the sign and by the pad's lamp."""
    return replace(desk, refusal=word, refused_until=now.mono_s + REFUSAL_S, lamp=True, note="")


def noted(desk: Desk, note: str, now: Now) -> Desk:
    """The clerk is told something on the sign's lower line."""
    return replace(desk, note=note, noted_until=now.mono_s + NOTE_S, refusal=None)


def lost(desk: Desk, now: Now) -> Desk:
    """Try again, or give up with all keys that waited: a key must not call anybody long after it was pressed."""
    desk = replace(desk, lost_at=None)
    if desk.tries <= len(RETRY_S):
        return replace(desk, retry_at=now.mono_s + RETRY_S[desk.tries - 1])
    return replace(refused(desk, NO_SERVER, now), presses=())


def due(desk: Desk) -> float | None:
    """When something is to be done though nothing happens."""
    times = (
        desk.retry_at,
        desk.lost_at,
        desk.refused_until if desk.refusal else None,
        desk.noted_until if desk.note else None,
        desk.here_at if desk.keypad_well else None,
    )
    return min((time for time in times if time is not None), default=None)


def work(desk: Desk, board: Board | None, context: Context, now: Now) -> tuple[Desk, list[Effect]]:
    """What the desk wants done at this moment."""
    effects: list[Effect] = []
    if desk.keypad_well and now.mono_s >= desk.here_at:
        desk = replace(desk, here_at=now.mono_s + HERE_EVERY_S)
        effects.append(SayHere(desk.counter, key=False))
    if desk.lost_at is not None and now.mono_s >= desk.lost_at:
        desk = lost(desk, now)
    if desk.presses and desk.call is None:
        desk = begun(desk, board, context, now, looked=False)
    if (call := desk.call) is not None and desk.retry_at is not None and now.mono_s >= desk.retry_at:
        desk = replace(desk, tries=desk.tries + 1, retry_at=None, lost_at=now.mono_s + UNANSWERED_S)
        effects.append(call)
    if desk.lamp:
        desk = replace(desk, lamp=False)
        effects.append(Light(f"keypad-{desk.counter}"))
    return desk, effects


def shown(desk: Desk, board: Board | None, now: Now) -> tuple[Desk, list[Effect]]:
    """The face that holds now. A new number at once ends the word of a refusal."""
    counter = counter_of(board, desk.counter)
    face, call = face_of(counter), call_of(board, counter)
    if desk.note and now.mono_s >= desk.noted_until:
        desk = replace(desk, note="")
    if desk.refusal is not None:
        news = desk.shown[0].word is not None and (face, call) != _under(desk)
        if now.mono_s < desk.refused_until and not news:
            face = refused_face(face, desk.refusal)
        else:
            desk = replace(desk, refusal=None)
    if face.word is None:
        face = replace(face, below=below(desk))
    if (face, call) == desk.shown:
        return desk, []
    return replace(desk, shown=(face, call)), [Show(desk.counter, face)]


def below(desk: Desk) -> str:
    """The clerk's line under the number: the digits keyed so far, else what was told last. Only signs with a second
    line show it, so that a called number is never replaced by one that somebody keys."""
    return f"KEYED {desk.keyed}" if desk.keyed else desk.note


def _asking(desk: Desk, what: Post | Look | LookHeld | str, now: Now) -> Desk:
    if isinstance(what, str):
        return refused(desk, what, now)
    return replace(desk, call=what, tries=0, retry_at=now.mono_s, lost_at=None)


def _under(desk: Desk) -> tuple[SignFace, str | None]:
    """The face under the word that is shown."""
    face, call = desk.shown
    return replace(face, word=None, below=""), call
