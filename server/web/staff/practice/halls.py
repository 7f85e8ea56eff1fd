"""The halls of all private practices, by the person who practises."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from server.web.shared.context import AppContext
from server.web.staff.practice.hall import PracticeHall, Trainee

EXTENSION = "luot_practice"
MAX_HALLS = 5
"""How many people may practise privately at once."""
UNUSED_S = 2 * 3600.0
"""A practice that nobody uses for so long is dropped."""


class TooManyPractices(Exception):
    """``MAX_HALLS`` people practise."""


@dataclass(slots=True)
class RunningPractice:
    """A hall with its application. ``owner``: the person; ``used_s``: when it was used last (monotonic)."""

    hall: PracticeHall
    app: Flask
    owner: str
    used_s: float


class PracticeHalls:
    """Starts, finds and drops private practices. Threads may share it.

    ``make_app`` returns the application of a hall. A practice belongs to a sign-in (``key``), and ends with it.
    """

    def __init__(
        self,
        context: AppContext,
        chance: Callable[[], float],
        make_app: Callable[[PracticeHall], Flask],
    ) -> None:
        self._context, self._chance, self._make_app = context, chance, make_app
        self._running: dict[str, RunningPractice] = {}
        self._lock = threading.Lock()

    def start(self, key: str, owner: str, trainee: Trainee, counter: str) -> RunningPractice:
        """Start a practice; drop the one that this person has. Raises ``TooManyPractices``, ``KeyError``."""
        with self._lock:
            self._drop_where(lambda other_key, running: other_key == key or running.owner == owner)
            self._drop_unused()
            if len(self._running) >= MAX_HALLS:
                raise TooManyPractices
            with self._context.store.read() as snapshot:
                office = snapshot.office
            if counter not in office.counters_in_use:
                raise KeyError(counter)
            hall = PracticeHall(self._context, office, trainee, counter, self._chance)
            running = RunningPractice(hall, self._make_app(hall), owner, self._context.mono_s())
            self._running[key] = running
            return running

    def find(self, key: str, *, is_use: bool = False) -> RunningPractice | None:
        """Return the practice of a sign-in, or None. ``is_use``: the person does something in it."""
        with self._lock:
            self._drop_unused()
            running = self._running.get(key)
            if running is not None and is_use:
                running.used_s = self._context.mono_s()
            return running

    def drop(self, key: str) -> None:
        """Drop the practice of a sign-in, if there is one."""
        with self._lock:
            self._drop_where(lambda other_key, _running: other_key == key)

    def close(self) -> None:
        """Drop all of them."""
        with self._lock:
            self._drop_where(lambda _key, _running: True)

    def _drop_unused(self) -> None:
        unused_since_s = self._context.mono_s() - UNUSED_S
        self._drop_where(lambda _key, running: running.used_s <= unused_since_s)

    def _drop_where(self, is_dropped: Callable[[str, RunningPractice], bool]) -> None:
        for key in [key for key, running in self._running.items() if is_dropped(key, running)]:
            self._running.pop(key).hall.close()
