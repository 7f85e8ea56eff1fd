"""Ways to end an upgrade or a roll-back before its time, from outside the machine."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from tools.box.container import Container

FILE_OPERATIONS = ",".join((
    "rename,renameat,renameat2,unlink,unlinkat,rmdir,symlink,symlinkat,link,linkat,mkdir,mkdirat,chmod,fchmod,fchmodat",
    "write,pwrite64,ftruncate,fsync,fdatasync,sync,execve,vfork,clone,clone3,connect",
))  # fmt: skip
"""The system calls that change files, start programs or reach systemd and the server."""
SETTLE, SERVER = "luot-settle.service", "luot-server.service"
POLL_S = 0.001
PATIENCE_S = 60.0
_CALL = re.compile(r"^(\d+) +(?!\+\+\+|---|<\.\.\.)\w+\(", re.MULTILINE)
KILLED = "+++ killed by SIGKILL +++"


class Tracer:
    """Follows programs by strace. ``kill_at``: the file operation, of any of them, at which that program is killed."""

    def __init__(self, log: Path, kill_at: int | None, *, follows_children: bool) -> None:
        self._log = log
        log.unlink(missing_ok=True)
        self._options = ["strace", "-qq", "-o", str(log), *(["-f"] if follows_children else [])]
        self._options += ["-e", f"trace={FILE_OPERATIONS}"]
        if kill_at is not None:
            self._options += ["-e", f"inject={FILE_OPERATIONS}:signal=KILL:when={kill_at}"]
        self._strace: subprocess.Popen[bytes] | None = None

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the command line that runs ``command`` under strace."""
        return [*self._options, "--seccomp-bpf", *command]

    def attach(self, pid: int) -> None:
        """Follow a program that runs already."""
        quiet = subprocess.DEVNULL
        self._strace = subprocess.Popen([*self._options, "-p", str(pid)], stdin=quiet, stdout=quiet, stderr=quiet)

    def has_killed(self) -> bool:
        """Return whether a program has met its end."""
        with suppress(FileNotFoundError):
            return KILLED in self._log.read_text(encoding="utf-8", errors="replace")
        return False

    def is_over(self) -> bool:
        """Return whether an attached strace has nothing left to follow."""
        return self._strace is not None and self._strace.poll() is not None

    def detach(self) -> None:
        """Let the followed programs run on alone."""
        if self._strace is not None and self._strace.poll() is None:
            self._strace.terminate()
            self._strace.wait()

    def operations(self) -> list[int]:
        """Return the number of operations of each program, in the order of their starts."""
        counts: dict[str, int] = {}
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        for line in text.splitlines():
            match = _CALL.match(line)
            key = match[1] if match else "" if "(" in line and not line[0].isdigit() else None
            if key is not None:
                counts[key] = counts.get(key, 0) + 1
        return list(counts.values())


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a command as a group of processes of its own."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)


def kill_group(installer: subprocess.Popen[bytes]) -> None:
    """Kill a command with everything that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(installer.pid, signal.SIGKILL)
    installer.wait()


def processes_of(box: Container, unit: str) -> list[int]:
    """Return the ids, outside, of a unit's processes."""
    try:
        text = (box.control_group() / "system.slice" / unit / "cgroup.procs").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(line) for line in text.split()]


def kill_unit(box: Container, unit: str) -> bool:
    """Kill every process of a unit; return whether there was one."""
    pids = processes_of(box, unit)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return bool(pids)


def wait_while(condition: Callable[[], object], installer: subprocess.Popen[bytes], pause_s: float = POLL_S) -> bool:
    """Wait while ``condition`` holds and the installer runs; return whether the installer still runs."""
    end_s = time.monotonic() + PATIENCE_S
    while condition():
        if installer.poll() is not None or time.monotonic() > end_s:
            return False
        time.sleep(pause_s)
    return installer.poll() is None


def new_process(box: Container, unit: str, known: set[int], installer: subprocess.Popen[bytes]) -> int | None:
    """Wait for a process of a unit that is not in ``known``; None when the installer ends before."""
    found: list[int] = []

    def is_missing() -> bool:
        found[:] = [pid for pid in processes_of(box, unit) if pid not in known]
        return not found

    wait_while(is_missing, installer)
    return found[0] if found else None
