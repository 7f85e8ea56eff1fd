"""The measures of a group of tickets: shares, statistics of durations, and figures.

The pages print each definition beside its figure. No value is rounded here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from types import MappingProxyType

from server.domain.calendar import MINUTE_MS
from server.domain.queue.ticket import TicketState
from server.domain.reports.measured import LEFT_STATES, UNRECORDED, MeasuredTicket, without_none

NO_OWN_TARGETS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Share:
    """``part`` of ``total``; pages never show a percentage without both."""

    part: int
    total: int

    @property
    def percent(self) -> float | None:
        """The percentage; None if ``total`` is 0."""
        return None if self.total == 0 else 100 * self.part / self.total


@dataclass(frozen=True, slots=True)
class DurationStatistics:
    """Statistics of ``n`` durations in ms; ``p90_ms`` is the nearest-rank 90th percentile."""

    n: int
    mean_ms: float
    median_ms: float
    p90_ms: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The measures of one group of tickets; ``issued``, ``served`` and ``open`` are counts.

    ``wait``: from issue to the first call; ``call_to_start``: from a call to the start of service; None: no ticket was
    measured. ``within_target``: tickets called within the target, of all that were called, left after the target, or
    wait longer than it. ``overdue``: tickets that still wait, for longer than the target. ``left``: tickets whose
    visitors left without service, ``no_show`` those of them who did not come to the call. ``service``: the service
    times of the served tickets; ``transferred``: tickets that were transferred at least once. ``unrecorded``: services
    that the close of the day ended.
    """

    issued: int
    served: int
    open: int
    wait: DurationStatistics | None
    within_target: Share
    overdue: int
    left: Share
    no_show: Share
    call_to_start: DurationStatistics | None
    service: DurationStatistics | None
    transferred: Share
    unrecorded: int


def figures(
    rows: Sequence[MeasuredTicket], *, target_min: int, service_targets: Mapping[str, int] = NO_OWN_TARGETS
) -> Figures:
    """Return the measures of these tickets, which are neither practice nor void.

    ``service_targets``: the targets of services that have their own; the ticket's service at its issue counts.
    """

    def target_ms(row: MeasuredTicket) -> int:
        return service_targets.get(row.service, target_min) * MINUTE_MS

    served = [row for row in rows if row.state is TicketState.SERVED]
    left = [row for row in rows if row.state in LEFT_STATES]
    called = [row for row in rows if row.first_called_ms is not None and row.state not in LEFT_STATES]
    in_time = [row.wait_ms <= target_ms(row) for row in called if row.wait_ms is not None]
    left_late = sum(row.wait_ms is not None and row.wait_ms > target_ms(row) for row in left)
    overdue = sum(row.uncalled_ms is not None and row.uncalled_ms > target_ms(row) for row in rows)
    legs = [leg for row in rows for leg in row.legs]
    return Figures(
        issued=len(rows),
        served=len(served),
        open=len(rows) - len(served) - len(left),
        wait=duration_statistics(without_none(row.wait_ms for row in served)),
        within_target=Share(sum(in_time), len(in_time) + left_late + overdue),
        overdue=overdue,
        left=Share(len(left), len(rows)),
        no_show=Share(sum(row.state is TicketState.NO_SHOW for row in left), len(rows)),
        call_to_start=duration_statistics(without_none(leg.call_to_start_ms for leg in legs)),
        service=duration_statistics(without_none(row.service_ms for row in served)),
        transferred=Share(sum(row.transfers > 0 for row in rows), len(rows)),
        unrecorded=sum(leg.outcome == UNRECORDED for leg in legs),
    )


def duration_statistics(durations_ms: Iterable[int]) -> DurationStatistics | None:
    """Return mean, median and p90 of durations; None if there are none.

    The median of an even number is the mean of the two in the middle; p90 is by nearest rank, the ⌈0.9 n⌉-th smallest.
    """
    ordered = sorted(durations_ms)
    if not ordered:
        return None
    rank = -(-9 * len(ordered) // 10)
    return DurationStatistics(len(ordered), fmean(ordered), float(median(ordered)), ordered[rank - 1])
