"""The progress of the set-up after the step that makes the administrator."""

from sqlalchemy import Connection, delete, select

from server.access import schema as t
from server.access.database import AccessDatabase, CachedRows


class SetupProgress:
    """The used set-up code stays in the database until the set-up's last step."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database
        self._is_under_way = CachedRows(database, _is_code_used)

    def is_under_way(self) -> bool:
        """Return whether steps are left after the administrator was made."""
        return self._is_under_way.get()

    def finish(self) -> bool:
        """End the set-up; return False if it had ended already."""
        with self._database.transaction() as connection:
            used_code = delete(t.setup_code).where(t.setup_code.c.used_ms.is_not(None))
            return connection.execute(used_code).rowcount > 0


def _is_code_used(connection: Connection) -> bool:
    return connection.execute(select(t.setup_code.c.id).where(t.setup_code.c.used_ms.is_not(None))).first() is not None
