"""Serial keypads: the rules for all pads on a line of its own and on a shared one, and what only a line can do."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import serial
from keypad_rules import *  # noqa: F403
from keypad_rules import Bench, Clock, Told

from config.settings import CounterStation, Settings
from config.twins import SimulatedDesk
from halls import need
from hardware.keypads import keymap
from hardware.keypads.keying import Keying
from hardware.keypads.serial_keys import KeyLine, KeyLines, Lamp, SerialPad
from hardware.lines.line import Line
from hardware.lines.lines import Lines
from hardware.open_signs import open_sign
from hardware.ports import Key, Press, SignFace, State
from hardware.simulated.control import Refused
from hardware.simulated.keypads.keypad import STRANGER, SimulatedKeypad
from hardware.simulated.signs.wired import sign_twins
from hardware.simulated.terminal import Cables
from waiting import until

LAMP = Lamp(on=b"\x12", off=b"\x14")


class Desk:
    """A keypad's twin, the driver on its cable, and what it told."""

    def __init__(
        self,
        path: Path,
        stack: ExitStack,
        *,
        address: str = "",
        clock: Clock | None = None,
        lines: KeyLines | None = None,
        cables: Cables | None = None,
        within_s: float = 0.15,
    ) -> None:
        self.told, self.clock = Told(), clock or Clock()
        before = address.encode()
        twin = SimulatedKeypad(f"c{address or 1}", path, cables, address=before)
        self.twin = stack.enter_context(closing(twin))
        self.line: KeyLine = (lines or KeyLines(Lines(self.clock))).line(str(path), 9600)
        meaning = Keying(within_s, self.told.presses.append, self.told.keyed.append)
        codes = keymap.serial_keys({}, address)
        lamp = Lamp(before + LAMP.on, before + LAMP.off)
        self.driver = stack.enter_context(closing(SerialPad(self.line, codes, meaning, self.clock, lamp=lamp)))
        until(lambda: self.driver.health().state is State.READY)

    def bench(self) -> Bench:
        return Bench(
            self.driver,
            self.told,
            self.clock,
            strike=lambda key, digits: self.twin.press(key, digits),
            plug=lambda: self.twin.set_fault("unplugged", on=False),
            unplug=lambda: self.twin.set_fault("unplugged", on=True),
            noise=self.twin.send,
            wake=self.line.wake,
            lamp=lambda: bool(self.twin.state()["lamp"]),
        )


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as one:
        yield one


@pytest.fixture
def desk(tmp_path: Path, stack: ExitStack) -> Desk:
    return Desk(tmp_path / "keypad", stack)


@pytest.fixture(params=["own", "shared"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, stack: ExitStack) -> Bench:
    """A pad alone on its line, and one of two with addresses on one line."""
    if request.param == "own":
        return Desk(tmp_path / "keypad", stack).bench()
    clock, cables = Clock(), Cables()
    lines = KeyLines(Lines(clock))
    desks = [Desk(tmp_path / "line", stack, address=one, clock=clock, lines=lines, cables=cables) for one in "12"]
    return desks[0].bench()


def test_a_bouncing_contact_is_one_press(desk: Desk) -> None:
    desk.twin.set_fault("bouncing", on=True)
    desk.twin.press("next")
    desk.twin.press("start", "55")
    until(lambda: len(desk.told.presses) == 2)
    assert desk.told.presses == [Press(Key.NEXT), Press(Key.START, "55")]


def test_a_stuck_key_is_one_press_and_a_fault_until_it_is_free(tmp_path: Path, stack: ExitStack) -> None:
    desk = Desk(tmp_path / "keypad", stack, within_s=2.0)  # longer than a busy machine keeps from reading
    desk.twin.set_fault("stuck", on=True)
    until(lambda: desk.driver.health().code == "key_stuck")
    desk.twin.press("recall")
    until(lambda: Press(Key.RECALL) in desk.told.presses)
    assert desk.told.presses == [Press(Key.NEXT), Press(Key.RECALL)], "other keys work, the stuck one is not told again"
    desk.twin.set_fault("stuck", on=False)
    until(lambda: desk.driver.health().state is State.READY)


def test_garbage_is_counted_and_told_once_and_the_next_key_still_counts(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    for count in (1, 2):
        desk.twin.send(b"\xff\x00")
        until(lambda n=count: desk.line.garbage == 2 * n)
        desk.twin.press("next")
        until(lambda n=count: len(desk.told.presses) == n)
    assert desk.line.garbage == 4
    (record,) = caplog.records
    assert "ff 00" in record.message


def test_after_the_next_outage_garbage_is_told_again(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    for count in (1, 2):
        desk.twin.send(b"zz")
        until(lambda n=count: len(caplog.records) == n)
        desk.twin.set_fault("unplugged", on=True)
        until(lambda: desk.driver.health().state is State.OFFLINE)
        desk.twin.set_fault("unplugged", on=False)
        until(lambda: desk.driver.health().state is State.READY)


def test_another_device_on_the_port_is_named_and_calls_nobody(desk: Desk) -> None:
    desk.twin.set_fault("wrong_device", on=True)
    until(lambda: desk.driver.health().code == "wrong")
    health = desk.driver.health()
    assert health.state is State.FAULT
    assert b"https".hex(" ") in health.detail
    assert desk.told.presses == []
    desk.twin.set_fault("wrong_device", on=False)
    until(lambda: desk.line.garbage % len(STRANGER) == 0, "it has said its text to the end")
    desk.clock.ahead_s += 1.0
    desk.twin.press("next")
    until(lambda: desk.told.presses)
    assert desk.told.presses == [Press(Key.NEXT)]
    assert desk.driver.health().state is State.READY


def test_a_pad_at_another_speed_is_wrong_and_calls_nobody(desk: Desk) -> None:
    desk.twin.set_fault("garbled", on=True)
    for _ in range(10):
        desk.twin.press("next")
    until(lambda: desk.driver.health().code == "wrong")
    assert desk.told.presses == []


def test_two_pads_on_one_line_are_two_counters(tmp_path: Path, stack: ExitStack) -> None:
    lines, cables = KeyLines(Lines(time.monotonic)), Cables()
    one, two = (Desk(tmp_path / "line", stack, address=a, lines=lines, cables=cables) for a in ("1", "2"))
    one.twin.press("next")
    two.twin.press("call", "12")
    one.twin.press("finish")
    until(lambda: len(one.told.presses) == 2 and len(two.told.presses) == 1)
    assert one.told.presses == [Press(Key.NEXT), Press(Key.FINISH)]
    assert two.told.presses == [Press(Key.CALL, "12")]
    one.driver.refused()
    until(lambda: one.twin.state()["lamp"])
    assert not two.twin.state()["lamp"]
    one.driver.close()
    two.twin.press("start")
    until(lambda: two.told.presses[-1] == Press(Key.START))


def test_pads_and_signs_that_answer_share_one_line(tmp_path: Path, stack: ExitStack) -> None:
    """Two counters on one RS-485 line. A pad listens before it talks; its keys come between the signs' answers."""
    page = {"kind": "template", "frame": "02 address payload 03", "reply": "06 address", "address": "decimal"}
    sign = {"kind": "template", "model": "led", "port": str(tmp_path / "line"), "resend_s": 60}
    rows = [{"counter": f"c{n}", "sign": {**sign, "address": n}} for n in (1, 2)]
    station = CounterStation.model_validate({"desks": rows, "signs": {"led": page}})
    cables, lines = Cables(), Lines(time.monotonic)
    key_lines = KeyLines(lines)
    boards, signs, pads = [], [], []
    for desk in station.desks:
        place = SimulatedDesk(counter=desk.counter, sign=tmp_path / "line")
        (board,) = sign_twins(Settings(counter=station), place, cables, time.monotonic)
        boards.append(stack.enter_context(closing(board)))
        one = open_sign(desk.sign, lines, station.signs, f"sign-{desk.counter}")
        assert one is not None
        signs.append(stack.enter_context(closing(one)))
        pads.append(Desk(tmp_path / "line", stack, address=f"K{desk.counter[1]}", lines=key_lines, cables=cables))
    for number, one in enumerate(signs, 1):
        one.show(SignFace(f"A01{number}"))
    until(lambda: [board.state()["text"] for board in boards] == ["A011", "A012"])
    until(lambda: all(one.health().state is State.READY for one in signs))
    pads[0].twin.press("call", "12")
    pads[1].twin.press("next")
    until(lambda: pads[0].told.presses and pads[1].told.presses)
    assert (pads[0].told.presses, pads[1].told.presses) == ([Press(Key.CALL, "12")], [Press(Key.NEXT)])
    signs[0].show(SignFace("B001"))
    until(lambda: boards[0].state()["text"] == "B001")
    assert all(sign.health().state is State.READY for sign in signs)
    assert all(pad.driver.health().state is State.READY for pad in pads)


def test_two_pads_with_one_address_are_refused(tmp_path: Path, stack: ExitStack) -> None:
    lines = KeyLines(Lines(time.monotonic))
    Desk(tmp_path / "line", stack, lines=lines)
    meaning = Keying(0.15, lambda _press: None, lambda _digits: None)
    with pytest.raises(ValueError, match="an address of its own"):
        SerialPad(lines.line(str(tmp_path / "line"), 9600), keymap.serial_keys({}), meaning, time.monotonic)


def test_a_pad_that_beeps_needs_nothing_to_end_it(tmp_path: Path, stack: ExitStack) -> None:
    path = tmp_path / "keypad"
    twin = stack.enter_context(closing(SimulatedKeypad("c1", path)))
    meaning = Keying(0.15, lambda _press: None, lambda _digits: None)
    line = KeyLine(Line(str(path), 9600, time.monotonic), time.monotonic)
    pad = SerialPad(line, keymap.serial_keys({}), meaning, time.monotonic, lamp=Lamp(b"\x07"))
    stack.enter_context(closing(pad))
    until(lambda: pad.health().state is State.READY)
    pad.refused()
    until(lambda: twin.state()["beeps"] == 1)


def test_the_port_is_ours_alone_and_free_after_close(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(serial.SerialException):
        serial.Serial(str(tmp_path / "keypad"), exclusive=True)
    desk.driver.close()
    serial.Serial(str(tmp_path / "keypad"), exclusive=True).close()


def test_it_heals_when_the_cable_itself_dies_and_comes_back(tmp_path: Path, stack: ExitStack) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ends = [f"pty,raw,echo=0,link={end}" for end in (ours, theirs)]

    def cable() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([need("socat"), *ends])
        until(lambda: ours.exists() and theirs.exists())
        return process

    told = Told()
    process = cable()
    line = KeyLines(Lines(time.monotonic)).line(str(ours), 9600)
    meaning = Keying(0.15, told.presses.append, told.keyed.append)
    pad = stack.enter_context(closing(SerialPad(line, keymap.serial_keys({}), meaning, time.monotonic)))
    for count in (1, 2):
        until(lambda: pad.health().state is State.READY)
        fd = os.open(theirs, os.O_RDWR | os.O_NOCTTY)
        os.write(fd, b"\r")
        until(lambda n=count: len(told.presses) == n)
        os.close(fd)
        process.terminate()
        process.wait()
        until(lambda: pad.health().state is State.OFFLINE)
        if count == 1:
            process = cable()
    assert told.presses == [Press(Key.NEXT)] * 2


def test_the_twins_port_takes_keys_with_digits_and_refuses_others(desk: Desk) -> None:
    (route,) = desk.twin.routes()
    assert (route.method, route.path) == ("POST", "/keypads/c1")
    route.call((), {"key": "call", "digits": "15"})
    until(lambda: desk.told.presses == [Press(Key.CALL, "15")])
    with pytest.raises(Refused, match="known: next, recall, start"):
        route.call((), {"key": "nxet"})
    with pytest.raises(Refused, match="0 to 9"):
        route.call((), {"key": "call", "digits": "1a"})
