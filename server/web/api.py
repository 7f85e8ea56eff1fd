"""The HTTP API: one function for each call, and the table of all calls."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import Field
from sqlalchemy import select

from config.clock import Now
from server import commands, views
from server.commands import Actor, Answer, Ids, Role
from server.domain.errors import Refusal, Refused
from server.domain.ticket import State
from server.store.journal import Tx
from server.store.queries import days_on, find_ticket, tickets_of
from server.store.tables import journal as journal_table
from server.web import scans
from server.web.endpoint import Asked, Endpoint, NoBody
from server.web.health_now import health_now
from server.web.identity import new_link, signed_in
from server.web.openapi import OpenApi, document
from server.web.parts import printing_stations
from server.wire.messages import (
    Ask,
    AskHelp,
    Board,
    Called,
    CallNext,
    Catalogue,
    Counter,
    Date,
    Health,
    Here,
    IssueTicket,
    Job,
    JobResult,
    Journal,
    JournalRow,
    MoveTicket,
    Office,
    Printed,
    ProblemCode,
    Rate,
    Scan,
    Scanned,
    Seen,
    Services,
    SetCounterState,
    SetReady,
    SignIn,
    Ticket,
    Tickets,
    UnreadScan,
)

Result = TypeVar("Result")
P = ProblemCode


class TicketQuery(Ask):
    """``day`` is today's unless said; ``after`` is ``next`` of the page before."""

    day: Date | None = None
    state: State | None = None
    after: str | None = Field(default=None, pattern=r"^[0-9]{1,15}$")
    limit: int = Field(default=100, ge=1, le=1000)


class JournalQuery(Ask):
    """``after`` is the sequence of the last row that the caller has."""

    after: int = Field(default=0, ge=0, lt=10**15)
    limit: int = Field(default=100, ge=1, le=1000)


def issue(asked: Asked[IssueTicket]) -> Ticket:
    actor, ids = _actor(asked), Ids(asked.parts.new_ticket_id, new_link)
    printers = printing_stations(asked.parts)
    return _ticket(asked, _do(asked, lambda tx, now: commands.issue(tx, actor, now, asked.body, ids, printers)))


def get_ticket(asked: Asked[NoBody]) -> Ticket:
    return _ticket(asked, Answer(ticket=asked.ids["id"]))


def list_tickets(asked: Asked[NoBody]) -> Tickets:
    query: TicketQuery = asked.query
    states = (query.state,) if query.state is not None else ()
    with asked.parts.store.read() as reading:
        days = reading.head.day if query.day is None else days_on(reading.connection, query.day)
        start = int(query.after or 0)
        rows = tickets_of(reading.connection, days, states, after=start, limit=query.limit + 1)
        page = rows[: query.limit]
        items = [views.ticket(reading, row) for row in page]
    return Tickets(items=items, next=str(page[-1].issue_seq) if len(rows) > len(page) else None)


def move_ticket(asked: Asked[MoveTicket]) -> Ticket:
    actor, ticket = _actor(asked, asked.body.counter), asked.ids["id"]
    _present(asked, asked.body.counter, asked.body.station)
    return _ticket(asked, _do(asked, lambda tx, now: commands.move_ticket(tx, actor, now, ticket, asked.body)))


def printed(asked: Asked[Printed]) -> Ticket:
    actor, ticket = _actor(asked), asked.ids["id"]
    _do(asked, lambda tx, now: commands.printed(tx, actor, now, ticket, asked.body))
    return _ticket(asked, Answer(ticket=ticket))


def call_next(asked: Asked[CallNext]) -> Called:
    actor, counter = _actor(asked, asked.ids["id"]), asked.ids["id"]
    _present(asked, counter, asked.body.station)
    answer = _do(asked, lambda tx, now: commands.call_next(tx, actor, now, counter, asked.body))
    with asked.parts.store.read() as reading:
        row = find_ticket(reading.connection, answer.ticket) if answer.ticket is not None else None
        ticket = None if row is None else views.ticket(reading, row, repeated=answer.repeated)
        return Called(ticket=ticket, counter=views.counter(reading, counter))


def set_state(asked: Asked[SetCounterState]) -> Counter:
    return _at_counter(asked, commands.set_state)


def sign_in(asked: Asked[SignIn]) -> Counter:
    return _at_counter(asked, commands.sign_in)


def set_ready(asked: Asked[SetReady]) -> Counter:
    return _at_counter(asked, commands.set_ready)


def here(asked: Asked[Here]) -> Counter:
    counter, actor = asked.ids["id"], _actor(asked, asked.ids["id"])
    answer = _counter(asked)
    _present(asked, counter, asked.body.station)
    if asked.body.key and _do(asked, lambda tx, now: commands.acknowledge(tx, actor, now, counter)):
        return _counter(asked)
    return answer


def scan(asked: Asked[Scan]) -> Scanned:
    actor, counter = _actor(asked, asked.body.counter), asked.body.counter
    found = scans.take(
        asked.parts, counter, lambda: _do(asked, lambda tx, now: commands.scan(tx, actor, now, asked.body))
    )
    if found.ticket is None:
        return Scanned(kind="unknown")
    shown = _ticket(asked, Answer(found.ticket, counter), staff=counter is not None)
    return Scanned(kind=found.meaning.value, ticket=shown)


def unread(asked: Asked[UnreadScan]) -> None:
    _present(asked, _counter(asked).id, asked.body.station)
    scans.tell_at(asked.parts, asked.ids["id"], asked.body.why.value)


def rate(asked: Asked[Rate]) -> None:
    actor = _actor(asked)
    _do(asked, lambda tx, now: commands.rate(tx, actor, now, asked.body))


def seen(asked: Asked[Seen]) -> None:
    actor, call = _actor(asked), asked.ids["id"]
    _do(asked, lambda tx, now: commands.seen(tx, actor, now, call, asked.body))


def get_job(asked: Asked[NoBody]) -> Job:
    with asked.parts.store.read() as reading:
        return views.job(reading, asked.ids["id"])


def finish_job(asked: Asked[JobResult]) -> None:
    actor, job = _actor(asked), asked.ids["id"]
    _do(asked, lambda tx, now: commands.finish_job(tx, actor, now, job, asked.body))


def ask_help(asked: Asked[AskHelp]) -> None:
    actor = _actor(asked)
    _do(asked, lambda tx, now: commands.ask_help(tx, actor, now, asked.body))


def services(asked: Asked[NoBody]) -> Services:
    with asked.parts.store.read() as reading:
        return Services(items=views.services(reading))


def catalogue(asked: Asked[NoBody]) -> Catalogue:
    with asked.parts.store.read() as reading:
        return views.catalogue(reading)


def board(asked: Asked[NoBody]) -> Board:
    with asked.parts.store.read() as reading:
        return views.board(reading, asked.parts.epoch)


def office(asked: Asked[NoBody]) -> Office:
    here = asked.parts
    with here.store.read() as reading:
        return views.office(reading, here.epoch, mode=here.mode, visitor_url=here.visitor_url)


def health(asked: Asked[NoBody]) -> Health:
    return health_now(asked.parts)


def journal(asked: Asked[NoBody]) -> Journal:
    query: JournalQuery = asked.query
    chosen = select(journal_table).where(journal_table.c.seq > query.after).order_by(journal_table.c.seq)
    with asked.parts.store.read() as reading:
        rows = reading.connection.execute(chosen.limit(query.limit + 1)).mappings().all()
    items = [JournalRow.model_validate({**row, "data": json.loads(row["data"])}) for row in rows[: query.limit]]
    return Journal(items=items, next=items[-1].seq if len(rows) > query.limit else None)


AtCounter = Callable[[Tx, Actor, Now, str, Any], Answer]


def _at_counter(asked: Asked[Any], command: AtCounter) -> Counter:
    actor, counter = _actor(asked, asked.ids["id"]), asked.ids["id"]
    _present(asked, counter, asked.body.station)
    _do(asked, lambda tx, now: command(tx, actor, now, counter, asked.body))
    return _counter(asked)


def _do(asked: Asked[Any], work: Callable[[Tx, Now], Result]) -> Result:
    return asked.parts.writer.ask(work)


def _ticket(asked: Asked[Any], answer: Answer, *, staff: bool = True) -> Ticket:
    """The ticket as it is now. Raises ``not_found``."""
    with asked.parts.store.read() as reading:
        row = find_ticket(reading.connection, answer.ticket or "")
        if row is None:
            raise Refused(Refusal.NOT_FOUND)
        return views.ticket(reading, row, link=answer.link, repeated=answer.repeated, staff=staff)


def _counter(asked: Asked[Any]) -> Counter:
    """The counter as it is now. Raises ``not_found``."""
    with asked.parts.store.read() as reading:
        return views.counter(reading, asked.ids["id"])


def _actor(asked: Asked[Any], counter: str | None = None) -> Actor:
    """Return the actor: the browser's sign-in at ``counter``, else its latest one, else the station in the body.

    The server listens on loopback only, so a station is believed.
    """
    sign_in, station = signed_in(counter), asked.body.station
    if sign_in is not None:
        return Actor(sign_in.role, sign_in.clerk or sign_in.counter or sign_in.role.value, station)
    return Actor(Role.STATION, station or Role.STATION.value, station)


def _present(asked: Asked[Any], counter: str | None, station: str | None) -> None:
    """Whoever asks something at a counter is there."""
    if counter is not None and station is not None:
        asked.parts.presence.note(counter, station, asked.parts.now())


def openapi(asked: Asked[NoBody]) -> OpenApi:
    return OpenApi.model_validate(document(ENDPOINTS, asked.parts.version))


_ISSUE = (P.UNKNOWN_SERVICE, P.SERVICE_CLOSED, P.NO_COUNTER, P.FULL, P.DAY_CLOSED, P.FORBIDDEN)
_MOVE = (P.UNKNOWN_MOVE, P.NOT_ALLOWED, P.OPEN_TICKET, P.COUNTER_CLOSED, P.UNKNOWN_SERVICE, P.NO_COUNTER, P.DAY_CLOSED)
_COUNTER = (P.NOT_FOUND, P.FORBIDDEN, P.OPEN_TICKET, P.COUNTER_CLOSED, P.NOT_ALLOWED, P.DAY_CLOSED)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("POST", "/tickets", issue, "Issue a ticket.", IssueTicket, answer=Ticket, refusals=_ISSUE, created=True),
    Endpoint(
        "GET", "/tickets", list_tickets, "Tickets of a day, in order of issue.", query=TicketQuery, answer=Tickets
    ),
    Endpoint("GET", "/tickets/{id}", get_ticket, "A ticket as it is now.", answer=Ticket, refusals=(P.NOT_FOUND,)),
    Endpoint(
        "POST",
        "/tickets/{id}/moves",
        move_ticket,
        "Make a move of the table.",
        MoveTicket,
        answer=Ticket,
        refusals=(*_MOVE, P.FORBIDDEN, P.NOT_FOUND),
    ),
    Endpoint(
        "POST",
        "/tickets/{id}/print",
        printed,
        "What the printer proved.",
        Printed,
        answer=Ticket,
        refusals=(P.NOT_FOUND,),
    ),
    Endpoint(
        "POST",
        "/counters/{id}/next",
        call_next,
        "The next ticket, or none, which makes the counter ready.",
        CallNext,
        answer=Called,
        refusals=_COUNTER,
    ),
    Endpoint(
        "POST",
        "/counters/{id}/state",
        set_state,
        "Open, pause or close a counter.",
        SetCounterState,
        answer=Counter,
        refusals=_COUNTER,
    ),
    Endpoint(
        "POST", "/counters/{id}/clerk", sign_in, "Sign a clerk in, or out.", SignIn, answer=Counter, refusals=_COUNTER
    ),
    Endpoint(
        "POST",
        "/counters/{id}/ready",
        set_ready,
        "Ready for the next ticket by itself, or not.",
        SetReady,
        answer=Counter,
        refusals=_COUNTER,
    ),
    Endpoint(
        "POST",
        "/counters/{id}/here",
        here,
        "Somebody is at the counter; a key acknowledges an automatic call.",
        Here,
        answer=Counter,
        refusals=(P.NOT_FOUND, P.FORBIDDEN),
    ),
    Endpoint(
        "POST",
        "/scans",
        scan,
        "What a scanned code means.",
        Scan,
        answer=Scanned,
        refusals=(P.NOT_FOUND, P.NOT_ALLOWED, P.DAY_CLOSED),
    ),
    Endpoint(
        "POST",
        "/counters/{id}/unread-scan",
        unread,
        "A scan whose text nobody is sent; the clerk's page says why.",
        UnreadScan,
        refusals=(P.NOT_FOUND,),
    ),
    Endpoint(
        "POST",
        "/ratings",
        rate,
        "A visitor's rating of the service just given.",
        Rate,
        refusals=(P.NOT_FOUND, P.NOT_ALLOWED, P.FORBIDDEN),
    ),
    Endpoint("POST", "/calls/{id}/seen", seen, "A display showed, and spoke, a call.", Seen, refusals=(P.NOT_FOUND,)),
    Endpoint("GET", "/jobs/{id}", get_job, "A job in full, for its station.", answer=Job, refusals=(P.NOT_FOUND,)),
    Endpoint(
        "POST", "/jobs/{id}/result", finish_job, "The station's answer to a job.", JobResult, refusals=(P.NOT_FOUND,)
    ),
    Endpoint("POST", "/help", ask_help, "A person is wanted at a kiosk.", AskHelp),
    Endpoint("GET", "/services", services, "Services, and whether they give out numbers now.", answer=Services),
    Endpoint(
        "GET", "/catalogue", catalogue, "Procedures with their cards.", answer=Catalogue, etag=lambda one: one.etag
    ),
    Endpoint("GET", "/board", board, "The picture for screens.", answer=Board),
    Endpoint("GET", "/office", office, "What the hall is today.", answer=Office),
    Endpoint("GET", "/health", health, "Stations and devices as they reported.", answer=Health),
    Endpoint("GET", "/journal", journal, "The facts, for the province.", query=JournalQuery, answer=Journal),
    Endpoint("GET", "/openapi.json", openapi, "This document.", answer=OpenApi),
)
"""Every call; the routes, the OpenAPI document and a test of ``docs/API.md`` come from here."""
