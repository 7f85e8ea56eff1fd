"""SQLite as the backend of a hall: one file on a local disk."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.store.backends import sqlite_backup, sqlite_engine, sqlite_health, sqlite_upgrade
from server.store.backends.backend import Engines, LastEnd, Retention, never
from server.store.backends.sqlite_engine import SqliteVersion


@dataclass(frozen=True, slots=True)
class SqliteLock:
    """The lock file of a database, open and locked."""

    database: Path
    fd: int
    last_end: LastEnd

    def mark_in_use(self) -> None:
        """Empty the lock file; described in ``DatabaseLock``."""
        sqlite_health.forget_end(self.fd)

    def release(self, *, cleanly: bool) -> None:
        """Unlock the database; described in ``DatabaseLock``."""
        if cleanly:
            sqlite_health.record_end(self.fd, self.database)
        os.close(self.fd)


@dataclass(frozen=True, slots=True)
class SqliteBackend:
    """The database in the file at ``path``. ``version``: an SQLite other than the newest available."""

    path: Path
    version: SqliteVersion | None = None

    def lock(self) -> SqliteLock:
        """Lock the database; all methods are described in ``Backend``."""
        fd = sqlite_engine.lock(self.path)
        return SqliteLock(self.path, fd, sqlite_health.last_end(fd, self.path))

    def open(self, *, check: bool = False, is_cancelled: Callable[[], bool] = never) -> Engines:
        return sqlite_engine.open_engines(self.path, self.version, check=check, is_cancelled=is_cancelled)

    def find_damage(self, is_cancelled: Callable[[], bool]) -> str | None:
        module = (self.version or sqlite_engine.newest_sqlite()).module
        return sqlite_health.find_damage(module, self.path, is_cancelled)

    def known_damage(self) -> str | None:
        return sqlite_health.known_damage(self.path)

    def append_only_statements(self, table: str) -> Sequence[str]:
        return sqlite_engine.append_only_statements(table)

    def back_up(self, folder: Path, *, stamp: str, keep: Retention) -> Path:
        return sqlite_backup.back_up(self.path, folder, stamp=stamp, keep=keep)

    def back_up_before_migration(
        self, newest_revision: str, *, stamp: str, is_cancelled: Callable[[], bool] = never
    ) -> Path | None:
        return sqlite_upgrade.back_up_before_migration(
            self.path, newest_revision, stamp=stamp, is_cancelled=is_cancelled
        )

    def restore(self, copy: Path, *, stamp: str) -> Path | None:
        return sqlite_backup.restore(self.path, copy, stamp=stamp)
