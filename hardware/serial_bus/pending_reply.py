"""A pending reply on a serial bus, among echo, key presses and noise."""

from collections.abc import Callable
from dataclasses import dataclass

from hardware.serial_bus.device import Frame, FrameOutcome, Reply
from hardware.serial_bus.echo import EchoFilter
from hardware.serial_bus.members import BusMember

MAX_LOGGED_BYTES = 32
MAX_KEY_BYTES = 3
"""So few bytes may come from a key press; no garbled reply of any protocol in use is this short."""

ReadReply = Callable[[bytes], Reply | None]
"""Parses the bytes received so far; None while the reply is incomplete."""


@dataclass(frozen=True, slots=True)
class ReceivedReply:
    """The end of a wait for a reply.

    ``unrelated``: bytes of other devices, received around it. ``damaged``: the bytes of a reply that could not be read.
    """

    reply: Reply
    unrelated: bytes = b""
    damaged: bytes = b""


@dataclass(slots=True)
class PendingReply:
    """The reply to ``frame`` of ``member``, parsed by ``read_reply``; given up at ``until_s`` (monotonic seconds)."""

    member: BusMember
    frame: Frame
    read_reply: ReadReply
    until_s: float
    received: bytes = b""

    def detect_late_echo(self, echo: EchoFilter) -> bool:
        """Return whether the received bytes are a late echo, and remove it.

        The echo came after the probe had been given up. A repetition of the frame that cannot be the reply must be an
        echo.
        """
        sent = self.frame.data
        if echo.present or not self.received.startswith(sent):
            return False
        reply = self.read_reply(sent)
        if reply is not None and reply[0] is FrameOutcome.DONE:
            return False
        echo.present = True
        self.received = self.received[len(sent) :]
        return True

    def result(self, now_s: float) -> ReceivedReply | None:
        """Return the outcome; None while the reply may still arrive."""
        reply = self.read_reply(self.received) if self.received else None
        if reply is None and now_s < self.until_s:
            return None
        if reply is not None and reply[0] is not FrameOutcome.GARBLED:
            return ReceivedReply(reply, unrelated=_bytes_around(self.read_reply, self.received, reply))
        reply = reply or _no_reply(self.received)
        # A byte or two may be a key press; a damaged reply must not be read as keys.
        if len(self.received) <= MAX_KEY_BYTES:
            return ReceivedReply(reply, unrelated=self.received)
        return ReceivedReply(reply, damaged=self.received)


def _bytes_around(read_reply: ReadReply, received: bytes, reply: Reply) -> bytes:
    """Return the bytes beside the reply: a key pressed while it arrived."""
    start = max(index for index in range(len(received)) if read_reply(received[index:]) == reply)
    end = min(index for index in range(start, len(received) + 1) if read_reply(received[start:index]) == reply)
    return received[:start] + received[end:]


def _no_reply(received: bytes) -> Reply:
    if not received:
        return FrameOutcome.SILENT, "no answer"
    return FrameOutcome.GARBLED, f"no answer but {received[:MAX_LOGGED_BYTES].hex(' ')}"
