"""Threads that somebody owns: one that fails is logged and either runs again or ends its program.

A thread of a device or a connection runs again (:class:`RestartingThread`), because the rest of its program still
serves. Every other thread that fails ends the program (:func:`config.program.supervised`), so that systemd or the hall
starts it again. A task of a pool counts as such a thread (:class:`WorkerPool`): its answer would never come.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

log = logging.getLogger(__name__)

AGAIN_S = 1.0


class RestartingThread:
    """A daemon thread that calls ``run`` again ``AGAIN_S`` after it raised, until it returns.

    ``failed`` is called in the thread with each error, before the pause; it must not raise. ``closing`` cuts the pause
    short: a thread that fails while its owner closes does not run again. ``over`` is called once, as the thread ends.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[], object],
        *,
        closing: threading.Event | None = None,
        failed: Callable[[Exception], object] = lambda error: None,
        over: Callable[[], object] = lambda: None,
    ) -> None:
        self._run, self._failed, self._over = run, failed, over
        self._closing = closing if closing is not None else threading.Event()
        self.failures = 0
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)

    @property
    def is_current(self) -> bool:
        """Whether the caller is this thread."""
        return self._thread is threading.current_thread()

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_s: float | None = None) -> None:
        self._thread.join(timeout_s)

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _live(self) -> None:
        try:
            self._keep_running()
        finally:
            self._over()

    def _keep_running(self) -> None:
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
                        AGAIN_S,
                    )
                self._failed(error)
            else:
                return
            if self._closing.wait(AGAIN_S):
                return


class WorkerPool(ThreadPoolExecutor):
    """A pool whose tasks nobody waits for: one that raises is handed to ``threading.excepthook``, as a thread's end."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, thread_name_prefix=name)

    def submit(self, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future = super().submit(task, *args, **kwargs)
        future.add_done_callback(_hand_over)
        return future


def _hand_over(future: "Future[Any]") -> None:
    if future.cancelled():
        return
    error = future.exception()
    if error is not None:
        died = (type(error), error, error.__traceback__, threading.current_thread())
        threading.excepthook(threading.ExceptHookArgs(died))
