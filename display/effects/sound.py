"""Join clips and pauses into one sound, without other gaps."""

import io
import wave
from collections.abc import Mapping, Sequence

from server.display_content.speech.utterance import Part

RATE_HZ = 22_050
SAMPLE_BYTES = 2


def join_clips(parts: Sequence[Part], clips: Mapping[str, bytes]) -> bytes:
    """Return the clips and pauses (ms) of ``parts`` as 16-bit mono PCM of 22,050 Hz."""
    return b"".join(clips[part] if isinstance(part, str) else pause_pcm(part) for part in parts)


def pause_pcm(pause_ms: int) -> bytes:
    """Return a pause as PCM."""
    return bytes(round(pause_ms * RATE_HZ / 1000) * SAMPLE_BYTES)


def length_s(pcm: bytes) -> float:
    """Return how long a sound lasts, in seconds."""
    return len(pcm) / SAMPLE_BYTES / RATE_HZ


def as_wav(pcm: bytes) -> bytes:
    """Return the sound as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, SAMPLE_BYTES, RATE_HZ, 0, "NONE", ""))
        file.writeframes(pcm)
    return out.getvalue()
