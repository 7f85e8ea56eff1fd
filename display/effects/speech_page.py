"""The current announcement on the control port: its text, and its WAV file."""

import json
import threading

from display.effects.sound import as_wav
from hardware.screens.control import PageNotFound
from server.display_content.speech.announcement import Announcement

JSON_TYPE, WAV_TYPE = "application/json", "audio/wav"
WAV_SUFFIX = ".wav"


class SpeechPage:
    """The announcement that is being played, or was played last. Any thread may call ``page``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._announcement: Announcement | None = None
        self._pcm = b""
        self._playing = False

    def begin(self, announcement: Announcement, pcm: bytes) -> None:
        """Store the announcement that begins now."""
        with self._lock:
            self._announcement, self._pcm, self._playing = announcement, pcm, True

    def end(self) -> None:
        """Mark the announcement as ended."""
        with self._lock:
            self._playing = False

    def page(self, path: str) -> tuple[str, bytes]:
        """Return content type and content: ``/speech`` as JSON or ``/speech/<id>.wav``.

        ``path`` is the part after ``/speech``. Raises ``PageNotFound``.
        """
        with self._lock:
            announcement, pcm, playing = self._announcement, self._pcm, self._playing
        if path == "":
            return JSON_TYPE, json.dumps(_describe(announcement, playing=playing), ensure_ascii=False).encode()
        if announcement is None or path != announcement.call.id + WAV_SUFFIX:
            raise PageNotFound
        return WAV_TYPE, as_wav(pcm)


def _describe(announcement: Announcement | None, *, playing: bool) -> dict[str, object]:
    """Return an announcement as JSON values: reading number ``times`` of ``of``; "counter" is the label."""
    if announcement is None:
        return {}
    return {
        "id": announcement.call.id,
        "caption": announcement.caption,
        "number": announcement.call.number,
        "counter": announcement.call.label,
        "times": announcement.reading,
        "of": announcement.readings,
        "playing": playing,
    }
