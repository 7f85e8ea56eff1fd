"""The line between a simulated printer and its plug: bytes at the line's speed both ways, and what faults do to them.

One thread takes bytes in, one lets answers out, each byte in its time. A pseudo-terminal does neither by itself.
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
BITS_A_BYTE = 10
USB_BYTE_S = 1e-6
STEP_S = 0.005
"""The line is paced in pieces of this length, not byte by byte."""
LOOK_UP_S = 0.1
LARGEST_PIECE = 4096
SLOWER = 8
SLOW_NETWORK_BYTE_S = 1 / 4_000
LATE_S = 3.0
# Epson's serial printers say stop with 128 bytes left and go with 256.
STOP_ROOM, GO_ROOM = 128, 256


class Handshake(StrEnum):
    """What holds the sender back. ``HELD``: the link itself (a network's window, USB); ``RTSCTS``: wires, obeyed
    by a sender that set them; ``XONXOFF``: two characters, likewise; ``NONE``: nothing, what has no room is lost."""

    HELD = "held"
    NONE = "none"
    RTSCTS = "rtscts"
    XONXOFF = "xonxoff"


class Receiver(Protocol):
    """The printer's end."""

    def room(self) -> int:
        """How many bytes its receive buffer has room for."""

    def ready(self) -> bool:
        """What its handshake says beyond the room."""

    def received(self, data: bytes) -> None:
        """Bytes in the order they came; those without room are the printer's loss."""


@dataclass(frozen=True, slots=True)
class _Answer:
    data: bytes
    not_before_s: float


class Link:
    """Runs from construction to ``close``. ``byte_s``: seconds a byte takes, 0 for a network.

    ``changed`` is the printer's own condition: what waits for room waits on it. ``mono_s`` gives monotonic seconds.
    """

    def __init__(
        self,
        plug: Plug,
        receiver: Receiver,
        faults: Callable[[str], bool],
        changed: threading.Condition,
        mono_s: Callable[[], float],
        *,
        byte_s: float,
        handshake: Handshake,
        late_s: float = LATE_S,
    ) -> None:
        self.plug = plug
        self.handshake = handshake
        self._receiver, self._faults, self._changed, self._mono_s = receiver, faults, changed, mono_s
        self._byte_s, self._late_s = byte_s, late_s
        self._answers: deque[_Answer] = deque()
        self._stopped = False
        self._power = 0
        self._closing = threading.Event()
        self._noise = Noise()
        self._threads = [
            threading.Thread(target=self._take_in, name="printer-in", daemon=True),
            threading.Thread(target=self._let_out, name="printer-out", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def byte_s(self) -> float:
        """Seconds a byte takes now."""
        if not self._faults("slow_link"):
            return self._byte_s
        return self._byte_s * SLOWER or SLOW_NETWORK_BYTE_S

    def answer(self, data: bytes) -> None:
        """Let ``data`` out behind what waits; never blocks. Called with ``changed`` held."""
        late_s = self._late_s if self._faults("answers_late") else 0.0
        self._answers.append(_Answer(data, self._mono_s() + late_s))
        self._changed.notify_all()

    def forget(self) -> None:
        """What is on its way is gone: the printer lost its power. Called with ``changed`` held."""
        self._power += 1
        self._answers.clear()
        self._stopped = False

    def tell(self) -> None:
        """Say XOFF or XON when it is time to. Called with ``changed`` held, after each change of the room."""
        if self.handshake is not Handshake.XONXOFF:
            return
        room, ready = self._receiver.room(), self._receiver.ready()
        if not self._stopped and (room < STOP_ROOM or not ready):
            self._stopped = True
            self.plug.write(XOFF)
        elif self._stopped and room >= GO_ROOM and ready:
            self._stopped = False
            self.plug.write(XON)

    def close(self) -> None:
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
        self.plug.pull()
        for thread in self._threads:
            thread.join()
        self.plug.close()

    # --- in

    def _take_in(self) -> None:
        due_s = 0.0
        while not self._closing.is_set():
            wanted = self._wanted()
            if not wanted:
                with self._changed:
                    self._changed.wait_for(lambda: self._closing.is_set() or self._wanted() > 0, LOOK_UP_S)
                due_s = 0.0
                continue
            power = self._power
            if data := self.plug.read(wanted):
                due_s = self._pass(due_s or self._mono_s(), len(data))
                with self._changed:
                    if power == self._power:
                        self._deliver(data)
            else:
                self.plug.wait(LOOK_UP_S)
                due_s = 0.0

    def _wanted(self) -> int:
        """How many bytes may come in now."""
        if self._faults("not_reading"):
            return 0
        byte_s = self.byte_s
        piece = max(1, min(LARGEST_PIECE, int(STEP_S / byte_s))) if byte_s else LARGEST_PIECE
        if self.handshake is Handshake.HELD:
            return min(piece, self._receiver.room())
        return 0 if self._stops() else piece

    def _stops(self) -> bool:
        """Whether the sender stands still: told to, and set to obey. A handshake that only one side knows stops
        nothing, and what has no room is lost."""
        settings = self.plug.settings()
        if self.handshake is Handshake.RTSCTS and settings.obeys_wires:
            return self._receiver.room() < STOP_ROOM or not self._receiver.ready()
        return self.handshake is Handshake.XONXOFF and settings.obeys_xoff and self._stopped

    def _pass(self, start_s: float, count: int) -> float:
        """Wait while ``count`` bytes travel from ``start_s`` on; the moment the last one is there."""
        end_s = start_s + count * self.byte_s
        self._wait_until(end_s)
        return end_s

    def _wait_until(self, moment_s: float) -> None:
        while (rest_s := moment_s - self._mono_s()) > 0 and not self._closing.wait(rest_s):
            pass

    def _deliver(self, data: bytes) -> None:
        if self._faults("wrong_device"):
            self.answer(data)  # a modem echoes what it is told
            if b"\r" in data or b"\n" in data:
                self.answer(b"\r\nERROR\r\n")
            return
        if self._faults("garbled_input"):
            data = self._noise.flipped(data)
        if self._wrong_speed():
            data = self._noise.flipped(data, every=1)
        self._receiver.received(data)

    def _wrong_speed(self) -> bool:
        baud, (_, own) = self.plug.settings().baud, self.plug.address
        return baud is not None and baud != own

    # --- out

    def _let_out(self) -> None:
        due_s = 0.0
        while True:
            with self._changed:
                while not self._answers and not self._closing.is_set():
                    self._changed.wait()
                    due_s = 0.0
                if self._closing.is_set():
                    return
                answer = self._answers[0]
            self._wait_until(answer.not_before_s)
            with self._changed:
                if not self._answers or self._answers[0] is not answer:
                    continue
                self._answers.popleft()
            due_s = self._pass(max(due_s, self._mono_s()), len(answer.data))
            if data := self._distorted(answer.data):
                self.plug.write(data)

    def _distorted(self, data: bytes) -> bytes:
        if self._faults("silent"):
            return b""
        if self._faults("answers_lost"):
            data = self._noise.thinned(data)
        if self._faults("garbled") or self._wrong_speed():
            data = self._noise.flipped(data, every=2) + self._noise.stray()
        return data


class Noise:
    """A bad line, the same one each time: which byte is hit follows from how many came before it."""

    def __init__(self) -> None:
        self._count = 0

    def flipped(self, data: bytes, every: int = 61) -> bytes:
        """One bit wrong in one byte of ``every``."""
        out = bytearray(data)
        for at in range(len(out)):
            self._count += 1
            if self._count % every == 0:
                out[at] ^= 1 << (self._count * 5 % 8)
        return bytes(out)

    def thinned(self, data: bytes) -> bytes:
        """Every second answer does not arrive."""
        self._count += 1
        return data if self._count % 2 else b""

    def stray(self) -> bytes:
        """Bytes that nobody sent, after some answers."""
        self._count += 1
        return bytes((0xFF, 0x80)) if self._count % 3 == 0 else b""
