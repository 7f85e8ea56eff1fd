"""The session with one printer: keeps it ready, and tracks the slips in its buffer.

A stopped printer is only asked for its status: the slip in its buffer comes out by itself, and no other data may come
before it.
"""

import math
from collections.abc import Callable

from hardware.ports import DeviceHealth, PrintResult
from hardware.printers.answers.replies import BlockReply, NoiseReply
from hardware.printers.answers.status import StatusFlag
from hardware.printers.context import PrinterContext
from hardware.printers.print_job import PrintJob
from hardware.printers.session.buffer_clear import BufferClear
from hardware.printers.session.connection import QueuedReply
from hardware.printers.session.handshake import PrinterHandshake
from hardware.printers.session.health_cache import HealthCache
from hardware.printers.session.late_results import LateResults
from hardware.printers.session.link import PrinterLink
from hardware.printers.session.reply_matcher import ReplyMatcher
from hardware.printers.session.transmission import Transmission
from hardware.printers.transports.transport import CannotConnect, Connect, LinkLost


class PrinterSession:
    """Link, status, reply matching and handshake of one printer.

    The printer's thread owns all but ``health`` and ``health_at_s``. ``on_late_result`` is called with each later
    result of a slip.
    """

    def __init__(
        self, context: PrinterContext, connect: Connect, on_late_result: Callable[[PrintResult], None]
    ) -> None:
        self._profile, self._limits, self._mono_s = context.profile, context.limits, context.mono_s
        self._context = context
        self._link = PrinterLink(context, connect, self._receive_queued)
        self._matcher = ReplyMatcher(context.mono_s, context.limits.status_s, fence=context.profile.fence)
        self._handshake = PrinterHandshake(context, self._link, self._matcher)
        self._health = HealthCache(context, self._link)
        self._late = LateResults(context.journal, self._matcher, on_late_result)
        self._buffer_clear = BufferClear(context, self._link, self.status_round)
        self._half_sent: Transmission | None = None  # the slip whose rest is still to be sent
        self._last_stopped_at_s = -math.inf  # when the printer was last seen stopped

    @property
    def health(self) -> DeviceHealth:
        """Return the last known health; any thread may ask."""
        return self._health.health

    @property
    def health_at_s(self) -> float:
        """Return the moment (monotonic seconds) of the last update of ``health``; any thread may ask."""
        return self._health.updated_at_s

    @property
    def is_open(self) -> bool:
        return self._link.is_open

    @property
    def is_due(self) -> bool:
        """Return whether the link is open, or a try to open it is due."""
        return self._link.is_due

    @property
    def is_busy(self) -> bool:
        """Return whether the rest of a slip has still to be sent."""
        return self._half_sent is not None

    @property
    def stopped_by(self) -> StatusFlag | None:
        """Return the reported flag that keeps the printer from printing, if any."""
        return self._link.stopped_by

    @property
    def may_have_lost_data(self) -> bool:
        """Return whether the printer may have lost data that was sent."""
        return self._link.may_have_lost_data

    def refresh_health(self) -> DeviceHealth:
        """Judge the health anew from the last status round, without asking the printer; return it."""
        return self._health.refresh()

    def poll(self) -> DeviceHealth:
        """Open the link, resume an interrupted slip, run a status round and the handshake.

        A link that broke since the last poll is reopened at once: print servers hang up on idle clients.
        """
        was_open = self._link.is_open
        if not self._poll_once() and was_open:
            self._poll_once()
        return self._health.refresh()

    def _poll_once(self) -> bool:
        """Poll once; return False when the link broke."""
        try:
            if not self._link.is_open:
                self._link.open()
            if self._profile.answers:
                self._resume()
                if self._half_sent is None:
                    self.status_round()
                    self._handshake.initialise()
                    if self._mono_s() - self._last_stopped_at_s > self._limits.fence_s:
                        self._handshake.resynchronise()  # before, the reply to a held slip may still come by itself
                    self._matcher.finish_sync()
        except (CannotConnect, LinkLost) as error:
            self.disconnect(error)
            return False
        return True

    # --- status

    def status_round(self) -> bool:
        """Ask for the status, and report late results. Return whether the round was clean.

        Raises ``LinkLost``.
        """
        proved = self._matcher.proved
        clean = self._link.status_round()
        if clean:
            self._use_clean_round(proved)
        else:
            self._use_unclean_round(proved)
        self._health.refresh()
        return clean

    def _use_clean_round(self, proved: tuple[PrintJob, ...]) -> None:
        # After the round only: a serial line carries a zero byte when the printer is switched off, which is no proof.
        self._late.report_proofs(proved)
        stopped_by = self._link.stopped_by
        self._mark_split()
        if stopped_by is not None:
            self._last_stopped_at_s = self._mono_s()
            self._late.report_unknown_as_held(stopped_by)
        if self._matcher.needs_sync and self._half_sent is None:
            self._handshake.resynchronise()

    def _use_unclean_round(self, proved: tuple[PrintJob, ...]) -> None:
        if proved or self._link.may_lose_replies:
            self._matcher.distrust_last_replies()
        if self._link.may_have_lost_data:
            # The printer may have been switched off and on: initialise it and cut off a half-printed slip. The rest of
            # a half-sent slip is useless then.
            self._matcher.suspect_power_loss()
            self._handshake.request_initialisation(interrupted=bool(self._matcher.pending))
            self._half_sent = None

    def _mark_split(self) -> None:
        """Mark pending slips as split by the end of the paper.

        The printer finishes them on the new roll. A printer with automatic status reports paper once more before a
        slip's first line; without that report the paper had ended before the slip, which is then complete. An open
        cover hides the paper.
        """
        if self._link.stopped_by is StatusFlag.PAPER_OUT and self._link.connection.had_paper:
            for job in self._matcher.pending:
                job.split_by_paper_end = job.split_by_paper_end or job.proof is None

    def disconnect(self, error: CannotConnect | LinkLost) -> None:
        """Close the link. Slips that were sent and not proved stay in the journal for staff."""
        self._forget_slips(interrupted=bool(self._matcher.pending) or self._half_sent is not None)
        self._link.disconnect(error)

    def close(self) -> None:
        self._link.close()

    # --- one slip

    def wait_for_sync(self, print_s: float) -> bool:
        """Return whether the reply to a slip sent now could be distinguished from others. Raises ``LinkLost``."""
        return self._handshake.wait_for_sync(print_s, self.status_round)

    def send(self, job: PrintJob, data: bytes, timeout_s: float) -> bool:
        """Send a slip and expect its reply; return whether its last byte was sent. Raises ``LinkLost``.

        Else ``poll`` sends the rest when the printer takes bytes again.
        """
        connection = self._link.connection
        self._matcher.add(job)
        connection.had_paper = not self._profile.automatic_status
        transmission = Transmission(self._context, self._link, data)
        if transmission.resume(timeout_s):
            return True
        self._keep_rest(transmission)
        return False

    def send_unproved(self, data: bytes, timeout_s: float) -> bool:
        """Send a slip to a printer that never replies. Return whether its last byte was sent. Raises ``LinkLost``."""
        return self._link.connection.write(data, timeout_s) is None

    def receive(self, timeout_s: float) -> None:
        """Process the replies that come within ``timeout_s``. Raises ``LinkLost``."""
        self._link.connection.receive(timeout_s)

    def forget_proved(self, job: PrintJob) -> None:
        """Forget a proved job whose result has been reported. It is not reported again."""
        self._matcher.forget_proved(job)

    def expect_no_reply(self, job: PrintJob) -> None:
        """Stop waiting for a reply that proves this job."""
        self._matcher.remove(job)

    def _keep_rest(self, transmission: Transmission) -> None:
        """Keep the rest of a slip. Raises ``LinkLost`` when the printer may have lost its power and gave no reason."""
        self._half_sent = transmission
        self._mark_split()
        if self._link.stopped_by is None:
            if self._limits.survives_power_loss:
                raise LinkLost("it stopped taking bytes")
            self._link.note_silence(self._mono_s())

    def _resume(self) -> None:
        """Continue to send a half-sent slip, if there is one. Raises ``LinkLost``.

        Until its last byte is sent, a status question is possible only between two commands: elsewhere it would become
        part of the picture, or wait behind it.
        """
        half_sent = self._half_sent
        if half_sent is None:
            return
        self._link.connection.receive(0)
        self._mark_split()
        if self._link.stopped_by is not None:
            self._last_stopped_at_s = self._mono_s()
            if not self._may_resume(half_sent):
                return
        if half_sent.resume(self._limits.poll_s):
            self._half_sent = None
        elif self._mono_s() - max(half_sent.progress_at_s, self._last_stopped_at_s) > self._limits.silent_s:
            raise LinkLost("it takes no bytes for too long")

    def _may_resume(self, half_sent: Transmission) -> bool:
        """Return whether a printer that last reported itself stopped may be sent bytes. Raises ``LinkLost``.

        Most links stop the sender by themselves. A serial line may not, and a full printer loses the bytes.
        """
        if not self._limits.survives_power_loss:
            return True
        if half_sent.at_command_boundary:
            return self.status_round() and self._link.stopped_by is None
        if self._mono_s() - half_sent.progress_at_s > self._limits.stalled_s:
            raise LinkLost("it stood still for too long in the middle of a picture")
        return False

    # --- dropping held slips

    def clear_buffer(self) -> bool:
        """Clear the printer's buffer; return whether that was confirmed. Held slips are reported failed then."""
        try:
            if not self._link.is_open:
                self._link.open()
            confirmed = self._buffer_clear.run(between_slips=self._half_sent is None)
        except (CannotConnect, LinkLost) as error:
            confirmed = False
            self.disconnect(error)
        if confirmed or self._half_sent is not None:
            # A slip that was sent only in part cannot come out complete in either case.
            self._late.report_pending_as_failed()
            self._forget_slips(interrupted=True)
        if confirmed:
            self._late.report_held_as_failed()
        self._health.refresh()
        return confirmed

    def _forget_slips(self, *, interrupted: bool) -> None:
        """Expect no reply any more, and initialise the printer when it is ready.

        ``interrupted``: the last slip may have arrived in part.
        """
        self._half_sent = None
        self._handshake.request_initialisation(interrupted=interrupted)
        self._matcher.reset()

    def _receive_queued(self, reply: QueuedReply) -> None:
        if isinstance(reply, NoiseReply):
            self._matcher.distrust_last_replies()
            return
        self._matcher.receive(reply)
        if not isinstance(reply, BlockReply):
            return
        if reply.confirms_clear:
            self._buffer_clear.confirm()
        if reply.process_id is not None:
            self._late.report_job_of_earlier_link(reply.process_id)
