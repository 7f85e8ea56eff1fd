"""Plays visitors and clerks of a demonstration, through control ports and clerks' pages.

One thread carries out the actions that are due by the hall's clock, and sleeps until the next one or until a message
arrives. Visitors take their numbers in another thread (:class:`KioskQueue`).
"""

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from config.clock import Clock
from config.office import OfficeSettings
from config.threads import RestartingThread
from server.hall.demo import clerk_bot
from server.hall.demo.browser import Browser, PageError
from server.hall.demo.clerk_bot import ClerkAction, ClerkBot
from server.hall.demo.kiosk_queue import KioskQueue
from server.hall.demo.scenario import (
    MorningPlan,
    RandomSource,
    VisitorPlan,
    plan_morning,
    plan_visitor,
    service_shares,
    without_pages,
)
from server.hall.virtual.control_clients import ControlClients, ControlError
from server.hall.virtual.state import HallState, LogEntry

log = logging.getLogger("hall")

MAX_SLEEP_S = 1.0
END_AFTER_LAST_ARRIVAL_MS = 300_000  # so that the last visitor has reached the board
COUNTERS_BY_PAGE = slice(2, None, 3)  # every third clerk works with the browser, the others with their keypads


class DemoPlayer:
    """Plays visitors and clerks.

    ``staff_url``: the address of the clerks' pages, where one click signs in; None: all clerks work with keypads.
    """

    def __init__(
        self,
        office: OfficeSettings,
        clients: ControlClients,
        staff_url: str | None,
        clock: Clock,
        state: HallState,
        random: RandomSource,
    ) -> None:
        self._office, self._clients = office, clients
        self._clock, self._state, self._random = clock, state, random
        counters = office.counters if staff_url is not None else ()
        self._browsers = {counter.id: Browser(staff_url or "", counter.id) for counter in counters}
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()  # for the player's thread
        self._closing = threading.Event()
        self._speed = 1.0
        self._plan: MorningPlan | None = None  # None: no morning is played
        self._began_ms = 0  # on the hall's boot clock
        self._arrived_count = 0
        self._visitors: dict[str, VisitorPlan] = {}  # by ticket number
        self._clerks: dict[str, ClerkBot] = {}  # by counter
        self._board: Mapping[str, Any] | None = None
        self._kiosk_queue = KioskQueue(
            clients,
            clock.mono_s,
            on_number=lambda number, visitor: self._calls.put(lambda: self._number_taken(number, visitor)),
            on_gave_up=lambda reason: self._log("visitor_left", reason=reason),
        )
        self._thread = RestartingThread("player", self._run, closing=self._closing)
        self._thread.start()

    # --- from any thread -----------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin the sample morning now."""
        self._calls.put(self._begin)

    def end(self) -> None:
        """End the morning: no clerk works any more and no further visitor comes."""
        self._calls.put(self._end)

    def add_visitor(self) -> None:
        """Send one more visitor to the kiosk at once."""
        self._calls.put(self._add_visitor)

    def set_speed(self, speed: float) -> None:
        """Take over the speed of the hall's clock, from which the sleeping times follow."""
        self._calls.put(lambda: self._set_speed(speed))

    def on_message(self, topic: str, body: Mapping[str, Any]) -> None:
        """Receive a picture or a fact by MQTT."""
        if topic == "board":
            self._calls.put(lambda: self._set_board(body))

    def halt(self) -> None:
        """Start no further action. Does not wait."""
        self._closing.set()
        self._kiosk_queue.halt()

    def close(self) -> None:
        """Stop; return when both threads have ended, within one request's time-out."""
        self.halt()
        self._calls.put(lambda: None)
        self._kiosk_queue.close()
        self._thread.join()
        for browser in self._browsers.values():
            browser.close()

    # --- the player's thread -------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing.is_set():
            due_ms = self._carry_out_due(self._clock.now().boot_ms)
            wait_s = MAX_SLEEP_S
            if due_ms is not None:
                wait_s = min(max((due_ms - self._clock.now().boot_ms) / 1000 / self._speed, 0.0), MAX_SLEEP_S)
            try:
                self._calls.get(timeout=wait_s)()
            except queue.Empty:
                continue

    def _carry_out_due(self, now_ms: int) -> int | None:
        """Carry out the due actions; return when the next is due, in ms."""
        if self._plan is None:
            return None
        next_arrival_ms = self._send_arrivals(self._plan, now_ms)
        self._run_clerks(now_ms)
        if self._is_over(self._plan, now_ms):
            self._end()
            return None
        due_times_ms = [clerk.due_ms for clerk in self._clerks.values() if clerk.due_ms is not None]
        if next_arrival_ms is not None:
            due_times_ms.append(next_arrival_ms)
        return min(due_times_ms, default=None)

    def _send_arrivals(self, plan: MorningPlan, now_ms: int) -> int | None:
        """Send the visitors who have arrived to the kiosk; return when the next one arrives."""
        for visitor in plan.visitors[self._arrived_count :]:
            arrival_ms = self._began_ms + visitor.at_ms
            if arrival_ms > now_ms:
                return arrival_ms
            self._arrived_count += 1
            self._kiosk_queue.put(visitor)
            self._show_progress(plan)
        return None

    def _run_clerks(self, now_ms: int) -> None:
        for entry in self._board["counters"] if self._board is not None else ():
            clerk = self._clerks.get(entry["id"])
            if clerk is None:
                continue
            clerk = clerk_bot.observe(clerk, entry, self._visitors.get, now_ms)
            self._clerks[entry["id"]], action = clerk_bot.act(clerk, entry, self._visitors.get, now_ms)
            if action is not None:
                self._carry_out(action, entry)

    def _is_over(self, plan: MorningPlan, now_ms: int) -> bool:
        """Return whether all visitors have come and no ticket is open, waiting or on hold."""
        if self._board is None or self._arrived_count < len(plan.visitors):
            return False
        last_arrival_ms = self._began_ms + max((visitor.at_ms for visitor in plan.visitors), default=0)
        return (
            now_ms > last_arrival_ms + END_AFTER_LAST_ARRIVAL_MS
            and self._kiosk_queue.is_empty()
            and not any(service["waiting"] for service in self._board["services"])
            and not any(counter["ticket"] is not None for counter in self._board["counters"])
            and not any(clerk.held for clerk in self._clerks.values())
        )

    def _set_speed(self, speed: float) -> None:
        self._speed = speed

    def _set_board(self, board: Mapping[str, Any]) -> None:
        self._board = board

    def _number_taken(self, number: str, visitor: VisitorPlan) -> None:
        self._visitors[number] = visitor if self._browsers else without_pages(visitor)

    def _begin(self) -> None:
        if self._plan is not None:
            return
        self._plan = plan = plan_morning(self._office, self._random)
        self._began_ms, self._arrived_count = self._clock.now().boot_ms, 0
        by_page = {counter.id for counter in self._office.counters[COUNTERS_BY_PAGE]} & self._browsers.keys()
        breaks = {planned.counter: replace(planned, at_ms=planned.at_ms + self._began_ms) for planned in plan.breaks}
        self._clerks = {
            counter.id: ClerkBot(counter.id, by_page=counter.id in by_page, planned_break=breaks.get(counter.id))
            for counter in self._office.counters
        }
        self._show_progress(plan)
        self._log("morning_began", n=str(len(plan.visitors)))

    def _end(self) -> None:
        if self._plan is None:
            return
        self._plan, self._clerks = None, {}
        self._state.put("morning", None)
        self._log("morning_ended")

    def _add_visitor(self) -> None:
        shares = service_shares(self._office)
        self._kiosk_queue.put(plan_visitor(self._office, shares, 0, self._random))

    def _show_progress(self, plan: MorningPlan) -> None:
        self._state.put("morning", {"done": self._arrived_count, "all": len(plan.visitors)})

    def _log(self, event: str, **values: str) -> None:
        self._state.add_log(LogEntry(self._clock.now().wall_ms, event, values))

    # --- actions of clerks ---------------------------------------------------------------------------

    def _carry_out(self, action: ClerkAction, entry: Mapping[str, Any]) -> None:
        visitor = self._visitors.get(action.number) if action.number is not None else None
        try:
            if action.by_page:
                browser = self._browsers[action.counter]
                browser.do(action.action, state=entry["state"], ticket=action.ticket, chosen=action.fields)
            elif self._clients.devices is not None:
                self._clients.devices.post(f"/keypads/{action.counter}", {"key": action.action})
        except (PageError, ControlError) as error:
            log.info("demonstration: counter %s: %s: %s", action.counter, action.action, error)
            return
        if action.number is not None and visitor is not None:
            self._visitors[action.number] = clerk_bot.visitor_after(action, visitor)
