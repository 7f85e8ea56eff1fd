"""The server's main loop: carries out the changes that are due by the clock."""

import logging
import threading
from collections.abc import Callable

from config.clock import Clock
from config.notify import SystemdNotifier
from server import commands
from server.store import Busy, StorageFailed, Writer

log = logging.getLogger("server")

RETRY_AFTER_S = 1.0
"""The wait after a failed ``tick``."""
MIN_WAIT_S = 0.05
"""The least time between two calls of ``tick``."""


class ServerLoop:
    """Runs the command ``tick`` each time it is due.

    ``presence``: the last sign of life of each counter. ``synchronised`` returns whether a time server sets the
    machine's clock, None if that is not known.
    """

    def __init__(
        self, writer: Writer, clock: Clock, presence: commands.Presence, synchronised: Callable[[], bool | None]
    ) -> None:
        self._writer, self._clock, self._presence, self._synchronised = writer, clock, presence, synchronised

    def tick(self) -> commands.Wake:
        """Carry out the due changes; return when to tick again. Raises the errors of ``Writer.ask``."""
        return self._writer.ask(
            lambda tx, now: commands.tick(tx, now, self._presence, synchronised=self._synchronised())
        )

    def run(self, stop: threading.Event, notifier: SystemdNotifier) -> None:
        """Tick until ``stop``.

        The server counts as alive while the writer responds, even with an error such as a full disk.
        """
        wait_s = 0.0
        while not stop.wait(notifier.limit_wait(wait_s)):
            try:
                wake = self.tick()
                wait_s = max(MIN_WAIT_S, wake.remaining_s(self._clock.now(), speed=self._clock.speed()))
                notifier.alive()
            except (Busy, StorageFailed, TimeoutError) as error:
                log.error("scheduled tasks failed: %s", error or type(error).__name__)
                wait_s = RETRY_AFTER_S
                if isinstance(error, StorageFailed):
                    notifier.alive()
