"""``luot-hardware health``: devices are opened, or their health is read from the server."""

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import serial

from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.simulated.terminal import Terminal
from support.installing import Finished, closed_address, luot_hardware, printer_address, settings_file


def test_health_opens_the_devices_when_no_station_runs(tmp_path: Path, simulated_printer: SimulatedPrinter) -> None:
    port = tmp_path / "sign"
    path = settings_file(
        tmp_path,
        f'[kiosk]\n[kiosk.printer]\nkind = "network"\naddress = "{printer_address(simulated_printer)}"\n'
        f'[counter]\n[[counter.desks]]\ncounter = "c1"\nsign = {{ kind = "cd5220", port = "{port}" }}\n',
    )
    with closing(Terminal(port, lambda _data: None)):
        fine = luot_hardware("health", "--config", path, "--json")
    assert fine.code == 0 and set(fine.findings()) == {"printer", "sign-c1"}
    simulated_printer.set_fault("cover_open", on=True)
    faulty = luot_hardware("health", "--config", path, "--language", "en")
    assert faulty.code == 2
    assert re.search("✗ slip printer +cover open", faulty.out)
    assert "→ Close the printer’s cover." in faulty.out
    assert "2 of 2 need a look." in faulty.out


def test_a_device_held_by_another_program_is_reported_as_in_use(tmp_path: Path) -> None:
    port = tmp_path / "sign"
    sign = f'sign = {{ kind = "cd5220", port = "{port}" }}'
    path = settings_file(tmp_path, f'[counter]\n[[counter.desks]]\ncounter = "c1"\n{sign}\n')
    with closing(Terminal(port, lambda _data: None)), closing(serial.Serial(str(port), 9600, exclusive=True)):
        done = luot_hardware("health", "--config", path, "--language", "en")
        tried = luot_hardware("sign", "--config", path, "--language", "en")
    assert done.code == 1, done
    assert "in use by" in done.out
    assert tried.code == 2, tried
    assert f"{port}: in use by" in tried.out and "→ Stop that program first, then try again." in tried.out


def test_a_device_held_by_this_command_only_is_not_reported_as_in_use(tmp_path: Path) -> None:
    port = tmp_path / "printer"
    printer = f'[kiosk.printer]\nkind = "serial"\naddress = "{port}"\n'
    path = settings_file(tmp_path, f"[kiosk]\n{printer}")
    with closing(Terminal(port, lambda _data: None)):
        done = luot_hardware("health", "--config", path, "--language", "en")
    assert done.code == 2, done
    assert "no answer" in done.out and "in use" not in done.out
    assert "→ Check power, speed, address and wires" in done.out


HOLDS = "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); print(flush=True); input()"


@pytest.mark.parametrize("name", ["slip", "probe"])
def test_a_network_printer_held_by_a_program_of_this_machine_is_reported_as_in_use(name: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as printer:
        port = printer.getsockname()[1]
        with subprocess.Popen(
            [sys.executable, "-c", HOLDS, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as holder:
            assert holder.stdout is not None and holder.stdout.readline()
            address = ["--printer", f"127.0.0.1:{port}"] if name == "slip" else [f"127.0.0.1:{port}", "--no-print"]
            done = luot_hardware(name, *address, "--language", "en")
            holder.kill()
    assert done.code == 2, done
    assert f"127.0.0.1:{port}: in use by python" in done.out and f"({holder.pid})" in done.out
    assert "→ Stop that program first, then try again." in done.out
    assert "no answer" not in done.out


def test_a_sign_node_is_not_expected_at_this_machine(tmp_path: Path) -> None:
    path = settings_file(tmp_path, '[counter]\n[[counter.desks]]\ncounter = "c6"\nsign = { kind = "mqtt" }\n')
    health = luot_hardware("health", "--config", path, "--json", "--language", "en")
    sign = luot_hardware("sign", "--config", path, "--counter", "c6", "--language", "en")
    assert (health.code, sign.code) == (1, 64)
    assert health.findings()["sign-c6"]["said"] == "gets its numbers over the network, is not wired to this machine"
    assert "try it by calling a number at its counter" in sign.out


class HealthServer(BaseHTTPRequestHandler):
    """The hall's server with its report about one station."""

    def do_GET(self) -> None:
        device = {"device": "printer", "state": "warning", "code": "paper_near_end", "detail": "", "left_slips": 40}
        device["since"] = "2026-11-23T01:02:00.000Z"
        screen = {"device": "screen", "state": "ready", "code": None, "since": device["since"]}
        online = self.server.online  # type: ignore[attr-defined]
        station = {"station": "kiosk-1", "kind": "kiosk", "online": online, "devices": [device, screen]}
        body = json.dumps({"stations": [station] if self.path == "/api/v1/health" else []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write no log."""


@contextmanager
def health_server(*, online: bool) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), HealthServer)
    server.online = online  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def read_health(folder: Path, server: str) -> Finished:
    path = folder / "machine.toml"
    printer = f'[kiosk.printer]\nkind = "network"\naddress = "{closed_address()}"\n'
    path.write_text(f'[link]\nserver = "{server}"\n[kiosk]\n{printer}', encoding="utf-8")
    return luot_hardware("health", "--config", path)


def test_health_opens_the_devices_of_a_station_that_is_offline(tmp_path: Path) -> None:
    with health_server(online=False) as server:
        done = read_health(tmp_path, server)
    assert done.code == 2, done
    assert re.search("✗ Máy in phiếu +Mất kết nối với cổng thiết bị", done.out) and "Sắp hết giấy" not in done.out


def test_health_reads_the_servers_report_about_a_running_station(tmp_path: Path) -> None:
    with health_server(online=True) as server:
        done = read_health(tmp_path, server)
    assert done.code == 1, done
    assert re.search("! Máy in phiếu +Sắp hết giấy · còn khoảng 40 phiếu · Từ ", done.out)
    assert "✓ Màn hình kiosk-1  Hoạt động bình thường" in done.out  # a TV of this machine has a screen too
