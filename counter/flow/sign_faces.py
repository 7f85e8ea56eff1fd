"""Decide the face (``SignFace``, the whole content) of a counter's sign, from the board."""

from dataclasses import replace

from hardware.ports import SignFace
from server.wire.messages import Board, Call, Counter, CounterStateName

REFUSED = "Err"  # the short word in place of the number
CALL_KINDS = ("call", "recall", "last")
"""The kinds of announcement that call a number to a counter. ``last``: the last call that the rule allows."""


def face_of(counter: Counter | None) -> SignFace:
    """Return the face for the state of a counter.

    The sign is dark while the state is unknown, and while the counter is closed or free. A paused counter without a
    ticket has dashes. A paused counter keeps the number of its open ticket: the visitor is at the counter or on the
    way.
    """
    if counter is None or counter.state is CounterStateName.CLOSED:
        return SignFace(None)
    if counter.ticket is not None:
        return SignFace(counter.ticket.number, blink=counter.ticket.state == "called")
    return SignFace(None, paused=counter.state is CounterStateName.PAUSED)


def refused_face(face: SignFace, refusal: str) -> SignFace:
    """Return ``face`` with "Err" for its number, and the refusal in its second line.

    ``refusal``: a ``ProblemCode``, or a word of ``counter.flow.keys`` or ``counter.flow.scans``.
    """
    return replace(face, word=REFUSED, below=refusal.replace("_", " ").upper())


def latest_call_key(board: Board | None, counter: Counter | None) -> str | None:
    """Return a key of the newest call of the number that the counter is calling.

    None: it calls none. The key is made of the call's id and its ``times``. A number that is called again has another
    key, so that its sign is sent again and blinks again.
    """
    if board is None or counter is None or counter.ticket is None or counter.ticket.state != "called":
        return None
    calls = [call for call in board.calls if _announces(call, counter.id, counter.ticket.number)]
    latest = max(calls, key=lambda call: (call.at, call.times), default=None)
    return f"{latest.id} {latest.times}" if latest else None


def _announces(call: Call, counter: str, number: str) -> bool:
    return call.kind in CALL_KINDS and call.counter == counter and call.number == number
