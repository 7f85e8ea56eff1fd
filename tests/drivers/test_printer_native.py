"""Native text, read back by glibc's tables and by the simulated printer."""

import io
import subprocess
import unicodedata

import pytest
from hypothesis import given, settings

from hardware.printers import encode
from hardware.printers.drawing.codepages import CAPITAL, SMALL, CodePageEncoder
from hardware.printers.drawing.encoders import SlipForm, make_encoder
from hardware.printers.drawing.lettering import clean
from hardware.printers.drawing.paper import PAPERS, PaperFormat, paper
from hardware.printers.profile import Encoding, Profile, VietnameseCodePage
from hardware.simulated.printers.interpreter import Interpreter
from hardware.simulated.printers.profiles import EPSON, PROFILES, DeviceProfile
from hardware.slips.slip import Align, Bullets, Element, HorizontalRule, Inverse, Number, Pair, Qr, Slip, Text
from support.recording_printer import PaperRecorder, interpret
from support.server_process import need
from support.slips import of_kiosk, slips
from support.waiting import PATIENCE_S
from tools.pictures.slip import CASES, Case

TCVN3 = VietnameseCodePage(Encoding.TCVN3, 30, 31, confirmed=True)
CP1258 = VietnameseCodePage(Encoding.CP1258, 52, 52, confirmed=True)
COMPOSING = DeviceProfile(composes_marks=True)
HEADS = {"80": paper(80), "80 narrow": paper(80, 512), "58": paper(58), "58 wide": paper(58, 432)}
ALL_HEADS = pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
FULL = (Text("M " * 60), Text("M " * 60, bold=True), Pair("M " * 60, "M"), Pair("MM:", "M"), Text("M" * 200, 40))
BARE = "AEIOUYaeiouy"
VIETNAMESE = sorted(
    {
        unicodedata.normalize("NFC", letter + mark)
        for letter in "AĂÂEÊIOÔƠUƯYaăâeêioôơuưy"
        for mark in ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
    }
    - set(BARE)
    | {"Đ", "đ"}
)


def typed(data: bytes, make: DeviceProfile = EPSON, dots: int = 576) -> str:
    """Return the lines that the printer printed in its own letters, in NFC."""
    stream, recorder = io.BytesIO(data), PaperRecorder(dots // 8)
    interpreter = Interpreter(stream.read, recorder, recorder, make, dots)
    seen: list[str] = []
    line = interpreter._line
    put, rows, pair = line.put, line.rows, line.put_chinese

    def putting(character: str, **how: bool) -> None:
        seen.append(character)
        put(character, **how)

    def ending() -> list[bytes]:
        seen.append("\n")
        return rows()

    def pairing() -> None:
        seen.append("\u4e2d")
        pair()

    line.put, line.rows, line.put_chinese = putting, ending, pairing  # type: ignore[method-assign]
    while stream.tell() < len(data):
        interpreter.step()
    assert not interpreter.unknown_commands
    return unicodedata.normalize("NFC", "".join(seen))


def native(slip: Slip, pages: VietnameseCodePage = TCVN3, head: PaperFormat = PAPERS[80]) -> bytes:
    return encode.RESET + make_encoder(SlipForm.NATIVE, head, Profile(code_page=pages, native_qr=True))(slip).data


def flat(text: str) -> str:
    return " ".join(text.split())


def iconv(data: bytes, frm: str, to: str) -> bytes:
    run = subprocess.run(
        [need("iconv"), "-f", frm, "-t", to], input=data, capture_output=True, timeout=PATIENCE_S, check=True
    )
    return run.stdout


def test_all_134_letters_are_there() -> None:
    assert len(VIETNAMESE) == 134
    assert set(SMALL) | set(CAPITAL) == set(VIETNAMESE)
    assert len(SMALL) == len(CAPITAL) == 67
    for letters, page in ((SMALL, 30), (CAPITAL, 31)):
        coded = [CodePageEncoder(TCVN3).bytes_of(letter) or b"" for letter in letters]
        assert all(len(code) == 4 and code[:3] == b"\x1bt" + bytes([page]) and code[3] > 0xA0 for code in coded)
        assert len(set(coded)) == 67


@pytest.mark.parametrize("letter", sorted(SMALL))
def test_small_letters_are_where_the_national_standard_has_them(letter: str) -> None:
    # glibc knows the standard's full set; its letter may still wait for a mark, so another character follows.
    coded = CodePageEncoder(TCVN3).bytes_of(letter)
    assert coded is not None and iconv(coded[3:] + b".", "TCVN5712-1", "UTF-8").decode() == letter + "."


def test_windows_vietnamese_is_as_glibc_writes_it() -> None:
    for letter in VIETNAMESE:
        assert CodePageEncoder(CP1258).bytes_of(letter) == b"\x1bt\x34" + iconv(letter.encode(), "UTF-8", "CP1258"), (
            letter
        )


@pytest.mark.parametrize(("pages", "make"), [(TCVN3, EPSON), (CP1258, COMPOSING)], ids=["tcvn3", "cp1258"])
def test_a_printer_shows_every_letter_as_it_was_meant(pages: VietnameseCodePage, make: DeviceProfile) -> None:
    lines = ["".join(VIETNAMESE[at : at + 40]) for at in range(0, len(VIETNAMESE), 40)]
    typed_text = typed(native(Slip("A001", tuple(Text(line) for line in lines)), pages), make)
    assert [line.strip() for line in typed_text.splitlines() if line] == lines


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_slip_in_native_text_has_the_text_of_one_in_dots(case: Case, language: str) -> None:
    slip = of_kiosk(case, language)
    typed_text = flat(typed(native(slip)))
    for element in slip.elements:
        for part in _texts_of(element):
            assert flat(part) in typed_text, part


def _texts_of(element: object) -> list[str]:
    match element:
        case Text(text=text) | Inverse(text=text):
            return [_plain(part) for part in clean(text).split(" · ")]
        case Pair(label=label, value=value):
            return [_plain(clean(label)), _plain(clean(value))]
        case Bullets(items=items):
            return [f"- {_plain(clean(item))}" for item in items]
        case Number(number=number):
            return [number]
        case Qr(caption=caption):
            return [part for text in caption for part in _texts_of(Text(text))]
        case _:
            return []


def _plain(text: str) -> str:
    return text.replace("–", "-").replace("·", "-").replace("…", "...")


@given(slip=slips)
@settings(max_examples=80, deadline=None)
def test_no_text_becomes_a_command_and_none_becomes_a_question_mark(slip: Slip) -> None:
    data = native(slip)
    typed_text = typed(data)
    asked = "".join(part for element in slip.elements for part in _texts_of(element))
    assert typed_text.count("?") <= asked.count("?")
    assert not any(unicodedata.category(character)[0] == "C" and character != "\n" for character in typed_text)


def test_a_line_that_is_on_no_page_goes_out_as_dots_among_the_others() -> None:
    slip = Slip("A001", (Text("Mời Ông/Bà chờ"), Text("北京"), Text("Cảm ơn")))
    data = native(slip)
    assert [line.strip() for line in typed(data).splitlines() if line] == ["Mời Ông/Bà chờ", "Cảm ơn"]
    assert data.count(b"\x1dv0") == 1


def test_pages_are_changed_only_when_they_must_be() -> None:
    letters = CodePageEncoder(TCVN3)
    first, second = letters.bytes_of("Số thứ tự: A012"), letters.bytes_of("chờ đến lượt")
    assert first == b"S\x1bt\x1e\xe8 th\xf8 t\xf9: A012"
    assert second is not None and b"\x1bt" not in second
    assert letters.bytes_of("ĐĂNG KÝ") == b"\x1bt\x1f\xa7\xa1NG K\xfd"


def test_a_text_that_cannot_be_encoded_leaves_the_page_unchanged() -> None:
    letters = CodePageEncoder(TCVN3)
    assert letters.bytes_of("chờ") == b"ch\x1bt\x1e\xea"
    assert letters.bytes_of("ĐĂNG 北京") is None
    assert letters.bytes_of("chờ") == b"ch\xea"


@pytest.mark.parametrize(
    "drawn",
    [
        Pair("Thủ tục:", "5 €"),
        Text("thủ tục " * 8 + "€"),
        Bullets(("tờ khai", "bản sao", "5 €")),
        Inverse("Được ưu tiên " * 8 + "€"),
    ],
    ids=lambda element: type(element).__name__,
)
def test_text_behind_an_element_that_is_drawn_as_a_whole_is_on_its_own_page(drawn: Element) -> None:
    """Parts of the drawn element are small letters, which the printer never receives.

    The printer is still at the capitals.
    """
    data = native(Slip("A001", (Text("ƯU TIÊN"), drawn, Text("Quầy đón tiếp"))))
    assert [line.strip() for line in typed(data).splitlines() if line] == ["ƯU TIÊN", "Quầy đón tiếp"]


def test_a_printer_that_pairs_letters_gets_the_command_not_to() -> None:
    pairing = DeviceProfile(reads_byte_pairs=True)
    data = native(Slip("A001", (Text("Mời Ông/Bà chờ đến lượt"),)))
    assert "\u4e2d" not in typed(data, pairing)
    assert "\u4e2d" in typed(data.replace(encode.SINGLE_BYTE_MODE, b""), pairing)


def test_a_wrong_page_shows_on_paper_which_is_why_a_person_must_read_it() -> None:
    clone = PROFILES["clone"]
    slip = Slip("A001", (Text("Số thứ tự"),))
    assert typed(native(slip), clone).strip() != "Số thứ tự"


@ALL_HEADS
def test_text_begins_where_rules_begin_and_ends_before_they_end(head: PaperFormat) -> None:
    """The dots show a rule, and letters that fill their cells, on each left-aligned line."""
    rule, *others = (_edges(native(Slip("A001", (element,)), head=head), head) for element in (HorizontalRule(), *FULL))
    assert abs(rule[0] - head.margin) <= 6
    assert head.dots - rule[1] == rule[0]
    for left, right in others:
        assert rule[0] <= left <= rule[0] + 3 and right <= rule[1]


def _edges(data: bytes, head: PaperFormat) -> tuple[int, int]:
    image = interpret(data, head.dots // 8)[0].image().convert("L")
    left, _, right, _ = image.point(lambda level: 255 - level).getbbox() or (0, 0, 0, 0)
    return left, right


@ALL_HEADS
def test_a_line_not_aligned_left_stands_in_the_middle_of_the_head(head: PaperFormat) -> None:
    for element in (Text("MMM", align=Align.CENTRE), Inverse("MMM"), Number("HHH")):
        left, right = _edges(native(Slip("A001", (element,)), head=head), head)
        assert abs(left - (head.dots - right)) <= 16


@ALL_HEADS
def test_long_words_labels_and_marks_wrap_within_the_margins(head: PaperFormat) -> None:
    long = (Text("x" * 100), Pair("Thủ tục:", "ê" * 100), Inverse("Ô" * 100), Bullets(("ư" * 100, "… " * 99)))
    data = native(Slip("A001", long), head=head)
    typed_text = typed(data, dots=head.dots)
    assert typed_text.count("x") == 100 == typed_text.count("Ô") == typed_text.count("ư")
    assert max(len(line) for line in typed_text.splitlines()) <= head.dots // 12
    # Whoever breaks a line is the driver: a printer would go on at its left edge.
    assert typed_text.count("\n") == data.count(encode.LF)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("language", ["vi", "en"])
@ALL_HEADS
def test_no_last_word_stands_alone_and_no_line_begins_with_a_dash(case: Case, language: str, head: PaperFormat) -> None:
    for element in of_kiosk(case, language).elements:
        texts = [element.text] if isinstance(element, Text | Inverse) else []
        texts += [element.value] if isinstance(element, Pair) else []
        texts += element.items if isinstance(element, Bullets) else []
        for text in texts:
            last = typed(native(Slip("A001", (Text(text),)), head=head), dots=head.dots).strip().splitlines()
            assert all(line.strip()[0] not in "-–" for line in last), text
            if len(last) > 1 and "·" not in text:
                assert " " in last[-1].strip(), text
