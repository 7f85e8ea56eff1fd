"""USB keypads: the rules for all pads, and the kernel's events.

The rules run over a pipe and over the twin's terminal. The events here are packed as Linux' documentation of the input
subsystem has them, not with the driver's structure.
"""

import errno
import fcntl
import os
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from keypad_rules import *  # noqa: F403
from keypad_rules import Bench, Clock, PadReports, one_by_one

from hardware.keypads import keymap
from hardware.keypads.evdev import EvdevPad
from hardware.keypads.handlers import DigitCollector
from hardware.keypads.kernel_keys import KEY_CODES, LED_NUMBERS
from hardware.keypads.key_events import EVENT, EVIOCGRAB, HELD_S, MAX_REPEAT_GAP_S, InputDevices, KeyEventReader
from hardware.ports import HealthState, Key, Press
from hardware.simulated.keypads.keypad import SimulatedKeypad
from support.scaled_time import mono_s
from support.waiting import until

HEADER = Path("/usr/include/linux/input-event-codes.h")
LONGS = "qq" if sys.maxsize > 2**32 else "ii"
CAPS_LED = 1
# As they stand on a numeric keypad: Enter * + - / Esc NumLock . Tab, Backspace, and the ten digits.
SENT: Mapping[str, int] = {
    **dict(zip(Key, (96, 55, 78, 74, 98, 1, 69, 83, 15), strict=True)),
    "clear": 14,
    **dict(zip("0123456789", (82, 79, 80, 81, 75, 76, 77, 71, 72, 73), strict=True)),
}


def event(kind: int, code: int, value: int) -> bytes:
    return struct.pack(f"={LONGS}HHi", 1795394400, 123456, kind, code, value)


def turned(code: int, value: int) -> bytes:
    """Return the events of a key that goes down (1), repeats (2) or up (0)."""
    return event(4, 4, 0x70058) + event(1, code, value) + event(0, 0, 0)


def pressed(code: int) -> bytes:
    return turned(code, 1) + turned(code, 0)


class Pipes:
    """Input devices that are named pipes, written by the test as by the kernel."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd: int | None = None
        self.lit = b""
        self.tries = 0
        self.grabbed: list[int] = []
        self.grab_error: int | None = None
        self.plug()

    def plug(self) -> None:
        if self.fd is None:
            os.mkfifo(self.path)
            self.fd = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)

    def unplug(self) -> None:
        if self.fd is not None:
            self.path.unlink()
            os.close(self.fd)
            self.fd = None

    def send(self, data: bytes) -> None:
        if self.fd is not None:
            os.write(self.fd, data)

    @property
    def lamp(self) -> bool:
        lights = [
            fields[4] for fields in struct.iter_unpack(f"={LONGS}HHi", self.lit) if fields[2:4] == (0x11, CAPS_LED)
        ]
        return bool(lights and lights[-1])

    # --- as the driver sees them

    def open(self, path: str) -> int:
        self.tries += 1
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def grab(self, fd: int) -> None:
        with pytest.raises(OSError, match="Inappropriate ioctl"):
            fcntl.ioctl(fd, EVIOCGRAB, 1)
        self.grabbed.append(fd)
        if self.grab_error is not None:
            raise OSError(self.grab_error, os.strerror(self.grab_error))

    def write(self, fd: int, data: bytes) -> None:
        self.lit += data


class Desk:
    def __init__(self, path: Path, stack: ExitStack, inputs: InputDevices | None = None) -> None:
        self.reported, self.clock = PadReports(), Clock()
        handler = DigitCollector(0.15, self.reported.presses.append, self.reported.keyed.append)
        keys = keymap.evdev_keys({})
        pad = EvdevPad(str(path), keys, handler, self.clock, led=CAPS_LED, inputs=inputs)
        self.pad = stack.enter_context(closing(pad))

    def bench(self, strike: Callable[[str], object], **of: Any) -> Bench:
        def wake() -> None:
            os.write(self.pad._wake_write_fd, b"!")

        each = one_by_one(strike, self.pad, self.reported, self.clock)
        return Bench(self.pad, self.reported, self.clock, strike=each, wake=wake, **of)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def pipes(tmp_path: Path, stack: ExitStack) -> Pipes:
    opened = Pipes(tmp_path / "event-kbd")
    stack.callback(opened.unplug)
    return opened


@pytest.fixture
def desk(tmp_path: Path, stack: ExitStack, pipes: Pipes) -> Desk:
    desk = Desk(pipes.path, stack, pipes)
    until(lambda: desk.pad.health().state is HealthState.READY)
    return desk


@pytest.fixture(params=["pipe", "twin"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, stack: ExitStack) -> Bench:
    if request.param == "twin":
        twin = stack.enter_context(closing(SimulatedKeypad("c1", tmp_path / "twin", mono_s, wiring="evdev")))
        bench = Desk(tmp_path / "twin", stack).bench(
            strike=twin.press,
            plug=lambda: twin.set_fault("unplugged", on=False),
            unplug=lambda: twin.set_fault("unplugged", on=True),
            noise=twin.send,
            lamp=lambda: bool(twin.state()["lamp"]),
        )
    else:
        pipes: Pipes = request.getfixturevalue("pipes")
        desk: Desk = request.getfixturevalue("desk")
        bench = desk.bench(
            strike=lambda key: pipes.send(pressed(SENT[key])),
            plug=pipes.plug,
            unplug=pipes.unplug,
            noise=pipes.send,
            lamp=lambda: pipes.lamp,
        )
    bench.ready()
    return bench


def test_a_held_key_that_repeats_is_one_press(desk: Desk, pipes: Pipes) -> None:
    pipes.send(turned(SENT["next"], 1))
    until(lambda: desk.reported.presses == [Press(Key.NEXT)])
    for other in (Key.START, Key.FINISH):
        desk.clock.ahead_s += 0.3  # the kernel's own repetition begins later than any bounce ends
        pipes.send(turned(SENT["next"], 2))
        pipes.send(pressed(SENT[other]))
        until(lambda key=other: desk.reported.presses[-1] == Press(key))
    assert desk.reported.presses == [Press(Key.NEXT), Press(Key.START), Press(Key.FINISH)]


def test_a_key_held_for_ten_seconds_is_stuck_until_it_is_let_go(desk: Desk, pipes: Pipes) -> None:
    pipes.send(turned(SENT["finish"], 1))
    until(lambda: desk.reported.presses == [Press(Key.FINISH)])
    assert desk.pad.health().state is HealthState.READY
    desk.clock.ahead_s += 10.0
    assert (desk.pad.health().state, desk.pad.health().code) == (HealthState.FAULT, "key_stuck")
    pipes.send(turned(SENT["finish"], 0))
    until(lambda: desk.pad.health().state is HealthState.READY)


def test_events_may_come_in_pieces(desk: Desk, pipes: Pipes) -> None:
    for byte in pressed(SENT["recall"]):
        pipes.send(bytes([byte]))
    until(lambda: desk.reported.presses == [Press(Key.RECALL)])


def test_after_dropped_events_the_incomplete_rest_is_ignored(desk: Desk, pipes: Pipes) -> None:
    dropped, other_marks = event(0, 3, 0), event(0, 1, 0) + event(0, 2, 0)
    torn = other_marks + event(1, SENT["next"], 1)
    pipes.send(turned(SENT["start"], 1) + dropped + torn + event(0, 0, 0) + pressed(SENT["hold"]))
    until(lambda: Press(Key.HOLD) in desk.reported.presses)
    assert desk.reported.presses == [Press(Key.START), Press(Key.HOLD)]
    desk.clock.ahead_s += 10.0
    # READY as soon as the pad's thread has come round, and not stuck: nobody knows whether the key was let go.
    until(lambda: desk.pad.health().state is HealthState.READY, desk.pad.health)


def test_keys_are_kept_from_the_desktop_each_time_the_device_is_opened(desk: Desk, pipes: Pipes) -> None:
    assert len(pipes.grabbed) == 1
    pipes.unplug()
    until(lambda: desk.pad.health().state is HealthState.OFFLINE)
    pipes.plug()
    until(lambda: desk.pad.health().state is HealthState.READY)
    assert len(pipes.grabbed) == 2


def test_a_pad_lost_again_after_a_long_outage_is_soon_searched_for(desk: Desk, pipes: Pipes) -> None:
    def passes(seconds: float) -> None:
        desk.clock.ahead_s += seconds
        os.write(desk.pad._wake_write_fd, b"!")

    pipes.unplug()
    until(lambda: desk.pad.health().state is HealthState.OFFLINE)
    for _ in range(6):
        before = pipes.tries
        passes(10.0)
        until(lambda tried=before: pipes.tries > tried)
    pipes.plug()
    passes(10.0)
    until(lambda: desk.pad.health().state is HealthState.READY)
    pipes.unplug()
    until(lambda: desk.pad.health().state is HealthState.OFFLINE)
    pipes.plug()
    passes(0.5)
    until(lambda: desk.pad.health().state is HealthState.READY)


@pytest.mark.parametrize(
    ("error", "code", "detail"),
    [
        (errno.EACCES, "fault", "group input"),
        (errno.EBUSY, "fault", "another program has grabbed it"),
        (errno.ENOTTY, "wrong", "not an input device"),
        (errno.ENODEV, "off", "No such device"),
    ],
)
def test_what_is_in_the_way_of_the_device_is_named(
    pipes: Pipes, stack: ExitStack, error: int, code: str, detail: str
) -> None:
    pipes.grab_error = error
    desk = Desk(pipes.path, stack, pipes)
    until(lambda: desk.pad.health().code == code)
    assert detail in desk.pad.health().detail
    pipes.grab_error = None
    until(lambda: desk.pad.health().state is HealthState.READY)


def test_a_path_that_is_no_input_device_is_named(tmp_path: Path, stack: ExitStack) -> None:
    (tmp_path / "file").write_bytes(b"")
    desk = Desk(tmp_path / "file", stack)
    until(lambda: desk.pad.health().code == "wrong")


def test_a_key_that_is_in_no_map_is_logged_once(desk: Desk, pipes: Pipes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "hardware.keypads.key_events")
    pipes.send(pressed(KEY_CODES["KEY_HOME"]) * 3 + pressed(SENT["next"]))
    until(lambda: desk.reported.presses == [Press(Key.NEXT)])
    assert [record.message for record in caplog.records] == ["key KEY_HOME has no meaning here"]


def test_the_events_are_as_long_as_the_kernel_has_them() -> None:
    assert EVENT.size == struct.calcsize(f"={LONGS}HHi")
    write, size = 1 << 30, struct.calcsize("i") << 16
    assert EVIOCGRAB - write - size == ord("E") << 8 | 0x90


def test_names_have_the_numbers_of_the_kernels_header() -> None:
    spot = {
        "KEY_ESC": 1,
        "KEY_B": 48,
        "KEY_KP1": 79,
        "KEY_KPENTER": 96,
        "KEY_F24": 194,
        "KEY_KPDOT": 83,
        "BTN_9": 0x109,
    }
    assert {name: KEY_CODES[name] for name in spot} == spot
    if HEADER.exists():  # of Debian's linux-libc-dev, which a hall's machine does not have
        words = [line.split()[1:3] for line in HEADER.read_text().splitlines() if line.startswith("#define ")]
        numbers = {
            definition[0]: int(definition[1], 0)
            for definition in words
            if len(definition) == 2 and definition[1][0].isdigit()
        }
        ours = {**KEY_CODES, **LED_NUMBERS}
        assert ours == {name: numbers.get(name) for name in ours}


def test_a_key_whose_end_is_never_reported_is_stuck_while_it_repeats_and_forgotten_when_it_is_silent() -> None:
    code = SENT["next"]
    held, silent = KeyEventReader({code: "next"}), KeyEventReader({code: "next"})
    for events in (held, silent):
        assert events.feed(turned(code, 1), 100.0) == ["next"]
    assert (held.held_key(100.0 + HELD_S), silent.held_key(100.0 + HELD_S)) == ("next", "next")
    held.feed(turned(code, 2), 100.0 + MAX_REPEAT_GAP_S)
    assert (held.held_key(101.0 + MAX_REPEAT_GAP_S), silent.held_key(101.0 + MAX_REPEAT_GAP_S)) == ("next", None)
    assert silent.feed(turned(code, 1), 102.0 + MAX_REPEAT_GAP_S) == ["next"]
