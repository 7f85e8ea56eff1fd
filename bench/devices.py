"""How much of a slip's way is ours: from the tap to the last byte, and from the tap to the proof.

A whole hall runs, each part a process as on site: the server with its broker and its database, the kiosk without a
panel (``bench.marked_kiosk``: the real one, with a note of when each part was done) and the simulated printer, on TCP,
on a pseudo-terminal that stands for USB, or on one that is paced as a serial line. All files are on this disk.

A *tap* begins when the finger's lift is put into the kiosk's inbox, as its window does. What counts as *ours* is all
from there until the printer has the last byte, but what the line takes for the bytes: the kiosk's loop, the request,
the command and its synced commit in the server, the answer, composing and drawing the slip, the look at the printer,
the synced note in the print journal, sending. What SDL and the panel need to tell of a finger is not in it. *Proof* is
when the printer's answer is in the journal and the kiosk is told.

What the printer itself needs is measured in the same minutes and under the same load, on a twin of the twin without
any driver: after each slip the same bytes are thrown at it at once, and it takes them at its line's speed, prints, and
answers the fence behind them. That lies between the larger of the line's and the mechanism's time and their sum,
because the last lines and the cut can only follow the last byte; both are shown, from the printer's own report. The
ratio is that of our slow slips (p95) to its usual one (median).

Run ``make bench-devices``; exit code 1 when a bound is missed.
"""

import json
import os
import select
import socket
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from subprocess import Popen
from typing import Any

import serial
import tomli_w
import urllib3

from bench.marked_kiosk import LIFTED, MARKS, TOLD
from config import devices
from config.profiles import CodePage, PrinterProfile, write_profile
from halls import ROOT, Api, free_ports, machine, office, running
from hardware.open_printer import as_profile, bytes_per_s, form_name
from hardware.printers import encode
from hardware.printers.drawing.forms import Form, encoder
from hardware.printers.drawing.paper import PAPERS
from slips import of_kiosk
from tools.pictures.slip import CASES
from waiting import until

SHARE_S = 0.100
"""Ours, from the tap to the last byte, on links that are no bottleneck."""
PROOF_RATIO = 1.15
"""From the tap to the proof, to what the printer itself needs."""
WAIT_S = 120.0
QUIET_S = 0.2
HTTP = urllib3.PoolManager(retries=False, timeout=WAIT_S)
PROBED = PrinterProfile(native_qr=True, speed_mm_s=200.0)
NAMED = PROBED.model_copy(update={"process_id": True})
READ = PROBED.model_copy(update={"code_page": CodePage(encoding="tcvn3", page=30, capitals=31, confirmed=True)})
PARTS = ("loop", "server", "compose", "draw", "look", "note", "send")
"""What is between the marks, and between the last of them and the last byte."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One printer on one link: how many slips are printed on it, and what is known about it."""

    name: str
    link: dict[str, Any]
    slips: int
    profile: PrinterProfile = PROBED


BENCHES = (
    Bench("TCP", {"kind": "network"}, 25),
    Bench("TCP, process ids", {"kind": "network"}, 10, NAMED),
    Bench("USB", {"kind": "usb"}, 25),
    Bench("115200 baud", {"kind": "serial", "baud": 115_200, "flow": "rtscts"}, 6),
    Bench("19200 baud", {"kind": "serial", "baud": 19_200, "flow": "rtscts"}, 4),
    Bench("9600 baud", {"kind": "serial", "baud": 9_600, "flow": "rtscts"}, 3),
    Bench("9600 baud, read", {"kind": "serial", "baud": 9_600, "flow": "rtscts"}, 5, READ),
)


@dataclass(frozen=True, slots=True)
class Printed:
    """One slip, in seconds: ``parts`` from the tap to the last byte, what the line takes for the bytes left out.
    ``wire_s`` and ``mechanical_s`` are the printer's report, ``own_s`` what its twin took for the same bytes."""

    bytes: int
    parts: Mapping[str, float]
    proof_s: float
    wire_s: float
    mechanical_s: float
    own_s: float

    @property
    def share_s(self) -> float:
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Twin:
    """A simulated printer as a process: its control port, and where a driver finds it."""

    control: str
    address: str

    def report(self, n: int) -> dict[str, Any] | None:
        """What its ``n``th slip cost, once it is printed and answered for."""
        found = json.loads(HTTP.request("GET", f"{self.control}/printer/reports").data)
        return found[n] if len(found) > n and found[n]["fence_s"] is not None else None


@contextmanager
def program(module: str, config: Path) -> Iterator[None]:
    """A program of the hall until the block ends."""
    with (config.parent / f"{module}.log").open("ab") as sink:
        told = {**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"}
        process = Popen(
            [sys.executable, "-m", module, "--config", str(config)], cwd=ROOT, env=told, stdout=sink, stderr=sink
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(WAIT_S)


@contextmanager
def twin(folder: Path, link: dict[str, Any]) -> Iterator[Twin]:
    folder.mkdir()
    control, port = free_ports(2)
    where = folder / "printer"
    plug = {"listen": f"127.0.0.1:{port}"} if link["kind"] == "network" else {"path": str(where)}
    config = folder / "twin.toml"
    simulated = {"control": f"127.0.0.1:{control}", "printer": {**link, **plug}}
    config.write_text(tomli_w.dumps({"simulated": simulated}), encoding="utf-8")
    with program("hardware.simulated.app", config):
        found = Twin(f"http://127.0.0.1:{control}", plug.get("listen", str(where)))
        until(lambda: _asked(f"{found.control}/devices") is not None, "the simulated printer did not start")
        yield found


def _asked(url: str) -> Any:
    try:
        return json.loads(HTTP.request("GET", url).data)
    except urllib3.exceptions.HTTPError:
        return None


@dataclass
class Kiosk:
    """A kiosk before its hall: its folder, its screen, its printer."""

    folder: Path
    screen: str
    api: Api
    twin: Twin
    taken: int = field(default=0)

    def ready(self) -> bool:
        state = _asked(f"{self.screen}/state") or {}
        _, health = self.api.get("/health")
        printers = [one for at in health["stations"] for one in at["devices"] if one["device"] == "printer"]
        return state.get("screen") == "home" and not state["stale"] and [one["state"] for one in printers] == ["ready"]

    def tap(self, target: str) -> None:
        body = json.dumps({"target": target})
        until(lambda: HTTP.request("POST", f"{self.screen}/tap", body=body).status == 204, target)

    def ticket(self) -> tuple[dict[str, float], dict[str, Any]]:
        """Take one number; when each part was done, and the printer's report."""
        for target in ("take", "service-HT", "take"):
            self.tap(target)
        marks = until(self._marks, "the slip was not proved", within_s=WAIT_S)
        report = until(lambda: self.twin.report(self.taken), "the printer did not report")
        self.taken += 1
        until(lambda: (_asked(f"{self.screen}/state") or {}).get("slip") == "printed", "the screen does not say so")
        self.tap("home")
        return marks, report

    def _marks(self) -> dict[str, float] | None:
        path = self.folder / "marks.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return json.loads(lines[self.taken]) if len(lines) > self.taken else None


@contextmanager
def kiosk(folder: Path, bench: Bench) -> Iterator[Kiosk]:
    """A hall with one kiosk, whose printer is ready."""
    where = machine(folder, office(["HT", "CT"], {"c1": ["HT", "CT"]}))
    settings = tomllib.loads(where.config.read_text(encoding="utf-8"))
    [screen] = free_ports(1)
    with ExitStack() as held:
        printer = held.enter_context(twin(folder / "printer", bench.link))
        settings["link"] = {"server": where.api, "broker": f"127.0.0.1:{where.broker[1]}", "office": "test"}
        settings["kiosk"] = {
            "station": "kiosk-1",
            "control": f"127.0.0.1:{screen}",
            "printer": {**bench.link, "address": printer.address, "profile": str(_profile(folder, bench))},
        }
        where.config.write_text(tomli_w.dumps(settings), encoding="utf-8")
        held.enter_context(running(where))
        held.enter_context(program("bench.marked_kiosk", where.config))
        found = Kiosk(folder, f"http://127.0.0.1:{screen}", Api(where.api), printer)
        until(found.ready, "the kiosk is not ready")
        yield found


def printed(bench: Bench) -> list[Printed]:
    """Slips from taps, the first of which the kiosk prints after its start."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        bare = stack.enter_context(twin(folder / "bare", bench.link))
        at = stack.enter_context(kiosk(folder, bench))
        slips = []
        for _ in range(bench.slips + 1):
            marks, report = at.ticket()
            data = (folder / "slip.bin").read_bytes()
            slips.append(_printed(marks, report, thrown(data, bench, bare.address)))
        return slips


def _printed(marks: Mapping[str, float], report: Mapping[str, Any], own_s: float) -> Printed:
    moments = [marks[mark.name] for mark in MARKS if mark.name != TOLD]
    moments.append(report["last_byte_s"] - report["wire_s"])
    lasted = [after - before for before, after in pairwise(moments)]
    proof_s = marks[TOLD] - marks[LIFTED]
    parts = dict(zip(PARTS, lasted, strict=True))
    return Printed(report["bytes"], parts, proof_s, report["wire_s"], report["mechanical_s"], own_s)


def thrown(data: bytes, bench: Bench, address: str) -> float:
    """Seconds from throwing ``data`` at the printer until it answered the question at its end."""
    # Pushed states would be answers before the last.
    data = data.replace(encode.AUTOMATIC_STATUS, b"", 1)
    with _plugged(bench, address) as end:
        while select.select([end], [], [], QUIET_S)[0]:
            os.read(end, 4096)
        begun_s = time.monotonic()
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(end, rest) :]
        assert select.select([end], [], [], WAIT_S)[0], "the printer did not answer"
        return time.monotonic() - begun_s


@contextmanager
def _plugged(bench: Bench, address: str) -> Iterator[int]:
    """An open file; what does not go at once is waited for in writing."""
    match bench.link["kind"]:
        case "network":
            host, _, port = address.rpartition(":")
            with socket.create_connection((host, int(port))) as connection:
                yield connection.fileno()
        case "serial":
            with serial.Serial(address, bench.link["baud"], rtscts=True) as line:
                os.set_blocking(line.fileno(), True)
                yield line.fileno()
        case _:
            end = os.open(address, os.O_RDWR | os.O_NOCTTY)
            try:
                yield end
            finally:
                os.close(end)


def _profile(folder: Path, bench: Bench) -> Path:
    write_profile(folder / "printer.toml", bench.profile)
    return folder / "printer.toml"


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[18] if len(values) > 1 else values[0]


def main() -> int:
    """Print the figures; 1 when a bound is missed."""
    missed: list[str] = []
    print(
        f"{'link':17} {'form':7} {'bytes':>6} {'ours p95':>9} {'line':>8} {'paper':>8} {'printer':>8} {'proof p95':>9}"
    )
    ways: list[str] = []
    for bench in BENCHES:
        first, *slips = printed(bench)
        missed += told(bench, slips)
        parts = (f"{median(one.parts[part] for one in slips) * 1000:7.1f}" for part in PARTS)
        before = (f"{first.parts[part] * 1000:7.1f}" for part in PARTS)
        ways += [f"{bench.name:17} usual " + " ".join(parts), f"{'':17} first " + " ".join(before)]
    print(f"\n{'ms of ours':23} " + " ".join(f"{part:>7}" for part in PARTS))
    print("\n".join(ways))
    sizes()
    for line in missed:
        print(f"missed: {line}")
    return 1 if missed else 0


def told(bench: Bench, slips: Sequence[Printed]) -> list[str]:
    """One line of figures; the bounds that are missed."""
    with tempfile.TemporaryDirectory() as folder:
        how = {**bench.link, "address": "x:1", "profile": _profile(Path(folder), bench)}
        settings = devices.Printer.model_validate(how)
        form = form_name(settings)
    ours_s, proof_s = p95([one.share_s for one in slips]), p95([one.proof_s for one in slips])
    own_s = median(one.own_s for one in slips)
    print(
        f"{bench.name:17} {form:7} {median(one.bytes for one in slips):6.0f} {ours_s * 1000:6.0f} ms "
        f"{median(one.wire_s for one in slips):6.2f} s {median(one.mechanical_s for one in slips):6.2f} s "
        f"{own_s:6.2f} s {proof_s:7.2f} s = {proof_s / own_s:.2f} times the printer's; "
        f"{os.getloadavg()[0]:.1f} programs want {os.cpu_count()} processors",
        flush=True,
    )
    missed: list[str] = []
    if bytes_per_s(settings) is None and ours_s > SHARE_S:
        missed.append(f"{bench.name}: {ours_s * 1000:.0f} ms of ours, bound {SHARE_S * 1000:.0f}")
    if proof_s > PROOF_RATIO * own_s:
        missed.append(f"{bench.name}: {proof_s / own_s:.2f} times the printer's own time, bound {PROOF_RATIO}")
    return missed


def sizes() -> None:
    """Bytes and paper of one slip in each form."""
    print(f"\n{'form':7} {'80 mm':>16} {'80 mm compact':>16} {'58 mm':>16} {'58 mm compact':>16}")
    for form in Form:
        cells = []
        for mm, compact in ((80, False), (80, True), (58, False), (58, True)):
            sheet = encoder(form, PAPERS[mm], as_profile(READ))(of_kiosk(CASES[0], compact=compact))
            cells.append(f"{len(sheet.data):6} B {sheet.mm:4.0f} mm")
        print(f"{form:7} " + " ".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    raise SystemExit(main())
