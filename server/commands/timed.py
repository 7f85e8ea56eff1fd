"""Everything that happens because time has passed: it is told the moment and says when it wants to be asked again."""

from dataclasses import dataclass

from sqlalchemy import select

from config.clock import Now
from server.commands.calling import settle
from server.commands.counters import AWAY, change_state, end_ready, unpin
from server.commands.dates import keep_dates
from server.commands.days import close_when_due, open_when_due
from server.commands.presence import Presence
from server.commands.setup import booted
from server.domain.calendar import Opening, local_date, local_ms
from server.domain.dating import doubt_after_step
from server.domain.ticket import State
from server.store.facts import SYSTEM, Kind, Subject
from server.store.journal import Tx
from server.store.queries import (
    CounterRow,
    counter_row,
    counter_rows,
    last_call,
    next_put_off_ms,
    open_tickets,
    pinned,
    tickets_of,
)
from server.store.tables import hours as hours_table

STEP_MS = 2000
NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Wake:
    """When ``tick`` wants to be asked again: at a wall time, and at a real time. None: not on that account."""

    wall_ms: int | None
    mono_s: float | None

    def in_s(self, now: Now, *, speed: float = 1.0, at_most_s: float = 1.0) -> float:
        """Real seconds from ``now``; ``speed`` is how fast the demonstration's wall clock runs, 0 where it stands."""
        waits = [at_most_s]
        if self.wall_ms is not None and speed > 0:
            waits.append((self.wall_ms - now.wall_ms) / 1000 / speed)
        if self.mono_s is not None:
            waits.append(self.mono_s - now.mono_s)
        return max(0.0, min(waits))


def tick(tx: Tx, now: Now, presence: Presence, *, synchronised: bool | None = None) -> Wake:
    """Do what is due. Asking too often does no harm; asking too seldom only delays. ``synchronised``: whether a time
    server sets the wall clock, as the kernel says; None where nobody knows."""
    _note_step(tx, now)
    booted(tx, now)
    keep_dates(tx, now, synchronised=synchronised)
    close_when_due(tx, now)
    open_when_due(tx, now)
    _note_hours(tx, now)
    queue_ms = tx.queue_ms(now)
    queue_dues = [*_release_due(tx, now, queue_ms), *_end_pins(tx, now, queue_ms), *_end_long_ready(tx, now, queue_ms)]
    put_off_ms = next_put_off_ms(tx.connection, tx.day, queue_ms)
    if put_off_ms is not None:
        queue_dues.append(put_off_ms)
    real_dues = [*_end_ready_away(tx, now, presence), *_take_back_unanswered(tx, now, presence)]
    settle(tx, now)
    walls = [*_calendar_dues(tx, now), *(now.wall_ms + due - queue_ms for due in queue_dues)]
    return Wake(min(walls, default=None), min(real_dues, default=None))


def _note_step(tx: Tx, now: Now) -> None:
    """A wall clock that ran differently from boot time since the last fact was set by somebody."""
    head = tx.head
    if head.seq == 0 or head.last_boot_id != tx.boot_id:
        return
    step_ms = (now.wall_ms - head.at_ms) - (now.boot_ms - head.last_boot_ms)
    if abs(step_ms) > STEP_MS:
        doubt = doubt_after_step(now.wall_ms)
        sure_ms = None if doubt is None else (head.sure_ms if head.doubt is not None else head.at_ms)
        tx.record(Kind.CLOCK_STEPPED, SYSTEM, now, data={"step_ms": step_ms, "doubt": doubt, "sure_ms": sure_ms})


def _note_hours(tx: Tx, now: Now) -> None:
    """The hours as a fact, so that pictures change when they do."""
    office = tx.office
    opening = tx.moment(now).opening
    services = {service: tx.moment(now, service).opening.value for service in office.own_hours}
    known = tx.connection.execute(select(hours_table)).first()
    if known is not None and (known.opening, known.services) == (opening.value, services):
        return
    data = {"office": office.id, "opening": opening.value, "services": services}
    announce = None if known is None else _announcement(known.opening, opening)
    tx.record(Kind.HOURS_CHANGED, SYSTEM, now, data=data | {"announce": announce})


def _announcement(before: str, opening: Opening) -> str | None:
    if opening is Opening.OPEN and before == Opening.CLOSED:
        return "opening"
    return "closing" if opening is Opening.CLOSED and before == Opening.OPEN else None


def _release_due(tx: Tx, now: Now, queue_ms: int) -> list[int]:
    """Held tickets whose time has come wait again, for their own counter. Returns the times of the others."""
    later = []
    for row in tickets_of(tx.connection, tx.day, (State.HELD,)):
        assert row.due_ms is not None and row.counter is not None
        if row.due_ms > queue_ms:
            later.append(row.due_ms)
            continue
        pin = None if counter_row(tx.connection, row.counter).state == "closed" else row.counter
        data = {"number": row.number, "pin": pin, "reason": "due"}
        about: Subject = {"ticket": row.id, "counter": row.counter, "service": row.service}
        tx.record(Kind.RELEASED, SYSTEM, now, **about, data=data)
    return later


def _end_pins(tx: Tx, now: Now, queue_ms: int) -> list[int]:
    """A pin ends when its counter has paused for long, or has not opened for as long since it was pinned to."""
    later = []
    for row in counter_rows(tx.connection).values():
        waiting = [] if row.state == "open" else pinned(tx.connection, tx.day, row.counter)
        if not waiting:
            continue
        since_ms = row.since_ms if row.state == "paused" else min(one.changed_ms for one in waiting)
        due_ms = since_ms + tx.office.rules.pin_pause_min * 60_000
        if due_ms > queue_ms:
            later.append(due_ms)
        else:
            unpin(tx, now, row.counter)
    return later


def _end_long_ready(tx: Tx, now: Now, queue_ms: int) -> list[int]:
    later = []
    for row in _ready(tx):
        due_ms = (row.ready_ms or 0) + tx.office.rules.ready_min * 60_000
        if due_ms > queue_ms:
            later.append(due_ms)
        else:
            end_ready(tx, SYSTEM, now, row.counter, "time")
    return later


def _end_ready_away(tx: Tx, now: Now, presence: Presence) -> list[float]:
    """Readiness ends when neither page nor keypad of the counter was heard of for the grace time."""
    later = []
    for row in _ready(tx):
        due_s = presence.last_s(row.counter) + tx.office.rules.grace_s
        if due_s > now.mono_s:
            later.append(due_s)
        else:
            end_ready(tx, SYSTEM, now, row.counter, AWAY)
    return later


def _ready(tx: Tx) -> list[CounterRow]:
    return [row for row in counter_rows(tx.connection).values() if row.ready_ms is not None]


def _take_back_unanswered(tx: Tx, now: Now, presence: Presence) -> list[float]:
    """An automatic call that nobody at the counter acknowledges goes back to the line, and the counter pauses."""
    later = []
    for counter, row in open_tickets(tx.connection).items():
        call = last_call(tx.connection, row.id) if row.state is State.CALLED else None
        if call is None or not call.auto or call.acknowledged:
            continue
        since_s = call.mono_ms / 1000 if call.boot_id == tx.boot_id else 0.0
        due_s = max(since_s, presence.started_s) + tx.office.rules.acknowledge_s
        if due_s > now.mono_s:
            later.append(due_s)
            continue
        about: Subject = {"ticket": row.id, "counter": counter, "service": row.service}
        tx.record(Kind.REQUEUED, SYSTEM, now, **about, data={"number": row.number, "reason": NO_ANSWER})
        change_state(tx, SYSTEM, now, counter_row(tx.connection, counter), "paused", reason=NO_ANSWER)
    return later


def _calendar_dues(tx: Tx, now: Now) -> list[int]:
    """When the hours change next, and when the day closes by schedule."""
    office = tx.office
    moments = [tx.moment(now), *(tx.moment(now, service) for service in office.own_hours)]
    dues = [moment.next_change_ms for moment in moments if moment.next_change_ms is not None]
    hour, minute = map(int, office.rules.close_at.split(":"))
    today = local_date(now.wall_ms, office.zone)
    closes = (local_ms(today, days * 1440 + hour * 60 + minute, office.zone) for days in (0, 1))
    return [*dues, *(at for at in closes if at > now.wall_ms)]
