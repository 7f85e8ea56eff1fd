"""Work for stations, what printers proved, and a person wanted at a kiosk."""

from collections.abc import Collection, Mapping

from sqlalchemy import select

from config.clock import Now
from server.commands.asking import Answer, missing, once, the_ticket
from server.domain.errors import Refusal, Refused
from server.domain.ticket import Role, State
from server.store import tables as t
from server.store.facts import Actor, Kind
from server.store.journal import Tx
from server.wire.messages import Ask, AskHelp, JobResult, Printed

_STAFF = (Role.CLERK, Role.MANAGER)


def make_job(tx: Tx, actor: Actor, now: Now, station: str, kind: str, *, ticket: str | None, mark: str | None) -> str:
    """A new job for ``station``; returns its id. ``kind``: slip, reprint, test."""
    job = f"j-{tx.head.seq + 1}"
    data = {"job": job, "station": station, "kind": kind, "mark": mark}
    tx.record(Kind.JOB_MADE, actor, now, ticket=ticket, data=data)
    return job


def need_printer(printers: Collection[str] | None, station: str, field: str) -> None:
    """Raises ``bad_request`` for work at a station that prints nothing: it would wait for ever. None: any may be."""
    if printers is not None and station not in printers:
        raise Refused(Refusal.BAD_REQUEST, values={"detail": f"{field} {station}", "need": field})


def reprint(
    tx: Tx, actor: Actor, now: Now, ask: Ask, ticket: str, station: str, printers: Collection[str] | None = None
) -> Answer:
    """Print a slip again at ``station``, with the same number and the mark of a reprint. ``ask`` has the request id."""
    row = the_ticket(tx, ticket)
    if actor.role not in _STAFF and actor.role is not Role.STATION:
        raise Refused(Refusal.FORBIDDEN)
    if row.day != tx.day or row.state in (State.EXPIRED, State.CANCELLED, State.SERVED):
        raise Refused(Refusal.NOT_ALLOWED, values={"number": row.number, "state": row.state.value, "moves": ""})

    def run() -> Answer:
        need_printer(printers, station, "station")
        return Answer(ticket, None, _made(tx, actor, now, station, "reprint", ticket=ticket, mark="reprint"))

    return once(tx, actor, now, ask, f"{ticket} {station}", run)


def station_job(
    tx: Tx, actor: Actor, now: Now, ask: Ask, station: str, kind: str, printers: Collection[str] | None = None
) -> Answer:
    """What staff did, or want done, at a station's printer: ``test``, ``roll`` or ``clear``. It waits for a station
    that is away. While one of the same kind waits, another adds nothing. Raises ``forbidden``, ``bad_request``."""
    if actor.role not in _STAFF:
        raise Refused(Refusal.FORBIDDEN)
    if kind not in AT_PRINTER:
        raise missing("kind")

    def run() -> Answer:
        need_printer(printers, station, "station")
        c = t.job.c
        same = select(c.id).where(c.station == station, c.kind == kind, t.OPEN_JOB)
        known = tx.connection.execute(same).scalar()
        return Answer(job=known or _made(tx, actor, now, station, kind, mark=AT_PRINTER[kind]))

    return once(tx, actor, now, ask, f"{kind} {station}", run)


def slip_seen(tx: Tx, actor: Actor, now: Now, ask: Ask, ticket: str) -> Answer:
    """Staff looked after a slip that nobody knows to be printed: the visitor has it, or was told the number. Its
    station is told as a job. Raises ``not_found``, ``forbidden``, ``not_allowed`` where no station reported of it."""
    row = the_ticket(tx, ticket)
    if actor.role not in _STAFF:
        raise Refused(Refusal.FORBIDDEN)

    def run() -> Answer:
        if row.print_station is None:
            raise Refused(Refusal.NOT_ALLOWED, values={"number": row.number, "state": row.state.value, "moves": ""})
        if row.print_seen_at_ms is not None or row.print_state == "printed":
            return Answer(ticket)
        return Answer(ticket, None, _made(tx, actor, now, row.print_station, "seen", ticket=ticket))

    return once(tx, actor, now, ask, ticket, run)


SLIPS = frozenset({"slip", "reprint"})
"""Jobs that bring out a ticket's slip: their result is news of it."""

AT_PRINTER: Mapping[str, str | None] = {"test": "test", "roll": None, "clear": None}
"""What staff can have done at a printer, with the mark on the paper."""


def _made(
    tx: Tx, actor: Actor, now: Now, station: str, kind: str, *, ticket: str | None = None, mark: str | None = None
) -> str:
    """A new job that answers the request under way; returns its id."""
    job = f"j-{tx.head.seq + 1}"
    data = {"job": job, "station": station, "kind": kind, "mark": mark}
    tx.record(Kind.JOB_MADE, actor, now, ticket=ticket, data=data, answer=True)
    return job


def finish_job(tx: Tx, actor: Actor, now: Now, job: str, ask: JobResult) -> None:
    """The station's answer to a job. A repeated answer changes nothing. Raises ``not_found``."""
    row = tx.connection.execute(select(t.job).where(t.job.c.id == job)).first()
    if row is None or row.station != ask.station:
        raise Refused(Refusal.NOT_FOUND, values={"job": job})
    if (row.state, row.proof) == (ask.state, ask.proof):
        return
    data = {"job": job, "state": ask.state, "proof": ask.proof, "station": ask.station}
    tx.record(Kind.JOB_DONE, actor, now, ticket=row.ticket, data=data)
    if row.ticket is not None and row.kind in SLIPS and ask.state != "done":
        _printed(tx, actor, now, row.ticket, ask.state, ask.proof, ask.station, asked_ms=row.made_at_ms)


def printed(tx: Tx, actor: Actor, now: Now, ticket: str, ask: Printed) -> None:
    """What the printer proved about a slip. Repeating it changes nothing."""
    the_ticket(tx, ticket)
    _printed(tx, actor, now, ticket, ask.state, ask.proof, ask.station)


def _printed(
    tx: Tx, actor: Actor, now: Now, ticket: str, state: str, proof: str, station: str, *, asked_ms: int | None = None
) -> None:
    """``asked_ms``: when staff wanted this slip. One that they wanted after they had looked after an earlier one is
    news, though it went just as that did."""
    row = the_ticket(tx, ticket)
    seen_ms = row.print_seen_at_ms
    wanted_since = asked_ms is not None and seen_ms is not None and asked_ms > seen_ms
    if wanted_since or (row.print_state, row.print_proof, row.print_station) != (state, proof, station):
        data = {"state": state, "proof": proof, "station": station, "number": row.number}
        tx.record(Kind.PRINTED, actor, now, ticket=ticket, data=data)


def ask_help(tx: Tx, actor: Actor, now: Now, ask: AskHelp) -> Answer:
    """A visitor wants a person at a kiosk. While one call of a station is open, another adds nothing."""

    def run() -> Answer:
        c = t.help_call.c
        waiting = select(c.id).where(c.station == ask.station, c.taken_at_ms.is_(None), c.day == tx.day)
        if tx.connection.execute(waiting).first() is None:
            data = {"help": f"h-{tx.head.seq + 1}", "station": ask.station}
            tx.record(Kind.HELP_ASKED, actor, now, data=data, answer=True)
        return Answer()

    return once(tx, actor, now, ask, "", run)


def take_help(tx: Tx, actor: Actor, now: Now, help_id: str) -> None:
    """Somebody goes there. Raises ``not_found``; taking it twice changes nothing."""
    if actor.role not in _STAFF:
        raise missing("clerk") if not actor.id else Refused(Refusal.FORBIDDEN)
    row = tx.connection.execute(select(t.help_call).where(t.help_call.c.id == help_id)).first()
    if row is None:
        raise Refused(Refusal.NOT_FOUND, values={"help": help_id})
    if row.taken_at_ms is None:
        tx.record(Kind.HELP_TAKEN, actor, now, data={"help": help_id, "station": row.station})
