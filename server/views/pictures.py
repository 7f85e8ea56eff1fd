"""The pictures on MQTT. All are functions of the journal, so ``rev`` is its last sequence in every one."""

from typing import Literal

from sqlalchemy import func, select

from server.domain.calendar import Opening
from server.domain.ticket import State
from server.store import tables as t
from server.store.queries import counter_row, open_ticket, tickets_of
from server.store.store import Reading
from server.views.tickets import counters, etag, hours_text, next_open, open_jobs, services
from server.wire.messages import (
    Board,
    BoardService,
    Call,
    CounterPicture,
    CounterStateName,
    Day,
    Office,
    OfficeCounter,
    Rule,
    WorkList,
    to_time,
)

LAST_CALLS = 20


def board(reading: Reading, epoch: str) -> Board:
    """The picture for screens: counters, the last twenty calls (newest first), who did not come, waiting counts."""
    head = reading.head
    missed = tickets_of(reading.connection, head.day, (State.NO_SHOW,)) if head.day else []
    return Board(
        office=reading.office.id,
        epoch=epoch,
        rev=head.seq,
        seq=head.seq,
        at=to_time(reading.now.wall_ms),
        day=head.date or head.day,
        counters=counters(reading),
        calls=calls(reading),
        missed=[row.number for row in missed],
        services=waiting_counts(reading),
    )


def calls(reading: Reading) -> list[Call]:
    """The last calls of the day, newest first."""
    c = t.call.c
    query = select(t.call).where(c.day == reading.head.day).order_by(c.seq.desc()).limit(LAST_CALLS)
    labels = {one.id: one.label for one in reading.office.counters.values()}
    return [
        Call(
            id=row.id,
            kind=row.kind,
            times=row.times,
            number=row.number,
            counter=row.counter,
            label=labels.get(row.counter),
            at=to_time(row.at_ms),
            chosen=row.chosen,
            service=row.service,
            **{"class": row.ticket_class},
        )
        for row in reading.connection.execute(query)
    ]


def waiting_counts(reading: Reading) -> list[BoardService]:
    """How many wait per service, in the office's order. No expected wait is made up."""
    c = t.ticket.c
    query = (
        select(c.service, func.count()).where(c.day == reading.head.day, c.state == State.WAITING).group_by(c.service)
    )
    counts: dict[str, int] = {row[0]: row[1] for row in reading.connection.execute(query)}
    return [BoardService(id=one, waiting=counts.get(one, 0)) for one in reading.office.services]


def office(
    reading: Reading,
    epoch: str,
    *,
    mode: Literal["live", "practice", "demo"] = "live",
    visitor_url: str | None = None,
) -> Office:
    """The picture of what the hall is today."""
    at = reading.office
    return Office(
        office=at.id,
        epoch=epoch,
        rev=reading.head.seq,
        at=to_time(reading.now.wall_ms),
        name=dict(at.name),
        zone=at.zone.key,
        mode=mode,
        always_open=at.always_open,
        day=day(reading),
        rule=Rule(head_start_min=at.rules.head_start_min, calls=at.rules.calls),
        services=services(reading),
        counters=[OfficeCounter(id=one.id, label=one.label, zone=one.zone) for one in at.counters.values()],
        catalogue=etag(reading),
        hours="" if at.always_open else hours_text(reading),
        hotline=at.hotline,
        visitor_url=visitor_url or None,
    )


def day(reading: Reading) -> Day:
    """The day's state. ``reason``: "holiday" on one, else None; its name is in the office's file."""
    moment = reading.moment()
    state: Literal["open", "lunch", "closed", "none"]
    if reading.head.day is None:
        state = "none" if moment.opening is Opening.OPEN else "closed"
    else:
        state = moment.opening.value
    reason = None if moment.holiday is None else reading.office.holidays[moment.holiday].get("vi")
    return Day(
        date=reading.head.date,
        state=state,
        reason=reason,
        next_open=None if state == "open" else next_open(reading),
    )


def counter_picture(reading: Reading, counter: str, epoch: str) -> CounterPicture:
    """The small picture for one sign. Raises ``KeyError`` for an unknown counter."""
    label = reading.office.counters[counter].label
    row, taken = counter_row(reading.connection, counter), open_ticket(reading.connection, counter)
    return CounterPicture.model_validate(
        {
            "id": counter,
            "label": label,
            "state": CounterStateName(row.state),
            "number": None if taken is None else taken.number,
            "ticket": None if taken is None else taken.state.value,
            "class": None if taken is None else taken.ticket_class,
            "epoch": epoch,
            "rev": reading.head.seq,
        }
    )


def work(reading: Reading, station: str, epoch: str) -> WorkList:
    """The open jobs of one station."""
    jobs = list(open_jobs(reading, station))
    return WorkList(station=station, jobs=jobs, epoch=epoch, rev=reading.head.seq)
