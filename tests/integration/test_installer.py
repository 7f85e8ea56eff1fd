"""``luot-hardware`` as an installer runs it: a process of its own, against devices that are really there, or not."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from pathlib import Path

import pytest
import serial
from PIL import Image
from pytest import CaptureFixture

from config.profiles import PrinterProfile
from hardware.installer import app, check
from hardware.installer.example import LINK
from hardware.installer.ports import Kind, Port
from hardware.keypads.evdev import EVENT
from hardware.simulated.printers.makes import MAKES
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.simulated.terminal import Terminal
from installing import unhurried_hardware
from paper_eyes import read_code, read_text
from unhurried import mono_s
from waiting import PATIENCE_S, until

ROOT = Path(__file__).parents[2]
Usage = namedtuple("Usage", ("total", "used", "free"))


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    def findings(self) -> dict[str, dict[str, str]]:
        return {one["code"]: one for one in json.loads(self.out)["findings"]}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "hardware.installer.app", *map(str, arguments)]


def luot_hardware(*arguments: object) -> Done:
    ended = subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL
    )
    return Done(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture
def twin() -> Iterator[SimulatedPrinter]:
    with closing(SimulatedPrinter("127.0.0.1", 0, mono_s=time.monotonic, speed_mm_s=1000)) as printer:
        yield printer


def at(twin: SimulatedPrinter) -> str:
    return "{}:{}".format(*twin.address)


def cut(twin: SimulatedPrinter) -> int:
    return sum(piece["cut"] for piece in twin.state()["slips"])


def machine(folder: Path, text: str) -> Path:
    path = folder / "machine.toml"
    path.write_text(f'[machine]\nstate = "{folder}"\n[link]\nserver = "http://127.0.0.1:1"\n{text}', encoding="utf-8")
    return path


def nobody() -> str:
    """An address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"127.0.0.1:{taken.getsockname()[1]}"


def test_a_value_that_some_command_could_not_use_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture[str]
) -> None:
    def refused(*_: object) -> int:
        PrinterProfile(speed_mm_s=1480)
        return 0

    monkeypatch.setitem(app.COMMANDS, "ports", refused)
    with pytest.raises(SystemExit) as left:
        app.main(["ports"])
    assert left.value.code == 78
    assert capsys.readouterr().err == (
        "ports: top of the file: speed_mm_s = 1480: Input should be less than or equal to 1000\n"
    )


# --- slip -----------------------------------------------------------------------------------------------


def test_a_slip_is_drawn_without_a_printer_as_the_halls_layout_says(tmp_path: Path) -> None:
    layout = tmp_path / "slips.toml"
    layout.write_text(
        'ticket = [{ number = true }, { text = "receipt" }, '
        '{ mark = ["reprint", "test", "practice", "demo", "emergency"] }]',
        encoding="utf-8",
    )
    own = luot_hardware("slip", "--layout", layout, "--paper", 58, "--out", tmp_path / "own.png")
    shipped = luot_hardware("slip", "--paper", 58, "--out", tmp_path / "shipped.png")
    assert (own.code, shipped.code) == (0, 0)
    with Image.open(tmp_path / "own.png") as small, Image.open(tmp_path / "shipped.png") as whole:
        assert small.width == whole.width == 384
        assert small.height < whole.height / 2


def test_a_picture_that_cannot_be_written_is_a_fault_with_the_systems_reason() -> None:
    done = luot_hardware("slip", "--out", "/proc/slip.png")
    assert (done.code, done.out) == (2, "/proc/slip.png: No such file or directory\n")


def test_a_slip_for_a_slow_line_is_drawn_as_that_printer_would_get_it(tmp_path: Path) -> None:
    path = machine(tmp_path, f'[kiosk]\n[kiosk.printer]\nkind = "serial"\naddress = "{tmp_path}/p"\nbaud = 9600\n')
    file = tmp_path / "slip.png"
    assert luot_hardware("slip", "--config", path, "--language", "vi", "--out", file).code == 0
    png = file.read_bytes()
    assert read_code(png) == [LINK]
    read = read_text(png)
    assert "Lĩnh vực: Hộ tịch" in read and "Thủ tục" not in read  # compact


def test_a_layout_that_cannot_be_used_ends_with_78_and_all_its_mistakes(tmp_path: Path) -> None:
    layout = tmp_path / "slips.toml"
    layout.write_text('ticket = [{ text = "titel" }, { rle = "solid" }]', encoding="utf-8")
    done = luot_hardware("slip", "--layout", layout, "--out", tmp_path / "slip.png")
    assert done.code == 78
    assert "did you mean 'title'?" in done.err and "did you mean 'rule'?" in done.err
    assert "the number must always stand there" in done.err
    assert not (tmp_path / "slip.png").exists()


def test_a_test_slip_is_printed_and_its_proof_told(twin: SimulatedPrinter) -> None:
    done = luot_hardware("slip", "--printer", at(twin), "--model", "TM-T20II", "--language", "en")
    assert (done.code, done.out) == (0, "The test slip is printed: the printer proved that it is done (GS r).\n")
    assert cut(twin) == 1


def test_where_the_width_of_the_head_is_unknown_the_slips_edge_is_to_be_looked_at(twin: SimulatedPrinter) -> None:
    done = luot_hardware("slip", "--printer", at(twin), "--language", "en")
    assert done.code == 0
    assert "How wide the print head is, is unknown; this slip is 576 dots wide. Look at its right edge" in done.out


def test_a_device_that_answers_at_once_and_prints_nothing_proves_no_test_slip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture[str]
) -> None:
    (tmp_path / "profile.toml").write_text("speed_mm_s = 600\n", encoding="utf-8")
    with closing(SimulatedPrinter(mono_s=mono_s, make=MAKES["spooler"])) as spooler:
        printer = f'kind = "network"\naddress = "{at(spooler)}"\nprofile = "{tmp_path}/profile.toml"'
        path = machine(tmp_path, f"[kiosk.printer]\n{printer}\n")
        code = unhurried_hardware(monkeypatch, "slip", "--config", path)
        assert spooler.state()["slips"] == []
    out = capsys.readouterr().out
    assert code == 1, out
    assert "the printer proves nothing: look whether it came out" in out


def test_without_a_printer_the_slip_fails_and_says_what_to_do() -> None:
    done = luot_hardware("slip", "--printer", nobody())
    assert done.code == 2
    assert "Không in được phiếu: Mất kết nối với cổng thiết bị." in done.out
    assert "→ Kiểm tra nguồn điện và dây cắm." in done.out


def test_without_paper_the_slip_fails_and_names_it(twin: SimulatedPrinter) -> None:
    twin.set_fault("paper_out", on=True)
    done = luot_hardware("slip", "--printer", at(twin), "--language", "en")
    assert done.code == 2
    assert "paper out" in done.out and "→ Put a new roll in." in done.out


def test_a_slip_that_no_printer_confirms_is_for_a_person_to_look_at(twin: SimulatedPrinter, tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_text("fence = false\n", encoding="utf-8")
    printer = f'kind = "network"\naddress = "{at(twin)}"\nprofile = "{tmp_path}/profile.toml"'
    done = luot_hardware("slip", "--config", machine(tmp_path, f"[kiosk.printer]\n{printer}\n"), "--language", "en")
    assert done.code == 1, done
    assert "the printer proves nothing: look whether it came out" in done.out


def test_which_printer_is_asked_when_nobody_said() -> None:
    assert luot_hardware("slip").code == 64


# --- signs and keys -------------------------------------------------------------------------------------


@dataclass
class Heard:
    data: bytearray = field(default_factory=bytearray)

    def take(self, piece: bytes) -> None:
        self.data += piece


def test_a_sign_shows_every_digit_and_is_dark_at_the_end(tmp_path: Path) -> None:
    heard = Heard()
    port = tmp_path / "sign"
    path = machine(
        tmp_path, f'[counter]\n[[counter.desks]]\ncounter = "c1"\nsign = {{ kind = "cd5220", port = "{port}" }}\n'
    )
    with closing(Terminal(port, heard.take)):
        done = luot_hardware("sign", "--config", path, "--pace", 0.25)
        shown = bytes(heard.data)
    assert done.code == 0, done
    places = [shown.find(text) for text in (b"8888", b"0000", b"5555", b"9999", b"A015")]
    assert -1 not in places and places == sorted(places)
    assert b"\x0c" in shown[places[-1] :] or b"    " in shown[places[-1] :]


def test_a_counter_without_a_sign_and_a_missing_file_are_called_by_name(tmp_path: Path) -> None:
    sign = f'sign = {{ kind = "cd5220", port = "{tmp_path / "none"}" }}'
    path = machine(tmp_path, f'[counter]\n[[counter.desks]]\ncounter = "c1"\n{sign}\n')
    unknown = luot_hardware("sign", "--config", path, "--counter", "zz")
    assert unknown.code == 64
    assert "Quầy zz không có bảng số trong tệp cấu hình." in unknown.out
    without = luot_hardware("sign")
    assert without.code == 64
    assert "Cần tệp cấu hình: thêm --config." in without.out


def test_a_sign_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    sign = f'sign = {{ kind = "cd5220", port = "{tmp_path / "none"}" }}'
    path = machine(tmp_path, f'[counter]\n[[counter.desks]]\ncounter = "c1"\n{sign}\n')
    done = luot_hardware("sign", "--config", path, "--pace", 0.01)
    assert done.code == 2
    assert "Bảng số quầy c1: Mất kết nối với cổng thiết bị" in done.out
    assert "Đang hiện" not in done.out


RAW = """
kind = "template"
frame = "FF 'S' payload"
width = 3
characters = "digits"
"""


def test_a_sign_with_three_digits_is_tried_with_three_and_what_is_said_is_what_it_shows(tmp_path: Path) -> None:
    heard, port = Heard(), tmp_path / "sign"
    sign = f'sign = {{ kind = "template", port = "{port}", model = "raw" }}'
    desk = f'[counter]\n[[counter.desks]]\ncounter = "c1"\n{sign}\n'
    path = machine(tmp_path, f"{desk}[counter.signs.raw]{RAW}")
    with closing(Terminal(port, heard.take)):
        done = luot_hardware("sign", "--config", path, "--pace", 0.25)
        shown = bytes(heard.data)
    assert done.code == 0, done
    said = re.findall(r"Đang hiện (\S+)", done.out)
    assert said == ["888", *(digit * 3 for digit in "0123456789"), "015", "015"]
    numbers = [text for text, _ in groupby(re.findall(rb"\xffS([0-9]{3})", shown))]
    assert numbers == [text.encode() for text in said[:-1]]


def test_the_sign_of_a_node_is_tried_looked_for_and_asked(tmp_path: Path) -> None:
    heard, port = Heard(), tmp_path / "sign"
    sign = f'sign = {{ kind = "cd5220", port = "{port}" }}'
    path = machine(tmp_path, f'[node]\nstation = "sign-c6"\ncounter = "c6"\n{sign}\n')
    with closing(Terminal(port, heard.take)):
        tried = luot_hardware("sign", "--config", path, "--pace", 0.25)
        health = luot_hardware("health", "--config", path, "--json")
        checked = luot_hardware("check", "--config", path, "--json")
    assert tried.code == 0 and b"A015" in heard.data, tried
    assert health.findings()["sign-c6"]["level"] == "fine"
    assert checked.findings()["port:sign-c6"]["level"] == "fine"


def watched(*arguments: object, sends: dict[str, Callable[[], None]]) -> str:
    """What ``keys`` says: each thing is sent when what was told of the one before it (the key) has been said; then
    Ctrl-C is pressed."""
    process = subprocess.Popen(
        command("keys", *arguments), cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()), daemon=True)
    reader.start()
    try:
        until(lambda: any("Ctrl-C" in line for line in lines), "it never listened")
        for told, send in sends.items():
            send()
            until(lambda told=told: any(told in line for line in lines), lambda: lines)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()
    reader.join()
    process.stdout.close()
    return "".join(lines)


def test_keys_are_told_in_hex_with_their_meaning_and_a_scan_is_never_shown(tmp_path: Path) -> None:
    port = tmp_path / "pad"
    desk = f'[[counter.desks]]\ncounter = "c1"\nkeypad = {{ kind = "serial", port = "{port}" }}\n'
    path = machine(tmp_path, f"[counter]\n{desk}")
    card = "012345678901||NGUYỄN THỊ ÁNH|01011990|Nữ|Phường Mẫu|01012022"

    with closing(Terminal(port, lambda _data: None)) as cable:
        sends = {
            "0d  next": lambda: cable.send(b"\r"),
            "5a  chưa có": lambda: cable.send(b"Z"),
            "một lần quét": lambda: cable.send(card.encode() + b"\r"),
        }
        said = watched("--config", path, sends=sends)
    assert "0d  next" in said
    assert '5a  chưa có trong cấu hình; thêm: "Z" = …' in said
    assert "một lần quét" in said
    assert "0123" not in said and "30 31 32" not in said and "NGUY" not in said


def test_keys_of_an_input_device_are_told_by_the_kernels_names(tmp_path: Path) -> None:
    folder = tmp_path / "input"
    folder.mkdir()
    pipe = folder / "event7"
    os.mkfifo(pipe)

    def sends() -> None:
        with pipe.open("wb", buffering=0) as device:
            for code, value in ((96, 1), (96, 0), (0x10, 1)):
                device.write(EVENT.pack(0, 0, 1, code, value))

    def scans() -> None:
        with pipe.open("wb", buffering=0) as device:
            for code in (*range(2, 12), 28):  # a scanner that acts as a keyboard: 1 to 0, Enter
                device.write(EVENT.pack(0, 0, 1, code, 1))

    said = watched(pipe, sends={"KEY_Q": sends, "một lần quét": scans})
    assert "KEY_KPENTER" in said and "KEY_Q" in said
    assert "KEY_5" not in said


# --- health and check -----------------------------------------------------------------------------------


def test_health_opens_the_devices_when_no_station_runs(tmp_path: Path, twin: SimulatedPrinter) -> None:
    port = tmp_path / "sign"
    path = machine(
        tmp_path,
        f'[kiosk]\n[kiosk.printer]\nkind = "network"\naddress = "{at(twin)}"\n'
        f'[counter]\n[[counter.desks]]\ncounter = "c1"\nsign = {{ kind = "cd5220", port = "{port}" }}\n',
    )
    with closing(Terminal(port, lambda _data: None)):
        well = luot_hardware("health", "--config", path, "--json")
    assert well.code == 0 and set(well.findings()) == {"printer", "sign-c1"}
    twin.set_fault("cover_open", on=True)
    wrong = luot_hardware("health", "--config", path, "--language", "en")
    assert wrong.code == 2
    assert re.search("✗ slip printer +cover open", wrong.out)
    assert "→ Close the printer’s cover." in wrong.out
    assert "2 of 2 need a look." in wrong.out


def test_a_device_that_another_program_holds_is_not_called_faulty(tmp_path: Path) -> None:
    port = tmp_path / "sign"
    sign = f'sign = {{ kind = "cd5220", port = "{port}" }}'
    path = machine(tmp_path, f'[counter]\n[[counter.desks]]\ncounter = "c1"\n{sign}\n')
    with closing(Terminal(port, lambda _data: None)), closing(serial.Serial(str(port), 9600, exclusive=True)):
        done = luot_hardware("health", "--config", path, "--language", "en")
        tried = luot_hardware("sign", "--config", path, "--language", "en")
    assert done.code == 1, done
    assert "in use by" in done.out
    assert tried.code == 2, tried
    assert f"{port}: in use by" in tried.out and "→ Stop that program first, then try again." in tried.out


def test_a_device_that_only_this_command_holds_is_not_said_to_be_in_use(tmp_path: Path) -> None:
    port = tmp_path / "printer"
    printer = f'[kiosk.printer]\nkind = "serial"\naddress = "{port}"\n'
    path = machine(tmp_path, f"[kiosk]\n{printer}")
    with closing(Terminal(port, lambda _data: None)):
        done = luot_hardware("health", "--config", path, "--language", "en")
    assert done.code == 2, done
    assert "no answer" in done.out and "in use" not in done.out
    assert "→ Check power, speed, address and wires" in done.out


# A program that holds a connection, as a kiosk does.
HOLDS = "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); print(flush=True); input()"


@pytest.mark.parametrize("name", ["slip", "probe"])
def test_a_network_printer_that_a_program_here_holds_is_not_called_faulty(name: str, tmp_path: Path) -> None:
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


def test_a_sign_that_is_a_node_is_not_looked_for_at_this_machine(tmp_path: Path) -> None:
    path = machine(tmp_path, '[counter]\n[[counter.desks]]\ncounter = "c6"\nsign = { kind = "mqtt" }\n')
    health = luot_hardware("health", "--config", path, "--json", "--language", "en")
    sign = luot_hardware("sign", "--config", path, "--counter", "c6", "--language", "en")
    assert (health.code, sign.code) == (1, 64)
    assert health.findings()["sign-c6"]["said"] == "gets its numbers over the network, is not wired to this machine"
    assert "try it by calling a number at its counter" in sign.out


def test_a_port_for_keys_that_is_not_there_is_told_once_with_the_reason(tmp_path: Path) -> None:
    folder = tmp_path / "input"
    folder.mkdir()
    done = luot_hardware("keys", folder / "event9", "--seconds", 1, "--language", "en")
    assert done.code == 2, done
    assert done.out.count("cannot be opened") == 1 and "(No such file or directory)" in done.out


def test_who_reads_only_the_first_line_sees_no_traceback(tmp_path: Path) -> None:
    asked = [*command("check", "--config", machine(tmp_path, ""), "--no-devices")]
    with subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""


class Reports(BaseHTTPRequestHandler):
    """What the hall's server says of the stations."""

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
        """Nobody reads it."""


@contextmanager
def hall(*, online: bool) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Reports)
    server.online = online  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asked(folder: Path, server: str) -> Done:
    path = folder / "machine.toml"
    printer = f'[kiosk.printer]\nkind = "network"\naddress = "{nobody()}"\n'
    path.write_text(f'[link]\nserver = "{server}"\n[kiosk]\n{printer}', encoding="utf-8")
    return luot_hardware("health", "--config", path)


def test_health_opens_the_devices_of_a_station_that_the_server_has_lost(tmp_path: Path) -> None:
    with hall(online=False) as server:
        done = asked(tmp_path, server)
    assert done.code == 2, done
    assert re.search("✗ Máy in phiếu +Mất kết nối với cổng thiết bị", done.out) and "Sắp hết giấy" not in done.out


def test_health_asks_the_server_about_a_station_that_holds_its_devices(tmp_path: Path) -> None:
    with hall(online=True) as server:
        done = asked(tmp_path, server)
    assert done.code == 1, done
    assert re.search("! Máy in phiếu +Sắp hết giấy · còn khoảng 40 phiếu · Từ ", done.out)
    assert "✓ Màn hình kiosk-1  Hoạt động bình thường" in done.out  # a TV of this machine has a screen too


def test_keys_that_cannot_be_used_end_with_78(tmp_path: Path) -> None:
    keypad = f'keypad = {{ kind = "serial", port = "{tmp_path / "pad"}", keys = {{ "A" = "nxt" }} }}'
    path = machine(tmp_path, f'[counter]\n[[counter.desks]]\ncounter = "c1"\n{keypad}\n')
    for name in ("keys", "health"):
        done = luot_hardware(name, "--config", path)
        assert done.code in (78, 2), done
        assert "did you mean 'next'?" in done.out + done.err


def ready(folder: Path) -> Path:
    """The files of a machine whose clock is set and that has sound."""
    root = folder / "root"
    for name, text in (("run/systemd/timesync/synchronized", ""), ("proc/asound/cards", " 0 [PCH ]: HDA-Intel\n")):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "dev").mkdir()
    return root


def test_check_says_that_a_machine_is_ready(tmp_path: Path, twin: SimulatedPrinter) -> None:
    printer = f'[kiosk]\n[kiosk.printer]\nkind = "network"\naddress = "{at(twin)}"\nmodel = "TM-T20II"\n'
    done = luot_hardware("check", "--config", machine(tmp_path, printer), "--json", "--root", ready(tmp_path))
    assert done.code == 0, done
    assert {one["level"] for one in done.findings().values()} == {"fine"}
    assert {"settings", "clock", "disk", "printer"} <= set(done.findings())


def test_check_names_every_fault_with_what_to_do(tmp_path: Path) -> None:
    root = ready(tmp_path)
    (root / "run/systemd/timesync/synchronized").unlink()
    (root / "proc/asound/cards").write_text("--- no soundcards ---\n", encoding="utf-8")
    (root / "dev/ttyUSB0").touch()
    text = (
        '[kiosk]\n[kiosk.printer]\nkind = "serial"\naddress = "/dev/ttyUSB1"\n'
        f'[display]\n[machine]\nstate = "{tmp_path}"\n'
    )
    path = tmp_path / "machine.toml"
    path.write_text(text, encoding="utf-8")
    done = luot_hardware("check", "--config", path, "--json", "--no-devices", "--root", root)
    found = done.findings()
    assert done.code == 2
    assert {code: one["level"] for code, one in found.items()} == {
        "settings": "fine",
        "head": "warning",
        "port:printer": "fault",
        "clock": "warning",
        "disk": "fine",
        "sound": "fault",
    }
    assert "/dev/ttyUSB0" in found["port:printer"]["todo"]
    assert all(one["todo"] for one in found.values() if one["level"] != "fine")


@pytest.mark.parametrize(
    ("more", "level", "said"),
    [
        ("", "warning", "its width in dots is unknown; slips are 576 dots wide"),
        ("paper_mm = 58", "warning", "its width in dots is unknown; slips are 384 dots wide"),
        ('model = "TM-T88V"', "fine", "512 dots"),
        ('profile = "printer.toml"', "fine", "576 dots"),
    ],
    ids=["unknown", "unknown 58", "model", "profile"],
)
def test_check_says_whether_the_width_of_the_print_head_is_known(
    tmp_path: Path, more: str, level: str, said: str, capsys: CaptureFixture[str]
) -> None:
    (tmp_path / "printer.toml").write_text("dots = 576\n", encoding="utf-8")
    path = machine(tmp_path, f'[kiosk]\n[kiosk.printer]\nkind = "network"\naddress = "127.0.0.1:1"\n{more}\n')
    arguments = ["check", "--config", path, "--no-devices", "--json", "--language", "en", "--root", ready(tmp_path)]
    app.main([str(argument) for argument in arguments])
    (head,) = (one for one in json.loads(capsys.readouterr().out)["findings"] if one["code"] == "head")
    assert (head["level"], head["said"], bool(head["todo"])) == (level, said, level == "warning")


def test_settings_that_cannot_be_used_end_with_78(tmp_path: Path) -> None:
    path = tmp_path / "machine.toml"
    path.write_text('[kisok]\n[kiosk]\nidle_s = "x"\n', encoding="utf-8")
    done = luot_hardware("check", "--config", path)
    assert done.code == 78
    assert "did you mean 'kiosk'?" in done.err and "idle_s" in done.err
    assert luot_hardware("check", "--config", tmp_path / "none.toml").code == 78
    assert luot_hardware("check").code == 64
    assert luot_hardware("chekc").code == 64
    assert luot_hardware("slip", "--paper", 70).code == 64


def told_of(code: str, out: str) -> list[tuple[str, str]]:
    """Every line about one thing, in their order: what and how grave."""
    found = [(one["code"], one["level"]) for one in json.loads(out)["findings"]]
    return [one for one in found if one[0] == code or one[0].endswith(f":{code}")]


def test_of_a_settings_file_with_a_mistake_check_does_not_also_say_that_it_could_be_read(tmp_path: Path) -> None:
    path = machine(tmp_path, f'[kiosk]\n[kiosk.printer]\nlayout = "{tmp_path}/none.toml"\n')
    done = luot_hardware("check", "--config", path, "--no-devices", "--json", "--root", ready(tmp_path))
    assert done.code == 2, done
    assert told_of("settings", done.out) == [("settings", "fault")]


@pytest.mark.parametrize(("wrong", "whose"), [("kind", ""), ("rights", "ours"), ("rights", "the services'")])
def test_of_a_port_that_cannot_be_used_check_does_not_also_say_that_it_is_there(
    tmp_path: Path, wrong: str, whose: str, monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture[str]
) -> None:
    root = ready(tmp_path)
    (root / "dev/ttyS7").touch()
    path = machine(tmp_path, '[kiosk]\n[kiosk.printer]\nkind = "serial"\naddress = "/dev/ttyS7"\n')
    if wrong == "kind":
        monkeypatch.setattr(check, "port_of", lambda _name, _root: Port(Kind.PRINTER, Path("/dev/ttyS7")))
    elif whose == "ours":
        monkeypatch.setattr(os, "access", lambda path, _mode: not str(path).endswith("ttyS7"))
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(check, "service_may", lambda _status, _kind: False)
    assert app.main(["check", "--config", str(path), "--no-devices", "--json", "--root", str(root)]) == 2
    assert told_of("printer", capsys.readouterr().out) == [(f"{wrong}:printer", "fault")]


@pytest.mark.parametrize(("free_mb", "level", "code"), [(199, "fault", 2), (200, "warning", 1), (1000, "fine", 0)])
def test_how_grave_a_disk_that_fills_up_is(
    tmp_path: Path, free_mb: int, level: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, free_mb * 1_000_000))
    path, root = machine(tmp_path, ""), ready(tmp_path)
    assert app.main(["check", "--config", str(path), "--no-devices", "--json", "--root", str(root)]) == code
    assert told_of("disk", capsys.readouterr().out) == [("disk", level)]


def test_a_clock_whose_battery_is_empty_is_a_fault_though_it_says_that_it_was_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "EARLIEST_MS", time.time_ns() // 1_000_000 + 86_400_000)
    path, root = machine(tmp_path, ""), ready(tmp_path)
    assert app.main(["check", "--config", str(path), "--no-devices", "--json", "--root", str(root)]) == 2
    assert told_of("clock", capsys.readouterr().out) == [("clock", "fault")]


IMPOSSIBLE_PRINTERS = (
    *("x y:zz", "x y", "", "host:zz", "host:0", "host:99999", "host:٣", "[::1]:9100", "a:b:c", ":9100", "x..y:9100"),
    *("dev/usb/lp0", "foo://bar", "socket://x:y", "socket://:9100", "/tmp", __file__),
)
IMPOSSIBLE_PORTS = ("x y:zz", "ttyUSB0", "", "foo://bar", "rfc2217://x", "/dev")
NO_SECONDS = ("-1", "0", "nan", "inf", "soon")
NO_ANSWERS = ("foo", "foo=1", "pages=99", "pages=-1", "qr=maybe", "dots=17", "letters=", "pages=1,")
IMPOSSIBLE = (
    *((["probe", text], "printer’s address") for text in IMPOSSIBLE_PRINTERS),
    *((["slip", "--printer", text], "printer’s address") for text in IMPOSSIBLE_PRINTERS),
    *((["keys", text], "name of a port") for text in IMPOSSIBLE_PORTS),
    *(
        (["ports", "--network", text], "address of the network")
        for text in ("x y", "", "host:zz", "/dev/usb/lp0", "::1")
    ),
    *(
        ([name, "--baud", text], "no speed")
        for name in ("probe", "slip", "keys")
        for text in ("0", "-5", "9601k", "1e9")
    ),
    *((["keys", "--seconds", text], "no number of seconds") for text in NO_SECONDS),
    *((["sign", "--pace", text], "no number of seconds") for text in NO_SECONDS),
    *((["probe", "--answers", text], "answers no question") for text in NO_ANSWERS),
    *(([name, "--out", text], "file to write") for name in ("probe", "slip") for text in ("", "/tmp", "/none/x")),
    *(([name, "--root", "/none"], "is no folder") for name in app.COMMANDS),
    *(([name, "--language", "fr"], "invalid choice: 'fr'") for name in app.COMMANDS),
    *(([name, "--config"], "expected one argument") for name in app.COMMANDS),
)


@pytest.mark.parametrize(("arguments", "said"), IMPOSSIBLE, ids=lambda one: " ".join(one))
def test_an_argument_that_cannot_be_meant_is_wrong_use_and_told_once(
    arguments: list[str], said: str, capsys: CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        app.main([arguments[0], *(["--language", "en"] if "fr" not in arguments else []), *arguments[1:]])
    assert ended.value.code == 64
    *usage, told = capsys.readouterr().err.splitlines()
    assert said in told
    assert told.startswith(f"luot-hardware {arguments[0]}: argument ") and "".join(usage).count("luot-hardware") == 1


def test_an_address_of_the_settings_that_cannot_be_one_is_a_mistake_of_theirs(tmp_path: Path) -> None:
    path = machine(tmp_path, '[kiosk]\n[kiosk.printer]\nkind = "network"\naddress = "x y:zz"\n')
    for name in ("probe", "slip"):
        done = luot_hardware(name, "--config", path)
        assert done.code == 78, done
        assert "'x y:zz' is not host:port" in done.err and "Traceback" not in done.err


def test_a_port_of_the_settings_that_pyserial_does_not_know_is_not_there(tmp_path: Path) -> None:
    keypad = 'keypad = { kind = "serial", port = "foo://bar" }'
    path = machine(tmp_path, f'[counter]\n[[counter.desks]]\ncounter = "c1"\n{keypad}\n')
    done = luot_hardware("keys", "--config", path, "--seconds", 1)
    assert done.code == 2, done
    assert "foo://bar: không mở được (invalid URL, protocol 'foo' not known)" in done.out and not done.err


def test_ports_tries_the_named_hosts_for_a_network_printer(twin: SimulatedPrinter, tmp_path: Path) -> None:
    done = luot_hardware("ports", "--root", ready(tmp_path), "--network", at(twin), nobody())
    assert f"Máy in mạng: {at(twin)}" in done.out
    assert done.out.count("Máy in mạng") == 1
