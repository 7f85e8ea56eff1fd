"""Publishing: after each commit the pictures that changed; hearing: what the stations say of themselves.

One thread with one inbox. Commits that come together are published together. A picture is looked at whole and
compared with what was published last, so nothing can be forgotten and nothing is sent twice; its ``rev`` counts
its changes since ``epoch``, this start of the server. Nothing personal is ever on a topic.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from config.clock import Now
from server.wire.feed import Feed
from server.wire.messages import Board, CounterPicture, Office, Read, ServerBeat, TicketFact, WorkList, to_time
from server.wire.topics import Topics

log = logging.getLogger(__name__)

HEARTBEAT_S = 3.0
BETWEEN_S = 0.05
AGAIN_S = 1.0

Picture = Board | Office | CounterPicture | WorkList
Kind = TypeVar("Kind", Board, Office, CounterPicture, WorkList)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Everything that is retained, as it is at one moment; ``rev`` and ``epoch`` are filled in here."""

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
class _Look:
    """Something may have changed."""


@dataclass(frozen=True, slots=True)
class _Stop:
    """The inbox's last message."""


_Message = _Heard | _Linked | _Look | _Stop | TicketFact


class Bus:
    """Publishes what ``look()`` sees. ``changed`` is called after each change of a picture.

    ``on_status(path, payload)`` gets the stations' reports, ``on_link(up)`` the state of our own connection;
    all three are called in the bus's thread. The first look is taken before the constructor returns.
    """

    def __init__(
        self,
        link: Link,
        look: Callable[[], Pictures],
        *,
        now: Callable[[], Now],
        on_status: Callable[[str, bytes], None],
        on_link: Callable[[bool], None],
        changed: Callable[[], None],
    ) -> None:
        self._link, self._look, self._now = link, look, now
        self._on_status, self._on_link, self._changed = on_status, on_link, changed
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._status_root = link.topics.all_status.removesuffix("#")
        self._pictures = self._numbered(look(), None)
        self._feed = Feed(
            link.host,
            link.port,
            f"server-{link.topics.office_id}",
            topics=[link.topics.all_status],
            on_message=lambda topic, payload: self._inbox.put(_Heard(topic, payload)),
            on_link=lambda up: self._inbox.put(_Linked(up)),
            will=(link.topics.server, _json(ServerBeat(online=False, epoch=link.epoch))),
        )
        self._beat()
        self._publish(self._pictures, None)
        self._thread = threading.Thread(target=self._run, name="bus", daemon=True)
        self._thread.start()

    @property
    def board(self) -> Board:
        """The board as it was published last."""
        return self._pictures.board

    @property
    def office(self) -> Office:
        """The office's picture as it was published last."""
        return self._pictures.office

    def look_again(self) -> None:
        """Something may have changed: a commit, or time."""
        self._inbox.put(_Look())

    def tell(self, fact: TicketFact) -> None:
        """A ticket's fact for outsiders; lost while the broker is away."""
        self._inbox.put(fact)

    def close(self) -> None:
        """Publish what waits, say offline and disconnect."""
        self._inbox.put(_Stop())
        self._thread.join()
        self._feed.close()

    def _run(self) -> None:
        beat_s = self._now().mono_s + HEARTBEAT_S
        look_s: float | None = None
        while True:
            until_s = min(beat_s, look_s) if look_s is not None else beat_s
            try:
                message = self._inbox.get(timeout=max(0.0, until_s - self._now().mono_s))
            except queue.Empty:
                pass
            else:
                if isinstance(message, _Stop):
                    break
                if isinstance(message, _Look):
                    look_s = look_s or self._now().mono_s + BETWEEN_S
                else:
                    self._take(message)
            now_s = self._now().mono_s
            if look_s is not None and now_s >= look_s:
                look_s = None if self._look_now() else now_s + AGAIN_S
            if now_s >= beat_s:
                self._beat()
                beat_s = now_s + HEARTBEAT_S
        self._look_now()

    def _take(self, message: _Heard | _Linked | TicketFact) -> None:
        if isinstance(message, _Heard):
            self._on_status(message.topic.removeprefix(self._status_root), message.payload)
        elif isinstance(message, _Linked):
            self._on_link(message.up)
        else:
            self._feed.publish(self._link.topics.fact(message.fact), _json(message), retain=False)

    def _beat(self) -> None:
        beat = ServerBeat(online=True, epoch=self._link.epoch, at=to_time(self._now().wall_ms))
        self._feed.publish(self._link.topics.server, _json(beat), retain=True)

    def _look_now(self) -> bool:
        """Publish what changed; whether it could be seen."""
        try:
            seen = self._look()
        except SQLAlchemyError as error:
            log.error("the pictures cannot be read: %s", error)
            return False
        before = self._pictures
        self._pictures = self._numbered(seen, before)
        if self._publish(self._pictures, before):
            self._changed()
        return True

    def _numbered(self, seen: Pictures, before: Pictures | None) -> Pictures:
        """``seen`` with its revisions: what did not change keeps the picture that was published."""
        old = {} if before is None else dict(_topics(before, self._link.topics))
        new = {
            topic: _number(picture, old.get(topic), self._link.epoch)
            for topic, picture in _topics(seen, self._link.topics)
        }
        topics = self._link.topics
        emptied = [] if before is None else _emptied(before.work, seen.work)
        return Pictures(
            board=_as(Board, new[topics.board]),
            office=_as(Office, new[topics.office]),
            counters=[_as(CounterPicture, new[topics.counter(one.id)]) for one in seen.counters],
            work=[*(_as(WorkList, new[topics.work(one.station)]) for one in seen.work), *emptied],
        )

    def _publish(self, pictures: Pictures, before: Pictures | None) -> bool:
        """Send what is newer than ``before``; whether anything was."""
        old = {} if before is None else dict(_topics(before, self._link.topics))
        newer = [(topic, one) for topic, one in _topics(pictures, self._link.topics) if one is not old.get(topic)]
        for topic, picture in newer:
            self._feed.publish(topic, _json(picture), retain=True)
        return bool(newer)


def _topics(pictures: Pictures, topics: Topics) -> Sequence[tuple[str, Picture]]:
    return [
        (topics.board, pictures.board),
        (topics.office, pictures.office),
        *((topics.counter(one.id), one) for one in pictures.counters),
        *((topics.work(one.station), one) for one in pictures.work),
    ]


def _number(picture: Picture, before: Picture | None, epoch: str) -> Picture:
    """``before`` when nothing but the time changed, else ``picture`` as its next revision."""
    if before is None:
        return picture.model_copy(update={"epoch": epoch, "rev": 1})
    same = {"epoch": epoch, "rev": before.rev, **({"at": before.at} if isinstance(before, Board | Office) else {})}
    if isinstance(before, Board) and isinstance(picture, Board):
        same["seq"] = before.seq
    if picture.model_copy(update=same) == before:
        return before
    return picture.model_copy(update={"epoch": epoch, "rev": before.rev + 1})


def _emptied(before: Sequence[WorkList], seen: Sequence[WorkList]) -> list[WorkList]:
    """Lists of stations that have no work any more: nobody may work off what is done."""
    still = {one.station for one in seen}
    return [
        one if not one.jobs else one.model_copy(update={"jobs": [], "rev": one.rev + 1})
        for one in before
        if one.station not in still
    ]


def _as(kind: type[Kind], picture: Picture) -> Kind:
    assert isinstance(picture, kind)
    return picture


def _json(message: Read) -> bytes:
    return message.model_dump_json(by_alias=True).encode()
