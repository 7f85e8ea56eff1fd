"""USB keypads, foot pedals and button pads, which the kernel treats as keyboards."""

import errno
import os
import select
import threading
from collections.abc import Callable, Mapping

from config.threads import RestartingThread
from hardware.health.liveness import ThreadLiveness
from hardware.keypads.handlers import KeyHandler
from hardware.keypads.key_events import (
    EV_LED,
    EV_SYN,
    EVENT,
    SYN_REPORT,
    InputDevices,
    KernelInputDevices,
    KeyEventReader,
)
from hardware.keypads.serial_keys import LAMP_ON_S
from hardware.ports import DeviceHealth, HealthState
from hardware.serial_bus.serial_port import FIRST_RETRY_S, MAX_RETRY_S

READ_BYTES = 64 * EVENT.size

_ERROR_HEALTH: Mapping[int, DeviceHealth] = {
    errno.EACCES: DeviceHealth(
        HealthState.FAULT, "fault", "no right to read it; this program's user must be in the group input"
    ),
    errno.EPERM: DeviceHealth(
        HealthState.FAULT, "fault", "no right to read it; this program's user must be in the group input"
    ),
    errno.EBUSY: DeviceHealth(HealthState.FAULT, "fault", "another program has grabbed it"),
    errno.ENOTTY: DeviceHealth(HealthState.FAULT, "wrong", "not an input device"),
    errno.EINVAL: DeviceHealth(HealthState.FAULT, "wrong", "not an input device"),
}


class EvdevPad:
    """A counter's keypad or a rating pad at ``path``.

    ``handler`` receives the keys in the pad's thread. ``keys``: kernel key code → key. ``led``: the kernel's number of
    the LED that is the pad's lamp; None: it has none. ``mono_s`` gives monotonic seconds. ``inputs``: the operating
    system's input devices, which tests replace.
    """

    def __init__(
        self,
        path: str,
        keys: Mapping[int, str],
        handler: KeyHandler,
        mono_s: Callable[[], float],
        *,
        led: int | None = None,
        inputs: InputDevices | None = None,
    ) -> None:
        self._path, self._handler, self._mono_s, self._led = path, handler, mono_s, led
        self._inputs = inputs or KernelInputDevices()
        self._events = KeyEventReader(keys)
        self._fd: int | None = None
        self._health = DeviceHealth(HealthState.UNKNOWN)
        self._liveness = ThreadLiveness(mono_s)
        self._retry_after_s, self._retry_at_s = FIRST_RETRY_S, mono_s()
        self._lamp_requested = False
        self._lamp_off_at_s: float | None = None
        self._closing = threading.Event()
        self._wake_read_fd, self._wake_write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._lock = threading.Lock()
        self._thread = RestartingThread(
            f"evdev {path}", self._run, closing=self._closing, on_failure=self._failed, on_stopped=self._release
        )
        self._thread.start()

    def flash_lamp(self) -> None:
        """Light the LED for two seconds."""
        with self._lock:
            if self._led is None or self._closing.is_set() or self._lamp_requested:
                return
            self._lamp_requested = True
            os.write(self._wake_write_fd, b"!")

    def health(self) -> DeviceHealth:
        health, now_s = self._health, self._mono_s()
        if health.state is HealthState.READY:
            key = self._events.held_key(now_s) or self._handler.stuck_key(now_s)
            if key is not None:
                return DeviceHealth(HealthState.FAULT, code="key_stuck", detail=f"key {key} is stuck")
        return self._liveness.unless_hung(health)

    def close(self) -> None:
        with self._lock:
            if not self._closing.is_set():
                self._closing.set()
                os.write(self._wake_write_fd, b"!")
        self._thread.join()

    # --- the pad's thread

    def _run(self) -> None:
        while not self._closing.is_set():
            self._liveness.beat()
            self._open()
            self._read()
            now_s = self._mono_s()
            self._handler.tick(now_s)
            self._update_lamp(now_s)
            self._wait()

    def _release(self) -> None:
        """Close all file descriptors: the thread has ended."""
        self._close_device(DeviceHealth(HealthState.OFFLINE, detail="closed"))
        with self._lock:
            os.close(self._wake_read_fd)
            os.close(self._wake_write_fd)

    def _failed(self, error: Exception) -> None:
        """Report an unexpected exception and close the device; the thread opens it again."""
        detail = f"its thread failed: {type(error).__name__}; see the log"
        self._close_device(DeviceHealth(HealthState.FAULT, code="failed", detail=detail))
        self._retry_at_s = self._mono_s() + self._retry_after_s

    def _open(self) -> None:
        if self._fd is not None or self._mono_s() < self._retry_at_s:
            return
        try:
            self._fd = self._inputs.open(self._path)
            self._inputs.grab(self._fd)
        except OSError as error:
            self._lose(error)
            return
        self._retry_after_s = FIRST_RETRY_S
        self._health = DeviceHealth(HealthState.READY)

    def _read(self) -> None:
        if self._fd is None:
            return
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:  # ENODEV: unplugged
            self._lose(error)
            return
        if not data:
            self._lose(OSError(errno.ENODEV, os.strerror(errno.ENODEV)))
            return
        now_s = self._mono_s()
        for key in self._events.feed(data, now_s):
            self._handler.key_signal(key, now_s)

    def _update_lamp(self, now_s: float) -> None:
        requested, self._lamp_requested = self._lamp_requested, False
        if requested:
            self._lamp_off_at_s = now_s + LAMP_ON_S
            self._switch_led(on=True)
        elif self._lamp_off_at_s is not None and now_s >= self._lamp_off_at_s:
            self._lamp_off_at_s = None
            self._switch_led(on=False)

    def _switch_led(self, *, on: bool) -> None:
        if self._fd is None or self._led is None:
            return
        data = EVENT.pack(0, 0, EV_LED, self._led, int(on)) + EVENT.pack(0, 0, EV_SYN, SYN_REPORT, 0)
        try:
            self._inputs.write(self._fd, data)
        except OSError as error:
            self._lose(error)

    def _wait(self) -> None:
        """Block until events arrive, another thread wakes this one, or something is due."""
        times = [self._handler.due(), self._lamp_off_at_s, self._retry_at_s if self._fd is None else None]
        until_s = self._liveness.wake_by(min((due_s for due_s in times if due_s is not None), default=None))
        timeout_s = max(0.0, until_s - self._mono_s())
        watched_fds = [self._wake_read_fd] if self._fd is None else [self._wake_read_fd, self._fd]
        ready, _, _ = select.select(watched_fds, [], [], timeout_s)
        if self._wake_read_fd in ready:
            os.read(self._wake_read_fd, 4096)

    def _lose(self, error: OSError) -> None:
        health = _ERROR_HEALTH.get(error.errno or 0) or DeviceHealth(
            HealthState.OFFLINE, "off", error.strerror or str(error)
        )
        self._close_device(health)
        self._retry_at_s = self._mono_s() + self._retry_after_s
        self._retry_after_s = min(self._retry_after_s * 2, MAX_RETRY_S)

    def _close_device(self, health: DeviceHealth) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)
        self._handler.reset()
        self._events.reset()
        self._health = health
