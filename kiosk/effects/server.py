"""Carry out the effects that need the server. Calls over HTTP run in threads of their own."""

import logging
import threading
from collections.abc import Callable
from typing import TypeVar, assert_never

from config.threads import WorkerPool
from hardware.ports import PrintState
from kiosk.flow import effects, events
from server.wire.client import ServerClient, ServerError, ServerRefused, ServerUnreachable
from server.wire.messages import AskHelp, Board, Catalogue, Job, JobResult, Office, Printed, Read, Ticket
from server.wire.station.effects import (
    Fetch,
    FetchLogo,
    LogForgedPicture,
    fetch_logo,
    post_until_answered,
    post_with_retries,
)
from server.wire.station.events import LogoFetched, PicturesFetched
from server.wire.station.newest import PublisherLog

log = logging.getLogger(__name__)

Put = Callable[[events.Event], None]
"""Puts an event into the kiosk's inbox; any thread may call it."""

Answer = TypeVar("Answer", bound=Read)

HELP_RETRY_DELAYS_S = (0.5, 1.0, 2.0)  # before each further try of a call for help, while the visitor waits


class ServerCalls:
    """Calls the server and puts its answers into the inbox. ``run`` returns at once.

    ``station``: the id of this kiosk, which its requests name.
    """

    def __init__(self, station: str, server: ServerClient, put: Put, mono_s: Callable[[], float]) -> None:
        self._station, self._server, self._put, self._mono_s = station, server, put, mono_s
        self._publisher_log = PublisherLog()
        self._closing = threading.Event()
        self._issue_pool = WorkerPool(1, "issue")
        self._call_pool = WorkerPool(3, "call")
        # One thread, so that the states of a slip are reported in their order.
        self._report_pool = WorkerPool(1, "report")

    def run(self, effect: effects.ServerEffect) -> None:
        """Start ``effect`` in another thread."""
        match effect:
            case effects.RequestTicket():
                self._issue_pool.submit(self._request_ticket, effect)
            case effects.RequestHelp():
                self._call_pool.submit(self._request_help, effect)
            case effects.ReportPrint():
                self._report_pool.submit(self._report_print, effect)
            case effects.ReportJob():
                self._report_pool.submit(self._report_job, effect)
            case effects.FetchCatalogue():
                self._call_pool.submit(self._fetch_catalogue, effect)
            case effects.FetchJob():
                self._call_pool.submit(self._fetch_job, effect)
            case Fetch():
                self._call_pool.submit(self._fetch_pictures, effect)
            case FetchLogo():
                self._call_pool.submit(self._fetch_logo, effect)
            case LogForgedPicture():
                self._publisher_log.report(effect.picture, self._mono_s())
            case _:
                assert_never(effect)

    def close(self) -> None:
        """Wait for the running calls, and drop those that have not begun."""
        self._closing.set()
        for pool in (self._issue_pool, self._call_pool, self._report_pool):
            pool.shutdown(wait=True, cancel_futures=True)

    # --- a visitor's requests

    def _request_ticket(self, effect: effects.RequestTicket) -> None:
        request_id = effect.request.request_id
        try:
            ticket = self._server.request("POST", "/tickets", effect.request, Ticket)
        except ServerRefused as refused:
            log.info("number refused: %s", refused)
            self._put(events.IssueRefused(request_id, refused.problem))
        except ServerUnreachable as error:
            log.info("no answer to a request for a number: %s", error)
            self._put(events.IssueUnanswered(request_id))
        else:
            log.info("number %s issued%s", ticket.number, " (repeated request)" if ticket.repeated else "")
            self._put(events.TicketReceived(request_id, ticket))

    def _request_help(self, effect: effects.RequestHelp) -> None:
        body = AskHelp(request_id=effect.request_id, station=self._station)
        try:
            post_until_answered(self._server, "/help", body, Read, self._closing.wait, HELP_RETRY_DELAYS_S)
        except ServerError as error:
            log.warning("help could not be called: %s", error)
            self._put(events.HelpAnswered(effect.request_id, sent=False))
        else:
            self._put(events.HelpAnswered(effect.request_id, sent=True))

    # --- reading

    def _fetch_pictures(self, effect: Fetch) -> None:
        answers = (self._get("/office", Office), self._get("/board", Board))
        pictures = tuple(picture for picture in answers if picture is not None)
        if pictures:
            self._put(PicturesFetched(pictures, effect.requested_at_s))

    def _fetch_catalogue(self, effect: effects.FetchCatalogue) -> None:
        catalogue = self._get("/catalogue", Catalogue)
        if catalogue is not None:
            self._put(events.CatalogueReceived(catalogue, effect.etag))

    def _fetch_logo(self, effect: FetchLogo) -> None:
        png = fetch_logo(self._server, effect)
        if png is not None:
            self._put(LogoFetched(effect.name, png))

    def _fetch_job(self, effect: effects.FetchJob) -> None:
        try:
            job = self._server.request("GET", f"/jobs/{effect.job}", None, Job)
        except ServerRefused as refused:
            log.warning("job %s is gone: %s", effect.job, refused)
            self._put(events.JobUnavailable(effect.job, retry=False))
        except ServerUnreachable as error:
            log.debug("%s", error)
            self._put(events.JobUnavailable(effect.job, retry=True))
        else:
            self._put(events.JobReceived(job))

    def _get(self, path: str, model: type[Answer]) -> Answer | None:
        """Return the answer; None without one, and the flow fetches again in a few seconds."""
        try:
            return self._server.request("GET", path, None, model)
        except ServerError as error:
            log.debug("%s", error)
            return None

    # --- reporting

    def _report_print(self, report: effects.ReportPrint) -> None:
        body = Printed.model_validate({"state": report.state, "proof": report.proof, "station": self._station})
        path = f"/tickets/{report.ticket}/print"
        if not post_with_retries(self._server, path, body, self._closing.wait):
            self._put(events.ReportFailed(report))

    def _report_job(self, report: effects.ReportJob) -> None:
        # The server accepts final states only: a slip that is still being printed is reported as unknown.
        is_printing = report.state in (PrintState.PENDING, PrintState.PRINTING)
        state = PrintState.UNKNOWN if is_printing else report.state
        body = JobResult.model_validate({"state": state, "proof": report.proof, "station": self._station})
        post_with_retries(self._server, f"/jobs/{report.job}/result", body, self._closing.wait)
