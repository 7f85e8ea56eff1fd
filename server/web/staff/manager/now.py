"""Rows of the manager's page about the hall now: services, counters, alerts."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.words import Words
from server.domain.office import OfficeDefinition, ServiceDefinition
from server.views.manager import ManagerNow
from server.web.staff.clerk.actions import reason_text
from server.wire.messages import CounterStateName

MAX_ALERTS = 3
"""The most alerts shown; the table of services marks all of them."""


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
    bar_percent: int


@dataclass(frozen=True, slots=True)
class CounterTile:
    """A counter now. ``running_ms``: how long the state of its ticket, else its own, has lasted.

    ``running_ms`` is None for a closed counter. ``reason``: why it is paused, as text, else None; ``number``,
    ``ticket_state`` (called or serving): of its open ticket, None without one.
    """

    label: str
    state: str
    ready: bool
    reason: str | None
    number: str | None
    ticket_state: str | None
    running_ms: int | None


@dataclass(frozen=True, slots=True)
class IssuingStop:
    """A service, and whether a manager has stopped issuing its numbers today."""

    service: ServiceDefinition
    stopped: bool


def service_rows(hall: ManagerNow, office: OfficeDefinition) -> list[ServiceRow]:
    """Return the rows of services, those with most waiting first."""
    most_waiting = max((service.waiting for service in hall.services), default=0) or 1
    target_ms = hall.target_min * 60_000
    rows = [
        ServiceRow(
            service=office.services[service.service.id],
            waiting=service.waiting,
            longest_wait_ms=service.longest_wait_ms,
            open_counters=[office.counters[counter].label for counter in service.open_counters],
            over_target=service.longest_wait_ms is not None and service.longest_wait_ms > target_ms,
            bar_percent=round(60 * service.waiting / most_waiting),
        )
        for service in hall.services
    ]
    return sorted(rows, key=lambda row: -row.waiting)


def alerts(hall: ManagerNow, words: Words) -> list[str]:
    """Return the alerts: a line without an open counter, or a wait over the target."""
    sentences: list[str] = []
    for service in sorted(
        hall.services, key=lambda service: (bool(service.open_counters), -(service.longest_wait_ms or 0))
    ):
        name = words.pick(service.service.name)
        if service.waiting and not service.open_counters:
            sentences.append(
                words(
                    "manager",
                    "Lĩnh vực {service}: {n} người đang chờ, chưa có quầy nào mở",
                    service=name,
                    n=service.waiting,
                )
            )
        elif service.longest_wait_ms is not None and service.longest_wait_ms > hall.target_min * 60_000:
            sentences.append(
                words(
                    "manager",
                    "Lĩnh vực {service}: {n} người đang chờ, lâu nhất {minutes} phút",
                    service=name,
                    n=service.waiting,
                    minutes=service.longest_wait_ms // 60_000,
                )
            )
    return sentences[:MAX_ALERTS]


def counter_tiles(hall: ManagerNow, words: Words) -> list[CounterTile]:
    """Return the tiles of the counters, in the order of the office's settings."""
    return [
        CounterTile(
            label=counter.counter.label,
            state=counter.counter.state.value,
            ready=counter.counter.ready,
            reason=reason_text(counter.counter.reason, words),
            number=counter.counter.ticket.number if counter.counter.ticket else None,
            ticket_state=counter.counter.ticket.state if counter.counter.ticket else None,
            running_ms=None if counter.counter.state is CounterStateName.CLOSED else counter.state_lasted_ms,
        )
        for counter in hall.counters
    ]
