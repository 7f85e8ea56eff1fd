"""Clears a printer's buffer and finds out whether that worked."""

from collections.abc import Callable

from hardware.printers.answers.status import StatusFlag
from hardware.printers.context import PrinterContext
from hardware.printers.session.link import PrinterLink

# DLE ENQ 2: recover from an error and clear the buffers. DLE DC4 function 8: clear the buffers, and confirm it.
RECOVER_AND_CLEAR = b"\x10\x05\x02"
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
# Errors from which DLE ENQ 2 recovers.
RECOVERABLE = (StatusFlag.CUTTER, StatusFlag.FAULT, StatusFlag.HOT)


class BufferClear:
    """Sends the commands that clear the buffer, and waits for their effect.

    ``status_round`` asks for the status and returns whether the round was clean.
    """

    def __init__(self, context: PrinterContext, link: PrinterLink, status_round: Callable[[], bool]) -> None:
        self._link, self._status_round, self._mono_s = link, status_round, context.mono_s
        self._timeout_s = context.limits.status_s
        self._confirmed = False

    def confirm(self) -> None:
        """Note the printer's confirmation that its buffers are clear."""
        self._confirmed = True

    def run(self, *, between_slips: bool) -> bool:
        """Clear the buffers; return whether that is confirmed. Raises ``LinkLost``.

        ``between_slips``: no slip is half-sent, so a status round is possible.
        """
        connection = self._link.connection
        if between_slips and not self._status_round():
            return False
        # First by recovery, which most printers support, but only while they report an error.
        had_error = self._link.stopped_by in RECOVERABLE
        if not connection.send_command(RECOVER_AND_CLEAR, self._timeout_s):
            return False
        if had_error and self._status_round() and self._link.stopped_by not in RECOVERABLE:
            return True
        # Then by the command that the printer confirms.
        self._confirmed = False
        if not connection.send_command(CLEAR, self._timeout_s):
            return False
        end_s = self._mono_s() + self._timeout_s
        while not self._confirmed and self._mono_s() < end_s:
            connection.receive(end_s - self._mono_s())
        return self._confirmed
