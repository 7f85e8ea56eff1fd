"""A driver with the simulated printer behind it, set up for one test."""

from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from hardware.printers.profile import PrinterLimits, Profile
from hardware.simulated.printers.printer import SimulatedPrinter
from support.printer_rig import PROFILE, FaultTrigger, LinkKind, PrinterStation, link_to, patient

WITH_PROCESS_ID = replace(PROFILE, process_id=True)


def station_at(
    held: ExitStack,
    printer: SimulatedPrinter,
    folder: Path,
    *,
    kind: LinkKind = LinkKind.NETWORK,
    profile: Profile = PROFILE,
    limits: PrinterLimits | None = None,
) -> tuple[PrinterStation, FaultTrigger]:
    armed = FaultTrigger(printer)
    station = PrinterStation(link_to(kind, printer), folder / "journal", armed, limits or patient(kind), profile)
    held.enter_context(closing(station))
    return station, armed
