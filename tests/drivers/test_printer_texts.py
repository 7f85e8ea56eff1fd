"""No text on a slip becomes a command to the printer.

The bytes sent are parsed here by the maker's command table, independently of the driver.
"""

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hardware.printers.drawing.encoders import SlipForm, make_encoder
from hardware.printers.drawing.paper import PAPERS, SlipError
from hardware.printers.profile import Encoding, Profile, VietnameseCodePage
from hardware.slips.slip import Inverse, Number, Pair, Qr, Slip, Text

EVIL = [*"\x1b\x1d\x10\x1c\r\n\x00\x04\x7f\x9b\u200b\u202e\u2066\ufeff\u0301\ue000\ud800\U000e0041 @pV"]
TEXTS = st.lists(st.sampled_from(EVIL) | st.characters(exclude_categories=()), min_size=1, max_size=16).map("".join)
# What has no length of its own in it: the command and how many bytes follow. No pulse, no power, no memory, no macro.
FIXED = {b"\x1b@": 0, b"\x1bt": 1, b"\x1bE": 1, b"\x1ba": 1, b"\x1b3": 1, b"\x1bJ": 1, b"\x1d!": 1, b"\x1dB": 1}
FIXED |= {b"\x1b2": 0, b"\x1dP": 2, b"\x1c.": 0}
TCVN3 = VietnameseCodePage(Encoding.TCVN3, 30, 31)


def read(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return the letters and the codes' contents.

    Every other byte is a command of the table above, or dots.
    """
    letters, codes, at = bytearray(), [], 0
    while at < len(data):
        head = data[at : at + 2]
        if head in FIXED:
            at += 2 + FIXED[head]
        elif data[at : at + 3] == b"\x1dv0":
            wide, high = (int.from_bytes(data[at + 4 + n : at + 6 + n], "little") for n in (0, 2))
            at += 8 + wide * high
        elif data[at : at + 3] == b"\x1d(k":
            end = at + 5 + int.from_bytes(data[at + 3 : at + 5], "little")
            if data[at + 5 : at + 8] == b"1P0":
                codes.append(data[at + 8 : end])
            at = end
        elif cut := re.match(rb"\x1dV(?:[\x00\x01\x30\x31]|[\x41\x42].)", data[at:], re.DOTALL):
            at += cut.end()
        else:
            assert data[at] == 0x0A or 0x20 <= data[at] < 0x7F or data[at] >= 0x80, data[at : at + 8].hex(" ")
            letters.append(data[at])
            at += 1
    assert at == len(data)
    return bytes(letters), codes


@pytest.mark.parametrize("form", [SlipForm.HYBRID, SlipForm.NATIVE, SlipForm.RASTER])
def test_with_any_text_a_slip_is_dots_letters_and_known_commands(form: SlipForm) -> None:
    encode = make_encoder(form, PAPERS[80], Profile(code_page=TCVN3))

    @given(number=TEXTS, text=TEXTS, code=TEXTS)
    @example(number="A1\x1bp\x00", text="\x10\x14\x01", code="\x1d(k")
    @example(number="A001", text="x", code="A001\x10\x04\x01")
    @settings(max_examples=40, deadline=None)
    def holds(number: str, text: str, code: str) -> None:
        slip = Slip("A001", (Number(number), Text(text), Pair(text, number), Inverse(text), Qr(code)))
        try:
            data = encode(slip).data
        except SlipError:
            return  # reported, and nothing is printed
        letters, codes = read(data)
        assert all(unicodedata.category(chr(code)) != "Cc" or code == 0x0A for code in letters if code < 0x80)
        assert codes in ([], [code.encode()])

    holds()
