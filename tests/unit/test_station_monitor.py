"""The health of stations and devices, from the reports that they publish."""

import json
import logging

import pytest

from server.monitoring.station_monitor import StationMonitor
from server.wire.messages import DeviceState

AT = "2026-11-23T01:12:05.123Z"


def station(name: str = "kiosk-1", *, online: bool = True, **more: object) -> bytes:
    status = {"v": 1, "station": name, "kind": "kiosk", "online": online, "boot": "b1", "version": "0.1.0", "new": 1}
    return json.dumps(status | more).encode()


def printer(state: str = "ready", *, of: str = "kiosk-1", **more: object) -> bytes:
    body: dict[str, object] = {"v": 1, "station": of, "device": "printer", "state": state, "since": AT, "at": AT}
    return json.dumps(body | more).encode()


@pytest.fixture
def changes() -> list[int]:
    return []


@pytest.fixture
def monitor(changes: list[int]) -> StationMonitor:
    monitor = StationMonitor(lambda: changes.append(1), lambda: 1_795_399_200_000)
    monitor.set_connected(connected=True)
    return monitor


def test_a_device_has_its_reported_state_while_its_station_is_online(monitor: StationMonitor) -> None:
    monitor.receive("kiosk-1", station())
    monitor.receive("kiosk-1/printer", printer("warning", code="paper_near_end", left_slips=120))
    (health,) = monitor.stations()
    assert (health.online, health.kind, health.version) == (True, "kiosk", "0.1.0")
    assert (health.devices[0].state, health.devices[0].left_slips) == (DeviceState.WARNING, 120)


@pytest.mark.parametrize("last", ["offline", "never", "broker"])
def test_the_devices_of_a_station_that_is_not_connected_are_unknown(monitor: StationMonitor, last: str) -> None:
    monitor.receive("kiosk-1/printer", printer("warning", code="paper_near_end", left_slips=120))
    if last != "never":
        monitor.receive("kiosk-1", station(online=last != "offline"))
    if last == "broker":
        monitor.set_connected(connected=False)
    (health,) = monitor.stations()
    device = health.devices[0]
    assert (device.state, device.code, device.left_slips) == (DeviceState.UNKNOWN, None, None)


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("kiosk-1", b"{"),
        ("kiosk-1", b"\xff"),
        ("kiosk-1", b"[]"),
        ("kiosk-1", station("kiosk-2")),
        ("kiosk-1/printer", printer(of="kiosk-2")),
        ("kiosk-1/scanner", printer()),
        ("kiosk-1/printer", printer("excellent")),
        ("kiosk-1/printer", printer("fault", since="9999-12-31T23:59:59.999Z")),
        ("kiosk-1/printer", printer("fault", last_at="yesterday")),
        ("kiosk-1", station(at="0001-01-01T00:00:00.000Z")),
    ],
)
def test_an_unreadable_report_changes_nothing_and_is_logged_once(
    monitor: StationMonitor, changes: list[int], caplog: pytest.LogCaptureFixture, path: str, payload: bytes
) -> None:
    monitor.receive("kiosk-1", station())
    monitor.receive("kiosk-1/printer", printer())
    before, changed = monitor.stations(), len(changes)
    with caplog.at_level(logging.WARNING):
        monitor.receive(path, payload)
        monitor.receive(path, payload)
    assert monitor.stations() == before
    assert len(changes) == changed
    assert len(caplog.records) == 1


def test_an_erased_report_is_removed(monitor: StationMonitor) -> None:
    monitor.receive("kiosk-1", station())
    monitor.receive("kiosk-1/printer", printer())
    monitor.receive("kiosk-1/printer", b"")
    monitor.receive("kiosk-1", b"")
    assert [health.devices for health in monitor.stations()] in ([], [[]])


def test_a_device_that_never_reported_is_unknown(monitor: StationMonitor) -> None:
    monitor.receive("kiosk-1", station(devices=["printer", "screen"], at=AT))
    monitor.receive("kiosk-1/printer", printer())
    (health,) = monitor.stations()
    assert [(device.device, device.state, device.since) for device in health.devices] == [
        ("printer", DeviceState.READY, AT),
        ("screen", DeviceState.UNKNOWN, AT),
    ]


def test_a_device_that_its_station_is_no_longer_set_up_with_is_not_listed(monitor: StationMonitor) -> None:
    monitor.receive("kiosk-1/printer", printer("fault", code="paper_out"))
    monitor.receive("kiosk-1", station(devices=["screen"], at=AT))
    (health,) = monitor.stations()
    assert [device.device for device in health.devices] == ["screen"]


def test_the_last_trouble_is_kept_when_its_station_restarts(monitor: StationMonitor) -> None:
    monitor.receive("kiosk-1", station(devices=["printer"], at=AT))
    monitor.receive("kiosk-1/printer", printer("fault", code="cover", last_code="cover", last_at=AT))
    monitor.receive("kiosk-1", station(online=False))
    monitor.receive("kiosk-1", station(devices=["printer"], at=AT))
    monitor.receive("kiosk-1/printer", printer("unknown"))
    monitor.receive("kiosk-1/printer", printer("ready"))
    (device,) = monitor.stations()[0].devices
    assert (device.state, device.last_code, device.last_at) == (DeviceState.READY, "cover", AT)


def test_a_station_is_offline_since_the_server_received_its_will(monitor: StationMonitor) -> None:
    monitor.receive("kiosk-1", station(at=AT))
    assert monitor.stations()[0].since is None
    monitor.receive("kiosk-1", station(online=False))
    (health,) = monitor.stations()
    assert (health.online, health.since, health.at) == (False, "2026-11-23T02:00:00.000Z", AT)


def test_a_repeated_report_does_not_change_since() -> None:
    clock = iter(range(1_795_399_200_000, 1_795_399_300_000, 1_000))
    monitor = StationMonitor(lambda: None, lambda: next(clock))
    monitor.receive("kiosk-1", station())
    for _ in range(3):
        monitor.receive("kiosk-1", station(online=False))
    assert monitor.stations()[0].since == "2026-11-23T02:00:00.000Z"


def test_a_station_that_was_offline_at_the_start_has_no_since(monitor: StationMonitor) -> None:
    monitor.receive("kiosk-1", station(online=False))
    (health,) = monitor.stations()
    assert (health.since, health.at) == (None, None)


# --- two stations with one name, and invented ones -------------------------------------------------------


def name_fault(monitor: StationMonitor) -> str | None:
    (health,) = monitor.stations()
    return next((device.detail for device in health.devices if device.code == "name_twice"), None)


@pytest.mark.parametrize("kind", ["kiosk", "counter", "display", "sign"])
def test_two_stations_with_one_name_are_a_fault_that_names_their_machines(
    monitor: StationMonitor, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    for boot, machine in [("b1", "box-a"), ("b2", "box-b"), ("b1", "box-a"), ("b2", "box-b")]:
        monitor.receive("kiosk-1", station(kind=kind, boot=boot, machine=machine))
    assert name_fault(monitor) == "two stations are called kiosk-1: on box-a, box-b"
    assert caplog.text.count("two stations are called kiosk-1 (box-a, box-b); give one of them another name") == 1
    monitor.receive("kiosk-1", station(boot="b2", online=False))
    (health,) = monitor.stations()
    assert (health.online, name_fault(monitor)) == (True, None), "the other one is still there"


def test_a_station_that_was_started_again_is_one_station(monitor: StationMonitor) -> None:
    reports = [("b1", True), ("b1", True), ("b2", True), ("b1", False), ("b2", True), ("b3", True), ("b3", True)]
    for boot, online in reports:
        monitor.receive("kiosk-1", station(boot=boot, online=online))
        assert name_fault(monitor) is None
    (health,) = monitor.stations()
    assert health.online, "the will of the previous start does not count"


def test_a_namesake_that_ended_without_its_will_does_not_count_any_more(monitor: StationMonitor) -> None:
    for boot in ("b1", "b2", "b1", *["b2"] * 4):
        monitor.receive("kiosk-1", station(boot=boot))
    assert name_fault(monitor) is None


def test_invented_stations_are_limited_and_the_real_ones_stay(
    monitor: StationMonitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(2):  # as stations repeat their reports
        monitor.receive("kiosk-1", station())
        monitor.receive("kiosk-1/printer", printer("warning"))
    for n in range(20_000):
        monitor.receive(f"invented-{n}", station(f"invented-{n}"))
        monitor.receive(f"unreadable-{n}", b"{")
    stations = {health.station: health for health in monitor.stations()}
    assert len(stations) <= 200
    assert stations["kiosk-1"].devices[0].state is DeviceState.WARNING
    assert len(caplog.records) < 100
    assert caplog.text.count("somebody invents them") == 1
    monitor.receive("kiosk-2", station("kiosk-2"))
    assert "kiosk-2" in {health.station for health in monitor.stations()}, "a real one still finds room"


def test_a_device_that_never_reported_is_unknown_also_when_its_station_has_no_clock(monitor: StationMonitor) -> None:
    monitor.receive("sign-c6", station("sign-c6", kind="sign", devices=["sign"]))
    (health,) = monitor.stations()
    assert [(device.device, device.state) for device in health.devices] == [("sign", DeviceState.UNKNOWN)]


def test_a_repeated_report_is_no_change(monitor: StationMonitor, changes: list[int]) -> None:
    monitor.receive("kiosk-1", station())
    monitor.receive("kiosk-1/printer", printer())
    before = len(changes)
    monitor.receive("kiosk-1", station())
    monitor.receive("kiosk-1/printer", printer())
    assert len(changes) == before


@pytest.mark.parametrize("name", ["A" * 41, "a" * 41, "kiosk 1", "", "кiosk"])
def test_a_report_under_an_impossible_name_is_not_stored(monitor: StationMonitor, name: str) -> None:
    monitor.receive(name, station(name))
    assert monitor.stations() == []
