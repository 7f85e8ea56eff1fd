"""Tickets with their legs, and the personal data of their visitors."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from server.domain.queue.ticket import TicketState
from server.domain.rating import SatisfactionLevel
from server.store.schema.base import Ms, metadata, one_of
from server.store.schema.compact import Compact

# ``number`` is made of ``prefix`` and ``seq``. ``rev`` rises with each change of the row. ``rank_key`` and
# ``issue_seq`` (the journal's sequence of the issue) order the queue. ``station``: where it was issued, ``boot_id``: in
# which boot of the machine. Of a ticket that a clerk put off: ``callable_from_ms``: from when it can be called (queue
# time; 0: at once), ``behind_next``: not before another ticket of its service was called. ``counter``: where it is
# called, served or held, or was at its end; NULL while it waits, and once it expired. ``calls``: how often it was
# called on the current leg; ``leg``: its number; ``pin``: the only counter that may call it, ``pin_clerk``: the only
# clerk. ``stops``: where it goes back to (``server.domain.queue.stops.Stop``, the next one last), NULL: nowhere;
# ``sender``: the counter and the clerk that sent it to its service, NULL: it came by itself. ``due_*``: when its hold
# ends at the latest, ``hold_reason``: a clerk's text; NULL unless it is held. ``deferred``: the visitor let others go
# first; ``requeued``: a clerk, or the system, sent it back after a call, and it was not called since; ``returned``: the
# visitor came back after missing the call. ``outcome``: of the finished service. ``reason``: why it is absent or
# cancelled, a clerk's text or the code void (a test ticket), NULL where none was given. ``called_*``: the first call of
# all legs; ``changed_*``: the last change of ``state``. ``print_state`` (pending until the first report, printing,
# printed, held, failed, unknown; NULL: no slip), ``print_proof`` (process_id, fence, none), ``print_station``: the last
# report on its slip; ``print_seen_at_ms``: when staff dismissed a slip that was not proved.
ticket = Table(
    "ticket",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("office", String(40), nullable=False),
    Column("day", String(10), nullable=False),
    Column("prefix", String(2), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("number", String(8), nullable=False),
    Column("rev", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("service", ForeignKey("service.id"), nullable=False),
    Column("procedure", String(40)),
    Column("ticket_class", String(20), nullable=False),
    Column("head_start_ms", Ms, nullable=False),
    Column("rank_key", Ms, nullable=False),
    Column("issue_seq", Integer, nullable=False),
    Column("station", String(40)),
    Column("issued_at_ms", Ms, nullable=False),
    Column("issued_ms", Ms, nullable=False),
    Column("callable_from_ms", Ms, nullable=False),
    Column("boot_id", Compact(64), nullable=False),
    Column("counter", ForeignKey("counter.id")),
    Column("calls", Integer, nullable=False),
    Column("leg", Integer, nullable=False),
    Column("pin", ForeignKey("counter.id")),
    Column("due_ms", Ms),
    Column("due_at_ms", Ms),
    Column("hold_reason", String(200)),
    Column("deferred", Boolean, nullable=False),
    Column("requeued", Boolean, nullable=False),
    Column("returned", Boolean, nullable=False),
    Column("outcome", String(20)),
    Column("reason", String(200)),
    Column("called_at_ms", Ms),
    Column("called_ms", Ms),
    Column("changed_at_ms", Ms, nullable=False),
    Column("changed_ms", Ms, nullable=False),
    Column("print_state", String(20)),
    Column("print_proof", String(20)),
    Column("print_station", String(40)),
    Column("print_seen_at_ms", Ms),
    Column("behind_next", Boolean, nullable=False, server_default=text("0")),
    Column("pin_clerk", String(40)),
    Column("stops", JSON(none_as_null=True)),
    Column("sender", JSON(none_as_null=True)),
    ForeignKeyConstraint(["office", "day", "prefix"], ["series.office", "series.day", "series.prefix"]),
    UniqueConstraint("office", "day", "prefix", "seq", name="one_number_once"),
    UniqueConstraint("issue_seq", name="one_ticket_per_issue"),
    one_of("state", *TicketState),
    one_of("ticket_class", "ordinary", "priority"),
    CheckConstraint("seq > 0", name="counts_from_one"),
    CheckConstraint("state NOT IN ('called', 'serving', 'held') OR counter IS NOT NULL", name="at_a_counter"),
    CheckConstraint("state NOT IN ('waiting', 'expired') OR counter IS NULL", name="at_no_counter"),
    CheckConstraint("(state = 'held') = (due_ms IS NOT NULL)", name="held_has_due"),
    CheckConstraint("state <> 'served' OR outcome IS NOT NULL", name="served_has_outcome"),
)
# As text without parameters, so that SQLite can see that the partial index fits a query.
TICKET_IS_OPEN = text("state IN ('called', 'serving')")
Index(
    "one_open_ticket_per_counter",
    ticket.c.counter,
    unique=True,
    sqlite_where=TICKET_IS_OPEN,
    postgresql_where=TICKET_IS_OPEN,
)
# As text without parameters, so that SQLite can see that a partial index fits a query. Few tickets are restricted
# (pinned or put off by a clerk), however many people wait.
TICKET_IS_WAITING = text("state = 'waiting'")
TICKET_IS_RESTRICTED = text(
    "state = 'waiting' AND (pin IS NOT NULL OR pin_clerk IS NOT NULL OR callable_from_ms > 0 OR behind_next)"
)
Index(
    "restricted",
    ticket.c.day,
    ticket.c.state,
    ticket.c.service,
    sqlite_where=TICKET_IS_RESTRICTED,
    postgresql_where=TICKET_IS_RESTRICTED,
)
Index(
    "waiting_by_issue",
    ticket.c.day,
    ticket.c.service,
    ticket.c.issue_seq,
    sqlite_where=TICKET_IS_WAITING,
    postgresql_where=TICKET_IS_WAITING,
)
Index("waiting_line", ticket.c.day, ticket.c.state, ticket.c.service, ticket.c.rank_key, ticket.c.issue_seq)

# The ticket before its last move, while that can be taken back: ``columns`` and ``legs`` are its rows as JSON, ``seq``
# is the move's sequence in the journal, ``queue_ms`` its time there. The rows of a day are deleted at its close.
ticket_before = Table(
    "ticket_before",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("queue_ms", Ms, nullable=False),
    Column("columns", JSON, nullable=False),
    Column("legs", JSON, nullable=False),
    UniqueConstraint("seq", name="one_ticket_per_move"),
    sqlite_with_rowid=False,
)
Index("moves_by_time", ticket_before.c.queue_ms)

# ``n`` counts a ticket's legs from 1. ``began_ms``: since when it waits for this leg, or since when service goes on
# after a hold (such a leg has no call). ``counter``, ``clerk``: where and by whom it was called; ``called_*``: its
# first call, recalls do not change it; NULL while it waits. ``started_*``, ``finished_*``: begin and end of service.
# ``ended``: how the leg ended (finished, transferred, held, no_show, cancelled, expired), ``ended_ms``: when; NULL for
# the current leg. ``outcome``: of the service, where it was finished. ``boot_id``: in which boot of the machine the leg
# began; ``across_boots``: the machine was rebooted during the leg.
leg = Table(
    "leg",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("service", ForeignKey("service.id"), nullable=False),
    Column("procedure", String(40)),
    Column("began_ms", Ms, nullable=False),
    Column("counter", ForeignKey("counter.id")),
    Column("clerk", ForeignKey("clerk.id")),
    Column("called_at_ms", Ms),
    Column("called_ms", Ms),
    Column("started_at_ms", Ms),
    Column("started_ms", Ms),
    Column("finished_at_ms", Ms),
    Column("finished_ms", Ms),
    Column("ended_ms", Ms),
    Column("ended", String(20)),
    Column("outcome", String(20)),
    Column("boot_id", Compact(64), nullable=False),
    Column("across_boots", Boolean, nullable=False),
    CheckConstraint("(ended_ms IS NULL) = (ended IS NULL)", name="ended_says_how"),
    CheckConstraint("finished_ms IS NULL OR started_ms IS NOT NULL", name="finished_was_started"),
    CheckConstraint("started_ms IS NULL OR counter IS NOT NULL", name="started_somewhere"),
    CheckConstraint("finished_ms >= started_ms", name="no_negative_service"),
    CheckConstraint("started_ms >= called_ms", name="no_negative_walk"),
    sqlite_with_rowid=False,
)
_LEG_IS_OPEN = text("ended_ms IS NULL")
Index("one_open_leg_per_ticket", leg.c.ticket, unique=True, sqlite_where=_LEG_IS_OPEN, postgresql_where=_LEG_IS_OPEN)

# ``counter``: the one that served the ticket last.
rating = Table(
    "rating",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("counter", ForeignKey("counter.id"), nullable=False),
    Column("level", String(20), nullable=False),
    Column("at_ms", Ms, nullable=False),
    one_of("level", *SatisfactionLevel),
    sqlite_with_rowid=False,
)
Index("ratings_of_day", rating.c.day)

# ``link`` is the visitor token, the secret at the end of the address on the slip.
visitor_link = Table(
    "visitor_link",
    metadata,
    Column("link", String(64), primary_key=True),
    Column("ticket", ForeignKey("ticket.id"), nullable=False, unique=True),
    Column("day", String(10), nullable=False),
    sqlite_with_rowid=False,
)

# ``code``: of the visitor's file in the office's own system.
dossier = Table(
    "dossier",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("code", String(40), nullable=False),
)

# What clerks noted for each other about a ticket. ``kind``: note (with the ticket), or handover (the last transfer's).
ticket_note = Table(
    "ticket_note",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("text", String(200), nullable=False),
    one_of("kind", "note", "handover"),
    sqlite_with_rowid=False,
)
