"""Staff alarms, colleagues sent to a place, and unread messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, Select, bindparam, literal_column, null, select, union_all

from server.store import schema as t
from server.store.statement import Statement


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """A staff alarm. ``taken_*``: None: nobody goes there yet; ``*_by``: ids of actors; times in UTC ms."""

    id: str
    counter: str
    raised_at_ms: int
    raised_by: str
    taken_at_ms: int | None
    taken_by: str | None
    ended_at_ms: int | None


@dataclass(frozen=True, slots=True)
class DispatchRow:
    """A request to a colleague to go to a place; ``ColleagueSent`` explains the fields.

    ``going_*``: None: not answered yet.
    """

    id: str
    day: str | None
    counter: str | None
    station: str | None
    call: str | None
    to_counter: str
    clerk: str | None
    sent_at_ms: int
    sent_by: str
    going_at_ms: int | None
    going_by: str | None
    ended_at_ms: int | None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message. ``from_counter``: None: from a manager; ``to_counter``: None: to the managers.

    ``batch``: the same for one text to several counters. ``seen_*``: None: unread.
    """

    id: int
    batch: str
    from_counter: str | None
    to_counter: str | None
    sent_at_ms: int
    sent_by: str
    text: str
    seen_at_ms: int | None
    seen_by: str | None


@dataclass(frozen=True, slots=True)
class StripRows:
    """The open alarms and dispatches, and the unread messages, each oldest first."""

    alarms: Sequence[AlarmRow]
    dispatches: Sequence[DispatchRow]
    messages: Sequence[MessageRow]


def find_alarm(connection: Connection, alarm: str) -> AlarmRow | None:
    """Return the alarm with this id."""
    return _ALARM.first(connection, alarm=alarm)


def open_alarm_at(connection: Connection, counter: str) -> AlarmRow | None:
    """Return the alarm of a counter that nobody has ended yet."""
    return _ALARM_AT.first(connection, counter=counter)


_ALARMS = select(*(t.alarm.c[name] for name in AlarmRow.__dataclass_fields__))
_ALARM = Statement(_ALARMS.where(t.alarm.c.id == bindparam("alarm")), AlarmRow)
_ALARM_AT = Statement(_ALARMS.where(t.ALARM_IS_OPEN, t.alarm.c.counter == bindparam("counter")), AlarmRow)


def find_dispatch(connection: Connection, dispatch: str) -> DispatchRow | None:
    """Return the request to a colleague with this id."""
    return _DISPATCH.first(connection, dispatch=dispatch)


_DISPATCHES = select(*(t.dispatch.c[name] for name in DispatchRow.__dataclass_fields__))
_DISPATCH = Statement(_DISPATCHES.where(t.dispatch.c.id == bindparam("dispatch")), DispatchRow)


def newest_messages(connection: Connection, limit: int) -> list[MessageRow]:
    """Return the messages that were sent last, newest first."""
    return _NEWEST.all(connection, limit=limit)


_MESSAGES = select(*(t.message.c[name] for name in MessageRow.__dataclass_fields__))
_NEWEST = Statement(_MESSAGES.order_by(t.message.c.id.desc()).limit(bindparam("limit", type_=Integer)), MessageRow)


def strip_rows(connection: Connection, day: str | None) -> StripRows:
    """Return everything that the strip may show, by one statement. ``day``: the id of the open day."""
    rows: dict[str, list[_StripRow]] = {"alarm": [], "dispatch": [], "message": []}
    for row in _STRIP.all(connection, day=day):
        rows[row.kind].append(row)
    return StripRows(
        [_alarm(row) for row in rows["alarm"]],
        [_dispatch(row, day) for row in rows["dispatch"]],
        [_message(row) for row in rows["message"]],
    )


@dataclass(frozen=True, slots=True)
class _StripRow:
    """A row of one of the three tables, of which ``kind`` is the name.

    ``at_ms``, ``by``: when and by whom it was raised or sent; ``next_*``: the same of the answer. ``call``: of a
    message its batch.
    """

    kind: str
    id: Any
    counter: str
    station: str | None
    call: str
    to_counter: str
    clerk: str | None
    at_ms: int
    by: str
    next_at_ms: int | None
    next_by: str | None
    text: str


def _alarm(row: _StripRow) -> AlarmRow:
    return AlarmRow(row.id, row.counter, row.at_ms, row.by, row.next_at_ms, row.next_by, None)


def _dispatch(row: _StripRow, day: str | None) -> DispatchRow:
    place = (row.counter, row.station, row.call, row.to_counter, row.clerk)
    return DispatchRow(row.id, day, *place, row.at_ms, row.by, row.next_at_ms, row.next_by, None)


def _message(row: _StripRow) -> MessageRow:
    return MessageRow(row.id, row.call, row.counter, row.to_counter, row.at_ms, row.by, row.text, None, None)


def _part(kind: str, **columns: Any) -> Select[Any]:
    """Select the columns of ``_StripRow``, NULL for those that are not given."""
    values = {"kind": literal_column(f"'{kind}'"), **columns}
    return select(*(values.get(name, null()).label(name) for name in _StripRow.__dataclass_fields__))


def _strip_parts() -> Sequence[Select[Any]]:
    a, d, m = t.alarm.c, t.dispatch.c, t.message.c
    alarm = {"at_ms": a.raised_at_ms, "by": a.raised_by, "next_at_ms": a.taken_at_ms, "next_by": a.taken_by}
    place = {"counter": d.counter, "station": d.station, "call": d.call, "to_counter": d.to_counter, "clerk": d.clerk}
    sent = {"at_ms": d.sent_at_ms, "by": d.sent_by, "next_at_ms": d.going_at_ms, "next_by": d.going_by}
    message = {"counter": m.from_counter, "to_counter": m.to_counter, "call": m.batch, "text": m.text}
    of_day = d.day.is_not_distinct_from(bindparam("day"))
    return (
        _part("alarm", id=a.id, counter=a.counter, **alarm).where(t.ALARM_IS_OPEN),
        _part("dispatch", id=d.id, **place, **sent).where(t.DISPATCH_IS_OPEN, of_day),
        _part("message", id=m.id, at_ms=m.sent_at_ms, by=m.sent_by, **message).where(t.MESSAGE_IS_UNREAD),
    )


_STRIP = Statement(union_all(*_strip_parts()).order_by("at_ms"), _StripRow)
