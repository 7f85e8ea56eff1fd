"""Which date the open day has: named by the wall clock while it is believed, else by staff.

A day's series are those of one boot of a doubted clock at most, so that the numbers of two real days never share one,
whatever the clock showed. Where it is not known whether a night has passed, the day goes on under another id: numbers
continue, nobody who waits is lost, and a date can be given to each part later.
"""

from typing import Any

from sqlalchemy import select

from config.clock import Now
from server.commands.asking import missing
from server.commands.days import OPEN_STATES, close_day, end_for_another, end_tickets, need_staff, record_opening
from server.domain.calendar import local_date
from server.domain.dating import EARLIEST_MS, Doubt, is_date
from server.store import tables as t
from server.store.facts import SYSTEM, Actor, Kind
from server.store.journal import Tx
from server.store.queries import day_row, last_day, tickets_of


def keep_dates(tx: Tx, now: Now, *, synchronised: bool | None) -> None:
    """Bring days and wall clock together after a boot or a step. ``synchronised``: what the kernel says of the clock;
    it ends a doubt that came up by itself, and none that staff expressed."""
    if tx.head.doubt is Doubt.BEHIND and synchronised and now.wall_ms >= EARLIEST_MS:
        _judge(tx, SYSTEM, now, None, by="time_server")
    row = day_row(tx.connection, tx.day) if tx.day is not None else last_day(tx.connection)
    if row is None:
        return
    opening = _opening(tx, row.seq)
    opened_here = opening is not None and opening.boot_id == tx.boot_id
    if tx.head.doubt is not None:
        if tx.day is not None and not opened_here:
            _go_on(tx, SYSTEM, now, None)
        return
    if opened_here:
        opened_at_ms = now.wall_ms - (now.boot_ms - opening.boot_ms)
        date = local_date(opened_at_ms, tx.office.zone)
        if row.date != date:
            _redate(tx, SYSTEM, now, row, date, opened_at_ms, keep=_same_day_before(tx, row, date))
    elif tx.day is not None and (row.date is None or row.date > local_date(now.wall_ms, tx.office.zone)):
        _replace(tx, SYSTEM, now, local_date(now.wall_ms, tx.office.zone), keep=True)


def confirm_clock(tx: Tx, actor: Actor, now: Now, *, keep: bool = True) -> str:
    """Staff say that the wall clock is right; returns its date. ``keep`` as for ``tell_date``.

    Raises ``bad_request`` for a clock that no day of this program can have.
    """
    need_staff(actor)
    if now.wall_ms < EARLIEST_MS:
        raise missing("date")
    date = local_date(now.wall_ms, tx.office.zone)
    _judge(tx, actor, now, None, by="staff")
    _make_today(tx, actor, now, date, keep=keep)
    return date


def tell_date(tx: Tx, actor: Actor, now: Now, date: str, *, keep: bool = True) -> str:
    """Staff say that the wall clock is wrong and today is ``date``: a day of that date is open afterwards.

    Until the clock is set, the calendar says nothing, and staff alone open and close. ``keep``: who waits since
    before the machine was switched on took a number today; False lets them expire. Raises ``bad_request``.
    """
    need_staff(actor)
    if not is_date(date):
        raise missing("date")
    _judge(tx, actor, now, Doubt.TOLD, by="staff", date=date)
    _make_today(tx, actor, now, date, keep=keep)
    return date


def _make_today(tx: Tx, actor: Actor, now: Now, date: str, *, keep: bool) -> None:
    if tx.day is None:
        record_opening(tx, actor, now, date)
        return
    row = day_row(tx.connection, tx.day)
    opening = _opening(tx, row.seq)
    if opening is None or opening.boot_id != tx.boot_id:
        if row.date != date:
            _replace(tx, actor, now, date, keep=keep)
        return
    if row.date != date or not keep:
        _redate(tx, actor, now, row, date, row.opened_at_ms, keep=keep)


def _judge(tx: Tx, actor: Actor, now: Now, doubt: Doubt | None, *, by: str, date: str | None = None) -> None:
    head = tx.head
    if doubt is None and head.doubt is None:
        return
    sure_ms = head.sure_ms if head.doubt is not None else head.at_ms
    data = {"doubt": doubt, "sure_ms": None if doubt is None else sure_ms, "by": by, "date": date}
    tx.record(Kind.CLOCK_JUDGED, actor, now, data=data)


def _redate(tx: Tx, actor: Actor, now: Now, row: Any, date: str, opened_at_ms: int, *, keep: bool) -> None:
    """Correct the date of a day that was opened since the machine was switched on. Without ``keep``, who was carried
    over into it from an earlier one expires."""
    if tx.day == row.id and not keep:
        earlier = tickets_of(tx.connection, row.id, OPEN_STATES)
        end_tickets(tx, now, [ticket for ticket in earlier if ticket.issue_seq < row.seq])
    data = {"day": row.id, "date": date, "opened_at_ms": opened_at_ms, "before": row.date, "fresh": not keep}
    tx.record(Kind.DAY_DATED, actor, now, data=data)


def _same_day_before(tx: Tx, row: Any, date: str) -> bool:
    """Whether what the day goes on from may have been of this date too: a later date than today's was a wrong one."""
    before = None if row.goes_on is None else day_row(tx.connection, row.goes_on)
    return before is None or before.date is None or before.date >= date


def _replace(tx: Tx, actor: Actor, now: Now, date: str, *, keep: bool) -> None:
    """End a day of another date for one of ``date``; who still waits goes over into it, where ``keep`` says so."""
    if keep and tickets_of(tx.connection, tx.day, OPEN_STATES, limit=1):
        _go_on(tx, actor, now, date)
        return
    close_day(tx, actor, now)
    record_opening(tx, actor, now, date)


def _go_on(tx: Tx, actor: Actor, now: Now, date: str | None) -> None:
    """Let the open day go on under another id."""
    old = tx.day
    end_for_another(tx, actor, now)
    record_opening(tx, actor, now, date, goes_on=old)


def _opening(tx: Tx, seq: int) -> Any:
    """In which boot, and when in it, the day was opened whose opening has this sequence."""
    c = t.journal.c
    return tx.connection.execute(select(c.boot_id, c.boot_ms).where(c.seq == seq)).first()
