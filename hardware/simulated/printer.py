"""A network slip printer that exists only as a process: bytes in on TCP, drawn paper out, faults on request.

It behaves below the driver as Epson describes a printer: commands wait in a receive buffer, real-time
commands are obeyed the moment they arrive, even inside data; without paper it stands still, keeps what it
has, and goes on by itself after the new roll.
"""

import logging
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from hardware.simulated.bits import Condition
from hardware.simulated.control import DONE, Answer, Body, Refused, Route, as_json, as_png, wanted
from hardware.simulated.interpreter import Interpreter
from hardware.simulated.paper import DOTS_PER_MM, HEAD_TO_CUTTER, Paper

log = logging.getLogger(__name__)

FAULTS = ("unplugged", "silent", "paper_out", "paper_out_mid", "cover_open")
BUFFER_BYTES = 65_536
CUT_S = 0.3
MID_SLIP_MM = 40.0
NEAR_END_MM = 5_000.0
LOOK_UP_S = 0.1
AHEAD_S = 0.01
"""The mechanism is paced in steps of this length, not row by row."""


class _PowerOff(Exception):
    """The printer lost its power; what it was doing is forgotten."""


class SimulatedPrinter:
    """Listens from construction to ``close``. ``address`` is where; ``speed_mm_s`` is how fast paper moves."""

    id = "printer"
    kind = "printer"

    def __init__(
        self,
        host: str,
        port: int,
        *,
        paper_mm: int,
        speed_mm_s: float,
        roll_mm: float,
        mono_s: Callable[[], float],
        buffer_bytes: int = BUFFER_BYTES,
    ) -> None:
        """Raises ``OSError`` when the port is taken."""
        self._buffer_bytes = buffer_bytes
        self._speed_mm_s, self._roll_mm, self._mono_s = speed_mm_s, roll_mm, mono_s
        self._changed = threading.Condition(threading.RLock())
        self._paper = Paper(paper_mm)
        self._faults = dict.fromkeys(FAULTS, False)
        self._present, self._left_mm, self._mid_mm = True, roll_mm, 0.0
        self._buffer = bytearray()
        self._busy = False
        self._power = self._working = 0
        self._version = 1
        self._pushing, self._pushed = 0, b""
        self._due_s = 0.0
        self._closing = False
        self._connection: socket.socket | None = None
        self._listener: socket.socket | None = _listen(host, port, buffer_bytes)
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._interpreter = Interpreter(self._take_bytes, self)
        self._threads = [
            threading.Thread(target=self._serve, name="printer-port", daemon=True),
            threading.Thread(target=self._work, name="printer-mechanism", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    # --- what the control port sees

    @property
    def faults(self) -> Mapping[str, bool]:
        return self._faults

    def set_fault(self, fault: str, *, on: bool) -> None:
        with self._changed:
            if self._faults[fault] == on:
                return
            self._faults[fault] = on
            if fault == "paper_out_mid":
                self._mid_mm = MID_SLIP_MM
            if fault == "unplugged":
                self._lose_power() if on else self._plug_in()
            self._note()

    def state(self) -> dict[str, Any]:
        with self._changed:
            return {
                "left_mm": round(self._left_mm),
                "paper": self._has_paper(),
                "printing": self._busy,
                "slips": [
                    {"n": piece.n, "rows": len(piece.rows), "cut": piece.cut, "taken": piece.taken}
                    for piece in self._paper.pieces()
                ],
                "unknown_commands": dict(self._interpreter.unknown),
                "version": self._version,
            }

    def routes(self) -> Sequence[Route]:
        return (
            Route("GET", "/printer", lambda _groups, _body: as_json(self.state())),
            Route("GET", r"/printer/slips/(\d{1,9})\.png", self._picture),
            Route("POST", "/printer/take", self._take_slip),
            Route("POST", "/printer/paper", self._set_paper),
            Route("POST", "/printer/roll", self._change_roll),
        )

    def png(self, n: int) -> bytes | None:
        """Slip ``n`` as drawn paper, or None."""
        with self._changed:
            return self._paper.png(n)

    def new_roll(self) -> None:
        """A fresh roll; ends every fault of the paper."""
        with self._changed:
            self._paper.new_roll()
            self._present, self._left_mm = True, self._roll_mm
            self._faults["paper_out"] = self._faults["paper_out_mid"] = False
            self._note()

    def power_cycle(self) -> None:
        """Off and on again: buffer and connection are gone, the half-printed slip stays in the slot."""
        self.set_fault("unplugged", on=True)
        self.set_fault("unplugged", on=False)

    def wait_for(self, true: Callable[["SimulatedPrinter"], bool], timeout_s: float) -> bool:
        """Whether ``true(self)`` came to hold in time; looked at after each change."""
        with self._changed:
            return self._changed.wait_for(lambda: true(self), timeout_s)

    def close(self) -> None:
        with self._changed:
            if not self._closing:
                self._closing = True
                self._lose_power()
                self._note()
        for thread in self._threads:
            thread.join()

    def _picture(self, groups: Sequence[str], _body: Body) -> Answer:
        picture = self.png(int(groups[0]))
        if picture is None:
            raise Refused(HTTPStatus.NOT_FOUND, f"slip {groups[0]} is not kept")
        return as_png(picture)

    def _take_slip(self, _groups: Sequence[str], _body: Body) -> Answer:
        with self._changed:
            taken = self._paper.take()
            self._note()
        if taken is None:
            raise Refused(HTTPStatus.CONFLICT, "no finished slip lies there")
        return as_json({"n": taken})

    def _set_paper(self, _groups: Sequence[str], body: Body) -> Answer:
        present: bool = wanted(body, "present", bool)
        with self._changed:
            self._present = present
            self._note()
        return DONE

    def _change_roll(self, _groups: Sequence[str], _body: Body) -> Answer:
        self.new_roll()
        return DONE

    # --- the sensors; the lock is held

    def _has_paper(self) -> bool:
        torn = self._faults["paper_out_mid"] and self._mid_mm <= 0
        return self._present and self._left_mm > 0 and not self._faults["paper_out"] and not torn

    def _condition(self) -> Condition:
        return Condition(self._faults["cover_open"], not self._has_paper(), self._left_mm < NEAR_END_MM)

    def _stands(self) -> bool:
        return self._condition().stands

    # --- the mechanism: called by the interpreter, in the mechanism's thread

    def print_row(self, dots: bytes) -> None:
        self._move(1, lambda: self._paper.row(dots))

    def feed(self, rows: int) -> None:
        for _ in range(rows):
            self._move(1, lambda: self._paper.feed(1))

    def cut(self, *, after_feed: int | None) -> None:
        if after_feed is not None:
            self.feed(HEAD_TO_CUTTER + after_feed)
        self._move(0, self._paper.cut, CUT_S if self._speed_mm_s <= 1000 else 0.0)

    def paper_byte(self) -> int:
        with self._changed:
            return self._condition().sensor()

    def reply(self, data: bytes) -> None:
        """An answer in its turn: not while the printer is offline."""
        with self._changed:
            self._until(lambda: not self._stands())
            self._send(data)

    def push_changes(self, mask: int) -> None:
        with self._changed:
            self._pushing, self._pushed = mask, b""
            self._push()

    def _move(self, rows: int, act: Callable[[], None], more_s: float = 0.0) -> None:
        with self._changed:
            self._until(lambda: not self._stands())
            self._busy = True
            moved_mm = rows / DOTS_PER_MM
            self._due_s = max(self._due_s, self._mono_s()) + moved_mm / self._speed_mm_s + more_s
            self._left_mm -= moved_mm
            if self._faults["paper_out_mid"]:
                self._mid_mm -= moved_mm
            act()
            if self._stands() or not rows:
                self._note()
            if self._due_s - self._mono_s() > AHEAD_S:
                self._note()
                due_s, power = self._due_s, self._power
                while (rest_s := due_s - self._mono_s()) > 0 and power == self._power:
                    self._changed.wait(rest_s)

    def _until(self, true: Callable[[], bool]) -> None:
        """Wait for ``true``; the lock is held. Raises ``_PowerOff``."""
        power = self._working
        self._changed.wait_for(lambda: true() or power != self._power)
        if power != self._power:
            raise _PowerOff

    def _take_bytes(self, count: int) -> bytes:
        with self._changed:
            if self._busy and not self._buffer:
                self._busy = False
                self._note()
            self._until(lambda: len(self._buffer) >= count)
            taken = bytes(self._buffer[:count])
            del self._buffer[:count]
            self._changed.notify_all()
            return taken

    def _work(self) -> None:
        while not self._closing:
            try:
                self._interpreter.step()
            except _PowerOff:
                with self._changed:
                    self._interpreter.reset()
                    self._working = self._power
                    self._busy = False
                    self._note()

    # --- the port

    def _serve(self) -> None:
        while not self._closing:
            with self._changed:
                listener = self._listener
                if listener is None:
                    self._changed.wait(LOOK_UP_S)
                    continue
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:  # unplugged while it waited
                continue
            self._receive(connection)

    def _receive(self, connection: socket.socket) -> None:
        """Serve one connection to its end; like many real printers, one at a time."""
        connection.settimeout(LOOK_UP_S)
        with self._changed:
            if self._listener is None:
                _reset(connection)
                return
            self._connection = connection
        pending = b""
        while True:
            try:
                data = connection.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                break
            if not data:
                break
            pending = self._obey_real_time(pending + data)
            if not self._store(connection, data):
                break
        with self._changed:
            if self._connection is connection:
                self._connection, self._pushing = None, 0
        connection.close()

    def _obey_real_time(self, data: bytes) -> bytes:
        """Answer every DLE EOT in ``data``; what may be the start of one is returned."""
        at = 0
        while (at := data.find(b"\x10\x04", at)) >= 0 and at + 2 < len(data):
            with self._changed:
                self._send(self._condition().real_time(data[at + 2]))
            at += 3
        if at >= 0:
            return data[at:]
        return b"\x10" if data.endswith(b"\x10") else b""

    def _store(self, connection: socket.socket, data: bytes) -> bool:
        """Into the receive buffer when there is room; False when the power went meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self._connection is not connection or len(self._buffer) < self._buffer_bytes)
            if self._connection is not connection:
                return False
            self._buffer += data
            self._changed.notify_all()
            return True

    def _send(self, data: bytes) -> None:
        """Never blocks: a peer that does not read loses the answer, as on a real printer."""
        if data and self._connection is not None and not self._faults["silent"]:
            try:
                self._connection.send(data, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            except OSError as error:
                log.debug("answer lost: %s", error)

    def _push(self) -> None:
        status = self._condition().automatic()
        if self._pushing and status != self._pushed:
            self._pushed = status
            self._send(status)

    def _note(self) -> None:
        self._version += 1
        self._push()
        self._changed.notify_all()

    def _lose_power(self) -> None:
        self._power += 1
        self._buffer.clear()
        self._pushing = 0
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._connection is not None:
            _reset(self._connection)
            self._connection = None

    def _plug_in(self) -> None:
        try:
            self._listener = _listen(*self.address, self._buffer_bytes)
        except OSError as error:
            self._faults["unplugged"] = True
            raise Refused(HTTPStatus.CONFLICT, f"the printer's port cannot be opened again: {error}") from error


def _listen(host: str, port: int, window_bytes: int) -> socket.socket:
    """A printer's network card takes little more than its buffer holds, so the sender feels when it stops."""
    listener = socket.create_server((host, port))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window_bytes // 2)
    listener.settimeout(LOOK_UP_S)
    return listener


def _reset(connection: socket.socket) -> None:
    """Close with a reset, as a printer without power looks from outside."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    try:
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        log.debug("the peer was gone already")
    connection.close()
