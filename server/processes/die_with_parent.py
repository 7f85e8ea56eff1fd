"""Starts a program that the kernel kills when its parent process dies.

Run as a file: ``python -I -S die_with_parent.py PARENT_PID PROGRAM ARGUMENT…``. It requests the
signal SIGKILL at the death of its parent (``PR_SET_PDEATHSIG``) and then executes the program in its place. The request
survives ``execve``, so the program needs no change. A ``preexec_fn`` cannot do this: between ``fork`` and ``exec`` of a
process with threads hardly any code is safe to run, while here a new process runs it.

The kernel watches the *thread* that started this process, so that thread must live as long as the parent.
The signal is SIGKILL, because no process is left that could notice that a program ignores SIGTERM. Data that must
survive are already on disk.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
EX_OSERR = 71  # sysexits.h
CANNOT_RUN = 127  # as a shell reports it


def main() -> None:
    """Request the signal, then execute the program. Exit with 71 if the kernel refuses, 127 if it cannot be run."""
    parent_pid, *command = sys.argv[1:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        print(f"cannot be tied to the parent process: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
        raise SystemExit(EX_OSERR)
    if os.getppid() != int(parent_pid):  # the parent died before the request, so no signal will come
        raise SystemExit(0)
    try:
        os.execv(command[0], command)
    except OSError as error:
        print(f"cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        raise SystemExit(CANNOT_RUN) from error


if __name__ == "__main__":
    main()
