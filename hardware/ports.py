"""The interfaces of devices: one narrow Protocol for each kind.

Every driver has ``health()``, which never raises, and ``close()``, which may be called any number of times. ``UNKNOWN``
is a valid state; a silent device is never READY. One thread owns a device.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from hardware.slips.slip import Slip


class HealthState(StrEnum):
    """The state of a device.

    WARNING: it works, and needs attention soon. FAULT: it does not work. OFFLINE: there is no connection. UNKNOWN: the
    driver cannot tell.
    """

    READY = "ready"
    WARNING = "warning"
    FAULT = "fault"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """A device's state with a code word (``paper_out``, ``cover``, …; ``config.device_words.CODES``).

    ``code`` None: the state says all. ``detail``: a half-sentence in English for the log and the installer, or none.
    ``left_slips``: how many slips the rest of the roll is enough for; None: not known, or no printer. The health
    monitor adds the other fields (times in UTC ms): ``since_ms``, when this state or code began; ``last_code`` and
    ``last_ms``, the code (the state, if it has none) of the last warning, fault or outage, and when that began. These
    two stay after recovery; None: there was none since the station started. Drivers leave the three out, and
    comparisons ignore them.
    """

    state: HealthState
    code: str | None = None
    detail: str = ""
    left_slips: int | None = None
    since_ms: int | None = field(default=None, compare=False)
    last_code: str | None = field(default=None, compare=False)
    last_ms: int | None = field(default=None, compare=False)


class PrintState(StrEnum):
    """The state of a slip.

    PENDING: waits for its turn. PRINTING: its bytes are being sent. HELD: the printer stopped, with the slip in its
    buffer. FAILED: it will not come out. UNKNOWN: it may be on paper. PRINTED: it is out, as far as its ``Proof`` goes.
    """

    PENDING = "pending"
    PRINTING = "printing"
    PRINTED = "printed"
    HELD = "held"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Proof(StrEnum):
    """The evidence that a slip is on paper: a reply of the printer, or none.

    PROCESS_ID: to GS ( H, with the slip's own id. FENCE: to the question GS r behind the slip.
    """

    PROCESS_ID = "process_id"
    FENCE = "fence"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PrintResult:
    """The result of one print job.

    ``job`` is its id; ``code`` is the reason if it is not printed: one of the codes of ``DeviceHealth`` or "torn" (in
    two pieces); None: printed, or no reason is known. A job that ends as ``UNKNOWN`` is never reprinted automatically.
    """

    job: str
    state: PrintState
    proof: Proof
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A slip that was sent without proof, and that staff have not dismissed.

    ``job``: the id of its print job; ``number``: the slip's label, which is the ticket's number, the code of a
    procedure or TEST; ``code``: the reason, as in ``PrintResult``; ``at_ms``: wall time of its last change of state
    (UTC ms; 0: not known).
    """

    job: str
    number: str
    state: PrintState
    code: str | None
    at_ms: int


class Printer(Protocol):
    """A slip printer."""

    def print_slip(self, job: str, slip: Slip, done: Callable[[PrintResult], None]) -> None:
        """Queue a slip; returns at once.

        ``job`` is the id of this print job. ``done`` is called exactly once: from the printer's thread, or at once when
        the printer was closed before. A job with an id that was printed before, even before a restart, is not printed
        again: its last result is reported.
        """

    def clear_buffer(self, done: Callable[[bool], None]) -> None:
        """Clear the printer's buffer; returns at once.

        ``done`` is called as that of ``print_slip``: True when the printer confirmed an empty buffer; the held slips
        have then been reported as failed. False: it did not, or the driver is closed.
        """

    def roll_changed(self) -> None:
        """Count the used paper from zero: staff put in a new roll. Takes as long as a write to disk."""

    def unconfirmed(self) -> tuple[Unconfirmed, ...]:
        """Return the slips that staff must check, the longest unchanged first.

        Those from before a restart are among them.
        """

    def dismiss(self, job: str) -> None:
        """Remove a slip that staff have checked from the list. Takes as long as a write to disk."""

    def health(self) -> DeviceHealth: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SignFace:
    """The content of a sign.

    ``number``: of the ticket that is called or being served; None: the sign is dark. ``blink``: the number blinks three
    times, because it was called just now. ``paused``: dashes in place of the number. ``below`` is the text of the
    second line, on signs that have one. ``word``, a short ASCII word for the clerk ("Err"), replaces number and dashes
    for a moment after a key was refused, with the reason in ``below``.
    """

    number: str | None
    blink: bool = False
    paused: bool = False
    word: str | None = None
    below: str = ""


PRACTICE_LINE = "DIEN TAP"
"""The second line of a sign in a practice; signs have no letters with accents."""


class Sign(Protocol):
    """A counter's sign."""

    def show(self, face: SignFace) -> None:
        """Replace the face; returns at once. Of faces shown in quick succession only the last is sent for certain."""

    def expect_prefixes(self, prefixes: Collection[str]) -> None:
        """Note the prefixes (the letters before the digits) of the numbers to come.

        Characters that the sign cannot show are logged once and reported in its health.
        """

    def health(self) -> DeviceHealth: ...

    def close(self) -> None: ...


class Key(StrEnum):
    """A key of a counter's keypad: acts on a ticket; PAUSE: on the counter.

    CALL (a number) and TRANSFER (to a counter) need digits before them. RECALL: call the called visitor again. NO_SHOW:
    the called visitor did not come. HOLD: set the ticket aside, or resume it. PAUSE: pause the counter, or end its
    pause.
    """

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
    """A key, with the digits pressed before it; "" without any."""

    key: Key
    digits: str = ""


class Keypad(Protocol):
    """Presses are passed to the callback given at opening, in the keypad's thread."""

    def flash_lamp(self) -> None:
        """Light the keypad's lamp for a moment, if it has one; returns at once."""

    def health(self) -> DeviceHealth: ...

    def close(self) -> None: ...


class RatingPad(Protocol):
    """Levels of satisfaction (1 is best) are passed to the callback given at opening.

    The callback runs in the pad's thread.
    """

    def flash_lamp(self) -> None:
        """Light the pad's lamp for a moment, if it has one; returns at once."""

    def health(self) -> DeviceHealth: ...

    def close(self) -> None: ...


class Scanner(Protocol):
    """Scanned texts are passed to the callback given at opening.

    The callback runs in the scanner's thread; another one is called for scans that are no text.
    """

    def health(self) -> DeviceHealth: ...

    def close(self) -> None: ...


class Speaker(Protocol):
    """The loudspeaker of a hall."""

    def play(self, pcm: bytes, done: Callable[[bool], None]) -> None:
        """Play 16-bit mono PCM of 22,050 Hz; returns at once.

        ``done`` is called with whether it was played to its end; False: it was cut off, or there is no sound.
        """

    def stop(self) -> None:
        """Cut off the sound that is played; its ``done`` receives False."""

    def health(self) -> DeviceHealth: ...

    def close(self) -> None: ...
