"""A driver and a simulated printer on each link, with faults at chosen moments.

The paper is compared as dots afterwards.
"""

import io
import math
import queue
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from PIL import Image

from hardware.ports import HealthState, PrintResult, PrintState
from hardware.printers import encode
from hardware.printers.drawing import raster
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.escpos import EscposPrinter
from hardware.printers.journal import PrintJournal
from hardware.printers.profile import PrinterLimits, Profile
from hardware.printers.transports.connect import connector
from hardware.printers.transports.transport import Connect, Transport, WriteStalled
from hardware.simulated.printers.link import BITS_PER_BYTE, USB_BYTE_S
from hardware.simulated.printers.plugs import PtyPlug
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.slips.slip import Slip, Text
from support.scaled_time import mono_s
from support.waiting import PATIENCE_S, until

PAPER = PAPERS[58]
BAUD = 921_600
WALL_MS = 1_795_447_800_000
LIMITS = PrinterLimits(
    fence_s=0.4,
    status_s=0.1,
    write_s=0.3,
    poll_s=0.02,
    status_interval_s=0.03,
    silent_s=0.4,
    first_retry_s=0.01,
    max_retry_s=0.04,
)
RESTART_S, LATE_S = 0.25, 0.3
UNTIL_DOUBT_S = 0.05
PROFILE = Profile(speed_mm_s=1e6)


class LinkKind(StrEnum):
    NETWORK = "network"
    SERIAL = "serial"
    USB = "usb"


class Moment(StrEnum):
    """Moment of a job at which a fault strikes."""

    BEFORE_CHECK = "before the check"
    BEFORE_FIRST_BYTE = "before the first byte"
    MID_RASTER = "mid-raster"
    BEFORE_FENCE = "before the fence"
    AFTER_FENCE = "after the fence"
    HELD = "held"
    AFTER_RESULT = "after the result"


def simulated_printer(kind: LinkKind, folder: Path, **how: object) -> SimulatedPrinter:
    """Return a simulated printer that prints as fast as possible, on that kind of link."""
    options: dict[str, object] = {
        "mono_s": mono_s,
        "paper_mm": 58,
        "speed_mm_s": 1e6,
        "restart_s": RESTART_S,
        "late_s": LATE_S,
    }
    if kind is LinkKind.SERIAL:
        options |= {"plug": how.get("plug") or PtyPlug(folder / "tty", BAUD), "byte_s": BITS_PER_BYTE / BAUD}
    elif kind is LinkKind.USB:
        options |= {"plug": PtyPlug(folder / "lp0"), "byte_s": USB_BYTE_S}
    return SimulatedPrinter(**{**options, **how})  # type: ignore[arg-type]


def link_to(kind: LinkKind, printer: SimulatedPrinter) -> Connect:
    where, number = printer.address
    address = f"{where}:{number}" if kind is LinkKind.NETWORK else where
    return connector(kind, address, BAUD, mono_s)


def limits_of(kind: LinkKind) -> PrinterLimits:
    """Return short time-outs. Only a serial link stays open without the printer's power, and is slow."""
    if kind is LinkKind.SERIAL:
        return replace(LIMITS, power_doubt_s=UNTIL_DOUBT_S, byte_s=BITS_PER_BYTE / BAUD)
    return replace(LIMITS, power_doubt_s=math.inf)


def patient(kind: LinkKind) -> PrinterLimits:
    """Return longer time-outs, for tests not about silence: a busy machine replies and prints late."""
    return replace(limits_of(kind), status_s=0.3, fence_s=2.0, write_s=2.0, silent_s=2.0)


def slip(number: str) -> Slip:
    return Slip(number, (Text(number, 60, bold=True),))


def marked(number: str) -> Slip:
    return Slip(number, (Text(f"IN LẠI {number}", 44, bold=True),))


class FaultyLink:
    """A link that triggers an action once, when a job reaches the armed moment."""

    def __init__(self, link: Transport, armed: "FaultTrigger") -> None:
        self._link, self._armed = link, armed

    def write(self, data: bytes, timeout_s: float) -> None:
        armed, moment = self._armed, self._armed.moment
        begins, ends = b"\x1dv0" in data, data.endswith(encode.FENCE) and armed.begun
        armed.begun = armed.begun or begins
        if begins and moment is Moment.BEFORE_FIRST_BYTE:
            armed.strike()
        if begins and moment in (Moment.MID_RASTER, Moment.HELD):
            middle = data.index(b"\x1dv0") + (len(data) - data.index(b"\x1dv0")) // 2
            self._link.write(data[:middle], timeout_s)
            armed.strike()
            try:
                self._link.write(data[middle:], timeout_s)
            except WriteStalled as stalled:
                raise WriteStalled(middle + stalled.sent) from stalled
            return
        if (ends or (begins and data.endswith(encode.FENCE))) and moment is Moment.BEFORE_FENCE:
            with armed.frozen():
                self._link.write(data, timeout_s)
                armed.strike()
            return
        self._link.write(data, timeout_s)
        armed.fenced = armed.fenced or (armed.begun and data.endswith(encode.FENCE))

    def read(self, limit: int, timeout_s: float) -> bytes:
        data = self._link.read(limit, timeout_s)
        if self._armed.moment is Moment.AFTER_FENCE and self._armed.fenced and _answers_in_turn(data):
            self._armed.strike()
        return data

    def close(self) -> None:
        self._link.close()


def _answers_in_turn(data: bytes) -> bool:
    """Return whether ``data`` holds a GS r reply.

    That is a byte without bit 4 outside an automatic status.
    """
    index = 0
    while index < len(data):
        if data[index] & 0b1001_0011 == 0b0001_0000:
            index += 4
        elif data[index] & 0b1001_0000 == 0:
            return True
        else:
            index += 1
    return False


class FaultTrigger:
    """An action and the moment of a job at which it is carried out, once."""

    def __init__(self, printer: SimulatedPrinter) -> None:
        self._printer = printer
        self.moment: Moment | None = None
        self._action: Callable[[], None] = lambda: None
        self.begun = self.fenced = False

    def at(self, moment: Moment, action: Callable[[], None]) -> None:
        self.begun = self.fenced = False
        self._action, self.moment = action, moment

    def disarm_unless_begun(self) -> bool:
        """Disarm if no byte of the armed job was sent; return whether that was so."""
        if self.moment is None or self.begun:
            return False
        self.moment = None
        return True

    def strike(self) -> None:
        self.moment = None
        self._action()

    def frozen(self) -> "Frozen":
        return Frozen(self._printer)


class Frozen:
    """Stops the mechanism for a block, so that no reply precedes the fault."""

    def __init__(self, printer: SimulatedPrinter) -> None:
        self._printer = printer

    def __enter__(self) -> None:
        self._already = self._printer.faults["frozen"]
        self._printer.set_fault("frozen", on=True)

    def __exit__(self, *_exception: object) -> None:
        if not self.kept:
            self._printer.set_fault("frozen", on=False)

    kept = False


class PrinterStation:
    """A driver with its journal, and the reported results of each job in order."""

    def __init__(
        self, connect: Connect, journal: Path, armed: FaultTrigger, limits: PrinterLimits, profile: Profile
    ) -> None:
        self.results: dict[str, list[PrintResult]] = {}
        self._first_results: queue.SimpleQueue[PrintResult] = queue.SimpleQueue()
        self.journal = PrintJournal(journal, lambda: WALL_MS)
        self.printer = EscposPrinter(
            lambda: FaultyLink(connect(), armed),
            PAPER,
            self.journal,
            mono_s,
            profile=profile,
            limits=limits,
            on_late_result=self._record,
        )

    def _record(self, result: PrintResult) -> None:
        self.results.setdefault(result.job, []).append(result)

    def print(self, job: str, paper: Slip) -> PrintResult:
        """Print a slip; return the first result."""

        def done(result: PrintResult) -> None:
            self._record(result)
            self._first_results.put(result)

        self.printer.print_slip(job, paper, done)
        return self._first_results.get(timeout=PATIENCE_S)

    def last(self, job: str) -> PrintState:
        return self.results[job][-1].state

    def is_ready(self) -> bool:
        return self.printer.health().state in (HealthState.READY, HealthState.WARNING)

    def wait_until_ready(self) -> None:
        until(self.is_ready, self.printer.health)

    def wait_for_polls(self, count: int) -> None:
        """Wait until the driver has polled its printer ``count`` times more."""
        for _ in range(count):
            self._wait_for_poll_after(self.printer.health_at_s)

    def _wait_for_poll_after(self, before_s: float) -> None:
        until(lambda: self.printer.health_at_s != before_s)

    def close(self) -> None:
        self.printer.close()


def dots(paper: Slip) -> list[bytes]:
    """Return the rows of dots that should be printed, without blank ones."""
    rows = encode.rows_of(raster.slip_image(paper, PAPER))
    assert encode.without_real_time_commands(b"".join(rows)) == b"".join(rows), (
        "choose another number: the driver changes this one's dots"
    )
    return [row for row in rows if any(row)]


def printed_dots(printer: SimulatedPrinter) -> list[bytes]:
    """Return the printed rows without blank ones, the paper in the slot included."""
    rows: list[bytes] = []
    for piece in printer.state()["slips"]:
        picture = printer.png(piece["n"])
        assert picture is not None
        with Image.open(io.BytesIO(picture)) as image:
            left = (image.width - PAPER.dots) // 2
            head = image.crop((left, 0, left + PAPER.dots, image.height))
            rows += [row for row in encode.rows_of(head) if any(row)]
    return rows


def times(wanted: list[bytes], rows: list[bytes]) -> int:
    """Return how often the whole of ``wanted`` occurs in ``rows``."""
    count = start = 0
    while start + len(wanted) <= len(rows):
        if rows[start : start + len(wanted)] == wanted:
            count, start = count + 1, start + len(wanted)
        else:
            start += 1
    return count
