"""Inputs that all parts of one printer's driver share."""

from collections.abc import Callable
from dataclasses import dataclass

from hardware.printers.journal import PrintJournal
from hardware.printers.profile import PrinterLimits, Profile


@dataclass(frozen=True, slots=True)
class PrinterContext:
    """One printer: its journal, clock, abilities and time-outs.

    ``mono_s`` gives monotonic seconds. ``head_bytes`` is the width of the print head, 8 dots a byte. ``closing``
    returns whether the driver is being closed: then every wait ends early.
    """

    journal: PrintJournal
    mono_s: Callable[[], float]
    profile: Profile
    limits: PrinterLimits
    head_bytes: int
    closing: Callable[[], bool]
