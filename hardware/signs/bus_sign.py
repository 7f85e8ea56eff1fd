"""A sign on a serial bus: the behaviour that all models share. A model only builds frames.

The last face wins. It is sent again every few seconds because signs lose power, and the sign is blanked on closing.
Where the protocol has replies, silence is never READY. Where it has none, READY means that the port is open, accepts
our bytes and is quiet: a sign without power looks like a working one.
"""

import logging
import threading
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from hardware.ports import DeviceHealth, HealthState, SignFace
from hardware.serial_bus.bus import SerialBus
from hardware.serial_bus.device import Frame, FrameOutcome, Priority
from hardware.signs.fitting import SignCapacity
from hardware.signs.rendering import DARK, SignContent, render

log = logging.getLogger(__name__)

MAX_MISSES = 3
"""After this many frames in a row without a reply the sign counts as unreachable."""
RETRY_INTERVAL_S = 4.0
"""An unreachable sign is tried again after this: cheap for its neighbours, and recovered within ten seconds."""
NO_REPLY_YET = "the port is open, no reply yet"
GOLDEN_RATIO = 0.618
"""Spreads the refreshes of the signs on a bus: the fractional parts of its multiples are well apart from each other."""

HEALTH_BY_OUTCOME: Mapping[FrameOutcome, tuple[HealthState, str]] = {
    FrameOutcome.SILENT: (HealthState.OFFLINE, "silent"),
    FrameOutcome.GARBLED: (HealthState.FAULT, "wrong"),
    FrameOutcome.REFUSED: (HealthState.FAULT, "fault"),
}


class SignModel(Protocol):
    """Builds the frames of one model of sign; pure."""

    @property
    def capacity(self) -> SignCapacity:
        """The capacity of the sign."""

    @property
    def blinks(self) -> bool:
        """True if the sign blinks by itself. For others, ``render`` switches the number on and off."""

    @property
    def shows_refusals(self) -> bool:
        """True if the sign itself can show that a key was refused. On others, dashes flash."""

    @property
    def replies(self) -> bool:
        """True if the sign replies to every frame. Without power, any other sign looks like a working one."""

    def opening_frames(self) -> Iterable[Frame]:
        """Return the frames to send first after the port was opened."""

    def frames(self, content: SignContent, *, is_repeat: bool = False) -> Iterable[Frame]:
        """Return the frames that display ``content``, at least one.

        A number in ``content`` has passed through ``capacity``. ``is_repeat``: the sign should display the content
        already, so frames that only keep parts of two numbers from the display are left out.
        """


class BusSign:
    """A sign of some ``model`` on ``bus``; dark until the first ``show``.

    ``resend_s``: the interval in s at which its content is sent again. ``name`` is for the log.
    """

    def __init__(self, bus: SerialBus, model: SignModel, *, resend_s: float, name: str) -> None:
        self._bus, self._model, self._resend_s, self._name = bus, model, resend_s, name
        self._mono_s = bus.mono_s
        self._lock = threading.Lock()
        # The face last requested, and when. A new second line alone does not change the time.
        self._requested = (SignFace(None), self._mono_s())
        self._closed = False
        # For the health: prefixes that the sign cannot show, and the current number if it cannot show that.
        self._limitations = self._not_showable = ""
        self._logged = self._was_off = False  # whether such a number was logged; whether the port was reported off
        # State of the bus thread: the content displayed, the content being sent, and its frames still unsent.
        self._displayed: SignContent | None = None
        self._sending: SignContent | None = None
        self._unsent: deque[Frame] = deque()
        self._refresh_at_s: float | None = None  # when its content is sent again; None: not sent yet
        # When the face that is being sent was requested, and when the face last sent completely was.
        self._sending_requested_at_s = self._displayed_requested_at_s = float("-inf")
        self._next_frame_at_s = 0.0
        self._misses = 0  # frames without a reply in a row
        self._refusal: str | None = None  # why the sign refused a frame of the content that is being sent
        # Outcome and detail of the last content sent, or of ``MAX_MISSES`` misses; None: neither since the opening.
        self._last_result: tuple[FrameOutcome, str] | None = None
        self._order_on_bus = bus.attach(self, replies=model.replies)

    # --- called by other threads

    def show(self, face: SignFace) -> None:
        """Replace the face; returns at once, the last value wins.

        A blinking face shown again blinks again. A number that does not fit completely is not shown.
        """
        text = self._model.capacity.text(face.number) if face.number is not None else None
        not_showable = f"cannot show {face.number!a}" if face.number is not None and text is None else ""
        fitted = SignFace(text, blink=face.blink, paused=face.paused, word=face.word, below=face.below)
        with self._lock:
            if self._closed:
                return
            if not_showable and not self._logged:
                log.warning("%s %s; it stays dark then", self._name, not_showable)
            self._logged = self._logged or bool(not_showable)
            self._not_showable = not_showable
            # A new clerk's text under a blinking number must not restart the blinking.
            before, requested_at_s = self._requested
            same = fitted.word is None and replace(fitted, below="") == replace(before, below="")
            self._requested = (fitted, requested_at_s if same and fitted != before else self._mono_s())
        self._bus.wake()

    def expect_prefixes(self, prefixes: Collection[str]) -> None:
        """Log once, and report in the health, prefixes that the sign cannot show."""
        limitations = self._model.capacity.limitations(prefixes)
        if limitations and limitations != self._limitations:
            log.warning("%s %s", self._name, limitations)
        self._limitations = limitations

    def health(self) -> DeviceHealth:
        if self._closed:
            return DeviceHealth(HealthState.OFFLINE, detail="closed")
        bus_health, result = self._bus.health(), self._last_result
        if bus_health.state is not HealthState.READY:
            self._was_off = self._was_off or bus_health.state is HealthState.OFFLINE
            return bus_health
        if self._model.replies and result is None:
            # A sign that was reported off stays off until it replies.
            return (
                DeviceHealth(HealthState.OFFLINE, code="off", detail=NO_REPLY_YET)
                if self._was_off
                else DeviceHealth(HealthState.UNKNOWN)
            )
        self._was_off = False
        if result is not None and result[0] in HEALTH_BY_OUTCOME:
            state, code = HEALTH_BY_OUTCOME[result[0]]
            return DeviceHealth(state, code=code, detail=result[1])
        if not self._model.replies and (received := self._bus.unknown_device_bytes):
            return DeviceHealth(
                HealthState.FAULT, code="wrong", detail=f"a sign that never replies sent {received.hex(' ')}"
            )
        return DeviceHealth(HealthState.READY, detail=self._not_showable or self._limitations)

    def close(self) -> None:
        """Blank the sign and detach it from the bus."""
        with self._lock:
            self._closed = True
        self._bus.detach(self)

    # --- called by the bus thread

    def opened(self, now_s: float) -> None:
        self._unsent = deque(self._model.opening_frames())
        self._displayed = self._sending = self._refresh_at_s = self._refusal = self._last_result = None
        self._sending_requested_at_s = self._displayed_requested_at_s = float("-inf")
        self._misses, self._next_frame_at_s = 0, now_s

    def due(self, now_s: float) -> float | None:
        content, change_at_s = self._content(now_s)
        if self._misses >= MAX_MISSES:
            return self._refresh_at_s  # no earlier retry, which would delay the other signs on the bus
        if self._unsent or content != self._displayed:
            return self._next_frame_at_s
        return min((due_s for due_s in (change_at_s, self._refresh_at_s) if due_s is not None), default=None)

    def priority(self) -> Priority:
        if self._misses >= MAX_MISSES:
            return Priority.LOWEST
        new = not self._misses and self._requested_at_s() != self._displayed_requested_at_s
        return Priority.HIGH if new else Priority.LOW

    def next_frame(self, now_s: float) -> Frame:
        content, _ = self._content(now_s)
        requested_at_s = self._requested_at_s()
        # A new face interrupts the sending of the old one. A face's own blinking does not: on a slow bus none of its
        # contents would ever be sent completely.
        interrupted = (
            self._sending is not None and content != self._sending and requested_at_s != self._sending_requested_at_s
        )
        if not self._unsent or interrupted:
            self._unsent = deque(self._model.frames(content, is_repeat=content == self._displayed))
            self._sending, self._sending_requested_at_s, self._refusal = content, requested_at_s, None
        return self._unsent[0]

    def frame_done(self, frame: Frame, outcome: FrameOutcome, detail: str, now_s: float) -> None:
        if outcome in (FrameOutcome.SILENT, FrameOutcome.GARBLED):
            self._note_miss(outcome, detail, now_s)
            return
        self._misses, self._next_frame_at_s = 0, now_s + frame.pause_s
        if outcome is FrameOutcome.REFUSED:
            self._refusal = detail
        self._unsent.popleft()
        if not self._unsent and self._sending is not None:
            self._displayed, self._sending = self._sending, None
            self._displayed_requested_at_s = self._sending_requested_at_s
            refused = self._refusal is not None
            self._last_result = (FrameOutcome.REFUSED if refused else FrameOutcome.DONE, self._refusal or "")
            self._refresh_at_s = self._next_refresh_s(now_s)

    def closing_frames(self) -> Iterable[Frame]:
        return self._model.frames(DARK)

    def _note_miss(self, outcome: FrameOutcome, detail: str, now_s: float) -> None:
        self._misses += 1
        self._refresh_at_s = now_s + min(RETRY_INTERVAL_S, self._resend_s)
        if self._misses >= MAX_MISSES:
            self._last_result = (outcome, detail)

    def _requested_at_s(self) -> float:
        with self._lock:
            return self._requested[1]

    def _content(self, now_s: float) -> tuple[SignContent, float | None]:
        with self._lock:
            face, requested_at_s = self._requested
        return render(face, requested_at_s, now_s, blinks=self._model.blinks, shows_refusals=self._model.shows_refusals)

    def _next_refresh_s(self, now_s: float) -> float:
        """Return the moment of this sign's next refresh, apart from those of its neighbours.

        There is one refresh every ``resend_s``.
        """
        offset_s = (self._order_on_bus * GOLDEN_RATIO) % 1 * self._resend_s
        return now_s + self._resend_s - (now_s - offset_s) % self._resend_s
