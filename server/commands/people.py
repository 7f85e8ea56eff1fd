"""People with an account who work at the counters."""

from collections.abc import Mapping

from config.clock import Now
from server.domain.actor import Actor, require_permission
from server.domain.facts import ClerkNamed
from server.domain.permissions import Action
from server.store import Tx
from server.store.personal import erase_clerk_name, erase_messages_by, replace_clerk_name


def name_clerk(tx: Tx, actor: Actor, now: Now, clerk: str, name: str) -> None:
    """Make a person a clerk of the office, with this name.

    The journal has the id only. Changes nothing for a clerk who has this name.
    """
    _name(tx, require_permission(actor, Action.SIGN_IN), now, clerk, name)


def name_clerks(tx: Tx, actor: Actor, now: Now, names: Mapping[str, str]) -> None:
    """Give clerks of the office the names of a file."""
    actor = require_permission(actor, Action.MANAGE_OFFICE)
    for clerk, name in names.items():
        _name(tx, actor, now, clerk, name)


def enter_clerk(tx: Tx, actor: Actor, now: Now, clerk: str, name: str) -> None:
    """Make a person a clerk of the office before the first work at a counter."""
    _name(tx, require_permission(actor, Action.MANAGE_PEOPLE), now, clerk, name)


def _name(tx: Tx, actor: Actor, now: Now, clerk: str, name: str) -> None:
    known = tx.office.clerks.get(clerk)
    if known is None or known.name != name:
        tx.record(ClerkNamed(clerk=clerk), actor, now)
        replace_clerk_name(tx.connection, clerk, name)


def forget_clerk(tx: Tx, actor: Actor, now: Now, clerk: str) -> None:
    """Erase the name of a clerk, and the messages that the clerk has sent.

    The clerk is called by the id from now on. Somebody who is no clerk of the office has no name.
    """
    actor = require_permission(actor, Action.MANAGE_PEOPLE)
    erase_messages_by(tx.connection, clerk)
    if clerk in tx.office.clerks:
        tx.record(ClerkNamed(clerk=clerk), actor, now)
        erase_clerk_name(tx.connection, clerk)
