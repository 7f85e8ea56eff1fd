"""The serial keypad driver on a real pseudo-terminal and with its twin."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from hardware.keypads.keymap import KEYS, Heard, read_keys
from hardware.keypads.serial_keys import Debounce, SerialKeypad
from hardware.ports import Key, State
from hardware.simulated.control import Refused
from hardware.simulated.keypad import SimulatedKeypad
from waiting import until


class Desk:
    """A keypad's twin, the driver on its cable, and the keys that came."""

    def __init__(self, path: Path, stack: ExitStack, *, debounce_s: float = 0.15) -> None:
        self.path = path
        self.keys: list[Key] = []
        self.twin = stack.enter_context(closing(SimulatedKeypad("c1", path)))
        self.driver = stack.enter_context(
            closing(
                SerialKeypad(str(path), 9600, debounce_s=debounce_s, pressed=self.keys.append, clock=time.monotonic)
            )
        )
        until(lambda: self.driver.health().state is State.READY)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(tmp_path / "keypad", stack)


def test_each_key_is_the_byte_that_the_sheet_says() -> None:
    assert read_keys(b"\rRSFAHP").keys == (
        Key.NEXT,
        Key.RECALL,
        Key.START,
        Key.FINISH,
        Key.NO_SHOW,
        Key.HOLD,
        Key.PAUSE,
    )


def test_every_key_that_a_pad_can_say_is_on_the_pad() -> None:
    assert sorted(KEYS.values()) == sorted(Key)


def test_codes_of_several_bytes_are_read_and_the_longer_of_two_counts() -> None:
    keymap = {b"K1": Key.NEXT, b"K12": Key.RECALL}
    assert read_keys(b"K12K1x", keymap) == Heard((Key.RECALL, Key.NEXT), b"", 1)
    assert read_keys(b"K", keymap) == Heard((), b"K", 0)


@given(st.binary(max_size=60))
def test_any_bytes_are_keys_or_counted(data: bytes) -> None:
    heard = read_keys(data)
    assert len(heard.keys) + heard.garbage + len(heard.rest) == len(data)


def test_pressed_keys_arrive_in_order(desk: Desk) -> None:
    pressed = [Key.NEXT, Key.START, Key.FINISH, Key.NEXT, Key.NO_SHOW, Key.HOLD, Key.RECALL, Key.PAUSE]
    for key in pressed:
        desk.twin.press(key)
    until(lambda: len(desk.keys) == len(pressed))
    assert desk.keys == pressed


def test_a_bounce_is_one_press() -> None:
    debounce = Debounce(0.15)
    heard = [(Key.NEXT, 0.0), (Key.NEXT, 0.01), (Key.NEXT, 0.14), (Key.START, 0.15), (Key.NEXT, 0.2), (Key.NEXT, 0.36)]
    assert [debounce.pressed(key, at) for key, at in heard] == [True, False, False, True, True, True]


def test_a_bouncing_contact_reaches_the_station_once(desk: Desk) -> None:
    desk.twin.send(b"\r\r\r")
    desk.twin.press(Key.START)
    until(lambda: Key.START in desk.keys)
    assert desk.keys == [Key.NEXT, Key.START]


def test_a_stuck_key_is_one_press_and_a_fault_until_it_is_free(desk: Desk) -> None:
    desk.twin.press(Key.START)
    desk.twin.set_fault("stuck", on=True)
    assert desk.twin.faults == {"unplugged": False, "stuck": True}
    until(lambda: desk.driver.health().code == "key_stuck")
    assert desk.driver.health().state is State.FAULT
    assert desk.keys == [Key.START]
    desk.twin.set_fault("stuck", on=False)
    until(lambda: desk.driver.health().state is State.READY)


def test_garbage_is_counted_and_told_once_and_the_next_key_still_counts(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.twin.send(b"\xff\x00")
    until(lambda: desk.driver.garbage == 2)
    desk.twin.send(b"zz")
    desk.twin.press(Key.NEXT)
    until(lambda: desk.keys == [Key.NEXT])
    assert desk.driver.garbage == 4
    assert len(caplog.records) == 1


def test_an_unplugged_keypad_is_offline_and_works_again_when_it_is_back(desk: Desk) -> None:
    desk.twin.set_fault("unplugged", on=True)
    until(lambda: desk.driver.health().state is State.OFFLINE)
    desk.twin.press(Key.RECALL)
    desk.twin.set_fault("unplugged", on=False)
    until(lambda: desk.driver.health().state is State.READY)
    desk.twin.press(Key.NEXT)
    until(lambda: desk.keys == [Key.NEXT])


def test_the_port_is_ours_alone_and_free_after_close(desk: Desk) -> None:
    with pytest.raises(serial.SerialException):
        serial.Serial(str(desk.path), exclusive=True)
    desk.driver.close()
    desk.driver.close()
    serial.Serial(str(desk.path), exclusive=True).close()
    assert desk.driver.health().state is State.OFFLINE


def test_the_twins_port_takes_keys_by_name_and_refuses_others(desk: Desk) -> None:
    (route,) = desk.twin.routes()
    assert (route.method, route.path) == ("POST", "/keypads/c1")
    route.call((), {"key": "hold"})
    until(lambda: desk.keys == [Key.HOLD])
    with pytest.raises(Refused, match="known: next, recall, start, finish, no_show, hold, pause"):
        route.call((), {"key": "nxet"})
