"""Slips for slow links, read back by the simulated printer.

They print the same dots with fewer bytes, and hold no command in data.
"""

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from hardware.printers import encode, models
from hardware.printers.commands import split
from hardware.printers.drawing.encoders import SlipForm, checked_for_real_time, choose_form, make_encoder
from hardware.printers.drawing.hybrid import CHARACTER_HEIGHT, HybridComposer
from hardware.printers.drawing.paper import PAPERS, PaperFormat, SlipError, paper
from hardware.printers.drawing.raster import slip_image
from hardware.printers.drawing.strip import Strip
from hardware.printers.encode import EncodedSlip
from hardware.printers.profile import Encoding, Profile, VietnameseCodePage
from hardware.simulated.printers.profiles import PROFILES
from hardware.slips.slip import Align, Number, Qr, Slip, Text
from support.recording_printer import PaperRecorder, interpret
from support.server_process import need
from support.slips import of_kiosk, slips
from support.waiting import PATIENCE_S
from tools.pictures.slip import CASES, Case, link

TCVN3 = VietnameseCodePage(Encoding.TCVN3, 30, 31, confirmed=True)
PLAIN, PROBED = Profile(), Profile(native_qr=True, code_page=TCVN3)
HEADS = {"80": paper(80), "80 narrow": paper(80, 512), "58": paper(58), "58 wide": paper(58, 432)}
ALL_HEADS = pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
ALL_FORMS = pytest.mark.parametrize("form", SlipForm)
NO_FIXTURES = [HealthCheck.function_scoped_fixture]
REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")


def sheet(slip: Slip, form: SlipForm, head: PaperFormat = PAPERS[80], profile: Profile = PLAIN) -> EncodedSlip:
    return make_encoder(form, head, profile)(slip)


def on_paper(sheet: EncodedSlip, head: PaperFormat) -> PaperRecorder:
    """Return the printed dots; no command may be unknown, and none a question."""
    recorder, interpreter = interpret(encode.RESET + sheet.data, head.dots // 8)
    assert not interpreter.unknown_commands and not recorder.replies
    return recorder


# --- any slip, any form


@ALL_HEADS
@ALL_FORMS
@given(slip=slips)
@settings(max_examples=12, deadline=None, suppress_health_check=NO_FIXTURES)
def test_no_text_of_a_slip_becomes_a_command(head: PaperFormat, form: SlipForm, slip: Slip) -> None:
    profile = replace(PROBED, process_id=True)
    made = sheet(slip, form, head, profile)
    recorder = on_paper(made, head)
    assert recorder.cuts == [len(recorder.rows)]
    whole = encode.RESET + encode.AUTOMATIC_STATUS + made.data + encode.process_id(b"0001") + encode.FENCE
    assert not any(command in whole for command in REAL_TIME)


@ALL_HEADS
@pytest.mark.parametrize("form", [SlipForm.RASTER, SlipForm.FINE, SlipForm.HYBRID, SlipForm.NATIVE])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_encoded_slip_holds_the_paper_it_takes(head: PaperFormat, form: SlipForm, case: Case) -> None:
    profile = replace(PROBED, head_to_cutter_mm=15.0)
    made = sheet(of_kiosk(case), form, head, profile)
    took_mm = len(on_paper(made, head).rows) / 8 + profile.head_to_cutter_mm
    # Where blank rows end a raster the printer is spared them: a rule of gaps, never more than this.
    assert took_mm <= made.length_mm <= took_mm + 2


@pytest.mark.parametrize("command", REAL_TIME, ids=lambda command: command.hex())
@given(before=st.binary(max_size=20), after=st.binary(max_size=20))
@settings(max_examples=20, deadline=None, suppress_health_check=NO_FIXTURES)
def test_the_last_check_lets_no_real_time_command_through(command: bytes, before: bytes, after: bytes) -> None:
    with pytest.raises(SlipError, match="real-time"):
        checked_for_real_time(EncodedSlip(before + command + after, 1.0))


@given(st.lists(st.lists(st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x00]), min_size=9, max_size=9), max_size=600))
@settings(max_examples=30, deadline=None)
def test_the_worst_of_dots_are_harmless_in_fragments_and_across_them(rows: list[list[int]]) -> None:
    black = [bytes(row) for row in rows] or [bytes(9)]
    image = Image.frombytes("1", (72, len(black)), bytes(0xFF ^ byte for row in black for byte in row))
    strip = Strip(9)
    strip.add_image(image)
    strip.add_doubled_image(image.crop((0, 0, 32, image.height)))
    data = strip.data()
    assert not any(command in data for command in REAL_TIME)


def test_no_fragment_is_longer_than_255_rows_of_paper() -> None:
    strip = Strip(72)
    strip.add_image(Image.new("1", (576, 700), 0))
    strip.add_doubled_image(Image.new("1", (288, 300), 0))
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
def test_cropped_bands_land_where_the_whole_picture_has_them(head: PaperFormat, slip: Slip) -> None:
    image = slip_image(slip, head)
    strip = Strip(head.dots // 8)
    strip.add_image(image)
    recorder, interpreter = interpret(encode.RESET + encode.motion_units(203) + strip.data(), head.dots // 8)
    assert not interpreter.unknown_commands
    recorder.feed(image.height)  # blank rows at the end are left out
    wanted, got = b"".join(encode.rows_of(image)), b"".join(recorder.rows[: image.height])
    # One dot more only where a byte begins what would have read like a real-time command.
    assert all(there == asked or (asked, there) == (0x10, 0x30) for asked, there in zip(wanted, got, strict=True))


def test_a_printer_that_ignores_the_side_still_prints_every_line() -> None:
    line = Slip("A001", (Text("Nếu lỡ lượt, mời báo lại cán bộ tại quầy.", align=Align.CENTRE),))
    data = sheet(line, SlipForm.HYBRID).data
    assert b"\x1ba\x01" in data
    deaf, _ = interpret(data.replace(b"\x1ba\x01", b""), 72)
    plain, _ = interpret(data, 72)
    assert _ink(deaf) == _ink(plain) > 500


def _ink(recorder: PaperRecorder) -> int:
    return recorder.image().convert("L").histogram()[0]


@ALL_HEADS
@pytest.mark.parametrize(
    ("form", "profile"),
    [(SlipForm.FINE, PLAIN), (SlipForm.HYBRID, PLAIN), (SlipForm.HYBRID, PROBED), (SlipForm.NATIVE, PROBED)],
    ids=["fine", "hybrid", "hybrid, native code", "native"],
)
def test_the_code_is_read_back_from_the_paper(
    head: PaperFormat, form: SlipForm, profile: Profile, tmp_path: Path
) -> None:
    path = tmp_path / "slip.png"
    on_paper(sheet(of_kiosk(CASES[0]), form, head, profile), head).save(path, head.paper_mm)
    run = subprocess.run([need("zbarimg"), "-q", "--raw", path], capture_output=True, text=True, timeout=PATIENCE_S)
    assert run.stdout.strip() == link()


@pytest.mark.parametrize("number", ["A015", "M1015", "MM1015"])
@ALL_HEADS
def test_the_number_is_as_large_as_the_head_allows_in_the_printers_own_digits(head: PaperFormat, number: str) -> None:
    slow = HybridComposer(head, PLAIN)
    slow.add_number(Number(number))
    times = slow.strip.rows // CHARACTER_HEIGHT
    assert times == min(8, head.dots // (12 * len(number)))
    recorder, _ = interpret(slow.strip.data(), head.dots // 8)
    left, _, right, _ = recorder.image().convert("L").point(lambda value: 255 - value).getbbox() or (0, 0, 0, 0)
    assert right - left > 0.55 * head.dots * min(1, len(number) / 4) - 12 * times
    # In the middle, but for the white that a letter has at its sides.
    assert abs(left - (head.dots - right)) <= 4 * times


def test_a_printer_without_large_letters_gets_its_number_drawn() -> None:
    drawn = sheet(Slip("A015", (Number("A015"),)), SlipForm.HYBRID, profile=replace(PLAIN, largest=1))
    assert drawn == sheet(Slip("A015", (Number("A015"),)), SlipForm.FINE)
    assert b"A015" not in drawn.data


def test_a_code_that_does_not_fit_is_refused_in_every_form() -> None:
    for form in SlipForm:
        with pytest.raises(SlipError):
            sheet(Slip("A001", (Qr("x" * 181),)), form, profile=PROBED)


def test_a_code_that_is_not_plain_text_is_drawn_even_where_the_printer_could() -> None:
    slip = Slip("A001", (Qr("http://luot.vn/ấ"),))
    assert b"\x1d(k" not in sheet(slip, SlipForm.HYBRID, profile=PROBED).data


# --- how many bytes, how much paper


@pytest.mark.parametrize(
    ("form", "profile", "compact", "most"),
    [
        (SlipForm.RASTER, PLAIN, False, 66_000),
        (SlipForm.FINE, PLAIN, False, 20_500),
        (SlipForm.HYBRID, PLAIN, True, 11_700),
        (SlipForm.HYBRID, PROBED, True, 10_000),
        (SlipForm.NATIVE, PROBED, False, 900),
        (SlipForm.NATIVE, PROBED, True, 600),
    ],
)
@pytest.mark.parametrize("mm", [80, 58])
def test_a_slip_takes_no_more_bytes_than_its_link_can_bear(
    form: SlipForm, profile: Profile, compact: bool, most: int, mm: int
) -> None:
    assert len(sheet(of_kiosk(CASES[0], compact=compact), form, PAPERS[mm], profile).data) <= most


@pytest.mark.parametrize("case", [case for case in CASES if not case.papers], ids=lambda case: case.name)
@pytest.mark.parametrize("form", [SlipForm.RASTER, SlipForm.FINE])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_slip_is_longer_than_allowed_beyond_what_the_cutter_wastes(
    case: Case, form: SlipForm, language: str
) -> None:
    for mm, longest in ((80, 140), (58, 160)):
        made = sheet(of_kiosk(case, language), form, PAPERS[mm], replace(PLAIN, pulls_back=True))
        assert made.length_mm <= longest


def test_a_printer_that_draws_its_paper_back_wastes_none_above_the_slip() -> None:
    slip = of_kiosk(CASES[0])
    usual, saving = sheet(slip, SlipForm.RASTER), sheet(slip, SlipForm.RASTER, profile=replace(PLAIN, pulls_back=True))
    assert usual.length_mm - saving.length_mm == 15.0
    assert saving.data.endswith(b"\x1dVh\x10") and usual.data.endswith(b"\x1dVB\x10")


@ALL_FORMS
def test_a_printer_without_a_cutter_gets_no_cut_but_a_feed_past_its_tear_bar(form: SlipForm) -> None:
    make, profile = PROFILES["clone-58"], replace(PLAIN, cuts=False, head_to_cutter_mm=12.0)
    slip = of_kiosk(CASES[0])
    with_cut, torn = (
        sheet(slip, form, PAPERS[58], replace(profile, cuts=cuts, code_page=TCVN3)) for cuts in (True, False)
    )
    recorder, _ = interpret(torn.data, 48, make)
    assert not recorder.cuts
    assert len(recorder.rows) == len(interpret(with_cut.data, 48)[0].rows) + 12 * 8
    assert torn.length_mm == with_cut.length_mm


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
def test_no_picture_is_wider_than_the_head(form: SlipForm, mm: int) -> None:
    """A printer drops dots beyond its head, and still answers the fence."""
    slip = Slip("A001", (*of_kiosk(CASES[0]).elements, Number("WWWWW"), Text("Ộ " * 100, 60)))
    for dots in models.head_widths(mm):
        pieces = split(sheet(slip, form, paper(mm, dots), PROBED).data, 1)
        widths = [8 * (piece[4] + 256 * piece[5]) * (1 + piece[3] % 2) for piece in pieces if piece[:3] == b"\x1dv0"]
        assert widths and max(widths) <= dots, dots


def test_feeds_and_paper_count_in_the_heads_own_dots() -> None:
    slip = of_kiosk(CASES[0])
    coarse = sheet(slip, SlipForm.RASTER, paper(80, 512), replace(PLAIN, dpi=180))
    usual = sheet(slip, SlipForm.RASTER, paper(80, 512))
    assert coarse.data.startswith(b"\x1dP\xb4\xb4") and usual.data.startswith(b"\x1dP\xcb\xcb")
    assert coarse.length_mm - 15 == pytest.approx((usual.length_mm - 15) * 8 / (180 / 25.4))


# --- which form


UNREAD = replace(PROBED, code_page=replace(TCVN3, confirmed=False))
LINKS: Mapping[str, float | None] = {"fast": None, "460800": 46_080.0, "115200": 11_520.0, "9600": 960.0}


@pytest.mark.parametrize(
    ("asked", "profile", "link", "form"),
    [
        ("auto", PROBED, "fast", SlipForm.RASTER),
        ("auto", PROBED, "460800", SlipForm.RASTER),
        ("auto", PROBED, "115200", SlipForm.FINE),
        ("auto", PROBED, "9600", SlipForm.NATIVE),
        ("auto", UNREAD, "9600", SlipForm.HYBRID),
        ("auto", PLAIN, "9600", SlipForm.HYBRID),
        ("raster", PROBED, "9600", SlipForm.RASTER),
        ("hybrid", PROBED, "9600", SlipForm.HYBRID),
        ("hybrid", PLAIN, "115200", SlipForm.FINE),
        ("native", PROBED, "fast", SlipForm.NATIVE),
        ("native", UNREAD, "fast", SlipForm.HYBRID),
        ("native", PLAIN, "9600", SlipForm.HYBRID),
    ],
)
def test_the_form_suits_the_link_and_native_text_needs_a_confirmed_page(
    asked: str, profile: Profile, link: str, form: SlipForm
) -> None:
    assert choose_form(asked, profile, PAPERS[80], LINKS[link]) is form
