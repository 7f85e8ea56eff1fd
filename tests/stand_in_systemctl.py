"""What systemctl does with our units, for a scratch root: real processes, started as the installed unit files say.

Written from systemctl(1) and systemd.service(5), knows only what the set-up asks for: ``daemon-reload``, ``enable``,
``disable``, ``mask``, ``unmask``, ``start``, ``stop``, ``restart`` and ``is-active``, of ``luot.target`` and of
services of ``Type=notify``. A service has started when it says READY=1. There is nobody here who starts a service
again that ended. The root is the environment's ``LUOT_ROOT``.
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
    """A path as the machine knows it, below the root, its links followed there."""
    found = ROOT / path.lstrip("/")
    while found.is_symlink():
        target = str(found.readlink())
        found = ROOT / target.lstrip("/") if target.startswith("/") else found.parent / target
    return found


def through_links(path: str) -> Path:
    """Like :func:`inside`, for a path some folder of which is a link."""
    found = ROOT
    for part in Path(path).parts[1:]:
        found = inside(str((found / part).relative_to(ROOT)))
    return found


def told(unit: str, name: str) -> str:
    text = through_links(f"/etc/systemd/system/{unit}").read_text(encoding="utf-8")
    return next((line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{name}=")), "")


def pid(unit: str) -> int | None:
    """The unit's living process."""
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
    assert told(unit, "Type") == "notify"
    command = [str(ROOT / one.lstrip("/")) if one.startswith("/") else one for one in told(unit, "ExecStart").split()]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear, (RUN / f"{unit}.log").open("ab") as log:
        # A name that the kernel gives: a path below the tests' folder may be longer than a socket's name can be.
        ear.bind("")
        ear.settimeout(0.1)
        environment = {**os.environ, "NOTIFY_SOCKET": f"@{ear.getsockname()[1:].decode()}"}
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment
        )
        (RUN / f"{unit}.pid").write_text(str(process.pid), encoding="ascii")
        end_s = time.monotonic() + START_S
        while time.monotonic() < end_s and process.poll() is None:
            try:
                if ear.recv(4096).startswith(b"READY=1"):
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
    """The services among ``units``, and those that the target wants."""
    found = []
    for unit in units:
        if unit == "luot.target":
            found += sorted(one.name for one in (UNITS / "luot.target.wants").glob("*.service"))
        elif unit.endswith(".service"):
            found.append(unit)
    return found


def main() -> int:
    verb, units = sys.argv[1], sys.argv[2:]
    if verb in ("enable", "disable", "mask", "unmask"):
        return subprocess.run(["systemctl", f"--root={ROOT}", verb, *units], check=False).returncode
    if verb == "is-active":
        print("active" if all(pid(one) is not None for one in units) else "failed")
        return 0
    if verb in ("stop", "restart"):
        for unit in services(units):
            stop(unit)
    if verb in ("start", "restart"):
        started = {unit: start(unit) for unit in services(units)}
        # What a target only wants may fail without the target failing.
        return 0 if units == ["luot.target"] or all(started.values()) else 1
    return 0 if verb in ("daemon-reload", "reset-failed", "stop") else 64


if __name__ == "__main__":
    raise SystemExit(main())
