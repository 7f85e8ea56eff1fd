"""Translate a key into a request to the server, which decides whether it is allowed."""

from collections.abc import Iterable, Mapping, Sequence

from counter.flow.effects import FetchHeldTickets, PostRequest
from counter.flow.events import KeyPressed
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

# Words for refusals of this station itself; those of the server are ``ProblemCode``. Signs show them in the lower line.
NO_SERVER = "no server"
NO_TICKET = "no ticket"
NO_COUNTER = "no counter"
NO_DIGITS = "no digits"
UNKNOWN_COUNTER = "unknown counter"
SEVERAL_HELD = "several held"

MOVES_BY_KEY: Mapping[Key, str] = {
    Key.RECALL: "recall",
    Key.START: "start",
    Key.FINISH: "finish",  # without an outcome: the server takes the service's default
    Key.NO_SHOW: "no_show",
    Key.HOLD: "hold",
    Key.TRANSFER: "transfer",  # without a service: the server takes the ticket's own, or the counter's first
}
TOGGLED_STATES: Mapping[CounterStateName, CounterStateName] = {
    CounterStateName.OPEN: CounterStateName.PAUSED,
    CounterStateName.PAUSED: CounterStateName.OPEN,
}
"""State of a counter -> its state after the key PAUSE."""


KEYS_WITHOUT_BOARD = (Key.NEXT, Key.CALL)
"""Keys that are sent without reading the board first: the server chooses the ticket."""


def request_of(
    press: KeyPressed, board: Board | None, station: str, hold_reason: str
) -> PostRequest | FetchHeldTickets | str:
    """Return the request of a key, or the word of a refusal.

    The server requires a reason to put a ticket on hold. A keypad cannot enter one, so ``hold_reason`` is sent.
    """
    if press.key in KEYS_WITHOUT_BOARD:
        return _call(press, station)
    counter = counter_of(board, press.counter)
    if board is None or counter is None:
        return NO_COUNTER
    if press.key is Key.PAUSE:
        return _toggle_pause(press, counter, station)
    if counter.ticket is None:
        return FetchHeldTickets(press.counter) if press.key is Key.HOLD else NO_TICKET
    move = MoveTicket(request_id=press.request_id, move=MOVES_BY_KEY[press.key], counter=press.counter, station=station)
    if press.key is Key.TRANSFER:
        pin = _counter_id(board.counters, press.digits)  # the only counter that may call the ticket
        if pin is None:
            return UNKNOWN_COUNTER if press.digits else NO_DIGITS
        move = move.model_copy(update={"pin": pin})
    if press.key is Key.HOLD:
        move = move.model_copy(update={"reason": hold_reason})
    return PostRequest(press.counter, f"/tickets/{counter.ticket.id}/moves", move)


def resume_request(
    press: KeyPressed, tickets: Iterable[Ticket], last_held: str | None, station: str
) -> PostRequest | str:
    """Return the request of HOLD while no ticket is open: resume a held ticket.

    That is the ticket whose number was keyed, else the one that this keypad put on hold last, else the only
    one. Among several the keypad does not guess.
    """
    candidates = [ticket for ticket in tickets if not press.digits or _matches_number(ticket.number, press.digits)]
    candidates = [ticket for ticket in candidates if ticket.id == last_held] or candidates
    if len(candidates) != 1:
        return SEVERAL_HELD if candidates else NO_TICKET
    move = MoveTicket(request_id=press.request_id, move="resume", counter=press.counter, station=station)
    return PostRequest(press.counter, f"/tickets/{candidates[0].id}/moves", move)


def counter_of(board: Board | None, counter_id: str) -> Counter | None:
    """Return the counter as the board has it."""
    if board is None:
        return None
    return next((counter for counter in board.counters if counter.id == counter_id), None)


def _call(press: KeyPressed, station: str) -> PostRequest | str:
    """Call the keyed number, also with the key NEXT, else the next ticket.

    A clerk who keys 15 and presses the largest key (NEXT) wants number 15.
    """
    if press.key is Key.CALL and not press.digits:
        return NO_DIGITS
    body = CallNext(request_id=press.request_id, station=station, number=press.digits or None)
    return PostRequest(press.counter, f"/counters/{press.counter}/next", body)


def _toggle_pause(press: KeyPressed, counter: Counter, station: str) -> PostRequest | str:
    state = TOGGLED_STATES.get(counter.state)
    if state is None:
        return ProblemCode.COUNTER_CLOSED
    body = SetCounterState(request_id=press.request_id, state=state, station=station)
    return PostRequest(press.counter, f"/counters/{press.counter}/state", body)


def _counter_id(counters: Sequence[Counter], digits: str) -> str | None:
    """Return the id of the counter with the keyed label. A keypad has only digits, so 03 also means 3."""
    if not digits:
        return None
    exact = [counter.id for counter in counters if counter.label == digits]
    same_value = [counter.id for counter in counters if counter.label.isdecimal() and int(counter.label) == int(digits)]
    return next(iter(exact or same_value), None)


def _matches_number(number: str, digits: str) -> bool:
    number_digits = "".join(character for character in number if character.isdecimal())
    return bool(number_digits) and int(number_digits) == int(digits)
