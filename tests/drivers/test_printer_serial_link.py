"""Serial links to printers, on pseudo-terminals, serial servers and socat: paced, with handshakes."""

import gc
import os
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from printer_links import SHORT_S, PtyCable, listener, opened

from hardware.printers.transports.connect import connector
from hardware.printers.transports.serial_link import SerialTransport
from hardware.printers.transports.transport import CannotConnect, LinkLost, WriteStalled
from support.scaled_time import mono_s
from support.server_process import need
from support.waiting import PATIENCE_S, until

XON, XOFF = b"\x11", b"\x13"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A serial cable made by socat: both ends are ports of this machine."""
    ends = tmp_path / "driver", tmp_path / "printer"
    process = subprocess.Popen([need("socat"), *(f"pty,raw,echo=0,link={end}" for end in ends)])
    until(lambda: all(end.exists() for end in ends), "socat made no cable")
    yield ends
    process.terminate()
    process.wait(PATIENCE_S)


class Ticks:
    """A clock that advances 2 ms with each call, however busy this machine is."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def __call__(self) -> float:
        self._now_s += 0.002
        return self._now_s


def test_bytes_leave_at_the_pace_of_the_line_although_the_kernel_would_take_them_at_once(cable: PtyCable) -> None:
    baud, data = 19_200, b"u" * 1000
    with opened(SerialTransport(str(cable.path), baud, time.monotonic)) as link:
        begun_s = time.monotonic()
        link.write(data, PATIENCE_S)
        assert time.monotonic() - begun_s >= 0.98 * len(data) * 10 / baud
        assert cable.take(len(data)) == data


def test_a_line_behind_a_serial_server_is_paced_too() -> None:
    baud, data = 19_200, b"u" * 1000
    with listener() as port:
        url = "socket://{}:{}".format(*port.getsockname())
        with opened(SerialTransport(url, baud, time.monotonic)) as link, port.accept()[0] as server:
            begun_s = time.monotonic()
            link.write(data, PATIENCE_S)
            assert time.monotonic() - begun_s >= 0.98 * len(data) * 10 / baud
            assert len(server.recv(4096)) > 0


def test_a_slip_can_be_stopped_within_a_tenth_of_a_second_at_9600_baud(cable: PtyCable) -> None:
    with opened(SerialTransport(str(cable.path), 9600, Ticks())) as link:
        with pytest.raises(WriteStalled) as stalled:
            link.write(b"u" * 20_000, SHORT_S)
        # What the line carries in that time, and 0.1 s more: all else can still be withheld.
        assert stalled.value.sent <= (SHORT_S + 0.1) * 960
        assert len(cable.take(stalled.value.sent)) == stalled.value.sent
        os.set_blocking(cable.ours, False)
        with pytest.raises(BlockingIOError):
            os.read(cable.ours, 1)


def test_a_port_is_opened_exclusively(cable: PtyCable) -> None:
    with opened(SerialTransport(str(cable.path), 9600, time.monotonic)), pytest.raises(CannotConnect):
        SerialTransport(str(cable.path), 9600, time.monotonic)


@pytest.mark.parametrize(("flow", "wires", "stops"), [("none", 0, 0), ("rtscts", 1, 0), ("xonxoff", 0, 1)])
def test_the_configured_handshake_is_set_and_the_driver_sends_no_xoff(
    cable: PtyCable, flow: str, wires: int, stops: int
) -> None:
    with opened(connector("serial", str(cable.path), 19_200, time.monotonic, flow=flow)()):  # type: ignore[arg-type]
        inward, _, control, *_, speed, _ = termios.tcgetattr(cable.theirs)
    assert bool(control & termios.CRTSCTS) == bool(wires)
    assert bool(inward & termios.IXON) == bool(stops)
    assert not inward & (termios.IXOFF | termios.IXANY)
    assert speed == termios.B19200


def test_xoff_stops_a_port_of_this_machine_and_xon_lets_it_go_on(cable: PtyCable) -> None:
    data = b"u" * 3000
    with opened(SerialTransport(str(cable.path), 115_200, time.monotonic, flow="xonxoff")) as link:
        os.write(cable.ours, XOFF)
        with pytest.raises(WriteStalled) as stalled:
            link.write(data, SHORT_S)
        sent = stalled.value.sent
        assert sent < 100
        os.write(cable.ours, XON + b"\x12")
        link.write(data[sent:], PATIENCE_S)
        assert cable.take(len(data)) == data
        assert link.read(10, PATIENCE_S) == b"\x12"


def test_xoff_through_a_serial_server_stops_the_driver_and_is_no_reply() -> None:
    data = b"u" * 3000
    with listener() as port:
        url = "socket://{}:{}".format(*port.getsockname())
        with opened(SerialTransport(url, 115_200, time.monotonic, flow="xonxoff")) as link, port.accept()[0] as server:
            server.sendall(b"\x16" + XOFF)
            assert link.read(10, PATIENCE_S) == b"\x16"
            until(lambda: link.read(10, 0.01) == b"")
            with pytest.raises(WriteStalled) as stalled:
                link.write(data, SHORT_S)
            assert stalled.value.sent == 0
            threading.Timer(SHORT_S, server.sendall, [b"\x12" + XON + b"\x14"]).start()
            link.write(data, PATIENCE_S)
            assert link.read(10, PATIENCE_S) + link.read(10, 0.01) == b"\x12\x14"


def test_xoff_without_the_handshake_is_received_as_data() -> None:
    with listener() as port:
        url = "socket://{}:{}".format(*port.getsockname())
        with opened(SerialTransport(url, 115_200, time.monotonic)) as link, port.accept()[0] as server:
            server.sendall(XOFF)
            assert link.read(10, PATIENCE_S) == XOFF
            link.write(b"x", PATIENCE_S)


def test_closing_does_not_wait_for_bytes_that_a_stopped_printer_never_takes(cable: PtyCable) -> None:
    link = SerialTransport(str(cable.path), 115_200, time.monotonic, flow="xonxoff")
    os.write(cable.ours, XOFF)
    with pytest.raises(WriteStalled):
        link.write(b"u" * 3000, SHORT_S)
    begun_s = mono_s()
    link.close()
    assert mono_s() - begun_s < 5


def test_a_serial_cable_of_two_ports_carries_both_ways_and_is_gone_when_it_is_pulled(pair: tuple[Path, Path]) -> None:
    ours, theirs = pair
    with opened(SerialTransport(str(ours), 115_200, time.monotonic)) as link:
        with opened(SerialTransport(str(theirs), 115_200, time.monotonic)) as printer:
            link.write(b"\x10\x04\x02", PATIENCE_S)
            until(lambda: printer.read(10, 0.01) == b"\x10\x04\x02")
            printer.write(b"\x12", PATIENCE_S)
            assert link.read(10, PATIENCE_S) == b"\x12"
        os.kill(_socat_of(ours), 15)
        with pytest.raises(LinkLost):
            for _ in range(1000):
                link.read(10, 0.02)


def _socat_of(path: Path) -> int:
    """Return the process id of the socat that holds the cable."""
    processes = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and _runs(entry, str(path))]
    assert len(processes) == 1
    return int(processes[0].name)


def _runs(entry: Path, argument: str) -> bool:
    try:
        return f"link={argument}".encode() in (entry / "cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pyserial never closes its log
def test_a_spied_port_works_and_logs_its_bytes(cable: PtyCable, tmp_path: Path) -> None:
    log = tmp_path / "spied.txt"
    with opened(SerialTransport(f"spy://{cable.path}?file={log}", 115_200, time.monotonic)) as link:
        link.write(b"\x1b@", PATIENCE_S)
        assert cable.take(2) == b"\x1b@"
    assert "1B 40" in log.read_text()
    gc.collect()
