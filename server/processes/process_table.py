"""Processes of this machine, read from ``/proc``."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProcessEntry:
    """One process: its id, and those of its parent and its session."""

    pid: int
    parent_pid: int
    session_id: int


def running_processes() -> Iterator[ProcessEntry]:
    """Yield every process except zombies."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(FileNotFoundError, ProcessLookupError):
            # "pid (name) state parent group session …"; the name may hold anything, so from its last bracket on
            fields = (folder / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            if fields[0] not in "ZX":  # zombie, dead
                yield ProcessEntry(int(folder.name), int(fields[1]), int(fields[3]))


def kill_session(session_id: int) -> None:
    """Send SIGKILL to every process of a session: a child and its descendants.

    Call it before the session's first process is reaped: after that, another session may get its id.
    """
    for process in running_processes():
        if process.session_id == session_id:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)


def find_child(parent_pid: int, word: str) -> int | None:
    """Return the process id of the child whose command line holds ``word``; None without one."""
    for process in running_processes():
        if process.parent_pid != parent_pid:
            continue
        with suppress(FileNotFoundError, ProcessLookupError):
            if word.encode() in Path(f"/proc/{process.pid}/cmdline").read_bytes():
                return process.pid
    return None
