"""The rules that every pad keeps, however it is wired. A test file gives a bench for its wiring and imports these."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from hardware.health.liveness import HUNG_AFTER_S
from hardware.health.monitor import HealthMonitor
from hardware.keypads.handlers import MAX_DIGITS
from hardware.ports import DeviceHealth, HealthState, Key, Press
from support.scaled_time import mono_s
from support.waiting import until

ALL_KEYS = tuple(Key)
KEY_APART_S = 0.2
"""Longer than the debounce time of the pads under test."""


class Clock:
    """Monotonic seconds of the suite's scaled clock. A test may put them forward, and stop them."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self._stopped_s: float | None = None

    def __call__(self) -> float:
        stopped_s = self._stopped_s
        return (mono_s() if stopped_s is None else stopped_s) + self.ahead_s

    def stop(self) -> None:
        """Stand still until ``run``, apart from ``ahead_s``."""
        self._stopped_s = mono_s()

    def run(self) -> None:
        self._stopped_s = None


class Pad(Protocol):
    def flash_lamp(self) -> None: ...

    def health(self) -> DeviceHealth: ...

    def close(self) -> None: ...


@dataclass
class PadReports:
    """The presses and levels that a pad reported."""

    presses: list[Press] = field(default_factory=list)
    keyed: list[str] = field(default_factory=list)


@dataclass
class Bench:
    """A pad with its reports, and functions that press its keys and pull its cable."""

    pad: Pad
    reported: PadReports
    clock: Clock
    strike: Callable[[str, str], None]
    plug: Callable[[], None]
    unplug: Callable[[], None]
    noise: Callable[[bytes], None]
    wake: Callable[[], None]
    lamp: Callable[[], bool]

    def ready(self) -> None:
        until(lambda: self.pad.health().state is HealthState.READY, self.pad.health)

    def offline(self) -> None:
        until(lambda: self.pad.health().state is HealthState.OFFLINE, self.pad.health)

    def soon_ready(self) -> None:
        """Put the clock forward until the pad is READY. No step is so great that its thread seems to hang."""

        def is_ready() -> bool:
            if self.pad.health().state is HealthState.READY:
                return True
            self.clock.ahead_s += HUNG_AFTER_S / 5
            self.wake()
            return False

        until(is_ready, self.pad.health)

    def expect(self, *presses: Press) -> None:
        until(lambda: len(self.reported.presses) >= len(presses), lambda: self.reported)
        assert self.reported.presses == list(presses)


def one_by_one(
    strike: Callable[[str], object], pad: Pad, reported: PadReports, clock: Clock
) -> Callable[[str, str], None]:
    """Return a hand that waits until each key was taken.

    So a driver whose thread runs late receives no two keys at once. By the driver's clock the keys are far apart.
    """

    def strike_each(key: str, digits: str) -> None:
        for stroke in (*digits, key):
            before = len(reported.presses) + len(reported.keyed)
            is_full = stroke.isdecimal() and len("".join(reported.keyed[-1:])) == MAX_DIGITS
            is_ready = pad.health().state is HealthState.READY
            if is_ready:
                clock.ahead_s += KEY_APART_S
            strike(stroke)
            if is_ready and not is_full:
                until(lambda seen=before: len(reported.presses) + len(reported.keyed) > seen, lambda: reported)

    return strike_each


def test_each_press_is_reported_exactly_once_and_in_order(bench: Bench) -> None:
    for key in ALL_KEYS:
        bench.strike(key, "")
    bench.strike("next", "")
    bench.expect(*(Press(key) for key in ALL_KEYS), Press(Key.NEXT))


def test_digits_go_with_the_key_after_them(bench: Bench) -> None:
    bench.strike("call", "115")
    bench.strike("transfer", "3")
    bench.strike("start", "")
    bench.expect(Press(Key.CALL, "115"), Press(Key.TRANSFER, "3"), Press(Key.START))
    assert bench.reported.keyed == ["1", "11", "115", "", "3", ""]


def test_digits_are_dropped_by_the_clear_key_and_after_five_seconds(bench: Bench) -> None:
    bench.strike("clear", "15")
    until(lambda: bench.reported.keyed == ["1", "15", ""])
    bench.strike("7", "")
    until(lambda: bench.reported.keyed[-1] == "7")
    bench.clock.ahead_s += 5.0
    bench.wake()
    until(lambda: bench.reported.keyed[-1] == "")
    bench.strike("call", "")
    bench.expect(Press(Key.CALL))


def test_no_more_than_four_digits_are_taken(bench: Bench) -> None:
    bench.strike("call", "123456")
    bench.expect(Press(Key.CALL, "1234"))


def test_an_unplugged_pad_is_offline_and_recovers_by_itself(bench: Bench) -> None:
    bench.unplug()
    bench.offline()
    assert bench.pad.health().code == "off"
    bench.plug()
    bench.ready()
    bench.strike("next", "")
    bench.expect(Press(Key.NEXT))


def test_after_a_long_outage_it_recovers_within_ten_seconds(bench: Bench) -> None:
    bench.unplug()
    bench.offline()
    for _ in range(8):
        bench.clock.ahead_s += 10.0
        bench.wake()
        bench.offline()
    bench.plug()
    bench.clock.ahead_s += 10.0
    bench.wake()
    until(lambda: bench.pad.health().state is HealthState.READY)


def test_no_press_from_before_an_outage_is_reported_late(bench: Bench) -> None:
    bench.strike("1", "")
    until(lambda: bench.reported.keyed == ["1"])
    bench.unplug()
    bench.offline()
    bench.strike("next", "5")
    bench.plug()
    bench.ready()
    bench.strike("call", "")
    bench.expect(Press(Key.CALL))
    assert bench.reported.keyed == ["1", ""]


def test_going_and_coming_back_are_one_log_line_each(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "hardware.health.monitor")
    watch = HealthMonitor({"keypad-c1": bench.pad}, lambda _name, _health: None, interval_s=0.01)
    try:
        bench.unplug()
        bench.offline()
        for _ in range(3):
            bench.clock.ahead_s += 10.0
            bench.wake()
        until(lambda: "keypad-c1 is offline" in caplog.text)
        bench.plug()
        bench.soon_ready()
        until(lambda: "keypad-c1 is ready again" in caplog.text)
    finally:
        watch.close()
    assert [record.levelname for record in caplog.records if record.name == "hardware.health.monitor"] == [
        "WARNING",
        "INFO",
    ]


def test_a_refusal_lights_the_lamp_for_two_seconds(bench: Bench) -> None:
    bench.pad.flash_lamp()
    until(bench.lamp)
    bench.clock.ahead_s += 2.0
    bench.wake()
    until(lambda: not bench.lamp())


def test_a_refusal_while_it_is_unplugged_does_no_harm(bench: Bench) -> None:
    bench.unplug()
    bench.offline()
    bench.pad.flash_lamp()
    bench.plug()
    bench.ready()
    bench.strike("start", "")
    bench.expect(Press(Key.START))


def test_noise_never_breaks_it(bench: Bench) -> None:
    for n in range(40):
        bench.noise(bytes((n * 37 + k * 101) % 256 for k in range(n)))
    until(lambda: bench.pad.health().state is not HealthState.UNKNOWN)
    bench.unplug()
    bench.offline()
    bench.plug()
    bench.ready()
    bench.reported.presses.clear()
    bench.strike("pause", "")
    bench.expect(Press(Key.PAUSE))


def test_it_may_be_closed_any_number_of_times_and_is_offline_then(bench: Bench) -> None:
    bench.pad.close()
    bench.pad.close()
    assert bench.pad.health().state is HealthState.OFFLINE
    bench.pad.flash_lamp()
