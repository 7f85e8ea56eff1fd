"""A Debian 12 that systemd-nspawn boots, with a network of its own."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

RELEASES = {"first": "0.0.1", "second": "0.0.2", "bad": "0.0.3", "last": "0.0.4"}
"""Folders with one source under four versions; the kiosk of "bad" ends at once."""

TIMEOUT_S = 120.0


class BrokenPromise(Exception):
    """A promise of the set-up that is not kept."""


class Container:
    """The container, of which ``folder / "box"`` is the root."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "box"
        self._nspawn: subprocess.Popen[bytes] | None = None

    def boot(self) -> None:
        """Boot it, and wait until systemd says that everything has started."""
        binds = [f"--bind-ro={self.folder / name}:/{name}" for name in ("wheels", *RELEASES)]
        command = ["systemd-nspawn", "-q", "-D", str(self.root), "--register=no", "--keep-unit", "--private-network"]
        log = (self.folder / "console.log").open("ab")
        self._nspawn = subprocess.Popen(
            [*command, *binds, "-b", "--console=pipe"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        started = ("running", "degraded")
        self.wait_until("the machine is up", lambda: self.output_of("systemctl", "is-system-running") in started)

    def cut_power(self) -> None:
        """End every process of the machine at once."""
        assert self._nspawn is not None
        os.kill(self._init_pid(), signal.SIGKILL)
        self._nspawn.wait()

    def run(self, *command: str) -> str:
        """Return the output of a command. Raises :class:`BrokenPromise` with that output when it fails."""
        completed = self._run(command)
        if completed.returncode != 0:
            output = f"{completed.stdout[-3000:]}{completed.stderr[-3000:]}"
            raise BrokenPromise(f"{' '.join(command)}: exit code {completed.returncode}\n{output}")
        return completed.stdout.strip()

    def refuses(self, *command: str) -> str:
        """Return the output of a command that must fail. Raises :class:`BrokenPromise` when it does not."""
        completed = self._run(command)
        if completed.returncode == 0:
            raise BrokenPromise(f"{' '.join(command)} succeeded, and should not have:\n{completed.stdout[-3000:]}")
        return completed.stdout + completed.stderr

    def output_of(self, *command: str) -> str:
        """Return the output of a command, however it ended; "" while the machine is off."""
        try:
            return self._run(command).stdout.strip()
        except BrokenPromise:
            return ""

    def wait_until(self, description: str, condition: Callable[[], object], within_s: float = TIMEOUT_S) -> float:
        """Wait until ``condition`` returns true; return the seconds that it took."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > within_s:
                raise BrokenPromise(f"not within {within_s:.0f} s: {description}")
            time.sleep(0.2)
        return time.monotonic() - began

    def show(self, unit: str, name: str) -> str:
        """Return a property of one of our units."""
        return self.output_of("systemctl", "show", "-p", name, "--value", f"luot-{unit}")

    def active(self, *units: str) -> bool:
        """Return whether all these units are active."""
        return all(self.show(unit, "ActiveState") == "active" for unit in units)

    def start_command(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a command and return its process outside."""
        quiet = subprocess.DEVNULL
        return subprocess.Popen(self._inside(command), stdout=quiet, stderr=quiet)

    def close(self) -> None:
        """Switch it off, if it is on."""
        if self._nspawn is not None and self._nspawn.poll() is None:
            self.cut_power()

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self._inside(command), capture_output=True, text=True, check=False)

    def _inside(self, command: Sequence[str]) -> list[str]:
        clean = ["env", "-i", "PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
        return ["nsenter", "-t", str(self._init_pid()), "-a", *clean, *command]

    def _init_pid(self) -> int:
        """Return the id, outside, of the first process inside."""
        assert self._nspawn is not None
        pid = self._nspawn.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        if not children:
            raise BrokenPromise("the machine is off")
        return int(children[0])
