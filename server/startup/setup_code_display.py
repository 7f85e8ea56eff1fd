"""Shows the set-up code in the log and on a kiosk of this machine."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from config.setup_notice import SetupNotice, remove_notice, write_notice
from config.threads import RestartingThread

log = logging.getLogger("server")

CHECK_EVERY_S = 5.0
"""How often the display looks whether the code has changed, or is needed no longer."""


class SetupCodeDisplay:
    """Shows the code that ``current`` returns until it returns None.

    ``page``: the address of the set-up page. The log goes to the console and to systemd's journal; the file in the
    state folder is for a kiosk of this machine.
    """

    def __init__(self, current: Callable[[], str | None], state: Path, page: str) -> None:
        self._current, self._state, self._page = current, state, page
        self._lock = threading.Lock()
        self._shown: str | None = None
        self._closing = threading.Event()
        self._thread: RestartingThread | None = None
        self._write(None)  # the code of an earlier start is worth nothing now
        self.refresh()
        if self._shown is not None:
            self._thread = RestartingThread("set-up code", self._run, closing=self._closing)
            self._thread.start()

    def refresh(self) -> None:
        """Show a new code, or remove the one that is needed no longer."""
        with self._lock:
            code = self._current()
            if code == self._shown:
                return
            self._shown = code
            self._write(code)
            if code is not None:
                log.warning("not set up yet: open %s on this machine, set-up code %s (24 hours)", self._page, code)

    def close(self) -> None:
        """Stop the thread, and remove the file."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        self._write(None)

    def _write(self, code: str | None) -> None:
        """Write or remove the file. A full disk must not stop the server, which shows the code in its log too."""
        try:
            if code is None:
                remove_notice(self._state)
            else:
                write_notice(self._state, SetupNotice(code, self._page))
        except OSError as error:
            log.error("the set-up code cannot be shown on a kiosk: %s", error)

    def _run(self) -> None:
        while self._shown is not None and not self._closing.wait(CHECK_EVERY_S):
            self.refresh()
