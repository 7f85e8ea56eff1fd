"""A counter's devices in the simulated process: driven over their cables, seen and used over its control port."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import urllib3

from config import devices
from halls import ROOT, free_ports
from hardware.keypads.serial_keys import KeyLines
from hardware.lines.lines import Lines
from hardware.open import open_keypad, open_pad, open_scanner
from hardware.open_signs import open_sign
from hardware.ports import Key, Press, SignFace, State
from hardware.simulated.signs.segments import draw
from waiting import PATIENCE_S, until

KINDS = ("sign", "keypad", "pad", "scanner")


class Port:
    """The control port, as the virtual hall's page asks it."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._pool = urllib3.PoolManager(retries=False, timeout=PATIENCE_S)

    def get(self, path: str) -> bytes:
        answer = self._pool.request("GET", self._base + path)
        assert answer.status == 200, answer.data
        return answer.data

    def post(self, path: str, body: dict[str, Any]) -> int:
        return self._pool.request("POST", self._base + path, body=json.dumps(body).encode()).status

    def devices(self) -> list[dict[str, Any]]:
        return list(json.loads(self.get("/devices")))

    def device(self, name: str) -> dict[str, Any]:
        return next(one for one in self.devices() if one["id"] == name)

    def answers(self) -> bool:
        try:
            return bool(self.get("/devices"))
        except urllib3.exceptions.HTTPError:
            return False


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Port]:
    (number,) = free_ports(1)
    desk = {"counter": "c1", **{one: str(tmp_path / f"dev/{one}-c1") for one in KINDS}}
    simulated = {"control": f"127.0.0.1:{number}", "desks": [desk]}
    (tmp_path / "hall.toml").write_text(tomli_w.dumps({"simulated": simulated}), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "hardware.simulated.app", "--config", str(tmp_path / "hall.toml")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    one = Port(f"http://127.0.0.1:{number}")
    try:
        until(one.answers)
        yield one
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert list((tmp_path / "dev").iterdir()) == []


def test_the_sign_is_seen_as_it_draws_itself(port: Port, tmp_path: Path) -> None:
    wired = devices.Sign(kind="cd5220", port=str(tmp_path / "dev/sign-c1"))
    sign = open_sign(wired, Lines(time.monotonic), {}, "sign-c1")
    assert sign is not None
    with closing(sign):
        sign.show(SignFace("K027"))
        until(lambda: json.loads(port.get("/signs/c1"))["text"] == "K027")
        assert port.get("/signs/c1.png") == draw("K027", "")
        assert port.post("/devices/sign-c1/faults/unpowered", {"on": True}) == 204
        assert port.get("/signs/c1.png") == draw("", "")


def test_a_key_pressed_on_the_page_comes_out_of_the_driver(port: Port, tmp_path: Path) -> None:
    presses: list[Press] = []
    wired = devices.Keypad(kind="serial", port=str(tmp_path / "dev/keypad-c1"), lamp_on="\\x07")
    keypad = open_keypad(wired, presses.append, KeyLines(Lines(time.monotonic)), time.monotonic)
    assert keypad is not None
    with closing(keypad):
        until(lambda: keypad.health().state is State.READY)
        for key in Key:
            assert port.post("/keypads/c1", {"key": key}) == 204
        assert port.post("/keypads/c1", {"key": "call", "digits": "15"}) == 204
        until(lambda: len(presses) == len(Key) + 1)
        assert presses == [*map(Press, Key), Press(Key.CALL, "15")]
        assert port.post("/keypads/c1", {"key": "dance"}) == 400
        keypad.refused()
        until(lambda: port.device("keypad-c1")["beeps"] == 1)
        assert port.device("keypad-c1")["keys"] == list(Key)


def test_a_level_pressed_on_the_page_comes_out_of_the_driver(port: Port, tmp_path: Path) -> None:
    levels: list[int] = []
    wired = devices.Pad(kind="serial", port=str(tmp_path / "dev/pad-c1"))
    pad = open_pad(wired, levels.append, KeyLines(Lines(time.monotonic)), time.monotonic)
    assert pad is not None
    with closing(pad):
        until(lambda: pad.health().state is State.READY)
        for level in (1, 4, 2, 3):
            assert port.post("/pads/c1", {"level": level}) == 204
        until(lambda: levels == [1, 4, 2, 3])
        assert port.post("/pads/c1", {"level": 5}) == 400
        assert port.device("pad-c1")["levels"] == 4


def test_a_text_scanned_on_the_page_comes_out_of_the_driver_as_it_was(port: Port, tmp_path: Path) -> None:
    texts: list[str] = []
    wired = devices.Scanner(kind="serial", port=str(tmp_path / "dev/scanner-c1"))
    scanner = open_scanner(wired, texts.append, Lines(time.monotonic), time.monotonic)
    assert scanner is not None
    with closing(scanner):
        until(lambda: scanner.health().state is State.READY)
        for text in ("https://hall.example/v/AbC-1", "Phường Mẫu: hồ sơ số 15"):
            assert port.post("/scanners/c1", {"text": text}) == 204
        until(lambda: len(texts) == 2)
        assert texts == ["https://hall.example/v/AbC-1", "Phường Mẫu: hồ sơ số 15"]


def test_faults_are_listed_and_cleared_together(port: Port) -> None:
    asked = {"sign-c1": "unplugged", "keypad-c1": "stuck", "pad-c1": "bouncing", "scanner-c1": "no_suffix"}
    for device, fault in asked.items():
        assert port.post(f"/devices/{device}/faults/{fault}", {"on": True}) == 204
    faults = {one["id"]: [name for name, on in one["faults"].items() if on] for one in port.devices()}
    assert faults == {device: [fault] for device, fault in asked.items()}
    assert port.post("/faults/clear", {}) == 204
    assert not any(any(one["faults"].values()) for one in port.devices())


def test_a_counter_without_devices_has_no_drivers() -> None:
    lines = Lines(time.monotonic)
    key_lines, nobody = KeyLines(lines), lambda _what: None
    assert open_sign(devices.Sign(), lines, {}, "sign-c1") is None
    assert open_keypad(devices.Keypad(), nobody, key_lines, time.monotonic) is None
    assert open_pad(devices.Pad(), nobody, key_lines, time.monotonic) is None
    assert open_scanner(devices.Scanner(), nobody, lines, time.monotonic) is None
