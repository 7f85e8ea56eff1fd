"""Measure our share of a slip's time, from the tap to the proof of print.

A whole hall runs, each part a process as on site: the server with its broker and its database, the kiosk without a
panel (``bench.marked_kiosk``: the real one, with a note of when each part was done) and the simulated printer, on TCP,
on a pseudo-terminal that stands for USB, or on one that is paced as a serial line. All files are on this disk.

A *tap* begins when the finger's lift is put into the kiosk's inbox, as its window does. *Ours* is all from there until
the printer has the last byte, but the time that the line takes for the bytes: the kiosk's loop, the request, the
command and its synced commit in the server, the answer, composing and drawing the slip, the status check before
printing, the synced row in the print journal, sending. The time that SDL and the panel need to report a finger is not
in it. *Proof* is when the printer's answer is in the journal and the kiosk has it.

The printer's own time is measured in the same minutes and under the same load, on a second simulated printer without
any driver: after each slip the same bytes are sent to it at once, and it takes them at its line's speed, prints, and
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
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from subprocess import Popen
from typing import Any

import serial
import tomli_w
import urllib3

from bench.marked_kiosk import LIFTED, MARKS, REPORTED
from bench.servers import live_machine, server_process
from config import devices
from config.profiles import CodePage, PrinterProfile, write_profile
from hardware.open.printer import bytes_per_s, slip_form
from hardware.open.printer_profile import driver_profile
from hardware.printers import encode
from hardware.printers.drawing.encoders import SlipForm, make_encoder
from hardware.printers.drawing.paper import PAPERS
from support.server_process import ROOT, Api, free_ports, office
from support.slips import of_kiosk
from support.waiting import until
from tools.pictures.slip import CASES

MAX_OWN_SHARE_S = 0.100
"""Bound of our own share, from the tap to the last byte, on links that are no bottleneck."""
MAX_PROOF_RATIO = 1.15
"""Bound of the time from the tap to the proof, divided by the printer's own time."""
TIMEOUT_S = 120.0
QUIET_S = 0.2
"""A link without a byte for this long has no reply left."""
HTTP = urllib3.PoolManager(retries=False, timeout=TIMEOUT_S)
PROFILE = PrinterProfile(native_qr=True, speed_mm_s=200.0)
WITH_PROCESS_IDS = PROFILE.model_copy(update={"process_id": True})
WITH_CODE_PAGE = PROFILE.model_copy(
    update={"code_page": CodePage(encoding="tcvn3", page=30, capitals=31, confirmed=True)}
)
STAGES = ("loop", "server", "compose", "draw", "look", "note", "send")
"""The stages between the marks of ``bench.marked_kiosk``, and from the last of them to the last byte.

``loop``: the kiosk's loop. ``look``: the status check before printing. ``note``: the row in the print journal.
"""


@dataclass(frozen=True, slots=True)
class Setup:
    """One printer on one link, with the number of slips to print and their bounds."""

    name: str
    link: dict[str, Any]
    slips: int
    profile: PrinterProfile = PROFILE


SETUPS = (
    Setup("TCP", {"kind": "network"}, 25),
    Setup("TCP, process ids", {"kind": "network"}, 10, WITH_PROCESS_IDS),
    Setup("USB", {"kind": "usb"}, 25),
    Setup("115200 baud", {"kind": "serial", "baud": 115_200, "flow": "rtscts"}, 6),
    Setup("19200 baud", {"kind": "serial", "baud": 19_200, "flow": "rtscts"}, 4),
    Setup("9600 baud", {"kind": "serial", "baud": 9_600, "flow": "rtscts"}, 3),
    Setup("9600 baud, read", {"kind": "serial", "baud": 9_600, "flow": "rtscts"}, 5, WITH_CODE_PAGE),
)


@dataclass(frozen=True, slots=True)
class SlipTimes:
    """Measured times of one slip, in seconds.

    ``stages``: from the tap to the last byte, without the line's time for the bytes. ``wire_s``, ``mechanical_s``: the
    printer's report. ``printer_s``: the time of the second simulated printer for the same bytes.
    """

    bytes: int
    stages: Mapping[str, float]
    proof_s: float
    wire_s: float
    mechanical_s: float
    printer_s: float

    @property
    def own_share_s(self) -> float:
        return sum(self.stages.values())


@dataclass(frozen=True, slots=True)
class PrinterProcess:
    """A simulated printer as a process: its control port, and where a driver finds it."""

    control: str
    address: str

    def report(self, n: int) -> dict[str, Any] | None:
        """Return the figures of the ``n``-th slip once its fence was answered, else None."""
        reports = json.loads(HTTP.request("GET", f"{self.control}/printer/reports").data)
        return reports[n] if len(reports) > n and reports[n]["fence_s"] is not None else None


@contextmanager
def program(module: str, config: Path) -> Iterator[None]:
    """Run a program of the hall until the block ends."""
    with (config.parent / f"{module}.log").open("ab") as sink:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"}
        process = Popen(
            [sys.executable, "-m", module, "--config", str(config)], cwd=ROOT, env=environment, stdout=sink, stderr=sink
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(TIMEOUT_S)


@contextmanager
def printer_process(folder: Path, link: dict[str, Any]) -> Iterator[PrinterProcess]:
    folder.mkdir()
    control, port = free_ports(2)
    terminal_path = folder / "printer"
    plug = {"listen": f"127.0.0.1:{port}"} if link["kind"] == "network" else {"path": str(terminal_path)}
    config = folder / "twin.toml"
    simulated = {"control": f"127.0.0.1:{control}", "printer": {**link, **plug}}
    config.write_text(tomli_w.dumps({"simulated": simulated}), encoding="utf-8")
    with program("hardware.simulated.app", config):
        printer = PrinterProcess(f"http://127.0.0.1:{control}", plug.get("listen", str(terminal_path)))
        until(lambda: _get_json(f"{printer.control}/devices") is not None, "the simulated printer did not start")
        yield printer


def _get_json(url: str) -> Any:
    try:
        return json.loads(HTTP.request("GET", url).data)
    except urllib3.exceptions.HTTPError:
        return None


@dataclass
class Kiosk:
    """A running kiosk. ``screen``: the address of its control port. ``folder``: of the hall's files."""

    folder: Path
    screen: str
    api: Api
    printer: PrinterProcess
    slips_taken: int = field(default=0)

    def ready(self) -> bool:
        state = _get_json(f"{self.screen}/state") or {}
        _, health = self.api.get("/health")
        states = [
            device["state"]
            for station in health["stations"]
            for device in station["devices"]
            if device["device"] == "printer"
        ]
        return state.get("screen") == "home" and not state["stale"] and states == ["ready"]

    def tap(self, target: str) -> None:
        body = json.dumps({"target": target})
        until(lambda: HTTP.request("POST", f"{self.screen}/tap", body=body).status == 204, target)

    def ticket(self) -> tuple[dict[str, float], dict[str, Any]]:
        """Take one number; return the moment of each mark, and the printer's report."""
        for target in ("take", "service-HT", "take"):
            self.tap(target)
        marks = until(self._marks, "the slip was not proved", within_s=TIMEOUT_S)
        report = until(lambda: self.printer.report(self.slips_taken), "the printer did not report")
        assert marks is not None and report is not None
        self.slips_taken += 1
        until(lambda: (_get_json(f"{self.screen}/state") or {}).get("slip") == "printed", "the screen does not say so")
        self.tap("home")
        return marks, report

    def _marks(self) -> dict[str, float] | None:
        path = self.folder / "marks.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return json.loads(lines[self.slips_taken]) if len(lines) > self.slips_taken else None


@contextmanager
def kiosk(folder: Path, setup: Setup) -> Iterator[Kiosk]:
    """Run a hall with one kiosk, whose printer is ready."""
    hall_files, _ = live_machine(folder, office(["HT", "CT"], {"c1": ["HT", "CT"]}))
    settings = tomllib.loads(hall_files.config.read_text(encoding="utf-8"))
    [screen] = free_ports(1)
    with ExitStack() as stack:
        printer = stack.enter_context(printer_process(folder / "printer", setup.link))
        settings["link"] = {"server": hall_files.api, "broker": f"127.0.0.1:{hall_files.broker[1]}", "office": "test"}
        settings["kiosk"] = {
            "station": "kiosk-1",
            "control": f"127.0.0.1:{screen}",
            "printer": {**setup.link, "address": printer.address, "profile": str(_profile(folder, setup))},
        }
        hall_files.config.write_text(tomli_w.dumps(settings), encoding="utf-8")
        stack.enter_context(server_process(hall_files))
        api = stack.enter_context(closing(Api(hall_files.api, hall_files.box_token)))
        stack.enter_context(program("bench.marked_kiosk", hall_files.config))
        station = Kiosk(folder, f"http://127.0.0.1:{screen}", api, printer)
        until(station.ready, "the kiosk is not ready")
        yield station


def measure(setup: Setup) -> list[SlipTimes]:
    """Return the slips of taps; the first is the kiosk's first after its start."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        reference = stack.enter_context(printer_process(folder / "bare", setup.link))
        station = stack.enter_context(kiosk(folder, setup))
        slips = []
        for _ in range(setup.slips + 1):
            marks, report = station.ticket()
            data = (folder / "slip.bin").read_bytes()
            slips.append(_slip_times(marks, report, printer_time_s(data, setup, reference.address)))
        return slips


def _slip_times(marks: Mapping[str, float], report: Mapping[str, Any], printer_s: float) -> SlipTimes:
    moments = [marks[mark.name] for mark in MARKS if mark.name != REPORTED]
    moments.append(report["last_byte_s"] - report["wire_s"])
    durations = [after - before for before, after in pairwise(moments)]
    proof_s = marks[REPORTED] - marks[LIFTED]
    stages = dict(zip(STAGES, durations, strict=True))
    return SlipTimes(report["bytes"], stages, proof_s, report["wire_s"], report["mechanical_s"], printer_s)


def printer_time_s(data: bytes, setup: Setup, address: str) -> float:
    """Return the seconds from sending ``data`` at once until the printer answered its fence."""
    # Pushed states would be answers before the last.
    data = data.replace(encode.AUTOMATIC_STATUS, b"", 1)
    with _open_link(setup, address) as link:
        while select.select([link], [], [], QUIET_S)[0]:
            os.read(link, 4096)
        start_s = time.monotonic()
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(link, rest) :]
        assert select.select([link], [], [], TIMEOUT_S)[0], "the printer did not answer"
        return time.monotonic() - start_s


@contextmanager
def _open_link(setup: Setup, address: str) -> Iterator[int]:
    """Provide an open file; writing to it blocks until the bytes are taken."""
    match setup.link["kind"]:
        case "network":
            host, _, port = address.rpartition(":")
            with socket.create_connection((host, int(port))) as connection:
                yield connection.fileno()
        case "serial":
            with serial.Serial(address, setup.link["baud"], rtscts=True) as line:
                os.set_blocking(line.fileno(), True)
                yield line.fileno()
        case _:
            device = os.open(address, os.O_RDWR | os.O_NOCTTY)
            try:
                yield device
            finally:
                os.close(device)


def _profile(folder: Path, setup: Setup) -> Path:
    write_profile(folder / "printer.toml", setup.profile)
    return folder / "printer.toml"


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[18] if len(values) > 1 else values[0]


def main() -> int:
    """Print the figures; return 1 when a bound is missed."""
    violations: list[str] = []
    print(
        f"{'link':17} {'form':7} {'bytes':>6} {'ours p95':>9} {'line':>8} {'paper':>8} {'printer':>8} {'proof p95':>9}"
    )
    stage_lines: list[str] = []
    for setup in SETUPS:
        first, *slips = measure(setup)
        violations += print_figures(setup, slips)
        usual_ms = (f"{median(slip.stages[stage] for slip in slips) * 1000:7.1f}" for stage in STAGES)
        first_ms = (f"{first.stages[stage] * 1000:7.1f}" for stage in STAGES)
        stage_lines += [f"{setup.name:17} usual " + " ".join(usual_ms), f"{'':17} first " + " ".join(first_ms)]
    print(f"\n{'ms of ours':23} " + " ".join(f"{stage:>7}" for stage in STAGES))
    print("\n".join(stage_lines))
    print_sizes()
    for line in violations:
        print(f"missed: {line}")
    return 1 if violations else 0


def print_figures(setup: Setup, slips: Sequence[SlipTimes]) -> list[str]:
    """Print one line of figures; return a sentence for each bound that is missed."""
    with tempfile.TemporaryDirectory() as folder:
        fields = {**setup.link, "address": "x:1", "profile": _profile(Path(folder), setup)}
        settings = devices.PrinterSettings.model_validate(fields)
        form = slip_form(settings)
    ours_s, proof_s = p95([slip.own_share_s for slip in slips]), p95([slip.proof_s for slip in slips])
    printer_s = median(slip.printer_s for slip in slips)
    print(
        f"{setup.name:17} {form:7} {median(slip.bytes for slip in slips):6.0f} {ours_s * 1000:6.0f} ms "
        f"{median(slip.wire_s for slip in slips):6.2f} s {median(slip.mechanical_s for slip in slips):6.2f} s "
        f"{printer_s:6.2f} s {proof_s:7.2f} s = {proof_s / printer_s:.2f} times the printer's; "
        f"{os.getloadavg()[0]:.1f} programs want {os.cpu_count()} processors",
        flush=True,
    )
    violations: list[str] = []
    if bytes_per_s(settings) is None and ours_s > MAX_OWN_SHARE_S:
        violations.append(f"{setup.name}: {ours_s * 1000:.0f} ms of ours, bound {MAX_OWN_SHARE_S * 1000:.0f}")
    if proof_s > MAX_PROOF_RATIO * printer_s:
        violations.append(
            f"{setup.name}: {proof_s / printer_s:.2f} times the printer's own time, bound {MAX_PROOF_RATIO}"
        )
    return violations


def print_sizes() -> None:
    """Print bytes and paper of one slip in each form."""
    print(f"\n{'form':7} {'80 mm':>16} {'80 mm compact':>16} {'58 mm':>16} {'58 mm compact':>16}")
    for form in SlipForm:
        columns = []
        for mm, compact in ((80, False), (80, True), (58, False), (58, True)):
            slip = make_encoder(form, PAPERS[mm], driver_profile(WITH_CODE_PAGE))(of_kiosk(CASES[0], compact=compact))
            columns.append(f"{len(slip.data):6} B {slip.length_mm:4.0f} mm")
        print(f"{form:7} " + " ".join(f"{column:>16}" for column in columns))


if __name__ == "__main__":
    raise SystemExit(main())
