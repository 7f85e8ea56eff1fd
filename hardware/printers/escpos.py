"""The slip printer: a slip goes out as dots, and counts as printed only when the printer proved it.

A fence (GS r 1) follows every slip. The printer answers it in its turn, after everything before it, so an
answer proves the slip; the real-time status (DLE EOT) jumps the queue and says why there is none. One thread
owns the printer; it also asks for its health once a second while nothing is printed.
"""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from hardware.ports import Health, PrintResult, PrintState, Proof, State
from hardware.printers import encode, forms, status
from hardware.printers.conversation import Conversation
from hardware.printers.journal import PrintJournal, nothing_proved
from hardware.printers.profile import Limits, Profile
from hardware.printers.raster import Paper, SlipError
from hardware.printers.responses import Block, Sensor
from hardware.printers.status import Trouble
from hardware.printers.transport import CannotOpen, Connect, Gone
from hardware.slip import Slip

log = logging.getLogger(__name__)

Done = Callable[[PrintResult], None]

FINE = (State.READY, State.WARNING)


@dataclass(eq=False, slots=True)
class _Order:
    """A job on its way. ``told`` once its one result was given."""

    job: str
    slip: Slip
    done: Done
    told: bool = False
    process_id: bytes | None = None
    proof: Proof | None = None


def _nobody(_result: PrintResult) -> None:
    pass


class EscposPrinter:
    """Implements :class:`hardware.ports.Printer`.

    ``settled`` is told of slips that were reported held or unknown and proved themselves later (a new roll, a
    closed cover); it runs in the printer's thread. ``done`` is called exactly once per job whatever happens,
    on ``close`` too.
    """

    def __init__(
        self,
        connect: Connect,
        paper: Paper,
        journal: PrintJournal,
        mono_s: Callable[[], float],
        *,
        encoder: encode.Encoder | None = None,
        profile: Profile = Profile(),  # noqa: B008 (frozen)
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        settled: Done = _nobody,
    ) -> None:
        self._connect, self._paper, self._journal, self._mono_s = connect, paper, journal, mono_s
        self._profile, self._limits, self._settled = profile, limits, settled
        self._encode = encoder or forms.raster(paper, profile)
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._roll_changed = threading.Event()
        self._link: Conversation | None = None
        self._now: _Order | None = None
        self._unproved: deque[_Order] = deque()
        self._rest: bytes | None = None
        self._heal, self._greeted, self._was_out = True, False, False
        self._jobs = 0
        self._retry_s = limits.retry_first_s
        self._next_try_s = 0.0
        self._answered_s = mono_s()
        self._silent = False
        self._health = Health(State.UNKNOWN)
        self._health_s = mono_s()
        self._thread = threading.Thread(target=self._run, name="printer", daemon=True)
        self._thread.start()

    # --- from any thread

    def print_slip(self, job: str, slip: Slip, done: Done) -> None:
        order = _Order(job, slip, done)
        with self._lock:
            if not self._closing.is_set():
                self._orders.put(order)
                return
        self._tell(order, nothing_proved(job, PrintState.FAILED, status.OFF))

    def health(self) -> Health:
        """The last known state; UNKNOWN when it is too old to be believed."""
        health, at_s = self._health, self._health_s
        return health if self._mono_s() - at_s <= self._limits.stale_s else Health(State.UNKNOWN)

    def roll_changed(self) -> None:
        """Staff put in a new roll: the paper is counted from here."""
        self._roll_changed.set()

    def close(self) -> None:
        with self._lock:
            self._closing.set()
            self._orders.put(None)
        if self._thread is not threading.current_thread():
            self._thread.join()

    # --- the printer's thread

    def _run(self) -> None:
        try:
            self._poll()
            while not self._closing.is_set():
                order = self._next_order()
                if order is not None:
                    self._print(order)
                elif not self._closing.is_set():
                    self._poll()
        finally:
            with self._lock:
                self._closing.set()
            if self._now is not None and not self._now.told:
                self._tell(self._now, nothing_proved(self._now.job, PrintState.UNKNOWN, None))
            self._hang_up()
            self._refuse_waiting()

    def _next_order(self) -> _Order | None:
        try:
            return self._orders.get(timeout=self._limits.poll_s)
        except queue.Empty:
            return None

    def _refuse_waiting(self) -> None:
        while True:
            try:
                order = self._orders.get_nowait()
            except queue.Empty:
                return
            if order is not None:
                self._tell(order, nothing_proved(order.job, PrintState.FAILED, status.OFF))

    # --- one job

    def _print(self, order: _Order) -> None:
        self._now = order
        try:
            data, mm = self._encoded(order)
        except SlipError as error:
            log.error("slip %s cannot be printed: %s", order.slip.number, error)
            self._tell(order, nothing_proved(order.job, PrintState.FAILED, Trouble.FAULT))
            return
        before = self._look()
        if before is not None and (before.state not in FINE or self._rest is not None):
            # Known before a byte left, so it is certain that this slip will not come out by itself later.
            self._tell(order, nothing_proved(order.job, PrintState.FAILED, before.code or Trouble.FAULT))
            return
        self._journal.sending(order.job, order.slip.number, mm)
        try:
            result = self._send(order, data, mm / self._profile.speed_mm_s)
        except Gone as error:
            self._lost(error)
            result = nothing_proved(order.job, PrintState.UNKNOWN, status.OFF)
        if result.state is PrintState.UNKNOWN and order in self._unproved:
            # Answers carry no name: this one, were it still to come or lost, would shift all that follow by a slip.
            self._hang_up()
        if order.proof is not None:
            result = PrintResult(order.job, PrintState.PRINTED, order.proof)
        self._journal.result(result)
        self._set_health()
        self._tell(order, result)

    def _encoded(self, order: _Order) -> tuple[bytes, float]:
        """The job's bytes with its fence, and the paper it takes in mm."""
        sheet = self._encode(order.slip)
        pushes = self._profile.answers and self._profile.automatic_status
        data = encode.RESET + (encode.AUTOMATIC_STATUS if pushes else b"") + sheet.data
        if self._profile.process_id:
            self._jobs += 1
            order.process_id = f"{self._jobs % 10_000:04d}".encode()
            data += encode.process_id(order.process_id)
        return data + (encode.FENCE if self._profile.answers else b""), sheet.mm

    def _send(self, order: _Order, data: bytes, print_s: float) -> PrintResult:
        assert self._link is not None
        if not self._profile.answers:
            left = self._link.write(data, self._limits.write_s + print_s)
            return PrintResult(order.job, PrintState.PRINTED if left is None else PrintState.UNKNOWN, Proof.NONE)
        self._unproved.append(order)
        left = self._link.write(data, self._limits.write_s + print_s)
        if left is not None:
            return self._not_taken(order, left)
        return self._proof(order, self._mono_s() + self._limits.fence_s + print_s)

    def _not_taken(self, order: _Order, left: bytes) -> PrintResult:
        """The printer stopped reading before the slip's end."""
        assert self._link is not None
        stopped = self._link.stopped
        if stopped is None:
            self._hang_up()
            return nothing_proved(order.job, PrintState.UNKNOWN, status.SILENT)
        self._rest = left
        return nothing_proved(order.job, PrintState.HELD, stopped)

    def _proof(self, order: _Order, end_s: float) -> PrintResult:
        """Wait for the fence; look meanwhile whether the printer still prints."""
        assert self._link is not None
        answered = True
        look_s = self._mono_s() + self._limits.look_s
        while order.proof is None and not self._closing.is_set():
            now_s = self._mono_s()
            if now_s >= end_s:
                answered = self._ask()
                break
            if now_s >= look_s:
                answered = self._ask()
                look_s = self._mono_s() + self._limits.look_s
                if answered and self._link.stopped is not None:
                    break
            self._link.pump(max(0.0, min(look_s, end_s) - self._mono_s()))
        if order.proof is not None:
            self._ask()
        if answered and self._link.stopped is not None:
            return nothing_proved(order.job, PrintState.HELD, self._link.stopped)
        return nothing_proved(order.job, PrintState.UNKNOWN, None if answered else status.SILENT)

    def _in_turn(self, answer: Sensor | Block) -> None:
        """The printer answered in its turn: the oldest slip without proof is out."""
        if isinstance(answer, Block):
            for order in self._unproved:
                if answer.process_id is not None and answer.process_id == order.process_id:
                    order.proof = Proof.PROCESS_ID
            return
        if not self._unproved:
            return
        order = self._unproved.popleft()
        order.proof = order.proof or Proof.FENCE
        if order.told:
            result = PrintResult(order.job, PrintState.PRINTED, order.proof)
            log.info("slip %s came out after all", order.slip.number)
            self._journal.result(result)
            self._settled(result)

    def _tell(self, order: _Order, result: PrintResult) -> None:
        order.told = True
        order.done(result)

    # --- the link and its health

    def _poll(self) -> None:
        if self._roll_changed.is_set():
            self._roll_changed.clear()
            self._journal.new_roll()
        if self._link is None and self._mono_s() < self._next_try_s:
            self._set_health()
            return
        self._look()

    def _look(self) -> Health | None:
        """Open the link if need be and ask; the health found. None: this printer never answers."""
        try:
            if self._link is None:
                self._call()
            if not self._profile.answers:
                return None
            self._write_rest()
            if self._rest is None:
                self._ask()
                self._greet()
        except CannotOpen as error:
            log.debug("printer: %s", error)
            self._next_try_s = self._mono_s() + self._retry_s
            self._retry_s = min(self._retry_s * 2, self._limits.retry_longest_s)
        except Gone as error:
            self._lost(error)
        return self._set_health()

    def _call(self) -> None:
        """Raises ``CannotOpen``."""
        self._link = Conversation(self._connect(), self._mono_s, self._closing.is_set, self._in_turn)
        self._answered_s = self._mono_s()
        self._silent = self._greeted = False

    def _greet(self) -> None:
        """Once a link, when the printer is fit: end what a broken link left, have it report by itself."""
        assert self._link is not None
        if self._greeted or self._silent or self._link.stopped is not None:
            return
        greeting = encode.heal(self._paper.dots // 8) if self._heal else encode.RESET
        if self._profile.automatic_status:
            greeting += encode.AUTOMATIC_STATUS
        if self._link.write(greeting, self._limits.write_s) is not None:
            raise Gone("the printer does not take bytes")
        self._greeted, self._heal = True, False

    def _write_rest(self) -> None:
        """A slip that the printer stopped taking goes on where it was. Until its last byte has left nothing may
        be asked: the question would become part of the picture, or wait behind it. Raises ``Gone``."""
        assert self._link is not None
        if self._rest is None:
            return
        self._link.pump(0)
        if self._link.stopped is None:
            self._rest = self._link.write(self._rest, self._limits.poll_s)

    def _ask(self) -> bool:
        """Ask for the status; a link that stays silent for long is given up. Raises ``Gone``."""
        assert self._link is not None
        if self._link.ask(self._limits.status_s):
            self._answered_s, self._retry_s = self._mono_s(), self._limits.retry_first_s
            self._silent = False
        else:
            self._silent = True
            if self._mono_s() - self._answered_s > self._limits.silent_s:
                raise Gone("no answer for too long")
        self._set_health()
        return not self._silent

    def _lost(self, error: Gone) -> None:
        log.debug("printer: %s", error)
        self._hang_up()
        self._next_try_s = self._mono_s() + self._retry_s
        self._retry_s = min(self._retry_s * 2, self._limits.retry_longest_s)

    def _hang_up(self) -> None:
        """Close the link. What was sent and not proved stays in the journal for staff."""
        if self._link is not None:
            self._link.close()
        self._link, self._rest, self._heal = None, None, True
        self._unproved.clear()

    def _set_health(self) -> Health:
        health = self._found()
        if (health.state, health.code) != (self._health.state, self._health.code):
            if health.state in FINE:
                log.info("printer %s%s", health.state, f" ({health.code})" if health.code else "")
            else:
                log.warning("printer %s: %s", health.state, health.code)
        self._health, self._health_s = health, self._mono_s()
        if health.code == Trouble.PAPER_OUT:
            self._was_out = True
        elif self._was_out and health.state in FINE:
            self._was_out = False
            self._journal.new_roll()
        return health

    def _found(self) -> Health:
        left_slips = self._journal.roll.left_slips(self._profile.roll_mm)
        if self._link is None:
            return Health(State.OFFLINE, status.OFF, left_slips=left_slips)
        if self._silent:
            return Health(State.OFFLINE, status.SILENT, left_slips=left_slips)
        if self._link.troubles is None:
            return Health(State.UNKNOWN, left_slips=left_slips)
        health = status.health(self._link.troubles, left_slips)
        if health.state is State.READY and left_slips is not None and left_slips < self._profile.low_slips:
            return Health(State.WARNING, Trouble.NEAR_END, left_slips=left_slips)
        return health
