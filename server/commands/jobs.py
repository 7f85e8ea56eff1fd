"""Jobs for stations, reports of printers, and calls for help at a kiosk."""

from collections.abc import Collection, Mapping

from config.clock import Now
from server.commands.common import CommandResult, bad_request, idempotent, require_ticket
from server.domain.actor import Actor, require_permission
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import HelpAsked, HelpTaken, JobDone, JobMade, TicketPrinted
from server.domain.permissions import Action
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.store.queries import find_help_call, find_job, open_help_calls, open_job_ids
from server.wire.messages import Ask, AskHelp, JobResult, Printed


def make_job(
    tx: Tx,
    actor: Actor,
    now: Now,
    station: str,
    kind: str,
    *,
    ticket: str | None = None,
    origin: str | None = None,
    is_command_result: bool = True,
) -> str:
    """Record a job for ``station`` and return its id.

    ``kind``: slip, reprint, test, roll (note a new paper roll), clear (clear the printer's buffer) or seen (staff
    dismissed an unconfirmed slip). ``origin``: printed on the paper as a mark when a visitor did not cause the job:
    staff, reprint or test. ``is_command_result`` as in ``Tx.record``; False where another fact of the command holds the
    result.
    """
    job = f"j-{tx.head.seq + 1}"
    made = JobMade(ticket=ticket, job=job, station=station, job_kind=kind, mark=origin)
    tx.record(made, actor, now, is_command_result=is_command_result)
    return job


def require_printer(printers: Collection[str] | None, station: str, field: Need) -> None:
    """Raise ``bad_request`` for a station without a printer, which would never do a print job.

    ``printers``: the stations that have one; None: any station may have one.
    """
    if printers is not None and station not in printers:
        raise Refused(Refusal.BAD_REQUEST, need=field, values={"detail": f"{field} {station}"})


def reprint(
    tx: Tx, actor: Actor, now: Now, request: Ask, ticket: str, station: str, printers: Collection[str] | None = None
) -> CommandResult:
    """Print a slip again at ``station``, with the same number.

    It has the mark of a reprint. ``request`` holds only the request id.
    """
    row = require_ticket(tx, ticket)
    actor = require_permission(actor, Action.REPRINT)
    if row.day != tx.day or row.state in (TicketState.EXPIRED, TicketState.CANCELLED, TicketState.SERVED):
        raise Refused(Refusal.NOT_ALLOWED, values={"number": row.number, "state": row.state.value, "moves": ""})

    def run() -> CommandResult:
        require_printer(printers, station, Need.STATION)
        job = make_job(tx, actor, now, station, "reprint", ticket=ticket, origin="reprint")
        return CommandResult(ticket, None, job)

    return idempotent(tx, actor, now, request, f"{ticket} {station}", run)


def request_printer_job(
    tx: Tx, actor: Actor, now: Now, request: Ask, station: str, kind: str, printers: Collection[str] | None = None
) -> CommandResult:
    """Request a job of a station's printer: ``test``, ``roll`` or ``clear``.

    The job waits while the station is offline. While a job of the same kind waits, no other is added. Who may try
    devices may print a test slip. Raises ``forbidden``, ``bad_request``.
    """
    is_trial = kind == "test" and actor.may(Action.TRY_DEVICES)
    actor = require_permission(actor, Action.TRY_DEVICES if is_trial else Action.USE_PRINTER)
    if kind not in PRINTER_JOB_ORIGINS:
        raise bad_request(Need.KIND)

    def run() -> CommandResult:
        require_printer(printers, station, Need.STATION)
        waiting_jobs = open_job_ids(tx.connection, station, kind)
        if waiting_jobs:
            return CommandResult(job=waiting_jobs[0])
        return CommandResult(job=make_job(tx, actor, now, station, kind, origin=PRINTER_JOB_ORIGINS[kind]))

    return idempotent(tx, actor, now, request, f"{kind} {station}", run)


def dismiss_slip(tx: Tx, actor: Actor, now: Now, request: Ask, ticket: str) -> CommandResult:
    """Dismiss the warning about a slip that may not have been printed.

    Staff may do so when the visitor has the slip, or knows the number. A job of the kind ``seen`` makes the slip's
    station drop it too. Raises ``not_found``, ``forbidden``, ``not_allowed`` when no station reported on the slip.
    """
    row = require_ticket(tx, ticket)
    actor = require_permission(actor, Action.DISMISS_SLIP)

    def run() -> CommandResult:
        if row.print_station is None:
            raise Refused(Refusal.NOT_ALLOWED, values={"number": row.number, "state": row.state.value, "moves": ""})
        if row.print_seen_at_ms is not None or row.print_state == "printed":
            return CommandResult(ticket)
        return CommandResult(ticket, None, make_job(tx, actor, now, row.print_station, "seen", ticket=ticket))

    return idempotent(tx, actor, now, request, ticket, run)


SLIP_JOB_KINDS = frozenset({"slip", "reprint"})
"""Kinds of jobs that print a ticket's slip: their result changes the print state of the ticket."""

PRINTER_JOB_ORIGINS: Mapping[str, str | None] = {"test": "test", "roll": None, "clear": None}
"""The kinds of jobs that staff can request of a printer; the value is the ``origin`` for ``make_job``."""


def report_job(tx: Tx, actor: Actor, now: Now, job: str, request: JobResult) -> None:
    """Record a station's result of a job. A repeated result changes nothing.

    Raises ``not_found`` for an unknown job, and for the job of another station.
    """
    actor = require_permission(actor, Action.REPORT_JOB)
    row = find_job(tx.connection, job)
    if row is None or row.station != request.station:
        raise Refused(Refusal.NOT_FOUND, values={"job": job})
    if (row.state, row.proof) == (request.state, request.proof):
        return
    done = JobDone(ticket=row.ticket, job=job, state=request.state, proof=request.proof, station=request.station)
    tx.record(done, actor, now)
    if row.ticket is not None and row.kind in SLIP_JOB_KINDS and request.state != "done":
        _record_print_report(
            tx, actor, now, row.ticket, request.state, request.proof, request.station, requested_at_ms=row.made_at_ms
        )


def report_print(tx: Tx, actor: Actor, now: Now, ticket: str, request: Printed) -> None:
    """Record a station's report on a slip that the kiosk printed: print state and proof.

    A repeated report changes nothing. Raises ``not_found``, also for an enrolled kiosk that has not printed the slip.
    """
    actor = require_permission(actor, Action.REPORT_PRINT)
    row = require_ticket(tx, ticket)
    if actor.only is not None and actor.station not in (row.station, row.print_station):
        raise Refused(Refusal.NOT_FOUND, values={"ticket": ticket})  # an enrolled kiosk reports its own slips only
    _record_print_report(tx, actor, now, ticket, request.state, request.proof, request.station)


def _record_print_report(
    tx: Tx,
    actor: Actor,
    now: Now,
    ticket: str,
    state: str,
    proof: str,
    station: str,
    *,
    requested_at_ms: int | None = None,
) -> None:
    """Record a report on a slip, if it differs from the last one.

    ``requested_at_ms``: when staff requested this slip (UTC ms). A slip that was requested after staff dismissed an
    earlier one is reported even with an equal result.
    """
    row = require_ticket(tx, ticket)
    dismissed_at_ms = row.print_seen_at_ms
    is_new_request = requested_at_ms is not None and dismissed_at_ms is not None and requested_at_ms > dismissed_at_ms
    if is_new_request or (row.print_state, row.print_proof, row.print_station) != (state, proof, station):
        report = TicketPrinted(ticket=ticket, number=row.number, state=state, proof=proof, station=station)
        tx.record(report, actor, now)


def ask_help(tx: Tx, actor: Actor, now: Now, request: AskHelp) -> CommandResult:
    """Call staff to a kiosk. While a call of that station is open, no other is added."""
    actor = require_permission(actor, Action.ASK_HELP)

    def run() -> CommandResult:
        if not open_help_calls(tx.connection, tx.day, request.station):
            asked = HelpAsked(call=f"h-{tx.head.seq + 1}", station=request.station)
            tx.record(asked, actor, now, is_command_result=True)
        return CommandResult()

    return idempotent(tx, actor, now, request, "", run)


def take_help(tx: Tx, actor: Actor, now: Now, help_id: str) -> None:
    """Record that a member of staff goes to a kiosk. A repeated request changes nothing.

    ``help_id``: the id of the visitor's call for help. Raises ``not_found``.
    """
    actor = require_permission(actor, Action.TAKE_HELP)
    row = find_help_call(tx.connection, help_id)
    if row is None:
        raise Refused(Refusal.NOT_FOUND, values={"help": help_id})
    if row.taken_at_ms is None:
        tx.record(HelpTaken(call=help_id, station=row.station), actor, now)
