"""A printer driver without its thread, at a device whose clock a test turns."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from hardware.ports import PrintResult
from hardware.printers.encode import Sheet
from hardware.printers.journal import PrintJournal
from hardware.printers.link import Link
from hardware.printers.printing import Printing
from hardware.printers.profile import Limits, Profile
from hardware.printers.transports.transport import Transport
from hardware.printers.turns import Order
from hardware.printers.upkeep import Upkeep
from hardware.slip import Slip


class TimedDevice(Transport, Protocol):
    """The far end of a link; ``now_s`` is its clock and the driver's."""

    now_s: float


_Device = TypeVar("_Device", bound=TimedDevice)


class DriverBench(Generic[_Device]):
    """Print and look as the printer's thread does. ``settled`` has the results that came after the first one.

    Every slip is ``sheet``; the printer has printed before, and left nothing unclear.
    """

    def __init__(
        self,
        folder: Path,
        device: _Device,
        sheet: Sheet,
        *,
        head_bytes: int,
        profile: Profile = Profile(),  # noqa: B008 (frozen)
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        connect: Callable[[], Transport] | None = None,
    ) -> None:
        self.device, self.settled = device, list[PrintResult]()
        self._limits = limits
        (folder / "journal").touch()
        self.journal = PrintJournal(folder / "journal", lambda: 0)
        mono_s: Callable[[], float] = lambda: device.now_s
        self.upkeep = Upkeep(
            lambda in_turn: Link(connect or (lambda: device), mono_s, limits, lambda: False, in_turn),
            self.journal,
            mono_s,
            head_bytes=head_bytes,
            profile=profile,
            limits=limits,
            settled=self.settled.append,
        )
        self._printing = Printing(
            self.upkeep,
            lambda _slip: sheet,
            self.journal,
            mono_s,
            profile=profile,
            limits=limits,
            over=lambda: False,
        )

    def print(self, job: str) -> PrintResult:
        order = Order(job, Slip("A101"), lambda _result: None)
        result = self._printing.result(order)
        order.told = result.state
        return result

    def looks(self, seconds: float) -> None:
        """Look at the printer as often as its thread does, for ``seconds``."""
        end_s = self.device.now_s + seconds
        while self.device.now_s < end_s:
            if self.upkeep.link.due:
                self.upkeep.look()
            self.device.now_s += self._limits.poll_s
