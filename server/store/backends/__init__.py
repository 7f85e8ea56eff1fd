"""The database systems that can hold a hall's database.

The rest of the store uses the interface ``Backend``. ``Engines``: the engine that writes and the one that only reads.
``Retention``: the copies of the database to keep.
"""

from server.store.backends.backend import (
    AlreadyRunning,
    Backend,
    CannotCopy,
    CannotOpen,
    CheckCancelled,
    DatabaseError,
    DatabaseLock,
    Engines,
    LastEnd,
    MigrationCancelled,
    Retention,
    copy_stamp,
    never,
)
from server.store.backends.sqlite import SqliteBackend

__all__ = [
    "AlreadyRunning",
    "Backend",
    "CannotCopy",
    "CannotOpen",
    "CheckCancelled",
    "DatabaseError",
    "DatabaseLock",
    "Engines",
    "LastEnd",
    "MigrationCancelled",
    "Retention",
    "SqliteBackend",
    "copy_stamp",
    "never",
]
