"""Copies of ``access.db``, beside those of the journal's database.

A copy holds hashes of passwords and names of people, so only its owner can read it; it holds no session, so a restored
database has nobody signed in.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from server.access.database import FILE_NAME
from server.store import CannotCopy, Retention
from server.store.backends.backend import never
from server.store.backends.sqlite_backup import (
    COPY_PREFIX,
    PARTIAL_SUFFIX,
    check,
    connection_to,
    copy_file,
    delete_old_copies,
    refuse_damage,
    set_aside,
    sync,
    vacuum_into,
    write_checksum,
)

log = logging.getLogger(__name__)

ACCESS_PREFIX = "access-"
TABLES_NOT_COPIED = ("session", "throttle", "setup_code")


def back_up_access(
    state: Path, folder: Path, *, stamp: str, keep: Retention, is_cancelled: Callable[[], bool] = never
) -> Path | None:
    """Make a checked copy in ``folder`` and return its path.

    None if there is no ``access.db``. The hall may be working. Raises ``CannotCopy``.
    """
    database = state / FILE_NAME
    if not database.exists():
        return None
    copy_path = folder / f"{ACCESS_PREFIX}{stamp}.db"
    partial = folder / f"{ACCESS_PREFIX}{stamp}{PARTIAL_SUFFIX}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in folder.glob(f"{ACCESS_PREFIX}*{PARTIAL_SUFFIX}*"):
            leftover.unlink(missing_ok=True)
        refuse_damage(database, is_cancelled)
        vacuum_into(database, partial, is_cancelled)
        with connection_to(partial, is_cancelled) as connection:
            _erase_sessions(connection)
        check(partial, is_cancelled)
        sync(partial)
        partial.rename(copy_path)
        write_checksum(copy_path)
        sync(folder)
        delete_old_copies(folder, keep, stamp=stamp, prefix=ACCESS_PREFIX)
    except OSError as error:
        raise CannotCopy(f"{folder}: {error.strerror or error}; people and devices were not copied") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return copy_path


def copy_of_access(copy: Path) -> Path | None:
    """Return the copy of ``access.db`` that was made with ``copy``.

    ``copy`` is one of the journal's database. None without one.
    """
    access_copy = copy.with_name(ACCESS_PREFIX + copy.name.removeprefix(COPY_PREFIX))
    is_named_so = copy.name.startswith(COPY_PREFIX)
    return access_copy if is_named_so and (access_copy.exists() or access_copy.is_symlink()) else None


def check_access_copy(copy: Path) -> None:
    """Raise ``CannotCopy`` unless ``copy`` is a whole ``access.db``, and no link."""
    refuse_link(copy)
    check(copy)
    with connection_to(copy) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"person", "access_log"} <= tables:
        raise CannotCopy(f"{copy}: holds no people and devices")


def restore_access(state: Path, copy: Path, *, stamp: str) -> Path | None:
    """Replace ``access.db`` by ``copy``, without its sessions.

    Return the path of the old one, None without one. The server must be stopped. Raises ``CannotCopy``.
    """
    database = state / FILE_NAME
    restored = database.with_name(f"{FILE_NAME}.restoring")
    try:
        check_access_copy(copy)
        refuse_link(database)
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        restored.unlink(missing_ok=True)
        copy_file(copy, restored)
        with connection_to(restored) as connection:
            _erase_sessions(connection)
        check(restored)
        sync(restored)
        aside = set_aside(database, stamp)
        restored.rename(database)
        if aside is not None:
            _erase_sessions_aside(aside)
        sync(state)
    except OSError as error:
        raise CannotCopy(f"{database}: {error.strerror or error}; people and devices were not restored") from error
    return aside


def refuse_link(path: Path) -> None:
    """Raise ``CannotCopy`` if ``path`` is a symbolic link: it may lead to another user's file."""
    if path.is_symlink():
        raise CannotCopy(f"{path}: is a link; name the file itself")


def _erase_sessions_aside(aside: Path) -> None:
    try:
        with connection_to(aside) as connection:
            _erase_sessions(connection)
    except CannotCopy as error:
        log.warning("%s: its sessions could not be erased: %s", aside, error)


def _erase_sessions(connection: Any) -> None:
    """Erase the rows of ``TABLES_NOT_COPIED``, from free pages too."""
    connection.execute("PRAGMA secure_delete=ON").fetchall()
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.execute("BEGIN IMMEDIATE")
    for table in TABLES_NOT_COPIED:
        if table in tables:
            connection.execute(f"DELETE FROM {table}")
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
