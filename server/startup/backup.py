"""``luot-server --backup`` and ``--restore``: copy the database, or replace it by a copy."""

import logging
from pathlib import Path

from config.load import ConfigError
from config.settings import Settings
from server.access.copies import back_up_access, check_access_copy, copy_of_access, refuse_link, restore_access
from server.monitoring.wanted_copy import take_wanted_copy
from server.startup.checks import backup_folders, database_path
from server.startup.owner import acting_as_owner
from server.store import CannotCopy, Retention, SqliteBackend

log = logging.getLogger(__name__)


def back_up_or_restore(settings: Settings, copy: Path | None, stamp: str) -> int:
    """Restore ``copy``, or with None make a copy in every folder; return an exit code.

    If one folder fails, such as a memory stick that was removed, the others still get their copy, and the exit code is
    1. ``stamp``: the current time (UTC, as ``20261123T180224Z``), which the names of a new copy and of the replaced
    database have. Raises ``ConfigError``, and ``CannotCopy`` and ``AlreadyRunning`` from a restore.
    """
    if settings.server is None:
        raise ConfigError(["the section [server] is missing; copies are made on the server's machine"])
    with acting_as_owner(settings.machine.state):
        if copy is not None:
            _restore(settings, copy, stamp)
            return 0
        take_wanted_copy(settings.machine.state)
        folders = backup_folders(settings)
        return max([_back_up(settings, folder, stamp) for folder in folders], default=0)


def _back_up(settings: Settings, folder: Path, stamp: str) -> int:
    """Copy both databases to ``folder``; return an exit code."""
    assert settings.server is not None
    keep = Retention(settings.server.backup.days, settings.server.backup.months)
    try:
        print(SqliteBackend(database_path(settings)).back_up(folder, stamp=stamp, keep=keep))
        access_copy = back_up_access(settings.machine.state, folder, stamp=stamp, keep=keep)
    except CannotCopy as error:
        log.error("%s", error)
        return 1
    if access_copy is not None:
        print(access_copy)
    return 0


def _restore(settings: Settings, copy: Path, stamp: str) -> None:
    """Replace the database by ``copy``, and ``access.db`` by its copy of the same time."""
    database, state = database_path(settings), settings.machine.state
    access_copy = copy_of_access(copy)
    if access_copy is not None:
        check_access_copy(access_copy)
    refuse_link(copy)
    refuse_link(database)
    old = SqliteBackend(database).restore(copy, stamp=stamp)
    log.info("%s is now %s; the old one is %s", database, copy, old or "none: there was no database")
    if access_copy is None:
        log.info("%s has no copy of people and devices beside it; they stay as they are", copy)
        return
    old = restore_access(state, access_copy, stamp=stamp)
    log.info("people and devices are now those of %s; the old ones are in %s", access_copy, old or "no file")
