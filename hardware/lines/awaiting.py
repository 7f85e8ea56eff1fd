"""An answer that is awaited on a serial line, and what else may come meanwhile: our own echo, keys of a pad, noise."""

from collections.abc import Callable
from dataclasses import dataclass

from hardware.lines.echo import Echo
from hardware.lines.members import Member
from hardware.lines.talking import Answer, Frame, Verdict

LOGGED_BYTES = 32
LONGEST_KEY = 3  # bytes; no answer of any protocol in use that can be garbled is shorter

Read = Callable[[bytes], Answer | None]


@dataclass(frozen=True, slots=True)
class Ended:
    """What the answer was; ``others`` is what somebody else said around it, ``lost`` is a wreck."""

    answer: Answer
    others: bytes = b""
    lost: bytes = b""


@dataclass(slots=True)
class Awaiting:
    """What ``read`` is to find for ``member``, who said ``frame``; at ``until`` it is given up."""

    member: Member
    frame: Frame
    read: Read
    until: float
    heard: bytes = b""

    def learn(self, echo: Echo) -> bool:
        """Whether an echo was found: what comes back and cannot be the answer is one, even if it was too late to be
        found by asking."""
        own = self.frame.data
        if echo.comes or not self.heard.startswith(own):
            return False
        meaning = self.read(own)
        if meaning is not None and meaning[0] is Verdict.DONE:
            return False
        echo.comes = True
        self.heard = self.heard[len(own) :]
        return True

    def ended(self, now: float) -> Ended | None:
        """What came of it; None while the answer may still come."""
        found = self.read(self.heard) if self.heard else None
        if found is None and now < self.until:
            return None
        if found is not None and found[0] is not Verdict.GARBLED:
            return Ended(found, others=_stray(self.read, self.heard, found))
        found = found or _missing(self.heard)
        # A byte or two may be a key that was pressed; the wreck of an answer must not be read as keys.
        if len(self.heard) <= LONGEST_KEY:
            return Ended(found, others=self.heard)
        return Ended(found, lost=self.heard)


def _stray(read: Read, heard: bytes, found: Answer) -> bytes:
    """The bytes around an answer that are not part of it: a key that was pressed while it came."""
    start = max(place for place in range(len(heard)) if read(heard[place:]) == found)
    end = min(place for place in range(start, len(heard) + 1) if read(heard[start:place]) == found)
    return heard[:start] + heard[end:]


def _missing(heard: bytes) -> Answer:
    if not heard:
        return Verdict.SILENT, "no answer"
    return Verdict.GARBLED, f"no answer but {heard[:LOGGED_BYTES].hex(' ')}"
