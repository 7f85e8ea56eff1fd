"""Calls, and the reports of the hall's screens and loudspeakers about them."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, Integer, bindparam, select

from server.domain.facts import FactKind
from server.store import schema as t
from server.store.statement import Statement

CallKind = Literal["call", "recall", "last", "pause", "resume", "opening", "closing"]
TICKET_CALL_KINDS = ("call", "recall", "last")
"""The kinds of calls of a ticket; the others are announcements about a counter or the hall.

``last``: a recall after which the rules allow no other; not simply the newest call.
"""


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call or an announcement; ``seq`` is the journal's sequence of the fact.

    ``at_ms``: when it was made, by the wall clock (UTC ms); ``queue_ms``: in queue time. ``ticket``, ``number``,
    ``ticket_class``, ``service``: None for an announcement. ``times``: how often the ticket has been called on its
    current leg, with this call. ``counter``: None for an announcement of the hall. ``chosen``: out of order; ``auto``:
    by the system, because the counter was ready; ``acknowledged``: somebody at the counter reacted to such a call (True
    from the start for recalls). ``boot_id``, ``mono_ms``: the boot of the machine, and for automatic calls the real ms
    since it, else None.
    """

    id: str
    seq: int
    day: str | None
    kind: CallKind
    times: int
    ticket: str | None
    number: str | None
    ticket_class: str | None
    counter: str | None
    service: str | None
    at_ms: int
    queue_ms: int
    chosen: bool
    auto: bool
    acknowledged: bool
    boot_id: str
    mono_ms: int | None


@dataclass(frozen=True, slots=True)
class CallReportRow:
    """The last report of one station about one call.

    ``shown_at_ms``: when the station showed it (UTC ms). ``spoken``: yes, muted, no_audio or None (not yet).
    """

    shown_at_ms: int
    spoken: str | None


def find_call(connection: Connection, call: str) -> CallRow | None:
    """Return the call with this id."""
    return _CALL.first(connection, call=call)


_CALL = Statement(select(t.call).where(t.call.c.id == bindparam("call")), CallRow)


def newest_call(connection: Connection, ticket: str, *, kinds: Collection[str] = TICKET_CALL_KINDS) -> CallRow | None:
    """Return the newest call of a ticket that has one of ``kinds``; None without one."""
    return _NEWEST_OF_TICKET.first(connection, ticket=ticket, kinds=kinds)


_NEWEST_OF_TICKET = Statement(
    select(t.call)
    .where(t.call.c.ticket == bindparam("ticket"), t.call.c.kind.in_(bindparam("kinds", expanding=True)))
    .order_by(t.call.c.seq.desc())
    .limit(1),
    CallRow,
)


def calls_of(connection: Connection, tickets: Collection[str]) -> Mapping[str, list[CallRow]]:
    """Return the calls of some tickets by ticket, oldest first; tickets without any are missing."""
    calls: dict[str, list[CallRow]] = {}
    for row in _ALL_OF_TICKETS.all(connection, tickets=tickets):
        assert row.ticket is not None, "these kinds are calls of tickets"
        calls.setdefault(row.ticket, []).append(row)
    return calls


_ALL_OF_TICKETS = Statement(
    select(t.call)
    .where(t.call.c.ticket.in_(bindparam("tickets", expanding=True)), t.call.c.kind.in_(TICKET_CALL_KINDS))
    .order_by(t.call.c.seq),
    CallRow,
)


def newest_calls(connection: Connection, day: str | None, limit: int) -> list[CallRow]:
    """Return the newest ``limit`` calls and announcements of a day, newest first."""
    return _OF_DAY.all(connection, day=day, limit=limit)


# Announcements can be made while no day is open.
_OF_DAY = Statement(
    select(t.call)
    .where(t.call.c.day.is_not_distinct_from(bindparam("day")))
    .order_by(t.call.c.seq.desc())
    .limit(bindparam("limit", type_=Integer)),
    CallRow,
)


def last_call_report(connection: Connection, call: str, station: str) -> CallReportRow | None:
    """Return the last report of a station about a call."""
    return _REPORT.first(connection, call=call, station=station)


_REPORT = Statement(
    select(t.seen.c.shown_at_ms, t.seen.c.spoken).where(
        t.seen.c.call == bindparam("call"), t.seen.c.station == bindparam("station")
    ),
    CallReportRow,
)


def reports_of_call(connection: Connection, call: CallRow) -> Iterator[tuple[int, str | None]]:
    """Yield the displays' reports about ``call``: the queue time of the report, and its ``spoken``.

    ``spoken`` is yes, muted, no_audio or None (not yet). In the order in which they were received.
    """
    for queue_ms, data in _REPORTS.all(connection, ticket=call.ticket, after_seq=call.seq):
        report = json.loads(data)
        if report["call"] == call.id:
            yield queue_ms, report["spoken"]


_REPORTS = Statement(
    select(t.journal.c.queue_ms, t.journal.c.data)
    .where(
        t.journal.c.ticket == bindparam("ticket"),
        t.journal.c.kind == FactKind.CALL_SEEN,
        t.journal.c.seq > bindparam("after_seq"),
    )
    .order_by(t.journal.c.seq)
)
