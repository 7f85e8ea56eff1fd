"""Prepare a migration: check the database and the disk, and copy it for a roll-back."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server.store.backends.backend import CannotCopy, Retention, never
from server.store.backends.sqlite_backup import back_up, connection_to, has_checksum, refuse_damage, remove_leftovers

log = logging.getLogger(__name__)

BEFORE_UPGRADE_FOLDER = "before-upgrade"  # beside the database
COPY_SPACE = 1.0
"""Free disk space for the copy, in sizes of the database."""
MIGRATION_SPACE = 1.2
"""Free disk space for the migration: SQLite's log holds every changed page until the end, then the file grows."""


def back_up_before_migration(
    database: Path, newest_revision: str, *, stamp: str, is_cancelled: Callable[[], bool] = never
) -> Path | None:
    """Check and copy a database of an older schema; return the path of the copy.

    A copy of exactly this state is used again, because a start that was interrupted has made it. Return None for any
    other database, and without one. Raises :class:`CannotCopy`, ``CheckCancelled`` and ``MigrationCancelled``.
    """
    if not database.exists():
        return None
    state = _state(database)
    if state is None or state[0] >= newest_revision:
        return None
    folder = database.parent / BEFORE_UPGRADE_FOLDER
    try:
        remove_leftovers(folder)
        copy = _copy_of(state, folder)
        _refuse_without_space(database, MIGRATION_SPACE if copy is not None else COPY_SPACE + MIGRATION_SPACE)
        if copy is None:
            keep = Retention(days=5, months=0)
            return back_up(database, folder, stamp=stamp, keep=keep, is_cancelled=is_cancelled)
        refuse_damage(database, is_cancelled)
    except OSError as error:
        raise CannotCopy(f"{folder}: {error.strerror or error}; nothing was migrated") from error
    log.info("%s is a copy of this state already", copy)
    return copy


def _state(database: Path) -> tuple[Any, ...] | None:
    """Return the schema's revision, and the sequence number and hash of the last fact.

    Return None for an empty database.
    """
    with connection_to(database) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables >= {"alembic_version", "journal"}:
            return None
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        last = connection.execute("SELECT seq, own FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return None if revision is None else (*revision, *(last or ()))


def _copy_of(state: tuple[Any, ...], folder: Path) -> Path | None:
    """Return a whole copy of the database in ``state``; None without one."""
    for copy in sorted(folder.glob("luot-*Z.db"), reverse=True):
        checksum_file = copy.with_name(f"{copy.name}.sha256")
        try:
            if _state(copy) == state and checksum_file.exists() and has_checksum(copy, checksum_file):
                return copy
        except (CannotCopy, OSError) as error:
            log.warning("%s: is not used: %s", copy, error)
    return None


def _refuse_without_space(database: Path, sizes: float) -> None:
    """Raise :class:`CannotCopy` unless so many sizes of the database are free beside it."""
    needed, free = int(database.stat().st_size * sizes), shutil.disk_usage(database.parent).free
    if free < needed:
        raise CannotCopy(
            f"{database}: its change to the new schema needs {needed // 1_000_000} MB of free disk space, but"
            f" {free // 1_000_000} MB are free; free some, then start again. Nothing was changed"
        )
