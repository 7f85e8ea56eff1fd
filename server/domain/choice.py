"""Who is next: first come, first served; a priority ticket counts as taken ``head_start`` earlier.

The rule is one sort key, fixed at issue, so the order of all who wait can be told, checked and replayed.
The forecast runs this same code.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ALWAYS_FIRST = None
"""Head start of a class that always goes first (infinite); needs the :class:`Guard`."""

_INFINITE_MS = 10**14


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket that waits. ``key`` and times are queue time in ms; ``seq`` is the journal sequence of its issue."""

    id: str
    number: str
    seq: int
    service: str
    key: int
    issued_ms: int
    ticket_class: str
    pin: str | None = None
    callable_from_ms: int = 0

    @property
    def rank(self) -> tuple[int, int]:
        """Smaller is earlier."""
        return (self.key, self.seq)


@dataclass(frozen=True, slots=True)
class Desk:
    """A counter as the rule sees it: what it may serve, and since when it has been ready (queue time in ms)."""

    counter: str
    serves: frozenset[str]
    ready_since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """With a class that always goes first: after ``after_calls`` priority calls in a row one ordinary ticket
    that has waited over ``target_ms`` is called. ``in_a_row`` counts this counter's latest calls."""

    in_a_row: int
    after_calls: int
    target_ms: int


@dataclass(frozen=True, slots=True)
class Why:
    """The answer to "why was I called now": whom the chosen ticket passed and who was earlier but not callable here."""

    key: int
    issued_ms: int
    passed: tuple[str, ...]
    other_services: tuple[str, ...]
    not_callable: tuple[str, ...]
    pinned: bool
    tie: bool
    guard: bool = False


def key_at(issued_ms: int, head_start_ms: int | None) -> int:
    """The sort key of a ticket issued at ``issued_ms`` of queue time; ``None`` = always first."""
    return issued_ms - (_INFINITE_MS if head_start_ms is None else head_start_ms)


def is_callable(ticket: Waiting, desk: Desk, queue_ms: int) -> bool:
    """Whether ``desk`` may call ``ticket`` at queue time ``queue_ms``."""
    return (
        ticket.service in desk.serves
        and ticket.callable_from_ms <= queue_ms
        and (ticket.pin is None or ticket.pin == desk.counter)
    )


def choose(waiting: Iterable[Waiting], desk: Desk, queue_ms: int, guard: Guard | None = None) -> Waiting | None:
    """The ticket that ``desk`` calls next, or None when nobody waits for it."""
    able = [ticket for ticket in waiting if is_callable(ticket, desk, queue_ms)]
    if guard is not None and (overdue := _overdue(able, queue_ms, guard)) is not None:
        return overdue
    return min(able, key=lambda ticket: ticket.rank, default=None)


def _overdue(able: Sequence[Waiting], queue_ms: int, guard: Guard) -> Waiting | None:
    if guard.in_a_row < guard.after_calls:
        return None
    late = [t for t in able if t.ticket_class == "ordinary" and queue_ms - t.issued_ms > guard.target_ms]
    return min(late, key=lambda ticket: ticket.rank, default=None)


def choose_desk(
    ready: Iterable[Desk],
    waiting: Sequence[Waiting],
    queue_ms: int,
    guards: Mapping[str, Guard] | None = None,
) -> tuple[Desk, Waiting] | None:
    """The next automatic call: the longest-ready desk that can serve anyone, with its next ticket.

    Equal readiness goes to the desk with fewer services, then by counter id, so that replays agree.
    """
    order = sorted(
        (desk for desk in ready if desk.ready_since_ms is not None),
        key=lambda desk: (desk.ready_since_ms or 0, len(desk.serves), desk.counter),
    )
    for desk in order:
        ticket = choose(waiting, desk, queue_ms, (guards or {}).get(desk.counter))
        if ticket is not None:
            return desk, ticket
    return None


def ahead_of(ticket: Waiting, waiting: Iterable[Waiting], queue_ms: int) -> int:
    """How many wait ahead: same service, callable by then, smaller rank."""
    return sum(
        1
        for other in waiting
        if other.service == ticket.service
        and other.id != ticket.id
        and other.callable_from_ms <= queue_ms
        and other.rank < ticket.rank
    )


def passing(ticket: Waiting, waiting: Iterable[Waiting], places: int) -> list[Waiting]:
    """Who goes first when ``ticket`` is deferred: the next ``places`` behind it in its service, in their order."""
    behind = (t for t in waiting if t.service == ticket.service and t.rank > ticket.rank)
    return sorted(behind, key=lambda t: t.rank)[:places]


def key_behind(ticket: Waiting, waiting: Iterable[Waiting], places: int) -> int:
    """The key that puts ``ticket`` just behind the ``places``-th ticket after it in its service (defer).

    Just above that one's key; with fewer behind it, behind the last; with none, its key stays.
    """
    behind = passing(ticket, waiting, places)
    return behind[-1].key + 1 if behind else ticket.key


def explain(chosen: Waiting, waiting: Iterable[Waiting], desk: Desk, queue_ms: int) -> Why:
    """Why ``chosen`` came now, judged against everyone waiting at that moment (``chosen`` may be among them)."""
    others = [ticket for ticket in waiting if ticket.id != chosen.id]
    earlier = [ticket for ticket in others if ticket.issued_ms < chosen.issued_ms]
    served_here = [ticket for ticket in earlier if ticket.service in desk.serves]
    able = [ticket for ticket in served_here if is_callable(ticket, desk, queue_ms)]
    able_ids = {ticket.id for ticket in able}
    best = min((t.rank for t in others if is_callable(t, desk, queue_ms)), default=None)
    return Why(
        key=chosen.key,
        issued_ms=chosen.issued_ms,
        passed=tuple(t.number for t in sorted(able, key=lambda t: t.seq)),
        other_services=tuple(t.number for t in earlier if t.service not in desk.serves),
        not_callable=tuple(t.number for t in served_here if t.id not in able_ids),
        pinned=chosen.pin is not None,
        tie=any(t.key == chosen.key for t in others if is_callable(t, desk, queue_ms)),
        guard=best is not None and best < chosen.rank,
    )
