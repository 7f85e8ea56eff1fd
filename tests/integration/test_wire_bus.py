"""The bus with a real broker: what is retained, when a picture gets a new rev, and how a listener heals."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from config.clock import Now
from config.settings import Broker
from halls import free_ports
from server.bus import Bus, Inbox, Link, Pictures
from server.store.facts import Fact, Kind
from server.store.writer import Committed
from server.wire.messages import (
    Board,
    BoardService,
    Counter,
    CounterPicture,
    CounterStateName,
    Day,
    Office,
    Rule,
    WorkList,
)
from server.wire.topics import Topics
from waiting import PATIENCE_S
from wires import Listener, Place

TOPICS = Topics("test")
AT = "2026-11-23T01:12:05.123Z"


def seen(*, waiting: int = 0, at: str = AT, jobs: tuple[str, ...] = (), rev: int = 1, epoch: str = "e1") -> Pictures:
    counter = Counter(id="c1", label="1", state=CounterStateName.OPEN, ready=False, reason=None, ticket=None)
    return Pictures(
        board=Board(
            office="test", epoch=epoch, rev=rev, seq=rev, at=at, day="2026-11-23", counters=[counter], calls=[],
            missed=[], services=[BoardService(id="HT", waiting=waiting)],
        ),
        office=Office(
            office="test", epoch=epoch, rev=rev, at=at, name={"vi": "Phường Thử"}, zone="Asia/Ho_Chi_Minh", mode="demo",
            day=Day(date="2026-11-23", state="open"), rule=Rule(head_start_min=30, calls=3), services=[], counters=[],
            catalogue='W/"1"',
        ),
        counters=[
            CounterPicture(
                id="c1", label="1", state=CounterStateName.OPEN, number=None, ticket=None, ticket_class=None,  # type: ignore[call-arg]
                epoch=epoch, rev=rev,
            )
        ],
        work=[WorkList(station="kiosk-1", jobs=list(jobs), epoch=epoch, rev=rev)] if jobs else [],
    )  # fmt: skip


def a_fact(kind: Kind, **data: str) -> Fact:
    return Fact(
        seq=7, day="2026-11-23", at_ms=1_795_396_325_123, boot_id="b", boot_ms=1, queue_ms=1, actor_role="clerk",
        actor_id="nv-secret", actor_station="page-1", request_id=None, request_hash=None, kind=kind, ticket="t-1",
        counter="c1", service="HT", data={**data, "reason": "secret"}, prev="", own="",
    )  # fmt: skip


@dataclass
class World:
    """What the bus looks at, and what it says back."""

    place: Place
    shown: Pictures = field(default_factory=seen)
    broken: bool = False
    mistakes: list[Exception] = field(default_factory=list)
    looks: int = 0
    seen_rev: int = 0
    looked: threading.Condition = field(default_factory=threading.Condition)
    failed: threading.Event = field(default_factory=threading.Event)
    inbox: Inbox = field(default_factory=queue.SimpleQueue)
    statuses: "queue.Queue[tuple[str, bytes]]" = field(default_factory=queue.Queue)
    links: "queue.Queue[bool]" = field(default_factory=queue.Queue)
    changes: "queue.Queue[None]" = field(default_factory=queue.Queue)

    def look(self) -> Pictures:
        self.looks += 1
        if self.mistakes:
            raise self.mistakes.pop()
        if self.broken:
            self.failed.set()
            raise OperationalError("SELECT", {}, Exception("disk I/O error"))
        with self.looked:
            self.seen_rev = self.shown.board.rev
            self.looked.notify_all()
            return self.shown

    def commit(self, *facts: Fact) -> None:
        self.inbox.put(Committed(facts))

    def looked_at(self, rev: int) -> None:
        with self.looked:
            assert self.looked.wait_for(lambda: self.seen_rev >= rev, PATIENCE_S)

    @contextmanager
    def bus(self, epoch: str = "e1") -> Iterator[Bus]:
        bus = Bus(
            Link("127.0.0.1", self.place.port, TOPICS, epoch),
            self.look,
            self.inbox,
            now=lambda: Now(1_795_396_325_123, 0, time.monotonic()),
            on_status=lambda path, payload: self.statuses.put((path, payload)),
            on_link=self.links.put,
            changed=lambda: self.changes.put(None),
        )
        try:
            yield bus
        finally:
            bus.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    settings = Broker(listen=f"127.0.0.1:{free_ports(1)[0]}")
    with ExitStack() as feeds:
        place = Place(settings, tmp_path, feeds)
        place.start()
        yield World(place)
        feeds.close()
        place.stop()


def picture(listener: Listener, topic: str, **wanted: Any) -> dict[str, Any]:
    """The next message on ``topic`` that has the wanted fields."""
    found: dict[str, Any] = {}

    def fits(message: tuple[str, bytes]) -> bool:
        if message[0] != topic or not message[1]:
            return False
        found.clear()
        found.update(json.loads(message[1]))
        return all(found[name] == value for name, value in wanted.items())

    listener.wait(fits)
    return found


def subscribed(world: World, *topics: str) -> Listener:
    """A listener of whom the broker knows by now: to one who subscribes while a picture is published, the embedded
    broker gives it twice, as kept and as new."""
    listener = world.place.listen("screen", *topics, "echo")
    listener.up(up=True)
    listener.feed.publish("echo", b"echo", retain=False)
    listener.wait(lambda message: message[0] == "echo")
    return listener


def test_all_pictures_are_retained_with_epoch_and_rev(world: World) -> None:
    world.shown = seen(jobs=("j-1",), rev=7, epoch="e7")
    with world.bus("e7"):
        screen = world.place.listen("screen", "luot/v1/test/#")
        got: dict[str, Any] = {}
        while len(got) < 5:
            topic, payload = screen.wait(lambda _: True)
            got[topic] = json.loads(payload)
    for topic in (TOPICS.board, TOPICS.office, TOPICS.counter("c1"), TOPICS.work("kiosk-1")):
        assert (got[topic]["epoch"], got[topic]["rev"]) == ("e7", 7)
    assert got[TOPICS.server]["online"] is True
    assert got[TOPICS.work("kiosk-1")]["jobs"] == ["j-1"]


def test_a_change_gives_the_next_rev_to_the_changed_picture_only(world: World) -> None:
    screen = subscribed(world, TOPICS.board, TOPICS.office)
    with world.bus() as bus:
        picture(screen, TOPICS.office, rev=1)
        world.shown = seen(waiting=3, at="2026-11-23T01:12:09.000Z", rev=2)
        world.commit()
        assert picture(screen, TOPICS.board, rev=2)["services"][0]["waiting"] == 3
        assert bus.board.rev == 2
        world.changes.get(timeout=PATIENCE_S)
        world.shown = seen(waiting=4, rev=3)
        world.commit()
        picture(screen, TOPICS.board, rev=3)
        assert [topic for topic, _ in screen.heard].count(TOPICS.office) == 1


def test_time_alone_is_not_news(world: World) -> None:
    screen = subscribed(world, TOPICS.board)
    with world.bus():
        picture(screen, TOPICS.board, rev=1)
        world.shown = seen(at="2026-11-23T01:13:00.000Z", rev=2)
        world.commit()
        world.looked_at(2)
        world.shown = seen(waiting=1, at="2026-11-23T01:14:00.000Z", rev=3)
        world.commit()
        assert picture(screen, TOPICS.board)["rev"] == 3


def test_a_change_waits_for_its_fact_so_that_a_newer_picture_has_a_newer_rev(world: World) -> None:
    screen = subscribed(world, TOPICS.board)
    with world.bus():
        picture(screen, TOPICS.board, rev=1)
        world.shown = seen(waiting=1, rev=1)
        world.commit()
        world.shown = seen(waiting=1, rev=2)
        world.commit()
        assert picture(screen, TOPICS.board)["rev"] == 2


def test_commits_that_come_together_are_one_picture(world: World) -> None:
    with world.bus() as bus:
        for waiting in range(1, 200):
            world.shown = seen(waiting=waiting, rev=waiting)
            world.commit()
        while bus.board.services[0].waiting != 199:
            world.changes.get(timeout=PATIENCE_S)
        assert world.looks < 100


def test_a_missed_picture_heals_with_the_next_one(world: World) -> None:
    with world.bus():
        world.links.get(timeout=PATIENCE_S)
        world.place.stop()
        assert world.links.get(timeout=PATIENCE_S) is False
        for waiting in (1, 2):
            world.shown = seen(waiting=waiting, rev=waiting + 1)
            world.commit()
            world.changes.get(timeout=PATIENCE_S)
        world.place.start()
        screen = world.place.listen("screen", TOPICS.board)
        assert picture(screen, TOPICS.board, rev=3)["services"][0]["waiting"] == 2


def test_a_bus_whose_thread_fails_runs_again_and_publishes_what_changed_meanwhile(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with world.bus():
        screen = world.place.listen("screen", TOPICS.board)
        picture(screen, TOPICS.board, rev=1)
        world.mistakes.append(KeyError("a mistake of ours"))
        world.shown = seen(waiting=1, rev=2)
        world.commit()
        assert picture(screen, TOPICS.board, rev=2)["services"][0]["waiting"] == 1
    assert "the thread 'bus' has failed 1 time(s)" in caplog.text


def test_a_new_start_of_the_server_is_a_new_epoch(world: World) -> None:
    screen = world.place.listen("screen", TOPICS.board)
    with world.bus("e1"):
        picture(screen, TOPICS.board, epoch="e1", rev=1)
    world.shown = seen(epoch="e2")
    with world.bus("e2"):
        picture(screen, TOPICS.board, epoch="e2", rev=1)


def test_a_clean_stop_says_offline_at_once(world: World) -> None:
    screen = world.place.listen("screen", TOPICS.server)
    with world.bus():
        picture(screen, TOPICS.server, online=True)
    picture(screen, TOPICS.server, online=False)


def test_the_heartbeat_goes_on_by_itself(world: World) -> None:
    screen = world.place.listen("screen", TOPICS.server)
    with world.bus():
        for _ in range(2):
            picture(screen, TOPICS.server, online=True)


def test_the_stations_reports_reach_the_server(world: World) -> None:
    with world.bus():
        station = world.place.listen("station")
        station.feed.publish(TOPICS.status("kiosk-1"), b"{}", retain=True)
        station.feed.publish(TOPICS.device("kiosk-1", "printer"), b"[]", retain=True)
        got = {world.statuses.get(timeout=PATIENCE_S) for _ in range(2)}
    assert got == {("kiosk-1", b"{}"), ("kiosk-1/printer", b"[]")}


def test_a_station_whose_work_is_done_gets_an_empty_list(world: World) -> None:
    world.shown = seen(jobs=("j-1",))
    with world.bus():
        kiosk = world.place.listen("kiosk", TOPICS.work("kiosk-1"))
        picture(kiosk, TOPICS.work("kiosk-1"), jobs=["j-1"], rev=1)
        world.shown = seen(rev=2)
        world.commit()
        picture(kiosk, TOPICS.work("kiosk-1"), jobs=[], rev=2)
        world.shown = seen(jobs=("j-2",), rev=3)
        world.commit()
        picture(kiosk, TOPICS.work("kiosk-1"), jobs=["j-2"], rev=3)


def test_facts_are_told_and_not_retained(world: World) -> None:
    with world.bus():
        outsider = world.place.listen("outsider", "luot/v1/test/ticket/#", TOPICS.server)
        outsider.up(up=True)
        world.links.get(timeout=PATIENCE_S)
        picture(outsider, TOPICS.server, online=True)  # so the broker has its subscriptions: a fact is told only once
        world.commit(a_fact(Kind.ISSUED, number="A001"), a_fact(Kind.CALL_SEEN), a_fact(Kind.UNPINNED))
        told = picture(outsider, TOPICS.fact("issued"))
        assert told == {"v": 1, "fact": "issued", "ticket": "t-1", "number": "A001", "at": AT, "seq": 7}
        late = world.place.listen("late", "luot/v1/test/#")
        picture(late, TOPICS.server, online=True)
        assert not any(topic == TOPICS.fact("issued") for topic, _ in late.heard)


def test_a_disk_that_fails_for_a_moment_does_not_silence_the_bus(world: World) -> None:
    with world.bus() as bus:
        world.broken = True
        world.commit()
        assert world.failed.wait(PATIENCE_S)
        world.shown = seen(waiting=5, rev=2)
        world.broken = False
        world.changes.get(timeout=PATIENCE_S)
        assert bus.board.services[0].waiting == 5


def test_a_counter_picture_is_small_enough_for_a_small_processor() -> None:
    picture = replace(seen()).counters[0].model_copy(
        update={"id": "c" * 8, "label": "Phòng 10", "number": "AB1234", "ticket": "serving", "rev": 99999,
                "ticket_class": "priority", "epoch": "e7c1a9f2"}
    )  # fmt: skip
    assert len(picture.model_dump_json(by_alias=True).encode()) < 200
