"""Store rows in less space, and drop the indexes that no query uses (decision 0041).

The journal loses two indexes, and the column with the hash of the previous row, which that row holds itself. Hashes and
UUIDs are stored as bytes. Tables with a key of their own are stored in one tree, not two (``WITHOUT ROWID``). A
call's explanation is stored in its fact only. A year of 1,200 tickets a day takes about a minute.
"""

import re
from typing import Any

import sqlalchemy as sa
from alembic import op

from server.store.backends.sqlite_engine import append_only_statements

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

HASH = "COALESCE(luot_bytes({0}), {0})"
"""SQL for a column: a hash or a UUID as bytes, any other text unchanged."""
COMPACT = {
    "journal": ("boot_id", "request_id", "request_hash", "own"),
    "leg": ("boot_id",),
    "request": ("request_id", "hash"),
    "seen": (),
    "rating": (),
    "visitor_link": (),
}
"""The tables that are rebuilt, each with its columns of hashes and UUIDs."""
CHANGED_IN_PLACE = {"ticket": "boot_id", "call": "boot_id", "queue_clock": "boot_id"}
"""Tables that are updated and not rebuilt, because other tables refer to them."""


def upgrade() -> None:
    connection = op.get_bind()
    _define_function(connection)
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER journal_no_{verb}")
    op.drop_index("facts_of_day", "journal")
    for table, columns in COMPACT.items():
        _rebuild(connection, table, columns)
    for statement in append_only_statements("journal"):
        op.execute(statement)
    op.drop_column("call", "why")
    for table, column in CHANGED_IN_PLACE.items():
        op.execute(f"UPDATE {table} SET {column} = {HASH.format(column)}")
    op.create_index("days_in_order", "day", ["seq"])
    op.create_index("days_of_date", "day", ["date", "seq"])


def _rebuild(connection: sa.Connection, table: str, compact: tuple[str, ...]) -> None:
    """Copy the rows into a new table in which the columns ``compact`` are bytes."""
    definitions = sa.text("SELECT type, name, sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL")
    objects = connection.execute(definitions, {"table": table}).all()
    (definition,) = [row.sql for row in objects if row.type == "table"]
    for row in objects:
        if row.type == "index":
            op.drop_index(row.name, table)
    op.rename_table(table, f"{table}_before")
    op.execute(_new_definition(table, definition))
    info = connection.execute(sa.text(f"PRAGMA table_info({table})")).all()
    columns, order = [row[1] for row in info], [row[1] for row in info if row[5]]
    values = [HASH.format(column) if column in compact else column for column in columns]
    op.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table}_before"
        f" ORDER BY {', '.join(order)}"
    )
    op.drop_table(f"{table}_before")
    for row in objects:
        if row.type == "index":
            op.execute(row.sql)


def _new_definition(table: str, definition: str) -> str:
    """Return the table's new definition.

    The journal's has neither ``prev`` nor an index of ``own``; any other is stored in one tree, by its primary key.
    """
    if table == "journal":
        without_index = re.sub(r",\s*CONSTRAINT uq_journal_own UNIQUE \(own\)", "", definition)
        return re.sub(r"\bprev VARCHAR\(64\) NOT NULL,\s*", "", without_index)
    return f"{definition} WITHOUT ROWID"


def _define_function(connection: sa.Connection) -> None:
    """Define the SQL function ``luot_bytes``: the bytes of a hash or a UUID, else NULL."""
    hash_or_uuid = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

    def to_bytes(text: Any) -> bytes | None:
        fits = isinstance(text, str) and hash_or_uuid.fullmatch(text)
        return bytes.fromhex(text.replace("-", "")) if fits else None

    driver_connection: Any = connection.connection.driver_connection
    driver_connection.create_function("luot_bytes", 1, to_bytes, deterministic=True)
