"""What this machine can do, in our language: one narrow Protocol per kind of device.

Every driver has ``health()`` that never raises and ``close()`` that may be called any number of times.
``UNKNOWN`` is a real answer; silence is never READY. One thread owns a device.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from hardware.slip import Slip


class State(StrEnum):
    READY = "ready"
    WARNING = "warning"
    FAULT = "fault"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Health:
    """A device's state. ``code`` is a word of the ``device`` surface (``paper_out``, ``cover``, …); ``left_slips``
    counts the slips left on the roll where the printer knows or we counted.

    The rest is filled in by the watch (UTC ms): since when it is so, and the last trouble, which stays after it
    healed. Drivers leave it alone, and no two states differ by it.
    """

    state: State
    code: str | None = None
    detail: str = ""
    left_slips: int | None = None
    since_ms: int | None = field(default=None, compare=False)
    last_code: str | None = field(default=None, compare=False)
    last_ms: int | None = field(default=None, compare=False)


class PrintState(StrEnum):
    PENDING = "pending"
    PRINTING = "printing"
    PRINTED = "printed"
    HELD = "held"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Proof(StrEnum):
    PROCESS_ID = "process_id"
    FENCE = "fence"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PrintResult:
    """What the printer proved about one job. ``UNKNOWN`` is never reprinted by itself."""

    job: str
    state: PrintState
    proof: Proof
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A slip that was sent and that nobody proved or looked after. ``at_ms`` is the wall clock of its last news."""

    job: str
    number: str
    state: PrintState
    code: str | None
    at_ms: int


class Printer(Protocol):
    def print_slip(self, job: str, slip: Slip, done: Callable[[PrintResult], None]) -> None:
        """Queue a slip; returns at once. ``done`` is called from the printer's thread, exactly once. A job that
        is known, even from before a restart, is not printed again: its last result is told."""

    def clear(self, done: Callable[[bool], None]) -> None:
        """Drop what the printer still holds; returns at once. ``done(True)``, from the printer's thread, when it
        certainly holds nothing any more: its held slips are reported failed then."""

    def roll_changed(self) -> None:
        """A new roll is in: paper is counted from here. Takes as long as a write to disk."""

    def unconfirmed(self) -> tuple[Unconfirmed, ...]:
        """What staff are to look after, oldest first; from before a restart too."""

    def seen(self, job: str) -> None:
        """Staff looked after this slip; it is listed no more. Takes as long as a write to disk."""

    def health(self) -> Health: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SignFace:
    """What a sign shows. ``number`` None is dark. ``blink`` while being called. ``paused`` shows dashes.

    ``word`` goes before them all: a short ASCII word for the clerk ("Err"), ``below`` it the reason.
    """

    number: str | None
    blink: bool = False
    paused: bool = False
    word: str | None = None
    below: str = ""


class Sign(Protocol):
    def show(self, face: SignFace) -> None:
        """Replace the face; returns at once, the last value wins."""

    def expect(self, prefixes: Collection[str]) -> None:
        """Numbers will begin with these: what it cannot show of them is logged once and stands in its health."""

    def health(self) -> Health: ...

    def close(self) -> None: ...


class Key(StrEnum):
    """What a counter's pad can say. CALL (a number) and TRANSFER (to a counter) want digits before them."""

    NEXT = "next"
    RECALL = "recall"
    START = "start"
    FINISH = "finish"
    NO_SHOW = "no_show"
    HOLD = "hold"
    PAUSE = "pause"
    CALL = "call"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Press:
    """A key, with the digits that were keyed before it."""

    key: Key
    digits: str = ""


class Keypad(Protocol):
    """Presses arrive through the callback given at opening, from the keypad's thread."""

    def refused(self) -> None:
        """Light its lamp for a moment, where it has one; returns at once."""

    def health(self) -> Health: ...

    def close(self) -> None: ...


class RatingPad(Protocol):
    """Levels arrive through the callback given at opening (1 is best), from the pad's thread."""

    def thanked(self) -> None:
        """Light its lamp for a moment, where it has one; returns at once."""

    def health(self) -> Health: ...

    def close(self) -> None: ...


class Scanner(Protocol):
    """Scanned texts arrive through the callback given at opening, from the scanner's thread; scans that are no text
    through another."""

    def health(self) -> Health: ...

    def close(self) -> None: ...


class Speaker(Protocol):
    def play(self, pcm: bytes, done: Callable[[bool], None]) -> None:
        """Play 16-bit mono PCM of 22,050 Hz; returns at once. ``done(True)`` when it was played to its end."""

    def stop(self) -> None: ...

    def health(self) -> Health: ...

    def close(self) -> None: ...
