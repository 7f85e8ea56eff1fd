"""Doing what the board wants done: HTTP, MQTT, sound and disk. What comes back goes into the inbox."""

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import assert_never

from config.clock import Clock
from config.threads import WorkerPool
from display.announcer import Hush, Keep, Say, Spoken
from display.events import (
    Acknowledge,
    Beaten,
    Effect,
    Fetch,
    Fetched,
    Forged,
    Lacks,
    Pictured,
    Played,
    Report,
    SpeakerChanged,
    What,
)
from display.memory import keep
from display.sound import join
from display.speech import Speech
from hardware.ports import Health, Speaker
from server.wire.client import Refused, Server, Unreachable
from server.wire.feed import Feed
from server.wire.messages import Board, Office, Seen, ServerBeat, to_time
from server.wire.newest import PublisherLog
from server.wire.reports import device_status
from server.wire.station import report, tell, understood
from server.wire.topics import Topics

log = logging.getLogger(__name__)

Put = Callable[[What], None]


class Hall:
    """The hall as the display reaches it. ``do`` returns at once; calls run in threads of their own."""

    def __init__(
        self,
        station: str,
        topics: Topics,
        server: Server,
        feed: Feed,
        sound: "Sound",
        memory: Path,
        put: Put,
        mono_s: Callable[[], float],
    ) -> None:
        self._station, self._topics, self._server, self._feed = station, topics, server, feed
        self._sound, self._memory, self._put = sound, memory, put
        self._mono_s, self._publishers = mono_s, PublisherLog()
        self._asking = WorkerPool(1, "ask")
        # One thread, so that "shown" is told before "spoken".
        self._telling = WorkerPool(1, "tell")
        self._closing = threading.Event()

    def do(self, effect: Effect) -> None:
        match effect:
            case Fetch():
                self._asking.submit(self._fetch, effect)
            case Forged():
                self._publishers.report(effect.picture, self._mono_s())
            case Acknowledge():
                self._telling.submit(self._tell, effect)
            case Report():
                report(self._feed, self._topics, effect.status)
            case Lacks():
                log.warning("the voice pack has no clip for: %s", ", ".join(effect.clips))
            case Say():
                self._sound.say(effect.spoken)
            case Hush():
                self._sound.hush()
            case Keep():
                self._keep(effect.known)
            case _:
                assert_never(effect)

    def close(self) -> None:
        """Give up what has not been told; wait for the call under way."""
        self._closing.set()
        for pool in (self._asking, self._telling):
            pool.shutdown(wait=True, cancel_futures=True)

    def _keep(self, known: tuple[str, ...]) -> None:
        try:
            keep(self._memory, known)
        except OSError as error:  # speaking goes on; only a restart could repeat a call now
            log.warning("%s: what was spoken is not kept: %s", self._memory, error)

    def _fetch(self, fetch: Fetch) -> None:
        try:
            board = self._server.ask("GET", "/board", None, Board)
            office = self._server.ask("GET", "/office", None, Office)
        except (Refused, Unreachable) as error:  # asked again in two seconds
            log.debug("%s", error)
            self._put(Fetched(None, fetch.asked_s))
        else:
            self._put(Fetched((board, office), fetch.asked_s))

    def _tell(self, told: Acknowledge) -> None:
        body = Seen(station=self._station, shown_at=to_time(told.shown_ms), spoken=told.spoken)
        tell(self._server, f"/calls/{told.call}/seen", body, self._closing.wait)


class Sound:
    """Joins the clips of an announcement and plays them. ``speaker`` None: silent, and nothing is ever said."""

    def __init__(self, speaker: Speaker | None, clips: Mapping[str, bytes], speech: Speech, put: Put) -> None:
        self._speaker, self._clips, self._speech, self._put = speaker, clips, speech, put

    def say(self, spoken: Spoken) -> None:
        pcm = join(spoken.reading.parts, self._clips)
        self._speech.begins(spoken, pcm)
        if spoken.reading.missing:
            log.warning("%s: no clip for %s", spoken.call.number, ", ".join(spoken.reading.missing))

        def done(played: bool) -> None:  # noqa: FBT001 - the speaker's callback
            self._put(Played(spoken.call.id, spoken.n, played))

        if self._speaker is None:
            done(False)  # noqa: FBT003
        else:
            self._speaker.play(pcm, done)

    def hush(self) -> None:
        self._speech.ends()
        if self._speaker is not None:
            self._speaker.stop()


class Devices:
    """For ``hardware.watch``: tells the board of its speaker, and the hall of the screen."""

    def __init__(self, station: str, clock: Clock, topics: Topics, feed: Feed, put: Put) -> None:
        self._station, self._clock, self._topics, self._feed, self._put = station, clock, topics, feed, put

    def changed(self, device: str, health: Health) -> None:
        if device == "speaker":
            self._put(SpeakerChanged(health))
            return
        at = to_time(self._clock.now().wall_ms)
        report(self._feed, self._topics, device_status(self._station, device, health, at))


def heard(topics: Topics, topic: str, payload: bytes, put: Put) -> None:
    """A message on MQTT, into the inbox; one that cannot be read changes nothing."""
    match understood(topic, payload, {topics.board: Board, topics.office: Office, topics.server: ServerBeat}):
        case Board() | Office() as picture:
            put(Pictured(picture))
        case ServerBeat() as beat:
            put(Beaten(beat))
