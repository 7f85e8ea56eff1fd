"""Sheets: the examples of docs/SIGNS.md send the bytes below them.

All mistakes are reported at once, in words.
"""

import re
import tomllib
from pathlib import Path

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from config.devices import SignSettings
from config.frames import parse_frame
from config.load import ConfigError, load_settings
from config.settings import CounterStationSettings, Settings
from hardware.open.signs import _template
from hardware.signs.checksums import CHECKSUMS
from hardware.signs.fitting import SignCapacity
from hardware.signs.rendering import DARK, DisplayMode, SignContent

PAGE = (Path(__file__).parents[2] / "docs" / "SIGNS.md").read_text(encoding="utf-8")
TOMLS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
BYTES = re.findall(r"^Address 3: `([0-9A-F ]+)`$", PAGE, re.MULTILINE)
SHOWS = ("A015", "A015", "015")


def mistakes(tmp_path: Path, counter: dict[str, object]) -> list[str]:
    file = tmp_path / "hall.toml"
    file.write_text(tomli_w.dumps({"counter": counter}), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_settings(file)
    return [mistake.removeprefix(f"{file}: ") for mistake in refused.value.mistakes]


def test_every_example_of_the_page_can_be_used() -> None:
    for text in TOMLS:
        Settings.model_validate(tomllib.loads(text))
    assert len(BYTES) == 3


@pytest.mark.parametrize("place", range(3))
def test_the_bytes_under_an_example_are_those_that_are_sent(place: int) -> None:
    (sheet,) = CounterStationSettings.model_validate(tomllib.loads(TOMLS[place])["counter"]).signs.values()
    assert sheet.kind == "template"
    make = _template(SignSettings(kind="template", address=3), sheet)
    text = make.capacity.text("A015")
    assert text == SHOWS[place]
    frames = list(make.frames(SignContent(DisplayMode.STEADY, text)))
    assert {frame.data.hex(" ").upper() for frame in frames} == {BYTES[place]}
    assert len(frames) == sheet.repeat
    assert next(iter(make.frames(DARK))).data != frames[0].data


def test_checksums_are_those_of_known_tables() -> None:
    values = {name: count(b"123456789") for name, (count, _) in CHECKSUMS.items()}
    # The check value of CRC-16/MODBUS is published; the others are added up by hand.
    assert values == {"none": 0, "sum8": 477 % 256, "xor8": 0x31, "lrc": 256 - 477 % 256, "crc16": 0x4B37}


@pytest.mark.parametrize(
    ("changed", "end"),
    [
        ({}, "37 4b"),
        ({"checksum_order": "high_first"}, "4b 37"),
        ({"checksum_as": "hex"}, "33 37 34 42"),
    ],
)
def test_a_crc_is_sent_in_the_order_of_its_sheet(changed: dict[str, str], end: str) -> None:
    sheet = {"kind": "template", "frame": "02 [ payload ] checksum", "width": 9, "checksum": "crc16"} | changed
    (page,) = CounterStationSettings.model_validate({"signs": {"page": sheet}}).signs.values()
    assert page.kind == "template"
    (frame,) = _template(SignSettings(kind="template"), page).frames(SignContent(DisplayMode.STEADY, "123456789"))
    assert frame.data.hex(" ") == f"02 31 32 33 34 35 36 37 38 39 {end}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("02 payload G3", "'G3' is neither a hex pair"),
        ("02 payloud", "'payloud' cannot stand here"),
        ("02 payload payload", "payload stands there twice"),
        ("02 [ payload", "one [ and one ]"),
        ("02 payload checksum", "a checksum wants [ and ]"),
        ("02 [ payload checksum ]", "cannot be counted over itself"),
        ("02 'Đ' payload", "is neither a hex pair"),
    ],
)
def test_an_impossible_frame_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_frame(text)


def test_a_frame_is_read_as_the_page_writes_it() -> None:
    assert parse_frame("02[address'W 1'payload 0d]checksum") == (
        b"\x02",
        "[",
        "address",
        b"W 1",
        "payload",
        b"\x0d",
        "]",
        "checksum",
    )


def test_mistakes_of_sheets_and_wires_come_all_at_once_with_suggestions(tmp_path: Path) -> None:
    led = {"kind": "modbus", "encoding": "ascii_per_reg", "parity": "even"}
    page = {"kind": "template", "frame": "02 address payload", "address": "byte", "address_offset": 100}
    desks = [
        {"counter": "c1", "sign": {"kind": "modbus", "model": "ledd", "port": "/dev/a"}},
        {"counter": "c2", "sign": {"kind": "modbus", "model": "led", "port": "/dev/a", "address": 2}},
        {"counter": "c3", "sign": {"kind": "modbus", "model": "led", "port": "/dev/a", "address": 2}},
        {"counter": "c4", "sign": {"kind": "template", "model": "page"}},
        {"counter": "c5", "keypad": {"kind": "serial", "port": "/dev/a", "baud": 19200}},
        {"counter": "c6", "sign": {"kind": "modbus", "model": "led", "port": "/dev/b", "address": 0}},
        {"counter": "c7", "sign": {"kind": "template", "port": "/dev/c"}},
        {"counter": "c8", "sign": {"kind": "template", "model": "page", "port": "/dev/d", "address": 200}},
    ]
    shared, line = (
        "share /dev/a but not its settings: 9600 baud, parity none and",
        "a line has one speed and one parity",
    )
    assert mistakes(tmp_path, {"desks": desks, "signs": {"led": led, "page": page}}) == [
        "[counter]: c1's sign: no modbus sheet 'ledd'; did you mean 'led'?",
        "[counter]: c4's sign: kind 'template' wants a 'port'",
        "[counter]: c6's sign: address 0: Modbus addresses are 1 to 247",
        "[counter]: c7's sign: kind 'template' wants a 'model', the name of its sheet; known: page",
        "[counter]: c8's sign: address 200: its sheet writes it as 300, which is not 0 to 255",
        f"[counter]: c1's sign and c2's sign {shared} 9600 baud, parity even; {line}",
        f"[counter]: c1's sign and c3's sign {shared} 9600 baud, parity even; {line}",
        f"[counter]: c1's sign and c5's keypad {shared} 19200 baud; {line}",
        "[counter]: c2's sign and c3's sign have the same address 2 on /dev/a",
    ]


def test_unknown_settings_of_a_sheet_are_named_where_they_stand(tmp_path: Path) -> None:
    brackets = "a checksum wants [ and ] around what it is counted over, and they want a checksum"
    signs = {
        "led": {"kind": "modbus", "encoding": "bcd", "blank": 1, "frist": 3, "attribute": {"at": 1, "stedy": 2}},
        "page": {"kind": "template", "frame": "02 checksum", "dark": "02 address", "reply": "payload"},
        "third": {"kind": "modbsu"},
        "fourth": {},
    }
    assert mistakes(tmp_path, {"signs": signs}) == [
        "[counter.signs.led.attribute]: 'steady' is missing; add it",
        "[counter.signs.led.attribute]: unknown setting 'stedy'; did you mean 'steady'?",
        "[counter.signs.led]: unknown setting 'frist'; did you mean 'first'?",
        f"[counter.signs.page]: frame: {brackets}",
        "[counter.signs.page]: dark: how is the address written? set 'address' to byte, decimal or hex",
        "[counter.signs.page]: reply: 'payload' cannot stand here; known here: address, checksum, [ and ]",
        "[counter.signs.third]: kind = 'modbsu'; did you mean 'modbus'?",
        "[counter.signs.fourth]: 'kind' is missing; add it",
    ]


@given(st.text(max_size=8), st.integers(1, 6), st.booleans())
def test_a_number_is_shown_whole_or_not_at_all(number: str, width: int, segments: bool) -> None:
    text = SignCapacity(width, segments=segments).text(number)
    if text is None:
        return
    assert len(text) <= width
    assert text == (number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") if segments else number)
    assert text.isascii()
    assert text.isprintable()


def test_letters_that_a_sign_does_not_have_are_named() -> None:
    assert SignCapacity(4).limitations(["A", "K"]) == ""
    assert SignCapacity(4, segments=True).limitations(["K", "A"]) == "shows digits only, not the letters A, K"
    digits = frozenset("0123456789ABCDEFHLPU -")
    assert SignCapacity(4, characters=digits).limitations(["A", "M", "K"]) == "cannot show numbers that begin with K, M"
    assert SignCapacity(4, characters=digits).text("K001") is None
    assert SignCapacity(4).text("X1000") is None
    assert SignCapacity(4, segments=True).text("X1000") == "1000"
    assert SignCapacity(3, segments=True).text("X1000") is None
