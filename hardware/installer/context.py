"""The context of a command: settings, texts, clock, root folder and terminal."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from config.devices import PrinterSettings
from config.settings import Settings
from config.words import Words

EX_USAGE = 64  # sysexits.h


@dataclass(frozen=True, slots=True)
class InstallerContext:
    """Inputs and outputs that all commands share.

    ``show`` prints a line; ``ask`` prints a question and returns the answer (None: there is no terminal). ``mono_s``
    gives monotonic seconds, ``wall_ms`` UTC milliseconds. ``pause`` waits the given seconds and returns false when the
    person stops the command. ``path``: the file of the ``settings``; both are None without ``--config``. ``root``: the
    folder that holds dev, sys, proc and etc.
    """

    words: Words
    show: Callable[[str], None]
    ask: Callable[[str], str | None]
    mono_s: Callable[[], float]
    wall_ms: Callable[[], int]
    pause: Callable[[float], bool]
    path: Path | None = None
    settings: Settings | None = None
    root: Path = Path("/")

    def show_lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.show(line)


def printer_at_address(address: str, baud: int, paper_mm: int) -> PrinterSettings:
    """Return the printer settings that an address on the command line stands for.

    ``address``: host or host:port, /dev/usb/lp0, a serial port or a pyserial URL.
    """
    if "://" in address:
        kind = "serial"
    elif address.startswith("/"):
        kind = "usb" if Path(address).name.startswith("lp") else "serial"
    else:
        kind = "network"
        address = address if ":" in address else f"{address}:9100"
    return PrinterSettings.model_validate({"kind": kind, "address": address, "baud": baud, "paper_mm": paper_mm})


def printer_with_model(printer: PrinterSettings, model: str | None, paper_mm: int | None) -> PrinterSettings:
    """Return the settings with the model, and with its usual paper unless ``paper_mm`` is given."""
    if model is None:
        return printer
    from hardware.printers import models

    printer_model = models.find(model)
    usual_mm = None if printer_model is None else printer_model.paper_mm
    return printer.model_copy(update={"model": model, "paper_mm": paper_mm or usual_mm or printer.paper_mm})


def printer_of(
    context: InstallerContext, address: str | None, baud: int | None, paper_mm: int | None
) -> PrinterSettings | None:
    """Return the printer of the command line, else of the settings; None without either.

    ``baud``, ``paper_mm`` None: those of the settings, or the usual ones of a printer at ``address``.
    """
    if address is not None:
        return printer_at_address(address, baud or 115200, paper_mm or 80)
    kiosk = context.settings.kiosk if context.settings is not None else None
    if kiosk is None or kiosk.printer.kind == "none":
        return None
    options = {"baud": baud, "paper_mm": paper_mm}
    return kiosk.printer.model_copy(update={name: value for name, value in options.items() if value is not None})
