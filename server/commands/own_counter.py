"""Check that a clerk, or an enrolled device, acts at the own counter only.

The own counter is the one at which the clerk is signed in. A clerk who is signed in nowhere may also act where nobody
is: there the commands find the counter closed, or it has no named clerk.
"""

from server.commands.common import require_counter
from server.commands.kept import clerks_at_counters
from server.domain.actor import Actor, require_permission
from server.domain.errors import Need, Refusal, Refused
from server.domain.permissions import Action, Permission, Role
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.store.queries import TicketRow

CLERKS = frozenset({Role.CLERK, Role.LEAD_CLERK, Role.STAFF})
"""The roles that work at a counter; keypads, programs and managers have no counter of their own."""
_AT_COUNTER = frozenset({TicketState.CALLED, TicketState.SERVING, TicketState.HELD})


def require_own_counter(tx: Tx, actor: Actor, counter: str) -> None:
    """Raise ``forbidden`` for a clerk, or a device, of another counter."""
    if not _is_own(tx, actor, counter):
        values = {"counter": require_counter(tx, counter).label}
        raise Refused(Refusal.FORBIDDEN, need=Need.OWN_COUNTER, values=values)


def in_role_at(tx: Tx, actor: Actor, action: Permission, counter: str) -> Actor:
    """Return the actor in the role that may do ``action`` at ``counter``.

    A clerk may at the own counter; elsewhere another role of the same person counts, such as that of a manager.
    """
    if actor.role not in CLERKS or _is_own(tx, actor, counter):
        return actor
    return actor.acting_for(action, but=CLERKS)


def require_any_counter(tx: Tx, actor: Actor) -> None:
    """Raise ``forbidden`` for a clerk, or a device, without a counter."""
    if not any(_is_own(tx, actor, counter) for counter in tx.office.counters):
        raise Refused(Refusal.FORBIDDEN, need=Need.OWN_COUNTER)


def is_at_other_counter(tx: Tx, actor: Actor, row: TicketRow) -> bool:
    """Return whether the ticket is called, served or held at another counter than this clerk's."""
    return row.state in _AT_COUNTER and row.counter is not None and not _is_own(tx, actor, row.counter)


def require_direction(tx: Tx, actor: Actor, counter: str) -> Actor:
    """Return the actor in the role that may direct ``counter``.

    That is: open, pause or close it. Raises ``forbidden`` for a clerk at the counter of somebody else; lead clerks may.
    """
    return actor if _is_own(tx, actor, counter) else require_permission(actor, Action.DIRECT_COUNTERS)


def require_own_sign_in(tx: Tx, actor: Actor, counter: str, clerk: str | None) -> Actor:
    """Return the actor in the role that may sign ``clerk`` in.

    None: sign somebody out. Raises ``forbidden`` for a clerk who does so for somebody else; lead clerks may.
    """
    if actor.role not in CLERKS:
        require_own_counter(tx, actor, counter)
        return actor
    is_left = clerk is None and (clerks_at_counters(tx)[counter] is None or _is_own(tx, actor, counter))
    return actor if clerk == actor.id or is_left else require_permission(actor, Action.DIRECT_COUNTERS)


def _is_own(tx: Tx, actor: Actor, counter: str) -> bool:
    if actor.role not in CLERKS:
        return actor.counters is None or counter in actor.counters
    clerks = clerks_at_counters(tx)
    clerk = clerks[counter]
    return clerk == actor.id or (clerk is None and actor.id not in clerks.values())
