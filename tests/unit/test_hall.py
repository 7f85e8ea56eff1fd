"""The hall's pure parts: settings of a running hall, the morning's plan, the clerks' minds, what the page says."""

import json
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from typing import cast as cast_to
from zoneinfo import ZoneInfo

import pytest

from config.clock import Clock
from config.load import ConfigError, load_settings
from config.office import OfficeFile, load_office
from config.settings import Settings
from config.words import words
from hardware.simulated.printers import faults as printer_faults
from server.hall import cast, clerks, opening, says, walk
from server.hall.addresses import own_folder, places, refuse_taken, reserve, settle, write
from server.hall.children import Children
from server.hall.clerks import Act, Away, Clerk
from server.hall.doors import Answer, Door
from server.hall.ear import Ear
from server.hall.morning import SHARES, Break, Comes, Hold, Visitor, plan_morning, service_shares
from server.hall.news import news
from server.hall.scene import Line, Scene
from server.hall.stage import Demo, Stagehand
from server.hall.watch import ScreenLook

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "config/demo/hall.toml"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


# --- a running hall's own settings ---------------------------------------------------------------------


def settled(tmp_path: Path) -> tuple[Settings, dict[str, str]]:
    with ExitStack() as held:
        settings = load_settings(DEMO)
        moved = reserve(places(settings), held)
        return settle(settings, home=DEMO.parent.resolve(), state=tmp_path, moved=moved, token="of this run"), moved


def test_free_ports_replace_every_address_wherever_it_is_named(tmp_path: Path) -> None:
    before = load_settings(DEMO)
    after, moved = settled(tmp_path)
    assert before.server is not None and after.server is not None and after.kiosk is not None
    assert len(set(moved.values())) == len(moved) == len(list(places(before)))
    text = after.model_dump_json()
    assert not any(old in text for old in moved if old not in moved.values())
    assert after.link.server == f"http://{after.server.listen}"
    assert after.server.visitor_url == f"http://{after.server.visitors}"
    assert after.simulated is not None and after.simulated.printer is not None
    assert after.kiosk.printer.address == after.simulated.printer.listen


def test_a_running_hall_keeps_everything_of_its_own_under_its_state_folder(tmp_path: Path) -> None:
    after, _ = settled(tmp_path)
    assert after.machine.state == tmp_path
    assert after.machine.pace == tmp_path / "pace.json"
    assert after.simulated is not None and after.counter is not None
    for simulated, desk in zip(after.simulated.desks, after.counter.desks, strict=True):
        for plugged in ("sign", "keypad", "scanner", "pad"):
            path = getattr(simulated, plugged)
            assert ("" if path is None else str(path)) == getattr(desk, plugged).port
            assert path is None or path.is_relative_to(tmp_path)


def test_the_file_the_children_read_is_the_settings_the_hall_uses(tmp_path: Path) -> None:
    after, _ = settled(tmp_path)
    write(after, tmp_path / "hall.toml")
    assert load_settings(tmp_path / "hall.toml") == after


def test_a_reserved_port_goes_to_our_own_child_and_to_nobody_who_asks_for_any(tmp_path: Path) -> None:
    with ExitStack() as held:
        moved = reserve(iter(list(places(load_settings(DEMO)))[:1]), held)
        host, _, port = next(iter(moved.values())).rpartition(":")
        with socket.socket() as child:
            child.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            child.bind((host, int(port)))
            child.listen()
        with ExitStack() as strangers:
            taken = set()
            for _ in range(200):
                stranger = strangers.enter_context(socket.socket())
                stranger.bind((host, 0))
                taken.add(stranger.getsockname()[1])
            assert int(port) not in taken


def test_an_address_that_somebody_else_listens_on_is_named_with_what_to_do() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        settings = Settings.model_validate({"hall": {"listen": address}, "broker": {"kind": "external"}})
        with pytest.raises(ConfigError, match=rf"hall.listen = {address}: .*--ports auto"):
            refuse_taken(places(settings))


def test_a_second_hall_in_the_same_folder_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    with ExitStack() as first:
        own_folder(tmp_path / "state", first)
        with ExitStack() as second, pytest.raises(ConfigError, match=r"another hall runs in this folder.*--state"):
            own_folder(tmp_path / "state", second)
    with ExitStack() as third:
        own_folder(tmp_path / "state", third)


def test_the_stations_need_the_devices_and_the_server() -> None:
    specs = {spec.name: spec for spec in cast.cast(load_settings(DEMO), Path("hall.toml"))}
    assert list(specs) == ["simulated", "server", "kiosk", "counter", "display"]
    assert specs["server"].needs == ()
    assert specs["kiosk"].needs == specs["display"].needs == ("simulated", "server")
    assert specs["kiosk"].command[1:] == ("-m", "kiosk.app", "--config", "hall.toml")


# --- when the demonstration's clock starts ---------------------------------------------------------------


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


@pytest.fixture(scope="module")
def office() -> OfficeFile:
    return load_office(ROOT / "config/demo/office.toml")


@pytest.mark.parametrize(
    ("now", "last", "start"),
    [
        ("2026-11-23T15:00", None, "2026-11-23T07:25"),  # a fresh hall may begin this morning again
        ("2026-11-23T15:00", "2026-11-23T07:10", "2026-11-23T07:25"),
        ("2026-11-23T15:00", "2026-11-23T11:00", "2026-11-25T07:25"),  # the 24th is a holiday
        ("2026-11-23T15:00", "2026-11-27T12:00", "2026-11-30T07:25"),  # over the week-end
        ("2026-11-21T10:00", None, "2026-11-23T07:25"),
    ],
)
def test_a_morning_starts_before_an_opening_and_never_behind_an_earlier_run(
    office: OfficeFile, now: str, last: str | None, start: str
) -> None:
    found = opening.start_of_morning(office, at(now), at(last) if last is not None else None)
    assert datetime.fromtimestamp(found / 1000, UTC).astimezone(ZONE).isoformat()[:16] == start


def test_without_a_morning_the_clock_shows_real_time_unless_an_earlier_run_was_ahead(
    tmp_path: Path, office: OfficeFile
) -> None:
    pace = tmp_path / "pace.json"
    real = at("2026-11-23T15:00")
    assert opening.first_moment(pace, office, wall_ms=real, boot_ms=7, morning=False) == (real, 7)
    ahead = at("2026-11-25T11:00")
    pace.write_text(f'{{"wall_ms": {ahead}, "ran_ms": 900, "boot_ms": 1, "speed": 1.0}}')
    assert opening.first_moment(pace, office, wall_ms=real, boot_ms=7, morning=False) == (ahead, 900)


@pytest.mark.parametrize(
    "spoilt",
    [
        *("", "[]", "7", "[" * 100_000, '{"wall_ms": Infinity, "ran_ms": 1}'),
        '{"wall_ms": 1e300, "ran_ms": 1, "boot_ms": 1, "speed": 1}',
        '{"wall_ms": [], "ran_ms": 1, "boot_ms": 1, "speed": 1}',
    ],
    ids=range(7),
)
def test_a_spoilt_clock_of_an_earlier_run_counts_as_none(tmp_path: Path, office: OfficeFile, spoilt: str) -> None:
    pace = tmp_path / "pace.json"
    pace.write_text(spoilt, encoding="utf-8")
    real = at("2026-11-23T15:00")
    for morning in (False, True):
        wall_ms, ran_ms = opening.first_moment(pace, office, wall_ms=real, boot_ms=7, morning=morning)
        assert (abs(wall_ms - real) < 86_400_000, ran_ms) == (True, 7)


# --- the morning's plan ----------------------------------------------------------------------------------


def test_one_seed_gives_one_morning_and_another_gives_another(office: OfficeFile) -> None:
    assert plan_morning(office, Random(5)) == plan_morning(office, Random(5))
    assert plan_morning(office, Random(5)) != plan_morning(office, Random(6))


def test_people_come_in_order_for_what_the_office_has_most_of_them_early(office: OfficeFile) -> None:
    plan = plan_morning(office, Random(5), people=3000)
    times = [one.at_ms for one in plan.visitors]
    assert times == sorted(times)
    assert times[0] >= 0 and times[-1] < 4 * 3_600_000
    served = {service for counter in office.counters for service in counter.services}
    assert {one.service for one in plan.visitors} <= served
    share = sum(one.service == "CT" for one in plan.visitors) / 3000
    assert abs(share - service_shares(office)["CT"]) < 0.04
    first_hour = sum(one.at_ms < 3_600_000 for one in plan.visitors) / 3000
    assert abs(first_hour - 25 / 68) < 0.04
    procedures = {one.code: one.service for one in office.procedures if one.place is None}
    assert all(procedures[one.procedure] == one.service for one in plan.visitors if one.procedure is not None)


def test_the_plan_holds_every_kind_of_visit(office: OfficeFile) -> None:
    plan = plan_morning(office, Random(5), people=400)
    assert {one.comes for one in plan.visitors} == set(Comes)
    assert any(one.priority for one in plan.visitors)
    assert any(one.hold is not None for one in plan.visitors)
    assert any(one.outcome == "more_papers" for one in plan.visitors)
    counters = {counter.id: set(counter.services) for counter in office.counters}
    for one in plan.visitors:
        if one.transfer is not None:
            assert not any({one.service, one.transfer} <= services for services in counters.values())
    assert {rest.counter for rest in plan.breaks} <= set(counters)


def test_the_shares_of_the_services_add_up_to_one(office: OfficeFile) -> None:
    shares = service_shares(office)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["CT"] == max(shares.values())
    assert set(SHARES) <= set(shares)


# --- the clerks' minds -----------------------------------------------------------------------------------


VISITOR = Visitor(0, "CT", None, False, Comes.AT_ONCE, 20_000, 600_000, None, None, "received")


def seen(state: str = "open", *, ready: bool = False, ticket: str | None = None) -> dict[str, Any]:
    held = None if ticket is None else {"id": "t-1", "number": "B001", "state": ticket}
    return {"id": "c2", "state": state, "ready": ready, "ticket": held}


class Desk:
    """A clerk with a clock: what it does when the counter looks like this, and when."""

    def __init__(self, clerk: Clerk, visitor: Visitor | None = VISITOR) -> None:
        self.clerk, self.visitor, self.now_ms = clerk, visitor, 0

    def who(self, number: str) -> Visitor | None:
        assert number == "B001"
        return self.visitor

    def next(self, picture: dict[str, Any]) -> tuple[str | None, int]:
        """(what it does, how long after the last time); (None, 0) when it waits to be told."""
        self.clerk = clerks.look(self.clerk, picture, self.who, self.now_ms)
        if self.clerk.due_ms is None:
            return None, 0
        began_ms, self.now_ms = self.now_ms, max(self.clerk.due_ms, self.now_ms)
        self.clerk, act = clerks.act(self.clerk, picture, self.who, self.now_ms)
        assert act is not None
        if self.visitor is not None:
            self.visitor = clerks.after(act, self.visitor)
        self.act = act
        return act.what, self.now_ms - began_ms


def test_a_clerk_calls_starts_and_finishes_in_the_visitors_time() -> None:
    desk = Desk(Clerk("c2"))
    assert desk.next(seen("closed")) == ("next", clerks.BETWEEN_MS)
    assert desk.next(seen(ticket="called")) == ("start", 20_000)
    assert desk.next(seen(ticket="serving")) == ("finish", 600_000)
    assert desk.act == Act("c2", "finish", "t-1", "B001", fields={"outcome": "received"})
    assert desk.next(seen()) == ("next", clerks.BETWEEN_MS)
    assert desk.next(seen(ready=True)) == (None, 0)


def test_who_does_not_come_is_called_three_times_and_then_marked() -> None:
    desk = Desk(Clerk("c2"), replace(VISITOR, comes=Comes.NEVER))
    done = [desk.next(seen(ticket="called")) for _ in range(3)]
    assert done == [("recall", 30_000), ("recall", 30_000), ("no_show", 30_000)]


def test_a_clerk_whose_absent_was_refused_calls_again_before_trying_again() -> None:
    """A call that was refused because it came too soon is missing at the server, which wants all of them."""
    desk = Desk(Clerk("c2"), replace(VISITOR, comes=Comes.NEVER))
    done = [desk.next(seen(ticket="called")) for _ in range(5)]
    assert done[2:] == [("no_show", 30_000), ("recall", clerks.AGAIN_MS), ("no_show", 30_000)]


def test_who_comes_late_is_served_after_the_second_call() -> None:
    desk = Desk(Clerk("c2"), replace(VISITOR, comes=Comes.LATE))
    assert [desk.next(seen(ticket="called"))[0] for _ in range(2)] == ["recall", "start"]


def test_who_is_sent_to_copy_comes_back_when_the_counter_is_free() -> None:
    desk = Desk(Clerk("c2"), replace(VISITOR, hold=Hold(200_000, 500_000)))
    assert desk.next(seen(ticket="serving")) == ("hold", 200_000)
    assert desk.clerk.away == (Away("t-1", 700_000),)
    assert desk.next(seen(ready=True)) == ("resume", 500_000)
    assert desk.act.by_page
    assert desk.next(seen(ticket="serving")) == ("finish", 400_000)
    away: tuple[Away, ...] = desk.clerk.away
    assert away == ()


def test_nobody_is_transferred_twice() -> None:
    desk = Desk(Clerk("c2"), replace(VISITOR, transfer="DD"))
    assert desk.next(seen(ticket="serving")) == ("transfer", 200_000)
    assert desk.act.fields == {"service": "DD"} and desk.act.by_page
    other = Desk(Clerk("c5"), desk.visitor)
    assert other.next(seen(ticket="serving"))[0] == "finish"


def test_a_clerk_takes_the_break_when_nobody_is_at_the_counter_and_comes_back() -> None:
    desk = Desk(Clerk("c2", rest=Break("c2", 0, 480_000)))
    assert desk.next(seen(ticket="called"))[0] == "start"
    assert desk.next(seen(ticket="serving"))[0] == "finish"
    assert desk.next(seen()) == ("pause", 1_000)
    assert desk.next(seen("paused")) == ("pause", 480_000)
    assert desk.next(seen()) == ("next", clerks.BETWEEN_MS)


def test_a_clerk_tries_again_when_nothing_came_of_a_key() -> None:
    desk = Desk(Clerk("c2"))
    assert desk.next(seen()) == ("next", clerks.BETWEEN_MS)
    assert desk.next(seen()) == ("next", clerks.AGAIN_MS)


def test_somebody_who_is_not_part_of_the_plan_is_served_like_anybody() -> None:
    desk = Desk(Clerk("c2"), None)
    assert desk.next(seen(ticket="called"))[0] == "start"
    assert desk.next(seen(ticket="serving")) == ("finish", clerks.STRANGER_MS)


# --- what the page says -----------------------------------------------------------------------------------


def test_the_page_says_nothing_that_nobody_told_it() -> None:
    told = news({}, [], ["c1"], words("vi"), ZONE)
    assert told["kiosk"] is told["tv"] is told["speech"] is told["printer"] is None
    assert told["counters"] == [
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
    assert told["faults"] == told["log"] == []


def test_every_sentence_of_the_log_can_be_said_in_both_languages() -> None:
    values = {"number": "A015", "counter": "2", "program": "server", "reason": "x", "n": "10", "caption": "y"}
    values |= {"kind": "printer", "fault": "paper_out", "device": "printer"}
    for what in says.SENTENCES:
        vi, en = (says.sentence(words(language), Line(0, what, values)) for language in ("vi", "en"))
        assert vi and en and "{" not in vi + en and vi != en


def test_what_is_heard_on_the_bus_becomes_lines_of_the_log() -> None:
    scene = Scene(lambda: 0.0)
    passed: list[str] = []
    ear = Ear(scene, lambda: 5, lambda topic, body: passed.append(topic))

    def board(rev: int, ticket: dict[str, Any] | None, calls: list[dict[str, Any]], state: str) -> dict[str, Any]:
        counter = {"id": "c1", "label": "1", "state": state, "ready": False, "ticket": ticket}
        return {"epoch": "e", "rev": rev, "counters": [counter], "calls": calls}

    call = {"id": "k-1", "kind": "call", "number": "A015", "label": "1"}
    ear.message("board", board(1, None, [], "closed"))
    ear.message("board", board(2, {"number": "A015"}, [call], "open"))
    ear.message("ticket/started", {"number": "A015"})
    ear.message("ticket/unheard_of", {"number": "A015"})
    said = [says.sentence(words("vi"), line) for line in reversed(scene.lines())]
    assert said == ["Quầy 1: gọi số A015", "Quầy 1: mở", "Quầy 1: bắt đầu phục vụ số A015"]
    assert passed == ["board", "board", "ticket/started", "ticket/unheard_of"]


def test_a_page_that_waits_is_let_go_when_the_hall_closes() -> None:
    scene = Scene(lambda: 0.0)
    scene.put("speed", 1)
    assert scene.wait(0, 0) == (1, {"speed": 1})
    scene.close()
    assert scene.wait(1, 3600)[0] == 1


# --- a visitor at the kiosk -------------------------------------------------------------------------------


class Screens:
    """A kiosk's control port as a table: what each screen offers, and where each touch leads."""

    def __init__(self, **more: dict[str, str]) -> None:
        self.leads: dict[str, dict[str, str]] = {
            "home": {"take": "services"},
            "services": {"service-HT": "procedures", "page-next": "services2"},
            "services2": {"service-CT": "procedures"},
            "procedures": {"procedure-2.000815": "confirm", "back": "services"},
            "confirm": {"take": "working", "priority-yes": "priority", "back": "procedures"},
            "priority": {"priority-elder": "confirm", "priority-no": "confirm"},
            "result": {"home": "home"},
        } | more
        self.at = "home"
        self.touched: list[str] = []

    def get(self, path: str, *, wait_s: float = 0.0) -> Answer:
        if path == "/targets":
            told: object = [{"id": one, "enabled": True} for one in self.leads.get(self.at, {})]
        elif self.at == "working":  # the answer comes by itself
            told, self.at = {"screen": "working", "number": None}, "result"
        else:
            told = {"screen": self.at.removesuffix("2"), "number": "B007" if self.at == "result" else None}
        return Answer(200, json.dumps(told).encode(), {})

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        assert path == "/tap" and body is not None
        self.touched.append(body["target"])
        self.at = self.leads[self.at][body["target"]]
        return Answer(204, b"", {})


def walks(screens: Screens, visitor: Visitor) -> str:
    times = iter(range(1000))
    return walk.take_number(walk.Kiosk(screens, lambda _: False, lambda: float(next(times))), visitor)


def test_a_visitor_turns_the_page_takes_a_number_and_leaves_the_screen_to_the_next() -> None:
    screens = Screens()
    visitor = replace(VISITOR, procedure="2.000815")
    assert walks(screens, visitor) == "B007"
    assert screens.touched == ["take", "page-next", "service-CT", "procedure-2.000815", "take", "home"]


def test_a_visitor_with_priority_says_so_once() -> None:
    screens = Screens()
    assert walks(screens, replace(VISITOR, service="HT", procedure="2.000815", priority=True)) == "B007"
    assert screens.touched[3:] == ["priority-yes", "priority-elder", "take", "home"]


def test_a_visitor_for_a_service_with_its_own_key_goes_straight_to_the_confirmation() -> None:
    screens = Screens(home={"take": "services", "return": "confirm"})
    assert walks(screens, replace(VISITOR, service="TK")) == "B007"
    assert screens.touched == ["return", "take", "home"]


def test_a_visitor_who_finds_nothing_to_touch_gives_up() -> None:
    screens = Screens(services2={"page-prev": "services"})
    with pytest.raises(walk.GaveUp, match="services"):
        walks(screens, VISITOR)


def test_a_visitor_whom_the_kiosk_turns_away_gives_up_and_leaves() -> None:
    screens = Screens(confirm={"take": "notice"}, notice={"home": "home"})
    with pytest.raises(walk.GaveUp):
        walks(screens, replace(VISITOR, service="HT", procedure="2.000815"))
    assert screens.at == "home"


def test_every_fault_of_the_simulated_printer_has_words_and_a_group() -> None:
    assert set(printer_faults.FAULTS) <= set(says.FAULTS)
    assert set(printer_faults.GROUPS) == set(says.GROUPS)


@dataclass
class Programs:
    """The hall's programs, as far as a switch of their power reaches."""

    switched: list[tuple[str, bool]] = field(default_factory=list)

    def switch(self, name: str, *, on: bool) -> None:
        self.switched.append((name, on))

    def pid(self, name: str) -> int | None:
        return None


def test_power_is_switched_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    scene, programs = Scene(lambda: 0.0), Programs()
    hands = Stagehand(scene, Clock(lambda: 0, lambda: 0, "b1"), tmp_path / "pace.json", "embedded")
    hands.direct(cast_to(Children, programs), cast_to(Demo, None))
    for on in (True, False, False, True, True):
        hands.power("server", on=on)
    assert programs.switched == [("server", False), ("server", True)]
    assert [line.what for line in scene.lines()] == ["fault_off", "fault_on"]


@dataclass
class KioskDoor:
    """A kiosk's control port that shows its seventh picture."""

    asked: list[str] = field(default_factory=list)

    def get(self, path: str, *, wait_s: float = 0.0) -> Answer:
        self.asked.append(path)
        return Answer(200, b"{}", {"X-Frame": "7"})


def test_the_pictures_of_a_station_that_was_gone_count_from_the_start() -> None:
    door = KioskDoor()
    kiosk = load_settings(DEMO).kiosk
    assert kiosk is not None
    look = ScreenLook("kiosk", cast_to(Door, door), kiosk.screen, Scene(lambda: 0.0))
    for happens in (look.look, look.look, look.lost, look.look):
        happens()
    asked = [path.partition("&")[0] for path in door.asked if path.startswith("/frame")]
    assert asked == ["/frame.png?after=0", "/frame.png?after=7", "/frame.png?after=0"]
