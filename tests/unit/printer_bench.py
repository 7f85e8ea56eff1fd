"""A printer driver without its thread, at a device whose clock a test turns."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from hardware.ports import PrintResult
from hardware.printers.context import PrinterContext
from hardware.printers.encode import EncodedSlip
from hardware.printers.jobs import PrintJobs
from hardware.printers.journal import PrintJournal
from hardware.printers.print_job import PrintJob
from hardware.printers.profile import PrinterLimits, Profile
from hardware.printers.session.session import PrinterSession
from hardware.printers.transports.transport import Transport
from hardware.slips.slip import Slip


class TimedDevice(Transport, Protocol):
    """The far end of a link; ``now_s`` is its clock and the driver's."""

    now_s: float


_Device = TypeVar("_Device", bound=TimedDevice)


def context_of(
    journal: PrintJournal,
    mono_s: Callable[[], float],
    *,
    head_bytes: int = 48,
    profile: Profile = Profile(),  # noqa: B008 (frozen)
    limits: PrinterLimits = PrinterLimits(),  # noqa: B008 (frozen)
) -> PrinterContext:
    """Return the inputs of a driver that is never closed."""
    return PrinterContext(journal, mono_s, profile, limits, head_bytes, lambda: False)


class DriverBench(Generic[_Device]):
    """Print and poll as the printer's thread does. ``late_results`` has the results that came after the first one.

    Every slip is ``sheet``; the printer has printed before, and left nothing unclear.
    """

    def __init__(
        self,
        folder: Path,
        device: _Device,
        sheet: EncodedSlip,
        *,
        head_bytes: int,
        profile: Profile = Profile(),  # noqa: B008 (frozen)
        limits: PrinterLimits = PrinterLimits(),  # noqa: B008 (frozen)
        connect: Callable[[], Transport] | None = None,
    ) -> None:
        self.device, self.late_results = device, list[PrintResult]()
        self._limits = limits
        (folder / "journal").touch()
        self.journal = PrintJournal(folder / "journal", lambda: 0)
        mono_s: Callable[[], float] = lambda: device.now_s
        context = context_of(self.journal, mono_s, head_bytes=head_bytes, profile=profile, limits=limits)
        self.session = PrinterSession(context, connect or (lambda: device), self.late_results.append)
        self._jobs = PrintJobs(context, self.session, lambda _slip: sheet)

    def print(self, job_id: str) -> PrintResult:
        job = PrintJob(job_id, Slip("A101"), lambda _result: None)
        result = self._jobs.print_job(job)
        job.reported = result.state
        return result

    def polls(self, seconds: float) -> None:
        """Poll the printer as often as its thread does, for ``seconds``."""
        end_s = self.device.now_s + seconds
        while self.device.now_s < end_s:
            if self.session.is_due:
                self.session.poll()
            self.device.now_s += self._limits.poll_s
