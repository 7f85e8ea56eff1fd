"""People who are not at their counters of the roster, and their substitutes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server.domain.calendar import local_clock, local_date, local_ms, parse_clock
from server.domain.office import OfficeDefinition
from server.domain.office_roster import seats_of
from server.domain.roster import Seat, seats_at
from server.views.manager import CounterNow, ManagerNow
from server.wire.messages import CounterStateName


@dataclass(frozen=True, slots=True)
class MissingPerson:
    """A counter without the person whom the roster puts there.

    ``since_ms``: since when the person should be there (UTC). ``is_there``: the person has signed in, and the counter
    is closed. ``elsewhere``: the counter where the person sits instead; ``substitute``: somebody who may sit there, who
    is at no counter and has no seat now. Each is None without one.
    """

    counter: CounterNow
    clerk: str
    since_ms: int
    is_there: bool
    elsewhere: str | None
    substitute: str | None


def missing_people(hall: ManagerNow, office: OfficeDefinition, now_ms: int) -> Iterator[MissingPerson]:
    """Yield the counters that have been without their person for too long.

    A counter that a colleague has opened is not without one. Only while a day is open whose date is the clock's.
    """
    day, minute = local_date(now_ms, office.zone), parse_clock(local_clock(now_ms, office.zone))
    if not office.roster or hall.day.date != day:
        return
    seats, opening = seats_at(seats_of(office, day), minute), office.hours.spans(day)
    starts = [span.start_min for span in opening if span.start_min <= minute < span.end_min]
    clerks = {counter.counter.clerk: counter.counter.id for counter in hall.counters if counter.counter.clerk}
    for counter in hall.counters if starts else ():
        seat = seats.get(counter.counter.id)
        person = None if seat is None else office.clerks.get(seat.clerk or "")
        if seat is None or person is None or person.closed or _has_somebody(counter, person.id):
            continue
        since_min = max(starts[-1], seat.span.start_min)
        if minute - since_min >= office.rules.seat_late_min:
            place = clerks.get(person.id)
            yield MissingPerson(
                counter=counter,
                clerk=person.id,
                since_ms=local_ms(day, since_min, office.zone),
                is_there=place == counter.counter.id,
                elsewhere=None if place == counter.counter.id else place,
                substitute=_substitute(counter, office, clerks, seats),
            )


def _has_somebody(counter: CounterNow, clerk: str) -> bool:
    """Return whether the person is there, or a colleague has opened the counter instead."""
    message = counter.counter
    if message.state is CounterStateName.CLOSED:
        return False
    return message.clerk == clerk or (message.clerk is not None and message.state is CounterStateName.OPEN)


def _substitute(
    counter: CounterNow, office: OfficeDefinition, clerks: Mapping[str, str], seats: Mapping[str, Seat]
) -> str | None:
    """Return the first free person who may serve something there."""
    seated = {seat.clerk for seat in seats.values()}
    free = [person for person in office.clerks.values() if not person.closed and person.role.value == "clerk"]
    services = office.services_of(counter.counter.id)
    for person in free:
        if person.id not in clerks and person.id not in seated and any(map(person.may_serve, services)):
            return person.id
    return None
