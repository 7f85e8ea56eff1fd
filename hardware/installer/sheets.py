"""What a probe prints for a person to look at: numbered lines on each code page that may hold Vietnamese, every letter
on the page that was chosen, and a QR code of the printer's own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from PIL import Image, ImageDraw

from config.words import Words
from hardware.printers import encode
from hardware.printers.drawing.codepages import CAPITAL, SMALL, Letters
from hardware.printers.drawing.lettering import font
from hardware.printers.drawing.paper import PAPERS, Paper
from hardware.printers.drawing.raster import as_commands, picture
from hardware.printers.models import Model, vietnamese_pages
from hardware.printers.models import heads as known_heads
from hardware.printers.profile import CodePage, Encoding
from hardware.slip import Align, Rule, Slip, Text

SAMPLE = "Số thứ tự Ưu tiên Ấ Ẫ Ộ ỹ"
LETTERS_IN_A_LINE = 16
QR_CONTENT = "LUOT"
QR_MODULE = 6


FURTHER_PAGES = (CodePage(Encoding.TCVN3, 27, 28), CodePage(Encoding.CP1258, 32, 32))
"""Seen on copies that the data base of printers does not have."""
FURTHER_HEADS: Mapping[int, Sequence[int]] = {80: (), 58: (360, 416)}
"""360: 80 mm printers of 180 dpi with a guide for 58 mm."""


def candidates(model: Model | None = None) -> Sequence[CodePage]:
    """Return the code pages on which a printer may keep Vietnamese, those of its model first."""
    of_model = model.pages if model is not None else ()
    return tuple(dict.fromkeys((*of_model, *vietnamese_pages(), *FURTHER_PAGES)))


def heads(mm: int) -> Sequence[int]:
    """Return the dots that heads for this roll may have, from narrow to wide."""
    return tuple(sorted({*known_heads(mm), *FURTHER_HEADS[mm]}))


def _head(title: str, told: str, paper: Paper) -> bytes:
    texts = (Text(title, 30, bold=True, align=Align.CENTRE), Text(told, 25), Rule())
    return as_commands(picture(Slip("PROBE", texts), narrowest(paper)), ending=b"")


def _typed(text: str, candidate: CodePage) -> bytes:
    # A page that the printer does not have leaves it on the page before, which must not be the right one.
    return encode.code_page(0) + (Letters(candidate).bytes_of(text) or b"") + encode.LF


def pages_sheet(pages: Sequence[CodePage], paper: Paper, words: Words) -> bytes:
    """Line n is ``pages[n - 1]``."""
    title = words("installer", "DÒ BẢNG MÃ")
    told = words("installer", "Dòng nào đọc được đúng tiếng Việt? Ghi lại số đứng đầu dòng đó.")
    lines = (f"{n}) ".encode() + _typed(SAMPLE, candidate) for n, candidate in enumerate(pages, 1))
    return encode.RESET + _head(title, told, paper) + encode.NO_PAIRS + b"".join(lines) + encode.RESET


def width_sheet(paper: Paper) -> bytes:
    """A mark with its number at the right edge of each head there is: a narrower head prints only the first.

    Each mark is a picture of its own, as wide as its head, so that only what a head lacks is cut off.
    """
    return b"".join(as_commands(_mark(dots), ending=b"") for dots in heads(paper.mm))


def _mark(dots: int) -> Image.Image:
    face, high = font(25, bold=True), 32
    drawn = Image.new("1", (dots, high), 1)
    pencil = ImageDraw.Draw(drawn)
    pencil.rectangle((dots - 3, 0, dots - 1, high - 1), fill=0)
    pencil.text((dots - 8, high - 7), str(dots), font=face, fill=0, anchor="rs")
    return drawn


def narrowest(paper: Paper) -> Paper:
    """The paper as the narrowest head prints it, so that what is said on it is read from any."""
    return replace(paper, dots=heads(paper.mm)[0])


def letters_sheet(candidate: CodePage, paper: Paper, words: Words) -> bytes:
    """Every letter drawn by us, and under it the same from the printer's page."""
    told = words("installer", "Hai dòng liền nhau phải giống nhau từng chữ.")
    out = encode.RESET + _head(str(candidate), told, paper)
    for line in _all_letters():
        out += as_commands(picture(Slip("PROBE", (Text(line, 25),)), narrowest(paper)), ending=b"")
        out += encode.NO_PAIRS + _typed(line, candidate)
    return out + encode.RESET


def _all_letters() -> Iterator[str]:
    letters = SMALL + CAPITAL
    for at in range(0, len(letters), LETTERS_IN_A_LINE):
        yield " ".join(letters[at : at + LETTERS_IN_A_LINE])


def code_sheet() -> bytes:
    """A QR code by the printer's own command."""
    from hardware.printers.library import Commands

    commands = Commands(PAPERS[58].dots)
    commands.set(align=encode.Side.CENTRE.value)
    commands.code(QR_CONTENT, QR_MODULE)
    return encode.RESET + commands.data() + encode.LF + encode.RESET


def end() -> bytes:
    """Cut, where there is a cutter."""
    return encode.units(encode.USUAL_DPI) + encode.feed(80) + encode.cut()
