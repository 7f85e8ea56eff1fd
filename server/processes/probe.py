"""Checks in a thread whether a child process is ready and stays responsive."""

import threading
from collections.abc import Callable

from server.processes.program import Program

ATTEMPT_EVERY_S = 0.02  # until the program is ready; after that, Program.check_every_s
MAX_FAILED_CHECKS = 3


class Probe:
    """Calls ``on_ready`` once, and later ``on_unresponsive`` at most once, both in its thread."""

    def __init__(
        self, program: Program, *, on_ready: Callable[["Probe"], None], on_unresponsive: Callable[["Probe"], None]
    ) -> None:
        self._program, self._on_ready, self._on_unresponsive = program, on_ready, on_unresponsive
        self._cancelled = threading.Event()
        threading.Thread(target=self._run, name=f"probe-{program.name}", daemon=True).start()

    def cancel(self) -> None:
        """Make no further calls. Does not wait for a call that is in progress."""
        self._cancelled.set()

    def _run(self) -> None:
        while not self._program.is_ready():
            if self._cancelled.wait(ATTEMPT_EVERY_S):
                return
        if self._cancelled.is_set():
            return
        self._on_ready(self)
        if self._program.check_every_s is not None and self._wait_until_unresponsive(self._program.check_every_s):
            self._on_unresponsive(self)

    def _wait_until_unresponsive(self, every_s: float) -> bool:
        """Check again and again; return True after several failures in a row, False when cancelled."""
        failed = 0
        while not self._cancelled.wait(every_s):
            failed = 0 if self._program.is_ready() else failed + 1
            if failed == MAX_FAILED_CHECKS:
                return not self._cancelled.is_set()
        return False
