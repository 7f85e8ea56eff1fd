"""Notices, while a station works, that an administrator has changed or removed it.

The station then ends, and systemd starts it again with its new settings, or with the screen that says what happened.
"""

import logging
import threading
from collections.abc import Callable

from config.threads import RestartingThread
from server.wire.client import ServerClient, ServerRefused, ServerUnreachable, ServerUntrusted
from server.wire.messages import DeviceRecord, ProblemCode
from server.wire.station.enrol.exchange import DeviceStanding, standing_of
from server.wire.station.enrol.link import EnrolledStation
from server.wire.station.enrol.stored import EnrolmentStore

log = logging.getLogger(__name__)

WATCH_INTERVAL_S = 3.0
"""A removed device says so within 5 s; ``make site`` measured 4.7 s with an interval of 5 s."""
MAX_UNTRUSTED = 6
"""After so many checks in a row without trust the station ends, so that its screen says why."""


class DeviceWatch:
    """Reads the device's own record every few seconds, until ``close``. ``end`` lets the station end."""

    def __init__(self, enrolled: EnrolledStation, end: Callable[[], object]) -> None:
        self._record = enrolled.credentials.device
        self._token = enrolled.credentials.token
        self._store: EnrolmentStore = enrolled.store
        self._end = end
        self._client: ServerClient = enrolled.open_client()
        self._untrusted = 0
        self._closing = threading.Event()
        self._thread = RestartingThread("device watch", self._run, closing=self._closing)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._closing.wait(WATCH_INTERVAL_S):
            if self._has_ended():
                self._end()
                return

    def _has_ended(self) -> bool:
        """Check once; return whether the station must end."""
        try:
            record = self._client.request("GET", "/device", None, DeviceRecord)
        except ServerRefused as refused:
            return refused.problem.code is ProblemCode.UNAUTHENTICATED and self._is_dismissed(standing_of(refused))
        except ServerUntrusted as error:
            self._untrusted += 1
            log.warning("the server is not trusted (%s): %s", error.problem, error)
            return self._untrusted >= MAX_UNTRUSTED
        except ServerUnreachable:
            return False  # the station shows that the server is away
        self._untrusted = 0
        if record == self._record:
            return False
        log.info("this device is now %r with the counters %s; it starts again", record.name, ", ".join(record.counters))
        return True  # the start reads the record and stores it

    def _is_dismissed(self, standing: DeviceStanding) -> bool:
        stored = self._store.load()
        if stored is None or stored.credentials is None or stored.credentials.token != self._token:
            return True
        if standing is DeviceStanding.REMOVED:
            log.warning("an administrator has removed this device; it starts again and says so")
            try:
                self._store.mark_removed()
            except OSError as error:  # the next start tries it again, and says so
                log.error("the removal cannot be stored: %s", error)
        return True
