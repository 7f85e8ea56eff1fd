"""Handle the printer's reports: its health, and the result of each print job."""

from dataclasses import replace

from config.clock import Now
from hardware.ports import PrintResult, PrintState
from kiosk.flow import effects, events
from kiosk.flow.effects import ReportPrint
from kiosk.flow.jobs import job_ended
from kiosk.flow.printability import is_out_of_paper
from kiosk.flow.state import KioskState, ScreenName, Step, with_visit

MAX_REMEMBERED_REPORTS = 20
"""The last report of so many slips is kept: one that failed is sent again only if it is among them."""


def printer_health_read(state: KioskState, event: events.PrinterHealthRead, now: Now) -> Step:
    """Store the printer's health.

    While the visitor is asked about a number without a slip, it is also stored that paper was out.
    """
    if event.health == state.printer.health:
        return state, ()
    state = replace(state, printer=replace(state.printer, health=event.health))
    if state.visit.screen is ScreenName.NO_PAPER and is_out_of_paper(state):
        state = with_visit(state, paper_was_out=True)
    return state, ()


def print_finished(state: KioskState, event: events.PrintFinished, now: Now) -> Step:
    """Report the result to the server, and show it to the visitor."""
    result = event.result
    if result.job.startswith(effects.STAFF_JOB_PREFIX):
        job = result.job.removeprefix(effects.STAFF_JOB_PREFIX)
        return job_ended(state, effects.ReportJob(job, result.state, result.proof), now)
    if result.job.startswith(effects.DOCUMENT_LIST_PREFIX):
        return _list_finished(state, result), ()
    report = ReportPrint(result.job, result.state, result.proof)
    unsent = tuple(older for older in state.printer.unsent if older.ticket != report.ticket)
    reports = latest_reports(state.printer.reports, (report,))
    state = replace(state, printer=replace(state.printer, reports=reports, unsent=unsent))
    if state.visit.ticket is not None and state.visit.ticket.id == result.job:
        state = with_visit(
            state,
            slip_state=result.state,
            slip_code=result.code,
            countdown_start_at_s=now.mono_s,
            last_touch_at_s=now.mono_s,
        )
    return state, (report,)


def _list_finished(state: KioskState, result: PrintResult) -> KioskState:
    if result.job != state.visit.list_job:
        return state
    return with_visit(state, list_job=None, list_printed=result.state is PrintState.PRINTED)


def report_failed(state: KioskState, event: events.ReportFailed, now: Now) -> Step:
    """Send the report again with the next heartbeat, unless a newer one exists."""
    if event.report not in state.printer.reports:
        return state, ()
    return replace(state, printer=replace(state.printer, unsent=(*state.printer.unsent, event.report))), ()


def latest_reports(reports: tuple[ReportPrint, ...], newer: tuple[ReportPrint, ...]) -> tuple[ReportPrint, ...]:
    """Return the latest report of each ticket, the oldest dropped beyond ``MAX_REMEMBERED_REPORTS``."""
    by_ticket = {report.ticket: report for report in (*reports, *newer)}
    return tuple(by_ticket.values())[-MAX_REMEMBERED_REPORTS:]
