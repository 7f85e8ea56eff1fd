"""The office: services, counters, clerks, procedures, rules and opening hours.

Plain data without a database. ``server.commands.setup`` makes it from the office's settings at the first start,
``server.store.office`` from the tables after that. Lists are tuples here, and mappings are in the order of the
settings.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from server.domain import calendar
from server.domain.calendar import Hours, OpeningStatus
from server.domain.number_range import NumberRange
from server.domain.permissions import Role
from server.domain.roster import RosterEntry
from server.domain.rules import Rules

Texts = Mapping[str, str]
"""A text by language: ``{"vi": "Hộ tịch", "en": "Civil status"}``."""


@dataclass(frozen=True, slots=True)
class ServiceDefinition:
    """A service: its numbers, its name, and its limits.

    ``prefix``: letters of its numbers. ``outcome``: the outcome that a served ticket has unless the clerk chooses
    another. ``capacity``: most numbers per half-day, None for no limit. ``hours`` None: the office's hours.
    ``usual``: shown on the first page of the kiosk. ``closed``: it issues no numbers any more; those that wait are
    still served. ``series``: the service whose numbers it shares; None: its own, with a range of its own where
    ``number_*`` differ from the office's (``Rules``). ``synonyms``: everyday words by which the search finds it.
    ``dates``: its hours on single dates, as texts (``08:00-11:00``); none: it is closed on that date. They come before
    its hours of the week, and before holidays and special days of the office. ``asks_priority``: the kiosk asks whether
    the visitor has priority. ``target_min``: its own target of waiting time; None: the office's.
    ``place``: the service is handled elsewhere, there; no numbers are issued. None: it is handled here.
    """

    id: str
    prefix: str
    name: Texts
    outcome: str
    capacity: int | None
    hours: Hours | None
    usual: bool
    closed: bool = False
    series: str | None = None
    number_first: int | None = None
    number_last: int | None = None
    number_digits: int | None = None
    number_end: str | None = None
    synonyms: tuple[str, ...] = ()
    dates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    asks_priority: bool = True
    target_min: int | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceGroup:
    """Services that the kiosk shows together, below one name. A service is in one group at most."""

    id: str
    name: Texts
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CounterDefinition:
    """A counter.

    ``label``: its name for people, such as 3. ``services``: the ids of those that it serves; ``clerk``: its default
    clerk; ``zone``: its part of the hall, not a time zone. ``closed``: it is no longer used.
    """

    id: str
    label: str
    services: tuple[str, ...]
    clerk: str | None
    zone: str
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Clerk:
    """A person who works in the office.

    ``role``: clerk or manager. ``services``: the only services that this person serves; None: all of the counter.
    ``closed``: the person works here no longer. ``also``: of these services, those that the person serves while nobody
    waits for another one, or who has waited longer than the target.
    """

    id: str
    name: str
    role: Role
    services: tuple[str, ...] | None
    closed: bool = False
    also: tuple[str, ...] = ()

    def may_serve(self, service: str) -> bool:
        """Return whether the person serves a service at a counter that has it."""
        return self.services is None or service in self.services


@dataclass(frozen=True, slots=True)
class ProcedureDefinition:
    """An administrative procedure that a visitor comes for, with the texts of its page.

    ``service``: None if the office does not handle it; ``place`` is then where to go. ``papers``: the documents that
    the visitor needs. ``synonyms``: everyday words by which the kiosk's search finds it. Texts: ``fee``, ``time`` (how
    long the office takes), ``authority`` (the body that decides), ``result`` (the document that the visitor gets).
    ``demo_service_min``: service time in demonstrations, in minutes. ``closed``: it is no longer offered.
    ``legal_time``: the time limit by law, where ``time`` is the office's own. ``decision``: the document that announced
    this version of the procedure.
    """

    code: str
    service: str | None
    name: Texts
    full_name: str
    synonyms: tuple[str, ...]
    papers: tuple[str, ...]
    fee: str
    time: str
    authority: str
    result: str
    place: str | None
    demo_service_min: int
    closed: bool = False
    legal_time: str = ""
    decision: str = ""


@dataclass(frozen=True, slots=True)
class NoticeDefinition:
    """A notice for the people in the hall.

    Shown from ``since`` until just before ``until`` (local times, ``2026-12-01T07:30``); None: without that limit.
    ``on_tv``, ``on_kiosk``, ``on_phone``: where; the last are the visitors' pages.
    """

    id: str
    text: Texts
    since: str | None
    until: str | None
    on_tv: bool = True
    on_kiosk: bool = True
    on_phone: bool = True


@dataclass(frozen=True, slots=True)
class ServicesToday:
    """How the services of one counter differ on the open day from the settings.

    ``added``: further services that it serves; ``taken``: those of the settings that it does not serve. ``any_clerk``:
    those of ``added`` that its clerk serves although they are not on the clerk's own list.
    """

    added: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    any_clerk: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DayServices:
    """The counters whose services differ on the open day, by id.

    ``day``: the id of that day, ``seq``: the journal's sequence of the last change; None and 0 where nothing was
    changed.
    """

    day: str | None = None
    seq: int = 0
    counters: Mapping[str, ServicesToday] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoppedService:
    """A service whose issuing staff stopped on the open day, at ``at_ms`` (UTC ms).

    ``reason``, ``ask``: the texts for visitors, why and whom to ask; ``until_at_ms``: when numbers are issued again
    (UTC ms). Each is None where staff gave none.
    """

    service: str
    at_ms: int
    reason: str | None
    until_at_ms: int | None
    ask: str | None


@dataclass(frozen=True, slots=True)
class OfficeDefinition:
    """The whole office. ``rev`` increases with every change. ``zone``: its time zone.

    ``hotline``: a telephone number for visitors; None: there is none. ``address``: where the office is, as text; None:
    not said. ``holidays``: the name of each holiday by its id,
    which is its date. ``always_open``: a demonstration without opening hours. ``today``: services given to counters, or
    taken from them, for the open day only; no part of the office that administrators change. ``logo``: a small PNG as
    base64 text (``config.logo``); None: there is none.
    """

    id: str
    rev: int
    name: Texts
    zone: ZoneInfo
    hotline: str | None
    rules: Rules
    services: Mapping[str, ServiceDefinition]
    counters: Mapping[str, CounterDefinition]
    clerks: Mapping[str, Clerk]
    procedures: Mapping[str, ProcedureDefinition]
    hours: Hours
    holidays: Mapping[str, Texts]
    always_open: bool
    notices: Mapping[str, NoticeDefinition] = field(default_factory=dict)
    groups: Mapping[str, ServiceGroup] = field(default_factory=dict)
    roster: Mapping[str, RosterEntry] = field(default_factory=dict)
    today: DayServices = field(default_factory=DayServices)
    logo: str | None = None
    address: str | None = None

    @property
    def logo_id(self) -> str | None:
        """Return the name of the logo's content; another picture has another name."""
        return None if self.logo is None else logo_id(self.logo)

    @property
    def version(self) -> tuple[int, str | None, int]:
        """Return a value that differs whenever the office, or what is different today, has changed."""
        return self.rev, self.today.day, self.today.seq

    @property
    def counters_in_use(self) -> Mapping[str, CounterDefinition]:
        """Return the counters that are not closed for good, by id."""
        return {counter.id: counter for counter in self.counters.values() if not counter.closed}

    @property
    def services_offered(self) -> Mapping[str, ServiceDefinition]:
        """Return the services that issue numbers, by id."""
        return {service.id: service for service in self.services.values() if not service.closed}

    @property
    def own_hours(self) -> Mapping[str, Hours]:
        """Return the hours of the services that have their own, by service."""
        own = [service.id for service in self.services.values() if service.hours is not None or service.dates]
        return {service: self.hours_of(service) for service in own}

    def hours_of(self, service: str | None) -> Hours:
        """Return the hours of a service: its own, else the office's. ``service`` None: the office's."""
        if service is None:
            return self.hours
        definition = self.services[service]
        hours = self.hours if definition.hours is None else definition.hours
        return hours.with_dates(definition.dates) if definition.dates else hours

    def opening_status(
        self, wall_ms: int, service: str | None = None, *, is_date_unknown: bool = False
    ) -> OpeningStatus:
        """Return whether the office or one service is open at ``wall_ms``.

        While the date is unknown the calendar does not apply: the office is always open, and staff close the day.
        """
        if self.always_open or is_date_unknown:
            return calendar.always_open_status(wall_ms, self.zone)
        return calendar.opening_status(self.hours_of(service), wall_ms, self.zone)

    def opens_after_today_ms(self, wall_ms: int, service: str | None = None) -> int | None:
        """Return the first opening on a later date, UTC ms.

        None if unknown, or for an office that is always open.
        """
        midnight_ms = calendar.next_midnight_ms(wall_ms, self.zone)
        return self.opening_status(midnight_ms - 1, service).next_open_ms

    def reopens_ms(self, stop: StoppedService, *, is_date_unknown: bool) -> int | None:
        """Return when a stopped service issues numbers again (UTC ms).

        That is the end of the stop, or the next opening after it; None if the stop has no end.
        """
        if stop.until_at_ms is None:
            return None
        status = self.opening_status(stop.until_at_ms, stop.service, is_date_unknown=is_date_unknown)
        return stop.until_at_ms if status.opening is calendar.Opening.OPEN else status.next_open_ms

    def counters_of(self, service: str) -> list[str]:
        """Return the ids of the counters that serve ``service`` today, in order."""
        return [counter for counter in self.counters_in_use if service in self.services_of(counter)]

    def services_of(self, counter: str) -> tuple[str, ...]:
        """Return the services of ``counter`` today.

        They are those of the settings without the ones that were taken for today, and the added ones.
        """
        services, today = self.counters[counter].services, self.today.counters.get(counter)
        if today is None:
            return services
        own = tuple(service for service in services if service not in today.taken)
        return own + tuple(service for service in today.added if service not in own)

    def numbers_of(self, service: str) -> NumberRange:
        """Return the kind of numbers of a service.

        A shared series has that of the service it belongs to.
        """
        definition, rules = self.services[service], self.rules
        owner = self.services.get(definition.series or "", definition)
        return NumberRange(
            first=rules.number_first if owner.number_first is None else owner.number_first,
            last=rules.number_last if owner.number_last is None else owner.number_last,
            digits=rules.number_digits if owner.number_digits is None else owner.number_digits,
            wraps=(owner.number_end or rules.number_end) == "wrap",
        )

    def target_of(self, service: str) -> int:
        """Return the minutes within which a ticket of a service should be called."""
        definition = self.services.get(service)
        own = None if definition is None else definition.target_min
        return self.rules.target_min if own is None else own

    @property
    def own_targets(self) -> Mapping[str, int]:
        """Return the targets of the services that have their own, in minutes."""
        services = self.services.values()
        return {service.id: service.target_min for service in services if service.target_min is not None}

    def serves(self, counter: str, clerk: str | None) -> frozenset[str]:
        """Return the services that ``counter`` may serve while ``clerk`` is there.

        If the clerk has an own list, only the counter's services that are on it, and those that a manager gave the
        counter for today no matter which clerk sits there.
        """
        services = frozenset(self.services_of(counter))
        person = self.clerks.get(clerk or "")
        if person is None or person.services is None:
            return services
        today = self.today.counters.get(counter, ServicesToday())
        return services & frozenset((*person.services, *today.any_clerk))

    def also_at(self, counter: str, clerk: str | None) -> Mapping[str, int]:
        """Return the services that ``clerk`` serves at ``counter`` beside the main ones.

        Their values are their targets in ms. A service that a manager gave the counter for today no matter which clerk
        sits there is a main one.
        """
        person = self.clerks.get(clerk or "")
        if person is None or not person.also:
            return {}
        given = self.today.counters.get(counter, ServicesToday()).any_clerk
        further = self.serves(counter, clerk).intersection(person.also).difference(given)
        return {service: self.target_of(service) * calendar.MINUTE_MS for service in sorted(further)}

    def head_start_ms(self, ticket_class: str) -> int:
        """Return how much earlier than at its issue a ticket of this class is ranked."""
        return self.rules.head_start_min * calendar.MINUTE_MS if ticket_class == "priority" else 0


@lru_cache(maxsize=4)
def logo_id(logo: str) -> str:
    """Return the name of a logo, from its base64 text."""
    return hashlib.sha256(base64.b64decode(logo)).hexdigest()[:32]


def in_groups(
    services: Iterable[ServiceDefinition], groups: Mapping[str, ServiceGroup]
) -> Sequence[tuple[ServiceGroup | None, Sequence[ServiceDefinition]]]:
    """Return services by group, those of no group last (None)."""
    rest = {service.id: service for service in services}
    listed: list[tuple[ServiceGroup | None, Sequence[ServiceDefinition]]] = []
    for group in groups.values():
        members = [rest.pop(service) for service in list(rest) if service in group.services]
        if members:
            listed.append((group, members))
    return [*listed, (None, list(rest.values()))] if rest else listed


def with_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` with a tuple in place of each list.

    JSON and settings have lists; the classes of this module have tuples.
    """
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
