"""Apply facts to the tables, in a running hall and in a replay.

The tables are changed in no other way. There is one function per class of fact; a mapping at the end of each module
lists them, and ``APPLY`` holds all. Each function reads only the entry with its fact and the rows that it changes, so
that the same journal always gives the same rows.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from server.domain.facts import BadFact, Fact, JobDone, JobMade, RequestRecorded, TicketExpired
from server.store import schema as t
from server.store.apply.assistance import ASSISTANCE
from server.store.apply.counters import COUNTERS
from server.store.apply.days import DAYS
from server.store.apply.devices import DEVICES
from server.store.apply.endings import ENDINGS, expire_all
from server.store.apply.issuing import ISSUING
from server.store.apply.jobs import JOBS
from server.store.apply.office import OFFICE
from server.store.apply.rows import ApplyFact, Inconsistent, insert_row
from server.store.apply.tickets import MOVES
from server.store.apply.undoing import UNDOING, keep_before
from server.store.entry import JournalEntry

__all__ = ["APPLY", "Inconsistent", "apply", "apply_all"]


def apply(connection: Connection, entry: JournalEntry) -> None:
    """Apply the fact of ``entry`` to the tables. Raises :class:`Inconsistent`."""
    fact = _fact_of(entry)
    keep_before(connection, entry, fact)
    APPLY[type(fact)](connection, entry, fact)
    if entry.request_id is not None:
        _store_request_result(connection, entry, fact)


def apply_all(connection: Connection, entries: Sequence[JournalEntry]) -> None:
    """Apply entries of one kind without requests, faster than one after the other."""
    expired = [fact for fact in map(_fact_of, entries) if isinstance(fact, TicketExpired)]
    if expired:
        expire_all(connection, entries, expired)
    else:
        for entry in entries:
            apply(connection, entry)


def _fact_of(entry: JournalEntry) -> Fact:
    try:
        return entry.fact
    except BadFact as error:
        raise Inconsistent(f"journal row {entry.seq}: {error}") from error


def _store_request_result(connection: Connection, entry: JournalEntry, fact: Fact) -> None:
    """Store the result of a request, which a repeated request gets again."""
    insert_row(
        connection,
        t.request,
        caller=f"{entry.actor_role}:{entry.actor_id}",
        request_id=entry.request_id,
        hash=entry.request_hash,
        day=entry.day,
        ticket=entry.ticket,
        counter=entry.counter,
        job=fact.job if isinstance(fact, JobMade | JobDone | RequestRecorded) else None,
        seq=entry.seq,
    )


def _change_nothing(_connection: Connection, _entry: JournalEntry, _fact: Fact) -> None:
    """Change no table: the fact is in the journal only."""


APPLY: Mapping[type[Fact], ApplyFact] = {
    RequestRecorded: _change_nothing,
    **DAYS,
    **OFFICE,
    **ISSUING,
    **MOVES,
    **ENDINGS,
    **UNDOING,
    **COUNTERS,
    **JOBS,
    **DEVICES,
    **ASSISTANCE,
}
