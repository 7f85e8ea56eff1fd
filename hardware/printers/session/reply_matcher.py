"""Matches queued replies (``GS r``) to slips.

Replies carry no id, so they are matched by order, and only while we are in sync with the printer.

A fence (GS r 1) is answered after everything before it, with one reply each. Replies of an earlier link, or from before
a power cycle, may still be on their way. So each link begins with a burst of fences, and matching starts with the
silence after a burst of replies as long. A burst that was not answered is followed by a longer one, so that its own
late replies are not taken for those of the next. Where the printer knows process ids, one id does the same at once.

A reply that comes before the slip's paper can have moved proves nothing: print servers, spoolers and some printers
answer when they receive the question.

A slip during whose time the printer was silent is never matched by order: the printer may have lost its power, and
serial lines carry zero bytes when that happens.
"""

from collections import deque
from collections.abc import Callable

from hardware.ports import Proof
from hardware.printers import encode
from hardware.printers.answers.replies import BlockReply, SensorReply
from hardware.printers.print_job import PrintJob

FIRST_BURST, BURST_GROWTH, MAX_BURST = 3, 2, 21
"""Fences in the first burst, and how many more in each next one: more than the one fence of a slip between them."""


class ReplyMatcher:
    """Queued replies of one printer. ``silence_s`` of silence end a synchronisation.

    ``fence`` False: the printer does not answer GS r, so no fence is sent and received bytes are no replies.
    """

    def __init__(self, mono_s: Callable[[], float], silence_s: float, *, fence: bool = True) -> None:
        self._mono_s, self._silence_s, self._fence = mono_s, silence_s, fence
        self._pending: deque[PrintJob] = deque()
        self._proved: list[PrintJob] = []
        # The synchronisation under way: by the process id sent (empty: by a burst), or by a burst (its number of
        # fences, replies so far, moment of the last reply).
        self._syncing, self._sync_id = False, b""
        self._burst, self._burst_replies, self._last_reply_at_s = FIRST_BURST, 0, 0.0
        self.in_sync = False
        """Whether every reply that comes now belongs to a pending job."""
        self.needs_sync = False
        """Whether a reply may have been lost or made up, so that matching must start anew."""
        self.has_replied = False
        """Whether this printer has ever sent a queued reply."""

    @property
    def pending(self) -> tuple[PrintJob, ...]:
        """Jobs whose reply is still expected, oldest first."""
        return tuple(self._pending)

    @property
    def proved(self) -> tuple[PrintJob, ...]:
        """Proved jobs that are not reported yet."""
        return tuple(self._proved)

    @property
    def sync_reply_is_recent(self) -> bool:
        """Return whether replies to the burst came just now.

        Then only the silence after them is waited for.
        """
        recent = self._mono_s() - self._last_reply_at_s < self._silence_s
        return self._syncing and self._burst_replies > 0 and recent

    @property
    def sync_is_unanswered(self) -> bool:
        """Return whether the last synchronisation has had no reply at all."""
        return self._syncing and self._burst_replies == 0

    def reset(self) -> None:
        """Forget the jobs of another link; its replies may still come."""
        self._pending.clear()
        self._proved.clear()
        self.in_sync = self.needs_sync = False

    def start_sync(self, process_id: bytes | None) -> bytes:
        """Return the question to send now; matching starts with its reply. Empty if none is needed."""
        if process_id is None and not self._fence:
            self.in_sync, self.needs_sync = True, False  # this printer sends no queued replies
            return b""
        if self._syncing:
            self._burst = min(self._burst + BURST_GROWTH, MAX_BURST)
        self._sync_id, self._syncing, self._burst_replies = process_id or b"", True, 0
        self.in_sync = self.needs_sync = False
        return encode.process_id(process_id) if process_id is not None else encode.FENCE * self._burst

    def add(self, job: PrintJob) -> None:
        """Expect the reply of a job whose bytes are about to leave. Out of sync only its process id can prove it."""
        job.in_doubt = not self.in_sync
        self._pending.append(job)

    def remove(self, job: PrintJob) -> None:
        """Expect no reply of this job any more."""
        if job in self._pending:
            self._pending.remove(job)

    def receive(self, reply: SensorReply | BlockReply) -> None:
        """Match a queued reply to the job that it proves, if any."""
        if isinstance(reply, SensorReply) and not self._fence:
            return
        self.has_replied = True
        if isinstance(reply, BlockReply):
            self._match_process_id(reply)
        elif self._syncing:
            now_s = self._mono_s()
            self._burst_replies = self._burst_replies + 1 if now_s - self._last_reply_at_s < self._silence_s else 1
            self._last_reply_at_s = now_s
        elif self.in_sync and self._pending:
            self._match_fence(self._pending.popleft())

    def _match_process_id(self, reply: BlockReply) -> None:
        if reply.process_id is None:
            return
        if self._syncing and reply.process_id == self._sync_id:
            self._complete_sync()
        for job in self._pending:
            if reply.process_id == job.process_id:
                self._prove(job, Proof.PROCESS_ID)

    def finish_sync(self) -> bool:
        """Complete a synchronisation whose burst is answered and followed by silence; return ``in_sync``."""
        all_came = self._syncing and not self._sync_id and self._burst_replies >= self._burst
        if all_came and self._mono_s() - self._last_reply_at_s >= self._silence_s:
            self._complete_sync()
        return self.in_sync

    def _complete_sync(self) -> None:
        """Begin matching. It proves slips sent before the burst too, unless the printer may have forgotten them."""
        self._syncing, self.in_sync, self._burst = False, True, FIRST_BURST
        while self._pending:
            self._match_fence(self._pending.popleft())

    def _match_fence(self, job: PrintJob) -> None:
        if not job.in_doubt:
            self._prove(job, Proof.FENCE)

    def _prove(self, job: PrintJob, proof: Proof) -> None:
        """Note the proof, unless there is one or it came faster than paper moves."""
        job.premature = job.premature or self._mono_s() < job.earliest_out_at_s
        if job.proof is None and not job.premature:
            job.proof = proof
            self._proved.append(job)

    def distrust_last_replies(self) -> None:
        """Withdraw unreported fences.

        After an unclean status round they may have been part of the noise.
        """
        withdrawn = [job for job in self._proved if job.proof is Proof.FENCE]
        for job in reversed(withdrawn):
            job.proof = None
            self._proved.remove(job)
            self._pending.appendleft(job)
        if self._pending:
            self.in_sync, self.needs_sync = False, True

    def suspect_power_loss(self) -> None:
        """Mark all pending jobs as doubtful: the printer may have lost its power."""
        self.distrust_last_replies()
        for job in self._pending:
            job.in_doubt = True

    def forget_proved(self, job: PrintJob) -> None:
        """Take a job whose result has been reported out of ``proved``, if it is there."""
        if job in self._proved:
            self._proved.remove(job)
