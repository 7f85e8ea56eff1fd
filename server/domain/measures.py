"""The figures of a day, from plain rows of tickets and legs; every definition here is printed beside its figure.

All times of one ticket are milliseconds on one axis (queue time, which a clock that is set back does not
bend); ``minute`` is the local minute of the day at issue, for the hours. Nothing is rounded here.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import TypeVar

from server.domain.ticket import State

MINUTE_MS = 60_000
LEFT = frozenset({State.CANCELLED, State.NO_SHOW, State.EXPIRED})
"""Without having been served. A no-show that returned is in another state by then."""

SATISFIED = frozenset({"very_satisfied", "satisfied"})
UNRECORDED = "unrecorded"
_Key = TypeVar("_Key", bound=Hashable)
WAIT_EDGES_MIN = (0, 5, 10, 15, 20, 25, 30, 35, 40, 50)


@dataclass(frozen=True, slots=True)
class LegRow:
    """One counter's part of a ticket; setting it aside ends a part, and going on begins another."""

    service: str
    procedure: str | None
    counter: str | None
    called_ms: int | None
    started_ms: int | None
    finished_ms: int | None
    outcome: str | None

    @property
    def served_ms(self) -> int | None:
        """The counter's time; None while unfinished, or when the day's close finished it."""
        if self.started_ms is None or self.finished_ms is None or self.outcome == UNRECORDED:
            return None
        return self.finished_ms - self.started_ms

    @property
    def walk_ms(self) -> int | None:
        """From the call to the start; None where either is missing."""
        if self.called_ms is None or self.started_ms is None:
            return None
        return self.started_ms - self.called_ms


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One ticket of the day. ``service`` is that of its issue, ``counter`` that of its first call.

    ``ended_ms``: when it was cancelled, missed or expired. ``waiting_ms``: all its time in the state waiting.
    ``uncalled_ms``: how long a ticket that waits and was never called has waited until now; None for all others.
    """

    number: str
    service: str
    state: State
    minute: int
    issued_ms: int
    first_called_ms: int | None
    ended_ms: int | None
    legs: tuple[LegRow, ...]
    transfers: int = 0
    waiting_ms: int = 0
    uncalled_ms: int | None = None
    practice: bool = False
    void: bool = False
    rating: str | None = None

    @property
    def served_at(self) -> str | None:
        """The counter that served it last: the one that its rating is about."""
        return next((leg.counter for leg in reversed(self.legs) if leg.started_ms is not None), None)

    @property
    def counter(self) -> str | None:
        """The counter that called it first."""
        return next((leg.counter for leg in self.legs if leg.counter is not None), None)

    @property
    def wait_ms(self) -> int | None:
        """Issued to first called, or until it left uncalled; None while it still waits."""
        until = self.first_called_ms if self.first_called_ms is not None else self.ended_ms
        return None if until is None else until - self.issued_ms


@dataclass(frozen=True, slots=True)
class Share:
    """``a`` of ``b``; a percentage is never shown without both."""

    a: int
    b: int

    @property
    def percent(self) -> float | None:
        """None of nothing is no percentage."""
        return None if self.b == 0 else 100 * self.a / self.b


@dataclass(frozen=True, slots=True)
class Spread:
    """Durations in ms: how many, mean, median, and the nearest-rank 90th percentile."""

    n: int
    mean_ms: float
    median_ms: float
    p90_ms: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The measures of one group of tickets; a missing spread means that there was nothing to measure.

    ``within``: called within the target, of all that were called, left after the target, or wait longer than it.
    ``overdue``: how many of these still wait.
    """

    issued: int
    served: int
    open: int
    wait: Spread | None
    within: Share
    overdue: int
    left: Share
    no_show: Share
    walk: Spread | None
    service: Spread | None
    transferred: Share
    unrecorded: int


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """``satisfied``: of the ratings those that were satisfied or very satisfied; ``rated``: of the served those that
    were rated."""

    satisfied: Share
    rated: Share


@dataclass(frozen=True, slots=True)
class Ratings:
    """What visitors said, of the whole day, by service of issue and by the counter that served last. The groups
    are those with a rating."""

    whole: Satisfaction
    services: Mapping[str, Satisfaction]
    counters: Mapping[str, Satisfaction]


@dataclass(frozen=True, slots=True)
class Self:
    """Little's law of a day: the mean number waiting, by arrival rate × mean wait and as sampled."""

    computed: float
    measured: float


@dataclass(frozen=True, slots=True)
class Day:
    """Everything that the day's page shows. The mappings are in the order of their keys."""

    target_min: int
    whole: Figures
    services: Mapping[str, Figures]
    counters: Mapping[str, Figures]
    hours: Mapping[int, Figures]
    procedures: Mapping[tuple[str, str | None], Spread]
    occupancy: Mapping[str, Share]
    half_hours: Mapping[int, int]
    waits: Sequence[tuple[int, int | None, int]]
    ratings: Ratings
    practice: int
    void: int


def day(rows: Iterable[TicketRow], *, target_min: int, open_ms: Mapping[str, int]) -> Day:
    """The figures of one day. ``open_ms``: how long each counter was open, pauses left out.

    Practice and void tickets are in none of them and are counted apart.
    """
    everything = tuple(rows)
    rows = tuple(row for row in everything if not row.practice and not row.void)
    return Day(
        target_min=target_min,
        whole=figures(rows, target_min=target_min),
        services=_by(rows, lambda row: row.service, target_min),
        counters=_by([row for row in rows if row.counter], lambda row: row.counter or "", target_min),
        hours=_by(rows, lambda row: row.minute // 60, target_min),
        procedures=_by_procedure(rows),
        occupancy=_occupancy(rows, open_ms),
        half_hours=_half_hours(rows),
        waits=_distribution(rows),
        ratings=ratings(rows),
        practice=sum(row.practice for row in everything),
        void=sum(row.void and not row.practice for row in everything),
    )


def figures(rows: Sequence[TicketRow], *, target_min: int) -> Figures:
    """The measures of these tickets, which are neither practice nor void."""
    target_ms = target_min * MINUTE_MS
    served = [row for row in rows if row.state is State.SERVED]
    left = [row for row in rows if row.state in LEFT]
    waits = [row.wait_ms for row in served if row.wait_ms is not None]
    called = [row for row in rows if row.first_called_ms is not None and row.state not in LEFT]
    first_calls = _known(row.wait_ms for row in called)
    left_late = sum(row.wait_ms is not None and row.wait_ms > target_ms for row in left)
    overdue = sum(row.uncalled_ms is not None and row.uncalled_ms > target_ms for row in rows)
    legs = [leg for row in rows for leg in row.legs]
    return Figures(
        issued=len(rows),
        served=len(served),
        open=len(rows) - len(served) - len(left),
        wait=spread(waits),
        within=Share(sum(wait <= target_ms for wait in first_calls), len(first_calls) + left_late + overdue),
        overdue=overdue,
        left=Share(len(left), len(rows)),
        no_show=Share(sum(row.state is State.NO_SHOW for row in left), len(rows)),
        walk=spread(_known(leg.walk_ms for leg in legs)),
        service=spread(_known(served_ms(row) for row in served)),
        transferred=Share(sum(row.transfers > 0 for row in rows), len(rows)),
        unrecorded=sum(leg.outcome == UNRECORDED for leg in legs),
    )


def ratings(rows: Sequence[TicketRow]) -> Ratings:
    """What the visitors of these tickets said."""
    served = [row for row in rows if row.state is State.SERVED]
    services, counters = _groups(served, lambda row: row.service), _groups(served, lambda row: row.served_at or "")
    return Ratings(
        whole=_satisfaction(served),
        services={name: _satisfaction(group) for name, group in services.items() if _is_rated(group)},
        counters={name: _satisfaction(group) for name, group in counters.items() if _is_rated(group)},
    )


def _satisfaction(served: Sequence[TicketRow]) -> Satisfaction:
    said = [row.rating for row in served if row.rating is not None]
    return Satisfaction(Share(sum(one in SATISFIED for one in said), len(said)), Share(len(said), len(served)))


def _is_rated(group: Iterable[TicketRow]) -> bool:
    return any(row.rating is not None for row in group)


def served_ms(row: TicketRow) -> int | None:
    """Service time of a ticket: the sum of its legs; None when one of them has no recorded end."""
    started = [leg for leg in row.legs if leg.started_ms is not None]
    times = _known(leg.served_ms for leg in started)
    return sum(times) if started and len(times) == len(started) else None


def spread(durations_ms: Iterable[int]) -> Spread | None:
    """Mean, median (of two middle ones their mean) and p90 by nearest rank: the ⌈0.9 n⌉-th smallest."""
    ordered = sorted(durations_ms)
    if not ordered:
        return None
    rank = -(-9 * len(ordered) // 10)
    return Spread(len(ordered), fmean(ordered), float(median(ordered)), ordered[rank - 1])


def little(rows: Iterable[TicketRow], samples: Sequence[tuple[int, int]], *, from_ms: int, to_ms: int) -> Self | None:
    """L = λW over ``from_ms`` to ``to_ms``: rate × mean time waiting against the sampled counts.

    ``samples`` are (moment, how many wait from then on), in order. Every ticket that stood in the queue counts,
    void ones too, since the sampled counts saw them.
    """
    length_ms = to_ms - from_ms
    if length_ms <= 0 or not samples:
        return None
    times = [row.waiting_ms for row in rows]
    ends = [*(moment for moment, _ in samples[1:]), to_ms]
    area = sum(
        waiting * max(0, min(end, to_ms) - max(start, from_ms))
        for (start, waiting), end in zip(samples, ends, strict=True)
    )
    # λW: (tickets / length) × (sum of times / tickets)
    return Self(computed=sum(times) / length_ms, measured=area / length_ms)


def _known(values: Iterable[int | None]) -> list[int]:
    return [value for value in values if value is not None]


def _by(rows: Sequence[TicketRow], key: Callable[[TicketRow], _Key], target_min: int) -> dict[_Key, Figures]:
    return {name: figures(group, target_min=target_min) for name, group in _groups(rows, key).items()}


def _groups(rows: Iterable[TicketRow], key: Callable[[TicketRow], _Key]) -> dict[_Key, list[TicketRow]]:
    groups: dict[_Key, list[TicketRow]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return {name: groups[name] for name in sorted(groups, key=_natural)}


def _natural(key: Hashable) -> tuple[bool, int, str]:
    return (isinstance(key, str), key if isinstance(key, int) else 0, str(key))


def _by_procedure(rows: Iterable[TicketRow]) -> dict[tuple[str, str | None], Spread]:
    times: dict[tuple[str, str | None], list[int]] = {}
    for leg in (leg for row in rows for leg in row.legs):
        if leg.served_ms is not None:
            times.setdefault((leg.service, leg.procedure), []).append(leg.served_ms)
    found = {key: spread(times[key]) for key in sorted(times, key=lambda key: (key[0], key[1] or ""))}
    return {key: one for key, one in found.items() if one is not None}


def _occupancy(rows: Iterable[TicketRow], open_ms: Mapping[str, int]) -> dict[str, Share]:
    """Busy of open time in ms; what is busy beyond the open time (finished while paused) does not count."""
    busy: dict[str, int] = {}
    for leg in (leg for row in rows for leg in row.legs):
        if leg.counter is not None and leg.served_ms is not None:
            busy[leg.counter] = busy.get(leg.counter, 0) + leg.served_ms
    return {
        counter: Share(min(busy.get(counter, 0), open_ms[counter]), open_ms[counter])
        for counter in sorted(open_ms)
        if open_ms[counter] > 0
    }


def _half_hours(rows: Iterable[TicketRow]) -> dict[int, int]:
    """Issued per half-hour (minute of its start), from the first to the last, empty ones between them too."""
    counts: dict[int, int] = {}
    for row in rows:
        start = row.minute // 30 * 30
        counts[start] = counts.get(start, 0) + 1
    if not counts:
        return {}
    return {start: counts.get(start, 0) for start in range(min(counts), max(counts) + 30, 30)}


def _distribution(rows: Iterable[TicketRow]) -> list[tuple[int, int | None, int]]:
    """Waits of the served: (over from minutes, up to and with to minutes, how many); the first takes 0 too."""
    waits = [row.wait_ms for row in rows if row.state is State.SERVED and row.wait_ms is not None]
    edges: list[int | None] = [*WAIT_EDGES_MIN, None]
    classes = []
    for low, high in zip(WAIT_EDGES_MIN, edges[1:], strict=True):
        above = -1 if low == 0 else low * MINUTE_MS
        n = sum(wait > above and (high is None or wait <= high * MINUTE_MS) for wait in waits)
        classes.append((low, high, n))
    return classes
