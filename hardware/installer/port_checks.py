"""Check the ports of the settings: presence, rights, kind, permanent name."""

import difflib
import grp
import os
import pwd
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from config.settings import Settings
from config.words import Words
from hardware.installer import phrases
from hardware.installer.context import InstallerContext
from hardware.installer.devices import wired_ports
from hardware.installer.findings import Finding, Level
from hardware.installer.holders import is_locked
from hardware.installer.ports import Caution, PortKind, port_of

TEMPORARY_NAMES = ("ttyUSB", "ttyACM")
PSEUDO_TERMINALS = range(136, 144)
"""Their major numbers in the kernel's list of devices."""
GROUPS = {PortKind.SERIAL: "dialout", PortKind.PRINTER: "lp", PortKind.INPUT: "input"}


def check_ports(context: InstallerContext, settings: Settings) -> Iterator[Finding]:
    """Yield the findings about each device's port.

    ``name``, here and below, is the port as the settings name it. URLs are not checked.
    """
    for device, name, kind in wired_ports(settings):
        if "://" not in name:
            fault = _fault(context, device, name, kind)
            yield from [fault] if fault is not None else _usable_findings(context, device, name)


def _fault(context: InstallerContext, device: str, name: str, kind: PortKind) -> Finding | None:
    """Return the fault that makes the port unusable, if any."""
    words, subject = context.words, phrases.name(device, context.words)
    path = _under_root(context.root, name)
    if not path.exists():
        return _missing(context, device, name)
    no_rights = words("installer", "không có quyền dùng cổng {port}", port=name)
    if not os.access(path, os.R_OK if kind is PortKind.INPUT else os.R_OK | os.W_OK):
        todo = words("installer", "Thêm người dùng {user} vào nhóm {group}.", user=user(), group=_group_of(path, kind))
        return Finding(Level.FAULT, f"rights:{device}", subject, no_rights, todo)
    if os.geteuid() == 0 and not usable_by_services(path.stat(), kind):
        return Finding(Level.FAULT, f"rights:{device}", subject, no_rights, advice_for_services(GROUPS[kind], words))
    port = port_of(name, context.root)
    if port is not None and port.kind is not kind:
        text = words("installer", "{port} là cổng loại khác: {product}", port=name, product=port.product or port.kind)
        todo = words("health", "Cắm đúng thiết bị vào cổng này.")
        return Finding(Level.FAULT, f"kind:{device}", subject, text, todo)
    return None


def _missing(context: InstallerContext, device: str, name: str) -> Finding:
    words, path = context.words, _under_root(context.root, name)
    text = words("installer", "không có cổng {port}", port=name)
    todo = words("installer", "Cắm thiết bị; chạy luot-hardware ports để xem tên cổng.")
    close = difflib.get_close_matches(path.name, [neighbour.name for neighbour in path.parent.glob("*")], n=1)
    if close:
        todo = words("installer", "Có phải {port}? Sửa tệp cấu hình.", port=Path(name).with_name(close[0]))
    return Finding(Level.FAULT, f"port:{device}", phrases.name(device, words), text, todo)


def _usable_findings(context: InstallerContext, device: str, name: str) -> Iterator[Finding]:
    """Yield the warnings about a usable port, or that it is fine."""
    words, subject = context.words, phrases.name(device, context.words)
    cautions = tuple(_cautions(context, device, name, subject))
    yield from cautions
    if not cautions:
        in_use = words("installer", "đang được dùng")
        locked = is_locked(_under_root(context.root, name).resolve(), context.root)
        text = words("installer", "có cổng {port}", port=name) + (f", {in_use}" if locked else "")
        yield Finding(Level.FINE, f"port:{device}", subject, text)


def _cautions(context: InstallerContext, device: str, name: str, subject: str) -> Iterator[Finding]:
    words, port = context.words, port_of(name, context.root)
    if port is not None and port.usb and Path(name).name.startswith(TEMPORARY_NAMES):
        text = words("installer", "tên {port} có thể đổi sau khi khởi động", port=name)
        todo = words("installer", "Dùng tên cố định: {port}", port=port.best_name)
        yield Finding(Level.WARNING, f"name:{device}", subject, text, todo)
    for caution in port.cautions if port is not None else ():
        if caution is not Caution.NO_SERIAL_NUMBER or "by-id" in name:
            caution_text, caution_todo = phrases.CAUTIONS[caution]
            yield Finding(Level.WARNING, f"{caution}:{device}", subject, caution_text(words), caution_todo(words))


def _under_root(root: Path, name: str) -> Path:
    return root / name.lstrip("/") if name.startswith("/") else Path(name)


def group_name(gid: int) -> str:
    """Return the name of a group of this machine; empty without such a group."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return ""


def usable_by_services(status: os.stat_result, kind: PortKind, name_of: Callable[[int], str] = group_name) -> bool:
    """Return whether our services may use the port.

    They run as ``luot`` in the group of that kind of port.
    """
    if not stat.S_ISCHR(status.st_mode) or os.major(status.st_rdev) in PSEUDO_TERMINALS:
        return True
    needed = 0o4 if kind is PortKind.INPUT else 0o6
    by_group = name_of(status.st_gid) == GROUPS[kind] and (status.st_mode >> 3) & needed == needed
    return by_group or status.st_mode & needed == needed


def user() -> str:
    """Return the name of this user, or the number of one without a name."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _group_of(path: Path, kind: PortKind) -> str:
    try:
        return group_name(path.stat().st_gid) or GROUPS[kind]
    except OSError:
        return GROUPS[kind]


def advice_for_services(group: str, words: Words) -> str:
    """Return the advice for a port that the services may not use."""
    try:
        grp.getgrnam(group)
    except KeyError:
        return words("installer", "Máy này chưa có nhóm {group}: cài lại Lượt trên máy này, rồi cắm lại.", group=group)
    return words("installer", "Cài luật udev của gói này rồi cắm lại: cổng phải thuộc nhóm {group}.", group=group)
