"""How each link to a printer begins: it is greeted once it is fit, what a broken link left half-sent is ended, what
hangs half-printed is cut off, and the counting of answers starts.

A picture that may be half-sent is ended with thousands of zeros, which some print servers answer for seconds. So a
printer of unknown history is first asked: one that answers in turn is in no picture. Only silence is followed by zeros.
"""

import math
from collections.abc import Callable

from hardware.printers import encode
from hardware.printers.journal import PrintJournal
from hardware.printers.link import Link
from hardware.printers.profile import Limits, Profile
from hardware.printers.transports.transport import Gone
from hardware.printers.turns import Turns

CUT_OFF = b"\x1dVB\0"
MOST_TRIES = 16


class Beginning:
    """The printer's thread owns it. Every method may raise ``Gone``."""

    def __init__(
        self,
        link: Link,
        turns: Turns,
        journal: PrintJournal,
        mono_s: Callable[[], float],
        *,
        head_bytes: int,
        profile: Profile,
        limits: Limits,
    ) -> None:
        self._link, self._turns, self._journal, self._mono_s = link, turns, journal, mono_s
        self._head_bytes, self._profile, self._limits = head_bytes, profile, limits
        self._heal, self._torn, self._greeted = not journal.orderly, bool(journal.cut_off), False
        self._began_s, self._waited, self._tries = -math.inf, False, 1
        self._silent = False

    def wanted(self, *, half: bool) -> None:
        """It is to be greeted once more. ``half``: what it was sent last may have got there in part."""
        self._greeted = False
        self._heal, self._torn = self._heal or half, self._torn or half

    def patience_s(self, count: int) -> float:
        """How long ``count`` bytes may take on this link."""
        return self._limits.write_s + count * self._limits.byte_s

    def greet(self) -> None:
        """Unless it was, or is not fit."""
        if self._greeted or not self._link.fit:
            return
        # What is torn is to be cut off, and a cut inside a picture is none.
        asks_first = self._profile.proves and not self._torn and not self._silent
        heals = self._heal and not asks_first
        greeting = encode.heal(self._head_bytes, self._limits.fragment_rows) if heals else encode.RESET
        if self._torn:
            greeting += CUT_OFF
        if self._profile.automatic_status:
            greeting += encode.AUTOMATIC_STATUS
        self._say(greeting + self._question(), self.patience_s(len(greeting)))
        self._began_s = self._mono_s()  # what ends a half-sent picture may have been on the line for seconds
        self._greeted, self._heal, self._torn, self._waited = True, self._heal and not heals, False, False
        self._silent = False

    def _heal_silent(self) -> bool:
        """End what swallows the questions of this beginning, if something may; return whether that was done now."""
        if not self._greeted:
            return False
        if not self._turns.unanswered:
            self._heal = False
        if not self._heal or not self._link.fit or self._mono_s() - self._began_s <= self._limits.swallowed_s:
            return False
        self._silent, self._greeted = True, False
        self.greet()
        return True

    def again(self) -> None:
        """Count anew behind a slip whose answer is overdue, or when a beginning was not answered."""
        if not self._greeted or not self._link.fit:
            return
        if self._heal_silent():
            return
        turns = self._turns
        if turns.sure:
            self._tries = 1
        overdue = turns.ever and self._mono_s() - self._began_s > self._limits.fence_s * self._tries
        if not turns.sure and not turns.disturbed and not turns.answering and overdue:
            # It is well and obeys nothing: something half-sent swallows all that comes. Or it is only slow: each time
            # it gets longer, or it would be given more than it can do.
            self._tries = min(2 * self._tries, MOST_TRIES)
            self.wanted(half=True)
            self.greet()
        elif turns.disturbed or (turns.sure and turns.waiting):
            self._say(self._question(), self._limits.write_s)

    def _say(self, commands: bytes, timeout_s: float) -> None:
        if commands and self._link.talk.write(commands, timeout_s) is not None:
            raise Gone("the printer does not take bytes")

    def _question(self) -> bytes:
        self._began_s = self._mono_s()
        return self._turns.begin(self._journal.mark() if self._profile.process_id else None)

    def sure(self, print_s: float, ask: Callable[[], object]) -> bool:
        """Whether the answer to a slip sent now could be told from others. Waits while what came before may still
        be on its way, and has the printer looked at meanwhile (``ask``); one that never answers in turn is waited for
        once a link."""
        turns, link = self._turns, self._link
        self.again()
        # What came while this thread drew is in time, and the silence behind it is not the printer's time.
        end_s = self._end_s(print_s)
        look_s = self._mono_s() + self._limits.look_s
        while not turns.settle() and link.stopped is None and self._mono_s() < end_s:
            if not turns.ever and self._waited:
                break
            if self._heal_silent():
                end_s = self._end_s(print_s)
            if self._mono_s() >= look_s:
                ask()
                look_s = self._mono_s() + self._limits.look_s
            link.talk.pump(self._limits.status_s / 4)
        self._waited = True
        if turns.came():
            ask()
        return link.stopped is None and (turns.sure or not turns.ever)

    def _end_s(self, print_s: float) -> float:
        """Return until when the answers of this beginning may come."""
        return max(self._mono_s(), self._began_s + self._limits.fence_s + print_s) + self._limits.status_s
