"""The kiosk's flow among printer, HTTP and MQTT: what it wants done, and the news that reach its inbox."""

import logging
import threading
from collections.abc import Callable
from typing import TypeVar, assert_never

from config.clock import Clock
from config.settings import Kiosk
from config.slips import SlipLayout
from config.threads import WorkerPool
from hardware.ports import Health, Printer, PrintState
from kiosk import slip
from kiosk import state as k
from kiosk.paper import Paper
from server.wire.client import Refused, Server, Unreachable
from server.wire.feed import Feed
from server.wire.messages import (
    Ask,
    AskHelp,
    Board,
    Catalogue,
    Job,
    JobResult,
    Office,
    Printed,
    Read,
    ServerBeat,
    Ticket,
    WorkList,
    to_time,
)
from server.wire.newest import PublisherLog
from server.wire.reports import device_status
from server.wire.station import report, tell, understood
from server.wire.topics import Topics

log = logging.getLogger(__name__)

Put = Callable[[k.What], None]
Answer = TypeVar("Answer", bound=Read)


class Hall:
    """The hall as the kiosk reaches it. ``do`` returns at once; calls run in threads of their own."""

    def __init__(
        self,
        station: str,
        server: Server,
        printer: Printer | None,
        put: Put,
        *,
        label: str,
        papers: bool,
        clock: Clock,
        layout: SlipLayout | None = None,
        compact: bool = False,
    ) -> None:
        """``layout``: the hall's own, None the shipped one. ``compact``: the printer's link is slow."""
        self._station, self._server, self._put = station, server, put
        occasion = slip.Occasion(label, papers=papers, compact=compact, layout=layout)
        self._paper = Paper(printer, put, occasion, clock)
        self._mono_s, self._publishers = clock.mono_s, PublisherLog()
        self._closing = threading.Event()
        self._issues = WorkerPool(1, "issue")
        self._calls = WorkerPool(3, "call")
        # One thread: what became of a slip is told in the order in which it became so.
        self._tells = WorkerPool(1, "tell")

    def do(self, effect: k.Effect, state: k.State) -> None:
        match effect:
            case k.Issue():
                self._issues.submit(self._issue, effect)
            case k.Print():
                self._paper.print(effect, state)
            case k.PrintList():
                self._paper.print_list(effect, state)
            case k.TellPrinted():
                self._tells.submit(self._tell_printed, effect)
            case k.AskHelp():
                self._calls.submit(self._ask_help, effect)
            case k.FetchPictures():
                self._calls.submit(self._fetch_pictures, effect)
            case k.ReportForged():
                self._publishers.report(effect.picture, self._mono_s())
            case k.FetchCatalogue():
                self._calls.submit(self._fetch_catalogue, effect)
            case k.FetchJob():
                self._calls.submit(self._fetch_job, effect)
            case k.AnswerJob():
                settled = {"state": _settled(effect.state), "proof": effect.proof, "station": self._station}
                result = JobResult.model_validate(settled)
                self._tells.submit(self._tell, f"/jobs/{effect.job}/result", result)
            case k.ChangeRoll():
                self._calls.submit(self._paper.roll_changed, effect.job)
            case k.ClearPrinter():
                self._paper.clear(effect.job)
            case k.LookAfter():
                self._calls.submit(self._paper.look_after, effect.job, effect.ticket)
            case _:
                assert_never(effect)

    def close(self) -> None:
        """Wait for the calls under way; what has not begun is dropped."""
        self._closing.set()
        for pool in (self._issues, self._calls, self._tells):
            pool.shutdown(wait=True, cancel_futures=True)

    # --- asking

    def _issue(self, effect: k.Issue) -> None:
        request = effect.ask.request_id
        try:
            ticket = self._server.ask("POST", "/tickets", effect.ask, Ticket)
        except Refused as refused:
            log.info("no number: %s", refused)
            self._put(k.IssueRefused(request, refused.problem))
        except Unreachable as error:
            log.info("no answer for a number: %s", error)
            self._put(k.IssueLost(request))
        else:
            log.info("number %s%s", ticket.number, " (again)" if ticket.repeated else "")
            self._put(k.Issued(request, ticket))

    def _ask_help(self, effect: k.AskHelp) -> None:
        body = AskHelp(request_id=effect.request_id, station=self._station)
        try:
            self._server.ask("POST", "/help", body, Read)
        except (Refused, Unreachable) as error:
            log.warning("help could not be called: %s", error)
            self._put(k.HelpAnswered(effect.request_id, told=False))
        else:
            self._put(k.HelpAnswered(effect.request_id, told=True))

    def _fetch_pictures(self, effect: k.FetchPictures) -> None:
        office, board = self._get("/office", Office), self._get("/board", Board)
        if office is not None:
            self._put(k.OfficeCame(office, effect.asked_s))
        if board is not None:
            self._put(k.BoardCame(board, effect.asked_s))

    def _fetch_catalogue(self, effect: k.FetchCatalogue) -> None:
        found = self._get("/catalogue", Catalogue)
        if found is not None:
            self._put(k.CatalogueCame(found, effect.wanted))

    def _fetch_job(self, effect: k.FetchJob) -> None:
        try:
            job = self._server.ask("GET", f"/jobs/{effect.job}", None, Job)
        except Refused as refused:
            log.warning("job %s is gone: %s", effect.job, refused)
            self._put(k.JobGone(effect.job, again=False))
        except Unreachable as error:
            log.debug("%s", error)
            self._put(k.JobGone(effect.job, again=True))
        else:
            self._put(k.JobCame(job))

    def _get(self, path: str, kind: type[Answer]) -> Answer | None:
        try:
            return self._server.ask("GET", path, None, kind)
        except (Refused, Unreachable) as error:  # asked for again in a few seconds
            log.debug("%s", error)
            return None

    def _tell_printed(self, effect: k.TellPrinted) -> None:
        told = {"state": effect.state, "proof": effect.proof, "station": self._station}
        if not self._tell(f"/tickets/{effect.ticket}/print", Printed.model_validate(told)):
            self._put(k.Untold(effect))

    def _tell(self, path: str, body: Ask) -> bool:
        return tell(self._server, path, body, self._closing.wait)


def _settled(state: str) -> str:
    """A job is answered once it is settled; what is still under way is not known."""
    return PrintState.UNKNOWN if state in (PrintState.PENDING, PrintState.PRINTING) else state


class Devices:
    """Tells the hall of this station's devices, and the flow of its printer."""

    def __init__(self, station: str, topics: Topics, feed: Feed, clock: Clock, put: Put) -> None:
        self._station, self._topics, self._feed, self._clock, self._put = station, topics, feed, clock, put

    def changed(self, device: str, health: Health) -> None:
        """For ``hardware.watch``: called for each device first, and whenever its state changes."""
        at = to_time(self._clock.now().wall_ms)
        report(self._feed, self._topics, device_status(self._station, device, health, at))
        if device == "printer":
            self._put(k.PrinterSeen(health))


def heard(topics: Topics, station: str, topic: str, payload: bytes, put: Put, *, kept: bool) -> None:
    """A message on MQTT, into the inbox; one that cannot be read changes nothing."""
    kinds: dict[str, type[Read]] = {
        topics.office: Office,
        topics.board: Board,
        topics.server: ServerBeat,
        topics.work(station): WorkList,
    }
    match understood(topic, payload, kinds):
        case Office() as office:
            put(k.OfficeCame(office))
        case Board() as board:
            put(k.BoardCame(board))
        case ServerBeat() as beat:
            put(k.Beaten(beat, kept))
        case WorkList() as work:
            put(k.WorkCame(tuple(work.jobs)))


def bounds_of(kiosk: Kiosk, language: str, *, has_printer: bool) -> k.Bounds:
    """The settings that the flow needs."""
    return k.Bounds(
        station=kiosk.station,
        language=language,
        languages=kiosk.languages,
        idle_s=kiosk.idle_s,
        ask_s=kiosk.ask_s,
        result_s=kiosk.result_s,
        has_printer=has_printer,
    )
