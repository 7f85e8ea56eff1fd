"""A counter's simulated devices, used over their cables and over the control port."""

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
from hardware.keypads.serial_keys import KeypadBuses
from hardware.open.inputs import open_keypad, open_rating_pad, open_scanner
from hardware.open.signs import open_sign
from hardware.ports import HealthState, Key, Press, SignFace
from hardware.serial_bus.bus import SerialBuses
from hardware.simulated.signs.segments import draw_sixteen_segments
from support.http_pools import http_pool
from support.server_process import ROOT, free_ports
from support.waiting import PATIENCE_S, until

KINDS = ("sign", "keypad", "pad", "scanner")


class Port:
    """The control port, as the virtual hall's page asks it."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._pool = http_pool(retries=False, timeout=PATIENCE_S)

    def get(self, path: str) -> bytes:
        answer = self._pool.request("GET", self._base + path)
        assert answer.status == 200, answer.data
        return answer.data

    def post(self, path: str, body: dict[str, Any]) -> int:
        return self._pool.request("POST", self._base + path, body=json.dumps(body).encode()).status

    def devices(self) -> list[dict[str, Any]]:
        return list(json.loads(self.get("/devices")))

    def device(self, name: str) -> dict[str, Any]:
        return next(device for device in self.devices() if device["id"] == name)

    def answers(self) -> bool:
        try:
            return bool(self.get("/devices"))
        except urllib3.exceptions.HTTPError:
            return False


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Port]:
    (number,) = free_ports(1)
    desk = {"counter": "c1", **{kind: str(tmp_path / f"dev/{kind}-c1") for kind in KINDS}}
    simulated = {"control": f"127.0.0.1:{number}", "desks": [desk]}
    (tmp_path / "hall.toml").write_text(tomli_w.dumps({"simulated": simulated}), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "hardware.simulated.app", "--config", str(tmp_path / "hall.toml")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    port = Port(f"http://127.0.0.1:{number}")
    try:
        until(port.answers)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert list((tmp_path / "dev").iterdir()) == []


def test_the_sign_is_seen_as_it_draws_itself(port: Port, tmp_path: Path) -> None:
    wired = devices.SignSettings(kind="cd5220", port=str(tmp_path / "dev/sign-c1"))
    sign = open_sign(wired, SerialBuses(time.monotonic), {}, "sign-c1")
    assert sign is not None
    with closing(sign):
        sign.show(SignFace("K027"))
        until(lambda: json.loads(port.get("/signs/c1"))["text"] == "K027")
        assert port.get("/signs/c1.png") == draw_sixteen_segments("K027", "")
        assert port.post("/devices/sign-c1/faults/unpowered", {"on": True}) == 204
        assert port.get("/signs/c1.png") == draw_sixteen_segments("", "")


def test_a_key_pressed_on_the_page_reaches_the_driver(port: Port, tmp_path: Path) -> None:
    presses: list[Press] = []
    wired = devices.KeypadSettings(kind="serial", port=str(tmp_path / "dev/keypad-c1"), lamp_on="\\x07")
    keypad = open_keypad(wired, presses.append, KeypadBuses(SerialBuses(time.monotonic)), time.monotonic)
    assert keypad is not None
    with closing(keypad):
        until(lambda: keypad.health().state is HealthState.READY)
        for key in Key:
            assert port.post("/keypads/c1", {"key": key}) == 204
        assert port.post("/keypads/c1", {"key": "call", "digits": "15"}) == 204
        until(lambda: len(presses) == len(Key) + 1)
        assert presses == [*map(Press, Key), Press(Key.CALL, "15")]
        assert port.post("/keypads/c1", {"key": "dance"}) == 400
        keypad.flash_lamp()
        until(lambda: port.device("keypad-c1")["beeps"] == 1)
        assert port.device("keypad-c1")["keys"] == list(Key)


def test_a_level_pressed_on_the_page_reaches_the_driver(port: Port, tmp_path: Path) -> None:
    levels: list[int] = []
    wired = devices.RatingPadSettings(kind="serial", port=str(tmp_path / "dev/pad-c1"))
    pad = open_rating_pad(wired, levels.append, KeypadBuses(SerialBuses(time.monotonic)), time.monotonic)
    assert pad is not None
    with closing(pad):
        until(lambda: pad.health().state is HealthState.READY)
        for level in (1, 4, 2, 3):
            assert port.post("/pads/c1", {"level": level}) == 204
        until(lambda: levels == [1, 4, 2, 3])
        assert port.post("/pads/c1", {"level": 5}) == 400
        assert port.device("pad-c1")["levels"] == 4


def test_a_text_scanned_on_the_page_reaches_the_driver_unchanged(port: Port, tmp_path: Path) -> None:
    texts: list[str] = []
    wired = devices.ScannerSettings(kind="serial", port=str(tmp_path / "dev/scanner-c1"))
    scanner = open_scanner(wired, texts.append, SerialBuses(time.monotonic), time.monotonic)
    assert scanner is not None
    with closing(scanner):
        until(lambda: scanner.health().state is HealthState.READY)
        for text in ("https://hall.example/v/AbC-1", "Phường Mẫu: hồ sơ số 15"):
            assert port.post("/scanners/c1", {"text": text}) == 204
        until(lambda: len(texts) == 2)
        assert texts == ["https://hall.example/v/AbC-1", "Phường Mẫu: hồ sơ số 15"]


def test_faults_are_listed_and_cleared_together(port: Port) -> None:
    asked = {"sign-c1": "unplugged", "keypad-c1": "stuck", "pad-c1": "bouncing", "scanner-c1": "no_suffix"}
    for device, fault in asked.items():
        assert port.post(f"/devices/{device}/faults/{fault}", {"on": True}) == 204
    faults = {device["id"]: [name for name, on in device["faults"].items() if on] for device in port.devices()}
    assert faults == {device: [fault] for device, fault in asked.items()}
    assert port.post("/faults/clear", {}) == 204
    assert not any(any(device["faults"].values()) for device in port.devices())


def test_a_counter_without_devices_has_no_drivers() -> None:
    lines = SerialBuses(time.monotonic)
    key_lines, nobody = KeypadBuses(lines), lambda _what: None
    assert open_sign(devices.SignSettings(), lines, {}, "sign-c1") is None
    assert open_keypad(devices.KeypadSettings(), nobody, key_lines, time.monotonic) is None
    assert open_rating_pad(devices.RatingPadSettings(), nobody, key_lines, time.monotonic) is None
    assert open_scanner(devices.ScannerSettings(), nobody, lines, time.monotonic) is None
