"""``luot-server --backup`` and ``--restore``: copy the database, or replace it by a copy."""

import logging
from pathlib import Path

from config.load import ConfigError
from config.settings import Settings
from server.startup.checks import backup_folders, database_path
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
    database = database_path(settings)
    backend = SqliteBackend(database)
    if copy is not None:
        old = backend.restore(copy, stamp=stamp)
        log.info("%s is now %s; the old one is %s", database, copy, old or "none: there was no database")
        return 0
    keep = Retention(settings.server.backup.days, settings.server.backup.months)
    exit_code = 0
    for folder in backup_folders(settings):
        try:
            print(backend.back_up(folder, stamp=stamp, keep=keep))
        except CannotCopy as error:
            log.error("%s", error)
            exit_code = 1
    return exit_code
