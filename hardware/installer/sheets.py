"""What a probe prints for a person to look at: numbered lines on each code page that may hold Vietnamese, every letter
on the page that was chosen, and a QR code of the printer's own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from config.words import Words
from hardware.printers import encode
from hardware.printers.drawing.codepages import CAPITAL, SMALL, Letters
from hardware.printers.drawing.lettering import font
from hardware.printers.drawing.paper import PAPERS, Paper
from hardware.printers.drawing.raster import as_commands, picture
from hardware.printers.profile import CodePage, Encoding
from hardware.slip import Align, Rule, Slip, Text

SAMPLE = "Số thứ tự Ưu tiên Ấ Ẫ Ộ ỹ"
LETTERS_IN_A_LINE = 16
QR_CONTENT = "LUOT"
QR_MODULE = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code page that some maker is known to keep Vietnamese on."""

    encoding: Encoding
    page: int
    capitals: int

    @property
    def pages(self) -> CodePage:
        return CodePage(self.encoding, self.page, self.capitals)

    def __str__(self) -> str:
        both = f"{self.page}/{self.capitals}" if self.capitals != self.page else str(self.page)
        return f"{self.encoding} {both}"


CANDIDATES: Sequence[Candidate] = (
    Candidate(Encoding.TCVN3, 30, 31),
    Candidate(Encoding.TCVN3, 27, 28),
    Candidate(Encoding.CP1258, 52, 52),
    Candidate(Encoding.CP1258, 27, 27),
    Candidate(Encoding.CP1258, 94, 94),
    Candidate(Encoding.CP1258, 35, 35),
)
"""Epson, Citizen and Bixolon keep TCVN 5712 on 30 and 31; numbers of copies are their makers' own."""


def _head(title: str, told: str, paper: Paper) -> bytes:
    texts = (Text(title, 30, bold=True, align=Align.CENTRE), Text(told, 25), Rule())
    return as_commands(picture(Slip("PROBE", texts), narrowest(paper)), ending=b"")


def _typed(text: str, candidate: Candidate) -> bytes:
    # A page that the printer does not have leaves it on the page before, which must not be the right one.
    return encode.code_page(0) + (Letters(candidate.pages).bytes_of(text) or b"") + encode.LF


def pages_sheet(paper: Paper, words: Words) -> bytes:
    """Line n is ``CANDIDATES[n - 1]``."""
    title = words("installer", "DÒ BẢNG MÃ")
    told = words("installer", "Dòng nào đọc được đúng tiếng Việt? Ghi lại số đứng đầu dòng đó.")
    lines = (f"{n}) ".encode() + _typed(SAMPLE, candidate) for n, candidate in enumerate(CANDIDATES, 1))
    return encode.RESET + _head(title, told, paper) + encode.NO_PAIRS + b"".join(lines) + encode.RESET


HEADS: Mapping[int, Sequence[int]] = {80: (512, 576), 58: (360, 384)}
"""Dots that heads of this paper may have; the last is the usual."""


def width_sheet(paper: Paper) -> bytes:
    """A mark with its number at the right edge of each head there is: a narrower head prints only the first."""
    face, step = font(25, bold=True), 32
    drawn = Image.new("1", (paper.dots, step * len(HEADS[paper.mm])), 1)
    pencil = ImageDraw.Draw(drawn)
    for place, dots in enumerate(HEADS[paper.mm]):
        top = step * place
        pencil.rectangle((dots - 3, top, dots - 1, top + step - 1), fill=0)
        pencil.text((dots - 8, top + step - 7), str(dots), font=face, fill=0, anchor="rs")
    return as_commands(drawn, ending=b"")


def narrowest(paper: Paper) -> Paper:
    """The paper as the narrowest head prints it, so that what is said on it is read from any."""
    return replace(paper, dots=HEADS[paper.mm][0])


def letters_sheet(candidate: Candidate, paper: Paper, words: Words) -> bytes:
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
