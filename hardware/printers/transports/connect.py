"""From a printer's settings to the kind of link they name."""

import re
from collections.abc import Callable
from pathlib import Path

from hardware.printers.transports.transport import Connect, Flow

HOST, PORT = re.compile(r"[\w.-]+"), re.compile(r"[0-9]{1,5}")


def connector(kind: str, address: str, baud: int, mono_s: Callable[[], float], *, flow: Flow = "none") -> Connect:
    """What opens the link of a printer's settings: ``kind`` is network, serial, usb or file. ``mono_s`` gives
    monotonic seconds. Raises ``ValueError`` when the address cannot be one."""
    # A machine loads the link that it has: pyserial takes longer to load than a slip to draw.
    if kind == "network":
        from hardware.printers.transports.tcp import Tcp

        host, _, port = address.rpartition(":")
        if not _is_host(host) or not PORT.fullmatch(port) or not 0 < int(port) < 65_536:
            raise ValueError(f"{address!r} is not host:port")
        return lambda: Tcp(host, int(port), mono_s)
    if not address and kind in ("serial", "usb", "file"):
        raise ValueError(f"a {kind} printer needs an address")
    if kind == "serial":
        from hardware.printers.transports.serial_link import Serial

        return lambda: Serial(address, baud, mono_s, flow=flow)
    if kind == "usb":
        from hardware.printers.transports.device_file import Usb

        return lambda: Usb(Path(address), mono_s)
    if kind == "file":
        from hardware.printers.transports.device_file import File

        return lambda: File(Path(address), mono_s)
    raise ValueError(f"no printer of kind {kind!r}")


def _is_host(host: str) -> bool:
    """Whether a machine can be called so; the system's resolver raises on some that cannot."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return HOST.fullmatch(host) is not None
