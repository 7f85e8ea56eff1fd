"""Types of the command line's arguments: impossible values are refused before a device is opened."""

import math
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from config.devices import PrinterSettings
from config.words import Words
from hardware.installer.context import printer_at_address
from hardware.printers.transports.connect import connector

YES = frozenset({"y", "yes", "c", "có", "co", "đ", "đúng", "1"})
NO = frozenset({"n", "no", "k", "không", "khong", "s", "sai", "0"})
NETWORK_SCHEMES = ("socket", "rfc2217")
"""pyserial's URL schemes for ports on other machines."""


@dataclass(frozen=True, slots=True)
class ArgumentTypes:
    """One method for each type of argument.

    Each raises ``ArgumentTypeError`` with a sentence in the installer's language.
    """

    words: Words
    mono_s: Callable[[], float]

    def printer(self, text: str) -> str:
        """Return a printer's address, as ``printer_at_address`` takes it."""
        printer = printer_at_address(text, PrinterSettings().baud, PrinterSettings().paper_mm)
        try:
            connector(printer.kind, printer.address, printer.baud, self.mono_s)
        except ValueError:
            possible = False
        else:
            possible = printer.kind == "network" or _may_be_port(text)
        if not possible:
            message = self.words(
                "installer",
                "“{text}” không thể là địa chỉ máy in; hãy ghi máy:cổng, /dev/usb/lp0 hoặc cổng nối tiếp.",
                text=text,
            )
            raise ArgumentTypeError(message)
        return text

    def host(self, text: str) -> str:
        """Return ``text`` unchanged: a machine of the network, with or without a port."""
        try:
            connector("network", text if ":" in text else f"{text}:9100", 0, self.mono_s)
        except ValueError as error:
            message = self.words(
                "installer", "“{text}” không thể là địa chỉ mạng; hãy ghi máy hoặc máy:cổng.", text=text
            )
            raise ArgumentTypeError(message) from error
        return text

    def port(self, text: str) -> str:
        """Return the port of a keypad or scanner."""
        if not _may_be_port(text):
            message = self.words(
                "installer", "“{text}” không thể là tên cổng; xem các tên có được bằng luot-hardware ports.", text=text
            )
            raise ArgumentTypeError(message)
        return text

    def baud(self, text: str) -> int:
        """Return the speed of a serial port."""
        try:
            return PrinterSettings.model_validate({"baud": text}).baud
        except ValidationError as error:
            message = self.words(
                "installer", "“{text}” không phải tốc độ cổng nối tiếp, như 9600 hay 115200.", text=text
            )
            raise ArgumentTypeError(message) from error

    def model(self, text: str) -> str:
        """Return the name of a known printer that can print slips."""
        from hardware.installer.commands.models import UNFIT_TEXTS, advice_without_model
        from hardware.printers import models

        model = models.find(text)
        if model is None:
            close = ", ".join(models.similar_names(text))
            message = self.words("installer", "chưa biết máy in “{text}”; gần giống: {names}", text=text, names=close)
            if not close:
                message = self.words(
                    "installer",
                    "chưa biết máy in “{text}”. {instead} Các tên đã biết: luot-hardware models",
                    text=text,
                    instead=advice_without_model(self.words),
                )
            raise ArgumentTypeError(message)
        if model.unfit is not None:
            raise ArgumentTypeError(f"{model.name}: {UNFIT_TEXTS[model.unfit](self.words)}")
        return model.name

    def seconds(self, text: str) -> float:
        """Return a positive finite number of seconds."""
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 < value < math.inf:
            raise ArgumentTypeError(self.words("installer", "“{text}” không phải số giây.", text=text))
        return value

    def folder(self, text: str) -> Path:
        """Return an existing folder."""
        if not Path(text).is_dir():
            raise ArgumentTypeError(self.words("installer", "“{text}” không phải là thư mục.", text=text))
        return Path(text)

    def file(self, text: str) -> Path:
        """Return a file in an existing folder."""
        path = Path(text)
        if path.is_dir() or not path.parent.is_dir():
            raise ArgumentTypeError(self.words("installer", "“{text}” không thể là tệp để ghi.", text=text))
        return path

    def answers(self, text: str) -> Mapping[str, str]:
        """Return prepared answers to the questions of ``probe``, by name."""
        prepared = {
            name.strip(): answer.strip() for name, _, answer in (part.partition("=") for part in text.split(","))
        }
        if not all(name in ANSWERS and ANSWERS[name](answer) for name, answer in prepared.items()):
            message = self.words(
                "installer",
                "“{text}” không trả lời được câu hỏi nào; hãy ghi như pages=1,letters=yes,dots=576,qr=yes,cutter=yes.",
                text=text,
            )
            raise ArgumentTypeError(message)
        return prepared


def _may_be_port(text: str) -> bool:
    """Return whether ``text`` may name a port, which need not exist."""
    if "://" not in text:
        return text.startswith("/") and not Path(text).is_dir() and not Path(text).is_file()
    import serial  # slow to import, and few addresses are URLs

    address = urlsplit(text)
    try:
        serial.serial_for_url(text, do_not_open=True)
        return address.scheme not in NETWORK_SCHEMES or bool(address.hostname and address.port)
    except ValueError:
        return False


def _is_page_line(answer: str) -> bool:
    """Return whether ``answer`` is a line's number on the sheet, or 0 for none."""
    from hardware.installer import probe_sheets

    return answer.isdecimal() and int(answer) <= len(probe_sheets.candidates())


def _is_head_width(answer: str) -> bool:
    from hardware.installer import probe_sheets
    from hardware.printers.drawing.paper import PAPERS

    return answer.isdecimal() and any(int(answer) in probe_sheets.head_widths(mm) for mm in PAPERS)


def _is_yes_or_no(answer: str) -> bool:
    return answer.lower() in YES | NO


# Name of a question of ``probe`` -> function that returns whether an answer to it is possible.
ANSWERS: Mapping[str, Callable[[str], bool]] = {
    "pages": _is_page_line,
    "dots": _is_head_width,
    "letters": _is_yes_or_no,
    "qr": _is_yes_or_no,
    "cutter": _is_yes_or_no,
}
