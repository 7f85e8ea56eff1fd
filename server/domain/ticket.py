"""The move table: which move leads from which states to which, who may make it and what it asks for.

One table; a test walks every pair of state and move against a table of literals of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from server.domain.errors import Refusal, Refused


class State(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    SERVED = "served"
    HELD = "held"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Role(StrEnum):
    """Who acts. ``STATION`` is a kiosk, a keypad or a scanner speaking for whoever uses it."""

    VISITOR = "visitor"
    STATION = "station"
    CLERK = "clerk"
    MANAGER = "manager"
    SYSTEM = "system"


class Move(StrEnum):
    ISSUE = "issue"
    CALL = "call"
    CALL_CHOSEN = "call_chosen"
    RECALL = "recall"
    START = "start"
    FINISH = "finish"
    FINISH_NEXT = "finish_next"
    NO_SHOW = "no_show"
    RETURN = "return"
    REQUEUE = "requeue"
    HOLD = "hold"
    RESUME = "resume"
    RELEASE = "release"
    TRANSFER = "transfer"
    DEFER = "defer"
    RECLASSIFY = "reclassify"
    REOPEN = "reopen"
    CANCEL = "cancel"
    EXPIRE = "expire"


class Needs(StrEnum):
    """What a move asks its caller for; ``COUNTER_OWN`` = it must be the ticket's own counter."""

    COUNTER = "counter"
    COUNTER_OWN = "counter_own"
    COUNTER_FREE = "counter_free"
    OUTCOME = "outcome"
    REASON = "reason"
    SERVICE = "service"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table. ``issue`` has no state to come from."""

    sources: frozenset[State]
    target: State
    who: frozenset[Role]
    needs: frozenset[Needs] = frozenset()


def _rule(sources: Iterable[State], target: State, who: Iterable[Role], needs: Iterable[Needs] = ()) -> Rule:
    return Rule(frozenset(sources), target, frozenset(who), frozenset(needs))


_S, _R, _N = State, Role, Needs
_AT_COUNTER = (_R.CLERK, _R.STATION)
_STAFF = (_R.CLERK, _R.MANAGER)

MOVES: Mapping[Move, Rule] = MappingProxyType(
    {
        Move.ISSUE: _rule((), _S.WAITING, (_R.STATION, *_STAFF)),
        Move.CALL: _rule([_S.WAITING], _S.CALLED, (*_AT_COUNTER, _R.SYSTEM), [_N.COUNTER, _N.COUNTER_FREE]),
        Move.CALL_CHOSEN: _rule([_S.WAITING], _S.CALLED, _AT_COUNTER, [_N.COUNTER, _N.COUNTER_FREE, _N.REASON]),
        Move.RECALL: _rule([_S.CALLED], _S.CALLED, _AT_COUNTER, [_N.COUNTER_OWN]),
        Move.START: _rule([_S.CALLED], _S.SERVING, _AT_COUNTER, [_N.COUNTER_OWN]),
        Move.FINISH: _rule([_S.SERVING], _S.SERVED, (*_AT_COUNTER, _R.SYSTEM), [_N.COUNTER_OWN, _N.OUTCOME]),
        Move.FINISH_NEXT: _rule([_S.SERVING], _S.WAITING, _AT_COUNTER, [_N.COUNTER_OWN, _N.OUTCOME, _N.SERVICE]),
        Move.NO_SHOW: _rule([_S.CALLED], _S.NO_SHOW, _AT_COUNTER, [_N.COUNTER_OWN]),
        Move.RETURN: _rule([_S.NO_SHOW], _S.WAITING, (*_STAFF, _R.STATION)),
        Move.REQUEUE: _rule([_S.CALLED], _S.WAITING, (*_AT_COUNTER, _R.SYSTEM), [_N.COUNTER_OWN]),
        Move.HOLD: _rule([_S.SERVING], _S.HELD, _AT_COUNTER, [_N.COUNTER_OWN, _N.REASON]),
        Move.RESUME: _rule([_S.HELD], _S.SERVING, _AT_COUNTER, [_N.COUNTER_OWN, _N.COUNTER_FREE]),
        Move.RELEASE: _rule([_S.HELD], _S.WAITING, (*_AT_COUNTER, _R.SYSTEM)),
        Move.TRANSFER: _rule([_S.WAITING, _S.CALLED, _S.SERVING, _S.HELD], _S.WAITING, _AT_COUNTER, [_N.SERVICE]),
        Move.DEFER: _rule([_S.WAITING], _S.WAITING, (_R.VISITOR, *_STAFF)),
        Move.RECLASSIFY: _rule([_S.WAITING, _S.CALLED], _S.WAITING, _STAFF, [_N.REASON, _N.CLASS]),
        Move.REOPEN: _rule([_S.SERVED], _S.SERVING, _AT_COUNTER, [_N.COUNTER_OWN, _N.COUNTER_FREE]),
        Move.CANCEL: _rule(
            [_S.WAITING, _S.CALLED, _S.HELD, _S.NO_SHOW], _S.CANCELLED, (_R.VISITOR, *_STAFF), [_N.REASON]
        ),
        Move.EXPIRE: _rule([_S.WAITING, _S.CALLED, _S.HELD], _S.EXPIRED, (_R.SYSTEM,)),
    }
)
"""``RECLASSIFY`` of a called ticket leaves it called: see :func:`after`."""


def after(move: Move, state: State) -> State:
    """The state a legal ``move`` leads to from ``state``."""
    if move is Move.RECLASSIFY:
        return state
    return MOVES[move].target


def legal(state: State) -> tuple[Move, ...]:
    """The moves that the table allows from ``state``, in the table's order."""
    return tuple(move for move, rule in MOVES.items() if state in rule.sources)


def move_named(word: str) -> Move:
    """The move of that name. Raises ``Refused(unknown_move)``; issuing and calling in order are not asked for
    by name on a ticket, but they are known words."""
    try:
        return Move(word)
    except ValueError:
        raise Refused(Refusal.UNKNOWN_MOVE, values={"move": word}, allowed=tuple(m.value for m in Move)) from None


def check(move: Move, state: State, role: Role, *, number: str) -> Rule:
    """The rule of a legal move by somebody who may make it.

    Raises ``Refused``: ``not_allowed`` with the moves that are possible, or ``forbidden`` for the role.
    """
    rule = MOVES[move]
    if state not in rule.sources:
        possible = tuple(m.value for m in legal(state) if role in MOVES[m].who)
        values = {"number": number, "state": state.value, "moves": ", ".join(possible)}
        raise Refused(Refusal.NOT_ALLOWED, values=values, allowed=possible)
    if role not in rule.who:
        raise Refused(Refusal.FORBIDDEN, values={"move": move.value})
    return rule
