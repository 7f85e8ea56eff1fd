"""Detect an unclean end of the last server, and damage of the database (decision 0043).

A server that ends in order writes the size and the time of the closed database into its lock file. A server that is
killed leaves the lock file empty. A check that finds damage records it in a file beside the database, which the running
server, its next start and the nightly copies read.
"""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from server.store.backends.backend import CheckCancelled, LastEnd
from server.store.backends.sqlite_preempt import run_preemptibly

log = logging.getLogger(__name__)

MAX_RECORD_BYTES = 100


def last_end(lock_fd: int, database: Path) -> LastEnd:
    """Return how the last server left the database. ``lock_fd``: its open lock file."""
    if known_damage(database) is not None:
        return LastEnd.CHANGED
    if not database.exists() or database.stat().st_size == 0:
        return LastEnd.CLEAN
    recorded = os.pread(lock_fd, MAX_RECORD_BYTES, 0).decode("ascii", "replace")
    if not recorded:
        return LastEnd.UNCLEAN
    return LastEnd.CLEAN if recorded == _record_of(database) else LastEnd.CHANGED


def forget_end(lock_fd: int) -> None:
    """Empty the lock file, durably, because the database is in use from now on."""
    os.ftruncate(lock_fd, 0)
    os.fsync(lock_fd)


def record_end(lock_fd: int, database: Path) -> None:
    """Record that the database was closed in order.

    Nothing is recorded while SQLite's write-ahead log has content: another process, such as one that makes a copy, will
    still write that into the database file and so change its size and time.
    """
    wal = database.with_name(f"{database.name}-wal")
    with suppress(OSError):
        if wal.exists() and wal.stat().st_size > 0:
            return
        os.pwrite(lock_fd, _record_of(database).encode("ascii"), 0)
        os.fsync(lock_fd)


def _record_of(database: Path) -> str:
    status = database.stat()
    return f"closed {status.st_size} {status.st_mtime_ns}\n"


def known_damage(database: Path) -> str | None:
    """Return the damage that the last check found; None if there is none."""
    try:
        return _damage_file(database).read_text(encoding="utf-8", errors="replace").strip() or "damaged"
    except FileNotFoundError:
        return None
    except OSError as error:
        return error.strerror or str(error)


def forget_damage(database: Path) -> None:
    """Remove the record of damage, because the database is whole."""
    _damage_file(database).unlink(missing_ok=True)


def find_damage(
    module: ModuleType,
    database: Path,
    is_cancelled: Callable[[], bool] = lambda: False,
    *,
    attempts: int | None = None,
) -> str | None:
    """Read the whole database, record its damage and return it, None without any.

    A server may be using the database: the check makes way for its writer and begins again. ``module``: the driver.
    ``is_cancelled()`` is called often. Raises :class:`CheckCancelled`, also after so many ``attempts``; the driver's
    error while the database is locked; and ``OSError``.
    """
    try:
        rows = run_preemptibly(module, database, "PRAGMA quick_check(3)", is_cancelled=is_cancelled, attempts=attempts)
    except module.DatabaseError as error:
        if "locked" in str(error):
            raise
        rows = [[error]]
    if rows is None:
        raise CheckCancelled
    messages = [" ".join(str(row[0]).split()) for row in rows]
    if messages == ["ok"]:
        forget_damage(database)
        return None
    damage = "; ".join(messages)
    try:
        _damage_file(database).write_text(f"{damage}\n", encoding="utf-8")
    except OSError as error:
        log.error("%s: %s", _damage_file(database), error.strerror)
    return damage


def _damage_file(database: Path) -> Path:
    return database.with_name(f"{database.name}.damaged")
