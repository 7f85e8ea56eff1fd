"""Service days, what is counted on them, opening hours, and the clock of the queue."""

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, text

from server.store.schema.base import Ms, metadata, one_of
from server.store.schema.compact import Compact

# Rows and facts refer to a day by its ``id``: the date on which it was opened, or "d" and the journal sequence of its
# opening if that date is not known or is the id of another day; "p" and the sequence for a practice day. Its ``date``
# may be corrected. ``goes_on``: the id of the day whose open tickets and numbers it continues. ``seq``: the journal's
# sequence of its opening. Numbers of tickets, once it is closed: ``served`` on the whole day, ``unrecorded`` (of them:
# the close ended their service), ``expired`` (by the close). ``demand``: the numbers of each counted service in the
# weeks before, by which the kiosk orders services; NULL: by hand.
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
    Column("demand", JSON(none_as_null=True)),
    one_of("state", "open", "closed"),
    CheckConstraint("(state = 'closed') = (closed_at_ms IS NOT NULL)", name="closed_has_time"),
)
Index("days_in_order", day.c.seq)
Index("days_of_date", day.c.date, day.c.seq)
# As text without parameters, so that SQLite can see that the partial index fits a query.
DAY_IS_OPEN = text("state = 'open'")
Index("one_open_day", day.c.office, unique=True, sqlite_where=DAY_IS_OPEN, postgresql_where=DAY_IS_OPEN)

# A service whose issuing of numbers staff stopped on a day, or resumed (``stopped`` false), at ``at_ms`` (UTC ms).
# ``reason``, ``ask``: the texts for visitors, why and whom to ask; ``until_at_ms``: when numbers are issued again (UTC
# ms); each NULL where not given.
day_service = Table(
    "day_service",
    metadata,
    Column("day", ForeignKey("day.id"), primary_key=True),
    Column("service", ForeignKey("service.id"), primary_key=True),
    Column("stopped", Boolean, nullable=False),
    Column("at_ms", Ms, nullable=False),
    Column("reason", String(200)),
    Column("until_at_ms", Ms),
    Column("ask", String(200)),
)

# How the services of a counter differ on a day from the settings (lists of ids): ``added`` to them, ``taken`` from
# them, and ``any_clerk``: those of the added that its clerk serves although they are not on the clerk's own list.
# ``seq``: the journal's sequence of the fact.
counter_today = Table(
    "counter_today",
    metadata,
    Column("day", ForeignKey("day.id"), primary_key=True),
    Column("counter", ForeignKey("counter.id"), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("added", JSON, nullable=False),
    Column("taken", JSON, nullable=False),
    Column("any_clerk", JSON, nullable=False),
)

# How many numbers (``count``) of a service were issued in each half-day (``half``: am, pm).
issued = Table(
    "issued",
    metadata,
    Column("day", ForeignKey("day.id"), primary_key=True),
    Column("service", ForeignKey("service.id"), primary_key=True),
    Column("half", String(2), primary_key=True),
    Column("count", Integer, nullable=False),
    one_of("half", "am", "pm"),
)

# The ``last`` number that each source of numbers has given.
series = Table(
    "series",
    metadata,
    Column("office", ForeignKey("office.id"), primary_key=True),
    Column("day", ForeignKey("day.id"), primary_key=True),
    Column("prefix", String(2), primary_key=True),
    Column("last", Integer, nullable=False),
    CheckConstraint("last > 0", name="counts_from_one"),
)

# The opening state that was recorded last, at ``at_ms`` (UTC ms): the office's, and by id that of ``services`` with
# hours of their own.
hours = Table(
    "hours",
    metadata,
    Column("office", ForeignKey("office.id"), primary_key=True),
    Column("opening", String(10), nullable=False),
    Column("services", JSON, nullable=False),
    Column("at_ms", Ms, nullable=False),
    one_of("opening", "open", "lunch", "closed"),
)

# The base of queue time: it was ``queue_ms`` at ``boot_ms`` of boot ``boot_id``. ``doubt``: why the wall clock's date
# is not trusted (the values of ``Doubt``), ``sure_ms``: the last moment (UTC ms) at which it was; both NULL while it
# is.
queue_clock = Table(
    "queue_clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("boot_id", Compact(64), nullable=False),
    Column("boot_ms", Ms, nullable=False),
    Column("queue_ms", Ms, nullable=False),
    Column("doubt", String(10)),
    Column("sure_ms", Ms),
    CheckConstraint("id = 1", name="one_row"),
)
