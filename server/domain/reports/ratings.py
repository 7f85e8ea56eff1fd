"""How visitors rated the service on a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.domain.queue.ticket import TicketState
from server.domain.rating import SatisfactionLevel
from server.domain.reports.measured import MeasuredTicket, grouped
from server.domain.reports.measures import Share

SATISFIED = frozenset({SatisfactionLevel.VERY_SATISFIED.value, SatisfactionLevel.SATISFIED.value})


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """``satisfied``: good ratings of all ratings; ``rated``: rated tickets of all served ones."""

    satisfied: Share
    rated: Share


@dataclass(frozen=True, slots=True)
class Ratings:
    """The ratings of the day.

    In all, by the service at issue, and by the counter that served last. Groups without a rating are missing.
    """

    day_totals: Satisfaction
    services: Mapping[str, Satisfaction]
    counters: Mapping[str, Satisfaction]


def ratings(rows: Sequence[MeasuredTicket]) -> Ratings:
    """Return how the visitors of these tickets rated the service."""
    served = [row for row in rows if row.state is TicketState.SERVED]
    services, counters = grouped(served, lambda row: row.service), grouped(served, lambda row: row.last_counter or "")
    return Ratings(
        day_totals=_satisfaction(served),
        services={name: _satisfaction(group) for name, group in services.items() if _is_rated(group)},
        counters={name: _satisfaction(group) for name, group in counters.items() if _is_rated(group)},
    )


def _satisfaction(served: Sequence[MeasuredTicket]) -> Satisfaction:
    levels = [row.rating for row in served if row.rating is not None]
    return Satisfaction(
        Share(sum(level in SATISFIED for level in levels), len(levels)), Share(len(levels), len(served))
    )


def _is_rated(group: Iterable[MeasuredTicket]) -> bool:
    return any(row.rating is not None for row in group)
