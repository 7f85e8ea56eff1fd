"""What the command line may say: each argument is refused before a device is touched when it cannot be meant."""

import math
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from config.devices import Printer
from config.words import Words
from hardware.installer.site import printer_at
from hardware.printers.transports.connect import connector

YES = frozenset({"y", "yes", "c", "có", "co", "đ", "đúng", "1"})
NO = frozenset({"n", "no", "k", "không", "khong", "s", "sai", "0"})
OVER_NETWORK = ("socket", "rfc2217")
"""pyserial's addresses of ports on other machines."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """One method for each kind of argument. They raise ``ArgumentTypeError`` with a sentence in the installer's
    language."""

    words: Words
    mono_s: Callable[[], float]

    def printer(self, text: str) -> str:
        """Where a printer is: as ``site.printer_at`` takes it."""
        printer = printer_at(text, Printer().baud, Printer().paper_mm)
        try:
            connector(printer.kind, printer.address, printer.baud, self.mono_s)
        except ValueError:
            possible = False
        else:
            possible = printer.kind == "network" or _may_be_port(text)
        if not possible:
            said = self.words(
                "installer",
                "“{text}” không thể là địa chỉ máy in; hãy ghi máy:cổng, /dev/usb/lp0 hoặc cổng nối tiếp.",
                text=text,
            )
            raise ArgumentTypeError(said)
        return text

    def host(self, text: str) -> str:
        """A machine of the network, with or without a port."""
        try:
            connector("network", text if ":" in text else f"{text}:9100", 0, self.mono_s)
        except ValueError as error:
            said = self.words("installer", "“{text}” không thể là địa chỉ mạng; hãy ghi máy hoặc máy:cổng.", text=text)
            raise ArgumentTypeError(said) from error
        return text

    def port(self, text: str) -> str:
        """Where a pad or a scanner is."""
        if not _may_be_port(text):
            said = self.words(
                "installer", "“{text}” không thể là tên cổng; xem các tên có được bằng luot-hardware ports.", text=text
            )
            raise ArgumentTypeError(said)
        return text

    def baud(self, text: str) -> int:
        """The speed of a serial port."""
        try:
            return Printer.model_validate({"baud": text}).baud
        except ValidationError as error:
            said = self.words("installer", "“{text}” không phải tốc độ cổng nối tiếp, như 9600 hay 115200.", text=text)
            raise ArgumentTypeError(said) from error

    def model(self, text: str) -> str:
        """A printer that is known by its name and can print slips."""
        from hardware.installer import catalogue
        from hardware.printers import models

        model = models.find(text)
        if model is None:
            close = ", ".join(models.near(text))
            said = self.words("installer", "chưa biết máy in “{text}”; gần giống: {names}", text=text, names=close)
            if not close:
                said = self.words(
                    "installer",
                    "chưa biết máy in “{text}”. {instead} Các tên đã biết: luot-hardware models",
                    text=text,
                    instead=catalogue.without_model(self.words),
                )
            raise ArgumentTypeError(said)
        if model.unfit is not None:
            raise ArgumentTypeError(f"{model.name}: {catalogue.UNFIT[model.unfit](self.words)}")
        return model.name

    def seconds(self, text: str) -> float:
        """A time that passes."""
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 < value < math.inf:
            raise ArgumentTypeError(self.words("installer", "“{text}” không phải số giây.", text=text))
        return value

    def folder(self, text: str) -> Path:
        """One that is there."""
        if not Path(text).is_dir():
            raise ArgumentTypeError(self.words("installer", "“{text}” không phải là thư mục.", text=text))
        return Path(text)

    def file(self, text: str) -> Path:
        """One to be written, in a folder that is there."""
        path = Path(text)
        if path.is_dir() or not path.parent.is_dir():
            raise ArgumentTypeError(self.words("installer", "“{text}” không thể là tệp để ghi.", text=text))
        return path

    def answers(self, text: str) -> Mapping[str, str]:
        """What somebody would answer to the questions of ``probe``."""
        given = {name.strip(): answer.strip() for name, _, answer in (one.partition("=") for one in text.split(","))}
        if not all(name in ANSWERS and ANSWERS[name](answer) for name, answer in given.items()):
            said = self.words(
                "installer",
                "“{text}” không trả lời được câu hỏi nào; hãy ghi như pages=1,letters=yes,dots=576,qr=yes,cutter=yes.",
                text=text,
            )
            raise ArgumentTypeError(said)
        return given


def _may_be_port(text: str) -> bool:
    """Whether a device's name, or an address of pyserial's, can be meant; it need not be there."""
    if "://" not in text:
        return text.startswith("/") and not Path(text).is_dir() and not Path(text).is_file()
    import serial  # most never name a port that way

    address = urlsplit(text)
    try:
        serial.serial_for_url(text, do_not_open=True)
        return address.scheme not in OVER_NETWORK or bool(address.hostname and address.port)
    except ValueError:
        return False


def _is_line(answer: str) -> bool:
    from hardware.installer import sheets

    return answer.isdecimal() and int(answer) <= len(sheets.candidates())


def _is_head(answer: str) -> bool:
    from hardware.installer import sheets
    from hardware.printers.drawing.paper import PAPERS

    return answer.isdecimal() and any(int(answer) in sheets.heads(mm) for mm in PAPERS)


def _is_yes_or_no(answer: str) -> bool:
    return answer.lower() in YES | NO


ANSWERS: Mapping[str, Callable[[str], bool]] = {
    "pages": _is_line,
    "dots": _is_head,
    "letters": _is_yes_or_no,
    "qr": _is_yes_or_no,
    "cutter": _is_yes_or_no,
}
