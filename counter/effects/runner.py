"""Carry out the counter station's effects: signs, lamps, HTTP and MQTT. Answers become events."""

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from typing import assert_never

from config.threads import WorkerPool
from counter.flow.effects import (
    CheckBoard,
    Effect,
    FetchHeldTickets,
    FlashLamp,
    LogMessage,
    PostAlarm,
    PostPresence,
    PostRating,
    PostRequest,
    PostScan,
    PostUnreadScan,
    ShowFace,
)
from counter.flow.events import (
    AlarmAnswered,
    AlarmLost,
    BoardChecked,
    Event,
    HeldTicketsFetched,
    RatingAnswered,
    RatingLost,
    RequestAnswered,
    RequestLost,
    RequestRefused,
    ScanAnswered,
)
from hardware.ports import Sign
from server.wire.client import ServerBusy, ServerClient, ServerError, ServerRefused, ServerUnreachable
from server.wire.messages import Board, Here, ProblemCode, Read, Scanned, Tickets
from server.wire.mqtt_connection import MqttConnection
from server.wire.station.effects import Fetch, LogForgedPicture, Report, post_until_answered, publish_status
from server.wire.station.events import PicturesFetched
from server.wire.station.newest import PublisherLog
from server.wire.topics import Topics

log = logging.getLogger(__name__)

SCAN_RETRY_DELAYS_S = (0.3, 1.0, 3.0)  # as those of a key: a dossier's code must not reach the next ticket
MAX_HELD_TICKETS = 1000  # read in one request


class CounterEffectRunner:
    """Carries out the effects of ``counter.flow``. ``run`` returns at once; calls run in threads of their own.

    The calls of one counter stay in order, because the flow has only one pending. ``put`` receives the events with the
    results.
    """

    def __init__(
        self,
        station: str,
        topics: Topics,
        server: ServerClient,
        mqtt: MqttConnection,
        signs: Mapping[str, Sign],
        put: Callable[[Event], None],
        lamps: Mapping[str, Callable[[], None]] | None = None,
        *,
        mono_s: Callable[[], float],
        beepers: Collection[str] = (),
    ) -> None:
        """``lamps``: the function that lights the lamp of each device with keys ("keypad-c1").

        ``beepers``: those of them whose lamp makes a sound.
        """
        self._station, self._topics, self._server, self._mqtt = station, topics, server, mqtt
        self._signs, self._put, self._lamps, self._beepers = signs, put, lamps or {}, beepers
        self._mono_s, self._publisher_log = mono_s, PublisherLog()
        self._call_pool = WorkerPool(8, "call")
        # Presence has a thread of its own, so that it does not delay keys while the server does not answer.
        self._presence_pool = WorkerPool(1, "presence")
        # So have scans, which are repeated in their thread.
        self._scan_pool = WorkerPool(4, "scan")
        # An alarm does not wait for calls of other keys.
        self._alarm_pool = WorkerPool(2, "alarm")
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._queued_presence: set[PostPresence] = set()

    def run(self, effect: Effect) -> None:
        """Carry out one effect, or start its call in another thread."""
        match effect:
            case ShowFace():
                if effect.counter in self._signs:
                    self._signs[effect.counter].show(effect.face)
            case PostRequest():
                self._call_pool.submit(self._post_request, effect)
            case Fetch():
                self._call_pool.submit(self._fetch, effect)
            case CheckBoard():
                self._call_pool.submit(self._check_board, effect)
            case FetchHeldTickets():
                self._call_pool.submit(self._fetch_held_tickets, effect)
            case PostScan():
                self._scan_pool.submit(self._post_scan, effect)
            case PostUnreadScan():
                self._call_pool.submit(self._post_unread_scan, effect)
            case PostRating():
                self._call_pool.submit(self._post_rating, effect)
            case PostAlarm():
                self._alarm_pool.submit(self._post_alarm, effect)
            case FlashLamp():
                if effect.device in self._lamps and not (effect.silently and effect.device in self._beepers):
                    self._lamps[effect.device]()
            case PostPresence():
                self._queue_presence(effect)
            case Report():
                publish_status(self._mqtt, self._topics, effect.status)
            case LogForgedPicture():
                self._publisher_log.report(effect.picture, self._mono_s())
            case LogMessage():
                log.log(logging.WARNING if effect.warning else logging.INFO, "%s", effect.text)
            case _:
                assert_never(effect)

    def close(self) -> None:
        """Wait for the pending calls; drop those that have not begun."""
        self._closing.set()
        for pool in (self._call_pool, self._presence_pool, self._scan_pool, self._alarm_pool):
            pool.shutdown(wait=True, cancel_futures=True)

    def _post_request(self, request: PostRequest) -> None:
        try:
            self._server.request("POST", request.path, request.body, Read)
        except ServerRefused as refused:
            log.info("counter %s: %s", request.counter, refused)
            self._put(RequestRefused(request.counter, refused.problem.code))
        except ServerUnreachable as error:
            log.debug("%s", error)
            self._put(RequestLost(request.counter, is_busy=isinstance(error, ServerBusy)))
        else:
            self._put(RequestAnswered(request.counter))

    def _fetch(self, fetch: Fetch) -> None:
        try:
            boards = (self._board(),)
        except ServerError as error:
            log.debug("%s", error)
            self._put(PicturesFetched((), fetch.requested_at_s))
        else:
            self._put(PicturesFetched(boards, fetch.requested_at_s))

    def _check_board(self, check: CheckBoard) -> None:
        try:
            board = self._board()
        except ServerError as error:
            log.debug("%s", error)
            is_busy = isinstance(error, ServerBusy)
            self._put(BoardChecked(check.counter, None, check.requested_at_s, is_busy=is_busy))
        else:
            self._put(BoardChecked(check.counter, board, check.requested_at_s))

    def _board(self) -> Board:
        """Return the server's board. Raises ``ServerError``."""
        return self._server.request("GET", "/board", None, Board)

    def _fetch_held_tickets(self, fetch: FetchHeldTickets) -> None:
        try:
            held = self._server.request("GET", f"/tickets?state=held&limit={MAX_HELD_TICKETS}", None, Tickets)
        except ServerError as error:
            log.debug("%s", error)
            self._put(HeldTicketsFetched(fetch.counter, None, is_busy=isinstance(error, ServerBusy)))
        else:
            tickets = tuple(ticket for ticket in held.items if ticket.counter == fetch.counter)
            self._put(HeldTicketsFetched(fetch.counter, tickets))

    def _post_scan(self, scan: PostScan) -> None:
        """Send a scan, and repeat it a few times while there is no answer.

        The server carries out a repeated scan once. The scanned text is never logged: errors contain only
        the path.
        """
        try:
            meaning = post_until_answered(
                self._server, "/scans", scan.body, Scanned, self._closing.wait, SCAN_RETRY_DELAYS_S
            )
        except ServerRefused as refused:
            log.info("counter %s: a scan was refused (%s)", scan.counter, refused.problem.code)
            self._put(ScanAnswered(scan.counter, problem=refused.problem.code))
        except ServerUnreachable as error:
            log.debug("%s", error)
            self._put(ScanAnswered(scan.counter, problem=ProblemCode.BUSY if isinstance(error, ServerBusy) else None))
        else:
            self._put(ScanAnswered(scan.counter, meaning))

    def _post_unread_scan(self, scan: PostUnreadScan) -> None:
        try:
            self._server.request("POST", f"/counters/{scan.counter}/unread-scan", scan.body, Read)
        except ServerError as error:
            log.debug("%s", error)

    def _post_rating(self, rating: PostRating) -> None:
        try:
            self._server.request("POST", "/ratings", rating.body, Read)
        except ServerRefused as refused:
            self._put(RatingAnswered(rating.counter, refused.problem.code))
        except ServerUnreachable as error:
            log.debug("%s", error)
            self._put(RatingLost(rating.counter))
        else:
            self._put(RatingAnswered(rating.counter))

    def _post_alarm(self, alarm: PostAlarm) -> None:
        try:
            self._server.request("POST", f"/counters/{alarm.counter}/alarm", alarm.body, Read)
        except ServerRefused as refused:
            self._put(AlarmAnswered(alarm.counter, refused.problem.code))
        except ServerUnreachable as error:
            log.debug("%s", error)
            self._put(AlarmLost(alarm.counter))
        else:
            self._put(AlarmAnswered(alarm.counter))

    def _queue_presence(self, presence: PostPresence) -> None:
        """Queue the report, unless the same one is queued already."""
        with self._lock:
            if presence in self._queued_presence:
                return
            self._queued_presence.add(presence)
        self._presence_pool.submit(self._post_presence, presence)

    def _post_presence(self, presence: PostPresence) -> None:
        with self._lock:
            self._queued_presence.discard(presence)
        try:
            body = Here(station=self._station, key=presence.key)
            self._server.request("POST", f"/counters/{presence.counter}/here", body, Read)
        except ServerError as error:  # a sign of life follows in ten seconds; a key press is not sent again
            log.debug("%s", error)
