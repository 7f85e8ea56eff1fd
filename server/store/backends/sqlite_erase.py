"""Erase visitors' data, and messages of staff, from a copy of the database (decision 0021)."""

from typing import Any

VISITOR_TABLES = ("visitor_link", "dossier", "message", "ticket_note")
"""Tables with visitors' tokens, the codes of their dossiers, and messages and notes, which may be about visitors."""


def tables_with_rows(connection: Any) -> list[str]:
    """Return the tables of ``VISITOR_TABLES`` that have rows, in any version of the schema.

    ``connection`` is a connection of the SQLite driver.
    """
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return [
        table
        for table in VISITOR_TABLES
        if table in tables and connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()
    ]


def erase_visitor_tables(connection: Any, *, is_fresh: bool = False) -> bool:
    """Erase the rows of ``VISITOR_TABLES``, from free pages too; return whether there were any.

    ``is_fresh``: the database was just made by ``VACUUM INTO``, so free pages hold nothing of rows deleted before, and
    the file need not be rewritten. No server may be using the database.
    """
    filled_tables = tables_with_rows(connection)
    if not filled_tables:
        return False
    connection.execute("PRAGMA secure_delete=ON").fetchall()  # overwrites with zeros what it deletes
    connection.execute("BEGIN IMMEDIATE")
    for table in filled_tables:
        connection.execute(f"DELETE FROM {table}")
    connection.execute("COMMIT")
    if not is_fresh:
        connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return True
