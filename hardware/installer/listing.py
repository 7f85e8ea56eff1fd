"""``luot-hardware ports``: what is plugged in, who uses it, and the name that belongs in the settings."""

import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from hardware.installer.check import CAUTIONS
from hardware.installer.findings import Level
from hardware.installer.ports import Kind, Port, ports
from hardware.installer.site import Site

PRINTER_PORT = 9100
REACH_S = 0.4
MOST_NEIGHBOURS = 254


def run(site: Site, *, network: Sequence[str] | None) -> int:
    """Print the list. ``network``: hosts to try for a network printer; empty: this machine's neighbours; None: do
    not look. 1 when something is to be heeded."""
    words, found = site.words, ports(site.root)
    for port in found:
        site.tell(_lines(site, port))
    if not found:
        site.say(words("installer", "Không thấy cổng nối tiếp, máy in USB hay bàn phím USB nào."))
    if network is not None:
        for host in printers(network or neighbours(site)):
            site.say(words("installer", "Máy in mạng: {address}", address=host))
    if any(one.kind is Kind.PRINTER for one in found):
        site.say(words("installer", "Máy in USB: chỉ dùng một cách, qua tệp /dev/usb/lp…, không qua CUPS."))
    return Level.WARNING if any(one.cautions for one in found) else Level.FINE


def _lines(site: Site, port: Port) -> Iterator[str]:
    words = site.words
    kinds = {
        Kind.SERIAL: words("installer", "cổng nối tiếp"),
        Kind.PRINTER: words("installer", "máy in USB"),
        Kind.INPUT: words("installer", "bàn phím"),
    }
    usb = f" [{':'.join(port.usb)}]" if port.usb else ""
    product = f" · {port.product}" if port.product else ""
    yield f"{port.device}  {kinds[port.kind]}{product}{usb}"
    for name in (port.ours, port.by_id, port.by_path):
        if name is not None:
            chosen = f"  ← {words('installer', 'dùng tên này')}" if name == port.best_name else ""
            yield f"    {name}{chosen}"
    if port.used_by or port.locked:
        users = ", ".join(port.used_by) or "?"
        alone = f" ({words('installer', 'dùng riêng')})" if port.locked else ""
        yield "    " + words("installer", "đang được dùng bởi {program}", program=users) + alone
    for caution in port.cautions:
        said, todo = CAUTIONS[caution](site)
        yield f"    ! {said} → {todo}"


def neighbours(site: Site) -> list[str]:
    """The machines that this one has spoken with lately; the network is not searched."""
    try:
        rows = (site.root / "proc/net/arp").read_text(encoding="utf-8").splitlines()[1:]
    except OSError:
        return []
    return [row.split()[0] for row in rows if row.split()][:MOST_NEIGHBOURS]


def printers(hosts: Sequence[str]) -> list[str]:
    """Those of ``hosts`` (host or host:port) where something takes a connection on a printer's port."""
    with ThreadPoolExecutor(32) as pool:
        return [found for found in pool.map(_reached, hosts) if found is not None]


def _reached(host: str) -> str | None:
    name, _, port = host.partition(":")
    try:
        with socket.create_connection((name, int(port or PRINTER_PORT)), timeout=REACH_S):
            return f"{name}:{port or PRINTER_PORT}"
    except (OSError, ValueError):
        return None
