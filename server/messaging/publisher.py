"""Publishes the changed pictures after each commit; passes on the stations' reports.

A picture is a retained MQTT message with the whole state of something, such as the board. One thread with one inbox
publishes them. After a pause the first commit is published at once, and commits that follow within ``MIN_INTERVAL_S``
are published together. All pictures are read again and each is compared with its last published version, so that no
change is missed and none is sent twice. No topic has personal data.
"""

import logging
import queue
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from config.clock import Now
from config.threads import RestartingThread
from server.messaging.pictures import Picture, Pictures
from server.store import Committed, DatabaseError, JournalEntry
from server.wire.broker_login import BrokerLogin
from server.wire.messages import Board, DeviceTest, Office, Read, RestartStation, ServerBeat, TicketFact, to_time
from server.wire.mqtt_connection import MqttConnection
from server.wire.topics import Topics

log = logging.getLogger(__name__)

HEARTBEAT_EVERY_S = 3.0
MIN_INTERVAL_S = 0.05  # from one reading of the pictures to the next; the commits between them are published together
RETRY_AFTER_S = 1.0  # after the pictures could not be read
MAX_INBOX = 5_000  # reports of stations are dropped while more messages wait


@dataclass(frozen=True, slots=True)
class PublishTarget:
    """The broker's address and the topics of the office.

    ``epoch``: the id of this start of the server, which its pictures and heartbeats hold. ``login()``: the server's.
    """

    host: str
    port: int
    topics: Topics
    epoch: str
    login: Callable[[], BrokerLogin | None] = lambda: None


@dataclass(frozen=True, slots=True)
class _StatusReceived:
    """A station's report has arrived."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class _ConnectionChanged:
    """The connection to the broker was made or lost."""

    connected: bool


@dataclass(frozen=True, slots=True)
class _AddressChanged:
    """The address of the visitors' pages is another one; there is no fact about it."""


@dataclass(frozen=True, slots=True)
class _Stop:
    """The inbox's last message."""


PublisherInbox = queue.SimpleQueue[Committed | _AddressChanged | _StatusReceived | _ConnectionChanged | _Stop]


class Publisher:
    """Publishes the pictures of ``read()`` after each commit that the writer puts into ``inbox``.

    ``on_read()`` is called each time the pictures were read, ``on_status(path, payload)`` for each report of a station,
    and ``on_connection(connected)`` when the connection to the broker was made or lost; all in the publisher's thread.
    The pictures are read once before the constructor returns.
    """

    def __init__(
        self,
        target: PublishTarget,
        read: Callable[[], Pictures],
        inbox: PublisherInbox,
        *,
        now: Callable[[], Now],
        on_status: Callable[[str, bytes], None],
        on_connection: Callable[[bool], None],
        on_read: Callable[[], None],
    ) -> None:
        self._target, self._read, self._now = target, read, now
        self._on_status, self._on_connection, self._on_read = on_status, on_connection, on_read
        self._inbox = inbox
        self._status_prefix = target.topics.all_status.removesuffix("#")
        self._published: dict[str, Picture] = {}
        """By topic: the picture that was published last."""
        self._pictures = read()
        self._mqtt = MqttConnection(
            target.host,
            target.port,
            f"server-{target.topics.office_id}-{target.epoch}",
            topics=[target.topics.all_status],
            on_message=self._queue_status,
            on_connection=lambda connected: self._inbox.put(_ConnectionChanged(connected)),
            will=(target.topics.server, _json(ServerBeat(online=False, epoch=target.epoch))),
            login=target.login,
        )
        self._send_heartbeat()
        self._publish(self._pictures)
        self._thread = RestartingThread("publisher", self._run)
        self._thread.start()

    @property
    def board(self) -> Board:
        """The board as it was published last."""
        return self._pictures.board

    @property
    def office(self) -> Office:
        """The office's picture as it was published last."""
        return self._pictures.office

    def test_device(self, station: str, device: str, test: str, *, over: bool = False) -> None:
        """Publish that a station is to try a device now; dropped without a connection.

        ``test``: a new id; ``over``: the trial ends.
        """
        message = DeviceTest(test=test, device=device, over=over)
        self._mqtt.publish(self._target.topics.test(station), _json(message), retain=False)

    def restart_station(self, station: str, restart: str) -> None:
        """Publish that a station's program is to start again; dropped without a connection. ``restart``: a new id."""
        topic = self._target.topics.restart(station)
        self._mqtt.publish(topic, _json(RestartStation(restart=restart)), retain=False)

    def publish_address(self) -> None:
        """Publish the office again when the address of the visitors' pages has changed. Any thread."""
        self._inbox.put(_AddressChanged())

    def close(self) -> None:
        """Publish the last changes and that the server is offline; disconnect."""
        self._inbox.put(_Stop())
        self._thread.join()
        self._mqtt.close()

    def erase_reports(self, station: str, devices: Sequence[str]) -> None:
        """Erase the reports of a removed station: nobody else may erase them."""
        for device in devices:
            self._mqtt.erase(self._target.topics.device(station, device))
        self._mqtt.erase(self._target.topics.status(station))

    def _queue_status(self, topic: str, payload: bytes) -> None:
        """Queue a station's report. It is dropped while too many wait; stations repeat their reports."""
        if self._inbox.qsize() < MAX_INBOX:
            self._inbox.put(_StatusReceived(topic, payload))

    def _run(self) -> None:
        next_heartbeat_s = self._now().mono_s + HEARTBEAT_EVERY_S
        # After a failure of this thread, changes may be unpublished.
        publish_at_s: float | None = self._now().mono_s if self._thread.failures else None
        next_read_s = 0.0
        while True:
            wake_at_s = min(next_heartbeat_s, publish_at_s) if publish_at_s is not None else next_heartbeat_s
            try:
                message = self._inbox.get(timeout=max(0.0, wake_at_s - self._now().mono_s))
            except queue.Empty:
                pass
            else:
                if isinstance(message, _Stop):
                    break
                if isinstance(message, Committed | _AddressChanged):
                    publish_at_s = publish_at_s or max(self._now().mono_s, next_read_s)
                self._handle(message)
            now_s = self._now().mono_s
            if publish_at_s is not None and now_s >= publish_at_s:
                publish_at_s = None if self._publish_changes() else now_s + RETRY_AFTER_S
                next_read_s = self._now().mono_s + MIN_INTERVAL_S
            if now_s >= next_heartbeat_s:
                self._send_heartbeat()
                next_heartbeat_s = now_s + HEARTBEAT_EVERY_S
        self._publish_changes()

    def _handle(self, message: Committed | _AddressChanged | _StatusReceived | _ConnectionChanged) -> None:
        if isinstance(message, _StatusReceived):
            self._on_status(message.topic.removeprefix(self._status_prefix), message.payload)
        elif isinstance(message, _ConnectionChanged):
            self._on_connection(message.connected)
        elif isinstance(message, Committed):
            for fact in map(_ticket_fact, message.entries):
                if fact is not None:
                    self._mqtt.publish(self._target.topics.fact(fact.fact), _json(fact), retain=False)

    def _send_heartbeat(self) -> None:
        now = self._now()
        sent_at, up_ms = to_time(now.wall_ms), round(now.mono_s * 1000)
        heartbeat = ServerBeat(
            online=True, epoch=self._target.epoch, at=sent_at, up_ms=up_ms, rev=self._pictures.board.rev
        )
        # Not republished by the connection: an old heartbeat would prove nothing, and the next one follows soon.
        self._mqtt.publish(self._target.topics.server, _json(heartbeat), retain=True, republish=False)

    def _publish_changes(self) -> bool:
        """Read the pictures and publish the changed ones; return False when they cannot be read."""
        try:
            pictures = self._read()
        except DatabaseError as error:
            log.error("the pictures cannot be read: %s", error)
            return False
        self._pictures = _with_emptied(pictures, self._pictures)
        self._publish(self._pictures)
        self._on_read()
        return True

    def _publish(self, pictures: Pictures) -> None:
        for topic, picture in pictures.by_topic(self._target.topics):
            if self._has_changed(topic, picture):
                self._published[topic] = picture
                self._mqtt.publish(topic, _json(picture), retain=True)

    def _has_changed(self, topic: str, picture: Picture) -> bool:
        """Return whether a picture differs from its last published version in more than time.

        A change without a new fact is not published yet, except another address of the visitors' pages, which slips
        show: readers ask the server about such a picture, although its ``rev`` is the same.
        """
        published = self._published.get(topic)
        if published is None or _content(picture) == _content(published):
            return published is None
        return picture.rev > published.rev or _visitor_url(picture) != _visitor_url(published)


def _with_emptied(pictures: Pictures, previous: Pictures) -> Pictures:
    """Return ``pictures`` with an empty list for each station whose jobs have all ended.

    Otherwise a station would keep the old list and do its jobs again.
    """
    with_jobs = {work.station for work in pictures.work}
    now_empty = {"jobs": [], "rev": pictures.board.rev}
    emptied = [work.model_copy(update=now_empty) for work in previous.work if work.station not in with_jobs]
    return replace(pictures, work=[*pictures.work, *emptied])


def _ticket_fact(entry: JournalEntry) -> TicketFact | None:
    """Return the public part of a ticket's fact: id and number. None for other facts, and in a practice."""
    subject, _, kind = entry.kind.value.partition(".")
    number = entry.data.get("number")
    if subject != "ticket" or entry.ticket is None or number is None or entry.is_practised:
        return None
    return TicketFact(fact=kind, ticket=entry.ticket, number=number, at=to_time(entry.at_ms), seq=entry.seq)


def _visitor_url(picture: Picture) -> str | None:
    return picture.visitor_url if isinstance(picture, Office) else None


def _content(picture: Picture) -> dict[str, object]:
    """Return the fields of a picture, except those that change with every fact."""
    return picture.model_dump(exclude={"rev", "seq", "at"})


def _json(message: Read) -> bytes:
    return message.model_dump_json(by_alias=True).encode()
