"""Carry out the jobs of staff at this kiosk's printer.

They are done one at a time, the oldest first, and no job is done twice. For the kinds of jobs see
``server.wire.messages.Job``.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from config.clock import Now
from hardware.ports import PrintState, Proof
from kiosk.flow import effects, events
from kiosk.flow.effects import ReportJob
from kiosk.flow.help import helper_listed
from kiosk.flow.state import KioskState, Step
from server.wire.messages import Job

MAX_REMEMBERED_REPORTS = 20
"""So many results are kept, to be sent again while the server still lists their jobs."""
# A job without a result event was lost in this program; it must not hold up the next one for ever.
JOB_TIMEOUT_S = 300.0

_ORIGINS = {"slip": "staff", "reprint": "reprint", "test": "test"}
"""Kind of job -> why its slip is printed (``PrintSlip.origin``), for a job without ``mark``."""
_PRINTER_EFFECTS: Mapping[str, Callable[[Job], effects.Effect]] = {
    "roll": lambda job: effects.RecordNewRoll(job.id),
    "clear": lambda job: effects.ClearPrinter(job.id),
    "seen": lambda job: effects.DismissSlips(job.id, job.ticket),
}
"""Kind of job -> its effect, for jobs that print nothing."""


def jobs_listed(state: KioskState, event: events.JobsListed, now: Now) -> Step:
    """Begin the oldest listed job, unless it has already ended here.

    For jobs that have ended here, the report is sent again. The list also says whether a member of staff is coming.
    """
    state = helper_listed(state, event.helper, now)
    reports = [report for report in state.jobs.reports if report.job in event.jobs]
    still_open = tuple(job for job in event.jobs if job not in {report.job for report in reports})
    state, fetch = begin_next_job(replace(state, jobs=replace(state.jobs, open=still_open)), now)
    return state, (*reports, *fetch)


def begin_next_job(state: KioskState, now: Now) -> Step:
    """Fetch the oldest open job, unless one is under way."""
    jobs = state.jobs
    if jobs.current is not None or not jobs.open:
        return state, ()
    jobs = replace(jobs, current=jobs.open[0], since_s=now.mono_s)
    return replace(state, jobs=jobs), (effects.FetchJob(jobs.open[0]),)


def job_received(state: KioskState, event: events.JobReceived, now: Now) -> Step:
    """Do the job, if it is this station's and still open."""
    job = event.job
    if job.id != state.jobs.current:
        return state, ()
    if not job.open or job.station != state.settings.station:  # any program on the broker can list jobs
        return job_unavailable(state, events.JobUnavailable(job.id, retry=False), now)
    if not state.settings.has_printer:
        return job_ended(state, ReportJob(job.id, PrintState.FAILED, Proof.NONE), now)
    printer_effect = _PRINTER_EFFECTS.get(job.kind)
    if printer_effect is not None:
        return state, (printer_effect(job),)
    origin = job.mark or _ORIGINS[job.kind]
    return state, (
        effects.PrintSlip(f"{effects.STAFF_JOB_PREFIX}{job.id}", job.ticket, state.settings.language, origin),
    )


def job_finished(state: KioskState, event: events.JobFinished, now: Now) -> Step:
    """Report the result of a job that prints nothing."""
    return job_ended(state, ReportJob(event.job, event.state, Proof.NONE), now)


def job_ended(state: KioskState, report: ReportJob, now: Now) -> Step:
    """Report a job's result, and begin the next job if this one was under way.

    The report is stored and sent again if the server still lists the job, so that no job is done twice.
    """
    jobs = state.jobs
    if report.job != jobs.current:
        return state, (report,)
    still_open = tuple(job for job in jobs.open if job != report.job)
    jobs = replace(jobs, current=None, open=still_open, reports=(*jobs.reports, report)[-MAX_REMEMBERED_REPORTS:])
    state, fetch = begin_next_job(replace(state, jobs=jobs), now)
    return state, (report, *fetch)


def job_unavailable(state: KioskState, event: events.JobUnavailable, now: Now) -> Step:
    """Fetch the job again later if the server did not answer; otherwise drop it."""
    jobs = state.jobs
    if event.job != jobs.current:
        return state, ()
    still_open = jobs.open if event.retry else tuple(job for job in jobs.open if job != event.job)
    return replace(state, jobs=replace(jobs, current=None, open=still_open)), ()


def end_unanswered_job(state: KioskState, now: Now) -> Step:
    """Report a job's result as unknown if no event ended it within ``JOB_TIMEOUT_S``."""
    jobs = state.jobs
    if jobs.current is None or now.mono_s < jobs.since_s + JOB_TIMEOUT_S:
        return state, ()
    return job_ended(state, ReportJob(jobs.current, PrintState.UNKNOWN, Proof.NONE), now)
