"""A sign's turns on its bus, on a simulated clock."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from hardware.ports import DeviceHealth, HealthState, SignFace
from hardware.serial_bus.device import Frame, FrameOutcome
from hardware.signs.bus_sign import MAX_MISSES, RETRY_INTERVAL_S, BusSign, SignModel
from hardware.signs.cd5220 import BEGIN, Cd5220, encode_lines
from hardware.signs.fitting import Cells
from hardware.signs.modbus import ModbusSign, RegisterMap
from hardware.signs.rendering import DisplayMode, SignContent, render

LED = ModbusSign(1, RegisterMap(0, "ascii_per_reg", Cells(4, "left"), 6))


class Wire:
    """A bus without a port; the test gives the turns."""

    def __init__(self) -> None:
        self.now = 100.0
        self.unknown_device_bytes = b""
        self._attached = 0

    def mono_s(self) -> float:
        return self.now

    def attach(self, device: object, *, replies: bool) -> int:
        self._attached += 1
        return self._attached - 1

    def wake(self) -> None:
        """Do nothing: there is no thread."""

    def health(self) -> DeviceHealth:
        return DeviceHealth(HealthState.READY)


@pytest.fixture
def wire() -> Wire:
    return Wire()


def opened(wire: Any, model: SignModel, *, resend_s: float = 60.0) -> BusSign:
    sign = BusSign(wire, model, resend_s=resend_s, name="sign-c1")
    sign.opened(wire.now)
    return sign


def turns(sign: BusSign, wire: Wire, outcome: FrameOutcome = FrameOutcome.DONE) -> Iterator[Frame]:
    """Yield the frames that are due now."""
    while (due_s := sign.due(wire.now)) is not None and due_s <= wire.now:
        sent = sign.next_frame(wire.now)
        yield sent
        sign.frame_done(sent, outcome, "words", wire.now)


def test_unsent_frames_are_discarded_when_the_cable_is_pulled(wire: Wire) -> None:
    sign = opened(wire, Cd5220())
    sign.show(SignFace("A015"))
    next(sent for sent in turns(sign, wire) if sent.data == encode_lines("A015", ""))
    sign.show(SignFace("A016"))
    sign.opened(wire.now)
    assert [sent.data for sent in turns(sign, wire)] == [BEGIN, encode_lines("A016", "")]


def test_the_clerks_line_under_a_called_number_does_not_make_it_blink_anew(wire: Wire) -> None:
    sign = opened(wire, Cd5220())
    sign.show(SignFace("A015", blink=True))
    wire.now += 5.0
    sign.show(SignFace("A015", blink=True, below="COUNTER 3"))
    wire.now += 0.5  # the first dark half, if it blinked
    assert list(turns(sign, wire))[-1].data == encode_lines("A015", "COUNTER 3")


def test_refreshes_of_signs_on_one_bus_are_spread_in_time(wire: Wire) -> None:
    signs = [opened(wire, Cd5220(), resend_s=8.0) for _ in range(8)]
    for sign in signs:
        list(turns(sign, wire))
    moments = sorted(sign.due(wire.now) or 0.0 for sign in signs)
    assert min(b - a for a, b in itertools.pairwise(moments)) > 0.3
    assert moments[-1] <= wire.now + 8.0


def test_a_board_that_refused_one_frame_is_ready_after_the_next_number(wire: Wire) -> None:
    sign = opened(wire, LED)
    list(turns(sign, wire, FrameOutcome.REFUSED))
    assert sign.health() == DeviceHealth(HealthState.FAULT, code="fault", detail="words")
    sign.show(SignFace("A015"))
    list(turns(sign, wire))
    assert sign.health() == DeviceHealth(HealthState.READY)


def test_a_silent_sign_is_retried_soon_even_with_rare_refreshes(wire: Wire) -> None:
    sign = opened(wire, LED, resend_s=60.0)
    assert len(list(turns(sign, wire, FrameOutcome.SILENT))) == MAX_MISSES
    assert sign.due(wire.now) == wire.now + RETRY_INTERVAL_S


def test_a_sign_that_blinks_by_itself_is_stopped_after_three_blinks() -> None:
    call = SignFace("A015", blink=True)
    assert render(call, 10.0, 12.9, blinks=True, shows_refusals=True) == (SignContent(DisplayMode.BLINK, "A015"), 13.0)
    assert render(call, 10.0, 13.0, blinks=True, shows_refusals=True) == (SignContent(DisplayMode.STEADY, "A015"), None)


@pytest.mark.parametrize(
    ("function", "reply"),
    [
        (6, "01 06 00 00 00 42 09 FB"),  # another value than the one that was written
        (16, "01 10 00 00 00 03 80 08"),  # three registers, not four
    ],
)
def test_an_answer_to_something_else_is_no_confirmation(function: Any, reply: str) -> None:
    board = ModbusSign(1, RegisterMap(0, "ascii_per_reg", Cells(4), function))
    first = next(iter(board.frames(SignContent(DisplayMode.STEADY, "A015"), is_repeat=True)))
    assert first.read_reply is not None
    outcome = first.read_reply(bytes.fromhex(reply))
    assert outcome is not None
    assert outcome[0] is FrameOutcome.GARBLED
