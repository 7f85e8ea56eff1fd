"""Service days, their counts and stopped services, and the recorded opening hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, Select, and_, bindparam, exists, func, or_, select

from server.domain.office import StoppedService
from server.domain.practice import PRACTICE_DAY
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.statement import Statement


@dataclass(frozen=True, slots=True)
class DayRow:
    """A service day. ``date`` None: unknown; ``goes_on``: the id of the day that it continues, else None.

    ``seq``: the journal's sequence of its opening; ``opened_at_ms``, ``opened_ms``: when, in UTC ms and in queue time.
    ``state``: open or closed; ``closed_at_ms`` (UTC ms): None while open. Numbers of tickets, None until the day is
    closed: ``served`` on the whole day, ``unrecorded`` (of them: the close ended their service), ``expired`` (by the
    close). ``demand``: the numbers of each counted service before it; None: it was not counted.
    """

    id: str
    date: str | None
    seq: int
    goes_on: str | None
    office: str
    state: str
    opened_at_ms: int
    opened_ms: int
    closed_at_ms: int | None
    served: int | None
    expired: int | None
    unrecorded: int | None
    demand: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class NumberedDayRow(DayRow):
    """A service day with its number among the days of its date.

    ``part``: 1 for the first day of the date; 0 if the date is unknown.
    """

    part: int


@dataclass(frozen=True, slots=True)
class HoursRow:
    """The opening state that was recorded last.

    It is the office's (open, lunch or closed), and by id that of services with hours of their own.
    """

    opening: str
    services: Mapping[str, str]


_PRACTICE_IDS = f"{PRACTICE_DAY}%"
_IS_REAL = t.day.c.id.not_like(_PRACTICE_IDS)
"""Leaves practice days out."""


def last_day(connection: Connection) -> DayRow | None:
    """Return the day that was opened last, practice days left out.

    Its date need not be the latest one: dates may be wrong.
    """
    return _LAST.first(connection)


_LAST = Statement(select(t.day).where(_IS_REAL).order_by(t.day.c.seq.desc()).limit(1), DayRow)


def day_row(connection: Connection, day: str) -> DayRow | None:
    """Return a day by its id."""
    return _DAY.first(connection, day=day)


_DAY = Statement(select(t.day).where(t.day.c.id == bindparam("day")), DayRow)


def newest_numbered_days(connection: Connection, limit: int) -> list[NumberedDayRow]:
    """Return the ``limit`` days that were opened last, newest first, practice days left out."""
    return _NEWEST_NUMBERED.all(connection, limit=limit)


def find_numbered_day(connection: Connection, day: str) -> NumberedDayRow | None:
    """Return a day by its id or by its date; None for a practice day.

    ``day``: an id, or a date, which gives the last day of that date.
    """
    return _FOUND_NUMBERED.first(connection, day=day)


def _select_numbered() -> Select[Any]:
    earlier = t.day.alias("earlier")
    is_earlier = (earlier.c.date == t.day.c.date, earlier.c.seq <= t.day.c.seq, earlier.c.id.not_like(_PRACTICE_IDS))
    up_to_this = select(func.count()).where(*is_earlier)
    return select(t.day, up_to_this.scalar_subquery().label("part")).where(_IS_REAL)


_NEWEST_NUMBERED = Statement(
    _select_numbered().order_by(t.day.c.seq.desc()).limit(bindparam("limit", type_=Integer)), NumberedDayRow
)
_HAS_ID = t.day.c.id == bindparam("day")
_FOUND_NUMBERED = Statement(
    _select_numbered()
    .where(or_(_HAS_ID, t.day.c.date == bindparam("day")))
    .order_by(_HAS_ID.desc(), t.day.c.seq.desc())
    .limit(1),
    NumberedDayRow,
)


def neighbours_of_day(connection: Connection, seq: int) -> tuple[str | None, str | None]:
    """Return the ids of the previous and the next day; None at either end.

    Practice days are left out. ``seq``: the journal's sequence of the day's opening.
    """
    return _BEFORE.value(connection, seq=seq), _AFTER.value(connection, seq=seq)


_SEQ: BindParameter[int] = bindparam("seq", type_=Integer)
_BEFORE = Statement(select(t.day.c.id).where(t.day.c.seq < _SEQ, _IS_REAL).order_by(t.day.c.seq.desc()).limit(1))
_AFTER = Statement(select(t.day.c.id).where(t.day.c.seq > _SEQ, _IS_REAL).order_by(t.day.c.seq).limit(1))


def days_on(connection: Connection, date: str) -> list[str]:
    """Return the ids of the real days of a date, first opened first."""
    return [day for (day,) in _ON_DATE.all(connection, date=date)]


_IS_ON_DATE = t.day.c.date == bindparam("date")
_ON_DATE = Statement(select(t.day.c.id).where(_IS_ON_DATE, _IS_REAL).order_by(t.day.c.seq))


def count_practice_tickets(connection: Connection, day: str) -> int:
    """Count the tickets of the practice days that have the date of ``day``."""
    count: int = _PRACTISED.value(connection, day=day)
    return count


_practised = t.day.alias("practised")
_PRACTISED = Statement(
    select(func.count())
    .select_from(t.ticket)
    .join(_practised, _practised.c.id == t.ticket.c.day)
    .where(
        _practised.c.id.like(_PRACTICE_IDS),
        _practised.c.date == select(t.day.c.date).where(t.day.c.id == bindparam("day")).scalar_subquery(),
    )
)


def issued_count(connection: Connection, day: str | None, service: str, half_day: str) -> int:
    """Count the numbers of a service that were issued in a half-day (am or pm)."""
    return _ISSUED.value(connection, day=day, service=service, half=half_day) or 0


_ISSUED = Statement(
    select(t.issued.c["count"]).where(
        t.issued.c.day == bindparam("day"),
        t.issued.c.service == bindparam("service"),
        t.issued.c.half == bindparam("half"),
    )
)


def numbers_issued(connection: Connection, first_date: str, end_date: str) -> Mapping[str, int]:
    """Return how many numbers of each service were issued from ``first_date`` until before ``end_date``.

    Practice days are left out, and a day that another one of the same date continues: that one has its numbers too.
    """
    rows = _NUMBERS_ISSUED.all(connection, first=first_date, end=end_date)
    return {service: int(numbers) for service, numbers in rows}


_continued = t.day.alias("continued")
_IS_CONTINUED = exists().where(_continued.c.goes_on == t.day.c.id, _continued.c.date == t.day.c.date)
_NUMBERS_ISSUED = Statement(
    select(t.issued.c.service, func.sum(t.issued.c["count"]))
    .join(t.day, t.day.c.id == t.issued.c.day)
    .where(t.day.c.date >= bindparam("first"), t.day.c.date < bindparam("end"), _IS_REAL, ~_IS_CONTINUED)
    .group_by(t.issued.c.service)
)


def last_number(connection: Connection, office: str, day: str | None, prefix: str) -> tuple[int, str | None]:
    """Return the sequence of the last ticket of a series, and its number.

    Before the first they are 0 and None. The number is None too when that ticket stayed with an earlier service day of
    the same date.
    """
    seq, number = _LAST_NUMBER.first(connection, office=office, day=day, prefix=prefix) or (0, None)
    return seq, number


def _last_number_statement() -> Statement[Any]:
    series, ticket = t.series.c, t.ticket.c
    is_last = and_(
        ticket.office == series.office,
        ticket.day == series.day,
        ticket.prefix == series.prefix,
        ticket.seq == series.last,
    )
    return Statement(
        select(series.last, ticket.number)
        .outerjoin_from(t.series, t.ticket, is_last)
        .where(
            series.office == bindparam("office"),
            series.day == bindparam("day"),
            series.prefix == bindparam("prefix"),
        )
    )


_LAST_NUMBER = _last_number_statement()


def numbers_in_use(connection: Connection, office: str, day: str | None, prefix: str) -> list[str]:
    """Return the numbers of a series whose visitors have not left."""
    return [number for (number,) in _IN_USE.all(connection, office=office, day=day, prefix=prefix)]


_ENDED = (TicketState.SERVED.value, TicketState.CANCELLED.value, TicketState.EXPIRED.value)
_IN_USE = Statement(
    select(t.ticket.c.number).where(
        t.ticket.c.office == bindparam("office"),
        t.ticket.c.day == bindparam("day"),
        t.ticket.c.prefix == bindparam("prefix"),
        t.ticket.c.state.not_in(_ENDED),
    )
)


def stopped_services(connection: Connection, day: str | None) -> Mapping[str, StoppedService]:
    """Return the services whose issuing is stopped on ``day``, by id."""
    return {row.service: row for row in _STOPPED.all(connection, day=day)}


_STOPPED = Statement(
    select(
        t.day_service.c.service,
        t.day_service.c.at_ms,
        t.day_service.c.reason,
        t.day_service.c.until_at_ms,
        t.day_service.c.ask,
    ).where(t.day_service.c.day == bindparam("day"), t.day_service.c.stopped),
    StoppedService,
)


def first_issue_ms(connection: Connection, day: str | None, after_seq: int) -> int | None:
    """Return the queue time at which the day's first number was issued; None without one.

    Only numbers issued after the journal's sequence ``after_seq`` count.
    """
    first_ms: int | None = _FIRST_ISSUE.value(connection, day=day, after_seq=after_seq)
    return first_ms


_FIRST_ISSUE = Statement(
    select(func.min(t.ticket.c.issued_ms)).where(
        t.ticket.c.day == bindparam("day"), t.ticket.c.issue_seq > bindparam("after_seq")
    )
)


def served_count(connection: Connection, day: str) -> int:
    """Count the tickets of a day that are in the state served."""
    count: int = _SERVED.value(connection, day=day)
    return count


_SERVED = Statement(
    select(func.count())
    .select_from(t.ticket)
    .where(t.ticket.c.day == bindparam("day"), t.ticket.c.state == TicketState.SERVED)
)


def last_hours(connection: Connection) -> HoursRow | None:
    """Return the opening state that was recorded last."""
    return _HOURS.first(connection)


_HOURS = Statement(select(t.hours.c.opening, t.hours.c.services), HoursRow)
