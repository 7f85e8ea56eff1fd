"""What a key asks of the server, given what is open at its counter. Whether it may is the server's to say."""

from collections.abc import Mapping

from counter.events import Post, Pressed
from hardware.ports import Key
from server.wire.messages import (
    CallNext,
    Counter,
    CounterStateName,
    MoveTicket,
    ProblemCode,
    SetCounterState,
)

# The words of refusals that are made here, beside the server's code words; all are shown in the sign's lower line.
NO_SERVER = "no server"
NO_TICKET = "no ticket"
NO_COUNTER = "no counter"

MOVES: Mapping[Key, str] = {
    Key.RECALL: "recall",
    Key.START: "start",
    Key.FINISH: "finish",  # without an outcome: the server takes the service's default
    Key.NO_SHOW: "no_show",
    Key.HOLD: "hold",
}
TOGGLED: Mapping[CounterStateName, CounterStateName] = {
    CounterStateName.OPEN: CounterStateName.PAUSED,
    CounterStateName.PAUSED: CounterStateName.OPEN,
}


def meaning(press: Pressed, counter: Counter | None, station: str, hold_reason: str) -> Post | str:
    """What to ask, or the word of a refusal where there is nothing to ask for. A pad cannot say why a ticket is
    set aside, which the server wants to know: ``hold_reason`` is a sentence for that."""
    request_id, at = press.request_id, press.counter
    if press.key is Key.NEXT:
        return Post(at, f"/counters/{at}/next", CallNext(request_id=request_id, station=station))
    if counter is None:
        return NO_COUNTER
    if press.key is Key.PAUSE:
        state = TOGGLED.get(counter.state)
        if state is None:
            return ProblemCode.COUNTER_CLOSED
        body = SetCounterState(request_id=request_id, state=state, station=station)
        return Post(at, f"/counters/{at}/state", body)
    if counter.ticket is None:
        return NO_TICKET
    reason = hold_reason if press.key is Key.HOLD else None
    move = MoveTicket(request_id=request_id, move=MOVES[press.key], counter=at, station=station, reason=reason)
    return Post(at, f"/tickets/{counter.ticket.id}/moves", move)
