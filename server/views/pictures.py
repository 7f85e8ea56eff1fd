"""The pictures: retained MQTT messages, each with the whole state of one topic.

All are computed from the database, so ``rev`` is the sequence number of the journal's last row in each of them.
"""

from typing import Literal

from server.domain.calendar import Opening, local_ms, parse_clock
from server.domain.office import OfficeDefinition
from server.domain.queue.ticket import TicketState
from server.store import Snapshot
from server.store.queries import (
    counter_row,
    newest_calls,
    newest_help_answers,
    open_job_ids,
    open_ticket,
    stations_with_jobs,
    tickets_of,
    waiting_by_service,
)
from server.views.counters import counters
from server.views.demand import day_demand, groups_in_order, services_in_order
from server.views.services import catalogue_etag, hours_text, listed_services, next_open, services
from server.wire.messages import (
    Board,
    BoardService,
    Call,
    CounterPicture,
    CounterStateName,
    Day,
    Notice,
    Office,
    OfficeCounter,
    OfficeGroup,
    Rule,
    WorkList,
    to_time,
)

HELPER_SHOWN_MS = 300_000
"""For so long a kiosk shows that a member of staff is on the way, unless the help ends sooner."""
MAX_CALLS = 20
"""The most calls on a board: a display that was disconnected for a moment still shows those that it missed."""


def board(snapshot: Snapshot, epoch: str) -> Board:
    """Return the picture for hall displays: counters, newest calls, missed numbers, waiting counts."""
    head = snapshot.head
    missed = tickets_of(snapshot.connection, head.day, (TicketState.NO_SHOW,)) if head.day else []
    return Board(
        office=snapshot.office.id,
        epoch=epoch,
        rev=head.seq,
        seq=head.seq,
        at=to_time(snapshot.now.wall_ms),
        day=head.date or head.day,
        counters=counters(snapshot),
        calls=calls(snapshot),
        missed=[row.number for row in missed],
        services=waiting_counts(snapshot),
        practice=head.practice,
    )


def calls(snapshot: Snapshot) -> list[Call]:
    """Return the newest ``MAX_CALLS`` calls of the day, newest first."""
    labels = {counter.id: counter.label for counter in snapshot.office.counters.values()}
    return [
        Call(
            id=row.id,
            kind=row.kind,
            times=row.times,
            number=row.number,
            counter=row.counter,
            label=labels.get(row.counter or ""),
            at=to_time(row.at_ms),
            chosen=row.chosen,
            service=row.service,
            **{"class": row.ticket_class},
        )
        for row in newest_calls(snapshot.connection, snapshot.head.day, MAX_CALLS)
    ]


def waiting_counts(snapshot: Snapshot) -> list[BoardService]:
    """Return how many wait for each service, in the order of the office's settings.

    The expected wait stays None until there are forecasts.
    """
    counts = waiting_by_service(snapshot.connection, snapshot.head.day)
    return [BoardService(id=service, waiting=counts.get(service, 0)) for service in listed_services(snapshot)]


def office(
    snapshot: Snapshot,
    epoch: str,
    *,
    mode: Literal["live", "demo"] = "live",
    visitor_url: str | None = None,
) -> Office:
    """Return the picture of the office today.

    ``mode``: a setting of the server, replaced in a practice; ``visitor_url`` None or empty: there is no public address
    of visitors' pages.
    """
    definition, demand = snapshot.office, day_demand(snapshot)
    listed = {service.id: service for service in services(snapshot)}
    return Office(
        office=definition.id,
        epoch=epoch,
        rev=snapshot.head.seq,
        at=to_time(snapshot.now.wall_ms),
        name=dict(definition.name),
        zone=definition.zone.key,
        mode="practice" if snapshot.head.practice else mode,
        always_open=definition.always_open,
        day=day(snapshot),
        rule=Rule(head_start_min=definition.rules.head_start_min, calls=definition.rules.calls),
        services=[listed[service] for service in services_in_order(list(listed), demand)],
        groups=[
            OfficeGroup(id=group.id, name=dict(group.name), services=list(group.services))
            for group in (definition.groups[group] for group in groups_in_order(snapshot, demand))
        ],
        counters=[
            OfficeCounter(id=row.id, label=row.label, zone=row.zone) for row in definition.counters_in_use.values()
        ],
        notices=notices(snapshot.office),
        catalogue=catalogue_etag(snapshot),
        hours="" if definition.always_open else hours_text(snapshot),
        one_stop=definition.rules.one_stop,
        hotline=definition.hotline,
        address=definition.address,
        visitor_url=visitor_url or None,
        logo=definition.logo_id,
    )


def notices(office: OfficeDefinition) -> list[Notice]:
    """Return the notices for the hall's screens, with their local times as moments."""

    def moment(local: str | None) -> str | None:
        if local is None:
            return None
        date, _, clock = local.partition("T")
        return to_time(local_ms(date, parse_clock(clock), office.zone))

    return [
        Notice(
            id=notice.id,
            text=dict(notice.text),
            to=moment(notice.until),
            on_tv=notice.on_tv,
            on_kiosk=notice.on_kiosk,
            on_phone=notice.on_phone,
            **{"from": moment(notice.since)},
        )
        for notice in office.notices.values()
    ]


def day(snapshot: Snapshot) -> Day:
    """Return the state of the day: open, lunch, closed or none.

    "none": no day is open although it is within the opening hours. ``reason`` is the Vietnamese name of a holiday, else
    None. ``next_open`` is None while it is open, and when it is unknown.
    """
    status = snapshot.opening_status()
    state: Literal["open", "lunch", "closed", "none"]
    if snapshot.head.day is None:
        state = "none" if status.opening is Opening.OPEN else "closed"
    else:
        state = status.opening.value
    reason = None if status.holiday is None else snapshot.office.holidays[status.holiday].get("vi")
    return Day(
        date=snapshot.head.date,
        state=state,
        reason=reason,
        next_open=None if state == "open" else next_open(snapshot),
    )


def counter_picture(snapshot: Snapshot, counter: str, epoch: str) -> CounterPicture:
    """Return the picture of one counter, for its sign. Raises ``KeyError`` for an unknown counter."""
    label = snapshot.office.counters[counter].label
    row, current = counter_row(snapshot.connection, counter), open_ticket(snapshot.connection, counter)
    return CounterPicture.model_validate(
        {
            "id": counter,
            "label": label,
            "state": CounterStateName(row.state),
            "number": None if current is None else current.number,
            "ticket": None if current is None else current.state.value,
            "class": None if current is None else current.ticket_class,
            "epoch": epoch,
            "rev": snapshot.head.seq,
            "practice": snapshot.head.practice,
        }
    )


def stations_with_work(snapshot: Snapshot) -> list[str]:
    """Return the stations with work.

    They have an open job, or had one or a call for help on the open day.
    """
    with_jobs = stations_with_jobs(snapshot.connection, snapshot.head.day)
    return list(dict.fromkeys([*with_jobs, *newest_help_answers(snapshot.connection, snapshot.head.day)]))


def work_list(snapshot: Snapshot, station: str, epoch: str) -> WorkList:
    """Return the picture of a station's work.

    It has the ids of its open jobs, and whether staff is on the way there.
    """
    jobs = open_job_ids(snapshot.connection, station)
    return WorkList(station=station, jobs=jobs, epoch=epoch, rev=snapshot.head.seq, helper=_helper(snapshot, station))


def _helper(snapshot: Snapshot, station: str) -> str | None:
    """Return the id of the station's call for help that somebody took just now.

    None: nobody did, or the help is over.
    """
    answer = newest_help_answers(snapshot.connection, snapshot.head.day).get(station)
    if answer is None or answer.taken_at_ms is None or answer.ended_at_ms is not None:
        return None
    return answer.id if snapshot.now.wall_ms - answer.taken_at_ms < HELPER_SHOWN_MS else None
