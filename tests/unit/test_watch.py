"""The watch of devices: what is told, once, and since when a device is as it is."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import pytest

from hardware.ports import Health, State
from hardware.watch import Watch
from server.wire.messages import DeviceState
from server.wire.reports import device_status
from waiting import until


@dataclass
class Device:
    """A device whose health the test sets, on a clock that the test turns."""

    now: Health = field(default_factory=lambda: Health(State.READY))
    wall_ms: int = 1_000
    told: list[Health] = field(default_factory=list)
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def health(self) -> Health:
        with self.lock:
            self.asked += 1
            return self.now

    def becomes(self, wall_ms: int, health: Health) -> None:
        """It is so from now on, and the watch has looked twice since."""
        with self.lock:
            self.wall_ms, self.now, seen = wall_ms, health, self.asked
        until(lambda: self.asked >= seen + 2)


@contextmanager
def watched(device: Device) -> Iterator[Device]:
    changed = lambda name, health: device.told.append(health)
    with closing(Watch({"printer": device}, changed, every_s=0.002, wall_ms=lambda: device.wall_ms)):
        until(lambda: len(device.told) == 1)
        yield device


def test_a_well_device_is_told_once_with_its_time_and_no_trouble() -> None:
    with watched(Device()) as device:
        device.becomes(5_000, Health(State.READY))
        (told,) = device.told
    assert (told.state, told.since_ms, told.last_code, told.last_ms) == (State.READY, 1_000, None, None)


def test_slips_that_come_off_the_roll_begin_no_new_state() -> None:
    with watched(Device(Health(State.WARNING, "paper_near_end", left_slips=20))) as device:
        device.becomes(5_000, Health(State.WARNING, "paper_near_end", left_slips=19))
        device.becomes(9_000, Health(State.WARNING, "paper_near_end", left_slips=18))
        assert [(one.left_slips, one.since_ms, one.last_ms) for one in device.told] == [
            (20, 1_000, 1_000),
            (19, 1_000, 1_000),
            (18, 1_000, 1_000),
        ]


def test_the_last_trouble_stays_after_it_has_healed() -> None:
    with watched(Device()) as device:
        device.becomes(2_000, Health(State.FAULT, "paper_out"))
        device.becomes(3_000, Health(State.READY))
        device.becomes(4_000, Health(State.OFFLINE))
        device.becomes(5_000, Health(State.UNKNOWN))
        seen = [(one.state, one.since_ms, one.last_code, one.last_ms) for one in device.told[1:]]
    assert seen == [
        (State.FAULT, 2_000, "paper_out", 2_000),
        (State.READY, 3_000, "paper_out", 2_000),
        (State.OFFLINE, 4_000, "offline", 4_000),
        (State.UNKNOWN, 5_000, "offline", 4_000),
    ]


def test_times_are_no_part_of_what_a_state_is() -> None:
    assert Health(State.READY, since_ms=1, last_code="cover", last_ms=2) == Health(State.READY)


def test_the_report_says_since_when_and_what_was_last() -> None:
    of = Health(State.READY, detail="ready", since_ms=60_000, last_code="cover", last_ms=30_000)
    told = device_status("kiosk-1", "printer", of, "1970-01-01T00:02:00.000Z")
    assert told.model_dump(exclude={"v", "station", "device", "code", "left_slips"}) == {
        "state": DeviceState.READY,
        "since": "1970-01-01T00:01:00.000Z",
        "at": "1970-01-01T00:02:00.000Z",
        "detail": "ready",
        "last_code": "cover",
        "last_at": "1970-01-01T00:00:30.000Z",
    }


def test_a_report_without_a_clock_is_so_since_it_was_made() -> None:
    told = device_status("kiosk-1", "printer", Health(State.READY), "1970-01-01T00:02:00.000Z")
    assert (told.since, told.last_code, told.last_at) == ("1970-01-01T00:02:00.000Z", None, None)


def test_a_device_that_is_no_longer_known_is_in_the_log_once_and_once_when_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "hardware.watch")
    with watched(Device()) as device:
        device.becomes(2_000, Health(State.UNKNOWN, detail="its thread stands still"))
        device.becomes(3_000, Health(State.READY))
        device.becomes(4_000, Health(State.UNKNOWN))
        device.becomes(5_000, Health(State.READY))
    assert [record.getMessage() for record in caplog.records] == [
        "printer is unknown: its thread stands still",
        "printer is ready again",
    ]


def test_a_well_devices_remark_is_told_and_begins_no_new_state() -> None:
    with watched(Device()) as device:
        device.becomes(5_000, Health(State.READY, detail="shows no letters"))
        device.becomes(9_000, Health(State.READY))
        assert [(one.detail, one.since_ms) for one in device.told] == [
            ("", 1_000),
            ("shows no letters", 1_000),
            ("", 1_000),
        ]


def test_other_words_for_a_trouble_are_not_told() -> None:
    with watched(Device()) as device:
        device.becomes(5_000, Health(State.FAULT, "failed", "no answer for 2 s"))
        device.becomes(9_000, Health(State.FAULT, "failed", "no answer for 6 s"))
        assert [one.detail for one in device.told] == ["", "no answer for 2 s"]
