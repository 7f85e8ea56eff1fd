"""Who else on this machine holds a device: a port that is open or locked, a connection to a network printer.

This very program is never counted: it opens devices to look at them.
"""

import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

ESTABLISHED = "01"
NOBODY = ("-1", "0")
"""What the kernel says where the holder is in another container."""


def users(root: Path) -> Mapping[str, list[str]]:
    """Device, or ``socket:[inode]`` -> who has it open, as far as this user may see."""
    found: dict[str, list[str]] = {}
    for process in (root / "proc").glob("[0-9]*"):
        if process.name == str(os.getpid()):
            continue
        for opened in _opened(process):
            if opened.startswith(("/dev/", "socket:")) and not opened.startswith(("/dev/null", "/dev/urandom")):
                names = found.setdefault(opened, [])
                if (user := _name(process)) not in names:
                    names.append(user)
    return found


def locks(root: Path) -> Mapping[tuple[int, int, int], str]:
    """Files that somebody holds with ``flock``, which is how pyserial opens a port for itself alone -> who; empty where
    that cannot be seen."""
    found: dict[tuple[int, int, int], str] = {}
    for line in read(root / "proc" / "locks").splitlines():
        fields = line.split()
        if len(fields) >= 6 and fields[1] == "FLOCK" and fields[4] != str(os.getpid()):
            major, minor, inode = fields[5].split(":")
            who = "" if fields[4] in NOBODY else _name(root / "proc" / fields[4])
            found[int(major, 16), int(minor, 16), int(inode)] = who
    return found


def is_locked(path: Path, root: Path = Path("/")) -> bool:
    """Whether somebody else holds the port at ``path`` for itself alone."""
    return key(path) in locks(root)


def key(path: Path) -> tuple[int, int, int]:
    """A file as the kernel's list of locks names it."""
    try:
        status = path.stat()
    except OSError:
        return (-1, -1, -1)
    return os.major(status.st_dev), os.minor(status.st_dev), status.st_ino


def connected(address: str, root: Path) -> list[str]:
    """Who on this machine has a connection to ``host:port``."""
    inodes = set(_connections(address, root))
    if not inodes:
        return []
    return sorted({name for inode, names in users(root).items() if inode in inodes for name in names})


def _connections(address: str, root: Path) -> Iterator[str]:
    host, _, port = address.rpartition(":")
    try:
        found = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, ValueError):
        return
    # The kernel writes the four bytes of an address as one number of this machine's own order.
    wanted = {f"{socket.inet_aton(str(at[0]))[::-1].hex()}:{int(at[1]):04x}".upper() for *_, at in found}
    for line in read(root / "proc/net/tcp").splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[2] in wanted and fields[3] == ESTABLISHED:
            yield f"socket:[{fields[9]}]"


def _name(process: Path) -> str:
    program = read(process / "comm")
    return f"{program} ({process.name})" if program else ""


def _opened(process: Path) -> Iterator[str]:
    try:
        handles = list((process / "fd").iterdir())
    except OSError:  # another user's, or gone meanwhile
        return
    for handle in handles:
        try:
            yield str(handle.readlink())
        except OSError:
            continue


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
