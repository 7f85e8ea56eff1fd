"""The devices and listeners attached to a serial bus, and which device sends next."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hardware.serial_bus.device import BusDevice, Frame, Priority

MAX_WAIT_S = 3.0
"""A device that has waited this long for its turn gets the highest priority."""

Listener = Callable[[bytes], None]
"""Receives all bytes that belong to no reply; no bytes (``b""``): the port was opened again."""


@dataclass(slots=True)
class BusMember:
    """A device with its place in the schedule.

    ``replies``: the device replies to frames. ``due_since_s``: the moment from which it has waited for its turn; None:
    it does not wait. ``leaving``: it is being detached; ``closing_frames`` are the frames that it still has to send
    then, None before it was asked for them; ``removed`` is set when it has no more turns.
    """

    device: BusDevice
    replies: bool = False
    due_since_s: float | None = None
    leaving: bool = False
    closing_frames: deque[Frame] | None = None
    removed: threading.Event = field(default_factory=threading.Event)

    def due(self, now_s: float) -> float | None:
        """Return the moment at which the next frame is due; None: none is."""
        return now_s if self.leaving else self.device.due(now_s)

    def priority(self, now_s: float) -> Priority:
        """Return the device's priority, raised after a long wait so that no device starves."""
        if self.due_since_s is None:
            self.due_since_s = now_s
        if self.leaving or now_s - self.due_since_s >= MAX_WAIT_S:
            return Priority.HIGH
        return self.device.priority()

    def next_frame(self, now_s: float) -> Frame | None:
        """Return the next frame; None after the last closing frame."""
        if not self.leaving:
            return self.device.next_frame(now_s)
        if self.closing_frames is None:
            self.closing_frames = deque(self.device.closing_frames())
        return self.closing_frames.popleft() if self.closing_frames else None


class BusMembers:
    """The devices and listeners of one bus. ``lock`` is re-entrant; the bus guards its start and stop with it too."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._members: list[BusMember] = []
        self._listeners: list[Listener] = []
        self._added = 0

    def is_empty(self) -> bool:
        """Return whether neither a device nor a listener is attached."""
        with self.lock:
            return not self._members and not self._listeners

    def devices(self) -> Sequence[BusMember]:
        with self.lock:
            return tuple(self._members)

    def listeners(self) -> Sequence[Listener]:
        with self.lock:
            return tuple(self._listeners)

    def any_replies(self) -> bool:
        """Return whether at least one device replies to frames."""
        return any(member.replies for member in self.devices())

    def add(self, device: BusDevice, *, replies: bool) -> int:
        """Add a device; return how many were added before it. ``replies``: the device replies to frames."""
        with self.lock:
            self._members.append(BusMember(device, replies))
            self._added += 1
            return self._added - 1

    def find(self, device: BusDevice) -> BusMember | None:
        """Return the member of a device, if it is attached."""
        with self.lock:
            return next((member for member in self._members if member.device is device), None)

    def remove(self, member: BusMember) -> None:
        """Remove a member, and end the wait for its removal."""
        with self.lock:
            self._members.remove(member)
        member.removed.set()

    def remove_leaving(self) -> None:
        """Remove the devices that wait to leave without their closing frames: the port is gone."""
        for member in self.devices():
            if member.leaving:
                self.remove(member)

    def add_listener(self, listener: Listener) -> None:
        with self.lock:
            self._listeners.append(listener)

    def remove_listener(self, listener: Listener) -> None:
        """Remove a listener. May be called again."""
        with self.lock:
            if listener in self._listeners:
                self._listeners.remove(listener)


def choose_next(members: Sequence[BusMember], due_indices: Sequence[int], first_index: int, now_s: float) -> int:
    """Return the index of the due device with the highest priority.

    Among equals it is the first one from ``first_index`` (inclusive) on, round robin.
    """
    return min(due_indices, key=lambda index: (members[index].priority(now_s), (index - first_index) % len(members)))
