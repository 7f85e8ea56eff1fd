"""The schema's history, run at every start. Package data: Alembic reads the scripts of ``versions``."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from server.store.engine import CannotOpen


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema, in one transaction. Raises ``CannotOpen`` for a newer one than ours."""
    with engine.begin() as connection:
        try:
            command.upgrade(configuration(connection), "head")
        except CommandError as error:
            raise CannotOpen(
                f"{engine.url.database}: is of a newer version of this program ({error}); start that one, or restore"
                " the copy made before the upgrade"
            ) from error


def newest() -> str | None:
    """The revision that :func:`migrate` brings a database to."""
    return ScriptDirectory(str(Path(__file__).parent)).get_current_head()


def configuration(connection: Connection) -> Config:
    """Alembic's configuration, working on ``connection``."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
