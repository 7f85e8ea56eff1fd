"""What the office is: services, counters, procedures, hours. Read from one TOML file at the first start.

After that the office lives in the database; the file is the seed, not the truth.
"""

import json
import re
import unicodedata
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from config.devices import Section
from config.load import ConfigError, checked, load

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
Prefix = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}$")]


def _real_date(text: str) -> str:
    """The text, when there is such a day: 2026-02-30 has the pattern of one."""
    date.fromisoformat(text)
    return text


Date = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$"), AfterValidator(_real_date)]
Synonym = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Names = dict[str, str]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

_SPAN = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$")


class Service(Section):
    id: Code
    prefix: Prefix = Field(description="letters of its numbers; services with one prefix share a series")
    name: Names
    outcome: Literal["received", "returned", "advice"] = Field(
        default="received", description="default outcome, for a keypad's finish"
    )
    capacity: int | None = Field(default=None, ge=1, description="most numbers per half-day; none: no limit")
    hours: dict[Weekday, list[str]] | None = Field(default=None, description="own hours; none: the office's")
    usual: bool = Field(default=True, description="shown on the first page of the kiosk")


class Procedure(Section):
    code: Code
    service: Code | None
    name: Names = Field(description="short name")
    full_name: str
    synonyms: list[Synonym] = Field(
        default=[],
        max_length=200,
        description="everyday words and phrases for it, Vietnamese with accents or English, that the kiosk's search"
        " finds it by; no two that differ only in case",
    )
    papers: list[str]
    fee: str
    time: str
    authority: str
    result: str
    place: str | None = Field(default=None, description="not handled here: where to go")
    demo_service_min: int = Field(default=10, description="illustrative length, for demonstrations only")

    @field_validator("synonyms")
    @classmethod
    def _synonyms(cls, synonyms: list[str]) -> list[str]:
        """Bring them to one form of Unicode, and refuse what stands there twice."""
        known = [unicodedata.normalize("NFC", synonym) for synonym in synonyms]
        seen: set[str] = set()
        for synonym in known:
            if synonym.casefold() in seen:
                raise ValueError(f"{synonym!r} is there twice")
            seen.add(synonym.casefold())
        return known


class Counter(Section):
    id: Id
    label: str = Field(min_length=1, max_length=8)
    services: list[Code]
    clerk: Id | None = Field(default=None, description="default clerk, for a keypad that opens the counter")
    zone: Id = "hall"


class Clerk(Section):
    id: Id
    name: str
    role: Literal["clerk", "manager"] = "clerk"
    services: list[Code] | None = Field(default=None, description="own list of services; none: the counter's")


class Holiday(Section):
    date: Date
    name: Names


class ExtraDay(Section):
    """A date with hours of its own: a make-up working day, a half day."""

    date: Date
    hours: list[str]


class Rules(Section):
    """The published rule and its settings; defaults as in the design."""

    head_start_min: int = Field(default=30, ge=0, le=1440)
    calls: int = Field(default=3, ge=1, le=9)
    call_gap_s: int = Field(
        default=20,
        ge=0,
        le=300,
        description="seconds from when a call was shown or spoken until the next call of the same number, or until it"
        " can be marked absent; 0: no least time",
    )
    call_later_min: int = Field(
        default=3,
        ge=0,
        le=60,
        description='a number put back with "call later" can be called again after so many minutes, and not before the'
        " next number of its service",
    )
    defer_behind: int = Field(default=5, ge=1, le=50)
    ready: bool = True
    ready_min: int = Field(default=10, ge=1, le=120)
    acknowledge_s: int = Field(default=45, ge=5, le=600)
    grace_s: int = Field(default=30, ge=1, le=600, description="after a restart, or a page gone: readiness waits")
    reopen_min: int = Field(default=2, ge=1, le=60)
    hold_min: int = Field(default=30, ge=1, le=480, description="a held ticket is due after so long, if not said")
    pin_pause_min: int = Field(default=15, ge=1, le=240)
    next_finishes: bool = False
    rating_min: int = Field(default=10, ge=1, le=120, description="a served ticket can be rated for so long")
    dossier_codes: list[str] = Field(
        default=[
            r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2}-[0-9]{6}-[0-9]{4,10}",
            r"([A-Z]\.)?[A-Z][0-9]{2}\.[0-9]{3}\.[0-9]{2}-[0-9]{6}-[0-9]{4,10}",
        ],
        max_length=10,
        description="what a scanned dossier code looks like: regular expressions, each for the whole code in capitals;"
        " by default both national forms",
    )
    target_min: int = Field(default=20, ge=1, le=240, description="share of waits within this is reported")
    close_at: str = Field(default="03:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")

    @field_validator("dossier_codes")
    @classmethod
    def _patterns(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
        return patterns


class OfficeFile(Section):
    id: Id
    name: Names
    zone: str = "Asia/Ho_Chi_Minh"
    hotline: str | None = None
    hours: dict[Weekday, list[str]] = Field(description='spans per weekday: mon = ["07:30-11:30", "13:30-17:00"]')
    rules: Rules = Rules()
    services: list[Service]
    counters: list[Counter]
    clerks: list[Clerk] = []
    holidays: list[Holiday] = []
    days: list[ExtraDay] = []
    procedures: list[Procedure] = []
    procedures_file: Path | None = Field(default=None, description="JSON of further procedures, beside this file")

    @field_validator("hours")
    @classmethod
    def _spans(cls, hours: dict[str, list[str]]) -> dict[str, list[str]]:
        for day, spans in hours.items():
            for span in spans:
                if not _SPAN.match(span):
                    raise ValueError(f'{day}: {span!r} is not a span of hours such as "07:30-11:30"')
        return hours

    @model_validator(mode="after")
    def _references(self) -> "OfficeFile":
        services = [service.id for service in self.services]
        clerks = {clerk.id for clerk in self.clerks}
        wrong = [f"service {one!r} is there twice" for one in {s for s in services if services.count(s) > 1}]
        for counter in self.counters:
            wrong += [f"counter {counter.id!r}: unknown service {s!r}" for s in counter.services if s not in services]
            if counter.clerk is not None and counter.clerk not in clerks:
                wrong.append(f"counter {counter.id!r}: unknown clerk {counter.clerk!r}")
        wrong += [
            f"procedure {p.code!r}: unknown service {p.service!r}"
            for p in self.procedures
            if p.service is not None and p.service not in services
        ]
        if wrong:
            raise ValueError("; ".join(sorted(wrong)))
        return self


def load_office(path: Path) -> OfficeFile:
    """The office of ``path``, with the procedures of its ``procedures_file``. Raises ``ConfigError``."""
    office = load(path, OfficeFile)
    if office.procedures_file is None:
        return office
    beside = path.parent / office.procedures_file
    try:
        more = json.loads(beside.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{beside}: cannot be read ({error.strerror}); check the name and its rights"]) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError([f"{beside}: not valid JSON: {error}"]) from error
    if not isinstance(more, list):
        raise ConfigError([f"{beside}: must be a list of procedures"])
    whole = office.model_dump() | {
        "procedures": [*(procedure.model_dump() for procedure in office.procedures), *more],
        "procedures_file": None,
    }
    return checked(OfficeFile, whole, beside)
