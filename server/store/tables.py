"""The tables. What must never happen is refused here once more, whatever the code above does.

Times: ``*_at_ms`` is the wall clock (UTC ms, for showing), ``*_ms`` is queue time (for order and durations).
All rows but those of ``NEVER_JOURNALLED`` come from the journal; replaying it gives the same rows.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy import BigInteger as Ms

from server.domain.ticket import State
from server.wire.messages import RatingLevel

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, *words: str) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


# --- the office ------------------------------------------------------------------------------------------

office = Table(
    "office",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("rev", Integer, nullable=False),
    Column("name", JSON, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("hotline", String(40)),
    Column("hours", JSON, nullable=False),
    Column("rules", JSON, nullable=False),
)

service = Table(
    "service",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("pos", Integer, nullable=False),
    Column("prefix", String(2), nullable=False),
    Column("name", JSON, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("capacity", Integer),
    Column("hours", JSON(none_as_null=True)),
    Column("usual", Boolean, nullable=False),
    CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity_positive"),
)

clerk = Table(
    "clerk",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("pos", Integer, nullable=False),
    Column("role", String(20), nullable=False),
    Column("services", JSON(none_as_null=True)),
    _one_of("role", "clerk", "manager"),
)

clerk_name = Table(
    "clerk_name",
    metadata,
    Column("clerk", ForeignKey("clerk.id"), primary_key=True),
    Column("name", String(200), nullable=False),
)

counter = Table(
    "counter",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("pos", Integer, nullable=False),
    Column("label", String(8), nullable=False),
    Column("clerk", ForeignKey("clerk.id")),
    Column("zone", String(40), nullable=False),
)

counter_service = Table(
    "counter_service",
    metadata,
    Column("counter", ForeignKey("counter.id"), primary_key=True),
    Column("service", ForeignKey("service.id"), primary_key=True),
    Column("pos", Integer, nullable=False),
)

procedure = Table(
    "procedure",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("pos", Integer, nullable=False),
    Column("service", ForeignKey("service.id")),
    Column("name", JSON, nullable=False),
    Column("full_name", String, nullable=False),
    Column("synonyms", JSON, nullable=False, server_default="[]"),
    Column("papers", JSON, nullable=False),
    Column("fee", String, nullable=False),
    Column("time", String, nullable=False),
    Column("authority", String, nullable=False),
    Column("result", String, nullable=False),
    Column("place", String),
    Column("demo_service_min", Integer, nullable=False),
)

calendar = Table(
    "calendar",
    metadata,
    Column("date", String(10), primary_key=True),
    Column("name", JSON(none_as_null=True)),
    Column("spans", JSON(none_as_null=True)),
    CheckConstraint("name IS NOT NULL OR spans IS NOT NULL", name="says_something"),
)

# --- the day ---------------------------------------------------------------------------------------------

# A day's ``id`` is what its rows and facts name: the date it was opened on, or "d" and the sequence of its opening
# where that date is not known or was taken. Its ``date`` may be corrected. ``goes_on``: the day whose open tickets and
# numbers it continues.
day = Table(
    "day",
    metadata,
    Column("id", String(10), primary_key=True),
    Column("date", String(10)),
    Column("seq", Integer, nullable=False, server_default="0"),
    Column("goes_on", String(10)),
    Column("office", ForeignKey("office.id"), nullable=False),
    Column("state", String(10), nullable=False),
    Column("opened_at_ms", Ms, nullable=False),
    Column("opened_ms", Ms, nullable=False),
    Column("closed_at_ms", Ms),
    Column("served", Integer),
    Column("expired", Integer),
    Column("unrecorded", Integer),
    _one_of("state", "open", "closed"),
    CheckConstraint("(state = 'closed') = (closed_at_ms IS NOT NULL)", name="closed_has_time"),
)
Index(
    "one_open_day",
    day.c.office,
    unique=True,
    sqlite_where=text("state = 'open'"),
    postgresql_where=text("state = 'open'"),
)

day_service = Table(
    "day_service",
    metadata,
    Column("day", ForeignKey("day.id"), primary_key=True),
    Column("service", ForeignKey("service.id"), primary_key=True),
    Column("stopped", Boolean, nullable=False),
    Column("at_ms", Ms, nullable=False),
    Column("reason", String(200)),
)

issued = Table(
    "issued",
    metadata,
    Column("day", ForeignKey("day.id"), primary_key=True),
    Column("service", ForeignKey("service.id"), primary_key=True),
    Column("half", String(2), primary_key=True),
    Column("count", Integer, nullable=False),
    _one_of("half", "am", "pm"),
)

series = Table(
    "series",
    metadata,
    Column("office", ForeignKey("office.id"), primary_key=True),
    Column("day", ForeignKey("day.id"), primary_key=True),
    Column("prefix", String(2), primary_key=True),
    Column("last", Integer, nullable=False),
    CheckConstraint("last > 0", name="counts_from_one"),
)

hours = Table(
    "hours",
    metadata,
    Column("office", ForeignKey("office.id"), primary_key=True),
    Column("opening", String(10), nullable=False),
    Column("services", JSON, nullable=False),
    Column("at_ms", Ms, nullable=False),
    _one_of("opening", "open", "lunch", "closed"),
)

# --- tickets ---------------------------------------------------------------------------------------------

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
    Column("boot_id", String(64), nullable=False),
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
    ForeignKeyConstraint(["office", "day", "prefix"], ["series.office", "series.day", "series.prefix"]),
    UniqueConstraint("office", "day", "prefix", "seq", name="one_number_once"),
    UniqueConstraint("issue_seq", name="one_ticket_per_issue"),
    _one_of("state", *State),
    _one_of("ticket_class", "ordinary", "priority"),
    CheckConstraint("seq > 0", name="counts_from_one"),
    CheckConstraint("state NOT IN ('called', 'serving', 'held') OR counter IS NOT NULL", name="at_a_counter"),
    CheckConstraint("state NOT IN ('waiting', 'expired') OR counter IS NULL", name="at_no_counter"),
    CheckConstraint("(state = 'held') = (due_ms IS NOT NULL)", name="held_has_due"),
    CheckConstraint("state <> 'served' OR outcome IS NOT NULL", name="served_has_outcome"),
)
# Spelt out, not bound: only so can SQLite see that a partial index fits a question.
OPEN = text("state IN ('called', 'serving')")
Index("one_open_ticket_per_counter", ticket.c.counter, unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
Index("waiting_line", ticket.c.day, ticket.c.state, ticket.c.service, ticket.c.rank_key, ticket.c.issue_seq)

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
    Column("boot_id", String(64), nullable=False),
    Column("across_boots", Boolean, nullable=False),
    CheckConstraint("(ended_ms IS NULL) = (ended IS NULL)", name="ended_says_how"),
    CheckConstraint("finished_ms IS NULL OR started_ms IS NOT NULL", name="finished_was_started"),
    CheckConstraint("started_ms IS NULL OR counter IS NOT NULL", name="started_somewhere"),
    CheckConstraint("finished_ms >= started_ms", name="no_negative_service"),
    CheckConstraint("started_ms >= called_ms", name="no_negative_walk"),
)
_STILL = text("ended_ms IS NULL")
Index("one_open_leg_per_ticket", leg.c.ticket, unique=True, sqlite_where=_STILL, postgresql_where=_STILL)

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
    Column("boot_id", String(64), nullable=False),
    Column("mono_ms", Ms),
    Column("why", JSON(none_as_null=True)),
    _one_of("kind", "call", "recall", "last", "pause", "resume", "opening", "closing"),
)
Index("calls_of_ticket", call.c.ticket, call.c.seq)
Index("calls_of_day", call.c.day, call.c.seq)

seen = Table(
    "seen",
    metadata,
    Column("call", ForeignKey("call.id"), primary_key=True),
    Column("station", String(40), primary_key=True),
    Column("shown_at_ms", Ms, nullable=False),
    Column("spoken", String(10)),
)

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
    _one_of("state", "open", "paused", "closed"),
    CheckConstraint("ready_ms IS NULL OR state = 'open'", name="ready_is_open"),
)

request = Table(
    "request",
    metadata,
    Column("caller", String(120), primary_key=True),
    Column("request_id", String(40), primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("day", String(10)),
    Column("ticket", ForeignKey("ticket.id")),
    Column("counter", ForeignKey("counter.id")),
    Column("job", String(40)),
    Column("seq", Integer, nullable=False),
)

job = Table(
    "job",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("seq", Integer, nullable=False, unique=True),
    Column("day", String(10)),
    Column("station", String(40), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("ticket", ForeignKey("ticket.id")),
    Column("mark", String(20)),
    Column("state", String(10), nullable=False),
    Column("proof", String(20)),
    Column("made_at_ms", Ms, nullable=False),
    Column("done_at_ms", Ms),
    _one_of("kind", "slip", "reprint", "test", "roll", "clear", "seen"),
    _one_of("state", "open", "printed", "held", "failed", "unknown", "done", "dropped"),
)
OPEN_JOB = text("state = 'open'")
Index("open_jobs", job.c.station, job.c.seq, sqlite_where=OPEN_JOB, postgresql_where=OPEN_JOB)

help_call = Table(
    "help_call",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("day", String(10)),
    Column("station", String(40), nullable=False),
    Column("at_ms", Ms, nullable=False),
    Column("taken_at_ms", Ms),
    Column("taken_by", String(40)),
)

rating = Table(
    "rating",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("counter", ForeignKey("counter.id"), nullable=False),
    Column("level", String(20), nullable=False),
    Column("at_ms", Ms, nullable=False),
    _one_of("level", *RatingLevel),
)
Index("ratings_of_day", rating.c.day)

visitor_link = Table(
    "visitor_link",
    metadata,
    Column("link", String(64), primary_key=True),
    Column("ticket", ForeignKey("ticket.id"), nullable=False, unique=True),
    Column("day", String(10), nullable=False),
)

dossier = Table(
    "dossier",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("code", String(40), nullable=False),
)

# --- the journal -----------------------------------------------------------------------------------------

queue_clock = Table(
    "queue_clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("boot_id", String(64), nullable=False),
    Column("boot_ms", Ms, nullable=False),
    Column("queue_ms", Ms, nullable=False),
    Column("doubt", String(10)),
    Column("sure_ms", Ms),
    CheckConstraint("id = 1", name="one_row"),
)

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("day", String(10)),
    Column("at_ms", Ms, nullable=False),
    Column("boot_id", String(64), nullable=False),
    Column("boot_ms", Ms, nullable=False),
    Column("queue_ms", Ms, nullable=False),
    Column("actor_role", String(20), nullable=False),
    Column("actor_id", String(40), nullable=False),
    Column("actor_station", String(40)),
    Column("request_id", String(40)),
    Column("request_hash", String(64)),
    Column("kind", String(40), nullable=False),
    Column("ticket", String(40)),
    Column("counter", String(40)),
    Column("service", String(40)),
    Column("data", String, nullable=False),
    Column("prev", String(64), nullable=False),
    Column("own", String(64), nullable=False, unique=True),
)
Index("facts_of_ticket", journal.c.ticket, journal.c.seq)
Index("facts_of_day", journal.c.day, journal.c.seq)

NEVER_JOURNALLED = frozenset({"visitor_link", "clerk_name", "dossier"})
"""Tables that replay cannot and must not give back: secrets of visitors, references to their files, names of clerks."""
