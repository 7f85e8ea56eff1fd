"""The firmware of the simulated printer: execution of commands, replies, power.

Real-time commands are executed on reception, all others in order.
"""

import logging
import threading

from hardware.simulated.printers.interpreter import Interpreter
from hardware.simulated.printers.link import Handshake, SimulatedLink
from hardware.simulated.printers.machine_state import BufferCleared, MachineState
from hardware.simulated.printers.paper import SimulatedPaper
from hardware.simulated.printers.paper_path import PaperPath
from hardware.simulated.printers.plugs import Plug
from hardware.simulated.printers.print_stats import PrintStats
from hardware.simulated.printers.profiles import DeviceProfile
from hardware.simulated.printers.realtime import RealTimeCommand, RealTimeScanner
from hardware.simulated.printers.receive_buffer import ReceiveBuffer

log = logging.getLogger(__name__)

CLEARED_REPLY = b"\x37\x25\x00"  # reply to DLE DC4 8, "clear buffers"
# GS a: the bits that enable automatic status for changes in the first, second, third status byte.
STATUS_ENABLE_BITS = (0x02, 0x04, 0x08)


class Firmware:
    """Runs from construction to ``close``. Methods are called with the lock held unless they say that they take it.

    The keyword arguments are those of :class:`~hardware.simulated.printers.printer.SimulatedPrinter`.
    """

    def __init__(
        self,
        state: MachineState,
        plug: Plug,
        profile: DeviceProfile,
        paper: SimulatedPaper,
        *,
        byte_s: float,
        handshake: Handshake,
        speed_mm_s: float,
        roll_mm: float,
        buffer_bytes: int,
        restart_s: float,
        late_s: float,
    ) -> None:
        self.stats = PrintStats()
        self.buffer = ReceiveBuffer(state, self.stats, buffer_bytes, late_s)
        self.paper_path = PaperPath(state, self.stats, profile, paper, speed_mm_s, roll_mm)
        self.interpreter = Interpreter(self._take, self.paper_path, self, profile, 8 * paper.head_bytes)
        self.link = SimulatedLink(
            plug, self, state.has_fault, state.changed, state.mono_s, byte_s=byte_s, handshake=handshake, late_s=late_s
        )
        self.drawer_pulses = 0
        self._state, self._profile, self._restart_s = state, profile, restart_s
        self._scanner = RealTimeScanner()
        self._status_mask, self._last_automatic_status = 0, b""
        self._off_until_s: float | None = None
        self._power_lost = self._closing = False
        state.listeners += [self._send_automatic_status, self.link.update_flow_control]
        self._thread = threading.Thread(target=self._run_mechanism, name="printer-mechanism", daemon=True)
        self.link.start()
        self._thread.start()

    @property
    def powered(self) -> bool:
        return self._off_until_s is None

    def close(self) -> None:
        """Stop; takes the lock. May be called again."""
        with self._state.changed:
            if self._closing:
                return
            self._closing = True
            self._clear_buffer()
            self._state.notify()
        self.link.close()
        self._thread.join()

    # --- power and cable

    def lose_power(self) -> None:
        """Switch off now; power returns by itself after ``restart_s``."""
        self._clear_buffer()
        self._scanner.reset()
        self.link.power_lost()
        self._status_mask, self._power_lost, self.paper_path.jammed = 0, True, False
        self._off_until_s = self._state.mono_s() + self._restart_s
        if self.link.plug.dies_with_power:
            self.link.plug.pull()

    def power_on(self) -> None:
        """Switch on and restore the connection, unless the cable is unplugged."""
        self._off_until_s = None
        self._state.faults["power_cycled"] = False
        if not self._state.has_fault("unplugged"):
            try:
                self.link.plug.insert()
            except OSError as error:
                self._state.faults["unplugged"] = True
                log.warning("the simulated printer's port cannot be opened again: %s", error)

    def insert(self) -> None:
        """Plug the cable in; a plug that needs power stays disconnected without it. Raises ``OSError``."""
        if self.powered or not self.link.plug.dies_with_power:
            self.link.plug.insert()

    def _clear_buffer(self) -> None:
        self._state.generation += 1
        self.buffer.clear()

    # --- in order: the mechanism's thread; these take the lock

    def _run_mechanism(self) -> None:
        while not self._closing:
            try:
                outside_slip = self.interpreter.step()
            except BufferCleared:
                self._restart_after_clear()
            else:
                with self._state.changed:
                    self.stats.command_done(self.link.byte_s, outside_slip=outside_slip)

    def _restart_after_clear(self) -> None:
        state = self._state
        with state.changed:
            self.interpreter.drop_line()
            if self._power_lost:
                self.interpreter.reset()
            self._power_lost = self.paper_path.busy = False
            state.working_generation = state.generation
            while not self._closing and self._off_until_s is not None:
                remaining_s = self._off_until_s - state.mono_s()
                if remaining_s <= 0:
                    self.power_on()
                else:
                    state.changed.wait(remaining_s)
            state.notify()

    def _take(self, count: int) -> bytes:
        with self._state.changed:
            if self.paper_path.busy and not len(self.buffer):
                self.paper_path.busy = False
                self._state.notify()
            return self.buffer.take(count, self._notify_room)

    def _notify_room(self) -> None:
        self.link.update_flow_control()
        self._state.changed.notify_all()

    def paper_status_byte(self) -> int:
        """Return the reply to GS r 1."""
        with self._state.changed:
            return self.paper_path.sensors().paper_status()

    def reply(self, data: bytes) -> None:
        """Send a reply in order; blocks while the printer is offline."""
        with self._state.changed:
            self._state.wait_for(lambda: not (self._profile.prints and self.paper_path.is_stopped()))
            self.stats.reply_sent(self._state.mono_s())
            self.link.send_reply(data)

    def enable_automatic_status(self, mask: int) -> None:
        with self._state.changed:
            self._status_mask, self._last_automatic_status = mask, b""
            self._send_automatic_status()

    def open_drawer(self) -> None:
        with self._state.changed:
            self.drawer_pulses += 1

    # --- on reception: the link's thread; these take the lock

    def room(self) -> int:
        """Return the free bytes of the receive buffer."""
        with self._state.changed:
            return self.buffer.room

    def ready(self) -> bool:
        """Return whether the printer takes bytes; some makes do not while offline."""
        with self._state.changed:
            return not (self._profile.busy_when_offline and self.paper_path.is_stopped())

    def received(self, data: bytes) -> None:
        """Buffer received bytes, and execute the real-time commands in them."""
        with self._state.changed:
            if not self.powered:
                return
            if not len(self.buffer) and not self.paper_path.busy:
                self.buffer.start_delay()
            # Real-time commands are buffered too: executed in order they do nothing, or are part of an image.
            executed_end = 0
            if not self._state.has_fault("frozen"):
                for kind, command, end in self._scanner.feed(data):
                    self.buffer.append(data[executed_end:end])
                    self._execute(kind, command)
                    if not self.powered:
                        return
                    executed_end = end
            self.buffer.append(data[executed_end:])
            self._notify_room()

    def _execute(self, kind: RealTimeCommand, command: bytes) -> None:
        sensors = self.paper_path.sensors()
        match kind:
            case RealTimeCommand.STATUS:
                if not (sensors.offline and self._state.has_fault("dle_eot_ignored_when_offline")):
                    self.link.send_reply(sensors.real_time(command[2]))
            case RealTimeCommand.RECOVER:
                self.paper_path.jammed = False
            case RealTimeCommand.RECOVER_CLEARED:
                if self.paper_path.jammed or self._profile.clears_always:
                    self.paper_path.jammed = False
                    self._clear_buffer()
            case RealTimeCommand.CLEAR:
                self.paper_path.jammed = False
                self._clear_buffer()
                self.link.send_reply(CLEARED_REPLY)
            case RealTimeCommand.PULSE:
                self.drawer_pulses += 1
            case RealTimeCommand.POWER_OFF:
                self.lose_power()
        self._state.notify()

    def _send_automatic_status(self) -> None:
        """Send the automatic status when an enabled part of it has changed."""
        state = self._state
        if not self._profile.asb or state.has_fault("no_asb") or state.has_fault("frozen") or not self.powered:
            return
        status = self.paper_path.sensors().automatic()
        enabled_bytes = bytes(
            byte for bit, byte in zip(STATUS_ENABLE_BITS, status, strict=False) if self._status_mask & bit
        )
        if self._status_mask and enabled_bytes != self._last_automatic_status:
            self._last_automatic_status = enabled_bytes
            self.link.send_reply(status)
