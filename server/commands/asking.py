"""What all commands share: who asks, what comes back, and that a repeated request is answered, not repeated."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from config.clock import Now
from config.office import Counter, Service
from server.domain.errors import Refusal, Refused
from server.store.engine import canonical
from server.store.facts import Actor, Kind, Subject
from server.store.journal import Request, Tx
from server.store.queries import TicketRow, find_ticket
from server.store.tables import request as requests
from server.wire.messages import Ask


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command did, by id; views draw it. ``link`` only from ``issue`` (again when repeated)."""

    ticket: str | None = None
    counter: str | None = None
    job: str | None = None
    link: str | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Ids:
    """Where fresh ids come from: ``ticket`` an id such as ``t-9f2c…``, ``link`` a secret of 128 random bits."""

    ticket: Callable[[], str]
    link: Callable[[], str]


def once(tx: Tx, actor: Actor, now: Now, ask: Ask, subject: str, run: Callable[[], Answer]) -> Answer:
    """``run``, or the answer it gave before to the same request.

    The same ``request_id`` with another body (or about another ``subject``) is refused: ``request_reused``.
    """
    body = ask.model_dump(mode="json", by_alias=True)
    request_id: str = body["request_id"]
    digest = hashlib.sha256(canonical([type(ask).__name__, subject, body]).encode()).hexdigest()
    known = _remembered(tx, actor, request_id)
    if known is not None:
        if known.hash != digest:
            raise Refused(Refusal.REQUEST_REUSED)
        return Answer(known.ticket, known.counter, known.job, repeated=True)
    tx.request = Request(actor.caller, request_id, digest)
    answer = run()
    if tx.request is not None:
        about: Subject = {"ticket": answer.ticket, "counter": answer.counter}
        tx.record(Kind.REQUEST_ANSWERED, actor, now, **about, data={"job": answer.job}, answer=True)
    return replace(answer, repeated=False)


def was_asked(tx: Tx, actor: Actor, request_id: str | None) -> bool:
    """Return whether this caller's request was carried out before."""
    return request_id is not None and _remembered(tx, actor, request_id) is not None


def _remembered(tx: Tx, actor: Actor, request_id: str) -> Any:
    c = requests.c
    query = select(requests).where(c.caller == actor.caller, c.request_id == request_id)
    return tx.connection.execute(query).first()


def missing(what: str) -> Refused:
    """The refusal of a move that asks for more. ``what``: reason, outcome, counter, service, class, …"""
    return Refused(Refusal.BAD_REQUEST, values={"detail": what, "need": what})


def the_ticket(tx: Tx, ticket: str) -> TicketRow:
    """The ticket, of today. Raises ``not_found``."""
    row = find_ticket(tx.connection, ticket)
    if row is None:
        raise Refused(Refusal.NOT_FOUND, values={"ticket": ticket})
    return row


def the_counter(tx: Tx, counter: str) -> Counter:
    """The counter. Raises ``not_found``."""
    found = tx.office.counters.get(counter)
    if found is None:
        raise Refused(Refusal.NOT_FOUND, values={"counter": counter})
    return found


def the_service(tx: Tx, service: str) -> Service:
    """The service. Raises ``unknown_service``."""
    found = tx.office.services.get(service)
    if found is None:
        raise Refused(Refusal.UNKNOWN_SERVICE, values={"service": service}, allowed=tuple(tx.office.services))
    return found


def served_somewhere(tx: Tx, service: str) -> None:
    """Raises ``no_counter`` for a service that no counter has."""
    if not tx.office.counters_of(service):
        raise Refused(Refusal.NO_COUNTER, values={"service": service})


def the_day(tx: Tx) -> str:
    """The open day. Raises ``day_closed``."""
    if tx.day is None:
        raise Refused(Refusal.DAY_CLOSED)
    return tx.day


def checked_procedure(tx: Tx, procedure: str | None, service: str) -> str | None:
    """The procedure, which must belong to the service. Raises ``bad_request``."""
    if procedure is None:
        return None
    found = tx.office.procedures.get(procedure)
    if found is None or found.service != service:
        raise Refused(Refusal.BAD_REQUEST, values={"detail": f"procedure {procedure}", "need": "procedure"})
    return procedure
