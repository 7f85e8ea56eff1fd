"""Slips of which nobody knows that they came out, and the work that stations have not done yet."""

from dataclasses import dataclass

from sqlalchemy import select

from server.commands.jobs import AT_PRINTER
from server.domain.ticket import State
from server.store import tables as t
from server.store.facts import Kind
from server.store.store import Reading

UNCLEAR = frozenset({"held", "failed", "unknown"})
UNDER_WAY = frozenset({"pending", "printing"})
UNDER_WAY_MS = 60_000
"""A slip takes seconds; a station that has not said for a minute how it went may have died at it, even before it
noted the slip itself. Real time, as printing is: where a demonstration runs faster, more of its minutes."""

UNDONE_MS = 12 * 3_600_000
"""As long as work that was not done is told: no day need be open for a test slip, and yesterday's is past."""
MOST_JOBS = 200

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
    """A job of a station. ``since_ms``: when it was made, or how it went was said; UTC."""

    id: str
    kind: str
    station: str
    number: str | None
    since_ms: int
    state: str = "open"


def unclear_slips(reading: Reading) -> list[Slip]:
    """The slips of today's visitors that were not proven to be printed and that nobody looked after, in order
    of issue."""
    c = t.ticket.c
    doubtful = select(c.id, c.number, c.service, c.print_state, c.print_station, c.issued_at_ms, c.issued_ms).where(
        c.day == reading.head.day,
        c.state.in_([state.value for state in WANTS_SLIP]),
        c.print_state.in_([*UNCLEAR, *UNDER_WAY]),
        c.print_seen_at_ms.is_(None),
    )
    rows = reading.connection.execute(doubtful.order_by(c.issue_seq)).all()
    reprints = {job.number: job.id for job in open_work(reading) if job.kind == "reprint"} if rows else {}
    found = []
    for row in rows:
        at_ms, queue_ms = _told(reading, row.id) or (row.issued_at_ms, row.issued_ms)
        if row.print_state in UNCLEAR or reading.queue_ms - queue_ms > UNDER_WAY_MS * max(1.0, reading.speed):
            job = reprints.get(row.number)
            found.append(Slip(row.id, row.number, row.service, row.print_state, row.print_station, at_ms, job))
    return found


def _told(reading: Reading, ticket: str) -> tuple[int, int] | None:
    """When a station last said something of the ticket's slip: by the wall's clock, and in queue time."""
    c = t.journal.c
    query = select(c.at_ms, c.queue_ms).where(c.ticket == ticket, c.kind == Kind.PRINTED.value)
    last = reading.connection.execute(query.order_by(c.seq.desc()).limit(1)).first()
    return None if last is None else (last.at_ms, last.queue_ms)


def undone_work(reading: Reading) -> list[Work]:
    """What staff wanted done at a printer and its station did not bring about, or does not know: the last of each kind
    at each station, oldest first. Having it done again ends it. Slips are told with their tickets."""
    newest = reading.connection.execute(select(t.job).order_by(t.job.c.seq.desc()).limit(MOST_JOBS)).all()
    last = {(row.station, row.kind): row for row in reversed(newest) if row.kind in AT_PRINTER}
    undone = [row for row in last.values() if row.state in UNCLEAR]
    return [
        Work(row.id, row.kind, row.station, None, row.done_at_ms, row.state)
        for row in sorted(undone, key=lambda row: row.seq)
        if reading.now.wall_ms - row.done_at_ms < UNDONE_MS
    ]


def open_work(reading: Reading) -> list[Work]:
    """What stations have not done yet, oldest first."""
    number = select(t.ticket.c.number).where(t.ticket.c.id == t.job.c.ticket).scalar_subquery().label("number")
    rows = reading.connection.execute(select(t.job, number).where(t.OPEN_JOB).order_by(t.job.c.seq))
    return [Work(row.id, row.kind, row.station, row.number, row.made_at_ms) for row in rows]
