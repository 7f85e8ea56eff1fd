"""Facts of the server's clock, of days, their hours and the services stopped on them."""

from collections.abc import Mapping

from sqlalchemy import Connection, delete, update
from sqlalchemy import select as sql_select

from server.domain.facts import (
    ClockJudged,
    ClockStepped,
    DayClosed,
    DayDated,
    DayOpened,
    DayReopened,
    Fact,
    HoursChanged,
    ServerBooted,
    ServiceResumed,
    ServiceStopped,
)
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.apply.rows import ApplyFact, insert_call, insert_row, update_one_row, update_rows
from server.store.entry import JournalEntry


def _boot(connection: Connection, entry: JournalEntry, fact: ServerBooted) -> None:
    _set_clock_base(connection, entry, fact.queue_ms)
    _judge_clock(connection, entry, fact)


def _set_clock_base(connection: Connection, entry: JournalEntry, queue_ms: int) -> None:
    """Make ``queue_ms`` at this entry the base of queue time; keep the doubt."""
    previous = connection.execute(sql_select(t.queue_clock.c.doubt, t.queue_clock.c.sure_ms)).first()
    doubt_values = {"doubt": None, "sure_ms": None} if previous is None else dict(previous._mapping)
    connection.execute(delete(t.queue_clock))
    base = {"id": 1, "boot_id": entry.boot_id, "boot_ms": entry.boot_ms, "queue_ms": queue_ms}
    insert_row(connection, t.queue_clock, **(base | doubt_values))


def _judge_clock(connection: Connection, entry: JournalEntry, fact: ServerBooted | ClockStepped | ClockJudged) -> None:
    """Store whether the wall clock is doubted from this entry on."""
    update_rows(connection, t.queue_clock, {}, doubt=fact.doubt, sure_ms=fact.sure_ms)


def _open_day(connection: Connection, entry: JournalEntry, fact: DayOpened) -> None:
    insert_row(
        connection,
        t.day,
        id=fact.day_id,
        date=fact.date,
        seq=entry.seq,
        goes_on=fact.goes_on,
        office=fact.office,
        state="open",
        opened_at_ms=entry.at_ms,
        opened_ms=fact.queue_ms,
        demand=fact.demand,
    )
    if fact.goes_on is not None:
        _carry_over(connection, fact.goes_on, fact.day_id)
    _set_clock_base(connection, entry, fact.queue_ms)


def _carry_over(connection: Connection, old_day: str, new_day: str) -> None:
    """Copy the series and counts of one day to another, and move its unfinished tickets."""
    for table in (t.series, t.issued, t.day_service, t.counter_today):
        for row in connection.execute(sql_select(table).where(table.c.day == old_day)).all():
            insert_row(connection, table, **(dict(row._mapping) | {"day": new_day}))
    unfinished = (TicketState.WAITING, TicketState.CALLED, TicketState.SERVING, TicketState.HELD, TicketState.NO_SHOW)
    is_unfinished = t.ticket.c.state.in_([state.value for state in unfinished])
    connection.execute(update(t.ticket).where(t.ticket.c.day == old_day, is_unfinished).values(day=new_day))
    for table in (t.call, t.help_call, t.job, t.dispatch):
        update_rows(connection, table, {"day": old_day}, day=new_day)


def _close_day(connection: Connection, entry: JournalEntry, fact: DayClosed) -> None:
    counts = {"served": fact.served, "expired": fact.expired, "unrecorded": fact.unrecorded}
    where = {"id": fact.day_id, "state": "open"}
    update_one_row(connection, entry, t.day, where, state="closed", closed_at_ms=entry.at_ms, **counts)
    if fact.carried:
        return  # the next day continues with its tickets, jobs and requests
    connection.execute(delete(t.ticket_before))
    # The requests of the closed day stay until the next close, so that a late repetition still gets its result.
    is_of_other_day = (t.request.c.day != fact.day_id) | t.request.c.day.is_(None)
    connection.execute(delete(t.request).where(is_of_other_day))
    open_slip_jobs = update(t.job).where(t.job.c.state == "open", t.job.c.ticket.is_not(None))
    connection.execute(open_slip_jobs.values(state="dropped", done_at_ms=entry.at_ms))


def _reopen_day(connection: Connection, entry: JournalEntry, fact: DayReopened) -> None:
    where = {"id": fact.day_id, "state": "closed"}
    counts = {"served": None, "expired": None, "unrecorded": None}
    update_one_row(connection, entry, t.day, where, state="open", closed_at_ms=None, **counts)


def _correct_date(connection: Connection, entry: JournalEntry, fact: DayDated) -> None:
    """Correct the day's date.

    ``fresh``: the day that it continued had another date, so its stopped services, its counts, and the services lent to
    its counters do not apply any more.
    """
    day = fact.day
    corrected = {"date": fact.date, "opened_at_ms": fact.opened_at_ms}
    update_one_row(connection, entry, t.day, {"id": day}, **corrected)
    if not fact.fresh:
        return
    for table in (t.day_service, t.counter_today):
        connection.execute(delete(table).where(table.c.day == day))
    issued = t.issued
    continued_day = sql_select(t.day.c.goes_on).where(t.day.c.id == day).scalar_subquery()
    for row in connection.execute(sql_select(issued).where(issued.c.day == continued_day)).all():
        where = (issued.c.day == day, issued.c.service == row.service, issued.c.half == row.half)
        connection.execute(update(issued).where(*where).values(count=issued.c["count"] - row._mapping["count"]))


def _change_hours(connection: Connection, entry: JournalEntry, fact: HoursChanged) -> None:
    connection.execute(delete(t.hours))
    row = {"office": fact.office, "opening": fact.opening, "services": fact.services}
    insert_row(connection, t.hours, at_ms=entry.at_ms, **row)
    if fact.announce is not None:
        insert_call(connection, entry, fact.announce)


def _stop_service(connection: Connection, entry: JournalEntry, fact: ServiceStopped) -> None:
    _set_stopped(connection, entry, stopped=True, reason=fact.reason, until_at_ms=fact.until_at_ms, ask=fact.ask)


def _resume_service(connection: Connection, entry: JournalEntry, fact: ServiceResumed) -> None:
    _set_stopped(connection, entry, stopped=False)


def _set_stopped(
    connection: Connection,
    entry: JournalEntry,
    *,
    stopped: bool,
    reason: str | None = None,
    until_at_ms: int | None = None,
    ask: str | None = None,
) -> None:
    """Store whether numbers of the fact's service are stopped today, and the texts for visitors."""
    where = (t.day_service.c.day == entry.day, t.day_service.c.service == entry.service)
    connection.execute(delete(t.day_service).where(*where))
    row = {"day": entry.day, "service": entry.service, "stopped": stopped, "at_ms": entry.at_ms}
    insert_row(connection, t.day_service, **row, reason=reason, until_at_ms=until_at_ms, ask=ask)


DAYS: Mapping[type[Fact], ApplyFact] = {
    ServerBooted: _boot,
    ClockStepped: _judge_clock,
    ClockJudged: _judge_clock,
    DayOpened: _open_day,
    DayClosed: _close_day,
    DayReopened: _reopen_day,
    DayDated: _correct_date,
    HoursChanged: _change_hours,
    ServiceStopped: _stop_service,
    ServiceResumed: _resume_service,
}
