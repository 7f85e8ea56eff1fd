"""The real server with one planted fault: every 50th choice takes the second in line. For the checker's own test."""

from collections.abc import Callable
from itertools import count

from server import app
from server.domain import choice

right: Callable[..., choice.Waiting | None] = choice.choose
turns = count(1)


def wrong(waiting: object, *rest: object, **more: object) -> choice.Waiting | None:
    """The right choice, but now and then the one behind it."""
    line = list(waiting)  # type: ignore[call-overload]
    first = right(line, *rest, **more)
    if first is None or next(turns) % 50:
        return first
    return right([ticket for ticket in line if ticket.id != first.id], *rest, **more) or first


def plant() -> None:
    """Replace the choice wherever it was imported by name."""
    import server.commands.calling as calling

    assert vars(calling)["choose"] is right
    vars(calling)["choose"] = wrong


if __name__ == "__main__":
    plant()
    raise SystemExit(app.main())
