"""The buttons of a clerk page: whether each works now, and why not."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.domain.queue.counter import CounterState
from server.domain.queue.ticket import TicketState
from server.store import Snapshot
from server.store.queries import CounterRow, TicketRow
from server.views.why_called import Sentence


@dataclass(frozen=True, slots=True)
class ClerkButton:
    """One button. ``allowed``: a press is sent to the server; otherwise the page disables the button.

    ``refusal``: why it does not work now, or which further input an allowed one needs; None without such a reason.
    ``wait_ms``: how long until a press has an effect; the server refuses an earlier one. 0: at once.
    """

    allowed: bool
    refusal: Sentence | None = None
    wait_ms: int = 0


ENABLED = ClerkButton(allowed=True)
DISABLED = ClerkButton(allowed=False)
_MOVES_WHEN_CALLED = ("recall", "start", "no_show", "requeue", "transfer", "cancel", "reclassify", "correct")
_MOVES_WHEN_SERVING = ("finish", "finish_next", "hold", "transfer", "correct")


def buttons(snapshot: Snapshot, row: CounterRow, current: TicketRow | None, wait_ms: int) -> Mapping[str, ClerkButton]:
    """Return the buttons by name.

    The names are the moves of a ticket, and next, open, pause, close, ready, unready. ``current``: the open ticket,
    None without one; ``wait_ms``: how long until it may be called again, or be marked absent.
    """
    must_open = Sentence("need_open", {})
    must_finish = None if current is None else Sentence("need_finish", {"number": current.number})
    is_open = row.state is CounterState.OPEN
    call_button = ClerkButton(must_finish is None and is_open, must_finish or (None if is_open else must_open))
    is_ready = row.ready_ms is not None
    return _ticket_buttons(snapshot, current, wait_ms) | {
        "next": call_button,
        "call_chosen": call_button,
        "open": ClerkButton(not is_open),
        "pause": ClerkButton(is_open),
        "close": ClerkButton(row.state is not CounterState.CLOSED and current is None, must_finish),
        "ready": ClerkButton(call_button.allowed and not is_ready and snapshot.office.rules.ready, call_button.refusal),
        "unready": ClerkButton(is_ready),
    }


def _ticket_buttons(snapshot: Snapshot, current: TicketRow | None, wait_ms: int) -> dict[str, ClerkButton]:
    """Return the buttons of the open ticket's moves; all disabled without one."""
    moves = dict.fromkeys((*_MOVES_WHEN_CALLED, *_MOVES_WHEN_SERVING), DISABLED)
    if current is None:
        return moves
    moves |= dict.fromkeys(_MOVES_WHEN_CALLED if current.state is TicketState.CALLED else _MOVES_WHEN_SERVING, ENABLED)
    if current.state is TicketState.CALLED:
        max_calls = snapshot.office.rules.calls
        moves["recall"] = moves["no_show"] = ClerkButton(allowed=True, wait_ms=wait_ms)
        if current.calls >= max_calls:
            too_many = Sentence("calls", {"n": current.calls, "max": max_calls})
            moves["recall"] = ClerkButton(allowed=False, refusal=too_many)
        else:
            too_few = Sentence("need_calls", {"n": max_calls})
            moves["no_show"] = ClerkButton(allowed=True, refusal=too_few, wait_ms=wait_ms)
    return moves
