"""The service day: opened and closed explicitly, by schedule or by staff; its date is in ``dates``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from config.clock import Now
from server.commands.asking import missing, the_day, the_service
from server.domain.calendar import Opening, local_clock, local_date
from server.domain.dating import UNDATED_HOURS
from server.domain.errors import Refusal, Refused
from server.domain.ticket import Role, State
from server.store import tables as t
from server.store.facts import SYSTEM, Actor, Kind, Subject
from server.store.journal import Tx
from server.store.queries import TicketRow, counter_rows, day_row, last_day, tickets_of
from server.wire.messages import Outcome

_STAFF = (Role.CLERK, Role.MANAGER, Role.SYSTEM)
OPEN_STATES = (State.WAITING, State.CALLED, State.SERVING, State.HELD)


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing a day did: how many were served, expired, and served without a recorded outcome. ``date`` is None
    where it is not known."""

    date: str | None
    served: int
    expired: int
    unrecorded: int


def open_day(tx: Tx, actor: Actor, now: Now) -> str | None:
    """Open the day of the wall clock's date; returns the date, None while the clock is in doubt.

    Raises ``not_allowed`` when a day is open, ``day_closed`` when the last day has that date: it was closed, and
    ``reopen_day`` opens it again.
    """
    need_staff(actor)
    if tx.day is not None:
        raise Refused(Refusal.NOT_ALLOWED, values={"day": tx.head.date, "need": "close_day"}, allowed=("close_day",))
    if tx.head.doubt is not None:
        record_opening(tx, actor, now, None)
        return None
    date = local_date(now.wall_ms, tx.office.zone)
    last = last_day(tx.connection)
    if last is not None and last.date == date:
        raise Refused(Refusal.DAY_CLOSED, values={"day": last.date, "need": "again"}, allowed=("reopen_day",))
    record_opening(tx, actor, now, date)
    return date


def record_opening(tx: Tx, actor: Actor, now: Now, date: str | None, *, goes_on: str | None = None) -> None:
    """Open a day with series of its own; with ``goes_on`` they continue those of that day, which has just ended."""
    taken = date is None or day_row(tx.connection, date) is not None
    queue_ms = tx.queue_ms(now)
    if goes_on is None and tx.head.doubt is None:
        queue_ms = max(queue_ms, now.wall_ms)
    data = {
        "day": f"d{tx.head.seq + 1}" if taken else date,
        "date": date,
        "office": tx.office.id,
        "queue_ms": queue_ms,
        "goes_on": goes_on,
    }
    tx.record(Kind.DAY_OPENED, actor, now, data=data)


def reopen_day(tx: Tx, actor: Actor, now: Now, reason: str) -> str | None:
    """Open the last day again, which was closed by mistake: numbers go on after its last one. Returns its date.

    Who expired stays expired. Raises ``not_allowed`` when a day is open or another date has begun since, ``day_closed``
    when there was no day yet, ``bad_request`` without a reason.
    """
    need_staff(actor)
    if not reason.strip():
        raise missing("reason")
    if tx.day is not None:
        raise Refused(Refusal.NOT_ALLOWED, values={"day": tx.head.date, "need": "close_day"}, allowed=("close_day",))
    last = last_day(tx.connection)
    if last is None:
        raise Refused(Refusal.DAY_CLOSED)
    if tx.head.doubt is None and last.date != local_date(now.wall_ms, tx.office.zone):
        raise Refused(Refusal.NOT_ALLOWED, values={"day": last.date, "need": "day_over"}, allowed=("open_day",))
    if tx.head.doubt is not None and _closing(tx, last.id).boot_id != tx.boot_id:
        raise Refused(Refusal.NOT_ALLOWED, values={"day": last.date, "need": "day_over"}, allowed=("open_day",))
    tx.record(Kind.DAY_REOPENED, actor, now, data={"day": last.id, "date": last.date, "reason": reason.strip()})
    return str(last.date) if last.date is not None else None


def open_when_due(tx: Tx, now: Now) -> None:
    """Open the day by schedule: the hours have begun, and the last day is not the one of this date.

    While the date is not known the hours are not either: then a day is opened at once, unless staff have closed one
    since the machine was switched on.
    """
    if tx.day is not None:
        return
    last = last_day(tx.connection)
    if tx.head.doubt is not None:
        if last is None or not _closed_by_staff(tx, last.id):
            record_opening(tx, SYSTEM, now, None)
        return
    if tx.moment(now).opening is not Opening.OPEN:
        return
    if last is None or local_date(now.wall_ms, tx.office.zone) != last.date:
        open_day(tx, SYSTEM, now)


def _closed_by_staff(tx: Tx, day: str) -> bool:
    """Whether staff closed this day since the machine was switched on."""
    closing = _closing(tx, day)
    return closing is not None and closing.boot_id == tx.boot_id and closing.actor_role != Role.SYSTEM


def _closing(tx: Tx, day: str) -> Any:
    c = t.journal.c
    query = select(c.boot_id, c.actor_role).where(c.day == day, c.kind == Kind.DAY_CLOSED.value)
    return tx.connection.execute(query.order_by(c.seq.desc()).limit(1)).first()


def close_when_due(tx: Tx, now: Now) -> None:
    """Close by schedule a day that is over: after ``close_at`` of a later date.

    By running time too, while the machine runs since the day's last ticket: a wall clock that is set ahead sends
    nobody home. After a reboot the wall clock alone decides, for the hall was empty. While the date is not known, the
    running time since the day's first number decides.
    """
    if tx.day is None:
        return
    if tx.head.doubt is not None:
        first_ms = _first_issue_ms(tx)
        if first_ms is not None and tx.queue_ms(now) - first_ms >= UNDATED_HOURS * 3_600_000:
            close_day(tx, SYSTEM, now)
        return
    row = day_row(tx.connection, tx.day)
    if row.date is None or not _is_over(tx, row.date, now.wall_ms):
        return
    ran_to_ms = row.opened_at_ms + tx.queue_ms(now) - row.opened_ms
    if _is_over(tx, row.date, ran_to_ms) or _boot_of_last_ticket(tx) != tx.boot_id:
        close_day(tx, SYSTEM, now)


def _is_over(tx: Tx, date: str, at_ms: int) -> bool:
    zone = tx.office.zone
    return local_date(at_ms, zone) > date and local_clock(at_ms, zone) >= tx.office.rules.close_at


def _first_issue_ms(tx: Tx) -> int | None:
    """The queue time of the first number given since the day was opened, whatever it goes on from."""
    c = t.ticket.c
    query = select(func.min(c.issued_ms)).where(c.day == tx.day, c.issue_seq > tx.head.day_seq)
    return tx.connection.execute(query).scalar_one_or_none()


def _boot_of_last_ticket(tx: Tx) -> str | None:
    c = t.journal.c
    query = select(c.boot_id).where(c.day == tx.day, c.ticket.is_not(None)).order_by(c.seq.desc()).limit(1)
    return tx.connection.execute(query).scalar_one_or_none()


def close_day(tx: Tx, actor: Actor, now: Now) -> Closed:
    """Close the open day: who still waits, was called or is held expires; who is being served counts as served
    without a recorded outcome; counters close; visitors' links and the codes of their
    dossiers are erased. Raises ``day_closed``."""
    need_staff(actor)
    day = the_day(tx)
    rows = tickets_of(tx.connection, day, OPEN_STATES)
    end_tickets(tx, now, rows)
    _close_counters(tx, now)
    served = [row for row in rows if row.state is State.SERVING]
    closed = Closed(tx.head.date, _served(tx, day), len(rows) - len(served), len(served))
    _record_closing(tx, actor, now, closed, carried=False)
    tx.connection.execute(delete(t.visitor_link))
    tx.connection.execute(delete(t.dossier))
    return closed


def end_for_another(tx: Tx, actor: Actor, now: Now) -> None:
    """End the open day for one that goes on at once: nobody expires, no counter closes."""
    _record_closing(tx, actor, now, Closed(tx.head.date, _served(tx, the_day(tx)), 0, 0), carried=True)


def _record_closing(tx: Tx, actor: Actor, now: Now, closed: Closed, *, carried: bool) -> None:
    counts = {"served": closed.served, "expired": closed.expired, "unrecorded": closed.unrecorded}
    data = {"day": tx.day, "date": closed.date, "carried": carried, **counts}
    tx.record(Kind.DAY_CLOSED, actor, now, data=data)


def _served(tx: Tx, day: str) -> int:
    c = t.ticket.c
    query = select(func.count()).select_from(t.ticket).where(c.day == day, c.state == State.SERVED)
    return tx.connection.execute(query).scalar_one()


def stop_issuing(tx: Tx, actor: Actor, now: Now, service: str, reason: str | None = None) -> None:
    """No more numbers of this service today; those who wait are served. Repeating it changes nothing.

    ``reason``: shown to visitors, at most 200 characters.
    """
    _switch(tx, actor, now, service, Kind.SERVICE_STOPPED, {"reason": reason} if reason else None)


def resume_issuing(tx: Tx, actor: Actor, now: Now, service: str) -> None:
    """Numbers of this service again."""
    _switch(tx, actor, now, service, Kind.SERVICE_RESUMED)


def _switch(tx: Tx, actor: Actor, now: Now, service: str, kind: Kind, data: Mapping[str, str] | None = None) -> None:
    need_staff(actor)
    the_service(tx, service)
    day = the_day(tx)
    c = t.day_service.c
    query = select(c.stopped).where(c.day == day, c.service == service)
    stopped = bool(tx.connection.execute(query).scalar_one_or_none())
    if stopped is not (kind is Kind.SERVICE_STOPPED):
        tx.record(kind, actor, now, service=service, data=data)


def need_staff(actor: Actor) -> None:
    """Raises ``forbidden`` for anybody but staff and the schedule."""
    if actor.role not in _STAFF:
        raise Refused(Refusal.FORBIDDEN)


def end_tickets(tx: Tx, now: Now, rows: Sequence[TicketRow]) -> None:
    """Let these expire; those that are being served count as served without a recorded outcome."""
    for row in rows:
        if row.state is State.SERVING:
            data = {"number": row.number, "outcome": Outcome.UNRECORDED.value}
            tx.record(Kind.FINISHED, SYSTEM, now, **_about(row), data=data)
    expiring = [row for row in rows if row.state is not State.SERVING]
    tx.record_all(
        Kind.EXPIRED,
        SYSTEM,
        now,
        [(_about(row), {"number": row.number, "from": row.state.value}) for row in expiring],
    )


def _about(row: TicketRow) -> Subject:
    return {"ticket": row.id, "counter": row.counter, "service": row.service}


def _close_counters(tx: Tx, now: Now) -> None:
    nothing = {"state": "closed", "reason": None, "until_at_ms": None, "announce": None}
    for counter, row in counter_rows(tx.connection).items():
        if row.state != "closed":
            tx.record(Kind.COUNTER_STATE, SYSTEM, now, counter=counter, data=nothing)
        if row.clerk is not None:
            tx.record(Kind.COUNTER_CLERK, SYSTEM, now, counter=counter, data={"clerk": None})
