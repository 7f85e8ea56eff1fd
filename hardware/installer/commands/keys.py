"""``luot-hardware keys``: show the bytes that keypads, rating pads and scanners send, with their meaning.

A scan may be an identity card, so bytes that come faster than key presses are counted and never shown.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from config.settings import DeskSettings
from hardware.installer.context import EX_USAGE, InstallerContext
from hardware.installer.devices import report_holders
from hardware.installer.findings import Level
from hardware.keypads import keymap
from hardware.keypads.codes import code_text
from hardware.keypads.kernel_keys import KEY_NAMES
from hardware.keypads.key_events import DOWN, EV_KEY, EVENT
from hardware.ports import HealthState
from hardware.serial_bus.bus import SerialBuses

SILENCE_S = 0.15
"""Bytes (or keys) with shorter pauses belong together: one press, or one scan."""
MAX_PRESS_BYTES = 4
"""More bytes than this are a scan."""
POLL_INTERVAL_S = 0.05
OPENING_TIMEOUT_S = 5.0


@dataclass(slots=True)
class WatchedPort:
    """One port with its devices, and the meaning of the bytes that they send.

    ``devices``: their kinds with their counters (``keypad c1``). ``meanings``: the key of each code on a serial port;
    ``names``: the key of each kernel key code on an input device (``is_evdev``). ``has_scanner``: bytes of this port
    are never shown.
    """

    port: str
    baud: int
    is_evdev: bool
    devices: list[str] = field(default_factory=list)
    meanings: dict[bytes, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    has_scanner: bool = False


def run(context: InstallerContext, *, port: str | None, baud: int, seconds: float) -> int:
    """Watch one port, or all ports of the settings, for ``seconds`` or until Ctrl-C."""
    watched_ports = _watched_ports(context, port, baud)
    if not watched_ports:
        context.show(
            context.words("installer", "Không có bàn phím hay máy quét nào để nghe; thêm --config hoặc tên cổng.")
        )
        return EX_USAGE
    if report_holders(context, [watched_port.port for watched_port in watched_ports if not watched_port.is_evdev]):
        return Level.FAULT
    for watched_port in watched_ports:
        devices = ", ".join(watched_port.devices)
        context.show(context.words("installer", "Đang nghe {port} ({who}).", port=watched_port.port, who=devices))
    with ExitStack() as stack:
        buses = SerialBuses(context.mono_s)
        listeners = [_PortListener(context, watched_port, buses, stack) for watched_port in watched_ports]
        # A key pressed before its port is open is lost, so the request to press waits.
        opening_end_s = context.mono_s() + OPENING_TIMEOUT_S
        while any(listener.is_opening for listener in listeners) and context.mono_s() < opening_end_s:
            if not context.pause(POLL_INTERVAL_S):
                break
        context.show(context.words("installer", "Bấm từng phím, quét thử một mã; Ctrl-C để kết thúc."))
        end_s = context.mono_s() + seconds
        while context.mono_s() < end_s and context.pause(POLL_INTERVAL_S):
            for listener in listeners:
                listener.poll()
    return Level.FINE if all(listener.is_working for listener in listeners) else Level.FAULT


def _watched_ports(context: InstallerContext, port: str | None, baud: int) -> list[WatchedPort]:
    if port is not None:
        return [WatchedPort(port, baud, "/input/" in str(Path(port).resolve()), [port])]
    settings = context.settings
    desks = settings.counter.desks if settings is not None and settings.counter is not None else ()
    ports: dict[str, WatchedPort] = {}
    for desk in desks:
        for name in ("keypad", "pad", "scanner"):
            device = getattr(desk, name)
            if device.kind == "none":
                continue
            watched_port = ports.setdefault(device.port, WatchedPort(device.port, device.baud, device.kind == "evdev"))
            watched_port.devices.append(f"{name} {desk.counter}")
            _add_meanings(watched_port, desk, name)
    return list(ports.values())


def _add_meanings(watched_port: WatchedPort, desk: DeskSettings, name: str) -> None:
    match name:
        case "keypad" if watched_port.is_evdev:
            watched_port.names |= keymap.evdev_keys(desk.keypad.keys)
        case "keypad":
            watched_port.meanings |= keymap.serial_keys(desk.keypad.keys, desk.keypad.address)
        case "pad" if watched_port.is_evdev:
            watched_port.names |= keymap.evdev_levels(desk.pad.keys, desk.pad.levels)
        case "pad":
            watched_port.meanings |= keymap.serial_levels(desk.pad.keys, desk.pad.levels, desk.pad.address)
        case _:
            watched_port.has_scanner = True


class _PortListener:
    """Shows the key presses and scans of one port, from the command's own thread."""

    def __init__(self, context: InstallerContext, watched: WatchedPort, buses: SerialBuses, stack: ExitStack) -> None:
        self._context, self._watched = context, watched
        self._received: list[tuple[bytes, float]] = []  # (bytes, when), put by the bus thread
        # Bytes (or kernel key codes) that belong together and are not shown yet; when the last one was received.
        self._pending, self._last_at_s = b"", 0.0
        self._pressed: list[int] = []
        self._shown_reason = ""  # the last shown reason why the port does not work
        self.is_working = True
        """Whether the port has not failed, or bytes were received since."""
        self.poll: Callable[[], None]
        """Show the keys and scans since the last call."""
        if watched.is_evdev:
            self._file, self._reason = _open_input(watched.port)
            if self._file is not None:
                stack.callback(os.close, self._file)
            self.poll = self._poll_kernel
        else:
            self._bus = buses.bus(watched.port, watched.baud)
            stack.callback(self._bus.listen(lambda data: self._received.append((data, context.mono_s()))))
            self.poll = self._poll_bus

    @property
    def is_opening(self) -> bool:
        """Return whether the port has neither opened nor failed yet."""
        return not self._watched.is_evdev and self._bus.health().state is HealthState.UNKNOWN

    def _poll_bus(self) -> None:
        health = self._bus.health()
        if health.state is HealthState.OFFLINE:
            self._show_failure(health.detail)
        received, self._received[:] = list(self._received), []
        for data, at_s in received:
            self._pending, self._last_at_s = self._pending + data, at_s
            self.is_working = True
        if self._pending and self._context.mono_s() >= self._last_at_s + SILENCE_S:
            data, self._pending = self._pending, b""
            if self._watched.has_scanner or not _is_key_press(data, self._watched.meanings):
                self._show_count(len(data))
                return
            for code in _split_codes(data, self._watched.meanings):
                self._show_key(code.hex(" "), code_text(code), self._watched.meanings.get(code))

    def _poll_kernel(self) -> None:
        if self._file is None:
            self._show_failure(self._reason)
            return
        try:
            data = os.read(self._file, 64 * EVENT.size)
        except BlockingIOError:
            data = b""
        except OSError as error:
            self._show_failure(error.strerror or str(error))
            return
        for offset in range(0, len(data) - EVENT.size + 1, EVENT.size):
            _, _, kind, code, value = EVENT.unpack_from(data, offset)
            if kind == EV_KEY and value == DOWN:
                self._pressed.append(code)
                self._last_at_s = self._context.mono_s()
        if self._pressed and self._context.mono_s() >= self._last_at_s + SILENCE_S:
            pressed, self._pressed = self._pressed, []
            if len(pressed) > MAX_PRESS_BYTES:
                self._show_count(len(pressed))
                return
            for code in pressed:
                name = KEY_NAMES.get(code, str(code))
                self._show_key(name, name, self._watched.names.get(code))

    def _show_key(self, code: str, as_setting: str, meaning: str | None) -> None:
        unknown = self._context.words("installer", 'chưa có trong cấu hình; thêm: "{code}" = …', code=as_setting)
        self._context.show(f"{self._watched.port}: {code}  {meaning or unknown}")

    def _show_count(self, count: int) -> None:
        port, words = self._watched.port, self._context.words
        self._context.show(
            words("installer", "{port}: một lần quét, {n} ký tự, không hiển thị nội dung", port=port, n=count)
        )

    def _show_failure(self, reason: str) -> None:
        self.is_working = False
        if reason and reason != self._shown_reason:
            self._shown_reason, words = reason, self._context.words
            self._context.show(words("installer", "{port}: không mở được ({why})", port=self._watched.port, why=reason))


def _open_input(path: str) -> tuple[int | None, str]:
    """Open an input device; return None and the reason when that fails."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return None, error.strerror or str(error)
    if not (stat.S_ISCHR(os.fstat(file).st_mode) or stat.S_ISFIFO(os.fstat(file).st_mode)):
        os.close(file)
        return None, os.strerror(errno.ENODEV)
    return file, ""


def _is_key_press(data: bytes, meanings: Mapping[bytes, str]) -> bool:
    """Return whether one press may have sent ``data``: a known code, or a few bytes."""
    return data in meanings or len(data) <= MAX_PRESS_BYTES


def _split_codes(data: bytes, meanings: Mapping[bytes, str]) -> Iterator[bytes]:
    """Yield the known codes in ``data``, and the unknown rest in one piece."""
    longest_first = sorted(meanings, key=len, reverse=True)
    while data:
        code = next((candidate for candidate in longest_first if data.startswith(candidate)), data)
        yield code
        data = data[len(code) :]
