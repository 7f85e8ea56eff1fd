"""The hall's own controls for the page: speed, power, visitors, sample morning."""

import logging
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from config.clock import Clock, write_demo_clock
from server.hall.virtual.state import HallState, LogEntry
from server.processes.child import ChildState
from server.processes.process_table import find_child
from server.processes.supervisor import ChildSupervisor

log = logging.getLogger("hall")

# A word in the command line of the broker's process, by kind of broker.
BROKER_COMMANDS = {"embedded": "server.messaging.embedded_broker", "mosquitto": "mosquitto"}
LOGGED_STATES = (ChildState.STARTING, ChildState.READY, ChildState.BACKING_OFF, ChildState.OFF)


class Demo(Protocol):
    """The methods of the demonstration that the page uses; see ``DemoPlayer``."""

    def add_visitor(self) -> None: ...

    def begin(self) -> None:
        """Begin the sample morning."""

    def end(self) -> None:
        """End it."""

    def set_speed(self, speed: float) -> None:
        """Set the clock's speed, from which the sleeping times follow."""


class HallControls:
    """Carries out the page's commands to the hall itself, and logs them on the page. Thread-safe.

    ``clock_file``: the file of the demonstration's clock; ``broker_kind``: the setting ``broker.kind``.
    """

    def __init__(self, state: HallState, clock: Clock, clock_file: Path, broker_kind: str) -> None:
        self._state, self._clock, self._clock_file, self._broker_kind = state, clock, clock_file, broker_kind
        self._supervisor: ChildSupervisor | None = None
        self._demo: Demo | None = None
        self._speed = 1.0
        self._suspended_broker_pid: int | None = None

    def connect(self, supervisor: ChildSupervisor, demo: Demo) -> None:
        """Set the supervisor and the demonstration; before that the controls have no effect."""
        self._supervisor, self._demo = supervisor, demo
        is_off = {"server": False} | ({"broker": False} if self._broker_kind in BROKER_COMMANDS else {})
        self._state.put("power", is_off)

    # --- the clock -----------------------------------------------------------------------------------

    @property
    def speed(self) -> float:
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Run wall clock and queue clock ``speed`` times as fast as real time."""
        now = self._clock.now()
        write_demo_clock(
            self._clock_file, wall_ms=now.wall_ms, ran_ms=now.boot_ms, boot_ms=round(now.mono_s * 1000), speed=speed
        )
        self._speed = speed
        self._state.put("speed", round(speed))
        self._log("speed_changed", n=f"{speed:g}")
        if self._demo is not None:
            self._demo.set_speed(speed)

    # --- power ---------------------------------------------------------------------------------------

    def switch_power(self, name: str, *, on: bool) -> None:
        """Switch the server or the broker; a repeated switch has no effect. Raises ``KeyError``."""
        if name not in ("server", "broker"):
            raise KeyError(name)
        is_off = dict(self._state.get("power") or {})
        if is_off.get(name) == (not on) or self._supervisor is None:
            return
        if name == "server":
            self._switch_server(self._supervisor, on=on)
        else:
            self._switch_broker(self._supervisor, on=on)

    def _switch_server(self, supervisor: ChildSupervisor, *, on: bool) -> None:
        if not on:
            self._resume_broker()
        supervisor.switch("server", on=on)
        self._record_power("server", on=on)

    def _switch_broker(self, supervisor: ChildSupervisor, *, on: bool) -> None:
        """Suspend the broker's process, as if its cable were pulled.

        A killed process would be restarted at once.
        """
        if on:
            self._resume_broker()
            return
        server = supervisor.pid("server")
        pid = find_child(server, BROKER_COMMANDS[self._broker_kind]) if server is not None else None
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            self._suspended_broker_pid = pid
            self._record_power("broker", on=False)

    def _resume_broker(self) -> None:
        if self._suspended_broker_pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(self._suspended_broker_pid, signal.SIGCONT)
        self._suspended_broker_pid = None
        self._record_power("broker", on=True)

    def close(self) -> None:
        """Resume a suspended broker, which could not end otherwise."""
        self._resume_broker()

    def _record_power(self, name: str, *, on: bool) -> None:
        """Show on the page and in its log that the power was switched."""
        self._state.put("power", dict(self._state.get("power") or {}) | {name: not on})
        self._log("fault_ended" if on else "fault_began", kind="power", fault=name, counter="", device="hall")

    # --- visitors ------------------------------------------------------------------------------------

    def add_visitor(self) -> None:
        """Send one more visitor to the kiosk."""
        if self._demo is not None:
            self._log("visitor_added")
            self._demo.add_visitor()

    def play_morning(self, *, on: bool) -> None:
        """Begin (``on``) or end the sample morning."""
        if self._demo is not None:
            (self._demo.begin if on else self._demo.end)()

    # --- the log -------------------------------------------------------------------------------------

    def child_changed(self, name: str, child_state: ChildState, reason: str) -> None:
        """Log a change of a child process on the page."""
        if name == "server" and child_state is ChildState.OFF:
            self._suspended_broker_pid = None
            self._state.put("fresh", value=False)
        if child_state in LOGGED_STATES:
            self._log(f"program_{child_state}", program=name, reason=reason)
        if child_state in (ChildState.READY, ChildState.OFF):
            log.info("%s: %s", name, child_state)

    def _log(self, event: str, **values: str) -> None:
        self._state.add_log(LogEntry(self._clock.now().wall_ms, event, values))
