"""What pushes "something changed" to pages: one version number, and the streams that wait for the next.

A stream carries only the version, at most twice a second; the page fetches what it shows. A thread is held
by each stream, so their number is capped, and a page that gets no stream asks ``/version`` every 2 s.
"""

import threading
from collections.abc import Iterator

MOST_STREAMS = 300
SPARE_THREADS = 20
BETWEEN_S = 0.5
HEARTBEAT_S = 15.0


def streams_for(threads: int) -> int:
    """How many streams a web server of so many threads can bear and still answer everybody else."""
    return min(MOST_STREAMS, threads - min(SPARE_THREADS, threads // 2))


class Full(Exception):
    """All streams are taken; the page asks ``/version`` instead."""


class Live:
    """The version of everything that pages show; ``epoch`` is new at each start of the server."""

    def __init__(self, epoch: str, *, most: int = MOST_STREAMS, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._epoch = epoch
        self._most, self._heartbeat_s = most, heartbeat_s
        self._number = 0
        self._streams = 0
        self._changed = threading.Condition()
        self._closed = threading.Event()

    @property
    def version(self) -> str:
        """The present version, such as "e7c1-812"; two are only ever compared for being equal."""
        with self._changed:
            return f"{self._epoch}-{self._number}"

    @property
    def streams(self) -> int:
        """How many streams are open."""
        with self._changed:
            return self._streams

    def change(self) -> None:
        """Something that pages show is different now."""
        with self._changed:
            self._number += 1
            self._changed.notify_all()

    def close(self) -> None:
        """End all streams."""
        self._closed.set()
        with self._changed:
            self._changed.notify_all()

    def open(self) -> None:
        """Take one of the streams; give it back with ``leave``. Raises ``Full``."""
        with self._changed:
            if self._streams >= self._most or self._closed.is_set():
                raise Full
            self._streams += 1

    def leave(self) -> None:
        """Give back a stream."""
        with self._changed:
            self._streams -= 1

    def events(self) -> Iterator[str]:
        """The present version, then each newer one, as server-sent events; a comment when nothing happens."""
        sent = -1
        while True:
            number = self._newer_than(sent)
            if self._closed.is_set():
                return
            if number == sent:
                yield ": still here\n\n"
                continue
            sent = number
            yield f"event: version\ndata: {self._epoch}-{number}\n\n"
            if self._closed.wait(BETWEEN_S):
                return

    def _newer_than(self, sent: int) -> int:
        """The number as soon as it is another than ``sent``, or after the time of a heartbeat."""
        with self._changed:
            self._changed.wait_for(lambda: self._number != sent or self._closed.is_set(), self._heartbeat_s)
            return self._number
