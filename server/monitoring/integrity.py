"""Check the whole database in the background after an unclean end of the last server."""

import logging
import os
import threading
from contextlib import suppress

from config.threads import RestartingThread
from server.store import CheckCancelled, Store

log = logging.getLogger(__name__)

LOWEST_PRIORITY = 19
"""The nice value of the check: the hall works meanwhile, so the check takes only processor time left over.

The process that reads the database inherits the value of the thread that starts it.
"""


class IntegrityCheck:
    """Checks the whole database once, in a thread, after an unclean end.

    The thread starts only if the last server did not end in order, and logs the result. ``is_running`` is true until
    the check is done; ``Store.known_damage`` then returns the damage.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._closing = threading.Event()
        self.is_running = store.needs_check
        self._thread = RestartingThread("integrity", self._run, closing=self._closing)
        if self.is_running:
            log.warning("the server did not end in order last time; the whole database is checked while the hall works")
            self._thread.start()

    def close(self) -> None:
        """Cancel the check; the next start begins it again."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        with suppress(PermissionError):  # systemd may forbid the call
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)
        try:
            damage = self._store.check(self._closing.is_set)
        except CheckCancelled:
            return
        self.is_running = False
        if damage is None:
            log.info("the database is whole")
        else:
            log.error("the database is damaged: %s; restore the last copy", damage)
