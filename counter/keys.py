"""What a key asks of the server, given what is open at its counter. Whether it may is the server's to say."""

from collections.abc import Iterable, Mapping, Sequence

from counter.events import LookHeld, Post, Pressed
from hardware.ports import Key
from server.wire.messages import (
    Board,
    CallNext,
    Counter,
    CounterStateName,
    MoveTicket,
    ProblemCode,
    SetCounterState,
    Ticket,
)

# The words of refusals that are made here, beside the server's code words; all are shown in the sign's lower line.
NO_SERVER = "no server"
NO_TICKET = "no ticket"
NO_COUNTER = "no counter"
NO_DIGITS = "no digits"
UNKNOWN_COUNTER = "unknown counter"
SEVERAL_HELD = "several held"

MOVES: Mapping[Key, str] = {
    Key.RECALL: "recall",
    Key.START: "start",
    Key.FINISH: "finish",  # without an outcome: the server takes the service's default
    Key.NO_SHOW: "no_show",
    Key.HOLD: "hold",
    Key.TRANSFER: "transfer",  # without a service: the server takes the ticket's own, or the counter's first
}
TOGGLED: Mapping[CounterStateName, CounterStateName] = {
    CounterStateName.OPEN: CounterStateName.PAUSED,
    CounterStateName.PAUSED: CounterStateName.OPEN,
}


BLIND = (Key.NEXT, Key.CALL)
"""Keys that need no picture of the counter: the server knows best."""


def meaning(press: Pressed, board: Board | None, station: str, hold_reason: str) -> Post | LookHeld | str:
    """What to ask, or the word of a refusal where there is nothing to ask for. A pad cannot say why a ticket is
    set aside, which the server wants to know: ``hold_reason`` is a sentence for that."""
    request_id, at = press.request_id, press.counter
    if press.key in BLIND:
        return _call(press, station)
    counter = counter_of(board, at)
    if board is None or counter is None:
        return NO_COUNTER
    if press.key is Key.PAUSE:
        return _toggle(press, counter, station)
    if counter.ticket is None:
        return LookHeld(at) if press.key is Key.HOLD else NO_TICKET
    move = MoveTicket(request_id=request_id, move=MOVES[press.key], counter=at, station=station)
    if press.key is Key.TRANSFER:
        pin = _to(board.counters, press.digits)
        if pin is None:
            return UNKNOWN_COUNTER if press.digits else NO_DIGITS
        move = move.model_copy(update={"pin": pin})
    if press.key is Key.HOLD:
        move = move.model_copy(update={"reason": hold_reason})
    return Post(at, f"/tickets/{counter.ticket.id}/moves", move)


def resuming(press: Pressed, tickets: Iterable[Ticket], last: str | None, station: str) -> Post | str:
    """What HOLD asks while nothing is open: of the ``tickets`` set aside at the counter the one keyed, else the one
    that this pad set aside last (``last``), else the only one. Between several the pad does not guess."""
    tickets = [one for one in tickets if not press.digits or _is_number(one.number, press.digits)]
    found = [one for one in tickets if one.id == last] or tickets
    if len(found) != 1:
        return SEVERAL_HELD if found else NO_TICKET
    move = MoveTicket(request_id=press.request_id, move="resume", counter=press.counter, station=station)
    return Post(press.counter, f"/tickets/{found[0].id}/moves", move)


def counter_of(board: Board | None, counter: str) -> Counter | None:
    """The counter as the board has it."""
    return next((one for one in board.counters if one.id == counter), None) if board else None


def _call(press: Pressed, station: str) -> Post | str:
    """Digits before NEXT mean that number too: who keyed 15 and presses the largest key does not want another."""
    if press.key is Key.CALL and not press.digits:
        return NO_DIGITS
    body = CallNext(request_id=press.request_id, station=station, number=press.digits or None)
    return Post(press.counter, f"/counters/{press.counter}/next", body)


def _toggle(press: Pressed, counter: Counter, station: str) -> Post | str:
    state = TOGGLED.get(counter.state)
    if state is None:
        return ProblemCode.COUNTER_CLOSED
    body = SetCounterState(request_id=press.request_id, state=state, station=station)
    return Post(press.counter, f"/counters/{press.counter}/state", body)


def _to(counters: Sequence[Counter], digits: str) -> str | None:
    """The id of the counter with that label; a pad has digits only, so 03 is 3."""
    if not digits:
        return None
    exact = [one.id for one in counters if one.label == digits]
    alike = [one.id for one in counters if one.label.isdecimal() and int(one.label) == int(digits)]
    return next(iter(exact or alike), None)


def _is_number(number: str, digits: str) -> bool:
    own = "".join(one for one in number if one.isdecimal())
    return bool(own) and int(own) == int(digits)
