"""The log of the stations' reports, limited because anybody on the broker can publish."""

import logging
import threading
from collections.abc import Callable

from pydantic import ValidationError

log = logging.getLogger(__name__)

MAX_UNREADABLE_TOPICS = 100
MAX_LINES = 60  # per period
PERIOD_S = 60.0


class ReportLog:
    """Logs at most ``MAX_LINES`` lines a minute, and each unreadable topic once. Thread-safe."""

    def __init__(self, mono_s: Callable[[], float]) -> None:
        self._mono_s = mono_s
        self._lock = threading.Lock()
        self._unreadable_paths: set[str] = set()  # topics below status/ whose last report could not be read
        self._has_too_many_stations = False
        self._period_began_s, self._lines = mono_s(), 0

    def log_change(self, message: str, *values: object) -> None:
        """Log a change, unless this minute has too many."""
        if self._count_line():
            log.info(message, *values)

    def log_unreadable(self, path: str, error: ValueError) -> None:
        """Log that a report on ``status/<path>`` cannot be read, but only the first time."""
        with self._lock:
            is_new = path not in self._unreadable_paths and len(self._unreadable_paths) < MAX_UNREADABLE_TOPICS
            if is_new:
                self._unreadable_paths.add(path)
        if is_new and self._count_line():
            reason = f"{error.error_count()} mistakes" if isinstance(error, ValidationError) else str(error)
            log.warning("unreadable report on status/%r ignored: %s", path, reason)

    def note_readable(self, path: str) -> None:
        """Note that a report on ``status/<path>`` was readable.

        The next unreadable one is then logged again.
        """
        with self._lock:
            self._unreadable_paths.discard(path)

    def log_too_many_stations(self, limit: int, station: str) -> None:
        """Log once that more than ``limit`` stations report; ``station`` is the newest."""
        with self._lock:
            had_too_many, self._has_too_many_stations = self._has_too_many_stations, True
        if not had_too_many:
            log.warning(
                "more than %d stations report, the last is %r: somebody invents them; old ones are removed",
                limit,
                station,
            )

    def _count_line(self) -> bool:
        """Count a line of this minute; return whether it may be logged."""
        with self._lock:
            now_s = self._mono_s()
            if now_s - self._period_began_s >= PERIOD_S:
                self._period_began_s, self._lines = now_s, 0
            self._lines += 1
            lines = self._lines
        if lines == MAX_LINES:
            log.warning("%d reports of stations in a minute; the others of this minute are not logged", MAX_LINES)
        return lines < MAX_LINES
