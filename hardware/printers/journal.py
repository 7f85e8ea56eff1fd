"""What was sent to the printer and what it proved, on the station's own disk.

One JSON object a line, each synced before the driver goes on, so that after a crash staff can be shown which
slips nobody knows about, and no job is printed a second time. It also counts the paper that went since the roll
was changed.
"""

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hardware import whole_file
from hardware.ports import PrintResult, PrintState, Proof, Unconfirmed
from hardware.printers.journal_row import SEEN, check

log = logging.getLogger(__name__)

OPEN = frozenset((PrintState.PRINTING, PrintState.HELD, PrintState.UNKNOWN))
ROWS_BEFORE_TIDYING = 20_000
"""Ten thousand slips: 4 MB in memory, 3 MB on the disk, read within 0.1 s."""
OPEN_FOR_MS = 36 * 3_600_000
"""A slip is good for its day: after that nobody looks for it, and the server, which lists a job of a ticket as open
until it has heard an answer, drops it when the day is closed. Until then it may list one of this morning that came out,
if the answer was lost: a station that was started anew meanwhile knows of it from here only."""
FIRST_MS = 1_767_225_600_000
"""2026-01-01: a clock that shows less has lost its time."""
FINISHED_KEPT = 500
"""Beyond that time so many, for jobs of no ticket: a test slip that nobody answered for stays open over the day's end.
It is asked for again when the station starts or its list changes; on a day of more slips than these it may come out
once more, which costs nobody a number."""
MARK_FROM, MARK_SIGNS, MARK_LENGTH = 0x21, 94, 4
MOST_ASIDE, LONGEST_ASIDE = 1_000, 1_000
"""So many spoilt lines are kept, the last ones, and so many characters of each."""


@dataclass(frozen=True, slots=True)
class Roll:
    """Since the roll was changed: millimetres gone, slips printed. ``out``: its end was seen."""

    mm: float = 0.0
    slips: int = 0
    out: bool = False

    def left_slips(self, roll_mm: float) -> int | None:
        """Slips left by our own count; None before the first slip."""
        if not self.slips or self.mm < 1:
            return None
        return max(0, int((roll_mm - self.mm) / (self.mm / self.slips)))


@dataclass(frozen=True, slots=True)
class _Job:
    """The last row of a job. ``state`` is a ``PrintState`` or ``SEEN``."""

    number: str
    state: str
    proof: Proof
    code: str | None
    mark: str | None
    at_ms: int

    @property
    def open(self) -> bool:
        return self.state in OPEN


class PrintJournal:
    """The file at ``path``; ``wall_ms`` gives UTC milliseconds. After ``tidy_after`` rows what nobody will ask for is
    dropped. Usable from any thread.

    A disk that refuses is logged once and never keeps a slip from being printed; ``writes`` is False then.
    ``cut_off`` are the jobs that were being printed when the station last stopped: nobody was told what became of
    them. ``orderly``: the station that wrote here last left nothing behind of which nobody knows.
    """

    def __init__(self, path: Path, wall_ms: Callable[[], int], tidy_after: int = ROWS_BEFORE_TIDYING) -> None:
        self._path, self._wall_ms, self._tidy_after = path, wall_ms, tidy_after
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}
        self.roll = Roll()
        self._marks = 0
        self._rows = 0
        self.writes, self._torn = True, False
        self._strange: list[tuple[int, str]] = []
        self.orderly = path.is_file()
        for number, line, row in self._read():
            try:
                self._apply(row)
            except ValueError:
                self._strange.append((number, line))
        self._set_aside()
        # What was being printed when the machine stopped is unknown now.
        interrupted = [name for name, job in self._jobs.items() if job.state == PrintState.PRINTING]
        for name in interrupted:
            self._apply({"job": name, "state": PrintState.UNKNOWN, "at_ms": self._jobs[name].at_ms})
        self._forget(wall_ms())
        self.cut_off = tuple(one for one in self.unconfirmed() if one.job in interrupted)
        self.orderly = self.orderly and not self.unconfirmed()
        self._tidy()

    def mark(self) -> bytes:
        """Four characters that no earlier job of this journal had: a process id that is good across restarts."""
        with self._lock:
            self._marks += 1
            left, signs = self._marks, []
            for _ in range(MARK_LENGTH):
                left, sign = divmod(left, MARK_SIGNS)
                signs.append(MARK_FROM + sign)
            return bytes(reversed(signs))

    def sending(self, job: str, number: str, mm: float, mark: bytes | None = None) -> None:
        """To be called before the first byte leaves."""
        row: dict[str, Any] = {"job": job, "number": number, "state": PrintState.PRINTING, "mm": round(mm, 1)}
        if mark is not None:
            row |= {"mark": mark.decode("ascii"), "marks": self._marks}
        self._add(row)

    def result(self, result: PrintResult) -> None:
        self._add({"job": result.job, "state": result.state, "proof": result.proof, "code": result.code})

    def seen(self, job: str) -> None:
        """Staff looked after this slip; it is no longer listed."""
        if job in self._jobs:
            self._add({"job": job, "state": SEEN})

    def no_paper(self) -> None:
        """The printer said so; written once a roll."""
        if not self.roll.out:
            self._add({"roll_out": True})

    def new_roll(self) -> None:
        self._add({"roll_mm": 0.0, "roll_slips": 0})

    def unconfirmed(self) -> tuple[Unconfirmed, ...]:
        """Jobs that were sent and neither proved nor looked after, oldest first."""
        with self._lock:
            return tuple(
                Unconfirmed(name, job.number, PrintState(job.state), job.code, job.at_ms)
                for name, job in self._jobs.items()
                if job.open
            )

    def known(self, job: str) -> PrintResult | None:
        """The last result of a job that was sent and may be on paper; None when it certainly is not."""
        with self._lock:
            found = self._jobs.get(job)
            if found is None or found.state in (PrintState.FAILED, PrintState.PRINTING):
                return None
            state = PrintState.UNKNOWN if found.state == SEEN else PrintState(found.state)
            return PrintResult(job, state, found.proof, found.code)

    def marked(self, mark: bytes) -> str | None:
        """The unconfirmed job that was sent with this process id, before a restart too."""
        text = mark.decode("ascii", errors="replace")
        with self._lock:
            return next((name for name, job in self._jobs.items() if job.open and job.mark == text), None)

    def _read(self) -> Iterator[tuple[int, str, Any]]:
        """Yield each line's number, its text and what it holds."""
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        except OSError as error:
            log.error("the print journal %s cannot be read: %s", self._path, error)
            return
        self._torn = bool(text) and not text.endswith("\n")
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                yield number, line, json.loads(line)
            except (ValueError, RecursionError):
                # A power cut may tear the last line; it was not promised to anybody.
                self._strange.append((number, line))

    def _set_aside(self) -> None:
        """Keep the lines that are none of this journal's in a file beside it, and log that once."""
        if not self._strange:
            return
        aside = self._path.with_name(f"{self._path.name}.bad")
        kept = "".join(f"{line[:LONGEST_ASIDE]}\n" for _, line in self._strange[-MOST_ASIDE:])
        try:
            whole_file.replace(aside, kept)
        except OSError as error:
            log.warning("%s cannot be written: %s", aside, error)
        log.warning(
            "%s: %d lines are torn or not ours, the first is line %d; they are left out and kept in %s",
            self._path,
            len(self._strange),
            self._strange[0][0],
            aside,
        )

    def _apply(self, row: dict[str, Any]) -> None:
        """Raise ``ValueError`` for a row that this journal cannot have written; then nothing is changed."""
        check(row)
        if "roll_mm" in row:
            self.roll = Roll(float(row["roll_mm"]), row["roll_slips"])
        if "roll_out" in row:
            self.roll = replace(self.roll, out=row["roll_out"])
        self._marks = max(self._marks, row.get("marks", 0))
        if "job" not in row:
            return
        name, state = row["job"], str(row["state"])
        old = self._jobs.pop(name, None)
        if state == PrintState.PRINTING:
            self.roll = replace(self.roll, mm=self.roll.mm + row.get("mm", 0.0), slips=self.roll.slips + 1)
        self._jobs[name] = _Job(
            row.get("number", old.number if old else ""),
            state,
            Proof(row.get("proof", Proof.NONE)),
            row.get("code"),
            row.get("mark", old.mark if old else None),
            row.get("at_ms", 0),
        )

    def _add(self, row: dict[str, Any]) -> None:
        with self._lock:
            row["at_ms"] = self._wall_ms()
            self._apply(row)
            self._rows += 1
            if self.writes:  # first, so that a kill while the file is written anew does not cost it
                self._append(row)
            if self._rows > self._tidy_after or not self.writes:
                # What a disk refused for a while is missing in the file, so that is written anew as well.
                self._forget(row["at_ms"])
                self._tidy()

    def _append(self, row: dict[str, Any]) -> None:
        line = _line(row)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                # A line that a full disk cut short must not swallow the next one.
                file.write(f"\n{line}" if self._torn else line)
                self._torn = True
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._refused(error)
        else:
            self._torn = False

    def _forget(self, now_ms: int) -> None:
        """Drop what nobody will ask for: long finished jobs, slips of days gone by.

        A time that a wrong clock wrote says nothing, so such a job is dated anew: it would be dropped too early, or
        never.
        """
        for name, job in self._jobs.items():
            if job.at_ms > now_ms + OPEN_FOR_MS or 0 < job.at_ms < FIRST_MS <= now_ms:
                self._jobs[name] = replace(job, at_ms=now_ms)
        finished = [name for name, job in self._jobs.items() if not job.open]
        late = frozenset(finished[-FINISHED_KEPT:])
        for name, job in list(self._jobs.items()):
            if name not in late and 0 < job.at_ms < now_ms - OPEN_FOR_MS:
                del self._jobs[name]

    def _tidy(self) -> None:
        """Write anew only what still matters, aside, then in one rename."""
        rows: list[dict[str, Any]] = [
            {
                "job": name,
                "number": job.number,
                "state": job.state,
                "proof": job.proof,
                "code": job.code,
                "mark": job.mark,
                "at_ms": job.at_ms,
            }
            for name, job in self._jobs.items()
        ]
        # Last, because a slip that is being printed counts itself when it is read back.
        roll = {"roll_mm": self.roll.mm, "roll_slips": self.roll.slips, "roll_out": self.roll.out}
        rows.append({**roll, "marks": self._marks})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            whole_file.replace(self._path, "".join(_line(row) for row in rows))
        except OSError as error:
            self._refused(error)
        else:
            if not self.writes:
                log.info("the print journal %s is written again", self._path)
            self.writes, self._torn = True, False
        self._rows = len(rows)

    def _refused(self, error: OSError) -> None:
        if self.writes:
            log.error("the print journal %s cannot be written: %s; slips are printed without it", self._path, error)
        self.writes = False


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def nothing_proved(job: str, state: PrintState, code: str | None) -> PrintResult:
    """A result without proof."""
    return PrintResult(job, state, Proof.NONE, code)
