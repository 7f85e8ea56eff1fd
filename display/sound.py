"""Clips joined into one sound, sample by sample: what is played has no gaps but those that were asked for."""

import io
import wave
from collections.abc import Mapping, Sequence

from display.reading import Part

RATE_HZ = 22_050
SAMPLE_BYTES = 2


def join(parts: Sequence[Part], clips: Mapping[str, bytes]) -> bytes:
    """16-bit mono PCM of 22,050 Hz: the clips of ``parts`` with its pauses (ms) of silence."""
    return b"".join(clips[part] if isinstance(part, str) else silence(part) for part in parts)


def silence(pause_ms: int) -> bytes:
    """A pause."""
    return bytes(round(pause_ms * RATE_HZ / 1000) * SAMPLE_BYTES)


def length_s(pcm: bytes) -> float:
    """How long a sound lasts."""
    return len(pcm) / SAMPLE_BYTES / RATE_HZ


def as_wav(pcm: bytes) -> bytes:
    """The same sound as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, SAMPLE_BYTES, RATE_HZ, 0, "NONE", ""))
        file.writeframes(pcm)
    return out.getvalue()
