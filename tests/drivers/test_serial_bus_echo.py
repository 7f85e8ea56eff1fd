"""Adapters that receive their own transmissions: an echo is neither a reply nor a key."""

from pathlib import Path

import pytest
from serial_bench import LED, FarEnd, ScriptedDevice, echoing, ok_reply, signs_on_bus

from hardware.ports import HealthState
from hardware.serial_bus.bus import SerialBus
from hardware.serial_bus.device import Frame, FrameOutcome
from hardware.serial_bus.echo import MAX_ECHO_DELAY_S, PROBE, EchoFilter
from hardware.simulated.terminal import Cables
from support.scaled_time import mono_s
from support.waiting import until


def test_an_echo_is_neither_an_answer_nor_a_key(tmp_path: Path) -> None:
    cables, keys = Cables(), bytearray()
    with echoing(tmp_path / "line", cables):
        bus = SerialBus(str(tmp_path / "line"), 115200, mono_s)
        stop = bus.listen(keys.extend)

        def same(received: bytes) -> tuple[FrameOutcome, str] | None:
            return (FrameOutcome.DONE, "") if b"same" in received else None

        device = ScriptedDevice([Frame(b"12#"), Frame(b"same", same, 0.1), Frame(b"99#")])
        bus.attach(device, replies=True)
        pad = cables.cable(tmp_path / "line", lambda _data: None)
        until(lambda: len(device.outcomes) == 3)
        pad.send(b"R")
        until(lambda: keys)
        bus.detach(device)
        stop()
        pad.close()
    assert [outcome for outcome, _ in device.outcomes] == [FrameOutcome.DONE, FrameOutcome.SILENT, FrameOutcome.DONE]
    assert (bytes(keys), bus.unclaimed_bytes) == (b"R", 0)


def test_an_echo_after_the_next_frame_is_no_key(far_end: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.serial_bus.echo.MAX_ECHO_DELAY_S", 60.0)
    path, received, terminal = far_end
    bus, keys = SerialBus(str(path), 115200, mono_s), bytearray()
    stop, device = bus.listen(keys.extend), ScriptedDevice([])
    bus.attach(device)
    device.script = [Frame(b"12#")]
    bus.wake()
    until(lambda: received == PROBE)
    terminal.send(PROBE)
    until(lambda: received == PROBE + b"12#")
    device.script.append(Frame(b"34#"))
    bus.wake()
    until(lambda: received == PROBE + b"12#34#")
    terminal.send(b"12#3")
    terminal.send(b"4#R")
    until(lambda: keys)
    assert keys == b"R"
    bus.detach(device)
    stop()


def test_an_echo_that_was_lost_is_not_looked_for_in_the_next_one() -> None:
    echo = EchoFilter()
    echo.wrote(b"12#", 0.0, 0.0)
    echo.wrote(b"34#", MAX_ECHO_DELAY_S, MAX_ECHO_DELAY_S)
    assert echo.without_echo(b"34#R", MAX_ECHO_DELAY_S) == b"R"


def test_bytes_written_before_the_probe_expired_are_not_taken_for_an_echo() -> None:
    echo = EchoFilter()
    echo.wrote(b"12#", 0.0, 0.0)
    echo.probe_sent(0.1)
    assert echo.expire_probe(0.1) == b""
    assert echo.without_echo(b"1", 0.2) == b"1"


def test_a_new_cable_is_probed_for_its_echo_and_half_a_code_does_not_outlive_the_old_one(far_end: FarEnd) -> None:
    path, received, terminal = far_end
    bus, pieces = SerialBus(str(path), 115200, mono_s), list[bytes]()
    stop, device = bus.listen(pieces.append), ScriptedDevice([Frame(b"12#")])
    bus.attach(device)
    until(lambda: received == PROBE)
    terminal.send(PROBE + b"R")
    until(lambda: received == PROBE + b"12#")
    terminal.unplug()
    until(lambda: bus.health().state is HealthState.OFFLINE)
    device.script.append(Frame(b"34#"))
    terminal.plug()
    until(lambda: received == PROBE + b"12#" + PROBE + b"34#", lambda: received)
    assert pieces == [b"", b"R", b""]
    bus.detach(device)
    stop()


def test_a_reply_awaited_when_the_cable_was_pulled_is_no_longer_awaited(far_end: FarEnd) -> None:
    path, received, terminal = far_end
    bus, device = SerialBus(str(path), 115200, mono_s), ScriptedDevice([Frame(b"ask", ok_reply, 600.0)])
    bus.attach(device, replies=True)
    until(lambda: received == PROBE + b"ask")
    terminal.unplug()
    until(lambda: bus.health().state is HealthState.OFFLINE)
    terminal.plug()
    until(lambda: received == (PROBE + b"ask") * 2, lambda: received)
    assert device.outcomes == []
    terminal.send(b"ok")
    until(lambda: device.outcomes == [(FrameOutcome.DONE, "")])
    bus.detach(device)


def test_a_garbled_reply_is_counted_and_logged_and_is_no_unknown_device(
    far_end: FarEnd, caplog: pytest.LogCaptureFixture
) -> None:
    path, received, terminal = far_end
    bus, device = SerialBus(str(path), 115200, mono_s), ScriptedDevice([Frame(b"ask", ok_reply, 0.2)])
    bus.attach(device, replies=True)
    until(lambda: received == PROBE + b"ask")
    terminal.send(b"wreckage")
    until(lambda: device.outcomes)
    assert (bus.unclaimed_bytes, bus.unknown_device_bytes) == (8, b"")  # a garbled reply is no unknown device
    assert [record.getMessage() for record in caplog.records] == [f"{path}: unexpected bytes: {b'wreckage'.hex(' ')}"]
    bus.detach(device)


def test_a_key_pressed_during_the_echo_probe_is_not_lost(far_end: FarEnd) -> None:
    path, received, terminal = far_end
    bus, keys = SerialBus(str(path), 115200, mono_s), bytearray()
    stop, device = bus.listen(keys.extend), ScriptedDevice([Frame(b"hello")])
    bus.attach(device)
    until(lambda: received == PROBE)
    terminal.send(b"R")
    until(lambda: keys == b"R" and received == PROBE + b"hello")
    bus.detach(device)
    stop()


def test_an_echo_later_than_the_probe_is_learnt_from_bytes_that_cannot_be_a_reply(far_end: FarEnd) -> None:
    path, received, terminal = far_end
    bus, keys = SerialBus(str(path), 115200, mono_s), bytearray()
    stop, device = bus.listen(keys.extend), ScriptedDevice([Frame(b"ask", ok_reply, 5.0), Frame(b"no keys")])
    bus.attach(device, replies=True)
    until(lambda: received == PROBE + b"ask")
    terminal.send(b"as")
    terminal.send(b"kok")
    until(lambda: len(device.outcomes) == 2)
    terminal.send(b"no keysR")
    until(lambda: keys)
    assert (device.outcomes[0], bytes(keys)) == ((FrameOutcome.DONE, ""), b"R")
    bus.detach(device)
    stop()


@pytest.mark.parametrize("function", [6, 16])
def test_with_an_echo_a_sign_without_power_is_silent_and_the_other_is_ready(tmp_path: Path, function: int) -> None:
    with signs_on_bus(tmp_path / "rs485", (1, 2), LED | {"function": function}) as signs:
        signs.stack.enter_context(echoing(tmp_path / "rs485", signs.cables))
        signs.simulated["c2"].set_fault("unpowered", on=True)
        signs.open()
        signs.show()
        until(lambda: signs.health() == {"c1": ("ready", None), "c2": ("offline", "silent")}, signs.health)
        until(lambda: signs.shown() == {"c1": "A011", "c2": ""}, signs.shown)
