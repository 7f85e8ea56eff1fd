"""What the page and the demo may ask of the hall itself: its speed, its power, its visitors."""

import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from config.clock import Clock, write_pace
from server.hall.children import Children, Life
from server.hall.processes import child_running
from server.hall.scene import Line, Scene

log = logging.getLogger("hall")

# A word in the command line of the broker that the server keeps, by kind of broker.
BROKERS = {"embedded": "server.embedded", "mosquitto": "mosquitto"}


class Demo(Protocol):
    """Who plays visitors and clerks."""

    def add_visitor(self) -> None: ...

    def begin(self) -> None: ...

    def end(self) -> None: ...

    def set_speed(self, speed: float) -> None:
        """The clock runs at this speed now."""


class Stagehand:
    """Turns the hall's own switches. Thread-safe; everything it does is said in the log of the page."""

    def __init__(self, scene: Scene, clock: Clock, pace: Path, broker: str) -> None:
        self._scene, self._clock, self._pace, self._broker = scene, clock, pace, broker
        self._children: Children | None = None
        self._demo: Demo | None = None
        self._speed = 1.0
        self._broker_stopped: int | None = None

    def direct(self, children: Children, demo: Demo) -> None:
        """Give it what it turns; before that its switches do nothing."""
        self._children, self._demo = children, demo
        self._scene.put("power", {"server": False} | ({"broker": False} if self._broker in BROKERS else {}))

    # --- the clock -----------------------------------------------------------------------------------

    @property
    def speed(self) -> float:
        return self._speed

    def set_speed(self, speed: float) -> None:
        """From this moment on the wall and the queue's clock run ``speed`` times as fast as real time."""
        now = self._clock.now()
        write_pace(self._pace, wall_ms=now.wall_ms, ran_ms=now.boot_ms, boot_ms=round(now.mono_s * 1000), speed=speed)
        self._speed = speed
        self._scene.put("speed", round(speed))
        self._say("speed", n=f"{speed:g}")
        if self._demo is not None:
            self._demo.set_speed(speed)

    # --- power ---------------------------------------------------------------------------------------

    def power(self, name: str, *, on: bool) -> None:
        """Switch the server or the broker; saying the same again does nothing. Raises ``KeyError``."""
        switch: Callable[..., None] = {"server": self._power_server, "broker": self._power_broker}[name]
        state = dict(self._scene.get("power") or {})
        if state.get(name) == (not on) or self._children is None:
            return
        switch(on=on)

    def _power_server(self, *, on: bool) -> None:
        assert self._children is not None
        if not on:
            self._wake_broker()
        self._children.switch("server", on=on)
        self._said_power("server", on=on)

    def _power_broker(self, *, on: bool) -> None:
        """A broker that stands still is what a pulled cable looks like; the server would restart a dead one."""
        assert self._children is not None
        if on:
            self._wake_broker()
            return
        server = self._children.pid("server")
        pid = child_running(server, BROKERS[self._broker]) if server is not None else None
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            self._broker_stopped = pid
            self._said_power("broker", on=False)

    def _wake_broker(self) -> None:
        if self._broker_stopped is None:
            return
        with suppress(ProcessLookupError):
            os.kill(self._broker_stopped, signal.SIGCONT)
        self._broker_stopped = None
        self._said_power("broker", on=True)

    def close(self) -> None:
        """A broker that stands still could not end when it is told to."""
        self._wake_broker()

    def _said_power(self, name: str, *, on: bool) -> None:
        self._scene.put("power", dict(self._scene.get("power") or {}) | {name: not on})
        self._say("fault_off" if on else "fault_on", kind="power", fault=name, counter="", device="hall")

    # --- visitors ------------------------------------------------------------------------------------

    def add_visitor(self) -> None:
        """One more person comes to the kiosk."""
        if self._demo is not None:
            self._say("visitor")
            self._demo.add_visitor()

    def play_morning(self, *, on: bool) -> None:
        """Begin or end the sample morning."""
        if self._demo is not None:
            (self._demo.begin if on else self._demo.end)()

    # --- what happened -------------------------------------------------------------------------------

    def child_said(self, name: str, life: Life, reason: str) -> None:
        """The supervisor's voice, into the log of the page."""
        if name == "server" and life is Life.OFF:
            self._broker_stopped = None
            self._scene.put("fresh", value=False)
        what = f"program_{life}"
        if life in (Life.STARTING, Life.READY, Life.RESTING, Life.OFF):
            self._say(what, program=name, reason=reason)
        if life in (Life.READY, Life.OFF):
            log.info("%s: %s", name, life)

    def _say(self, what: str, **values: str) -> None:
        self._scene.happened(Line(self._clock.now().wall_ms, what, values))
