"""A slip as dots and as bytes: wraps, never cut, never a command."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from config.words import words
from hardware.printers import encode
from hardware.printers.drawing.layout import DotLayout, FilledBox, QrModules, TextLine, lay_out
from hardware.printers.drawing.lettering import clean, font, text_bitmap, text_measure, text_width, wrap
from hardware.printers.drawing.paper import PAPERS, PaperFormat, SlipError
from hardware.printers.drawing.raster import layout_image, raster_commands, slip_image
from hardware.slips.slip import Inverse, Number, Qr, Slip, Text
from support.recording_printer import interpret
from support.server_process import need
from support.slips import sizes, slips, texts
from support.waiting import PATIENCE_S
from tools.pictures.slip import CASES, Case, link, slip

BOTH = pytest.mark.parametrize("paper", PAPERS.values(), ids=lambda paper: f"{paper.paper_mm} mm")
LANGUAGES = pytest.mark.parametrize("language", ["vi", "en"])
SLIPS = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def texts_of(layout: DotLayout) -> list[TextLine]:
    return [box for box in layout.boxes if isinstance(box, TextLine)]


@BOTH
@given(slip=slips)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_stands_outside_the_head_and_no_ink_outside_its_box(paper: PaperFormat, slip: Slip) -> None:
    layout = lay_out(slip, paper)
    for box in layout.boxes:
        match box:
            case TextLine():
                _, top, right, bottom = font(box.em, bold=box.bold).getbbox(box.text, mode="1", anchor="ls")
                assert box.x >= 0 and box.x + max(box.width, right) <= paper.dots
                assert box.top <= box.baseline + top and box.baseline + bottom <= box.bottom
                assert box.top >= 0 and box.bottom <= layout.height
            case FilledBox():
                assert 0 <= box.left < box.right <= paper.dots and 0 <= box.top < box.bottom <= layout.height
            case QrModules():
                quiet = 24
                assert box.left >= quiet and box.left + box.side + quiet <= paper.dots
                assert box.top + box.side <= layout.height


@BOTH
def test_bold_letters_are_blacker_than_the_others(paper: PaperFormat) -> None:
    text = "Phiếu có giá trị trong ngày 23/11/2026 và không thay cho Giấy tiếp nhận hồ sơ và hẹn trả kết quả."
    thin, heavy = (slip_image(Slip("A001", (Text(text, 30, bold=bold),)), paper) for bold in (False, True))
    blackness = [image.convert("L").histogram()[0] for image in (thin, heavy)]
    assert blackness[1] > 1.2 * blackness[0]


@pytest.mark.parametrize("bold", [False, True])
def test_a_line_that_just_fits_is_not_parted_and_one_dot_less_parts_it(bold: bool) -> None:
    text = "Mời Ông/Bà đợi gọi số"
    wide = text_width(text, 24, bold=bold)
    assert wrap(text, wide, text_measure(24, bold=bold)) == [text]
    assert len(wrap(text, wide - 1, text_measure(24, bold=bold))) == 2


@given(text=texts, em=sizes, bold=st.booleans(), width=st.integers(120, 560))
def test_text_wraps_and_loses_no_character(text: str, em: int, bold: bool, width: int) -> None:
    cleaned = clean(text)
    lines = wrap(cleaned, width, text_measure(em, bold=bold))
    assert "".join(lines).replace(" ", "") == cleaned.replace(" ", "")
    assert all(text_width(line, em, bold=bold) <= width for line in lines if len(line) > 1)


@given(text=st.text(max_size=200))
def test_control_bidi_and_zero_width_characters_never_pass(text: str) -> None:
    passed = clean("a\x1b@\x10\x04\x01\u202e\u200b\u200f\ufeff\u2066\x00\x85\n" + text)
    assert passed.startswith("a@")
    assert not any(character < " " or character in "\u202e\u200b\u200f\ufeff\u2066\x7f" for character in passed)
    assert clean(passed) == passed


def test_vietnamese_in_pieces_is_printed_composed_and_long_text_is_capped() -> None:
    assert clean("Thu\u031b\u0301 tu\u031b\u0323") == "Thứ tự"
    assert len(clean("x" * 10_000)) == 400


@BOTH
@given(slip=slips)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_slip_is_printed_dot_for_dot_and_no_text_becomes_a_command(paper: PaperFormat, slip: Slip) -> None:
    image = slip_image(slip, paper)
    data = encode.RESET + raster_commands(image)
    recorder, interpreter = interpret(data, paper.dots // 8)
    assert not interpreter.unknown_commands and not recorder.replies
    assert recorder.cuts == [len(recorder.rows)]
    for command in (b"\x10\x04", b"\x10\x05", b"\x10\x14"):
        assert command not in data
    wanted = bytes(0xFF ^ byte for byte in image.tobytes())
    got = b"".join(recorder.rows)
    body = got[: len(wanted)].ljust(len(wanted), b"\0")
    # Dots may only be added, and only where the bytes read like a real-time command.
    assert all(drawn & printed_byte == drawn for drawn, printed_byte in zip(wanted, body, strict=True))
    assert sum(drawn != printed_byte for drawn, printed_byte in zip(wanted, body, strict=True)) == sum(
        wanted.count(command) for command in (b"\x10\x04", b"\x10\x05", b"\x10\x14")
    )
    assert not any(got[len(wanted) :])


@given(st.lists(st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x00, 0x30]), max_size=40).map(bytes))
def test_real_time_sequences_are_broken_by_one_dot_each(dots: bytes) -> None:
    safe = encode.without_real_time_commands(dots)
    assert len(safe) == len(dots)
    assert not any(command in safe for command in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))
    assert all(new in (old, old | 0x20) for old, new in zip(dots, safe, strict=True))


def test_fragments_have_at_most_255_rows_and_blank_bands_are_fed() -> None:
    image = Image.new("1", (576, 1000), 0)
    image.paste(1, (0, 300, 576, 700))
    data = encode.RESET + raster_commands(image)
    recorder, _ = interpret(data, 72)
    assert len(data) < 601 * 72 + 200
    assert len(recorder.rows) == 1000 + encode.ROWS_AFTER_LAST
    assert data.count(b"\x1dv0\0\x48\0\xff\0") == 2 and data.count(b"\x1bJ") == 2


@LANGUAGES
@BOTH
@SLIPS
def test_no_text_of_a_slip_overlaps_another(case: Case, paper: PaperFormat, language: str) -> None:
    boxes = texts_of(lay_out(slip(case, words(language)), paper))
    for index, box in enumerate(boxes):
        for other in boxes[index + 1 :]:
            beside = box.x + box.width <= other.x or other.x + other.width <= box.x
            assert beside or box.bottom <= other.top or other.bottom <= box.top, (box, other)


@pytest.mark.parametrize("number", ["A015", "M015", "A1015", "MM1015"])
@BOTH
def test_a_number_is_as_large_as_the_paper_allows_and_never_cut(number: str, paper: PaperFormat) -> None:
    boxes = texts_of(lay_out(Slip(number, (Number(number),)), paper))
    assert "".join(box.text for box in boxes) == number
    assert len({box.em for box in boxes}) == 1
    assert boxes[0].x >= paper.margin and boxes[-1].x + boxes[-1].width <= paper.dots - paper.margin
    if number == "A015":
        assert boxes[0].em == paper.number_em


@LANGUAGES
@pytest.mark.parametrize("case", [case for case in CASES if not case.papers], ids=lambda case: case.name)
def test_a_slip_without_the_papers_is_at_most_140_mm_on_80_and_160_on_58(case: Case, language: str) -> None:
    for mm, longest in ((80, 140), (58, 160)):
        recorder, _ = interpret(
            encode.RESET + raster_commands(slip_image(slip(case, words(language)), PAPERS[mm])), PAPERS[mm].dots // 8
        )
        assert len(recorder.rows) / 8 <= longest


@BOTH
def test_a_qr_code_that_does_not_fit_is_refused_and_not_shrunk(paper: PaperFormat) -> None:
    with pytest.raises(SlipError):
        lay_out(Slip("A001", (Qr("x" * 181),)), paper)
    with pytest.raises(SlipError):
        lay_out(Slip("A001", (Qr(""),)), paper)


def test_marks_are_white_on_black() -> None:
    layout = lay_out(Slip("A001", (Inverse("BẢN IN LẠI"),)), PAPERS[80])
    bar = next(box for box in layout.boxes if isinstance(box, FilledBox))
    box = texts_of(layout)[0]
    assert box.white and bar.left < box.x and box.x + box.width < bar.right
    image = layout_image(layout)
    inside = image.crop((bar.left, bar.top, bar.right, bar.bottom))
    assert 0 < inside.convert("L").histogram()[255] < 0.4 * inside.width * inside.height


@BOTH
@LANGUAGES
@pytest.mark.parametrize(
    "case", [case for case in CASES if case.mark or case.mode != "live"], ids=lambda case: case.name
)
def test_a_mark_stands_on_one_line_that_can_be_read(case: Case, language: str, paper: PaperFormat) -> None:
    paper_slip = slip(case, words(language))
    marks = [element.text for element in paper_slip.elements if isinstance(element, Inverse)]
    drawn = [box for box in texts_of(lay_out(paper_slip, paper)) if box.white]
    assert [box.text for box in drawn] == marks
    assert all(box.em >= paper.min_em for box in drawn)


def test_a_mark_too_long_for_one_line_is_not_small_on_two() -> None:
    boxes = texts_of(lay_out(Slip("A001", (Inverse("TRÌNH DIỄN - KHÔNG CÓ GIÁ TRỊ " * 2),)), PAPERS[80]))
    assert len(boxes) > 1
    assert {box.em for box in boxes} == {27}


def test_the_qr_of_the_drawn_paper_is_read_back(tmp_path: Path) -> None:
    program = need("zbarimg")
    for paper in PAPERS.values():
        recorder, _ = interpret(
            encode.RESET + raster_commands(slip_image(slip(CASES[0], words("vi")), paper)), paper.dots // 8
        )
        path = tmp_path / f"{paper.paper_mm}.png"
        recorder.save(path, paper.paper_mm)
        run = subprocess.run(
            [program, "-q", "--raw", path], capture_output=True, text=True, check=True, timeout=PATIENCE_S
        )
        assert run.stdout.strip() == link()


@pytest.mark.parametrize("text", ["A", "jỴ Ẫ (1/2)", "ĐẶNG", ".", "  "])
def test_a_line_drawn_once_and_put_down_again_is_as_if_drawn_there(text: str) -> None:
    for em, bold in ((23, False), (31, True), (204, True)):
        at_once, put_down = Image.new("1", (1600, 400), 1), Image.new("1", (1600, 400), 1)
        ImageDraw.Draw(at_once).text((30, 300), text, font=font(em, bold=bold), fill=0, anchor="ls")
        dots, right, down = text_bitmap(text, em, bold=bold)
        put_down.paste(0, (30 + right, 300 + down), dots)
        assert put_down.tobytes() == at_once.tobytes()
