"""Where a hall's programs log: a file in its state folder, and the terminal when somebody asked for it.

The terminal stays quiet, so that the address is the last that a newcomer reads there. The last lines of each program
are remembered: when one dies, they say why.
"""

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import IO

LIMIT_BYTES = 5_000_000
REMEMBERED = 12


class LogFile:
    """A text stream that appends to a file, and to ``also`` as well; safe from several threads.

    The file of the run before, and one that has reached ``limit_bytes``, is kept as ``….1``; an older one goes.
    """

    def __init__(self, path: Path, *, also: IO[str] | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        self.path = path
        self._also = also
        self._limit_bytes = limit_bytes
        self._lock = Lock()
        self._last: dict[str, deque[str]] = {}
        self._file = self._begun()

    @property
    def quiet(self) -> bool:
        """Whether nothing of it is on the terminal."""
        return self._also is None

    def write(self, text: str) -> int:
        """Append whole lines, each of the form ``program | what it logs``."""
        with self._lock:
            for line in text.splitlines():
                name = line.partition("|")[0].strip()
                self._last.setdefault(name, deque(maxlen=REMEMBERED)).append(line)
            if self._file.tell() >= self._limit_bytes:
                self._file.close()
                self._file = self._begun()
            self._file.write(text)
            self._file.flush()
            if self._also is not None:
                self._also.write(text)
                self._also.flush()
        return len(text)

    def flush(self) -> None:
        """Do nothing: every line is flushed when it is written."""

    def last(self, name: str) -> Sequence[str]:
        """Return the last lines of one program."""
        with self._lock:
            return tuple(self._last.get(name, ()))

    def close(self) -> None:
        """Close the file; ``also`` stays open."""
        with self._lock:
            self._file.close()

    def _begun(self) -> IO[str]:
        if self.path.exists():
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        return self.path.open("w", encoding="utf-8")
