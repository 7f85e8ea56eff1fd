"""The last trial of each device."""

from sqlalchemy import Boolean, Column, String, Table

from server.store.schema.base import Ms, metadata

# ``station``, ``device``: its names in reports. ``by``: the person who tried it, as the id of the actor. ``fault``: the
# code of what does not work, NULL if it works.
device_trial = Table(
    "device_trial",
    metadata,
    Column("station", String(40), primary_key=True),
    Column("device", String(60), primary_key=True),
    Column("at_ms", Ms, nullable=False),
    Column("by", String(64), nullable=False),
    Column("works", Boolean, nullable=False),
    Column("fault", String(20)),
    sqlite_with_rowid=False,
)
