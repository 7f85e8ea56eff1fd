"""Checks that a page was up to date when a button on it was pressed.

A page may be out of date when a button is pressed: a double click, a form that is sent twice, a page that lost its
connection, another person at the same counter. Each form of a page therefore sends back the version that the page
showed. The server refuses an action whose version is no longer the current one, because the person decided on a state
that has changed since.
"""

from server.commands.common import require_counter, require_ticket, was_carried_out
from server.domain.actor import Actor
from server.domain.errors import Need, Refusal, Refused
from server.store import Tx
from server.store.queries import CounterRow, TicketRow, counter_row, open_ticket


def counter_version(row: CounterRow, current: TicketRow | None) -> str:
    """Return the version of a counter on a page.

    It changes with the state, the readiness and the open ticket (``current``).
    """
    ready = "ready" if row.ready_ms is not None else "idle"
    return f"{row.state}.{ready}.{'' if current is None else f'{current.id}.{ticket_version(current)}'}"


def ticket_version(row: TicketRow) -> str:
    """Return the version of a ticket on a page, from state, leg and calls."""
    return f"{row.state.value}.{row.leg}.{row.calls}"


def check_clerk(tx: Tx, counter: str, clerk: str | None) -> None:
    """Raise ``not_allowed`` when another clerk, or nobody, is at ``counter`` now.

    ``clerk``: the id of the clerk for whom the page was rendered; None for a page without a named clerk. The need is
    ``clerk_left`` or ``clerk_changed``.
    """
    label, current_clerk = require_counter(tx, counter).label, counter_row(tx.connection, counter).clerk
    if current_clerk == clerk:
        return
    person = tx.office.clerks.get(current_clerk or "")
    need = Need.CLERK_LEFT if person is None else Need.CLERK_CHANGED
    raise Refused(Refusal.NOT_ALLOWED, need=need, values={"counter": label, "name": person and person.name})


def check_counter(tx: Tx, actor: Actor, request_id: str | None, counter: str, page_version: str) -> None:
    """Raise ``not_allowed`` with the need ``drawn`` when ``counter`` has changed since the page was rendered.

    A request that was carried out before passes, because it only gets its result again.
    """
    if was_carried_out(tx, actor, request_id):
        return
    if page_version != counter_version(counter_row(tx.connection, counter), open_ticket(tx.connection, counter)):
        raise _page_outdated()


def check_ticket(tx: Tx, actor: Actor, request_id: str | None, ticket: str, page_version: str) -> None:
    """Raise ``not_allowed`` when ``ticket`` has changed since the page was rendered; see ``check_counter``."""
    if was_carried_out(tx, actor, request_id):
        return
    if page_version != ticket_version(require_ticket(tx, ticket)):
        raise _page_outdated()


def check_day(tx: Tx, page_day: str) -> None:
    """Raise ``not_allowed`` when the open day is not ``page_day``; "" stands for no open day."""
    if page_day != (tx.day or ""):
        raise _page_outdated()


def _page_outdated() -> Refused:
    return Refused(Refusal.NOT_ALLOWED, need=Need.DRAWN, values={"moves": ""})
