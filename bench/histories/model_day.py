"""Make a day of a hall by the server's own commands, on a simulated clock.

It is the model of every day of a history.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from config.clock import Now
from config.office import OfficeSettings
from server import commands
from server.commands import Actor, IdFactory, Role
from server.store import SqliteBackend, Store, Writer
from server.store.queries import newest_call
from server.wire.messages import (
    CallNext,
    IssueTicket,
    MoveTicket,
    Outcome,
    Printed,
    Rate,
    RatingLevel,
    Seen,
    SetCounterState,
    SignIn,
    to_time,
)
from support.server_process import office

TICKETS = 1200
SERVICES = tuple(f"S{n}" for n in range(1, 9))
COUNTERS = {f"c{n}": SERVICES[n % 2 :: 2] for n in range(1, 17)}
"""Each counter serves every other service, so that tickets of other services wait too."""
OFFICE = office(SERVICES, COUNTERS)
OFFICE["clerks"].append({"id": "ql", "name": "Quản lý", "role": "manager"})
DATE = "2026-02-03"
"""The model day. A short day comes before it, so that it begins as every other day does."""
OPENS_MS = 1_770_078_600_000
"""The opening of the model day: 07:30 in Ho Chi Minh City."""
DAY_MS = 86_400_000
BOOT_ID = "5f1c2a4e-93d7-4c0b-8a61-7d2e90b4c3f8"
BOOT_MS = 20 * 365 * DAY_MS
"""The machine's time since boot, so long that it was running on the first day of each history."""
OPEN_MS = 9 * 3_600_000
RATED_SHARE = 0.3
WAITING = 40
"""The people who wait when the counters begin, and during the day."""
KIOSK, TV = Actor(Role.STATION, "kiosk-1", "kiosk-1"), Actor(Role.STATION, "tv-1", "tv-1")
PAD, MANAGER = Actor(Role.STATION, "counters-1", "counters-1"), Actor(Role.MANAGER, "ql")


@dataclass(slots=True)
class ModelClock:
    """A clock that the model day sets."""

    wall_ms: int
    boot_ms: int = BOOT_MS

    def now(self) -> Now:
        """Return the moment."""
        return Now(self.wall_ms, self.boot_ms, self.boot_ms / 1000)

    def go(self, ms: int) -> None:
        """Let time pass."""
        self.wall_ms += ms
        self.boot_ms += ms


class ModelHall:
    """A hall in one process, whose visitors and clerks act one after the other."""

    def __init__(self, path: Path, ticket_ids: Callable[[Callable[[], int], random.Random], Callable[[], str]]) -> None:
        self._random = random.Random(1)
        self._clock = ModelClock(OPENS_MS - DAY_MS)
        self._store = Store(SqliteBackend(path), self._clock.now, BOOT_ID, always_open=True)
        self._writer = Writer(self._store.engines.write, self._clock.now, BOOT_ID, always_open=True)
        new_ticket_id = ticket_ids(lambda: self._clock.wall_ms, self._random)
        self._ids = IdFactory(new_ticket_id, lambda: f"{self._random.getrandbits(128):032x}")
        settings = OfficeSettings.model_validate(OFFICE)
        self._run(lambda tx, now: commands.record_start(tx, now, settings))

    def close(self) -> None:
        """End the hall."""
        self._writer.close()
        self._store.close()

    def run_day(self, tickets: int) -> Iterator[int]:
        """Run a whole day; yield the number of issued tickets after each step.

        The clock is then at the opening of the next day.
        """
        opens_ms = self._clock.wall_ms
        self._run(lambda tx, now: commands.open_day(tx, MANAGER, now))
        for counter in COUNTERS:
            clerk = SignIn(request_id=self._request_id(), clerk=f"nv-{counter}")
            state = SetCounterState.model_validate({"request_id": self._request_id(), "state": "open"})
            self._run(lambda tx, now, c=counter, ask=clerk: commands.sign_in(tx, _clerk(c), now, c, ask))
            self._run(lambda tx, now, c=counter, ask=state: commands.set_state(tx, _clerk(c), now, c, ask))
        serving: dict[str, str] = {}
        for turn, counter in zip(range(tickets + WAITING), itertools.cycle(COUNTERS), strict=False):
            if turn < tickets:
                self._issue()
            self._clock.go(OPEN_MS // tickets // 2)
            if turn >= WAITING:
                self._finish(counter, serving.pop(counter, None))
                self._serve(counter, serving)
            self._clock.go(OPEN_MS // tickets // 2)
            yield min(turn + 1, tickets)
        for counter, ticket in serving.items():
            self._finish(counter, ticket)
        self._run(lambda tx, now: commands.close_day(tx, MANAGER, now))
        self._clock.go(opens_ms + DAY_MS - self._clock.wall_ms)

    def _issue(self) -> None:
        values = {"service": self._random.choice(SERVICES), "station": "kiosk-1", "slip": True}
        values |= {"class": "priority" if self._random.random() < 0.1 else "ordinary"}
        ask = IssueTicket.model_validate({"request_id": self._request_id(), **values})
        issued = self._run(lambda tx, now: commands.issue(tx, KIOSK, now, ask, self._ids))
        self._clock.go(1500)
        proof = Printed(station="kiosk-1", state="printed", proof="fence")
        self._run(lambda tx, now: commands.report_print(tx, KIOSK, now, issued.ticket, proof))

    def _serve(self, counter: str, serving: dict[str, str]) -> None:
        ask = CallNext(request_id=self._request_id(), station=f"page-{counter}")
        called = self._run(lambda tx, now: commands.call_next(tx, _clerk(counter), now, counter, ask))
        if called.ticket is None:
            return
        with self._store.read() as snapshot:
            call = newest_call(snapshot.connection, called.ticket)
        assert call is not None, "a called ticket has a call"
        seen = Seen(station="tv-1", shown_at=to_time(self._clock.wall_ms), spoken="yes")
        self._clock.go(4000)
        self._run(lambda tx, now: commands.report_call_seen(tx, TV, now, call.id, seen))
        self._move(counter, called.ticket, "start")
        serving[counter] = called.ticket

    def _finish(self, counter: str, ticket: str | None) -> None:
        if ticket is None:
            return
        self._move(counter, ticket, "finish", outcome=Outcome.RECEIVED)
        if self._random.random() < RATED_SHARE:
            level = self._random.choice(list(RatingLevel))
            ask = Rate(request_id=self._request_id(), station="counters-1", counter=counter, level=level)
            self._run(lambda tx, now: commands.rate(tx, PAD, now, ask))

    def _move(self, counter: str, ticket: str, move: str, **more: Any) -> None:
        asked_by = {"request_id": self._request_id(), "station": f"page-{counter}", "counter": counter}
        ask = MoveTicket.model_validate({"move": move, **asked_by, **more})
        self._run(lambda tx, now: commands.move_ticket(tx, _clerk(counter), now, ticket, ask))

    def _run(self, command: Any) -> Any:
        return self._writer.ask(command)

    def _request_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))


def _clerk(counter: str) -> Actor:
    return Actor(Role.CLERK, f"nv-{counter}", f"page-{counter}")


def make(
    path: Path, ticket_ids: Callable[[Callable[[], int], random.Random], Callable[[], str]], tickets: int = TICKETS
) -> Iterator[int]:
    """Make the model database; yield the number of its tickets so far.

    The model day is the last of its two days.
    ``ticket_ids(wall_ms, random_source)`` returns the function that makes the tickets' ids.
    """
    with closing(ModelHall(path, ticket_ids)) as hall:
        for _ in hall.run_day(20):
            pass
        yield from hall.run_day(tickets)
