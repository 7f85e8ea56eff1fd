"""List this machine's serial ports, USB printers and input devices, with permanent names.

Everything is read from ``/dev``, ``/sys`` and ``/proc`` below ``root``; no port is opened, because opening one moves
its handshake lines, which some devices take for a reset.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from hardware.installer import holders
from hardware.installer.holders import read_text

CH340 = ("1a86", "7523")  # USB ids of a common serial adapter


class PortKind(StrEnum):
    """A kind of port for the devices of a hall."""

    SERIAL = "serial"
    PRINTER = "printer"
    INPUT = "input"


class Caution(StrEnum):
    """A property of a port that may cause failures.

    MODEM_MANAGER: that program may take the port when it is plugged in. BRLTTY: that program takes adapters of this
    kind. NO_SERIAL_NUMBER: two such adapters have the same ``by_id`` name. NO_RIGHTS: this user may not open the port.
    """

    MODEM_MANAGER = "modem_manager"
    BRLTTY = "brltty"
    NO_SERIAL_NUMBER = "no_serial_number"
    NO_RIGHTS = "no_rights"


@dataclass(frozen=True, slots=True)
class Port:
    """One port of this machine.

    ``device`` is the kernel's name of it, which may change at the next start. ``by_id`` and ``by_path`` are its
    permanent names; ``udev_name`` is the name that our own udev rules gave it (``/dev/luot/…``); None: it has no such
    name. ``usb`` is the maker's and the model's number in hexadecimal; None: it is not on USB. ``used_by`` holds the
    programs that have it open, as far as they can be seen; ``locked``: one of them has it exclusively.
    """

    kind: PortKind
    device: Path
    by_id: Path | None = None
    by_path: Path | None = None
    udev_name: Path | None = None
    usb: tuple[str, str] | None = None
    product: str = ""
    serial_number: str = ""
    used_by: tuple[str, ...] = ()
    locked: bool = False
    cautions: tuple[Caution, ...] = field(default=())

    @property
    def best_name(self) -> Path:
        """Return the name for the settings: it survives re-plugging and restarts."""
        if self.udev_name is not None:
            return self.udev_name
        if Caution.NO_SERIAL_NUMBER in self.cautions:
            return self.by_path or self.device
        return self.by_id or self.by_path or self.device


# kind, folder of its devices, patterns of their names, folder of their permanent names, class below /sys
_PORT_FAMILIES: Sequence[tuple[PortKind, str, tuple[str, ...], str, str]] = (
    (PortKind.SERIAL, "dev", ("ttyUSB*", "ttyACM*", "ttyS*", "ttyAMA*"), "dev/serial", "tty"),
    (PortKind.PRINTER, "dev/usb", ("lp*",), "dev/usb", "usbmisc"),
    (PortKind.INPUT, "dev/input", ("event*",), "dev/input", "input"),
)


def ports(root: Path = Path("/")) -> list[Port]:
    """Return the ports for the devices of a hall, sorted by kind and name."""
    running = _running_programs(root)
    programs = holders.open_files(root)
    locked = holders.locked_files(root)
    present = []
    udev_names = _permanent_names(root, "dev/luot")
    for kind, folder, patterns, names, family in _PORT_FAMILIES:
        by_id, by_path = _permanent_names(root, f"{names}/by-id"), _permanent_names(root, f"{names}/by-path")
        for device in sorted(path for pattern in patterns for path in (root / folder).glob(pattern)):
            usb = _usb_description(root / "sys" / "class" / family / device.name / "device")
            if not usb and (kind is PortKind.INPUT or not _has_chip(root, family, device.name)):
                continue
            port = Port(
                kind,
                _without_root(root, device),
                by_id=by_id.get(device.name),
                by_path=by_path.get(device.name),
                udev_name=udev_names.get(device.name),
                usb=(usb["idVendor"], usb["idProduct"]) if usb else None,
                product=" ".join(text for text in (usb.get("manufacturer"), usb.get("product")) if text),
                serial_number=usb.get("serial", ""),
                used_by=tuple(programs.get(str(_without_root(root, device)), ())),
                locked=holders.lock_key(device) in locked,
            )
            present.append(_with_cautions(port, device, running))
    return present


def _with_cautions(port: Port, device: Path, running: frozenset[str]) -> Port:
    cautions = []
    if port.kind is PortKind.SERIAL and port.usb:
        if "ModemManager" in running:
            cautions.append(Caution.MODEM_MANAGER)
        if "brltty" in running and port.usb == CH340:
            cautions.append(Caution.BRLTTY)
        if not port.serial_number:
            cautions.append(Caution.NO_SERIAL_NUMBER)
    if not os.access(device, os.R_OK | os.W_OK if port.kind is not PortKind.INPUT else os.R_OK):
        cautions.append(Caution.NO_RIGHTS)
    return replace(port, cautions=tuple(cautions))


def port_of(name: str, root: Path = Path("/")) -> Port | None:
    """Return the port that a setting names, under any of its names."""
    path = root / name.lstrip("/")
    try:
        target = path.resolve(strict=True)
    except OSError:
        return None
    return next((port for port in ports(root) if (root / str(port.device).lstrip("/")).resolve() == target), None)


def _without_root(root: Path, path: Path) -> Path:
    """Return a path below ``root`` as an absolute path of the machine."""
    return Path("/") / path.relative_to(root)


def _permanent_names(root: Path, folder: str) -> Mapping[str, Path]:
    """Return the permanent name of each device that ``folder`` links to."""
    links: dict[str, Path] = {}
    for link in sorted((root / folder).glob("*")):
        links.setdefault(link.readlink().name if link.is_symlink() else link.name, _without_root(root, link))
    return links


def _usb_description(device: Path) -> dict[str, str]:
    """Return the description of the USB device above ``device``; empty without one."""
    try:
        start = device.resolve(strict=True)
    except OSError:
        return {}
    for folder in (start, *start.parents):
        if (folder / "idVendor").is_file():
            names = ("idVendor", "idProduct", "manufacturer", "product", "serial")
            return {name: text for name in names if (text := read_text(folder / name))}
    return {}


def _has_chip(root: Path, family: str, name: str) -> bool:
    """Return whether a port that is not on USB really exists.

    The kernel lists four UARTs on any PC, most of them without a chip (type 0).
    """
    folder = root / "sys" / "class" / family / name
    return folder.exists() and read_text(folder / "type") not in ("", "0")


def _running_programs(root: Path) -> frozenset[str]:
    return frozenset(read_text(path) for path in (root / "proc").glob("[0-9]*/comm"))
