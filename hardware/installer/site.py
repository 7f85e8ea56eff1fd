"""Where a command works: the machine's settings, its clock, its folders, and the person in front of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from config.devices import Printer
from config.settings import Settings
from config.words import Words

EX_USAGE = 64  # sysexits.h


@dataclass(frozen=True, slots=True)
class Site:
    """``say`` tells the person a line, ``ask`` a question and takes the answer (None: nobody is there to answer).
    ``pause`` waits so many seconds; false when the person wants to end. ``root`` holds dev, sys, proc and etc."""

    words: Words
    say: Callable[[str], None]
    ask: Callable[[str], str | None]
    mono_s: Callable[[], float]
    wall_ms: Callable[[], int]
    pause: Callable[[float], bool]
    path: Path | None = None
    settings: Settings | None = None
    root: Path = Path("/")

    def tell(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.say(line)


def printer_at(address: str, baud: int, paper_mm: int) -> Printer:
    """The printer that an address on the command line means: host or host:port, /dev/usb/lp0, a serial port or a
    pyserial URL."""
    if "://" in address:
        kind = "serial"
    elif address.startswith("/"):
        kind = "usb" if Path(address).name.startswith("lp") else "serial"
    else:
        kind = "network"
        address = address if ":" in address else f"{address}:9100"
    return Printer.model_validate({"kind": kind, "address": address, "baud": baud, "paper_mm": paper_mm})


def with_model(printer: Printer, model: str | None, paper_mm: int | None) -> Printer:
    """The printer as a model of that name, on that model's usual paper unless ``paper_mm`` says otherwise."""
    if model is None:
        return printer
    from hardware.printers import models

    found = models.find(model)
    usual_mm = None if found is None else found.mm
    return printer.model_copy(update={"model": model, "paper_mm": paper_mm or usual_mm or printer.paper_mm})


def printer_of(site: Site, address: str | None, baud: int | None, paper_mm: int | None) -> Printer | None:
    """The printer that the command line names, else the one of the settings; None when neither has one."""
    if address is not None:
        return printer_at(address, baud or 115200, paper_mm or 80)
    kiosk = site.settings.kiosk if site.settings is not None else None
    if kiosk is None or kiosk.printer.kind == "none":
        return None
    asked = {"baud": baud, "paper_mm": paper_mm}
    return kiosk.printer.model_copy(update={name: value for name, value in asked.items() if value is not None})
