"""The test sheets of a probe, printed for a person to judge.

They show a numbered line for each code page that may hold Vietnamese, a mark for each width of the head, a QR code by
the printer's own command, and all letters on the chosen code page.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from PIL import Image, ImageDraw

from config.words import Words
from hardware.printers import encode
from hardware.printers.drawing.codepages import CAPITAL, SMALL, CodePageEncoder
from hardware.printers.drawing.lettering import font
from hardware.printers.drawing.paper import PAPERS, PaperFormat
from hardware.printers.drawing.raster import raster_commands, slip_image
from hardware.printers.models import PrinterModel, vietnamese_pages
from hardware.printers.models import head_widths as known_head_widths
from hardware.printers.profile import Encoding, VietnameseCodePage
from hardware.slips.slip import Align, HorizontalRule, Slip, Text

SAMPLE = "Số thứ tự Ưu tiên Ấ Ẫ Ộ ỹ"
LETTERS_PER_LINE = 16
QR_CONTENT = "LUOT"
QR_MODULE_DOTS = 6


EXTRA_PAGES = (VietnameseCodePage(Encoding.TCVN3, 27, 28), VietnameseCodePage(Encoding.CP1258, 32, 32))
"""Code pages of copies that the data base of printers does not have."""
EXTRA_HEAD_WIDTHS: Mapping[int, Sequence[int]] = {80: (), 58: (360, 416)}
"""Widths in dots of heads that the data base does not have, by the paper's width in mm. 360: 80 mm printers of 180 dpi
with a guide for 58 mm."""


def candidates(model: PrinterModel | None = None) -> Sequence[VietnameseCodePage]:
    """Return the code pages that may hold Vietnamese, those of the model first."""
    of_model = model.pages if model is not None else ()
    return tuple(dict.fromkeys((*of_model, *vietnamese_pages(), *EXTRA_PAGES)))


def head_widths(mm: int) -> Sequence[int]:
    """Return the widths in dots of heads for this roll, from narrow to wide."""
    return tuple(sorted({*known_head_widths(mm), *EXTRA_HEAD_WIDTHS[mm]}))


def _heading(title: str, question: str, paper: PaperFormat) -> bytes:
    texts = (Text(title, 30, bold=True, align=Align.CENTRE), Text(question, 25), HorizontalRule())
    return raster_commands(slip_image(Slip("PROBE", texts), for_narrowest_head(paper)), ending=b"")


def _in_printer_font(text: str, page: VietnameseCodePage) -> bytes:
    # A printer ignores a page that it lacks and stays on the page before, which must not be the right one.
    return encode.code_page(0) + (CodePageEncoder(page).bytes_of(text) or b"") + encode.LF


def pages_sheet(pages: Sequence[VietnameseCodePage], paper: PaperFormat, words: Words) -> bytes:
    """Return the sheet whose line n is printed on ``pages[n - 1]``."""
    title = words("installer", "DÒ BẢNG MÃ")
    question = words("installer", "Dòng nào đọc được đúng tiếng Việt? Ghi lại số đứng đầu dòng đó.")
    lines = (f"{n}) ".encode() + _in_printer_font(SAMPLE, page) for n, page in enumerate(pages, 1))
    return encode.RESET + _heading(title, question, paper) + encode.SINGLE_BYTE_MODE + b"".join(lines) + encode.RESET


def width_sheet(paper: PaperFormat) -> bytes:
    """Return a numbered mark at the right edge of each possible head.

    Each mark is a picture of its own, as wide as its head; a narrower head cuts it off.
    """
    return b"".join(raster_commands(_edge_mark(dots), ending=b"") for dots in head_widths(paper.paper_mm))


def _edge_mark(dots: int) -> Image.Image:
    face, height = font(25, bold=True), 32
    mark = Image.new("1", (dots, height), 1)
    draw = ImageDraw.Draw(mark)
    draw.rectangle((dots - 3, 0, dots - 1, height - 1), fill=0)
    draw.text((dots - 8, height - 7), str(dots), font=face, fill=0, anchor="rs")
    return mark


def for_narrowest_head(paper: PaperFormat) -> PaperFormat:
    """Return the paper for the narrowest head, so that any head prints the whole text."""
    return replace(paper, dots=head_widths(paper.paper_mm)[0])


def letters_sheet(page: VietnameseCodePage, paper: PaperFormat, words: Words) -> bytes:
    """Return a sheet with every letter twice: as a picture, and in the printer's font."""
    instruction = words("installer", "Hai dòng liền nhau phải giống nhau từng chữ.")
    out = encode.RESET + _heading(str(page), instruction, paper)
    for line in _all_letters():
        out += raster_commands(slip_image(Slip("PROBE", (Text(line, 25),)), for_narrowest_head(paper)), ending=b"")
        out += encode.SINGLE_BYTE_MODE + _in_printer_font(line, page)
    return out + encode.RESET


def _all_letters() -> Iterator[str]:
    letters = SMALL + CAPITAL
    for first in range(0, len(letters), LETTERS_PER_LINE):
        yield " ".join(letters[first : first + LETTERS_PER_LINE])


def code_sheet() -> bytes:
    """Return a QR code by the printer's own command."""
    from hardware.printers.library import Commands

    commands = Commands(PAPERS[58].dots)
    commands.set(align=encode.Side.CENTRE.value)
    commands.add_qr(QR_CONTENT, QR_MODULE_DOTS)
    return encode.RESET + commands.data() + encode.LF + encode.RESET


def sheet_end() -> bytes:
    """Return the end of a sheet: feed, and cut where there is a cutter."""
    return encode.motion_units(encode.USUAL_DPI) + encode.feed(80) + encode.cut()
