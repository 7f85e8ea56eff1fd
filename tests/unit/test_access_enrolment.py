"""An enrolment, and the state after an interruption at any point."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from enrolment_bench import BenchStation, EnrolmentBench, enrolment_bench

from server.access.device import DeviceDetails, DeviceNameTaken, UnknownDevice, WrongCounters, WrongDeviceKind
from server.access.enrolment import EnrolmentUnavailable, NoNetworkBroker
from server.access.pending import EnrolmentRequest, UnknownEnrolment, WrongCode
from server.wire.enrolment import display_code
from server.wire.messages import DeviceKind

DETAILS = DeviceDetails("Ki-ốt 1", "cửa chính")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[EnrolmentBench]:
    with enrolment_bench(tmp_path) as made:
        yield made


def _enrol(bench: EnrolmentBench, station: BenchStation, details: DeviceDetails = DETAILS) -> str:
    bench.enrolment.confirm("admin", station.pending.id, station.code, details)
    credentials = station.credentials()
    assert credentials is not None
    station.finish()
    return credentials.device.id


def test_a_station_is_enrolled_by_its_code(bench: EnrolmentBench) -> None:
    station = BenchStation(bench)
    assert station.pending.code == station.code
    assert station.credentials() is None
    bench.enrolment.confirm("admin", station.pending.id, display_code(station.code), DETAILS)
    credentials = station.credentials()
    assert credentials is not None
    assert (credentials.device.id, credentials.device.name, credentials.office) == ("kiosk-1", "Ki-ốt 1", "mau")
    assert (credentials.broker, credentials.broker_user, credentials.trust_pem) == ("luot.local:8883", "kiosk-1", "PEM")
    station.finish()
    device = bench.devices.find(credentials.token)
    assert device is not None
    assert device.broker_hash == f"hash of {credentials.broker_password}"
    assert bench.enrolment.pending.waiting() == []


def test_only_the_code_of_this_request_finishes_it(bench: EnrolmentBench) -> None:
    station, other = BenchStation(bench), BenchStation(bench)
    with pytest.raises(WrongCode):
        bench.enrolment.confirm("admin", station.pending.id, other.code, DETAILS)
    assert station.credentials() is None
    with pytest.raises(UnknownEnrolment):
        station.finish()
    assert bench.devices.all() == []


def test_nothing_is_stored_before_the_station_has_its_credentials(bench: EnrolmentBench) -> None:
    station = BenchStation(bench)
    bench.enrolment.confirm("admin", station.pending.id, station.code, DETAILS)
    credentials = station.credentials()
    assert credentials is not None
    assert bench.devices.find(credentials.token) is None
    with pytest.raises(UnknownEnrolment):
        station.finish(receipt="0" * 64)
    assert bench.devices.all() == []


def test_a_confirmation_may_be_repeated_and_so_may_the_end(bench: EnrolmentBench) -> None:
    station = BenchStation(bench)
    for _ in range(2):
        bench.enrolment.confirm("admin", station.pending.id, station.code, DETAILS)
    first = station.credentials()
    bench.enrolment.confirm("admin", station.pending.id, station.code, DeviceDetails("Ki-ốt 9"))
    assert station.credentials() == first
    station.finish()
    station.finish()
    assert [device.name for device in bench.devices.all()] == ["Ki-ốt 1"]


def test_a_wrong_code_after_the_right_one_changes_nothing(bench: EnrolmentBench) -> None:
    station = BenchStation(bench)
    bench.enrolment.confirm("admin", station.pending.id, station.code, DETAILS)
    for _ in range(9):
        with pytest.raises(WrongCode):
            bench.enrolment.confirm("admin", station.pending.id, "", DETAILS)
    station.finish()


def test_a_station_that_lost_power_begins_again_with_the_same_name(bench: EnrolmentBench) -> None:
    lost = BenchStation(bench)
    bench.enrolment.confirm("admin", lost.pending.id, lost.code, DETAILS)
    again = BenchStation(bench)
    with pytest.raises(DeviceNameTaken):  # until the lost one has gone from the list
        bench.enrolment.confirm("admin", again.pending.id, again.code, DETAILS)
    bench.enrolment.pending.drop(lost.pending.id)
    assert _enrol(bench, again) == "kiosk-1"


def test_a_server_that_lost_power_knows_nothing_of_a_half_enrolment(bench: EnrolmentBench) -> None:
    station = BenchStation(bench)
    bench.enrolment.confirm("admin", station.pending.id, station.code, DETAILS)
    bench.start()
    with pytest.raises(UnknownEnrolment):
        station.credentials()
    with pytest.raises(UnknownEnrolment):
        station.finish()
    assert _enrol(bench, BenchStation(bench)) == "kiosk-1"


def test_each_kiosk_gets_an_id_of_its_own(bench: EnrolmentBench) -> None:
    bench.stations_of_the_box.add("kiosk-1")
    stations = [BenchStation(bench) for _ in range(2)]
    ids = [_enrol(bench, station, DeviceDetails(f"Ki-ốt {n}")) for n, station in enumerate(stations)]
    assert ids == ["kiosk-2", "kiosk-3"]


def test_two_stations_confirmed_at_the_same_time_get_two_ids_and_two_names(bench: EnrolmentBench) -> None:
    first, other = BenchStation(bench), BenchStation(bench)
    bench.enrolment.confirm("admin", first.pending.id, first.code, DETAILS)
    with pytest.raises(DeviceNameTaken):
        bench.enrolment.confirm("admin", other.pending.id, other.code, DeviceDetails("KI-ỐT 1"))
    bench.enrolment.confirm("admin", other.pending.id, other.code, DeviceDetails("Ki-ốt 2"))
    first.finish()
    other.finish()
    assert [device.id for device in bench.devices.all()] == ["kiosk-1", "kiosk-2"]


def test_a_removed_machine_gets_its_id_back_with_its_name(bench: EnrolmentBench) -> None:
    bench.stations_of_the_box.add("kiosk-1")
    device = _enrol(bench, BenchStation(bench))
    bench.devices.remove("admin", device)
    bench.stations_of_the_box.add(device)  # it has reported
    assert _enrol(bench, BenchStation(bench)) == device


def test_a_new_machine_replaces_a_broken_one(bench: EnrolmentBench) -> None:
    broken, old_token = bench.add("Quầy 1", DeviceKind.COUNTER, device_id="counters-1", counters=("1",))
    station = BenchStation(bench, DeviceKind.COUNTER, "counters-1")
    bench.enrolment.confirm("admin", station.pending.id, station.code, DeviceDetails(""), replaces=broken.id)
    assert bench.devices.find(old_token) is not None  # until the new one has its credentials
    credentials = station.credentials()
    assert credentials is not None
    assert (credentials.device.id, credentials.device.counters) == ("counters-1", ["1"])
    station.finish()
    station.finish()
    assert bench.devices.is_ended(old_token)
    assert bench.devices.find(credentials.token) is not None


def test_what_cannot_be_is_refused_at_the_confirmation(bench: EnrolmentBench) -> None:
    kiosk, _ = bench.add("Ki-ốt 1")
    station = BenchStation(bench)
    confirm = bench.enrolment.confirm
    with pytest.raises(DeviceNameTaken):
        confirm("admin", station.pending.id, station.code, DETAILS)
    with pytest.raises(WrongCounters):
        confirm("admin", station.pending.id, station.code, DeviceDetails("Ki-ốt 2", "", ("1",)))
    with pytest.raises(UnknownDevice):
        confirm("admin", station.pending.id, station.code, DETAILS, replaces="kiosk-9")
    tv = BenchStation(bench, DeviceKind.DISPLAY, "tv-1")
    with pytest.raises(WrongDeviceKind):
        confirm("admin", tv.pending.id, tv.code, DETAILS, replaces=kiosk.id)
    assert station.credentials() is None


def test_two_machines_cannot_replace_the_same_one(bench: EnrolmentBench) -> None:
    kiosk, _ = bench.add("Ki-ốt 1")
    first, other = BenchStation(bench), BenchStation(bench)
    bench.enrolment.confirm("admin", first.pending.id, first.code, DETAILS, replaces=kiosk.id)
    with pytest.raises(DeviceNameTaken):
        bench.enrolment.confirm("admin", other.pending.id, other.code, DETAILS, replaces=kiosk.id)


def test_a_browser_gets_its_token_once_the_code_was_typed(bench: EnrolmentBench) -> None:
    pending = bench.enrolment.pending.begin_browser(EnrolmentRequest(DeviceKind.BROWSER, "10.0.0.9"))
    assert bench.enrolment.finish_browser(pending.id) is None
    details = DeviceDetails("Máy quầy 1", "", ("1",))
    bench.enrolment.confirm("admin", pending.id, pending.code or "", details)
    token = bench.enrolment.finish_browser(pending.id)
    assert token == bench.enrolment.finish_browser(pending.id)
    device = bench.devices.find(token or "")
    assert device is not None
    assert (device.id, device.kind, device.broker_hash) == ("browser-1", DeviceKind.BROWSER, None)
    station = BenchStation(bench)
    with pytest.raises(UnknownEnrolment):
        bench.enrolment.finish_browser(station.pending.id)


def test_a_server_without_a_certificate_enrols_no_station(bench: EnrolmentBench) -> None:
    bench.identity = None
    with pytest.raises(EnrolmentUnavailable):
        BenchStation(bench)


def test_no_station_is_enrolled_at_a_broker_that_stays_on_its_machine(bench: EnrolmentBench) -> None:
    assert bench.identity is not None
    bench.identity = replace(bench.identity, broker=None)
    station = BenchStation(bench)
    with pytest.raises(NoNetworkBroker):
        bench.enrolment.confirm("admin", station.pending.id, station.code, DETAILS)
    assert station.credentials() is None


def test_no_log_line_with_a_waiting_device_has_its_code(bench: EnrolmentBench) -> None:
    station = BenchStation(bench)
    assert station.code not in repr(station.pending)
