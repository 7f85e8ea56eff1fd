"""How much of a slip's way is ours: from the tap to the last byte, and from the tap to the proof.

The simulated printer runs as a process of its own (``luot-simulated``) on TCP, on a pseudo-terminal that stands for USB
and on one that is paced as a serial line; the driver is opened from settings as the kiosk opens it, the slips are those
that the kiosk composes, the journal is synced to this disk.

What the printer itself needs is measured on it too, without any driver: the same bytes are thrown at it at once, and
it takes them at its line's speed, prints, and answers the fence behind them. That lies between the larger of the
line's and the mechanism's time and their sum, because the last lines and the cut can only follow the last byte; both
are shown, from the printer's own report.

Run ``make bench-devices``; exit code 1 when a bound is missed.
"""

import json
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import tomli_w
import urllib3

from config import devices
from config.profiles import CodePage, PrinterProfile, write_profile
from halls import ROOT, free_ports
from hardware.open_printer import (
    as_profile,
    bytes_per_s,
    form_name,
    form_of,
    open_printer,
    profile_of,
    wants_compact,
)
from hardware.ports import PrintResult, PrintState, State
from hardware.printers import encode
from hardware.printers.drawing.forms import Form, encoder
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.escpos import EscposPrinter
from slips import of_kiosk
from tools.pictures.slip import CASES
from waiting import until

SHARE_S = 0.100
"""Ours, from the tap to the last byte, on links that are no bottleneck."""
PROOF_RATIO = 1.15
"""From the tap to the proof, to what the printer itself needs."""
WAIT_S = 120.0
QUIET_S = 0.2
HTTP = urllib3.PoolManager()
PROBED = PrinterProfile(native_qr=True, speed_mm_s=200.0)
READ = PROBED.model_copy(update={"code_page": CodePage(encoding="tcvn3", page=30, capitals=31, confirmed=True)})


@dataclass(frozen=True, slots=True)
class Bench:
    """One printer on one link: how many slips are printed on it, and what is known about it."""

    name: str
    link: dict[str, Any]
    slips: int
    profile: PrinterProfile = PROBED


BENCHES = (
    Bench("TCP", {"kind": "network"}, 25),
    Bench("USB", {"kind": "usb"}, 25),
    Bench("115200 baud", {"kind": "serial", "baud": 115_200, "flow": "rtscts"}, 6),
    Bench("19200 baud", {"kind": "serial", "baud": 19_200, "flow": "rtscts"}, 4),
    Bench("9600 baud", {"kind": "serial", "baud": 9_600, "flow": "rtscts"}, 3),
    Bench("9600 baud, read", {"kind": "serial", "baud": 9_600, "flow": "rtscts"}, 5, READ),
)


@dataclass(frozen=True, slots=True)
class Printed:
    """One slip, in seconds. ``wire_s`` and ``mechanical_s`` are the printer's report."""

    bytes: int
    share_s: float
    proof_s: float
    wire_s: float
    mechanical_s: float


@contextmanager
def twin(folder: Path, link: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A simulated printer as a process; its control port and the address at which a driver finds it."""
    control, port = free_ports(2)
    where = folder / "printer"
    plug = {"listen": f"127.0.0.1:{port}"} if link["kind"] == "network" else {"path": str(where)}
    config = folder / "twin.toml"
    simulated = {"control": f"127.0.0.1:{control}", "printer": {**link, **plug}}
    config.write_text(tomli_w.dumps({"simulated": simulated}), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "hardware.simulated.app", "--config", str(config)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        until(lambda: _answers(control), "the simulated printer did not start")
        yield f"http://127.0.0.1:{control}", plug.get("listen", str(where))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        return HTTP.request("GET", f"http://127.0.0.1:{port}/devices", retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def printed(bench: Bench) -> tuple[list[Printed], float]:
    """Each slip but the first, which loads the fonts; and the printer's own time for one, in seconds."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        control, address = stack.enter_context(twin(folder, bench.link))
        settings = told(bench, address, folder)
        opened = open_printer(settings, folder, time.monotonic, lambda: time.time_ns() // 1_000_000, lambda _: None)
        assert opened is not None
        printer, _journal = opened
        with closing(printer):
            until(lambda: printer.health().state is State.READY, "the printer is not ready")
            slips = [tap(printer, control, settings, n) for n in range(bench.slips + 1)][1:]
        slip = of_kiosk(CASES[0], compact=wants_compact(settings))
        data = encode.RESET + form_of(settings, profile_of(settings))[1](slip).data + encode.FENCE
        return slips, min(thrown(data, bench, address) for _ in range(2))


def tap(printer: EscposPrinter, control: str, settings: devices.Printer, n: int) -> Printed:
    """Compose and print a slip, as when a visitor's number is there."""
    results: queue.SimpleQueue[tuple[float, PrintResult]] = queue.SimpleQueue()
    tapped_s = time.monotonic()
    slip = of_kiosk(CASES[0], compact=wants_compact(settings))
    printer.print_slip(f"t-{n}", slip, lambda result: results.put((time.monotonic(), result)))
    proved_s, result = results.get(timeout=WAIT_S)
    assert result.state is PrintState.PRINTED, result
    report = until(lambda: _report(control, n), "the printer did not report")
    return Printed(
        report["bytes"],
        report["last_byte_s"] - tapped_s - report["wire_s"],
        proved_s - tapped_s,
        report["wire_s"],
        report["mechanical_s"],
    )


def thrown(data: bytes, bench: Bench, address: str) -> float:
    """Seconds from throwing ``data`` at the printer until it answered the fence at its end."""
    with _plugged(bench, address) as end:
        while select.select([end], [], [], QUIET_S)[0]:  # answers that the driver left unread
            os.read(end, 4096)
        begun_s = time.monotonic()
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(end, rest) :]
        assert select.select([end], [], [], WAIT_S)[0], "the printer did not answer"
        return time.monotonic() - begun_s


@contextmanager
def _plugged(bench: Bench, address: str) -> Iterator[int]:
    if bench.link["kind"] == "network":
        host, _, port = address.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=WAIT_S) as connection:
            connection.setblocking(True)
            yield connection.fileno()
        return
    end = os.open(address, os.O_RDWR | os.O_NOCTTY)
    try:
        yield end
    finally:
        os.close(end)


def told(bench: Bench, address: str, folder: Path) -> devices.Printer:
    write_profile(folder / "printer.toml", bench.profile)
    return devices.Printer.model_validate({**bench.link, "address": address, "profile": folder / "printer.toml"})


def _report(control: str, n: int) -> dict[str, Any] | None:
    found = json.loads(HTTP.request("GET", f"{control}/printer/reports").data)
    return found[n] if len(found) > n and found[n]["fence_s"] is not None else None


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[18] if len(values) > 1 else values[0]


def main() -> int:
    """Print the figures; 1 when a bound is missed."""
    missed: list[str] = []
    print(f"{os.getloadavg()[0]:.1f} other programs want this machine's {os.cpu_count()} processors")
    print(
        f"{'link':15} {'form':7} {'bytes':>6} {'ours p95':>9} {'line':>8} {'paper':>8} {'printer':>8} {'proof p95':>9}"
    )
    for bench in BENCHES:
        slips, own_s = printed(bench)
        ours_s, proof_s = p95([one.share_s for one in slips]), p95([one.proof_s for one in slips])
        settings = told(bench, "x:1", Path(tempfile.gettempdir()))
        form = form_name(settings)
        print(
            f"{bench.name:15} {form:7} {median(one.bytes for one in slips):6.0f} {ours_s * 1000:6.0f} ms "
            f"{median(one.wire_s for one in slips):6.2f} s {median(one.mechanical_s for one in slips):6.2f} s "
            f"{own_s:6.2f} s {proof_s:7.2f} s = {proof_s / own_s:.2f} times the printer's"
        )
        if bytes_per_s(settings) is None and ours_s > SHARE_S:
            missed.append(f"{bench.name}: {ours_s * 1000:.0f} ms of ours, bound {SHARE_S * 1000:.0f}")
        if proof_s > PROOF_RATIO * own_s:
            missed.append(f"{bench.name}: {proof_s / own_s:.2f} times the printer's own time, bound {PROOF_RATIO}")
    sizes()
    for line in missed:
        print(f"missed: {line}")
    return 1 if missed else 0


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
