"""``luot-server --backup`` and ``--restore``: the settings' part of keeping copies of the database."""

import logging
from pathlib import Path

from config.load import ConfigError
from config.settings import Settings
from server.checks import database_path
from server.store.backup import CannotCopy, Keep, back_up, restore

log = logging.getLogger(__name__)


def keep_copies(settings: Settings, copy: Path | None, stamp: str) -> int:
    """Restore ``copy``, or with None make a copy in every folder; the program's exit code.

    One folder that fails, such as a stick that was pulled, does not keep the others from their copy. Raises
    ``ConfigError``, and ``CannotCopy`` and ``AlreadyRunning`` from a restore.
    """
    if settings.server is None:
        raise ConfigError(["the section [server] is missing; copies are made on the server's machine"])
    backup = settings.server.backup
    database = database_path(settings)
    if copy is not None:
        aside = restore(database, copy, stamp=stamp)
        log.info("%s is now %s; the old one is %s", database, copy, aside or "none: there was no database")
        return 0
    failed = 0
    for folder in backup.folders or (settings.machine.state / "backup",):
        try:
            print(back_up(database, folder, stamp=stamp, keep=Keep(backup.days, backup.months)))
        except CannotCopy as error:
            log.error("%s", error)
            failed = 1
    return failed
