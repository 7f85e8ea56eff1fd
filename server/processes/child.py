"""One supervised child process: start, readiness, back-off and stop."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from server.processes.event_loop import EventLoop
from server.processes.output import OutputReader
from server.processes.probe import Probe
from server.processes.process_table import kill_session
from server.processes.program import Program

log = logging.getLogger("children")

DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")


class ChildState(StrEnum):
    """The state of a child process."""

    WAITING = "waiting"  # until the programs that it needs are ready
    STARTING = "starting"
    READY = "ready"  # its readiness check succeeded
    BACKING_OFF = "backing_off"  # it died; it starts again after a pause
    STOPPING = "stopping"  # it has received SIGTERM
    OFF = "off"  # switched off, or it refused its settings; no process runs


class Child:
    """A program and its process. Used only in the thread of ``loop``.

    ``on_change(child, reason)`` is called after each change of ``state``; the reason may be "". ``write_line`` receives
    the output; None: the child inherits the standard output and error of this process.
    """

    def __init__(
        self,
        program: Program,
        loop: EventLoop,
        mono_s: Callable[[], float],
        *,
        on_change: Callable[["Child", str], None],
        write_line: Callable[[bytes], None] | None,
    ) -> None:
        self.program = program
        self.state = ChildState.WAITING
        self.switched_on = True
        """Whether it is to run; a dead process is started again only then."""
        self.was_started = False
        """Whether it was started before; later starts do not wait for the programs that it needs."""
        self.refused_settings = False
        """Whether it exited with its ``fatal_exit_code``."""
        self.deadline_s: float | None = None
        """The time of the next action: to start again, or to kill; it depends on ``state``."""
        self._loop, self._mono_s, self._on_change, self._write_line = loop, mono_s, on_change, write_line
        self._process: subprocess.Popen[bytes] | None = None
        self._pidfd: int | None = None
        self._output: OutputReader | None = None
        self._probe: Probe | None = None
        self._failures = 0
        """Deaths since it was last ready for long; they lengthen the pause before the next start."""
        self._ready_since_s: float | None = None
        self._signal_when_ready: signal.Signals | None = None
        """Before that, the process has no handler for it yet and would die."""

    @property
    def pid(self) -> int | None:
        """The process id; None when no process runs."""
        process = self._process
        return None if process is None else process.pid

    # --- start ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the process. If it cannot be started, it is tried again as after a death."""
        self.was_started = True
        pipe = None if self._write_line is None else subprocess.PIPE
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), str(os.getpid()), *self.program.command],
                stdin=subprocess.DEVNULL,
                stdout=pipe,
                stderr=None if pipe is None else subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is received by this process only, which stops its children in order
            )
        except OSError as error:
            self._back_off(str(error))
            return
        self._process = process
        self._pidfd = os.pidfd_open(process.pid)
        self._loop.watch(self._pidfd, self._on_exit)
        if process.stdout is not None and self._write_line is not None:
            self._output = OutputReader(process.stdout, self._loop, self._write_line)
        self.deadline_s = self._mono_s() + self.program.ready_within_s
        self._set_state(ChildState.STARTING)
        self._probe = Probe(
            self.program,
            on_ready=lambda probe: self._loop.call(lambda: self._on_ready(probe)),
            on_unresponsive=lambda probe: self._loop.call(lambda: self._on_unresponsive(probe)),
        )

    def _on_ready(self, probe: Probe) -> None:
        if probe is self._probe and self.state is ChildState.STARTING:
            self.deadline_s = None
            self._ready_since_s = self._mono_s()
            self._set_state(ChildState.READY)
            if self._signal_when_ready is not None:
                self.signal_when_ready(self._signal_when_ready)

    def _on_unresponsive(self, probe: Probe) -> None:
        if probe is self._probe and self.state is ChildState.READY:
            log.error("%s: runs and does not respond; it is killed", self.program.name)
            self.kill()

    def signal_when_ready(self, number: signal.Signals) -> None:
        """Send a signal to the process, at once if it is ready."""
        is_ready = self.state is ChildState.READY and self._process is not None
        self._signal_when_ready = None if is_ready else number
        if is_ready and self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    # --- stop ----------------------------------------------------------------------------------------

    def switch(self, *, on: bool) -> None:
        """Switch the child off, or on again; it then starts without a pause."""
        self.switched_on = on
        if not on and self.state is not ChildState.STOPPING:
            self.stop()
        elif on and self.state is ChildState.OFF:
            self._failures = 0
            self._set_state(ChildState.WAITING)

    def stop(self) -> None:
        """Send SIGTERM to the process; it is killed after ``stop_within_s``."""
        self._cancel_probe()
        self.deadline_s = None
        if self._process is None:
            if self.state is not ChildState.OFF:
                self._set_state(ChildState.OFF)
            return
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        self.deadline_s = self._mono_s() + self.program.stop_within_s
        self._set_state(ChildState.STOPPING)

    def kill(self) -> None:
        """Kill the process and everything in its session."""
        if self._process is not None:
            kill_session(self._process.pid)

    def check_deadline(self, now_s: float) -> None:
        """Carry out the action of ``deadline_s``, if that time has passed."""
        if self.deadline_s is None or self.deadline_s > now_s:
            return
        self.deadline_s = None
        if self.state is ChildState.BACKING_OFF:
            self._set_state(ChildState.WAITING)
        elif self.state is ChildState.STARTING:
            log.warning("%s: not ready after %.0f s", self.program.name, self.program.ready_within_s)
            self.kill()
        elif self.state is ChildState.STOPPING:
            log.warning("%s: did not stop in %.0f s, killed", self.program.name, self.program.stop_within_s)
            self.kill()

    def kill_and_reap(self) -> None:
        """Kill and reap the process at once, without calling ``on_change``; it can be started again."""
        if self._process is not None:
            self._reap(self._process)
        self.state = ChildState.WAITING

    # --- end -----------------------------------------------------------------------------------------

    def _on_exit(self) -> None:
        assert self._process is not None
        code = self._reap(self._process)
        reason = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        if self.state is ChildState.STOPPING or not self.switched_on:
            self._set_state(ChildState.WAITING if self.switched_on else ChildState.OFF)
        elif code == self.program.fatal_exit_code:
            log.error("%s: refuses its settings (%s)", self.program.name, reason)
            self.refused_settings = True
            self._set_state(ChildState.OFF, reason)
        else:
            self._back_off(reason)

    def _reap(self, process: subprocess.Popen[bytes]) -> int:
        """Release everything that belongs to the process; return its exit code."""
        self._cancel_probe()
        self.deadline_s = None
        # Until the process is reaped, no other process can get its session id: kill its descendants now.
        kill_session(process.pid)
        code = process.wait()
        if self._pidfd is not None:
            self._loop.unwatch(self._pidfd)
            os.close(self._pidfd)
        if self._output is not None:
            self._output.read()
            self._output.close()
        self._process = self._pidfd = self._output = None
        return code

    def _back_off(self, reason: str) -> None:
        now_s = self._mono_s()
        if self._ready_since_s is not None and now_s - self._ready_since_s >= self.program.back_off.steady_s:
            self._failures = 0
        pause_s = self.program.back_off.pause_s(self._failures)
        self._failures += 1
        self._ready_since_s = None
        self.deadline_s = now_s + pause_s
        log.warning("%s: died (%s); starts again in %.1f s", self.program.name, reason, pause_s)
        self._set_state(ChildState.BACKING_OFF, reason)

    def _cancel_probe(self) -> None:
        if self._probe is not None:
            self._probe.cancel()
            self._probe = None

    def _set_state(self, state: ChildState, reason: str = "") -> None:
        self.state = state
        self._on_change(self, reason)
