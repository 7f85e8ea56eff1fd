"""The kiosk's step: ``step(state, event, now) -> (state, effects)``, without clock, screen or network."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from config.clock import Now
from hardware.ports import Proof, Unconfirmed
from kiosk.flow import effects, events
from kiosk.flow.effects import Effects
from kiosk.flow.hall import HallData
from kiosk.flow.help import end_late_help, end_unanswered_help, help_answered
from kiosk.flow.idle import leave_if_idle
from kiosk.flow.issuing import (
    end_unanswered_request,
    issue_refused,
    issue_unanswered,
    retry_request,
    ticket_received,
)
from kiosk.flow.jobs import (
    begin_next_job,
    end_unanswered_job,
    job_finished,
    job_received,
    job_unavailable,
    jobs_listed,
)
from kiosk.flow.printing import print_finished, printer_health_read, report_failed
from kiosk.flow.server_events import (
    FETCH_INTERVAL_S,
    broker_connection_changed,
    catalogue_received,
    fetch_missing,
    heartbeat_received,
    logo_fetched,
    picture_received,
    pictures_fetched,
)
from kiosk.flow.state import Accessibility, FlowSettings, JobQueue, KioskState, PrinterData, Step, Visit, with_hall
from kiosk.flow.touches import touched
from server.wire.station.events import (
    BrokerConnectionChanged,
    HeartbeatReceived,
    LogoFetched,
    PictureReceived,
    PicturesFetched,
    Tick,
)
from server.wire.station.liveness import ServerLiveness

TICK_INTERVAL_S = 1.0
MIN_WAKE_DELAY_S = 0.05  # least time from now to the next tick


def start(settings: FlowSettings, now: Now, unconfirmed: Iterable[Unconfirmed] = ()) -> KioskState:
    """Return the state of a kiosk that has just started and received nothing yet.

    ``unconfirmed``: slips sent before the start without a proof of print. They are reported again, never printed again.
    """
    slips = tuple(unconfirmed)
    jobs = [slip for slip in slips if slip.job.startswith(effects.STAFF_JOB_PREFIX)]
    tickets = [
        slip for slip in slips if not slip.job.startswith((effects.STAFF_JOB_PREFIX, effects.DOCUMENT_LIST_PREFIX))
    ]
    job_reports = tuple(
        effects.ReportJob(slip.job.removeprefix(effects.STAFF_JOB_PREFIX), slip.state, Proof.NONE) for slip in jobs
    )
    return KioskState(
        settings,
        Visit(Accessibility(settings.language), last_touch_at_s=now.mono_s),
        HallData(
            liveness=ServerLiveness(last_proof_at_s=now.mono_s)
        ),  # the silence of the server is measured from the start
        PrinterData(unsent=tuple(effects.ReportPrint(slip.job, slip.state, Proof.NONE) for slip in tickets)),
        JobQueue(reports=job_reports),
    )


def step(state: KioskState, event: events.Event, now: Now) -> Step:
    """Return the state after ``event``, and the effects to carry out.

    ``next_wake_s`` returns when to send a ``Tick``.
    """
    return _HANDLERS[type(event)](state, event, now)


def next_wake_s(state: KioskState, now: Now) -> float:
    """Return the monotonic second of the next ``Tick``. The clocks on the screen need a tick every second."""
    next_s = now.mono_s + TICK_INTERVAL_S
    pending = state.visit.pending
    if pending is None or pending.retry_at_s is None:
        return next_s
    return min(max(now.mono_s + MIN_WAKE_DELAY_S, pending.retry_at_s), next_s)


def _tick(state: KioskState, event: Tick, now: Now) -> Step:
    """Do all that is due: time-outs, fetches, retries, the end of an idle visit."""
    stale = not state.hall.liveness.is_alive(now.mono_s)
    if stale != state.hall.stale:
        state = with_hall(state, stale=stale)
    # End requests whose answers are overdue.
    state = end_late_help(end_unanswered_help(end_unanswered_request(state, now), now), now)
    state, job_report = end_unanswered_job(state, now)
    # Fetch missing data again, every few seconds.
    fetches: Effects = ()
    if now.mono_s >= state.hall.last_fetch_at_s + FETCH_INTERVAL_S:
        state, pictures = fetch_missing(state, now)
        state, job = begin_next_job(state, now)
        fetches = (*pictures, *job)
    state, retry = retry_request(state, now)
    return leave_if_idle(state, now), (*job_report, *fetches, *retry)


def _setup_notice_read(state: KioskState, event: events.SetupNoticeRead, now: Now) -> Step:
    """Store the set-up code, which the home screen shows."""
    return replace(state, setup_notice=event.notice), ()


_HANDLERS: Mapping[type, Callable[[KioskState, Any, Now], Step]] = {
    events.Touched: touched,
    Tick: _tick,
    BrokerConnectionChanged: broker_connection_changed,
    HeartbeatReceived: heartbeat_received,
    PictureReceived: picture_received,
    PicturesFetched: pictures_fetched,
    events.CatalogueReceived: catalogue_received,
    LogoFetched: logo_fetched,
    events.TicketReceived: ticket_received,
    events.IssueRefused: issue_refused,
    events.IssueUnanswered: issue_unanswered,
    events.HelpAnswered: help_answered,
    events.PrinterHealthRead: printer_health_read,
    events.PrintFinished: print_finished,
    events.ReportFailed: report_failed,
    events.JobsListed: jobs_listed,
    events.JobReceived: job_received,
    events.JobUnavailable: job_unavailable,
    events.JobFinished: job_finished,
    events.SetupNoticeRead: _setup_notice_read,
}
