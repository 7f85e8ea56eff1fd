"""Opens the printer of the settings: its link, its form of slip, its time-outs."""

import logging
import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from config import devices
from config.load import ConfigError
from config.slips import load_layout
from config.words import LANGUAGES, words
from hardware.open.printer_profile import driver_profile, profile_of, settings_profile_of
from hardware.ports import PrintResult
from hardware.printers.journal import PrintJournal
from hardware.slips.compose import SlipData, compose
from hardware.slips.slip import Slip

if TYPE_CHECKING:
    from hardware.printers.drawing.encoders import SlipForm
    from hardware.printers.drawing.paper import PaperFormat
    from hardware.printers.encode import Encoder
    from hardware.printers.escpos import EscposPrinter
    from hardware.printers.profile import PrinterLimits, Profile

log = logging.getLogger(__name__)

BITS_PER_BYTE = 10  # on a serial line, with start and stop bit
UNKNOWN_WIDTH_MESSAGE = (
    "the width of the printer's head is unknown: slips are %d dots wide, and a narrower head cuts them off; "
    "name its model, or run luot-hardware probe"
)
MIN_BYTES_BETWEEN_ROUNDS, MAX_STATUS_INTERVAL_S = 1000, 1.0
"""The pause between two status rounds: as long as the line needs for so many bytes, but at most so long."""


def bytes_per_s(printer: devices.PrinterSettings) -> float | None:
    """Return the bytes a second of the printer's link; None where it is no bottleneck."""
    return printer.baud / BITS_PER_BYTE if printer.kind == "serial" else None


def wants_compact(printer: devices.PrinterSettings) -> bool:
    """Return whether slips should leave out less important lines, for a slow link.

    On such a link each line costs a second. Raises ``ConfigError``.
    """
    rate = bytes_per_s(printer)
    if rate is None:
        return False
    from hardware.printers.drawing import encoders
    from hardware.printers.profile import SLOW_BYTES_PER_S

    return rate < SLOW_BYTES_PER_S and _paper_and_form(printer, profile_of(printer))[1] is not encoders.SlipForm.NATIVE


def open_printer(
    printer: devices.PrinterSettings,
    state_folder: Path,
    mono_s: Callable[[], float],
    wall_ms: Callable[[], int],
    on_late_result: Callable[[PrintResult], None],
) -> "tuple[EscposPrinter, PrintJournal] | None":
    """Return the printer and its journal in ``state_folder``, or None without a printer.

    ``on_late_result`` is called in the printer's thread with the later results of slips whose first result was held or
    unknown. Raises ``ConfigError`` when the address or the profile cannot be used.
    """
    if printer.kind == "none":
        return None
    # Only a machine that prints loads the drawing of slips.
    from hardware.printers.escpos import EscposPrinter
    from hardware.printers.transports.connect import connector

    try:
        connect = connector(printer.kind, printer.address, printer.baud, mono_s, flow=printer.flow)
    except ValueError as error:
        raise ConfigError([f"[kiosk.printer]: address = {printer.address!r}: {error}"]) from error
    profile = profile_of(printer)
    paper, encoder = paper_and_encoder(printer, profile)
    if (dots := assumed_dots(printer)) is not None:
        log.info(UNKNOWN_WIDTH_MESSAGE, dots)
    journal = PrintJournal(state_folder / "printer.jsonl", wall_ms)
    opened = EscposPrinter(
        connect,
        paper,
        journal,
        mono_s,
        encoder=encoder,
        profile=profile,
        limits=_limits_of(printer, profile),
        on_late_result=on_late_result,
        samples=_samples(printer),
    )
    return opened, journal


def _limits_of(printer: devices.PrinterSettings, profile: "Profile") -> "PrinterLimits":
    """Return the time-outs for the printer's link. Raises ``ConfigError``."""
    from hardware.printers import encode
    from hardware.printers.answers.status import QUESTIONS
    from hardware.printers.drawing import encoders
    from hardware.printers.profile import PrinterLimits

    rate = bytes_per_s(printer)
    byte_s = 1 / rate if rate else 0.0
    defaults = PrinterLimits()
    extra_reply_s = profile.answer_s - defaults.status_s
    is_raster = _paper_and_form(printer, profile)[1] is encoders.SlipForm.RASTER
    return PrinterLimits(
        byte_s=byte_s,
        status_s=profile.answer_s,
        fence_s=defaults.fence_s + extra_reply_s,
        # Each question of a status round is answered this much later.
        silent_s=defaults.silent_s + len(QUESTIONS) * extra_reply_s,
        stale_s=defaults.stale_s + len(QUESTIONS) * extra_reply_s,
        # Network and USB links break when the printer loses its power; a serial line only falls silent.
        power_doubt_s=defaults.power_doubt_s if printer.kind == "serial" else math.inf,
        # A round takes 16 bytes: at 9600 baud, four rounds a second would take a fifteenth of the line.
        status_interval_s=min(
            MAX_STATUS_INTERVAL_S, max(defaults.status_interval_s, MIN_BYTES_BETWEEN_ROUNDS * byte_s)
        ),
        fragment_rows=encode.MAX_FRAGMENT_ROWS if is_raster else encode.SHORT_FRAGMENT_ROWS,
    )


def _samples(printer: devices.PrinterSettings) -> tuple[Slip, ...]:
    """Return a sample slip in each language, to be drawn once at the start. Raises ``ConfigError``."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    conditions = frozenset({"compact"} if wants_compact(printer) else ())
    data = SlipData(
        "", "", moment, number="A001", link="A001", phone_page=True, day=moment.date(), conditions=conditions
    )
    layout = load_layout(printer.layout)
    return tuple(compose("ticket", layout, data, words(language)) for language in LANGUAGES)


def paper_and_encoder(printer: devices.PrinterSettings, profile: "Profile") -> "tuple[PaperFormat, Encoder]":
    """Return the paper and the encoder of the printer's slips.

    The form is that of the settings, or suits the link. Raises ``ConfigError``.
    """
    from hardware.printers.drawing import encoders

    paper, form = _paper_and_form(printer, profile)
    if printer.slip == "native" and form is not encoders.SlipForm.NATIVE:
        log.warning("slips are printed as %s, not as native text: the printer's code page is not confirmed", form)
    return paper, encoders.make_encoder(form, paper, profile)


def slip_form(printer: devices.PrinterSettings) -> str:
    """Return the form of the printer's slips, a value of ``SlipForm``. Raises ``ConfigError``."""
    return _paper_and_form(printer, profile_of(printer))[1]


def _paper_and_form(printer: devices.PrinterSettings, profile: "Profile") -> "tuple[PaperFormat, SlipForm]":
    from hardware.printers.drawing import encoders, paper

    try:
        paper_format = paper.paper(printer.paper_mm, profile.dots)
    except ValueError as error:
        raise ConfigError([f"{printer.profile}: dots = {profile.dots}: {error}"]) from error
    return paper_format, encoders.choose_form(printer.slip, profile, paper_format, bytes_per_s(printer))


def assumed_dots(printer: devices.PrinterSettings) -> int | None:
    """Return the assumed width of the printer's head in dots; None where it is known.

    A printer drops dots beyond its head, and proves the slip all the same. Raises ``ConfigError``.
    """
    profile = settings_profile_of(printer)
    return None if profile.dots is not None else _paper_and_form(printer, driver_profile(profile))[0].dots
