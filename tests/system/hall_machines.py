"""Run the machines of a hall, each on its own host, with simulated devices."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomli_w

from server.hall.demo.visitor_bot import KioskScreen
from server.hall.virtual.control_clients import ControlClient, ControlError, ControlResponse
from server.wire.messages import DeviceCredentials
from server.wire.station.enrol.stored import StoredEnrolment
from support.local_network import NetworkHost
from support.server_process import ROOT
from support.slip_reading import read_code
from support.waiting import PATIENCE_S, until

KIOSK_CONTROL, TV_CONTROL, DEVICES_CONTROL, PRINTER = (f"127.0.0.1:{port}" for port in (8481, 8482, 8490, 8491))
HEADLESS = {"SDL_VIDEODRIVER": "offscreen", "SDL_AUDIODRIVER": "dummy", "PYTHONPATH": str(ROOT)}
TOKEN = "of the control ports"
SHORTEST_SLIP_ROWS = 400
STEP_WITHIN_S = 600.0
"""The longest time of one step of people or devices, on a machine that does much else. Only failures take so long."""


class HostControl:
    """A control port on another host's loopback."""

    def __init__(self, host: NetworkHost, address: str) -> None:
        self._host, self._client = host, ControlClient(address, TOKEN)

    def get(self, path: str, *, wait_s: float = 0.0) -> ControlResponse:
        with self._host.inside():
            return self._client.get(path, wait_s=wait_s)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> ControlResponse:
        with self._host.inside():
            return self._client.post(path, body)

    def close(self) -> None:
        self._client.close()


def state_of(screen: HostControl) -> dict[str, Any]:
    """Return the state of a screen; empty while its program does not respond."""
    with suppress(ControlError):
        return dict(screen.get("/state").json())
    return {}


class HallMachine:
    """One machine: its settings, its state folder and its programs, which run on ``host``.

    ``settings``: the sections beside [machine]; ``pace``: the file of the tests' clock; ``state``: the hall's own state
    folder, for a station of its box.
    """

    def __init__(
        self, host: NetworkHost, folder: Path, settings: Mapping[str, Any], pace: Path, state: Path | None = None
    ) -> None:
        self.host, self.folder = host, folder / host.name
        self.state = self.folder / "state" if state is None else state
        (self.folder / "dev").mkdir(parents=True)
        self.state.mkdir(exist_ok=True)
        machine = {"state": str(self.state), "control_token": TOKEN, "pace": str(pace)}
        (self.folder / "machine.toml").write_text(tomli_w.dumps({"machine": machine, **settings}), encoding="utf-8")
        self._programs: list[subprocess.Popen[Any]] = []
        self._controls: list[HostControl] = []

    @property
    def log(self) -> str:
        """Return the log of all its programs until now."""
        path = self.folder / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def start(self, *modules: str) -> None:
        """Start programs."""
        for module in modules:
            with (self.folder / "log").open("ab") as log:
                command = [sys.executable, "-m", module, "--config", str(self.folder / "machine.toml")]
                environ = {**os.environ, **HEADLESS}
                self._programs.append(self.host.start(command, cwd=ROOT, stdout=log, stderr=log, env=environ))

    def restart_ended(self, module: str) -> None:
        """Start a program again once it has ended by itself, as systemd does."""
        self.until(lambda: self._programs[-1].poll() is not None, f"{module} to end by itself")
        self.start(module)

    def control(self, address: str) -> HostControl:
        control = HostControl(self.host, address)
        self._controls.append(control)
        return control

    def credentials(self) -> DeviceCredentials:
        """Return the credentials that its enrolment has stored. A thief of the machine reads them too."""
        (file,) = self.state.glob("enrolment-*.json")
        credentials = StoredEnrolment.model_validate_json(file.read_bytes()).credentials
        assert credentials is not None
        return credentials

    def end(self) -> None:
        """End all programs."""
        for control in self._controls:
            control.close()
        for program in reversed(self._programs):
            if program.poll() is None:
                program.send_signal(signal.SIGTERM)
        for program in self._programs:
            program.wait(PATIENCE_S)
        self._controls, self._programs = [], []

    def until(self, holds: Callable[[], Any], condition: str) -> Any:
        return until(holds, lambda: f"{condition} on {self.host.name}\n{self.log[-4000:]}", within_s=STEP_WITHIN_S)


def kiosk_settings(station: str) -> dict[str, Any]:
    """Return a kiosk with a quick simulated printer."""
    return {
        "kiosk": {
            "station": station,
            "control": KIOSK_CONTROL,
            "debounce_ms": 0,
            "settle_ms": 0,
            "screen": {"fullscreen": False, "width_px": 540, "height_px": 960},
            "printer": {"kind": "network", "address": PRINTER, "paper_mm": 80},
        },
        "simulated": {
            "control": DEVICES_CONTROL,
            "printer": {"listen": PRINTER, "paper_mm": 80, "speed_mm_s": 1000.0},
        },
    }


def display_settings(station: str) -> dict[str, Any]:
    """Return a TV."""
    return {
        "display": {
            "station": station,
            "control": TV_CONTROL,
            "screen": {"width_px": 960, "height_px": 540, "width_mm": 941.0, "fullscreen": False},
            "speaker": {"kind": "simulated"},
        }
    }


def counter_settings(folder: Path, station: str, counters: Sequence[str]) -> dict[str, Any]:
    """Return a counter station with simulated signs and keypads."""
    dev = folder / "counters" / "dev"
    desks = [
        {
            "counter": counter,
            "sign": {"kind": "cd5220", "port": str(dev / f"sign-{counter}")},
            "keypad": {"kind": "serial", "port": str(dev / f"keypad-{counter}"), "debounce_ms": 0},
        }
        for counter in counters
    ]
    simulated = [
        {"counter": counter, "sign": str(dev / f"sign-{counter}"), "keypad": str(dev / f"keypad-{counter}")}
        for counter in counters
    ]
    return {
        "counter": {"station": station, "desks": desks},
        "simulated": {"control": DEVICES_CONTROL, "desks": simulated},
    }


def node_settings(station: str, counter: str) -> dict[str, Any]:
    """Return a sign's node, whose sign is its log."""
    return {"node": {"station": station, "counter": counter}}


class Kiosk:
    """A kiosk that visitors touch. ``notices``: how often a visitor was asked to try again."""

    def __init__(self, machine: HallMachine) -> None:
        self.machine = machine
        self.screen = machine.control(KIOSK_CONTROL)
        self.devices = machine.control(DEVICES_CONTROL)
        self.notices = 0
        pause = threading.Event()
        self._touched = KioskScreen(self.screen, pause.wait, time.monotonic)

    def state(self) -> dict[str, Any]:
        return state_of(self.screen)

    def takes(self, service: str) -> str:
        """Take a number by touching the screen, again after a notice.

        Leave the home screen to the next visitor.
        """
        touches = {"home": "take", "services": f"service-{service}", "confirm": "take", "notice": "take"}
        number = self.machine.until(lambda: self._number_after_touch(touches), f"a number for {service}")
        self.machine.until(self._is_left, "the home screen")
        return str(number)

    def last_slip(self) -> str:
        """Return the text of the code on the newest slip, as another program reads it."""
        (text,) = read_code(self.devices.get(f"/printer/slips/{self.slips()[-1]['n']}.png").body)
        return text

    def slips(self) -> list[dict[str, Any]]:
        """Return the printed slips with a number. The paper that a start cuts off is shorter."""
        pieces = self.devices.get("/printer").json()["slips"]
        return [piece for piece in pieces if piece["cut"] and piece["rows"] > SHORTEST_SLIP_ROWS]

    def _number_after_touch(self, touches: Mapping[str, str]) -> str | None:
        """Touch the target of this screen once; return the number if the screen shows one."""
        with suppress(ControlError):
            before = self._touched.state()
            if before.get("number"):
                return str(before["number"])
            name = str(before.get("screen"))
            self.notices += name == "notice"
            if name in touches:
                self._touched.touch(touches[name])
            self._touched.await_change(before)
        return None

    def _is_left(self) -> bool:
        """Touch "home" while the screen shows a number."""
        with suppress(ControlError):
            if not self._touched.state().get("number"):
                return True
            self._touched.touch("home")
        return False
