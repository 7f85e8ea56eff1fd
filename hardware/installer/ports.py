"""What is plugged into this machine: serial ports, USB printers and input devices, under names that stay.

Everything is read from ``/dev``, ``/sys`` and ``/proc`` below ``root``; no port is opened, since opening one moves
its handshake lines, which some devices take for a reset.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from hardware.installer import holders
from hardware.installer.holders import read

CH340 = ("1a86", "7523")


class Kind(StrEnum):
    SERIAL = "serial"
    PRINTER = "printer"
    INPUT = "input"


class Caution(StrEnum):
    """What an installer should know about a port."""

    MODEM_MANAGER = "modem_manager"
    BRLTTY = "brltty"
    NO_SERIAL_NUMBER = "no_serial_number"
    NO_RIGHTS = "no_rights"


@dataclass(frozen=True, slots=True)
class Port:
    """One port. ``by_id`` and ``by_path`` are its lasting names, None where it has none; ``ours`` the one that our own
    udev rules gave it (``/dev/luot/…``); ``usb`` its maker's and
    model's number; ``used_by`` who has it open (program and process, where it can be seen); ``locked``: for itself
    alone."""

    kind: Kind
    device: Path
    by_id: Path | None = None
    by_path: Path | None = None
    ours: Path | None = None
    usb: tuple[str, str] | None = None
    product: str = ""
    serial_number: str = ""
    used_by: tuple[str, ...] = ()
    locked: bool = False
    cautions: tuple[Caution, ...] = field(default=())

    @property
    def best_name(self) -> Path:
        """What belongs in the settings: the name that survives re-plugging and restarts."""
        if self.ours is not None:
            return self.ours
        if Caution.NO_SERIAL_NUMBER in self.cautions:
            return self.by_path or self.device
        return self.by_id or self.by_path or self.device


# kind, where its devices lie, which they are, where their lasting names lie, class below /sys
_KINDS: Sequence[tuple[Kind, str, tuple[str, ...], str, str]] = (
    (Kind.SERIAL, "dev", ("ttyUSB*", "ttyACM*", "ttyS*", "ttyAMA*"), "dev/serial", "tty"),
    (Kind.PRINTER, "dev/usb", ("lp*",), "dev/usb", "usbmisc"),
    (Kind.INPUT, "dev/input", ("event*",), "dev/input", "input"),
)


def ports(root: Path = Path("/")) -> list[Port]:
    """Every port of this machine that may be a device of ours, sorted by kind and name."""
    running = _running(root)
    users = holders.users(root)
    locked = holders.locks(root)
    found = []
    ours = _links(root, "dev/luot")
    for kind, folder, patterns, names, family in _KINDS:
        by_id, by_path = _links(root, f"{names}/by-id"), _links(root, f"{names}/by-path")
        for device in sorted(one for pattern in patterns for one in (root / folder).glob(pattern)):
            usb = _usb(root / "sys" / "class" / family / device.name / "device")
            if not usb and (kind is Kind.INPUT or not _is_wired(root, family, device.name)):
                continue
            port = Port(
                kind,
                _outside(root, device),
                by_id=by_id.get(device.name),
                by_path=by_path.get(device.name),
                ours=ours.get(device.name),
                usb=(usb["idVendor"], usb["idProduct"]) if usb else None,
                product=" ".join(one for one in (usb.get("manufacturer"), usb.get("product")) if one),
                serial_number=usb.get("serial", ""),
                used_by=tuple(users.get(str(_outside(root, device)), ())),
                locked=holders.key(device) in locked,
            )
            found.append(_with_cautions(port, device, running))
    return found


def _with_cautions(port: Port, device: Path, running: frozenset[str]) -> Port:
    cautions = []
    if port.kind is Kind.SERIAL and port.usb:
        if "ModemManager" in running:
            cautions.append(Caution.MODEM_MANAGER)
        if "brltty" in running and port.usb == CH340:
            cautions.append(Caution.BRLTTY)
        if not port.serial_number:
            cautions.append(Caution.NO_SERIAL_NUMBER)
    if not os.access(device, os.R_OK | os.W_OK if port.kind is not Kind.INPUT else os.R_OK):
        cautions.append(Caution.NO_RIGHTS)
    return replace(port, cautions=tuple(cautions))


def port_of(name: str, root: Path = Path("/")) -> Port | None:
    """The port that a setting names, under whichever of its names."""
    path = root / name.lstrip("/")
    try:
        target = path.resolve(strict=True)
    except OSError:
        return None
    return next((one for one in ports(root) if (root / str(one.device).lstrip("/")).resolve() == target), None)


def _outside(root: Path, path: Path) -> Path:
    """The path as this machine's own programs know it."""
    return Path("/") / path.relative_to(root)


def _links(root: Path, folder: str) -> Mapping[str, Path]:
    """Name of the device -> its lasting name in ``folder``."""
    found: dict[str, Path] = {}
    for link in sorted((root / folder).glob("*")):
        found.setdefault(link.readlink().name if link.is_symlink() else link.name, _outside(root, link))
    return found


def _usb(device: Path) -> dict[str, str]:
    """What the USB device above ``device`` says of itself; empty when there is none."""
    try:
        here = device.resolve(strict=True)
    except OSError:
        return {}
    for folder in (here, *here.parents):
        if (folder / "idVendor").is_file():
            kept = ("idVendor", "idProduct", "manufacturer", "product", "serial")
            return {name: text for name in kept if (text := read(folder / name))}
    return {}


def _is_wired(root: Path, family: str, name: str) -> bool:
    """Whether a port that is not on USB is really there: the kernel lists four UARTs on any PC, most without a chip
    (type 0)."""
    folder = root / "sys" / "class" / family / name
    return folder.exists() and read(folder / "type") not in ("", "0")


def _running(root: Path) -> frozenset[str]:
    """Names of the programs that run."""
    return frozenset(read(path) for path in (root / "proc").glob("[0-9]*/comm"))
