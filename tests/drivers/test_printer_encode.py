"""Slips for slow links, read back by the simulated printer: same dots, fewer bytes, and never a command in data."""

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from halls import need
from hardware.printers import encode, models
from hardware.printers.commands import split
from hardware.printers.drawing.forms import Form, choose, encoder, safe
from hardware.printers.drawing.hybrid import CHARACTER_HEIGHT, Slow
from hardware.printers.drawing.paper import PAPERS, Paper, SlipError, paper
from hardware.printers.drawing.raster import picture
from hardware.printers.drawing.strip import Strip
from hardware.printers.encode import Sheet
from hardware.printers.profile import CodePage, Encoding, Profile
from hardware.simulated.printers.makes import MAKES
from hardware.slip import Align, Number, Qr, Slip, Text
from recorded import Recorder, printed
from slips import of_kiosk, slips
from tools.pictures.slip import CASES, Case, link
from waiting import PATIENCE_S

TCVN3 = CodePage(Encoding.TCVN3, 30, 31, confirmed=True)
PLAIN, PROBED = Profile(), Profile(native_qr=True, code_page=TCVN3)
HEADS = {"80": paper(80), "80 narrow": paper(80, 512), "58": paper(58), "58 wide": paper(58, 432)}
ALL_HEADS = pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
ALL_FORMS = pytest.mark.parametrize("form", Form)
NO_FIXTURES = [HealthCheck.function_scoped_fixture]
REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")


def sheet(slip: Slip, form: Form, head: Paper = PAPERS[80], profile: Profile = PLAIN) -> Sheet:
    return encoder(form, head, profile)(slip)


def on_paper(sheet: Sheet, head: Paper) -> Recorder:
    """What comes out; nothing in it was strange to the printer, and nothing was asked of it."""
    recorder, interpreter = printed(encode.RESET + sheet.data, head.dots // 8)
    assert not interpreter.unknown and not recorder.replies
    return recorder


# --- any slip, any form


@ALL_HEADS
@ALL_FORMS
@given(slip=slips)
@settings(max_examples=12, deadline=None, suppress_health_check=NO_FIXTURES)
def test_nothing_that_a_slip_may_say_becomes_a_command(head: Paper, form: Form, slip: Slip) -> None:
    profile = replace(PROBED, process_id=True)
    made = sheet(slip, form, head, profile)
    recorder = on_paper(made, head)
    assert recorder.cuts == [len(recorder.rows)]
    whole = encode.RESET + encode.AUTOMATIC_STATUS + made.data + encode.process_id(b"0001") + encode.FENCE
    assert not any(command in whole for command in REAL_TIME)


@ALL_HEADS
@pytest.mark.parametrize("form", [Form.RASTER, Form.FINE, Form.HYBRID, Form.NATIVE])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_sheet_says_how_much_paper_it_takes(head: Paper, form: Form, case: Case) -> None:
    profile = replace(PROBED, head_to_cutter_mm=15.0)
    made = sheet(of_kiosk(case), form, head, profile)
    took_mm = len(on_paper(made, head).rows) / 8 + profile.head_to_cutter_mm
    # Where blank rows end a raster the printer is spared them: a rule of gaps, never more than this.
    assert took_mm <= made.mm <= took_mm + 2


@pytest.mark.parametrize("command", REAL_TIME, ids=lambda command: command.hex())
@given(before=st.binary(max_size=20), after=st.binary(max_size=20))
@settings(max_examples=20, deadline=None, suppress_health_check=NO_FIXTURES)
def test_the_last_look_lets_no_real_time_command_leave(command: bytes, before: bytes, after: bytes) -> None:
    with pytest.raises(SlipError, match="real-time"):
        safe(Sheet(before + command + after, 1.0))


@given(st.lists(st.lists(st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x00]), min_size=9, max_size=9), max_size=600))
@settings(max_examples=30, deadline=None)
def test_the_worst_of_dots_are_harmless_in_fragments_and_across_them(rows: list[list[int]]) -> None:
    black = [bytes(row) for row in rows] or [bytes(9)]
    image = Image.frombytes("1", (72, len(black)), bytes(0xFF ^ byte for row in black for byte in row))
    strip = Strip(9)
    strip.picture(image)
    strip.doubled(image.crop((0, 0, 32, image.height)))
    data = strip.data()
    assert not any(command in data for command in REAL_TIME)


def test_no_fragment_is_longer_than_255_rows_of_paper() -> None:
    strip = Strip(72)
    strip.picture(Image.new("1", (576, 700), 0))
    strip.doubled(Image.new("1", (288, 300), 0))
    data, at, heights = strip.data(), 0, []
    while (at := data.find(b"\x1dv0", at)) >= 0:
        scale, width, height = data[at + 3], data[at + 4], data[at + 6] + 256 * data[at + 7]
        heights.append(height * (2 if scale == 3 else 1))
        at += 8 + width * height
    assert sum(heights) == 1300 and max(heights) <= 255


# --- the drawn parts: the same dots as drawn whole


@ALL_HEADS
@given(slip=slips)
@settings(max_examples=12, deadline=None, suppress_health_check=NO_FIXTURES)
def test_cropped_bands_land_where_the_whole_picture_has_them(head: Paper, slip: Slip) -> None:
    image = picture(slip, head)
    strip = Strip(head.dots // 8)
    strip.picture(image)
    recorder, interpreter = printed(encode.RESET + encode.units(203) + strip.data(), head.dots // 8)
    assert not interpreter.unknown
    recorder.feed(image.height)  # blank rows at the end are left out
    wanted, got = b"".join(encode.rows_of(image)), b"".join(recorder.rows[: image.height])
    # One dot more only where a byte begins what would have read like a real-time command.
    assert all(there == asked or (asked, there) == (0x10, 0x30) for asked, there in zip(wanted, got, strict=True))


def test_a_printer_that_ignores_the_side_still_prints_every_line() -> None:
    line = Slip("A001", (Text("Nếu lỡ lượt, mời báo lại cán bộ tại quầy.", align=Align.CENTRE),))
    data = sheet(line, Form.HYBRID).data
    assert b"\x1ba\x01" in data
    deaf, _ = printed(data.replace(b"\x1ba\x01", b""), 72)
    told, _ = printed(data, 72)
    assert _ink(deaf) == _ink(told) > 500


def _ink(recorder: Recorder) -> int:
    return recorder.image().convert("L").histogram()[0]


@ALL_HEADS
@pytest.mark.parametrize(
    ("form", "profile"),
    [(Form.FINE, PLAIN), (Form.HYBRID, PLAIN), (Form.HYBRID, PROBED), (Form.NATIVE, PROBED)],
    ids=["fine", "hybrid", "hybrid, native code", "native"],
)
def test_the_code_is_read_back_from_the_paper(head: Paper, form: Form, profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "slip.png"
    on_paper(sheet(of_kiosk(CASES[0]), form, head, profile), head).save(path, head.mm)
    run = subprocess.run([need("zbarimg"), "-q", "--raw", path], capture_output=True, text=True, timeout=PATIENCE_S)
    assert run.stdout.strip() == link()


@pytest.mark.parametrize("number", ["A015", "M1015", "MM1015"])
@ALL_HEADS
def test_the_number_is_as_large_as_the_head_allows_in_the_printers_own_digits(head: Paper, number: str) -> None:
    slow = Slow(head, PLAIN)
    slow.number(Number(number))
    times = slow.strip.rows // CHARACTER_HEIGHT
    assert times == min(8, head.dots // (12 * len(number)))
    recorder, _ = printed(slow.strip.data(), head.dots // 8)
    left, _, right, _ = recorder.image().convert("L").point(lambda value: 255 - value).getbbox() or (0, 0, 0, 0)
    assert right - left > 0.55 * head.dots * min(1, len(number) / 4) - 12 * times
    # In the middle, but for the white that a letter has at its sides.
    assert abs(left - (head.dots - right)) <= 4 * times


def test_a_printer_without_large_letters_gets_its_number_drawn() -> None:
    drawn = sheet(Slip("A015", (Number("A015"),)), Form.HYBRID, profile=replace(PLAIN, largest=1))
    assert drawn == sheet(Slip("A015", (Number("A015"),)), Form.FINE)
    assert b"A015" not in drawn.data


def test_a_code_that_does_not_fit_is_refused_in_every_form() -> None:
    for form in Form:
        with pytest.raises(SlipError):
            sheet(Slip("A001", (Qr("x" * 181),)), form, profile=PROBED)


def test_a_code_that_is_not_plain_text_is_drawn_even_where_the_printer_could() -> None:
    slip = Slip("A001", (Qr("http://luot.vn/ấ"),))
    assert b"\x1d(k" not in sheet(slip, Form.HYBRID, profile=PROBED).data


# --- how many bytes, how much paper


@pytest.mark.parametrize(
    ("form", "profile", "compact", "most"),
    [
        (Form.RASTER, PLAIN, False, 66_000),
        (Form.FINE, PLAIN, False, 20_500),
        (Form.HYBRID, PLAIN, True, 11_700),
        (Form.HYBRID, PROBED, True, 10_000),
        (Form.NATIVE, PROBED, False, 900),
        (Form.NATIVE, PROBED, True, 600),
    ],
)
@pytest.mark.parametrize("mm", [80, 58])
def test_a_slip_takes_no_more_bytes_than_its_link_can_bear(
    form: Form, profile: Profile, compact: bool, most: int, mm: int
) -> None:
    assert len(sheet(of_kiosk(CASES[0], compact=compact), form, PAPERS[mm], profile).data) <= most


@pytest.mark.parametrize("case", [case for case in CASES if not case.papers], ids=lambda case: case.name)
@pytest.mark.parametrize("form", [Form.RASTER, Form.FINE])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_slip_is_longer_than_allowed_beyond_what_the_cutter_wastes(case: Case, form: Form, language: str) -> None:
    for mm, longest in ((80, 140), (58, 160)):
        made = sheet(of_kiosk(case, language), form, PAPERS[mm], replace(PLAIN, pulls_back=True))
        assert made.mm <= longest


def test_a_printer_that_draws_its_paper_back_wastes_none_above_the_slip() -> None:
    slip = of_kiosk(CASES[0])
    usual, saving = sheet(slip, Form.RASTER), sheet(slip, Form.RASTER, profile=replace(PLAIN, pulls_back=True))
    assert usual.mm - saving.mm == 15.0
    assert saving.data.endswith(b"\x1dVh\x10") and usual.data.endswith(b"\x1dVB\x10")


@ALL_FORMS
def test_a_printer_without_a_cutter_gets_no_cut_but_a_feed_past_its_tear_bar(form: Form) -> None:
    make, profile = MAKES["clone-58"], replace(PLAIN, cuts=False, head_to_cutter_mm=12.0)
    slip = of_kiosk(CASES[0])
    with_cut, torn = (
        sheet(slip, form, PAPERS[58], replace(profile, cuts=cuts, code_page=TCVN3)) for cuts in (True, False)
    )
    recorder, _ = printed(torn.data, 48, make)
    assert not recorder.cuts
    assert len(recorder.rows) == len(printed(with_cut.data, 48)[0].rows) + 12 * 8
    assert torn.mm == with_cut.mm


# --- heads


def test_a_narrow_head_prints_smaller_and_a_wide_one_longer_lines() -> None:
    narrow, wide = paper(80, 512), paper(58, 432)
    assert (narrow.dots, wide.dots) == (512, 432)
    assert narrow.text_scale < 1 and narrow.number_em < PAPERS[80].number_em
    assert wide.text_scale == PAPERS[58].text_scale and wide.width > PAPERS[58].width
    assert paper(80) is PAPERS[80] and paper(58, 384) is PAPERS[58]


@pytest.mark.parametrize(("mm", "dots"), [(80, 384), (58, 576), (80, 500), (58, 640)])
def test_a_head_that_does_not_go_with_the_roll_is_refused(mm: int, dots: int) -> None:
    with pytest.raises(ValueError, match="dots"):
        paper(mm, dots)


@ALL_FORMS
@pytest.mark.parametrize("mm", [80, 58])
def test_no_picture_is_wider_than_the_head(form: Form, mm: int) -> None:
    """A printer drops what is wider, and answers the fence behind it all the same."""
    slip = Slip("A001", (*of_kiosk(CASES[0]).elements, Number("WWWWW"), Text("Ộ " * 100, 60)))
    for dots in models.heads(mm):
        pieces = split(sheet(slip, form, paper(mm, dots), PROBED).data, 1)
        widths = [8 * (piece[4] + 256 * piece[5]) * (1 + piece[3] % 2) for piece in pieces if piece[:3] == b"\x1dv0"]
        assert widths and max(widths) <= dots, dots


def test_feeds_and_paper_count_in_the_heads_own_dots() -> None:
    slip = of_kiosk(CASES[0])
    coarse = sheet(slip, Form.RASTER, paper(80, 512), replace(PLAIN, dpi=180))
    usual = sheet(slip, Form.RASTER, paper(80, 512))
    assert coarse.data.startswith(b"\x1dP\xb4\xb4") and usual.data.startswith(b"\x1dP\xcb\xcb")
    assert coarse.mm - 15 == pytest.approx((usual.mm - 15) * 8 / (180 / 25.4))


# --- which form


UNREAD = replace(PROBED, code_page=replace(TCVN3, confirmed=False))
LINKS: Mapping[str, float | None] = {"fast": None, "460800": 46_080.0, "115200": 11_520.0, "9600": 960.0}


@pytest.mark.parametrize(
    ("asked", "profile", "link", "form"),
    [
        ("auto", PROBED, "fast", Form.RASTER),
        ("auto", PROBED, "460800", Form.RASTER),
        ("auto", PROBED, "115200", Form.FINE),
        ("auto", PROBED, "9600", Form.NATIVE),
        ("auto", UNREAD, "9600", Form.HYBRID),
        ("auto", PLAIN, "9600", Form.HYBRID),
        ("raster", PROBED, "9600", Form.RASTER),
        ("hybrid", PROBED, "9600", Form.HYBRID),
        ("hybrid", PLAIN, "115200", Form.FINE),
        ("native", PROBED, "fast", Form.NATIVE),
        ("native", UNREAD, "fast", Form.HYBRID),
        ("native", PLAIN, "9600", Form.HYBRID),
    ],
)
def test_the_form_suits_the_link_and_native_text_wants_a_person_who_read_it(
    asked: str, profile: Profile, link: str, form: Form
) -> None:
    assert choose(asked, profile, PAPERS[80], LINKS[link]) is form
