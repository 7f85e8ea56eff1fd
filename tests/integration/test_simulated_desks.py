"""Signs and keypads of the simulated process: driven over their cables, seen and pressed over its control port."""

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

from config import settings
from halls import ROOT, free_ports
from hardware.open import open_keypad, open_sign
from hardware.ports import Key, SignFace, State
from hardware.simulated.segments import draw
from waiting import until

PATIENCE_S = 30.0


class Port:
    """The control port, as the virtual hall's page asks it."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._pool = urllib3.PoolManager(retries=False, timeout=10.0)

    def get(self, path: str) -> bytes:
        answer = self._pool.request("GET", self._base + path)
        assert answer.status == 200, answer.data
        return answer.data

    def post(self, path: str, body: dict[str, Any]) -> int:
        return self._pool.request("POST", self._base + path, body=json.dumps(body).encode()).status

    def answers(self) -> bool:
        try:
            return bool(self.get("/devices"))
        except urllib3.exceptions.HTTPError:
            return False


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Port]:
    (number,) = free_ports(1)
    desk = {"counter": "c1", "sign": str(tmp_path / "dev/sign-c1"), "keypad": str(tmp_path / "dev/keypad-c1")}
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
    sign = open_sign(settings.Sign(kind="cd5220", port=str(tmp_path / "dev/sign-c1")), time.monotonic)
    assert sign is not None
    with closing(sign):
        sign.show(SignFace("K027"))
        until(lambda: json.loads(port.get("/signs/c1"))["text"] == "K027")
        assert port.get("/signs/c1.png") == draw("K027", "")
        assert port.post("/devices/sign-c1/faults/unpowered", {"on": True}) == 204
        assert port.get("/signs/c1.png") == draw("", "")


def test_a_key_pressed_on_the_page_comes_out_of_the_driver(port: Port, tmp_path: Path) -> None:
    keys: list[Key] = []
    wired = settings.Keypad(kind="serial", port=str(tmp_path / "dev/keypad-c1"))
    keypad = open_keypad(wired, keys.append, time.monotonic)
    assert keypad is not None
    with closing(keypad):
        until(lambda: keypad.health().state is State.READY)
        for key in Key:
            assert port.post("/keypads/c1", {"key": key}) == 204
        until(lambda: len(keys) == len(Key))
        assert keys == list(Key)
        assert port.post("/keypads/c1", {"key": "dance"}) == 400


def test_faults_are_listed_and_cleared_together(port: Port) -> None:
    for path in ("sign-c1/faults/unplugged", "keypad-c1/faults/stuck"):
        assert port.post(f"/devices/{path}", {"on": True}) == 204
    faults = {one["id"]: one["faults"] for one in json.loads(port.get("/devices"))}
    assert faults == {
        "sign-c1": {"unplugged": True, "unpowered": False},
        "keypad-c1": {"unplugged": False, "stuck": True},
    }
    assert port.post("/faults/clear", {}) == 204
    assert not any(any(one["faults"].values()) for one in json.loads(port.get("/devices")))


def test_a_counter_without_devices_has_no_drivers() -> None:
    assert open_sign(settings.Sign(), time.monotonic) is None
    assert open_keypad(settings.Keypad(), lambda _key: None, time.monotonic) is None
