"""The fact of a new ticket, and the counts of issued numbers."""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, update

from server.domain.facts import (
    Fact,
    TicketIssued,
)
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.apply.rows import ApplyFact, insert_row, update_one_row
from server.store.entry import JournalEntry
from server.store.statement import Statement


def _issue(connection: Connection, entry: JournalEntry, fact: TicketIssued) -> None:
    _advance_series(connection, entry, fact)
    _count_issue(connection, entry, fact.half)
    insert_row(
        connection,
        t.ticket,
        id=entry.ticket,
        office=fact.office,
        day=entry.day,
        prefix=fact.prefix,
        seq=fact.seq,
        number=fact.number,
        rev=1,
        state=TicketState.WAITING.value,
        service=entry.service,
        procedure=fact.procedure,
        ticket_class=fact.ticket_class,
        head_start_ms=fact.head_start_ms,
        rank_key=fact.key,
        issue_seq=entry.seq,
        station=fact.station,
        issued_at_ms=entry.at_ms,
        issued_ms=entry.queue_ms,
        callable_from_ms=0,
        boot_id=entry.boot_id,
        calls=0,
        leg=1,
        behind_next=False,
        deferred=False,
        requeued=False,
        returned=False,
        changed_at_ms=entry.at_ms,
        changed_ms=entry.queue_ms,
        **_expected_slip(fact),
    )
    first_leg = {"ticket": entry.ticket, "n": 1, "service": entry.service, "procedure": fact.procedure}
    clock = {"began_ms": entry.queue_ms, "boot_id": entry.boot_id, "across_boots": False}
    insert_row(connection, t.leg, **(first_leg | clock))


def _expected_slip(fact: TicketIssued) -> Mapping[str, str | None]:
    """Return the print state until the station reports: pending if it prints a slip.

    Facts of older releases have no ``slip``.
    """
    return {"print_state": "pending", "print_station": fact.station} if fact.slip else {}


def _advance_series(connection: Connection, entry: JournalEntry, fact: TicketIssued) -> None:
    """Advance the series by exactly one. Raises :class:`Inconsistent` for any other number."""
    series = t.series
    if fact.seq == 1:
        first_number = {"office": fact.office, "day": entry.day, "prefix": fact.prefix, "last": 1}
        insert_row(connection, series, **first_number)
        return
    previous = {"office": fact.office, "day": entry.day, "prefix": fact.prefix, "last": fact.seq - 1}
    update_one_row(connection, entry, series, previous, last=fact.seq)


def _count_issue(connection: Connection, entry: JournalEntry, half: str) -> None:
    key = {"day": entry.day, "service": entry.service, "half": half}
    if _COUNT_ONE_MORE.execute(connection, **key) == 0:
        insert_row(connection, t.issued, **key, count=1)


_COUNT_ONE_MORE = Statement(
    update(t.issued)
    .where(*(t.issued.c[name] == bindparam(name) for name in ("day", "service", "half")))
    .values(count=t.issued.c["count"] + 1)
)


ISSUING: Mapping[type[Fact], ApplyFact] = {
    TicketIssued: _issue,
}
