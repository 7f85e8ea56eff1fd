"""Queue time: a clock that never goes back.

Neither a step of the wall clock nor a reboot sets it back. It is computed from the head of the journal, which is read
from the tables after a restart.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, func, literal, select, true

from config.clock import Now
from server.domain.clock_doubt import Doubt
from server.domain.practice import is_practice_day
from server.store import schema as t
from server.store.chain import GENESIS
from server.store.statement import Statement

MAX_OFF_MS = 24 * 3_600_000
"""The most time that counts as passed while the machine was off.

Nobody waits longer, and a wrong wall clock must not add years to a waiting time.
"""


@dataclass(frozen=True, slots=True)
class JournalHead:
    """The newest state of the journal, of the open day and of queue time.

    ``seq``, ``own`` (the hash), ``queue_ms``, ``at_ms`` and ``last_boot_*`` are those of the last entry, 0 and "" in an
    empty journal. ``day``: the id of the open day, None while none is open; ``date``: its date, None also if it is
    unknown; ``day_seq``: the sequence of its opening, 0 while none is open. ``doubt``: why the wall clock is not
    trusted, None while it is; ``sure_ms``: the last moment (UTC ms) at which it was trusted, None while it is.
    ``base_*``: queue time was ``base_queue_ms`` at ``base_boot_ms`` of boot ``base_boot_id``. ``office_rev`` is
    0 before the office is set up. ``today_seq``: the sequence of the last fact that lent services to a counter on the
    open day, 0 without one.
    """

    seq: int
    own: str
    queue_ms: int
    at_ms: int
    last_boot_id: str
    last_boot_ms: int
    day: str | None
    date: str | None
    day_seq: int
    doubt: Doubt | None
    sure_ms: int | None
    base_boot_id: str
    base_boot_ms: int
    base_queue_ms: int
    office_rev: int
    today_seq: int

    @property
    def office_version(self) -> tuple[int, str | None, int]:
        """Return the version of the office that belongs to this head (``OfficeDefinition.version``)."""
        return self.office_rev, self.day if self.today_seq else None, self.today_seq

    @property
    def practice(self) -> bool:
        """The open day is a practice day."""
        return is_practice_day(self.day)

    def queue_time(self, now: Now, boot_id: str) -> int:
        """Return queue time at ``now``, in ms; it never goes back.

        It is the base plus the boot time since then. After a reboot it is the last value plus the time that has passed
        since then by the wall clock, at most ``MAX_OFF_MS``.
        """
        if boot_id == self.base_boot_id:
            return max(self.queue_ms, self.base_queue_ms + now.boot_ms - self.base_boot_ms)
        if self.seq == 0:
            return now.wall_ms
        return self.queue_ms + min(max(0, now.wall_ms - self.at_ms), MAX_OFF_MS)


def read_head(connection: Connection) -> JournalHead:
    """Read the head from the tables."""
    head = _HEAD.first(connection)
    assert head is not None, "the statement gives one row, also from empty tables"
    return head


def _head_statement() -> Statement[JournalHead]:
    """Return the statement for the head.

    It gives one row in every database: the row ``always`` is joined with last entry, clock, open day and office, each
    of which may be missing.
    """
    c = t.journal.c
    newest = select(c.seq, c.own, c.queue_ms, c.at_ms, c.boot_id, c.boot_ms).order_by(c.seq.desc()).limit(1)
    last, open_day = newest.subquery("last"), t.day
    # In a subquery: joined directly, SQLite would build an index of all days at each run.
    open_day_id = select(t.day.alias().c.id).where(t.DAY_IS_OPEN).scalar_subquery()
    lent = select(func.max(t.counter_today.c.seq)).where(t.counter_today.c.day == open_day_id)
    base, always = t.queue_clock, select(literal(1).label("row")).subquery("always")
    query = select(
        func.coalesce(last.c.seq, 0).label("seq"),
        func.coalesce(last.c.own, GENESIS).label("own"),
        func.coalesce(last.c.queue_ms, 0).label("queue_ms"),
        func.coalesce(last.c.at_ms, 0).label("at_ms"),
        func.coalesce(last.c.boot_id, "").label("last_boot_id"),
        func.coalesce(last.c.boot_ms, 0).label("last_boot_ms"),
        open_day.c.id.label("day"),
        open_day.c.date,
        func.coalesce(open_day.c.seq, 0).label("day_seq"),
        base.c.doubt,
        base.c.sure_ms,
        func.coalesce(base.c.boot_id, "").label("base_boot_id"),
        func.coalesce(base.c.boot_ms, 0).label("base_boot_ms"),
        func.coalesce(base.c.queue_ms, 0).label("base_queue_ms"),
        func.coalesce(t.office.c.rev, 0).label("office_rev"),
        func.coalesce(lent.scalar_subquery(), 0).label("today_seq"),
    )
    rows = always.outerjoin(last, true()).outerjoin(base, true()).outerjoin(open_day, open_day.c.id == open_day_id)
    return Statement(query.select_from(rows.outerjoin(t.office, true())), JournalHead)


_HEAD = _head_statement()
