"""The hall now, as the manager's page shows it: services, counters, and what wants attention."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.office import Service
from config.words import Words
from server.domain import measures
from server.store.office import Office
from server.store.store import Reading
from server.views.hall import ManagerNow
from server.web.daybook import book
from server.web.keys import reason_shown

ALERTS = 3
"""So many are shown; the table marks all."""


@dataclass(frozen=True, slots=True)
class Line:
    """A service in the table of now; ``share`` is its bar's length in percent of the cell."""

    service: Service
    waiting: int
    longest_ms: int | None
    labels: Sequence[str]
    over: bool
    share: int


@dataclass(frozen=True, slots=True)
class Tile:
    """A counter now. ``running_ms``: how long its state or its ticket's has lasted."""

    label: str
    state: str
    ready: bool
    reason: str | None
    number: str | None
    ticket_state: str | None
    running_ms: int | None


@dataclass(frozen=True, slots=True)
class Stop:
    """A service and whether its issuing was stopped today."""

    service: Service
    stopped: bool


def so_far(reading: Reading) -> measures.Figures:
    """The open day's figures until now; without a day those of nothing."""
    date = reading.head.day
    if date is None:
        return measures.figures([], target_min=reading.office.rules.target_min)
    return book(reading, date).day.whole


def lines(found: ManagerNow, office: Office) -> list[Line]:
    """Services by how many wait, then in the office's order."""
    most = max((one.waiting for one in found.services), default=0) or 1
    target_ms = found.target_min * 60_000
    found_lines = [
        Line(
            service=office.services[one.service.id],
            waiting=one.waiting,
            longest_ms=one.longest_ms,
            labels=[office.counters[counter].label for counter in one.open_counters],
            over=one.longest_ms is not None and one.longest_ms > target_ms,
            share=round(60 * one.waiting / most),
        )
        for one in found.services
    ]
    return sorted(found_lines, key=lambda line: -line.waiting)


def alerts(found: ManagerNow, words: Words) -> list[str]:
    """What wants a manager now: nobody serves those who wait, or somebody waits over the target."""
    said: list[str] = []
    for one in sorted(found.services, key=lambda one: (bool(one.open_counters), -(one.longest_ms or 0))):
        name = words.pick(one.service.name)
        if one.waiting and not one.open_counters:
            said.append(
                words(
                    "manager",
                    "Lĩnh vực {service}: {n} người đang chờ, chưa có quầy nào mở",
                    service=name,
                    n=one.waiting,
                )
            )
        elif one.longest_ms is not None and one.longest_ms > found.target_min * 60_000:
            said.append(
                words(
                    "manager",
                    "Lĩnh vực {service}: {n} người đang chờ, lâu nhất {minutes} phút",
                    service=name,
                    n=one.waiting,
                    minutes=one.longest_ms // 60_000,
                )
            )
    return said[:ALERTS]


def tiles(found: ManagerNow, words: Words) -> list[Tile]:
    """The counters in the office's order."""
    return [
        Tile(
            label=one.counter.label,
            state=one.counter.state.value,
            ready=one.counter.ready,
            reason=reason_shown(one.counter.reason, words),
            number=one.counter.ticket.number if one.counter.ticket else None,
            ticket_state=one.counter.ticket.state if one.counter.ticket else None,
            running_ms=None if one.counter.state == "closed" else one.since_ms,
        )
        for one in found.counters
    ]
