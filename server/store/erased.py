"""What is erased from a database when its day is closed, and from every copy of it (decision 0021)."""

from typing import Any

SECRETS = ("visitor_link", "dossier")
"""Tables with visitors' links and the codes of their dossiers."""


def filled(connection: Any) -> list[str]:
    """Which of the tables exist, in this or an older schema, and have rows. ``connection`` is of SQLite itself."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    known = [table for table in SECRETS if table in tables]
    return [table for table in known if connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()]


def erase(connection: Any) -> bool:
    """Erase their rows from a database that no server works on, from its free pages too; return whether there were
    any."""
    found = filled(connection)
    if not found:
        return False
    connection.execute("BEGIN IMMEDIATE")
    for table in found:
        connection.execute(f"DELETE FROM {table}")
    connection.execute("COMMIT")
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return True
