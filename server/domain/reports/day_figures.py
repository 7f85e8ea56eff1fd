"""The figures of a day: in all, and by service, counter, hour and procedure."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.domain.calendar import MINUTE_MS
from server.domain.queue.ticket import TicketState
from server.domain.reports.measured import Key, MeasuredTicket, grouped
from server.domain.reports.measures import (
    NO_OWN_TARGETS,
    DurationStatistics,
    Figures,
    Share,
    duration_statistics,
    figures,
)
from server.domain.reports.ratings import Ratings, ratings

WAIT_CLASS_EDGES_MIN = (0, 5, 10, 15, 20, 25, 30, 35, 40, 50)
"""The limits between the classes of waiting times, in minutes."""
HALF_HOUR_MIN = 30  # minutes

WaitClass = tuple[int, int | None, int]
"""(from minutes, to minutes, count): waits longer than the first and at most the second.

The first class includes waits of 0, the last has no upper limit (None).
"""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """All figures of the day's page. The mappings are in the order of their keys.

    ``target_min``: the target in minutes. ``services`` are those at issue; ``counters`` those that called a ticket
    first. ``hours`` is by the hour of issue; ``procedures`` are the service times by (service, procedure);
    ``occupancy`` is, by counter, the service time in its open time. ``issued_by_half_hour`` is by the minute of the day
    at which the half-hour begins. ``practice``, ``void``: tickets issued for training, and declared void; no other
    figure counts them.
    """

    target_min: int
    day_totals: Figures
    services: Mapping[str, Figures]
    counters: Mapping[str, Figures]
    hours: Mapping[int, Figures]
    procedures: Mapping[tuple[str, str | None], DurationStatistics]
    occupancy: Mapping[str, Share]
    issued_by_half_hour: Mapping[int, int]
    wait_classes: Sequence[WaitClass]
    ratings: Ratings
    practice: int
    void: int


def day_figures(
    rows: Iterable[MeasuredTicket],
    *,
    target_min: int,
    counter_open_ms: Mapping[str, int],
    service_targets: Mapping[str, int] = NO_OWN_TARGETS,
) -> DayFigures:
    """Return the figures of one day.

    ``counter_open_ms``: how long each counter was open, without pauses. ``service_targets``: own targets of services.
    """

    def measured(group: Sequence[MeasuredTicket]) -> Figures:
        return figures(group, target_min=target_min, service_targets=service_targets)

    all_rows = tuple(rows)
    rows = tuple(row for row in all_rows if not row.practice and not row.void)
    return DayFigures(
        target_min=target_min,
        day_totals=measured(rows),
        services=_figures_by(rows, lambda row: row.service, measured),
        counters=_figures_by([row for row in rows if row.first_counter], lambda row: row.first_counter or "", measured),
        hours=_figures_by(rows, lambda row: row.minute // 60, measured),
        procedures=_service_times_by_procedure(rows),
        occupancy=_occupancy(rows, counter_open_ms),
        issued_by_half_hour=_count_by_half_hour(rows),
        wait_classes=_wait_classes(rows),
        ratings=ratings(rows),
        practice=sum(row.practice for row in all_rows),
        void=sum(row.void and not row.practice for row in all_rows),
    )


def _figures_by(
    rows: Sequence[MeasuredTicket],
    key: Callable[[MeasuredTicket], Key],
    measured: Callable[[Sequence[MeasuredTicket]], Figures],
) -> dict[Key, Figures]:
    return {name: measured(group) for name, group in grouped(rows, key).items()}


def _service_times_by_procedure(rows: Iterable[MeasuredTicket]) -> dict[tuple[str, str | None], DurationStatistics]:
    durations_ms: dict[tuple[str, str | None], list[int]] = {}
    for leg in (leg for row in rows for leg in row.legs):
        if leg.service_ms is not None:
            durations_ms.setdefault((leg.service, leg.procedure), []).append(leg.service_ms)
    keys = sorted(durations_ms, key=lambda key: (key[0], key[1] or ""))
    statistics = {key: duration_statistics(durations_ms[key]) for key in keys}
    return {key: figure for key, figure in statistics.items() if figure is not None}


def _occupancy(rows: Iterable[MeasuredTicket], counter_open_ms: Mapping[str, int]) -> dict[str, Share]:
    """Return how much of each counter's open time was service time, in ms.

    Service during a pause does not count.
    """
    service_ms: dict[str, int] = {}
    for leg in (leg for row in rows for leg in row.legs):
        if leg.counter is not None and leg.service_ms is not None:
            service_ms[leg.counter] = service_ms.get(leg.counter, 0) + leg.service_ms
    return {
        counter: Share(min(service_ms.get(counter, 0), counter_open_ms[counter]), counter_open_ms[counter])
        for counter in sorted(counter_open_ms)
        if counter_open_ms[counter] > 0
    }


def _count_by_half_hour(rows: Iterable[MeasuredTicket]) -> dict[int, int]:
    """Count the tickets by half-hour of issue, named by the minute of its start.

    Empty half-hours between the first and the last are there too.
    """
    counts: dict[int, int] = {}
    for row in rows:
        start_min = row.minute // HALF_HOUR_MIN * HALF_HOUR_MIN
        counts[start_min] = counts.get(start_min, 0) + 1
    if not counts:
        return {}
    starts_min = range(min(counts), max(counts) + HALF_HOUR_MIN, HALF_HOUR_MIN)
    return {start_min: counts.get(start_min, 0) for start_min in starts_min}


def _wait_classes(rows: Iterable[MeasuredTicket]) -> list[WaitClass]:
    """Count the waits of the served tickets in each class."""
    waits_ms = [row.wait_ms for row in rows if row.state is TicketState.SERVED and row.wait_ms is not None]
    edges: list[int | None] = [*WAIT_CLASS_EDGES_MIN, None]
    classes = []
    for low_min, high_min in zip(WAIT_CLASS_EDGES_MIN, edges[1:], strict=True):
        longer_than_ms = -1 if low_min == 0 else low_min * MINUTE_MS
        at_most_ms = math.inf if high_min is None else high_min * MINUTE_MS
        classes.append((low_min, high_min, sum(longer_than_ms < wait_ms <= at_most_ms for wait_ms in waits_ms)))
    return classes
