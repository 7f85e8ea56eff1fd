"""Serial keypads: the rules for all pads, and the faults of a serial line.

The rules run on a line of its own and on a shared one.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import serial
from keypad_rules import *  # noqa: F403
from keypad_rules import Bench, Clock, PadReports, one_by_one

from config.settings import CounterStationSettings, Settings
from config.twins import SimulatedDeskSettings
from hardware.control_port import BadRequest
from hardware.keypads import keymap
from hardware.keypads.handlers import DigitCollector
from hardware.keypads.serial_keys import KeypadBus, KeypadBuses, Lamp, SerialPad
from hardware.open.signs import open_sign
from hardware.ports import HealthState, Key, Press, SignFace
from hardware.serial_bus.bus import SerialBus, SerialBuses
from hardware.simulated.desks import sign_twins
from hardware.simulated.keypads.keypad import WRONG_DEVICE_TEXT, SimulatedKeypad
from hardware.simulated.terminal import Cables
from support.scaled_time import mono_s
from support.server_process import need
from support.waiting import until

LAMP = Lamp(on=b"\x12", off=b"\x14")


class Desk:
    """A keypad's twin, the driver on its cable, and the driver's reports."""

    def __init__(
        self,
        path: Path,
        stack: ExitStack,
        *,
        address: str = "",
        clock: Clock | None = None,
        buses: KeypadBuses | None = None,
        cables: Cables | None = None,
        within_s: float = 0.15,
    ) -> None:
        self.reported, self.clock = PadReports(), clock or Clock()
        before = address.encode()
        twin = SimulatedKeypad(f"c{address or 1}", path, mono_s, cables, address=before)
        self.twin = stack.enter_context(closing(twin))
        self.bus: KeypadBus = (buses or KeypadBuses(SerialBuses(self.clock))).bus(str(path), 9600)
        handler = DigitCollector(within_s, self.reported.presses.append, self.reported.keyed.append)
        codes = keymap.serial_keys({}, address)
        lamp = Lamp(before + LAMP.on, before + LAMP.off)
        self.driver = stack.enter_context(closing(SerialPad(self.bus, codes, handler, self.clock, lamp=lamp)))
        until(lambda: self.driver.health().state is HealthState.READY)

    def bench(self) -> Bench:
        return Bench(
            self.driver,
            self.reported,
            self.clock,
            strike=one_by_one(self.twin.press, self.driver, self.reported, self.clock),
            plug=lambda: self.twin.set_fault("unplugged", on=False),
            unplug=lambda: self.twin.set_fault("unplugged", on=True),
            noise=self.twin.send,
            wake=self.bus.wake,
            lamp=lambda: bool(self.twin.state()["lamp"]),
        )


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def desk(tmp_path: Path, stack: ExitStack) -> Desk:
    return Desk(tmp_path / "keypad", stack)


@pytest.fixture(params=["own", "shared"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, stack: ExitStack) -> Bench:
    """A pad alone on its line, and one of two with addresses on one line."""
    if request.param == "own":
        return Desk(tmp_path / "keypad", stack).bench()
    clock, cables = Clock(), Cables()
    buses = KeypadBuses(SerialBuses(clock))
    desks = [
        Desk(tmp_path / "line", stack, address=address, clock=clock, buses=buses, cables=cables) for address in "12"
    ]
    return desks[0].bench()


def test_a_bouncing_contact_is_one_press(desk: Desk) -> None:
    desk.twin.set_fault("bouncing", on=True)
    desk.twin.press("next")
    desk.twin.press("start", "55")
    until(lambda: len(desk.reported.presses) == 2)
    assert desk.reported.presses == [Press(Key.NEXT), Press(Key.START, "55")]


def test_a_stuck_key_is_one_press_and_a_fault_until_it_is_free(tmp_path: Path, stack: ExitStack) -> None:
    desk = Desk(tmp_path / "keypad", stack, within_s=2.0)  # longer than a busy machine keeps from reading
    desk.twin.set_fault("stuck", on=True)
    until(lambda: desk.driver.health().code == "key_stuck")
    desk.twin.press("recall")
    until(lambda: Press(Key.RECALL) in desk.reported.presses)
    assert desk.reported.presses == [Press(Key.NEXT), Press(Key.RECALL)], (
        "other keys work, the stuck one is not told again"
    )
    desk.twin.set_fault("stuck", on=False)
    until(lambda: desk.driver.health().state is HealthState.READY)


def test_garbage_is_counted_and_logged_once_and_the_next_key_still_counts(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    for count in (1, 2):
        desk.twin.send(b"\xff\x00")
        until(lambda n=count: desk.bus.garbage_count == 2 * n)
        desk.twin.press("next")
        until(lambda n=count: len(desk.reported.presses) == n)
    assert desk.bus.garbage_count == 4
    (record,) = caplog.records
    assert "ff 00" in record.message


def test_after_the_next_outage_garbage_is_logged_again(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    for count in (1, 2):
        desk.twin.send(b"zz")
        until(lambda n=count: len(caplog.records) == n)
        desk.twin.set_fault("unplugged", on=True)
        until(lambda: desk.driver.health().state is HealthState.OFFLINE)
        desk.twin.set_fault("unplugged", on=False)
        until(lambda: desk.driver.health().state is HealthState.READY)


def test_another_device_on_the_port_is_named_and_presses_no_key(desk: Desk) -> None:
    desk.twin.set_fault("wrong_device", on=True)
    until(lambda: desk.driver.health().code == "wrong")
    health = desk.driver.health()
    assert health.state is HealthState.FAULT
    assert b"https".hex(" ") in health.detail
    assert desk.reported.presses == []
    desk.twin.set_fault("wrong_device", on=False)
    until(lambda: desk.bus.garbage_count % len(WRONG_DEVICE_TEXT) == 0, "it has said its text to the end")
    desk.clock.ahead_s += 1.0
    desk.twin.press("next")
    until(lambda: desk.reported.presses)
    assert desk.reported.presses == [Press(Key.NEXT)]
    assert desk.driver.health().state is HealthState.READY


def test_a_pad_at_another_speed_is_wrong_and_presses_no_key(desk: Desk) -> None:
    desk.twin.set_fault("garbled", on=True)
    for _ in range(10):
        desk.twin.press("next")
    until(lambda: desk.driver.health().code == "wrong")
    assert desk.reported.presses == []


def test_two_pads_on_one_line_are_two_counters(tmp_path: Path, stack: ExitStack) -> None:
    buses, cables = KeypadBuses(SerialBuses(mono_s)), Cables()
    first, second = (Desk(tmp_path / "line", stack, address=a, buses=buses, cables=cables) for a in ("1", "2"))
    first.twin.press("next")
    second.twin.press("call", "12")
    first.twin.press("finish")
    until(lambda: len(first.reported.presses) == 2 and len(second.reported.presses) == 1)
    assert first.reported.presses == [Press(Key.NEXT), Press(Key.FINISH)]
    assert second.reported.presses == [Press(Key.CALL, "12")]
    first.driver.flash_lamp()
    until(lambda: first.twin.state()["lamp"])
    assert not second.twin.state()["lamp"]
    first.driver.close()
    second.twin.press("start")
    until(lambda: second.reported.presses[-1] == Press(Key.START))


def test_pads_and_signs_that_answer_share_one_line(tmp_path: Path, stack: ExitStack) -> None:
    """Two counters on one RS-485 line. A pad listens before it talks; its keys come between the signs' answers."""
    page = {"kind": "template", "frame": "02 address payload 03", "reply": "06 address", "address": "decimal"}
    settings = {"kind": "template", "model": "led", "port": str(tmp_path / "line"), "resend_s": 60}
    rows = [{"counter": f"c{n}", "sign": {**settings, "address": n}} for n in (1, 2)]
    station = CounterStationSettings.model_validate({"desks": rows, "signs": {"led": page}})
    cables, buses = Cables(), SerialBuses(mono_s)
    keypad_buses = KeypadBuses(buses)
    boards, signs, pads = [], [], []
    for desk in station.desks:
        place = SimulatedDeskSettings(counter=desk.counter, sign=tmp_path / "line")
        (board,) = sign_twins(Settings(counter=station), place, cables, mono_s)
        boards.append(stack.enter_context(closing(board)))
        sign = open_sign(desk.sign, buses, station.signs, f"sign-{desk.counter}")
        assert sign is not None
        signs.append(stack.enter_context(closing(sign)))
        pads.append(Desk(tmp_path / "line", stack, address=f"K{desk.counter[1]}", buses=keypad_buses, cables=cables))
    for number, sign in enumerate(signs, 1):
        sign.show(SignFace(f"A01{number}"))
    until(lambda: [board.state()["text"] for board in boards] == ["A011", "A012"])
    until(lambda: all(sign.health().state is HealthState.READY for sign in signs))
    pads[0].twin.press("call", "12")
    pads[1].twin.press("next")
    until(lambda: pads[0].reported.presses and pads[1].reported.presses)
    assert (pads[0].reported.presses, pads[1].reported.presses) == ([Press(Key.CALL, "12")], [Press(Key.NEXT)])
    signs[0].show(SignFace("B001"))
    until(lambda: boards[0].state()["text"] == "B001")
    assert all(sign.health().state is HealthState.READY for sign in signs)
    assert all(pad.driver.health().state is HealthState.READY for pad in pads)


def test_two_pads_with_one_address_are_refused(tmp_path: Path, stack: ExitStack) -> None:
    buses = KeypadBuses(SerialBuses(mono_s))
    Desk(tmp_path / "line", stack, buses=buses)
    handler = DigitCollector(0.15, lambda _press: None, lambda _digits: None)
    with pytest.raises(ValueError, match="an address of its own"):
        SerialPad(buses.bus(str(tmp_path / "line"), 9600), keymap.serial_keys({}), handler, mono_s)


def test_a_pad_that_beeps_needs_nothing_to_end_it(tmp_path: Path, stack: ExitStack) -> None:
    path = tmp_path / "keypad"
    twin = stack.enter_context(closing(SimulatedKeypad("c1", path, mono_s)))
    handler = DigitCollector(0.15, lambda _press: None, lambda _digits: None)
    bus = KeypadBus(SerialBus(str(path), 9600, mono_s), mono_s)
    pad = SerialPad(bus, keymap.serial_keys({}), handler, mono_s, lamp=Lamp(b"\x07"))
    stack.enter_context(closing(pad))
    until(lambda: pad.health().state is HealthState.READY)
    pad.flash_lamp()
    until(lambda: twin.state()["beeps"] == 1)


def test_the_port_is_ours_alone_and_free_after_close(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(serial.SerialException):
        serial.Serial(str(tmp_path / "keypad"), exclusive=True)
    desk.driver.close()
    serial.Serial(str(tmp_path / "keypad"), exclusive=True).close()


def test_it_recovers_when_the_adapter_fails_and_returns(tmp_path: Path, stack: ExitStack) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ends = [f"pty,raw,echo=0,link={end}" for end in (ours, theirs)]

    def cable() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([need("socat"), *ends])
        until(lambda: ours.exists() and theirs.exists())
        return process

    reported = PadReports()
    process = cable()
    bus = KeypadBuses(SerialBuses(mono_s)).bus(str(ours), 9600)
    handler = DigitCollector(0.15, reported.presses.append, reported.keyed.append)
    pad = stack.enter_context(closing(SerialPad(bus, keymap.serial_keys({}), handler, mono_s)))
    for count in (1, 2):
        until(lambda: pad.health().state is HealthState.READY)
        fd = os.open(theirs, os.O_RDWR | os.O_NOCTTY)
        os.write(fd, b"\r")
        until(lambda n=count: len(reported.presses) == n)
        os.close(fd)
        ours.unlink()  # first: else the driver might open a terminal of the same number that another test has opened
        process.terminate()
        process.wait()
        until(lambda: pad.health().state is HealthState.OFFLINE)
        if count == 1:
            process = cable()
    assert reported.presses == [Press(Key.NEXT)] * 2


def test_the_twins_port_takes_keys_with_digits_and_refuses_others(desk: Desk) -> None:
    (route,) = desk.twin.routes()
    assert (route.method, route.path) == ("POST", "/keypads/c1")
    route.call((), {"key": "call", "digits": "15"})
    until(lambda: desk.reported.presses == [Press(Key.CALL, "15")])
    with pytest.raises(BadRequest, match="known: next, recall, start"):
        route.call((), {"key": "nxet"})
    with pytest.raises(BadRequest, match="0 to 9"):
        route.call((), {"key": "call", "digits": "1a"})
