"""Prove the README: clone, install, run, tap, stop. Nothing is left behind.

``make fresh``. The clone is in an empty folder with an empty home. Tries the commit, not the working tree. Prints
measurements; exit code 1 with the reason when a promise of the README is broken.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import urllib3

ROOT = Path(__file__).parent.parent
INSTALL_TIMEOUT_S = 900.0
START_TIMEOUT_S = 60.0
TICKET_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 30.0
PROMISED_TICKET_S = 5.0
RUN_ID_VARIABLE = "LUOT_FRESH"
"""Child processes inherit this variable, so that the proof finds all processes of its hall."""

# The targets a visitor touches, screen by screen: the first one that begins with one of these.
TARGET_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "home": ("take",),
    "services": ("service-",),
    "procedures": ("procedure-",),
    "confirm": ("take",),
    "no_paper": ("nopaper-yes",),
}


class PromiseBroken(Exception):
    """A promise of the README is not kept."""


def main() -> int:
    """Run the proof in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="luot-fresh-") as folder:
        try:
            prove(Path(folder))
        except PromiseBroken as error:
            print(f"fresh: {error}", file=sys.stderr)
            return 1
    return 0


def prove(folder: Path) -> None:
    """Do everything that the README asks of a newcomer. Raises :class:`PromiseBroken`."""
    home, clone, run_id = folder / "home", folder / "luot", uuid.uuid4().hex
    home.mkdir()
    # Of this environment keep only PATH, without this project's own programs.
    folders = os.environ["PATH"].split(os.pathsep)
    path = os.pathsep.join(folder for folder in folders if not folder.startswith(str(ROOT)))
    environment = {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", RUN_ID_VARIABLE: run_id}
    git = shutil.which("git") or "git"
    subprocess.run([git, "clone", "-q", "--no-local", str(ROOT), str(clone)], check=True, env=environment)
    start_s = time.monotonic()
    installation = subprocess.run(
        ["make", ".venv/run.stamp"], cwd=clone, env=environment, timeout=INSTALL_TIMEOUT_S, check=False
    )
    if installation.returncode != 0:
        raise PromiseBroken(f"the installation failed with exit code {installation.returncode}")
    print(f"fresh: installed in {time.monotonic() - start_s:.1f} s", flush=True)
    run(clone, environment, run_id)


def run(clone: Path, environment: Mapping[str, str], run_id: str) -> None:
    """Run ``make run`` there, take one ticket, send Ctrl-C. Raises :class:`PromiseBroken`."""
    start_s = time.monotonic()
    hall = subprocess.Popen(
        ["make", "run", "HALL=config/demo/hall.toml --ports auto"],
        cwd=clone, env=dict(environment), stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        assert hall.stdout is not None
        url = read_printed_address(hall.stdout)
        print(f"fresh: the hall is ready at {url} after {time.monotonic() - start_s:.1f} s", flush=True)
        number = take_ticket(url)
        ticket_s = time.monotonic() - start_s
        print(
            f"fresh: ticket {number} after {ticket_s:.1f} s from the start (promised: {PROMISED_TICKET_S:.0f} s)",
            flush=True,
        )
        load, cpus = os.getloadavg()[0], os.cpu_count() or 1
        print(f"fresh: all its programs used {cpu_s(run_id):.1f} s of processor; load {load:.1f} on {cpus}", flush=True)
        if not running(run_id):
            raise PromiseBroken("the proof does not see the hall's own processes; it could not see one left behind")
        os.killpg(hall.pid, signal.SIGINT)
        hall.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise PromiseBroken(f"the hall did not end within {STOP_TIMEOUT_S:.0f} s of Ctrl-C") from error
    finally:
        if hall.poll() is None:
            os.killpg(hall.pid, signal.SIGKILL)
            hall.wait()
    leftover_processes = running(run_id)
    if leftover_processes:
        raise PromiseBroken(f"still running after Ctrl-C: {list(leftover_processes.values())}")
    listening = [address for address in addresses(clone) if listens(address)]
    if listening:
        raise PromiseBroken(f"still listening after Ctrl-C: {listening}")
    print("fresh: after Ctrl-C no process and no port is left", flush=True)
    if ticket_s > PROMISED_TICKET_S:
        print(f"fresh: slower than promised on this machine: {ticket_s:.1f} s", file=sys.stderr)


def read_printed_address(output: IO[bytes]) -> str:
    """Return the address that the hall prints. Raises :class:`PromiseBroken`."""
    addresses: list[str] = []

    def read() -> None:
        for line in output:
            match = re.search(rb"http://[^\s]+", line)
            if match is not None and not addresses:
                addresses.append(match[0].decode().rstrip("/"))
                ready.set()
        ready.set()

    ready = threading.Event()
    threading.Thread(target=read, daemon=True).start()
    if not ready.wait(START_TIMEOUT_S) or not addresses:
        raise PromiseBroken(f"no address was printed within {START_TIMEOUT_S:.0f} s")
    return addresses[0]


def take_ticket(url: str) -> str:
    """Touch the kiosk's screens through the page, as a person clicks on its picture.

    Returns the number.
    """
    end_s = time.monotonic() + TICKET_TIMEOUT_S
    state: dict[str, Any] = {}
    touched_version = ""
    for kiosk in _kiosk(url):
        if time.monotonic() > end_s:
            break
        state = kiosk["state"]
        if state.get("number"):
            return str(state["number"])
        prefixes = TARGET_PREFIXES.get(str(state.get("screen")), ())
        targets = [target["id"] for target in kiosk["targets"] if target["enabled"]]
        target = next((name for prefix in prefixes for name in targets if name.startswith(prefix)), None)
        if target is not None and kiosk["version"] != touched_version:
            touched_version = kiosk[
                "version"
            ]  # the picture this touch is meant for; the next one comes with the answer
            response = urllib3.request("POST", f"{url}/kiosk/tap", json={"target": target}, timeout=5.0)
            touched_version = touched_version if response.status == 204 else ""
    raise PromiseBroken(f"no ticket within {TICKET_TIMEOUT_S:.0f} s; the kiosk shows {state}")


def _kiosk(url: str) -> Iterator[dict[str, Any]]:
    """Yield the kiosk's part of the page each time something in the hall has changed."""
    version = 0
    while True:
        update = urllib3.request("GET", f"{url}/news?after={version}&wait_s=1", timeout=10.0).json()
        version = update["version"]
        if update["kiosk"] is not None:
            yield update["kiosk"]


def running(run_id: str) -> dict[int, str]:
    """Return the processes that inherited this proof's id, with their command lines."""
    command_lines = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            if f"{RUN_ID_VARIABLE}={run_id}".encode() in (folder / "environ").read_bytes():
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                command_lines[int(folder.name)] = line.decode(errors="replace").strip()
        except OSError:
            continue
    return command_lines


def cpu_s(run_id: str) -> float:
    """Return the processor seconds of the processes with this proof's id.

    They do not depend on the machine's load.
    """
    ticks = 0
    for pid in running(run_id):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def addresses(clone: Path) -> list[str]:
    """Return every loopback address in the settings that the hall wrote for its children."""
    text = (clone / "var/demo/hall.toml").read_text(encoding="utf-8")
    tomllib.loads(text)
    return sorted(set(re.findall(r"127\.0\.0\.1:\d+", text)))


def listens(address: str) -> bool:
    """Return whether a program listens on ``address``."""
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, int(port))) == 0


if __name__ == "__main__":
    raise SystemExit(main())
