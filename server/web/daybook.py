"""The figures of one day and its self-test, from what the views know of it."""

from dataclasses import dataclass

from server import views
from server.domain import measures
from server.domain.measures import Day, Self
from server.store.store import Reading


@dataclass(frozen=True, slots=True)
class Book:
    """One day: its figures and its self-test (None where the day has no length)."""

    date: str
    day: Day
    law: Self | None


def book(reading: Reading, date: str) -> Book:
    """The figures of the day ``date``, until now if it is still open."""
    rows, samples = views.day_rows(reading, date), views.waiting_samples(reading, date)
    target_min = reading.office.rules.target_min
    day = measures.day(rows, target_min=target_min, open_ms=views.open_ms(reading, date))
    law = measures.little(rows, samples.counts, from_ms=samples.from_ms, to_ms=samples.to_ms)
    return Book(date, day, law)
