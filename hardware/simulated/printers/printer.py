"""A slip printer that exists only as a process: bytes in, drawn paper and answers out, faults on request.

It behaves below the driver as Epson describes a printer: commands wait in a receive buffer, real-time
commands are obeyed the moment they arrive, even inside data; without paper it stands still, keeps what it
has, and goes on by itself after the new roll.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from hardware.simulated.control import DONE, Answer, Body, Refused, Route, as_json, as_png, wanted
from hardware.simulated.printers.electronics import Electronics
from hardware.simulated.printers.faults import GROUPS
from hardware.simulated.printers.link import LATE_S, Handshake
from hardware.simulated.printers.makes import EPSON, Make
from hardware.simulated.printers.paper import Paper
from hardware.simulated.printers.plugs import Plug, TcpPlug
from hardware.simulated.printers.reading import text_in
from hardware.simulated.printers.reports import SlipReport
from hardware.simulated.printers.works import Works

RESTART_S = 3.0


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
        buffer_bytes = buffer_bytes or make.buffer_bytes
        self._make = make
        self._works = Works(mono_s)
        self._inside = Electronics(
            self._works,
            plug or TcpPlug(host, port, buffer_bytes // 2),
            make,
            Paper(paper_mm, make.head_dots),
            byte_s=byte_s,
            handshake=handshake,
            speed_mm_s=speed_mm_s,
            roll_mm=roll_mm,
            buffer_bytes=buffer_bytes,
            restart_s=restart_s,
            late_s=late_s,
        )
        self._changed, self._way = self._works.changed, self._inside.way

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, or path and baud."""
        return self._inside.link.plug.address

    @property
    def faults(self) -> Mapping[str, bool]:
        return self._works.faults

    def set_fault(self, fault: str, *, on: bool) -> None:
        with self._changed:
            if self._works.faults[fault] == on:
                return
            self._works.faults[fault] = on
            changed = _CHANGES.get(fault)
            if changed is not None:
                changed(self, on=on)
            self._works.note()

    def state(self) -> dict[str, Any]:
        with self._changed:
            return {
                "groups": GROUPS,
                "left_mm": round(self._way.left_mm),
                "paper": self._way.has_paper(),
                "powered": self._inside.powered,
                "printing": self._way.busy,
                "jammed": self._way.jammed,
                "waiting_bytes": len(self._inside.memory),
                "lost_bytes": self._inside.memory.lost_bytes,
                "pulses": self._inside.pulses,
                "slips": [
                    {"n": piece.n, "rows": len(piece.rows), "cut": piece.cut, "taken": piece.taken}
                    for piece in self._way.paper.pieces()
                ],
                "unknown_commands": dict(self._inside.interpreter.unknown),
                "version": self._works.version,
            }

    def reports(self) -> list[SlipReport]:
        """What each cut slip cost, oldest first."""
        with self._changed:
            return self._inside.ledger.reports()

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
            return self._way.paper.png(n)

    def new_roll(self) -> None:
        """A fresh roll; ends every fault of the paper."""
        with self._changed:
            self._way.new_roll()
            self._works.note()

    def power_cycle(self) -> None:
        """Off and on again at once: buffer and connection are gone, the half-printed slip stays in the slot."""
        with self._changed:
            self._inside.lose_power()
            self._inside.power_on()
            self._works.note()

    def wait_for(self, true: Callable[["SimulatedPrinter"], bool], timeout_s: float) -> bool:
        """Whether ``true(self)`` came to hold in time; looked at after each change."""
        with self._changed:
            return self._changed.wait_for(lambda: true(self), timeout_s)

    def close(self) -> None:
        self._inside.close()

    # --- what the control port asks

    def _picture(self, groups: Sequence[str], _body: Body) -> Answer:
        picture = self.png(int(groups[0]))
        if picture is None:
            raise Refused(HTTPStatus.NOT_FOUND, f"slip {groups[0]} is not kept")
        return as_png(picture)

    def _code(self, groups: Sequence[str], _body: Body) -> Answer:
        """The QR symbol on a slip, as a scanner reads it."""
        with self._changed:
            pieces = self._way.paper.pieces()
        text = text_in(next((list(piece.rows) for piece in pieces if piece.n == int(groups[0])), []))
        if text is None:
            raise Refused(HTTPStatus.NOT_FOUND, f"slip {groups[0]} has no code")
        return as_json({"text": text})

    def _take_slip(self, _groups: Sequence[str], _body: Body) -> Answer:
        with self._changed:
            taken = self._way.paper.take(tear=not self._make.cutter)
            self._works.note()
        if taken is None:
            raise Refused(HTTPStatus.CONFLICT, "no finished slip lies there")
        return as_json({"n": taken})

    def _set_paper(self, _groups: Sequence[str], body: Body) -> Answer:
        present: bool = wanted(body, "present", bool)
        with self._changed:
            self._way.present = present
            self._works.note()
        return DONE

    def _change_roll(self, _groups: Sequence[str], _body: Body) -> Answer:
        self.new_roll()
        return DONE

    # --- what a switch does beyond being on or off; the lock is held

    def _change_power(self, *, on: bool) -> None:
        if on:
            self._inside.lose_power()
        elif not self._inside.powered:
            self._inside.power_on()

    def _change_cable(self, *, on: bool) -> None:
        if on:
            self._inside.link.plug.pull()
            return
        try:
            self._inside.insert()
        except OSError as error:
            self._works.faults["unplugged"] = True
            raise Refused(HTTPStatus.CONFLICT, f"the printer's port cannot be opened again: {error}") from error

    def _change_cutter(self, *, on: bool) -> None:
        self._way.jammed = self._way.jammed and on

    def _change_fatal(self, *, on: bool) -> None:
        if not on:
            self._inside.lose_power()

    def _change_mid(self, *, on: bool) -> None:
        if on:
            self._way.end_soon()


class _Change(Protocol):
    def __call__(self, printer: SimulatedPrinter, /, *, on: bool) -> None: ...


_CHANGES: Mapping[str, _Change] = {
    "unplugged": SimulatedPrinter._change_cable,
    "power_cycled": SimulatedPrinter._change_power,
    "cutter": SimulatedPrinter._change_cutter,
    "fatal": SimulatedPrinter._change_fatal,
    "paper_out_mid": SimulatedPrinter._change_mid,
}
