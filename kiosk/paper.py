"""The kiosk's printer as its flow asks for it: slips to print, and what staff did or want done at it."""

from collections.abc import Callable
from dataclasses import replace

from config.clock import Clock
from config.words import words
from hardware.ports import Printer, PrintResult, PrintState, Proof
from hardware.slip import Slip
from kiosk import slip
from kiosk import state as k
from server.wire.messages import Ticket

Put = Callable[[k.What], None]


class Paper:
    """Nothing here waits for the printer; ``roll_changed`` and ``look_after`` wait for the disk, so not in the main
    loop. ``printer`` None: there is none, and whatever is asked for fails."""

    def __init__(self, printer: Printer | None, put: Put, occasion: slip.Occasion, clock: Clock) -> None:
        self._printer, self._put, self._occasion, self._clock = printer, put, occasion, clock

    def print(self, effect: k.Print, state: k.State) -> None:
        """The slip of a ticket, or the test slip where there is no ticket."""
        if state.office is None:
            self._not_printed(effect.job)
            return
        occasion, said = replace(self._occasion, mark=effect.mark), words(effect.language)
        if effect.ticket is None:
            self._send(effect.job, slip.test_slip(state.office, said, self._clock.now(), occasion))
            return
        procedure = k.procedure(state, effect.ticket.procedure)
        drawn = slip.ticket_slip(effect.ticket, state.office, procedure, said, self._clock.now(), occasion)
        self._send(effect.job, drawn, effect.ticket)

    def print_list(self, effect: k.PrintList, state: k.State) -> None:
        """The papers of a procedure."""
        procedure = k.procedure(state, effect.procedure)
        if procedure is None or state.office is None:
            self._not_printed(effect.job)
            return
        said = words(effect.language)
        self._send(effect.job, slip.list_slip(procedure, state.office, said, self._clock.now(), self._occasion))

    def roll_changed(self, job: str) -> None:
        """Staff put in a new roll."""
        if self._printer is not None:
            self._printer.roll_changed()
        self._done(job, done=self._printer is not None)

    def clear(self, job: str) -> None:
        """Have the printer drop what it holds; where that is not certain, nobody knows."""
        if self._printer is None:
            self._done(job, done=False)
            return
        self._printer.clear(lambda certain: self._put(k.JobDone(job, k.DONE if certain else PrintState.UNKNOWN)))

    def look_after(self, job: str, ticket: Ticket | None) -> None:
        """Staff looked after the slips of a ticket that nobody knows to be printed."""
        if ticket is not None:
            self._seen(ticket, but=None)
        self._done(job, done=self._printer is not None)

    def _done(self, job: str, *, done: bool) -> None:
        self._put(k.JobDone(job, k.DONE if done else PrintState.FAILED))

    def _seen(self, ticket: Ticket, *, but: str | None) -> None:
        """A slip of a job goes by its number, because its job's ticket is not known after a restart."""
        if self._printer is None:
            return
        for one in self._printer.unconfirmed():
            mine = one.job == ticket.id or (one.job.startswith(k.WORK) and one.number == ticket.number)
            if mine and one.job != but:
                self._printer.seen(one.job)

    def _send(self, job: str, paper: Slip, ticket: Ticket | None = None) -> None:
        if self._printer is None:
            self._not_printed(job)
            return

        def done(result: PrintResult) -> None:
            # A slip printed again by staff ends the question what became of the first.
            if ticket is not None and job.startswith(k.WORK) and result.state is PrintState.PRINTED:
                self._seen(ticket, but=job)
            self._put(k.SlipDone(result))

        self._printer.print_slip(job, paper, done)

    def _not_printed(self, job: str) -> None:
        self._put(k.SlipDone(PrintResult(job, PrintState.FAILED, Proof.NONE)))
