"""End the programs that a killed test run leaves behind.

A run that is killed cannot stop its programs. They would load the machine, and a station would lock terminals of later
runs: its links name pseudo-terminals by number, and the kernel assigns a number again once it is free.
"""

import os
import signal
import sys
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

TAG = "LUOT_TEST_RUN"
"""An environment variable with a value of its own for each test process; its programs inherit it."""


def end_with_this_process() -> None:
    """Kill the programs started from now on when this process ends, however it ends."""
    tag = os.environ[TAG] = uuid.uuid4().hex
    read_fd, _kept_open = os.pipe()  # no program inherits the other end: it closes with this process
    nothing = ((os.POSIX_SPAWN_OPEN, output, os.devnull, os.O_WRONLY, 0) for output in (1, 2))
    command = [sys.executable, "-I", "-S", __file__, tag]
    actions = [(os.POSIX_SPAWN_DUP2, read_fd, 0), *nothing]
    os.posix_spawn(sys.executable, command, os.environ, file_actions=actions, setsid=True)
    os.close(read_fd)


def _kill_when_stdin_ends(tag: str) -> None:
    sys.stdin.buffer.read()
    while pids := list(_tagged(f"{TAG}={tag}".encode())):  # again: a program may have started another meanwhile
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _tagged(entry: bytes) -> Iterator[int]:
    """Yield the processes with ``entry`` in their environment, without this one."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or belongs to another user
            if int(folder.name) != os.getpid() and entry in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)


if __name__ == "__main__":
    _kill_when_stdin_ends(sys.argv[1])
