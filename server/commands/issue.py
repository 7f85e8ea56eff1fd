"""Issuing a ticket."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import insert

from config.clock import Now
from server.commands.asking import (
    Answer,
    Ids,
    checked_procedure,
    once,
    served_somewhere,
    the_day,
    the_service,
)
from server.commands.calling import settle
from server.commands.days import open_when_due
from server.commands.jobs import make_job, need_printer
from server.domain.calendar import Opening
from server.domain.choice import key_at
from server.domain.errors import Refusal, Refused
from server.domain.numbering import format_number
from server.domain.ticket import MOVES, Move
from server.store import tables as t
from server.store.facts import Actor, Kind
from server.store.journal import Tx
from server.store.queries import issued_count, last_number, link_of, stopped_services
from server.wire.messages import IssueTicket


def issue(
    tx: Tx, actor: Actor, now: Now, ask: IssueTicket, ids: Ids, printers: Collection[str] | None = None
) -> Answer:
    """A new ticket. A ready counter may call it at once. ``print_at`` makes a slip's job for that station, which
    must be one of ``printers`` (None: any).

    Raises ``unknown_service``, ``day_closed``, ``no_counter``, ``service_closed``, ``full``, ``bad_request``.
    """
    if actor.role not in MOVES[Move.ISSUE].who:
        raise Refused(Refusal.FORBIDDEN)
    answer = once(tx, actor, now, ask, "", lambda: _issue(tx, actor, now, ask, ids, printers))
    if answer.repeated and answer.ticket is not None:
        return replace(answer, link=link_of(tx.connection, answer.ticket))
    return answer


def _issue(tx: Tx, actor: Actor, now: Now, ask: IssueTicket, ids: Ids, printers: Collection[str] | None) -> Answer:
    service = the_service(tx, ask.service)
    procedure = checked_procedure(tx, ask.procedure, service.id)
    if ask.print_at is not None:
        need_printer(printers, ask.print_at, "print_at")
    open_when_due(tx, now)
    day = the_day(tx)
    half = _room_left(tx, now, service.id)
    head_start_ms = tx.office.head_start_ms(ask.ticket_class)
    seq = last_number(tx.connection, tx.office.id, day, service.prefix) + 1
    data = {
        "office": tx.office.id,
        "prefix": service.prefix,
        "seq": seq,
        "number": format_number(service.prefix, seq),
        "procedure": procedure,
        "class": ask.ticket_class.value,
        "head_start_ms": head_start_ms,
        "key": key_at(tx.queue_ms(now), head_start_ms),
        "half": half,
        "station": ask.station,
        "slip": ask.slip,
    }
    ticket, link = ids.ticket(), ids.link()
    tx.record(Kind.ISSUED, actor, now, ticket=ticket, service=service.id, data=data, answer=True)
    tx.connection.execute(insert(t.visitor_link), {"link": link, "ticket": ticket, "day": day})
    job = None
    if ask.print_at is not None:
        job = make_job(tx, actor, now, ask.print_at, "slip", ticket=ticket, mark="staff")
    settle(tx, now)
    return Answer(ticket, None, job, link)


def _room_left(tx: Tx, now: Now, service: str) -> str:
    """The half-day the number counts for; refuses when none is given out now."""
    served_somewhere(tx, service)
    moment = tx.moment(now, service)
    about = {"service": service, "when_ms": moment.next_open_ms}
    if moment.opening is not Opening.OPEN or service in stopped_services(tx.connection, tx.day):
        raise Refused(Refusal.SERVICE_CLOSED, values=about)
    capacity = tx.office.services[service].capacity
    if capacity is not None and issued_count(tx.connection, tx.day, service, moment.half) >= capacity:
        raise Refused(Refusal.FULL, values=about | {"when_ms": next_half_ms(tx, now, service)})
    return moment.half


def next_half_ms(tx: Tx, now: Now, service: str) -> int | None:
    """When numbers are given out again for a service that is full: its next opening, UTC ms."""
    moment = tx.moment(now, service)
    if moment.next_change_ms is None:
        return None
    return tx.office.moment(moment.next_change_ms, service).next_open_ms
