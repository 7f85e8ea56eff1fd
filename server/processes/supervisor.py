"""Supervises child processes: ordered start, restart after a death, stop in reverse.

One loop in one thread (:meth:`ChildSupervisor.run`) does all this: it sleeps until a process ends or writes, or until
another thread calls a method.
"""

import math
from collections.abc import Callable, Sequence
from signal import Signals
from typing import Protocol

from config.notify import NO_NOTIFIER, SystemdNotifier
from server.processes.child import Child, ChildState
from server.processes.event_loop import EventLoop
from server.processes.program import Program

OnChange = Callable[[str, ChildState, str], None]
"""(name, state, reason): see :class:`ChildSupervisor`."""


class TextOutput(Protocol):
    """Receives the output lines of the children."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...


class ChildSupervisor:
    """All children of one program.

    ``on_change`` is called in the loop's thread with the program's name, its new state and the reason, which may be "".
    Each line of the children goes to ``output`` with the program's name before it; without ``output`` they inherit the
    standard output and error of this process.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        mono_s: Callable[[], float],
        on_change: OnChange,
        output: TextOutput | None = None,
        notifier: SystemdNotifier = NO_NOTIFIER,
    ) -> None:
        self._mono_s, self._on_change, self._output, self._notifier = mono_s, on_change, output, notifier
        self._loop = EventLoop()
        self._children = {program.name: self._child(program) for program in programs}
        self._stopping = False
        """Whether all children are being stopped, after which ``run`` returns."""
        self._exit_code = 0

    # --- from any thread ------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop all children; called twice, kill them."""
        self._loop.call(self._stop_or_kill)

    def switch(self, name: str, *, on: bool) -> None:
        """Switch one child off or on again. Raises ``KeyError`` for an unknown name."""
        child = self._children[name]
        self._loop.call(lambda: None if self._stopping else child.switch(on=on))

    def signal(self, name: str, number: Signals) -> None:
        """Send a signal to one child as soon as it is ready. Raises ``KeyError`` for an unknown name."""
        child = self._children[name]
        self._loop.call(lambda: child.signal_when_ready(number))

    @property
    def is_stopping(self) -> bool:
        """True once the children are being stopped for good."""
        return self._stopping

    def states(self) -> dict[str, ChildState]:
        """Return the state of every child by name."""
        return {name: child.state for name, child in self._children.items()}

    def pid(self, name: str) -> int | None:
        """Return the process id of a running child. Raises ``KeyError`` for an unknown name."""
        return self._children[name].pid

    # --- the loop ------------------------------------------------------------------------------------

    def run(self) -> int:
        """Run until stopped; return 0, or the fatal exit code of a child.

        When it returns or raises, no child is left running. After an error it can be called again, in the same thread.
        """
        try:
            while not (self._stopping and all(child.pid is None for child in self._children.values())):
                if self._stopping:
                    self._stop_unneeded()
                else:
                    self._start_waiting()
                self._loop.wait(self._sleep_s())
                now_s = self._mono_s()
                for child in self._children.values():
                    child.check_deadline(now_s)
                self._notifier.alive()
        finally:
            for child in self._children.values():
                child.kill_and_reap()
        return self._exit_code

    def close(self) -> None:
        """Release the loop's descriptors, when ``run`` has returned."""
        self._loop.close()

    def _sleep_s(self) -> float:
        deadlines_s = [child.deadline_s for child in self._children.values() if child.deadline_s is not None]
        sleep_s = max(0.0, min(deadlines_s) - self._mono_s()) if deadlines_s else math.inf
        return self._notifier.limit_wait(sleep_s)

    def _start_waiting(self) -> None:
        for child in self._children.values():
            needs_are_ready = all(self._children[name].state is ChildState.READY for name in child.program.needs)
            if child.state is ChildState.WAITING and child.switched_on and (child.was_started or needs_are_ready):
                child.start()

    def _stop_or_kill(self) -> None:
        if self._stopping:
            for child in self._children.values():
                child.kill()
        self._stop_for_good()

    def _stop_for_good(self) -> None:
        self._stopping = True
        for child in self._children.values():
            child.switched_on = False

    def _stop_unneeded(self) -> None:
        """Stop each child that no running child needs: in the reverse order of the start."""
        for name, child in self._children.items():
            is_needed = any(name in other.program.needs and other.pid is not None for other in self._children.values())
            if not is_needed and child.state is not ChildState.STOPPING:
                child.stop()

    # --- a child -------------------------------------------------------------------------------------

    def _child(self, program: Program) -> Child:
        output = self._output

        def write_line(line: bytes) -> None:
            assert output is not None
            output.write(f"{program.name:>9} | {line.decode('utf-8', 'replace')}\n")
            output.flush()

        return Child(
            program,
            self._loop,
            self._mono_s,
            on_change=self._child_changed,
            write_line=None if output is None else write_line,
        )

    def _child_changed(self, child: Child, reason: str) -> None:
        if child.refused_settings:
            self._exit_code = child.program.fatal_exit_code or 0
            self._stop_for_good()
        self._on_change(child.program.name, child.state, reason)
