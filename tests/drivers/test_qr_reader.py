"""The twin's QR reader reads symbols of another encoder and of a real slip."""

import pytest
import qrcode  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode.constants import (  # type: ignore[import-untyped]
    ERROR_CORRECT_H,
    ERROR_CORRECT_L,
    ERROR_CORRECT_M,
    ERROR_CORRECT_Q,
)

from hardware.printers.encode import without_real_time_commands
from hardware.simulated.printers.qr_reader import read_qr


def printed(text: str, level: int, module: int, place: tuple[int, int] = (40, 25)) -> list[bytes]:
    """Rows of a head of 576 dots with the symbol on them."""
    symbol = qrcode.QRCode(error_correction=level, box_size=module, border=0)
    symbol.add_data(text)
    picture = symbol.make_image().get_image().convert("1")
    paper = Image.new("1", (576, picture.height + 50), 1)
    paper.paste(picture, place)
    raw = bytes(0xFF ^ byte for byte in paper.tobytes())
    return [without_real_time_commands(raw[at : at + 72]) for at in range(0, len(raw), 72)]


@pytest.mark.parametrize("level", [ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q, ERROR_CORRECT_H])
@pytest.mark.parametrize("module", [2, 3, 6])
def test_a_slips_link_is_read_at_every_level_and_size(level: int, module: int) -> None:
    link = "http://127.0.0.1:8471/t/Qm3vX9bTzK4nWc7LrYpE2g"
    assert read_qr(printed(link, level, module)) == link


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120))
def test_any_text_is_read_back(text: str) -> None:
    assert read_qr(printed(text, ERROR_CORRECT_M, 3)) == text


@pytest.mark.parametrize("text", ["0123456789", "7", "42", "HTTPS://A.VN/T/Q", "ABC"])
def test_the_short_modes_of_digits_and_capitals_too(text: str) -> None:
    assert read_qr(printed(text, ERROR_CORRECT_L, 4)) == text


@settings(deadline=None)
@given(st.lists(st.binary(min_size=12, max_size=12), max_size=40))
def test_dots_without_a_symbol_have_no_text(rows: list[bytes]) -> None:
    assert read_qr(rows) is None
