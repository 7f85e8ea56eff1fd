"""How visitors rated the service."""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select

from server.store import schema as t
from server.store.statement import Statement


def is_rated(connection: Connection, ticket: str) -> bool:
    """Return whether a ticket was rated."""
    return _RATING.first(connection, ticket=ticket) is not None


_RATING = Statement(select(t.rating.c.ticket).where(t.rating.c.ticket == bindparam("ticket")))


def ratings_of(connection: Connection, day: str) -> Mapping[str, str]:
    """Return the level of each rating of a day, by ticket."""
    return dict(_OF_DAY.all(connection, day=day))


_OF_DAY = Statement(select(t.rating.c.ticket, t.rating.c.level).where(t.rating.c.day == bindparam("day")))
