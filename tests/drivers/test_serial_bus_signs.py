"""Signs on one serial bus: silent ones, late replies, key presses between them, mbpoll."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from serial_bench import LED, signs_on_bus

from config.settings import CounterStationSettings
from hardware.open.signs import open_sign
from hardware.ports import HealthState, SignFace
from hardware.serial_bus.bus import SerialBuses
from support.scaled_time import mono_s
from support.waiting import PATIENCE_S, until

A015 = [65, 48, 49, 53]
PAGE = {
    "kind": "template",
    "frame": "02 [ address payload 03 ] checksum",
    "address": "decimal",
    "checksum": "lrc",
    "reply": "06 address",
    "reply_s": 0.1,
}


@pytest.mark.parametrize("sheet", [LED, PAGE], ids=["modbus", "template"])
def test_a_sign_without_power_is_silent_and_the_others_work(tmp_path: Path, sheet: dict[str, Any]) -> None:
    with signs_on_bus(tmp_path / "rs485", (1, 2, 3), sheet) as signs:
        signs.simulated["c2"].set_fault("unpowered", on=True)
        signs.open()
        signs.show()
        until(lambda: signs.shown() == {"c1": "A011", "c2": "", "c3": "A013"}, signs.shown)
        wanted = {"c1": ("ready", None), "c2": ("offline", "silent"), "c3": ("ready", None)}
        until(lambda: signs.health() == wanted, signs.health)
        signs.simulated["c2"].set_fault("unpowered", on=False)
        until(lambda: signs.shown()["c2"] == "A012", signs.shown)
        until(lambda: signs.health()["c2"] == ("ready", None), signs.health)
        signs.simulated["c1"].set_fault("unplugged", on=True)
        until(lambda: set(signs.health().values()) == {("offline", "off")}, signs.health)
        signs.simulated["c1"].set_fault("unplugged", on=False)
        until(lambda: set(signs.health().values()) == {("ready", None)}, signs.health)
        for driver in signs.drivers.values():
            driver.close()
        until(lambda: set(signs.shown().values()) == {""}, signs.shown)


def test_a_late_reply_of_one_sign_is_not_taken_for_anothers(tmp_path: Path) -> None:
    with signs_on_bus(tmp_path / "rs485", (1, 2), LED) as signs:
        signs.simulated["c1"].set_fault("slow", on=True)
        signs.open()
        signs.show()
        until(lambda: signs.shown() == {"c1": "A011", "c2": "A012"}, signs.shown)
        until(lambda: signs.health() == {"c1": ("offline", "silent"), "c2": ("ready", None)}, signs.health)


def test_key_presses_are_received_between_the_replies_of_signs(tmp_path: Path) -> None:
    with signs_on_bus(tmp_path / "rs485", (1, 2), LED) as signs:
        signs.open()
        keys = bytearray()
        stop = signs.buses.bus(str(tmp_path / "rs485"), 38400).listen(keys.extend)
        pad = signs.cables.cable(tmp_path / "rs485", lambda _data: None)
        # Bytes received before the port is open are lost.
        until(lambda: set(signs.health().values()) == {("ready", None)}, signs.health)
        for turn in range(1, 21):
            for sign in signs.drivers.values():
                sign.show(SignFace(f"A{turn:03d}"))
            pad.send(b"R")
            until(lambda turn=turn: keys.count(b"R") == turn, lambda: keys)
        until(lambda: set(signs.shown().values()) == {"A020"}, signs.shown)
        until(lambda: set(signs.health().values()) == {("ready", None)}, signs.health)
        stop()
        pad.close()


def test_missing_registers_are_a_fault_and_not_silence(tmp_path: Path) -> None:
    with signs_on_bus(tmp_path / "rs485", (1,), LED) as signs:
        signs.open()
        until(lambda: signs.health() == {"c1": ("ready", None)}, signs.health)
        sheet = CounterStationSettings.model_validate({"signs": {"led": LED | {"first": 7}}}).signs
        signs.drivers["c1"].close()
        sign = open_sign(signs.station.desks[0].sign, SerialBuses(mono_s), sheet, "sign-c1")
        assert sign is not None
        with closing(sign):
            until(lambda: sign.health().code == "fault")
            assert sign.health().state is HealthState.FAULT
            assert sign.health().detail == "exception 2 (illegal data address) at register 7"


@contextmanager
def socat(plug: Path, device: Path) -> Iterator[None]:
    """Connect the driver's path to the simulated sign's terminal until the block ends."""
    ends = f"pty,raw,echo=0,link={plug}", f"{device},raw,echo=0"
    process = subprocess.Popen(["socat", *ends], stderr=subprocess.DEVNULL)
    try:
        until(lambda: plug.exists() or process.poll() is not None)
        yield
    finally:
        # First: else the driver might open a terminal of the same number that another test has opened.
        plug.unlink(missing_ok=True)
        process.send_signal(signal.SIGKILL)
        process.wait()


def mbpoll_read(device: Path, address: int, first: int, count: int) -> list[int]:
    """Return holding registers as mbpoll reads them."""
    command = ["mbpoll", "-m", "rtu", "-b", "38400", "-P", "none", "-a", str(address), "-0", "-1"]
    command += ["-r", str(first), "-c", str(count), str(device)]
    output = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False).stdout
    return [int(row.split()[-1]) for row in output.splitlines() if row.startswith("[")]


def mbpoll_write(device: Path, address: int, first: int, *values: int) -> str:
    command = ["mbpoll", "-m", "rtu", "-b", "38400", "-P", "none", "-a", str(address), "-0", "-r", str(first)]
    command += [str(device), *map(str, values)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    return done.stdout + done.stderr


def test_mbpoll_reads_the_registers_that_the_driver_wrote_and_a_new_cable_works(tmp_path: Path) -> None:
    device, plug = tmp_path / "rs485", tmp_path / "plug"
    with signs_on_bus(device, (3, 7), LED, plug=plug) as signs:
        with socat(plug, device):
            signs.open()
            signs.show()
            until(lambda: signs.shown() == {"c3": "A013", "c7": "A017"}, signs.shown)
        until(lambda: set(signs.health().values()) == {("offline", "off")}, signs.health)
        # The driver's last bytes may still be on their way when the cable is pulled: mbpoll asks again.
        until(lambda: mbpoll_read(device, 3, 0, 4) == [65, 48, 49, 51], lambda: mbpoll_read(device, 3, 0, 4))
        until(lambda: mbpoll_read(device, 7, 0, 4) == [65, 48, 49, 55], lambda: mbpoll_read(device, 7, 0, 4))
        for sign in signs.drivers.values():
            sign.show(SignFace("A015"))
        with socat(plug, device):
            until(lambda: set(signs.shown().values()) == {"A015"}, signs.shown)
            until(lambda: set(signs.health().values()) == {("ready", None)}, signs.health)


def test_the_simulated_sign_is_a_slave_to_mbpoll_too(tmp_path: Path) -> None:
    with signs_on_bus(tmp_path / "rs485", (3,), LED) as signs:
        assert "Written 4 references" in mbpoll_write(tmp_path / "rs485", 3, 0, *A015)
        assert signs.shown() == {"c3": "A015"}
        assert "Written 1 references" in mbpoll_write(tmp_path / "rs485", 3, 3, 54)
        assert signs.shown() == {"c3": "A016"}
        assert mbpoll_read(tmp_path / "rs485", 3, 0, 4) == [65, 48, 49, 54]
        assert "Illegal data address" in mbpoll_write(tmp_path / "rs485", 3, 90, 1)
        signs.simulated["c3"].set_fault("silent", on=True)
        assert "timed out" in mbpoll_write(tmp_path / "rs485", 3, 0, *A015)
