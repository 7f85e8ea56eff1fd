"""The real server with one planted fault: every 50th choice takes the second in line. For the checker's own test."""

from collections.abc import Callable, Collection
from itertools import count

from sqlalchemy import Connection

from server import app
from server.domain.queue.choice import Waiting
from server.store import queries

right: Callable[..., list[Waiting]] = queries.contenders
turns = count(1)


def wrong(connection: Connection, day: str | None, services: Collection[str]) -> list[Waiting]:
    """Return the right contenders, but now and then the whole line without its first ticket."""
    line = queries.waiting_tickets(connection, day, services)
    if len(line) < 2 or next(turns) % 50:
        return right(connection, day, services)
    return sorted(line, key=lambda ticket: ticket.rank)[1:]


def plant() -> None:
    """Replace the contenders wherever they were imported by name."""
    import server.commands.calling as calling

    assert vars(calling)["contenders"] is right
    vars(calling)["contenders"] = wrong


if __name__ == "__main__":
    plant()
    raise SystemExit(app.main())
