"""``luot-hardware sign`` and ``keys``: signs are tested, key presses and scans are shown."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from hardware.keypads.key_events import EVENT
from hardware.simulated.terminal import Terminal
from support.installing import ROOT, command, luot_hardware, settings_file
from support.waiting import PATIENCE_S, until


@dataclass
class ReceivedBytes:
    data: bytearray = field(default_factory=bytearray)

    def take(self, piece: bytes) -> None:
        self.data += piece


def test_a_sign_shows_every_digit_and_is_dark_at_the_end(tmp_path: Path) -> None:
    received = ReceivedBytes()
    port = tmp_path / "sign"
    path = settings_file(
        tmp_path, f'[counter]\n[[counter.desks]]\ncounter = "c1"\nsign = {{ kind = "cd5220", port = "{port}" }}\n'
    )
    with closing(Terminal(port, received.take)):
        done = luot_hardware("sign", "--config", path, "--pace", 0.25)
        shown = bytes(received.data)
    assert done.code == 0, done
    places = [shown.find(text) for text in (b"8888", b"0000", b"5555", b"9999", b"A015")]
    assert -1 not in places and places == sorted(places)
    assert b"\x0c" in shown[places[-1] :] or b"    " in shown[places[-1] :]


def test_a_counter_without_a_sign_and_a_missing_file_are_named(tmp_path: Path) -> None:
    sign = f'sign = {{ kind = "cd5220", port = "{tmp_path / "none"}" }}'
    path = settings_file(tmp_path, f'[counter]\n[[counter.desks]]\ncounter = "c1"\n{sign}\n')
    unknown = luot_hardware("sign", "--config", path, "--counter", "zz")
    assert unknown.code == 64
    assert "Quầy zz không có bảng số trong tệp cấu hình." in unknown.out
    without = luot_hardware("sign")
    assert without.code == 64
    assert "Cần tệp cấu hình: thêm --config." in without.out


def test_a_missing_sign_is_a_fault(tmp_path: Path) -> None:
    sign = f'sign = {{ kind = "cd5220", port = "{tmp_path / "none"}" }}'
    path = settings_file(tmp_path, f'[counter]\n[[counter.desks]]\ncounter = "c1"\n{sign}\n')
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


def test_a_sign_with_three_digits_is_tested_with_three_and_shows_the_reported_numbers(tmp_path: Path) -> None:
    received, port = ReceivedBytes(), tmp_path / "sign"
    sign = f'sign = {{ kind = "template", port = "{port}", model = "raw" }}'
    desk = f'[counter]\n[[counter.desks]]\ncounter = "c1"\n{sign}\n'
    path = settings_file(tmp_path, f"{desk}[counter.signs.raw]{RAW}")
    with closing(Terminal(port, received.take)):
        done = luot_hardware("sign", "--config", path, "--pace", 0.25)
        sent = bytes(received.data)
    assert done.code == 0, done
    shown = re.findall(r"Đang hiện (\S+)", done.out)
    assert shown == ["888", *(digit * 3 for digit in "0123456789"), "015", "015"]
    numbers = [text for text, _ in groupby(re.findall(rb"\xffS([0-9]{3})", sent))]
    assert numbers == [text.encode() for text in shown[:-1]]


def test_the_sign_of_a_node_is_tested_and_checked(tmp_path: Path) -> None:
    received, port = ReceivedBytes(), tmp_path / "sign"
    sign = f'sign = {{ kind = "cd5220", port = "{port}" }}'
    path = settings_file(tmp_path, f'[node]\nstation = "sign-c6"\ncounter = "c6"\n{sign}\n')
    with closing(Terminal(port, received.take)):
        tried = luot_hardware("sign", "--config", path, "--pace", 0.25)
        health = luot_hardware("health", "--config", path, "--json")
        checked = luot_hardware("check", "--config", path, "--json")
    assert tried.code == 0 and b"A015" in received.data, tried
    assert health.findings()["sign-c6"]["level"] == "fine"
    assert checked.findings()["port:sign-c6"]["level"] == "fine"


def watch_keys(*arguments: object, sends: dict[str, Callable[[], None]]) -> str:
    """Run ``keys``, call each of ``sends``, then press Ctrl-C; return the output.

    The next one is called when the output contains the key of the one before.
    """
    process = subprocess.Popen(
        command("keys", *arguments), cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()), daemon=True)
    reader.start()
    try:
        until(lambda: any("Ctrl-C" in line for line in lines), "the command never listened")
        for expected, send in sends.items():
            send()
            until(lambda expected=expected: any(expected in line for line in lines), lambda: lines)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()
    reader.join()
    process.stdout.close()
    return "".join(lines)


def test_keys_are_shown_in_hex_with_their_meaning_and_a_scan_is_never_shown(tmp_path: Path) -> None:
    port = tmp_path / "pad"
    desk = f'[[counter.desks]]\ncounter = "c1"\nkeypad = {{ kind = "serial", port = "{port}" }}\n'
    path = settings_file(tmp_path, f"[counter]\n{desk}")
    card = "012345678901||NGUYỄN THỊ ÁNH|01011990|Nữ|Phường Mẫu|01012022"

    with closing(Terminal(port, lambda _data: None)) as cable:
        sends = {
            "0d  next": lambda: cable.send(b"\r"),
            "5a  chưa có": lambda: cable.send(b"Z"),
            "một lần quét": lambda: cable.send(card.encode() + b"\r"),
        }
        shown = watch_keys("--config", path, sends=sends)
    assert "0d  next" in shown
    assert '5a  chưa có trong cấu hình; thêm: "Z" = …' in shown
    assert "một lần quét" in shown
    assert "0123" not in shown and "30 31 32" not in shown and "NGUY" not in shown


def test_keys_of_an_input_device_are_shown_by_the_kernels_names(tmp_path: Path) -> None:
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

    shown = watch_keys(pipe, sends={"KEY_Q": sends, "một lần quét": scans})
    assert "KEY_KPENTER" in shown and "KEY_Q" in shown
    assert "KEY_5" not in shown


def test_a_missing_port_for_keys_is_reported_once_with_the_reason(tmp_path: Path) -> None:
    folder = tmp_path / "input"
    folder.mkdir()
    done = luot_hardware("keys", folder / "event9", "--seconds", 1, "--language", "en")
    assert done.code == 2, done
    assert done.out.count("cannot be opened") == 1 and "(No such file or directory)" in done.out


def test_unusable_keys_in_the_settings_end_with_78(tmp_path: Path) -> None:
    keypad = f'keypad = {{ kind = "serial", port = "{tmp_path / "pad"}", keys = {{ "A" = "nxt" }} }}'
    path = settings_file(tmp_path, f'[counter]\n[[counter.desks]]\ncounter = "c1"\n{keypad}\n')
    for name in ("keys", "health"):
        done = luot_hardware(name, "--config", path)
        assert done.code in (78, 2), done
        assert "did you mean 'next'?" in done.out + done.err


def test_a_port_that_pyserial_does_not_know_is_reported_as_missing(tmp_path: Path) -> None:
    keypad = 'keypad = { kind = "serial", port = "foo://bar" }'
    path = settings_file(tmp_path, f'[counter]\n[[counter.desks]]\ncounter = "c1"\n{keypad}\n')
    done = luot_hardware("keys", "--config", path, "--seconds", 1)
    assert done.code == 2, done
    assert "foo://bar: không mở được (invalid URL, protocol 'foo' not known)" in done.out and not done.err
