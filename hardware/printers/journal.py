"""What was sent to the printer and what it proved, on the station's own disk.

One JSON object a line, each synced before the driver goes on, so that after a crash staff can be shown which
slips nobody knows about. It also counts the paper that went since the roll was changed.
"""

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hardware.ports import PrintResult, PrintState, Proof

log = logging.getLogger(__name__)

OPEN = frozenset((PrintState.PRINTING, PrintState.HELD, PrintState.UNKNOWN))
ROWS_BEFORE_TIDYING = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A job that was sent and not proved. ``at_ms`` is the wall clock of its last news."""

    job: str
    number: str
    state: PrintState
    code: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class Roll:
    """Since the roll was changed: millimetres gone, slips printed."""

    mm: float = 0.0
    slips: int = 0

    def left_slips(self, roll_mm: float) -> int | None:
        """Slips left by our own count; None before the first slip."""
        if not self.slips:
            return None
        return max(0, int((roll_mm - self.mm) / (self.mm / self.slips)))


class PrintJournal:
    """The file at ``path``; ``wall_ms`` gives UTC milliseconds. Usable from any thread.

    A disk that refuses is logged once and never keeps a slip from being printed. ``cut_off`` are the jobs that
    were being printed when the station last stopped: nobody was told what became of them.
    """

    def __init__(self, path: Path, wall_ms: Callable[[], int]) -> None:
        self._path, self._wall_ms = path, wall_ms
        self._lock = threading.Lock()
        self._open: dict[str, Entry] = {}
        self.roll = Roll()
        self._rows = 0
        self._writes = True
        for number, row in self._read():
            try:
                self._apply(row)
            except (KeyError, TypeError, ValueError):
                log.warning("%s: line %d is not ours; skipped", self._path, number)
        # What was being printed when the machine stopped is unknown now.
        self.cut_off = tuple(
            replace(entry, state=PrintState.UNKNOWN)
            for entry in self._open.values()
            if entry.state is PrintState.PRINTING
        )
        self._open.update({entry.job: entry for entry in self.cut_off})
        self._tidy()

    def sending(self, job: str, number: str, mm: float) -> None:
        """To be called before the first byte leaves."""
        self._add({"job": job, "number": number, "state": PrintState.PRINTING, "mm": round(mm, 1)})

    def result(self, result: PrintResult) -> None:
        self._add({"job": result.job, "state": result.state, "proof": result.proof, "code": result.code})

    def seen(self, job: str) -> None:
        """Staff looked after this slip; it is no longer listed."""
        self._add({"job": job, "state": "seen"})

    def new_roll(self) -> None:
        self._add({"roll_mm": 0.0, "roll_slips": 0})

    def unconfirmed(self) -> tuple[Entry, ...]:
        """Jobs that were sent and neither proved nor looked after, oldest first."""
        with self._lock:
            return tuple(self._open.values())

    def _read(self) -> Iterator[tuple[int, dict[str, Any]]]:
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        except OSError as error:
            log.error("the print journal %s cannot be read: %s", self._path, error)
            return
        for number, line in enumerate(text.splitlines(), 1):
            try:
                row = json.loads(line)
            except ValueError:
                # A power cut may tear the last line; it was not promised to anybody.
                log.warning("%s: line %d is torn; skipped", self._path, number)
                continue
            if isinstance(row, dict):
                yield number, row

    def _apply(self, row: dict[str, Any]) -> None:
        if "roll_mm" in row:
            self.roll = Roll(float(row["roll_mm"]), int(row["roll_slips"]))
        if "job" not in row:
            return
        job, state, at_ms = str(row["job"]), row["state"], int(row.get("at_ms", 0))
        if state == PrintState.PRINTING:
            self.roll = Roll(self.roll.mm + row.get("mm", 0.0), self.roll.slips + 1)
        before = self._open.get(job)
        number = row.get("number", before.number if before else "")
        if state in OPEN:
            self._open[job] = Entry(job, number, PrintState(state), row.get("code"), at_ms)
        else:
            self._open.pop(job, None)

    def _add(self, row: dict[str, Any]) -> None:
        with self._lock:
            row["at_ms"] = self._wall_ms()
            self._apply(row)
            self._rows += 1
            if self._rows > ROWS_BEFORE_TIDYING:
                self._tidy()
            else:
                self._append(row)

    def _append(self, row: dict[str, Any]) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._refused(error)
        else:
            self._writes = True

    def _tidy(self) -> None:
        """Write anew only what still matters, aside, then in one rename."""
        rows: list[dict[str, Any]] = [
            {"job": one.job, "number": one.number, "state": one.state, "code": one.code, "at_ms": one.at_ms}
            for one in self._open.values()
        ]
        # Last, because a slip that is being printed counts itself when it is read back.
        rows.append({"roll_mm": self.roll.mm, "roll_slips": self.roll.slips})
        aside = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with aside.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
                file.flush()
                os.fsync(file.fileno())
            aside.rename(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            self._refused(error)
        self._rows = len(rows)

    def _refused(self, error: OSError) -> None:
        if self._writes:
            log.error("the print journal %s cannot be written: %s; slips are printed without it", self._path, error)
        self._writes = False


def nothing_proved(job: str, state: PrintState, code: str | None) -> PrintResult:
    """A result without proof."""
    return PrintResult(job, state, Proof.NONE, code)
