"""Settings of the office, in a TOML file of their own.

The server takes the office from the file at its first start only. From then on the office is in the database, and later
changes of the file have no effect.
"""

import json
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from config.devices import Id, Section
from config.load import ConfigError, load, validate
from config.office_values import Code, Date, LocalMoment, Names, Prefix, Synonyms, Weekday, require_spans
from config.people import ClerkSettings


class ServiceSettings(Section):
    id: Code
    prefix: Prefix = Field(description="letters of its numbers; two services have the same only with `series`")
    name: Names
    outcome: Literal["received", "returned", "advice"] = Field(
        default="received", description="default outcome, for a keypad's finish"
    )
    capacity: int | None = Field(default=None, ge=1, description="most numbers per half-day; none: no limit")
    hours: dict[Weekday, list[str]] | None = Field(default=None, description="own hours; none: the office's")
    dates: dict[Date, list[str]] = Field(
        default={}, description='own hours on single dates: "2026-12-05" = ["08:00-11:00"]; [] is closed on that date'
    )
    place: str | None = Field(
        default=None, max_length=300, description="not handled here: where to go; then no numbers are issued"
    )
    asks_priority: bool = Field(default=True, description="whether the kiosk asks visitors about priority")
    target_min: int | None = Field(
        default=None, ge=1, le=240, description="own target: minutes within which to call a ticket; none: of the rules"
    )
    usual: bool = Field(default=True, description="shown on the first page of the kiosk")
    closed: bool = Field(default=False, description="no longer used; rows of earlier days may refer to it")
    series: Code | None = Field(default=None, description="the service whose prefix and numbers it shares")
    number_first: int | None = Field(default=None, ge=1, le=9999, description="own first number; none: of the rules")
    number_last: int | None = Field(default=None, ge=1, le=9999, description="own last number; none: of the rules")
    number_digits: int | None = Field(default=None, ge=1, le=4, description="own least digits; none: of the rules")
    number_end: Literal["stop", "wrap"] | None = Field(default=None, description="own end; none: of the rules")
    synonyms: Synonyms = Field(default=[], max_length=200, description="everyday words that a search finds it by")

    @field_validator("dates")
    @classmethod
    def _check_spans(cls, dates: dict[str, list[str]]) -> dict[str, list[str]]:
        require_spans(dates)
        return dates


class GroupSettings(Section):
    """Services that the kiosk shows below one name."""

    id: Id
    name: Names
    services: list[Code] = Field(min_length=1)


class ProcedureSettings(Section):
    code: Code
    service: Code | None = Field(default=None, description="its service; none: not handled here")
    name: Names = Field(description="short name")
    full_name: str
    synonyms: Synonyms = Field(
        default=[],
        max_length=200,
        description="everyday words and phrases for it, Vietnamese with accents or English, that the kiosk's search"
        " finds it by; no two that differ only in case",
    )
    papers: list[str] = Field(description="the documents to bring")
    fee: str
    time: str = Field(description="time limit within which the procedure is decided")
    authority: str = Field(description="the authority that carries it out")
    result: str = Field(description="what the visitor gets in the end, such as a certificate")
    place: str | None = Field(default=None, description="not handled here: where to go")
    demo_service_min: int = Field(
        default=10, description="illustrative service time in minutes, for demonstrations only"
    )
    closed: bool = Field(default=False, description="no longer used; rows of earlier days may refer to it")
    legal_time: str = Field(default="", description="time limit by law, where `time` is the office's own")
    decision: str = Field(default="", description="the document that announced this version, with number and date")


class CounterSettings(Section):
    id: Id
    label: str = Field(min_length=1, max_length=8)
    services: list[Code]
    clerk: Id | None = Field(default=None, description="default clerk, for a keypad that opens the counter")
    zone: Id = Field(default="hall", description="the part of the hall where it is")
    closed: bool = Field(default=False, description="no longer used; rows of earlier days may refer to it")


class HolidaySettings(Section):
    date: Date
    name: Names


class SpecialDaySettings(Section):
    """A date with hours of its own: a make-up working day, a half day."""

    date: Date
    hours: list[str]


class NoticeSettings(Section):
    """A notice for the people in the hall, from ``since`` until just before ``until``."""

    id: Id
    text: Names
    since: LocalMoment | None = Field(default=None, description="local time, such as 2026-12-01T07:30")
    until: LocalMoment | None = None
    on_tv: bool = Field(default=True, description="whether the hall's screens show it")
    on_kiosk: bool = Field(default=True, description="whether kiosks show it")
    on_phone: bool = Field(default=True, description="whether the visitors' pages show it")


class RuleSettings(Section):
    """The rule of the queue, with its settings."""

    head_start_min: int = Field(
        default=30, ge=0, le=1440, description="minutes by which a priority ticket counts as taken earlier"
    )
    calls: int = Field(
        default=3,
        ge=1,
        le=9,
        description="most calls of a number, the first one included; marking it absent before the last needs a reason",
    )
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
    defer_behind: int = Field(
        default=5,
        ge=1,
        le=50,
        description="a visitor who lets others go first goes behind so many waiting tickets of the service",
    )
    ready: bool = Field(
        default=True,
        description="a counter that asks for the next ticket when none waits becomes ready: the next one is called"
        " there at once",
    )
    ready_min: int = Field(default=10, ge=1, le=120, description="minutes after which readiness without a call ends")
    acknowledge_s: int = Field(
        default=45,
        ge=5,
        le=600,
        description="seconds after which an automatic call is taken back that nobody at the counter acknowledged",
    )
    grace_s: int = Field(
        default=30,
        ge=1,
        le=600,
        description="a ready clerk whose page and keypad give no sign of life for so many seconds counts as absent",
    )
    reopen_min: int = Field(default=2, ge=1, le=60, description="a served ticket can be reopened for so many minutes")
    hold_min: int = Field(
        default=30, ge=1, le=480, description="minutes until a held ticket is due, if the clerk gave no time"
    )
    pin_pause_min: int = Field(
        default=15,
        ge=1,
        le=240,
        description="after so many minutes of a counter's pause, other counters may call the tickets pinned to it",
    )
    next_finishes: bool = Field(
        default=False,
        description='"next" first finishes the ticket that the counter serves, with the default outcome of its service',
    )
    rating_min: int = Field(default=10, ge=1, le=120, description="a served ticket can be rated for so many minutes")
    dossier_codes: list[str] = Field(
        default=[
            r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2}-[0-9]{6}-[0-9]{4,10}",
            r"([A-Z]\.)?[A-Z][0-9]{2}\.[0-9]{3}\.[0-9]{2}-[0-9]{6}-[0-9]{4,10}",
        ],
        max_length=10,
        description="patterns of scanned dossier codes: regular expressions, each for the whole code in capitals;"
        " by default both national forms",
    )
    target_min: int = Field(
        default=20, ge=1, le=240, description="minutes within which the office aims to call a ticket"
    )
    one_stop: bool = Field(
        default=True,
        description="whether this is a one-stop office: screens, slips and pages write 'Trung tâm Phục vụ hành chính"
        " công' above its name; false for a clinic, a bank or a shop",
    )
    close_at: str = Field(
        default="03:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="hh:mm on the following date at which a service day that is still open is closed by itself",
    )
    repeat_min: int = Field(
        default=0,
        ge=0,
        le=240,
        description="for so many minutes one touch sequence at a kiosk gets no second number of a service while its"
        " first one waits; staff issue regardless; 0: no limit",
    )
    number_first: int = Field(default=1, ge=1, le=9999, description="the numbers of a day begin with this one: A001")
    number_last: int | None = Field(
        default=None,
        ge=1,
        le=9999,
        description="the last number of a day; none: they go on, with four digits after 999",
    )
    number_digits: int = Field(default=3, ge=1, le=4, description="least digits of a number, with zeros before it")
    number_end: Literal["stop", "wrap"] = Field(
        default="stop",
        description="after the last number: stop issues no more on that day, wrap begins again at the first number"
        " and leaves out those that still wait",
    )

    @field_validator("dossier_codes")
    @classmethod
    def _check_patterns(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
        return patterns


class OfficeSettings(Section):
    id: Id
    name: Names
    zone: str = Field(default="Asia/Ho_Chi_Minh", description="time zone, by its IANA name")
    hotline: str | None = None
    hours: dict[Weekday, list[str]] = Field(description='spans per weekday: mon = ["07:30-11:30", "13:30-17:00"]')
    rules: RuleSettings = RuleSettings()
    services: list[ServiceSettings]
    groups: list[GroupSettings] = Field(default=[], description="the kiosk shows them first, then their services")
    counters: list[CounterSettings]
    clerks: list[ClerkSettings] = []
    holidays: list[HolidaySettings] = []
    days: list[SpecialDaySettings] = []
    notices: list[NoticeSettings] = []
    procedures: list[ProcedureSettings] = []
    procedures_file: Path | None = Field(default=None, description="JSON of further procedures, beside this file")

    @field_validator("hours")
    @classmethod
    def _check_spans(cls, hours: dict[str, list[str]]) -> dict[str, list[str]]:
        require_spans(hours)
        return hours

    @model_validator(mode="after")
    def _check_references(self) -> "OfficeSettings":
        services = [service.id for service in self.services]
        clerks = [clerk.id for clerk in self.clerks]
        mistakes = [
            *_repeated_ids("service", services),
            *_repeated_ids("counter", [counter.id for counter in self.counters]),
            *_repeated_ids("clerk", clerks),
            *_repeated_ids("procedure", [procedure.code for procedure in self.procedures]),
            *_repeated_ids("notice", [notice.id for notice in self.notices]),
            *_repeated_ids("group", [group.id for group in self.groups]),
            *_repeated_ids("service of a group", [service for group in self.groups for service in group.services]),
            *(
                f"group {group.id!r}: unknown service {service!r}"
                for group in self.groups
                for service in group.services
                if service not in services
            ),
        ]
        for counter in self.counters:
            mistakes += [
                f"counter {counter.id!r}: unknown service {service!r}"
                for service in counter.services
                if service not in services
            ]
            if counter.clerk is not None and counter.clerk not in clerks:
                mistakes.append(f"counter {counter.id!r}: unknown clerk {counter.clerk!r}")
        mistakes += _same_prefixes(self.services)
        mistakes += [
            f"procedure {procedure.code!r}: unknown service {procedure.service!r}"
            for procedure in self.procedures
            if procedure.service is not None and procedure.service not in services
        ]
        if mistakes:
            raise ValueError("; ".join(sorted(mistakes)))
        return self


def _same_prefixes(services: list[ServiceSettings]) -> list[str]:
    """Return a mistake for each service whose prefix is in another series already."""
    owners: dict[str, str] = {}
    mistakes = []
    known = [service.id for service in services]
    for service in services:
        if service.series is not None and service.series not in known:
            mistakes.append(f"service {service.id!r}: series: unknown service {service.series!r}")
        owner = owners.setdefault(service.prefix, service.series or service.id)
        if not service.closed and owner != (service.series or service.id):
            mistakes.append(
                f"service {service.id!r}: prefix {service.prefix!r} is that of {owner!r}; choose another one, or write"
                f" series = {owner!r} to share its numbers"
            )
    return mistakes


def _repeated_ids(section: str, ids: list[str]) -> list[str]:
    """Return a mistake for each id that occurs more than once in ``section``."""
    return [
        f"{section} {repeated!r} is there twice"
        for repeated in {entry_id for entry_id in ids if ids.count(entry_id) > 1}
    ]


def load_office(path: Path) -> OfficeSettings:
    """Return the office of ``path`` with the procedures of its ``procedures_file``. Raises ``ConfigError``."""
    office = load(path, OfficeSettings)
    if office.procedures_file is None:
        return office
    procedures_path = path.parent / office.procedures_file
    try:
        further_procedures = json.loads(procedures_path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            [f"{procedures_path}: cannot be read ({error.strerror}); check the name and its rights"]
        ) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError([f"{procedures_path}: not valid JSON: {error}"]) from error
    if not isinstance(further_procedures, list):
        raise ConfigError([f"{procedures_path}: must be a list of procedures"])
    complete_office = office.model_dump() | {
        "procedures": [*(procedure.model_dump() for procedure in office.procedures), *further_procedures],
        "procedures_file": None,
    }
    return validate(OfficeSettings, complete_office, procedures_path)
