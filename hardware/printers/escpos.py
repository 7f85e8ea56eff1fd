"""The slip printer: a slip goes out, and counts as printed only when the printer proved it.

One thread owns the printer and does what is queued, one thing after another; in between it asks for the printer's
health once a second, so nobody else ever waits for it.

A slip's way through this folder: ``printing`` takes one job from the look before to the proof. ``drawing`` gives its
bytes: ``forms`` chooses how, ``layout`` places, ``raster`` draws, ``hybrid`` and ``native`` spare slow links bytes;
``library`` composes their commands with python-escpos and ``encode`` holds those that it does not know; ``sending`` has
them leave. ``models`` knows printers by their names. ``upkeep`` keeps the printer ready between jobs on one
``link``: ``beginning`` greets it, ``condition`` is its health, ``turns`` knows whose answer it is. ``conversation``
writes and asks; in ``answers``, ``responses`` and ``status`` read what comes back and ``stranger`` tells that it comes
from no printer. ``transports`` are the kinds of cable. ``journal`` outlives them all.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.threads import RestartingThread
from hardware.ports import Health, PrintResult, PrintState, State, Unconfirmed
from hardware.printers import encode
from hardware.printers.answers import status
from hardware.printers.drawing import forms
from hardware.printers.drawing.paper import Paper
from hardware.printers.journal import PrintJournal, nothing_proved
from hardware.printers.link import Link
from hardware.printers.printing import Printing
from hardware.printers.profile import Limits, Profile
from hardware.printers.transports.transport import Connect, Gone
from hardware.printers.turns import Order
from hardware.printers.upkeep import Upkeep
from hardware.slip import Slip

log = logging.getLogger(__name__)

Done = Callable[[PrintResult], None]

FAREWELL_S = 5.0
"""A thread that hangs in a dead device for longer is left to die with the program."""


@dataclass(eq=False, slots=True)
class _Clearing:
    told: Callable[[bool], None]

    def done(self, *, certain: bool) -> None:
        self.told(certain)


def _nobody(_result: PrintResult) -> None:
    pass


class EscposPrinter:
    """Implements :class:`hardware.ports.Printer`.

    ``settled`` is told of slips that were reported held or unknown and of which more is known later (they came
    out after a new roll, or were dropped); it runs in the printer's thread. ``done`` is called exactly once per
    job whatever happens, on ``close`` too. ``like``: slips with the lines that most will have; they are drawn once
    at the beginning, for nobody, so that the first visitor does not wait for fonts and letters.
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
        like: Sequence[Slip] = (),
    ) -> None:
        self._journal, self._mono_s, self._limits = journal, mono_s, limits
        self._work: queue.SimpleQueue[Order | _Clearing | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._now: Order | None = None
        over = self._closing.is_set
        self._upkeep = Upkeep(
            lambda in_turn: Link(connect, mono_s, limits, over, in_turn),
            journal,
            mono_s,
            head_bytes=paper.dots // 8,
            profile=profile,
            limits=limits,
            settled=settled,
        )
        self._printing = Printing(
            self._upkeep,
            encoder or forms.raster(paper, profile),
            journal,
            mono_s,
            profile=profile,
            limits=limits,
            over=over,
        )
        self._like = like
        self._thread = RestartingThread(
            "printer", self._run, closing=self._closing, failed=self._failed, over=self._part
        )
        self._thread.start()

    # --- from any thread

    def print_slip(self, job: str, slip: Slip, done: Done) -> None:
        self._put(Order(job, slip, done))

    def clear(self, done: Callable[[bool], None]) -> None:
        self._put(_Clearing(done))

    def roll_changed(self) -> None:
        self._journal.new_roll()

    def unconfirmed(self) -> tuple[Unconfirmed, ...]:
        return self._journal.unconfirmed()

    def seen(self, job: str) -> None:
        self._journal.seen(job)

    def health(self) -> Health:
        """The last known state; UNKNOWN when it is too old to be believed, and silent when the link hangs."""
        condition = self._upkeep.condition
        health, age_s = condition.health, self._mono_s() - condition.health_s
        if age_s > self._limits.hung_s:
            return Health(State.OFFLINE, status.SILENT)
        return health if age_s <= self._limits.stale_s else Health(State.UNKNOWN)

    @property
    def looked_s(self) -> float:
        """When its thread last knew how the printer is."""
        return self._upkeep.condition.health_s

    def close(self) -> None:
        with self._lock:
            self._closing.set()
            self._work.put(None)
        if not self._thread.is_current:
            self._thread.join(FAREWELL_S)
            if self._thread.is_alive():
                log.warning("the printer's link hangs; it is left behind")

    def _put(self, work: Order | _Clearing) -> None:
        with self._lock:
            if not self._closing.is_set():
                self._work.put(work)
                return
        self._refuse(work)

    # --- the printer's thread

    def _run(self) -> None:
        self._upkeep.look()
        for slip in self._like:
            if not self._closing.is_set():
                self._printing.rehearse(slip)
        while not self._closing.is_set():
            self._do(self._next())

    def _failed(self, error: Exception) -> None:
        """Treat a mistake of ours as a broken link; the thread opens it again and goes on with what waits."""
        if self._now is not None:
            self._tell(self._now, nothing_proved(self._now.job, PrintState.UNKNOWN, None))
        self._upkeep.lost(Gone(f"its thread failed: {type(error).__name__}; the log tells more"))
        self._upkeep.condition.note()

    def _part(self) -> None:
        """Close the link and refuse what still waits."""
        with self._lock:
            self._closing.set()
        if self._now is not None:
            self._tell(self._now, nothing_proved(self._now.job, PrintState.UNKNOWN, None))
        self._upkeep.link.close()
        while not self._work.empty():
            self._refuse(self._work.get())

    def _next(self) -> Order | _Clearing | None:
        try:
            return self._work.get(timeout=self._limits.poll_s)
        except queue.Empty:
            return None

    def _do(self, work: Order | _Clearing | None) -> None:
        match work:
            case _ if self._closing.is_set():
                self._refuse(work)
            case Order():
                self._now = work
                self._tell(work, self._printing.result(work))
            case _Clearing():
                work.done(certain=self._upkeep.clear())
            case None if self._upkeep.link.due:
                self._upkeep.look()
            case None:
                self._upkeep.condition.note()

    def _tell(self, order: Order, result: PrintResult) -> None:
        self._now, order.told = None, result.state
        order.done(result)

    def _refuse(self, work: Order | _Clearing | None) -> None:
        match work:
            case Order():
                self._tell(work, nothing_proved(work.job, PrintState.FAILED, status.OFF))
            case _Clearing():
                work.done(certain=False)
