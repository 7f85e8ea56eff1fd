"""What the server believes of stations and devices, from what it heard."""

import json
import logging

import pytest

from server.health import Reports
from server.wire.messages import DeviceState

AT = "2026-11-23T01:12:05.123Z"


def station(name: str = "kiosk-1", *, online: bool = True, **more: object) -> bytes:
    said = {"v": 1, "station": name, "kind": "kiosk", "online": online, "boot": "b1", "version": "0.1.0", "new": 1}
    return json.dumps(said | more).encode()


def printer(state: str = "ready", *, of: str = "kiosk-1", **more: object) -> bytes:
    body: dict[str, object] = {"v": 1, "station": of, "device": "printer", "state": state, "since": AT, "at": AT}
    return json.dumps(body | more).encode()


@pytest.fixture
def changes() -> list[int]:
    return []


@pytest.fixture
def reports(changes: list[int]) -> Reports:
    reports = Reports(lambda: changes.append(1), lambda: 1_795_399_200_000)
    reports.link(up=True)
    return reports


def test_a_device_is_as_it_said_while_its_station_is_online(reports: Reports) -> None:
    reports.heard("kiosk-1", station())
    reports.heard("kiosk-1/printer", printer("warning", code="paper_near_end", left_slips=120))
    (found,) = reports.stations()
    assert (found.online, found.kind, found.version) == (True, "kiosk", "0.1.0")
    assert (found.devices[0].state, found.devices[0].left_slips) == (DeviceState.WARNING, 120)


@pytest.mark.parametrize("last", ["offline", "never", "broker"])
def test_the_devices_of_a_station_that_nobody_hears_are_unknown(reports: Reports, last: str) -> None:
    reports.heard("kiosk-1/printer", printer("warning", code="paper_near_end", left_slips=120))
    if last != "never":
        reports.heard("kiosk-1", station(online=last != "offline"))
    if last == "broker":
        reports.link(up=False)
    (found,) = reports.stations()
    device = found.devices[0]
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
def test_a_broken_report_changes_nothing_and_is_logged_once(
    reports: Reports, changes: list[int], caplog: pytest.LogCaptureFixture, path: str, payload: bytes
) -> None:
    reports.heard("kiosk-1", station())
    reports.heard("kiosk-1/printer", printer())
    before, changed = reports.stations(), len(changes)
    with caplog.at_level(logging.WARNING):
        reports.heard(path, payload)
        reports.heard(path, payload)
    assert reports.stations() == before
    assert len(changes) == changed
    assert len(caplog.records) == 1


def test_an_erased_report_is_gone(reports: Reports) -> None:
    reports.heard("kiosk-1", station())
    reports.heard("kiosk-1/printer", printer())
    reports.heard("kiosk-1/printer", b"")
    reports.heard("kiosk-1", b"")
    assert [one.devices for one in reports.stations()] in ([], [[]])


def test_a_device_that_never_reported_is_missed(reports: Reports) -> None:
    reports.heard("kiosk-1", station(devices=["printer", "screen"], at=AT))
    reports.heard("kiosk-1/printer", printer())
    (found,) = reports.stations()
    assert [(one.device, one.state, one.since) for one in found.devices] == [
        ("printer", DeviceState.READY, AT),
        ("screen", DeviceState.UNKNOWN, AT),
    ]


def test_a_device_that_its_station_is_no_longer_set_up_with_is_gone(reports: Reports) -> None:
    reports.heard("kiosk-1/printer", printer("fault", code="paper_out"))
    reports.heard("kiosk-1", station(devices=["screen"], at=AT))
    (found,) = reports.stations()
    assert [one.device for one in found.devices] == ["screen"]


def test_the_last_trouble_outlives_the_restart_of_its_station(reports: Reports) -> None:
    reports.heard("kiosk-1", station(devices=["printer"], at=AT))
    reports.heard("kiosk-1/printer", printer("fault", code="cover", last_code="cover", last_at=AT))
    reports.heard("kiosk-1", station(online=False))
    reports.heard("kiosk-1", station(devices=["printer"], at=AT))
    reports.heard("kiosk-1/printer", printer("unknown"))
    reports.heard("kiosk-1/printer", printer("ready"))
    (device,) = reports.stations()[0].devices
    assert (device.state, device.last_code, device.last_at) == (DeviceState.READY, "cover", AT)


def test_a_station_that_goes_is_known_to_have_gone_when_the_server_heard_it(reports: Reports) -> None:
    reports.heard("kiosk-1", station(at=AT))
    assert reports.stations()[0].since is None
    reports.heard("kiosk-1", station(online=False))
    (found,) = reports.stations()
    assert (found.online, found.since, found.at) == (False, "2026-11-23T02:00:00.000Z", AT)


def test_a_station_that_says_the_same_again_is_so_since_the_first_time() -> None:
    clock = iter(range(1_795_399_200_000, 1_795_399_300_000, 1_000))
    reports = Reports(lambda: None, lambda: next(clock))
    reports.heard("kiosk-1", station())
    for _ in range(3):
        reports.heard("kiosk-1", station(online=False))
    assert reports.stations()[0].since == "2026-11-23T02:00:00.000Z"


def test_a_station_that_was_away_at_the_start_has_no_moment_made_up(reports: Reports) -> None:
    reports.heard("kiosk-1", station(online=False))
    (found,) = reports.stations()
    assert (found.since, found.at) == (None, None)


# --- two stations with one name, and invented ones -------------------------------------------------------


def name_fault(reports: Reports) -> str | None:
    (found,) = reports.stations()
    return next((one.detail for one in found.devices if one.code == "name_twice"), None)


@pytest.mark.parametrize("kind", ["kiosk", "counter", "display", "sign"])
def test_two_stations_with_one_name_are_a_fault_that_names_their_machines(
    reports: Reports, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    for boot, machine in [("b1", "box-a"), ("b2", "box-b"), ("b1", "box-a"), ("b2", "box-b")]:
        reports.heard("kiosk-1", station(kind=kind, boot=boot, machine=machine))
    assert name_fault(reports) == "two stations are called kiosk-1: on box-a, box-b"
    assert caplog.text.count("two stations are called kiosk-1 (box-a, box-b); give one of them another name") == 1
    reports.heard("kiosk-1", station(boot="b2", online=False))
    (found,) = reports.stations()
    assert (found.online, name_fault(reports)) == (True, None), "the other one is still there"


def test_a_station_that_was_started_again_is_one_station(reports: Reports) -> None:
    said = [("b1", True), ("b1", True), ("b2", True), ("b1", False), ("b2", True), ("b3", True), ("b3", True)]
    for boot, online in said:
        reports.heard("kiosk-1", station(boot=boot, online=online))
        assert name_fault(reports) is None
    (found,) = reports.stations()
    assert found.online, "the last word of the start before is not this one's"


def test_a_twin_that_went_without_its_last_word_is_forgotten(reports: Reports) -> None:
    for boot in ("b1", "b2", "b1", *["b2"] * 4):
        reports.heard("kiosk-1", station(boot=boot))
    assert name_fault(reports) is None


def test_twenty_thousand_invented_stations_are_bounded_and_the_true_ones_stay(
    reports: Reports, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(2):  # as stations repeat themselves
        reports.heard("kiosk-1", station())
        reports.heard("kiosk-1/printer", printer("warning"))
    for n in range(20_000):
        reports.heard(f"invented-{n}", station(f"invented-{n}"))
        reports.heard(f"unreadable-{n}", b"{")
    found = {one.station: one for one in reports.stations()}
    assert len(found) <= 200
    assert found["kiosk-1"].devices[0].state is DeviceState.WARNING
    assert len(caplog.records) < 100
    assert caplog.text.count("somebody invents them") == 1
    reports.heard("kiosk-2", station("kiosk-2"))
    assert "kiosk-2" in {one.station for one in reports.stations()}, "a true one still finds room"


def test_a_station_that_tells_no_time_and_whose_device_never_reported_is_unknown(reports: Reports) -> None:
    reports.heard("sign-c6", station("sign-c6", kind="sign", devices=["sign"]))
    (found,) = reports.stations()
    assert [(one.device, one.state) for one in found.devices] == [("sign", DeviceState.UNKNOWN)]


def test_what_is_repeated_is_no_change(reports: Reports, changes: list[int]) -> None:
    reports.heard("kiosk-1", station())
    reports.heard("kiosk-1/printer", printer())
    before = len(changes)
    reports.heard("kiosk-1", station())
    reports.heard("kiosk-1/printer", printer())
    assert len(changes) == before


@pytest.mark.parametrize("name", ["A" * 41, "a" * 41, "kiosk 1", "", "кiosk"])
def test_a_name_that_no_station_can_have_is_not_kept(reports: Reports, name: str) -> None:
    reports.heard(name, station(name))
    assert reports.stations() == []
