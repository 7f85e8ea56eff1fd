"""Telling that what is on the port is no printer of this kind, from what comes back when it is asked.

Every byte could by itself be some printer's answer; what gives a stranger away is how much comes, that it is our
own question, or that it is text.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hardware.printers import encode
from hardware.printers.answers.responses import Flow, Noise, RealTime, Reply, Sensor

log = logging.getLogger(__name__)

UNASKED = 4
"""So many answers too many in one round of questions are a flood; late ones are fewer."""
LONGEST_WORD = 3
ROUNDS = 2
KEPT = 64
SHOWN = 16
WELL_AGAIN = 60
"""Clean rounds after which new garbage is said anew."""


class Heard(StrEnum):
    """What became of a round of questions."""

    CLEAN = "clean"
    SILENT = "silent"
    STRANGE = "strange"


@dataclass(slots=True)
class Round:
    """What came back during one round of questions; ``answered`` takes the answers out."""

    _raw: bytearray = field(default_factory=bytearray)
    _loose: bytearray = field(default_factory=bytearray)
    _unasked: int = 0
    _noise: bool = False

    def came(self, data: bytes, replies: Sequence[Reply]) -> None:
        self._raw += data[: KEPT - len(self._raw)] if len(self._raw) < KEPT else b""
        for reply in replies:
            match reply:
                case RealTime(bits) | Sensor(bits):
                    self._loose.append(bits)
                case Noise(noise):
                    self._noise = True
                    self._loose += noise
                case Flow():
                    pass
                case _:
                    self._loose.append(0)  # a whole status or block: no text goes across it
        self._loose = self._loose[-4 * KEPT :]

    def answered(self, answer: RealTime) -> None:
        at = self._loose.rfind(answer.bits)
        if at >= 0:
            self._loose[at] = 0

    def unasked(self, count: int) -> None:
        self._unasked += count

    @property
    def first(self) -> bytes:
        """The first bytes that came."""
        return bytes(self._raw[:SHOWN])

    @property
    def certain(self) -> bool:
        """No printer answers with our own question or with words."""
        return any(encode.ask(n) in self._raw for n in (1, 2, 3, 4)) or _longest_word(self._loose) > LONGEST_WORD

    def heard(self, *, answered: bool) -> Heard:
        if self.certain or self._unasked > UNASKED or (self._noise and not answered):
            return Heard.STRANGE
        return Heard.CLEAN if answered else Heard.SILENT


def _longest_word(data: bytearray) -> int:
    longest = run = 0
    for byte in data:
        run = run + 1 if 0x20 <= byte <= 0x7E or byte in b"\r\n" else 0
        longest = max(longest, run)
    return longest


@dataclass(slots=True)
class Stranger:
    """Judges a port round by round; outlives its links. ``bytes_shown`` of a stranger, else None."""

    bytes_shown: str | None = None
    _rounds: int = 0

    def judge(self, heard: Heard, asked: Round) -> None:
        """Words and echoes are certain at once, garbage is when it comes again; one clean round acquits."""
        if heard is Heard.CLEAN:
            self.acquit()
        elif heard is Heard.STRANGE:
            self._rounds += 1
            if asked.certain or self._rounds >= ROUNDS:
                self.bytes_shown = asked.first.hex(" ")

    def acquit(self) -> None:
        """Another device may be there now."""
        self.bytes_shown, self._rounds = None, 0


@dataclass(slots=True)
class Garbage:
    """Counts what belongs to nothing and says it once an outage, as bytes."""

    count: int = 0
    _said: bool = False
    _well: int = 0

    def came(self, noise: bytes) -> None:
        self.count += len(noise)
        self._well = 0
        if not self._said:
            self._said = True
            log.warning("the printer sent what is no answer: %s", noise[:SHOWN].hex(" "))

    def clean_round(self) -> None:
        self._well += 1
        if self._said and self._well >= WELL_AGAIN:
            log.info("the printer sends answers only again; %d bytes were none", self.count)
            self._said, self.count = False, 0
