"""Other devices on a printer's port are reported, and get no slip."""

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from printer_stations import station_at

from hardware.ports import HealthState, PrintResult, PrintState, Proof
from hardware.printers.transports.connect import connector
from support.printer_rig import LIMITS, PROFILE, FaultTrigger, LinkKind, PrinterStation, simulated_printer, slip
from support.scaled_time import mono_s
from support.waiting import until


class UnknownDevice:
    """Another device on the printer's port. ``replies`` returns its bytes for received ones, or unasked for none."""

    def __init__(self, replies: Callable[[bytes], bytes]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self._listener.getsockname()[:2])
        self.received = bytearray()
        self._replies, self._over = replies, threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        self._listener.settimeout(0.05)
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(0.02)
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        while not self._over.is_set():
            try:
                data = connection.recv(4096)
            except TimeoutError:
                data = b""
            except OSError:  # the driver hung up meanwhile
                return
            else:
                if not data:
                    return
            self.received += data
            try:
                connection.sendall(self._replies(data))
            except OSError:
                return

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()


UNKNOWN_DEVICES: dict[str, Callable[[bytes], bytes]] = {
    "an echo": lambda data: data,
    "a modem": lambda data: b"\r\nERROR\r\n" if data else b"",
    "a scanner": lambda data: b"" if data else b"8934563138165\r",
    "all twos": lambda data: b"2" * 7 * len(data),
    "noise": lambda data: b"\xff\x80\xff" if data else b"",
    "replies without end": lambda _data: b"\x12" * 40,
}


@pytest.mark.parametrize("replies", UNKNOWN_DEVICES.values(), ids=UNKNOWN_DEVICES)
def test_an_unknown_device_is_reported_with_its_bytes_and_gets_no_slip(
    opened: ExitStack, tmp_path: Path, replies: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    device = opened.enter_context(closing(UnknownDevice(replies)))
    station = PrinterStation(
        connector("network", device.address, 0, mono_s),
        tmp_path / "journal",
        FaultTrigger(None),  # type: ignore[arg-type]
        LIMITS,
        PROFILE,
    )
    opened.enter_context(closing(station))
    with caplog.at_level(logging.WARNING):
        until(lambda: station.printer.health().code == "wrong", station.printer.health)
        health = station.printer.health()
        assert health.state is HealthState.FAULT and health.detail.startswith("it sends ")
        assert bytes.fromhex(health.detail.removeprefix("it sends "))
        result = station.print("t-1", slip("A101"))
        assert result == PrintResult("t-1", PrintState.FAILED, Proof.NONE, "wrong")
        station.wait_for_polls(5)
    assert not set(device.received) - {0x10, 1, 2, 3, 4}, "only status requests may be sent"
    assert station.printer.unconfirmed() == ()
    assert len([record for record in caplog.records if "are no reply" in record.getMessage()]) <= 1


def test_an_unknown_device_replaced_by_the_printer_is_forgotten(opened: ExitStack, tmp_path: Path) -> None:
    printer = opened.enter_context(closing(simulated_printer(LinkKind.NETWORK, tmp_path)))
    station, _ = station_at(opened, printer, tmp_path)
    station.wait_until_ready()
    printer.set_fault("wrong_device", on=True)
    until(lambda: station.printer.health().code == "wrong", station.printer.health)
    printer.set_fault("wrong_device", on=False)
    station.wait_until_ready()
    assert station.print("t-1", slip("A101")).state is PrintState.PRINTED
