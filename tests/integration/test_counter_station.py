"""A counter station as a process, with a real server, broker and simulated devices."""

import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import tomli_w

from hardware.ports import Key
from hardware.simulated.keypads.keypad import SimulatedKeypad, SimulatedRatingPad
from hardware.simulated.keypads.scanner import SimulatedScanner
from hardware.simulated.signs.sign import SimulatedSign
from hardware.simulated.terminal import Cables
from server.wire.messages import RestartStation
from server.wire.mqtt_connection import MqttConnection
from server.wire.topics import Topics
from support.forked_programs import start_program
from support.scaled_time import mono_s
from support.server_process import ROOT, Api, Machine, journal, machine, office, request_id, running
from support.waiting import PATIENCE_S, until

QUICK = Path(__file__).with_name("quick_counter.py")
SERVES = {"c1": ["HT"], "c2": ["HT", "CT"]}


@dataclass
class Desk:
    sign: SimulatedSign
    keypad: SimulatedKeypad
    pad: SimulatedRatingPad
    scanner: SimulatedScanner

    @property
    def shows(self) -> str:
        return self.sign.shown()[0]

    def comes_to_show(self, text: str, below: str = "") -> None:
        until(lambda: self.sign.shown() == (text, below), lambda: (self.sign.shown(), "wanted", text, below))


@dataclass
class Hall:
    """A server with two counters, their signs and keypads, and their station."""

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
        self.station = start_program([str(QUICK), "--config", str(self.where.config)], self.log)
        until(lambda: self.health()["online"], lambda: self.log.read_text()[-3000:])
        return self.station

    def health(self) -> dict[str, Any]:
        """Return the server's state of the station and its devices."""
        _, health = self.api.get("/health")
        station = next((row for row in health["stations"] if row["station"] == "counters-1"), None)
        devices = {row["device"]: row["state"] for row in station["devices"]} if station else {}
        return {"online": bool(station and station["online"]), **devices}

    def take(self, service: str = "HT") -> dict[str, Any]:
        body = {"request_id": request_id(), "service": service, "station": "kiosk-1"}
        ticket: dict[str, Any] = self.api.ok("/tickets", body)
        return ticket

    def ticket(self, number: dict[str, Any]) -> dict[str, Any]:
        _, ticket = self.api.get(f"/tickets/{number['id']}")
        return dict(ticket)

    def facts(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in journal(self.api) if row["kind"] == kind]


def wired(folder: Path, counter: str) -> dict[str, Any]:
    """A counter with every kind of device; both keypads share one serial bus."""
    address = counter[1:]
    # No debounce time: a busy station receives the next press sooner after the last one than it was made.
    keypad = {"kind": "serial", "port": str(folder / "line"), "address": address, "lamp_on": "\\x07", "debounce_ms": 0}
    pad = {"kind": "serial" if counter == "c1" else "evdev", "port": str(folder / f"pad-{counter}"), "levels": 3}
    return {
        "counter": counter,
        "sign": {"kind": "cd5220", "port": str(folder / f"sign-{counter}"), "resend_s": 1.0},
        "keypad": keypad,
        "pad": pad | ({"lamp_on": "\\x07"} if counter == "c1" else {"lamp_on": "LED_CAPSL"}),
        "scanner": {"kind": "serial", "port": str(folder / f"scanner-{counter}")},
    }


def keypads(*of: dict[str, Any]) -> dict[str, Any]:
    """Counters whose keypads hang on one line, with these settings."""
    keys = [{"kind": "serial", "port": "line", **settings} for settings in of]
    return {"counter": {"desks": [{"counter": f"c{n}", "keypad": key} for n, key in enumerate(keys, 1)]}}


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    where = machine(tmp_path, office(["HT", "CT"], SERVES, rules={"calls": 2}))
    settings = tomllib.loads(where.config.read_text(encoding="utf-8"))
    broker = f"{where.broker[0]}:{where.broker[1]}"
    settings["link"] = {"server": where.api, "broker": broker, "office": "test"}
    settings["counter"] = {"station": "counters-1", "desks": [wired(tmp_path, counter) for counter in SERVES]}
    where.config.write_text(tomli_w.dumps(settings), encoding="utf-8")
    with ExitStack() as stack:
        cables, line = Cables(), tmp_path / "line"

        def desk(counter: str, of: Literal["serial", "evdev"]) -> Desk:
            sign = SimulatedSign(counter, tmp_path / f"sign-{counter}", mono_s)
            keypad = SimulatedKeypad(counter, line, mono_s, cables, address=counter[1:].encode())
            pad = SimulatedRatingPad(counter, tmp_path / f"pad-{counter}", mono_s, wiring=of, levels=3)
            scanner = SimulatedScanner(counter, tmp_path / f"scanner-{counter}", mono_s)
            for device in (sign, keypad, pad, scanner):
                stack.enter_context(closing(device))
            return Desk(sign, keypad, pad, scanner)

        hall = Hall(where, Api(where.api), {"c1": desk("c1", "serial"), "c2": desk("c2", "evdev")})
        stack.push(hall.server)
        hall.start_server()
        try:
            hall.start_station()
            yield hall
        finally:
            if hall.station is not None:
                if hall.station.poll() is None:
                    hall.station.send_signal(signal.SIGTERM)
                assert hall.station.wait(PATIENCE_S) == 0, hall.log.read_text()[-3000:]


def test_a_visitor_is_called_served_and_finished_with_three_keys(hall: Hall) -> None:
    ticket, desk = hall.take(), hall.desks["c1"]
    desk.keypad.press(Key.NEXT)
    desk.comes_to_show(ticket["number"])
    until(lambda: desk.sign.state()["blinking"])
    desk.keypad.press(Key.START)
    until(lambda: hall.ticket(ticket)["state"] == "serving")
    until(lambda: not desk.sign.state()["blinking"])
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
        assert [row["ticket"] for row in hall.facts(kind)] == [ticket["id"] for ticket in tickets]


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
    until(lambda: [fact for fact in hall.facts("counter.state") if fact["data"]["state"] == "paused"])
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


def test_the_sign_and_an_alarm_outlast_the_absence_of_the_server_and_keys_work_again_after(hall: Hall) -> None:
    ticket, desk = hall.take(), hall.desks["c1"]
    for key in (Key.NEXT, Key.START):
        desk.keypad.press(key)
    until(lambda: hall.ticket(ticket)["state"] == "serving")
    hall.server.close()
    desk.keypad.press(Key.FINISH)
    desk.comes_to_show("Err", "NO SERVER")
    desk.comes_to_show(ticket["number"])
    beeps = desk.keypad.state()["beeps"]
    desk.keypad.press(Key.NEXT, "000")
    hall.start_server()
    until(lambda: hall.health().get("keypad-c1") == "ready")
    until(lambda: hall.facts("alarm.raised"))
    (alarm,) = hall.facts("alarm.raised")
    assert (alarm["counter"], alarm["actor_station"]) == ("c1", "counters-1")
    assert desk.sign.shown() == (ticket["number"], "")
    assert desk.keypad.state()["beeps"] == beeps, "the alarm is silent"
    desk.keypad.press(Key.FINISH)
    desk.comes_to_show("")
    assert hall.ticket(ticket)["state"] == "served"


def test_an_unplugged_device_is_known_to_the_server_and_its_healing_too(hall: Hall) -> None:
    kinds = ("sign", "keypad", "pad", "scanner")
    ready = {"online": True, **{f"{kind}-{counter}": "ready" for kind in kinds for counter in SERVES}}
    until(lambda: hall.health() == ready, hall.health)
    hall.desks["c1"].sign.set_fault("unplugged", on=True)
    for device in (hall.desks["c2"].pad, hall.desks["c2"].scanner):
        device.set_fault("unplugged", on=True)
    gone = dict.fromkeys(("sign-c1", "pad-c2", "scanner-c2"), "offline")
    until(lambda: hall.health() == ready | gone, hall.health)
    hall.desks["c1"].sign.set_fault("unplugged", on=False)
    for device in (hall.desks["c2"].pad, hall.desks["c2"].scanner):
        device.set_fault("unplugged", on=False)
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


def test_a_number_is_called_out_of_turn_by_its_digits(hall: Hall) -> None:
    first, second, desk = hall.take(), hall.take(), hall.desks["c1"]
    desk.keypad.press(Key.CALL, digits="2")
    desk.comes_to_show(second["number"])
    assert hall.ticket(first)["state"] == "waiting"
    assert hall.facts("ticket.called")[0]["data"]["chosen"] is True
    desk.keypad.press(Key.START)
    until(lambda: hall.ticket(second)["state"] == "serving")
    desk.keypad.press(Key.FINISH)
    until(lambda: hall.ticket(second)["state"] == "served")
    desk.keypad.press(Key.CALL, digits="77")
    desk.comes_to_show("Err", "NOT FOUND")
    until(lambda: desk.keypad.state()["beeps"] == 1)
    assert hall.desks["c2"].keypad.state()["beeps"] == 0


def test_keyed_digits_are_on_the_clerks_line_until_they_are_cleared(hall: Hall) -> None:
    ticket, desk = hall.take(), hall.desks["c1"]
    desk.keypad.press(Key.NEXT)
    desk.comes_to_show(ticket["number"])
    desk.keypad.press_keys("15")
    desk.comes_to_show(ticket["number"], "KEYED 15")
    desk.keypad.press("clear")
    desk.comes_to_show(ticket["number"])


def test_a_ticket_is_transferred_to_the_counter_with_the_keyed_label_and_called_there(hall: Hall) -> None:
    ticket, first, second = hall.take(), *hall.desks.values()
    first.keypad.press(Key.NEXT)
    first.comes_to_show(ticket["number"])
    first.keypad.press(Key.TRANSFER, digits="9")
    first.comes_to_show("Err", "UNKNOWN COUNTER")
    first.keypad.press(Key.TRANSFER, digits="2")
    first.comes_to_show("")
    second.keypad.press(Key.NEXT)
    second.comes_to_show(ticket["number"])
    assert hall.ticket(ticket)["counter"] == "c2"
    assert hall.ticket(ticket)["service"] == "HT"


def test_hold_pressed_again_goes_on_with_what_was_set_aside(hall: Hall) -> None:
    ticket, desk = hall.take(), hall.desks["c1"]
    for key in (Key.NEXT, Key.START, Key.HOLD):
        desk.keypad.press(key)
    until(lambda: hall.ticket(ticket)["state"] == "held")
    desk.keypad.press(Key.HOLD)
    until(lambda: hall.ticket(ticket)["state"] == "serving")
    desk.comes_to_show(ticket["number"])


def test_keys_of_both_counters_come_over_one_line(hall: Hall) -> None:
    tickets = [hall.take(), hall.take()]
    for desk in hall.desks.values():
        for key in (Key.NEXT, Key.START, Key.FINISH):
            desk.keypad.press(key)
    for ticket in tickets:
        until(lambda number=ticket: hall.ticket(number)["state"] == "served")
    served = [(row["counter"], row["ticket"]) for row in hall.facts("ticket.finished")]
    assert sorted(counter for counter, _ in served) == ["c1", "c2"]


@pytest.mark.parametrize(("counter", "key", "level"), [("c1", 3, "dissatisfied"), ("c2", 1, "very_satisfied")])
def test_a_visitor_rates_the_service_once_with_keys_on_a_line_or_usb(
    hall: Hall, counter: str, key: int, level: str
) -> None:
    ticket, desk = hall.take(), hall.desks[counter]
    desk.pad.press(2)  # no visitor was served yet
    until(lambda: "a rating was refused (not_allowed)" in hall.log.read_text())
    for served_by in (Key.NEXT, Key.START, Key.FINISH):
        desk.keypad.press(served_by)
    until(lambda: hall.ticket(ticket)["state"] == "served")

    def rated() -> list[dict[str, Any]]:
        desk.pad.press(key)
        return hall.facts("ticket.rated")

    (fact,) = until(rated)
    assert (fact["ticket"], fact["data"]["level"]) == (ticket["id"], level)
    until(lambda: desk.pad.state()["lamp"] or desk.pad.state()["beeps"])
    assert desk.sign.shown() == ("", ""), "the sign is not the visitor's"


def test_a_scanned_slip_opens_its_ticket_and_a_card_is_refused_and_nowhere_kept(hall: Hall) -> None:
    ticket, desk = hall.take(), hall.desks["c1"]
    desk.scanner.scan(ticket["link"])
    desk.comes_to_show("", f"{ticket['number']} WAITING")
    desk.scanner.scan("001099012345|012345678|Nguyễn Văn A|01011990|Nam|Phường Mẫu|01012022")
    desk.comes_to_show("Err", "ID CARD")
    desk.scanner.scan("nothing-that-anybody-knows")
    desk.comes_to_show("Err", "UNKNOWN CODE")
    desk.scanner.set_fault("garbled", on=True)
    desk.scanner.scan("nothing-that-anybody-knows")
    desk.comes_to_show("Err", "UNREADABLE")
    until(lambda: desk.keypad.state()["beeps"] == 3)
    for log in (hall.log, hall.where.config.parent / "server.log"):
        assert not [
            secret for secret in ("Nguyễn", "001099", ticket["link"], "nobody-knows") if secret in log.read_text()
        ]


def test_a_station_ends_in_order_when_staff_ask_for_its_restart(hall: Hall) -> None:
    assert hall.station is not None
    connected = threading.Event()
    connection = MqttConnection(
        *hall.where.broker,
        "probe",
        topics=(),
        on_message=lambda topic, payload: None,
        on_connection=lambda is_up: connected.set() if is_up else None,
    )
    with closing(connection):
        assert connected.wait(PATIENCE_S)
        message = RestartStation(restart="r1").model_dump_json().encode()
        connection.publish(Topics("test").restart("counters-1"), message, retain=False)
        assert hall.station.wait(PATIENCE_S) == 0
    assert "staff asked on the health page" in hall.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "[counter] is missing"),
        ({"counter": {"desks": [{"counter": "c1"}, {"counter": "c2"}, {"counter": "c1"}]}}, "c1: there twice"),
        ({"counter": {"desks": [{"counter": "c1", "sing": {}}]}}, "did you mean 'sign'?"),
        (keypads({"keys": {"R": "recal"}}), "c1: unknown key 'recal'; did you mean 'recall'?"),
        (keypads({"keys": {"\\q": "next"}}), "c1: '\\\\q': after a backslash comes"),
        (keypads({"kind": "evdev", "keys": {"KEY_KPENTR": "next"}}), "did you mean 'KEY_KPENTER'?"),
        (keypads({"address": "1"}, {"address": "1"}), "give each an address of its own"),
        (keypads({}, {"address": "2", "baud": 4800}), "9600 baud and 4800 baud"),
    ],
)
def test_settings_that_cannot_be_used_end_with_78_and_say_what_to_do(
    tmp_path: Path, settings: dict[str, Any], message: str
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
    assert message in ended.stderr
