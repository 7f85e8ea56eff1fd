"""The flow among signs, HTTP and MQTT: doing what it wants done, and its inbox for all that happens."""

import logging
import math
import queue
import threading
from collections.abc import Callable, Mapping
from typing import assert_never

from config.clock import Clock
from config.notify import NOBODY, Supervisor
from config.threads import WorkerPool
from counter.events import (
    Answered,
    AskScan,
    Beaten,
    Effect,
    Forged,
    HeldSeen,
    Light,
    Look,
    Looked,
    LookHeld,
    Lost,
    Note,
    Pictured,
    Post,
    RatingAnswered,
    RatingLost,
    Report,
    SayHere,
    ScanAnswered,
    Show,
    TellRating,
    TellUnread,
    Tick,
    TurnedDown,
    What,
)
from counter.flow import Station, due, step
from hardware.ports import Sign
from server.wire.client import Refused, Server, Unreachable
from server.wire.feed import Feed
from server.wire.messages import Board, Here, Read, Scanned, ServerBeat, Tickets
from server.wire.newest import PublisherLog
from server.wire.station import report, understood
from server.wire.topics import Topics

log = logging.getLogger(__name__)

MOST_HELD = 1000


class Inbox(queue.SimpleQueue[What | None]):
    """All that happens, in order, from any thread or signal; None is the end."""


def run(
    state: Station, inbox: Inbox, do: Callable[[Effect], None], clock: Clock, supervisor: Supervisor = NOBODY
) -> None:
    """The station's one loop, until None arrives."""
    what: What | None = Tick()
    ready = False
    while what is not None:
        state, effects = step(state, what, clock.now())
        for effect in effects:
            do(effect)
        if ready:
            supervisor.alive()
        else:
            supervisor.ready("signs and keypads are served")
            ready = True
        at = due(state)
        try:
            what = inbox.get(timeout=supervisor.within(math.inf if at is None else max(0.0, at - clock.mono_s())))
        except queue.Empty:
            what = Tick()
    supervisor.stopping()


class Hall:
    """The hall as the station reaches it. ``do`` returns at once; calls run in threads of their own.

    Calls of one counter stay in order because the flow has only one under way.
    """

    def __init__(
        self,
        station: str,
        topics: Topics,
        server: Server,
        feed: Feed,
        signs: Mapping[str, Sign],
        inbox: Inbox,
        lamps: Mapping[str, Callable[[], None]] | None = None,
        *,
        mono_s: Callable[[], float],
    ) -> None:
        """``lamps``: what lights the lamp of each device that has keys ("keypad-c1")."""
        self._station, self._topics, self._server, self._feed = station, topics, server, feed
        self._signs, self._put, self._lamps = signs, inbox.put, lamps or {}
        self._mono_s, self._publishers = mono_s, PublisherLog()
        self._calls = WorkerPool(8, "call")
        # Presence has a thread of its own: while the server hangs it must not keep keys waiting.
        self._heres = WorkerPool(1, "here")
        self._lock = threading.Lock()
        self._saying: set[SayHere] = set()

    def do(self, effect: Effect) -> None:
        match effect:
            case Show():
                if effect.counter in self._signs:
                    self._signs[effect.counter].show(effect.face)
            case Post():
                self._calls.submit(self._post, effect)
            case Look():
                self._calls.submit(self._look, effect)
            case LookHeld():
                self._calls.submit(self._look_held, effect)
            case AskScan():
                self._calls.submit(self._scan, effect)
            case TellUnread():
                self._calls.submit(self._tell_unread, effect)
            case TellRating():
                self._calls.submit(self._rate, effect)
            case Light():
                if effect.device in self._lamps:
                    self._lamps[effect.device]()
            case SayHere():
                self._say_here(effect)
            case Report():
                report(self._feed, self._topics, effect.status)
            case Forged():
                self._publishers.report(effect.board, self._mono_s())
            case Note():
                log.log(logging.INFO if effect.well else logging.WARNING, "%s", effect.text)
            case _:
                assert_never(effect)

    def close(self) -> None:
        """Wait for the calls under way; what has not begun is dropped."""
        for pool in (self._calls, self._heres):
            pool.shutdown(wait=True, cancel_futures=True)

    def _post(self, post: Post) -> None:
        try:
            self._server.ask("POST", post.path, post.body, Read)
        except Refused as refused:
            log.info("counter %s: %s", post.counter, refused)
            self._put(TurnedDown(post.counter, refused.problem.code))
        except Unreachable as error:
            log.debug("%s", error)
            self._put(Lost(post.counter))
        else:
            self._put(Answered(post.counter))

    def _look(self, look: Look) -> None:
        try:
            board = self._server.ask("GET", "/board", None, Board)
        except (Refused, Unreachable) as error:
            log.debug("%s", error)
            self._put(Looked(look.counter, None, look.asked_s))
        else:
            self._put(Looked(look.counter, board, look.asked_s))

    def _look_held(self, look: LookHeld) -> None:
        try:
            held = self._server.ask("GET", f"/tickets?state=held&limit={MOST_HELD}", None, Tickets)
        except (Refused, Unreachable) as error:
            log.debug("%s", error)
            self._put(HeldSeen(look.counter, None))
        else:
            self._put(HeldSeen(look.counter, tuple(one for one in held.items if one.counter == look.counter)))

    def _scan(self, ask: AskScan) -> None:
        """Of the text nothing is logged, whatever happens: errors name the path only."""
        try:
            means = self._server.ask("POST", "/scans", ask.body, Scanned)
        except Refused as refused:
            log.info("counter %s: a scan was refused (%s)", ask.counter, refused.problem.code)
            self._put(ScanAnswered(ask.counter, code=refused.problem.code))
        except Unreachable as error:
            log.debug("%s", error)
            self._put(ScanAnswered(ask.counter))
        else:
            self._put(ScanAnswered(ask.counter, means))

    def _tell_unread(self, tell: TellUnread) -> None:
        try:
            self._server.ask("POST", f"/counters/{tell.counter}/unread-scan", tell.body, Read)
        except (Refused, Unreachable) as error:
            log.debug("%s", error)

    def _rate(self, tell: TellRating) -> None:
        try:
            self._server.ask("POST", "/ratings", tell.body, Read)
        except Refused as refused:
            self._put(RatingAnswered(tell.counter, refused.problem.code))
        except Unreachable as error:
            log.debug("%s", error)
            self._put(RatingLost(tell.counter))
        else:
            self._put(RatingAnswered(tell.counter))

    def _say_here(self, here: SayHere) -> None:
        with self._lock:
            if here in self._saying:
                return
            self._saying.add(here)
        self._heres.submit(self._here, here)

    def _here(self, here: SayHere) -> None:
        with self._lock:
            self._saying.discard(here)
        try:
            body = Here(station=self._station, key=here.key)
            self._server.ask("POST", f"/counters/{here.counter}/here", body, Read)
        except (Refused, Unreachable) as error:  # the next one comes in ten seconds
            log.debug("%s", error)


def heard(topics: Topics, topic: str, payload: bytes, inbox: Inbox, *, kept: bool) -> None:
    """A message on MQTT, into the inbox; one that cannot be read changes nothing."""
    match understood(topic, payload, {topics.board: Board, topics.server: ServerBeat}):
        case Board() as board:
            inbox.put(Pictured(board))
        case ServerBeat() as beat:
            inbox.put(Beaten(beat, kept))
