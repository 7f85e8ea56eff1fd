"""Set up the office at the server's first start; record reboots of the machine."""

from collections.abc import Iterable
from dataclasses import MISSING, asdict, fields, replace
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from config.clock import Now
from config.office import CounterSettings, OfficeSettings, ServiceSettings
from config.people import ClerkSettings
from server.domain.actor import SYSTEM
from server.domain.calendar import Hours, Span, parse_spans, parse_week
from server.domain.clock_doubt import doubt_at_boot
from server.domain.facts import OfficeLoaded, ServerBooted
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
from server.domain.office_changes.parts import with_lists
from server.domain.permissions import Role
from server.domain.roster import RosterEntry
from server.domain.rules import Rules
from server.store import Tx
from server.store.personal import store_clerk_names

FIRST_REVISION = 1
"""The revision of an office that has just been set up."""


def record_start(tx: Tx, now: Now, settings: OfficeSettings) -> bool:
    """Record the start of the server; at the first one, set up the office.

    Return whether it was the first start: only then are ``settings`` used. Raises ``ValueError`` for impossible opening
    hours, such as ones that end before they start.
    """
    record_boot(tx, now)
    if tx.head.office_rev:
        return False
    record_office(tx, now, office_from_settings(settings))
    return True


def record_office(tx: Tx, now: Now, office: OfficeDefinition) -> None:
    """Set up the office of an empty database."""
    tx.record(_office_fact(office), SYSTEM, now)
    store_clerk_names(tx.connection, {clerk.id: clerk.name for clerk in office.clerks.values()})


def record_boot(tx: Tx, now: Now) -> None:
    """Record a reboot of the machine, and whether the wall clock is in doubt.

    Queue time continues from its last value.
    """
    head = tx.head
    if head.base_boot_id == tx.boot_id:
        return
    trusted_ms = head.sure_ms if head.doubt is not None else (head.at_ms if head.seq else None)
    doubt = doubt_at_boot(now.wall_ms, trusted_ms, head.doubt, _zone(tx))
    fact = ServerBooted(queue_ms=tx.queue_ms(now), doubt=doubt, sure_ms=None if doubt is None else trusted_ms)
    tx.record(fact, SYSTEM, now)


def _zone(tx: Tx) -> tzinfo:
    """Return the office's time zone; UTC before the office is set up."""
    return tx.office.zone if tx.head.office_rev else UTC


def office_from_settings(settings: OfficeSettings) -> OfficeDefinition:
    """Return the office of these settings, at its first revision. Raises ``ValueError`` as ``record_start`` does."""
    hours = Hours(
        weekly=parse_week(settings.hours),
        dates={day.date: parse_spans(day.hours) for day in settings.days},
        holidays={holiday.date: holiday.date for holiday in settings.holidays},
    )
    return OfficeDefinition(
        id=settings.id,
        rev=FIRST_REVISION,
        name=settings.name,
        zone=ZoneInfo(settings.zone),
        hotline=settings.hotline,
        logo=settings.logo,
        address=settings.address,
        rules=Rules(**with_tuples(settings.rules.model_dump())),
        services={service.id: _service(service, hours) for service in settings.services},
        counters={counter.id: _counter(counter) for counter in settings.counters},
        clerks={clerk.id: _clerk(clerk) for clerk in settings.clerks},
        procedures={
            procedure.code: ProcedureDefinition(**with_tuples(procedure.model_dump()))
            for procedure in settings.procedures
        },
        hours=hours,
        holidays={holiday.date: holiday.name for holiday in settings.holidays},
        always_open=False,
        notices={notice.id: NoticeDefinition(**notice.model_dump()) for notice in settings.notices},
        groups={group.id: ServiceGroup(**with_tuples(group.model_dump())) for group in settings.groups},
        roster={entry.id: RosterEntry(**with_tuples(entry.model_dump())) for entry in settings.roster},
    )


def _service(service: ServiceSettings, hours: Hours) -> ServiceDefinition:
    own_hours = None if service.hours is None else replace(hours, weekly=parse_week(service.hours))
    return ServiceDefinition(**{**with_tuples(service.model_dump()), "hours": own_hours})


def _counter(counter: CounterSettings) -> CounterDefinition:
    return CounterDefinition(
        id=counter.id,
        label=counter.label,
        services=tuple(counter.services),
        clerk=counter.clerk,
        zone=counter.zone,
        closed=counter.closed,
    )


def _clerk(clerk: ClerkSettings) -> Clerk:
    return Clerk(
        id=clerk.id,
        name=clerk.name,
        role=Role(clerk.role),
        services=None if clerk.services is None else tuple(clerk.services),
        closed=clerk.closed,
        also=tuple(clerk.also),
    )


def _office_fact(office: OfficeDefinition) -> OfficeLoaded:
    """Return the office as rows of its tables.

    Clerks' names are left out, because the journal must not hold them.
    """
    return OfficeLoaded(
        offices=[
            {
                "id": office.id,
                "rev": office.rev,
                "name": office.name,
                "zone": office.zone.key,
                "hotline": office.hotline,
                "hours": _weekly_texts(office.hours),
                "rules": with_lists(asdict(office.rules)),
                **_details(
                    groups=[with_lists(asdict(group)) for group in office.groups.values()],
                    roster=[with_lists(asdict(entry)) for entry in office.roster.values()],
                    logo=office.logo,
                    address=office.address,
                ),
            }
        ],
        services=[_service_row(service, pos) for pos, service in enumerate(office.services.values())],
        clerks=[
            with_lists({"id": clerk.id, "pos": pos, "role": clerk.role.value, "services": clerk.services})
            | _details(closed=clerk.closed, also=clerk.also)
            for pos, clerk in enumerate(office.clerks.values())
        ],
        counters=[
            {"id": counter.id, "pos": pos, "label": counter.label, "clerk": counter.clerk, "zone": counter.zone}
            | _details(closed=counter.closed)
            for pos, counter in enumerate(office.counters.values())
        ],
        counter_services=[
            {"counter": counter.id, "service": service, "pos": pos}
            for counter in office.counters.values()
            for pos, service in enumerate(counter.services)
        ],
        procedures=[_procedure_row(procedure, pos) for pos, procedure in enumerate(office.procedures.values())],
        calendar=_calendar(office),
        notices=[asdict(notice) | {"pos": pos} for pos, notice in enumerate(office.notices.values())] or None,
    )


def _details(**fields: Any) -> dict[str, Any]:
    """Return the column ``details`` without empty and false fields, which are defaults."""
    details = with_lists({name: value for name, value in fields.items() if value})
    return {"details": details} if details else {}


def _details_of(service: ServiceDefinition) -> dict[str, Any]:
    """Return the column ``details``: the fields that differ from their default."""
    with_default = {field.name: field.default for field in fields(service) if field.default is not MISSING}
    values = {name: getattr(service, name) for name in (*with_default, "dates")}
    changed = {name: value for name, value in values.items() if value != with_default.get(name, {})}
    return {"details": with_lists(changed)} if changed else {}


def _procedure_row(procedure: ProcedureDefinition, pos: int) -> dict[str, Any]:
    columns = asdict(procedure)
    details = {name: columns.pop(name) for name in ("closed", "legal_time", "decision")}
    return with_lists(columns) | {"pos": pos} | _details(**details)


def _service_row(service: ServiceDefinition, pos: int) -> dict[str, Any]:
    return {
        "id": service.id,
        "prefix": service.prefix,
        "name": service.name,
        "outcome": service.outcome,
        "capacity": service.capacity,
        "hours": None if service.hours is None else _weekly_texts(service.hours),
        "usual": service.usual,
        "pos": pos,
        **_details_of(service),
    }


def _calendar(office: OfficeDefinition) -> list[dict[str, Any]]:
    """Return a row for each holiday and each date with hours of its own."""
    names, spans = office.holidays, office.hours.dates
    return [
        {"date": date, "name": names.get(date), "spans": _span_texts(spans[date]) if date in spans else None}
        for date in sorted({*names, *spans})
    ]


def _weekly_texts(hours: Hours) -> dict[str, list[str]]:
    return {weekday: _span_texts(spans) for weekday, spans in hours.weekly.items()}


def _span_texts(spans: Iterable[Span]) -> list[str]:
    return [span.text for span in spans]
