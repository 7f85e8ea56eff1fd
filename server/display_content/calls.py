"""Helper functions for the calls on a board."""

from server.wire.messages import Board, Call, from_time

RECENT_MS = 60_000  # an older call that was missed is shown but not spoken
CALL_KINDS = ("call", "recall", "last")
"""The kinds of announcement that call a number to a counter. ``last``: the last call that the rule allows."""


def oldest_first(board: Board) -> tuple[Call, ...]:
    """Return the board's calls, oldest first.

    The board has the newest first. That order also holds for calls of the same millisecond.
    """
    reversed_calls = board.calls[::-1]
    return tuple(sorted(reversed_calls, key=lambda call: call.at))


def still_called(board: Board, call: Call) -> bool:
    """Return whether the ticket is still called at that counter.

    True for announcements without a number.
    """
    return call.kind not in CALL_KINDS or _is_at_counter(board, call, "called")


def is_served(board: Board, call: Call) -> bool:
    """Return whether the called visitor is already being served."""
    return _is_at_counter(board, call, "serving")


def is_recent(board: Board, call: Call) -> bool:
    """Return whether a call is at most ``RECENT_MS`` older than the board.

    Both times are of the server's clock.
    """
    return from_time(board.at) - from_time(call.at) <= RECENT_MS


def same_call(call: Call, other: Call) -> bool:
    """Return whether both call the same number to the same counter."""
    both_call = call.kind in CALL_KINDS and other.kind in CALL_KINDS
    return both_call and (call.number, call.counter) == (other.number, other.counter)


def _is_at_counter(board: Board, call: Call, state: str) -> bool:
    return any(
        counter.id == call.counter and counter.ticket.number == call.number and counter.ticket.state == state
        for counter in board.counters
        if counter.ticket is not None
    )
