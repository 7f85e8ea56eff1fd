"""One serial port, one thread, many devices that send or receive.

Several signs, and keypads too, may share one RS-485 bus. A sender is attached as a ``BusDevice`` (``device``), a
receiver listens (``receiving``). The bus thread owns the port: it opens it again after a fault and gives each device
its turn (``traffic``).
"""

from collections.abc import Callable

from config.threads import RestartingThread
from hardware.health.liveness import ThreadLiveness
from hardware.ports import DeviceHealth, HealthState
from hardware.serial_bus.device import BusDevice
from hardware.serial_bus.members import BusMembers, Listener
from hardware.serial_bus.serial_port import Parity, SerialPort
from hardware.serial_bus.traffic import BusTraffic
from hardware.serial_bus.unclaimed import UnclaimedBytes


class SerialBus:
    """The port ``address``, open while any device or listener is attached.

    ``address`` is a device file or a pyserial URL. ``mono_s`` gives monotonic seconds. May be used by any thread but
    the bus thread.
    """

    def __init__(self, address: str, baud: int, mono_s: Callable[[], float], *, parity: Parity = "none") -> None:
        self.address, self.baud, self.parity = address, baud, parity
        self.mono_s = self._mono_s = mono_s
        self._members = BusMembers()
        self._unclaimed = UnclaimedBytes()
        self._port: SerialPort | None = None
        self._thread: RestartingThread | None = None
        self._liveness = ThreadLiveness(mono_s)
        self._closed_health = DeviceHealth(HealthState.UNKNOWN)

    @property
    def unclaimed_bytes(self) -> int:
        """The number of bytes so far that belong to no reply and no listener."""
        return self._unclaimed.count

    @property
    def unknown_device_bytes(self) -> bytes:
        """Return the first recent bytes of a device that does not belong here; else none.

        Only a bus that expects no bytes (no listener, no device that replies) can recognise such bytes.
        """
        one_way = not self._members.listeners() and not self._members.any_replies()
        return self._unclaimed.unknown_device_bytes(self._mono_s()) if one_way else b""

    def health(self) -> DeviceHealth:
        """Return the health of the port itself, not of the devices on it.

        READY while it is open, OFFLINE (``off``) while it is gone, UNKNOWN when the bus thread hangs.
        """
        port = self._port
        return self._closed_health if port is None else self._liveness.unless_hung(port.health())

    def attach(self, device: BusDevice, *, replies: bool = False) -> int:
        """Give ``device`` turns to send; return how many devices were attached before it.

        ``replies``: the device replies to frames. The returned number lets the devices spread their periodic refreshes.
        """
        with self._members.lock:
            number = self._members.add(device, replies=replies)
            self._start_or_wake()
            return number

    def detach(self, device: BusDevice) -> None:
        """Send the closing frames of ``device``, and return when it has no more turns.

        When the last device leaves, the port is closed. Further calls do nothing.
        """
        with self._members.lock:
            member = self._members.find(device)
            if member is None:
                return
            member.leaving = True
            self._wake()
        member.removed.wait()
        self._join_if_empty()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` in the bus thread with all received bytes that belong to no reply.

        No bytes (``b""``) mean that the port was opened again, so that a listener discards partial codes. Returns the
        function that removes the listener; further calls of it do nothing.
        """
        with self._members.lock:
            self._members.add_listener(listener)
            self._start_or_wake()

        def stop() -> None:
            self._members.remove_listener(listener)
            self._join_if_empty()

        return stop

    def wake(self) -> None:
        """Let the bus thread ask the devices anew for their due times."""
        with self._members.lock:
            self._wake()

    # --- start and stop

    def _start_or_wake(self) -> None:
        """Start the bus thread if there is none; the lock is held."""
        if self._thread is None:
            port = self._port = SerialPort(self.address, self.baud, self._mono_s, parity=self.parity)
            traffic = BusTraffic(port, self._members, self._unclaimed, self._mono_s)
            self._liveness.beat()
            self._thread = RestartingThread(
                f"bus {self.address}",
                lambda: self._serve(port, traffic),
                on_failure=lambda error: self._failed(port, traffic, error),
            )
            self._thread.start()
        else:
            self._wake()

    def _wake(self) -> None:
        if self._port is not None:
            self._port.wake()

    def _join_if_empty(self) -> None:
        """Wait for the end of the thread when nothing is attached any more."""
        with self._members.lock:
            thread = self._thread if self._members.is_empty() else None
            self._wake()
        if thread is not None:
            thread.join()

    # --- the bus thread

    def _serve(self, port: SerialPort, traffic: BusTraffic) -> None:
        while not self._closed_if_empty(port):
            self._liveness.beat()
            now_s = self._mono_s()
            if port.open():
                traffic.opened(now_s)
            if not port.is_open:
                self._members.remove_leaving()
            traffic.receive(port.read())
            traffic.finish_waiting()
            port.wait(self._liveness.wake_by(traffic.send_next()))

    def _failed(self, port: SerialPort, traffic: BusTraffic, error: Exception) -> None:
        """Report a device's exception as a port fault, and close the port.

        The thread opens it again.
        """
        traffic.cancel()
        port.fail(f"its thread failed: {type(error).__name__}; see the log")
        self._members.remove_leaving()  # the thread may fail again and again; detach() must return

    def _closed_if_empty(self, port: SerialPort) -> bool:
        """Close the port when nothing is attached.

        This happens under the lock, so that the next attach starts a new thread.
        """
        with self._members.lock:
            if not self._members.is_empty():
                return False
            port.close()
            self._closed_health = port.health()
            self._port = self._thread = None
            return True


class SerialBuses:
    """The buses of one machine: all devices on a port share one bus. ``mono_s`` gives monotonic seconds."""

    def __init__(self, mono_s: Callable[[], float]) -> None:
        self.mono_s = mono_s
        self._buses: dict[str, SerialBus] = {}

    def bus(self, address: str, baud: int, *, parity: Parity | None = None) -> SerialBus:
        """Return the bus at ``address``; ``parity`` None accepts any.

        Raises ``ValueError`` when it is in use with another speed or parity.
        """
        bus = self._buses.get(address)
        if bus is None:
            bus = self._buses[address] = SerialBus(address, baud, self.mono_s, parity=parity or "none")
        if (baud, parity or bus.parity) != (bus.baud, bus.parity):
            in_use = f"{bus.baud} baud, parity {bus.parity}"
            requested = f"{baud} baud, parity {parity or bus.parity}"
            raise ValueError(f"{address} cannot have {in_use} and {requested}")
        return bus
