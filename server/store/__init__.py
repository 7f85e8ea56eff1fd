"""One hall's database: a journal of facts, and the tables that follow from them.

Other packages use the names below, and ``server.store.queries`` for reading rows. A command is a function of a ``Tx``
(its transaction) and the current moment (``Work`` is its type); a ``Writer`` runs it and reports what was
``Committed``. A ``Store`` holds the database and gives a ``Snapshot`` for reading; ``JournalHead`` is the last entry of
the journal with the open day and the base of queue time. A ``Backend`` is a database system, ``Engines`` are its two
connection pools, and ``Retention`` is the rule by which old copies are deleted.
"""

from server.store.backends import (
    AlreadyRunning,
    Backend,
    CannotCopy,
    CannotOpen,
    CheckCancelled,
    DatabaseError,
    Engines,
    MigrationCancelled,
    Retention,
    SqliteBackend,
    copy_stamp,
)
from server.store.entry import JournalEntry
from server.store.errors import StoreError
from server.store.queue_clock import JournalHead
from server.store.store import Snapshot, Store
from server.store.transaction import Tx
from server.store.writer import Busy, CallerGone, Committed, StorageFailed, Work, Writer

__all__ = [
    "AlreadyRunning",
    "Backend",
    "Busy",
    "CallerGone",
    "CannotCopy",
    "CannotOpen",
    "CheckCancelled",
    "Committed",
    "DatabaseError",
    "Engines",
    "JournalEntry",
    "JournalHead",
    "MigrationCancelled",
    "Retention",
    "Snapshot",
    "SqliteBackend",
    "StorageFailed",
    "Store",
    "StoreError",
    "Tx",
    "Work",
    "Writer",
    "copy_stamp",
]
