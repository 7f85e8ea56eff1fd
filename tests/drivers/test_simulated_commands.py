"""The simulated printer, command by command: bytes in, dots and replies out.

The commands are as the makers describe them; there is no plug.
"""

import io
import subprocess
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hardware.simulated.printers.builtin_font import BuiltinFont, draw_cell
from hardware.simulated.printers.codepages import character
from hardware.simulated.printers.interpreter import Interpreter
from hardware.simulated.printers.profiles import EPSON, PROFILES, DeviceProfile

HEAD = 576
QR_DATA = b"http://127.0.0.1:8471/t/Qm3vX9bTzK4nWc7LrYpE2g"


class AllTaken(Exception):
    """The bytes are used up."""


class Plotter:
    """A mechanism that only notes."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []
        self.cuts: list[tuple[int, int | None]] = []
        self.replies = b""
        self.pulses = 0
        self.torn_at = -1

    def print_row(self, dots: bytes) -> bool:
        self.rows.append(dots[: HEAD // 8].ljust(HEAD // 8, b"\0"))
        return len(self.rows) != self.torn_at

    def feed(self, rows: int) -> None:
        self.rows.extend([bytes(HEAD // 8)] * rows)

    def cut(self, *, feed_rows: int | None, retract: bool = False) -> None:
        self.cuts.append((len(self.rows), feed_rows))

    def paper_status_byte(self) -> int:
        return 0

    def reply(self, data: bytes) -> None:
        self.replies += data

    def enable_automatic_status(self, mask: int) -> None:
        self.mask = mask

    def open_drawer(self) -> None:
        self.pulses += 1

    def picture(self) -> Image.Image:
        return Image.frombytes("1", (HEAD, len(self.rows)), b"".join(self.rows))


def run(data: bytes, make: DeviceProfile = EPSON, torn_at: int = -1) -> tuple[Plotter, Interpreter]:
    """Everything in ``data``, one command after the other."""
    plotter, source = Plotter(), io.BytesIO(data)
    plotter.torn_at = torn_at

    def take(count: int) -> bytes:
        taken = source.read(count)
        if len(taken) < count:
            raise AllTaken
        return taken

    interpreter = Interpreter(take, plotter, plotter, make, HEAD)
    try:
        while True:
            interpreter.step()
    except AllTaken:
        return plotter, interpreter


def plot(data: bytes, make: DeviceProfile = EPSON) -> Plotter:
    """As ``run``, where every byte must have been understood."""
    plotter, interpreter = run(data, make)
    assert interpreter.unknown_commands == {}
    return plotter


def box(picture: Image.Image) -> tuple[int, int, int, int]:
    box = picture.getbbox()
    assert box is not None
    return box


def text_of(line: Sequence[str], font: BuiltinFont = BuiltinFont.A) -> Image.Image:
    """The cells side by side."""
    whole = Image.new("1", (font.width * len(line), font.height), 0)
    for at, letter in enumerate(line):
        whole.paste(draw_cell(letter, font), (at * font.width, 0))
    return whole


def test_characters_stand_in_cells_of_twelve_by_twenty_four() -> None:
    plotter = plot(b"\x1b@A012\n")
    assert len(plotter.rows) == 30  # the usual line, 24 of it letters
    assert plotter.picture().crop((0, 0, 48, 24)).tobytes() == text_of("A012").tobytes()
    assert plotter.picture().getbbox() == text_of("A012").getbbox()


@pytest.mark.parametrize(("size", "wide", "high"), [(0x00, 1, 1), (0x55, 6, 6), (0x10, 2, 1), (0x07, 1, 8)])
def test_gs_size_multiplies_each_dot(size: int, wide: int, high: int) -> None:
    plotter = plot(b"\x1d!" + bytes([size]) + b"A0\n")
    assert len(plotter.rows) == max(30, 24 * high)
    large = text_of("A0").resize((24 * wide, 24 * high), Image.Resampling.NEAREST)
    assert plotter.picture().crop((0, 0, 24 * wide, 24 * high)).tobytes() == large.tobytes()


def test_esc_print_mode_sets_font_weight_size_and_underline_together() -> None:
    plotter = plot(b"\x1b!\x01x\x1b!\x38x\x1b!\x80x\x1b!\x00x\n")
    small, large = draw_cell("x", BuiltinFont.B), draw_cell("x", BuiltinFont.A)
    whole = plotter.picture()
    assert len(plotter.rows) == 48
    # All stand on the line's bottom: 9 × 17, then 24 × 48, then 12 × 24 underlined and plain.
    assert whole.crop((0, 31, 9, 48)).tobytes() == small.tobytes()
    doubled = whole.crop((9, 0, 33, 48))
    assert doubled.histogram()[255] > 4 * large.histogram()[255]  # bold besides
    assert all(whole.getpixel((x, 47)) for x in range(33, 45))
    assert whole.crop((45, 24, 57, 48)).tobytes() == large.tobytes()


@pytest.mark.parametrize(("how", "left"), [(b"0", 0), (b"\x01", 276), (b"2", 552)])
def test_lines_rasters_and_symbols_are_justified(how: bytes, left: int) -> None:
    justify = b"\x1ba" + how
    assert box(plot(justify + b"HH\n").picture())[0] == left + box(draw_cell("H", BuiltinFont.A))[0]
    assert box(plot(justify + b"\x1dv0\0\x03\0\x01\0\xff\xff\xff").picture()) == (left, 0, left + 24, 1)
    symbol = box(plot(justify + b"\x1d(k\x04\x001P0A\x1d(k\x03\x001Q0").picture())
    assert symbol[2] - symbol[0] == 3 * 21 and symbol[0] in (0, (HEAD - 63) // 2, HEAD - 63)


def test_left_margin_width_and_place_move_what_is_printed() -> None:
    assert box(plot(b"\x1dL\x20\0\x1dv0\0\x01\0\x01\0\xff").picture())[0] == 32
    assert box(plot(b"\x1dL\x20\0\x1b$\x40\0\x1dv0\0\x01\0\x01\0\xff").picture())[0] == 96
    assert box(plot(b"\x1dL\x20\0\x1dW\x40\0\x1ba\x02\x1dv0\0\x01\0\x01\0\xff").picture())[0] == 32 + 64 - 8
    assert box(plot(b"\x1b$\x40\0H\n").picture())[0] == 64 + box(draw_cell("H", BuiltinFont.A))[0]
    # The next thing begins at the margin again.
    assert box(plot(b"\x1b$\x40\0\x1dv0\0\x01\0\x01\0\0\x1dv0\0\x01\0\x01\0\xff").picture())[0] == 0


def test_motion_units_scale_feeds_and_places() -> None:
    assert len(plot(b"\x1dP\xcb\xcb\x1bJ\x18").rows) == 24
    assert len(plot(b"\x1dP\x65\x65\x1bJ\x18").rows) == 48
    assert len(plot(b"\x1bd\x03").rows) == 90
    assert len(plot(b"\x1b3\x28\n\x1b2\n").rows) == 70


def test_a_line_that_is_full_goes_on_in_the_next() -> None:
    plotter = plot(b"M" * 49 + b"\n")
    assert len(plotter.rows) == 60
    assert box(plotter.picture().crop((0, 30, HEAD, 60)))[2] <= 12


@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_rasters_may_be_doubled(mode: int) -> None:
    wide, high = 1 + mode % 2, 1 + mode // 2
    plotter = plot(b"\x1dv0" + bytes([mode]) + b"\x01\0\x01\0\xf0")
    assert box(plotter.picture()) == (0, 0, 4 * wide, high)


def test_vietnamese_is_all_there_in_epsons_two_pages() -> None:
    small = {character(byte, "tcvn3-1") for byte in range(0x80, 0x100)} - {" "}
    capital = {character(byte, "tcvn3-2") for byte in range(0x80, 0x100)} - {" "}
    assert len(small) == len(capital) == 67
    assert {letter.upper() for letter in small} == capital
    plotter = plot(b"\x1bt\x1e" + bytes((0xE8, 0xF8, 0xF9)) + b"\x1bt\x1f" + bytes((0xE8, 0xA7)) + b"\n")
    assert plotter.picture().crop((0, 0, 60, 24)).tobytes() == text_of("ốứựỐĐ").tobytes()


def test_a_clone_prints_its_own_page_under_epsons_number() -> None:
    clone = PROFILES["clone"]
    shown = plot(b"\x1c.\x1bt\x1e" + bytes((0xE8, 0xF9)) + b"\n", clone).picture()
    assert shown.crop((0, 0, 24, 24)).tobytes() == text_of("čů").tobytes()


def test_a_clone_reads_high_bytes_in_pairs_until_that_is_switched_off() -> None:
    pairs = plot(b"\xe8\xf9\n", PROFILES["clone"]).picture()
    assert box(pairs)[2] > 12 and pairs.tobytes() != plot(b"\x1c.\xe8\xf9\n", PROFILES["clone"]).picture().tobytes()


def test_windows_marks_take_a_cell_of_their_own_unless_the_make_composes() -> None:
    data = b"\x1bt\x34\xea\xec\n"  # ê and an acute
    apart, joined = plot(data).picture(), plot(data, replace(EPSON, composes_marks=True)).picture()
    assert joined.crop((0, 0, 12, 24)).tobytes() == draw_cell("ế", BuiltinFont.A).tobytes()
    assert box(joined)[2] <= 12 < box(apart)[2]


def test_a_page_the_make_does_not_have_changes_nothing_and_is_noted() -> None:
    plotter, interpreter = run(b"\x1bt\x1e\xe8\n", PROFILES["epson-old"])
    assert interpreter.unknown_commands == {"ESC t 30": 1}
    assert plotter.picture().crop((0, 0, 12, 24)).tobytes() == draw_cell("Φ", BuiltinFont.A).tobytes()


@pytest.mark.parametrize(("module", "level"), [(3, b"0"), (6, b"1"), (8, b"3")])
def test_the_printers_own_symbol_is_read_by_another_program(module: int, level: bytes) -> None:
    store = b"\x1d(k" + (len(QR_DATA) + 3).to_bytes(2, "little") + b"1P0" + QR_DATA
    data = b"\x1d(k\x04\x001A2\0\x1d(k\x03\x001C" + bytes([module]) + b"\x1d(k\x03\x001E" + level
    picture = plot(data + store + b"\x1d(k\x03\x001Q0").picture()
    left, top, right, bottom = box(picture)
    assert (right - left) % module == 0 and right - left == bottom - top
    paper = Image.new("1", (HEAD + 80, picture.height + 80), 1)
    paper.paste(picture.point(lambda value: 255 - value), (40, 40))
    out = io.BytesIO()
    paper.save(out, "PNG")
    read = subprocess.run(["zbarimg", "-q", "--raw", "-"], input=out.getvalue(), capture_output=True, check=True)
    assert read.stdout.strip() == QR_DATA


def test_a_symbol_without_data_and_one_too_wide_are_not_printed() -> None:
    for data in (b"\x1d(k\x03\x001Q0", b"\x1d(k\x03\x001C\x10\x1d(k\xc8\x001P0" + b"x" * 197 + b"\x1d(k\x03\x001Q0"):
        plotter, interpreter = run(data)
        assert plotter.rows == [] and sum(interpreter.unknown_commands.values()) == 1


def test_all_forms_of_cutting() -> None:
    assert plot(b"\x1dV\0\x1dV1\x1dVA\x08\x1dVB\0\x1dVh\x02").cuts == [(0, None), (0, None), (0, 8), (0, 0), (0, 2)]
    plotter, interpreter = run(b"text\x1dV\0")
    assert plotter.cuts == [] and interpreter.unknown_commands == {"GS V within a line": 1}


def test_answers_in_their_turn() -> None:
    assert plot(b"\x1dr\x01").replies == b"\0"
    assert plot(b"\x1dr2").replies == b"\0"
    assert plot(b"\x1d(H\x06\x0000 ~0A").replies == b"\x37\x22 ~0A\0"
    assert plot(b"\x1dIB\x1dIC").replies == b"\x5fEPSON\0\x5fTM-T20III\0"
    assert plot(b"\x1dIB\x1dIC", PROFILES["clone"]).replies == b"\x5fEPOSN\0\x5fTM-T88V\0"


@pytest.mark.parametrize(
    ("make", "question"),
    [("clone", b"\x1d(H\x06\x00000042"), ("mute", b"\x1dr\x01"), ("mute", b"\x1dIC"), ("clone-58", b"\x1dIB")],
)
def test_a_make_without_a_query_does_not_reply_to_it(make: str, question: bytes) -> None:
    plotter, interpreter = run(question, PROFILES[make])
    assert plotter.replies == b"" and sum(interpreter.unknown_commands.values()) == 1


def test_real_time_commands_are_nothing_in_their_turn() -> None:
    data = b"\x10\x04\x01\x10\x05\x02\x10\x14\x01\x00\x01\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
    plotter = plot(data + b"\x1dr\x01")
    assert plotter.rows == [] and plotter.replies == b"\0"


def test_a_reset_forgets_the_line_and_every_setting() -> None:
    plotter = plot(b"\x1ba\x01\x1d!\x11\x1dL\x40\0\x1bt\x1eab\x1b@H\n")
    assert len(plotter.rows) == 30
    assert plotter.picture().crop((0, 0, 12, 24)).tobytes() == draw_cell("H", BuiltinFont.A).tobytes()
    assert plotter.mask == 0


def test_a_raster_split_by_the_papers_end_becomes_text_on_makes_that_lose_their_place() -> None:
    data = b"\x1dv0\0\x01\0\x0a\0" + b"AAAAAAAAAA" + b"\n"
    plotter, interpreter = run(data, torn_at=4)
    assert interpreter.unknown_commands == {"a raster torn by the end of the paper": 1}
    assert plotter.picture().crop((0, 4, 72, 28)).tobytes() == text_of("AAAAAA").tobytes()


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b"\x1b", b"\x1d", b"\x1d(k", b"\x10\x14", b"\x1dv0"])))
)
def test_no_bytes_whatever_stop_it(pieces: list[bytes]) -> None:
    for make in (EPSON, PROFILES["clone"], PROFILES["mute"]):
        run(b"".join(pieces), make)
