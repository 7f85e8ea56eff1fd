"""Carry out the effects that need the printer: print slips, and do jobs of staff."""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from config.clock import Clock
from config.threads import WorkerPool
from config.words import words
from hardware.ports import Printer, PrintResult, PrintState, Proof
from hardware.slips.slip import Slip
from kiosk.effects.slip import SlipContext, list_slip, test_slip, ticket_slip
from kiosk.flow import effects, events
from kiosk.flow.state import KioskState
from server.wire.messages import Ticket

Put = Callable[[events.Event], None]
"""Puts an event into the kiosk's inbox; any thread may call it."""


class PrinterCalls:
    """Hands slips to the printer and puts its results into the inbox. ``run`` returns at once.

    ``printer`` None: there is none, and every job fails.
    """

    def __init__(self, printer: Printer | None, put: Put, context: SlipContext, clock: Clock) -> None:
        self._printer, self._put, self._context, self._clock = printer, put, context, clock
        # Writing the printer's journal waits for the disk.
        self._disk_pool = WorkerPool(1, "disk")

    def run(self, effect: effects.PrinterEffect, state: KioskState) -> None:
        """Carry out ``effect``; effects that wait for the disk run in another thread."""
        match effect:
            case effects.PrintSlip():
                self.print_slip(effect, state)
            case effects.PrintList():
                self.print_list(effect, state)
            case effects.RecordNewRoll():
                self._disk_pool.submit(self.record_new_roll, effect.job)
            case effects.ClearPrinter():
                self.clear(effect.job)
            case effects.DismissSlips():
                self._disk_pool.submit(self.dismiss_slips, effect.job, effect.ticket)
            case _:
                assert_never(effect)

    def close(self) -> None:
        """Wait for the effects that write to the disk."""
        self._disk_pool.shutdown(wait=True, cancel_futures=True)

    def print_slip(self, effect: effects.PrintSlip, state: KioskState) -> None:
        """Print the slip of a ticket, or the test slip where there is no ticket.

        Fails while the office is unknown, because every slip names it.
        """
        office = state.hall.office
        if office is None:
            self._report_failure(effect.job)
            return
        context = replace(self._context, origin=effect.origin, logo=state.hall.logo)
        texts, now = words(effect.language), self._clock.now()
        if effect.ticket is None:
            self._send(effect.job, test_slip(office, texts, now, context))
            return
        procedure = state.hall.procedure(effect.ticket.procedure)
        self._send(effect.job, ticket_slip(effect.ticket, office, procedure, texts, now, context), effect.ticket)

    def print_list(self, effect: effects.PrintList, state: KioskState) -> None:
        """Print the documents that a procedure requires."""
        office, procedure = state.hall.office, state.hall.procedure(effect.procedure)
        if procedure is None or office is None:
            self._report_failure(effect.job)
            return
        context = replace(self._context, logo=state.hall.logo)
        slip = list_slip(procedure, office, words(effect.language), self._clock.now(), context)
        self._send(effect.job, slip)

    def record_new_roll(self, job: str) -> None:
        """Reset the count of printed slips, because staff put in a new roll. Waits for the disk."""
        if self._printer is not None:
            self._printer.roll_changed()
        self._finish(job, done=self._printer is not None)

    def clear(self, job: str) -> None:
        """Make the printer drop the data in its buffer.

        The job's result is unknown if the printer does not confirm it.
        """
        if self._printer is None:
            self._finish(job, done=False)
            return
        self._printer.clear_buffer(
            lambda confirmed: self._put(events.JobFinished(job, effects.DONE if confirmed else PrintState.UNKNOWN))
        )

    def dismiss_slips(self, job: str, ticket: Ticket | None) -> None:
        """Drop the unconfirmed slips of a ticket that staff dealt with. Waits for the disk."""
        if ticket is not None:
            self._dismiss(ticket, keep=None)
        self._finish(job, done=self._printer is not None)

    def _finish(self, job: str, *, done: bool) -> None:
        """Report the end of a job that prints nothing; ``done`` False: it failed."""
        self._put(events.JobFinished(job, effects.DONE if done else PrintState.FAILED))

    def _dismiss(self, ticket: Ticket, *, keep: str | None) -> None:
        """Dismiss all unconfirmed slips of a ticket except that of the job ``keep``.

        The slip of a staff job is matched by its number, because after a restart the job's ticket is unknown.
        """
        if self._printer is None:
            return
        for slip in self._printer.unconfirmed():
            of_staff_job = slip.job.startswith(effects.STAFF_JOB_PREFIX) and slip.number == ticket.number
            if (slip.job == ticket.id or of_staff_job) and slip.job != keep:
                self._printer.dismiss(slip.job)

    def _send(self, job: str, slip: Slip, ticket: Ticket | None = None) -> None:
        if self._printer is None:
            self._report_failure(job)
            return

        def finished(result: PrintResult) -> None:
            # A successful reprint makes the first, unconfirmed slip irrelevant.
            if ticket is not None and job.startswith(effects.STAFF_JOB_PREFIX) and result.state is PrintState.PRINTED:
                self._dismiss(ticket, keep=job)
            self._put(events.PrintFinished(result))

        self._printer.print_slip(job, slip, finished)

    def _report_failure(self, job: str) -> None:
        self._put(events.PrintFinished(PrintResult(job, PrintState.FAILED, Proof.NONE)))
