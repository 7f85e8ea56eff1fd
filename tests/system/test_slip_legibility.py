"""Printed slips are legible: zbarimg reads their codes, tesseract their texts.

The slips go through the real driver over TCP into the simulated printer; its paper is read.
"""

import difflib
import io
import itertools
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from PIL import Image, ImageDraw

from config.clock import Now
from config.devices import PrinterSettings
from config.profiles import CodePage, PrinterProfile, write_profile
from config.words import words
from hardware.open.printer import open_printer, slip_form
from hardware.ports import PrintResult, PrintState
from hardware.printers.drawing import lettering, raster
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.drawing.raster import slip_image
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.slips.slip import Inverse, Slip, Text
from kiosk.effects.slip import SlipContext, list_slip, ticket_slip
from kiosk.ticket_texts import visitor_link
from server.wire.messages import Procedure, from_time
from support.slip_reading import blobs_of, error_rate, expected_text, read_code, read_text
from support.slips import of_kiosk
from support.waiting import PATIENCE_S
from tools.pictures import kiosk
from tools.pictures.slip import CASES as CASES_IN_PICTURES

AT = Now(from_time("2026-11-23T02:30:07.000Z"), 0, 0.0)
HERE = SlipContext("1")
MOST_WRONG = 0.02
MARKS = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
LOWER = [
    letter
    for base, mark in itertools.product("aăâeêioôơuưy", MARKS)
    if len(letter := unicodedata.normalize("NFC", base + mark)) == 1 and letter > "\x7f"
]
UNKNOWN_TO_TESSERACT = "ỵỴ"
LETTERS = [*LOWER, "đ", *(letter.upper() for letter in LOWER), "Đ"]
# Letters that the demo office's procedures do not have: rare ones and capitals.
RARE = (
    "Bà Đỗ Thị Mỹ, phường Thủy Xuân; ngày giỗ cụ kỵ của dòng họ",
    "Hồ sơ có sẵn, ghi rõ họ tên, kỳ hạn; không tẩy xóa",
    "Kỷ niệm năm Ất Tỵ; sự cố kỹ thuật; chẳng hạn như vậy",
    "Bằng lái xe, ảnh thẻ nền trắng, kèm mẫu tờ khai",
    "Sẽ được miễn lệ phí; địa chỉ ở tòa nhà cũ; đã sửa đổi",
)
CAPITALS = (
    "ỦY BAN NHÂN DÂN PHƯỜNG VĨNH TRỤ, TỈNH NINH BÌNH",
    "BẢO HIỂM Y TẾ CHO TRẺ EM; ĐỊA ĐIỂM CHUYỂN TIỀN",
    "ĐẤT ĐAI: CẤP LẠI, SỬA ĐỔI, GIA HẠN GIẤY CHỨNG NHẬN",
    "HỘ KINH DOANH ĐÃ NGHỈ, ĐÓNG CỬA HOẶC MỞ LẠI",
    "CHẲNG HẠN NHƯ ĐƠN XIN PHÉP, BẢN VẼ NHÀ Ở",
    "MIỄN, GIẢM HỌC PHÍ; TRỢ GIÚP XÃ HỘI; KỶ LUẬT, KỸ NĂNG",
    "GIẤY TỜ ĐÃ CÓ SẴN THÌ MẸ HOẶC CHỒNG GIỮ MỘT BẢN",
    "NHẮC HẸN: QUÝ IV, KỲ HỌP THỨ MƯỜI BẢY, NĂM ẤT TỴ",
    "BÀ TRẦN THỊ MỸ THÁO DỠ NHÀ CŨ BÊN SÔNG; SẼ KÈM BẢN VẼ",
    "CÁN BỘ TRỰC GHI RÕ LỖI, NẾU BỎ TRỐNG THÌ TRẢ VỀ",
    "ÔNG ĐỖ VĂN BA XIN LỖI; QUYỀN VÀ LỢI ÍCH; NGÀY GIỖ CỤ KỴ",
    "CHUẨN BỊ MẪU ĐƠN; HỆ THỐNG LƯU TRỮ, TỪ LÚC NHẬN",
    "BẰNG LÁI XE BÉ NHỎ; MÙA VỤ SỚM; CỠ CHỮ ĐẬM; BẬC TÒA",
)


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    procedure: str = "1.001193"
    number: str = "A015"
    ticket_class: str = "ordinary"
    mode: str = "live"
    context: SlipContext = HERE


CASES = (
    Case("plain"),
    Case("priority with papers", ticket_class="priority", context=SlipContext("1", lists_papers=True)),
    Case("reprint", "2.000815", "B102", context=SlipContext("2", "reprint")),
    Case("longest", max((p for p in kiosk.catalogue().procedures), key=lambda p: len(p.name["vi"])).code, "M1015"),
    Case("drill", "1.004873", mode="practice", ticket_class="priority"),
    Case("compact", ticket_class="priority", context=SlipContext("1", "staff", compact=True)),
)


@dataclass(frozen=True, slots=True)
class PrintedSlip:
    """A slip and the picture of its paper."""

    name: str
    slip: Slip
    png: bytes

    @property
    def expected(self) -> str:
        return expected_text(self.slip)

    @property
    def read(self) -> str:
        return read(self.png)


@cache
def read(png: bytes) -> str:
    return read_text(png)


def slips() -> Iterator[tuple[str, Slip]]:
    say = words("vi")
    by_code = {procedure.code: procedure for procedure in kiosk.catalogue().procedures}
    for case in CASES:
        procedure = by_code[case.procedure]
        ticket = kiosk.ticket(case.number, ticket_class=case.ticket_class, procedure=procedure.code)
        ticket = ticket.model_copy(update={"service": procedure.service})
        yield case.name, ticket_slip(ticket, kiosk.office(mode=case.mode), procedure, say, AT, case.context)
    longest = max(by_code.values(), key=lambda procedure: sum(map(len, procedure.papers)))
    lists = [by_code["1.001193"], longest, _listing("Chữ ít gặp", RARE), _listing("Chữ in hoa", CAPITALS)]
    for listed in lists:
        yield f"papers of {listed.name['vi']}", list_slip(listed, kiosk.office(), say, AT, HERE)


def _listing(name: str, items: tuple[str, ...]) -> Procedure:
    first = kiosk.catalogue().procedures[0]
    return first.model_copy(update={"code": "0", "name": {"vi": name}, "papers": list(items)})


class Bench:
    """The real driver and the simulated printer with one roll of paper.

    ``form`` "slow" is the form of a slip for a serial link of 9600 baud, here sent over TCP: native text is set, and no
    code page of the printer is confirmed.
    """

    def __init__(self, paper_mm: int, folder: Path, form: str = "raster") -> None:
        self._opened, self._jobs = ExitStack(), itertools.count()
        simulated = SimulatedPrinter(
            "127.0.0.1", 0, paper_mm=paper_mm, speed_mm_s=1e6, roll_mm=80_000, mono_s=time.monotonic
        )
        self.simulated = self._opened.enter_context(closing(simulated))
        profile = folder / "profile.toml"
        pages = CodePage(encoding="tcvn3", page=30, capitals=31, confirmed=form == "native")
        # The simulated printer replies before real paper can have moved: print at the speed of paper.
        write_profile(profile, PrinterProfile(native_qr=True, code_page=pages, speed_mm_s=600))
        options = {
            "kind": "network",
            "address": "{}:{}".format(*simulated.address),
            "paper_mm": paper_mm,
            "profile": profile,
        }
        settings = PrinterSettings.model_validate(options | {"slip": "native" if form == "slow" else form})
        if form == "slow":
            line = PrinterSettings.model_validate(options | {"kind": "serial", "baud": 9600, "slip": "auto"})
            assert slip_form(settings) == slip_form(line)
        opened = open_printer(settings, folder, time.monotonic, lambda: AT.wall_ms, lambda result: None)
        assert opened is not None
        self.printer = self._opened.enter_context(closing(opened[0]))

    def print(self, slip: Slip) -> bytes:
        done = threading.Event()
        results: list[PrintResult] = []

        def report(result: PrintResult) -> None:
            results.append(result)
            done.set()

        self.printer.print_slip(f"job-{next(self._jobs)}", slip, report)
        assert done.wait(PATIENCE_S)
        assert results[0].state is PrintState.PRINTED, results
        cut = [piece for piece in self.simulated.state()["slips"] if piece["cut"]]
        png = self.simulated.png(cut[-1]["n"])
        assert png is not None
        return png

    def close(self) -> None:
        self._opened.close()


def quick_or_long(*forms: tuple[str, int]) -> list[ParameterSet]:
    """Return each form on each width; only ``forms`` are in the quick suite."""
    both = ((form, paper_mm) for form in ("raster", "hybrid", "slow") for paper_mm in (80, 58))
    return [
        pytest.param(form, id=f"{form[0]} {form[1]} mm", marks=() if form in forms else pytest.mark.long)
        for form in both
    ]


WIDTHS = pytest.mark.parametrize("paper_mm", [pytest.param(80, marks=pytest.mark.long), 58])


@pytest.fixture(scope="module", params=quick_or_long(("raster", 58), ("hybrid", 80), ("slow", 58)))
def printed_slips(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[PrintedSlip]]:
    form, paper_mm = request.param
    with closing(Bench(paper_mm, tmp_path_factory.mktemp("printer"), form)) as bench:
        yield [PrintedSlip(name, slip, bench.print(slip)) for name, slip in slips()]


def test_every_accented_letter_is_on_the_slips(printed_slips: list[PrintedSlip]) -> None:
    assert len(set(LETTERS)) == 134
    printed = "".join(printed_slip.expected for printed_slip in printed_slips)
    assert [letter for letter in LETTERS if letter not in printed] == []


def test_the_code_is_the_visitors_link_and_nothing_else(printed_slips: list[PrintedSlip]) -> None:
    link = visitor_link(kiosk.ticket(), kiosk.office())
    for printed_slip in printed_slips:
        codes = [link] if "papers of" not in printed_slip.name else []
        assert read_code(printed_slip.png) == codes, printed_slip.name


@pytest.mark.parametrize("paper_mm", [80, 58])
def test_the_code_of_a_slip_in_native_text_is_the_link_too(tmp_path: Path, paper_mm: int) -> None:
    with closing(Bench(paper_mm, tmp_path, "native")) as bench:
        _, slip = next(slips())
        assert read_code(bench.print(slip)) == [visitor_link(kiosk.ticket(), kiosk.office())]


def test_at_most_two_of_a_hundred_characters_are_wrong_on_every_slip(printed_slips: list[PrintedSlip]) -> None:
    shares = {printed_slip.name: error_rate(printed_slip.expected, printed_slip.read) for printed_slip in printed_slips}
    print("\n".join(f"{share:6.2%} {name}" for name, share in shares.items()))
    assert {name: share for name, share in shares.items() if share > MOST_WRONG} == {}


@pytest.mark.parametrize(("form", "paper_mm"), [("raster", 80), ("slow", 58)])
def test_an_english_slip_is_read_too(tmp_path: Path, form: str, paper_mm: int) -> None:
    """It has Vietnamese letters too: names, and documents with Vietnamese names."""
    (longest,) = (case for case in CASES_IN_PICTURES if case.name == "long")
    slip = of_kiosk(longest, "en", compact=form == "slow")
    with closing(Bench(paper_mm, tmp_path, form)) as bench:
        png = bench.print(slip)
    assert error_rate(expected_text(slip), read_text(png, "eng+vie")) <= MOST_WRONG
    assert Inverse("PRIORITY · REPRINT") in slip.elements


def test_every_accented_letter_is_read_as_itself(printed_slips: list[PrintedSlip]) -> None:
    assert misread(printed_slips) == []


def misread(printed_slips: list[PrintedSlip]) -> list[str]:
    """Return the accented letters that were never read as themselves."""
    right: Counter[str] = Counter()
    for printed_slip in printed_slips:
        expected = printed_slip.expected
        for block in difflib.SequenceMatcher(None, expected, printed_slip.read, autojunk=False).get_matching_blocks():
            right.update(expected[block.a : block.a + block.size])
    return [letter for letter in LETTERS if not right[letter] and letter not in UNKNOWN_TO_TESSERACT]


def test_tesseract_reads_the_two_excepted_letters_at_no_size() -> None:
    """Their dot is checked instead: on the paper it is separate from the letter."""
    large = Image.new("L", (1600, 120), 255)
    face = lettering.font(60, bold=False)
    ImageDraw.Draw(large).text((20, 10), "cụ kỵ, đố kỵ, NĂM ẤT TỴ, CỤ KỴ", font=face, fill=0)
    png = io.BytesIO()
    large.save(png, "PNG")
    assert not set(UNKNOWN_TO_TESSERACT) & set(read_text(png.getvalue()))
    for paper in PAPERS.values():
        for letter in UNKNOWN_TO_TESSERACT:
            alone = slip_image(Slip("1", (Text(letter),)), paper).convert("L")
            bare = slip_image(Slip("1", (Text(unicodedata.normalize("NFD", letter)[0]),)), paper).convert("L")
            assert (len(blobs_of(alone)), len(blobs_of(bare))) == (2, 1)


# --- slips with a fault are found illegible -------------------------------------------------------------

Change = Callable[[float, str], tuple[float, str]]


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[int, Change], list[PrintedSlip]]:
    """Return a function that prints slips with a fault in each line."""

    def print_some(paper_mm: int, change: Change) -> list[PrintedSlip]:
        def text_bitmap(line: str, em: int, *, bold: bool) -> tuple[Image.Image, int, int]:
            aside, changed = change(0, line)
            dots, right, down = lettering.text_bitmap(changed, em, bold=bold)
            return dots, right + round(aside), down

        monkeypatch.setattr(raster, "text_bitmap", text_bitmap)
        with closing(Bench(paper_mm, tmp_path)) as bench:
            return [PrintedSlip(name, slip, bench.print(slip)) for name, slip in itertools.islice(slips(), 2)]

    return print_some


def without(mark: str) -> Change:
    def change(x: float, line: str) -> tuple[float, str]:
        return x, unicodedata.normalize("NFC", unicodedata.normalize("NFD", line).replace(mark, ""))

    return change


@WIDTHS
def test_a_letter_that_loses_its_accent_is_found(
    faulty: Callable[[int, Change], list[PrintedSlip]], paper_mm: int
) -> None:
    printed_slips = faulty(paper_mm, lambda x, line: (x, line.replace("ầ", "â")))
    assert "ầ" in misread(printed_slips)


@WIDTHS
def test_a_dropped_accent_is_found(faulty: Callable[[int, Change], list[PrintedSlip]], paper_mm: int) -> None:
    dot_below = "\u0323"
    plain = faulty(paper_mm, without(dot_below))[0]
    assert error_rate(plain.expected, plain.read) > MOST_WRONG


@WIDTHS
def test_lines_cut_off_at_the_margin_are_found(
    faulty: Callable[[int, Change], list[PrintedSlip]], paper_mm: int
) -> None:
    """Eight millimetres are lost: the printer's head has 512 dots, and 576 are set."""
    plain = faulty(paper_mm, lambda x, line: (x + 64, line))[0]
    assert error_rate(plain.expected, plain.read) > MOST_WRONG
