"""Plays visitors and clerks of a demonstration through the hall's own doors.

One thread thinks: it asks the clock what is due, does it, and sleeps until the next thing or until something
happens. A second one walks visitors through the kiosk, one after the other, since a kiosk serves one at a time.
"""

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from config.clock import Clock
from config.office import OfficeFile
from config.threads import RestartingThread
from server.hall import clerks, walk
from server.hall.browser import Browser, PageError
from server.hall.clerks import Act, Clerk
from server.hall.doors import DoorError, Doors
from server.hall.morning import Chance, Plan, Visitor, plan_morning, plan_visitor, service_shares
from server.hall.scene import Line, Scene

log = logging.getLogger("hall")

LONGEST_SLEEP_S = 1.0
LAST_MS = 300_000  # after the last arrival, so that the last one has reached the board
PAPER_TRIES = 60
PAPER_EVERY_S = 0.1
BY_PAGE = slice(2, None, 3)  # every third clerk works with the browser, the others with their pads


class Player:
    """Visitors and clerks. ``begin`` plays a morning from now on, ``add_visitor`` sends one more person.

    ``staff`` is the address of the clerks' pages.
    """

    def __init__(
        self,
        office: OfficeFile,
        doors: Doors,
        staff: str,
        clock: Clock,
        scene: Scene,
        chance: Chance,
    ) -> None:
        self._office, self._doors = office, doors
        self._clock, self._scene, self._chance = clock, scene, chance
        self._browsers = {counter.id: Browser(staff, counter.id) for counter in office.counters}
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._at_kiosk: queue.SimpleQueue[Visitor | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._speed = 1.0
        self._plan: Plan | None = None
        self._began_ms = 0
        self._come = 0
        self._people: dict[str, Visitor] = {}
        self._clerks: dict[str, Clerk] = {}
        self._board: Mapping[str, Any] | None = None
        self._threads = [
            RestartingThread("player", self._think, closing=self._closing),
            RestartingThread("visitors", self._walk, closing=self._closing),
        ]
        for thread in self._threads:
            thread.start()

    # --- from any thread -----------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin the morning."""
        self._inbox.put(self._begin)

    def end(self) -> None:
        """Send the clerks and the visitors who have not come yet home."""
        self._inbox.put(self._end)

    def add_visitor(self) -> None:
        """One more person, at once."""
        self._inbox.put(self._add)

    def set_speed(self, speed: float) -> None:
        """How fast the clock runs, so that sleeps end in time."""

        def hear() -> None:
            self._speed = speed

        self._inbox.put(hear)

    def heard(self, topic: str, body: Mapping[str, Any]) -> None:
        """A picture or a fact from the bus."""
        if topic == "board":
            self._inbox.put(lambda: self._hear(body))

    def halt(self) -> None:
        """Do nothing more; does not wait."""
        self._closing.set()

    def close(self) -> None:
        """Stop; returns when both threads have ended, within one request's time-out."""
        self._closing.set()
        self._inbox.put(lambda: None)
        self._at_kiosk.put(None)
        for thread in self._threads:
            thread.join()
        for browser in self._browsers.values():
            browser.close()

    # --- the thread that thinks ----------------------------------------------------------------------

    def _think(self) -> None:
        while not self._closing.is_set():
            due_ms = self._do_what_is_due(self._clock.now().boot_ms)
            wait_s = LONGEST_SLEEP_S
            if due_ms is not None:
                wait_s = min(max((due_ms - self._clock.now().boot_ms) / 1000 / self._speed, 0.0), LONGEST_SLEEP_S)
            try:
                self._inbox.get(timeout=wait_s)()
            except queue.Empty:
                continue

    def _do_what_is_due(self, now_ms: int) -> int | None:
        """Do it, and say when the next thing is due (by the queue's clock)."""
        if self._plan is None:
            return None
        while self._come < len(self._plan.visitors):
            visitor = self._plan.visitors[self._come]
            if self._began_ms + visitor.at_ms > now_ms:
                break
            self._come += 1
            self._at_kiosk.put(visitor)
            self._tell()
        board = self._board
        for picture in board["counters"] if board is not None else ():
            clerk = self._clerks.get(picture["id"])
            if clerk is None:
                continue
            clerk = clerks.look(clerk, picture, self._people.get, now_ms)
            self._clerks[picture["id"]], act = clerks.act(clerk, picture, self._people.get, now_ms)
            if act is not None:
                self._do(act, picture)
        if self._is_over(now_ms):
            self._end()
            return None
        dues = [clerk.due_ms for clerk in self._clerks.values() if clerk.due_ms is not None]
        if self._come < len(self._plan.visitors):
            dues.append(self._began_ms + self._plan.visitors[self._come].at_ms)
        return min(dues, default=None)

    def _is_over(self, now_ms: int) -> bool:
        """Everybody has come, nobody waits, nobody is being served and nobody will come back."""
        if self._plan is None or self._board is None or self._come < len(self._plan.visitors):
            return False
        last_ms = self._began_ms + max((one.at_ms for one in self._plan.visitors), default=0)
        return (
            now_ms > last_ms + LAST_MS
            and self._at_kiosk.empty()
            and not any(one["waiting"] for one in self._board["services"])
            and not any(one["ticket"] is not None for one in self._board["counters"])
            and not any(clerk.away for clerk in self._clerks.values())
        )

    def _hear(self, board: Mapping[str, Any]) -> None:
        self._board = board

    def _begin(self) -> None:
        if self._plan is not None:
            return
        self._plan = plan_morning(self._office, self._chance)
        self._began_ms, self._come = self._clock.now().boot_ms, 0
        by_page = {counter.id for counter in self._office.counters[BY_PAGE]}
        rests = {rest.counter: rest for rest in self._plan.breaks}
        for counter in self._office.counters:
            rest = rests.get(counter.id)
            moved = replace(rest, at_ms=rest.at_ms + self._began_ms) if rest is not None else None
            self._clerks[counter.id] = Clerk(counter.id, by_page=counter.id in by_page, rest=moved)
        self._tell()
        self._say("morning_on", n=str(len(self._plan.visitors)))

    def _end(self) -> None:
        if self._plan is None:
            return
        self._plan, self._clerks = None, {}
        self._scene.put("morning", None)
        self._say("morning_off")

    def _add(self) -> None:
        shares = service_shares(self._office)
        self._at_kiosk.put(plan_visitor(self._office, shares, 0, self._chance))

    def _tell(self) -> None:
        if self._plan is not None:
            self._scene.put("morning", {"done": self._come, "all": len(self._plan.visitors)})

    def _say(self, what: str, **values: str) -> None:
        self._scene.happened(Line(self._clock.now().wall_ms, what, values))

    # --- what clerks do ------------------------------------------------------------------------------

    def _do(self, act: Act, picture: Mapping[str, Any]) -> None:
        visitor = self._people.get(act.number) if act.number is not None else None
        try:
            self._by_page(act, picture) if act.by_page else self._by_pad(act)
        except (PageError, DoorError) as error:
            log.info("demonstration: counter %s: %s: %s", act.counter, act.what, error)
            return
        if act.number is not None and visitor is not None:
            self._people[act.number] = clerks.after(act, visitor)

    def _by_pad(self, act: Act) -> None:
        if self._doors.devices is not None:
            self._doors.devices.post(f"/keypads/{act.counter}", {"key": act.what})

    def _by_page(self, act: Act, picture: Mapping[str, Any]) -> None:
        self._browsers[act.counter].do(act.what, state=picture["state"], ticket=act.ticket, chosen=act.fields)

    # --- the thread that walks visitors through the kiosk ----------------------------------------------

    def _walk(self) -> None:
        door = self._doors.kiosk
        while (visitor := self._at_kiosk.get()) is not None and not self._closing.is_set():
            if door is None:
                continue
            kiosk = walk.Kiosk(door, self._closing.wait, self._clock.mono_s)
            try:
                number = walk.take_number(kiosk, visitor)
                self._take_slip()
            except (walk.GaveUp, DoorError) as error:
                log.info("demonstration: a visitor gives up: %s", error)
                self._say("visitor_left", reason=str(error))
                continue
            self._inbox.put(self._meet(number, visitor))

    def _meet(self, number: str, visitor: Visitor) -> Callable[[], None]:
        def meet() -> None:
            self._people[number] = visitor

        return meet

    def _take_slip(self) -> None:
        """Take the paper when it is cut, so that the next slip has room; with a fault there is none to take."""
        devices = self._doors.devices
        for _ in range(PAPER_TRIES if devices is not None else 0):
            assert devices is not None
            here = [slip for slip in devices.get("/printer").json()["slips"] if slip["cut"] and not slip["taken"]]
            if here:
                devices.post("/printer/take")
                return
            if self._closing.wait(PAPER_EVERY_S):
                return
