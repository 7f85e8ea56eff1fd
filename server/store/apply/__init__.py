"""From a fact to table rows: the one way in which tables change, used live and by replay alike.

A function per kind of fact, in a table at the end of each module; ``APPLY`` holds them all. Each reads nothing but
the fact and the rows it changes, so that the same journal always gives the same rows.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from server.store import tables as t
from server.store.apply.counters import COUNTERS
from server.store.apply.days import DAYS
from server.store.apply.endings import ENDINGS, expire_all
from server.store.apply.issuing import ISSUING
from server.store.apply.jobs import JOBS
from server.store.apply.office import OFFICE
from server.store.apply.rows import Apply, Inconsistent, add
from server.store.apply.tickets import MOVES
from server.store.facts import Fact, Kind

__all__ = ["APPLY", "Inconsistent", "apply", "apply_all"]


def apply(connection: Connection, fact: Fact) -> None:
    """Bring the tables to where ``fact`` says they are."""
    APPLY[fact.kind](connection, fact)
    if fact.request_id is not None:
        _remember(connection, fact)


def apply_all(connection: Connection, facts: Sequence[Fact]) -> None:
    """Apply facts of one kind that no request waits for; the same as one after the other, and quicker."""
    if facts and facts[0].kind is Kind.EXPIRED:
        expire_all(connection, facts)
    else:
        for fact in facts:
            apply(connection, fact)


def _remember(connection: Connection, fact: Fact) -> None:
    add(
        connection,
        t.request,
        caller=f"{fact.actor_role}:{fact.actor_id}",
        request_id=fact.request_id,
        hash=fact.request_hash,
        day=fact.day,
        ticket=fact.ticket,
        counter=fact.counter,
        job=fact.data.get("job"),
        seq=fact.seq,
    )


def _nothing(_connection: Connection, _fact: Fact) -> None:
    """The fact stands for itself in the journal."""


APPLY: Mapping[Kind, Apply] = {
    Kind.REQUEST_ANSWERED: _nothing,
    **DAYS,
    **OFFICE,
    **ISSUING,
    **MOVES,
    **ENDINGS,
    **COUNTERS,
    **JOBS,
}
