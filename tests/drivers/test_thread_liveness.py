"""A device whose thread has stalled is never READY: each driver is frozen in turn."""

import os
import pty
import struct
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from keypad_rules import Clock

from config.settings import CounterStationSettings
from hardware.health.liveness import HUNG_AFTER_S, ThreadLiveness
from hardware.keypads import keymap
from hardware.keypads.evdev import EvdevPad
from hardware.keypads.handlers import DigitCollector
from hardware.keypads.kernel_keys import KEY_NAMES
from hardware.keypads.serial_keys import KeypadBuses, SerialPad
from hardware.open.signs import open_sign
from hardware.ports import DeviceHealth, HealthState
from hardware.scanners.serial_scanner import SerialScanner
from hardware.serial_bus.bus import SerialBuses
from hardware.simulated.terminal import Terminal
from hardware.speakers.mixer import Mixer
from support.waiting import PATIENCE_S, until

KEY_1 = next(code for code, name in KEY_NAMES.items() if name == "KEY_KP1")


@dataclass
class Frozen:
    """A device, a way to make its thread run into a wall, and the wall."""

    clock: Clock = field(default_factory=Clock)
    inside: threading.Event = field(default_factory=threading.Event)
    free: threading.Event = field(default_factory=threading.Event)
    health: Callable[[], DeviceHealth] = lambda: DeviceHealth(HealthState.UNKNOWN)
    strike: Callable[[], object] = lambda: None

    mistakes: list[Exception] = field(default_factory=list)

    def wall(self, *_: object) -> None:
        self.inside.set()
        if self.mistakes:
            self.clock.stop()  # nothing is tried again before the test has seen the fault
            raise self.mistakes.pop()
        self.free.wait()


def sign(of: Frozen, path: Path, held: ExitStack) -> None:
    """A sign whose neighbour on the line is the one that does not come back."""
    terminal = held.enter_context(closing(Terminal(path, lambda data: None)))
    buses = SerialBuses(of.clock)
    station = CounterStationSettings.model_validate(
        {"desks": [{"counter": "c1", "sign": {"kind": "cd5220", "port": str(path), "baud": 9600}}]}
    )
    driver = open_sign(station.desks[0].sign, buses, station.signs, "sign-c1")
    assert driver is not None
    held.enter_context(closing(driver))
    held.callback(buses.bus(str(path), 9600).listen(lambda data: of.wall() if data else None))
    of.health, of.strike = driver.health, lambda: terminal.send(b"x")


def serial_pad(of: Frozen, path: Path, held: ExitStack) -> None:
    terminal = held.enter_context(closing(Terminal(path, lambda data: None)))
    handler = DigitCollector(0.0, lambda press: None, of.wall)
    bus = KeypadBuses(SerialBuses(of.clock)).bus(str(path), 9600)
    pad = held.enter_context(closing(SerialPad(bus, {b"1": "1"}, handler, of.clock)))
    of.health, of.strike = pad.health, lambda: terminal.send(b"1")


def scanner(of: Frozen, path: Path, held: ExitStack) -> None:
    terminal = held.enter_context(closing(Terminal(path, lambda data: None)))
    driver = held.enter_context(closing(SerialScanner(SerialBuses(of.clock).bus(str(path), 9600), of.wall, of.clock)))
    of.health, of.strike = driver.health, lambda: terminal.send(b"code\r")


def evdev_pad(of: Frozen, path: Path, held: ExitStack) -> None:
    near, far = pty.openpty()
    held.callback(os.close, near)
    held.callback(os.close, far)
    tty.setraw(near)
    os.set_blocking(near, False)
    path.symlink_to(os.ttyname(far))
    handler = DigitCollector(0.0, lambda press: None, of.wall)
    pad = held.enter_context(closing(EvdevPad(str(path), keymap.evdev_keys({}), handler, of.clock)))
    of.health, of.strike = pad.health, lambda: os.write(near, struct.pack("@llHHi", 0, 0, 1, KEY_1, 1))


def mixer(of: Frozen, path: Path, held: ExitStack) -> None:
    driver = held.enter_context(closing(Mixer(of.clock, simulated=True)))
    of.health, of.strike = driver.health, lambda: driver.play(b"", of.wall)


@pytest.fixture(params=[sign, serial_pad, scanner, evdev_pad, mixer], ids=lambda owner: owner.__name__)
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Frozen]:
    of = Frozen()
    with ExitStack() as held:
        request.param(of, tmp_path / "device", held)
        held.callback(of.free.set)
        yield of


def test_a_device_whose_thread_has_stalled_is_unknown_until_it_runs_again(frozen: Frozen) -> None:
    until(lambda: frozen.health().state is HealthState.READY, frozen.health)
    frozen.strike()
    assert frozen.inside.wait(PATIENCE_S)
    assert frozen.health().state is HealthState.READY
    frozen.clock.ahead_s += HUNG_AFTER_S
    until(lambda: frozen.health().state is HealthState.UNKNOWN, frozen.health)
    assert "has stalled" in frozen.health().detail
    frozen.free.set()
    until(lambda: frozen.health().state is HealthState.READY, frozen.health)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_device_whose_thread_fails_reports_it_and_works_again(
    frozen: Frozen, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("config.threads.RESTART_AFTER_S", 0.3)
    until(lambda: frozen.health().state is HealthState.READY, frozen.health)
    frozen.free.set()
    frozen.mistakes.append(LookupError("a mistake of ours"))
    frozen.strike()
    until(lambda: "its thread failed: LookupError" in frozen.health().detail, frozen.health)
    assert frozen.health().state is HealthState.FAULT
    frozen.clock.run()
    frozen.clock.ahead_s += 60.0
    until(lambda: frozen.health().state is HealthState.READY, frozen.health)
    assert "a mistake of ours" in caplog.text
    frozen.inside.clear()
    frozen.strike()
    assert frozen.inside.wait(PATIENCE_S), "it is used as before"


def test_an_unused_device_stays_ready(frozen: Frozen) -> None:
    until(lambda: frozen.health().state is HealthState.READY, frozen.health)
    for _ in range(4):  # as if a second and more went by each time, in which nothing happens on the device
        frozen.clock.ahead_s += HUNG_AFTER_S + 1.0
        until(lambda: frozen.health().state is HealthState.READY, frozen.health)


def test_a_fault_needs_no_live_thread_and_sleep_is_limited() -> None:
    now = [100.0]
    liveness = ThreadLiveness(lambda: now[0])
    now[0] += 60.0
    trouble = DeviceHealth(HealthState.FAULT, "paper_out")
    assert liveness.unless_hung(trouble) == trouble
    assert liveness.unless_hung(DeviceHealth(HealthState.WARNING, "paper_near_end")).state is HealthState.UNKNOWN
    assert liveness.wake_by(None) == liveness.wake_by(1e9) == now[0] + 1.0
    assert liveness.wake_by(now[0] + 0.25) == now[0] + 0.25
