"""Make the shipped voice packs: words spoken by espeak-ng, and a chime made here.

Run ``python -m tools.voice`` after installing Debian's ``espeak-ng`` and ``ffmpeg``. Each clip is spoken from words
that we spell, never from digits ("15" and "A012" are misread), cut to its sound, faded at both ends, brought to one
loudness and written as 22.05 kHz mono OGG Vorbis. The same input gives the same bytes.
"""

import io
import json
import math
import shutil
import subprocess
import sys
import wave
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from server.wire.voice import Clip, VoicePack
from tools.voice_words import PACKS, Pack

VOICES = Path(__file__).parent.parent / "server" / "display_content" / "voice"
SAMPLE_RATE_HZ = 22_050
MAX_SAMPLE = 32_767
LOUDNESS_DB = -20.0  # of full scale: RMS over what is sounding
PEAK_DB = -1.5
SILENCE_THRESHOLD_DB = -42.0  # below the loudest moment
FADE_MS = 5
WINDOW_MS = 10
INSTALL_COMMAND = "apt-get install espeak-ng ffmpeg"

Samples: TypeAlias = "array[int]"


@dataclass(frozen=True, slots=True)
class Tone:
    """One stroke of the chime: it begins at ``at_ms`` and rings for ``ring_ms``."""

    hz: float
    at_ms: int
    ring_ms: int


CHIME = (Tone(659.26, 0, 700), Tone(523.25, 330, 900))  # E5, C5: a falling third, unlike any alarm
CHIME_MS = 1_150
# (multiple of the tone's frequency, strength, fraction of its ringing time)
PARTIALS = ((1.0, 1.0, 1.0), (2.0, 0.32, 0.6), (3.01, 0.12, 0.4))


def main() -> int:
    """Write every pack under ``server/display_content/voice``; print the number of its clips."""
    missing = [program for program in ("espeak-ng", "ffmpeg") if shutil.which(program) is None]
    if missing:
        print(f"{', '.join(missing)} missing; run: {INSTALL_COMMAND}", file=sys.stderr)
        return 1
    for pack in PACKS:
        made = make(pack, VOICES / pack.language)
        print(f"{pack.language}: {len(made.clips)} clips")
    return 0


def make(pack: Pack, folder: Path) -> VoicePack:
    """Speak all clips of ``pack`` into an emptied ``folder``, and write the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.ogg"):
        old.unlink()
    sounds = {"chime": chime()} | {
        word.name: normalise_loudness(trim(speak(word.spelled, pack))) for word in pack.words
    }
    for name, samples in sounds.items():
        encode(samples, folder / f"{name}.ogg")
    captions = {"chime": ""} | {word.name: word.shown for word in pack.words}
    manifest = VoicePack(
        language=pack.language,
        reader=pack.reader,
        licence="LICENCE.txt",
        counting=pack.counting,
        gaps_ms=dict(pack.gaps_ms),
        templates={kind: list(parts) for kind, parts in pack.templates.items()},
        clips={name: Clip(file=f"{name}.ogg", text=captions[name]) for name in sounds},
    )
    text = json.dumps(manifest.model_dump(), ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return manifest


def speak(spelled: str, pack: Pack) -> Samples:
    """Return ``spelled`` as espeak-ng reads it."""
    command = ["espeak-ng", "-v", pack.voice, "-s", str(pack.words_per_min), "-z", "--stdout", spelled]
    # The length in the header is a guess, as espeak-ng writes into a pipe; the sound begins after 44 bytes.
    output = subprocess.run(command, check=True, capture_output=True).stdout
    if output[:4] != b"RIFF" or int.from_bytes(output[24:28], "little") != SAMPLE_RATE_HZ:
        raise ValueError(f"espeak-ng gave no {SAMPLE_RATE_HZ} Hz sound for {spelled!r}")
    return array("h", output[44 : 44 + (len(output) - 44) // 2 * 2])


def chime() -> Samples:
    """Return two strokes of a bell, made of sines: nobody's recording."""
    total = round(CHIME_MS * SAMPLE_RATE_HZ / 1000)
    sound = [0.0] * total
    for tone in CHIME:
        start = round(tone.at_ms * SAMPLE_RATE_HZ / 1000)
        for index in range(start, total):
            tone_s = (index - start) / SAMPLE_RATE_HZ
            attack = min(1.0, tone_s / 0.006)
            for multiple, strength, ring in PARTIALS:
                decay = math.exp(-4.6 * tone_s / (ring * tone.ring_ms / 1000))
                sound[index] += attack * strength * decay * math.sin(2 * math.pi * multiple * tone.hz * tone_s)
    peak = max(abs(sample) for sample in sound)
    rounded = array("h", (round(sample / peak * MAX_SAMPLE * 0.5) for sample in sound))
    return fade(rounded, FADE_MS * 8)


def trim(samples: Samples) -> Samples:
    """Remove the silence before and after, in windows of 10 ms below the loudest."""
    size = WINDOW_MS * SAMPLE_RATE_HZ // 1000
    loudness_by_window = [rms(samples[start : start + size]) for start in range(0, len(samples), size)]
    floor = max(loudness_by_window) * 10 ** (SILENCE_THRESHOLD_DB / 20)
    audible = [index for index, loudness in enumerate(loudness_by_window) if loudness > floor]
    # One window more at the end: a final t or c closes with very little sound.
    return samples[audible[0] * size : (audible[-1] + 2) * size]


def normalise_loudness(samples: Samples) -> Samples:
    """Bring to the common loudness and fade; quieter only where a peak would be cut."""
    size = WINDOW_MS * SAMPLE_RATE_HZ // 1000
    loudness_by_window = [rms(samples[start : start + size]) for start in range(0, len(samples), size)]
    sounding = [loudness for loudness in loudness_by_window if loudness > max(loudness_by_window) * 0.1]
    mean = math.sqrt(sum(loudness * loudness for loudness in sounding) / len(sounding))
    wanted_gain = MAX_SAMPLE * 10 ** (LOUDNESS_DB / 20) / mean
    max_gain = MAX_SAMPLE * 10 ** (PEAK_DB / 20) / max(abs(sample) for sample in samples)
    gain = min(wanted_gain, max_gain)
    return fade(array("h", (round(sample * gain) for sample in samples)), FADE_MS)


def fade(samples: Samples, fade_ms: int) -> Samples:
    """Fade both ends to silence, so that joins do not click."""
    size = min(fade_ms * SAMPLE_RATE_HZ // 1000, len(samples) // 2)
    faded = array("h", samples)
    for index in range(size):
        faded[index] = round(faded[index] * index / size)
        faded[-1 - index] = round(faded[-1 - index] * index / size)
    return faded


def rms(samples: Sequence[int]) -> float:
    """Return the root mean square of a window; 0 for none."""
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) if samples else 0.0


def encode(samples: Samples, path: Path) -> None:
    """Write OGG Vorbis without anything that changes from run to run."""
    raw = io.BytesIO()
    with wave.open(raw, "wb") as out:
        out.setparams((1, 2, SAMPLE_RATE_HZ, len(samples), "NONE", ""))
        out.writeframes(samples.tobytes())
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    command = ["ffmpeg", "-v", "error", "-y", "-f", "wav", "-i", "pipe:0", "-c:a", "libvorbis", "-q:a", "5", *exact]
    subprocess.run([*command, str(path)], check=True, input=raw.getvalue())


if __name__ == "__main__":
    raise SystemExit(main())
