"""The virtual hall behind its page: view, log, switches."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from config.clock import Clock
from config.load import load_settings
from config.words import words
from hardware.simulated.printers import faults as printer_faults
from server.hall.virtual import texts
from server.hall.virtual.control_clients import ControlClient, ControlResponse
from server.hall.virtual.controls import Demo, HallControls
from server.hall.virtual.mqtt_listener import MqttListener
from server.hall.virtual.pollers import ScreenPoll
from server.hall.virtual.state import HallState, LogEntry
from server.hall.virtual.view import page_view
from server.processes.supervisor import ChildSupervisor

DEMO = Path(__file__).parents[2] / "config/demo/hall.toml"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def test_the_page_is_empty_before_the_first_answers() -> None:
    view = page_view({}, [], ["c1"], words("vi"), ZONE)
    assert view["kiosk"] is view["tv"] is view["speech"] is view["printer"] is None
    assert view["counters"] == [
        {
            "id": "c1",
            "label": "Quầy c1",
            "mark": None,
            "mark_text": "",
            "sign": "Bảng số quầy c1: không hiện số",
            "picture": None,
            "lit": False,
            "blinks": False,
            "model": "",
            "lamp": False,
        }
    ]
    assert view["faults"] == view["log"] == []


def test_every_sentence_of_the_log_exists_in_both_languages() -> None:
    values = {"number": "A015", "counter": "2", "program": "server", "reason": "x", "n": "10", "caption": "y"}
    values |= {"kind": "printer", "fault": "paper_out", "device": "printer"}
    for event in texts.LOG_SENTENCES:
        vi, en = (texts.log_sentence(words(language), LogEntry(0, event, values)) for language in ("vi", "en"))
        assert vi and en and "{" not in vi + en and vi != en


def test_messages_become_entries_of_the_log() -> None:
    state = HallState(lambda: 0.0)
    forwarded: list[str] = []
    listener = MqttListener(state, lambda: 5, lambda topic, body: forwarded.append(topic))

    def board(rev: int, ticket: dict[str, Any] | None, calls: list[dict[str, Any]], state: str) -> dict[str, Any]:
        counter = {"id": "c1", "label": "1", "state": state, "ready": False, "ticket": ticket}
        return {"epoch": "e", "rev": rev, "counters": [counter], "calls": calls}

    call = {"id": "k-1", "kind": "call", "number": "A015", "label": "1"}
    listener.on_message("board", board(1, None, [], "closed"))
    listener.on_message("board", board(2, {"number": "A015"}, [call], "open"))
    listener.on_message("ticket/started", {"number": "A015"})
    listener.on_message("ticket/unheard_of", {"number": "A015"})
    sentences = [texts.log_sentence(words("vi"), entry) for entry in reversed(state.log_entries())]
    assert sentences == ["Quầy 1: gọi số A015", "Quầy 1: mở", "Quầy 1: bắt đầu phục vụ số A015"]
    assert forwarded == ["board", "board", "ticket/started", "ticket/unheard_of"]


def test_a_waiting_page_is_answered_when_the_hall_closes() -> None:
    state = HallState(lambda: 0.0)
    state.put("speed", 1)
    assert state.wait(0, 0) == (1, {"speed": 1})
    state.close()
    assert state.wait(1, 3600)[0] == 1


def test_every_fault_of_the_simulated_printer_has_words_and_a_group() -> None:
    assert set(printer_faults.FAULTS) <= set(texts.FAULT_NAMES)
    assert set(printer_faults.FAULTS_BY_GROUP) == set(texts.PRINTER_GROUPS)


@dataclass
class SwitchedPrograms:
    """A supervisor that only notes what is switched."""

    switched: list[tuple[str, bool]] = field(default_factory=list)

    def switch(self, name: str, *, on: bool) -> None:
        self.switched.append((name, on))

    def pid(self, name: str) -> int | None:
        return None


def test_power_is_switched_once_however_often_it_is_requested(tmp_path: Path) -> None:
    state, programs = HallState(lambda: 0.0), SwitchedPrograms()
    controls = HallControls(state, Clock(lambda: 0, lambda: 0, "b1"), tmp_path / "pace.json", "embedded")
    controls.connect(cast(ChildSupervisor, programs), cast(Demo, None))
    for on in (True, False, False, True, True):
        controls.switch_power("server", on=on)
    assert programs.switched == [("server", False), ("server", True)]
    assert [entry.event for entry in state.log_entries()] == ["fault_ended", "fault_began"]


@dataclass
class KioskPort:
    """A kiosk's control port that shows its seventh picture."""

    requests: list[str] = field(default_factory=list)

    def get(self, path: str, *, wait_s: float = 0.0) -> ControlResponse:
        self.requests.append(path)
        return ControlResponse(200, b"{}", {"X-Frame": "7"})


def test_frames_of_a_restarted_station_count_from_the_start() -> None:
    port = KioskPort()
    kiosk = load_settings(DEMO).kiosk
    assert kiosk is not None
    screen_poll = ScreenPoll("kiosk", cast(ControlClient, port), kiosk.screen, HallState(lambda: 0.0))
    for step in (screen_poll.poll, screen_poll.poll, screen_poll.on_lost, screen_poll.poll):
        step()
    frames = [path.partition("&")[0] for path in port.requests if path.startswith("/frame")]
    assert frames == ["/frame.png?after=0", "/frame.png?after=7", "/frame.png?after=0"]
