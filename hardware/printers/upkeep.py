"""Keeping a printer ready: its link greeted, its health known, and what it still holds watched until it is out.

Once a link and only when the printer is fit, it is greeted: what a broken link left half-sent is ended, what hangs
half-printed is cut off, and the counting of answers begins. A printer that stands still is only asked: what it
holds comes out by itself, and nothing may come between.
"""

import logging
import math
from collections.abc import Callable
from dataclasses import replace

from hardware.ports import Health, PrintResult, PrintState, Proof, State
from hardware.printers import encode
from hardware.printers.answers import status
from hardware.printers.answers.responses import Block, Noise, Sensor
from hardware.printers.answers.status import Trouble
from hardware.printers.journal import PrintJournal, nothing_proved
from hardware.printers.link import Link
from hardware.printers.profile import Limits, Profile
from hardware.printers.transports.transport import CannotOpen, Gone
from hardware.printers.turns import Order, Turns

log = logging.getLogger(__name__)

CUT_OFF = b"\x1dVB\0"
# DLE ENQ 2: recover from an error and forget what is held. DLE DC4 function 8: forget it, and say so.
RECOVER_AND_CLEAR = b"\x10\x05\x02"
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
MOST_TRIES = 16
SENSED_MM = 20_000  # sensors of the roll's end are coarse, but none sees it from so far
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
        self._head_bytes, self._profile, self._limits = head_bytes, profile, limits
        self.link = link(self._in_turn)
        self.turns = Turns(mono_s, limits.status_s, fence=profile.fence)
        self._rest: bytes | None = None
        self._rest_s = 0.0
        self._heal, self._torn, self._greeted = not journal.orderly, bool(journal.cut_off), False
        self._began_s, self._stood_s, self._waited, self._tries = 0.0, -math.inf, False, 1
        self._cleared = self._was_out = False
        self.health, self.health_s = Health(State.UNKNOWN), mono_s()

    @property
    def busy(self) -> bool:
        """Whether a slip is still half on our side."""
        return self._rest is not None

    def look(self) -> Health:
        """Open the link if need be, go on with what was interrupted, ask and greet; the health found.

        A link that broke since the last look is opened anew at once: print servers hang up on who said nothing."""
        was_open = self.link.is_open
        if not self._looked() and was_open:
            self._looked()
        return self.note()

    def _looked(self) -> bool:
        """Whether the link held."""
        try:
            if not self.link.is_open:
                self.link.open()
            if self._profile.answers:
                self._write_rest()
                if self._rest is None:
                    self.ask()
                    self._greet()
                    if self._mono_s() - self._stood_s > self._limits.fence_s:
                        self._begin_again()  # else what it held may still answer by itself
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
            self.note()
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
        if self.turns.disturbed:
            self._begin_again()
        self.note()
        return True

    def _see_torn(self) -> None:
        """What waits when the paper ends is finished on the new roll, without its number; unless the paper had ended
        before its first line, which only a printer can tell that reports by itself. An open cover hides the paper."""
        if self.link.stopped is Trouble.PAPER_OUT and self.link.talk.had_paper:
            for order in self.turns.waiting:
                order.torn = order.torn or order.proof is None

    def _doubt(self) -> None:
        """It may have been switched off and on: it wants to be greeted, and what it had half printed to be cut off."""
        self.turns.doubt()
        self._greeted = False
        if self.turns.waiting:
            self._heal = self._torn = True

    def lost(self, error: CannotOpen | Gone) -> None:
        """The link broke. What was sent and not proved stays in the journal for staff."""
        if self.turns.waiting or self._rest is not None:
            self._heal = self._torn = True
        self._forget()
        self.link.lost(error)

    def note(self) -> Health:
        """The health as it is now, for everybody to read."""
        left_slips = self._journal.roll.left_slips(self._profile.roll_mm)
        health = self.link.health(left_slips)
        if health.code == Trouble.NEAR_END and self._profile.roll_mm - self._journal.roll.mm > SENSED_MM:
            health = replace(health, left_slips=None)  # a roll that was not new, or a change that nobody told
        if health.state is State.READY and left_slips is not None and left_slips < self._profile.low_slips:
            health = Health(State.WARNING, Trouble.NEAR_END, left_slips=left_slips)
        if health.state is State.READY and not self._journal.writes:
            health = Health(State.WARNING, status.JOURNAL, left_slips=left_slips)
        self.health, self.health_s = health, self._mono_s()
        if health.code == Trouble.PAPER_OUT:
            self._was_out = True
        elif self._was_out and health.state in (State.READY, State.WARNING):
            self._was_out = False
            self._journal.new_roll()
        return health

    # --- slips that are not out

    def keep(self, rest: bytes, *, silent: bool) -> None:
        """The printer stopped taking a slip before its end; ``rest`` follows when it takes bytes again."""
        self._rest, self._rest_s = rest, self._mono_s()
        self._see_torn()
        if silent:
            self.link.unanswered(self._mono_s())

    def _write_rest(self) -> None:
        """Until the last byte has left nothing may be asked: the question would become part of the picture, or
        wait behind it. Raises ``Gone``."""
        if self._rest is None:
            return
        self.link.talk.pump(0)
        self._see_torn()
        if self.link.stopped is not None:
            return
        before = len(self._rest)
        self._rest = self.link.talk.write(self._rest, self._limits.poll_s)
        if self._rest is None or len(self._rest) < before:
            self._rest_s = self._mono_s()
        elif self._mono_s() - self._rest_s > self._limits.silent_s:
            raise Gone("it takes no bytes for too long")

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
        if certain or self._rest is not None:
            # A slip of which a part never left our side will not come out whole either way.
            for order in self.turns.waiting:
                if order.told is not None:
                    self._tell_later(order, nothing_proved(order.job, PrintState.FAILED, None))
            self._heal = self._torn = True
            self._forget()
        if certain:
            for one in self._journal.unconfirmed():
                if one.state is PrintState.HELD:
                    result = nothing_proved(one.job, PrintState.FAILED, None)
                    self._journal.result(result)
                    self._settled(result)
        self.note()
        return certain

    def _drop(self) -> bool:
        """Raises ``Gone``."""
        talk, limits = self.link.talk, self._limits
        if self._rest is None and not self.ask():
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

    def _forget(self) -> None:
        self._rest, self._greeted = None, False
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

    def _greet(self) -> None:
        """Raises ``Gone``."""
        if self._greeted or not self.link.fit:
            return
        greeting = encode.heal(self._head_bytes, self._limits.fragment_rows) if self._heal else encode.RESET
        if self._torn:
            greeting += CUT_OFF
        if self._profile.automatic_status:
            greeting += encode.AUTOMATIC_STATUS
        if self.link.talk.write(greeting + self._begin(), self.patience_s(len(greeting))) is not None:
            raise Gone("the printer does not take bytes")
        self._began_s = self._mono_s()  # what ends a half-sent picture may have been on the line for seconds
        self._greeted, self._heal, self._torn, self._waited = True, False, False, False

    def patience_s(self, count: int) -> float:
        """How long ``count`` bytes may take on this link."""
        return self._limits.write_s + count * self._limits.byte_s

    def _begin_again(self) -> None:
        """Count anew behind a slip whose answer is overdue, or when a beginning was not answered. Raises ``Gone``."""
        if not self._greeted or not self.link.fit:
            return
        if self.turns.sure:
            self._tries = 1
        overdue = self.turns.ever and self._mono_s() - self._began_s > self._limits.fence_s * self._tries
        if not self.turns.sure and not self.turns.disturbed and overdue:
            # It is well and obeys nothing: something half-sent swallows all that comes. Or it is only slow: each time
            # it gets longer, or it would be given more than it can do.
            self._tries = min(2 * self._tries, MOST_TRIES)
            self._heal, self._torn, self._greeted = True, True, False
            self._greet()
            return
        if not self.turns.disturbed and not (self.turns.sure and self.turns.waiting):
            return
        question = self._begin()
        if question and self.link.talk.write(question, self._limits.write_s) is not None:
            raise Gone("the printer does not take bytes")

    def _begin(self) -> bytes:
        self._began_s = self._mono_s()
        return self.turns.begin(self._journal.mark() if self._profile.process_id else None)

    def sure(self, print_s: float) -> bool:
        """Whether the answer to a slip sent now could be told from others. Waits while what came before may still
        be on its way; a printer that never answers in turn is waited for once a link. Raises ``Gone``."""
        self._begin_again()
        end_s = self._began_s + self._limits.fence_s + print_s
        look_s = self._mono_s() + self._limits.look_s
        while not self.turns.settle() and self.link.stopped is None and self._mono_s() < end_s:
            if not self.turns.ever and self._waited:
                break
            if self._mono_s() >= look_s:
                self.ask()
                look_s = self._mono_s() + self._limits.look_s
            self.link.talk.pump(self._limits.status_s / 4)
        self._waited = True
        if self.turns.came():
            self.ask()
        return self.link.stopped is None and (self.turns.sure or not self.turns.ever)


def came_out(job: str, proof: Proof, *, torn: bool) -> PrintResult:
    """What is said of a slip when its proof has come. In two pieces it may be anybody's, so staff are to look."""
    if torn:
        return nothing_proved(job, PrintState.UNKNOWN, status.TORN)
    return PrintResult(job, PrintState.PRINTED, proof)
