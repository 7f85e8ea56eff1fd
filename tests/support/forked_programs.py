"""Start our programs by fork from a process that has imported them.

A start then costs half the processor time.

A test process has one such parent of programs (``program_parent``). A program runs as with ``python -m``, as a child of
the test process; only its imports are done already. ``/proc`` shows the parent's command line and environment for it.
"""

import array
import ctypes
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from support import leaks

ROOT = Path(__file__).parents[2]
SET_CHILD_SUBREAPER = 36
"""The option of ``prctl``."""
STREAMS = slice(10, 16)
"""The ends of the standard streams among the parameters of ``Popen._execute_child``."""


def start_program(arguments: Sequence[str], log: Path, **variables: str) -> "ForkedProgram":
    """Start ``-m module`` or a script, with its arguments; append its output to ``log``.

    ``variables``: of its environment, beside those of this process.
    """
    with log.open("ab") as sink:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
        return ForkedProgram(arguments, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=ROOT, env=environment)


class ForkedProgram(subprocess.Popen[bytes]):
    """A process that the parent of programs forks. All three standard streams must be given."""

    def _execute_child(self, *parameters: Any) -> None:
        arguments, _, _, _, _, folder, environment = parameters[:7]
        stdin, _, _, stdout, _, stderr = parameters[STREAMS]
        request = json.dumps({"arguments": list(arguments), "folder": str(folder), "environment": environment})
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [stdin, stdout, stderr]))]
        parent = _parent()
        with _adopting():
            parent.sendmsg([request.encode()], rights)
            self.pid = int(parent.recv(32))
        self._child_created = True
        self._close_pipe_fds(*parameters[STREAMS])  # type: ignore[attr-defined]


@contextmanager
def _adopting() -> Iterator[None]:
    """Make this process the parent of descendants whose own parent ends meanwhile."""
    prctl = ctypes.CDLL(None).prctl
    prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@cache
def _parent() -> socket.socket:
    """Start the parent of programs, which ends with this process; return the connection to it."""
    with leaks.excused("session"):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            os.posix_spawn(
                sys.executable,
                [sys.executable, str(Path(__file__).with_name("program_parent.py"))],
                os.environ | {"PYTHONPATH": str(ROOT)},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, theirs.fileno(), 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                ],
            )
        return ours
