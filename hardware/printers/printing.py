"""One job: looked at before, sent, fenced, proved; and what is said when it was not.

A fence (GS r 1) follows every slip. The printer answers it in its turn, after everything before it, so an answer
proves the slip; the real-time status (DLE EOT) jumps the queue and says why there is none. A printer that knows
neither fences nor process ids is looked at for as long as the slip takes; then it counts as printed, without proof.
So does a slip whose answer came before its paper can have moved.
"""

import logging
from collections.abc import Callable

from hardware.ports import PrintResult, PrintState, Proof, State
from hardware.printers import encode
from hardware.printers.answers import status
from hardware.printers.answers.status import Trouble
from hardware.printers.drawing.paper import SlipError
from hardware.printers.encode import Encoder
from hardware.printers.journal import PrintJournal, nothing_proved
from hardware.printers.profile import Limits, Profile
from hardware.printers.sending import Sending
from hardware.printers.transports.transport import Gone
from hardware.printers.turns import Order
from hardware.printers.upkeep import Upkeep, came_out
from hardware.slip import Slip

log = logging.getLogger(__name__)

FINE = (State.READY, State.WARNING)


class Printing:
    """Prints one job at a time; the printer's thread owns it. ``over`` ends every wait."""

    def __init__(
        self,
        upkeep: Upkeep,
        encoder: Encoder,
        journal: PrintJournal,
        mono_s: Callable[[], float],
        *,
        profile: Profile,
        limits: Limits,
        over: Callable[[], bool],
    ) -> None:
        self._upkeep, self._encode, self._journal, self._mono_s = upkeep, encoder, journal, mono_s
        self._profile, self._limits, self._over = profile, limits, over
        self._warned = False

    def rehearse(self, slip: Slip) -> None:
        """Draw it for nobody. Never raises."""
        try:
            self._encode(slip)
        except SlipError as error:
            log.warning("a slip of this layout may not fit: %s", error)

    def result(self, order: Order) -> PrintResult:
        """What became of it; written down before it is returned. Never raises."""
        known = self._journal.known(order.job)
        if known is not None:
            log.info("job %s is known and not printed again", order.job)
            return known
        try:
            data, mm = self._encoded(order)
        except SlipError as error:
            log.error("slip %s cannot be printed: %s", order.slip.number, error)
            return nothing_proved(order.job, PrintState.FAILED, Trouble.FAULT)
        print_s = mm / self._profile.speed_mm_s
        why = self._why_not(print_s)
        if why is not None:
            # Known before a byte left, so it is certain that this slip will not come out by itself later.
            return nothing_proved(order.job, PrintState.FAILED, why)
        self._journal.sending(order.job, order.slip.number, mm, order.mark)
        try:
            result = self._sent(order, data, mm)
        except Gone as error:
            self._upkeep.lost(error)
            result = nothing_proved(order.job, PrintState.UNKNOWN, status.OFF)
        if order.proof is Proof.PROCESS_ID:
            result = came_out(order.job, order.proof, torn=order.torn)
        self._upkeep.turns.took(order)
        self._journal.result(result)
        self._upkeep.condition.note()
        return result

    def _why_not(self, print_s: float) -> str | None:
        """Why nothing should be sent now; None when the printer is fit."""
        upkeep = self._upkeep
        health = upkeep.look()
        if not self._profile.answers:
            return None if upkeep.link.is_open else health.code
        if health.state not in FINE or upkeep.busy:
            return health.code or Trouble.FAULT
        try:
            if upkeep.beginning.sure(print_s, upkeep.ask):
                return None
        except Gone as error:
            upkeep.lost(error)
        health = upkeep.condition.note()
        return health.code if health.state not in FINE and health.code is not None else Trouble.FAULT

    def _encoded(self, order: Order) -> tuple[bytes, float]:
        """The job's bytes with its fence, and the paper it takes in mm. Raises ``SlipError``."""
        sheet = self._encode(order.slip)
        pushes = self._profile.answers and self._profile.automatic_status
        data = encode.RESET + (encode.AUTOMATIC_STATUS if pushes else b"") + sheet.data
        if self._profile.process_id:
            order.mark = self._journal.mark()
            data += encode.process_id(order.mark)
        return data + (encode.FENCE if self._profile.answers and self._profile.fence else b""), sheet.mm

    def _sent(self, order: Order, data: bytes, mm: float) -> PrintResult:
        """Raises ``Gone``."""
        print_s = mm / self._profile.speed_mm_s
        talk, patience_s = self._upkeep.link.talk, self._upkeep.beginning.patience_s(len(data)) + print_s
        if not self._profile.answers:
            left = talk.write(data, patience_s)
            return PrintResult(order.job, PrintState.PRINTED if left is None else PrintState.UNKNOWN, Proof.NONE)
        order.earliest_s = self._mono_s() + self._least_s(len(data), mm)
        self._upkeep.turns.sent(order)
        # A printer that reports by itself does so once more when it comes to the slip, before its first line.
        talk.had_paper = not self._profile.automatic_status
        sending = Sending(self._upkeep.link, data, self._mono_s, self._limits)
        if not sending.go_on(patience_s):
            stopped = talk.stopped
            self._upkeep.keep(sending)
            if stopped is None:
                return nothing_proved(order.job, PrintState.UNKNOWN, status.SILENT)
            return nothing_proved(order.job, PrintState.HELD, stopped)
        return self._proved(order, self._mono_s() + print_s)

    def _least_s(self, count: int, mm: float) -> float:
        """Return the time in s that a slip of ``count`` bytes and ``mm`` needs at least on this link."""
        profile, head_bytes = self._profile, self._upkeep.head_bytes
        # A line slower than paper brings the last row when the others are out; the way to the cutter still follows.
        ending_mm = profile.head_to_cutter_mm + encode.AFTER_LAST_ROW / profile.dots_per_mm
        on_the_line_s = count * self._limits.byte_s
        return max(profile.least_s(mm, head_bytes), on_the_line_s + profile.least_s(ending_mm, head_bytes))

    def _proved(self, order: Order, out_s: float) -> PrintResult:
        """Wait for the proof. ``out_s`` is when the slip is out at the latest. Raises ``Gone``."""
        answered = True
        while not self._over():
            answered = self._answer_waited_for(order, out_s)
            if order.proof is None:
                break
            # A fence counts when the printer is still well after it; else it is taken back, and waited for again.
            self._upkeep.ask()
            if order.proof is not None:
                return came_out(order.job, order.proof, torn=order.torn)
        stopped = self._upkeep.link.stopped
        if stopped is not None and not self._upkeep.link.doubtful:
            return nothing_proved(order.job, PrintState.HELD, stopped)
        if answered and not self._proves(order) and not order.doubted and not self._over():
            self._warn(order)
            self._upkeep.turns.gone(order)
            return nothing_proved(order.job, PrintState.PRINTED, None)
        return nothing_proved(order.job, PrintState.UNKNOWN, None if answered else status.SILENT)

    def _proves(self, order: Order) -> bool:
        """Whether an answer of this printer may still prove this slip."""
        return self._profile.proves and not order.premature

    def _warn(self, order: Order) -> None:
        """Log once that this printer's answers prove nothing."""
        if order.premature and not self._warned:
            self._warned = True
            log.warning(
                "the printer answered before the paper of slip %s can have moved: its answers prove nothing; "
                "run luot-hardware probe",
                order.slip.number,
            )

    def _answer_waited_for(self, order: Order, out_s: float) -> bool:
        """Wait for the fence; look meanwhile whether the printer still prints. Return whether it answered last."""
        answered = True
        look_s = self._mono_s() + self._limits.look_s
        while order.proof is None and not self._over():
            now_s = self._mono_s()
            end_s = out_s + (self._limits.fence_s if self._proves(order) else 0.0)
            if now_s >= end_s:
                return self._upkeep.ask()
            if now_s >= look_s:
                answered = self._upkeep.ask()
                look_s = self._mono_s() + self._limits.look_s
                if self._upkeep.link.stopped is not None:
                    return answered
            self._upkeep.link.talk.pump(max(0.0, min(look_s, end_s) - self._mono_s()))
        return answered
