"""Processor time and memory of processes, from ``/proc``."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
MODULES: Mapping[str, str] = {
    "server.hall.app": "virtual hall",
    "hardware.simulated.app": "simulated devices",
    "server.app": "server",
    "kiosk.app": "kiosk",
    "counter.app": "counter station",
    "display.app": "display",
}
"""Module on the command line -> the program's name."""


class CpuShare:
    """The share of one core that a process has used since this object was made."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._start_s, self._start_cpu_s = time.monotonic(), cpu_s(pid)

    def value(self) -> float:
        """Return the share, 1 for a whole core."""
        return (cpu_s(self._pid) - self._start_cpu_s) / (time.monotonic() - self._start_s)


def cpu_s(pid: int) -> float:
    """Return the seconds of processor time that a process has used."""
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def pss_mb(pid: int) -> float:
    """Return the memory of a process in MB.

    Pages that several processes share are divided among them.
    """
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"the kernel reports no Pss of process {pid}")


def written_bytes(pid: int) -> int:
    """Return the bytes that a process has written into files.

    They are the bytes of its calls (``wchar``): each commit syncs them, so all reach the disk. ``write_bytes`` counts a
    whole large folio of the page cache for each changed page: four times as much after a file was copied or read.
    """
    lines = (PROC / str(pid) / "io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar:"))


def family(pid: int) -> Iterator[int]:
    """Yield a process and all processes below it."""
    yield pid
    for thread in (PROC / str(pid) / "task").iterdir():
        with suppress(OSError):  # the thread has ended
            for child in (thread / "children").read_text().split():
                yield from family(int(child))


def program_name(pid: int) -> str:
    """Return the name of one of our programs by its command line.

    A process without one of our modules is the broker.
    """
    words = (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    return next((MODULES[word] for word in words if word in MODULES), "broker")
