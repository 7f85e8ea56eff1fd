"""The date of the open day, from the wall clock or from staff.

A wall clock can be wrong after a reboot (an empty battery). While its date is in doubt, nobody knows whether a night
has passed since the last boot. The open day then continues as a day with another id: numbers go on, waiting tickets are
kept, and each of the two days can get its date later. So the numbers of two real days are never mixed in one day.
"""

from config.clock import Now
from server.commands.common import bad_request
from server.commands.days import (
    OPEN_STATES,
    close_day,
    end_continued_day,
    end_practice,
    end_tickets,
    record_opening,
)
from server.domain.actor import SYSTEM, Actor, require_permission
from server.domain.calendar import local_date
from server.domain.clock_doubt import EARLIEST_MS, Doubt, is_date
from server.domain.errors import Need
from server.domain.facts import ClockJudged, DayDated
from server.domain.permissions import Action
from server.store import Tx
from server.store.queries import DayRow, boot_moment, day_row, last_day, tickets_of


def update_dates(tx: Tx, now: Now, *, synchronised: bool | None) -> None:
    """Correct the open day and its date after a boot or clock step.

    ``synchronised``: whether the kernel reports that a time server sets the clock, None if unknown. A synchronised
    clock ends a doubt that the program raised, but not one that staff raised by entering a date. A practice ends when
    the date changes or is in doubt.
    """
    if tx.head.doubt is Doubt.BEHIND and synchronised and now.wall_ms >= EARLIEST_MS:
        _record_judgement(tx, SYSTEM, now, None, by="time_server")
    if tx.head.practice:
        if tx.head.doubt is None and tx.head.date == local_date(now.wall_ms, tx.office.zone):
            return
        end_practice(tx, SYSTEM, now)
    row = day_row(tx.connection, tx.day) if tx.day is not None else last_day(tx.connection)
    if row is None:
        return
    opening = boot_moment(tx.connection, row.seq)
    opened_in_this_boot = opening is not None and opening.boot_id == tx.boot_id
    if tx.head.doubt is not None:
        if tx.day is not None and not opened_in_this_boot:
            _continue_as_new_day(tx, SYSTEM, now, None)
        return
    if opening is not None and opened_in_this_boot:
        opened_at_ms = now.wall_ms - (now.boot_ms - opening.boot_ms)
        date = local_date(opened_at_ms, tx.office.zone)
        if row.date != date:
            _correct_date(tx, SYSTEM, now, row, date, opened_at_ms, keep_tickets=_may_continue_same_date(tx, row, date))
    elif tx.day is not None and (row.date is None or row.date > local_date(now.wall_ms, tx.office.zone)):
        _change_day(tx, SYSTEM, now, local_date(now.wall_ms, tx.office.zone), keep_tickets=True)


def confirm_clock(tx: Tx, actor: Actor, now: Now, *, keep_tickets: bool = True) -> str:
    """Trust the wall clock because staff confirmed it; return its date.

    ``keep_tickets`` as for ``enter_date``. Raises ``bad_request`` for a clock that shows a time before ``EARLIEST_MS``.
    """
    actor = require_permission(actor, Action.CONFIRM_CLOCK)
    if now.wall_ms < EARLIEST_MS:
        raise bad_request(Need.DATE)
    date = local_date(now.wall_ms, tx.office.zone)
    _record_judgement(tx, actor, now, None, by="staff")
    _make_today(tx, actor, now, date, keep_tickets=keep_tickets)
    return date


def enter_date(tx: Tx, actor: Actor, now: Now, date: str, *, keep_tickets: bool = True) -> str:
    """Make ``date`` the date of today, because staff found the wall clock wrong.

    A day of that date is open afterwards. Until the clock is set, the calendar does not apply, and only staff open and
    close the day. ``keep_tickets``: tickets issued before the last boot were issued today; False lets them expire.
    Raises ``bad_request``.
    """
    actor = require_permission(actor, Action.ENTER_DATE)
    if not is_date(date):
        raise bad_request(Need.DATE)
    _record_judgement(tx, actor, now, Doubt.ENTERED, by="staff", date=date)
    _make_today(tx, actor, now, date, keep_tickets=keep_tickets)
    return date


def _make_today(tx: Tx, actor: Actor, now: Now, date: str, *, keep_tickets: bool) -> None:
    """Give the open day this date, or open a day of this date. ``keep_tickets`` as for ``enter_date``.

    A practice ends.
    """
    end_practice(tx, actor, now)
    if tx.day is None:
        record_opening(tx, actor, now, date)
        return
    row = day_row(tx.connection, tx.day)
    assert row is not None, "an open day has a row"
    opening = boot_moment(tx.connection, row.seq)
    if opening is None or opening.boot_id != tx.boot_id:
        if row.date != date:
            _change_day(tx, actor, now, date, keep_tickets=keep_tickets)
        return
    if row.date != date or not keep_tickets:
        _correct_date(tx, actor, now, row, date, row.opened_at_ms, keep_tickets=keep_tickets)


def _record_judgement(tx: Tx, actor: Actor, now: Now, doubt: Doubt | None, *, by: str, date: str | None = None) -> None:
    """Record the ``doubt`` about the wall clock; None: it is trusted from now on.

    ``by``: staff or time_server; ``date``: the date that staff entered instead of the clock's.
    """
    head = tx.head
    if doubt is None and head.doubt is None:
        return
    sure_ms = head.sure_ms if head.doubt is not None else head.at_ms
    judged = ClockJudged(doubt=doubt, sure_ms=None if doubt is None else sure_ms, by=by, date=date)
    tx.record(judged, actor, now)


def _correct_date(
    tx: Tx, actor: Actor, now: Now, row: DayRow, date: str, opened_at_ms: int, *, keep_tickets: bool
) -> None:
    """Correct the date of a day that was opened in this boot.

    Without ``keep_tickets``, the tickets that the day took over from the day before expire.
    """
    if tx.day == row.id and not keep_tickets:
        open_rows = tickets_of(tx.connection, row.id, OPEN_STATES)
        end_tickets(tx, now, [ticket for ticket in open_rows if ticket.issue_seq < row.seq])
    dated = DayDated(day=row.id, date=date, opened_at_ms=opened_at_ms, before=row.date, fresh=not keep_tickets)
    tx.record(dated, actor, now)


def _may_continue_same_date(tx: Tx, row: DayRow, date: str) -> bool:
    """Return whether the day that ``row`` continues may have had ``date`` too.

    It may if its date is unknown, or is not before ``date``: a later date was wrong.
    """
    continued = None if row.goes_on is None else day_row(tx.connection, row.goes_on)
    return continued is None or continued.date is None or continued.date >= date


def _change_day(tx: Tx, actor: Actor, now: Now, date: str, *, keep_tickets: bool) -> None:
    """End the open day, whose date is another one, and open a day of ``date``.

    With ``keep_tickets``, the new day takes over the tickets that are not finished.
    """
    if keep_tickets and tickets_of(tx.connection, tx.day, OPEN_STATES, limit=1):
        _continue_as_new_day(tx, actor, now, date)
        return
    close_day(tx, actor, now)
    record_opening(tx, actor, now, date)


def _continue_as_new_day(tx: Tx, actor: Actor, now: Now, date: str | None) -> None:
    """Continue the open day as a new day: numbers and unfinished tickets are kept."""
    old_day = tx.day
    end_continued_day(tx, actor, now)
    record_opening(tx, actor, now, date, goes_on=old_day)
