"""Exceptions of the roster for today, which a manager makes."""

from dataclasses import replace

from config.clock import Now
from server.commands.common import require_counter_in_use, require_open_day
from server.commands.office import changed_office
from server.domain.actor import Actor, require_permission
from server.domain.errors import Refusal, Refused
from server.domain.facts import OfficeChanged
from server.domain.office_changes import Edit, Part, parts_of
from server.domain.permissions import Action
from server.domain.roster import ONE_DATE, RosterEntry, weekday_of
from server.store import Tx

ID_PREFIX = "r"
"""The beginning of the ids of entries, before the journal's sequence, so that none is used twice."""


def seat_today(tx: Tx, actor: Actor, now: Now, counter: str, clerk: str | None, *, is_usual: bool = False) -> None:
    """Put a person at a counter for the open day; ``clerk`` None: nobody.

    ``is_usual``: end the exceptions of this day for the counter instead. Other exceptions of this day for the counter
    and for the person end. Raises ``not_found``, ``day_closed``, ``not_allowed`` while the date is not known.
    """
    actor = require_permission(actor, Action.DIRECT_COUNTERS)
    require_open_day(tx)
    require_counter_in_use(tx, counter)
    if clerk is not None and (clerk not in tx.office.clerks or tx.office.clerks[clerk].closed):
        raise Refused(Refusal.NOT_FOUND, values={"clerk": clerk})
    day = tx.head.date
    if day is None:
        raise Refused(Refusal.NOT_ALLOWED)
    if not is_usual and any(entry.clerk == clerk for entry in _of_day(tx, counter, day)):
        return  # as it is
    present, edits = parts_of(tx.office), []
    for entry in tx.office.roster.values():
        is_of_today = entry.rank == ONE_DATE and entry.since == day
        is_same_person = not is_usual and clerk is not None and entry.clerk == clerk
        if is_of_today and (entry.counter == counter or is_same_person):
            edits.append(Edit(Part.ROSTER, entry.id, present[(Part.ROSTER, entry.id)], None))
    if not is_usual:
        entry = RosterEntry(f"{ID_PREFIX}{tx.head.seq + 1}", counter, clerk, (weekday_of(day),), None, day, day)
        with_entry = parts_of(replace(tx.office, roster={entry.id: entry}))
        edits.append(Edit(Part.ROSTER, entry.id, None, with_entry[(Part.ROSTER, entry.id)]))
    if edits:
        changed_office(tx.office, edits)
        rows = [edit.data() for edit in edits]
        tx.record(OfficeChanged(change=f"o-{tx.head.seq + 1}", edits=rows, undoes=None, planned=False), actor, now)


def _of_day(tx: Tx, counter: str, day: str) -> list[RosterEntry]:
    """Return the exceptions of one day for a counter."""
    entries = tx.office.roster.values()
    return [entry for entry in entries if entry.rank == ONE_DATE and entry.since == day and entry.counter == counter]
