"""The link of a simulated printer: transmission times in both directions, and faults.

One thread receives, one sends replies, each byte with its transmission time, which a pseudo-terminal does not simulate.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hardware.simulated.printers.plugs import Plug

log = logging.getLogger(__name__)

XON, XOFF = b"\x11", b"\x13"
BITS_PER_BYTE = 10
"""Start bit, eight data bits, stop bit."""
USB_BYTE_S = 1e-6
"""Transmission time of a byte."""
STEP_S = 0.005
"""Transmission is paced in pieces of this duration, not byte by byte."""
POLL_INTERVAL_S = 0.1
MAX_PIECE_BYTES = 4096
SLOWDOWN_FACTOR = 8
"""A slow link or mechanism takes this many times as long."""
SLOW_NETWORK_BYTE_S = 1 / 4_000
"""Transmission time of a byte on a slow network."""
LATE_REPLY_DELAY_S = 3.0
# Epson's serial printers stop the sender at 128 free bytes of the receive buffer and let it resume at 256.
STOP_ROOM_BYTES, RESUME_ROOM_BYTES = 128, 256


class Handshake(StrEnum):
    """Flow control of the driver's bytes. ``HELD``: by the connection itself (a network's window, USB).

    ``RTSCTS`` and ``XONXOFF``: for a sender that has enabled them. ``NONE``: bytes without room are lost.
    """

    HELD = "held"
    NONE = "none"
    RTSCTS = "rtscts"
    XONXOFF = "xonxoff"


class LinkReceiver(Protocol):
    """The printer as the receiver of bytes."""

    def room(self) -> int:
        """Return the free bytes in the receive buffer."""

    def ready(self) -> bool:
        """Return False when the printer stops the sender though there is room."""

    def received(self, data: bytes) -> None:
        """Process received bytes; those without room are lost."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """A reply to be sent. Its transmission may begin at ``not_before_s`` (monotonic seconds)."""

    data: bytes
    not_before_s: float


class SimulatedLink:
    """The cable. Runs from ``start`` to ``close``. ``byte_s``: transmission time of a byte, 0 for a network.

    ``plug``: its end at the driver. ``has_fault`` returns whether the fault of a name is on. ``changed`` is the
    printer's own condition, notified when there is room. ``mono_s`` gives monotonic seconds. ``late_s``: delay of a
    reply with the fault ``answers_late``.
    """

    def __init__(
        self,
        plug: Plug,
        receiver: LinkReceiver,
        has_fault: Callable[[str], bool],
        changed: threading.Condition,
        mono_s: Callable[[], float],
        *,
        byte_s: float,
        handshake: Handshake,
        late_s: float = LATE_REPLY_DELAY_S,
    ) -> None:
        self.plug = plug
        self.handshake = handshake
        self._receiver, self._has_fault, self._changed, self._mono_s = receiver, has_fault, changed, mono_s
        self._byte_s, self._late_s = byte_s, late_s
        self._replies: deque[_Reply] = deque()
        self._xoff_sent = False
        self._power_cycles = 0
        self._closing = threading.Event()
        self._noise = Noise()
        self._threads = [
            threading.Thread(target=self._receive_loop, name="printer-in", daemon=True),
            threading.Thread(target=self._send_loop, name="printer-out", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def byte_s(self) -> float:
        """Return the current transmission time of a byte."""
        if not self._has_fault("slow_link"):
            return self._byte_s
        return self._byte_s * SLOWDOWN_FACTOR or SLOW_NETWORK_BYTE_S

    def send_reply(self, data: bytes) -> None:
        """Queue a reply; never blocks. Called with ``changed`` held."""
        late_s = self._late_s if self._has_fault("answers_late") else 0.0
        self._replies.append(_Reply(data, self._mono_s() + late_s))
        self._changed.notify_all()

    def power_lost(self) -> None:
        """Drop everything in transit. Called with ``changed`` held."""
        self._power_cycles += 1
        self._replies.clear()
        self._xoff_sent = False

    def update_flow_control(self) -> None:
        """Send XOFF or XON when due. Called with ``changed`` held, after each change of the room."""
        if self.handshake is not Handshake.XONXOFF:
            return
        room, ready = self._receiver.room(), self._receiver.ready()
        if not self._xoff_sent and (room < STOP_ROOM_BYTES or not ready):
            self._xoff_sent = True
            self.plug.write(XOFF)
        elif self._xoff_sent and room >= RESUME_ROOM_BYTES and ready:
            self._xoff_sent = False
            self.plug.write(XON)

    def close(self) -> None:
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
        self.plug.pull()
        for thread in self._threads:
            thread.join()
        self.plug.close()

    # --- receive

    def _receive_loop(self) -> None:
        transmission_end_s = 0.0
        while not self._closing.is_set():
            max_bytes = self._readable()
            if not max_bytes:
                with self._changed:
                    self._changed.wait_for(lambda: self._closing.is_set() or self._readable() > 0, POLL_INTERVAL_S)
                transmission_end_s = 0.0
                continue
            power_cycles = self._power_cycles
            if data := self.plug.read(max_bytes):
                transmission_end_s = self._transmit(transmission_end_s or self._mono_s(), len(data))
                with self._changed:
                    if power_cycles == self._power_cycles:
                        self._deliver(data)
            else:
                self.plug.wait(POLL_INTERVAL_S)
                transmission_end_s = 0.0

    def _readable(self) -> int:
        """Return how many bytes may be received now."""
        if self._has_fault("not_reading"):
            return 0
        byte_s = self.byte_s
        piece_bytes = max(1, min(MAX_PIECE_BYTES, int(STEP_S / byte_s))) if byte_s else MAX_PIECE_BYTES
        if self.handshake is Handshake.HELD:
            return min(piece_bytes, self._receiver.room())
        return 0 if self._sender_stopped() else piece_bytes

    def _sender_stopped(self) -> bool:
        """Return whether flow control stops the sender.

        Flow control that only one side uses stops nothing, and bytes without room are lost.
        """
        settings = self.plug.settings()
        if self.handshake is Handshake.RTSCTS and settings.uses_rtscts:
            return self._receiver.room() < STOP_ROOM_BYTES or not self._receiver.ready()
        return self.handshake is Handshake.XONXOFF and settings.uses_xonxoff and self._xoff_sent

    def _transmit(self, start_s: float, count: int) -> float:
        """Wait for the transmission of ``count`` bytes from ``start_s`` on; return its end."""
        end_s = start_s + count * self.byte_s
        self._wait_until(end_s)
        return end_s

    def _wait_until(self, until_s: float) -> None:
        while (remaining_s := until_s - self._mono_s()) > 0 and not self._closing.wait(remaining_s):
            pass

    def _deliver(self, data: bytes) -> None:
        if self._has_fault("wrong_device"):
            self.send_reply(data)  # a modem echoes
            if b"\r" in data or b"\n" in data:
                self.send_reply(b"\r\nERROR\r\n")
            return
        if self._has_fault("garbled_input"):
            data = self._noise.flip_bits(data)
        if self._has_wrong_speed():
            data = self._noise.flip_bits(data, every=1)
        self._receiver.received(data)

    def _has_wrong_speed(self) -> bool:
        baud, (_, own_baud) = self.plug.settings().baud, self.plug.address
        return baud is not None and baud != own_baud

    # --- send

    def _send_loop(self) -> None:
        transmission_end_s = 0.0
        while True:
            with self._changed:
                while not self._replies and not self._closing.is_set():
                    self._changed.wait()
                    transmission_end_s = 0.0
                if self._closing.is_set():
                    return
                reply = self._replies[0]
            self._wait_until(reply.not_before_s)
            with self._changed:
                if not self._replies or self._replies[0] is not reply:
                    continue
                self._replies.popleft()
            transmission_end_s = self._transmit(max(transmission_end_s, self._mono_s()), len(reply.data))
            if data := self._with_faults(reply.data):
                self.plug.write(data)

    def _with_faults(self, data: bytes) -> bytes:
        if self._has_fault("silent"):
            return b""
        if self._has_fault("answers_lost"):
            data = self._noise.drop_every_second(data)
        if self._has_fault("garbled") or self._has_wrong_speed():
            data = self._noise.flip_bits(data, every=2) + self._noise.extra_bytes()
        return data


class Noise:
    """Reproducible transmission errors: the damaged bytes depend only on how many came before."""

    def __init__(self) -> None:
        self._count = 0

    def flip_bits(self, data: bytes, every: int = 61) -> bytes:
        """Return ``data`` with one wrong bit in every ``every``-th byte."""
        out = bytearray(data)
        for index in range(len(out)):
            self._count += 1
            if self._count % every == 0:
                out[index] ^= 1 << (self._count * 5 % 8)
        return bytes(out)

    def drop_every_second(self, data: bytes) -> bytes:
        """Return ``data``; for every second reply return nothing."""
        self._count += 1
        return data if self._count % 2 else b""

    def extra_bytes(self) -> bytes:
        """Return extra bytes after some replies."""
        self._count += 1
        return bytes((0xFF, 0x80)) if self._count % 3 == 0 else b""
