"""``luot-hardware ports`` and the port checks, on a simulated /dev, /sys and /proc."""

import fcntl
import grp
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.words import words
from hardware.installer import app, holders
from hardware.installer.holders import is_locked
from hardware.installer.port_checks import advice_for_services, group_name, usable_by_services
from hardware.installer.ports import Caution, Port, PortKind, port_of, ports


class Machine:
    """A simulated machine below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("dev/serial/by-id", "dev/serial/by-path", "dev/usb", "dev/input/by-id", "proc", "sys/class"):
            (root / folder).mkdir(parents=True)

    def usb(
        self,
        device: str,
        family: str,
        place: str,
        *,
        ids: tuple[str, str],
        product: str = "",
        serial: str = "",
        by_id: str = "",
        by_path: str = "",
    ) -> Path:
        """Add a device on USB socket ``place``, as the kernel and udev show it."""
        node = self.root / "dev" / device
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()
        usb = self.root / "sys/devices/pci0000:00/usb1" / place
        interface = usb / f"{place}:1.0" / node.name
        interface.mkdir(parents=True)
        (usb / "idVendor").write_text(f"{ids[0]}\n")
        (usb / "idProduct").write_text(f"{ids[1]}\n")
        for name, text in (("product", product), ("serial", serial)):
            if text:
                (usb / name).write_text(f"{text}\n")
        entry = self.root / "sys/class" / family / node.name
        entry.mkdir(parents=True)
        (entry / "device").symlink_to(interface)
        names = "serial" if family == "tty" else "input"
        for folder, name in (("by-id", by_id), ("by-path", by_path)):
            if name:
                link = self.root / "dev" / names / folder / name
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(Path("../..") / node.name)
        return node

    def uart(self, name: str, kind: str) -> None:
        (self.root / "dev" / name).touch()
        entry = self.root / "sys/class/tty" / name
        entry.mkdir(parents=True)
        (entry / "type").write_text(f"{kind}\n")

    def run_program(self, pid: int, program: str, *opened: str) -> None:
        folder = self.root / "proc" / str(pid)
        (folder / "fd").mkdir(parents=True)
        (folder / "comm").write_text(f"{program}\n")
        for number, path in enumerate(opened, 3):
            (folder / "fd" / str(number)).symlink_to(path)

    def port(self, device: str) -> Port:
        (port,) = [port for port in ports(self.root) if str(port.device) == f"/dev/{device}"]
        return port


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "root")


def test_an_adapter_with_a_serial_number_is_named_by_it(machine: Machine) -> None:
    machine.usb(
        "ttyUSB0",
        "tty",
        "1-2",
        ids=("0403", "6001"),
        product="FT232R",
        serial="A50285BI",
        by_id="usb-FTDI_FT232R_A50285BI-if00-port0",
        by_path="pci-0000:00:14.0-usb-0:2:1.0-port0",
    )
    port = machine.port("ttyUSB0")
    assert (port.kind, port.usb, port.product, port.serial_number) == (
        PortKind.SERIAL,
        ("0403", "6001"),
        "FT232R",
        "A50285BI",
    )
    assert str(port.best_name) == "/dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0"
    assert port.cautions == () and port.used_by == () and not port.locked


def test_an_adapter_without_a_serial_number_is_named_by_its_socket_with_a_caution(machine: Machine) -> None:
    names = {"by_id": "usb-1a86_USB_Serial-if00-port0", "by_path": "pci-0000:00:14.0-usb-0:4:1.0-port0"}
    machine.usb("ttyUSB1", "tty", "1-4", ids=("1a86", "7523"), product="USB Serial", **names)
    port = machine.port("ttyUSB1")
    assert port.cautions == (Caution.NO_SERIAL_NUMBER,)
    assert str(port.best_name) == "/dev/serial/by-path/pci-0000:00:14.0-usb-0:4:1.0-port0"


def test_programs_that_take_ports_are_a_caution_at_the_ports_they_may_take(machine: Machine) -> None:
    machine.usb("ttyUSB1", "tty", "1-4", ids=("1a86", "7523"), serial="1")
    machine.usb("ttyACM0", "tty", "1-5", ids=("2341", "0043"), serial="2")
    machine.run_program(300, "brltty")
    machine.run_program(301, "ModemManager")
    assert set(machine.port("ttyUSB1").cautions) == {Caution.MODEM_MANAGER, Caution.BRLTTY}
    assert machine.port("ttyACM0").cautions == (Caution.MODEM_MANAGER,)


def test_the_program_that_has_a_port_open_is_named(machine: Machine) -> None:
    machine.usb("usb/lp0", "usbmisc", "1-1", ids=("04b8", "0e28"), product="TM-T20III", serial="X1")
    machine.run_program(812, "luot-kiosk", "/dev/usb/lp0", "/dev/null", "socket:[1]")
    port = machine.port("usb/lp0")
    assert (port.kind, port.used_by) == (PortKind.PRINTER, ("luot-kiosk (812)",))


def test_a_port_locked_by_another_program_is_found_in_the_kernels_list() -> None:
    udev_name, theirs = os.openpty()
    path = Path(os.ttyname(theirs))
    program = "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, 2); print(flush=True); sys.stdin.read()"
    try:
        assert not is_locked(path)
        with subprocess.Popen(
            [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other:
            assert other.stdout is not None and other.stdout.readline()
            assert is_locked(path)
            assert holders.locked_files(Path("/"))[holders.lock_key(path)].endswith(f"({other.pid})")
            other.kill()
    finally:
        os.close(theirs)
        os.close(udev_name)


def test_files_and_connections_of_this_program_itself_are_not_counted() -> None:
    udev_name, theirs = os.openpty()
    path = Path(os.ttyname(theirs))
    with socket.create_server(("127.0.0.1", 0)) as printer:
        address = f"127.0.0.1:{printer.getsockname()[1]}"
        with socket.create_connection(printer.getsockname()):
            try:
                fcntl.flock(theirs, fcntl.LOCK_EX)
                assert not is_locked(path)
                assert str(path) not in holders.open_files(Path("/"))
                assert holders.connected_programs(address, Path("/")) == []
            finally:
                os.close(theirs)
                os.close(udev_name)


def test_the_program_connected_to_a_network_printer_is_named(machine: Machine) -> None:
    machine.run_program(812, "luot-kiosk", "/dev/null", "socket:[4711]")
    machine.run_program(813, "luot-display", "socket:[4712]", "socket:[4713]")
    (machine.root / "proc/net").mkdir()
    (machine.root / "proc/net/tcp").write_text(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0A01A8C0:C350 1401A8C0:238C 01 00000000:00000000 00:00000000 00000000  0 0 4711 1 0 20 4 30 10 -1\n"
        "   1: 0A01A8C0:C351 1401A8C0:238D 01 00000000:00000000 00:00000000 00000000  0 0 4712 1 0 20 4 30 10 -1\n"
        "   2: 0A01A8C0:C352 1401A8C0:238C 06 00000000:00000000 00:00000000 00000000  0 0 4713 1 0 20 4 30 10 -1\n"
    )
    assert holders.connected_programs("192.168.1.20:9100", machine.root) == ["luot-kiosk (812)"]
    assert holders.connected_programs("192.168.1.21:9100", machine.root) == []


def test_uarts_without_a_chip_and_inputs_that_are_not_on_usb_are_not_listed(machine: Machine) -> None:
    machine.uart("ttyS0", "4")
    machine.uart("ttyS1", "0")
    machine.usb(
        "input/event3", "input", "1-6", ids=("0c45", "7663"), product="Numeric Keypad", by_id="usb-pad-event-kbd"
    )
    (machine.root / "dev/input/event0").touch()  # the power button
    assert [str(port.device) for port in ports(machine.root)] == ["/dev/ttyS0", "/dev/input/event3"]


def test_a_port_is_found_under_each_of_its_names(machine: Machine) -> None:
    machine.usb("ttyUSB0", "tty", "1-2", ids=("0403", "6001"), serial="A", by_id="usb-A")
    for name in ("/dev/ttyUSB0", "/dev/serial/by-id/usb-A"):
        port = port_of(name, machine.root)
        assert port is not None and str(port.device) == "/dev/ttyUSB0"
    assert port_of("/dev/ttyUSB9", machine.root) is None


def test_the_name_that_our_own_udev_rules_gave_is_the_best(machine: Machine) -> None:
    machine.usb("usb/lp0", "usbmisc", "1-1", ids=("04b8", "0e28"), serial="X1")
    (machine.root / "dev/luot").mkdir()
    (machine.root / "dev/luot/printer").symlink_to("../usb/lp0")
    assert str(machine.port("usb/lp0").best_name) == "/dev/luot/printer"


@pytest.mark.parametrize(
    ("group", "mode", "kind", "usable"),
    [
        ("dialout", 0o660, PortKind.SERIAL, True),
        ("root", 0o660, PortKind.SERIAL, False),
        ("dialout", 0o640, PortKind.SERIAL, False),
        ("lp", 0o660, PortKind.PRINTER, True),
        ("dialout", 0o660, PortKind.PRINTER, False),
        ("input", 0o640, PortKind.INPUT, True),
        ("root", 0o666, PortKind.PRINTER, True),
    ],
)
def test_a_port_that_only_root_may_use_is_unusable_by_the_services(
    group: str, mode: int, kind: PortKind, usable: bool
) -> None:
    device = os.makedev(188, 0)
    status = os.stat_result([stat.S_IFCHR | mode, 1, 1, 1, 0, 4711, 0, 0, 0, 0], {"st_rdev": device})
    assert usable_by_services(status, kind, {4711: group}.__getitem__) is usable


def test_a_group_that_the_machine_lacks_is_named_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = words("vi")
    monkeypatch.setattr(grp, "getgrnam", {"dialout": None}.__getitem__)
    assert advice_for_services("dialout", texts).startswith("Cài luật udev")
    assert advice_for_services("input", texts) == "Máy này chưa có nhóm input: cài lại Lượt trên máy này, rồi cắm lại."
    assert group_name(2**30) == ""


def test_the_list_of_ports_ends_with_1_only_with_a_caution(machine: Machine) -> None:
    machine.usb("ttyUSB0", "tty", "1-1", ids=("0403", "6001"), serial="FT1")
    assert app.main(["ports", "--root", str(machine.root)]) == 0
    machine.usb("ttyUSB1", "tty", "1-2", ids=("1a86", "7523"))
    assert app.main(["ports", "--root", str(machine.root)]) == 1
