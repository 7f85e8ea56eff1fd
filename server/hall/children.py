"""The hall's child processes: started in order of need, restarted when they die, stopped in reverse.

One loop in the main thread (:meth:`Children.run`) does everything: it sleeps in ``select`` on the children's
process descriptors, on what they write, and on an inbox that other threads put orders into.
"""

import logging
import math
import os
import queue
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from config.notify import NOBODY, Supervisor
from server.hall.processes import end_session

log = logging.getLogger("hall")

EX_CONFIG = 78
TETHER = Path(__file__).with_name("tether.py")
BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
STEADY_S = 10.0  # ready for so long: what happened before is forgotten
TRY_EVERY_S = 0.02


class Life(StrEnum):
    WAITING = "waiting"  # for what it needs
    STARTING = "starting"
    READY = "ready"
    RESTING = "resting"  # it died; it starts again after the back-off
    STOPPING = "stopping"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Spec:
    """One program of the hall. ``ready`` makes one attempt, bounded by itself, and may block for a second."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    needs: tuple[str, ...] = ()
    ready_within_s: float = 30.0


@dataclass(slots=True)
class _Child:
    spec: Spec
    life: Life = Life.WAITING
    wanted: bool = True
    process: subprocess.Popen[bytes] | None = None
    watched: int | None = None  # the process descriptor
    generation: int = 0
    failures: int = 0
    due_s: float | None = None  # start again, or kill, or give up waiting: what it means follows from ``life``
    ready_since_s: float | None = None
    unsaid: bytes = b""
    cancelled: threading.Event = field(default_factory=threading.Event)


class Output(Protocol):
    """Where the lines of the children go."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...


class Children:
    """All children of one hall. ``said`` is told (name, life, reason) from the loop's thread at every change."""

    def __init__(
        self,
        specs: Sequence[Spec],
        *,
        mono_s: Callable[[], float],
        said: Callable[[str, Life, str], None],
        out: Output,
        stop_within_s: float = 5.0,
        environment: Mapping[str, str] | None = None,
        supervisor: Supervisor = NOBODY,
    ) -> None:
        self._children = {spec.name: _Child(spec) for spec in specs}
        self._mono_s = mono_s
        self._said = said
        self._out = out
        self._stop_within_s = stop_within_s
        self._environment = environment
        self._supervisor = supervisor
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._selector = selectors.DefaultSelector()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._selector.register(self._wake, selectors.EVENT_READ, self._heard_orders)
        self._stopping = False
        self._exit_code = 0

    # --- from any thread ------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop everything; said twice, kill everything."""
        self._order(self._begin_stop)

    def switch(self, name: str, *, on: bool) -> None:
        """Switch one child off or on again. Raises ``KeyError`` for a name the hall does not have."""
        child = self._children[name]
        self._order(lambda: self._switch(child, on=on))

    @property
    def stopping(self) -> bool:
        """Whether the hall is on its way to its end."""
        return self._stopping

    def lives(self) -> dict[str, Life]:
        """How every child is now."""
        return {name: child.life for name, child in self._children.items()}

    def pid(self, name: str) -> int | None:
        """The process of a running child. Raises ``KeyError`` for a name the hall does not have."""
        process = self._children[name].process
        return None if process is None else process.pid

    def _order(self, order: Callable[[], None]) -> None:
        self._orders.put(order)
        os.eventfd_write(self._wake, 1)

    # --- the loop ------------------------------------------------------------------------------------

    def run(self) -> int:
        """Run until stopped; the exit code: 0, or 78 when a child refused its settings."""
        try:
            while not (self._stopping and self._all_off()):
                self._start_what_can()
                for key, _ in self._selector.select(self._sleep_s()):
                    key.data()
                self._look_at_the_clock()
                self._supervisor.alive()
        finally:
            self._kill_all()
            self._selector.close()
            os.close(self._wake)
        return self._exit_code

    def _all_off(self) -> bool:
        return all(child.process is None for child in self._children.values())

    def _sleep_s(self) -> float:
        dues = [child.due_s for child in self._children.values() if child.due_s is not None]
        return self._supervisor.within(max(0.0, min(dues) - self._mono_s()) if dues else math.inf)

    def _heard_orders(self) -> None:
        with suppress(BlockingIOError):
            os.eventfd_read(self._wake)
        with suppress(queue.Empty):
            while True:
                self._orders.get_nowait()()

    def _look_at_the_clock(self) -> None:
        now_s = self._mono_s()
        for child in self._children.values():
            if child.due_s is None or child.due_s > now_s:
                continue
            child.due_s = None
            if child.life is Life.RESTING:
                self._change(child, Life.WAITING)
            elif child.life is Life.STARTING:
                log.warning("%s: not ready after %.0f s", child.spec.name, child.spec.ready_within_s)
                self._signal(child, signal.SIGKILL)
            elif child.life is Life.STOPPING:
                log.warning("%s: did not stop in %.0f s, killed", child.spec.name, self._stop_within_s)
                self._signal(child, signal.SIGKILL)

    # --- starting ------------------------------------------------------------------------------------

    def _start_what_can(self) -> None:
        if self._stopping:
            self._stop_what_can()
            return
        for child in self._children.values():
            needs = (self._children[name].life is Life.READY for name in child.spec.needs)
            if child.life is Life.WAITING and child.wanted and (child.generation > 0 or all(needs)):
                self._start(child)

    def _start(self, child: _Child) -> None:
        tether = (sys.executable, "-I", "-S", str(TETHER), str(os.getpid()))
        process = subprocess.Popen(
            [*tether, *child.spec.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C at the terminal is for the hall alone, which stops in order
            env=None if self._environment is None else dict(self._environment),
        )
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ, lambda: self._heard(child))
        child.process, child.generation = process, child.generation + 1
        child.watched = os.pidfd_open(process.pid)
        self._selector.register(child.watched, selectors.EVENT_READ, lambda: self._ended(child))
        child.due_s = self._mono_s() + child.spec.ready_within_s
        child.cancelled = threading.Event()
        self._change(child, Life.STARTING)
        threading.Thread(
            target=self._await_ready,
            args=(child, child.generation, child.cancelled),
            name=f"ready-{child.spec.name}",
            daemon=True,
        ).start()

    def _await_ready(self, child: _Child, generation: int, cancelled: threading.Event) -> None:
        """A thread: attempt after attempt, until one succeeds or the start is called off."""
        while not child.spec.ready():
            if cancelled.wait(TRY_EVERY_S):
                return
        if not cancelled.is_set():
            self._order(lambda: self._is_ready(child, generation))

    def _is_ready(self, child: _Child, generation: int) -> None:
        if child.life is Life.STARTING and child.generation == generation:
            child.due_s = None
            child.ready_since_s = self._mono_s()
            self._change(child, Life.READY)

    # --- ending --------------------------------------------------------------------------------------

    def _begin_stop(self) -> None:
        if self._stopping:
            for child in self._children.values():
                self._signal(child, signal.SIGKILL)
        self._stopping = True

    def _stop_what_can(self) -> None:
        """A child is asked to stop when everything that needs it is gone: the start in reverse."""
        for name, child in self._children.items():
            needed = any(name in other.spec.needs and other.process is not None for other in self._children.values())
            if not needed and child.life is not Life.STOPPING:
                self._stop(child)

    def _stop(self, child: _Child) -> None:
        child.cancelled.set()
        child.due_s = None
        if child.process is None:
            if child.life is not Life.OFF:
                self._change(child, Life.OFF)
            return
        self._signal(child, signal.SIGTERM)
        child.due_s = self._mono_s() + self._stop_within_s
        self._change(child, Life.STOPPING)

    def _switch(self, child: _Child, *, on: bool) -> None:
        if self._stopping:
            return
        child.wanted = on
        if not on and child.life is not Life.STOPPING:
            self._stop(child)
        elif on and child.life is Life.OFF:
            child.failures = 0
            self._change(child, Life.WAITING)

    def _ended(self, child: _Child) -> None:
        process, watched = child.process, child.watched
        assert process is not None and watched is not None
        # Before it is reaped its id cannot be anybody else's: what it left behind in its session goes with it.
        self._signal(child, signal.SIGKILL)
        code = process.wait()
        self._selector.unregister(watched)
        os.close(watched)
        self._heard(child)
        self._close_output(child)
        child.process = child.watched = child.due_s = None
        child.cancelled.set()
        if child.life is Life.STOPPING or self._stopping:
            self._change(child, Life.OFF if self._stopping or not child.wanted else Life.WAITING)
            return
        self._died(child, code)

    def _died(self, child: _Child, code: int) -> None:
        reason = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        if code == EX_CONFIG:
            log.error("%s: refuses its settings (%s); the hall stops", child.spec.name, reason)
            self._exit_code = EX_CONFIG
            self._stopping = True
            self._change(child, Life.OFF, reason)
            return
        now_s = self._mono_s()
        steady = child.ready_since_s is not None and now_s - child.ready_since_s >= STEADY_S
        child.failures = 0 if steady else child.failures
        rest_s = BACK_OFF_S[min(child.failures, len(BACK_OFF_S) - 1)]
        child.failures += 1
        child.ready_since_s = None
        child.due_s = now_s + rest_s
        log.warning("%s: died (%s); starts again in %.1f s", child.spec.name, reason, rest_s)
        self._change(child, Life.RESTING, reason)

    def _kill_all(self) -> None:
        """Whatever way the loop ends, nobody stays behind."""
        for child in self._children.values():
            child.cancelled.set()
            if child.process is not None:
                self._signal(child, signal.SIGKILL)
                child.process.wait()
                self._close_output(child)
            if child.watched is not None:
                os.close(child.watched)

    def _signal(self, child: _Child, number: signal.Signals) -> None:
        if child.process is None:
            return
        with suppress(ProcessLookupError):
            if number is signal.SIGKILL:
                end_session(child.process.pid)
            else:
                child.process.send_signal(number)

    # --- what they say -------------------------------------------------------------------------------

    def _heard(self, child: _Child) -> None:
        process = child.process
        if process is None or process.stdout is None or process.stdout.closed:
            return
        piece = b""
        with suppress(BlockingIOError):
            piece = os.read(process.stdout.fileno(), 65536)
            if not piece:  # it closed its output; that it ends is seen elsewhere
                self._close_output(child)
        *lines, child.unsaid = (child.unsaid + piece).split(b"\n")
        for line in lines:
            self._write(child.spec.name, line)

    def _close_output(self, child: _Child) -> None:
        process = child.process
        if process is None or process.stdout is None or process.stdout.closed:
            return
        if child.unsaid:
            self._write(child.spec.name, child.unsaid)
            child.unsaid = b""
        self._selector.unregister(process.stdout)
        process.stdout.close()

    def _write(self, name: str, line: bytes) -> None:
        self._out.write(f"{name:>9} | {line.decode('utf-8', 'replace')}\n")
        self._out.flush()

    def _change(self, child: _Child, life: Life, reason: str = "") -> None:
        child.life = life
        self._said(child.spec.name, life, reason)
