"""Rows of the manager's page about the hall now: services, stopped ones, notices."""

from collections.abc import Sequence
from dataclasses import dataclass

from server import views
from server.domain.office import OfficeDefinition, ServiceDefinition
from server.store import Snapshot
from server.views.manager import ManagerNow
from server.web.shared.formatting import Formatter
from server.web.shared.notice_places import notice_places
from server.wire.messages import from_time

FIRST_ALERTS = 5
"""So many alerts are shown at once; further ones open with one key."""


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A row of the table of services.

    ``waiting``: how many wait; ``longest_wait_ms``: None when nobody waits. ``open_counters`` are labels;
    ``over_target``: somebody waits longer than the target; ``bar_percent`` is the length of the bar in percent of the
    cell.
    """

    service: ServiceDefinition
    waiting: int
    longest_wait_ms: int | None
    open_counters: Sequence[str]
    over_target: bool
    target_min: int
    bar_percent: int


@dataclass(frozen=True, slots=True)
class IssuingStop:
    """A service, and whether staff have stopped issuing its numbers today.

    ``reason``, ``until`` (a time of day) and ``ask``: of the stop; empty where not given.
    """

    service: ServiceDefinition
    stopped: bool
    reason: str
    until: str
    ask: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice that is shown now or will be.

    ``since`` and ``until``: in words, empty without a limit. ``places``: where it is shown, empty for nowhere.
    """

    id: str
    text: str
    since: str
    until: str
    places: str


def service_rows(hall: ManagerNow, office: OfficeDefinition) -> list[ServiceRow]:
    """Return the rows of services, those with most waiting first."""
    most_waiting = max((service.waiting for service in hall.services), default=0) or 1
    rows = [
        ServiceRow(
            service=office.services[service.service.id],
            waiting=service.waiting,
            longest_wait_ms=service.longest_wait_ms,
            open_counters=[office.counters[counter].label for counter in service.open_counters],
            over_target=service.longest_wait_ms is not None
            and service.longest_wait_ms > office.target_of(service.service.id) * 60_000,
            target_min=office.target_of(service.service.id),
            bar_percent=round(60 * service.waiting / most_waiting),
        )
        for service in hall.services
    ]
    return sorted(rows, key=lambda row: -row.waiting)


def issuing_stops(hall: ManagerNow, office: OfficeDefinition, formatter: Formatter) -> list[IssuingStop]:
    """Return every service with its stop of today."""
    return [
        IssuingStop(
            office.services[service.service.id],
            service.stopped,
            reason=service.service.reason or "",
            until="" if service.service.until is None else formatter.time(from_time(service.service.until)),
            ask=service.service.ask or "",
        )
        for service in hall.services
    ]


def notice_rows(snapshot: Snapshot, formatter: Formatter) -> list[NoticeRow]:
    """Return the notices whose end has not passed, as the screens show them."""

    now_ms = snapshot.now.wall_ms

    def moment(text: str | None) -> str:
        if text is None:
            return ""
        return formatter.moment(from_time(text), now_ms)

    return [
        NoticeRow(
            notice.id,
            formatter.words.pick(notice.text),
            moment(notice.since),
            moment(notice.to),
            ", ".join(notice_places(notice, formatter.words)),
        )
        for notice in views.notices(snapshot.office)
        if notice.to is None or from_time(notice.to) > now_ms
    ]
