"""Sends a slip in pieces, and keeps the rest while the printer takes no bytes."""

from collections import deque

from hardware.printers import commands
from hardware.printers.context import PrinterContext
from hardware.printers.session.link import PrinterLink
from hardware.printers.transports.transport import LinkLost

FAST_LINK_PIECE_BYTES = 65_536
"""Length of a piece on a fast link, which sends this many bytes before a status round is due."""


class Transmission:
    """The sending of one slip.

    On a link that survives a power loss a status round runs between commands: a printer that is switched off
    and on would take the rest of a picture for letters, and answer the fence behind them.
    """

    def __init__(self, context: PrinterContext, link: PrinterLink, data: bytes) -> None:
        self._link, self._mono_s, self._closing, limits = link, context.mono_s, context.closing, context.limits
        self._status_interval_s, self._splits = limits.status_interval_s, limits.survives_power_loss
        # A piece is as long as the line carries between two status rounds; between two pieces the line is idle.
        min_bytes = int(limits.status_interval_s / limits.byte_s) if limits.byte_s else FAST_LINK_PIECE_BYTES
        self._pieces = deque(commands.split(data, min_bytes) if self._splits else [data])
        self.at_command_boundary = self._splits
        """Whether a question may be sent now: the next byte begins a command."""
        self.progress_at_s = self._mono_s()
        """When the printer last took a byte."""

    def resume(self, timeout_s: float) -> bool:
        """Continue to send; return whether the last byte was sent. Raises ``LinkLost``.

        Also ends when the printer reports meanwhile that it has stopped.
        """
        end_s, next_status_at_s = self._mono_s() + timeout_s, self._mono_s() + self._status_interval_s
        while self._pieces:
            if self.at_command_boundary and self._mono_s() >= next_status_at_s:
                self._wait_for_clean_round()
                if self._link.stopped_by is not None:
                    return False
                next_status_at_s = self._mono_s() + self._status_interval_s
            if not self._write_next(max(0.0, end_s - self._mono_s())):
                return False
        return True

    def _write_next(self, timeout_s: float) -> bool:
        """Write the next piece; return whether all of it was sent."""
        piece = self._pieces.popleft()
        rest = self._link.connection.write(piece, timeout_s)
        if rest is None or len(rest) < len(piece):
            self.progress_at_s = self._mono_s()
            self.at_command_boundary = rest is None and self._splits
        if rest is not None:
            self._pieces.appendleft(rest)
        return rest is None

    def _wait_for_clean_round(self) -> None:
        while not self._link.status_round():
            if self._link.may_have_lost_data or self._closing():
                raise LinkLost("it fell silent while it was being written to")
