"""Practice days: service days whose tickets count in no figure."""

PRACTICE_DAY = "p"
"""Begins the id of a practice day; the sequence of its opening in the journal follows."""

FIRST_NUMBER = 901
"""The first running number of each series of a practice day: higher than those of most real days, and as long."""


def is_practice_day(day: str | None) -> bool:
    """Return whether the id is that of a practice day."""
    return day is not None and day.startswith(PRACTICE_DAY)
