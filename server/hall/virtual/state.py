"""The current state of the hall for its page: small parts with one common version.

Threads put parts into it; the page waits for a newer version than its own. Pollers fetch pictures only while a browser
shows the page.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

VIEWER_TIMEOUT_S = 30.0  # after this time without a request no browser shows the page
MAX_LOG_ENTRIES = 80
MAX_KEPT_FRAMES = 4


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An event in the page's log. ``event`` is a key of ``texts.LOG_SENTENCES``, ``values`` fill its sentence.

    ``at_ms``: the hall's wall clock, which may be a demonstration's, UTC ms.
    """

    at_ms: int
    event: str
    values: Mapping[str, str] = field(default_factory=dict)


class HallState:
    """Shared between the polling threads, the supervisor and the page's requests. Thread-safe.

    The parts are JSON values by name: ``kiosk``, ``tv`` (a screen: version and size of its picture, state, targets),
    ``speech``, ``devices``, ``printer`` (as their control ports respond), ``board``, ``office`` (pictures of the
    server), ``fresh`` (whether the server is online, so that the board is current), ``power`` (by name, "server" and
    "broker": True while it is switched OFF), ``speed`` (of the clock), ``morning`` (visitors who have come, and all). A
    part that is not known, or whose source does not respond, is None.
    """

    def __init__(self, mono_s: Callable[[], float]) -> None:
        self._mono_s = mono_s
        self._changed = threading.Condition()
        self._version = 0
        self._parts: dict[str, Any] = {}
        self._log: deque[LogEntry] = deque(maxlen=MAX_LOG_ENTRIES)
        self._frames: dict[str, deque[tuple[str, bytes]]] = {}  # by screen: (version, PNG), the newest last
        self._last_request_s = float("-inf")
        self._closed = False

    def close(self) -> None:
        """End all waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def put(self, part: str, value: Any) -> None:
        """Replace a part; an equal value changes nothing."""
        with self._changed:
            if self._parts.get(part) != value:
                self._parts[part] = value
                self._new_version()

    def get(self, part: str) -> Any:
        """Return a part; None before its first value."""
        with self._changed:
            return self._parts.get(part)

    def add_log(self, entry: LogEntry) -> None:
        """Add an entry to the log."""
        with self._changed:
            self._log.appendleft(entry)
            self._new_version()

    def log_entries(self) -> list[LogEntry]:
        """Return the log, newest first."""
        with self._changed:
            return list(self._log)

    def keep_frame(self, screen: str, version: str, png: bytes) -> None:
        """Keep a picture. The newest ones stay, since the page may fetch one that was just replaced."""
        with self._changed:
            self._frames.setdefault(screen, deque(maxlen=MAX_KEPT_FRAMES)).append((version, png))

    def frame(self, screen: str, version: str) -> bytes | None:
        """Return a kept picture; None when it is not kept any more."""
        with self._changed:
            kept_frames = self._frames.get(screen, ())
            return next((png for kept_version, png in kept_frames if kept_version == version), None)

    def wait(self, after: int, timeout_s: float) -> tuple[int, dict[str, Any]]:
        """Return version and parts, once newer than ``after`` or when ``timeout_s`` has passed."""
        with self._changed:
            self._note_request()
            self._changed.wait_for(lambda: self._closed or self._version > after, timeout_s)
            self._note_request()
            return self._version, dict(self._parts)

    def wait_for_viewer(self, timeout_s: float) -> bool:
        """Return whether a browser shows the page; wait up to ``timeout_s`` for one."""
        with self._changed:
            return self._changed.wait_for(lambda: self._mono_s() - self._last_request_s < VIEWER_TIMEOUT_S, timeout_s)

    def _note_request(self) -> None:
        is_first = self._mono_s() - self._last_request_s >= VIEWER_TIMEOUT_S
        self._last_request_s = self._mono_s()
        if is_first:
            self._changed.notify_all()

    def _new_version(self) -> None:
        self._version += 1
        self._changed.notify_all()
