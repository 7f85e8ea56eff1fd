"""What signs are told beside their faces: which letters will come, and whether nodes are there."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from config.clock import Now
from config.devices import Sign as SignSettings
from counter.boards import Boards
from hardware.lines.lines import Lines
from hardware.open_signs import open_sign
from hardware.ports import Sign, State
from hardware.simulated.signs.sign import SimulatedSign
from server.wire.messages import Day, Office, Rule, Service, StationStatus
from server.wire.reports import itself
from server.wire.topics import Topics
from waiting import until

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
    told = Office(
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
    return told.model_dump_json(by_alias=True).encode()


def node(*, online: bool) -> bytes:
    return StationStatus(station="sign-c6", kind="sign", online=online, boot="b1").model_dump_json().encode()


@pytest.fixture
def signs(tmp_path: Path) -> Iterator[dict[str, Sign]]:
    lines = Lines(time.monotonic)
    with ExitStack() as stack:
        opened: dict[str, Sign] = {}
        for counter, segments in (("c1", True), ("c2", False)):
            path = tmp_path / counter
            stack.enter_context(closing(SimulatedSign(counter, path, time.monotonic)))
            settings = SignSettings(kind="cd5220", port=str(path), segments=segments)
            sign = open_sign(settings, lines, {}, f"sign-{counter}")
            assert sign is not None
            opened[counter] = stack.enter_context(closing(sign))
        sign = open_sign(SignSettings(kind="mqtt"), lines, {}, "sign-c6")
        assert sign is not None
        opened["c6"] = sign
        yield opened


def test_letters_that_a_sign_has_not_are_logged_once_and_stand_in_its_health(
    signs: dict[str, Sign], caplog: pytest.LogCaptureFixture
) -> None:
    boards = Boards(TOPICS, signs)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            boards.heard(TOPICS.office, office("A", "K", "A"))
    said = "shows digits only, not the letters A, K"
    assert [record.getMessage() for record in caplog.records] == [f"sign-c1 {said}"]
    until(lambda: signs["c1"].health().state is State.READY)
    assert signs["c1"].health().detail == said
    until(lambda: signs["c2"].health().state is State.READY)
    assert signs["c2"].health().detail == ""


def test_a_node_is_as_there_as_it_says(signs: dict[str, Sign]) -> None:
    boards = Boards(TOPICS, signs)
    assert boards.topics == (TOPICS.office, TOPICS.status("sign-c6"))
    for up, payload, state in (
        (True, b"", State.UNKNOWN),
        (None, node(online=True), State.READY),
        (None, b"{", State.READY),
        (None, node(online=False), State.OFFLINE),
        (None, node(online=True), State.READY),
        (False, b"", State.UNKNOWN),
    ):
        if up is not None:
            boards.linked(up=up)
        else:
            boards.heard(TOPICS.status("sign-c6"), payload)
        assert signs["c6"].health().state is state


def test_what_a_node_of_ours_says_of_itself_is_understood_by_the_station(signs: dict[str, Sign]) -> None:

    boards = Boards(TOPICS, signs)
    boards.linked(up=True)
    there, gone = itself("sign-c6", "sign", "b1", Now(0, 0, 0.0), ["sign"])
    boards.heard(TOPICS.status("sign-c6"), there)
    assert signs["c6"].health().state is State.READY
    boards.heard(TOPICS.status("sign-c6"), gone)
    assert signs["c6"].health().state is State.OFFLINE
