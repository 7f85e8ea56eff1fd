"""Settings of the office, in a TOML file of their own.

The server takes the office from the file at its first start only. From then on the office is in the database, and later
changes of the file have no effect.
"""

import json
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from config.devices import Id, Section
from config.load import ConfigError, load, validate
from config.logo import logo_of_text, text_of_logo
from config.office_rules import RuleSettings
from config.office_values import Code, Date, LocalMoment, Names, Prefix, Synonyms, Weekday, require_spans
from config.people import ClerkSettings, RosterSettings, roster_mistakes


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


class OfficeSettings(Section):
    id: Id
    name: Names
    zone: str = Field(default="Asia/Ho_Chi_Minh", description="time zone, by its IANA name")
    hotline: str | None = None
    address: str | None = Field(default=None, description="where the office is, for slips and the visitors' pages")
    logo: str | None = Field(
        default=None, description="the logo as base64 text, as an export has it; pictures are sent on its page"
    )
    hours: dict[Weekday, list[str]] = Field(description='spans per weekday: mon = ["07:30-11:30", "13:30-17:00"]')
    rules: RuleSettings = RuleSettings()
    services: list[ServiceSettings]
    groups: list[GroupSettings] = Field(default=[], description="the kiosk shows them first, then their services")
    counters: list[CounterSettings]
    clerks: list[ClerkSettings] = []
    holidays: list[HolidaySettings] = []
    days: list[SpecialDaySettings] = []
    notices: list[NoticeSettings] = []
    roster: list[RosterSettings] = Field(default=[], description="who sits at which counter, by weekday and date")
    procedures: list[ProcedureSettings] = []
    procedures_file: Path | None = Field(default=None, description="JSON of further procedures, beside this file")

    @field_validator("hours")
    @classmethod
    def _check_spans(cls, hours: dict[str, list[str]]) -> dict[str, list[str]]:
        require_spans(hours)
        return hours

    @field_validator("logo")
    @classmethod
    def _check_logo(cls, logo: str | None) -> str | None:
        return None if logo is None else text_of_logo(logo_of_text(logo))

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
            *_repeated_ids("entry of the roster", [entry.id for entry in self.roster]),
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
        mistakes += roster_mistakes(self.roster, [counter.id for counter in self.counters], clerks)
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
