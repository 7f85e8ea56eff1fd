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
    """A ticket that waits. ``key`` and times are queue time in ms; ``seq`` is the journal sequence of its issue.

    ``behind_next``: put off by a clerk, and no other ticket of its service has been called since.
    """

    id: str
    number: str
    seq: int
    service: str
    key: int
    issued_ms: int
    ticket_class: str
    pin: str | None = None
    callable_from_ms: int = 0
    behind_next: bool = False

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


def may_serve(ticket: Waiting, desk: Desk) -> bool:
    """Whether ``desk`` serves the ticket's service and no other counter has it reserved."""
    return ticket.service in desk.serves and (ticket.pin is None or ticket.pin == desk.counter)


def is_callable(ticket: Waiting, desk: Desk, queue_ms: int) -> bool:
    """Whether ``desk`` may call ``ticket`` at queue time ``queue_ms``, whoever else waits."""
    return may_serve(ticket, desk) and ticket.callable_from_ms <= queue_ms


def callable_now(waiting: Iterable[Waiting], desk: Desk, queue_ms: int) -> list[Waiting]:
    """The tickets that ``desk`` may call at queue time ``queue_ms``.

    A ticket that was put off lets the next ticket of its service go first. Where no other ticket of that service
    can be called here, it waits for nobody.
    """
    able = [ticket for ticket in waiting if is_callable(ticket, desk, queue_ms)]
    go_first = {ticket.service for ticket in able if not ticket.behind_next}
    return [ticket for ticket in able if not ticket.behind_next or ticket.service not in go_first]


def choose(waiting: Iterable[Waiting], desk: Desk, queue_ms: int, guard: Guard | None = None) -> Waiting | None:
    """The ticket that ``desk`` calls next, or None when nobody waits for it."""
    able = callable_now(waiting, desk, queue_ms)
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
    """How many wait ahead: same service, callable by then, smaller rank.

    One that was put off is ahead only when a third ticket goes before both of them.
    """
    others = [t for t in waiting if t.service == ticket.service and t.id != ticket.id]
    others = [t for t in others if t.callable_from_ms <= queue_ms]
    put_off = sum(1 for t in others if t.behind_next and t.rank < ticket.rank)
    in_order = [t for t in others if not t.behind_next]
    before = sum(1 for t in in_order if t.rank < ticket.rank)
    return places_ahead(before, put_off, behind_next=ticket.behind_next, somebody=bool(in_order))


def places_ahead(before: int, put_off: int, *, behind_next: bool, somebody: bool) -> int:
    """How many go first, of ``before`` in order and ``put_off`` with a smaller rank.

    ``behind_next`` is the ticket's own mark; ``somebody``: at least one ticket of its service waits in order.
    """
    if behind_next:
        return max(before, 1 if somebody else 0) + put_off
    return before + (put_off if before else 0)


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
    callable_here = [t for t in callable_now([*others, chosen], desk, queue_ms) if t.id != chosen.id]
    able_ids = {ticket.id for ticket in callable_here}
    able = [ticket for ticket in served_here if ticket.id in able_ids]
    best = min((ticket.rank for ticket in callable_here), default=None)
    return Why(
        key=chosen.key,
        issued_ms=chosen.issued_ms,
        passed=tuple(t.number for t in sorted(able, key=lambda t: t.seq)),
        other_services=tuple(t.number for t in earlier if t.service not in desk.serves),
        not_callable=tuple(t.number for t in served_here if t.id not in able_ids),
        pinned=chosen.pin is not None,
        tie=any(ticket.key == chosen.key for ticket in callable_here),
        guard=best is not None and best < chosen.rank,
    )
