"""Receiving on a serial bus, with timeouts: shared by keypads and scanners.

Time matters even when no byte arrives: half a code expires, collected digits are dropped, a lamp is switched off.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from hardware.ports import DeviceHealth
from hardware.serial_bus.bus import SerialBus
from hardware.serial_bus.device import Frame, FrameOutcome, Priority

MAX_UNSENT = 16
"""So many messages wait for their turn; further ones drop the oldest."""


class Receiver(Protocol):
    """The owner of a subscription. Every method runs in the bus thread; times are monotonic seconds."""

    def receive(self, data: bytes, now_s: float) -> None:
        """Process received bytes. No bytes (``b""``) mean that the moment of ``due`` has come."""

    def due(self) -> float | None:
        """Return when ``receive`` must be called even if no byte arrives; None: never."""

    def reset(self) -> None:
        """Discard partial input: the port was opened again."""


class Subscription:
    """Passes bytes received on ``bus`` to ``receiver`` until closed. ``mono_s`` gives monotonic seconds."""

    def __init__(self, bus: SerialBus, receiver: Receiver, mono_s: Callable[[], float]) -> None:
        self._bus, self._receiver, self._mono_s = bus, receiver, mono_s
        self._unsent: deque[bytes] = deque(maxlen=MAX_UNSENT)
        self._stop = bus.listen(self._on_bytes)
        bus.attach(self)

    def health(self) -> DeviceHealth:
        """Return the health of the port."""
        return self._bus.health()

    def write(self, data: bytes) -> None:
        """Send ``data`` in one of the next turns; from any thread. Dropped while the port is gone."""
        self._unsent.append(data)
        self._bus.wake()

    def close(self) -> None:
        self._stop()
        self._bus.detach(self)

    def _on_bytes(self, data: bytes) -> None:
        if data:
            self._receiver.receive(data, self._mono_s())
        else:
            self._receiver.reset()

    # --- as a device of the bus, in its thread

    def opened(self, now_s: float) -> None:
        self._unsent.clear()

    def due(self, now_s: float) -> float | None:
        """Return the moment at which a message or the receiver is due.

        If the receiver is due now, it is called first: the bus asks before every wait, and so it gives a receiver its
        time-outs too.
        """
        due_s = self._receiver.due()
        if due_s is not None and due_s <= now_s:
            self._receiver.receive(b"", now_s)
            due_s = self._receiver.due()
        return now_s if self._unsent else due_s

    def priority(self) -> Priority:
        return Priority.HIGH

    def next_frame(self, now_s: float) -> Frame:
        return Frame(self._unsent.popleft())

    def frame_done(self, frame: Frame, outcome: FrameOutcome, detail: str, now_s: float) -> None:
        """Ignore the outcome: keypads and scanners do not reply."""

    def closing_frames(self) -> Iterable[Frame]:
        return ()
