"""A Debian 12 that systemd-nspawn boots, on a network with others."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

RELEASES = {"landed": "0.0.0", "first": "0.0.1", "second": "0.0.2", "bad": "0.0.3", "last": "0.0.4"}
"""Folders with sources: "landed" is a release before accounts, the others are one source under four versions.

The kiosk of "bad" ends at once.
"""
BRIDGE, NETWORK = "luot-site0", "10.213.7"
"""The network of the machines: its bridge on this machine, which has the address .1, and how addresses begin."""
CLONE_NEWNET = 0x40000000
CONNECT_TIMEOUT_S = 30.0
CONTROL_GROUPS = (Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup"))
"""Where the trees of control groups may be; the first one that there is shows the units of the machines."""
ENTER_GROUPS = 'for group in $0; do echo $$ >"$group/cgroup.procs"; done; exec "$@"'
ESTABLISHED = "01"
"""The state of a connection in ``/proc/net/tcp``."""

TIMEOUT_S = 120.0


class BrokenPromise(Exception):
    """A promise of the set-up that is not kept."""


@contextmanager
def bridge() -> Iterator[None]:
    """Provide the network of the machines until the block ends."""
    _delete_bridge()  # of a proof that was killed
    for arguments in (("link", "add", BRIDGE, "type", "bridge"), ("addr", "add", f"{NETWORK}.1/24", "dev", BRIDGE)):
        subprocess.run(["ip", *arguments], check=True)
    subprocess.run(["ip", "link", "set", BRIDGE, "up"], check=True)
    try:
        yield
    finally:
        _delete_bridge()


def _delete_bridge() -> None:
    subprocess.run(["ip", "link", "delete", BRIDGE], check=False, capture_output=True)


class Container:
    """A machine, of which ``folder / name`` is the root. ``number`` ends its address.

    ``binds``: folders of this machine that it sees -> where. ``networked``: whether it has more than its loopback.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        number: int,
        binds: Mapping[Path, str] | None = None,
        *,
        networked: bool = True,
    ) -> None:
        self._binds = {folder / part: f"/{part}" for part in ("wheels", *RELEASES)} if binds is None else binds
        self._networked = networked
        self.folder, self.root = folder, folder / name
        self.host_name, self.address = f"luot-{name}", f"{NETWORK}.{number}"
        self._nspawn: subprocess.Popen[bytes] | None = None

    def boot(self) -> None:
        """Boot it, and wait until systemd says that everything has started."""
        binds = [f"--bind-ro={outside}:{inside}" for outside, inside in self._binds.items()]
        network = f"--network-bridge={BRIDGE}" if self._networked else "--private-network"
        command = [
            "systemd-nspawn",
            "-q",
            "-D",
            str(self.root),
            "--register=no",
            "--keep-unit",
            f"--machine={self.host_name}",
        ]
        groups = self._make_groups()
        with (self.folder / f"{self.host_name}.log").open("ab") as log:
            self._nspawn = subprocess.Popen(
                ["sh", "-c", ENTER_GROUPS, " ".join(groups), *command, network, *binds, "-b", "--console=pipe"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        if self._networked:
            self.wait_until("the machine has its network", self._join_network)
        started = ("running", "degraded")
        self.wait_until("the machine is up", lambda: self.output_of("systemctl", "is-system-running") in started)

    def cut_power(self) -> None:
        """End every process of the machine at once."""
        assert self._nspawn is not None
        os.kill(self._init_pid(), signal.SIGKILL)
        self._nspawn.wait()

    def control_group(self) -> Path:
        """Return the folder of this machine's control groups, as this machine sees them."""
        return self._group(next(tree for tree in CONTROL_GROUPS if (tree / "cgroup.procs").exists())) / "payload"

    def connect(self, address: tuple[str, int]) -> socket.socket:
        """Connect from inside this machine, also to its loopback. Raises ``OSError``."""
        with ThreadPoolExecutor(1) as thread:  # a thread of its own changes its network and then ends
            return thread.submit(self._connect_inside, address).result()

    def connections_to(self, port: int) -> int:
        """Return how many connections to ``port`` of other machines are open."""
        table = Path(f"/proc/{self._init_pid()}/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        rows = [line.split() for line in table]
        return sum(row[2].endswith(f":{port:04X}") and row[3] == ESTABLISHED for row in rows)

    def log_of(self, unit: str) -> str:
        """Return the journal of one of our units."""
        return self.output_of("journalctl", "-u", f"luot-{unit}", "-o", "cat", "--no-pager")

    def run(self, *command: str, typed: str = "") -> str:
        """Return the output of a command. Raises :class:`BrokenPromise` with that output when it fails.

        ``typed``: the command's input.
        """
        completed = self._run(command, typed)
        if completed.returncode != 0:
            output = f"{completed.stdout[-3000:]}{completed.stderr[-3000:]}"
            raise BrokenPromise(f"{' '.join(command)}: exit code {completed.returncode}\n{output}")
        return completed.stdout.strip()

    def refuses(self, *command: str) -> str:
        """Return the output of a command that must fail. Raises :class:`BrokenPromise` when it does not."""
        completed = self._run(command)
        if completed.returncode == 0:
            raise BrokenPromise(f"{' '.join(command)} succeeded, and should not have:\n{completed.stdout[-3000:]}")
        return completed.stdout + completed.stderr

    def output_of(self, *command: str) -> str:
        """Return the output of a command, however it ended; "" while the machine is off."""
        try:
            return self._run(command).stdout.strip()
        except BrokenPromise:
            return ""

    def wait_until(self, description: str, condition: Callable[[], object], within_s: float = TIMEOUT_S) -> float:
        """Wait until ``condition`` returns true; return the seconds that it took."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > within_s:
                raise BrokenPromise(f"not within {within_s:.0f} s: {description}")
            time.sleep(0.2)
        return time.monotonic() - began

    def show(self, unit: str, name: str) -> str:
        """Return a property of one of our units."""
        return self.output_of("systemctl", "show", "-p", name, "--value", f"luot-{unit}")

    def active(self, *units: str) -> bool:
        """Return whether all these units are active."""
        return all(self.show(unit, "ActiveState") == "active" for unit in units)

    def start_command(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a command and return its process outside."""
        quiet = subprocess.DEVNULL
        return subprocess.Popen(self.inside(command), stdout=quiet, stderr=quiet)

    def close(self) -> None:
        """Switch it off, if it is on."""
        if self._nspawn is not None and self._nspawn.poll() is None:
            self.cut_power()
        for group in map(self._group, CONTROL_GROUPS):
            folders = sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True)
            for folder in (*folders, group):
                with suppress(OSError):
                    folder.rmdir()

    def _connect_inside(self, address: tuple[str, int]) -> socket.socket:
        with Path(f"/proc/{self._init_pid()}/ns/net").open("rb") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "the machine's network cannot be entered")
        return socket.create_connection(address, CONNECT_TIMEOUT_S)

    def _group(self, tree: Path) -> Path:
        return tree / f"luot-site-{os.getpid()}-{self.host_name}"

    def _make_groups(self) -> list[str]:
        """Make control groups, in which its units meet no unit of another machine."""
        groups = [self._group(tree) for tree in CONTROL_GROUPS if (tree / "cgroup.procs").exists()]
        for group in groups:
            group.mkdir(exist_ok=True)
        return [str(group) for group in groups]

    def _join_network(self) -> bool:
        """Give the machine its address, once it has its interface."""
        try:
            pid = str(self._init_pid())
        except BrokenPromise:
            return False
        inside = ["nsenter", "-t", pid, "-n", "ip"]
        steps = (
            ("addr", "replace", f"{self.address}/24", "dev", "host0"),
            ("link", "set", "host0", "up"),
            ("route", "replace", "default", "via", f"{NETWORK}.1"),
        )
        return all(subprocess.run([*inside, *step], capture_output=True, check=False).returncode == 0 for step in steps)

    def _run(self, command: Sequence[str], typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.inside(command), input=typed, capture_output=True, text=True, check=False)

    def inside(self, command: Sequence[str]) -> list[str]:
        """Return the command line, outside, of a command inside."""
        clean = ["env", "-i", "PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
        return ["nsenter", "-t", str(self._init_pid()), "-a", *clean, *command]

    def _init_pid(self) -> int:
        """Return the id, outside, of the first process inside."""
        assert self._nspawn is not None
        pid = self._nspawn.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        if not children:
            raise BrokenPromise("the machine is off")
        return int(children[0])
