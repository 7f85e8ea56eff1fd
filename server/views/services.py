"""Services with their state at the kiosk, their hours, and the catalogue of procedures."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Literal

from server.domain.calendar import Opening, OpeningStatus, local_date
from server.domain.office import OfficeDefinition, ProcedureDefinition, StoppedService
from server.domain.queue.numbering import digits_of
from server.store import Snapshot
from server.store.queries import issued_count, last_day, last_number, services_of_open_tickets, stopped_services
from server.wire.messages import Catalogue, CatalogueService, Procedure, Service, to_time


def services(snapshot: Snapshot) -> list[Service]:
    """Return all services with their state at the kiosk."""
    stopped = stopped_services(snapshot.connection, snapshot.head.day)
    return [_service(snapshot, service, stopped) for service in listed_services(snapshot)]


def service(snapshot: Snapshot, service_id: str) -> Service:
    """Return a service of the office with its state at the kiosk."""
    return _service(snapshot, service_id, stopped_services(snapshot.connection, snapshot.head.day))


def listed_services(snapshot: Snapshot) -> list[str]:
    """Return the services that issue numbers, and closed ones whose last visitors wait."""
    office = snapshot.office
    closed = [service.id for service in office.services.values() if service.closed]
    if not closed:
        return list(office.services)
    unfinished = services_of_open_tickets(snapshot.connection, snapshot.head.day)
    return [service for service in office.services if service not in closed or service in unfinished]


def _service(snapshot: Snapshot, service_id: str, stopped: Mapping[str, StoppedService]) -> Service:
    office, service = snapshot.office, snapshot.office.services[service_id]
    status = snapshot.opening_status(service_id)
    range_left = _range_left(snapshot, service_id)
    numbers_left = _least(_numbers_left(snapshot, service_id, status), range_left)
    counter_ids = office.counters_of(service_id)
    state: Literal["open", "full", "closed", "no_counter"] = "open"
    day_is_over, stop = _is_day_over(snapshot), stopped.get(service_id)
    if not counter_ids or service.place is not None:
        state = "no_counter"
    elif status.opening is not Opening.OPEN or stop is not None or day_is_over or service.closed:
        state = "closed"
    elif numbers_left == 0:
        state = "full"
    return Service(
        id=service_id,
        prefix=service.prefix,
        name=dict(service.name),
        state=state,
        stopped=stop is not None,
        reason=None if stop is None else stop.reason,
        until=None if stop is None or stop.until_at_ms is None else to_time(stop.until_at_ms),
        ask=None if stop is None else stop.ask,
        left=numbers_left,
        counters=counter_ids,
        next_open=None
        if state == "open" or service.closed
        else _next_open_of(snapshot, service_id, stop, include_today=not day_is_over and range_left != 0),
        hours=hours_text(snapshot, service_id) if service.hours is not None or service.dates else None,
        outcome=service.outcome,
        usual=service.usual,
        asks_priority=service.asks_priority,
        place=service.place,
    )


def _next_open_of(
    snapshot: Snapshot, service_id: str, stop: StoppedService | None, *, include_today: bool
) -> str | None:
    """Return when a service that issues no numbers now issues them next."""
    if stop is not None and stop.until_at_ms is not None and include_today:
        opens_ms = snapshot.office.reopens_ms(stop, is_date_unknown=snapshot.head.doubt is not None)
        return None if opens_ms is None else to_time(opens_ms)
    return next_open(snapshot, service_id, include_today=include_today and stop is None)


def _is_day_over(snapshot: Snapshot) -> bool:
    """Return whether today's service day was closed.

    While the date is in doubt, the last day counts as today's. The rest of today's hours does not count then. The first
    ticket of a date opens its day automatically; a day that was closed stays closed.
    """
    if snapshot.head.day is not None:
        return False
    last = last_day(snapshot.connection)
    return last is not None and (snapshot.head.doubt is not None or last.date == clock_date(snapshot))


def clock_date(snapshot: Snapshot) -> str:
    """Return the date of the wall clock in the office's time zone."""
    return local_date(snapshot.now.wall_ms, snapshot.office.zone)


def _numbers_left(snapshot: Snapshot, service_id: str, status: OpeningStatus) -> int | None:
    """Return how many numbers are left in this half-day; None without a capacity."""
    capacity = snapshot.office.services[service_id].capacity
    if capacity is None:
        return None
    return max(0, capacity - issued_count(snapshot.connection, snapshot.head.day, service_id, status.half_day))


def _range_left(snapshot: Snapshot, service_id: str) -> int | None:
    """Return how many numbers the service's series still has today; None without an end."""
    office, numbers = snapshot.office, snapshot.office.numbers_of(service_id)
    if numbers.last is None or numbers.wraps:
        return None
    prefix = office.services[service_id].prefix
    last_seq, last = last_number(snapshot.connection, office.id, snapshot.head.day, prefix)
    value = numbers.value_at(last_seq) if last is None and last_seq else digits_of(last or "")
    return numbers.last - value if numbers.has(value) else numbers.last - numbers.first + 1


def _least(*limits: int | None) -> int | None:
    """Return the least of the limits; None: there is none."""
    return min((limit for limit in limits if limit is not None), default=None)


def next_open(snapshot: Snapshot, service_id: str | None = None, *, include_today: bool = True) -> str | None:
    """Return when numbers are issued next by the calendar; None when that is unknown.

    ``service_id`` None: of the office. ``include_today`` False: the rest of today's hours does not count, because
    today's day was closed, or staff stopped the service today.
    """
    if not include_today:
        opens_ms = snapshot.office.opens_after_today_ms(snapshot.now.wall_ms, service_id)
        return None if opens_ms is None else to_time(opens_ms)
    status = snapshot.opening_status(service_id)
    if status.next_open_ms is not None:
        return to_time(status.next_open_ms)
    if status.next_change_ms is None:
        return None
    opens_ms = snapshot.office.opening_status(status.next_change_ms, service_id).next_open_ms
    return None if opens_ms is None else to_time(opens_ms)


def hours_text(snapshot: Snapshot, service_id: str | None = None) -> str:
    """Return today's hours as text: ``07:30-11:30, 13:30-17:00``.

    Empty when closed all day, or when the date is unknown.
    """
    if snapshot.head.doubt is not None:
        return ""
    hours = snapshot.office.hours_of(service_id)
    return ", ".join(span.text for span in hours.spans(clock_date(snapshot)))


def catalogue(snapshot: Snapshot) -> Catalogue:
    """Return the procedures and services of the office for the kiosk."""
    office = snapshot.office
    usual = [service.id for service in office.services_offered.values() if service.usual]
    procedures = [_procedure(procedure) for procedure in office.procedures.values() if _is_offered(office, procedure)]
    searched = [
        CatalogueService(id=service.id, name=dict(service.name), synonyms=list(service.synonyms))
        for service in office.services_offered.values()
    ]
    return Catalogue(etag=catalogue_etag(snapshot), procedures=procedures, usual=usual, services=searched)


def catalogue_etag(snapshot: Snapshot) -> str:
    """Return the catalogue's version as an HTTP entity tag."""
    return f'W/"{snapshot.office.rev}"'


def _is_offered(office: OfficeDefinition, procedure: ProcedureDefinition) -> bool:
    """Return whether visitors can come for the procedure, here or elsewhere."""
    return not procedure.closed and (procedure.service is None or not office.services[procedure.service].closed)


def _procedure(procedure: ProcedureDefinition) -> Procedure:
    return Procedure.model_validate(asdict(procedure))
