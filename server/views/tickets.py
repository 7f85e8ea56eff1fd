"""Tickets, counters, services and jobs as the API shows them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import select

from config.office import Procedure as OfficeProcedure
from server.domain.calendar import Moment, Opening, local_date, local_ms
from server.domain.errors import Refusal, Refused
from server.domain.ticket import MOVES, Move, Role, State, legal
from server.store import tables as t
from server.store.queries import (
    CounterRow,
    TicketRow,
    count_ahead,
    counter_row,
    counter_rows,
    day_row,
    dossier_of,
    find_ticket,
    issued_count,
    last_day,
    link_of,
    open_ticket,
    open_tickets,
    stopped_services,
)
from server.store.store import Reading
from server.wire.messages import (
    Catalogue,
    Counter,
    CounterStateName,
    CounterTicket,
    Job,
    Procedure,
    Service,
    Ticket,
    to_time,
)

_NOT_ASKED = (Move.EXPIRE, Move.ISSUE)


def ticket(
    reading: Reading, row: TicketRow, *, link: str | None = None, repeated: bool = False, staff: bool = True
) -> Ticket:
    """The row as the wire's ticket. No expected wait is made up: there is none until forecasts are computed.

    ``staff`` False: for a machine that stands before visitors, which need not know the dossier."""
    waits = row.state is State.WAITING
    pinned = [row.pin] if row.pin is not None else None
    return Ticket(
        id=row.id,
        rev=row.rev,
        number=row.number,
        day=date_of(reading, row.day),
        service=row.service,
        procedure=row.procedure,
        state=row.state.value,
        issued_at=to_time(row.issued_at_ms),
        queue_ms=row.issued_ms,
        counter=row.counter,
        calls=row.calls,
        leg=row.leg,
        outcome=row.outcome,
        ahead=count_ahead(reading.connection, row, reading.queue_ms) if waits else None,
        counters=pinned or reading.office.counters_of(row.service),
        wait_min=None,
        moves=moves_of(row) if row.day == reading.head.day else [],
        link=link,
        repeated=repeated,
        print=row.print_state,
        dossier=dossier_of(reading.connection, row.id) if staff else None,
        **{"class": row.ticket_class},
    )


def moves_of(row: TicketRow, role: Role = Role.CLERK) -> list[str]:
    """The moves that the table allows this role from the ticket's state."""
    return [move.value for move in legal(row.state) if move not in _NOT_ASKED and role in MOVES[move].who]


def counter(reading: Reading, counter_id: str) -> Counter:
    """A counter with its open ticket. Raises ``not_found``."""
    if counter_id not in reading.office.counters:
        raise Refused(Refusal.NOT_FOUND, values={"counter": counter_id})
    row = counter_row(reading.connection, counter_id)
    return draw_counter(reading, row, open_ticket(reading.connection, counter_id))


def counters(reading: Reading) -> list[Counter]:
    """All counters in the office's order."""
    rows, taken = counter_rows(reading.connection), open_tickets(reading.connection)
    return [draw_counter(reading, rows[one], taken.get(one)) for one in reading.office.counters]


def draw_counter(reading: Reading, row: CounterRow, taken: TicketRow | None) -> Counter:
    """The rows as the wire's counter; ``clerk`` is the id."""
    shown = None
    if taken is not None:
        mark = {"state": taken.state.value, "ticket_class": taken.ticket_class}
        shown = CounterTicket(id=taken.id, number=taken.number, **mark)
    return Counter(
        id=row.counter,
        label=reading.office.counters[row.counter].label,
        state=CounterStateName(row.state),
        ready=row.ready_ms is not None,
        reason=row.reason,
        until=None if row.until_at_ms is None else to_time(row.until_at_ms),
        clerk=row.clerk,
        ticket=shown,
    )


def services(reading: Reading) -> list[Service]:
    """All services with what a kiosk may do now."""
    stopped = stopped_services(reading.connection, reading.head.day)
    return [_service(reading, one, stopped) for one in reading.office.services]


def _service(reading: Reading, service_id: str, stopped: Mapping[str, str | None]) -> Service:
    office, service = reading.office, reading.office.services[service_id]
    moment = reading.moment(service_id)
    left = _left(reading, service_id, moment)
    at = office.counters_of(service_id)
    state: Literal["open", "full", "closed", "no_counter"] = "open"
    over = _day_over(reading)
    if not at:
        state = "no_counter"
    elif moment.opening is not Opening.OPEN or service_id in stopped or over:
        state = "closed"
    elif left == 0:
        state = "full"
    return Service(
        id=service_id,
        prefix=service.prefix,
        name=service.name,
        state=state,
        stopped=service_id in stopped,
        reason=stopped.get(service_id),
        left=left,
        counters=at,
        next_open=None
        if state == "open"
        else next_open(reading, service_id, today=not over and service_id not in stopped),
        hours=None if service.hours is None else hours_text(reading, service_id),
        outcome=service.outcome,
        usual=service.usual,
    )


def _day_over(reading: Reading) -> bool:
    """No day is open, though the hours say open: staff closed it. (Before a first ticket the day opens itself.)"""
    if reading.head.day is not None:
        return False
    last = last_day(reading.connection)
    return last is not None and (reading.head.doubt is not None or last.date == local_day(reading))


def date_of(reading: Reading, day: str) -> str | None:
    """The date of a day by its id; None where it is not known."""
    if day == reading.head.day:
        return reading.head.date
    row = day_row(reading.connection, day)
    return None if row is None else row.date


def local_day(reading: Reading) -> str:
    """The office's date now."""
    return local_date(reading.now.wall_ms, reading.office.zone)


def _left(reading: Reading, service_id: str, moment: Moment) -> int | None:
    capacity = reading.office.services[service_id].capacity
    if capacity is None:
        return None
    return max(0, capacity - issued_count(reading.connection, reading.head.day, service_id, moment.half))


def next_open(reading: Reading, service_id: str | None = None, *, today: bool = True) -> str | None:
    """When numbers are given out next by the calendar, or None when that is not known. ``today`` False: staff ended
    this day, so that the rest of its hours does not count."""
    if not today:
        opens_ms = _opens_after_today(reading, service_id)
        return None if opens_ms is None else to_time(opens_ms)
    moment = reading.moment(service_id)
    if moment.next_open_ms is not None:
        return to_time(moment.next_open_ms)
    if moment.next_change_ms is None:
        return None
    after = reading.office.moment(moment.next_change_ms, service_id).next_open_ms
    return None if after is None else to_time(after)


def _opens_after_today(reading: Reading, service_id: str | None) -> int | None:
    """The first opening on a later date, UTC ms; None for an office that is always open."""
    tomorrow = date.fromisoformat(local_day(reading)) + timedelta(days=1)
    midnight_ms = local_ms(tomorrow.isoformat(), 0, reading.office.zone)
    return reading.office.moment(midnight_ms - 1, service_id).next_open_ms


def hours_text(reading: Reading, service_id: str | None = None) -> str:
    """Today's spans as people write them: ``07:30-11:30, 13:30-17:00``; empty when closed all day, or when it is not
    known which day it is."""
    if reading.head.doubt is not None:
        return ""
    hours = reading.office.own_hours.get(service_id or "", reading.office.hours)
    return ", ".join(span.text for span in hours.spans(local_day(reading)))


def catalogue(reading: Reading) -> Catalogue:
    """The procedures of the office, and the services of the kiosk's first page."""
    usual = [one.id for one in reading.office.services.values() if one.usual]
    shown = [_procedure(one) for one in reading.office.procedures.values()]
    return Catalogue(etag=etag(reading), procedures=shown, usual=usual)


def etag(reading: Reading) -> str:
    """The catalogue's version."""
    return f'W/"{reading.office.rev}"'


def _procedure(one: OfficeProcedure) -> Procedure:
    return Procedure.model_validate(one.model_dump())


def job(reading: Reading, job_id: str) -> Job:
    """A job in full, the ticket with its link; for the station that does it. Raises ``not_found``."""
    row = reading.connection.execute(select(t.job).where(t.job.c.id == job_id)).first()
    if row is None:
        raise Refused(Refusal.NOT_FOUND, values={"job": job_id})
    found = None if row.ticket is None else find_ticket(reading.connection, row.ticket)
    shown = None
    if found is not None:
        shown = ticket(reading, found, link=link_of(reading.connection, found.id), staff=False)
    return Job(id=row.id, kind=row.kind, station=row.station, ticket=shown, mark=row.mark, open=row.state == "open")


def open_jobs(reading: Reading, station: str) -> Sequence[str]:
    """Ids of a station's open jobs, oldest first."""
    c = t.job.c
    query = select(c.id).where(c.station == station, t.OPEN_JOB).order_by(c.seq)
    return reading.connection.execute(query).scalars().all()
