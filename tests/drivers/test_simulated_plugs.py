"""The simulated printer behind serial lines and USB: speed, handshake, unplugging."""

import os
import select
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import serial

from hardware.simulated.printers.link import USB_BYTE_S, Handshake
from hardware.simulated.printers.plugs import PtyPlug
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.simulated.printers.profiles import EPSON
from support.waiting import PATIENCE_S

ROW = b"\xf0" * 72
STATUS = b"\x10\x04\x01"
FENCE = b"\x1dr\x01"


def raster(rows: int) -> bytes:
    return b"\x1dv0\0\x48\0" + rows.to_bytes(2, "little") + ROW * rows


def on_line(path: Path, baud: int = 115_200, handshake: Handshake = Handshake.NONE, **how: Any) -> SimulatedPrinter:
    how = {"speed_mm_s": 1e6, "restart_s": 0.05, **how}
    return SimulatedPrinter(
        plug=PtyPlug(path, baud), byte_s=10 / baud, handshake=handshake, mono_s=time.monotonic, **how
    )


def on_usb(path: Path, **how: Any) -> SimulatedPrinter:
    how = {"speed_mm_s": 1e6, "restart_s": 0.05, **how}
    return SimulatedPrinter(plug=PtyPlug(path), byte_s=USB_BYTE_S, mono_s=time.monotonic, **how)


def opened(path: Path, baud: int = 115_200, **how: Any) -> serial.Serial:
    return serial.Serial(str(path), baud, timeout=PATIENCE_S, write_timeout=PATIENCE_S, exclusive=True, **how)


def seconds(call: Callable[[], object]) -> float:
    start_s = time.monotonic()
    call()
    return time.monotonic() - start_s


def printed(printer: SimulatedPrinter) -> bool:
    left_mm: int = printer.state()["left_mm"]
    return left_mm < 80_000


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "printer"


def test_bytes_take_their_time_on_the_line(path: Path) -> None:
    with closing(on_line(path, 19_200)) as printer, opened(path, 19_200) as port:
        port.write(raster(16) + b"\x1dVB\0" + FENCE)
        assert port.read(1) == b"\0"
        [report] = printer.reports()
        assert report.bytes == 8 + 16 * 72 + 4 + 3
        assert report.wire_s == pytest.approx(report.bytes * 10 / 19_200)
        # The first byte's own time lies before the first arrival; what the machine adds is not the line's.
        assert report.first_byte_s is not None and report.last_byte_s is not None and report.fence_s is not None
        assert report.last_byte_s - report.first_byte_s >= 0.97 * report.wire_s - 0.01


def test_half_the_speed_takes_twice_the_time(tmp_path: Path) -> None:
    took = {}
    for baud in (38_400, 9_600):
        with closing(on_line(tmp_path / f"{baud}", baud)), opened(tmp_path / f"{baud}", baud) as port:
            port.write(raster(4) + FENCE)
            took[baud] = seconds(port.read)
    assert took[9_600] > 2 * took[38_400]


def test_answers_take_their_time_too(path: Path) -> None:
    with closing(on_line(path, 1_200)), opened(path, 1_200) as port:
        port.write(STATUS * 10)
        # 30 bytes there; the last answer's byte back.
        assert seconds(lambda: port.read(10)) >= 31 * 10 / 1_200 * 0.97


def test_a_port_at_another_speed_receives_and_sends_garbage(path: Path) -> None:
    with closing(on_line(path, 9_600)) as printer, opened(path, 19_200) as port:
        port.write(b"\x1b@" * 100 + STATUS * 4)
        port.timeout = 0.2
        assert b"\x12" not in port.read(4)
        assert printer.wait_for(lambda printer: bool(printer.state()["unknown_commands"]), PATIENCE_S)


def test_without_a_handshake_bytes_without_room_are_lost(path: Path) -> None:
    with closing(on_line(path, buffer_bytes=4_096)) as printer, opened(path) as port:
        printer.set_fault("paper_out", on=True)
        port.write(raster(90))
        assert printer.wait_for(lambda printer: printer.state()["lost_bytes"] > 0, PATIENCE_S)
        # Real-time questions are answered all the same.
        port.write(STATUS)
        assert port.read(1) == b"\x1a"


@pytest.mark.parametrize(
    ("handshake", "how"), [(Handshake.XONXOFF, {"xonxoff": True}), (Handshake.RTSCTS, {"rtscts": True})]
)
def test_a_handshake_both_sides_know_loses_nothing(path: Path, handshake: Handshake, how: dict[str, bool]) -> None:
    with (
        closing(on_line(path, 921_600, handshake, buffer_bytes=4_096)) as printer,
        opened(path, 921_600, **how) as port,
    ):
        printer.set_fault("paper_out", on=True)
        sender = threading.Thread(target=port.write, args=(raster(400) + b"\x1dVB\0" + FENCE,))
        sender.start()
        assert printer.wait_for(lambda printer: printer.state()["waiting_bytes"] > 3_500, PATIENCE_S)
        # More is sent than the buffer and the kernel's memory for the port hold together.
        sender.join(0.3)
        assert sender.is_alive() and printer.state()["lost_bytes"] == 0
        printer.set_fault("paper_out", on=False)
        assert port.read(1) == b"\0"
        sender.join()
        assert printer.state()["lost_bytes"] == 0 and printer.state()["unknown_commands"] == {}
        assert [piece["cut"] for piece in printer.state()["slips"]] == [True]


@pytest.mark.parametrize("handshake", [Handshake.XONXOFF, Handshake.RTSCTS])
def test_a_handshake_that_only_the_printer_uses_stops_no_sender(path: Path, handshake: Handshake) -> None:
    with closing(on_line(path, 921_600, handshake, buffer_bytes=4_096)) as printer, opened(path, 921_600) as port:
        printer.set_fault("paper_out", on=True)
        port.write(raster(200))
        assert printer.wait_for(lambda printer: printer.state()["lost_bytes"] > 0, PATIENCE_S)
        if handshake is Handshake.XONXOFF:
            assert port.read(1) == b"\x13"


def test_a_printer_that_is_busy_when_offline_stops_the_sender_before_its_queries(path: Path) -> None:
    make = replace(EPSON, busy_when_offline=True)
    with closing(on_line(path, handshake=Handshake.RTSCTS, make=make)) as printer, opened(path, rtscts=True) as port:
        printer.set_fault("cover_open", on=True)
        port.write(STATUS)
        port.timeout = 0.3
        assert port.read(1) == b""
        printer.set_fault("cover_open", on=False)
        port.timeout = PATIENCE_S
        assert port.read(1) == b"\x12"


def test_usb_holds_the_sender_back_when_the_buffer_is_full(path: Path) -> None:
    with closing(on_usb(path, buffer_bytes=4_096)) as printer:
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        printer.set_fault("paper_out", on=True)
        sent = 0
        data = raster(1_000)
        while select.select([], [fd], [], 0.3)[1]:
            sent += os.write(fd, data[sent : sent + 1_024])
        assert 4_096 < sent < 30_000 and printer.state()["lost_bytes"] == 0
        printer.set_fault("paper_out", on=False)
        while sent < len(data):
            assert select.select([], [fd], [], PATIENCE_S)[1]
            sent += os.write(fd, data[sent:])
        os.write(fd, FENCE)
        assert select.select([fd], [], [], PATIENCE_S)[0] and os.read(fd, 10) == b"\0"
        os.close(fd)


@pytest.mark.parametrize("build", [on_line, on_usb])
def test_a_pulled_adapter_is_an_error_and_returns_as_a_new_one(
    path: Path, build: Callable[[Path], SimulatedPrinter]
) -> None:
    with closing(build(path)) as printer:
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(fd)
        before = os.ttyname(fd)
        printer.set_fault("unplugged", on=True)
        assert not path.exists() and not path.is_symlink()
        with pytest.raises(OSError, match="Input/output"):
            os.write(fd, STATUS)
        with pytest.raises((OSError, termios.error)):
            termios.tcflush(fd, termios.TCIFLUSH)
        printer.set_fault("unplugged", on=False)
        again = os.open(path, os.O_RDWR | os.O_NOCTTY)
        assert os.ttyname(again) != before
        os.write(again, STATUS)
        assert os.read(again, 1) == b"\x12"
        os.close(again)
        os.close(fd)


def test_a_pulled_cable_leaves_half_a_slip_waiting_and_a_lost_power_does_not(path: Path) -> None:
    with closing(on_usb(path)) as printer:
        for fault, waits in (("unplugged", True), ("power_cycled", False)):
            fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
            os.write(fd, raster(100)[: 8 + 50 * 72])
            assert printer.wait_for(
                lambda printer: printer.state()["waiting_bytes"] == 0 and printed(printer), PATIENCE_S
            )
            printer.set_fault(fault, on=True)
            os.close(fd)
            printer.set_fault("unplugged", on=False)
            assert printer.wait_for(lambda printer: not any(printer.faults.values()), PATIENCE_S)
            fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
            os.write(fd, FENCE)
            # Swallowed as dots of the half raster, or answered.
            assert bool(select.select([fd], [], [], 0.3)[0]) is not waits
            os.write(fd, b"\0" * 4_000 + b"\x1b@" + FENCE)
            os.read(fd, 1)
            os.close(fd)


def test_a_serial_printer_without_power_leaves_its_adapter_there(path: Path) -> None:
    with closing(on_line(path, restart_s=60)) as printer, opened(path) as port:
        printer.set_fault("power_cycled", on=True)
        assert path.exists()
        port.timeout = 0.2
        port.write(STATUS)
        assert port.read(1) == b""
        printer.set_fault("power_cycled", on=False)
        port.timeout = PATIENCE_S
        port.write(STATUS)
        assert port.read(1) == b"\x12"
