"""Run the scripts of ``versions`` with Alembic, which reads them as package data."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from server.store.backends import CannotOpen


def run_scripts(connection: Connection, revision: str = "head") -> None:
    """Migrate to ``revision``, in the transaction of ``connection``. Raises ``CannotOpen`` for an even newer schema."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise CannotOpen(
            f"{connection.engine.url.database}: is of a newer version of this program ({error}); start that one, or"
            " restore the copy made before the upgrade"
        ) from error
