"""What a scan does on the clerk's page of its counter: it opens a slip's ticket, or shows why nothing was taken."""

from collections.abc import Callable

from server import commands
from server.commands import Refused
from server.store.queries import find_ticket, open_ticket
from server.web.parts import Parts


def take(here: Parts, counter: str | None, run: Callable[[], commands.Scanned]) -> commands.Scanned:
    """Run the command of a scan and show its result on the page of ``counter``. Raises what ``run`` refuses."""
    try:
        found = run()
    except Refused as refused:
        tell_at(here, counter, str(refused.values.get("need", refused.code.value)))
        raise
    if found.ticket is None:
        tell_at(here, counter, "unknown")
    elif found.meaning is commands.Meaning.TICKET and counter is not None:
        _open_at(here, counter, found.ticket)
    elif counter is not None:
        here.scanned.taken(counter)
    return found


def tell_at(here: Parts, counter: str | None, why: str) -> None:
    """Say on the page of the counter that a scan was not taken."""
    if counter is not None:
        here.scanned.refused(counter, why, here.mono_s())
        here.live.change()


def _open_at(here: Parts, counter: str, ticket: str) -> None:
    """Show the ticket on the page of the counter, unless it is the one that is open there anyway."""
    with here.store.read() as reading:
        row, taken = find_ticket(reading.connection, ticket), open_ticket(reading.connection, counter)
    if row is None or (taken is not None and taken.id == ticket):
        here.scanned.closed(counter)
    else:
        here.scanned.opened(counter, row, here.mono_s())
    here.live.change()
