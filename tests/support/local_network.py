"""Several hosts on one machine: network namespaces, joined by a switch.

A namespace has no name: it lives as long as this process holds its descriptor or a program runs in it. So nothing of it
outlives a test run, also not a killed one, and the machine's own network is never touched. ``NetworkHost.inside`` moves
the calling thread: sockets, threads and programs that it starts meanwhile belong to the host.
"""

import ctypes
import fcntl
import os
import shlex
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from config.http import ConnectionPool
from support.http_pools import keep
from support.server_process import need
from support.slow_link import SlowLink

CLONE_NEWNET = 0x40000000
SIOCETHTOOL, ETHTOOL_STXCSUM = 0x8946, 0x17
NEEDED = "needs root with CAP_SYS_ADMIN and CAP_NET_ADMIN; run: sudo make test (a container: docker run --privileged)"
SWITCH, OTHER_SWITCH = "switch", "switch2"
ESTABLISHED = "01"
"""The state of an open connection in /proc/net/tcp."""

_libc = ctypes.CDLL(None, use_errno=True)


def _kernel(call: str, *arguments: int) -> None:
    if getattr(_libc, call)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}; a network of namespaces {NEEDED}")


def _own_namespace() -> int:
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _in_thread(work: Callable[[], int]) -> int:
    """Return the result of ``work``, done in a thread of its own."""
    results: list[int] = []
    errors: list[OSError] = []

    def run() -> None:
        try:
            results.append(work())
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _new_namespace() -> int:
    """Return a descriptor of a new network namespace."""

    def unshare() -> int:
        _kernel("unshare", CLONE_NEWNET)
        return _own_namespace()

    return _in_thread(unshare)


class NetworkSpace:
    """One network namespace."""

    def __init__(self) -> None:
        self._fd = _new_namespace()
        self.path = f"/proc/{os.getpid()}/fd/{self._fd}"
        self.ip("link set lo up")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Move this thread into the namespace; sockets, threads and programs started meanwhile stay in it."""
        before = _own_namespace()
        try:
            _kernel("setns", self._fd, CLONE_NEWNET)
            try:
                yield
            finally:
                _kernel("setns", before, CLONE_NEWNET)
        finally:
            os.close(before)

    def ip(self, *commands: str) -> None:
        """Run commands of iproute2's ``ip`` in the namespace."""
        with self.inside():
            ran = subprocess.run([need("ip"), "-batch", "-"], input="\n".join(commands), capture_output=True, text=True)
        assert ran.returncode == 0, f"ip {commands}: {ran.stderr}A network of namespaces {NEEDED}"

    def close(self) -> None:
        """Give the namespace up; the kernel removes it once no program runs in it."""
        os.close(self._fd)


class HostPool(ConnectionPool):
    """HTTP connections that begin at a host."""

    def __init__(self, space: NetworkSpace, **options: Any) -> None:
        super().__init__(**options)
        self._space = space

    def urlopen(self, method: str, url: str, redirect: bool = True, **kw: Any) -> Any:  # type: ignore[override]
        with self._space.inside():
            return super().urlopen(method, url, redirect, **kw)


class NetworkHost(NetworkSpace):
    """A host with one address, on ``eth0``."""

    def __init__(self, network: "LocalNetwork", name: str, address: str, prefix: int) -> None:
        super().__init__()
        self.network, self.name, self.address = network, name, address
        self._folder: Path | None = None
        network.space.ip(
            f"link add {self.port} type veth peer name eth0 netns {self.path}",
            f"link set {self.port} up master {SWITCH}",
        )
        with self.inside():
            _count_checksums("eth0")
        self.ip(
            f"address add {address}/{prefix} broadcast + dev eth0",
            "link set eth0 up",
            "route add 224.0.0.0/4 dev eth0",  # announcements
        )

    @property
    def port(self) -> str:
        """Return the name of the switch's port for this host."""
        return f"p-{self.name}"

    def start(self, command: Sequence[str], **options: Any) -> "subprocess.Popen[Any]":
        """Start a program on this host."""
        with self.inside():
            return subprocess.Popen(command, **options)

    def connect(self, address: str, port: int, timeout_s: float | None = None) -> socket.socket:
        """Return a TCP connection that begins at this host."""
        with self.inside():
            return socket.create_connection((address, port), timeout_s)

    def listen(self, port: int = 0) -> socket.socket:
        """Return a socket that listens on this host's address."""
        with self.inside():
            return socket.create_server((self.address, port))

    def count_connections(self, port: int) -> int:
        """Return how many TCP connections this host has to ``port`` of other hosts."""
        with self.inside():
            rows = Path("/proc/thread-self/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        remote = f":{port:04X}"
        return sum(row.split()[2].endswith(remote) and row.split()[3] == ESTABLISHED for row in rows)

    def pool(self, **options: Any) -> ConnectionPool:
        """Return HTTP connections that begin at this host, closed at the end of each test."""
        return keep(HostPool(self, **options))

    def chromium(self, of: Browser, *arguments: str) -> Browser:
        """Start a Chromium on this host, which ends with the network. ``of``: a browser with a Playwright."""
        script = self.network.folder / f"chromium-{self.name}"
        program = [need("nsenter"), f"--net={self.path}", need("chromium-headless-shell")]
        script.write_text(f'#!/bin/sh\nexec {shlex.join(program)} "$@"\n')
        script.chmod(0o755)
        launched = of.browser_type.launch(executable_path=script, args=["--no-sandbox", *arguments])
        self.network.on_close(launched.close)
        return launched


class LocalNetwork:
    """A network of its own, with hosts that the test adds. Use it in a ``with`` block.

    Links are cut and split by moving ports between switches, so a host notices nothing but silence. A slow link is a
    relay in this process: many kernels are built without netem.
    """

    def __init__(self, folder: Path, network: str = "10.77.0.0/24") -> None:
        self.folder, self._prefix = folder, int(network.partition("/")[2])
        self.hosts: dict[str, NetworkHost] = {}
        self._slow: dict[str, SlowLink] = {}
        self._closing = ExitStack()
        self.space = NetworkSpace()
        self._closing.callback(self.space.close)
        with self.space.inside():
            _forget_ipv6()
        for switch in (SWITCH, OTHER_SWITCH):
            self.space.ip(f"link add {switch} type bridge", f"link set {switch} up")

    def __enter__(self) -> "LocalNetwork":
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._slow):
            self._slow.pop(name).close()
        self._closing.close()

    def on_close(self, close: Callable[[], None]) -> None:
        self._closing.callback(close)

    def host(self, name: str, address: str) -> NetworkHost:
        """Add a host. Its name has at most 12 letters."""
        host = self.hosts[name] = NetworkHost(self, name, address, self._prefix)
        self._closing.callback(host.close)
        return host

    def cut(self, *names: str) -> None:
        """Cut the links of hosts: everything they send, and everything sent to them, is lost."""
        for name in names:
            self._plug(name, None)

    def split(self, *names: str) -> None:
        """Split the network in two: these hosts, and all others."""
        for name in names:
            self._plug(name, OTHER_SWITCH)

    def mend(self, *names: str) -> None:
        """End cuts, splits and slowness of hosts; without names, of all hosts."""
        for name in names or tuple(self.hosts):
            if name in self._slow:
                self._slow.pop(name).close()
                self.space.ip(f"link delete i-{name}")
            self._plug(name, SWITCH)

    def slow(self, name: str, *, delay_ms: float = 0.0, loss: float = 0.0, rate_kbit: float | None = None) -> SlowLink:
        """Delay a host's frames, lose a share, and limit the rate, in each direction."""
        assert name not in self._slow, f"{name} is slow already: mend it first"
        self._plug(name, None)
        inner, outer = f"i-{name}", f"o-{name}"
        self.space.ip(f"link add {inner} type veth peer name {outer}")
        with self.space.inside():
            _count_checksums(inner)
        self.space.ip(f"link set {inner} up", f"link set {outer} up master {SWITCH}")
        with self.space.inside():
            link = SlowLink(self.hosts[name].port, inner, delay_s=delay_ms / 1000, loss=loss, rate_kbit=rate_kbit)
        self._slow[name] = link
        return link

    def _plug(self, name: str, switch: str | None) -> None:
        port = f"o-{name}" if name in self._slow else self.hosts[name].port
        self.space.ip(f"link set {port} {f'master {switch}' if switch else 'nomaster'}")


def _count_checksums(interface: str) -> None:
    """Let the kernel finish the checksum and length of each packet before it leaves ``interface``.

    A relay outside of the kernel would otherwise carry unfinished packets.
    """
    value = ctypes.create_string_buffer(struct.pack("II", ETHTOOL_STXCSUM, 0))
    request = struct.pack("16sP8x", interface.encode(), ctypes.addressof(value))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCETHTOOL, request)


def _forget_ipv6() -> None:
    """Keep the switch itself silent: it has no address."""
    for scope in ("all", "default"):
        setting = Path(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6")
        if setting.exists():
            setting.write_text("1")
