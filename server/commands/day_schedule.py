"""The schedule of the service day: opens and closes it by the clock."""

from config.clock import Now
from server.commands.days import close_day, closing_of_this_boot, end_practice, open_day, record_opening
from server.domain.actor import SYSTEM
from server.domain.calendar import Opening, local_date
from server.domain.permissions import Role
from server.domain.queue.due import is_day_over, opens_by_schedule, undated_day_ends_ms
from server.store import Tx
from server.store.queries import (
    boot_of_last_ticket,
    day_row,
    first_issue_ms,
    last_day,
)


def open_when_due(tx: Tx, now: Now) -> None:
    """Open the day by schedule, when the opening hours have begun on a new date.

    While the date is not known, the hours do not apply: a day is opened at once, unless staff closed the last one in
    this boot of the machine. A practice ends then.
    """
    if not is_opening_due(tx, now):
        return
    end_practice(tx, SYSTEM, now)
    if tx.head.doubt is not None:
        record_opening(tx, SYSTEM, now, None)
    else:
        open_day(tx, SYSTEM, now)


def is_opening_due(tx: Tx, now: Now) -> bool:
    """Return whether the schedule opens a real day now."""
    if tx.day is not None and not tx.head.practice:
        return False
    last = last_day(tx.connection)
    if tx.head.doubt is not None:
        return last is None or not _closed_by_staff(tx, last.id)
    today = local_date(now.wall_ms, tx.office.zone)
    return opens_by_schedule(_opening(tx, now), today, None if last is None else last.date)


def _opening(tx: Tx, now: Now) -> Opening:
    """Return the office's opening.

    It is open too while only a service with hours of its own is open.
    """
    opening = tx.calendar_status(now).opening
    if opening is Opening.OPEN:
        return opening
    is_any_open = any(
        tx.calendar_status(now, service).opening is Opening.OPEN
        for service in tx.office.own_hours
        if not tx.office.services[service].closed
    )
    return Opening.OPEN if is_any_open else opening


def _closed_by_staff(tx: Tx, day: str) -> bool:
    """Return whether staff closed this day in this boot of the machine."""
    closing = closing_of_this_boot(tx, day)
    return closing is not None and closing.actor_role != Role.SYSTEM


def close_when_due(tx: Tx, now: Now) -> None:
    """Close the day by schedule, from ``close_at`` of the following date on.

    ``close_at`` is a local time of day at night (setting, 03:00 by default), not the end of the opening hours. While
    the machine has not been rebooted since the day's last ticket, the running time must agree, so that a wall clock
    that is set ahead does not end the day. After a reboot the wall clock alone decides, because the hall was empty.
    While the date is not known, the running time since the day's first number decides.
    """
    if tx.day is None:
        return
    if tx.head.doubt is not None:
        first_ms = first_issue_ms(tx.connection, tx.day, after_seq=tx.head.day_seq)
        if first_ms is not None and undated_day_ends_ms(first_ms) <= tx.queue_ms(now):
            close_day(tx, SYSTEM, now)
        return
    row = day_row(tx.connection, tx.day)
    if row is None or row.date is None or not _is_over(tx, row.date, now.wall_ms):
        return
    # The time that the wall clock would show if it had only run since the day was opened.
    wall_by_queue_time_ms = row.opened_at_ms + tx.queue_ms(now) - row.opened_ms
    if _is_over(tx, row.date, wall_by_queue_time_ms) or boot_of_last_ticket(tx.connection, tx.day) != tx.boot_id:
        close_day(tx, SYSTEM, now)


def _is_over(tx: Tx, date: str, wall_ms: int) -> bool:
    return is_day_over(date, wall_ms, tx.office.rules.close_at, tx.office.zone)
