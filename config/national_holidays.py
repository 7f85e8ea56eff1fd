"""The public holidays of the country, which an office may take over."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class NationalHoliday:
    """A public holiday. ``confirm``: its date is computed, or decided each year; it must be compared."""

    date: str
    vi: str
    en: str
    confirm: bool

    @property
    def year(self) -> int:
        """Return the year of its date."""
        return int(self.date[:4])


@cache
def national_holidays() -> Sequence[NationalHoliday]:
    """Return the holidays of every year that the file has, in order."""
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))["holidays"]
    holidays = [
        NationalHoliday(row["date"], row["name"]["vi"], row["name"]["en"], row.get("confirm", False)) for row in rows
    ]
    return tuple(sorted(holidays, key=lambda holiday: holiday.date))
