"""The office as small parts: a row for each service, counter, date and so on.

The values are those of JSON. A change names the fields of some parts before and after, so any earlier office can be
computed from the present one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from server.domain.calendar import WEEKDAYS, Hours, Span, parse_spans, parse_week
from server.domain.office import (
    Clerk,
    CounterDefinition,
    NoticeDefinition,
    OfficeDefinition,
    ProcedureDefinition,
    ServiceDefinition,
    ServiceGroup,
    with_tuples,
)
from server.domain.permissions import Role
from server.domain.roster import RosterEntry
from server.domain.rules import Rules


class Part(StrEnum):
    """The kinds of parts.

    ``OFFICE``, ``HOURS`` and ``RULES`` are there once, with the id ``""``. ``DATE`` is a holiday or a date with hours
    of its own, its id the date. ``ORDER`` has the order of all parts of the kind that is its id.
    """

    OFFICE = "office"
    HOURS = "hours"
    RULES = "rules"
    SERVICE = "service"
    GROUP = "group"
    COUNTER = "counter"
    CLERK = "clerk"
    PROCEDURE = "procedure"
    DATE = "date"
    NOTICE = "notice"
    ROSTER = "roster"
    ORDER = "order"


SINGLE_PARTS = frozenset({Part.OFFICE, Part.HOURS, Part.RULES})
"""The parts that every office has once; they can be changed, but not removed."""
LASTING_PARTS = frozenset({Part.SERVICE, Part.COUNTER, Part.CLERK, Part.PROCEDURE})
"""The parts that tickets may refer to for ever: they are closed and never removed."""
ORDERED_PARTS = (Part.SERVICE, Part.GROUP, Part.COUNTER, Part.CLERK, Part.PROCEDURE, Part.NOTICE)
"""The parts whose order people see."""

PartKey = tuple[Part, str]
Row = Mapping[str, Any]
"""The fields of a part as JSON values: lists, no tuples; hours as texts."""
Parts = Mapping[PartKey, Row]
"""All parts of one office, by kind and id."""

Listed = TypeVar("Listed", CounterDefinition, NoticeDefinition, RosterEntry, ServiceGroup)


def parts_of(office: OfficeDefinition) -> dict[PartKey, Row]:
    """Return the parts of an office. Names of clerks are left out, because the journal must not hold them."""
    calendar_dates = sorted({*office.holidays, *office.hours.dates})
    parts: dict[PartKey, Row] = {
        (Part.OFFICE, ""): {
            "name": dict(office.name),
            "zone": office.zone.key,
            "hotline": office.hotline,
            "address": office.address,
            "logo": office.logo,
        },
        (Part.HOURS, ""): week_texts(office.hours.weekly),
        (Part.RULES, ""): with_lists(asdict(office.rules)),
    }
    parts |= {(Part.SERVICE, service.id): _service_row(service) for service in office.services.values()}
    parts |= {(Part.GROUP, group.id): _row(group, "id") for group in office.groups.values()}
    parts |= {(Part.COUNTER, counter.id): _row(counter, "id") for counter in office.counters.values()}
    parts |= {(Part.CLERK, clerk.id): _row(clerk, "id", "name") for clerk in office.clerks.values()}
    parts |= {(Part.PROCEDURE, code): _row(procedure, "code") for code, procedure in office.procedures.items()}
    parts |= {(Part.DATE, date): _date_row(office, date) for date in calendar_dates}
    parts |= {(Part.NOTICE, notice.id): _row(notice, "id") for notice in office.notices.values()}
    parts |= {(Part.ROSTER, entry.id): _row(entry, "id") for entry in office.roster.values()}
    return parts | {(Part.ORDER, part.value): {"ids": ids_of(parts, part)} for part in ORDERED_PARTS}


def office_from_parts(parts: Parts, like: OfficeDefinition) -> OfficeDefinition:
    """Return the office of these parts. ``like``: an office with the same id, and with the names of its clerks.

    Raises ``ValueError``, ``KeyError`` or ``TypeError`` for values that no office can have.
    """
    single = parts[(Part.OFFICE, "")]
    dates = {date: parts[(Part.DATE, date)] for date in ids_of(parts, Part.DATE)}
    hours = Hours(
        weekly=parse_week(parts[(Part.HOURS, "")]),
        dates={date: parse_spans(row["spans"]) for date, row in dates.items() if row["spans"] is not None},
        holidays={date: date for date, row in dates.items() if row["name"] is not None},
    )
    return replace(
        like,
        name=single["name"],
        zone=ZoneInfo(single["zone"]),
        hotline=single["hotline"],
        address=single["address"],
        logo=single["logo"],
        rules=Rules(**with_tuples(parts[(Part.RULES, "")])),
        services={row.id: row for row in (_service(id_, row, hours) for id_, row in _in_order(parts, Part.SERVICE))},
        counters=_definitions(CounterDefinition, parts, Part.COUNTER),
        clerks={id_: _clerk(id_, row, like) for id_, row in _in_order(parts, Part.CLERK)},
        procedures={
            code: ProcedureDefinition(code=code, **with_tuples(row)) for code, row in _in_order(parts, Part.PROCEDURE)
        },
        hours=hours,
        holidays={date: row["name"] for date, row in dates.items() if row["name"] is not None},
        notices=_definitions(NoticeDefinition, parts, Part.NOTICE),
        groups=_definitions(ServiceGroup, parts, Part.GROUP),
        roster=_definitions(RosterEntry, parts, Part.ROSTER),
    )


def ids_of(parts: Parts, part: Part) -> list[str]:
    """Return the ids of the parts of one kind, in the order of ``parts``."""
    return [id_ for kind, id_ in parts if kind is part]


def week_texts(weekly: Mapping[str, Iterable[Span]]) -> dict[str, list[str]]:
    """Return weekly hours as texts, with every weekday."""
    return {weekday: [span.text for span in weekly.get(weekday, ())] for weekday in WEEKDAYS}


def _in_order(parts: Parts, part: Part) -> list[tuple[str, Row]]:
    """Return the ids and rows of the parts of one kind, in order.

    It is the order of their ``ORDER`` part; those that it does not name come last.
    """
    ids = ids_of(parts, part)
    order = parts.get((Part.ORDER, part.value), {}).get("ids", [])
    positions = {id_: position for position, id_ in enumerate(order)}
    ids.sort(key=lambda id_: positions.get(id_, len(positions)))
    return [(id_, parts[(part, id_)]) for id_ in ids]


def _definitions(kind: type[Listed], parts: Parts, part: Part) -> dict[str, Listed]:
    return {id_: kind(id=id_, **with_tuples(row)) for id_, row in _in_order(parts, part)}


def _service(service: str, row: Row, hours: Hours) -> ServiceDefinition:
    own = row["hours"]
    weekly = None if own is None else replace(hours, weekly=parse_week(own))
    return ServiceDefinition(**{**with_tuples(row), "id": service, "hours": weekly})


def _clerk(clerk: str, row: Row, like: OfficeDefinition) -> Clerk:
    name = like.clerks[clerk].name if clerk in like.clerks else clerk
    return Clerk(**{**with_tuples(row), "id": clerk, "name": name, "role": Role(row["role"])})


def _service_row(service: ServiceDefinition) -> Row:
    own_hours = None if service.hours is None else week_texts(service.hours.weekly)
    return {**_row(service, "id", "hours"), "hours": own_hours}


def _date_row(office: OfficeDefinition, date: str) -> Row:
    spans = office.hours.dates.get(date)
    return {"name": office.holidays.get(date), "spans": None if spans is None else [span.text for span in spans]}


def _row(
    definition: ServiceDefinition
    | ServiceGroup
    | CounterDefinition
    | Clerk
    | ProcedureDefinition
    | NoticeDefinition
    | RosterEntry,
    *left_out: str,
) -> Row:
    names = (field.name for field in fields(definition) if field.name not in left_out)
    return with_lists({name: getattr(definition, name) for name in names})


def with_lists(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as JSON has them, with lists for tuples and texts for enumerations."""
    return {name: _json_value(value) for name, value in values.items()}


def _json_value(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    return list(value) if isinstance(value, tuple) else value
