"""The driver over real TCP, with a slip of every element."""

import math
import queue
from collections.abc import Callable
from pathlib import Path

from hardware.ports import DeviceHealth, PrintResult
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.escpos import EscposPrinter
from hardware.printers.journal import PrintJournal
from hardware.printers.profile import PrinterLimits, Profile
from hardware.printers.transports.connect import connector
from hardware.printers.transports.transport import Transport
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.slips.slip import HorizontalRule, Inverse, Number, Qr, Slip, Text
from support.scaled_time import mono_s
from support.waiting import PATIENCE_S, until

# Real time-outs, only shorter; the simulated paper moves as fast as it can.
LIMITS = PrinterLimits(
    fence_s=0.6,
    status_s=0.3,
    write_s=0.6,
    poll_s=0.05,
    status_interval_s=0.05,
    first_retry_s=0.02,
    max_retry_s=0.05,
    power_doubt_s=math.inf,
)
PROFILE = Profile(speed_mm_s=1e6)


def slip(number: str = "A015") -> Slip:
    return Slip(
        number,
        (
            Text("PHƯỜNG MẪU", 32, bold=True),
            Number(number),
            Inverse("ƯU TIÊN"),
            HorizontalRule(),
            Qr("http://127.0.0.1:8471/t/Qm3vX9bTzK4nWc7LrYpE2g", ("Quét mã để theo dõi số trên điện thoại.",)),
            Text("Phiếu có giá trị trong ngày 23/11/2026."),
        ),
    )


def health_of(printer: EscposPrinter, true: Callable[[DeviceHealth], bool]) -> DeviceHealth:
    """Wait for a health for which ``true`` holds, and return it."""
    last = printer.health()

    def holds() -> bool:
        nonlocal last
        last = printer.health()
        return true(last)

    until(holds, lambda: last)
    return last


class EscposBench:
    """A driver over TCP, with its results in the order of their reports."""

    def __init__(
        self, address: tuple[str, int], path: Path, limits: PrinterLimits = LIMITS, profile: Profile = PROFILE
    ) -> None:
        self.results: queue.SimpleQueue[PrintResult] = queue.SimpleQueue()
        self.late_results: queue.SimpleQueue[PrintResult] = queue.SimpleQueue()
        self.journal = PrintJournal(path, lambda: 1_795_447_800_000)
        self._connect = connector("network", "{}:{}".format(*address), 0, mono_s)
        self.links: list[Transport] = []
        self.printer = EscposPrinter(
            self._open,
            PAPERS[80],
            self.journal,
            mono_s,
            profile=profile,
            limits=limits,
            on_late_result=self.late_results.put,
        )

    def _open(self) -> Transport:
        self.links.append(self._connect())
        return self.links[-1]

    def print(self, job: str) -> None:
        self.printer.print_slip(job, slip(), self.results.put)

    def result(self) -> PrintResult:
        return self.results.get(timeout=PATIENCE_S)

    def until(self, true: Callable[[DeviceHealth], bool]) -> DeviceHealth:
        return health_of(self.printer, true)

    def close(self) -> None:
        self.printer.close()
        assert self.results.empty(), "a job was reported twice"


def slips_of(printer: SimulatedPrinter) -> int:
    return sum(piece["cut"] for piece in printer.state()["slips"])
