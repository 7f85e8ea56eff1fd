"""A slip printer that exists only as a process: bytes in, drawn paper and answers out, faults on request.

It behaves below the driver as Epson describes a printer: commands wait in a receive buffer, real-time
commands are obeyed the moment they arrive, even inside data; without paper it stands still, keeps what it
has, and goes on by itself after the new roll.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from hardware.simulated.bits import Condition
from hardware.simulated.control import DONE, Answer, Body, Refused, Route, as_json, as_png, wanted
from hardware.simulated.faults import FAULTS, GROUPS
from hardware.simulated.interpreter import Interpreter
from hardware.simulated.link import LARGEST_PIECE, LATE_S, SLOWER, Handshake, Link
from hardware.simulated.makes import EPSON, Make
from hardware.simulated.paper import DOTS_PER_MM, HEAD_TO_CUTTER, Paper
from hardware.simulated.plugs import Plug, TcpPlug
from hardware.simulated.reading import text_in
from hardware.simulated.realtime import Order, Scanner
from hardware.simulated.reports import Ledger, SlipReport

log = logging.getLogger(__name__)

CUT_S = 0.3
RESTART_S = 3.0
MID_SLIP_MM = 40.0
NEAR_END_MM = 5_000.0
AHEAD_S = 0.01
"""The mechanism is paced in steps of this length, not row by row."""
CLEARED = b"\x37\x25\x00"


class _Forgotten(Exception):
    """The buffer was emptied, by a command or by the loss of power: what was being done is over."""


class SimulatedPrinter:
    """Works from construction to ``close``; ``address`` is where. A network printer at ``host`` and ``port``, unless
    another ``plug`` is given; then ``byte_s`` is what a byte takes on it and ``handshake`` what holds the sender.

    ``speed_mm_s`` is how fast paper moves, ``restart_s`` how long it stays dark after ``power_cycled``, ``late_s``
    how late the late faults are. ``mono_s`` gives monotonic seconds.
    """

    id = "printer"
    kind = "printer"

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        mono_s: Callable[[], float],
        plug: Plug | None = None,
        byte_s: float = 0.0,
        handshake: Handshake = Handshake.HELD,
        make: Make = EPSON,
        paper_mm: int = 80,
        speed_mm_s: float = 250.0,
        roll_mm: float = 80_000.0,
        buffer_bytes: int | None = None,
        restart_s: float = RESTART_S,
        late_s: float = LATE_S,
    ) -> None:
        """Raises ``OSError`` when the port is taken."""
        self._make, self._mono_s = make, mono_s
        self._speed_mm_s, self._roll_mm = speed_mm_s, roll_mm
        self._buffer_bytes = buffer_bytes or make.buffer_bytes
        self._restart_s, self._late_s = restart_s, late_s
        self._changed = threading.Condition(threading.RLock())
        self._paper = Paper(paper_mm, make.head_dots)
        self._faults = dict.fromkeys(FAULTS, False)
        self._present, self._left_mm, self._mid_mm = True, roll_mm, 0.0
        self._jammed = self._busy = self._closing = self._cold = False
        self._buffer = bytearray()
        self._lost_bytes = self._pulses = 0
        self._ledger, self._scanner = Ledger(), Scanner()
        # Each time the buffer is emptied another life begins; what belongs to an older one stops.
        self._life = self._working = 0
        self._dark_until_s: float | None = None
        self._held_until_s = 0.0
        self._version = 1
        self._pushing, self._pushed = 0, b""
        self._due_s = 0.0
        self._interpreter = Interpreter(self._take_bytes, self, make, 8 * self._paper.head_bytes)
        self._link = Link(
            plug or TcpPlug(host, port, self._buffer_bytes // 2),
            self,
            self._faults.__getitem__,
            self._changed,
            mono_s,
            byte_s=byte_s,
            handshake=handshake,
            late_s=late_s,
        )
        self._mechanism = threading.Thread(target=self._work, name="printer-mechanism", daemon=True)
        self._link.start()
        self._mechanism.start()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, or path and baud."""
        return self._link.plug.address

    # --- what the control port sees

    @property
    def faults(self) -> Mapping[str, bool]:
        return self._faults

    def set_fault(self, fault: str, *, on: bool) -> None:
        with self._changed:
            if self._faults[fault] == on:
                return
            self._faults[fault] = on
            changed = _CHANGES.get(fault)
            if changed is not None:
                changed(self, on=on)
            self._note()

    def state(self) -> dict[str, Any]:
        with self._changed:
            return {
                "groups": GROUPS,
                "left_mm": round(self._left_mm),
                "paper": self._has_paper(),
                "powered": self._dark_until_s is None,
                "printing": self._busy,
                "waiting_bytes": len(self._buffer),
                "lost_bytes": self._lost_bytes,
                "pulses": self._pulses,
                "slips": [
                    {"n": piece.n, "rows": len(piece.rows), "cut": piece.cut, "taken": piece.taken}
                    for piece in self._paper.pieces()
                ],
                "unknown_commands": dict(self._interpreter.unknown),
                "version": self._version,
            }

    def reports(self) -> list[SlipReport]:
        """What each cut slip cost, oldest first."""
        with self._changed:
            return self._ledger.reports()

    def routes(self) -> Sequence[Route]:
        return (
            Route("GET", "/printer", lambda _groups, _body: as_json(self.state())),
            Route("GET", "/printer/reports", lambda _groups, _body: as_json([one.as_json() for one in self.reports()])),
            Route("GET", r"/printer/slips/(\d{1,9})\.png", self._picture),
            Route("GET", r"/printer/slips/(\d{1,9})/code", self._code),
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
            self._faults.update(paper_out=False, paper_out_mid=False, near_end=False)
            self._note()

    def power_cycle(self) -> None:
        """Off and on again at once: buffer and connection are gone, the half-printed slip stays in the slot."""
        with self._changed:
            self._lose_power()
            self._power_on()
            self._note()

    def wait_for(self, true: Callable[["SimulatedPrinter"], bool], timeout_s: float) -> bool:
        """Whether ``true(self)`` came to hold in time; looked at after each change."""
        with self._changed:
            return self._changed.wait_for(lambda: true(self), timeout_s)

    def close(self) -> None:
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._forget()
            self._note()
        self._link.close()
        self._mechanism.join()

    def _picture(self, groups: Sequence[str], _body: Body) -> Answer:
        picture = self.png(int(groups[0]))
        if picture is None:
            raise Refused(HTTPStatus.NOT_FOUND, f"slip {groups[0]} is not kept")
        return as_png(picture)

    def _code(self, groups: Sequence[str], _body: Body) -> Answer:
        """The QR symbol on a slip, as a scanner reads it."""
        with self._changed:
            rows = next((list(piece.rows) for piece in self._paper.pieces() if piece.n == int(groups[0])), [])
        text = text_in(rows)
        if text is None:
            raise Refused(HTTPStatus.NOT_FOUND, f"slip {groups[0]} has no code")
        return as_json({"text": text})

    def _take_slip(self, _groups: Sequence[str], _body: Body) -> Answer:
        with self._changed:
            taken = self._paper.take(tear=not self._make.cutter)
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
        return Condition(
            cover=self._faults["cover_open"],
            out=not self._has_paper(),
            near=self._faults["near_end"] or self._left_mm < NEAR_END_MM,
            cutter=self._jammed,
            hot=self._faults["hot"],
            fatal=self._faults["fatal"],
        )

    def _stands(self) -> bool:
        return self._faults["frozen"] or self._condition().stands

    # --- the mechanism: called by the interpreter, in the mechanism's thread

    def print_row(self, dots: bytes) -> bool:
        with self._changed:
            torn = not self._has_paper() and not self._make.keeps_torn_raster
            self._move(1, lambda: self._paper.row(dots))
        return not torn

    def pulse(self) -> None:
        with self._changed:
            self._pulses += 1

    def feed(self, rows: int) -> None:
        for _ in range(rows):
            self._move(1, lambda: self._paper.feed(1))

    def cut(self, *, after_feed: int | None, back: bool = False) -> None:
        if after_feed is not None:
            self.feed(HEAD_TO_CUTTER + after_feed)
        if self._make.cutter:
            self._move(0, self._cut_paper, CUT_S if self._speed_mm_s <= 1000 else 0.0)
            if back:
                self._move(0, self._paper.back)

    def _cut_paper(self) -> None:
        while self._faults["cutter"]:
            self._jammed = True
            self._note()
            self._until(lambda: not self._stands())
        self._paper.cut()
        self._ledger.cut(self._mono_s())

    def paper_byte(self) -> int:
        with self._changed:
            return self._condition().sensor()

    def reply(self, data: bytes) -> None:
        """An answer in its turn: not while the printer is offline."""
        with self._changed:
            self._until(lambda: not self._stands())
            self._ledger.answered(self._mono_s())
            self._link.answer(data)

    def push_changes(self, mask: int) -> None:
        with self._changed:
            self._pushing, self._pushed = mask, b""
            self._push()

    def _move(self, rows: int, act: Callable[[], None], more_s: float = 0.0) -> None:
        with self._changed:
            self._until(lambda: not self._stands())
            self._busy = True
            moved_mm = rows / DOTS_PER_MM
            takes_s = moved_mm / self._speed_mm_s * (SLOWER if self._faults["slow"] else 1) + more_s
            self._ledger.moved(takes_s)
            self._due_s = max(self._due_s, self._mono_s()) + takes_s
            self._left_mm -= moved_mm
            if self._faults["paper_out_mid"]:
                self._mid_mm -= moved_mm
            act()
            if self._stands() or not rows:
                self._note()
            if self._due_s - self._mono_s() > AHEAD_S:
                self._note()
                due_s, life = self._due_s, self._life
                while (rest_s := due_s - self._mono_s()) > 0 and life == self._life:
                    self._changed.wait(rest_s)

    def _until(self, true: Callable[[], bool]) -> None:
        """Wait for ``true``; the lock is held. Raises ``_Forgotten``."""
        life = self._working
        self._changed.wait_for(lambda: true() or life != self._life)
        if life != self._life:
            raise _Forgotten

    def _take_bytes(self, count: int) -> bytes:
        with self._changed:
            if self._busy and not self._buffer:
                self._busy = False
                self._note()
            self._until(lambda: len(self._buffer) >= count and not self._faults["frozen"])
            self._hold()
            full = self.room() < LARGEST_PIECE
            taken = bytes(self._buffer[:count])
            del self._buffer[:count]
            self._ledger.took(count)
            if full:  # else nobody waits for room
                self._link.tell()
                self._changed.notify_all()
            return taken

    def _hold(self) -> None:
        """Keep what came while it is too early for it."""
        while self._faults["late"] and self._working == self._life:
            rest_s = self._held_until_s - self._mono_s()
            if rest_s <= 0:
                return
            self._changed.wait(rest_s)
        self._until(lambda: True)

    def _work(self) -> None:
        while not self._closing:
            try:
                idle = self._interpreter.step()
            except _Forgotten:
                self._begin_anew()
            else:
                with self._changed:
                    self._ledger.end(self._link.byte_s, idle=idle)

    def _begin_anew(self) -> None:
        with self._changed:
            self._interpreter.drop_line()
            if self._cold:
                self._interpreter.reset()
            self._cold = False
            self._working, self._busy = self._life, False
            while not self._closing and self._dark_until_s is not None:
                rest_s = self._dark_until_s - self._mono_s()
                if rest_s <= 0:
                    self._power_on()
                else:
                    self._changed.wait(rest_s)
            self._note()

    # --- the receiving end of the link

    def room(self) -> int:
        with self._changed:
            return self._buffer_bytes - len(self._buffer) if self._dark_until_s is None else self._buffer_bytes

    def ready(self) -> bool:
        with self._changed:
            return not (self._make.busy_when_offline and self._stands())

    def received(self, data: bytes) -> None:
        with self._changed:
            if self._dark_until_s is not None:
                return
            if not self._buffer and not self._busy:
                self._held_until_s = self._mono_s() + self._late_s
            done = 0
            if not self._faults["frozen"]:
                for order, command, end in self._scanner.feed(data):
                    self._keep(data[done:end])
                    self._obey(order, command)
                    if self._dark_until_s is not None:
                        return
                    done = end
            self._keep(data[done:])
            self._link.tell()
            self._changed.notify_all()

    def _keep(self, data: bytes) -> None:
        """Into the buffer, real-time commands too: in their turn they are nothing, or part of a raster."""
        kept = data[: self.room()]
        self._lost_bytes += len(data) - len(kept)
        self._buffer += kept
        self._ledger.received(len(kept), self._mono_s())

    def _obey(self, order: Order, command: bytes) -> None:
        condition = self._condition()
        match order:
            case Order.STATUS:
                if not (condition.stands and self._faults["dle_eot_ignored_when_offline"]):
                    self._link.answer(condition.real_time(command[2]))
            case Order.RECOVER:
                self._jammed = False
            case Order.RECOVER_CLEARED:
                if self._jammed or self._make.clears_always:
                    self._jammed = False
                    self._forget()
            case Order.CLEAR:
                self._jammed = False
                self._forget()
                self._link.answer(CLEARED)
            case Order.PULSE:
                self._pulses += 1
            case Order.POWER_OFF:
                self._lose_power()
        self._note()

    def _push(self) -> None:
        """Automatic status, when something changed that was asked for."""
        if not self._make.asb or self._faults["no_asb"] or self._faults["frozen"] or self._dark_until_s is not None:
            return
        status = self._condition().automatic()
        watched = bytes(byte for bit, byte in zip((2, 4, 8), status, strict=False) if self._pushing & bit)
        if self._pushing and watched != self._pushed:
            self._pushed = watched
            self._link.answer(status)

    def _note(self) -> None:
        self._version += 1
        self._push()
        self._link.tell()
        self._changed.notify_all()

    # --- power, buffer, cable; the lock is held

    def _forget(self) -> None:
        self._life += 1
        self._buffer.clear()
        self._ledger.forget()

    def _lose_power(self) -> None:
        self._forget()
        self._scanner.forget()
        self._link.forget()
        self._pushing, self._jammed, self._cold = 0, False, True
        self._dark_until_s = self._mono_s() + self._restart_s
        if self._link.plug.dies_with_power:
            self._link.plug.pull()

    def _power_on(self) -> None:
        self._dark_until_s = None
        self._faults["power_cycled"] = False
        if not self._faults["unplugged"]:
            try:
                self._link.plug.insert()
            except OSError as error:
                self._faults["unplugged"] = True
                log.warning("the simulated printer's port cannot be opened again: %s", error)

    def _change_power(self, *, on: bool) -> None:
        if on:
            self._lose_power()
        elif self._dark_until_s is not None:
            self._power_on()

    def _change_cable(self, *, on: bool) -> None:
        if on:
            self._link.plug.pull()
            return
        if self._link.plug.dies_with_power and self._dark_until_s is not None:
            return  # the power's return brings it back
        try:
            self._link.plug.insert()
        except OSError as error:
            self._faults["unplugged"] = True
            raise Refused(HTTPStatus.CONFLICT, f"the printer's port cannot be opened again: {error}") from error

    def _change_cutter(self, *, on: bool) -> None:
        if not on:
            self._jammed = False

    def _change_fatal(self, *, on: bool) -> None:
        if not on:
            self._lose_power()

    def _change_mid(self, *, on: bool) -> None:
        if on:
            self._mid_mm = MID_SLIP_MM


class _Change(Protocol):
    def __call__(self, printer: SimulatedPrinter, /, *, on: bool) -> None: ...


# What a switch does beyond being on or off.
_CHANGES: Mapping[str, _Change] = {
    "unplugged": SimulatedPrinter._change_cable,
    "power_cycled": SimulatedPrinter._change_power,
    "cutter": SimulatedPrinter._change_cutter,
    "fatal": SimulatedPrinter._change_fatal,
    "paper_out_mid": SimulatedPrinter._change_mid,
}
