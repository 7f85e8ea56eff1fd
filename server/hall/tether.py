"""Ties a program to the hall that starts it: when the hall dies, however it dies, the program dies too.

Run as a file: ``python -I -S tether.py HALL_PID PROGRAM ARGUMENT…``. It asks the kernel to be killed together
with its parent (``PR_SET_PDEATHSIG``) and then *becomes* the program. The request survives ``execve``, so the
program needs to know nothing of it. Doing it here and not in a ``preexec_fn`` matters: between ``fork`` and
``exec`` of a process with threads hardly any code is safe to run, while here a whole new process runs it.

The kernel watches the *thread* that started us, so the hall starts its children from its main thread only.
The signal is SIGKILL, since nobody is left who could notice that something gentler was not obeyed; what must
survive such a death is on disk by then, and the broker ends because its standard input closes.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask to die with the parent, then become the program. Exit code 71 when the kernel refuses."""
    hall, *command = sys.argv[1:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        print(f"cannot be tied to the hall: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
        raise SystemExit(71)  # sysexits.h: operating system error
    if os.getppid() != int(hall):  # it died before we asked: nobody would ever tell us
        raise SystemExit(0)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
