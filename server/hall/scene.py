"""What the hall looks like now, for the page: small parts, one version over all of them.

Threads put parts in; the page waits for a version newer than the one it has. Whoever fetches pictures only
does so while somebody looks.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

LINGER_S = 30.0
LOG_LINES = 80
FRAMES_KEPT = 4


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened: when by the hall's clock, what (a key of ``says.SENTENCES``) and its values."""

    at_ms: int
    what: str
    values: Mapping[str, str] = field(default_factory=dict)


class Scene:
    """Shared between the watching threads, the supervisor and the page's requests."""

    def __init__(self, mono_s: Callable[[], float]) -> None:
        self._mono_s = mono_s
        self._changed = threading.Condition()
        self._version = 0
        self._parts: dict[str, Any] = {}
        self._lines: deque[Line] = deque(maxlen=LOG_LINES)
        self._frames: dict[str, deque[tuple[str, bytes]]] = {}
        self._looked_s = float("-inf")
        self._closed = False

    def close(self) -> None:
        """Let everybody who waits go at once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def put(self, part: str, value: Any) -> None:
        """Replace a part; an equal value changes nothing."""
        with self._changed:
            if self._parts.get(part) != value:
                self._parts[part] = value
                self._bump()

    def get(self, part: str) -> Any:
        """A part as it is, None before it is known."""
        with self._changed:
            return self._parts.get(part)

    def happened(self, line: Line) -> None:
        """Add a line to the log."""
        with self._changed:
            self._lines.appendleft(line)
            self._bump()

    def lines(self) -> list[Line]:
        """The log, newest first."""
        with self._changed:
            return list(self._lines)

    def keep_frame(self, screen: str, version: str, png: bytes) -> None:
        """Keep the newest pictures of a screen: a page may still fetch the one it was told of a moment ago."""
        with self._changed:
            self._frames.setdefault(screen, deque(maxlen=FRAMES_KEPT)).append((version, png))

    def frame(self, screen: str, version: str) -> bytes | None:
        """A kept picture; None when it is gone."""
        with self._changed:
            return next((png for one, png in self._frames.get(screen, ()) if one == version), None)

    def wait(self, after: int, timeout_s: float) -> tuple[int, dict[str, Any]]:
        """The parts once their version is newer than ``after``, or after ``timeout_s`` as they are."""
        with self._changed:
            self._look()
            self._changed.wait_for(lambda: self._closed or self._version > after, timeout_s)
            self._look()
            return self._version, dict(self._parts)

    def await_audience(self, timeout_s: float) -> bool:
        """Whether somebody looks; waits up to ``timeout_s`` for it."""
        with self._changed:
            return self._changed.wait_for(lambda: self._mono_s() - self._looked_s < LINGER_S, timeout_s)

    def _look(self) -> None:
        first = self._mono_s() - self._looked_s >= LINGER_S
        self._looked_s = self._mono_s()
        if first:
            self._changed.notify_all()

    def _bump(self) -> None:
        self._version += 1
        self._changed.notify_all()
