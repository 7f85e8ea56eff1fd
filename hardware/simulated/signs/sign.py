"""A simulated counter sign: its controller decodes bytes and displays the content."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from hardware.control_port import Route
from hardware.simulated.control import sign_routes
from hardware.simulated.signs.pole_display import PoleDisplay
from hardware.simulated.signs.segments import DrawFront, sixteen_segment_front
from hardware.simulated.terminal import Cables

MAX_BLANK_S = 0.8
"""A blank shorter than this, followed by the same text, is a blink."""
BITS_PER_CHARACTER = 10
"""Start bit, eight data bits, stop bit."""
SLOW_DELAY_S = 1.5
NOISE_EVERY_BYTES = 3  # on a garbled bus one byte in three is wrong
WRONG_DEVICE_REPLY = b"AT\r\r\nERROR\r\n"  # a modem in place of a sign


class SignController(Protocol):
    """The electronics of a kind of sign; new objects are in the state after power-on."""

    @property
    def has_replies(self) -> bool:
        """The protocol has replies."""

    @property
    def has_address(self) -> bool:
        """Frames carry the sign's address."""

    @property
    def is_blinking(self) -> bool:
        """The sign is blinking by itself."""

    def feed(self, data: bytes) -> bytes:
        """Process received bytes; return the reply."""

    def displayed_lines(self) -> tuple[str, str]:
        """Return the two displayed lines; the second is empty where there is one line."""

    def shift_address(self, by: int) -> None:
        """Change the address by ``by``, as a wrong switch on the sign does."""

    def extra_state(self) -> Mapping[str, object]:
        """Return further state, for tests."""


class SimulatedSign:
    """The sign of ``counter`` on a pseudo-terminal at ``path``, which signs may share.

    ``mono_s`` gives monotonic seconds. ``make_controller`` returns a controller in the state after power-on. ``baud``:
    the speed of the bus. ``protocol``: the ``kind`` of the sign's settings; the control port calls it ``model``.

    Faults: ``unplugged`` (the adapter is pulled, for all devices on it), ``unpowered`` (the bus works, the sign is off;
    with power back it stays dark until the next write), ``garbled`` (bytes are wrong in both directions),
    ``slow`` (it displays and replies late), ``wrong_device`` (a modem is connected instead); and, where they apply,
    ``silent`` (it displays and does not reply) and ``wrong_address``.
    """

    kind = "sign"

    def __init__(
        self,
        counter: str,
        path: Path,
        mono_s: Callable[[], float],
        *,
        make_controller: Callable[[], SignController] = PoleDisplay,
        draw_front: DrawFront = sixteen_segment_front,
        baud: int = 9600,
        cables: Cables | None = None,
        protocol: str = "cd5220",
    ) -> None:
        self.id = f"sign-{counter}"
        self._counter, self._mono_s, self._baud = counter, mono_s, baud
        self._make_controller, self._draw_front = make_controller, draw_front
        self._protocol = protocol
        self._lock = threading.Condition()
        self._controller = make_controller()
        names = ["unpowered", "garbled", "slow", "wrong_device"]
        names += ["silent"] * self._controller.has_replies + ["wrong_address"] * self._controller.has_address
        self._faults = dict.fromkeys(names, False)
        self._version = self._noise_bytes = 0
        self._last_visible = ("", 0.0)  # the last text that was not blank, and when it was blanked
        self._last_blink_s = float("-inf")
        self._in_transit: deque[tuple[float, bytes]] = deque()  # (when they arrive, bytes)
        self._bus_free_at_s = 0.0
        self._closing = False
        self._cable = (cables or Cables()).cable(path, self._received)
        self._thread = threading.Thread(target=self._run, name=self.id, daemon=True)
        self._thread.start()

    @property
    def faults(self) -> Mapping[str, bool]:
        return {"unplugged": not self._cable.plugged, **self._faults}

    def set_fault(self, fault: str, *, on: bool) -> None:
        if fault == "unplugged":
            (self._cable.unplug if on else self._cable.plug)()
            return
        with self._lock:
            if self._faults[fault] == on:
                return
            self._faults[fault] = on
            if fault in ("unpowered", "wrong_device"):  # both end with a power-on
                self._controller = self._make_controller()
                self._controller.shift_address(int(self._faults.get("wrong_address", False)))
            elif fault == "wrong_address":
                self._controller.shift_address(1 if on else -1)
            self._version += 1

    def shown(self) -> tuple[str, str]:
        """Return the two lines as displayed now."""
        with self._lock:
            return self._displayed_lines()

    def state(self) -> Mapping[str, Any]:
        """Return the state as JSON. ``text`` and ``below`` are both lines; each visible change raises ``version``."""
        upper, lower = self.shown()
        blinked = bool(self._last_visible[0]) and self._mono_s() - self._last_blink_s < MAX_BLANK_S
        return {
            "counter": self._counter,
            "model": self._protocol,
            "text": upper,
            "below": lower,
            "blinking": blinked or (bool(upper) and self._controller.is_blinking),
            "version": self._version,
            **self._controller.extra_state(),
        }

    def routes(self) -> Sequence[Route]:
        return sign_routes(self._counter, self.state, self._draw_front, self.shown)

    def close(self) -> None:
        self._cable.close()
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        self._thread.join()

    def _displayed_lines(self) -> tuple[str, str]:
        dead = self._faults["unpowered"] or self._faults["wrong_device"]
        return ("", "") if dead else self._controller.displayed_lines()

    # --- the bus

    def _received(self, data: bytes) -> None:
        """Queue bytes to arrive at the speed of the bus.

        They left the driver at once.
        """
        with self._lock:
            now_s = self._mono_s()
            self._bus_free_at_s = max(now_s, self._bus_free_at_s) + self._seconds(data)
            delay_s = SLOW_DELAY_S if self._faults["slow"] else 0.0
            self._in_transit.append((self._bus_free_at_s + delay_s, data))
            self._lock.notify_all()

    def _run(self) -> None:
        while True:
            with self._lock:
                while not self._closing and (not self._in_transit or self._mono_s() < self._in_transit[0][0]):
                    self._lock.wait(max(0.0, self._in_transit[0][0] - self._mono_s()) if self._in_transit else None)
                if self._closing:
                    return
                arrival_s, data = self._in_transit.popleft()
                reply = self._process(data, self._mono_s())
                end_s = arrival_s + self._seconds(reply)
                while reply and not self._closing and (remaining_s := end_s - self._mono_s()) > 0:
                    self._lock.wait(remaining_s)
            if reply:
                self._cable.send(reply)

    def _process(self, data: bytes, now_s: float) -> bytes:
        if self._faults["unpowered"]:
            return b""
        if self._faults["wrong_device"]:
            return WRONG_DEVICE_REPLY
        before = self._displayed_lines()
        reply = self._controller.feed(self._with_noise(data))
        after = self._displayed_lines()
        if after != before:
            self._version += 1
            self._detect_blink(before[0], after[0], now_s)
        return b"" if self._faults.get("silent") else self._with_noise(reply)

    def _with_noise(self, data: bytes) -> bytes:
        if not self._faults["garbled"]:
            return data
        distorted = bytearray(data)
        for index in range(len(distorted)):
            self._noise_bytes += 1
            if self._noise_bytes % NOISE_EVERY_BYTES == 0:
                distorted[index] ^= 1 << (self._noise_bytes % 7)
        return bytes(distorted)

    def _seconds(self, data: bytes) -> float:
        return len(data) * BITS_PER_CHARACTER / self._baud

    def _detect_blink(self, before: str, after: str, now_s: float) -> None:
        text, dark_since_s = self._last_visible
        if before and not after:
            self._last_visible = (before, now_s)
            if text == before and now_s - self._last_blink_s < MAX_BLANK_S:
                self._last_blink_s = now_s
        elif after == text and not before and now_s - dark_since_s < MAX_BLANK_S:
            self._last_blink_s = now_s
