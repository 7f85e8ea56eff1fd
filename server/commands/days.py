"""The service day: opened and closed explicitly, by schedule or by staff."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from config.clock import Now
from server.commands.asking import the_day, the_service
from server.domain.calendar import Opening, local_clock, local_date
from server.domain.errors import Refusal, Refused
from server.domain.ticket import Role, State
from server.store import tables as t
from server.store.facts import SYSTEM, Actor, Kind, Subject
from server.store.journal import Tx
from server.store.queries import TicketRow, counter_rows, last_day, tickets_of
from server.wire.messages import Outcome

_STAFF = (Role.CLERK, Role.MANAGER, Role.SYSTEM)


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing a day did: how many were served, expired, and served without a recorded outcome."""

    date: str
    served: int
    expired: int
    unrecorded: int


def open_day(tx: Tx, actor: Actor, now: Now) -> str:
    """Open the day of the wall clock's date. Raises ``not_allowed`` when a day is open, ``day_closed`` when that
    date is not later than the last day's."""
    _need_staff(actor)
    if tx.day is not None:
        raise Refused(Refusal.NOT_ALLOWED, values={"day": tx.day, "need": "close_day"}, allowed=("close_day",))
    date = local_date(now.wall_ms, tx.office.zone)
    last = last_day(tx.connection)
    if last is not None and date <= last.date:
        raise Refused(Refusal.DAY_CLOSED, values={"day": last.date})
    base_ms = max(tx.queue_ms(now), now.wall_ms)
    data = {"date": date, "office": tx.office.id, "queue_ms": base_ms}
    tx.record(Kind.DAY_OPENED, actor, now, data=data)
    return date


def open_when_due(tx: Tx, now: Now) -> None:
    """Open the day by schedule: the hours have begun, and the date is later than the last day's."""
    if tx.day is not None or tx.office.moment(now.wall_ms).opening is not Opening.OPEN:
        return
    last = last_day(tx.connection)
    if last is None or local_date(now.wall_ms, tx.office.zone) > last.date:
        open_day(tx, SYSTEM, now)


def close_when_due(tx: Tx, now: Now) -> None:
    """Close by schedule a day that is over: after ``close_at`` of a later date.

    By queue time too, while the machine runs since the day's last ticket: a wall clock that is set ahead sends
    nobody home. After a reboot the wall clock alone decides, for the hall was empty.
    """
    if tx.day is None or not _is_over(tx, tx.day, now.wall_ms):
        return
    if _is_over(tx, tx.day, tx.queue_ms(now)) or _boot_of_last_ticket(tx) != tx.boot_id:
        close_day(tx, SYSTEM, now)


def _is_over(tx: Tx, day: str, at_ms: int) -> bool:
    zone = tx.office.zone
    return local_date(at_ms, zone) > day and local_clock(at_ms, zone) >= tx.office.rules.close_at


def _boot_of_last_ticket(tx: Tx) -> str | None:
    c = t.journal.c
    query = select(c.boot_id).where(c.day == tx.day, c.ticket.is_not(None)).order_by(c.seq.desc()).limit(1)
    return tx.connection.execute(query).scalar_one_or_none()


def close_day(tx: Tx, actor: Actor, now: Now) -> Closed:
    """Close the open day: who still waits, was called or is held expires; who is being served counts as served
    without a recorded outcome; counters close; visitors' links and the codes of their
    dossiers are erased. Raises ``day_closed``."""
    _need_staff(actor)
    date = the_day(tx)
    open_states = (State.WAITING, State.CALLED, State.SERVING, State.HELD)
    expired = unrecorded = 0
    for row in tickets_of(tx.connection, date, open_states):
        if row.state is State.SERVING:
            unrecorded += 1
            _finish_unrecorded(tx, now, row)
        else:
            expired += 1
            about: Subject = {"ticket": row.id, "counter": row.counter, "service": row.service}
            tx.record(Kind.EXPIRED, SYSTEM, now, **about, data={"number": row.number, "from": row.state.value})
    _close_counters(tx, now)
    c = t.ticket.c
    query = select(func.count()).select_from(t.ticket).where(c.day == date, c.state == State.SERVED)
    closed = Closed(date, tx.connection.execute(query).scalar_one(), expired, unrecorded)
    counts = {"date": date, "served": closed.served, "expired": expired, "unrecorded": unrecorded}
    tx.record(Kind.DAY_CLOSED, actor, now, data=counts)
    tx.connection.execute(delete(t.visitor_link))
    tx.connection.execute(delete(t.dossier))
    return closed


def stop_issuing(tx: Tx, actor: Actor, now: Now, service: str, reason: str | None = None) -> None:
    """No more numbers of this service today; those who wait are served. Repeating it changes nothing.

    ``reason``: shown to visitors, at most 200 characters.
    """
    _switch(tx, actor, now, service, Kind.SERVICE_STOPPED, {"reason": reason} if reason else None)


def resume_issuing(tx: Tx, actor: Actor, now: Now, service: str) -> None:
    """Numbers of this service again."""
    _switch(tx, actor, now, service, Kind.SERVICE_RESUMED)


def _switch(tx: Tx, actor: Actor, now: Now, service: str, kind: Kind, data: Mapping[str, str] | None = None) -> None:
    _need_staff(actor)
    the_service(tx, service)
    day = the_day(tx)
    c = t.day_service.c
    query = select(c.stopped).where(c.day == day, c.service == service)
    stopped = bool(tx.connection.execute(query).scalar_one_or_none())
    if stopped is not (kind is Kind.SERVICE_STOPPED):
        tx.record(kind, actor, now, service=service, data=data)


def _need_staff(actor: Actor) -> None:
    if actor.role not in _STAFF:
        raise Refused(Refusal.FORBIDDEN)


def _finish_unrecorded(tx: Tx, now: Now, row: TicketRow) -> None:
    about: Subject = {"ticket": row.id, "counter": row.counter, "service": row.service}
    data = {"number": row.number, "outcome": Outcome.UNRECORDED.value}
    tx.record(Kind.FINISHED, SYSTEM, now, **about, data=data)


def _close_counters(tx: Tx, now: Now) -> None:
    nothing = {"state": "closed", "reason": None, "until_at_ms": None, "announce": None}
    for counter, row in counter_rows(tx.connection).items():
        if row.state != "closed":
            tx.record(Kind.COUNTER_STATE, SYSTEM, now, counter=counter, data=nothing)
        if row.clerk is not None:
            tx.record(Kind.COUNTER_CLERK, SYSTEM, now, counter=counter, data={"clerk": None})
