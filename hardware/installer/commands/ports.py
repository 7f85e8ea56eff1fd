"""``luot-hardware ports``: list connected devices, the programs that use them, and their permanent names."""

import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from hardware.installer import phrases
from hardware.installer.context import InstallerContext
from hardware.installer.findings import Level
from hardware.installer.ports import Port, PortKind, ports

PRINTER_PORT = 9100
CONNECT_TIMEOUT_S = 0.4
MAX_NEIGHBOURS = 254


def run(context: InstallerContext, *, network: Sequence[str] | None) -> int:
    """Print the list of ports; return 1 when one of them has a caution.

    ``network``: hosts to try for a network printer; empty: this machine's neighbours; None: no network search.
    """
    words, present = context.words, ports(context.root)
    for port in present:
        context.show_lines(_lines(context, port))
    if not present:
        context.show(words("installer", "Không thấy cổng nối tiếp, máy in USB hay bàn phím USB nào."))
    if network is not None:
        for address in network_printers(network or neighbours(context)):
            context.show(words("installer", "Máy in mạng: {address}", address=address))
    if any(port.kind is PortKind.PRINTER for port in present):
        context.show(words("installer", "Máy in USB: chỉ dùng một cách, qua tệp /dev/usb/lp…, không qua CUPS."))
    return Level.WARNING if any(port.cautions for port in present) else Level.FINE


def _lines(context: InstallerContext, port: Port) -> Iterator[str]:
    words = context.words
    kinds = {
        PortKind.SERIAL: words("installer", "cổng nối tiếp"),
        PortKind.PRINTER: words("installer", "máy in USB"),
        PortKind.INPUT: words("installer", "bàn phím"),
    }
    usb = f" [{':'.join(port.usb)}]" if port.usb else ""
    product = f" · {port.product}" if port.product else ""
    yield f"{port.device}  {kinds[port.kind]}{product}{usb}"
    for name in (port.udev_name, port.by_id, port.by_path):
        if name is not None:
            chosen = f"  ← {words('installer', 'dùng tên này')}" if name == port.best_name else ""
            yield f"    {name}{chosen}"
    if port.used_by or port.locked:
        programs = ", ".join(port.used_by) or "?"
        exclusive = f" ({words('installer', 'dùng riêng')})" if port.locked else ""
        yield "    " + words("installer", "đang được dùng bởi {program}", program=programs) + exclusive
    for caution in port.cautions:
        text, advice = phrases.CAUTIONS[caution]
        yield f"    ! {text(words)} → {advice(words)}"


def neighbours(context: InstallerContext) -> list[str]:
    """Return the machines that this one has recently communicated with, from the ARP table."""
    try:
        rows = (context.root / "proc/net/arp").read_text(encoding="utf-8").splitlines()[1:]
    except OSError:
        return []
    return [row.split()[0] for row in rows if row.split()][:MAX_NEIGHBOURS]


def network_printers(hosts: Sequence[str]) -> list[str]:
    """Return those of ``hosts`` (host or host:port) that accept a connection on a printer's port."""
    with ThreadPoolExecutor(32) as pool:
        return [address for address in pool.map(_reachable_address, hosts) if address is not None]


def _reachable_address(host: str) -> str | None:
    name, _, port = host.partition(":")
    try:
        with socket.create_connection((name, int(port or PRINTER_PORT)), timeout=CONNECT_TIMEOUT_S):
            return f"{name}:{port or PRINTER_PORT}"
    except (OSError, ValueError):
        return None
