"""What runs on this machine, read from ``/proc``: who belongs to a child, and its broker."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    parent: int
    session: int


def running() -> Iterator[Process]:
    """Every process that has not ended (a zombie has)."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(FileNotFoundError, ProcessLookupError):
            # "pid (name) state parent group session …"; the name may hold anything, so from its last bracket on
            fields = (folder / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            if fields[0] not in "ZX":
                yield Process(int(folder.name), int(fields[1]), int(fields[3]))


def end_session(session: int) -> None:
    """SIGKILL to every process of a session: a child, what it started, and what that left behind.

    Safe only while the session's first process is not reaped yet, since until then its id is nobody else's.
    """
    for process in running():
        if process.session == session:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)


def child_running(parent: int, word: str) -> int | None:
    """The child of ``parent`` whose command line holds ``word``; None when there is none."""
    for process in running():
        if process.parent != parent:
            continue
        with suppress(FileNotFoundError, ProcessLookupError):
            if word.encode() in Path(f"/proc/{process.pid}/cmdline").read_bytes():
                return process.pid
    return None
