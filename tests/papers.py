"""A printer's driver at a simulated printer on each kind of link, struck by a fault at a chosen moment; and what lies
on the paper afterwards, read as dots."""

import io
import math
import queue
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from PIL import Image

from hardware.ports import PrintResult, PrintState, State
from hardware.printers import encode
from hardware.printers.drawing import raster
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.escpos import EscposPrinter
from hardware.printers.journal import PrintJournal
from hardware.printers.profile import Limits, Profile
from hardware.printers.transports.connect import connector
from hardware.printers.transports.transport import Connect, Stuck, Transport
from hardware.simulated.printers.link import BITS_A_BYTE, USB_BYTE_S
from hardware.simulated.printers.plugs import PtyPlug
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.slip import Slip, Text
from unhurried import mono_s
from waiting import PATIENCE_S, until

PAPER = PAPERS[58]
BAUD = 921_600
WALL_MS = 1_795_447_800_000
LIMITS = Limits(
    fence_s=0.4,
    status_s=0.1,
    write_s=0.3,
    poll_s=0.02,
    look_s=0.03,
    silent_s=0.4,
    retry_first_s=0.01,
    retry_longest_s=0.04,
)
RESTART_S, LATE_S = 0.25, 0.3
UNTIL_DOUBT_S = 0.05
PROFILE = Profile(speed_mm_s=1e6)


class LinkKind(StrEnum):
    NETWORK = "network"
    SERIAL = "serial"
    USB = "usb"


class Moment(StrEnum):
    """When a job is struck."""

    BEFORE_CHECK = "before the check"
    BEFORE_FIRST_BYTE = "before the first byte"
    MID_RASTER = "mid-raster"
    BEFORE_FENCE = "before the fence"
    AFTER_FENCE = "after the fence"
    HELD = "held"
    AFTER_RESULT = "after the result"


def twin(kind: LinkKind, folder: Path, **how: object) -> SimulatedPrinter:
    """A printer that prints as fast as it can, on that kind of link."""
    made: dict[str, object] = {
        "mono_s": mono_s,
        "paper_mm": 58,
        "speed_mm_s": 1e6,
        "restart_s": RESTART_S,
        "late_s": LATE_S,
    }
    if kind is LinkKind.SERIAL:
        made |= {"plug": how.get("plug") or PtyPlug(folder / "tty", BAUD), "byte_s": BITS_A_BYTE / BAUD}
    elif kind is LinkKind.USB:
        made |= {"plug": PtyPlug(folder / "lp0"), "byte_s": USB_BYTE_S}
    return SimulatedPrinter(**{**made, **how})  # type: ignore[arg-type]


def link_to(kind: LinkKind, printer: SimulatedPrinter) -> Connect:
    where, number = printer.address
    address = f"{where}:{number}" if kind is LinkKind.NETWORK else where
    return connector(kind, address, BAUD, mono_s)


def limits_of(kind: LinkKind) -> Limits:
    """Only a serial line outlives its printer's power, and is slow."""
    if kind is LinkKind.SERIAL:
        return replace(LIMITS, doubt_s=UNTIL_DOUBT_S, byte_s=BITS_A_BYTE / BAUD)
    return replace(LIMITS, doubt_s=math.inf)


def patient(kind: LinkKind) -> Limits:
    """Where silence is not the point: a busy machine answers late, and takes a while to print."""
    return replace(limits_of(kind), status_s=0.3, fence_s=2.0, write_s=2.0, silent_s=2.0)


def slip(number: str) -> Slip:
    return Slip(number, (Text(number, 60, bold=True),))


def marked(number: str) -> Slip:
    return Slip(number, (Text(f"IN LẠI {number}", 44, bold=True),))


class Strike:
    """Sits on the driver's link and does something once, when the job that is armed for reaches its moment."""

    def __init__(self, link: Transport, armed: "Armed") -> None:
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
            except Stuck as stuck:
                raise Stuck(middle + stuck.sent) from stuck
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
    """Whether a GS r answer is among them: a byte without bit 4 that is no part of an automatic status."""
    at = 0
    while at < len(data):
        if data[at] & 0b1001_0011 == 0b0001_0000:
            at += 4
        elif data[at] & 0b1001_0000 == 0:
            return True
        else:
            at += 1
    return False


class Armed:
    """What is to happen, and when; nothing once it has."""

    def __init__(self, printer: SimulatedPrinter) -> None:
        self._printer = printer
        self.moment: Moment | None = None
        self._what: Callable[[], None] = lambda: None
        self.begun = self.fenced = False

    def at(self, moment: Moment, what: Callable[[], None]) -> None:
        self.begun = self.fenced = False
        self._what, self.moment = what, moment

    def disarm_unless_begun(self) -> bool:
        """Disarm if the picture of the armed job was not begun; return whether that was so."""
        if self.moment is None or self.begun:
            return False
        self.moment = None
        return True

    def strike(self) -> None:
        self.moment = None
        self._what()

    def frozen(self) -> "Frozen":
        return Frozen(self._printer)


class Frozen:
    """The mechanism stands still meanwhile, so that nothing is answered before the strike."""

    def __init__(self, printer: SimulatedPrinter) -> None:
        self._printer = printer

    def __enter__(self) -> None:
        self._already = self._printer.faults["frozen"]
        self._printer.set_fault("frozen", on=True)

    def __exit__(self, *_exception: object) -> None:
        if not self.kept:
            self._printer.set_fault("frozen", on=False)

    kept = False


class Station:
    """A driver with its journal; what it said of each job, in order."""

    def __init__(self, connect: Connect, journal: Path, armed: Armed, limits: Limits, profile: Profile) -> None:
        self.said: dict[str, list[PrintResult]] = {}
        self._results: queue.SimpleQueue[PrintResult] = queue.SimpleQueue()
        self.journal = PrintJournal(journal, lambda: WALL_MS)
        self.printer = EscposPrinter(
            lambda: Strike(connect(), armed),
            PAPER,
            self.journal,
            mono_s,
            profile=profile,
            limits=limits,
            settled=self._heard,
        )

    def _heard(self, result: PrintResult) -> None:
        self.said.setdefault(result.job, []).append(result)

    def print(self, job: str, paper: Slip) -> PrintResult:
        """What is said first of the job."""

        def done(result: PrintResult) -> None:
            self._heard(result)
            self._results.put(result)

        self.printer.print_slip(job, paper, done)
        return self._results.get(timeout=PATIENCE_S)

    def last(self, job: str) -> PrintState:
        return self.said[job][-1].state

    def is_fit(self) -> bool:
        return self.printer.health().state in (State.READY, State.WARNING)

    def fit(self) -> None:
        until(self.is_fit, self.printer.health)

    def looks(self, count: int) -> None:
        """Wait until the driver has looked at its printer so many times more."""
        for _ in range(count):
            self._looks_after(self.printer.looked_s)

    def _looks_after(self, before_s: float) -> None:
        until(lambda: self.printer.looked_s != before_s)

    def close(self) -> None:
        self.printer.close()


def dots(paper: Slip) -> list[bytes]:
    """The rows of a slip that are not blank, as its printer should print them."""
    rows = encode.rows_of(raster.picture(paper, PAPER))
    assert encode.harmless(b"".join(rows)) == b"".join(rows), "another number: this one's dots are changed on the way"
    return [row for row in rows if any(row)]


def printed_dots(printer: SimulatedPrinter) -> list[bytes]:
    """The rows on the paper that are not blank, from the first slip to what comes out of the slot now."""
    found = []
    for piece in printer.state()["slips"]:
        picture = printer.png(piece["n"])
        assert picture is not None
        with Image.open(io.BytesIO(picture)) as image:
            left = (image.width - PAPER.dots) // 2
            head = image.crop((left, 0, left + PAPER.dots, image.height))
            found += [row for row in encode.rows_of(head) if any(row)]
    return found


def times(wanted: list[bytes], rows: list[bytes]) -> int:
    """How often the whole of ``wanted`` stands in ``rows``."""
    found = at = 0
    while at + len(wanted) <= len(rows):
        if rows[at : at + len(wanted)] == wanted:
            found, at = found + 1, at + len(wanted)
        else:
            at += 1
    return found
