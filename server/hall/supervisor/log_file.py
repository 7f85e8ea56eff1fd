"""The log file of a hall's programs, in its state folder.

With ``--verbose`` the log is also written to the terminal. Without it the terminal shows little, so that the hall's
address remains visible. The last lines of each program are kept, to be printed when that program dies.
"""

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import IO

MAX_BYTES = 5_000_000
KEPT_LINES = 12  # of each program


class LogFile:
    """A text stream that appends to a file and, if there is one, to ``terminal``. Thread-safe.

    The file of the previous run, or one that has reached ``max_bytes``, is kept as ``….1``; an older one is deleted.
    """

    def __init__(self, path: Path, *, terminal: IO[str] | None = None, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self._terminal = terminal
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._last_lines: dict[str, deque[str]] = {}
        self._file = self._new_file()

    @property
    def writes_to_terminal(self) -> bool:
        """True if the log is also written to the terminal."""
        return self._terminal is not None

    def write(self, text: str) -> int:
        """Append whole lines, each of the form ``program | text``."""
        with self._lock:
            for line in text.splitlines():
                name = line.partition("|")[0].strip()
                self._last_lines.setdefault(name, deque(maxlen=KEPT_LINES)).append(line)
            if self._file.tell() >= self._max_bytes:
                self._file.close()
                self._file = self._new_file()
            self._file.write(text)
            self._file.flush()
            if self._terminal is not None:
                self._terminal.write(text)
                self._terminal.flush()
        return len(text)

    def flush(self) -> None:
        """Do nothing: every line is flushed when it is written."""

    def last_lines(self, name: str) -> Sequence[str]:
        """Return the last lines of one program."""
        with self._lock:
            return tuple(self._last_lines.get(name, ()))

    def close(self) -> None:
        """Close the file; the terminal stays open."""
        with self._lock:
            self._file.close()

    def _new_file(self) -> IO[str]:
        if self.path.exists():
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        return self.path.open("w", encoding="utf-8")
