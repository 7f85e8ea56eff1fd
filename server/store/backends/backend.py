"""The interface between the store and a database system."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from server.store.errors import StoreError

DatabaseError = SQLAlchemyError
"""The base class of all errors of the database; the caller may try again."""


class CannotOpen(StoreError, SQLAlchemyError):
    """The database cannot be used; the message has the reason and the remedy.

    A later connection may raise this error too.
    """


class AlreadyRunning(CannotOpen):
    """Another server holds this database."""


class CannotCopy(CannotOpen):
    """No copy was made, or a copy cannot be used; the message has the reason."""


class CheckCancelled(StoreError):
    """The check of the database was cancelled; it found nothing so far."""


class MigrationCancelled(StoreError):
    """A migration, or the copy before it, was cancelled; the database is unchanged."""


def never() -> bool:
    """Return False: the default of ``is_cancelled`` where nothing can cancel."""
    return False


def copy_stamp(wall_ms: int) -> str:
    """Return a time (UTC ms) as the names of copies have it, such as ``20261123T180224Z``."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(wall_ms // 1000))


class LastEnd(Enum):
    """The state in which the last server left the database."""

    CLEAN = "clean"  # closed in order
    UNCLEAN = "unclean"  # the program or the machine stopped before the database was closed
    CHANGED = "changed"  # changed after it was closed in order, or known to be damaged


class DatabaseLock(Protocol):
    """The lock of a database, which this process holds."""

    @property
    def last_end(self) -> LastEnd:
        """The state in which the last server left the database."""

    def mark_in_use(self) -> None:
        """Record that a server uses the database: until ``release``, its end is not in order."""

    def release(self, *, cleanly: bool) -> None:
        """Unlock the database, after its connections are closed.

        ``cleanly``: there is no sign of damage, so the next start does not check the database.
        """


@dataclass(frozen=True, slots=True)
class Retention:
    """The copies to keep: the newest of each of so many days and months.

    Days and months without a copy do not count. They are those of the copies' names, in UTC.
    """

    days: int = 14
    months: int = 12


@dataclass(frozen=True, slots=True)
class Engines:
    """Two SQLAlchemy engines of one database: ``write``, and ``read``, which cannot write."""

    write: Engine
    read: Engine

    def close(self) -> None:
        """Close every connection."""
        self.read.dispose()
        self.write.dispose()


class Backend(Protocol):
    """One hall's database in one database system.

    ``stamp``: the current time, which the name of a new copy or of a replaced database holds; UTC as
    ``20261123T180224Z``. ``is_cancelled()`` is called often, and ends the work when it returns true.
    """

    def lock(self) -> DatabaseLock:
        """Lock the database for this process. Raises :class:`AlreadyRunning`, and :class:`CannotOpen`."""

    def open(self, *, check: bool = False, is_cancelled: Callable[[], bool] = never) -> Engines:
        """Open the database, or create it. Raises :class:`CannotOpen`.

        ``check``: read the whole database first, and refuse a damaged one; raises :class:`CheckCancelled`.
        """

    def find_damage(self, is_cancelled: Callable[[], bool]) -> str | None:
        """Read the whole database and return its damage, None if there is none.

        The database may be in use. Raises :class:`CheckCancelled`.
        """

    def known_damage(self) -> str | None:
        """Return the damage that the last check found, here or in another process."""

    def append_only_statements(self, table: str) -> Sequence[str]:
        """Return the statements that make ``table`` refuse every UPDATE and DELETE."""

    def back_up(self, folder: Path, *, stamp: str, keep: Retention) -> Path:
        """Make a checked copy in ``folder`` and return its path; the hall may be working. Raises ``CannotCopy``."""

    def back_up_before_migration(
        self, newest_revision: str, *, stamp: str, is_cancelled: Callable[[], bool] = never
    ) -> Path | None:
        """Check and copy a database whose schema is older than ``newest_revision``.

        Return the path of the copy, None without an older database. A copy of exactly this state is used again. Raises
        ``CannotCopy``, also when the disk has no room for the migration; :class:`CheckCancelled` and
        :class:`MigrationCancelled`.
        """

    def restore(self, copy: Path, *, stamp: str) -> Path | None:
        """Replace the database by ``copy``; return the path of the old one.

        Return None if there was none. Raises :class:`CannotCopy`, and :class:`AlreadyRunning` when a server uses the
        database.
        """
