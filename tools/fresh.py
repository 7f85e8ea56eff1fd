"""Proves the README: clone into an empty folder with an empty home, install, run, tap, Ctrl-C, nothing left.

``make fresh``. Works on what is committed. Prints what it measured; exit code 1 with the reason when something
is not as promised.
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
INSTALL_S = 900.0
START_S = 60.0
TICKET_S = 30.0
STOP_S = 30.0
PROMISE_S = 5.0
MARK = "LUOT_FRESH"

# What a visitor touches, screen by screen: the first target that begins with one of these.
TOUCHES: Mapping[str, tuple[str, ...]] = {
    "home": ("take",),
    "services": ("service-",),
    "procedures": ("procedure-",),
    "confirm": ("take",),
    "no_paper": ("nopaper-yes",),
}


class Broken(Exception):
    """A promise of the README that is not kept."""


def main() -> int:
    """Run the proof in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="luot-fresh-") as folder:
        try:
            prove(Path(folder))
        except Broken as error:
            print(f"fresh: {error}", file=sys.stderr)
            return 1
    return 0


def prove(folder: Path) -> None:
    """Everything a newcomer does. Raises :class:`Broken`."""
    home, clone, mark = folder / "home", folder / "luot", uuid.uuid4().hex
    home.mkdir()
    # Of this environment only the path of the programs, and not this project's own programs.
    path = os.pathsep.join(one for one in os.environ["PATH"].split(os.pathsep) if not one.startswith(str(ROOT)))
    environment = {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", MARK: mark}
    git = shutil.which("git") or "git"
    subprocess.run([git, "clone", "-q", "--no-local", str(ROOT), str(clone)], check=True, env=environment)
    began = time.monotonic()
    made = subprocess.run(["make", ".venv/run.stamp"], cwd=clone, env=environment, timeout=INSTALL_S, check=False)
    if made.returncode != 0:
        raise Broken(f"the installation failed with exit code {made.returncode}")
    print(f"fresh: installed in {time.monotonic() - began:.1f} s", flush=True)
    run(clone, environment, mark)


def run(clone: Path, environment: Mapping[str, str], mark: str) -> None:
    """``make run`` there, one ticket, Ctrl-C. Raises :class:`Broken`."""
    began = time.monotonic()
    hall = subprocess.Popen(
        ["make", "run", "HALL=config/demo/hall.toml --ports auto"],
        cwd=clone, env=dict(environment), stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        assert hall.stdout is not None
        url = address(hall.stdout)
        print(f"fresh: the hall is ready at {url} after {time.monotonic() - began:.1f} s", flush=True)
        number = take_ticket(url)
        ticket_s = time.monotonic() - began
        print(f"fresh: ticket {number} after {ticket_s:.1f} s from the start (promised: {PROMISE_S:.0f} s)", flush=True)
        load, cpus = os.getloadavg()[0], os.cpu_count() or 1
        print(f"fresh: all its programs used {cpu_s(mark):.1f} s of processor; load {load:.1f} on {cpus}", flush=True)
        if not running(mark):
            raise Broken("the proof does not see the hall's own processes; it could not see one left behind")
        os.killpg(hall.pid, signal.SIGINT)
        hall.wait(STOP_S)
    except subprocess.TimeoutExpired as error:
        raise Broken(f"the hall did not end within {STOP_S:.0f} s of Ctrl-C") from error
    finally:
        if hall.poll() is None:
            os.killpg(hall.pid, signal.SIGKILL)
            hall.wait()
    left = running(mark)
    if left:
        raise Broken(f"still running after Ctrl-C: {list(left.values())}")
    listening = [one for one in addresses(clone) if answers(one)]
    if listening:
        raise Broken(f"still listening after Ctrl-C: {listening}")
    print("fresh: after Ctrl-C no process and no port is left", flush=True)
    if ticket_s > PROMISE_S:
        print(f"fresh: slower than promised on this machine: {ticket_s:.1f} s", file=sys.stderr)


def address(output: IO[bytes]) -> str:
    """The one address the hall prints. Raises :class:`Broken`."""
    found: list[str] = []

    def read() -> None:
        for line in output:
            match = re.search(rb"http://[^\s]+", line)
            if match is not None and not found:
                found.append(match[0].decode().rstrip("/"))
                ready.set()
        ready.set()

    ready = threading.Event()
    threading.Thread(target=read, daemon=True).start()
    if not ready.wait(START_S) or not found:
        raise Broken(f"no address was printed within {START_S:.0f} s")
    return found[0]


def take_ticket(url: str) -> str:
    """Walk the kiosk's screens through the page, as a person clicking on its picture does."""
    until = time.monotonic() + TICKET_S
    state: dict[str, Any] = {}
    touched = ""
    for kiosk in _kiosk(url):
        if time.monotonic() > until:
            break
        state = kiosk["state"]
        if state.get("number"):
            return str(state["number"])
        wishes = TOUCHES.get(str(state.get("screen")), ())
        targets = [one["id"] for one in kiosk["targets"] if one["enabled"]]
        target = next((one for wish in wishes for one in targets if one.startswith(wish)), None)
        if target is not None and kiosk["version"] != touched:
            touched = kiosk["version"]  # the picture this touch is meant for; the next one comes with the answer
            answer = urllib3.request("POST", f"{url}/kiosk/tap", json={"target": target}, timeout=5.0)
            touched = touched if answer.status == 204 else ""
    raise Broken(f"no ticket within {TICKET_S:.0f} s; the kiosk shows {state}")


def _kiosk(url: str) -> Iterator[dict[str, Any]]:
    """The kiosk's picture, each time something in the hall has changed."""
    version = 0
    while True:
        news = urllib3.request("GET", f"{url}/news?after={version}&wait_s=1", timeout=10.0).json()
        version = news["version"]
        if news["kiosk"] is not None:
            yield news["kiosk"]


def running(mark: str) -> dict[int, str]:
    """The processes that inherited this proof's mark, with their command lines."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(folder.name)] = line.decode(errors="replace").strip()
        except OSError:
            continue
    return found


def cpu_s(mark: str) -> float:
    """Seconds of processor that the processes with this proof's mark have used, which load does not change."""
    ticks = 0
    for pid in running(mark):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def addresses(clone: Path) -> list[str]:
    """Every loopback address in the file the hall wrote for its children."""
    text = (clone / "var/demo/hall.toml").read_text(encoding="utf-8")
    tomllib.loads(text)
    return sorted(set(re.findall(r"127\.0\.0\.1:\d+", text)))


def answers(place: str) -> bool:
    """Whether somebody listens there."""
    host, _, port = place.rpartition(":")
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, int(port))) == 0


if __name__ == "__main__":
    raise SystemExit(main())
