"""Threads whose failure is logged and either restarts the thread or ends the program.

A thread of a device or a connection runs again (:class:`RestartingThread`), because the rest of its program still
works. Every other thread that fails ends the program (:func:`config.program.start_systemd_notifier`), so that systemd
or ``luot-hall`` starts it again. So does a failed task of a :class:`WorkerPool`, because its result would be missing.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

log = logging.getLogger(__name__)

RESTART_AFTER_S = 1.0
"""Pause between a failure and the next run."""


class RestartingThread:
    """A daemon thread that calls ``run`` again ``RESTART_AFTER_S`` after it raised, until it returns.

    ``on_failure`` is called in the thread with each error, before the pause; it must not raise. ``closing`` ends the
    pause early: ``run`` is not called again while its owner closes. ``on_stopped`` is called once, at the end of the
    thread.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[], object],
        *,
        closing: threading.Event | None = None,
        on_failure: Callable[[Exception], object] = lambda error: None,
        on_stopped: Callable[[], object] = lambda: None,
    ) -> None:
        self._run, self._on_failure, self._on_stopped = run, on_failure, on_stopped
        self._closing = closing if closing is not None else threading.Event()
        self.failures = 0
        self._thread = threading.Thread(target=self._run_and_report, name=name, daemon=True)

    @property
    def is_current(self) -> bool:
        """Return whether the caller runs in this thread."""
        return self._thread is threading.current_thread()

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_s: float | None = None) -> None:
        self._thread.join(timeout_s)

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _run_and_report(self) -> None:
        try:
            self._run_until_it_returns()
        finally:
            self._on_stopped()

    def _run_until_it_returns(self) -> None:
        while True:
            try:
                self._run()
            except Exception as error:
                self.failures += 1
                if self.failures & (self.failures - 1) == 0:  # the 1st, 2nd, 4th, 8th … time
                    log.exception(
                        "the thread %r has failed %d time(s) and runs again in %.0f s",
                        self._thread.name,
                        self.failures,
                        RESTART_AFTER_S,
                    )
                self._on_failure(error)
            else:
                return
            if self._closing.wait(RESTART_AFTER_S):
                return


class WorkerPool(ThreadPoolExecutor):
    """A thread pool that passes the exceptions of its tasks to ``threading.excepthook``."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, thread_name_prefix=name)

    def submit(self, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future = super().submit(task, *args, **kwargs)
        future.add_done_callback(_report_failure)
        return future


def _report_failure(future: "Future[Any]") -> None:
    if future.cancelled():
        return
    error = future.exception()
    if error is not None:
        hook_arguments = (type(error), error, error.__traceback__, threading.current_thread())
        threading.excepthook(threading.ExceptHookArgs(hook_arguments))
