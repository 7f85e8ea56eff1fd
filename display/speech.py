"""What is being spoken, for the control port: the words, and the announcer's own sound as a file."""

import json
import threading

from display.announcer import Spoken
from display.sound import as_wav
from hardware.screens.control import NotHere

JSON, WAV = "application/json", "audio/wav"
SUFFIX = ".wav"


class Speech:
    """The announcement that is read now, or was last. ``page`` may be asked from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spoken: Spoken | None = None
        self._pcm = b""
        self._playing = False

    def begins(self, spoken: Spoken, pcm: bytes) -> None:
        with self._lock:
            self._spoken, self._pcm, self._playing = spoken, pcm, True

    def ends(self) -> None:
        with self._lock:
            self._playing = False

    def page(self, path: str) -> tuple[str, bytes]:
        """``/speech`` as JSON and ``/speech/<id>.wav``. Raises ``NotHere``."""
        with self._lock:
            spoken, pcm, playing = self._spoken, self._pcm, self._playing
        if path == "":
            return JSON, json.dumps(_told(spoken, playing=playing), ensure_ascii=False).encode()
        if spoken is None or path != spoken.call.id + SUFFIX:
            raise NotHere
        return WAV, as_wav(pcm)


def _told(spoken: Spoken | None, *, playing: bool) -> dict[str, object]:
    if spoken is None:
        return {}
    return {
        "id": spoken.call.id,
        "caption": spoken.caption,
        "number": spoken.call.number,
        "counter": spoken.call.label,
        "times": spoken.n,
        "of": spoken.of,
        "playing": playing,
    }
