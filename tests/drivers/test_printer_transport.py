"""Links to printers over network, USB and files: bounded waits, and reopening."""

import fcntl
import os
import pty
import socket
import termios
import threading
import time
import tty
from pathlib import Path

import pytest
from printer_links import SHORT_S, PtyCable, address_of, listener, opened, swallow

from hardware.printers.transports.connect import connector
from hardware.printers.transports.device_file import FileTransport, UsbTransport
from hardware.printers.transports.serial_link import SerialTransport
from hardware.printers.transports.tcp import TcpTransport
from hardware.printers.transports.transport import CannotConnect, LinkLost, Transport, WriteStalled
from support.waiting import PATIENCE_S


def test_a_network_printer_that_never_reads_is_noticed_after_a_few_kilobytes() -> None:
    with listener() as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with opened(TcpTransport(*address_of(port), time.monotonic)) as link, port.accept()[0]:
            assert swallow(link) < 300_000


def test_bytes_a_stalled_network_printer_did_not_take_are_not_sent_after_close() -> None:
    with listener() as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link = TcpTransport(*address_of(port), time.monotonic)
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
        with opened(TcpTransport(*address, time.monotonic)) as link:
            port.accept()[0].close()
            with pytest.raises(LinkLost):
                link.read(10, PATIENCE_S)
    with pytest.raises(CannotConnect):
        TcpTransport(*address, time.monotonic)


def test_a_time_out_of_reading_is_no_error_on_any_link(cable: PtyCable, tmp_path: Path) -> None:
    with listener() as port:
        url = "socket://{}:{}".format(*port.getsockname())
        links: list[Transport] = [
            TcpTransport(*address_of(port), time.monotonic),
            SerialTransport(url, 9600, time.monotonic),
            SerialTransport(url, 9600, time.monotonic, flow="xonxoff"),
            SerialTransport(str(cable.path), 9600, time.monotonic),
            FileTransport(tmp_path / "file", time.monotonic),
        ]
        for link in links:
            with opened(link):
                assert link.read(10, 0.01) == b""


def test_usb_carries_bytes_both_ways(cable: PtyCable) -> None:
    with opened(UsbTransport(cable.path, time.monotonic)) as link:
        link.write(b"\x10\x04\x01", PATIENCE_S)
        assert cable.take(3) == b"\x10\x04\x01"
        os.write(cable.ours, b"\x12\x00")
        assert link.read(1, PATIENCE_S) + link.read(5, PATIENCE_S) == b"\x12\x00"


def test_a_stalled_usb_printer_is_reported_in_time_and_resumes_at_the_same_byte(cable: PtyCable) -> None:
    data = bytes(range(256)) * 400
    os.set_blocking(cable.ours, True)
    with opened(UsbTransport(cable.path, time.monotonic)) as link:
        with pytest.raises(WriteStalled) as stalled:
            link.write(data, SHORT_S)
        sent = stalled.value.sent
        assert 0 < sent < len(data)
        got: list[bytes] = []
        reader = threading.Thread(target=lambda: got.append(cable.take(len(data))))
        reader.start()
        link.write(data[sent:], PATIENCE_S)
        reader.join(PATIENCE_S)
        assert got == [data]


def test_an_unplugged_usb_printer_is_lost_and_found_again_by_its_name(cable: PtyCable, tmp_path: Path) -> None:
    name = tmp_path / "printer"
    name.symlink_to(cable.path)
    connect = connector("usb", str(name), 0, time.monotonic)
    with opened(connect()) as link:
        cable.pull()
        with pytest.raises(LinkLost):
            link.write(b"x", PATIENCE_S)
        with pytest.raises(LinkLost):
            link.read(1, PATIENCE_S)
    name.unlink()
    with pytest.raises(CannotConnect):
        connect()
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    name.symlink_to(os.ttyname(theirs))
    again = PtyCable(ours, theirs, name)
    with opened(connect()) as link:
        link.write(b"back", PATIENCE_S)
        assert again.take(4) == b"back"
    again.pull()


def test_a_plain_file_where_the_usb_printer_should_be_is_no_printer(tmp_path: Path) -> None:
    path = tmp_path / "lp0"
    path.write_bytes(b"somebody wrote here while it was unplugged")
    with pytest.raises(CannotConnect, match="no device"):
        UsbTransport(path, time.monotonic)


class _EmptyPackets(UsbTransport):
    """A printer that answers each read with an empty packet, as usblp does.

    The file is readable, without data.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, time.monotonic)
        self.reads = 0

    def _ready(self, event: int, end_s: float) -> bool:
        self.reads += 1
        return True


def test_empty_packets_are_neither_an_end_nor_a_busy_loop(cable: PtyCable) -> None:
    link = _EmptyPackets(cable.path)
    with opened(link):
        assert link.read(10, SHORT_S) == b""
        assert link.reads < 200
        os.write(cable.ours, b"\x16")
        assert link.read(10, PATIENCE_S) == b"\x16"


def test_a_fifo_without_a_reader_is_refused_at_once_and_a_full_one_stalls(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    with pytest.raises(CannotConnect):
        FileTransport(path, time.monotonic)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
    with opened(FileTransport(path, time.monotonic)) as link:
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


NO_HOST_AND_PORT = ("x y:9100", "x..y:9100", f"{'x' * 64}:9100", "::1:9100", "h:0", "h:65536", "h:٣", "h: 9100")


@pytest.mark.parametrize("address", NO_HOST_AND_PORT)
def test_impossible_host_names_are_refused_before_the_resolver_raises(address: str) -> None:
    with pytest.raises(ValueError, match="is not host:port"):
        connector("network", address, 0, time.monotonic)


def test_received_bytes_are_acknowledged_at_once_for_printers_that_wait_for_the_acknowledgement() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()[:2]
        with opened(TcpTransport(host, port, time.monotonic)) as link, listener.accept()[0] as printer:
            for _ in range(30):  # a conversation: the kernel acknowledges with its next question, or 40 ms later
                link.write(b"?", PATIENCE_S)
                printer.recv(16)
                printer.send(b"!")
                assert link.read(16, PATIENCE_S) == b"!"
                waiting = fcntl.ioctl(printer, termios.TIOCOUTQ, b"\0" * 4)
                assert waiting == b"\0" * 4


@pytest.mark.parametrize(
    ("kind", "address", "message"),
    [
        ("serial", "/dev/none", "/dev/none: No such file or directory"),
        ("serial", "/dev/null", "/dev/null: Inappropriate ioctl for device"),
        ("serial", "socket://127.0.0.1:1", "socket://127.0.0.1:1: Connection refused"),
        ("network", "127.0.0.1:1", "127.0.0.1:1: Connection refused"),
        ("usb", "/dev/none", "/dev/none: No such file or directory"),
    ],
)
def test_a_link_that_cannot_be_opened_is_reported_with_the_systems_error(kind: str, address: str, message: str) -> None:
    with pytest.raises(CannotConnect) as error:
        connector(kind, address, 9600, time.monotonic)()
    assert str(error.value) == message
