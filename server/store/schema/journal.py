"""The journal: one row per fact. Triggers make it append-only.

``own`` is the hash of the row, which covers that of the row before; ``server.store.entry`` describes the other columns.
The facts of a day follow its opening in order of their sequence, so they need no index.
"""

from sqlalchemy import Column, Index, Integer, String, Table

from server.store.schema.base import Ms, metadata
from server.store.schema.compact import Compact, Packed

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("day", String(10)),
    Column("at_ms", Ms, nullable=False),
    Column("boot_id", Compact(64), nullable=False),
    Column("boot_ms", Ms, nullable=False),
    Column("queue_ms", Ms, nullable=False),
    Column("actor_role", String(20), nullable=False),
    Column("actor_id", String(40), nullable=False),
    Column("actor_station", String(40)),
    Column("request_id", Compact(40)),
    Column("request_hash", Compact(64)),
    Column("kind", String(40), nullable=False),
    Column("ticket", String(40)),
    Column("counter", String(40)),
    Column("service", String(40)),
    Column("data", Packed, nullable=False),
    Column("own", Compact(64), nullable=False),
)
Index("facts_of_ticket", journal.c.ticket, journal.c.seq)
