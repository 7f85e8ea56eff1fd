"""The slip printer: a slip is reported printed only when the printer proved it.

One thread owns the printer and runs the queued jobs one after another; in between it polls the printer's health once
a second, so no other thread ever waits for the printer.

The path of a slip through this folder: ``jobs`` prints it, from the status check before sending to the proof of print;
``session`` keeps the printer ready between jobs and matches its replies to slips. ``drawing`` encodes slips:
``encoders`` chooses the form, ``layout`` places the elements, ``raster`` draws them, ``hybrid`` and ``native`` send
fewer bytes over slow connections; ``library`` composes the commands of both with python-escpos, and ``encode`` holds
the commands that python-escpos lacks. ``models`` lists printers by their names. In ``answers``, ``replies`` and
``status`` parse the printer's replies, and ``unknown_device`` detects other devices on the port. ``transports`` holds
the kinds of connections. ``journal`` stores all jobs on disk, across restarts.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.threads import RestartingThread
from hardware.ports import DeviceHealth, HealthState, PrintResult, PrintState, Unconfirmed
from hardware.printers import encode
from hardware.printers.answers import status
from hardware.printers.context import PrinterContext
from hardware.printers.drawing import encoders
from hardware.printers.drawing.paper import PaperFormat
from hardware.printers.jobs import PrintJobs
from hardware.printers.journal import PrintJournal
from hardware.printers.print_job import PrintJob, unproved_result
from hardware.printers.profile import PrinterLimits, Profile
from hardware.printers.session.session import PrinterSession
from hardware.printers.transports.transport import Connect, LinkLost
from hardware.slips.slip import Slip

log = logging.getLogger(__name__)

ReportResult = Callable[[PrintResult], None]
"""Receives the result of a print job."""

CLOSE_TIMEOUT_S = 5.0
"""How long ``close`` waits for the printer's thread.

A thread that hangs in a dead device for longer ends with the program.
"""


@dataclass(eq=False, slots=True)
class _ClearBufferRequest:
    """A call of ``clear_buffer`` that waits in the queue; ``done`` is its argument."""

    done: Callable[[bool], None]

    def report(self, *, confirmed: bool) -> None:
        """Report whether the printer confirmed an empty buffer."""
        self.done(confirmed)


def _ignore(_result: PrintResult) -> None:
    pass


class EscposPrinter:
    """Implements :class:`hardware.ports.Printer`.

    ``on_late_result`` is called in the printer's thread when the result of a slip that was reported held or unknown
    changes: the slip came out after a new roll, or was dropped. ``done`` of a job is called exactly once, on ``close``
    too. ``samples`` are slips with the lines that most slips will have; they are drawn once at the start and discarded,
    so that the first visitor does not wait until fonts are loaded. ``encoder`` None: slips are sent as dots.
    """

    def __init__(
        self,
        connect: Connect,
        paper: PaperFormat,
        journal: PrintJournal,
        mono_s: Callable[[], float],
        *,
        encoder: encode.Encoder | None = None,
        profile: Profile = Profile(),  # noqa: B008 (frozen)
        limits: PrinterLimits = PrinterLimits(),  # noqa: B008 (frozen)
        on_late_result: ReportResult = _ignore,
        samples: Sequence[Slip] = (),
    ) -> None:
        self._journal, self._mono_s, self._limits, self._samples = journal, mono_s, limits, samples
        self._queue: queue.SimpleQueue[PrintJob | _ClearBufferRequest | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._current: PrintJob | None = None  # the job that is being printed
        context = PrinterContext(journal, mono_s, profile, limits, paper.dots // 8, self._closing.is_set)
        self._session = PrinterSession(context, connect, on_late_result)
        self._jobs = PrintJobs(context, self._session, encoder or encoders.raster_encoder(paper, profile))
        self._thread = RestartingThread(
            "printer", self._run, closing=self._closing, on_failure=self._failed, on_stopped=self._stop
        )
        self._thread.start()

    # --- from any thread

    def print_slip(self, job: str, slip: Slip, done: ReportResult) -> None:
        self._put(PrintJob(job, slip, done))

    def clear_buffer(self, done: Callable[[bool], None]) -> None:
        self._put(_ClearBufferRequest(done))

    def roll_changed(self) -> None:
        self._journal.record_new_roll()

    def unconfirmed(self) -> tuple[Unconfirmed, ...]:
        return self._journal.unconfirmed()

    def dismiss(self, job: str) -> None:
        self._journal.dismiss(job)

    def health(self) -> DeviceHealth:
        """Return the last known health.

        UNKNOWN when that is older than ``stale_s``; OFFLINE with the code ``silent`` when it is older than ``hung_s``.
        """
        health, age_s = self._session.health, self._mono_s() - self._session.health_at_s
        if age_s > self._limits.hung_s:
            return DeviceHealth(HealthState.OFFLINE, status.SILENT)
        return health if age_s <= self._limits.stale_s else DeviceHealth(HealthState.UNKNOWN)

    @property
    def health_at_s(self) -> float:
        """Return the moment (monotonic seconds) at which the printer's thread last updated the health."""
        return self._session.health_at_s

    def close(self) -> None:
        with self._lock:
            self._closing.set()
            self._queue.put(None)
        if not self._thread.is_current:
            self._thread.join(CLOSE_TIMEOUT_S)
            if self._thread.is_alive():
                log.warning("the printer's link hangs; its thread is left behind")

    def _put(self, request: PrintJob | _ClearBufferRequest) -> None:
        with self._lock:
            if not self._closing.is_set():
                self._queue.put(request)
                return
        self._report_refused(request)

    # --- the printer's thread

    def _run(self) -> None:
        self._session.poll()
        for slip in self._samples:
            if not self._closing.is_set():
                self._jobs.warm_up(slip)
        while not self._closing.is_set():
            self._execute(self._next_request())

    def _failed(self, error: Exception) -> None:
        """Handle an unexpected exception like a broken link, which the thread reopens."""
        self._report_unknown()
        self._session.disconnect(LinkLost(f"its thread failed: {type(error).__name__}; see the log"))
        self._session.refresh_health()

    def _stop(self) -> None:
        """Close the link and refuse all queued work."""
        with self._lock:
            self._closing.set()
        self._report_unknown()
        self._session.close()
        while not self._queue.empty():
            self._report_refused(self._queue.get())

    def _next_request(self) -> PrintJob | _ClearBufferRequest | None:
        try:
            return self._queue.get(timeout=self._limits.poll_s)
        except queue.Empty:
            return None

    def _execute(self, request: PrintJob | _ClearBufferRequest | None) -> None:
        match request:
            case _ if self._closing.is_set():
                self._report_refused(request)
            case PrintJob():
                self._current = request
                self._report(request, self._jobs.print_job(request))
            case _ClearBufferRequest():
                request.report(confirmed=self._session.clear_buffer())
            case None if self._session.is_due:
                self._session.poll()
            case None:
                self._session.refresh_health()

    def _report_unknown(self) -> None:
        """Report the job that was being printed, if there is one, as unknown."""
        if self._current is not None:
            self._report(self._current, unproved_result(self._current.job_id, PrintState.UNKNOWN, None))

    def _report(self, job: PrintJob, result: PrintResult) -> None:
        self._current, job.reported = None, result.state
        job.done(result)

    def _report_refused(self, request: PrintJob | _ClearBufferRequest | None) -> None:
        match request:
            case PrintJob():
                self._report(request, unproved_result(request.job_id, PrintState.FAILED, status.OFF))
            case _ClearBufferRequest():
                request.report(confirmed=False)
