"""A substitute for systemctl in a scratch root, which starts the units as processes.

Written from systemctl(1) and systemd.service(5). Supports the commands of the set-up: ``daemon-reload``, ``enable``,
``disable``, ``mask``, ``unmask``, ``start``, ``stop``, ``restart`` and ``is-active``, of ``luot.target`` and of
services of ``Type=notify``. A service has started when it sends READY=1; one that ended is not started again. ``show``
prints no property. The root is ``LUOT_ROOT`` of the environment.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

START_S = 120.0
ROOT = Path(os.environ["LUOT_ROOT"])
UNITS = ROOT / "etc/systemd/system"
RUN = ROOT / "run"


def inside(path: str) -> Path:
    """Return an absolute path of the machine below the root; links are followed there."""
    below = ROOT / path.lstrip("/")
    while below.is_symlink():
        target = str(below.readlink())
        below = ROOT / target.lstrip("/") if target.startswith("/") else below.parent / target
    return below


def through_links(path: str) -> Path:
    """Return the same for a path with links among its folders."""
    below = ROOT
    for part in Path(path).parts[1:]:
        below = inside(str((below / part).relative_to(ROOT)))
    return below


def setting(unit: str, name: str) -> str:
    text = through_links(f"/etc/systemd/system/{unit}").read_text(encoding="utf-8")
    return next((line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{name}=")), "")


def pid(unit: str) -> int | None:
    """Return the unit's running process."""
    try:
        number = int((RUN / f"{unit}.pid").read_text(encoding="ascii"))
        state = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except (OSError, ValueError):
        return None
    return None if state in "ZX" else number


def start(unit: str) -> bool:
    if pid(unit) is not None:
        return True
    RUN.mkdir(exist_ok=True)
    assert setting(unit, "Type") == "notify"
    words = setting(unit, "ExecStart").split()
    command = [str(ROOT / word.lstrip("/")) if word.startswith("/") else word for word in words]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify_socket, (RUN / f"{unit}.log").open("ab") as log:
        # The kernel chooses the name: a path below the tests' folder may be too long for a socket.
        notify_socket.bind("")
        notify_socket.settimeout(0.1)
        environment = {**os.environ, "NOTIFY_SOCKET": f"@{notify_socket.getsockname()[1:].decode()}"}
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment
        )
        (RUN / f"{unit}.pid").write_text(str(process.pid), encoding="ascii")
        end_s = time.monotonic() + START_S
        while time.monotonic() < end_s and process.poll() is None:
            try:
                if notify_socket.recv(4096).startswith(b"READY=1"):
                    return True
            except TimeoutError:
                continue
    return False


def stop(unit: str) -> None:
    number = pid(unit)
    if number is None:
        return
    os.kill(number, signal.SIGTERM)
    end_s = time.monotonic() + START_S
    while pid(unit) is not None:
        if time.monotonic() > end_s:
            os.kill(number, signal.SIGKILL)
        time.sleep(0.02)


def services(units: list[str]) -> list[str]:
    """Return the services among ``units``, and those that the target wants."""
    names: list[str] = []
    for unit in units:
        if unit == "luot.target":
            names += sorted(link.name for link in (UNITS / "luot.target.wants").glob("*.service"))
        elif unit.endswith(".service"):
            names.append(unit)
    return names


def main() -> int:
    verb, units = sys.argv[1], sys.argv[2:]
    if verb in ("enable", "disable", "mask", "unmask"):
        return subprocess.run(["systemctl", f"--root={ROOT}", verb, *units], check=False).returncode
    if verb == "is-active":
        print("active" if all(pid(unit) is not None for unit in units) else "failed")
        return 0
    if verb in ("stop", "restart"):
        for unit in services(units):
            stop(unit)
    if verb in ("start", "restart"):
        started = {unit: start(unit) for unit in services(units)}
        # A service that the target only wants may fail without failing the target.
        return 0 if units == ["luot.target"] or all(started.values()) else 1
    return 0 if verb in ("daemon-reload", "reset-failed", "show", "stop") else 64


if __name__ == "__main__":
    raise SystemExit(main())
