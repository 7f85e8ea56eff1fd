"""Slips of which nobody knows that they came out, and the work that stations have not done yet."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from server.domain.ticket import State
from server.store import tables as t
from server.store.facts import Kind
from server.store.queries import TicketRow, tickets_of
from server.store.store import Reading

UNCLEAR = frozenset({"held", "failed", "unknown"})
UNDER_WAY = frozenset({"pending", "printing"})
UNDER_WAY_MS = 60_000
"""A slip takes seconds; a station that has not said for a minute how it went may have died at it."""

WANTS_SLIP = (State.WAITING, State.CALLED, State.SERVING, State.HELD, State.NO_SHOW)


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip that wants somebody. ``since_ms``: when the station said so, UTC; ``job``: a reprint that waits."""

    ticket: str
    number: str
    service: str
    state: str
    station: str
    since_ms: int
    job: str | None


@dataclass(frozen=True, slots=True)
class Work:
    """A job that its station has not done yet."""

    id: str
    kind: str
    station: str
    number: str | None
    since_ms: int


def unclear_slips(reading: Reading) -> list[Slip]:
    """The slips of today's visitors that were not proven to be printed and that nobody looked after, by number."""
    jobs = {row.number: row for row in open_work(reading) if row.kind == "reprint"}
    told = _told_ms(reading)
    found = []
    for row in tickets_of(reading.connection, reading.head.day, WANTS_SLIP):
        since_ms = told.get(row.id, row.issued_at_ms)
        if _is_unclear(row, reading.now.wall_ms - since_ms):
            job = jobs.get(row.number)
            state, station = str(row.print_state), str(row.print_station)
            found.append(
                Slip(row.id, row.number, row.service, state, station, since_ms, None if job is None else job.id)
            )
    return found


def _is_unclear(row: TicketRow, for_ms: int) -> bool:
    if row.print_seen_at_ms is not None:
        return False
    return row.print_state in UNCLEAR or (row.print_state in UNDER_WAY and for_ms > UNDER_WAY_MS)


def _told_ms(reading: Reading) -> Mapping[str, int]:
    """Per ticket, when a station last said something of its slip."""
    c = t.journal.c
    query = select(c.ticket, func.max(c.at_ms)).where(c.day == reading.head.day, c.kind == Kind.PRINTED.value)
    return {ticket: int(at_ms) for ticket, at_ms in reading.connection.execute(query.group_by(c.ticket))}


def open_work(reading: Reading) -> list[Work]:
    """What stations have not done yet, oldest first."""
    number = select(t.ticket.c.number).where(t.ticket.c.id == t.job.c.ticket).scalar_subquery().label("number")
    rows = reading.connection.execute(select(t.job, number).where(t.OPEN_JOB).order_by(t.job.c.seq))
    return [Work(row.id, row.kind, row.station, row.number, row.made_at_ms) for row in rows]
