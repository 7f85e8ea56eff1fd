"""A device whose thread stands still is never called well: each driver is frozen, and says that it does not know."""

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

from config.settings import CounterStation
from hardware.keypads import keymap
from hardware.keypads.evdev import EvdevPad
from hardware.keypads.kernel_keys import NAMES
from hardware.keypads.keying import Keying
from hardware.keypads.serial_keys import KeyLines, SerialPad
from hardware.lines.lines import Lines
from hardware.open_signs import open_sign
from hardware.ports import Health, State
from hardware.scanners.serial_scanner import SerialScanner
from hardware.simulated.terminal import Terminal
from hardware.speakers.mixer import Mixer
from hardware.turning import STILL_S, Turning
from waiting import PATIENCE_S, until

KEY_1 = next(code for code, name in NAMES.items() if name == "KEY_KP1")


@dataclass
class Frozen:
    """A device, a way to make its thread run into a wall, and the wall."""

    clock: Clock = field(default_factory=Clock)
    inside: threading.Event = field(default_factory=threading.Event)
    free: threading.Event = field(default_factory=threading.Event)
    health: Callable[[], Health] = lambda: Health(State.UNKNOWN)
    strike: Callable[[], object] = lambda: None

    mistakes: list[Exception] = field(default_factory=list)

    def wall(self, *_: object) -> None:
        self.inside.set()
        if self.mistakes:
            raise self.mistakes.pop()
        self.free.wait()


def sign(of: Frozen, path: Path, held: ExitStack) -> None:
    """A sign whose neighbour on the line is the one that does not come back."""
    terminal = held.enter_context(closing(Terminal(path, lambda data: None)))
    lines = Lines(of.clock)
    told = CounterStation.model_validate(
        {"desks": [{"counter": "c1", "sign": {"kind": "cd5220", "port": str(path), "baud": 9600}}]}
    )
    one = open_sign(told.desks[0].sign, lines, told.signs, "sign-c1")
    assert one is not None
    held.enter_context(closing(one))
    held.callback(lines.line(str(path), 9600).listen(lambda data: of.wall() if data else None))
    of.health, of.strike = one.health, lambda: terminal.send(b"x")


def serial_pad(of: Frozen, path: Path, held: ExitStack) -> None:
    terminal = held.enter_context(closing(Terminal(path, lambda data: None)))
    meaning = Keying(0.0, lambda press: None, of.wall)
    line = KeyLines(Lines(of.clock)).line(str(path), 9600)
    pad = held.enter_context(closing(SerialPad(line, {b"1": "1"}, meaning, of.clock)))
    of.health, of.strike = pad.health, lambda: terminal.send(b"1")


def scanner(of: Frozen, path: Path, held: ExitStack) -> None:
    terminal = held.enter_context(closing(Terminal(path, lambda data: None)))
    one = held.enter_context(closing(SerialScanner(Lines(of.clock).line(str(path), 9600), of.wall, of.clock)))
    of.health, of.strike = one.health, lambda: terminal.send(b"code\r")


def evdev_pad(of: Frozen, path: Path, held: ExitStack) -> None:
    near, far = pty.openpty()
    held.callback(os.close, near)
    held.callback(os.close, far)
    tty.setraw(near)
    os.set_blocking(near, False)
    path.symlink_to(os.ttyname(far))
    meaning = Keying(0.0, lambda press: None, of.wall)
    pad = held.enter_context(closing(EvdevPad(str(path), keymap.evdev_keys({}), meaning, of.clock)))
    of.health, of.strike = pad.health, lambda: os.write(near, struct.pack("@llHHi", 0, 0, 1, KEY_1, 1))


def mixer(of: Frozen, path: Path, held: ExitStack) -> None:
    one = held.enter_context(closing(Mixer(of.clock, simulated=True)))
    of.health, of.strike = one.health, lambda: one.play(b"", of.wall)


@pytest.fixture(params=[sign, serial_pad, scanner, evdev_pad, mixer], ids=lambda one: one.__name__)
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Frozen]:
    of = Frozen()
    with ExitStack() as held:
        request.param(of, tmp_path / "device", held)
        held.callback(of.free.set)
        yield of


def test_a_device_whose_thread_stands_still_is_unknown_until_it_goes_on(frozen: Frozen) -> None:
    until(lambda: frozen.health().state is State.READY, frozen.health)
    frozen.strike()
    assert frozen.inside.wait(PATIENCE_S)
    assert frozen.health().state is State.READY
    frozen.clock.ahead_s += STILL_S
    until(lambda: frozen.health().state is State.UNKNOWN, frozen.health)
    assert "stands still" in frozen.health().detail
    frozen.free.set()
    until(lambda: frozen.health().state is State.READY, frozen.health)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_device_whose_thread_fails_reports_it_and_works_again(
    frozen: Frozen, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("config.threads.AGAIN_S", 0.3)
    until(lambda: frozen.health().state is State.READY, frozen.health)
    frozen.free.set()
    frozen.mistakes.append(LookupError("a mistake of ours"))
    frozen.strike()
    until(lambda: "its thread failed: LookupError" in frozen.health().detail, frozen.health)
    assert frozen.health().state is State.FAULT
    frozen.clock.ahead_s += 60.0
    until(lambda: frozen.health().state is State.READY, frozen.health)
    assert "a mistake of ours" in caplog.text
    frozen.inside.clear()
    frozen.strike()
    assert frozen.inside.wait(PATIENCE_S), "it is used as before"


def test_a_device_that_nobody_uses_stays_well(frozen: Frozen) -> None:
    until(lambda: frozen.health().state is State.READY, frozen.health)
    for _ in range(4):  # as if a second and more went by each time, in which nothing happens on the device
        frozen.clock.ahead_s += STILL_S + 1.0
        until(lambda: frozen.health().state is State.READY, frozen.health)


def test_a_trouble_needs_no_proof_and_rest_is_short() -> None:
    now = [100.0]
    turning = Turning(lambda: now[0])
    now[0] += 60.0
    trouble = Health(State.FAULT, "paper_out")
    assert turning.believed(trouble) == trouble
    assert turning.believed(Health(State.WARNING, "paper_near_end")).state is State.UNKNOWN
    assert turning.rest(None) == turning.rest(1e9) == now[0] + 1.0
    assert turning.rest(now[0] + 0.25) == now[0] + 0.25
