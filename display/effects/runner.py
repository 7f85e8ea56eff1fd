"""Carry out the display's effects: HTTP, MQTT, sound and disk. Answers become events."""

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import assert_never

from config.threads import WorkerPool
from display.effects import spoken_ids
from display.effects.sound import join_clips
from display.effects.speech_page import SpeechPage
from display.flow.announcer import SaveSpokenIds, Speak, StopSpeaking
from display.flow.effects import AcknowledgeCall, Effect, MissingClips
from display.flow.events import Event, Played
from hardware.ports import Speaker
from server.display_content.speech.announcement import Announcement
from server.wire.client import ServerClient, ServerError
from server.wire.messages import Board, Office, Seen, to_time
from server.wire.mqtt_connection import MqttConnection
from server.wire.station.effects import (
    Fetch,
    FetchLogo,
    LogForgedPicture,
    Report,
    fetch_logo,
    post_with_retries,
    publish_status,
)
from server.wire.station.events import LogoFetched, PicturesFetched
from server.wire.station.newest import PublisherLog
from server.wire.topics import Topics

log = logging.getLogger(__name__)

Put = Callable[[Event], None]
"""Puts an event into the display's inbox; any thread may call it."""


class SoundPlayer:
    """Joins the clips of an announcement and plays them. ``speaker`` None: nothing is played.

    ``page``: shows the announcement that is being played on the control port.
    """

    def __init__(self, speaker: Speaker | None, clips: Mapping[str, bytes], page: SpeechPage, put: Put) -> None:
        self._speaker, self._clips, self._page, self._put = speaker, clips, page, put

    def play(self, announcement: Announcement) -> None:
        """Begin to play; ends in ``Played``."""
        pcm = join_clips(announcement.utterance.parts, self._clips)
        self._page.begin(announcement, pcm)
        if announcement.utterance.missing:
            log.warning("%s: no clip for %s", announcement.call.number, ", ".join(announcement.utterance.missing))

        def on_end(played: bool) -> None:  # noqa: FBT001 - the speaker's callback
            self._put(Played(announcement.call.id, announcement.reading, played))

        if self._speaker is None:
            on_end(False)  # noqa: FBT003
        else:
            self._speaker.play(pcm, on_end)

    def stop(self) -> None:
        """Cut off the announcement that is being played."""
        self._page.end()
        if self._speaker is not None:
            self._speaker.stop()


class DisplayEffectRunner:
    """Carries out the effects of ``display.flow``. ``run`` returns at once; calls run in threads of their own."""

    def __init__(
        self,
        station: str,
        topics: Topics,
        server: ServerClient,
        mqtt: MqttConnection,
        player: SoundPlayer,
        spoken_file: Path,
        put: Put,
        mono_s: Callable[[], float],
    ) -> None:
        """``spoken_file``: where the ids of spoken calls are saved. ``put`` receives the events with the results."""
        self._station, self._topics, self._server, self._mqtt = station, topics, server, mqtt
        self._player, self._spoken_file, self._put = player, spoken_file, put
        self._mono_s, self._publisher_log = mono_s, PublisherLog()
        self._fetch_pool = WorkerPool(1, "fetch")
        # One thread, so that "shown" is reported before "spoken".
        self._post_pool = WorkerPool(1, "post")
        self._closing = threading.Event()

    def run(self, effect: Effect) -> None:
        """Carry out one effect, or start its call in another thread."""
        match effect:
            case Fetch():
                self._fetch_pool.submit(self._fetch, effect)
            case FetchLogo():
                self._fetch_pool.submit(self._fetch_logo, effect)
            case LogForgedPicture():
                self._publisher_log.report(effect.picture, self._mono_s())
            case AcknowledgeCall():
                self._post_pool.submit(self._acknowledge, effect)
            case Report():
                publish_status(self._mqtt, self._topics, effect.status)
            case MissingClips():
                log.warning("the voice pack has no clip for: %s", ", ".join(effect.clips))
            case Speak():
                self._player.play(effect.announcement)
            case StopSpeaking():
                self._player.stop()
            case SaveSpokenIds():
                self._save(effect.ids)
            case _:
                assert_never(effect)

    def close(self) -> None:
        """Wait for the pending call; drop those that have not begun."""
        self._closing.set()
        for pool in (self._fetch_pool, self._post_pool):
            pool.shutdown(wait=True, cancel_futures=True)

    def _save(self, ids: tuple[str, ...]) -> None:
        try:
            spoken_ids.save(self._spoken_file, ids)
        except OSError as error:  # speaking goes on; a call may be repeated after a restart
            log.warning("%s: the ids of spoken calls are not saved: %s", self._spoken_file, error)

    def _fetch(self, effect: Fetch) -> None:
        try:
            board = self._server.request("GET", "/board", None, Board)
            office = self._server.request("GET", "/office", None, Office)
        except ServerError as error:  # fetched again in two seconds
            log.debug("%s", error)
            self._put(PicturesFetched((), effect.requested_at_s))
        else:
            self._put(PicturesFetched((office, board), effect.requested_at_s))

    def _fetch_logo(self, effect: FetchLogo) -> None:
        png = fetch_logo(self._server, effect)
        if png is not None:
            self._put(LogoFetched(effect.name, png))

    def _acknowledge(self, effect: AcknowledgeCall) -> None:
        body = Seen(station=self._station, shown_at=to_time(effect.shown_at_ms), spoken=effect.spoken)
        post_with_retries(self._server, f"/calls/{effect.call}/seen", body, self._closing.wait)
