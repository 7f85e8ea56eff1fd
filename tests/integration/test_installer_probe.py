"""``luot-hardware probe``: printers of several makes, copies, and devices that are no printers."""

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import serial

from config.load import load_settings
from config.profiles import PrinterProfile, load_profile
from hardware.installer.print_speed import measure_print_speed
from hardware.installer.printer_probe import ProbeConnection, ProbeResult, ReplyTimeouts
from hardware.printers.transports.tcp import TcpTransport
from hardware.simulated.printers.plugs import PtyPlug
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.simulated.printers.profiles import PROFILES
from hardware.simulated.terminal import Terminal
from support.installing import ROOT, Finished, luot_hardware, printer_address, run_luot_hardware
from support.print_server import PrintServer
from support.slip_reading import read_code, read_text

ALL_YES = "pages=1,letters=yes,qr=yes,cutter=yes"
NEVER_SENT = (b"\x10\x05", b"\x10\x14")  # DLE ENQ, DLE DC4


def probe(*arguments: object, cwd: Path = ROOT) -> Finished:
    return luot_hardware("probe", "--language", "en", *arguments, cwd=cwd)


Start = Callable[..., SimulatedPrinter]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start simulated printers of any make."""
    with ExitStack() as held:

        def started(make: str = "epson", **how: object) -> SimulatedPrinter:
            twin = SimulatedPrinter(
                mono_s=time.monotonic,
                make=PROFILES[make],
                **{"speed_mm_s": 500, **how},  # type: ignore[arg-type]
            )
            return held.enter_context(closing(twin))

        yield started


class Relay:
    """Passes bytes between the program and a printer, and records those sent to it."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.sent = bytearray()
        self._target = target
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        near, _ = self._server.accept()
        with near, socket.create_connection(self._target) as far:
            back = threading.Thread(target=self._back, args=(far, near), daemon=True)
            back.start()
            while data := near.recv(4096):
                self.sent += data
                far.sendall(data)
            far.shutdown(socket.SHUT_RDWR)
            back.join()

    @staticmethod
    def _back(far: socket.socket, near: socket.socket) -> None:
        while data := far.recv(4096):
            near.sendall(data)

    def close(self) -> None:
        self._thread.join()
        self._server.close()


def test_the_abilities_of_a_printer_go_into_its_profile(start: Start, tmp_path: Path) -> None:
    twin, file = start(speed_mm_s=200), tmp_path / "profile.toml"
    with closing(Relay(("127.0.0.1", int(twin.address[1])))) as relay:
        done = probe(relay.address, "--out", file, "--answers", ALL_YES)
    assert done.code == 0, done
    profile = load_profile(file)
    assert (profile.maker, profile.model, profile.serial) == ("EPSON", "TM-T20III", "SIM0000001")
    known = (profile.answers, profile.fence, profile.automatic_status, profile.process_id)
    assert known == (True, True, True, True)
    assert (profile.native_qr, profile.cuts) == (True, True)
    assert profile.code_page is not None
    assert (profile.code_page.page, profile.code_page.capitals, profile.code_page.confirmed) == (30, 31, True)
    assert 0 < profile.speed_mm_s <= 200
    assert not any(command in relay.sent for command in NEVER_SENT)
    assert "DLE EOT 4: 12" in done.out and f'profile = "{file}"' in done.out


def test_the_sheets_can_be_read_by_ocr(start: Start, tmp_path: Path) -> None:
    twin = start()
    assert probe(printer_address(twin), "--out", tmp_path / "p.toml", "--answers", ALL_YES).code == 0
    pages, letters = [twin.png(piece["n"]) for piece in twin.state()["slips"] if piece["cut"]]
    assert pages is not None and letters is not None
    assert read_code(pages) == ["LUOT"]
    read = read_text(pages)
    assert "LOOKING FOR THE CODE PAGE" in read and "1) Số thứ tự Ưu tiên" in read and "512" in read and "576" in read
    assert "must be alike, letter by letter" in read_text(letters)


def test_a_copy_with_a_false_model_name_is_reported_and_only_measured_abilities_count(
    start: Start, tmp_path: Path
) -> None:
    file = tmp_path / "profile.toml"
    done = probe(printer_address(start("clone")), "--out", file, "--answers", "pages=0,qr=yes,cutter=yes")
    assert done.code == 0
    assert "It calls itself TM-T88V but does not know what that model knows" in done.out
    profile = load_profile(file)
    assert (profile.process_id, profile.code_page) == (False, None)
    assert 'write model = "TM-T88V"' not in done.out


def test_an_old_printer_without_process_ids_is_proved_by_its_fence(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "profile.toml"
    done = probe(printer_address(start("epson-old")), "--out", file, "--answers", "pages=0,dots=512,qr=no,cutter=yes")
    assert done.code == 0
    assert "Says when it is done (GS r): yes" in done.out and "Says which slip (GS ( H): no" in done.out
    assert "It calls itself" not in done.out and 'write model = "TM-T88III"' in done.out
    profile = load_profile(file)
    assert (profile.answers, profile.process_id, profile.dots) == (True, False, 512)
    # A head of its model's width has its model's resolution, which no eye can tell.
    assert profile.dpi == 180


def test_a_printer_that_proves_nothing_is_a_warning(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "profile.toml"
    done = probe(printer_address(start("mute")), "--out", file, "--no-print")
    assert done.code == 1
    profile = load_profile(file)
    assert (profile.answers, profile.fence, profile.process_id) == (True, False, False)


def test_premature_replies_of_a_device_that_prints_nothing_give_a_profile_without_proof(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, answers = tmp_path / "profile.toml", "pages=0,letters=no,dots=576,qr=yes,cutter=yes"
    code = run_luot_hardware(
        monkeypatch, "probe", printer_address(start("spooler")), "--out", file, "--answers", answers
    )
    out, err = capsys.readouterr()
    assert (code, err) == (1, "")
    assert "It reports that it is done before the paper can have moved: this report proves nothing." in out
    profile = load_profile(file)
    assert (profile.answers, profile.fence, profile.process_id) == (True, False, False)
    assert profile.speed_mm_s == PrinterProfile().speed_mm_s and profile.dots == 576


def test_a_page_with_unconfirmed_letters_is_not_confirmed(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "profile.toml"
    done = probe(printer_address(start()), "--out", file, "--answers", "pages=1,letters=no,qr=no,cutter=no")
    assert done.code == 0
    profile = load_profile(file)
    assert profile.code_page is not None and not profile.code_page.confirmed
    assert (profile.native_qr, profile.cuts) == (False, False)


def test_without_a_person_no_visual_property_is_set(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "profile.toml"
    assert probe(printer_address(start()), "--out", file).code == 0
    profile = load_profile(file)
    assert (profile.code_page, profile.native_qr) == (None, False)


def test_nothing_is_printed_on_request(start: Start, tmp_path: Path) -> None:
    twin = start()
    assert probe(printer_address(twin), "--out", tmp_path / "p.toml", "--no-print").code == 0
    assert twin.state()["slips"] == []


def test_a_print_server_that_delays_replies_is_waited_for_and_its_delay_goes_into_the_profile(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The delay varies, and is longer than the driver's default time-out."""
    twin, file = start(), tmp_path / "profile.toml"
    with closing(PrintServer(("127.0.0.1", int(twin.address[1])))) as server:
        late_s = itertools.chain((0.55, 0.8) * 6, itertools.repeat(0.55))
        server.late_s = lambda: next(late_s)
        address = "{}:{}".format(*server.address)
        assert run_luot_hardware(monkeypatch, "probe", address, "--out", file, "--no-print") == 0
        profile = load_profile(file)
        assert (profile.answers, profile.fence, profile.process_id, profile.serial) == (True, True, True, "SIM0000001")
        assert 0.8 < profile.answer_s < 3
        settings = tmp_path / "machine.toml"
        settings.write_text(
            '[link]\nserver = "http://127.0.0.1:1"\n'
            f'[kiosk.printer]\nkind = "network"\naddress = "{address}"\nprofile = "{file}"\n'
        )
        server.late_s = lambda: 0.9  # later than any answer that was measured
        assert run_luot_hardware(monkeypatch, "health", "--config", settings) == 0


def test_a_profile_that_cannot_be_written_is_a_fault(start: Start) -> None:
    done = probe(printer_address(start()), "--no-print", "--out", "/proc/p.toml")
    assert done.code == 2, done
    assert "cannot write to /proc/p.toml (No such file or directory)" in done.out


@pytest.mark.parametrize(("reply_times_s", "known"), [((0.01, 0.01, 0.02), True), ((0.01, 0.01, 1.5), False)])
def test_a_print_speed_within_the_variation_of_delays_is_not_reported(
    start: Start, reply_times_s: tuple[float, ...], *, known: bool
) -> None:
    twin, result = start(speed_mm_s=200), ProbeResult(fence=True, reply_times_s=list(reply_times_s))
    with closing(TcpTransport("127.0.0.1", int(twin.address[1]), time.monotonic)) as link:
        connection = ProbeConnection(link, time.monotonic, ReplyTimeouts(), 1.0)
        measure_print_speed(connection, result, time.monotonic, ReplyTimeouts(), None)
    assert (result.speed_mm_s is not None) is known


# --- no printer, a silent one, a wrong one --------------------------------------------------------------


def nothing_written(folder: Path, done: Finished) -> bool:
    return done.code == 2 and not (folder / "p.toml").exists()


def test_a_closed_address_is_reported(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    done = probe(address, "--out", tmp_path / "p.toml")
    assert nothing_written(tmp_path, done)
    assert f"{address}: cannot be opened" in done.out and "→ Check power and cable." in done.out


def test_a_silent_printer_is_a_fault(start: Start, tmp_path: Path) -> None:
    twin = start()
    twin.set_fault("silent", on=True)
    done = probe(printer_address(twin), "--out", tmp_path / "p.toml")
    assert nothing_written(tmp_path, done)
    assert "no answer" in done.out


def test_a_printer_without_paper_is_named_with_the_reason(start: Start, tmp_path: Path) -> None:
    twin = start()
    twin.set_fault("paper_out", on=True)
    done = probe(printer_address(twin), "--out", tmp_path / "p.toml")
    assert nothing_written(tmp_path, done)
    assert "paper out." in done.out and "→ Put a new roll in. Then probe again." in done.out


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda data: data, "It returns what it is sent: a loop, or a modem."),
        (lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n", "It sends words: 'HTTP/1.1 400 Bad Request'"),
        (lambda _: b"\xff\xfe\x80", "It sends strange bytes: ff fe 80"),
    ],
    ids=["echo", "words", "noise"],
)
def test_another_device_on_the_port_is_named(tmp_path: Path, answer: Callable[[bytes], bytes], message: str) -> None:
    port = tmp_path / "port"

    def received(data: bytes) -> None:
        cable.send(answer(data))

    with closing(Terminal(port, received)) as cable:
        done = probe(port, "--baud", 9600, "--out", tmp_path / "p.toml")
    assert nothing_written(tmp_path, done), done
    assert "no ESC/POS printer" in done.out and message in done.out


# --- serial ---------------------------------------------------------------------------------------------


def test_the_speed_of_a_serial_printer_is_found(start: Start, tmp_path: Path) -> None:
    port, file = tmp_path / "printer", tmp_path / "profile.toml"
    start(plug=PtyPlug(port, 19200), byte_s=10 / 19200)
    done = probe(port, "--out", file, "--no-print")
    assert done.code == 0, done
    assert "The printer answers at 19200 baud" in done.out
    assert load_profile(file).process_id is True


def test_the_speed_of_the_settings_is_tried_first_and_the_profile_is_named_relative_to_them(
    start: Start, tmp_path: Path
) -> None:
    port, folder = tmp_path / "printer", tmp_path / "etc"
    folder.mkdir()
    start(plug=PtyPlug(port, 4800), byte_s=10 / 4800)
    settings = folder / "machine.toml"
    settings.write_text(f'[kiosk]\n[kiosk.printer]\nkind = "serial"\naddress = "{port}"\nbaud = 4800\n')
    done = probe("--config", "etc/machine.toml", "--no-print", cwd=tmp_path)
    assert done.code == 0, done
    assert "The printer answers at 4800 baud, as the settings say." in done.out
    assert 'profile = "printer-profile.toml"' in done.out  # such paths count from the settings' own folder
    settings.write_text(f'{settings.read_text()}profile = "printer-profile.toml"\n')
    kiosk = load_settings(settings).kiosk
    assert kiosk is not None and kiosk.printer.profile is not None and load_profile(kiosk.printer.profile).process_id
    elsewhere = probe("--config", "etc/machine.toml", "--no-print", "--out", "other.toml", cwd=tmp_path)
    assert f'profile = "{tmp_path}/other.toml"' in elsewhere.out


def test_a_port_held_by_another_program_is_not_opened(start: Start, tmp_path: Path) -> None:
    port = tmp_path / "printer"
    start(plug=PtyPlug(port, 9600))
    with closing(serial.Serial(str(port), 9600, exclusive=True)):
        done = probe(port, "--baud", 9600, "--out", tmp_path / "p.toml")
    assert nothing_written(tmp_path, done)
    assert "cannot be opened" in done.out
