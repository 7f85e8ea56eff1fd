"""Send and receive on the open port of a serial bus: turns, silence, replies, echo.

Everything here runs in the bus thread.
"""

import logging
from collections.abc import Callable

from hardware.serial_bus.device import Frame, FrameOutcome
from hardware.serial_bus.echo import PROBE, PROBE_TIMEOUT_S, EchoFilter
from hardware.serial_bus.members import BusMember, BusMembers, choose_next
from hardware.serial_bus.pending_reply import PendingReply
from hardware.serial_bus.serial_port import SerialPort
from hardware.serial_bus.silence import MIN_SILENCE_S, SILENCE_CHARACTERS, BusSilence
from hardware.serial_bus.unclaimed import UnclaimedBytes

log = logging.getLogger(__name__)

REPLY_CHARACTERS = 32
"""Transmission time of a reply, in characters, in addition to the time until it begins."""


class BusTraffic:
    """The traffic of ``members`` on ``port``. ``mono_s`` gives monotonic seconds."""

    def __init__(
        self, port: SerialPort, members: BusMembers, unclaimed: UnclaimedBytes, mono_s: Callable[[], float]
    ) -> None:
        self._port, self._members, self._unclaimed, self._mono_s = port, members, unclaimed, mono_s
        self._pending: PendingReply | None = None
        self._echo = EchoFilter()
        self._silence = BusSilence()
        self._first_index = 0  # index of the member that goes first among equals

    def opened(self, now_s: float) -> None:
        """Start anew on a port that was just opened; devices and listeners do the same."""
        self._silence.reset(now_s)
        self._pending = None  # the reply was lost with the connection
        self._echo = EchoFilter()
        self._unclaimed.port_opened()
        for member in self._members.devices():
            member.device.opened(now_s)
        for listener in self._members.listeners():
            listener(b"")

    def cancel(self) -> None:
        """Forget the pending reply: the thread failed."""
        self._pending = None

    def receive(self, data: bytes) -> None:
        """Pass received bytes to the pending reply, else to the listeners."""
        if not data:
            return
        now_s = self._mono_s()
        self._silence.received(now_s, self._silence_s())
        had_echo = self._echo.present
        data = self._echo.without_echo(data, now_s)
        if self._echo.present and not had_echo:
            self._log_echo()
        if self._pending is not None:
            self._pending.received += data
        elif data:
            self._pass_to_listeners(data)

    def finish_waiting(self) -> None:
        """End the wait for a reply or probe echo that is complete or overdue."""
        if received := self._echo.expire_probe(self._mono_s()):
            self._pass_to_listeners(received)
        pending, now_s = self._pending, self._mono_s()
        if pending is None:
            return
        if pending.detect_late_echo(self._echo):
            self._log_echo()
        result = pending.result(now_s)
        if result is None:
            return
        self._pending = None
        if result.damaged:
            self._unclaimed.add(self._port.address, result.damaged, now_s)
        if result.unrelated:
            self._pass_to_listeners(result.unrelated)
        self._report(pending.member, pending.frame, *result.reply, now_s)

    def send_next(self) -> float | None:
        """Send the next device's frame if the bus is free; return when to call again.

        None: not before bytes are received, a device wakes the bus or the port is opened.
        """
        members = self._members.devices()
        if not self._port.is_open:
            return None
        # Wait for the reply or probe echo of the last frame.
        if self._pending is not None:
            return self._pending.until_s
        if self._echo.probe_until_s is not None:
            return self._echo.probe_until_s
        # Wait until a device is due and the bus is silent.
        now_s = self._mono_s()
        due_times = [(index, due_s) for index, member in enumerate(members) if (due_s := member.due(now_s)) is not None]
        due_indices = [index for index, due_s in due_times if due_s <= now_s]
        if not due_indices:
            return min((due_s for _, due_s in due_times), default=None)
        if now_s < self._silence.until_s:
            return self._silence.until_s
        # Before the first frame, find out whether the adapter echoes, if any byte is to be trusted.
        if self._echo.present is None and (self._members.listeners() or any(member.replies for member in members)):
            return self._send_probe(now_s)
        # Round robin among the most urgent.
        index = choose_next(members, due_indices, self._first_index, now_s)
        self._first_index = (index + 1) % len(members)
        members[index].due_since_s = None
        self._send(members[index], now_s)
        return now_s

    def _send_probe(self, now_s: float) -> float:
        if self._port.write(PROBE):
            self._echo.probe_sent(now_s + self._port.transmission_s(PROBE, SILENCE_CHARACTERS) + PROBE_TIMEOUT_S)
        return now_s

    def _send(self, member: BusMember, now_s: float) -> None:
        frame = member.next_frame(now_s)
        if frame is None:
            self._members.remove(member)
            return
        if not self._port.write(frame.data):
            return
        now_s = self._mono_s()
        sent_at_s = now_s + self._port.transmission_s(frame.data, 0)
        self._echo.wrote(frame.data, sent_at_s, now_s)
        self._silence.sent(sent_at_s, self._silence_s())
        if frame.read_reply is not None:
            until_s = sent_at_s + frame.reply_timeout_s + self._port.transmission_s(b"", REPLY_CHARACTERS)
            self._pending = PendingReply(member, frame, frame.read_reply, until_s)
        else:
            self._report(member, frame, FrameOutcome.DONE, "", now_s)

    def _report(self, member: BusMember, frame: Frame, outcome: FrameOutcome, detail: str, now_s: float) -> None:
        if not member.leaving:
            member.device.frame_done(frame, outcome, detail, now_s)

    def _pass_to_listeners(self, data: bytes) -> None:
        """Pass ``data`` to all listeners; count it as unclaimed where there are none."""
        listeners = self._members.listeners()
        for listener in listeners:
            listener(data)
        if not listeners:
            self._unclaimed.add(self._port.address, data, self._mono_s())

    def _silence_s(self) -> float:
        return max(self._port.transmission_s(b"", SILENCE_CHARACTERS), MIN_SILENCE_S)

    def _log_echo(self) -> None:
        log.info("%s: the adapter echoes what it sends; the echo is ignored", self._port.address)
