"""The print journal's file: a JSON object per line, each synced; rewritten by a rename."""

import json
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from config import files

log = logging.getLogger(__name__)

MAX_INVALID_LINES, MAX_INVALID_LENGTH = 1_000, 1_000
"""How many invalid lines are kept (the last ones), and how many characters of each."""


class JournalFile:
    """The rows of the journal on disk. Not thread-safe.

    A disk that fails is logged once, and once when it works again; ``is_writable`` is False in between.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._line_is_open = False  # whether the file's last line lacks its line feed
        self.is_writable = True

    def exists(self) -> bool:
        return self._path.is_file()

    def read(self, apply: Callable[[Any], None]) -> None:
        """Call ``apply`` with each row. Lines for which it raises ``ValueError`` are saved to a second file."""
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        except OSError as error:
            log.error("the print journal %s cannot be read: %s", self._path, error)
            return
        self._line_is_open = bool(text) and not text.endswith("\n")
        invalid: list[tuple[int, str]] = []
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                apply(json.loads(line))
            except (ValueError, RecursionError):
                # A power cut may truncate the last line; its job was not reported to anybody.
                invalid.append((number, line))
        if invalid:
            self._save_invalid(invalid)

    def _save_invalid(self, invalid: list[tuple[int, str]]) -> None:
        """Copy invalid lines to a file beside the journal, and log that once."""
        saved = self._path.with_name(f"{self._path.name}.bad")
        try:
            files.atomic_write(
                saved, "".join(f"{line[:MAX_INVALID_LENGTH]}\n" for _, line in invalid[-MAX_INVALID_LINES:])
            )
        except OSError as error:
            log.warning("%s cannot be written: %s", saved, error)
        log.warning(
            "%s: %d lines are torn or not ours, the first is line %d; they are left out and kept in %s",
            self._path,
            len(invalid),
            invalid[0][0],
            saved,
        )

    def append(self, row: dict[str, Any]) -> None:
        """Add a row and sync it. Never raises."""
        line = _line(row)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                # A line that a full disk cut short must not swallow the next one.
                file.write(f"\n{line}" if self._line_is_open else line)
                self._line_is_open = True
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._write_failed(error)
        else:
            self._line_is_open = False

    def rewrite(self, rows: Iterable[dict[str, Any]]) -> None:
        """Replace the file's rows in one rename. Never raises."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            files.atomic_write(self._path, "".join(_line(row) for row in rows))
        except OSError as error:
            self._write_failed(error)
        else:
            if not self.is_writable:
                log.info("the print journal %s is written again", self._path)
            self.is_writable, self._line_is_open = True, False

    def _write_failed(self, error: OSError) -> None:
        if self.is_writable:
            log.error("the print journal %s cannot be written: %s; slips are printed without it", self._path, error)
        self.is_writable = False


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
