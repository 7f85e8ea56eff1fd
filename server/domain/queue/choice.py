"""The choice of the next ticket: first come, first served, with a head start.

A priority ticket counts as taken ``head_start`` earlier. The rule is one sort key, fixed at issue, so the order of
all waiting tickets can be explained, checked and replayed.

The argument ``waiting`` need not hold all waiting tickets: ``contenders`` suffice for a choice, and those of
``server.store.queries.tickets_to_explain`` for its explanation.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from server.domain.queue.numbering import is_number

MAX_NAMED = 20
"""An explanation names at most so many tickets of each kind, and notes whether there were more."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting ticket. ``key`` and times are queue time in ms; ``seq`` is the journal's sequence number of its issue.

    ``pin``: the only counter that may call it; None: any that serves it. ``pin_clerk``: the only clerk who may call it,
    at whichever counter; None: any. ``callable_from_ms``: put off until then; 0:
    not put off. ``behind_next``: put off by a clerk, and no other ticket of its service has been called since.
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
    pin_clerk: str | None = None

    @property
    def rank(self) -> tuple[int, int]:
        """The sort key of the rule; smaller is earlier."""
        return (self.key, self.seq)

    @property
    def is_restricted(self) -> bool:
        """True when a clerk pinned the ticket or put it off.

        Any other ticket can be called by each counter of its service, at any time, in the rule's order.
        """
        return self.is_pinned or self.callable_from_ms > 0 or self.behind_next

    @property
    def is_pinned(self) -> bool:
        """True when only one counter, or only one clerk, may call the ticket."""
        return self.pin is not None or self.pin_clerk is not None


@dataclass(frozen=True, slots=True)
class CallingCounter:
    """A counter as the rule needs it.

    ``serves``: the ids of the services that it may serve now. ``ready_since_ms``: since when it is ready, in queue
    time; None: it is not ready. ``clerk``: the id of the clerk who is there; None: nobody is signed in. ``also``: those
    of ``serves`` that its clerk serves beside the main ones, with their targets of waiting time in ms.
    """

    id: str
    serves: frozenset[str]
    ready_since_ms: int | None = None
    clerk: str | None = None
    also: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallReason:
    """The reason why a ticket was called, as staff can read it.

    ``passed``: numbers of tickets issued earlier that could have been called here instead; ``not_callable``: of those
    of the counter's services that could not; ``other_services``: of those of other services. Each names the first
    ``MAX_NAMED`` in order of issue, and ``more_…`` notes whether there were more. ``pinned``: only this counter, or
    only its clerk, may call it. ``tie``: another ticket has the same key. ``guard``: the rule would have called another
    ticket, so the call was out of order. The field names are stored in the journal (``TicketCalled.why``).
    """

    key: int
    issued_ms: int
    passed: tuple[str, ...]
    more_passed: bool
    other_services: tuple[str, ...]
    more_other_services: bool
    not_callable: tuple[str, ...]
    more_not_callable: bool
    pinned: bool
    tie: bool
    guard: bool
    also: str | None = None
    passed_also: tuple[str, ...] = ()


def sort_key_at(queue_ms: int, head_start_ms: int) -> int:
    """Return the sort key of a ticket that is issued, or returns, at ``queue_ms``."""
    return queue_ms - head_start_ms


def key_after_reclassification(key: int, old_head_start_ms: int, new_head_start_ms: int) -> int:
    """Return the key of a ticket after a change of its head start.

    An earlier change of the key, by a return or a deferral, is kept.
    """
    return key + old_head_start_ms - new_head_start_ms


def may_serve(ticket: Waiting, counter: CallingCounter) -> bool:
    """Return whether ``counter`` serves the service, and the ticket is pinned to nobody else."""
    pin_fits = ticket.pin is None or ticket.pin == counter.id
    clerk_fits = ticket.pin_clerk is None or ticket.pin_clerk == counter.clerk
    return ticket.service in counter.serves and pin_fits and clerk_fits


def is_callable(ticket: Waiting, counter: CallingCounter, queue_ms: int) -> bool:
    """Return whether ``counter`` may call ``ticket`` at queue time ``queue_ms``; other tickets do not matter."""
    return may_serve(ticket, counter) and ticket.callable_from_ms <= queue_ms


def callable_now(waiting: Iterable[Waiting], counter: CallingCounter, queue_ms: int) -> list[Waiting]:
    """Return the tickets that ``counter`` may call at queue time ``queue_ms``.

    A ticket that was put off lets the next ticket of its service go first. It can be called at once if no other ticket
    of that service can be called here.
    """
    callable_tickets = [ticket for ticket in waiting if is_callable(ticket, counter, queue_ms)]
    services_in_order = {ticket.service for ticket in callable_tickets if not ticket.behind_next}
    return [ticket for ticket in callable_tickets if not ticket.behind_next or ticket.service not in services_in_order]


def is_behind(ticket: Waiting, counter: CallingCounter, queue_ms: int) -> bool:
    """Return whether the tickets of the counter's main services go before ``ticket``.

    Its service is one that the clerk serves also, and it has not waited longer than the target. It has waited since it
    counts as taken, so of one service those behind are the last of the line. A pinned ticket goes behind none: it was
    sent to this counter.
    """
    target_ms = counter.also.get(ticket.service)
    return target_ms is not None and not ticket.is_pinned and queue_ms - ticket.key <= target_ms


def place(ticket: Waiting, counter: CallingCounter, queue_ms: int) -> tuple[bool, int, int]:
    """Return the place of a ticket in the line of one counter; smaller is earlier."""
    return (is_behind(ticket, counter, queue_ms), *ticket.rank)


def contenders(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Return the tickets that can be the next one of any counter.

    They are all restricted tickets, and of the others the first one of each service: a counter that may call
    a later one may call the first one too, and calls that first. So a choice from the contenders is the choice from all
    waiting tickets. This is the definition; a test compares the result of ``server.store.queries.contenders`` with it.
    """
    in_order = sorted(waiting, key=lambda ticket: ticket.rank)
    first_of_service: dict[str, Waiting] = {}
    for ticket in in_order:
        if not ticket.is_restricted:
            first_of_service.setdefault(ticket.service, ticket)
    return [ticket for ticket in in_order if ticket.is_restricted or ticket is first_of_service[ticket.service]]


def choose(waiting: Iterable[Waiting], counter: CallingCounter, queue_ms: int) -> Waiting | None:
    """Return the ticket that ``counter`` calls next; None when it may call none."""
    callable_tickets = callable_now(waiting, counter, queue_ms)
    return min(callable_tickets, key=lambda ticket: place(ticket, counter, queue_ms), default=None)


def choose_by_number(waiting: Iterable[Waiting], counter: CallingCounter, keyed: str, queue_ms: int) -> Waiting | None:
    """Return the ticket that ``counter`` calls when the number ``keyed`` was entered on its keypad.

    Of several matching tickets it is the first one by the rule; a ticket that was put off may be called too.
    """
    matching = [ticket for ticket in waiting if is_number(ticket.number, keyed) and may_serve(ticket, counter)]
    return choose(matching, counter, queue_ms) or min(matching, key=lambda ticket: ticket.rank, default=None)


def choose_counter(
    ready: Iterable[CallingCounter], waiting: Sequence[Waiting], queue_ms: int
) -> tuple[CallingCounter, Waiting] | None:
    """Return the next automatic call: a ready counter with its next ticket.

    The counter that has been ready longest goes first; one whose ticket is behind main services comes after those whose
    ticket is not. Equal readiness goes to the counter with fewer services, then by counter id, so that replays agree.
    """
    longest_ready_first = sorted(
        (counter for counter in ready if counter.ready_since_ms is not None),
        key=lambda counter: (counter.ready_since_ms or 0, len(counter.serves), counter.id),
    )
    calls = [(counter, choose(waiting, counter, queue_ms)) for counter in longest_ready_first]
    possible = [(counter, ticket) for counter, ticket in calls if ticket is not None]
    return min(possible, key=lambda call: is_behind(call[1], call[0], queue_ms), default=None)


def count_ahead_by_rule(ticket: Waiting, waiting: Iterable[Waiting], queue_ms: int) -> int:
    """Count the tickets ahead of ``ticket``: same service, callable at ``queue_ms``, smaller rank.

    A ticket that was put off is ahead only when a third ticket goes before both of them. This is the definition; a test
    compares the count of ``server.store.queries`` with it.
    """
    others = [other for other in waiting if other.service == ticket.service and other.id != ticket.id]
    others = [other for other in others if other.callable_from_ms <= queue_ms]
    put_off_before = sum(other.behind_next and other.rank < ticket.rank for other in others)
    in_order = [other for other in others if not other.behind_next]
    in_order_before = sum(other.rank < ticket.rank for other in in_order)
    return places_ahead(in_order_before, put_off_before, behind_next=ticket.behind_next, others_in_order=bool(in_order))


def count_ahead_of_each(waiting: Iterable[Waiting], queue_ms: int) -> dict[str, int]:
    """Count the tickets ahead of each ticket, by its id, as ``count_ahead_by_rule`` does for one.

    ``waiting`` must hold all waiting tickets of each service that it has a ticket of.
    """
    line = sorted(waiting, key=lambda ticket: ticket.rank)
    now_in_order = [ticket for ticket in line if ticket.callable_from_ms <= queue_ms and not ticket.behind_next]
    in_order = Counter(ticket.service for ticket in now_in_order)
    in_order_before, put_off_before, ahead = Counter[str](), Counter[str](), {}
    for ticket in line:
        service, is_callable_now = ticket.service, ticket.callable_from_ms <= queue_ms
        itself_in_order = is_callable_now and not ticket.behind_next
        ahead[ticket.id] = places_ahead(
            in_order_before[service],
            put_off_before[service],
            behind_next=ticket.behind_next,
            others_in_order=in_order[service] > itself_in_order,
        )
        if is_callable_now:
            (put_off_before if ticket.behind_next else in_order_before)[service] += 1
    return ahead


def places_ahead(in_order_before: int, put_off_before: int, *, behind_next: bool, others_in_order: bool) -> int:
    """Count the tickets that are called before a ticket.

    ``in_order_before``, ``put_off_before``: the tickets with a smaller rank, without and with having been put off.
    ``behind_next``: the ticket itself was put off; ``others_in_order``: at least one ticket of its service waits in
    order.
    """
    if behind_next:
        return max(in_order_before, 1 if others_in_order else 0) + put_off_before
    return in_order_before + (put_off_before if in_order_before else 0)


def overtaking(ticket: Waiting, waiting: Iterable[Waiting], places: int) -> list[Waiting]:
    """Return the tickets that overtake a deferred ``ticket``, in the rule's order.

    They are the next ``places`` tickets behind it in its service.
    """
    behind = (other for other in waiting if other.service == ticket.service and other.rank > ticket.rank)
    return sorted(behind, key=lambda other: other.rank)[:places]


def key_behind(ticket: Waiting, waiting: Iterable[Waiting], places: int) -> int:
    """Return the key that puts a deferred ``ticket`` behind the next ``places`` of its service.

    It is one above the key of the last of these tickets. If there is none, the key does not change.
    """
    behind = overtaking(ticket, waiting, places)
    return behind[-1].key + 1 if behind else ticket.key


def explain(chosen: Waiting, waiting: Iterable[Waiting], counter: CallingCounter, queue_ms: int) -> CallReason:
    """Return why ``chosen`` is called now, compared with the other waiting tickets.

    ``chosen`` may be among ``waiting``.
    """
    others = [ticket for ticket in waiting if ticket.id != chosen.id]
    callable_here = [other for other in callable_now([*others, chosen], counter, queue_ms) if other.id != chosen.id]
    callable_ids = {ticket.id for ticket in callable_here}
    behind = {ticket.number for ticket in callable_here if is_behind(ticket, counter, queue_ms)}
    earlier = [ticket for ticket in others if ticket.issued_ms < chosen.issued_ms]
    served_here = [ticket for ticket in earlier if ticket.service in counter.serves]
    passed = _first_numbers(ticket for ticket in served_here if ticket.id in callable_ids)
    not_callable = _first_numbers(ticket for ticket in served_here if ticket.id not in callable_ids)
    other_services = _first_numbers(ticket for ticket in earlier if ticket.service not in counter.serves)
    own_place = place(chosen, counter, queue_ms)
    best_place = min((place(ticket, counter, queue_ms) for ticket in callable_here), default=own_place)
    ties = (ticket for ticket in callable_here if ticket.key == chosen.key)
    return CallReason(
        key=chosen.key,
        issued_ms=chosen.issued_ms,
        passed=passed[:MAX_NAMED],
        more_passed=len(passed) > MAX_NAMED,
        other_services=other_services[:MAX_NAMED],
        more_other_services=len(other_services) > MAX_NAMED,
        not_callable=not_callable[:MAX_NAMED],
        more_not_callable=len(not_callable) > MAX_NAMED,
        pinned=chosen.is_pinned,
        tie=any(place(ticket, counter, queue_ms)[0] == own_place[0] for ticket in ties),
        guard=best_place < own_place,
        also=_also(chosen, counter, is_behind=own_place[0], is_alone=best_place[0]),
        passed_also=() if own_place[0] else tuple(number for number in passed[:MAX_NAMED] if number in behind),
    )


def _also(chosen: Waiting, counter: CallingCounter, *, is_behind: bool, is_alone: bool) -> str | None:
    """Return why a ticket of a further service of the clerk is called, as ``CallReason.also``.

    ``is_alone``: no ticket of a main service can be called. A call out of order has its own reason: None.
    """
    if chosen.service not in counter.also or chosen.is_pinned:
        return None
    if not is_behind:
        return "target"
    return "none" if is_alone else None


def _first_numbers(tickets: Iterable[Waiting]) -> tuple[str, ...]:
    """Return the first numbers in order of issue, one more than are named."""
    return tuple(ticket.number for ticket in sorted(tickets, key=lambda ticket: ticket.seq)[: MAX_NAMED + 1])
