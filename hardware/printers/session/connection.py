"""One open connection to a printer: writes, status rounds, dispatch of replies."""

from collections import deque
from collections.abc import Callable

from hardware.printers import encode
from hardware.printers.answers import status
from hardware.printers.answers.replies import (
    AutomaticReply,
    BlockReply,
    NoiseReply,
    RealTimeReply,
    Reply,
    ReplyParser,
    SensorReply,
)
from hardware.printers.answers.status import QUESTIONS, StatusFlag
from hardware.printers.answers.unknown_device import NoiseCounter, RoundOutcome, StatusRound
from hardware.printers.transports.transport import LinkLost, Transport, WriteStalled

READ_BYTES = 4096
POLL_INTERVAL_S = 0.1
"""How long one call of the transport may last."""
MAX_DRAIN_READS = 16
"""So many reads at most discard late replies before a question."""
LATE_REPLY_FACTOR = 5 / 3
"""How many times longer to wait for a printer that has replied late, as through a slow print server."""

QueuedReply = SensorReply | BlockReply | NoiseReply
"""A reply that the printer sends in the order of its input; noise may hide one."""


class PrinterConnection:
    """One open connection; the printer's thread owns it. Every method may raise ``LinkLost``.

    ``on_queued_reply`` is called with each queued reply, and with noise, which may hide one. ``noise`` counts the bytes
    that belong to no reply. No call lasts longer than its time-outs; ``closing`` is checked every 100 ms and ends each
    early.
    """

    def __init__(
        self,
        transport: Transport,
        mono_s: Callable[[], float],
        closing: Callable[[], bool],
        on_queued_reply: Callable[[QueuedReply], None],
        noise: NoiseCounter,
    ) -> None:
        self._transport, self._mono_s, self._closing = transport, mono_s, closing
        self._on_queued_reply, self._noise = on_queued_reply, noise
        self._parser = ReplyParser()
        self._real_time: deque[RealTimeReply] = deque()
        self._reply_owed = False  # whether an unanswered question may still be answered late
        self._late_within_round = False  # whether that happened between two questions of the current round
        self._timeout_factor = 1.0
        self.last_round = StatusRound()
        """The bytes of the current status round, or of the last one."""
        self.flags: frozenset[StatusFlag] | None = None
        """The last reported status flags; None before the first report."""
        self.had_paper = False
        """Whether paper was reported since a slip began to be sent; True from then on without automatic status."""

    @property
    def stopped_by(self) -> StatusFlag | None:
        """Return the reported flag that keeps the printer from printing, if any."""
        return status.stopped_by(self.flags) if self.flags is not None else None

    def write(self, data: bytes, timeout_s: float) -> bytes | None:
        """Write ``data``. Return None when its last byte was sent, else the unsent rest.

        The rest is empty when all bytes were taken, and the last ones wait on our side. Also returns early when the
        printer reports meanwhile that it has stopped.
        """
        end_s = self._mono_s() + timeout_s
        while True:
            try:
                self._transport.write(data, min(POLL_INTERVAL_S, timeout_s))
            except WriteStalled as stalled:
                data = data[stalled.sent :]
            else:
                return None
            self.receive(0)
            if self.stopped_by or self._closing() or self._mono_s() >= end_s:
                return data

    def receive(self, timeout_s: float) -> bool:
        """Read and dispatch replies; return whether any byte was received.

        Waits at most ``timeout_s``; 0 or less: not at all.
        """
        data = self._transport.read(READ_BYTES, max(0.0, min(timeout_s, POLL_INTERVAL_S)))
        replies = list(self._parser.feed(data))
        self.last_round.receive(data, replies)
        for reply in replies:
            self._dispatch(reply)
        return bool(data)

    def _dispatch(self, reply: Reply) -> None:
        match reply:
            case RealTimeReply():
                self._real_time.append(reply)
            case AutomaticReply():
                self._update(status.of_automatic(reply))
            case SensorReply() | BlockReply():
                self._on_queued_reply(reply)
            case NoiseReply(data):
                self._noise.add(data)
                self._on_queued_reply(reply)
            case _:
                pass  # the transport handles flow control

    def _update(self, flags: frozenset[StatusFlag]) -> None:
        self.flags = flags
        self.had_paper = self.had_paper or StatusFlag.PAPER_OUT not in flags

    def status_round(self, timeout_s: float) -> RoundOutcome:
        """Ask for all four real-time statuses. The round ends with the first that is not answered in time.

        Only a clean round updates ``flags``. After an unanswered question a round is clean only when silence
        follows it: replies carry no id, so a late one would be taken for the reply to the next question. A late reply
        between two questions of the round makes the replies before it doubtful, and the round not clean.
        """
        self.last_round, timeout_s = StatusRound(), timeout_s * self._timeout_factor
        self._late_within_round = False
        bits: dict[int, int] = {}
        for n in QUESTIONS:
            reply = self._ask(n, timeout_s)
            if reply is None:
                self._reply_owed = True
                return self.last_round.outcome(answered=False)
            self.last_round.accept(reply)
            bits[n] = reply.bits
        self.last_round.add_surplus(len(self._real_time))
        answered = not self._reply_owed or (self._is_silent_after(timeout_s) and not self._late_within_round)
        outcome = self.last_round.outcome(answered=answered)
        if outcome is RoundOutcome.CLEAN:
            self._update(status.of_real_time(bits))
            self._noise.add_clean_round()
        return outcome

    def _is_silent_after(self, timeout_s: float) -> bool:
        """Return whether no further reply comes.

        Then those received were the replies to this round.
        """
        end_s = self._mono_s() + timeout_s
        while not self._real_time and self._mono_s() < end_s and not self._closing():
            self.receive(end_s - self._mono_s())
        self._reply_owed = bool(self._real_time)
        return not self._reply_owed

    def _ask(self, n: int, timeout_s: float) -> RealTimeReply | None:
        """Send DLE EOT ``n``; return the reply, None when none comes in time."""
        # Discard late replies, which must not count for this question.
        for _ in range(MAX_DRAIN_READS):
            if not self.receive(0):
                break
        self.last_round.add_surplus(len(self._real_time))
        if self._reply_owed and self._real_time:
            self._timeout_factor = LATE_REPLY_FACTOR
            self._late_within_round = self._late_within_round or n != QUESTIONS[0]
        self._real_time.clear()
        try:
            self._transport.write(encode.status_question(n), timeout_s)
        except WriteStalled as stalled:
            if stalled.sent not in (0, 3):
                raise LinkLost("the printer stopped reading in the middle of a question") from stalled
        end_s = self._mono_s() + timeout_s
        while not self._real_time:
            remaining_s = end_s - self._mono_s()
            if remaining_s <= 0 or self._closing():
                return None
            self.receive(remaining_s)
        return self._real_time.popleft()

    def send_command(self, command: bytes, timeout_s: float) -> bool:
        """Send a short command; return False when no byte was taken. Raises ``LinkLost`` when only a part was."""
        try:
            self._transport.write(command, timeout_s)
        except WriteStalled as stalled:
            if stalled.sent not in (0, len(command)):
                raise LinkLost("the printer stopped reading in the middle of a command") from stalled
            return stalled.sent > 0
        return True

    def close(self) -> None:
        self._transport.close()
