"""The report of one day: its figures and the self-check of its waiting times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.domain.reports.day_figures import DayFigures, day_figures
from server.domain.reports.littles_law import LittlesLawCheck, littles_law_check
from server.domain.reports.measured import MeasuredTicket
from server.domain.reports.measures import NO_OWN_TARGETS
from server.domain.reports.queue_times import QueueSamples


@dataclass(frozen=True, slots=True)
class DayReport:
    """The report of one day. ``littles_law`` is None for a day without tickets."""

    date: str
    figures: DayFigures
    littles_law: LittlesLawCheck | None


def compute_day_report(
    date: str,
    rows: Sequence[MeasuredTicket],
    samples: QueueSamples,
    *,
    target_min: int,
    counter_open_ms: Mapping[str, int],
    service_targets: Mapping[str, int] = NO_OWN_TARGETS,
) -> DayReport:
    """Return the report of a day.

    ``counter_open_ms``: how long each counter was open, without pauses. ``service_targets``: own targets of services.
    """
    figures = day_figures(rows, target_min=target_min, counter_open_ms=counter_open_ms, service_targets=service_targets)
    check = littles_law_check(rows, samples.counts, from_ms=samples.from_ms, to_ms=samples.to_ms)
    return DayReport(date, figures, check)
