"""The rules that every pad keeps, however it is wired. A test file gives a bench for its wiring and imports these."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from hardware.keypads.serial_keys import Meaning
from hardware.ports import Health, Key, Press, State
from hardware.watch import Watch
from waiting import until

ALL_KEYS = tuple(Key)


class Clock:
    """Monotonic seconds that a test may put forward."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead_s


class Pad(Protocol):
    def refused(self) -> None: ...

    def health(self) -> Health: ...

    def close(self) -> None: ...


@dataclass
class Told:
    """What a pad told."""

    presses: list[Press] = field(default_factory=list)
    keyed: list[str] = field(default_factory=list)


@dataclass
class Bench:
    """A pad, what it told, and a hand on the keys and on the cable."""

    pad: Pad
    told: Told
    clock: Clock
    strike: Callable[[str, str], None]
    plug: Callable[[], None]
    unplug: Callable[[], None]
    noise: Callable[[bytes], None]
    wake: Callable[[], None]
    lamp: Callable[[], bool]

    def ready(self) -> None:
        until(lambda: self.pad.health().state is State.READY, self.pad.health)

    def offline(self) -> None:
        until(lambda: self.pad.health().state is State.OFFLINE, self.pad.health)

    def comes(self, *presses: Press) -> None:
        until(lambda: len(self.told.presses) >= len(presses), lambda: self.told)
        assert self.told.presses == list(presses)


Opened = Callable[[Meaning], Pad]


def test_each_press_is_told_exactly_once_and_in_order(bench: Bench) -> None:
    for key in ALL_KEYS:
        bench.strike(key, "")
    bench.strike("next", "")
    bench.comes(*(Press(key) for key in ALL_KEYS), Press(Key.NEXT))


def test_digits_go_with_the_key_after_them(bench: Bench) -> None:
    bench.strike("call", "115")
    bench.strike("transfer", "3")
    bench.strike("start", "")
    bench.comes(Press(Key.CALL, "115"), Press(Key.TRANSFER, "3"), Press(Key.START))
    assert bench.told.keyed == ["1", "11", "115", "", "3", ""]


def test_digits_are_dropped_by_the_clear_key_and_after_five_seconds(bench: Bench) -> None:
    bench.strike("clear", "15")
    until(lambda: bench.told.keyed == ["1", "15", ""])
    bench.strike("7", "")
    until(lambda: bench.told.keyed[-1] == "7")
    bench.clock.ahead_s += 5.0
    bench.wake()
    until(lambda: bench.told.keyed[-1] == "")
    bench.strike("call", "")
    bench.comes(Press(Key.CALL))


def test_no_more_than_four_digits_are_taken(bench: Bench) -> None:
    bench.strike("call", "123456")
    bench.comes(Press(Key.CALL, "1234"))


def test_an_unplugged_pad_is_offline_and_heals_by_itself(bench: Bench) -> None:
    bench.unplug()
    bench.offline()
    assert bench.pad.health().code == "off"
    bench.plug()
    bench.ready()
    bench.strike("next", "")
    bench.comes(Press(Key.NEXT))


def test_after_a_long_outage_it_heals_within_ten_seconds(bench: Bench) -> None:
    bench.unplug()
    bench.offline()
    for _ in range(8):
        bench.clock.ahead_s += 10.0
        bench.wake()
        bench.offline()
    bench.plug()
    bench.clock.ahead_s += 10.0
    bench.wake()
    until(lambda: bench.pad.health().state is State.READY)


def test_nothing_from_before_an_outage_is_told_late(bench: Bench) -> None:
    bench.strike("1", "")
    until(lambda: bench.told.keyed == ["1"])
    bench.unplug()
    bench.offline()
    bench.strike("next", "5")
    bench.plug()
    bench.ready()
    bench.strike("call", "")
    bench.comes(Press(Key.CALL))
    assert bench.told.keyed == ["1", ""]


def test_going_and_coming_back_are_one_log_line_each(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "hardware.watch")
    watch = Watch({"keypad-c1": bench.pad}, lambda _name, _health: None, every_s=0.01)
    try:
        bench.unplug()
        bench.offline()
        for _ in range(3):
            bench.clock.ahead_s += 10.0
            bench.wake()
        until(lambda: "keypad-c1 is offline" in caplog.text)
        bench.plug()
        bench.clock.ahead_s += 10.0
        bench.wake()
        until(lambda: "keypad-c1 is ready again" in caplog.text)
    finally:
        watch.close()
    assert [record.levelname for record in caplog.records if record.name == "hardware.watch"] == ["WARNING", "INFO"]


def test_a_refusal_lights_the_lamp_for_two_seconds(bench: Bench) -> None:
    bench.pad.refused()
    until(bench.lamp)
    bench.clock.ahead_s += 2.0
    bench.wake()
    until(lambda: not bench.lamp())


def test_a_refusal_while_it_is_unplugged_does_no_harm(bench: Bench) -> None:
    bench.unplug()
    bench.offline()
    bench.pad.refused()
    bench.plug()
    bench.ready()
    bench.strike("start", "")
    bench.comes(Press(Key.START))


def test_noise_never_breaks_it(bench: Bench) -> None:
    for n in range(40):
        bench.noise(bytes((n * 37 + k * 101) % 256 for k in range(n)))
    until(lambda: bench.pad.health().state is not State.UNKNOWN)
    bench.unplug()
    bench.offline()
    bench.plug()
    bench.ready()
    bench.told.presses.clear()
    bench.strike("pause", "")
    bench.comes(Press(Key.PAUSE))


def test_it_may_be_closed_any_number_of_times_and_says_so(bench: Bench) -> None:
    bench.pad.close()
    bench.pad.close()
    assert bench.pad.health().state is State.OFFLINE
    bench.pad.refused()
