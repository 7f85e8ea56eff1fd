"""Facts of the server's clock, of days, their hours and the services stopped on them."""

from collections.abc import Mapping

from sqlalchemy import Connection, delete, update
from sqlalchemy import select as sql_select

from server.domain.ticket import State
from server.store import tables as t
from server.store.apply.rows import Apply, add, announce, change_one
from server.store.facts import Fact, Kind


def base_clock(connection: Connection, fact: Fact) -> None:
    """From here queue time runs on by boot time. A boot also judges the wall clock."""
    before = connection.execute(sql_select(t.queue_clock.c.doubt, t.queue_clock.c.sure_ms)).first()
    judged = {"doubt": None, "sure_ms": None} if before is None else dict(before._mapping)
    connection.execute(delete(t.queue_clock))
    base = {"id": 1, "boot_id": fact.boot_id, "boot_ms": fact.boot_ms, "queue_ms": fact.data["queue_ms"]}
    add(connection, t.queue_clock, **(base | judged))
    if fact.kind is Kind.BOOTED:
        _judge_clock(connection, fact)


def _judge_clock(connection: Connection, fact: Fact) -> None:
    """Whether the wall clock is believed from here on. Journals from before it was judged say nothing of it."""
    judged = {"doubt": fact.data.get("doubt"), "sure_ms": fact.data.get("sure_ms")}
    connection.execute(update(t.queue_clock).values(**judged))


def _open_day(connection: Connection, fact: Fact) -> None:
    add(
        connection,
        t.day,
        id=_day_of(fact),
        date=fact.data["date"],
        seq=fact.seq,
        goes_on=fact.data.get("goes_on"),
        office=fact.data["office"],
        state="open",
        opened_at_ms=fact.at_ms,
        opened_ms=fact.data["queue_ms"],
    )
    if fact.data.get("goes_on") is not None:
        _carry_over(connection, fact.data["goes_on"], _day_of(fact))
    base_clock(connection, fact)


def _day_of(fact: Fact) -> str:
    """The day that a fact of days is about. Journals from before days had an id name it by its date."""
    return str(fact.data.get("day", fact.data["date"]))


def _carry_over(connection: Connection, old: str, new: str) -> None:
    """Let the day ``new`` go on where ``old`` ended: its series, and everyone who is not done with."""
    for table in (t.series, t.issued, t.day_service):
        for row in connection.execute(sql_select(table).where(table.c.day == old)).all():
            add(connection, table, **(dict(row._mapping) | {"day": new}))
    not_done = (State.WAITING, State.CALLED, State.SERVING, State.HELD, State.NO_SHOW)
    kept = t.ticket.c.state.in_([state.value for state in not_done])
    connection.execute(update(t.ticket).where(t.ticket.c.day == old, kept).values(day=new))
    for table in (t.call, t.help_call, t.job):
        connection.execute(update(table).where(table.c.day == old).values(day=new))


def _close_day(connection: Connection, fact: Fact) -> None:
    counts = {name: fact.data[name] for name in ("served", "expired", "unrecorded")}
    where = (t.day.c.id == _day_of(fact), t.day.c.state == "open")
    change_one(connection, fact, t.day, where, state="closed", closed_at_ms=fact.at_ms, **counts)
    if fact.data.get("carried"):
        return  # another one goes on at once: its people, work and requests live on
    old = (t.request.c.day != _day_of(fact)) | t.request.c.day.is_(None)
    connection.execute(delete(t.request).where(old))
    dropped = update(t.job).where(t.job.c.state == "open", t.job.c.ticket.is_not(None))
    connection.execute(dropped.values(state="dropped", done_at_ms=fact.at_ms))


def _reopen_day(connection: Connection, fact: Fact) -> None:
    where = (t.day.c.id == _day_of(fact), t.day.c.state == "closed")
    counts = {"served": None, "expired": None, "unrecorded": None}
    change_one(connection, fact, t.day, where, state="open", closed_at_ms=None, **counts)


def _date_day(connection: Connection, fact: Fact) -> None:
    """The day's date was corrected; ``fresh``: what it had continued was of another date, and counts no more."""
    key, data = _day_of(fact), fact.data
    corrected = {"date": data["date"], "opened_at_ms": data["opened_at_ms"]}
    change_one(connection, fact, t.day, (t.day.c.id == key,), **corrected)
    if not data["fresh"]:
        return
    connection.execute(delete(t.day_service).where(t.day_service.c.day == key))
    i = t.issued
    before = sql_select(t.day.c.goes_on).where(t.day.c.id == key).scalar_subquery()
    for row in connection.execute(sql_select(i).where(i.c.day == before)).all():
        where = (i.c.day == key, i.c.service == row.service, i.c.half == row.half)
        connection.execute(update(i).where(*where).values(count=i.c["count"] - row._mapping["count"]))


def _change_hours(connection: Connection, fact: Fact) -> None:
    connection.execute(delete(t.hours))
    row = {name: fact.data[name] for name in ("office", "opening", "services")}
    add(connection, t.hours, at_ms=fact.at_ms, **row)
    if fact.data["announce"] is not None:
        announce(connection, fact, fact.data["announce"])


def _stop_service(connection: Connection, fact: Fact) -> None:
    _set_stopped(connection, fact, stopped=True)


def _resume_service(connection: Connection, fact: Fact) -> None:
    _set_stopped(connection, fact, stopped=False)


def _set_stopped(connection: Connection, fact: Fact, *, stopped: bool) -> None:
    where = (t.day_service.c.day == fact.day, t.day_service.c.service == fact.service)
    connection.execute(delete(t.day_service).where(*where))
    row = {"day": fact.day, "service": fact.service, "stopped": stopped, "at_ms": fact.at_ms}
    add(connection, t.day_service, **row, reason=fact.data.get("reason"))


DAYS: Mapping[Kind, Apply] = {
    Kind.BOOTED: base_clock,
    Kind.CLOCK_STEPPED: _judge_clock,
    Kind.CLOCK_JUDGED: _judge_clock,
    Kind.DAY_OPENED: _open_day,
    Kind.DAY_CLOSED: _close_day,
    Kind.DAY_REOPENED: _reopen_day,
    Kind.DAY_DATED: _date_day,
    Kind.HOURS_CHANGED: _change_hours,
    Kind.SERVICE_STOPPED: _stop_service,
    Kind.SERVICE_RESUMED: _resume_service,
}
