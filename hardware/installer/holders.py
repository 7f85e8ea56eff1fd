"""Find the programs that hold a device: open or locked ports, connections to printers.

This program itself is left out, because it opens devices to test them.
"""

import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

ESTABLISHED = "01"  # the state of an open connection in /proc/net/tcp
UNKNOWN_PROCESS = ("-1", "0")
"""The kernel's process id for a holder in another container."""


def open_files(root: Path) -> Mapping[str, list[str]]:
    """Return the programs that have each device or ``socket:[inode]`` open.

    Programs of other users may be missing.
    """
    programs: dict[str, list[str]] = {}
    for process in (root / "proc").glob("[0-9]*"):
        if process.name == str(os.getpid()):
            continue
        for file in _opened_by(process):
            if file.startswith(("/dev/", "socket:")) and not file.startswith(("/dev/null", "/dev/urandom")):
                names = programs.setdefault(file, [])
                if (name := _name(process)) not in names:
                    names.append(name)
    return programs


def locked_files(root: Path) -> Mapping[tuple[int, int, int], str]:
    """Return the program that holds each file with ``flock``, as pyserial does for exclusive use.

    The name is empty where the program cannot be seen.
    """
    programs: dict[tuple[int, int, int], str] = {}
    for line in read_text(root / "proc" / "locks").splitlines():
        fields = line.split()
        if len(fields) >= 6 and fields[1] == "FLOCK" and fields[4] != str(os.getpid()):
            major, minor, inode = fields[5].split(":")
            name = "" if fields[4] in UNKNOWN_PROCESS else _name(root / "proc" / fields[4])
            programs[int(major, 16), int(minor, 16), int(inode)] = name
    return programs


def is_locked(path: Path, root: Path = Path("/")) -> bool:
    """Return whether another program holds the port at ``path`` exclusively."""
    return lock_key(path) in locked_files(root)


def lock_key(path: Path) -> tuple[int, int, int]:
    """Return a file's key in the kernel's list of locks: major, minor, inode."""
    try:
        status = path.stat()
    except OSError:
        return (-1, -1, -1)
    return os.major(status.st_dev), os.minor(status.st_dev), status.st_ino


def connected_programs(address: str, root: Path) -> list[str]:
    """Return the programs of this machine that are connected to ``host:port``."""
    inodes = set(_connections(address, root))
    if not inodes:
        return []
    return sorted({name for inode, names in open_files(root).items() if inode in inodes for name in names})


def _connections(address: str, root: Path) -> Iterator[str]:
    host, _, port = address.rpartition(":")
    try:
        addresses = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, ValueError):
        return
    # The kernel writes the four bytes of an address as one number of this machine's own order.
    wanted = {f"{socket.inet_aton(str(at[0]))[::-1].hex()}:{int(at[1]):04x}".upper() for *_, at in addresses}
    for line in read_text(root / "proc/net/tcp").splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[2] in wanted and fields[3] == ESTABLISHED:
            yield f"socket:[{fields[9]}]"


def _name(process: Path) -> str:
    program = read_text(process / "comm")
    return f"{program} ({process.name})" if program else ""


def _opened_by(process: Path) -> Iterator[str]:
    try:
        handles = list((process / "fd").iterdir())
    except OSError:  # another user's, or gone meanwhile
        return
    for handle in handles:
        try:
            yield str(handle.readlink())
        except OSError:
            continue


def read_text(path: Path) -> str:
    """Return a small file's text; empty when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
