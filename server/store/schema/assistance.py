"""The staff's assistance to each other: alarms, colleagues sent to a place, and messages."""

from sqlalchemy import Column, Index, Integer, String, Table, text

from server.store.schema.base import Ms, metadata

# A staff alarm. It belongs to no day. ``raised_by``, ``taken_by``, ``ended_by``: the ids of the actors.
alarm = Table(
    "alarm",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("counter", String(40), nullable=False),
    Column("raised_at_ms", Ms, nullable=False),
    Column("raised_by", String(64), nullable=False),
    Column("taken_at_ms", Ms),
    Column("taken_by", String(64)),
    Column("ended_at_ms", Ms),
    Column("ended_by", String(64)),
)
ALARM_IS_OPEN = text("ended_at_ms IS NULL")
Index("open_alarms", alarm.c.raised_at_ms, sqlite_where=ALARM_IS_OPEN, postgresql_where=ALARM_IS_OPEN)

# A manager's request to a colleague to go to a place: ``counter``, or the kiosk ``station``. ``call``: the visitor's
# call for help there. ``to_counter``: where the colleague works; ``clerk``: who was signed in there then. ``sent_by``:
# the id of the actor. ``going_by``: who answered "I am going".
dispatch = Table(
    "dispatch",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("day", String(10)),
    Column("counter", String(40)),
    Column("station", String(40)),
    Column("call", String(40)),
    Column("to_counter", String(40), nullable=False),
    Column("clerk", String(64)),
    Column("sent_at_ms", Ms, nullable=False),
    Column("sent_by", String(64), nullable=False),
    Column("going_at_ms", Ms),
    Column("going_by", String(64)),
    Column("ended_at_ms", Ms),
)
DISPATCH_IS_OPEN = text("ended_at_ms IS NULL")
Index("open_dispatches", dispatch.c.sent_at_ms, sqlite_where=DISPATCH_IS_OPEN, postgresql_where=DISPATCH_IS_OPEN)

# A text between a counter and the managers: personal data, outside the journal, erased when a day is closed. ``batch``:
# the id of the request, the same for the messages of one text to several counters. ``from_counter``: None: from a
# manager; ``to_counter``: None: to the managers. ``sent_by``, ``seen_by``: the ids of the persons.
message = Table(
    "message",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("batch", String(40), nullable=False),
    Column("from_counter", String(40)),
    Column("to_counter", String(40)),
    Column("sent_at_ms", Ms, nullable=False),
    Column("sent_by", String(64), nullable=False),
    Column("text", String(200), nullable=False),
    Column("seen_at_ms", Ms),
    Column("seen_by", String(64)),
)
MESSAGE_IS_UNREAD = text("seen_at_ms IS NULL")
Index("unread_messages", message.c.sent_at_ms, sqlite_where=MESSAGE_IS_UNREAD, postgresql_where=MESSAGE_IS_UNREAD)
