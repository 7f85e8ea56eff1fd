"""Talking with one printer over one link: writing without hanging, asking, and sorting what comes back."""

from collections import deque
from collections.abc import Callable

from hardware.printers import encode
from hardware.printers.answers import status
from hardware.printers.answers.responses import Automatic, Block, Noise, RealTime, Reply, Responses, Sensor
from hardware.printers.answers.status import Trouble
from hardware.printers.answers.stranger import Garbage, Heard, Round
from hardware.printers.transports.transport import Gone, Stuck, Transport

READ_BYTES = 4096
SLICE_S = 0.1
DRAIN_READS = 16
QUESTIONS = (1, 2, 3, 4)
MORE_PATIENCE = 5 / 3
"""So many times as long is waited for one that was heard to answer late, as through a slow print server."""


class Conversation:
    """One open link; the printer's thread owns it. Every method may raise ``Gone``.

    ``in_turn`` is called with each answer that came in its turn (:class:`Sensor`, :class:`Block`), and with noise,
    among which such an answer may have been lost. No call lasts longer than its time-outs, and ``over`` (asked every
    100 ms) ends each early.
    """

    def __init__(
        self,
        transport: Transport,
        mono_s: Callable[[], float],
        over: Callable[[], bool],
        in_turn: Callable[[Sensor | Block | Noise], None],
        garbage: Garbage,
    ) -> None:
        self._transport, self._mono_s, self._over, self._in_turn = transport, mono_s, over, in_turn
        self._garbage = garbage
        self._responses = Responses()
        self._real_time: deque[RealTime] = deque()
        self._owed, self._late_within, self._patience = False, False, 1.0
        self.round = Round()
        """What came during the last round of questions."""
        self.troubles: frozenset[Trouble] | None = None
        """What the printer said last; None before it said anything."""
        self.had_paper = False
        """Whether it said that it has paper since this was last set to False."""

    @property
    def stopped(self) -> Trouble | None:
        """The trouble that keeps it from printing, as far as it said."""
        return status.stops(self.troubles) if self.troubles is not None else None

    def write(self, data: bytes, timeout_s: float) -> bytes | None:
        """None when the last byte has left, else what is still to be written (which may be nothing).

        It also returns early when the printer says meanwhile that it stands still.
        """
        end_s = self._mono_s() + timeout_s
        while True:
            try:
                self._transport.write(data, min(SLICE_S, timeout_s))
            except Stuck as stuck:
                data = data[stuck.sent :]
            else:
                return None
            self.pump(0)
            if self.stopped or self._over() or self._mono_s() >= end_s:
                return data

    def pump(self, timeout_s: float) -> bool:
        """Take in what comes within the time-out, which may have passed; return whether anything came."""
        data = self._transport.read(READ_BYTES, max(0.0, min(timeout_s, SLICE_S)))
        replies = list(self._responses.feed(data))
        self.round.came(data, replies)
        for reply in replies:
            self._sort(reply)
        return bool(data)

    def _sort(self, reply: Reply) -> None:
        match reply:
            case RealTime():
                self._real_time.append(reply)
            case Automatic():
                self._told(status.of_automatic(reply))
            case Sensor() | Block():
                self._in_turn(reply)
            case Noise(data):
                self._garbage.came(data)
                self._in_turn(reply)
            case _:
                pass  # flow control is the transport's business

    def _told(self, troubles: frozenset[Trouble]) -> None:
        self.troubles = troubles
        self.had_paper = self.had_paper or Trouble.PAPER_OUT not in troubles

    def ask(self, timeout_s: float) -> Heard:
        """Ask for all four real-time statuses; the round ends with the first that is not answered in time.

        Only a clean round changes what is known of the printer. After a question that was not answered it is clean
        only when silence follows: answers have no names, so a late one would be taken for the next question's. One
        that comes late between two questions of the round makes all before it doubtful."""
        self.round, timeout_s = Round(), timeout_s * self._patience
        self._late_within = False
        answers: dict[int, int] = {}
        for n in QUESTIONS:
            answer = self._answer(n, timeout_s)
            if answer is None:
                self._owed = True
                return self.round.heard(answered=False)
            self.round.answered(answer)
            answers[n] = answer.bits
        self.round.unasked(len(self._real_time))
        heard = self.round.heard(answered=not self._owed or (self._quiet(timeout_s) and not self._late_within))
        if heard is Heard.CLEAN:
            self._told(status.of_real_time(answers))
            self._garbage.clean_round()
        return heard

    def _quiet(self, timeout_s: float) -> bool:
        """Whether no more answers come, so that those that came were the answers to what was asked."""
        end_s = self._mono_s() + timeout_s
        while not self._real_time and self._mono_s() < end_s and not self._over():
            self.pump(end_s - self._mono_s())
        self._owed = bool(self._real_time)
        return not self._owed

    def _answer(self, n: int, timeout_s: float) -> RealTime | None:
        for _ in range(DRAIN_READS):
            if not self.pump(0):
                break
        self.round.unasked(len(self._real_time))
        if self._owed and self._real_time:
            self._patience = MORE_PATIENCE
            self._late_within = self._late_within or n != QUESTIONS[0]
        self._real_time.clear()  # a late answer must not count for this question
        try:
            self._transport.write(encode.ask(n), timeout_s)
        except Stuck as stuck:
            if stuck.sent not in (0, 3):
                raise Gone("the printer stopped reading in the middle of a question") from stuck
        end_s = self._mono_s() + timeout_s
        while not self._real_time:
            left_s = end_s - self._mono_s()
            if left_s <= 0 or self._over():
                return None
            self.pump(left_s)
        return self._real_time.popleft()

    def say(self, command: bytes, timeout_s: float) -> bool:
        """Send a short command; False when the printer takes nothing. Raises ``Gone`` when it took a part."""
        try:
            self._transport.write(command, timeout_s)
        except Stuck as stuck:
            if stuck.sent not in (0, len(command)):
                raise Gone("the printer stopped reading in the middle of a command") from stuck
            return stuck.sent > 0
        return True

    def close(self) -> None:
        self._transport.close()
