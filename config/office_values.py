"""Types of the values in the office's settings."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
"""Id of a service, or the national code of a procedure."""
Prefix = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}$")]
"""The letters before the digits of a ticket's number."""


def _real_date(text: str) -> str:
    """Return ``text`` if the calendar has this date. Raise ``ValueError`` for one such as 2026-02-30."""
    date.fromisoformat(text)
    return text


Date = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$"), AfterValidator(_real_date)]
LocalMoment = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d$")]
"""A date with a time of day, in the office's time zone."""
Synonym = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


def _normalised_synonyms(synonyms: list[str]) -> list[str]:
    """Normalise the synonyms to NFC, and refuse duplicates (case ignored)."""
    normalised = [unicodedata.normalize("NFC", synonym) for synonym in synonyms]
    seen: set[str] = set()
    for synonym in normalised:
        if synonym.casefold() in seen:
            raise ValueError(f"{synonym!r} is there twice")
        seen.add(synonym.casefold())
    return normalised


Synonyms = Annotated[list[Synonym], AfterValidator(_normalised_synonyms)]
Names = dict[str, str]
"""A name in several languages: language code ("vi", "en") -> text."""
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

# hh:mm-hh:mm, such as 07:30-11:30
SPAN = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$")


def require_spans(hours: Mapping[str, list[str]]) -> None:
    """Raise ``ValueError`` for a text that is no span of hours."""
    for day, spans in hours.items():
        for span in spans:
            if not SPAN.match(span):
                raise ValueError(f'{day}: {span!r} is not a span of hours such as "07:30-11:30"')
