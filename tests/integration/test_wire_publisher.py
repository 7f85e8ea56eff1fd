"""The publisher with a real broker: retained pictures, new revs, lost connections."""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from config.clock import Now
from config.settings import BrokerSettings
from server.domain.facts import FactKind
from server.messaging.pictures import Pictures
from server.messaging.publisher import MIN_INTERVAL_S, Publisher, PublisherInbox, PublishTarget
from server.store import Committed, JournalEntry
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
from support.brokers import Listener, RestartableBroker
from support.server_process import free_ports
from support.waiting import PATIENCE_S

TOPICS = Topics("test")
AT = "2026-11-23T01:12:05.123Z"


def pictures(
    *, waiting: int = 0, at: str = AT, jobs: tuple[str, ...] = (), rev: int = 1, epoch: str = "e1"
) -> Pictures:
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


def a_fact(kind: FactKind, **data: str) -> JournalEntry:
    return JournalEntry(
        seq=7, day="2026-11-23", at_ms=1_795_396_325_123, boot_id="b", boot_ms=1, queue_ms=1, actor_role="clerk",
        actor_id="nv-secret", actor_station="page-1", request_id=None, request_hash=None, kind=kind, ticket="t-1",
        counter="c1", service="HT", data={**data, "reason": "secret"}, prev="", own="",
    )  # fmt: skip


@dataclass
class World:
    """The hall that the publisher reads, and the calls that it makes."""

    place: RestartableBroker
    current: Pictures = field(default_factory=pictures)
    broken: bool = False
    errors: list[Exception] = field(default_factory=list)
    readings: int = 0
    read_rev: int = 0
    was_read: threading.Condition = field(default_factory=threading.Condition)
    failed: threading.Event = field(default_factory=threading.Event)
    inbox: PublisherInbox = field(default_factory=queue.SimpleQueue)
    statuses: "queue.Queue[tuple[str, bytes]]" = field(default_factory=queue.Queue)
    connections: "queue.Queue[bool]" = field(default_factory=queue.Queue)
    publications: "queue.Queue[None]" = field(default_factory=queue.Queue)
    mono_s: Callable[[], float] = time.monotonic

    def read(self) -> Pictures:
        self.readings += 1
        if self.errors:
            raise self.errors.pop()
        if self.broken:
            self.failed.set()
            raise OperationalError("SELECT", {}, Exception("disk I/O error"))
        with self.was_read:
            self.read_rev = self.current.board.rev
            self.was_read.notify_all()
            return self.current

    def commit(self, *facts: JournalEntry) -> None:
        self.inbox.put(Committed(facts))

    def await_reading(self, rev: int) -> None:
        with self.was_read:
            assert self.was_read.wait_for(lambda: self.read_rev >= rev, PATIENCE_S)

    @contextmanager
    def publisher(self, epoch: str = "e1") -> Iterator[Publisher]:
        publisher = Publisher(
            PublishTarget("127.0.0.1", self.place.port, TOPICS, epoch),
            self.read,
            self.inbox,
            now=lambda: Now(1_795_396_325_123, 0, self.mono_s()),
            on_status=lambda path, payload: self.statuses.put((path, payload)),
            on_connection=self.connections.put,
            on_read=lambda: self.publications.put(None),
        )
        try:
            yield publisher
        finally:
            publisher.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    settings = BrokerSettings(listen=f"127.0.0.1:{free_ports(1)[0]}")
    with ExitStack() as feeds:
        place = RestartableBroker(settings, tmp_path, feeds)
        place.start()
        yield World(place)
        feeds.close()
        place.stop()


def picture(listener: Listener, topic: str, **wanted: Any) -> dict[str, Any]:
    """Return the next message on ``topic`` that has the wanted fields."""
    message_body: dict[str, Any] = {}

    def fits(message: tuple[str, bytes]) -> bool:
        if message[0] != topic or not message[1]:
            return False
        message_body.clear()
        message_body.update(json.loads(message[1]))
        return all(message_body[name] == value for name, value in wanted.items())

    listener.wait(fits)
    return message_body


def subscribed(world: World, *topics: str) -> Listener:
    """Return a listener whose subscriptions have reached the broker.

    To a listener that subscribes while a picture is published, the embedded broker sends it twice, as retained and as
    new.
    """
    listener = world.place.listen("screen", *topics, "echo")
    listener.expect_connection(up=True)
    listener.feed.publish("echo", b"echo", retain=False)
    listener.wait(lambda message: message[0] == "echo")
    return listener


def test_all_pictures_are_retained_with_epoch_and_rev(world: World) -> None:
    world.current = pictures(jobs=("j-1",), rev=7, epoch="e7")
    with world.publisher("e7"):
        screen = world.place.listen("screen", "luot/v1/test/#")
        bodies: dict[str, Any] = {}
        while len(bodies) < 5:
            topic, payload = screen.wait(lambda _: True)
            bodies[topic] = json.loads(payload)
    for topic in (TOPICS.board, TOPICS.office, TOPICS.counter("c1"), TOPICS.work("kiosk-1")):
        assert (bodies[topic]["epoch"], bodies[topic]["rev"]) == ("e7", 7)
    assert bodies[TOPICS.server]["online"] is True
    assert bodies[TOPICS.work("kiosk-1")]["jobs"] == ["j-1"]


def test_a_change_gives_the_next_rev_to_the_changed_picture_only(world: World) -> None:
    screen = subscribed(world, TOPICS.board, TOPICS.office)
    with world.publisher() as publisher:
        picture(screen, TOPICS.office, rev=1)
        world.current = pictures(waiting=3, at="2026-11-23T01:12:09.000Z", rev=2)
        world.commit()
        assert picture(screen, TOPICS.board, rev=2)["services"][0]["waiting"] == 3
        assert publisher.board.rev == 2
        world.publications.get(timeout=PATIENCE_S)
        world.current = pictures(waiting=4, rev=3)
        world.commit()
        picture(screen, TOPICS.board, rev=3)
        assert [topic for topic, _ in screen.received].count(TOPICS.office) == 1


def test_a_picture_of_which_only_the_time_differs_is_not_published_again(world: World) -> None:
    screen = subscribed(world, TOPICS.board)
    with world.publisher():
        picture(screen, TOPICS.board, rev=1)
        world.current = pictures(at="2026-11-23T01:13:00.000Z", rev=2)
        world.commit()
        world.await_reading(2)
        world.current = pictures(waiting=1, at="2026-11-23T01:14:00.000Z", rev=3)
        world.commit()
        assert picture(screen, TOPICS.board)["rev"] == 3


def test_a_change_waits_for_its_fact_so_that_a_newer_picture_has_a_newer_rev(world: World) -> None:
    screen = subscribed(world, TOPICS.board)
    with world.publisher():
        picture(screen, TOPICS.board, rev=1)
        world.current = pictures(waiting=1, rev=1)
        world.commit()
        world.current = pictures(waiting=1, rev=2)
        world.commit()
        assert picture(screen, TOPICS.board)["rev"] == 2


def test_another_address_of_the_visitors_pages_is_published_without_a_fact(world: World) -> None:
    screen = subscribed(world, TOPICS.office)
    with world.publisher() as publisher:
        picture(screen, TOPICS.office, rev=1)
        office = world.current.office.model_copy(update={"visitor_url": "http://10.0.0.2:8471"})
        world.current = replace(world.current, office=office)
        publisher.publish_address()
        assert picture(screen, TOPICS.office, visitor_url="http://10.0.0.2:8471")["rev"] == 1


def test_commits_that_come_together_are_one_picture(world: World) -> None:
    with world.publisher() as publisher:
        for waiting in range(1, 200):
            world.current = pictures(waiting=waiting, rev=waiting)
            world.commit()
        while publisher.board.services[0].waiting != 199:
            world.publications.get(timeout=PATIENCE_S)
        assert world.readings < 100


def test_a_commit_after_a_pause_is_published_at_once_and_the_next_ones_after_the_interval(world: World) -> None:
    """The clock stands still until the test sets it: no time passes by itself."""
    clock = [1000.0]
    world.mono_s = lambda: clock[0]
    with world.publisher() as publisher:
        world.current = pictures(waiting=1, rev=2)
        world.commit()
        world.publications.get(timeout=PATIENCE_S)
        assert publisher.board.rev == 2
        world.current = pictures(waiting=2, rev=3)
        world.commit()
        station = world.place.listen("station")
        station.feed.publish(TOPICS.status("kiosk-1"), b"{}", retain=True)
        world.statuses.get(timeout=PATIENCE_S)
        assert publisher.board.rev == 2, "the report came after the commit, so the publisher has handled both"
        clock[0] += MIN_INTERVAL_S
        world.publications.get(timeout=PATIENCE_S)
        assert publisher.board.rev == 3


def test_a_listener_that_missed_pictures_receives_the_newest_one(world: World) -> None:
    with world.publisher():
        world.connections.get(timeout=PATIENCE_S)
        world.place.stop()
        assert world.connections.get(timeout=PATIENCE_S) is False
        for waiting in (1, 2):
            world.current = pictures(waiting=waiting, rev=waiting + 1)
            world.commit()
            world.publications.get(timeout=PATIENCE_S)
        world.place.start()
        screen = world.place.listen("screen", TOPICS.board)
        assert picture(screen, TOPICS.board, rev=3)["services"][0]["waiting"] == 2


def test_a_publisher_whose_thread_fails_runs_again_and_publishes_what_changed_meanwhile(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with world.publisher():
        screen = world.place.listen("screen", TOPICS.board)
        picture(screen, TOPICS.board, rev=1)
        world.errors.append(KeyError("a programming error"))
        world.current = pictures(waiting=1, rev=2)
        world.commit()
        assert picture(screen, TOPICS.board, rev=2)["services"][0]["waiting"] == 1
    assert "the thread 'publisher' has failed 1 time(s)" in caplog.text


def test_a_new_start_of_the_server_is_a_new_epoch(world: World) -> None:
    screen = world.place.listen("screen", TOPICS.board)
    with world.publisher("e1"):
        picture(screen, TOPICS.board, epoch="e1", rev=1)
    world.current = pictures(epoch="e2")
    with world.publisher("e2"):
        picture(screen, TOPICS.board, epoch="e2", rev=1)


def test_a_clean_stop_publishes_offline_at_once(world: World) -> None:
    screen = world.place.listen("screen", TOPICS.server)
    with world.publisher():
        picture(screen, TOPICS.server, online=True)
    picture(screen, TOPICS.server, online=False)


def test_heartbeats_are_published_without_a_commit(world: World) -> None:
    screen = world.place.listen("screen", TOPICS.server)
    with world.publisher():
        for _ in range(2):
            picture(screen, TOPICS.server, online=True)


def test_the_stations_reports_reach_the_server(world: World) -> None:
    with world.publisher():
        station = world.place.listen("station")
        station.feed.publish(TOPICS.status("kiosk-1"), b"{}", retain=True)
        station.feed.publish(TOPICS.device("kiosk-1", "printer"), b"[]", retain=True)
        reports = {world.statuses.get(timeout=PATIENCE_S) for _ in range(2)}
    assert reports == {("kiosk-1", b"{}"), ("kiosk-1/printer", b"[]")}


def test_a_station_whose_work_is_done_gets_an_empty_list(world: World) -> None:
    world.current = pictures(jobs=("j-1",))
    with world.publisher():
        kiosk = world.place.listen("kiosk", TOPICS.work("kiosk-1"))
        picture(kiosk, TOPICS.work("kiosk-1"), jobs=["j-1"], rev=1)
        world.current = pictures(rev=2)
        world.commit()
        picture(kiosk, TOPICS.work("kiosk-1"), jobs=[], rev=2)
        world.current = pictures(jobs=("j-2",), rev=3)
        world.commit()
        picture(kiosk, TOPICS.work("kiosk-1"), jobs=["j-2"], rev=3)


def test_facts_are_published_and_not_retained(world: World) -> None:
    with world.publisher():
        outsider = world.place.listen("outsider", "luot/v1/test/ticket/#", TOPICS.server)
        outsider.expect_connection(up=True)
        world.connections.get(timeout=PATIENCE_S)
        picture(outsider, TOPICS.server, online=True)  # so the broker has its subscriptions: a fact is sent only once
        world.commit(a_fact(FactKind.ISSUED, number="A001"), a_fact(FactKind.CALL_SEEN), a_fact(FactKind.UNPINNED))
        fact = picture(outsider, TOPICS.fact("issued"))
        assert fact == {"v": 1, "fact": "issued", "ticket": "t-1", "number": "A001", "at": AT, "seq": 7}
        late = world.place.listen("late", "luot/v1/test/#")
        picture(late, TOPICS.server, online=True)
        assert not any(topic == TOPICS.fact("issued") for topic, _ in late.received)


def test_after_a_short_failure_of_the_disk_the_publisher_goes_on(world: World) -> None:
    with world.publisher() as publisher:
        world.broken = True
        world.commit()
        assert world.failed.wait(PATIENCE_S)
        world.current = pictures(waiting=5, rev=2)
        world.broken = False
        world.publications.get(timeout=PATIENCE_S)
        assert publisher.board.services[0].waiting == 5


def test_a_counter_picture_is_small_enough_for_a_small_processor() -> None:
    picture = pictures().counters[0].model_copy(
        update={"id": "c" * 8, "label": "Phòng 10", "number": "AB1234", "ticket": "serving", "rev": 99999,
                "ticket_class": "priority", "epoch": "e7c1a9f2"}
    )  # fmt: skip
    assert len(picture.model_dump_json(by_alias=True).encode()) < 200
