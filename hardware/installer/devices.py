"""Open the devices of the settings for a test, and read their health."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from config.devices import SignSettings
from config.settings import CounterStationSettings, Settings
from config.signs import DataSheets
from hardware.installer import holders
from hardware.installer.context import InstallerContext
from hardware.installer.ports import PortKind
from hardware.keypads.serial_keys import KeypadBuses
from hardware.open.inputs import open_keypad, open_rating_pad, open_scanner
from hardware.open.printer import open_printer
from hardware.open.signs import open_sign
from hardware.open.speaker import open_speaker
from hardware.ports import DeviceHealth, HealthState
from hardware.serial_bus.bus import SerialBuses

POLL_INTERVAL_S = 0.05
OFFLINE_TIMEOUT_SHARE = 0.4
"""An offline device is waited for during this part of the time-out."""


class OpenedDevice(Protocol):
    def health(self) -> DeviceHealth: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class WiredSign:
    """A counter's sign with the sheets that its settings may name."""

    counter: str
    settings: SignSettings
    sheets: DataSheets


@contextmanager
def open_devices(
    context: InstallerContext, settings: Settings, stations: frozenset[str]
) -> Iterator[dict[str, OpenedDevice]]:
    """Open the devices of ``stations``, by the names under which stations report them.

    ``stations``: kiosk, counter, display, sign. Raises ``ValueError`` when the settings of one cannot be used.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        devices: dict[str, OpenedDevice] = {}
        for name, device in _open_each(context, settings, stations, folder):
            devices[name] = stack.enter_context(closing(device))
        yield devices


def _open_each(
    context: InstallerContext, settings: Settings, stations: frozenset[str], folder: Path
) -> Iterator[tuple[str, OpenedDevice]]:
    if settings.kiosk is not None and "kiosk" in stations:
        printer = open_printer(settings.kiosk.printer, folder, context.mono_s, context.wall_ms, lambda _result: None)
        if printer is not None:
            yield "printer", printer[0]
    if settings.counter is not None and "counter" in stations:
        yield from _counter_devices(context, settings.counter)
    if settings.node is not None and "sign" in stations:
        name = f"sign-{settings.node.counter}"
        if (sign := open_sign(settings.node.sign, SerialBuses(context.mono_s), settings.node.signs, name)) is not None:
            yield name, sign
    if settings.display is not None and "display" in stations and settings.display.voice:
        speaker = open_speaker(settings.display.speaker, context.mono_s)
        if speaker is not None:
            yield "speaker", speaker


def _counter_devices(context: InstallerContext, station: CounterStationSettings) -> Iterator[tuple[str, OpenedDevice]]:
    buses = SerialBuses(context.mono_s)
    keypad_buses = KeypadBuses(buses)
    for desk in station.desks:
        devices: dict[str, OpenedDevice | None] = {
            "sign": (
                open_sign(desk.sign, buses, station.signs, f"sign-{desk.counter}") if desk.sign.kind != "mqtt" else None
            ),
            "keypad": open_keypad(desk.keypad, lambda _press: None, keypad_buses, context.mono_s),
            "scanner": open_scanner(desk.scanner, lambda _text: None, buses, context.mono_s),
            "pad": open_rating_pad(desk.pad, lambda _level: None, keypad_buses, context.mono_s),
        }
        for name, device in devices.items():
            if device is not None:
                yield f"{name}-{desk.counter}", device


def signs_of(settings: Settings) -> Iterator[WiredSign]:
    """Yield every sign of the settings."""
    if settings.counter is not None:
        for desk in settings.counter.desks:
            yield WiredSign(desk.counter, desk.sign, settings.counter.signs)
    if settings.node is not None:
        yield WiredSign(settings.node.counter, settings.node.sign, settings.node.signs)


def sign_nodes(settings: Settings) -> list[str]:
    """Return the names of the signs that are stations of their own, such as ``sign-c1``."""
    desks = settings.counter.desks if settings.counter is not None else ()
    return [f"sign-{desk.counter}" for desk in desks if desk.sign.kind == "mqtt"]


def read_healths(
    context: InstallerContext, devices: dict[str, OpenedDevice], timeout_s: float
) -> dict[str, DeviceHealth]:
    """Return the health of each device, after waiting for those not known yet.

    An unknown device has ``timeout_s``, an offline one a part of it, because a driver that has not tried yet reports
    offline too.
    """
    start_s = context.mono_s()
    while True:
        healths = {name: device.health() for name, device in devices.items()}
        elapsed_s = context.mono_s() - start_s
        waits_s = {HealthState.UNKNOWN: timeout_s, HealthState.OFFLINE: timeout_s * OFFLINE_TIMEOUT_SHARE}
        if all(elapsed_s >= waits_s.get(health.state, 0.0) for health in healths.values()):
            return healths
        context.pause(POLL_INTERVAL_S)


def wired_ports(settings: Settings) -> Iterator[tuple[str, str, PortKind]]:
    """Yield each device on a port, as (device, port, required kind of port)."""
    kiosk = settings.kiosk
    if kiosk is not None and kiosk.printer.kind in ("serial", "usb"):
        yield "printer", kiosk.printer.address, PortKind.SERIAL if kiosk.printer.kind == "serial" else PortKind.PRINTER
    for sign in signs_of(settings):
        if sign.settings.port and sign.settings.kind not in ("none", "mqtt", "console"):
            yield f"sign-{sign.counter}", sign.settings.port, PortKind.SERIAL
    for desk in settings.counter.desks if settings.counter is not None else ():
        for name in ("keypad", "scanner", "pad"):
            device = getattr(desk, name)
            if device.kind != "none":
                kind = PortKind.INPUT if device.kind == "evdev" else PortKind.SERIAL
                yield f"{name}-{desk.counter}", device.port, kind


def address_of(settings: Settings, device: str) -> str:
    """Return the device's port, or its host:port; empty for a device without one."""
    if device == "printer" and settings.kiosk is not None:
        return settings.kiosk.printer.address
    return next((port for name, port, _ in wired_ports(settings) if name == device), "")


def holder_of(context: InstallerContext, address: str) -> str | None:
    """Return the names of the other programs that hold a device, in one text.

    None when no program of this machine holds the device at ``address``.
    """
    if "://" in address:
        return None
    if not address.startswith("/"):
        return ", ".join(holders.connected_programs(address, context.root)) or None
    path = context.root / address.lstrip("/")
    key = holders.lock_key(path)
    locked_by = holders.locked_files(context.root).get(key)
    device = str(Path("/") / path.resolve().relative_to(context.root.resolve())) if path.exists() else ""
    # A simulated device holds its own end of a pseudo-terminal open; only one that is locked is in use.
    opened_by = [] if device.startswith("/dev/pts/") else holders.open_files(context.root).get(device, [])
    names = list(dict.fromkeys(name for name in (locked_by, *opened_by) if name))
    if names or locked_by is not None:
        return ", ".join(names) or context.words("installer", "một chương trình khác")
    return None


def report_holders(context: InstallerContext, addresses: Iterable[str]) -> bool:
    """Show the programs that hold the devices, with advice; return whether there are any."""
    holder_at = {address: name for address in addresses if (name := holder_of(context, address)) is not None}
    for address, name in holder_at.items():
        used = context.words("installer", "đang được dùng bởi {program}", program=name)
        context.show(f"{address}: {used}")
    if holder_at:
        context.show("→ " + context.words("installer", "Dừng chương trình đó trước rồi thử lại."))
    return bool(holder_at)
