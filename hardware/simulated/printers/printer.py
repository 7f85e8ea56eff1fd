"""A simulated slip printer: receives bytes, returns drawn paper, replies and faults.

It behaves as Epson describes a printer: commands wait in a receive buffer; real-time commands are executed on
reception, even inside data; without paper it stops, keeps its buffer, and continues by itself after a new roll.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from hardware.control_port import DONE, BadRequest, Body, Response, Route, json_response, png_response, required_field
from hardware.simulated.printers.faults import FAULTS_BY_GROUP
from hardware.simulated.printers.firmware import Firmware
from hardware.simulated.printers.link import LATE_REPLY_DELAY_S, Handshake
from hardware.simulated.printers.machine_state import MachineState
from hardware.simulated.printers.paper import SimulatedPaper
from hardware.simulated.printers.plugs import Plug, TcpPlug
from hardware.simulated.printers.print_stats import SlipReport
from hardware.simulated.printers.profiles import EPSON, DeviceProfile
from hardware.simulated.printers.qr_reader import read_qr

RESTART_S = 3.0


class SimulatedPrinter:
    """Runs from construction to ``close``.

    A network printer at ``host`` and ``port``, unless another ``plug`` is given; ``byte_s`` is the transmission time of
    a byte on it, ``handshake`` its flow control. ``speed_mm_s``: speed of the paper. ``restart_s``: time without power
    after ``power_cycled``. ``late_s``: delay of the faults ``late`` and ``answers_late``. ``mono_s`` gives monotonic
    seconds. ``make``: the properties of the simulated make. ``roll_mm``: length of a new roll. ``buffer_bytes``: size
    of the receive buffer; None: as the make has it.
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
        make: DeviceProfile = EPSON,
        paper_mm: int = 80,
        speed_mm_s: float = 250.0,
        roll_mm: float = 80_000.0,
        buffer_bytes: int | None = None,
        restart_s: float = RESTART_S,
        late_s: float = LATE_REPLY_DELAY_S,
    ) -> None:
        """Raises ``OSError`` when the port is taken."""
        buffer_bytes = buffer_bytes or make.buffer_bytes
        self._profile = make
        self._state = MachineState(mono_s)
        self._firmware = Firmware(
            self._state,
            plug or TcpPlug(host, port, buffer_bytes // 2),
            make,
            SimulatedPaper(paper_mm, make.head_dots),
            byte_s=byte_s,
            handshake=handshake,
            speed_mm_s=speed_mm_s,
            roll_mm=roll_mm,
            buffer_bytes=buffer_bytes,
            restart_s=restart_s,
            late_s=late_s,
        )
        self._changed, self._paper_path = self._state.changed, self._firmware.paper_path

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port, or path and baud (0: USB)."""
        return self._firmware.link.plug.address

    @property
    def faults(self) -> Mapping[str, bool]:
        return self._state.faults

    def set_fault(self, fault: str, *, on: bool) -> None:
        with self._changed:
            if self._state.faults[fault] == on:
                return
            self._state.faults[fault] = on
            apply_effect = _FAULT_EFFECTS.get(fault)
            if apply_effect is not None:
                apply_effect(self, on=on)
            self._state.notify()

    def state(self) -> dict[str, Any]:
        """Return the state as JSON values.

        ``groups``: the names of the faults by group. ``left_mm``: of the roll; ``paper``: the sensor sees paper.
        ``waiting_bytes``: in the receive buffer; ``lost_bytes``: received since the start without room. ``pulses``: how
        often the drawer was opened since the start. ``slips``: as ``Piece``, but with the number of rows.
        ``unknown_commands``: how often each was skipped. ``version`` grows with each visible change.
        """
        with self._changed:
            return {
                "groups": FAULTS_BY_GROUP,
                "left_mm": round(self._paper_path.remaining_mm),
                "paper": self._paper_path.has_paper(),
                "powered": self._firmware.powered,
                "printing": self._paper_path.busy,
                "jammed": self._paper_path.jammed,
                "waiting_bytes": len(self._firmware.buffer),
                "lost_bytes": self._firmware.buffer.lost_bytes,
                "pulses": self._firmware.drawer_pulses,
                "slips": [
                    {"n": piece.number, "rows": len(piece.rows), "cut": piece.cut, "taken": piece.taken}
                    for piece in self._paper_path.paper.pieces()
                ],
                "unknown_commands": dict(self._firmware.interpreter.unknown_commands),
                "version": self._state.version,
            }

    def reports(self) -> list[SlipReport]:
        """Return the statistics of each cut slip, oldest first."""
        with self._changed:
            return self._firmware.stats.reports()

    def routes(self) -> Sequence[Route]:
        return (
            Route("GET", "/printer", lambda _groups, _body: json_response(self.state())),
            Route(
                "GET",
                "/printer/reports",
                lambda _groups, _body: json_response([report.as_json() for report in self.reports()]),
            ),
            Route("GET", r"/printer/slips/(\d{1,9})\.png", self._picture),
            Route("GET", r"/printer/slips/(\d{1,9})/code", self._read_code),
            Route("POST", "/printer/take", self._take_slip),
            Route("POST", "/printer/paper", self._set_paper),
            Route("POST", "/printer/roll", self._change_roll),
        )

    def png(self, number: int) -> bytes | None:
        """Return slip ``number`` as PNG, None when it is not stored."""
        with self._changed:
            return self._paper_path.paper.png(number)

    def new_roll(self) -> None:
        """Insert a new roll; clears all paper faults."""
        with self._changed:
            self._paper_path.new_roll()
            self._state.notify()

    def power_cycle(self) -> None:
        """Switch off and on: buffer and connection are lost, the half-printed slip stays."""
        with self._changed:
            self._firmware.lose_power()
            self._firmware.power_on()
            self._state.notify()

    def wait_for(self, condition: Callable[["SimulatedPrinter"], bool], timeout_s: float) -> bool:
        """Wait for ``condition(self)``, checked after each change; return whether it held in time."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), timeout_s)

    def close(self) -> None:
        self._firmware.close()

    # --- routes of the control port

    def _picture(self, groups: Sequence[str], _body: Body) -> Response:
        picture = self.png(int(groups[0]))
        if picture is None:
            raise BadRequest(HTTPStatus.NOT_FOUND, f"slip {groups[0]} is not kept")
        return png_response(picture)

    def _read_code(self, groups: Sequence[str], _body: Body) -> Response:
        """Return the text of the QR symbol on a slip."""
        with self._changed:
            pieces = self._paper_path.paper.pieces()
        text = read_qr(next((list(piece.rows) for piece in pieces if piece.number == int(groups[0])), []))
        if text is None:
            raise BadRequest(HTTPStatus.NOT_FOUND, f"slip {groups[0]} has no code")
        return json_response({"text": text})

    def _take_slip(self, _groups: Sequence[str], _body: Body) -> Response:
        with self._changed:
            taken = self._paper_path.paper.take(tear=not self._profile.cutter)
            self._state.notify()
        if taken is None:
            raise BadRequest(HTTPStatus.CONFLICT, "no finished slip lies there")
        return json_response({"n": taken})

    def _set_paper(self, _groups: Sequence[str], body: Body) -> Response:
        present: bool = required_field(body, "present", bool)
        with self._changed:
            self._paper_path.roll_present = present
            self._state.notify()
        return DONE

    def _change_roll(self, _groups: Sequence[str], _body: Body) -> Response:
        self.new_roll()
        return DONE

    # --- effects of switching a fault; the lock is held

    def _change_power(self, *, on: bool) -> None:
        if on:
            self._firmware.lose_power()
        elif not self._firmware.powered:
            self._firmware.power_on()

    def _change_cable(self, *, on: bool) -> None:
        if on:
            self._firmware.link.plug.pull()
            return
        try:
            self._firmware.insert()
        except OSError as error:
            self._state.faults["unplugged"] = True
            raise BadRequest(HTTPStatus.CONFLICT, f"the printer's port cannot be opened again: {error}") from error

    def _change_cutter(self, *, on: bool) -> None:
        self._paper_path.jammed = self._paper_path.jammed and on

    def _change_fatal(self, *, on: bool) -> None:
        if not on:
            self._firmware.lose_power()

    def _change_paper_end(self, *, on: bool) -> None:
        if on:
            self._paper_path.end_soon()


class _FaultEffect(Protocol):
    """Changes the printer after a fault was switched ``on`` or off."""

    def __call__(self, printer: SimulatedPrinter, /, *, on: bool) -> None: ...


_FAULT_EFFECTS: Mapping[str, _FaultEffect] = {
    "unplugged": SimulatedPrinter._change_cable,
    "power_cycled": SimulatedPrinter._change_power,
    "cutter": SimulatedPrinter._change_cutter,
    "fatal": SimulatedPrinter._change_fatal,
    "paper_out_mid": SimulatedPrinter._change_paper_end,
}
