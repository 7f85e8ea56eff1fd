"""The receive buffer of the simulated printer: bytes without room are lost."""

from collections.abc import Callable

from hardware.simulated.printers.link import MAX_PIECE_BYTES
from hardware.simulated.printers.machine_state import MachineState
from hardware.simulated.printers.print_stats import PrintStats


class ReceiveBuffer:
    """A buffer of ``size`` bytes. ``late_s``: how long the fault ``late`` delays bytes received by an idle printer."""

    def __init__(self, state: MachineState, stats: PrintStats, size: int, late_s: float) -> None:
        self.lost_bytes = 0
        self._state, self._stats, self._size, self._late_s = state, stats, size, late_s
        self._bytes = bytearray()
        self._delayed_until_s = 0.0

    def __len__(self) -> int:
        return len(self._bytes)

    @property
    def room(self) -> int:
        return self._size - len(self._bytes)

    def start_delay(self) -> None:
        """Start the delay of the fault ``late``: an idle printer receives bytes."""
        self._delayed_until_s = self._state.mono_s() + self._late_s

    def append(self, data: bytes) -> None:
        """Append ``data`` as far as there is room."""
        stored = data[: self.room]
        self.lost_bytes += len(data) - len(stored)
        self._bytes += stored
        self._stats.received(len(stored), self._state.mono_s())

    def take(self, count: int, on_room_freed: Callable[[], None]) -> bytes:
        """Return the next ``count`` bytes once received.

        ``on_room_freed`` is called when a sender may wait for room.
        """
        self._state.wait_for(lambda: len(self._bytes) >= count and not self._state.has_fault("frozen"))
        self._wait_for_delay()
        was_almost_full = self.room < MAX_PIECE_BYTES
        taken = bytes(self._bytes[:count])
        del self._bytes[:count]
        self._stats.taken(count)
        if was_almost_full:
            on_room_freed()
        return taken

    def clear(self) -> None:
        self._bytes.clear()
        self._stats.buffer_cleared()

    def _wait_for_delay(self) -> None:
        """Wait while the fault ``late`` delays the bytes."""
        while self._state.has_fault("late") and not self._state.is_outdated:
            remaining_s = self._delayed_until_s - self._state.mono_s()
            if remaining_s <= 0:
                return
            self._state.changed.wait(remaining_s)
        self._state.wait_for(lambda: True)
