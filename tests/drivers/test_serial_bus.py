"""A serial bus with many devices: turns, silence, priorities, receivers, failures; over pseudo-terminals."""

import itertools
import threading
from functools import partial
from pathlib import Path

import pytest
from serial_bench import FarEnd, ScriptedDevice, ok_reply

from hardware.ports import HealthState
from hardware.serial_bus.bus import SerialBus, SerialBuses
from hardware.serial_bus.device import Frame, FrameOutcome, Priority
from hardware.serial_bus.echo import PROBE
from hardware.serial_bus.serial_port import SerialPort
from hardware.simulated.terminal import Terminal
from support.scaled_time import mono_s
from support.waiting import until


def test_devices_send_one_frame_each_in_turn_with_a_silence_between(far_end: FarEnd) -> None:
    path, received, _ = far_end
    bus = SerialBus(str(path), 2400, mono_s)
    devices = [ScriptedDevice([]) for _ in range(3)]
    for device in devices:
        bus.attach(device)
    for name, device in enumerate(devices):  # none begins before all are attached
        device.script = [Frame(b"%d-%d;" % (name, turn)) for turn in range(3)]
    bus.wake()
    until(lambda: received.count(b";") == 9)
    frames = bytes(received).decode().rstrip(";").split(";")
    assert sorted(frames) == sorted(f"{name}-{turn}" for name in range(3) for turn in range(3))
    late = frames[frames.index(next(frame for frame in frames if frame[0] == "2")) :]
    assert all(frame[0] != following[0] for frame, following in itertools.pairwise(late)), frames
    times = sorted(at for device in devices for at in device.sent_s)
    assert min(b - a for a, b in itertools.pairwise(times)) >= (4 + 3.5) * 10 / 2400
    for device in devices:
        bus.detach(device)
        bus.detach(device)
    until(lambda: received.count(b"bye") == 3)
    assert bus.health().state is HealthState.OFFLINE


def test_a_bus_is_opened_again_by_a_device_attached_after_the_last_was_detached(far_end: FarEnd) -> None:
    path, received, _ = far_end
    bus = SerialBus(str(path), 115200, mono_s)
    for turn in range(3):
        device = ScriptedDevice([Frame(b"again")])
        bus.attach(device)
        until(lambda turn=turn: received.count(b"again") == turn + 1)
        bus.detach(device)


def test_replies_go_to_the_asking_device_and_other_bytes_to_all_receivers(far_end: FarEnd) -> None:
    path, received, terminal = far_end
    bus, keys = SerialBus(str(path), 115200, mono_s), bytearray()
    stop = bus.listen(keys.extend)
    device = ScriptedDevice([Frame(b"ask", ok_reply, 5.0)])
    bus.attach(device)
    until(lambda: received == PROBE + b"ask")
    terminal.send(b"ok")
    until(lambda: device.outcomes == [(FrameOutcome.DONE, "")])
    terminal.send(b"R")
    until(lambda: keys == b"R")
    assert bus.unclaimed_bytes == 0
    bus.detach(device)
    stop()
    stop()
    assert bus.health().state is HealthState.OFFLINE


def test_a_key_pressed_instead_of_an_awaited_reply_is_not_lost(far_end: FarEnd) -> None:
    path, received, terminal = far_end
    bus, keys = SerialBus(str(path), 115200, mono_s), bytearray()
    stop, device = bus.listen(keys.extend), ScriptedDevice([Frame(b"ask", ok_reply, 0.2)])
    bus.attach(device)
    until(lambda: received == PROBE + b"ask")
    terminal.send(b"R")
    until(lambda: device.outcomes and keys == b"R")
    assert device.outcomes == [(FrameOutcome.GARBLED, "no answer but 52")]
    bus.detach(device)
    stop()


def test_unclaimed_bytes_are_counted_and_logged_once(far_end: FarEnd, caplog: pytest.LogCaptureFixture) -> None:
    path, received, terminal = far_end
    bus, device = SerialBus(str(path), 115200, mono_s), ScriptedDevice([Frame(b"x")])
    bus.attach(device)
    until(lambda: received == b"x")
    for count in (1, 2, 3):
        terminal.send(b"\x1b?")
        until(lambda count=count: bus.unclaimed_bytes == 2 * count)
    bus.detach(device)
    assert [record.getMessage() for record in caplog.records] == [f"{path}: unexpected bytes: 1b 3f"]


def test_endless_bytes_from_one_device_do_not_keep_others_from_sending(far_end: FarEnd) -> None:
    path, received, terminal = far_end
    bus, over = SerialBus(str(path), 9600, mono_s), threading.Event()

    def babble() -> None:
        while not over.wait(0.001):
            terminal.send(b"#")

    talker, babbled = threading.Thread(target=babble), bytearray()
    talker.start()
    stop, device = bus.listen(babbled.extend), ScriptedDevice([Frame(b"hello")])
    until(lambda: len(babbled) > 50)
    bus.attach(device)
    until(lambda: received == PROBE + b"hello")
    over.set()
    talker.join()
    bus.detach(device)
    stop()


def test_a_cable_is_pulled_although_its_far_end_replies_at_that_moment(tmp_path: Path) -> None:
    began, go = threading.Event(), threading.Event()

    def reply(data: bytes) -> None:
        began.set()
        go.wait()
        terminal.send(data)

    terminal = Terminal(tmp_path / "line", reply)
    (tmp_path / "line").write_bytes(b"x")
    until(began.is_set)
    pulling = threading.Thread(target=terminal.close, daemon=True)
    pulling.start()
    until(lambda: not (tmp_path / "line").exists())
    go.set()
    until(lambda: not pulling.is_alive())


def test_new_contents_are_sent_before_refreshes_and_those_before_unreachable_devices(far_end: FarEnd) -> None:
    path, received, _ = far_end
    bus = SerialBus(str(path), 2400, mono_s)
    first = ScriptedDevice([Frame(b"." * 40)])  # the others are attached while it is sent
    bus.attach(first)
    until(lambda: first.outcomes)
    devices = [
        ScriptedDevice([Frame(b"%d" % priority), Frame(b"%d" % priority)], priority=partial(Priority, priority))
        for priority in (Priority.LOWEST, Priority.LOW, Priority.HIGH)
    ]
    for device in devices:
        bus.attach(device)
    until(lambda: len(received) == 46)
    assert received[40:] == b"001122"
    for device in (first, *devices):
        bus.detach(device)


def test_no_device_waits_for_ever_for_its_turn(far_end: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.serial_bus.members.MAX_WAIT_S", 0.05)
    path, received, _ = far_end
    bus = SerialBus(str(path), 38400, mono_s)
    busy = ScriptedDevice([Frame(b"n")] * 10000)
    bus.attach(busy)
    until(lambda: b"n" in received)
    unreachable = ScriptedDevice([Frame(b"v")], priority=lambda: Priority.LOWEST)
    bus.attach(unreachable)
    until(lambda: unreachable.outcomes)
    assert len(busy.outcomes) < 10000
    bus.detach(busy)
    bus.detach(unreachable)


def test_a_failing_driver_does_not_keep_devices_from_detaching(far_end: FarEnd) -> None:
    path, received, _ = far_end
    bus, wrong, working = (
        SerialBus(str(path), 115200, mono_s),
        ScriptedDevice([]),
        ScriptedDevice([Frame(b"well")]),
    )
    bus.attach(working)
    until(lambda: received == b"well")
    wrong.script = [Frame(b"")]
    wrong.next_frame = lambda now_s: wrong.script[7]  # type: ignore[method-assign]
    bus.attach(wrong)
    until(lambda: bus.health().code == "failed", bus.health)
    late = ScriptedDevice([])
    bus.attach(late)
    for device in (wrong, working, late):
        bus.detach(device)


def test_a_bus_whose_thread_failed_reports_it_and_serves_all_devices_again(
    far_end: FarEnd, caplog: pytest.LogCaptureFixture
) -> None:
    path, received, _ = far_end
    bus, wrong = SerialBus(str(path), 115200, mono_s), ScriptedDevice([Frame(b"")])
    failed, real = [IndexError("a mistake of ours")], wrong.next_frame

    def next_frame(now_s: float) -> Frame:
        if failed:
            raise failed.pop()
        return real(now_s)

    wrong.next_frame = next_frame  # type: ignore[method-assign]
    bus.attach(wrong)
    until(lambda: bus.health().code == "failed", bus.health)
    bus.attach(working := ScriptedDevice([Frame(b"well")]))
    until(lambda: received == b"well", bus.health)
    assert bus.health().state is HealthState.READY
    assert "a mistake of ours" in caplog.text
    for device in (wrong, working):
        bus.detach(device)


def test_a_bus_used_with_two_speeds_is_an_error() -> None:
    buses = SerialBuses(mono_s)
    bus = buses.bus("/dev/x", 9600, parity="even")
    assert buses.bus("/dev/x", 9600) is bus
    for baud, parity in ((19200, None), (9600, "odd")):
        with pytest.raises(ValueError, match="/dev/x cannot have 9600 baud, parity even and"):
            buses.bus("/dev/x", baud, parity=parity)  # type: ignore[arg-type]


def test_a_missing_port_is_tried_again_after_growing_waits(tmp_path: Path) -> None:
    now = [0.0]
    port = SerialPort(str(tmp_path / "none"), 9600, lambda: now[0])
    tries, lost = [], port._lose

    def lose(error: Exception) -> None:
        tries.append(now[0])
        lost(error)

    port._lose = lose  # type: ignore[method-assign]
    while now[0] < 40:
        port.open()
        now[0] += 0.25
    port.close()
    assert tries == [
        0.0,
        0.5,
        1.5,
        3.5,
        7.5,
        15.5,
        23.5,
        31.5,
        39.5,
    ]  # a port plugged in again works within ten seconds
