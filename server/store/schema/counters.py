"""The state of counters, and the calls they made."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from server.domain.queue.counter import CounterState
from server.store.schema.base import Ms, metadata, one_of
from server.store.schema.compact import Compact

# ``since_*``: since when the counter is in ``state``; ``reason`` (a clerk's text, or the code away or no_answer) and
# ``until_at_ms`` (the announced end): of a pause. ``clerk``: the one who is signed in. ``ready_ms``: since when it is
# ready for an automatic call, else NULL; ``ready_ended``: why its readiness ended without a call: asked (by the clerk),
# time (it was ready for too long), away (the clerk has left); else NULL.
counter_state = Table(
    "counter_state",
    metadata,
    Column("counter", ForeignKey("counter.id"), primary_key=True),
    Column("state", String(10), nullable=False),
    Column("reason", String(200)),
    Column("until_at_ms", Ms),
    Column("since_at_ms", Ms, nullable=False),
    Column("since_ms", Ms, nullable=False),
    Column("clerk", ForeignKey("clerk.id"), unique=True),
    Column("ready_ms", Ms),
    Column("ready_ended", String(20)),
    one_of("state", *CounterState),
    CheckConstraint("ready_ms IS NULL OR state = 'open'", name="ready_is_open"),
)

# Calls of tickets (``kind`` call, recall, or last: a recall after which the rules allow no other) and announcements
# (the other kinds). ``seq``: the journal's sequence of the fact. ``times``: how often the ticket has been called on its
# leg, with this call; 1 for an announcement. ``chosen``: a clerk called it out of order; ``auto``: the counter was
# ready, and somebody there must acknowledge the call (``acknowledged``). ``boot_id``, ``mono_ms``: the boot of the
# machine, and for automatic calls the real time since it. The fact of a call has its explanation.
call = Table(
    "call",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("seq", Integer, nullable=False, unique=True),
    Column("day", String(10)),
    Column("kind", String(10), nullable=False),
    Column("times", Integer, nullable=False),
    Column("ticket", ForeignKey("ticket.id")),
    Column("number", String(8)),
    Column("ticket_class", String(20)),
    Column("counter", ForeignKey("counter.id")),
    Column("service", ForeignKey("service.id")),
    Column("at_ms", Ms, nullable=False),
    Column("queue_ms", Ms, nullable=False),
    Column("chosen", Boolean, nullable=False),
    Column("auto", Boolean, nullable=False),
    Column("acknowledged", Boolean, nullable=False),
    Column("boot_id", Compact(64), nullable=False),
    Column("mono_ms", Ms),
    one_of("kind", "call", "recall", "last", "pause", "resume", "opening", "closing"),
)
Index("calls_of_ticket", call.c.ticket, call.c.seq)
Index("calls_of_day", call.c.day, call.c.seq)

# The last report of each display (``station``) about each call: when it was shown, and whether it was ``spoken`` (yes,
# muted, no_audio; NULL: not yet). This has nothing to do with the job kind ``seen``, by which staff dismiss a slip.
seen = Table(
    "seen",
    metadata,
    Column("call", ForeignKey("call.id"), primary_key=True),
    Column("station", String(40), primary_key=True),
    Column("shown_at_ms", Ms, nullable=False),
    Column("spoken", String(10)),
    sqlite_with_rowid=False,
)
