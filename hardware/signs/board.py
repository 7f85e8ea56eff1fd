"""A sign on a line: what every make shares. A make only says how its frames look.

The last face wins, it is sent again every few seconds because signs lose power, and the sign is blank when it is
closed. Where the protocol answers, silence is never READY; where it does not, READY means that the line is open,
takes our bytes and is quiet, since a sign without power on a live line cannot be told from a healthy one.
"""

import logging
import threading
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from hardware.lines.line import Line
from hardware.lines.talking import Frame, Hurry, Verdict
from hardware.ports import Health, SignFace, State
from hardware.signs.fitting import Fit
from hardware.signs.showing import DARK, Shown, shown

log = logging.getLogger(__name__)

# So many frames without an answer, one after the other, and nobody is there.
MISSES = 3
# Who does not answer is asked again after this: it costs its neighbours little and heals within ten seconds.
MISSED_AGAIN_S = 4.0
NOT_YET = "the port is there, no answer yet"
GOLDEN = 0.618  # multiples of it, without their whole part, lie apart from each other whatever their number

TROUBLE: Mapping[Verdict, tuple[State, str]] = {
    Verdict.SILENT: (State.OFFLINE, "silent"),
    Verdict.GARBLED: (State.FAULT, "wrong"),
    Verdict.REFUSED: (State.FAULT, "fault"),
}


class Make(Protocol):
    """How one make of sign is told what to show; pure."""

    @property
    def fit(self) -> Fit:
        """What it has room for."""

    @property
    def blinks(self) -> bool:
        """It blinks by itself."""

    @property
    def refuses(self) -> bool:
        """It has its own way to say that a key was refused."""

    @property
    def answers(self) -> bool:
        """It answers every frame."""

    def begin(self) -> Iterable[Frame]:
        """What is sent first after the port was opened."""

    def frames(self, what: Shown, *, again: bool = False) -> Iterable[Frame]:
        """What makes it show that, at least one frame. A number comes as ``fit`` gives it. ``again``: it should show
        that already."""


class BoardSign:
    """A sign of some ``make`` on ``line``; dark until the first ``show``. ``name`` is for the log."""

    def __init__(self, line: Line, make: Make, *, resend_s: float, name: str) -> None:
        self._line, self._make, self._resend_s, self._name = line, make, resend_s, name
        self._clock = line.clock
        self._lock = threading.Lock()
        self._wanted = (SignFace(None), self._clock())
        self._closed = False
        self._limits = self._unshown = ""
        self._complained = self._was_off = False
        # What the line's thread knows: what the sign shows, what is being sent, and what is left of it.
        self._sent: Shown | None = None
        self._sending: Shown | None = None
        self._left: deque[Frame] = deque()
        self._again_at: float | None = None
        # Since when the face was wanted whose first look is being sent, and the last one that was sent.
        self._sending_since = self._sent_since = float("-inf")
        self._free_at = 0.0
        self._misses = 0
        self._turned_down: str | None = None
        self._verdict: tuple[Verdict, str] | None = None
        self._place = line.join(self, answered=make.answers)

    # --- for others

    def show(self, face: SignFace) -> None:
        """Replace the face; returns at once, the last value wins. A blinking face shown again blinks again.
        A number that the sign cannot show whole is not shown."""
        text = self._make.fit.text(face.number) if face.number is not None else None
        unshown = f"cannot show {face.number!a}" if face.number is not None and text is None else ""
        fitted = SignFace(text, blink=face.blink, paused=face.paused, word=face.word, below=face.below)
        with self._lock:
            if self._closed:
                return
            if unshown and not self._complained:
                log.warning("%s %s; it stays dark then", self._name, unshown)
            self._complained = self._complained or bool(unshown)
            self._unshown = unshown
            # The clerk's line under a number that blinks must not make it blink anew.
            before, since = self._wanted
            same = fitted.word is None and replace(fitted, below="") == replace(before, below="")
            self._wanted = (fitted, since if same and fitted != before else self._clock())
        self._line.wake()

    def expect(self, prefixes: Collection[str]) -> None:
        """Numbers will begin with these: what cannot be shown is said once in the log and stands in the health."""
        limits = self._make.fit.limits(prefixes)
        if limits and limits != self._limits:
            log.warning("%s %s", self._name, limits)
        self._limits = limits

    def health(self) -> Health:
        if self._closed:
            return Health(State.OFFLINE, detail="closed")
        line, verdict = self._line.health(), self._verdict
        if line.state is not State.READY:
            self._was_off = self._was_off or line.state is State.OFFLINE
            return line
        if self._make.answers and verdict is None:
            # Whoever was told that it is off hears nothing new before it answers.
            return Health(State.OFFLINE, code="off", detail=NOT_YET) if self._was_off else Health(State.UNKNOWN)
        self._was_off = False
        if verdict is not None and verdict[0] in TROUBLE:
            state, code = TROUBLE[verdict[0]]
            return Health(state, code=code, detail=verdict[1])
        if not self._make.answers and (stranger := self._line.stranger):
            return Health(State.FAULT, code="wrong", detail=f"a sign that never speaks says {stranger.hex(' ')}")
        return Health(State.READY, detail=self._unshown or self._limits)

    def close(self) -> None:
        """Blank the sign and leave the line."""
        with self._lock:
            self._closed = True
        self._line.leave(self)

    # --- for the line

    def opened(self, now: float) -> None:
        self._left = deque(self._make.begin())
        self._sent = self._sending = self._again_at = self._turned_down = self._verdict = None
        self._sending_since = self._sent_since = float("-inf")
        self._misses, self._free_at = 0, now

    def due(self, now: float) -> float | None:
        what, change_at = self._shown(now)
        if self._misses >= MISSES:
            return self._again_at  # nobody is there: not even news is worth the neighbours' time
        if self._left or what != self._sent:
            return self._free_at
        return min((at for at in (change_at, self._again_at) if at is not None), default=None)

    def hurry(self) -> Hurry:
        if self._misses >= MISSES:
            return Hurry.IN_VAIN
        return Hurry.NEWS if not self._misses and self._since() != self._sent_since else Hurry.UPKEEP

    def say(self, now: float) -> Frame:
        what, _ = self._shown(now)
        since = self._since()
        # Another face cuts short what is being sent; a face's own blinking does not, or on a slow line none of its
        # looks would ever be there whole.
        if not self._left or (self._sending is not None and what != self._sending and since != self._sending_since):
            self._left = deque(self._make.frames(what, again=what == self._sent))
            self._sending, self._sending_since, self._turned_down = what, since, None
        return self._left[0]

    def said(self, frame: Frame, verdict: Verdict, words: str, now: float) -> None:
        if verdict in (Verdict.SILENT, Verdict.GARBLED):
            self._missed(verdict, words, now)
            return
        self._misses, self._free_at = 0, now + frame.pause_s
        if verdict is Verdict.REFUSED:
            self._turned_down = words
        self._left.popleft()
        if not self._left and self._sending is not None:
            self._sent, self._sending, self._sent_since = self._sending, None, self._sending_since
            self._verdict = (Verdict.DONE, "") if self._turned_down is None else (Verdict.REFUSED, self._turned_down)
            self._again_at = self._slot_after(now)

    def farewell(self) -> Iterable[Frame]:
        return self._make.frames(DARK)

    def _missed(self, verdict: Verdict, words: str, now: float) -> None:
        self._misses += 1
        self._again_at = now + min(MISSED_AGAIN_S, self._resend_s)
        if self._misses >= MISSES:
            self._verdict = (verdict, words)

    def _since(self) -> float:
        with self._lock:
            return self._wanted[1]

    def _shown(self, now: float) -> tuple[Shown, float | None]:
        with self._lock:
            face, since = self._wanted
        return shown(face, since, now, blinks=self._make.blinks, refuses=self._make.refuses)

    def _slot_after(self, now: float) -> float:
        """The next of this sign's own moments: one every ``resend_s``, apart from those of its neighbours."""
        offset = (self._place * GOLDEN) % 1 * self._resend_s
        return now + self._resend_s - (now - offset) % self._resend_s
