"""What a sign shows for what the board says of its counter; never a number that the board does not name."""

from dataclasses import replace

from hardware.ports import SignFace
from server.wire.messages import Board, Call, Counter, CounterStateName

REFUSED = "Err"
ANNOUNCING = ("call", "recall", "last")


def face_of(counter: Counter | None) -> SignFace:
    """Dark while nothing is known, the counter is closed or free; dashes while it pauses with nobody there.

    A pause keeps the open ticket, so its number stays: somebody is on the way to it, or sits at it.
    """
    if counter is None or counter.state is CounterStateName.CLOSED:
        return SignFace(None)
    if counter.ticket is not None:
        return SignFace(counter.ticket.number, blink=counter.ticket.state == "called")
    return SignFace(None, paused=counter.state is CounterStateName.PAUSED)


def refused_face(face: SignFace, word: str) -> SignFace:
    """``face`` behind the word that tells the clerk of a refusal, for two seconds."""
    return replace(face, word=REFUSED, below=word.replace("_", " ").upper())


def call_of(board: Board | None, counter: Counter | None) -> str | None:
    """Which announcement a called number stands for: the same number called again blinks again."""
    if board is None or counter is None or counter.ticket is None or counter.ticket.state != "called":
        return None
    calls = [one for one in board.calls if _announces(one, counter.id, counter.ticket.number)]
    newest = max(calls, key=lambda one: (one.at, one.times), default=None)
    return f"{newest.id} {newest.times}" if newest else None


def _announces(call: Call, counter: str, number: str) -> bool:
    return call.kind in ANNOUNCING and call.counter == counter and call.number == number
