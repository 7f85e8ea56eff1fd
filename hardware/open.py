"""From the settings to drivers: which class serves which kind, in one place."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from config import devices
from hardware.keypads.serial_keys import SerialKeypad
from hardware.ports import Key, Keypad, Printer, PrintResult, Sign
from hardware.printers.journal import PrintJournal
from hardware.signs.cd5220 import Cd5220

if TYPE_CHECKING:
    from hardware.speakers.mixer import Mixer

Seconds = Callable[[], float]


def open_sign(sign: devices.Sign, mono_s: Seconds) -> Sign | None:
    """The sign, or None where there is none. A sign that is not connected is opened too, and waits."""
    match sign.kind:
        case "cd5220":
            return Cd5220(sign.port, sign.baud, resend_s=sign.resend_s, clock=mono_s)
        case "none":
            return None
    assert_never(sign.kind)


def open_keypad(keypad: devices.Keypad, pressed: Callable[[Key], None], mono_s: Seconds) -> Keypad | None:
    """The keypad, or None where there is none; ``pressed`` runs in its thread."""
    match keypad.kind:
        case "serial":
            return SerialKeypad(
                keypad.port, keypad.baud, debounce_s=keypad.debounce_ms / 1000, pressed=pressed, clock=mono_s
            )
        case "none":
            return None
    assert_never(keypad.kind)


def open_printer(
    printer: devices.Printer,
    state: Path,
    mono_s: Seconds,
    wall_ms: Callable[[], int],
    settled: Callable[[PrintResult], None],
) -> tuple[Printer, PrintJournal] | None:
    """The printer and its journal in the folder ``state``, or None where there is none.

    ``settled`` hears of slips that proved themselves after their result was given; it runs in the printer's
    thread. Raises ``ValueError`` when the address cannot be one.
    """
    if printer.kind == "none":
        return None
    # Only a machine that prints loads the drawing of slips.
    from hardware.printers import escpos, raster, transport
    from hardware.printers.profile import Profile

    journal = PrintJournal(state / "printer.jsonl", wall_ms)
    connect = transport.connector(printer.kind, printer.address, printer.baud, mono_s)
    profile = Profile(answers=printer.kind != "file")
    paper = raster.PAPERS[printer.paper_mm]
    opened = escpos.EscposPrinter(connect, paper, journal, mono_s, profile=profile, settled=settled)
    return opened, journal


def open_speaker(speaker: devices.Speaker) -> "Mixer | None":
    """The speaker, or None where there is none; a machine without a sound card has one that says so."""
    match speaker.kind:
        case "mixer" | "simulated":
            # Only a machine that speaks loads SDL.
            from hardware.speakers.mixer import Mixer

            return Mixer(speaker.volume, simulated=speaker.kind == "simulated")
        case "none":
            return None
    assert_never(speaker.kind)
