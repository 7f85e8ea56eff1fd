"""Handshake after each (re)connect.

Initialise the printer, terminate any half-sent command, cut off a half-printed slip, then synchronise reply matching.

A half-sent picture is terminated with thousands of zero bytes, which some print servers answer for seconds. So a
printer of unknown history is first sent the synchronisation alone: one that replies has no half-sent picture. Only
silence is followed by zeros.
"""

import math
from collections.abc import Callable

from hardware.printers import encode
from hardware.printers.context import PrinterContext
from hardware.printers.session.link import PrinterLink
from hardware.printers.session.reply_matcher import ReplyMatcher
from hardware.printers.transports.transport import LinkLost

CUT_HERE = b"\x1dVB\0"  # GS V 66 without a feed
MAX_BACKOFF = 16
"""The wait for an overdue reply grows to at most this many times ``fence_s``."""


class PrinterHandshake:
    """Initialises the printer and synchronises reply matching, on each link anew.

    The printer's thread owns it. Every method may raise ``LinkLost``.
    """

    def __init__(self, context: PrinterContext, link: PrinterLink, matcher: ReplyMatcher) -> None:
        self._context, self._link, self._matcher = context, link, matcher
        self._mono_s, self._profile, self._limits = context.mono_s, context.profile, context.limits
        journal = context.journal
        # Whether the printer may still wait for the rest of a command, and whether a part of a slip may hang in it.
        self._may_be_half_sent, self._may_be_half_printed = not journal.started_all_confirmed, bool(journal.interrupted)
        self._initialised = False  # on this link, and since the last doubt
        # The last synchronisation: when it was sent, whether a slip has already waited for its reply, and how many
        # times ``fence_s`` its reply may take.
        self._sync_sent_at_s, self._sync_awaited, self._backoff = -math.inf, False, 1
        self._ignored_sync = False  # the printer did not reply to it, so it may have swallowed it

    def request_initialisation(self, *, interrupted: bool) -> None:
        """Initialise the printer again when it is ready. ``interrupted``: the last slip may have arrived in part."""
        self._initialised = False
        self._may_be_half_sent = self._may_be_half_sent or interrupted
        self._may_be_half_printed = self._may_be_half_printed or interrupted

    def initialise(self) -> None:
        """Initialise a ready printer, unless that was done on this link."""
        if self._initialised or not self._link.is_ready:
            return
        # A half-printed slip must be cut off; inside a half-sent picture the cut command would be data.
        sync_first = self._profile.can_prove and not self._may_be_half_printed and not self._ignored_sync
        sends_zeros = self._may_be_half_sent and not sync_first
        commands = encode.resync(self._context.head_bytes, self._limits.fragment_rows) if sends_zeros else encode.RESET
        if self._may_be_half_printed:
            commands += CUT_HERE
        if self._profile.automatic_status:
            commands += encode.AUTOMATIC_STATUS
        self._write(commands + self._start_sync(), self._limits.write_timeout_s(len(commands)))
        self._sync_sent_at_s = self._mono_s()  # the zeros may have been on the line for seconds
        self._initialised, self._may_be_half_printed, self._sync_awaited = True, False, False
        self._may_be_half_sent = self._may_be_half_sent and not sends_zeros
        self._ignored_sync = False

    def _terminate_half_sent(self) -> bool:
        """Terminate a half-sent command that swallows the synchronisation; return whether that was done now."""
        if not self._initialised:
            return False
        if not self._matcher.sync_is_unanswered:
            self._may_be_half_sent = False
        if not self._may_be_half_sent or not self._link.is_ready:
            return False
        if self._mono_s() - self._sync_sent_at_s <= self._limits.sync_timeout_s:
            return False
        self._ignored_sync, self._initialised = True, False
        self.initialise()
        return True

    def resynchronise(self) -> None:
        """Synchronise again after an overdue reply or an unanswered synchronisation."""
        if not self._initialised or not self._link.is_ready:
            return
        if self._terminate_half_sent():
            return
        matcher = self._matcher
        if matcher.in_sync:
            self._backoff = 1
        waited_s = self._mono_s() - self._sync_sent_at_s
        overdue = matcher.has_replied and waited_s > self._limits.fence_s * self._backoff
        if not matcher.in_sync and not matcher.needs_sync and not matcher.sync_reply_is_recent and overdue:
            # Status is fine but it ignores commands: it is probably still waiting for the rest of a truncated one. Or
            # it is only slow: each time it gets longer, or it would be sent more than it can process.
            self._backoff = min(2 * self._backoff, MAX_BACKOFF)
            self.request_initialisation(interrupted=True)
            self.initialise()
        elif matcher.needs_sync or (matcher.in_sync and matcher.pending):
            self._write(self._start_sync(), self._limits.write_s)

    def _write(self, commands: bytes, timeout_s: float) -> None:
        if commands and self._link.connection.write(commands, timeout_s) is not None:
            raise LinkLost("the printer does not take bytes")

    def _start_sync(self) -> bytes:
        self._sync_sent_at_s = self._mono_s()
        return self._matcher.start_sync(self._context.journal.new_process_id() if self._profile.process_id else None)

    def wait_for_sync(self, print_s: float, status_round: Callable[[], object]) -> bool:
        """Return whether the reply to a slip sent now could be distinguished from others.

        Waits while earlier replies may still be on their way (``print_s``: the slip's own time on paper) and runs
        ``status_round`` meanwhile. A printer that never sends queued replies is waited for once per link.
        """
        matcher, link = self._matcher, self._link
        self.resynchronise()
        # Replies that came while this thread drew are in time; the silence behind them is not the printer's time.
        end_s = self._sync_deadline_s(print_s)
        next_status_at_s = self._mono_s() + self._limits.status_interval_s
        while not matcher.finish_sync() and link.stopped_by is None and self._mono_s() < end_s:
            if not matcher.has_replied and self._sync_awaited:
                break
            if self._terminate_half_sent():
                end_s = self._sync_deadline_s(print_s)
            if self._mono_s() >= next_status_at_s:
                status_round()
                next_status_at_s = self._mono_s() + self._limits.status_interval_s
            link.connection.receive(self._limits.status_s / 4)
        self._sync_awaited = True
        if matcher.proved:
            status_round()
        return link.stopped_by is None and (matcher.in_sync or not matcher.has_replied)

    def _sync_deadline_s(self, print_s: float) -> float:
        """Return the moment until which the replies to this synchronisation may come."""
        return max(self._mono_s(), self._sync_sent_at_s + self._limits.fence_s + print_s) + self._limits.status_s
