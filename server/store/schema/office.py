"""The office: services, counters, clerks, procedures, calendar."""

from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from server.store.schema.base import Ms, metadata, one_of


def _details() -> Column[Any]:
    """Return the column for the fields of a part without an own column."""
    return Column("details", JSON, nullable=False, server_default="{}")


# ``pos`` is a row's position in the settings. JSON names are texts by language; ``hours``: the weekly opening hours.
# ``rev``: the revision of the office, 1 since the set-up; readers that keep an office read it again when ``rev``
# differs. ``zone``: the time zone, such as Asia/Ho_Chi_Minh. ``rules``: the fields of ``server.domain.office.Rules``.
# ``details``, here and below: the fields of a part that no rule of the database is about.
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
    _details(),
)

# ``prefix``: the letter of its numbers; ``outcome``: the default one; ``capacity``: numbers in a half-day; ``hours``:
# its own, else the office's apply; ``usual``: it is on the kiosk's first page.
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
    _details(),
    CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity_positive"),
)

# ``services``: the ids of those that the clerk may serve; NULL: all of the counter.
clerk = Table(
    "clerk",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("pos", Integer, nullable=False),
    Column("role", String(20), nullable=False),
    Column("services", JSON(none_as_null=True)),
    _details(),
    one_of("role", "clerk", "manager"),
)

clerk_name = Table(
    "clerk_name",
    metadata,
    Column("clerk", ForeignKey("clerk.id"), primary_key=True),
    Column("name", String(200), nullable=False),
)

# ``label``: the counter's name for people, such as 3; ``clerk``: the default clerk; ``zone``: the part of the hall.
counter = Table(
    "counter",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("pos", Integer, nullable=False),
    Column("label", String(8), nullable=False),
    Column("clerk", ForeignKey("clerk.id")),
    Column("zone", String(40), nullable=False),
    _details(),
)

counter_service = Table(
    "counter_service",
    metadata,
    Column("counter", ForeignKey("counter.id"), primary_key=True),
    Column("service", ForeignKey("service.id"), primary_key=True),
    Column("pos", Integer, nullable=False),
)

# ``papers``: the documents that the visitor must bring; ``fee``; ``time``: how long the office takes at most;
# ``authority``: the body that decides; ``result``: what the visitor gets in the end. ``place``: where to go for a
# procedure that is not handled here (``service`` is NULL). ``demo_service_min``: service time in demonstrations,
# minutes.
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
    _details(),
)

# A date that is a holiday (``name``), or has hours of its own (``spans``).
calendar = Table(
    "calendar",
    metadata,
    Column("date", String(10), primary_key=True),
    Column("name", JSON(none_as_null=True)),
    Column("spans", JSON(none_as_null=True)),
    CheckConstraint("name IS NOT NULL OR spans IS NOT NULL", name="says_something"),
)

# A notice for the people in the hall; ``since`` and ``until`` are local times.
notice = Table(
    "notice",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("pos", Integer, nullable=False),
    Column("text", JSON, nullable=False),
    Column("since", String(16)),
    Column("until", String(16)),
    _details(),
)

# A change of the office. ``seq``, ``at_ms`` (UTC ms), ``by_role`` and ``by`` are those of the fact by which a person
# made or planned it; ``date``: the day from which it is planned, NULL for one that was made at once. ``done_seq``: the
# fact by which it took effect, NULL if it has not. ``edits``: JSON of ``server.domain.office_changes.Edit``.
# ``undoes``: the change that it takes back.
office_change = Table(
    "office_change",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("at_ms", Ms, nullable=False),
    Column("by_role", String(20), nullable=False),
    Column("by", String(64), nullable=False),
    Column("date", String(10)),
    Column("state", String(12), nullable=False),
    Column("done_seq", Integer),
    Column("edits", JSON, nullable=False),
    Column("undoes", String(20)),
    one_of("state", "planned", "done", "withdrawn", "impossible"),
)
Index("office_changes_in_order", office_change.c.seq)
Index("office_changes_done", office_change.c.done_seq)
