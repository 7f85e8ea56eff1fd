"""The link to one printer: opened, given up when silent, reopened after growing pauses."""

import logging
from collections.abc import Callable

from hardware.ports import DeviceHealth, HealthState
from hardware.printers.answers import status
from hardware.printers.answers.status import StatusFlag
from hardware.printers.answers.unknown_device import NoiseCounter, RoundOutcome, UnknownDeviceDetector
from hardware.printers.context import PrinterContext
from hardware.printers.session.connection import PrinterConnection, QueuedReply
from hardware.printers.transports.transport import Connect, LinkError, LinkLost

log = logging.getLogger(__name__)


class PrinterLink:
    """Opens and reopens the link to one printer; ``connection`` is the open connection.

    The printer's thread owns it. ``on_queued_reply`` is passed on to each connection.
    """

    def __init__(
        self, context: PrinterContext, connect: Connect, on_queued_reply: Callable[[QueuedReply], None]
    ) -> None:
        self._context, self._connect, self._on_queued_reply = context, connect, on_queued_reply
        self._connection: PrinterConnection | None = None
        self._detector, self._noise = UnknownDeviceDetector(), NoiseCounter()
        self._next_try_at_s, self._retry_after_s = 0.0, context.limits.first_retry_s
        self._last_reply_at_s = context.mono_s()  # the end of the last clean round, or the opening of the link
        self._silent_since_s: float | None = None
        self._unexpected = False  # whether the last status round had unexpected bytes
        self._error = ""  # why the link was closed last; empty before that

    @property
    def is_silent(self) -> bool:
        """Return whether the printer has been silent since its last clean status round.

        Silent: a status round was not clean, or no bytes were taken.
        """
        return self._silent_since_s is not None

    @property
    def may_have_lost_data(self) -> bool:
        """Return whether sent data may be lost.

        An unknown device is on the port, or the printer was silent for so long that it may have been switched off.
        """
        if self._detector.first_bytes is not None:
            return True
        silent_since_s, power_doubt_s = self._silent_since_s, self._context.limits.power_doubt_s
        return silent_since_s is not None and self._context.mono_s() - silent_since_s >= power_doubt_s

    @property
    def may_lose_replies(self) -> bool:
        """Return whether a reply may be lost when a status round was not clean.

        Where only a broken link loses bytes, a silent printer is merely late: the question waits behind a slip that is
        read slowly.
        """
        return self._unexpected or self._context.limits.survives_power_loss

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    @property
    def is_due(self) -> bool:
        """Return whether the link is open, or a try to open it is due."""
        return self.is_open or self._context.mono_s() >= self._next_try_at_s

    @property
    def connection(self) -> PrinterConnection:
        """Return the open connection. Raises ``LinkLost`` when there is none."""
        if self._connection is None:
            raise LinkLost("the link is closed")
        return self._connection

    @property
    def stopped_by(self) -> StatusFlag | None:
        """Return the reported flag that keeps the printer from printing, if any."""
        return self._connection.stopped_by if self._connection is not None else None

    @property
    def is_ready(self) -> bool:
        """Return whether the printer replies and reports no reason to stop."""
        if self._connection is None or self._connection.flags is None or self._connection.stopped_by is not None:
            return False
        return not self.is_silent and self._detector.first_bytes is None

    def open(self) -> None:
        """Open the link. Raises ``CannotConnect``."""
        transport, context = self._connect(), self._context
        self._connection = PrinterConnection(
            transport, context.mono_s, context.closing, self._on_queued_reply, self._noise
        )
        self._last_reply_at_s, self._silent_since_s = context.mono_s(), None

    def status_round(self) -> bool:
        """Ask for the status; return whether the round was clean. Raises ``LinkLost``, also after a long silence."""
        connection, begun_at_s = self.connection, self._context.mono_s()
        outcome = connection.status_round(self._context.limits.status_s)
        if self._context.closing():
            return False
        self._detector.judge(outcome, connection.last_round)
        self._unexpected = outcome is RoundOutcome.UNEXPECTED
        if outcome is RoundOutcome.CLEAN:
            self._last_reply_at_s, self._silent_since_s = self._context.mono_s(), None
            self._retry_after_s = self._context.limits.first_retry_s
        else:
            self.note_silence(begun_at_s)
        return not self.is_silent

    def note_silence(self, since_s: float) -> None:
        """Note that no valid reply was received since ``since_s``. Raises ``LinkLost`` when that lasts too long.

        The link is kept while an unknown device sends, and while the printer has reported why it stopped: many do not
        reply while their cover is open.
        """
        self._silent_since_s = since_s if self._silent_since_s is None else self._silent_since_s
        explained = self.stopped_by is not None or self._detector.first_bytes is not None
        if self._context.mono_s() - self._last_reply_at_s > self._context.limits.silent_s and not explained:
            raise LinkLost("no answer for too long")

    def disconnect(self, error: LinkError) -> None:
        """Close the link after ``error`` and schedule the next try.

        Each pause is twice as long as the one before, up to ``max_retry_s``.
        """
        log.debug("printer: %s", error)
        self._error = str(error)
        self._detector.reset()
        self.close()
        self._next_try_at_s = self._context.mono_s() + self._retry_after_s
        self._retry_after_s = min(self._retry_after_s * 2, self._context.limits.max_retry_s)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def health(self, left_slips: int | None) -> DeviceHealth:
        """Return the health as last reported. ``left_slips``: by our own count; None: not known."""
        if self._connection is None:
            return DeviceHealth(HealthState.OFFLINE, status.OFF, self._error, left_slips)
        if self._detector.first_bytes is not None:
            return DeviceHealth(HealthState.FAULT, status.WRONG, f"it sends {self._detector.first_bytes}", left_slips)
        if self.is_silent and self._connection.stopped_by is None:
            return DeviceHealth(HealthState.OFFLINE, status.SILENT, left_slips=left_slips)
        if self._connection.flags is None:
            return DeviceHealth(HealthState.UNKNOWN, left_slips=left_slips)
        return status.health(self._connection.flags, left_slips)
