"""Whether a page's action still fits what the page showed: the same clerk, counter state and ticket state.

A page may be older than the hall by the time of a click: a second click of a pair, a form sent twice, a page that
lost its connection, another person at the same counter. Such an action is refused, not carried out on something that
its sender never saw.
"""

from server.commands.asking import the_counter, the_ticket, was_asked
from server.domain.errors import Refusal, Refused
from server.store.facts import Actor
from server.store.journal import Tx
from server.store.queries import CounterRow, TicketRow, counter_row, open_ticket


def counter_mark(row: CounterRow, taken: TicketRow | None) -> str:
    """Return what a page shows of a counter, as one short word: state, readiness, and its open ticket."""
    ready = "ready" if row.ready_ms is not None else "idle"
    return f"{row.state}.{ready}.{'' if taken is None else f'{taken.id}.{ticket_mark(taken)}'}"


def ticket_mark(row: TicketRow) -> str:
    """Return what a page shows of a ticket, as one short word: state, leg and number of calls."""
    return f"{row.state.value}.{row.leg}.{row.calls}"


def check_clerk(tx: Tx, counter: str, clerk: str | None) -> None:
    """Raise ``not_allowed`` (need ``clerk_left``) when another clerk, or nobody, is at ``counter`` now."""
    label, now_there = the_counter(tx, counter).label, counter_row(tx.connection, counter).clerk
    if now_there == clerk:
        return
    person = tx.office.clerks.get(now_there or "")
    need = "clerk_left" if person is None else "clerk_changed"
    raise Refused(Refusal.NOT_ALLOWED, values={"need": need, "counter": label, "name": person and person.name})


def check_counter(tx: Tx, actor: Actor, request_id: str | None, counter: str, drawn: str) -> None:
    """Raise ``not_allowed`` (need ``drawn``) when ``counter`` is not as it was drawn.

    A request that was carried out before passes, because it is only answered again.
    """
    if was_asked(tx, actor, request_id):
        return
    if drawn != counter_mark(counter_row(tx.connection, counter), open_ticket(tx.connection, counter)):
        raise _changed()


def check_ticket(tx: Tx, actor: Actor, request_id: str | None, ticket: str, drawn: str) -> None:
    """Raise ``not_allowed`` (need ``drawn``) when ``ticket`` is not as it was drawn; see ``check_counter``."""
    if was_asked(tx, actor, request_id):
        return
    if drawn != ticket_mark(the_ticket(tx, ticket)):
        raise _changed()


def check_day(tx: Tx, drawn: str) -> None:
    """Raise ``not_allowed`` (need ``drawn``) when another day is open than was drawn; "" stands for none."""
    if drawn != (tx.day or ""):
        raise _changed()


def _changed() -> Refused:
    return Refused(Refusal.NOT_ALLOWED, values={"need": "drawn", "moves": ""})
