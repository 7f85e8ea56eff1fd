"""Mosquitto's listener for devices, which is left out while nothing can listen at its address.

Mosquitto does not start with one unusable listener, and the box's own screens would be without a broker.
"""

import logging
import threading
from collections.abc import Callable

from config.address import split_address
from config.binding import ANY_PORT, why_not_bindable
from config.settings import BrokerSettings
from server.messaging.mosquitto_files import MosquittoFolder

log = logging.getLogger(__name__)


class NetworkListener:
    """Writes Mosquitto's configuration with or without the listener for devices. Thread-safe.

    ``report`` is called with the reason why the listener is left out, and with "" when it is there or not wanted.
    """

    def __init__(self, settings: BrokerSettings, folder: MosquittoFolder, report: Callable[[str], None]) -> None:
        assert settings.network is not None
        self._settings, self._folder, self._report = settings, folder, report
        self._address = settings.network
        self._lock = threading.Lock()
        self._with_users = self._is_wanted = self._is_written = False
        self._problem = ""

    @property
    def is_missing(self) -> bool:
        """Return whether the listener is wanted, and left out because of its address."""
        with self._lock:
            return self._is_wanted and not self._is_written

    def write_conf(self, *, with_users: bool, is_wanted: bool) -> bool:
        """Write the configuration; return whether Mosquitto must be restarted for it. Raises ``OSError``.

        A listener that Mosquitto may have open already is only checked for its address, not for its port.
        """
        with self._lock:
            self._with_users, self._is_wanted = with_users, is_wanted
            return self._write(with_network=is_wanted and self._can_listen(is_running=self._is_written))

    def leave_out_if_unusable(self, *, is_running: bool = False) -> bool:
        """Leave the listener out if its address is unusable; return whether it was taken out.

        ``is_running``: Mosquitto may still have the port itself.
        """
        with self._lock:
            if not self._is_written or self._can_listen(is_running=is_running):
                return False
            try:
                return self._write(with_network=False)
            except OSError as error:
                log.error("the broker's configuration cannot be written: %s", error)
                return False

    def _write(self, *, with_network: bool) -> bool:
        is_changed = self._folder.write_conf(self._settings, with_users=self._with_users, with_network=with_network)
        self._is_written = with_network
        if with_network or not self._is_wanted:
            self._note("")
        return is_changed

    def _can_listen(self, *, is_running: bool) -> bool:
        host, port = split_address(self._address)
        reason = why_not_bindable(host, ANY_PORT if is_running else port)
        if reason is not None:
            self._note(
                f"[broker]: network = {self._address!r}: devices cannot connect ({reason}); the box's own stations"
                " work, and the address is tried again by itself"
            )
        return reason is None

    def _note(self, problem: str) -> None:
        """Log and report a problem once, and its end."""
        if problem == self._problem:
            return
        self._problem = problem
        if problem:
            log.error("%s", problem)
        else:
            log.info("[broker]: network = %r: nothing is wrong any more", self._address)
        self._report(problem)
