"""Ways to end an upgrade or a roll-back before its time, from outside the machine."""

import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from tools.box.container import Container

FILE_OPERATIONS = ",".join((
    "rename,renameat,renameat2,unlink,unlinkat,rmdir,symlink,symlinkat,link,linkat,mkdir,mkdirat,chmod,fchmod,fchmodat",
    "write,pwrite64,ftruncate,fsync,fdatasync,sync",
))  # fmt: skip
"""The system calls that change files. Each step of the installer begins with one, the line that it prints."""
SETTLE, SERVER = "luot-settle.service", "luot-server.service"
PROGRAMS = {SETTLE: b"onsite.app", SERVER: b"bin/luot-server"}
"""A part of the command line of a unit's program, once it runs."""
POLL_S = 0.001
PATIENCE_S = 120.0
_CALL = re.compile(r"^(?:(\d+) +)?(\w+)\(", re.MULTILINE)
KILLED = ("+++ killed by SIGKILL +++", "= ?")
"""In strace's log: a program's end, and a call of one that gets no result."""


class Tracer:
    """Follows programs by strace, and kills one.

    It is the first one that makes the last operation of ``kill_at`` as often as it is there.
    """

    def __init__(self, log: Path, kill_at: Sequence[str], *, follows_children: bool) -> None:
        self._log = log
        log.unlink(missing_ok=True)
        # Through a pipe: strace keeps lines for a file back, and they are lost when it ends by the signal itself.
        self._options = [
            "strace",
            "-qq",
            "-o",
            f"|exec cat >{shlex.quote(str(log))}",
            *(["-f"] if follows_children else []),
        ]
        self._options += ["-e", f"trace={FILE_OPERATIONS}"]
        if kill_at:  # strace counts each kind of call of each program alone
            when = list(kill_at).count(kill_at[-1])
            self._options += ["-e", f"inject={kill_at[-1]}:signal=KILL:when={when}"]
        self._strace: subprocess.Popen[bytes] | None = None

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the command line that runs ``command`` under strace."""
        return [*self._options, *command]

    def attach(self, pid: int) -> None:
        """Follow a program that runs already."""
        quiet = subprocess.DEVNULL
        self._strace = subprocess.Popen([*self._options, "-p", str(pid)], stdin=quiet, stdout=quiet, stderr=quiet)

    def has_killed(self) -> bool:
        """Return whether a program has met its end."""
        with suppress(FileNotFoundError):
            text = self._log.read_text(encoding="utf-8", errors="replace")
            return any(sign in text for sign in KILLED)
        return False

    def is_over(self) -> bool:
        """Return whether an attached strace has nothing left to follow."""
        return self._strace is not None and self._strace.poll() is not None

    def detach(self) -> None:
        """Let the followed programs run on alone."""
        if self._strace is not None:
            self._strace.kill()
            self._strace.wait()

    def operations(self) -> list[str]:
        """Return the operations of the program that has most of them, in their order."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        calls: dict[str, list[str]] = {}
        for program, name in _CALL.findall(text):
            calls.setdefault(program, []).append(name)
        return max(calls.values(), key=len, default=[])


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


def kill_process(pid: int) -> bool:
    """Kill one process; return whether it was there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def kill_unit(box: Container, unit: str) -> bool:
    """Kill every process of a unit; return whether there was one."""
    killed = [kill_process(pid) for pid in processes_of(box, unit)]
    return any(killed)


def wait_while(condition: Callable[[], object], installer: subprocess.Popen[bytes], pause_s: float = POLL_S) -> bool:
    """Wait while ``condition`` holds and the installer runs; return whether the installer still runs."""
    end_s = time.monotonic() + PATIENCE_S
    while condition():
        if installer.poll() is not None or time.monotonic() > end_s:
            return False
        time.sleep(pause_s)
    return installer.poll() is None


def new_process(box: Container, unit: str, known: set[int], installer: subprocess.Popen[bytes]) -> int | None:
    """Wait for a unit's program that is not in ``known``; return its id.

    None: the installer ended before.
    """
    pids: list[int] = []
    program = PROGRAMS[unit]

    def is_missing() -> bool:
        pids[:] = [pid for pid in processes_of(box, unit) if pid not in known and program in _command_line(pid)]
        return not pids

    wait_while(is_missing, installer)
    return pids[0] if pids else None


def kill_child(box: Container, unit: str, place: int, delay_s: float, installer: subprocess.Popen[bytes]) -> bool:
    """Kill one of the programs that a unit's program starts; return whether one was killed.

    It is the ``place``-th of them, ``delay_s`` after its start. Most end sooner, and then the next one is killed that
    runs so long.
    """
    program = new_process(box, unit, set(), installer)
    starts: dict[int, float] = {}

    def lives_on() -> bool:
        now_s = time.monotonic()
        for pid in processes_of(box, unit):
            begun_s = starts.setdefault(pid, now_s)
            is_due = list(starts).index(pid) > place and now_s - begun_s >= delay_s
            if pid != program and is_due and kill_process(pid):
                return False
        return True

    return program is not None and wait_while(lives_on, installer)


def _command_line(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    return b""
