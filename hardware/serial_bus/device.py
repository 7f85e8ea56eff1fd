"""Frames on a serial bus, and the interface of a device that sends them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol


class FrameOutcome(StrEnum):
    """Result of a sent frame.

    DONE: confirmed, or sent where no reply is expected. REFUSED: the device understood the frame and rejected it.
    SILENT: no reply in time. GARBLED: bytes that are no valid reply.
    """

    DONE = "done"
    REFUSED = "refused"
    SILENT = "silent"
    GARBLED = "garbled"


Reply = tuple[FrameOutcome, str]
"""A parsed reply: the outcome of the frame, and details for a person."""


class Priority(IntEnum):
    """Sending order when several devices are due; the lowest value goes first.

    HIGH: new content that a person waits for. LOW: a repetition, or a cosmetic change. LOWEST: any frame for a device
    that did not reply to its last frames.
    """

    HIGH = 0
    LOW = 1
    LOWEST = 2


@dataclass(frozen=True, slots=True)
class Frame:
    """Bytes that are sent in one piece.

    ``read_reply`` parses the bytes received so far; it returns None while the reply is incomplete. Without it no reply
    is expected. ``reply_timeout_s``: time within which the reply must have begun. ``pause_s``: time after this frame in
    which the device wants no turn, so that other devices get theirs.
    """

    data: bytes
    read_reply: Callable[[bytes], Reply | None] | None = None
    reply_timeout_s: float = 0.3
    pause_s: float = 0.0


class BusDevice(Protocol):
    """One address on the bus. Every method runs in the bus thread and returns at once; times are monotonic seconds."""

    def opened(self, now_s: float) -> None:
        """Handle a newly opened port: the device may have lost everything sent before."""

    def due(self, now_s: float) -> float | None:
        """Return the moment of the next frame; None: there is none.

        A moment at or before ``now_s`` means now.

        The bus asks before every wait, so a device may handle its own time-outs here too.
        """

    def priority(self) -> Priority:
        """Return the priority of the frame that is due; called only then."""

    def next_frame(self, now_s: float) -> Frame:
        """Return the frame that is due; called only then, right before it is written."""

    def frame_done(self, frame: Frame, outcome: FrameOutcome, detail: str, now_s: float) -> None:
        """Handle the result of a frame; ``detail``: the reason for a person, empty with DONE.

        Without an expected reply the result is DONE as soon as the frame is written.
        """

    def closing_frames(self) -> Iterable[Frame]:
        """Return the frames to send once when the device is detached."""
