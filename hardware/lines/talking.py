"""What is said on a serial line, and what whoever wants to say something there must be able to do."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol


class Verdict(StrEnum):
    """What became of a frame that wanted an answer. REFUSED: it was understood and turned down."""

    DONE = "done"
    REFUSED = "refused"
    SILENT = "silent"
    GARBLED = "garbled"


Answer = tuple[Verdict, str]


class Hurry(IntEnum):
    """Who goes first when several have something to say. NEWS: a person waits for it. UPKEEP: it was said before, or
    only looks better. IN_VAIN: nobody answered the last times."""

    NEWS = 0
    UPKEEP = 1
    IN_VAIN = 2


@dataclass(frozen=True, slots=True)
class Frame:
    """Bytes that leave in one piece.

    ``answer`` reads what has come back so far and says what it is, with words for a person, or None while it is
    not all here; without one nobody answers. ``answer_s``: how long until an answer must have begun. ``pause_s``:
    how long the talker wants to be left alone after it, for others to have their turns.
    """

    data: bytes
    answer: Callable[[bytes], Answer | None] | None = None
    answer_s: float = 0.3
    pause_s: float = 0.0


class Talker(Protocol):
    """One address on the line. Every method runs in the line's thread and returns at once."""

    def opened(self, now: float) -> None:
        """The port was opened: whatever was said before may be forgotten at the other end."""

    def due(self, now: float) -> float | None:
        """When it next has something to say; at or before ``now``: at once."""

    def hurry(self) -> Hurry:
        """How important what is due is; called only when ``due`` said so."""

    def say(self, now: float) -> Frame:
        """The frame that is due; called only when ``due`` said so, and right before it is written."""

    def said(self, frame: Frame, verdict: Verdict, words: str, now: float) -> None:
        """What became of it; DONE as soon as it is written where no answer is expected."""

    def farewell(self) -> Iterable[Frame]:
        """What is said once when it leaves."""
