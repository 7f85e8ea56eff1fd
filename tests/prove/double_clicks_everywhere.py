"""Click every key of the clerk's page twice, in every state and panel.

No second click does what nobody saw offered. Run with ``make prove``. The clicks are 80 to 600 ms apart. The time
between them is an input, so the machine's own speed plays no part. Each key of each view is clicked twice just before
600 ms, when most that was drawn has stood for long enough. The other end of the range, and other points, are tried once
for all keys that are alike: that have the same words and box, and the same offers under them before and after the first
click. The times between are tried without a panel, and wherever something moved by itself. The states are shared out
among as many pages, each of its own hall, as there are cores.
"""

import os
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from support.browser_pages import chromium, sit_down
from support.double_clicks import DoubleClicks, Outcome, Trial, Unseen, View
from support.double_states import STATES
from support.server_process import Api, Machine, machine, office, running
from support.station_presence import reporting_kiosk

LATEST_MS, SOONEST_MS, BETWEEN_MS = 599, 80, (250, 450)
SERVES = {"c1": ["S1"], "c2": ["S2"]}
RULES = {"call_gap_s": 0, "acknowledge_s": 600, "ready_min": 120, "hold_min": 480, "reopen_min": 60}
"""Nothing happens by the server's own clock while the machine walks."""

Thing = TypeVar("Thing")


@dataclass
class Count:
    """Views and pairs of clicks so far, and the faults. ``ignored``: keys whose first click did nothing."""

    views: int = 0
    pairs: int = 0
    ignored: list[str] = field(default_factory=list)
    unseen: list[Unseen] = field(default_factory=list)

    def add(self, view: View, outcome: Outcome) -> None:
        self.pairs += 1
        if outcome.ignored:
            self.ignored.append(f"{view}: {outcome.words}")
        if outcome.unseen is not None:
            self.unseen.append(outcome.unseen)
            print(f"  unseen: {outcome.unseen}", flush=True)

    def __str__(self) -> str:
        return f"{self.pairs} pairs clicked, {len(self.unseen)} unseen actions, {len(self.ignored)} ignored clicks"


def walk(hand: DoubleClicks, view: View, tried: set[object]) -> Iterator[Outcome]:
    """Click each key of ``view`` twice.

    All points and distances are tried for keys that are like none in ``tried``.
    """
    for key in hand.keys(view):
        if view.fields == "bare" and "/do/" not in key.words:
            continue  # like that of the filled form
        yield (first := hand.run(Trial(view, key, LATEST_MS)))
        times = BETWEEN_MS if view.panel is None or first.moved else ()
        if (alike := (first.alike, times)) in tried:
            continue
        tried.add(alike)
        trials = [
            Trial(view, key, apart_ms, point) for point in first.points for apart_ms in (LATEST_MS, SOONEST_MS, *times)
        ]
        trials += [Trial(view, key, apart_ms, late=True) for apart_ms in (SOONEST_MS, LATEST_MS) if first.sends]
        yield from map(hand.run, trials[1:])


@contextmanager
def clicking(where: Machine) -> Iterator[DoubleClicks]:
    """A hall with a kiosk, and a page of its first counter."""
    with running(where), reporting_kiosk(where), chromium() as browser:
        page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        sit_down(page, Api(where.api), where.api, "c1", "S1")
        yield DoubleClicks(page, Api(where.api), "c1", "S1")


class Walk:
    """All states and views, shared out among workers. Each finds views first, and walks them once all are found."""

    def __init__(self, states: Iterable[str], workers: int) -> None:
        self.count, self.tried, self._lock = Count(), set[object](), threading.Lock()
        self._order = list(states)
        self._states, self._found = deque(self._order), list[View]()
        self._views = deque[View]()
        self._all_found = threading.Barrier(workers, action=self._share_out)

    def work(self, where: Machine) -> None:
        """Be one of the workers, with a hall at ``where``."""
        with ExitStack() as stack:
            stack.callback(self._end)  # whoever fails holds up no other
            hand = stack.enter_context(clicking(where))
            for state in _taken(self._states):
                self._found += (views := hand.views(state))
                print(f"{state}: {len(views)} views", flush=True)
            self._all_found.wait()
            for view in _taken(self._views):
                self._walk(hand, view)

    def _end(self) -> None:
        self._all_found.abort()
        self._states.clear()
        self._views.clear()

    def _share_out(self) -> None:
        self._views += sorted(self._found, key=lambda view: self._order.index(view.state))

    def _walk(self, hand: DoubleClicks, view: View) -> None:
        for outcome in walk(hand, view, self.tried):
            with self._lock:
                self.count.add(view, outcome)
        with self._lock:
            self.count.views += 1
            print(f"{self.count.views}/{len(self._found)} {view}: {self.count}", flush=True)


def _taken(things: deque[Thing]) -> Iterator[Thing]:
    """Take one after the other, as others do, until none is left."""
    with suppress(IndexError):
        while True:
            yield things.popleft()


def main() -> int:
    """Click everywhere; print the progress and each action that nobody saw.

    Returns 1 if there is one, or a key that ignores its first click.
    """
    with ExitStack() as stack:
        folders = [
            Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(len(os.sched_getaffinity(0)))
        ]
        halls = [machine(folder, office(["S1", "S2"], SERVES, rules=RULES), threads=48) for folder in folders]
        walk_all = Walk(STATES, len(halls))
        with ThreadPoolExecutor(len(halls)) as pool:
            for worker in as_completed([pool.submit(walk_all.work, hall) for hall in halls]):
                worker.result()
    count = walk_all.count
    print(*count.unseen, *(f"did nothing when clicked: {key}" for key in sorted(set(count.ignored))), sep="\n")
    return 1 if count.unseen or count.ignored else 0


if __name__ == "__main__":
    sys.exit(main())
