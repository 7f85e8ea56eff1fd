"""The table of moves: from which states, to which state, and the required arguments.

A test walks every pair of state and move against a table of literals of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from server.domain.actor import Actor, forbidden
from server.domain.errors import Refusal, Refused
from server.domain.moves import Move
from server.domain.permissions import Role, may


class TicketState(StrEnum):
    """The states of a ticket."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    SERVED = "served"
    HELD = "held"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class MoveRequirement(StrEnum):
    """An argument that a move needs, or a condition on its counter."""

    COUNTER = "counter"
    COUNTER_OWN = "counter_own"  # the counter where the ticket is
    COUNTER_FREE = "counter_free"  # no ticket is called or served there
    OUTCOME = "outcome"
    REASON = "reason"
    SERVICE = "service"
    CLASS = "class"
    PROCEDURE = "procedure"


@dataclass(frozen=True, slots=True)
class MoveRule:
    """One row of the table: a move leads from one of ``sources`` to ``target``.

    ``needs``: what the request must contain, and conditions on its counter. ``sources`` is empty for ``issue``, which
    makes the ticket.
    """

    sources: frozenset[TicketState]
    target: TicketState
    needs: frozenset[MoveRequirement] = frozenset()


def _rule(sources: Iterable[TicketState], target: TicketState, needs: Iterable[MoveRequirement] = ()) -> MoveRule:
    return MoveRule(frozenset(sources), target, frozenset(needs))


_S, _N = TicketState, MoveRequirement  # short, so that each row of the table fits on a line

MOVES: Mapping[Move, MoveRule] = MappingProxyType(
    {
        Move.ISSUE: _rule((), _S.WAITING),
        Move.CALL: _rule([_S.WAITING], _S.CALLED, [_N.COUNTER, _N.COUNTER_FREE]),
        Move.CALL_CHOSEN: _rule([_S.WAITING], _S.CALLED, [_N.COUNTER, _N.COUNTER_FREE, _N.REASON]),
        Move.RECALL: _rule([_S.CALLED], _S.CALLED, [_N.COUNTER_OWN]),
        Move.START: _rule([_S.CALLED], _S.SERVING, [_N.COUNTER_OWN]),
        Move.FINISH: _rule([_S.SERVING], _S.SERVED, [_N.COUNTER_OWN, _N.OUTCOME]),
        Move.FINISH_NEXT: _rule([_S.SERVING], _S.WAITING, [_N.COUNTER_OWN, _N.OUTCOME, _N.SERVICE]),
        Move.NO_SHOW: _rule([_S.CALLED], _S.NO_SHOW, [_N.COUNTER_OWN]),
        Move.RETURN: _rule([_S.NO_SHOW], _S.WAITING),
        Move.REQUEUE: _rule([_S.CALLED], _S.WAITING, [_N.COUNTER_OWN]),
        Move.HOLD: _rule([_S.SERVING], _S.HELD, [_N.COUNTER_OWN, _N.REASON]),
        Move.RESUME: _rule([_S.HELD], _S.SERVING, [_N.COUNTER_OWN, _N.COUNTER_FREE]),
        Move.RELEASE: _rule([_S.HELD], _S.WAITING),
        Move.TRANSFER: _rule([_S.WAITING, _S.CALLED, _S.SERVING, _S.HELD], _S.WAITING, [_N.SERVICE]),
        Move.DEFER: _rule([_S.WAITING], _S.WAITING),
        Move.RECLASSIFY: _rule([_S.WAITING, _S.CALLED], _S.WAITING, [_N.REASON, _N.CLASS]),
        Move.CORRECT: _rule([_S.WAITING, _S.CALLED, _S.SERVING, _S.HELD], _S.WAITING, [_N.PROCEDURE]),
        Move.REOPEN: _rule([_S.SERVED], _S.SERVING, [_N.COUNTER_OWN, _N.COUNTER_FREE]),
        Move.REJOIN: _rule([_S.SERVED], _S.WAITING),
        Move.CANCEL: _rule([_S.WAITING, _S.CALLED, _S.HELD, _S.NO_SHOW], _S.CANCELLED, [_N.REASON]),
        Move.EXPIRE: _rule([_S.WAITING, _S.CALLED, _S.HELD], _S.EXPIRED),
    }
)
"""``RECLASSIFY`` and ``CORRECT`` leave the ticket where it is: see :func:`state_after`."""
_LEAVE_THE_STATE = frozenset({Move.RECLASSIFY, Move.CORRECT})


def state_after(move: Move, state: TicketState, *, comes_back: bool = False) -> TicketState:
    """Return the state to which a legal ``move`` leads from ``state``.

    ``comes_back``: the ticket was sent here by a counter that expects it back, so it waits again when it is finished.
    """
    if move in _LEAVE_THE_STATE:
        return state
    return TicketState.WAITING if comes_back and move is Move.FINISH else MOVES[move].target


def legal_moves(state: TicketState) -> tuple[Move, ...]:
    """Return the moves that the table allows from ``state``, in the table's order."""
    return tuple(move for move, rule in MOVES.items() if state in rule.sources)


@cache
def moves_for(role: Role, state: TicketState) -> tuple[Move, ...]:
    """Return the moves that ``role`` may make from ``state``, in the table's order."""
    return tuple(move for move in legal_moves(state) if may(role, move))


def move_named(word: str) -> Move:
    """Return the move of that name. Raises ``Refused(unknown_move)``.

    Every name of the table is accepted, also of moves that cannot be requested for a ticket, such as ``issue``.
    """
    try:
        return Move(word)
    except ValueError:
        raise Refused(Refusal.UNKNOWN_MOVE, values={"move": word}, allowed=tuple(move.value for move in Move)) from None


def legal_rule(move: Move, state: TicketState, actor: Actor, *, number: str) -> MoveRule:
    """Return the rule of a legal move that ``actor`` may make. ``number``: that of the ticket, for the sentence.

    Raises ``Refused``: ``not_allowed`` with the moves that are possible, or ``forbidden`` for the actor's roles.
    """
    rule = MOVES[move]
    if state not in rule.sources:
        possible = tuple(allowed.value for allowed in legal_moves(state) if actor.may(allowed))
        values = {"number": number, "state": state.value, "moves": ", ".join(possible)}
        raise Refused(Refusal.NOT_ALLOWED, values=values, allowed=possible)
    if not actor.may(move):
        raise forbidden(move)
    return rule
