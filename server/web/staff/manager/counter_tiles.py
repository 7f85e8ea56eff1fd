"""The counters of the manager's page, with their services today."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.domain.office import OfficeDefinition, ServicesToday
from server.domain.office_roster import seats_now
from server.domain.roster import ONE_DATE, Seat
from server.views.manager import CounterNow, ManagerNow
from server.web.shared.formatting import Formatter
from server.web.staff.clerk.actions import reason_text
from server.wire.messages import CounterStateName, from_time


@dataclass(frozen=True, slots=True)
class TileService:
    """A service that a counter serves today. ``is_lent``: only today."""

    id: str
    name: str
    is_lent: bool


@dataclass(frozen=True, slots=True)
class CounterTile:
    """A counter now. ``running_ms``: how long the state of its ticket, else its own, has lasted.

    ``running_ms`` is None for a closed counter. ``reason``: why it is paused, as text, else None; ``until``: the
    announced end of the pause, a time of day, else empty; ``number``, ``ticket_state`` (called or serving): of its open
    ticket, None without one. ``clerk``: the id of the clerk there, else of the default clerk; ``clerk_name``: of the
    one who is there. ``services``: those of today; ``taken``: the names of those that were taken for today;
    ``others``: ids and names of those that could be lent; ``sources``: ids and labels of the other counters.
    ``planned``: the name of the person of the roster where nobody or another person sits, else None;
    ``is_planned_today``: a manager put somebody, or nobody, there for today; ``seat_today``: the id of that person,
    ``nobody``, or ``usual``, as in the form.
    """

    id: str
    label: str
    state: str
    ready: bool
    reason: str | None
    until: str
    number: str | None
    ticket_state: str | None
    running_ms: int | None
    clerk: str
    clerk_name: str | None
    services: Sequence[TileService]
    taken: Sequence[str]
    others: Sequence[tuple[str, str]]
    sources: Sequence[tuple[str, str]]
    planned: str | None
    is_planned_today: bool
    seat_today: str

    @property
    def differs_today(self) -> bool:
        """Return whether its services differ today from the settings."""
        return bool(self.taken) or any(service.is_lent for service in self.services)


def counter_tiles(hall: ManagerNow, office: OfficeDefinition, formatter: Formatter, now_ms: int) -> list[CounterTile]:
    """Return the tiles of the counters, in the order of the office's settings."""
    seats = seats_now(office, now_ms)
    return [_tile(counter, office, formatter, seats.get(counter.counter.id)) for counter in hall.counters]


def _tile(now: CounterNow, office: OfficeDefinition, formatter: Formatter, seat: Seat | None) -> CounterTile:
    counter, words = now.counter, formatter.words
    today, served = office.today.counters.get(counter.id, ServicesToday()), office.services_of(counter.id)
    return CounterTile(
        id=counter.id,
        label=counter.label,
        state=counter.state.value,
        ready=counter.ready,
        reason=reason_text(counter.reason, words),
        until="" if counter.until is None else formatter.time(from_time(counter.until)),
        number=counter.ticket.number if counter.ticket else None,
        ticket_state=counter.ticket.state if counter.ticket else None,
        running_ms=None if counter.state is CounterStateName.CLOSED else now.state_lasted_ms,
        clerk=counter.clerk or (seat.clerk if seat is not None else office.counters[counter.id].clerk) or "",
        clerk_name=now.clerk_name,
        services=[
            TileService(
                service,
                words.pick(office.services[service].name),
                service in today.added and service not in office.counters[counter.id].services,
            )
            for service in served
            if service in office.services
        ],
        taken=[words.pick(office.services[service].name) for service in today.taken if service in office.services],
        others=[
            (service.id, words.pick(service.name))
            for service in office.services_offered.values()
            if service.id not in served
        ],
        sources=[(other.id, other.label) for other in office.counters_in_use.values() if other.id != counter.id],
        planned=_planned(counter.clerk, office, formatter, seat),
        is_planned_today=seat is not None and seat.rank == ONE_DATE,
        seat_today=_seat_today(seat),
    )


def _planned(clerk: str | None, office: OfficeDefinition, formatter: Formatter, seat: Seat | None) -> str | None:
    """Return the name of the person who should sit at a counter and does not.

    A counter that a manager left empty for today says so too.
    """
    if seat is None or (seat.clerk == clerk and (clerk is not None or seat.rank != ONE_DATE)):
        return None
    person = office.clerks.get(seat.clerk or "")
    return formatter.words("office", "không ai") if person is None else person.name


def _seat_today(seat: Seat | None) -> str:
    if seat is None or seat.rank != ONE_DATE:
        return "usual"
    return seat.clerk or "nobody"
