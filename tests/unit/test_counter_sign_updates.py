"""Signs know which letters numbers begin with, and whether their nodes are online."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from config.clock import Now
from config.devices import SignSettings
from counter.effects.sign_updates import SignUpdates
from hardware.open.signs import open_sign
from hardware.ports import HealthState, Sign
from hardware.serial_bus.bus import SerialBuses
from hardware.simulated.signs.sign import SimulatedSign
from server.wire.messages import Day, Office, Rule, Service, StationStatus
from server.wire.reports import presence
from server.wire.station.compose import decode
from server.wire.station.events import ReceivedMessage
from server.wire.topics import Topics
from support.waiting import until

TOPICS = Topics("mau")


def office(*prefixes: str) -> bytes:
    services = [
        Service.model_validate(
            {
                "id": f"S{place}",
                "prefix": prefix,
                "name": {"vi": "Dịch vụ"},
                "state": "open",
                "left": None,
                "counters": [],
            }
        )
        for place, prefix in enumerate(prefixes)
    ]
    picture = Office(
        office="mau",
        epoch="e1",
        rev=1,
        at="2026-11-23T01:12:05.123Z",
        name={"vi": "Phường Mẫu"},
        zone="Asia/Ho_Chi_Minh",
        mode="live",
        day=Day(date=None, state="none"),
        rule=Rule(head_start_min=30, calls=3),
        services=services,
        counters=[],
        catalogue="",
    )
    return picture.model_dump_json(by_alias=True).encode()


def node(*, online: bool) -> bytes:
    return StationStatus(station="sign-c6", kind="sign", online=online, boot="b1").model_dump_json().encode()


def receive(updates: SignUpdates, topic: str, payload: bytes) -> None:
    content = decode(topic, payload, updates.models)
    if content is not None:
        updates.receive(ReceivedMessage(topic, content))


@pytest.fixture
def signs(tmp_path: Path) -> Iterator[dict[str, Sign]]:
    buses = SerialBuses(time.monotonic)
    with ExitStack() as stack:
        opened: dict[str, Sign] = {}
        for counter, segments in (("c1", True), ("c2", False)):
            path = tmp_path / counter
            stack.enter_context(closing(SimulatedSign(counter, path, time.monotonic)))
            settings = SignSettings(kind="cd5220", port=str(path), segments=segments)
            sign = open_sign(settings, buses, {}, f"sign-{counter}")
            assert sign is not None
            opened[counter] = stack.enter_context(closing(sign))
        sign = open_sign(SignSettings(kind="mqtt"), buses, {}, "sign-c6")
        assert sign is not None
        opened["c6"] = sign
        yield opened


def test_letters_that_a_sign_has_not_are_logged_once_and_stand_in_its_health(
    signs: dict[str, Sign], caplog: pytest.LogCaptureFixture
) -> None:
    updates = SignUpdates(TOPICS, signs)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            receive(updates, TOPICS.office, office("A", "K", "A"))
    log = "shows digits only, not the letters A, K"
    assert [record.getMessage() for record in caplog.records] == [f"sign-c1 {log}"]
    until(lambda: signs["c1"].health().state is HealthState.READY)
    assert signs["c1"].health().detail == log
    until(lambda: signs["c2"].health().state is HealthState.READY)
    assert signs["c2"].health().detail == ""


def test_a_node_is_online_as_its_status_says(signs: dict[str, Sign]) -> None:
    updates = SignUpdates(TOPICS, signs)
    assert list(updates.models) == [TOPICS.office, TOPICS.status("sign-c6")]
    for up, payload, state in (
        (True, b"", HealthState.UNKNOWN),
        (None, node(online=True), HealthState.READY),
        (None, b"{", HealthState.READY),
        (None, node(online=False), HealthState.OFFLINE),
        (None, node(online=True), HealthState.READY),
        (False, b"", HealthState.UNKNOWN),
    ):
        if up is not None:
            updates.connection_changed(connected=up)
        else:
            receive(updates, TOPICS.status("sign-c6"), payload)
        assert signs["c6"].health().state is state


def test_the_station_reads_the_status_of_our_own_node(signs: dict[str, Sign]) -> None:
    updates = SignUpdates(TOPICS, signs)
    updates.connection_changed(connected=True)
    online, offline = presence("sign-c6", "sign", "b1", Now(0, 0, 0.0), ["sign"])
    receive(updates, TOPICS.status("sign-c6"), online)
    assert signs["c6"].health().state is HealthState.READY
    receive(updates, TOPICS.status("sign-c6"), offline)
    assert signs["c6"].health().state is HealthState.OFFLINE
