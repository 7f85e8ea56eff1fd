"""Read the office from the tables, as the domain's plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from server.domain.calendar import Hours, parse_spans, parse_week
from server.domain.office import (
    Clerk,
    CounterDefinition,
    DayServices,
    NoticeDefinition,
    OfficeDefinition,
    ProcedureDefinition,
    ServiceDefinition,
    ServiceGroup,
    ServicesToday,
    with_tuples,
)
from server.domain.permissions import Role
from server.domain.roster import RosterEntry
from server.domain.rules import Rules
from server.store import schema as t

PROCEDURE_COLUMNS = tuple(field.name for field in fields(ProcedureDefinition) if field.name in t.procedure.c)


def read_office(connection: Connection, *, always_open: bool) -> OfficeDefinition:
    """Return the office of the tables. Raises ``LookupError`` when there is none yet.

    ``always_open``: a setting of the server, which no table has.
    """
    row = connection.execute(select(t.office)).first()
    if row is None:
        raise LookupError("the office has not been set up")
    special_days = connection.execute(select(t.calendar)).all()
    hours = _hours(row.hours, special_days)
    return OfficeDefinition(
        id=row.id,
        rev=row.rev,
        name=row.name,
        zone=ZoneInfo(row.zone),
        hotline=row.hotline,
        rules=Rules(**with_tuples(row.rules)),
        services=_services(connection, hours),
        counters=_counters(connection),
        clerks=_clerks(connection),
        procedures=_procedures(connection),
        hours=hours,
        holidays={day.date: day.name for day in special_days if day.name is not None},
        always_open=always_open,
        notices=_notices(connection),
        today=_today(connection),
        **_office_details(row.details),
    )


def _office_details(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the office that have no column."""
    groups = {row["id"]: ServiceGroup(**with_tuples(row)) for row in details.get("groups", ())}
    roster = {row["id"]: RosterEntry(**with_tuples(row)) for row in details.get("roster", ())}
    return {**details, "groups": groups, "roster": roster}


def _hours(weekly: Mapping[str, list[str]], special_days: Sequence[Row[Any]]) -> Hours:
    return Hours(
        weekly=parse_week(weekly),
        dates={day.date: parse_spans(day.spans) for day in special_days if day.spans is not None},
        holidays={day.date: day.date for day in special_days if day.name is not None},
    )


def _services(connection: Connection, hours: Hours) -> dict[str, ServiceDefinition]:
    return {
        row.id: ServiceDefinition(
            id=row.id,
            prefix=row.prefix,
            name=row.name,
            outcome=row.outcome,
            capacity=row.capacity,
            hours=None if row.hours is None else replace(hours, weekly=parse_week(row.hours)),
            usual=row.usual,
            **with_tuples(row.details),
        )
        for row in connection.execute(select(t.service).order_by(t.service.c.pos))
    }


def _counters(connection: Connection) -> dict[str, CounterDefinition]:
    services: dict[str, list[str]] = {}
    for row in connection.execute(select(t.counter_service).order_by(t.counter_service.c.pos)):
        services.setdefault(row.counter, []).append(row.service)
    return {
        row.id: CounterDefinition(
            id=row.id,
            label=row.label,
            services=tuple(services.get(row.id, ())),
            clerk=row.clerk,
            zone=row.zone,
            **with_tuples(row.details),
        )
        for row in connection.execute(select(t.counter).order_by(t.counter.c.pos))
    }


def _clerks(connection: Connection) -> dict[str, Clerk]:
    names = {row.clerk: row.name for row in connection.execute(select(t.clerk_name))}
    return {
        row.id: Clerk(
            id=row.id,
            name=names.get(row.id, row.id),
            role=Role(row.role),
            services=None if row.services is None else tuple(row.services),
            **with_tuples(row.details),
        )
        for row in connection.execute(select(t.clerk).order_by(t.clerk.c.pos))
    }


def _procedures(connection: Connection) -> dict[str, ProcedureDefinition]:
    rows = connection.execute(select(t.procedure).order_by(t.procedure.c.pos))
    return {
        row.code: ProcedureDefinition(
            **with_tuples({name: row._mapping[name] for name in PROCEDURE_COLUMNS} | row.details)
        )
        for row in rows
    }


def _notices(connection: Connection) -> dict[str, NoticeDefinition]:
    rows = connection.execute(select(t.notice).order_by(t.notice.c.pos))
    return {
        row.id: NoticeDefinition(id=row.id, text=row.text, since=row.since, until=row.until, **with_tuples(row.details))
        for row in rows
    }


def _today(connection: Connection) -> DayServices:
    """Return how the services of counters differ on the open day."""
    today = t.counter_today
    is_open_day = today.c.day == select(t.day.c.id).where(t.DAY_IS_OPEN).scalar_subquery()
    rows = connection.execute(select(today).where(is_open_day).order_by(today.c.seq)).all()
    if not rows:
        return DayServices()
    counters = {row.counter: ServicesToday(tuple(row.added), tuple(row.taken), tuple(row.any_clerk)) for row in rows}
    return DayServices(rows[-1].day, rows[-1].seq, counters)
