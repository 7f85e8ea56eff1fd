"""A sign's turns on its line, one after the other, with the clock in the test's hand."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from hardware.lines.talking import Frame, Verdict
from hardware.ports import Health, SignFace, State
from hardware.signs.board import MISSED_AGAIN_S, MISSES, BoardSign, Make
from hardware.signs.cd5220 import BEGIN, Cd5220, frame
from hardware.signs.cells import Cells
from hardware.signs.modbus import ModbusBoard, RegisterMap
from hardware.signs.showing import Look, Shown, shown

LED = ModbusBoard(1, RegisterMap(0, "ascii_per_reg", Cells(4, "left"), 6))


class Wire:
    """A line without a cable, on which the test gives the turns."""

    def __init__(self) -> None:
        self.now = 100.0
        self.stranger = b""
        self._joined = 0

    def clock(self) -> float:
        return self.now

    def join(self, talker: object, *, answered: bool) -> int:
        self._joined += 1
        return self._joined - 1

    def wake(self) -> None:
        """Nobody sleeps."""

    def health(self) -> Health:
        return Health(State.READY)


@pytest.fixture
def wire() -> Wire:
    return Wire()


def opened(wire: Any, make: Make, *, resend_s: float = 60.0) -> BoardSign:
    sign = BoardSign(wire, make, resend_s=resend_s, name="sign-c1")
    sign.opened(wire.now)
    return sign


def turns(sign: BoardSign, wire: Wire, verdict: Verdict = Verdict.DONE) -> Iterator[Frame]:
    """What it says until it has nothing more to say now."""
    while (at := sign.due(wire.now)) is not None and at <= wire.now:
        said = sign.say(wire.now)
        yield said
        sign.said(said, verdict, "words", wire.now)


def test_what_was_left_to_say_when_the_cable_was_pulled_is_forgotten(wire: Wire) -> None:
    sign = opened(wire, Cd5220())
    sign.show(SignFace("A015"))
    next(said for said in turns(sign, wire) if said.data == frame("A015", ""))
    sign.show(SignFace("A016"))
    sign.opened(wire.now)
    assert [said.data for said in turns(sign, wire)] == [BEGIN, frame("A016", "")]


def test_the_clerks_line_under_a_called_number_does_not_make_it_blink_anew(wire: Wire) -> None:
    sign = opened(wire, Cd5220())
    sign.show(SignFace("A015", blink=True))
    wire.now += 5.0
    sign.show(SignFace("A015", blink=True, below="COUNTER 3"))
    wire.now += 0.5  # the first dark half, if it blinked
    assert list(turns(sign, wire))[-1].data == frame("A015", "COUNTER 3")


def test_signs_on_one_line_are_sent_again_each_in_its_own_moment(wire: Wire) -> None:
    signs = [opened(wire, Cd5220(), resend_s=8.0) for _ in range(8)]
    for sign in signs:
        list(turns(sign, wire))
    moments = sorted(sign.due(wire.now) or 0.0 for sign in signs)
    assert min(b - a for a, b in itertools.pairwise(moments)) > 0.3
    assert moments[-1] <= wire.now + 8.0


def test_a_board_that_turned_a_frame_down_once_is_well_when_it_takes_the_next_number(wire: Wire) -> None:
    sign = opened(wire, LED)
    list(turns(sign, wire, Verdict.REFUSED))
    assert sign.health() == Health(State.FAULT, code="fault", detail="words")
    sign.show(SignFace("A015"))
    list(turns(sign, wire))
    assert sign.health() == Health(State.READY)


def test_who_does_not_answer_is_asked_again_soon_though_it_is_repeated_seldom(wire: Wire) -> None:
    sign = opened(wire, LED, resend_s=60.0)
    assert len(list(turns(sign, wire, Verdict.SILENT))) == MISSES
    assert sign.due(wire.now) == wire.now + MISSED_AGAIN_S


def test_a_sign_that_blinks_by_itself_is_told_when_to_stop() -> None:
    call = SignFace("A015", blink=True)
    assert shown(call, 10.0, 12.9, blinks=True, refuses=True) == (Shown(Look.BLINK, "A015"), 13.0)
    assert shown(call, 10.0, 13.0, blinks=True, refuses=True) == (Shown(Look.STEADY, "A015"), None)


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (6, "01 06 00 00 00 42 09 FB"),  # another value than the one that was written
        (16, "01 10 00 00 00 03 80 08"),  # three registers, not four
    ],
)
def test_an_answer_to_something_else_is_no_confirmation(function: Any, told: str) -> None:
    board = ModbusBoard(1, RegisterMap(0, "ascii_per_reg", Cells(4), function))
    first = next(iter(board.frames(Shown(Look.STEADY, "A015"), again=True)))
    assert first.answer is not None
    found = first.answer(bytes.fromhex(told))
    assert found is not None
    assert found[0] is Verdict.GARBLED
