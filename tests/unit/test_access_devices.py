"""The registry of enrolled devices: tokens, names, what each kind may serve, removal and replacement."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from enrolment_bench import EnrolmentBench, enrolment_bench
from sqlalchemy import event, select

from server.access import device as refusals
from server.access import devices as registry
from server.access import schema as t
from server.access.device import DeviceDetails, NewDevice
from server.wire.messages import DeviceKind


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[EnrolmentBench]:
    with enrolment_bench(tmp_path) as made:
        yield made


def _new(kind: DeviceKind, token: str) -> NewDevice:
    return NewDevice("any", kind, DeviceDetails("any"), token, "another hash", "10.0.0.8")


def test_a_device_is_enrolled_by_its_token_also_after_a_new_start(bench: EnrolmentBench) -> None:
    kiosk, token = bench.add("Ki-ốt 1")
    assert bench.devices.find(token) == kiosk
    assert bench.devices.find(token + "x") is None
    assert not bench.devices.is_ended(token)
    bench.start()
    enrolled = bench.devices.find(token)
    assert enrolled is not None
    assert (enrolled.id, enrolled.name, enrolled.place) == (kiosk.id, "Ki-ốt 1", "cửa chính")


def test_no_token_is_in_the_database_or_in_the_log(bench: EnrolmentBench) -> None:
    _, token = bench.add("Ki-ốt 1")
    with bench.database.transaction() as connection:
        text = repr(connection.execute(select(t.device)).all()) + repr(connection.execute(select(t.access_log)).all())
    assert "Ki-ốt 1" in text
    assert token not in text


def test_finding_a_device_costs_one_statement_a_minute(bench: EnrolmentBench) -> None:
    kiosk, token = bench.add("Ki-ốt 1")
    written: list[str] = []

    @event.listens_for(bench.database._engines.write, "before_cursor_execute")
    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        written.extend([statement] if statement.startswith("UPDATE") else [])

    bench.devices.find(token, "10.0.0.8")
    first = len(written)
    assert first == 1
    for _ in range(20):
        bench.devices.find(token, "10.0.0.9")
    bench.clock.now_ms += registry.LAST_USE_EVERY_MS - 1
    bench.devices.find(token, "10.0.0.9")
    assert len(written) == first
    bench.clock.now_ms += 1
    bench.devices.find(token, "10.0.0.9")
    used = bench.devices.get(kiosk.id)
    assert used is not None
    assert (used.last_used_ms, used.address) == (bench.clock.now_ms, "10.0.0.9")


def test_a_clock_that_is_set_back_does_not_stop_the_last_use(bench: EnrolmentBench) -> None:
    kiosk, token = bench.add("Ki-ốt 1")
    bench.devices.find(token)
    bench.clock.now_ms -= 10**9
    bench.devices.find(token)
    used = bench.devices.get(kiosk.id)
    assert used is not None
    assert used.last_used_ms == bench.clock.now_ms


@pytest.mark.parametrize("name", ["Ki-ốt 1", "  KI-ỐT  1 ", "Ki-ô\u0301t 1"])
def test_two_devices_have_two_names(bench: EnrolmentBench, name: str) -> None:
    bench.add("Ki-ốt 1")
    with pytest.raises(refusals.DeviceNameTaken):
        bench.add(name, device_id="other")
    other, _ = bench.add("Ki-ốt 2", device_id="kiosk-2")
    with pytest.raises(refusals.DeviceNameTaken):
        bench.devices.change("admin", other.id, DeviceDetails(name))
    bench.devices.change("admin", other.id, DeviceDetails("KI-ỐT 2"))


@pytest.mark.parametrize("name", ["", "  ", "a\x00b", "a\u202eb", "x" * 61])
def test_a_name_can_be_shown(bench: EnrolmentBench, name: str) -> None:
    with pytest.raises(refusals.DeviceNameInvalid):
        bench.add(name)


@pytest.mark.parametrize(
    ("kind", "counters", "is_possible"),
    [
        (DeviceKind.KIOSK, (), True),
        (DeviceKind.KIOSK, ("1",), False),
        (DeviceKind.DISPLAY, (), True),
        (DeviceKind.DISPLAY, ("1",), False),
        (DeviceKind.COUNTER, (), False),
        (DeviceKind.COUNTER, ("1", "2"), True),
        (DeviceKind.NODE, (), False),
        (DeviceKind.NODE, ("1",), True),
        (DeviceKind.NODE, ("1", "2"), False),
        (DeviceKind.BROWSER, (), True),
        (DeviceKind.BROWSER, ("1",), True),
    ],
)
def test_each_kind_serves_the_counters_that_it_can(
    bench: EnrolmentBench, kind: DeviceKind, counters: tuple[str, ...], is_possible: bool
) -> None:
    if is_possible:
        assert bench.add("A", kind, counters=counters)[0].counters == counters
    else:
        with pytest.raises(refusals.WrongCounters):
            bench.add("A", kind, counters=counters)
    assert len(bench.devices.all()) == is_possible


def test_the_token_of_a_removed_device_ends_at_once(bench: EnrolmentBench) -> None:
    kiosk, token = bench.add("Ki-ốt 1")
    bench.devices.remove("admin", kiosk.id)
    assert bench.devices.find(token) is None
    assert bench.devices.is_ended(token)
    assert bench.devices.get(kiosk.id) is None
    assert bench.changed == [kiosk.id, kiosk.id]
    bench.start()
    assert bench.devices.is_ended(token)
    with pytest.raises(refusals.UnknownDevice):
        bench.devices.remove("admin", kiosk.id)


def test_another_machine_takes_over_the_id_and_the_name_of_a_broken_one(bench: EnrolmentBench) -> None:
    broken, old_token = bench.add("Quầy 1 và 2", DeviceKind.COUNTER, counters=("1", "2"))
    bench.devices.replace("admin", broken.id, _new(DeviceKind.COUNTER, "new"))
    taken_over = bench.devices.find("new")
    assert taken_over is not None
    assert bench.devices.find(old_token) is None
    assert bench.devices.is_ended(old_token)
    assert (taken_over.id, taken_over.name, taken_over.counters) == (broken.id, broken.name, broken.counters)
    assert taken_over.broker_hash == "another hash"
    assert len(bench.devices.all()) == 1


def test_a_machine_replaces_only_one_of_its_kind(bench: EnrolmentBench) -> None:
    kiosk, token = bench.add("Ki-ốt 1")
    with pytest.raises(refusals.WrongDeviceKind):
        bench.devices.replace("admin", kiosk.id, _new(DeviceKind.DISPLAY, "new"))
    with pytest.raises(refusals.UnknownDevice):
        bench.devices.replace("admin", "kiosk-9", _new(DeviceKind.KIOSK, "new"))
    assert bench.devices.find(token) is not None
    assert bench.devices.find("new") is None


def test_changed_counters_are_stored(bench: EnrolmentBench) -> None:
    node, token = bench.add("Bảng quầy 6", DeviceKind.NODE, counters=("6",))
    bench.devices.change("admin", node.id, DeviceDetails("Bảng quầy 7", "", ("7",)))
    enrolled = bench.devices.find(token)
    assert enrolled is not None
    assert (enrolled.name, enrolled.counters) == ("Bảng quầy 7", ("7",))
    with pytest.raises(refusals.WrongCounters):
        bench.devices.change("admin", node.id, DeviceDetails("Bảng quầy 7"))
    with pytest.raises(refusals.UnknownDevice):
        bench.devices.change("admin", "sign-c9", DeviceDetails("x"))


def test_an_id_in_use_is_not_given_twice(bench: EnrolmentBench) -> None:
    bench.add("A", device_id="kiosk-1")
    with pytest.raises(refusals.DeviceNameTaken):
        bench.add("B", device_id="kiosk-1")


def test_only_the_newest_ended_tokens_are_kept(bench: EnrolmentBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MAX_ENDED_TOKENS", 2)
    kiosk, first = bench.add("Ki-ốt 1")
    for _ in range(3):
        bench.devices.replace("admin", kiosk.id, _new(DeviceKind.KIOSK, secrets.token_hex()))
    assert not bench.devices.is_ended(first)
    assert len(bench.devices._rows.get().ended) == 2


def test_a_failed_write_leaves_memory_and_database_alike(
    bench: EnrolmentBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk, token = bench.add("Ki-ốt 1")

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(registry, "log_event", fail)
    with pytest.raises(OSError, match="disk full"):
        bench.devices.remove("admin", kiosk.id)
    assert bench.devices.find(token) is not None
    bench.start()
    assert bench.devices.find(token) is not None


def test_the_registry_is_bounded(bench: EnrolmentBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MAX_DEVICES", 1)
    bench.add("Ki-ốt 1")
    with pytest.raises(refusals.TooManyDevices):
        bench.add("Ki-ốt 2", device_id="kiosk-2")
