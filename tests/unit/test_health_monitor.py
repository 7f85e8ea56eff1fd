"""The health monitor: each change is reported once, with its time."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import pytest

from hardware.health.monitor import HealthMonitor
from hardware.ports import DeviceHealth, HealthState
from server.wire.messages import DeviceState
from server.wire.reports import device_status
from support.waiting import until


@dataclass
class Device:
    """A device whose health the test sets, on a clock that the test sets."""

    now: DeviceHealth = field(default_factory=lambda: DeviceHealth(HealthState.READY))
    wall_ms: int = 1_000
    reports: list[DeviceHealth] = field(default_factory=list)
    polled: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def health(self) -> DeviceHealth:
        with self.lock:
            self.polled += 1
            return self.now

    def becomes(self, wall_ms: int, health: DeviceHealth) -> None:
        """Change the health, and wait until the monitor has polled twice."""
        with self.lock:
            self.wall_ms, self.now, polls = wall_ms, health, self.polled
        until(lambda: self.polled >= polls + 2)


@contextmanager
def monitored(device: Device) -> Iterator[Device]:
    changed = lambda name, health: device.reports.append(health)
    with closing(HealthMonitor({"printer": device}, changed, interval_s=0.002, wall_ms=lambda: device.wall_ms)):
        until(lambda: len(device.reports) == 1)
        yield device


def test_a_ready_device_is_reported_once_with_its_time_and_no_fault() -> None:
    with monitored(Device()) as device:
        device.becomes(5_000, DeviceHealth(HealthState.READY))
        (report,) = device.reports
    assert (report.state, report.since_ms, report.last_code, report.last_ms) == (HealthState.READY, 1_000, None, None)


def test_slips_that_come_off_the_roll_begin_no_new_state() -> None:
    with monitored(Device(DeviceHealth(HealthState.WARNING, "paper_near_end", left_slips=20))) as device:
        device.becomes(5_000, DeviceHealth(HealthState.WARNING, "paper_near_end", left_slips=19))
        device.becomes(9_000, DeviceHealth(HealthState.WARNING, "paper_near_end", left_slips=18))
        assert [(health.left_slips, health.since_ms, health.last_ms) for health in device.reports] == [
            (20, 1_000, 1_000),
            (19, 1_000, 1_000),
            (18, 1_000, 1_000),
        ]


def test_the_last_fault_stays_after_recovery() -> None:
    with monitored(Device()) as device:
        device.becomes(2_000, DeviceHealth(HealthState.FAULT, "paper_out"))
        device.becomes(3_000, DeviceHealth(HealthState.READY))
        device.becomes(4_000, DeviceHealth(HealthState.OFFLINE))
        device.becomes(5_000, DeviceHealth(HealthState.UNKNOWN))
        states = [(health.state, health.since_ms, health.last_code, health.last_ms) for health in device.reports[1:]]
    assert states == [
        (HealthState.FAULT, 2_000, "paper_out", 2_000),
        (HealthState.READY, 3_000, "paper_out", 2_000),
        (HealthState.OFFLINE, 4_000, "offline", 4_000),
        (HealthState.UNKNOWN, 5_000, "offline", 4_000),
    ]


def test_times_do_not_count_in_comparisons_of_health() -> None:
    assert DeviceHealth(HealthState.READY, since_ms=1, last_code="cover", last_ms=2) == DeviceHealth(HealthState.READY)


def test_the_report_has_the_time_of_the_state_and_the_last_fault() -> None:
    of = DeviceHealth(HealthState.READY, detail="ready", since_ms=60_000, last_code="cover", last_ms=30_000)
    reports = device_status("kiosk-1", "printer", of, "1970-01-01T00:02:00.000Z")
    assert reports.model_dump(exclude={"v", "station", "device", "code", "left_slips"}) == {
        "state": DeviceState.READY,
        "since": "1970-01-01T00:01:00.000Z",
        "at": "1970-01-01T00:02:00.000Z",
        "detail": "ready",
        "last_code": "cover",
        "last_at": "1970-01-01T00:00:30.000Z",
    }


def test_a_report_without_a_clock_is_so_since_it_was_made() -> None:
    status = device_status("kiosk-1", "printer", DeviceHealth(HealthState.READY), "1970-01-01T00:02:00.000Z")
    assert (status.since, status.last_code, status.last_at) == ("1970-01-01T00:02:00.000Z", None, None)


def test_an_unknown_device_and_its_recovery_are_logged_once_each(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "hardware.health.monitor")
    with monitored(Device()) as device:
        device.becomes(2_000, DeviceHealth(HealthState.UNKNOWN, detail="its thread has stalled"))
        device.becomes(3_000, DeviceHealth(HealthState.READY))
        device.becomes(4_000, DeviceHealth(HealthState.UNKNOWN))
        device.becomes(5_000, DeviceHealth(HealthState.READY))
    assert [record.getMessage() for record in caplog.records] == [
        "printer is unknown: its thread has stalled",
        "printer is ready again",
    ]


def test_a_ready_devices_remark_is_reported_and_begins_no_new_state() -> None:
    with monitored(Device()) as device:
        device.becomes(5_000, DeviceHealth(HealthState.READY, detail="shows no letters"))
        device.becomes(9_000, DeviceHealth(HealthState.READY))
        assert [(health.detail, health.since_ms) for health in device.reports] == [
            ("", 1_000),
            ("shows no letters", 1_000),
            ("", 1_000),
        ]


def test_another_wording_of_a_fault_is_not_reported() -> None:
    with monitored(Device()) as device:
        device.becomes(5_000, DeviceHealth(HealthState.FAULT, "failed", "no answer for 2 s"))
        device.becomes(9_000, DeviceHealth(HealthState.FAULT, "failed", "no answer for 6 s"))
        assert [health.detail for health in device.reports] == ["", "no answer for 2 s"]
