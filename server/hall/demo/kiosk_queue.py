"""The demonstration's visitors who wait for the kiosk, which serves one at a time."""

import logging
import queue
import threading
from collections.abc import Callable

from config.threads import RestartingThread
from server.hall.demo.scenario import VisitorPlan
from server.hall.demo.visitor_bot import KioskScreen, VisitorGaveUp, take_number
from server.hall.virtual.control_clients import ControlClients, ControlError

log = logging.getLogger("hall")

SLIP_POLLS = 60  # six seconds: longer than the simulated printer needs for a slip
SLIP_POLL_EVERY_S = 0.1


class KioskQueue:
    """Takes numbers for visitors in a thread of its own.

    ``on_number(number, visitor)`` is called for each number, ``on_gave_up(reason)`` for each visitor who left without
    one; both in that thread.
    """

    def __init__(
        self,
        clients: ControlClients,
        mono_s: Callable[[], float],
        *,
        on_number: Callable[[str, VisitorPlan], None],
        on_gave_up: Callable[[str], None],
    ) -> None:
        self._clients, self._mono_s = clients, mono_s
        self._on_number, self._on_gave_up = on_number, on_gave_up
        self._visitors: queue.SimpleQueue[VisitorPlan | None] = queue.SimpleQueue()  # None ends the thread
        self._closing = threading.Event()
        self._thread = RestartingThread("visitors", self._run, closing=self._closing)
        self._thread.start()

    def put(self, visitor: VisitorPlan) -> None:
        """Let a visitor join the queue."""
        self._visitors.put(visitor)

    def is_empty(self) -> bool:
        """Return whether no visitor waits for the kiosk."""
        return self._visitors.empty()

    def halt(self) -> None:
        """Take no further number. Does not wait."""
        self._closing.set()

    def close(self) -> None:
        """Stop; return when the thread has ended, within one request's time-out."""
        self._closing.set()
        self._visitors.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (visitor := self._visitors.get()) is not None and not self._closing.is_set():
            if self._clients.kiosk is None:
                continue
            screen = KioskScreen(self._clients.kiosk, self._closing.wait, self._mono_s)
            try:
                number = take_number(screen, visitor)
                self._take_slip()
            except (VisitorGaveUp, ControlError) as error:
                log.info("demonstration: a visitor gives up: %s", error)
                self._on_gave_up(str(error))
                continue
            self._on_number(number, visitor)

    def _take_slip(self) -> None:
        """Take the slip when it is cut, to make room for the next. After a fault there may be none."""
        devices = self._clients.devices
        if devices is None:
            return
        for _ in range(SLIP_POLLS):
            slips = devices.get("/printer").json()["slips"]
            if any(slip["cut"] and not slip["taken"] for slip in slips):
                devices.post("/printer/take")
                return
            if self._closing.wait(SLIP_POLL_EVERY_S):
                return
