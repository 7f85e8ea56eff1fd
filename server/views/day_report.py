"""The report of one day, from the tables and the journal."""

from dataclasses import replace

from server.domain.reports.day_report import DayReport, compute_day_report
from server.domain.reports.measures import Figures, figures
from server.store import Snapshot
from server.store.queries import count_practice_tickets
from server.views.history import counter_open_ms, measured_tickets, waiting_samples
from server.views.office_changes import office_of_day


def day_report(snapshot: Snapshot, day: str) -> DayReport:
    """Return the report of a day, until now if it is still open. ``day`` is its id.

    The tickets of practice days of its date are counted, and in no other figure.
    """
    report = _report(snapshot, day)
    practised = count_practice_tickets(snapshot.connection, day)
    return replace(report, figures=replace(report.figures, practice=practised))


def _report(snapshot: Snapshot, day: str) -> DayReport:
    office = office_of_day(snapshot, day)
    return compute_day_report(
        day,
        measured_tickets(snapshot, day),
        waiting_samples(snapshot, day),
        target_min=office.rules.target_min,
        service_targets=office.own_targets,
        counter_open_ms=counter_open_ms(snapshot, day),
    )


def open_day_figures(snapshot: Snapshot) -> Figures:
    """Return the open day's figures until now; those of no tickets without one."""
    day = snapshot.head.day
    if day is None:
        return figures([], target_min=snapshot.office.rules.target_min)
    return _report(snapshot, day).figures.day_totals
