"""The frames of Modbus signs: as in the manuals, and safe on a failing bus."""

from collections.abc import Callable
from typing import Any

import pytest
from serial_bench import LED

from config.settings import CounterStationSettings
from config.signs import ModbusDataSheet
from hardware.ports import SignFace
from hardware.serial_bus.device import FrameOutcome, Priority
from hardware.signs.bus_sign import BusSign
from hardware.signs.fitting import Cells
from hardware.signs.modbus import ModbusSign, RegisterMap
from hardware.signs.rendering import DASHES, DisplayMode, SignContent
from hardware.simulated.signs.modbus_slave import ModbusSlave


def test_the_frames_are_those_of_the_makers_manuals() -> None:
    int_map = RegisterMap(0, "int", Cells(4, "right", " "), 6, {DisplayMode.DARK: 0xFFFF})
    (frame,) = ModbusSign(1, int_map).frames(SignContent(DisplayMode.STEADY, "12"))
    assert frame.data == bytes.fromhex("01 06 00 00 00 0C 89 CF")
    (whole,) = ModbusSign(1, RegisterMap(0, "ascii_per_reg", Cells(4), 16)).frames(
        SignContent(DisplayMode.STEADY, "A012")
    )
    assert whole.data == bytes.fromhex("01 10 00 00 00 04 08 00 41 00 30 00 31 00 32 77 60")
    read_by: Callable[[bytes], Any] | None = whole.read_reply
    assert read_by is not None
    right = bytes.fromhex("01 10 00 00 00 04 C1 CA")
    assert read_by(right) == (FrameOutcome.DONE, "")
    assert all(read_by(right[:length]) is None for length in range(len(right)))
    assert read_by(b"\x02" + right[1:]) is None
    assert read_by(b"R" + right) == read_by(b"\x01" + right) == read_by(right + b"R") == (FrameOutcome.DONE, "")
    late = bytes.fromhex("02 10 00 00 00 04 C1 F9")
    assert read_by(late) is None
    assert read_by(late + right) == (FrameOutcome.DONE, "")
    assert read_by(bytes.fromhex("01 90 02 CD C1")) == (
        FrameOutcome.REFUSED,
        "exception 2 (illegal data address) at register 0",
    )


@pytest.mark.parametrize("encoding", ["ascii_per_reg", "two_ascii_per_reg"])
@pytest.mark.parametrize(("before", "after"), [("A015", "A026"), ("", "A015"), ("A015", ""), ("A015", "----")])
def test_a_bus_that_fails_between_two_frames_leaves_no_number_that_was_never_issued(
    encoding: str, before: str, after: str
) -> None:
    (sheet,) = CounterStationSettings.model_validate({"signs": {"led": LED | {"encoding": encoding}}}).signs.values()
    assert isinstance(sheet, ModbusDataSheet)
    slave, board = ModbusSlave(sheet, 1), ModbusSign(1, RegisterMap(0, sheet.encoding, Cells(4, "left"), 6))
    contents = {"": SignContent(DisplayMode.DARK), "----": DASHES}
    for frame in board.frames(contents.get(before, SignContent(DisplayMode.STEADY, before))):
        slave.feed(frame.data)
    numbers = []
    for frame in board.frames(contents.get(after, SignContent(DisplayMode.STEADY, after))):
        slave.feed(frame.data)
        numbers.append(slave.displayed_lines()[0])
    assert numbers[-1] == after
    assert all(number in (before, after) or number.endswith("-") for number in numbers)
    is_repeat = list(board.frames(SignContent(DisplayMode.STEADY, "A015"), is_repeat=True))
    assert len(is_repeat) == (4 if encoding == "ascii_per_reg" else 2)  # unchanged digits do not flicker


def test_a_blinking_face_is_sent_whole_before_it_goes_dark_and_a_new_face_interrupts_it() -> None:
    class ManualBus:
        """A bus without a port; the test gives the turns."""

        def mono_s(self) -> float:
            return now[0]

        def attach(self, device: Any, *, replies: bool) -> int:
            assert replies
            return 0

        def wake(self) -> None:
            pass

    def turns(count: int) -> str:
        """Return the number on the sign after ``count`` slow frames."""
        for _ in range(count):
            now[0] += 0.2
            assert (due := sign.due(now[0])) is not None
            assert due <= now[0]
            frame = sign.next_frame(now[0])
            slave.feed(frame.data)
            sign.frame_done(frame, FrameOutcome.DONE, "", now[0])
        return slave.displayed_lines()[0]

    now = [100.0]
    (sheet,) = CounterStationSettings.model_validate({"signs": {"led": LED}}).signs.values()
    assert isinstance(sheet, ModbusDataSheet)
    slave, make = ModbusSlave(sheet, 1), ModbusSign(1, RegisterMap(0, "ascii_per_reg", Cells(4, "left"), 6))
    sign = BusSign(ManualBus(), make, resend_s=8.0, name="sign")  # type: ignore[arg-type]
    sign.opened(now[0])
    sign.show(SignFace("A015", blink=True))
    assert sign.priority() is Priority.HIGH
    assert turns(5) == "A015"
    assert sign.priority() is Priority.LOW
    sign.show(SignFace("A026", blink=True))
    assert sign.priority() is Priority.HIGH
    assert turns(3) == "A01-"
    sign.show(SignFace("B777"))
    assert turns(5) == "B777"
    for _ in range(3):
        sign.frame_done(sign.next_frame(now[0]), FrameOutcome.SILENT, "no answer", now[0])
    assert sign.priority() is Priority.LOWEST


def test_a_point_and_an_attribute_are_written_after_the_number() -> None:
    attribute = (2, {DisplayMode.STEADY: 5, DisplayMode.BLINK: 6})
    registers = RegisterMap(0, "bcd", Cells(4), 6, {DisplayMode.DARK: 0xFFFF}, attribute, (1, 9))
    frames = list(ModbusSign(1, registers).frames(SignContent(DisplayMode.BLINK, "12")))
    assert [frame.data[:-2].hex(" ") for frame in frames] == [
        "01 06 00 00 ff 12",
        "01 06 00 01 00 09",
        "01 06 00 02 00 06",
    ]
