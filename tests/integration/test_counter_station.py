"""A counter station as it runs: its own process, a real server and broker, real pseudo-terminals with the twins."""

import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from halls import ROOT, Api, Machine, journal, machine, office, request_id, running
from hardware.ports import Key
from hardware.simulated.keypad import SimulatedKeypad
from hardware.simulated.sign import SimulatedSign
from waiting import until

PATIENCE_S = 30.0
SERVES = {"c1": ["HT"], "c2": ["HT", "CT"]}


@dataclass
class Desk:
    sign: SimulatedSign
    keypad: SimulatedKeypad

    @property
    def shows(self) -> str:
        return self.sign.shown()[0]

    def comes_to_show(self, text: str, below: str = "") -> None:
        until(lambda: self.sign.shown() == (text, below), lambda: (self.sign.shown(), "wanted", text, below))


@dataclass
class Hall:
    """A server with an office of two counters, their signs and keypads, and the station that serves them."""

    where: Machine
    api: Api
    desks: dict[str, Desk]
    server: ExitStack = field(default_factory=ExitStack)
    station: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.where.config.parent / "counter.log"

    def start_server(self) -> None:
        self.server.enter_context(running(self.where))

    def start_station(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as sink:
            self.station = subprocess.Popen(
                [sys.executable, "-m", "counter.app", "--config", str(self.where.config)],
                stdout=sink,
                stderr=sink,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        until(lambda: self.health()["online"], lambda: self.log.read_text()[-3000:])
        return self.station

    def health(self) -> dict[str, Any]:
        """What the server knows of the station and its devices."""
        _, health = self.api.get("/health")
        found = next((one for one in health["stations"] if one["station"] == "counters-1"), None)
        devices = {one["device"]: one["state"] for one in found["devices"]} if found else {}
        return {"online": bool(found and found["online"]), **devices}

    def take(self, service: str = "HT") -> dict[str, Any]:
        body = {"request_id": request_id(), "service": service, "station": "kiosk-1"}
        ticket: dict[str, Any] = self.api.ok("/tickets", body)
        return ticket

    def ticket(self, number: dict[str, Any]) -> dict[str, Any]:
        _, ticket = self.api.get(f"/tickets/{number['id']}")
        return dict(ticket)

    def facts(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in journal(self.api) if row["kind"] == kind]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    where = machine(tmp_path, office(["HT", "CT"], SERVES, rules={"calls": 2}))
    settings = tomllib.loads(where.config.read_text(encoding="utf-8"))
    desks = [
        {
            "counter": counter,
            "sign": {"kind": "cd5220", "port": str(tmp_path / f"sign-{counter}"), "resend_s": 1.0},
            # This test presses faster than a finger; the debounce has its own tests.
            "keypad": {"kind": "serial", "port": str(tmp_path / f"keypad-{counter}"), "debounce_ms": 0},
        }
        for counter in SERVES
    ]
    broker = f"{where.broker[0]}:{where.broker[1]}"
    settings["link"] = {"server": where.api, "broker": broker, "office": "test"}
    settings["counter"] = {"station": "counters-1", "desks": desks}
    where.config.write_text(tomli_w.dumps(settings), encoding="utf-8")
    with ExitStack() as stack:
        twins = {
            counter: Desk(
                stack.enter_context(closing(SimulatedSign(counter, tmp_path / f"sign-{counter}", time.monotonic))),
                stack.enter_context(closing(SimulatedKeypad(counter, tmp_path / f"keypad-{counter}"))),
            )
            for counter in SERVES
        }
        one = Hall(where, Api(where.api), twins)
        stack.push(one.server)
        one.start_server()
        one.start_station()
        try:
            yield one
        finally:
            assert one.station is not None
            if one.station.poll() is None:
                one.station.send_signal(signal.SIGTERM)
            assert one.station.wait(PATIENCE_S) == 0, one.log.read_text()[-3000:]


def test_a_visitor_is_called_served_and_finished_with_three_keys(hall: Hall) -> None:
    ticket, desk = hall.take(), hall.desks["c1"]
    desk.keypad.press(Key.NEXT)
    desk.comes_to_show(ticket["number"])
    until(lambda: desk.sign.state()["blinking"])
    desk.keypad.press(Key.START)
    until(lambda: hall.ticket(ticket)["state"] == "serving")
    until(lambda: not desk.sign.state()["blinking"])
    assert desk.shows == ticket["number"]
    desk.keypad.press(Key.FINISH)
    desk.comes_to_show("")
    served = hall.ticket(ticket)
    assert (served["state"], served["outcome"], served["counter"]) == ("served", "received", "c1")
    assert {row["actor_station"] for row in hall.facts("ticket.finished")} == {"counters-1"}


def test_keys_pressed_in_one_breath_are_each_done_once_and_in_order(hall: Hall) -> None:
    tickets, desk = [hall.take() for _ in range(3)], hall.desks["c1"]
    keys = [Key.NEXT, Key.START, Key.FINISH] * 3
    for key in keys:
        desk.keypad.press(key)
    until(lambda: hall.ticket(tickets[2])["state"] == "served", lambda: hall.log.read_text()[-2000:])
    for kind in ("ticket.called", "ticket.started", "ticket.finished"):
        assert [row["ticket"] for row in hall.facts(kind)] == [one["id"] for one in tickets]


def test_recall_hold_no_show_and_pause_do_what_they_say(hall: Hall) -> None:
    first, second, desk = hall.take(), hall.take(), hall.desks["c1"]
    for key in (Key.NEXT, Key.START, Key.HOLD):
        desk.keypad.press(key)
    until(lambda: hall.ticket(first)["state"] == "held")
    (held,) = hall.facts("ticket.held")
    assert held["data"]["reason"] == "Tạm gác bằng bàn phím"
    for key in (Key.NEXT, Key.RECALL, Key.NO_SHOW, Key.PAUSE):
        desk.keypad.press(key)
    desk.comes_to_show("----")
    assert hall.ticket(second)["state"] == "no_show"
    assert hall.ticket(second)["calls"] == 2
    desk.keypad.press(Key.PAUSE)
    desk.comes_to_show("")


def test_a_pause_with_somebody_called_keeps_their_number_on_the_sign(hall: Hall) -> None:
    ticket, desk = hall.take(), hall.desks["c1"]
    for key in (Key.NEXT, Key.PAUSE):
        desk.keypad.press(key)
    until(lambda: [one for one in hall.facts("counter.state") if one["data"]["state"] == "paused"])
    desk.comes_to_show(ticket["number"])
    for key in (Key.START, Key.FINISH):
        desk.keypad.press(key)
    desk.comes_to_show("----")


def test_a_refused_key_says_so_on_the_sign_and_changes_nothing(hall: Hall) -> None:
    ticket, desk = hall.take(), hall.desks["c1"]
    desk.keypad.press(Key.START)
    desk.comes_to_show("Err", "NO TICKET")
    desk.keypad.press(Key.NEXT)
    desk.comes_to_show(ticket["number"])
    before = journal(hall.api)
    desk.keypad.press(Key.NEXT)
    desk.comes_to_show("Err", "OPEN TICKET")
    desk.comes_to_show(ticket["number"])
    assert journal(hall.api) == before


def test_an_automatic_call_is_acknowledged_by_any_key(hall: Hall) -> None:
    desk = hall.desks["c2"]
    desk.keypad.press(Key.NEXT)
    until(lambda: hall.facts("counter.ready"))
    ticket = hall.take("CT")
    desk.comes_to_show(ticket["number"])
    desk.keypad.press(Key.START)
    until(lambda: hall.ticket(ticket)["state"] == "serving")
    until(lambda: hall.facts("call.acknowledged"))


def test_a_sign_keeps_its_number_while_the_server_is_away_and_keys_work_again_after(hall: Hall) -> None:
    ticket, desk = hall.take(), hall.desks["c1"]
    for key in (Key.NEXT, Key.START):
        desk.keypad.press(key)
    until(lambda: hall.ticket(ticket)["state"] == "serving")
    hall.server.close()
    desk.keypad.press(Key.FINISH)
    desk.comes_to_show("Err", "NO SERVER")
    desk.comes_to_show(ticket["number"])
    hall.start_server()
    until(lambda: hall.health().get("keypad-c1") == "ready")
    assert desk.shows == ticket["number"]
    desk.keypad.press(Key.FINISH)
    desk.comes_to_show("")
    assert hall.ticket(ticket)["state"] == "served"


def test_an_unplugged_device_is_known_to_the_server_and_its_healing_too(hall: Hall) -> None:
    ready = {"online": True, "sign-c1": "ready", "keypad-c1": "ready", "sign-c2": "ready", "keypad-c2": "ready"}
    until(lambda: hall.health() == ready, hall.health)
    hall.desks["c1"].sign.set_fault("unplugged", on=True)
    hall.desks["c2"].keypad.set_fault("unplugged", on=True)
    until(lambda: hall.health() == ready | {"sign-c1": "offline", "keypad-c2": "offline"}, hall.health)
    hall.desks["c1"].sign.set_fault("unplugged", on=False)
    hall.desks["c2"].keypad.set_fault("unplugged", on=False)
    until(lambda: hall.health() == ready, hall.health)
    assert hall.log.read_text().count("sign-c1 is offline") == 1


def test_a_station_that_is_stopped_leaves_dark_signs_and_is_offline(hall: Hall) -> None:
    ticket, desk = hall.take(), hall.desks["c1"]
    desk.keypad.press(Key.NEXT)
    desk.comes_to_show(ticket["number"])
    assert hall.station is not None
    hall.station.send_signal(signal.SIGTERM)
    assert hall.station.wait(PATIENCE_S) == 0
    desk.comes_to_show("")
    until(lambda: not hall.health()["online"])
    hall.start_station()
    desk.comes_to_show(ticket["number"])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "[counter] is missing"),
        ({"counter": {"desks": [{"counter": "c1"}, {"counter": "c2"}, {"counter": "c1"}]}}, "c1: there twice"),
        ({"counter": {"desks": [{"counter": "c1", "sing": {}}]}}, "did you mean 'sign'?"),
    ],
)
def test_settings_that_cannot_be_used_end_with_78_and_say_what_to_do(
    tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    (tmp_path / "hall.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "counter.app", "--config", str(tmp_path / "hall.toml")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 78
    assert said in ended.stderr
