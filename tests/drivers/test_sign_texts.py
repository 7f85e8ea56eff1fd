"""No text becomes a command: only the frames of the maker's page are sent.

The readers of frames here are written from the pages, byte by byte, and share no code with the drivers.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sign_rules import KINDS, Kind

from config.settings import CounterStationSettings
from hardware.open.signs import open_sign
from hardware.ports import SignFace
from hardware.serial_bus.bus import SerialBuses
from hardware.signs.bus_sign import BusSign
from hardware.signs.console import ConsoleSign
from hardware.signs.rendering import render

EVIL = [
    "\x1b",
    "\r",
    "\n",
    "\x00",
    "\x02",
    "\x03",
    "\x0c",
    "\x18",
    "\x7f",
    "\x9b",
    "\u200b",
    "\u202e",
    "\u2066",
    "\ufeff",
]
EVIL += ["\u0301", "\ue000", "\ud800", "\U000e0041", "\u0661", "\uff11", "\u00b2", "Á", "K", "0", "1", "A", "-", " "]
# Every code point there is, the halves of pairs too, and more often those that mean something to a device.
TEXTS = st.lists(st.sampled_from(EVIL) | st.characters(exclude_categories=()), max_size=24).map("".join)
FACES = st.builds(SignFace, TEXTS | st.none(), blink=st.booleans(), paused=st.booleans(), below=TEXTS) | st.builds(
    SignFace, st.just("A001"), word=TEXTS, below=TEXTS
)


def crc(data: bytes) -> bytes:
    """CRC-16/MODBUS by its other definition: a division of polynomials, bits counted from the lowest."""
    bits = int.from_bytes(data, "little") ^ 0xFFFF
    for place in range(8 * len(data)):
        if bits >> place & 1:
            bits ^= 0x14003 << place  # x^16 + x^15 + x^2 + 1, the highest power in bit 0
    return (bits >> 8 * len(data)).to_bytes(2, "little")


def cd5220(data: bytes) -> None:
    assert re.fullmatch(rb"\x1bQA[ -~]{20}\r\x1bQB[ -~]{20}\r", data), data


def modbus(data: bytes) -> None:
    """Check that only registers of the sheet at address 3 are written.

    Nothing may be before, between or behind the frames.
    """
    while data:
        address, function = data[0], data[1]
        assert (address, function in (6, 16)) == (3, True)
        first = int.from_bytes(data[2:4], "big")
        count = int.from_bytes(data[4:6], "big") if function == 16 else 1
        length = 6 if function == 6 else 7 + data[6]
        assert function == 6 or data[6] == 2 * count
        assert first + count <= 6 or 1000 <= first <= first + count <= 1003
        assert crc(data[:length]) == data[length : length + 2]
        data = data[length + 2 :]


def page(data: bytes) -> None:
    match = re.fullmatch(rb"\x02(03W[ -~]{5}\x03)(.)", data, re.DOTALL)
    assert match, data
    total = 0
    for byte in match[1]:
        total ^= byte
    assert match[2][0] == total


def answering_page(data: bytes) -> None:
    match = re.fullmatch(rb"\xaaU(03(?:[NB][ -~]{5}|[CPE]))([0-9A-F]{4})\r", data)
    assert match, data
    assert bytes.fromhex(match[2].decode())[::-1] == crc(match[1])


def segments(data: bytes) -> None:
    assert re.fullmatch(rb"(\xff\x83[\x3f\x06\x5b\x4f\x66\x6d\x7d\x07\x7f\x6f\x00\x40]{4}){1,2}", data), data


PAGES: Mapping[str, Callable[[bytes], None]] = {"cd5220": cd5220, "modbus": modbus}
TEMPLATES = {
    "template without answers": page,
    "template that answers, frames of its own for every look": answering_page,
}


def reader(kind: Kind) -> Callable[[bytes], None]:
    return PAGES.get(kind.sign["kind"]) or TEMPLATES.get(kind.name, segments)


class Wire:
    """A bus on which nothing is sent by itself."""

    def mono_s(self) -> float:
        return 0.0

    def attach(self, device: object, *, replies: bool) -> int:
        return 0

    def wake(self) -> None:
        """Do nothing: there is no thread."""


class Wires(SerialBuses):
    """Buses without threads."""

    def bus(self, *_args: object, **_kwargs: object) -> Wire:  # type: ignore[override]
        return Wire()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_whatever_the_text_only_frames_of_the_makers_page_leave(kind: Kind) -> None:
    counter = {"desks": [{"counter": "c1", "sign": {"port": "-"} | kind.sign}], "signs": kind.sheets}
    station = CounterStationSettings.model_validate(counter)
    sign = open_sign(station.desks[0].sign, Wires(lambda: 0.0), station.signs, "sign-c1")
    assert isinstance(sign, BusSign)
    read = reader(kind)

    @given(face=FACES)
    @example(face=SignFace("A0\r15"))
    @example(face=SignFace("A001", word="E\rr", below="\x1b@"))
    @example(face=SignFace("٠١٥"))
    def holds(face: SignFace) -> None:
        sign.show(face)
        wanted, since_s = sign._requested
        for now_s in (0.0, 0.1, 0.3, 0.6, 5.0):
            content, _ = render(
                wanted, since_s, now_s, blinks=sign._model.blinks, shows_refusals=sign._model.shows_refusals
            )
            for is_repeat in (False, True):
                for frame in sign._model.frames(content, is_repeat=is_repeat):
                    read(frame.data)

    holds()


@given(face=FACES)
@example(face=SignFace("\x1b[2J"))
@example(face=SignFace("\u202e510A"))
def test_no_text_is_a_command_to_the_terminal_that_a_log_is_read_in(face: SignFace) -> None:
    class Log:
        line: str = ""

        def info(self, form: str, *values: object) -> None:
            self.line = form % values

    written = Log()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hardware.signs.console.log", written)
        ConsoleSign("sign-c1").show(face)
    assert not any(unicodedata.category(char)[0] == "C" for char in written.line)
    written.line.encode()
