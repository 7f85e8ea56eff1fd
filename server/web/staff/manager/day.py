"""Template variables of a day's page: its figures with names for ids, charts and tables."""

from collections.abc import Mapping

from server.domain.office import OfficeDefinition
from server.domain.reports.day_figures import DayFigures
from server.domain.reports.day_report import DayReport
from server.domain.reports.measures import DurationStatistics
from server.domain.reports.ratings import Satisfaction
from server.web.shared.formatting import Formatter
from server.web.staff.manager.chart import Column, bar_chart


def page_values(report: DayReport, office: OfficeDefinition, formatter: Formatter) -> Mapping[str, object]:
    """Return the template variables of a day's report.

    ``services``, ``counters`` and ``hours`` are rows of (name, letter or None, figures).
    """
    day = report.figures
    return {
        **_charts(day, formatter),
        "services": _services(day, office, formatter),
        "counters": _counters(day, office, formatter),
        "hours": [(f"{hour:02d}:00–{hour + 1:02d}:00", None, figures) for hour, figures in sorted(day.hours.items())],
        "procedures": _procedures(day, office, formatter),
        "ratings": _ratings(day, office, formatter),
        "occupancy": [(office.counters[counter].label, share) for counter, share in day.occupancy.items()],
    }


def _services(day: DayFigures, office: OfficeDefinition, formatter: Formatter) -> list[tuple[str, str | None, object]]:
    """Return the rows of services, in the order of the office's settings."""
    return [
        (formatter.words.pick(service.name), service.prefix, day.services[service.id])
        for service in office.services.values()
        if service.id in day.services
    ]


def _counters(day: DayFigures, office: OfficeDefinition, formatter: Formatter) -> list[tuple[str, str | None, object]]:
    return [
        (formatter.words("term", "Quầy {label}", label=counter.label), None, day.counters[counter.id])
        for counter in office.counters.values()
        if counter.id in day.counters
    ]


def _ratings(day: DayFigures, office: OfficeDefinition, formatter: Formatter) -> list[tuple[str, Satisfaction]]:
    """Return the ratings by service, then by counter, in the office's order."""
    ratings, words = day.ratings, formatter.words
    services = [
        (words.pick(service.name), ratings.services[service.id])
        for service in office.services.values()
        if service.id in ratings.services
    ]
    counters = [
        (words("term", "Quầy {label}", label=counter.label), ratings.counters[counter.id])
        for counter in office.counters.values()
        if counter.id in ratings.counters
    ]
    return [*services, *counters]


def _procedures(
    day: DayFigures, office: OfficeDefinition, formatter: Formatter
) -> list[tuple[str, DurationStatistics]]:
    rows = []
    for (service, code), statistics in day.procedures.items():
        procedure = office.procedures.get(code or "")
        name = formatter.words.pick(procedure.name if procedure else office.services[service].name)
        rows.append((name, statistics))
    return sorted(rows, key=lambda row: -row[1].n)


def _charts(day: DayFigures, formatter: Formatter) -> Mapping[str, object]:
    issued = [(formatter.clock(start), n) for start, n in day.issued_by_half_hour.items()]
    waits = [(f"{low}–{high}" if high is not None else f"> {low}", n) for low, high, n in day.wait_classes]
    is_over_target = [low >= day.target_min for low, _, _ in day.wait_classes]
    return {
        "issued_rows": issued,
        "issued_chart": bar_chart([Column(name, n) for name, n in issued], label_every=max(1, -(-len(issued) // 10))),
        "waits_rows": waits,
        "waits_chart": bar_chart(
            [Column(name, n, hatched=over_target) for (name, n), over_target in zip(waits, is_over_target, strict=True)]
        ),
    }
