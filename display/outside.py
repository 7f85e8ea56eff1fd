"""Doing what the board wants done: HTTP, MQTT, sound and disk. What comes back goes into the inbox."""

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import assert_never

from pydantic import ValidationError

from config.clock import Clock, Now
from display.announcer import Hush, Keep, Say, Spoken
from display.events import (
    Acknowledge,
    Beaten,
    Effect,
    Fetch,
    Fetched,
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
from hardware.ports import Health, Speaker, State
from server.wire.client import Refused, Server, Unreachable
from server.wire.feed import Feed
from server.wire.messages import (
    Board,
    DeviceState,
    DeviceStatus,
    Office,
    Read,
    Seen,
    ServerBeat,
    StationStatus,
    to_time,
)
from server.wire.topics import Topics

log = logging.getLogger(__name__)

TELL_AGAIN_S = (0.5, 1.0, 2.0, 4.0)
Put = Callable[[What], None]


class Hall:
    """The hall as the display reaches it. ``do`` returns at once; calls run in threads of their own."""

    def __init__(
        self, station: str, topics: Topics, server: Server, feed: Feed, sound: "Sound", memory: Path, put: Put
    ) -> None:
        self._station, self._topics, self._server, self._feed = station, topics, server, feed
        self._sound, self._memory, self._put = sound, memory, put
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="ask")
        # One thread, so that "shown" is told before "spoken".
        self._telling = ThreadPoolExecutor(1, thread_name_prefix="tell")
        self._closing = threading.Event()

    def do(self, effect: Effect) -> None:
        match effect:
            case Fetch():
                self._asking.submit(self._fetch)
            case Acknowledge():
                self._telling.submit(self._tell, effect)
            case Report():
                topic = self._topics.device(self._station, effect.status.device)
                self._feed.publish(topic, effect.status.model_dump_json().encode(), retain=True)
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

    def _fetch(self) -> None:
        try:
            board = self._server.ask("GET", "/board", None, Board)
            office = self._server.ask("GET", "/office", None, Office)
        except (Refused, Unreachable) as error:  # asked again in two seconds
            log.debug("%s", error)
            self._put(Fetched(None))
        else:
            self._put(Fetched((board, office)))

    def _tell(self, told: Acknowledge) -> None:
        """Tell the server what was shown; again a few times, because nobody else will."""
        body = Seen(station=self._station, shown_at=to_time(told.shown_ms), spoken=told.spoken)
        for wait_s in (*TELL_AGAIN_S, None):
            try:
                self._server.ask("POST", f"/calls/{told.call}/seen", body, Read)
            except Refused as refused:
                log.warning("call %s: %s", told.call, refused)
                return
            except Unreachable as error:
                if wait_s is None or self._closing.wait(wait_s):
                    log.warning("call %s was not acknowledged: %s", told.call, error)
                    return
            else:
                return


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
        status = DeviceStatus(
            station=self._station,
            device=device,
            state=DeviceState(health.state.value),
            code=health.code,
            since=at,
            at=at,
        )
        self._feed.publish(self._topics.device(self._station, device), status.model_dump_json().encode(), retain=True)


class Glass:
    """The screen as a device: offscreen nobody sees anything, unless the control port shows it."""

    def __init__(self, *, seen: bool) -> None:
        self._health = Health(State.READY) if seen else Health(State.WARNING, "no_screen")

    def health(self) -> Health:
        return self._health


def heard(topics: Topics, topic: str, payload: bytes, put: Put) -> None:
    """A message on MQTT, into the inbox; one that cannot be read changes nothing."""
    try:
        if topic == topics.board:
            put(Pictured(Board.model_validate_json(payload)))
        elif topic == topics.office:
            put(Pictured(Office.model_validate_json(payload)))
        elif topic == topics.server:
            put(Beaten(ServerBeat.model_validate_json(payload)))
    except ValidationError as error:
        log.warning("unreadable message on %s ignored: %d mistakes", topic, error.error_count())


def itself(station: str, boot: str, now: Now) -> tuple[bytes, bytes]:
    """What the station says of itself: that it is there, and its will."""
    there = StationStatus(
        station=station,
        kind="display",
        online=True,
        boot=boot,
        at=to_time(now.wall_ms),
        version=version("luot"),
    )
    gone = there.model_copy(update={"online": False, "at": None})
    return there.model_dump_json().encode(), gone.model_dump_json().encode()
