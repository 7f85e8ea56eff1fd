"""What the office is, as the tables have it: a frozen picture that commands and views share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from config.office import Clerk, Counter, Procedure, Rules, Service
from server.domain import calendar as times
from server.domain.calendar import Hours, Moment, Span, parse_span
from server.store import tables as t


@dataclass(frozen=True, slots=True)
class Office:
    """The office; mappings are in the office's own order. ``rev`` rises whenever any of it changes."""

    id: str
    rev: int
    name: Mapping[str, str]
    zone: ZoneInfo
    hotline: str | None
    rules: Rules
    services: Mapping[str, Service]
    counters: Mapping[str, Counter]
    clerks: Mapping[str, Clerk]
    procedures: Mapping[str, Procedure]
    hours: Hours
    own_hours: Mapping[str, Hours]
    holidays: Mapping[str, Mapping[str, str]]
    always_open: bool

    def moment(self, wall_ms: int, service: str | None = None, *, unknown: bool = False) -> Moment:
        """What the calendar says at ``wall_ms``, of the office or of one service. Where the date is ``unknown`` it
        says nothing, and staff alone open and close."""
        if self.always_open or unknown:
            return times.always_open(wall_ms, self.zone)
        return times.moment(self.own_hours.get(service or "", self.hours), wall_ms, self.zone)

    def counters_of(self, service: str) -> list[str]:
        """Ids of the counters that serve it, in the office's order."""
        return [one.id for one in self.counters.values() if service in one.services]

    def serves(self, counter: str, clerk: str | None) -> frozenset[str]:
        """What a counter may serve now: its services, of which a clerk with a list of their own does those."""
        services = frozenset(self.counters[counter].services)
        person = self.clerks.get(clerk or "")
        return services if person is None or person.services is None else services & frozenset(person.services)

    def head_start_ms(self, ticket_class: str) -> int:
        """How much earlier a ticket of this class counts as taken."""
        return self.rules.head_start_min * 60_000 if ticket_class == "priority" else 0


def office_rev(connection: Connection) -> int:
    """The office's revision; 0 before it was filled."""
    return connection.execute(select(t.office.c.rev)).scalar_one_or_none() or 0


def read_office(connection: Connection, *, always_open: bool) -> Office:
    """The office of the tables. Raises ``LookupError`` when there is none yet."""
    row = connection.execute(select(t.office)).first()
    if row is None:
        raise LookupError("the office has not been set up")
    services = [_service(dict(one._mapping)) for one in connection.execute(select(t.service).order_by(t.service.c.pos))]
    weekly = _weekly(row.hours)
    dates, holidays = _dates(connection)
    closed = {date: date for date in holidays}
    return Office(
        id=row.id,
        rev=row.rev,
        name=row.name,
        zone=ZoneInfo(row.zone),
        hotline=row.hotline,
        rules=Rules.model_validate(row.rules),
        services={one.id: one for one in services},
        counters=_counters(connection),
        clerks=_clerks(connection),
        procedures=_procedures(connection),
        hours=Hours(weekly, dates, closed),
        own_hours={s.id: Hours(_weekly(s.hours), dates, closed) for s in services if s.hours is not None},
        holidays=holidays,
        always_open=always_open,
    )


def _weekly(hours: Mapping[Any, list[str]]) -> dict[str, tuple[Span, ...]]:
    return {weekday: tuple(parse_span(span) for span in spans) for weekday, spans in hours.items()}


def _dates(connection: Connection) -> tuple[dict[str, tuple[Span, ...]], dict[str, Mapping[str, str]]]:
    rows = connection.execute(select(t.calendar)).all()
    dates = {row.date: tuple(parse_span(span) for span in row.spans) for row in rows if row.spans is not None}
    return dates, {row.date: row.name for row in rows if row.name is not None}


def _service(row: Mapping[str, object]) -> Service:
    return Service.model_validate({name: row[name] for name in Service.model_fields})


def _counters(connection: Connection) -> dict[str, Counter]:
    served: dict[str, list[str]] = {}
    for row in connection.execute(select(t.counter_service).order_by(t.counter_service.c.pos)):
        served.setdefault(row.counter, []).append(row.service)
    return {
        row.id: Counter(id=row.id, label=row.label, services=served.get(row.id, []), clerk=row.clerk, zone=row.zone)
        for row in connection.execute(select(t.counter).order_by(t.counter.c.pos))
    }


def _clerks(connection: Connection) -> dict[str, Clerk]:
    names = {row.clerk: row.name for row in connection.execute(select(t.clerk_name))}
    return {
        row.id: Clerk(id=row.id, name=names.get(row.id, row.id), role=row.role, services=row.services)
        for row in connection.execute(select(t.clerk).order_by(t.clerk.c.pos))
    }


def _procedures(connection: Connection) -> dict[str, Procedure]:
    rows = connection.execute(select(t.procedure).order_by(t.procedure.c.pos))
    return {
        row.code: Procedure.model_validate({name: row._mapping[name] for name in Procedure.model_fields})
        for row in rows
    }
