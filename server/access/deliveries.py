"""The queue of web-hooks' deliveries. The journal waits behind it: a full queue takes no further fact."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, case, delete, func, insert, select, update

from server.access import schema as t
from server.access.tokens import new_token
from server.domain.facts.kinds import FactKind
from server.domain.facts.public import public_data
from server.store import JournalEntry
from server.wire.messages import to_time

DAY_MS = 24 * 3600 * 1000
GIVE_UP_AFTER_MS = DAY_MS
"""A delivery is tried for so long; a web-hook whose tries all failed for so long is paused."""
FIRST_WAIT_MS, MAX_WAIT_MS = 10_000, 3_600_000
"""The wait after the first failed try, which doubles with each further one, and the longest."""
MAX_WAITING = 500
"""The most waiting deliveries of one web-hook; further facts wait in the journal."""
KEPT_MS, MAX_ROWS = 30 * DAY_MS, 10_000
"""Deliveries that are older, or beyond so many, are erased."""
MAX_RESULT_LENGTH = 100


class DeliveryStatus(StrEnum):
    """The state of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One fact for one web-hook. ``seq`` is the journal's, 0 for a test. Times are UTC ms.

    ``queued_ms``: created, sent again or resumed. ``next_try_ms`` None: none follows. ``result``: the status or the
    error of the last try, empty before the first.
    """

    id: str
    web_hook: str
    seq: int
    kind: str
    body: str
    created_ms: int
    queued_ms: int
    tries: int
    next_try_ms: int | None
    status: DeliveryStatus
    result: str


@dataclass(frozen=True, slots=True)
class TryOutcome:
    """The end of one try: ``is_delivered``, and the receiver's status or the error as ``result``."""

    is_delivered: bool
    result: str


def body_of(entry: JournalEntry | None, now_ms: int) -> str:
    """Return the JSON of a fact without personal data; None: of a test."""
    if entry is None:
        fact: dict[str, object] = {"kind": "test", "seq": 0, "at": to_time(now_ms), "day": None}
        return _json(fact | {"ticket": None, "counter": None, "service": None, "data": {}})
    fact = {"kind": entry.kind.value, "seq": entry.seq, "at": to_time(entry.at_ms), "day": entry.day}
    subject = {"ticket": entry.ticket, "counter": entry.counter, "service": entry.service}
    return _json(fact | subject | {"data": public_data(entry.kind, entry.data)})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def queue_delivery(connection: Connection, hook_id: str, entry: JournalEntry | None, now_ms: int) -> None:
    """Queue a fact for a web-hook; None: a test."""
    connection.execute(
        insert(t.delivery).values(
            id=new_token(),
            web_hook=hook_id,
            seq=0 if entry is None else entry.seq,
            kind="test" if entry is None else entry.kind.value,
            body=body_of(entry, now_ms),
            created_ms=now_ms,
            queued_ms=now_ms,
            tries=0,
            next_try_ms=now_ms,
            status=DeliveryStatus.WAITING,
            result="",
        )
    )


def queue_facts(
    connection: Connection,
    hook_id: str,
    kinds: frozenset[FactKind],
    entries: Sequence[JournalEntry],
    next_seq: int,
    now_ms: int,
) -> int:
    """Queue the chosen facts of ``entries``; store and return the next sequence to read.

    It is ``next_seq`` when all of them found a place in the queue. Facts of a practice are left out.
    """
    waiting = connection.scalar(
        select(func.count()).where(t.delivery.c.web_hook == hook_id, t.delivery.c.status == DeliveryStatus.WAITING)
    )
    places = MAX_WAITING - (waiting or 0)
    for entry in entries:
        if entry.kind not in kinds or entry.is_practised:
            continue
        if places <= 0:
            next_seq = entry.seq
            break
        queue_delivery(connection, hook_id, entry, now_ms)
        places -= 1
    connection.execute(update(t.web_hook).where(t.web_hook.c.id == hook_id).values(next_seq=next_seq))
    return next_seq


def next_due(connection: Connection, hook_id: str, now_ms: int) -> Delivery | None:
    """Return the delivery that is to be tried first, None when none waits.

    Of those that are due now, one with fewer tries goes first: a fact that the receiver refuses holds no other back.
    """
    rows = t.delivery.c
    query = select(t.delivery).where(rows.web_hook == hook_id, rows.status == DeliveryStatus.WAITING)
    is_later = rows.next_try_ms > now_ms
    tries = case((is_later, 0), else_=rows.tries)
    first = (is_later, tries, rows.next_try_ms, rows.created_ms, rows.seq)
    row = connection.execute(query.order_by(*first).limit(1)).one_or_none()
    return None if row is None else to_delivery(row)


def wait_ms(failures: int, jitter: float) -> int:
    """Return the wait after so many failed tries in a row; ``jitter``: 0 to 1."""
    longest = min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** min(failures - 1, 20))
    return int(longest * (0.5 + jitter / 2))


def record_try(connection: Connection, delivery: Delivery, outcome: TryOutcome, now_ms: int, next_try_ms: int) -> None:
    """Store the end of a try. After a failed one, ``next_try_ms`` is the next, unless a day has passed."""
    is_over = outcome.is_delivered or now_ms - delivery.queued_ms >= GIVE_UP_AFTER_MS
    status = DeliveryStatus.DELIVERED if outcome.is_delivered else DeliveryStatus.FAILED
    hook = t.web_hook.c
    connection.execute(
        update(t.delivery)
        .where(t.delivery.c.id == delivery.id, t.delivery.c.queued_ms == delivery.queued_ms)
        .values(
            tries=delivery.tries + 1,
            status=status if is_over else DeliveryStatus.WAITING,
            next_try_ms=None if is_over else next_try_ms,
            result=outcome.result[:MAX_RESULT_LENGTH],
        )
    )
    failing = None if outcome.is_delivered else func.coalesce(hook.failing_since_ms, now_ms)
    connection.execute(update(t.web_hook).where(hook.id == delivery.web_hook).values(failing_since_ms=failing))


def pause_if_dead(connection: Connection, hook_id: str, now_ms: int) -> bool:
    """Pause a web-hook if every try of the last day failed; return whether so."""
    hook = t.web_hook.c
    is_dead = (hook.id == hook_id) & hook.paused_ms.is_(None) & (hook.failing_since_ms <= now_ms - GIVE_UP_AFTER_MS)
    return connection.execute(update(t.web_hook).where(is_dead).values(paused_ms=now_ms)).rowcount > 0


def erase_old(connection: Connection, now_ms: int) -> None:
    """Erase deliveries older than 30 days, and those beyond 10,000; finished ones first."""
    rows = t.delivery.c
    connection.execute(delete(t.delivery).where(rows.created_ms < now_ms - KEPT_MS))
    is_waiting = rows.status == DeliveryStatus.WAITING
    newest = select(rows.id).order_by(is_waiting.desc(), rows.created_ms.desc()).offset(MAX_ROWS)
    connection.execute(delete(t.delivery).where(rows.id.in_(newest.limit(-1))))


def to_delivery(row: Row[tuple[object, ...]]) -> Delivery:
    """Return the delivery of a row."""
    values = dict(row._mapping)
    return Delivery(**(values | {"status": DeliveryStatus(str(values["status"]))}))
