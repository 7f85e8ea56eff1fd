"""Every device of the settings, opened for a look, and what it says of itself."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Protocol

from config.devices import Sign
from config.settings import Settings
from hardware.installer import holders
from hardware.installer.ports import Kind
from hardware.installer.site import Site
from hardware.keypads.serial_keys import KeyLines
from hardware.lines.lines import Lines
from hardware.open import open_keypad, open_pad, open_printer, open_scanner, open_speaker
from hardware.open_signs import Sheets, open_sign
from hardware.ports import Health, State

LOOK_S = 0.05
OFFLINE_SHARE = 0.4


class Opened(Protocol):
    def health(self) -> Health: ...

    def close(self) -> None: ...


@contextmanager
def opened(site: Site, settings: Settings, stations: frozenset[str]) -> Iterator[dict[str, Opened]]:
    """The devices of ``stations`` (kiosk, counter, display, sign), by the name under which stations report them. Raises
    ``ValueError`` when the settings of one cannot be used."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        found: dict[str, Opened] = {}
        for name, device in _each(site, settings, stations, folder):
            found[name] = held.enter_context(closing(device))
        yield found


def _each(site: Site, settings: Settings, stations: frozenset[str], folder: Path) -> Iterator[tuple[str, Opened]]:
    if settings.kiosk is not None and "kiosk" in stations:
        printer = open_printer(settings.kiosk.printer, folder, site.mono_s, site.wall_ms, lambda _result: None)
        if printer is not None:
            yield "printer", printer[0]
    if settings.counter is not None and "counter" in stations:
        yield from _desks(site, settings)
    if settings.node is not None and "sign" in stations:
        name = f"sign-{settings.node.counter}"
        if (sign := open_sign(settings.node.sign, Lines(site.mono_s), settings.node.signs, name)) is not None:
            yield name, sign
    if settings.display is not None and "display" in stations and settings.display.voice:
        speaker = open_speaker(settings.display.speaker, site.mono_s)
        if speaker is not None:
            yield "speaker", speaker


def _desks(site: Site, settings: Settings) -> Iterator[tuple[str, Opened]]:
    assert settings.counter is not None
    lines = Lines(site.mono_s)
    key_lines = KeyLines(lines)
    for desk in settings.counter.desks:
        devices: dict[str, Opened | None] = {
            "sign": (
                open_sign(desk.sign, lines, settings.counter.signs, f"sign-{desk.counter}")
                if desk.sign.kind != "mqtt"
                else None
            ),
            "keypad": open_keypad(desk.keypad, lambda _press: None, key_lines, site.mono_s),
            "scanner": open_scanner(desk.scanner, lambda _text: None, lines, site.mono_s),
            "pad": open_pad(desk.pad, lambda _level: None, key_lines, site.mono_s),
        }
        for name, device in devices.items():
            if device is not None:
                yield f"{name}-{desk.counter}", device


def signs_of(settings: Settings) -> Iterator[tuple[str, Sign, Sheets]]:
    """Every sign of the settings: its counter, itself, and the sheets it may name."""
    if settings.counter is not None:
        for desk in settings.counter.desks:
            yield desk.counter, desk.sign, settings.counter.signs
    if settings.node is not None:
        yield settings.node.counter, settings.node.sign, settings.node.signs


def nodes(settings: Settings) -> list[str]:
    """Signs that are stations of their own on the broker."""
    desks = settings.counter.desks if settings.counter is not None else ()
    return [f"sign-{desk.counter}" for desk in desks if desk.sign.kind == "mqtt"]


def healths(site: Site, devices: dict[str, Opened], patience_s: float) -> dict[str, Health]:
    """What each says. One that has said nothing yet is given ``patience_s``, one that is not there a part of it: a
    driver that has not yet tried says that too."""
    begun_s = site.mono_s()
    while True:
        found = {name: device.health() for name, device in devices.items()}
        took_s = site.mono_s() - begun_s
        waits = {State.UNKNOWN: patience_s, State.OFFLINE: patience_s * OFFLINE_SHARE}
        if all(took_s >= waits.get(health.state, 0.0) for health in found.values()):
            return found
        site.pause(LOOK_S)


def wired(settings: Settings) -> Iterator[tuple[str, str, Kind]]:
    """Whose port, its name, and what kind of port it must be."""
    kiosk = settings.kiosk
    if kiosk is not None and kiosk.printer.kind in ("serial", "usb"):
        yield "printer", kiosk.printer.address, Kind.SERIAL if kiosk.printer.kind == "serial" else Kind.PRINTER
    for counter, sign, _ in signs_of(settings):
        if sign.port and sign.kind not in ("none", "mqtt", "console"):
            yield f"sign-{counter}", sign.port, Kind.SERIAL
    for desk in settings.counter.desks if settings.counter is not None else ():
        for name in ("keypad", "scanner", "pad"):
            device = getattr(desk, name)
            if device.kind != "none":
                yield f"{name}-{desk.counter}", device.port, Kind.INPUT if device.kind == "evdev" else Kind.SERIAL


def address_of(settings: Settings, device: str) -> str:
    """Where the device of that name is: a port, or host:port; empty where it is nowhere."""
    if device == "printer" and settings.kiosk is not None:
        return settings.kiosk.printer.address
    return next((address for who, address, _ in wired(settings) if who == device), "")


def holder(site: Site, address: str) -> str | None:
    """Which other program of this machine holds the device at ``address``; None: nobody."""
    if "://" in address:
        return None
    if not address.startswith("/"):
        return ", ".join(holders.connected(address, site.root)) or None
    path = site.root / address.lstrip("/")
    key = holders.key(path)
    alone = holders.locks(site.root).get(key)
    device = str(Path("/") / path.resolve().relative_to(site.root.resolve())) if path.exists() else ""
    # A simulated device holds its own end of a pseudo-terminal open; only one that is locked is in use.
    open_by = [] if device.startswith("/dev/pts/") else holders.users(site.root).get(device, [])
    names = list(dict.fromkeys(one for one in (alone, *open_by) if one))
    if names or alone is not None:
        return ", ".join(names) or site.words("installer", "một chương trình khác")
    return None


def says_who_holds(site: Site, addresses: Iterable[str]) -> bool:
    """Whether somebody holds one of the devices; it is told, with what to do."""
    held = {address: program for address in addresses if (program := holder(site, address)) is not None}
    for address, program in held.items():
        used = site.words("installer", "đang được dùng bởi {program}", program=program)
        site.say(f"{address}: {used}")
    if held:
        site.say("→ " + site.words("installer", "Dừng chương trình đó trước rồi thử lại."))
    return bool(held)
