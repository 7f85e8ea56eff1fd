"""Whose answer it is: answers that come in their turn carry no name, so they are counted, and only when sure.

A fence (GS r 1) is answered after everything before it, one answer each. Nothing may be counted before it is
certain that no answer of an earlier link or an earlier life is still on its way, so each link begins with a burst
of fences, and counting with the silence after a burst of answers as long. A burst that was not answered is followed
by a longer one, so that its own late answers are not taken for those of the next. Where the printer knows process
ids, one says the same at once.

An answer that comes before the slip's paper can have moved proves nothing: print servers, spoolers and some printers
answer when they receive the question.

Nothing is counted for a slip during whose time the printer was silent: it may have lost its power, and serial lines
bear zeros when that happens.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from hardware.ports import PrintResult, PrintState, Proof
from hardware.printers import encode
from hardware.printers.answers.responses import Block, Sensor
from hardware.slip import Slip

FENCES, MORE_FENCES, MOST_FENCES = 3, 2, 21
"""A burst, and how much longer the next one is: by more than the one fence of a slip between them."""


@dataclass(eq=False, slots=True)
class Order:
    """A job on its way. ``told`` is the state last reported of it; ``torn``: the paper ended in it.

    ``earliest_s`` is the monotonic time before which its paper cannot be out. ``premature``: an answer came before
    that, so none ever proves it.
    """

    job: str
    slip: Slip
    done: Callable[[PrintResult], None]
    mark: bytes | None = None
    told: PrintState | None = None
    proof: Proof | None = None
    doubted: bool = False
    torn: bool = False
    earliest_s: float = -math.inf
    premature: bool = False


class Turns:
    """The answers of one printer that come in their turn. ``quiet_s`` of silence end a beginning. ``fence`` False: it
    does not answer GS r, so none is sent and what looks like an answer is none."""

    def __init__(self, mono_s: Callable[[], float], quiet_s: float, *, fence: bool = True) -> None:
        self._mono_s, self._quiet_s, self._fence = mono_s, quiet_s, fence
        self._waiting: deque[Order] = deque()
        self._came: list[Order] = []
        self._mark: bytes | None = None
        self._beginning = False
        self._fences, self._heard, self._heard_s = FENCES, 0, 0.0
        self.sure = False
        """Whether every answer that comes now belongs to an order that waits."""
        self.disturbed = False
        """Whether an answer may have been lost or made up, so that counting must begin anew."""
        self.ever = False
        """Whether this printer has been heard to answer in turn."""

    @property
    def waiting(self) -> tuple[Order, ...]:
        """Orders whose answer has not come, oldest first."""
        return tuple(self._waiting)

    @property
    def answering(self) -> bool:
        """Whether answers to the beginning came just now, so that only the silence behind them is waited for."""
        return self._beginning and self._heard > 0 and self._mono_s() - self._heard_s < self._quiet_s

    @property
    def unanswered(self) -> bool:
        """Whether the last beginning has had no answer at all."""
        return self._beginning and self._heard == 0

    def new_link(self) -> None:
        """What was asked on another link is answered to nobody; but it may be answered."""
        self._waiting.clear()
        self._came.clear()
        self.sure = self.disturbed = False

    def begin(self, mark: bytes | None) -> bytes:
        """The question from whose answer on answers are counted; to be sent now. Empty where there is none."""
        if mark is None and not self._fence:
            self.sure, self.disturbed = True, False  # nothing comes in turn that could be mistaken
            return b""
        if self._beginning:
            self._fences = min(self._fences + MORE_FENCES, MOST_FENCES)
        self._mark, self._beginning, self._heard = mark, True, 0
        self.sure = self.disturbed = False
        return encode.process_id(mark) if mark is not None else encode.FENCE * self._fences

    def sent(self, order: Order) -> None:
        """Its bytes are about to leave. Before counting has begun only its process id can prove it."""
        order.doubted = not self.sure
        self._waiting.append(order)

    def gone(self, order: Order) -> None:
        """No answer to it is waited for any more."""
        if order in self._waiting:
            self._waiting.remove(order)

    def answer(self, answer: Sensor | Block) -> None:
        if isinstance(answer, Sensor) and not self._fence:
            return
        self.ever = True
        if isinstance(answer, Block):
            self._named(answer)
        elif self._beginning:
            now_s = self._mono_s()
            self._heard = self._heard + 1 if now_s - self._heard_s < self._quiet_s else 1
            self._heard_s = now_s
        elif self.sure and self._waiting:
            self._done(self._waiting.popleft())

    def _named(self, answer: Block) -> None:
        if answer.process_id is None:
            return
        if self._beginning and answer.process_id == self._mark:
            self._begun()
        for order in self._waiting:
            if answer.process_id == order.mark:
                self._prove(order, Proof.PROCESS_ID)

    def settle(self) -> bool:
        """Whether answers may be counted; to be asked now and then while they may not."""
        heard_all = self._beginning and self._mark is None and self._heard >= self._fences
        if heard_all and self._mono_s() - self._heard_s >= self._quiet_s:
            self._begun()
        return self.sure

    def _begun(self) -> None:
        """What was asked before is done too, unless the printer may have forgotten it."""
        self._beginning, self.sure, self._fences = False, True, FENCES
        while self._waiting:
            self._done(self._waiting.popleft())

    def _done(self, order: Order) -> None:
        if not order.doubted:
            self._prove(order, Proof.FENCE)

    def _prove(self, order: Order, proof: Proof) -> None:
        """Note the proof, unless there is one or it came faster than paper moves."""
        order.premature = order.premature or self._mono_s() < order.earliest_s
        if order.proof is None and not order.premature:
            order.proof = proof
            self._came.append(order)

    def disturb(self) -> None:
        """A question was not answered cleanly: what came just before may have been part of that."""
        taken_back = [order for order in self._came if order.proof is Proof.FENCE]
        for order in reversed(taken_back):
            order.proof = None
            self._came.remove(order)
            self._waiting.appendleft(order)
        if self._waiting:
            self.sure, self.disturbed = False, True

    def doubt(self) -> None:
        """The printer was silent: it may have lost its power, and with it what it was sent."""
        self.disturb()
        for order in self._waiting:
            order.doubted = True

    def came(self) -> tuple[Order, ...]:
        """Orders whose answer has come and of which nobody has been told since."""
        return tuple(self._came)

    def took(self, order: Order) -> None:
        """It was told."""
        if order in self._came:
            self._came.remove(order)
