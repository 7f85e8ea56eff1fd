"""Chooses the kind of link that a printer's settings name."""

import re
from collections.abc import Callable
from pathlib import Path

from hardware.printers.transports.transport import Connect, FlowControl

HOST, PORT = re.compile(r"[\w.-]+"), re.compile(r"[0-9]{1,5}")


def connector(
    kind: str, address: str, baud: int, mono_s: Callable[[], float], *, flow: FlowControl = "none"
) -> Connect:
    """Return the function that opens the link of a printer's settings.

    ``kind`` is network, serial, usb or file; ``address`` is host:port, a serial port or pyserial URL, or a path;
    ``baud`` and ``flow`` are for serial only; ``mono_s`` gives monotonic seconds. Raises ``ValueError`` for an address
    that cannot be one.
    """
    # A machine loads the link that it has: pyserial takes longer to load than a slip to draw.
    if kind == "network":
        from hardware.printers.transports.tcp import TcpTransport

        host, _, port = address.rpartition(":")
        if not _is_host(host) or not PORT.fullmatch(port) or not 0 < int(port) < 65_536:
            raise ValueError(f"{address!r} is not host:port")
        return lambda: TcpTransport(host, int(port), mono_s)
    if not address and kind in ("serial", "usb", "file"):
        raise ValueError(f"a {kind} printer needs an address")
    if kind == "serial":
        from hardware.printers.transports.serial_link import SerialTransport

        return lambda: SerialTransport(address, baud, mono_s, flow=flow)
    if kind == "usb":
        from hardware.printers.transports.device_file import UsbTransport

        return lambda: UsbTransport(Path(address), mono_s)
    if kind == "file":
        from hardware.printers.transports.device_file import FileTransport

        return lambda: FileTransport(Path(address), mono_s)
    raise ValueError(f"no printer of kind {kind!r}")


def _is_host(host: str) -> bool:
    """Return whether ``host`` can be a host name. The system's resolver raises on some that cannot."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return HOST.fullmatch(host) is not None
