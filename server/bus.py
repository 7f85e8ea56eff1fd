"""Publishing: after each commit the pictures that changed; hearing: what the stations say of themselves.

One thread with one inbox. Commits that come together are published together. A picture is looked at whole and
compared with what was published last, so nothing can be forgotten and nothing is sent twice. Nothing personal is
ever on a topic.
"""

import logging
import queue
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from config.clock import Now
from config.threads import RestartingThread
from server import views
from server.store.facts import Fact
from server.store.store import Store
from server.store.tables import job
from server.store.writer import Committed
from server.wire.feed import Feed
from server.wire.messages import Board, CounterPicture, Office, Read, ServerBeat, TicketFact, WorkList, to_time
from server.wire.topics import Topics

log = logging.getLogger(__name__)

HEARTBEAT_S = 3.0
BETWEEN_S = 0.05
AGAIN_S = 1.0
MOST_WAITING = 5_000

Picture = Board | Office | CounterPicture | WorkList


@dataclass(frozen=True, slots=True)
class Pictures:
    """Everything that is retained, as it is at one moment."""

    board: Board
    office: Office
    counters: Sequence[CounterPicture]
    work: Sequence[WorkList]


@dataclass(frozen=True, slots=True)
class Link:
    """How the server reaches the broker."""

    host: str
    port: int
    topics: Topics
    epoch: str


@dataclass(frozen=True, slots=True)
class _Heard:
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Linked:
    up: bool


@dataclass(frozen=True, slots=True)
class _Stop:
    """The inbox's last message."""


Inbox = queue.SimpleQueue[Committed | _Heard | _Linked | _Stop]


def looking(store: Store, epoch: str, *, mode: Literal["live", "demo"], visitor_url: str) -> Callable[[], Pictures]:
    """How the bus sees the hall: every picture out of one reading."""

    def look() -> Pictures:
        with store.read() as reading:
            stations = select(job.c.station).where(or_(job.c.day == reading.head.day, job.c.state == "open")).distinct()
            return Pictures(
                board=views.board(reading, epoch),
                office=views.office(reading, epoch, mode=mode, visitor_url=visitor_url),
                counters=[views.counter_picture(reading, one, epoch) for one in reading.office.counters],
                work=[views.work(reading, one, epoch) for one in reading.connection.execute(stations).scalars()],
            )

    return look


class Bus:
    """Publishes what ``look()`` sees after each commit that the writer puts into ``inbox``.

    ``changed()`` is called after each such look, ``on_status(path, payload)`` with the stations' reports,
    ``on_link(up)`` with the state of our own connection; all in the bus's thread. The first look is taken
    before the constructor returns.
    """

    def __init__(
        self,
        link: Link,
        look: Callable[[], Pictures],
        inbox: Inbox,
        *,
        now: Callable[[], Now],
        on_status: Callable[[str, bytes], None],
        on_link: Callable[[bool], None],
        changed: Callable[[], None],
    ) -> None:
        self._link, self._look, self._now = link, look, now
        self._on_status, self._on_link, self._changed = on_status, on_link, changed
        self._inbox = inbox
        self._status_root = link.topics.all_status.removesuffix("#")
        self._said: dict[str, Picture] = {}
        self._pictures = look()
        self._feed = Feed(
            link.host,
            link.port,
            f"server-{link.topics.office_id}-{link.epoch}",
            topics=[link.topics.all_status],
            on_message=self._received,
            on_link=lambda up: self._inbox.put(_Linked(up)),
            will=(link.topics.server, _json(ServerBeat(online=False, epoch=link.epoch))),
        )
        self._beat()
        self._publish(self._pictures)
        self._thread = RestartingThread("bus", self._run)
        self._thread.start()

    def _received(self, topic: str, payload: bytes) -> None:
        """Queue a station's report; while strangers send more than can be read, it is dropped and comes again."""
        if self._inbox.qsize() < MOST_WAITING:
            self._inbox.put(_Heard(topic, payload))

    @property
    def board(self) -> Board:
        """The board as it was published last."""
        return self._pictures.board

    @property
    def office(self) -> Office:
        """The office's picture as it was published last."""
        return self._pictures.office

    def close(self) -> None:
        """Publish what waits, say offline and disconnect."""
        self._inbox.put(_Stop())
        self._thread.join()
        self._feed.close()

    def _run(self) -> None:
        beat_s = self._now().mono_s + HEARTBEAT_S
        # A thread that runs again does not know what it had still to publish.
        look_s: float | None = self._now().mono_s if self._thread.failures else None
        while True:
            until_s = min(beat_s, look_s) if look_s is not None else beat_s
            try:
                message = self._inbox.get(timeout=max(0.0, until_s - self._now().mono_s))
            except queue.Empty:
                pass
            else:
                if isinstance(message, _Stop):
                    break
                if isinstance(message, Committed):
                    look_s = look_s or self._now().mono_s + BETWEEN_S
                self._take(message)
            now_s = self._now().mono_s
            if look_s is not None and now_s >= look_s:
                look_s = None if self._look_now() else now_s + AGAIN_S
            if now_s >= beat_s:
                self._beat()
                beat_s = now_s + HEARTBEAT_S
        self._look_now()

    def _take(self, message: Committed | _Heard | _Linked) -> None:
        if isinstance(message, _Heard):
            self._on_status(message.topic.removeprefix(self._status_root), message.payload)
        elif isinstance(message, _Linked):
            self._on_link(message.up)
        else:
            for fact in map(_ticket_fact, message.facts):
                if fact is not None:
                    self._feed.publish(self._link.topics.fact(fact.fact), _json(fact), retain=False)

    def _beat(self) -> None:
        now = self._now()
        at, up_ms = to_time(now.wall_ms), round(now.mono_s * 1000)
        beat = ServerBeat(online=True, epoch=self._link.epoch, at=at, up_ms=up_ms, rev=self._pictures.board.rev)
        self._feed.publish(self._link.topics.server, _json(beat), retain=True, repeat=False)

    def _look_now(self) -> bool:
        """Publish what changed; whether it could be seen."""
        try:
            seen = self._look()
        except SQLAlchemyError as error:
            log.error("the pictures cannot be read: %s", error)
            return False
        before = self._pictures
        self._pictures = self._with_emptied(seen, before)
        self._publish(self._pictures)
        self._changed()
        return True

    def _with_emptied(self, seen: Pictures, before: Pictures) -> Pictures:
        """``seen`` with an empty list for each station whose work is done: nobody may work off what is done."""
        still = {one.station for one in seen.work}
        now_empty = {"jobs": [], "rev": seen.board.rev}
        emptied = [one.model_copy(update=now_empty) for one in before.work if one.station not in still]
        return replace(seen, work=[*seen.work, *emptied])

    def _publish(self, pictures: Pictures) -> None:
        """Send what says something new."""
        for topic, picture in _topics(pictures, self._link.topics):
            if self._is_news(topic, picture):
                self._said[topic] = picture
                self._feed.publish(topic, _json(picture), retain=True)

    def _is_news(self, topic: str, picture: Picture) -> bool:
        """Whether more than time and the journal's sequence differ from what was said last.

        A change that time brought waits for its fact: readers pass over a picture whose ``rev`` is not newer.
        """
        before = self._said.get(topic)
        return before is None or (picture.rev > before.rev and _content(picture) != _content(before))


def _ticket_fact(fact: Fact) -> TicketFact | None:
    """What outsiders hear of a fact: the ticket's id and number, nothing else."""
    kind, number = fact.kind.value.partition("."), fact.data.get("number")
    if kind[0] != "ticket" or fact.ticket is None or number is None:
        return None
    return TicketFact(fact=kind[2], ticket=fact.ticket, number=number, at=to_time(fact.at_ms), seq=fact.seq)


def _content(picture: Picture) -> dict[str, object]:
    return picture.model_dump(exclude={"rev", "seq", "at"})


def _topics(pictures: Pictures, topics: Topics) -> Sequence[tuple[str, Picture]]:
    return [
        (topics.board, pictures.board),
        (topics.office, pictures.office),
        *((topics.counter(one.id), one) for one in pictures.counters),
        *((topics.work(one.station), one) for one in pictures.work),
    ]


def _json(message: Read) -> bytes:
    return message.model_dump_json(by_alias=True).encode()
