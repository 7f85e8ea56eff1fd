"""Links to printers on real sockets, pseudo-terminals and socat pairs: bounded, paced, healed by opening anew."""

import contextlib
import fcntl
import gc
import os
import pty
import socket
import subprocess
import termios
import threading
import time
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from halls import need
from hardware.printers.transports.connect import connector
from hardware.printers.transports.device_file import File, Usb
from hardware.printers.transports.serial_link import Serial
from hardware.printers.transports.tcp import Tcp
from hardware.printers.transports.transport import CannotOpen, Gone, Stuck, Transport
from unhurried import mono_s
from waiting import PATIENCE_S, until

SHORT_S = 0.15
XON, XOFF = b"\x11", b"\x13"


@dataclass
class Cable:
    """A pseudo-terminal: ``ours`` is the printer's end, ``path`` where the driver finds its own."""

    ours: int
    theirs: int
    path: Path

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes that come."""
        data = b""
        while len(data) < count:
            data += os.read(self.ours, count - len(data))
        return data

    def pull(self) -> None:
        for end in (self.theirs, self.ours):
            if end >= 0:
                os.close(end)
        self.ours = self.theirs = -1


@pytest.fixture
def cable() -> Iterator[Cable]:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    made = Cable(ours, theirs, Path(os.ttyname(theirs)))
    yield made
    made.pull()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A serial cable of socat's: both ends are ports of this machine."""
    ends = tmp_path / "driver", tmp_path / "printer"
    process = subprocess.Popen([need("socat"), *(f"pty,raw,echo=0,link={end}" for end in ends)])
    until(lambda: all(end.exists() for end in ends), "socat made no cable")
    yield ends
    process.terminate()
    process.wait(PATIENCE_S)


@contextlib.contextmanager
def opened(link: Transport) -> Iterator[Transport]:
    try:
        yield link
    finally:
        link.close()
        link.close()


def swallow(link: Transport, data: bytes = b"u" * 4096) -> int:
    """Write until the link takes no more; how much it took. It must say so in time."""
    taken = 0
    for _ in range(10_000):
        begun_s = mono_s()
        try:
            link.write(data, SHORT_S)
        except Stuck as stuck:
            assert mono_s() - begun_s < SHORT_S + 2.0
            return taken + stuck.sent
        taken += len(data)
    raise AssertionError("the link takes bytes for ever")


class Ticks:
    """A clock that moves by 2 ms at each look, however busy this machine is."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def __call__(self) -> float:
        self._now_s += 0.002
        return self._now_s


# --- what all have in common


def address_of(port: socket.socket) -> tuple[str, int]:
    host, number = port.getsockname()
    return str(host), int(number)


def listener() -> socket.socket:
    made = socket.create_server(("127.0.0.1", 0))
    made.settimeout(PATIENCE_S)
    return made


def test_a_network_printer_that_never_reads_is_felt_after_a_few_kilobytes() -> None:
    with listener() as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with opened(Tcp(*address_of(port), time.monotonic)) as link, port.accept()[0]:
            assert swallow(link) < 300_000


def test_what_a_stuck_network_printer_did_not_take_is_not_sent_behind_our_back() -> None:
    with listener() as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link = Tcp(*address_of(port), time.monotonic)
        with port.accept()[0] as printer:
            swallow(link)
            link.close()
            printer.settimeout(PATIENCE_S)
            with pytest.raises(ConnectionResetError):
                while printer.recv(65_536):
                    pass


def test_a_network_printer_that_closes_is_gone_and_one_that_is_not_there_cannot_be_opened() -> None:
    with listener() as port:
        address = address_of(port)
        with opened(Tcp(*address, time.monotonic)) as link:
            port.accept()[0].close()
            with pytest.raises(Gone):
                link.read(10, PATIENCE_S)
    with pytest.raises(CannotOpen):
        Tcp(*address, time.monotonic)


def test_a_time_out_of_reading_is_no_error_on_any_link(cable: Cable, tmp_path: Path) -> None:
    with listener() as port:
        url = "socket://{}:{}".format(*port.getsockname())
        links: list[Transport] = [
            Tcp(*address_of(port), time.monotonic),
            Serial(url, 9600, time.monotonic),
            Serial(url, 9600, time.monotonic, flow="xonxoff"),
            Serial(str(cable.path), 9600, time.monotonic),
            File(tmp_path / "file", time.monotonic),
        ]
        for link in links:
            with opened(link):
                assert link.read(10, 0.01) == b""


# --- USB: a pseudo-terminal stands for the usblp device file


def test_usb_carries_bytes_both_ways(cable: Cable) -> None:
    with opened(Usb(cable.path, time.monotonic)) as link:
        link.write(b"\x10\x04\x01", PATIENCE_S)
        assert cable.take(3) == b"\x10\x04\x01"
        os.write(cable.ours, b"\x12\x00")
        assert link.read(1, PATIENCE_S) + link.read(5, PATIENCE_S) == b"\x12\x00"


def test_a_usb_printer_that_takes_nothing_is_stuck_in_time_and_goes_on_where_it_was(cable: Cable) -> None:
    data = bytes(range(256)) * 400
    os.set_blocking(cable.ours, True)
    with opened(Usb(cable.path, time.monotonic)) as link:
        with pytest.raises(Stuck) as stuck:
            link.write(data, SHORT_S)
        sent = stuck.value.sent
        assert 0 < sent < len(data)
        got: list[bytes] = []
        reader = threading.Thread(target=lambda: got.append(cable.take(len(data))))
        reader.start()
        link.write(data[sent:], PATIENCE_S)
        reader.join(PATIENCE_S)
        assert got == [data]


def test_an_unplugged_usb_printer_is_gone_and_found_again_by_its_name(cable: Cable, tmp_path: Path) -> None:
    name = tmp_path / "printer"
    name.symlink_to(cable.path)
    connect = connector("usb", str(name), 0, time.monotonic)
    with opened(connect()) as link:
        cable.pull()
        with pytest.raises(Gone):
            link.write(b"x", PATIENCE_S)
        with pytest.raises(Gone):
            link.read(1, PATIENCE_S)
    name.unlink()
    with pytest.raises(CannotOpen):
        connect()
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    name.symlink_to(os.ttyname(theirs))
    again = Cable(ours, theirs, name)
    with opened(connect()) as link:
        link.write(b"back", PATIENCE_S)
        assert again.take(4) == b"back"
    again.pull()


def test_a_plain_file_where_the_usb_printer_should_be_is_no_printer(tmp_path: Path) -> None:
    path = tmp_path / "lp0"
    path.write_bytes(b"somebody wrote here while it was unplugged")
    with pytest.raises(CannotOpen, match="no device"):
        Usb(path, time.monotonic)


class _EmptyPackets(Usb):
    """A printer that answers each look with an empty packet, as usblp hands them on: readable, and nothing there."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, time.monotonic)
        self.looks = 0

    def _ready(self, event: int, end_s: float) -> bool:
        self.looks += 1
        return True


def test_empty_packets_are_neither_an_end_nor_a_busy_loop(cable: Cable) -> None:
    link = _EmptyPackets(cable.path)
    with opened(link):
        assert link.read(10, SHORT_S) == b""
        assert link.looks < 200
        os.write(cable.ours, b"\x16")
        assert link.read(10, PATIENCE_S) == b"\x16"


# --- serial lines


def test_bytes_leave_at_the_pace_of_the_line_although_the_kernel_would_take_them_at_once(cable: Cable) -> None:
    baud, data = 19_200, b"u" * 1000
    with opened(Serial(str(cable.path), baud, time.monotonic)) as link:
        begun_s = time.monotonic()
        link.write(data, PATIENCE_S)
        assert time.monotonic() - begun_s >= 0.98 * len(data) * 10 / baud
        assert cable.take(len(data)) == data


def test_a_line_behind_a_serial_server_is_paced_too() -> None:
    baud, data = 19_200, b"u" * 1000
    with listener() as port:
        url = "socket://{}:{}".format(*port.getsockname())
        with opened(Serial(url, baud, time.monotonic)) as link, port.accept()[0] as server:
            begun_s = time.monotonic()
            link.write(data, PATIENCE_S)
            assert time.monotonic() - begun_s >= 0.98 * len(data) * 10 / baud
            assert len(server.recv(4096)) > 0


def test_a_slip_can_be_stopped_within_a_tenth_of_a_second_at_9600_baud(cable: Cable) -> None:
    with opened(Serial(str(cable.path), 9600, Ticks())) as link:
        with pytest.raises(Stuck) as stuck:
            link.write(b"u" * 20_000, SHORT_S)
        # What the line carries in that time, and 0.1 s more: all else can still be withheld.
        assert stuck.value.sent <= (SHORT_S + 0.1) * 960
        assert len(cable.take(stuck.value.sent)) == stuck.value.sent
        os.set_blocking(cable.ours, False)
        with pytest.raises(BlockingIOError):
            os.read(cable.ours, 1)


def test_a_port_is_opened_for_us_alone(cable: Cable) -> None:
    with opened(Serial(str(cable.path), 9600, time.monotonic)), pytest.raises(CannotOpen):
        Serial(str(cable.path), 9600, time.monotonic)


@pytest.mark.parametrize(("flow", "wires", "stops"), [("none", 0, 0), ("rtscts", 1, 0), ("xonxoff", 0, 1)])
def test_the_handshake_that_was_asked_for_is_set_and_no_xoff_of_ours_gets_into_a_picture(
    cable: Cable, flow: str, wires: int, stops: int
) -> None:
    with opened(connector("serial", str(cable.path), 19_200, time.monotonic, flow=flow)()):  # type: ignore[arg-type]
        inward, _, control, *_, speed, _ = termios.tcgetattr(cable.theirs)
    assert bool(control & termios.CRTSCTS) == bool(wires)
    assert bool(inward & termios.IXON) == bool(stops)
    assert not inward & (termios.IXOFF | termios.IXANY)
    assert speed == termios.B19200


def test_xoff_stops_a_port_of_this_machine_and_xon_lets_it_go_on(cable: Cable) -> None:
    data = b"u" * 3000
    with opened(Serial(str(cable.path), 115_200, time.monotonic, flow="xonxoff")) as link:
        os.write(cable.ours, XOFF)
        with pytest.raises(Stuck) as stuck:
            link.write(data, SHORT_S)
        sent = stuck.value.sent
        assert sent < 100
        os.write(cable.ours, XON + b"\x12")
        link.write(data[sent:], PATIENCE_S)
        assert cable.take(len(data)) == data
        assert link.read(10, PATIENCE_S) == b"\x12"


def test_xoff_through_a_serial_server_stops_us_and_is_no_answer() -> None:
    data = b"u" * 3000
    with listener() as port:
        url = "socket://{}:{}".format(*port.getsockname())
        with opened(Serial(url, 115_200, time.monotonic, flow="xonxoff")) as link, port.accept()[0] as server:
            server.sendall(b"\x16" + XOFF)
            assert link.read(10, PATIENCE_S) == b"\x16"
            until(lambda: link.read(10, 0.01) == b"")
            with pytest.raises(Stuck) as stuck:
                link.write(data, SHORT_S)
            assert stuck.value.sent == 0
            threading.Timer(SHORT_S, server.sendall, [b"\x12" + XON + b"\x14"]).start()
            link.write(data, PATIENCE_S)
            assert link.read(10, PATIENCE_S) + link.read(10, 0.01) == b"\x12\x14"


def test_bytes_that_mean_nothing_without_that_handshake_are_handed_on() -> None:
    with listener() as port:
        url = "socket://{}:{}".format(*port.getsockname())
        with opened(Serial(url, 115_200, time.monotonic)) as link, port.accept()[0] as server:
            server.sendall(XOFF)
            assert link.read(10, PATIENCE_S) == XOFF
            link.write(b"x", PATIENCE_S)


def test_closing_does_not_wait_for_what_a_stopped_printer_never_takes(cable: Cable) -> None:
    link = Serial(str(cable.path), 115_200, time.monotonic, flow="xonxoff")
    os.write(cable.ours, XOFF)
    with pytest.raises(Stuck):
        link.write(b"u" * 3000, SHORT_S)
    begun_s = mono_s()
    link.close()
    assert mono_s() - begun_s < 5


def test_a_serial_cable_of_two_ports_carries_both_ways_and_is_gone_when_it_is_pulled(pair: tuple[Path, Path]) -> None:
    ours, theirs = pair
    with opened(Serial(str(ours), 115_200, time.monotonic)) as link:
        with opened(Serial(str(theirs), 115_200, time.monotonic)) as printer:
            link.write(b"\x10\x04\x02", PATIENCE_S)
            until(lambda: printer.read(10, 0.01) == b"\x10\x04\x02")
            printer.write(b"\x12", PATIENCE_S)
            assert link.read(10, PATIENCE_S) == b"\x12"
        os.kill(_socat_of(ours), 15)
        with pytest.raises(Gone):
            for _ in range(1000):
                link.read(10, 0.02)


def _socat_of(path: Path) -> int:
    """The process that holds the cable."""
    found = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and _runs(entry, str(path))]
    assert len(found) == 1
    return int(found[0].name)


def _runs(entry: Path, argument: str) -> bool:
    try:
        return f"link={argument}".encode() in (entry / "cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pyserial never closes its log
def test_a_spied_port_works_and_writes_down_what_went_over_it(cable: Cable, tmp_path: Path) -> None:
    log = tmp_path / "spied.txt"
    with opened(Serial(f"spy://{cable.path}?file={log}", 115_200, time.monotonic)) as link:
        link.write(b"\x1b@", PATIENCE_S)
        assert cable.take(2) == b"\x1b@"
    assert "1B 40" in log.read_text()
    gc.collect()


# --- files


def test_a_fifo_that_nobody_reads_is_refused_at_once_and_one_that_fills_up_is_stuck(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    with pytest.raises(CannotOpen):
        File(path, time.monotonic)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
    with opened(File(path, time.monotonic)) as link:
        assert swallow(link) <= 65_536
    os.close(reader)


def test_a_file_takes_everything_in_order_and_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "slips.bin"
    for part in (b"one", b"two" * 10_000):
        with opened(connector("file", str(path), 0, time.monotonic)()) as link:
            link.write(part, PATIENCE_S)
    assert path.read_bytes() == b"one" + b"two" * 10_000


@pytest.mark.parametrize("kind", ["serial", "usb", "file"])
def test_an_empty_address_is_refused_before_anything_is_opened(kind: str) -> None:
    with pytest.raises(ValueError, match="needs an address"):
        connector(kind, "", 9600, time.monotonic)


# --- network

NO_HOST_AND_PORT = ("x y:9100", "x..y:9100", f"{'x' * 64}:9100", "::1:9100", "h:0", "h:65536", "h:٣", "h: 9100")


@pytest.mark.parametrize("address", NO_HOST_AND_PORT)
def test_what_no_machine_can_be_called_is_refused_before_a_resolver_stumbles_over_it(address: str) -> None:
    with pytest.raises(ValueError, match="is not host:port"):
        connector("network", address, 0, time.monotonic)


def test_what_came_is_acknowledged_at_once_for_printers_that_wait_for_it_before_they_say_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()[:2]
        with opened(Tcp(host, port, time.monotonic)) as link, listener.accept()[0] as printer:
            for _ in range(30):  # a conversation: the kernel acknowledges with its next question, or 40 ms later
                link.write(b"?", PATIENCE_S)
                printer.recv(16)
                printer.send(b"!")
                assert link.read(16, PATIENCE_S) == b"!"
                waiting = fcntl.ioctl(printer, termios.TIOCOUTQ, b"\0" * 4)
                assert waiting == b"\0" * 4


@pytest.mark.parametrize(
    ("kind", "address", "said"),
    [
        ("serial", "/dev/none", "/dev/none: No such file or directory"),
        ("serial", "/dev/null", "/dev/null: Inappropriate ioctl for device"),
        ("serial", "socket://127.0.0.1:1", "socket://127.0.0.1:1: Connection refused"),
        ("network", "127.0.0.1:1", "127.0.0.1:1: Connection refused"),
        ("usb", "/dev/none", "/dev/none: No such file or directory"),
    ],
)
def test_what_cannot_be_opened_is_named_once_and_said_in_the_systems_words(kind: str, address: str, said: str) -> None:
    with pytest.raises(CannotOpen) as error:
        connector(kind, address, 9600, time.monotonic)()
    assert str(error.value) == said
