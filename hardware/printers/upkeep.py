"""Keeping a printer ready: what it still holds is watched until it is out, or dropped when staff want it.

A printer that stands still is only asked: what it holds comes out by itself, and nothing may come between.
"""

import logging
import math
from collections.abc import Callable

from hardware.ports import Health, PrintResult, PrintState, Proof
from hardware.printers.answers import status
from hardware.printers.answers.responses import Block, Noise, Sensor
from hardware.printers.answers.status import Trouble
from hardware.printers.beginning import Beginning
from hardware.printers.condition import Condition
from hardware.printers.journal import PrintJournal, nothing_proved
from hardware.printers.link import Link
from hardware.printers.profile import Limits, Profile
from hardware.printers.sending import Sending
from hardware.printers.transports.transport import CannotOpen, Gone
from hardware.printers.turns import Order, Turns

log = logging.getLogger(__name__)

# DLE ENQ 2: recover from an error and forget what is held. DLE DC4 function 8: forget it, and say so.
RECOVER_AND_CLEAR = b"\x10\x05\x02"
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
RECOVERABLE = (Trouble.CUTTER, Trouble.FAULT, Trouble.HOT)


class Upkeep:
    """One printer between its jobs; its thread owns it. ``settled`` is told of what became of a slip later."""

    def __init__(
        self,
        link: Callable[[Callable[[Sensor | Block | Noise], None]], Link],
        journal: PrintJournal,
        mono_s: Callable[[], float],
        *,
        head_bytes: int,
        profile: Profile,
        limits: Limits,
        settled: Callable[[PrintResult], None],
    ) -> None:
        self._journal, self._mono_s, self._settled = journal, mono_s, settled
        self._profile, self._limits = profile, limits
        self.head_bytes = head_bytes
        self.link = link(self._in_turn)
        self.turns = Turns(mono_s, limits.status_s, fence=profile.fence)
        self.beginning = Beginning(
            self.link, self.turns, journal, mono_s, head_bytes=head_bytes, profile=profile, limits=limits
        )
        self.condition = Condition(self.link, journal, profile, mono_s)
        self._half: Sending | None = None
        self._stood_s, self._cleared = -math.inf, False

    @property
    def busy(self) -> bool:
        """Whether a slip is still half on our side."""
        return self._half is not None

    def look(self) -> Health:
        """Open the link if need be, go on with what was interrupted, ask and greet; the health found.

        A link that broke since the last look is opened anew at once: print servers hang up on who said nothing."""
        was_open = self.link.is_open
        if not self._looked() and was_open:
            self._looked()
        return self.condition.note()

    def _looked(self) -> bool:
        """Whether the link held."""
        try:
            if not self.link.is_open:
                self.link.open()
            if self._profile.answers:
                self._go_on()
                if self._half is None:
                    self.ask()
                    self.beginning.greet()
                    if self._mono_s() - self._stood_s > self._limits.fence_s:
                        self.beginning.again()  # else what it held may still answer by itself
                    self.turns.settle()
        except (CannotOpen, Gone) as error:
            self.lost(error)
            return False
        return True

    def ask(self) -> bool:
        """Ask for the state, and settle what it shows of slips that wait. Raises ``Gone``."""
        came = self.turns.came()
        if not self.link.ask():
            if came or self.link.lossy:
                self.turns.disturb()
            if self.link.doubtful:
                self._doubt()
            self.condition.note()
            return False
        for order in came:
            # Only now: a line bears a zero when the printer at its end is switched off, and that is no proof.
            if order.told is not None and order.proof is not None:
                log.info("slip %s came out after all", order.slip.number)
                self._tell_later(order, came_out(order.job, order.proof, torn=order.torn))
        stopped = self.link.stopped
        if stopped is not None:
            self._stood_s = self._mono_s()
        self._see_torn()
        for order in self.turns.waiting:
            waits = order.told is PrintState.UNKNOWN and order.proof is None
            if stopped is not None and waits and not order.doubted:
                self._tell_later(order, nothing_proved(order.job, PrintState.HELD, stopped))
        if self.turns.disturbed and self._half is None:
            self.beginning.again()
        self.condition.note()
        return True

    def _see_torn(self) -> None:
        """What waits when the paper ends is finished on the new roll, without its number; unless the paper had ended
        before its first line, which only a printer can tell that reports by itself. An open cover hides the paper."""
        if self.link.stopped is Trouble.PAPER_OUT and self.link.talk.had_paper:
            for order in self.turns.waiting:
                order.torn = order.torn or order.proof is None

    def _doubt(self) -> None:
        """It may have been switched off and on: it wants to be greeted, and what it had half printed to be cut off.
        What would follow is no use to it any more."""
        self.turns.doubt()
        self.beginning.wanted(half=bool(self.turns.waiting))
        self._half = None

    def lost(self, error: CannotOpen | Gone) -> None:
        """The link broke. What was sent and not proved stays in the journal for staff."""
        self._forget(half=bool(self.turns.waiting) or self._half is not None)
        self.link.lost(error)

    # --- slips that are not out

    def keep(self, sending: Sending) -> None:
        """The printer stopped taking a slip before its end; what is left follows when it takes bytes again. Raises
        ``Gone`` when it did not say why and may have lost its power."""
        self._half = sending
        self._see_torn()
        if self.link.stopped is None:
            if self._limits.outlives_power:
                raise Gone("it stopped taking bytes")
            self.link.unanswered(self._mono_s())

    def _go_on(self) -> None:
        """Until the last byte has left it is asked between two commands only: elsewhere the question would become part
        of the picture, or wait behind it. Raises ``Gone``."""
        half = self._half
        if half is None:
            return
        self.link.talk.pump(0)
        self._see_torn()
        if self.link.stopped is not None:
            self._stood_s = self._mono_s()
            if not self._may_go_on(half):
                return
        if half.go_on(self._limits.poll_s):
            self._half = None
        elif self._mono_s() - max(half.moved_s, self._stood_s) > self._limits.silent_s:
            raise Gone("it takes no bytes for too long")

    def _may_go_on(self, half: Sending) -> bool:
        """Of a printer that stands still as far as it said. Most links hold the sender back by themselves, so there it
        is tried; a serial line may hold nobody back, and what has no room is lost."""
        if not self._limits.outlives_power:
            return True
        if half.between:
            return self.ask() and self.link.stopped is None
        if self._mono_s() - half.moved_s > self._limits.stands_s:
            raise Gone("it stood still for too long in the middle of a picture")
        return False

    def _tell_later(self, order: Order, result: PrintResult) -> None:
        order.told = result.state
        self.turns.took(order)
        self._journal.result(result)
        self._settled(result)

    def clear(self) -> bool:
        """Have the printer drop what it holds; whether it certainly did. Held slips are failed then."""
        try:
            if not self.link.is_open:
                self.link.open()
            certain = self._drop()
        except (CannotOpen, Gone) as error:
            certain = False
            self.lost(error)
        if certain or self._half is not None:
            # A slip of which a part never left our side will not come out whole either way.
            for order in self.turns.waiting:
                if order.told is not None:
                    self._tell_later(order, nothing_proved(order.job, PrintState.FAILED, None))
            self._forget(half=True)
        if certain:
            for one in self._journal.unconfirmed():
                if one.state is PrintState.HELD:
                    result = nothing_proved(one.job, PrintState.FAILED, None)
                    self._journal.result(result)
                    self._settled(result)
        self.condition.note()
        return certain

    def _drop(self) -> bool:
        """Raises ``Gone``."""
        talk, limits = self.link.talk, self._limits
        if self._half is None and not self.ask():
            return False
        erred = self.link.stopped in RECOVERABLE
        if not talk.say(RECOVER_AND_CLEAR, limits.status_s):
            return False
        if erred and self.ask() and self.link.stopped not in RECOVERABLE:
            return True
        self._cleared = False
        if not talk.say(CLEAR, limits.status_s):
            return False
        end_s = self._mono_s() + limits.status_s
        while not self._cleared and self._mono_s() < end_s:
            talk.pump(end_s - self._mono_s())
        return self._cleared

    def _forget(self, *, half: bool) -> None:
        self._half = None
        self.beginning.wanted(half=half)
        self.turns.new_link()

    # --- answers in turn

    def _in_turn(self, answer: Sensor | Block | Noise) -> None:
        if isinstance(answer, Noise):
            self.turns.disturb()
            return
        self.turns.answer(answer)
        if not isinstance(answer, Block):
            return
        self._cleared = self._cleared or answer.cleared
        job = self._journal.marked(answer.process_id) if answer.process_id is not None else None
        if job is not None and all(order.job != job for order in (*self.turns.waiting, *self.turns.came())):
            log.info("a slip of before came out after all: %s", job)
            found = self._journal.known(job)
            torn = found is not None and found.code == Trouble.PAPER_OUT
            result = came_out(job, Proof.PROCESS_ID, torn=torn)
            self._journal.result(result)
            self._settled(result)


def came_out(job: str, proof: Proof, *, torn: bool) -> PrintResult:
    """What is said of a slip when its proof has come. In two pieces it may be anybody's, so staff are to look."""
    if torn:
        return nothing_proved(job, PrintState.UNKNOWN, status.TORN)
    return PrintResult(job, PrintState.PRINTED, proof)
