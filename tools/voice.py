"""Make the voice packs that ship with the hall TV: words spoken by espeak-ng, and a chime made here.

Run ``python -m tools.voice`` after installing Debian's ``espeak-ng`` and ``ffmpeg``. Each clip is spoken from
words that we spell, never from digits ("15" and "A012" are misread), cut to its sound, faded at both ends,
brought to one loudness and written as 22.05 kHz mono OGG Vorbis. The same input gives the same bytes.
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

VOICES = Path(__file__).parent.parent / "display" / "voice"
RATE_HZ = 22_050
TOP = 32_767
LOUDNESS_DB = -20.0  # of full scale: RMS over what is sounding
PEAK_DB = -1.5
SILENCE_DB = -42.0  # below the loudest moment
FADE_MS = 5
WINDOW_MS = 10
INSTALL = "apt-get install espeak-ng ffmpeg"

Samples: TypeAlias = "array[int]"


@dataclass(frozen=True, slots=True)
class Tone:
    """One stroke of the chime."""

    hz: float
    at_ms: int
    ring_ms: int


CHIME = (Tone(659.26, 0, 700), Tone(523.25, 330, 900))  # E5, C5: a falling third, unlike any alarm
CHIME_MS = 1_150
PARTIALS = ((1.0, 1.0, 1.0), (2.0, 0.32, 0.6), (3.01, 0.12, 0.4))  # of the tone's hz, strength, ring


def main() -> int:
    """Write every pack under ``display/voice``; says how long each is."""
    missing = [program for program in ("espeak-ng", "ffmpeg") if shutil.which(program) is None]
    if missing:
        print(f"{', '.join(missing)} missing; run: {INSTALL}", file=sys.stderr)
        return 1
    for pack in PACKS:
        made = make(pack, VOICES / pack.language)
        print(f"{pack.language}: {len(made.clips)} clips")
    return 0


def make(pack: Pack, folder: Path) -> VoicePack:
    """Speak all clips of ``pack`` into ``folder`` and write its manifest; what else lay there is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.ogg"):
        old.unlink()
    sounds = {"chime": chime()} | {one.name: level(trim(speak(one.spelled, pack))) for one in pack.words}
    for name, samples in sounds.items():
        encode(samples, folder / f"{name}.ogg")
    shown = {"chime": ""} | {one.name: one.shown for one in pack.words}
    manifest = VoicePack(
        language=pack.language,
        reader=pack.reader,
        licence="LICENCE.txt",
        counting=pack.counting,
        gaps_ms=dict(pack.gaps_ms),
        templates={kind: list(parts) for kind, parts in pack.templates.items()},
        clips={name: Clip(file=f"{name}.ogg", text=shown[name]) for name in sounds},
    )
    text = json.dumps(manifest.model_dump(), ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return manifest


def speak(spelled: str, pack: Pack) -> Samples:
    """``spelled`` read by espeak-ng, as it comes."""
    told = ["espeak-ng", "-v", pack.voice, "-s", str(pack.words_per_min), "-z", "--stdout", spelled]
    # The length in the header is a guess, as espeak-ng writes into a pipe; the sound begins after 44 bytes.
    said = subprocess.run(told, check=True, capture_output=True).stdout
    if said[:4] != b"RIFF" or int.from_bytes(said[24:28], "little") != RATE_HZ:
        raise ValueError(f"espeak-ng gave no {RATE_HZ} Hz sound for {spelled!r}")
    return array("h", said[44 : 44 + (len(said) - 44) // 2 * 2])


def chime() -> Samples:
    """Two strokes of a bell, made of sines: nobody's recording."""
    total = round(CHIME_MS * RATE_HZ / 1000)
    sound = [0.0] * total
    for tone in CHIME:
        start = round(tone.at_ms * RATE_HZ / 1000)
        for place in range(start, total):
            t = (place - start) / RATE_HZ
            attack = min(1.0, t / 0.006)
            for multiple, strength, ring in PARTIALS:
                decay = math.exp(-4.6 * t / (ring * tone.ring_ms / 1000))
                sound[place] += attack * strength * decay * math.sin(2 * math.pi * multiple * tone.hz * t)
    peak = max(abs(one) for one in sound)
    rounded = array("h", (round(one / peak * TOP * 0.5) for one in sound))
    return fade(rounded, FADE_MS * 8)


def trim(samples: Samples) -> Samples:
    """Without the silence before and after, measured in windows of 10 ms against the loudest."""
    size = WINDOW_MS * RATE_HZ // 1000
    loud = [rms(samples[at : at + size]) for at in range(0, len(samples), size)]
    floor = max(loud) * 10 ** (SILENCE_DB / 20)
    heard = [place for place, one in enumerate(loud) if one > floor]
    # One window more at the end: a final t or c closes with very little sound.
    return samples[heard[0] * size : (heard[-1] + 2) * size]


def level(samples: Samples) -> Samples:
    """At the common loudness, faded; quieter only where a peak would be cut."""
    size = WINDOW_MS * RATE_HZ // 1000
    loud = [rms(samples[at : at + size]) for at in range(0, len(samples), size)]
    sounding = [one for one in loud if one > max(loud) * 0.1]
    mean = math.sqrt(sum(one * one for one in sounding) / len(sounding))
    wanted = TOP * 10 ** (LOUDNESS_DB / 20) / mean
    most = TOP * 10 ** (PEAK_DB / 20) / max(abs(one) for one in samples)
    gain = min(wanted, most)
    return fade(array("h", (round(one * gain) for one in samples)), FADE_MS)


def fade(samples: Samples, fade_ms: int) -> Samples:
    """With both ends led to silence, so that joins do not click."""
    size = min(fade_ms * RATE_HZ // 1000, len(samples) // 2)
    faded = array("h", samples)
    for place in range(size):
        faded[place] = round(faded[place] * place / size)
        faded[-1 - place] = round(faded[-1 - place] * place / size)
    return faded


def rms(samples: Sequence[int]) -> float:
    """Root mean square of a window; 0 for none."""
    return math.sqrt(sum(one * one for one in samples) / len(samples)) if samples else 0.0


def encode(samples: Samples, path: Path) -> None:
    """OGG Vorbis without anything that changes from run to run."""
    raw = io.BytesIO()
    with wave.open(raw, "wb") as out:
        out.setparams((1, 2, RATE_HZ, len(samples), "NONE", ""))
        out.writeframes(samples.tobytes())
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    told = ["ffmpeg", "-v", "error", "-y", "-f", "wav", "-i", "pipe:0", "-c:a", "libvorbis", "-q:a", "5", *exact]
    subprocess.run([*told, str(path)], check=True, input=raw.getvalue())


if __name__ == "__main__":
    raise SystemExit(main())
