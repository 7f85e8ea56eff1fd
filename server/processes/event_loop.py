"""Waits for file descriptors and for calls from other threads, in one thread."""

import os
import queue
import selectors
from collections.abc import Callable
from contextlib import suppress
from threading import Lock

Callback = Callable[[], object]


class EventLoop:
    """Runs callbacks of file descriptors and of other threads. Only :meth:`call` is thread-safe."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._calls: queue.SimpleQueue[Callback] = queue.SimpleQueue()  # from other threads
        self._closed, self._lock = False, Lock()
        # Written by call(), so that select() returns.
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.watch(self._wake_fd, self._run_calls)

    def call(self, callback: Callback) -> None:
        """Run ``callback`` in the loop's thread, soon. Does nothing once the loop is closed."""
        with self._lock:  # after close() the descriptor's number may belong to another file
            if not self._closed:
                self._calls.put(callback)
                os.eventfd_write(self._wake_fd, 1)

    def watch(self, fd: int, callback: Callback) -> None:
        """Run ``callback`` whenever ``fd`` can be read."""
        self._selector.register(fd, selectors.EVENT_READ, callback)

    def unwatch(self, fd: int) -> None:
        """Stop watching ``fd``; call this before closing it."""
        self._selector.unregister(fd)

    def wait(self, timeout_s: float) -> None:
        """Sleep until a descriptor can be read or a call arrives; run the callbacks."""
        for key, _ in self._selector.select(timeout_s):
            key.data()

    def close(self) -> None:
        """Release the descriptors."""
        with self._lock:
            self._closed = True
            self._selector.close()
            os.close(self._wake_fd)

    def _run_calls(self) -> None:
        with suppress(BlockingIOError):
            os.eventfd_read(self._wake_fd)
        with suppress(queue.Empty):
            while True:
                self._calls.get_nowait()()
