"""Server-sent events: pages get a new version number whenever anything changes.

A stream carries only the version, at most twice a second; the page then fetches its content. The versions are spread
over time, so that not all pages are fetched at the same moment. Each stream occupies a thread, so the number of streams
is limited, and a page without a stream polls ``/version`` every 2 s.
"""

import threading
from collections.abc import Callable, Iterator

CHECK_INTERVAL_S = 2.0
"""A stream finds after so long that its reader has gone or may not read on, and ends."""
MIN_INTERVAL_S = 0.5
"""The least time between two versions on one stream."""
HEARTBEAT_S = 15.0
"""After this long without a change a stream sends a comment, so that a broken connection is noticed."""


class TooManyStreams(Exception):
    """All streams are in use; the page polls ``/version`` instead."""


class RefreshPace:
    """Spreads refreshes evenly, at most ``per_s`` a second. Thread-safe."""

    def __init__(self, per_s: float) -> None:
        self._interval_s = 1 / per_s
        self._next_s = 0.0
        self._lock = threading.Lock()

    def reserve(self, now_s: float) -> float:
        """Reserve the next free moment for one refresh, and return it: ``now_s`` or later."""
        with self._lock:
            reserved_s = max(now_s, self._next_s)
            self._next_s = reserved_s + self._interval_s
            return reserved_s


class LiveVersion:
    """One version number for the content of all pages. Thread-safe.

    ``epoch`` is new at each start of the server. ``per_s``: how many versions all streams together send a second.
    ``mono_s`` returns monotonic seconds.
    """

    def __init__(
        self,
        epoch: str,
        mono_s: Callable[[], float],
        *,
        max_streams: int = 300,
        per_s: float = 100,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self.pace, self._mono_s = RefreshPace(per_s), mono_s
        self._epoch = epoch
        self._max_streams, self._heartbeat_s = max_streams, heartbeat_s
        self._number = 0
        self._streams = 0
        self._changed = threading.Condition()
        self._closed = threading.Event()

    @property
    def version(self) -> str:
        """The current version, such as "e7c1-812"; versions are compared for equality only."""
        with self._changed:
            return f"{self._epoch}-{self._number}"

    @property
    def streams(self) -> int:
        """The number of open streams."""
        with self._changed:
            return self._streams

    def increment(self) -> None:
        """Increment the version, because the content of pages has changed."""
        with self._changed:
            self._number += 1
            self._changed.notify_all()

    def close(self) -> None:
        """End all streams."""
        self._closed.set()
        with self._changed:
            self._changed.notify_all()

    def acquire_stream(self) -> None:
        """Reserve a stream, to be released with ``release_stream``. Raises ``TooManyStreams``."""
        with self._changed:
            if self._streams >= self._max_streams or self._closed.is_set():
                raise TooManyStreams
            self._streams += 1

    def release_stream(self) -> None:
        """Release a reserved stream."""
        with self._changed:
            self._streams -= 1

    def events(
        self, may_read: Callable[[], bool] = lambda: True, is_connected: Callable[[], bool] = lambda: True
    ) -> Iterator[str]:
        """Yield the current version, then each newer one, as server-sent events.

        Yield a comment after ``heartbeat_s`` without a change. Before each version wait for the moment that is
        reserved for it. End with the event "ended" when ``may_read()`` is false, such as after a sign-out. End when
        ``is_connected()`` is false: each page that a browser leaves would hold a thread until the next comment.
        """
        sent, silent_s, wait_s = -1, 0.0, min(CHECK_INTERVAL_S, self._heartbeat_s)
        while True:
            is_new = self._wait_for_change(sent, wait_s) != sent
            if self._closed.is_set() or not is_connected():
                return
            if not may_read():
                yield "event: ended\ndata: \n\n"
                return
            if not is_new:
                silent_s += wait_s
                if silent_s >= self._heartbeat_s:
                    silent_s = 0.0
                    yield ": still here\n\n"
                continue
            now_s = self._mono_s()
            if self._closed.wait(self.pace.reserve(now_s) - now_s):
                return
            with self._changed:
                sent = number = self._number
            silent_s = 0.0
            yield f"event: version\ndata: {self._epoch}-{number}\n\n"
            if self._closed.wait(MIN_INTERVAL_S):
                return

    def _wait_for_change(self, sent: int, wait_s: float) -> int:
        """Wait until the number differs from ``sent``, at most ``wait_s``; return the number.

        ``sent``: the number that the stream sent last, -1 before the first.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._number != sent or self._closed.is_set(), wait_s)
            return self._number
