"""The print journal on the station's disk: slips sent to the printer, and their results.

Each line is a JSON object, synced before the driver continues. So after a crash staff see which slips are unconfirmed,
and no job is printed a second time. It also counts the paper used since the roll was changed.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hardware.ports import PrintResult, PrintState, Proof, Unconfirmed
from hardware.printers.journal_file import JournalFile
from hardware.printers.journal_row import DISMISSED, check_row

UNCONFIRMED_STATES = frozenset((PrintState.PRINTING, PrintState.HELD, PrintState.UNKNOWN))
MAX_ROWS = 20_000
"""With more rows the file is rewritten. They are those of ten thousand slips: 4 MB in memory, 3 MB on the disk, read
within 0.1 s."""
KEPT_FOR_MS = 36 * 3_600_000
"""How long the journal keeps a job. A slip is valid for one day and is not looked up later. The server lists a job as
open until it receives a result or closes the day. If a result was lost, the server may still list a job that was
printed this morning; a restarted station knows that only from this journal."""
EARLIEST_MS = 1_767_225_600_000
"""2026-01-01: a clock that shows an earlier time is wrong."""
MAX_FINISHED_JOBS = 500
"""Finished jobs kept beyond that time, for jobs without a ticket: a test slip without a result stays open after the
day's end. The server requests it again when the station starts or its list changes. On a day with more slips than this
limit it may be printed once more, which loses no number."""
FIRST_ID_CHARACTER, ID_CHARACTERS, ID_LENGTH = 0x21, 94, 4
"""Process ids are four characters from ! to ~."""


@dataclass(frozen=True, slots=True)
class Roll:
    """The paper used since the roll was changed: millimetres and slips.

    A slip counts from when it is sent, even if it never came out. ``is_out``: the printer has since reported the
    paper's end.
    """

    used_mm: float = 0.0
    slips: int = 0
    is_out: bool = False

    def left_slips(self, roll_mm: float) -> int | None:
        """Return how many slips are left on the roll; None before the first one.

        ``roll_mm``: the length of a new roll.
        """
        if not self.slips or self.used_mm < 1:
            return None
        return max(0, int((roll_mm - self.used_mm) / (self.used_mm / self.slips)))


@dataclass(frozen=True, slots=True)
class _Job:
    """The last row of a job: the fields of ``journal_row`` under plain names.

    ``number``: the slip's label. ``state`` is a ``PrintState`` or ``DISMISSED``. ``code`` None: without a reason.
    ``process_id`` None: the printer knows none. ``at_ms``: when the row was written (UTC ms); 0: not known.
    """

    number: str
    state: str
    proof: Proof
    code: str | None
    process_id: str | None
    at_ms: int

    @property
    def is_unconfirmed(self) -> bool:
        return self.state in UNCONFIRMED_STATES


class PrintJournal:
    """The journal in the file at ``path``; ``wall_ms`` gives UTC milliseconds. Usable from any thread.

    After ``rewrite_after`` rows the file is rewritten without obsolete rows. A disk that fails is logged once and never
    prevents printing; ``is_writable`` is False then. ``roll``: the paper used so far. ``interrupted`` are the slips
    that were being printed when the station last stopped: they have no result, and are unknown now.
    ``started_all_confirmed``: the file existed at the start, and each of its jobs was proved, had failed or was
    dismissed by staff.
    """

    def __init__(self, path: Path, wall_ms: Callable[[], int], rewrite_after: int = MAX_ROWS) -> None:
        self._file, self._wall_ms, self._rewrite_after = JournalFile(path), wall_ms, rewrite_after
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}
        self.roll = Roll()
        self._last_id = 0
        self._rows = 0
        self.started_all_confirmed = self._file.exists()
        self._file.read(self._apply)
        # A job that was being printed when the machine stopped is unknown now.
        interrupted = [name for name, job in self._jobs.items() if job.state == PrintState.PRINTING]
        for name in interrupted:
            self._apply({"job": name, "state": PrintState.UNKNOWN, "at_ms": self._jobs[name].at_ms})
        self._drop_old_jobs(wall_ms())
        self.interrupted = tuple(slip for slip in self.unconfirmed() if slip.job in interrupted)
        self.started_all_confirmed = self.started_all_confirmed and not self.unconfirmed()
        self._rewrite()

    @property
    def is_writable(self) -> bool:
        """Return whether the last row was written to disk."""
        return self._file.is_writable

    def new_process_id(self) -> bytes:
        """Return four characters that no earlier job of this journal had, across restarts too."""
        with self._lock:
            self._last_id += 1
            rest, characters = self._last_id, []
            for _ in range(ID_LENGTH):
                rest, index = divmod(rest, ID_CHARACTERS)
                characters.append(FIRST_ID_CHARACTER + index)
            return bytes(reversed(characters))

    def record_sending(self, job: str, number: str, length_mm: float, process_id: bytes | None = None) -> None:
        """Record a job before its first byte leaves.

        ``job``: its id; ``number``: the slip's label; ``length_mm``: the paper it takes; ``process_id`` None: the
        printer knows none.
        """
        row: dict[str, Any] = {"job": job, "number": number, "state": PrintState.PRINTING, "mm": round(length_mm, 1)}
        if process_id is not None:
            row |= {"mark": process_id.decode("ascii"), "marks": self._last_id}
        self._add(row)

    def record_result(self, result: PrintResult) -> None:
        """Record a job's result."""
        self._add({"job": result.job, "state": result.state, "proof": result.proof, "code": result.code})

    def dismiss(self, job: str) -> None:
        """Record that staff have dealt with this slip; it is no longer unconfirmed."""
        if job in self._jobs:
            self._add({"job": job, "state": DISMISSED})

    def record_paper_end(self) -> None:
        """Record that the printer reported the end of the paper, once per roll."""
        if not self.roll.is_out:
            self._add({"roll_out": True})

    def record_new_roll(self) -> None:
        """Record that a new roll is in: paper is counted from zero."""
        self._add({"roll_mm": 0.0, "roll_slips": 0})

    def unconfirmed(self) -> tuple[Unconfirmed, ...]:
        """Return the jobs that were sent and neither proved nor dismissed by staff, oldest first."""
        with self._lock:
            return tuple(
                Unconfirmed(name, job.number, PrintState(job.state), job.code, job.at_ms)
                for name, job in self._jobs.items()
                if job.is_unconfirmed
            )

    def last_result(self, job: str) -> PrintResult | None:
        """Return the last result of a job that may be on paper.

        A dismissed one counts as unknown. None when the job has failed, is being printed or is not in the journal.
        """
        with self._lock:
            entry = self._jobs.get(job)
            if entry is None or entry.state in (PrintState.FAILED, PrintState.PRINTING):
                return None
            state = PrintState.UNKNOWN if entry.state == DISMISSED else PrintState(entry.state)
            return PrintResult(job, state, entry.proof, entry.code)

    def job_with_process_id(self, process_id: bytes) -> str | None:
        """Return the id of the unconfirmed job that was sent with this process id.

        It may have been sent before a restart. None without such a job.
        """
        text = process_id.decode("ascii", errors="replace")
        with self._lock:
            return next(
                (name for name, job in self._jobs.items() if job.is_unconfirmed and job.process_id == text), None
            )

    def _apply(self, row: dict[str, Any]) -> None:
        """Update jobs, roll and last process id by a row of the file.

        Raises ``ValueError``, with nothing changed, for a row that this journal cannot have written.
        """
        check_row(row)
        if "roll_mm" in row:
            self.roll = Roll(float(row["roll_mm"]), row["roll_slips"])
        if "roll_out" in row:
            self.roll = replace(self.roll, is_out=row["roll_out"])
        self._last_id = max(self._last_id, row.get("marks", 0))
        if "job" not in row:
            return
        name, state = row["job"], str(row["state"])
        earlier = self._jobs.pop(name, None)
        if state == PrintState.PRINTING:
            self.roll = replace(self.roll, used_mm=self.roll.used_mm + row.get("mm", 0.0), slips=self.roll.slips + 1)
        self._jobs[name] = _Job(
            row.get("number", earlier.number if earlier else ""),
            state,
            Proof(row.get("proof", Proof.NONE)),
            row.get("code"),
            row.get("mark", earlier.process_id if earlier else None),
            row.get("at_ms", 0),
        )

    def _add(self, row: dict[str, Any]) -> None:
        with self._lock:
            row["at_ms"] = self._wall_ms()
            self._apply(row)
            self._rows += 1
            if self._file.is_writable:  # first, so that a kill while the file is rewritten does not lose the row
                self._file.append(row)
            if self._rows > self._rewrite_after or not self._file.is_writable:
                # While the disk fails, rows are missing in the file, so it is rewritten then too.
                self._drop_old_jobs(row["at_ms"])
                self._rewrite()

    def _drop_old_jobs(self, now_ms: int) -> None:
        """Drop obsolete jobs: those finished long ago, and slips of past days.

        A job with an impossible time (written by a wrong clock) gets the current time; else it would be dropped too
        early, or never.
        """
        for name, job in self._jobs.items():
            if job.at_ms > now_ms + KEPT_FOR_MS or 0 < job.at_ms < EARLIEST_MS <= now_ms:
                self._jobs[name] = replace(job, at_ms=now_ms)
        finished = [name for name, job in self._jobs.items() if not job.is_unconfirmed]
        kept = frozenset(finished[-MAX_FINISHED_JOBS:])
        for name, job in list(self._jobs.items()):
            if name not in kept and 0 < job.at_ms < now_ms - KEPT_FOR_MS:
                del self._jobs[name]

    def _rewrite(self) -> None:
        """Rewrite the file with the jobs that still matter, in one rename."""
        rows: list[dict[str, Any]] = [
            {
                "job": name,
                "number": job.number,
                "state": job.state,
                "proof": job.proof,
                "code": job.code,
                "mark": job.process_id,
                "at_ms": job.at_ms,
            }
            for name, job in self._jobs.items()
        ]
        # Last, because a slip in the state printing is counted when it is read back.
        roll = {"roll_mm": self.roll.used_mm, "roll_slips": self.roll.slips, "roll_out": self.roll.is_out}
        rows.append({**roll, "marks": self._last_id})
        self._file.rewrite(rows)
        self._rows = len(rows)
