"""Print the test sheets of a probe, and ask a person about the result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.devices import PrinterSettings
from hardware.installer import probe_sheets
from hardware.installer.arguments import YES
from hardware.installer.context import InstallerContext
from hardware.installer.printer_probe import ProbeConnection
from hardware.printers import encode
from hardware.printers.answers.replies import SensorReply
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.models import PrinterModel
from hardware.printers.profile import VietnameseCodePage


@dataclass(slots=True)
class PaperInspection:
    """The printer's properties as a person saw them on paper; None: no answer.

    ``page``: the code page that holds Vietnamese; None also: no page does. ``every_letter``: the person confirmed each
    of its letters; False also without an answer. ``dots``: the width of the head; ``dpi``: its resolution, known only
    for a head as wide as the model's. ``native_qr``: the printer drew the QR code. ``cuts``: it cut the paper.
    """

    page: VietnameseCodePage | None = None
    every_letter: bool = False
    dots: int | None = None
    dpi: int | None = None
    native_qr: bool | None = None
    cuts: bool | None = None


@dataclass(frozen=True, slots=True)
class InstallerPrompt:
    """Asks the person at the terminal, unless the command line holds the answer."""

    context: InstallerContext
    answers: Mapping[str, str]

    def ask(self, key: str, question: str) -> str | None:
        """Return the answer to a question; None without one."""
        if key in self.answers:
            return self.answers[key]
        return self.context.ask(question)

    def yes(self, key: str, question: str) -> bool | None:
        """Return whether the answer is yes; None without an answer."""
        answer = self.ask(key, question)
        return None if answer is None else answer.strip().lower() in YES


def inspect_paper(
    connection: ProbeConnection,
    printer: PrinterSettings,
    model: PrinterModel | None,
    prompt: InstallerPrompt,
    print_timeout_s: float | None,
) -> PaperInspection:
    """Print the sheets, and ask after each of them. May raise ``LinkError``.

    ``print_timeout_s``: how long to wait for a sheet; None: the printer does not report the end of printing.
    """
    words, paper, inspection = prompt.context.words, PAPERS[printer.paper_mm], PaperInspection()
    pages = probe_sheets.candidates(model)

    def print_sheet(*parts: bytes) -> None:
        sheet = b"".join((*parts, probe_sheets.sheet_end()))
        if print_timeout_s is None:
            connection.send(sheet)
        else:
            connection.request(sheet + encode.FENCE, lambda reply: isinstance(reply, SensorReply), print_timeout_s)

    print_sheet(
        probe_sheets.pages_sheet(pages, paper, words), probe_sheets.width_sheet(paper), probe_sheets.code_sheet()
    )
    line = prompt.ask("pages", words("installer", "Dòng số mấy đọc được đúng tiếng Việt? (0: không dòng nào)"))
    if line is not None and line.isdecimal() and 1 <= int(line) <= len(pages):
        inspection.page = pages[int(line) - 1]
    _ask_head_width(inspection, probe_sheets.head_widths(paper.paper_mm), model, prompt)
    question = words("installer", "Có mã QR vuông dưới các dòng đó không? (c/k)")
    inspection.native_qr = prompt.yes("qr", question)
    inspection.cuts = prompt.yes("cutter", words("installer", "Giấy có được cắt không? (c/k)"))
    if inspection.page is not None:
        print_sheet(probe_sheets.letters_sheet(inspection.page, paper, words))
        question = words("installer", "Từng cặp dòng có giống hệt nhau không? (c/k)")
        inspection.every_letter = prompt.yes("letters", question) is True
    return inspection


def _ask_head_width(
    inspection: PaperInspection, head_widths: Sequence[int], model: PrinterModel | None, prompt: InstallerPrompt
) -> None:
    words, numbers = prompt.context.words, "/".join(str(dots) for dots in head_widths)
    question = words("installer", "Vạch ngoài cùng bên phải mang số nào? ({numbers})", numbers=numbers)
    if model is not None and model.dots in head_widths:
        usual = words("installer", "Đầu in của {model} thường có {n} điểm.", model=model.name, n=model.dots)
        question = f"{usual} {question}"
    answer = prompt.ask("dots", question)
    if answer is not None and answer.isdecimal() and int(answer) in head_widths:
        inspection.dots = int(answer)
        # The resolution is not visible on paper; a head as wide as the model's is taken for the model's head.
        inspection.dpi = model.dpi if model is not None and model.dots == inspection.dots else None
