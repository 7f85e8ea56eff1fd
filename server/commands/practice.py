"""The practice of a whole hall is a service day of its own."""

from config.clock import Now
from server.commands.day_schedule import is_opening_due
from server.commands.days import end_practice, record_opening
from server.domain.actor import Actor, require_permission
from server.domain.calendar import local_date
from server.domain.errors import Need, Refusal, Refused
from server.domain.permissions import Action
from server.store import Tx


def start_practice(tx: Tx, actor: Actor, now: Now) -> None:
    """Open a practice day; change nothing if one is open.

    Raises ``not_allowed`` while a real day is open or due to be opened, and while the date is in doubt.
    """
    actor = require_permission(actor, Action.PRACTISE)
    if tx.head.practice:
        return
    if tx.day is not None or tx.head.doubt is not None or is_opening_due(tx, now):
        raise Refused(Refusal.NOT_ALLOWED, need=Need.PRACTICE)
    record_opening(tx, actor, now, local_date(now.wall_ms, tx.office.zone), is_practice=True)


def stop_practice(tx: Tx, actor: Actor, now: Now) -> None:
    """Close the practice day; a real day stays open. A repeated request changes nothing."""
    end_practice(tx, require_permission(actor, Action.PRACTISE), now)
