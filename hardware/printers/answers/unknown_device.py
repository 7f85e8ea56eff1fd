"""Detects from the replies to status rounds that a device is no ESC/POS printer.

Any single byte could be a valid reply. An unknown device is recognised by too many bytes, by an echo of our own
question, or by text.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hardware.printers import encode
from hardware.printers.answers.replies import FlowReply, NoiseReply, RealTimeReply, Reply, SensorReply
from hardware.printers.answers.status import QUESTIONS

log = logging.getLogger(__name__)

MAX_SURPLUS_REPLIES = 4
"""More surplus replies than this in one round are a flood; late replies are fewer."""
MAX_TEXT_RUN = 3
"""More printable characters than this in a row are text."""
NOISY_ROUNDS = 2
"""So many noisy rounds in a row mean an unknown device."""
MAX_KEPT_BYTES = 64
"""So many of a round's first bytes are kept."""
MAX_LOGGED_BYTES = 16
CLEAN_ROUNDS_TO_RELOG = 60
"""After this many clean rounds new noise is logged again."""


class RoundOutcome(StrEnum):
    """Result of one status round.

    CLEAN: all replies in time and no other byte. SILENT: a reply is missing, or may be a late reply to an earlier
    question. UNEXPECTED: bytes that a printer would not send.
    """

    CLEAN = "clean"
    SILENT = "silent"
    UNEXPECTED = "unexpected"


@dataclass(slots=True)
class StatusRound:
    """Collects the bytes received during one status round.

    ``accept`` takes the expected replies out, so that only unexplained bytes are left.
    """

    # The first bytes; the last bytes, with a zero in the place of each expected reply.
    _raw: bytearray = field(default_factory=bytearray)
    _unexplained: bytearray = field(default_factory=bytearray)
    _surplus: int = 0  # number of replies to no question of this round
    _noise: bool = False  # whether there were bytes of no reply

    def receive(self, data: bytes, replies: Sequence[Reply]) -> None:
        """Add received bytes with the replies that the parser found in them."""
        self._raw += data[: MAX_KEPT_BYTES - len(self._raw)] if len(self._raw) < MAX_KEPT_BYTES else b""
        for reply in replies:
            match reply:
                case RealTimeReply(bits) | SensorReply(bits):
                    self._unexplained.append(bits)
                case NoiseReply(noise):
                    self._noise = True
                    self._unexplained += noise
                case FlowReply():
                    pass
                case _:
                    self._unexplained.append(0)  # a complete status or block ends a run of text
        self._unexplained = self._unexplained[-4 * MAX_KEPT_BYTES :]

    def accept(self, reply: RealTimeReply) -> None:
        """Take out a reply to our question."""
        index = self._unexplained.rfind(reply.bits)
        if index >= 0:
            self._unexplained[index] = 0

    def add_surplus(self, count: int) -> None:
        """Count replies to no question of this round."""
        self._surplus += count

    @property
    def first_bytes(self) -> bytes:
        """Return the first bytes of the round, for the log."""
        return bytes(self._raw[:MAX_LOGGED_BYTES])

    @property
    def has_echo_or_text(self) -> bool:
        """Return whether an echo or text was received: no printer sends either."""
        echoed = any(encode.status_question(n) in self._raw for n in QUESTIONS)
        return echoed or _longest_text(self._unexplained) > MAX_TEXT_RUN

    def outcome(self, *, answered: bool) -> RoundOutcome:
        """Judge the round; ``answered``: every question got its own reply, in time."""
        if self.has_echo_or_text or self._surplus > MAX_SURPLUS_REPLIES or (self._noise and not answered):
            return RoundOutcome.UNEXPECTED
        return RoundOutcome.CLEAN if answered else RoundOutcome.SILENT


def _longest_text(data: bytearray) -> int:
    longest = run = 0
    for byte in data:
        run = run + 1 if 0x20 <= byte <= 0x7E or byte in b"\r\n" else 0
        longest = max(longest, run)
    return longest


@dataclass(slots=True)
class UnknownDeviceDetector:
    """Judges a port round by round, across reconnects.

    ``first_bytes`` holds the first bytes of an unknown device as hex; None while none is detected.
    """

    first_bytes: str | None = None
    _noisy_rounds: int = 0

    def judge(self, outcome: RoundOutcome, status_round: StatusRound) -> None:
        """Detect at once on text and echoes, on noise at its second round.

        A clean round resets; a silent one changes nothing.
        """
        if outcome is RoundOutcome.CLEAN:
            self.reset()
        elif outcome is RoundOutcome.UNEXPECTED:
            self._noisy_rounds += 1
            if status_round.has_echo_or_text or self._noisy_rounds >= NOISY_ROUNDS:
                self.first_bytes = status_round.first_bytes.hex(" ")

    def reset(self) -> None:
        """Forget earlier rounds: another device may be connected now."""
        self.first_bytes, self._noisy_rounds = None, 0


@dataclass(slots=True)
class NoiseCounter:
    """Counts bytes that belong to no reply; logs the first ones once per outage.

    ``count``: those since the last outage ended, after ``CLEAN_ROUNDS_TO_RELOG`` clean rounds.
    """

    count: int = 0
    _logged: bool = False
    _clean_rounds: int = 0

    def add(self, noise: bytes) -> None:
        """Count noise, and log the first of an outage."""
        self.count += len(noise)
        self._clean_rounds = 0
        if not self._logged:
            self._logged = True
            log.warning("the printer sent bytes that are no reply: %s", noise[:MAX_LOGGED_BYTES].hex(" "))

    def add_clean_round(self) -> None:
        """Count a clean round; some of them in a row end the outage."""
        self._clean_rounds += 1
        if self._logged and self._clean_rounds >= CLEAN_ROUNDS_TO_RELOG:
            log.info("the printer sends valid replies again; %d bytes were none", self.count)
            self._logged, self.count = False, 0
