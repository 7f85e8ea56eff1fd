"""The demonstration of a hall: start time, scenario, clerks, visitors at the kiosk."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.office import OfficeSettings, load_office
from server.hall.demo import clerk_bot, start_time, visitor_bot
from server.hall.demo.clerk_bot import ClerkAction, ClerkBot, HeldTicket
from server.hall.demo.scenario import (
    SERVICE_SHARES,
    BreakPlan,
    CallResponse,
    HoldPlan,
    VisitorPlan,
    plan_morning,
    service_shares,
    without_pages,
)
from server.hall.virtual.control_clients import ControlResponse

ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


# --- start time ----------------------------------------------------------------------------------------


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


@pytest.fixture(scope="module")
def office() -> OfficeSettings:
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
    office: OfficeSettings, now: str, last: str | None, start: str
) -> None:
    start_ms = start_time.start_of_morning(office, at(now), at(last) if last is not None else None)
    assert datetime.fromtimestamp(start_ms / 1000, UTC).astimezone(ZONE).isoformat()[:16] == start


def test_without_a_morning_the_clock_shows_real_time_unless_an_earlier_run_was_ahead(
    tmp_path: Path, office: OfficeSettings
) -> None:
    pace = tmp_path / "pace.json"
    real = at("2026-11-23T15:00")
    assert start_time.start_time(pace, office, wall_ms=real, boot_ms=7, morning=False) == (real, 7)
    ahead = at("2026-11-25T11:00")
    pace.write_text(f'{{"wall_ms": {ahead}, "ran_ms": 900, "boot_ms": 1, "speed": 1.0}}')
    assert start_time.start_time(pace, office, wall_ms=real, boot_ms=7, morning=False) == (ahead, 900)


@pytest.mark.parametrize(
    "spoilt",
    [
        *("", "[]", "7", "[" * 100_000, '{"wall_ms": Infinity, "ran_ms": 1}'),
        '{"wall_ms": 1e300, "ran_ms": 1, "boot_ms": 1, "speed": 1}',
        '{"wall_ms": [], "ran_ms": 1, "boot_ms": 1, "speed": 1}',
    ],
    ids=range(7),
)
def test_a_spoilt_clock_of_an_earlier_run_counts_as_none(tmp_path: Path, office: OfficeSettings, spoilt: str) -> None:
    pace = tmp_path / "pace.json"
    pace.write_text(spoilt, encoding="utf-8")
    real = at("2026-11-23T15:00")
    for morning in (False, True):
        wall_ms, ran_ms = start_time.start_time(pace, office, wall_ms=real, boot_ms=7, morning=morning)
        assert (abs(wall_ms - real) < 86_400_000, ran_ms) == (True, 7)


# --- the scenario --------------------------------------------------------------------------------------


def test_one_seed_gives_one_morning_and_another_gives_another(office: OfficeSettings) -> None:
    assert plan_morning(office, Random(5)) == plan_morning(office, Random(5))
    assert plan_morning(office, Random(5)) != plan_morning(office, Random(6))


def test_people_come_in_order_for_what_the_office_has_most_of_them_early(office: OfficeSettings) -> None:
    plan = plan_morning(office, Random(5), visitor_count=3000)
    times = [visitor.at_ms for visitor in plan.visitors]
    assert times == sorted(times)
    assert times[0] >= 0 and times[-1] < 4 * 3_600_000
    served = {service for counter in office.counters for service in counter.services}
    assert {visitor.service for visitor in plan.visitors} <= served
    share = sum(visitor.service == "CT" for visitor in plan.visitors) / 3000
    assert abs(share - service_shares(office)["CT"]) < 0.04
    first_hour = sum(visitor.at_ms < 3_600_000 for visitor in plan.visitors) / 3000
    assert abs(first_hour - 25 / 68) < 0.04
    procedures = {entry.code: entry.service for entry in office.procedures if entry.place is None}
    for visitor in plan.visitors:
        assert visitor.procedure is None or procedures[visitor.procedure] == visitor.service


def test_the_plan_holds_every_kind_of_visit(office: OfficeSettings) -> None:
    plan = plan_morning(office, Random(5), visitor_count=400)
    assert {visitor.response for visitor in plan.visitors} == set(CallResponse)
    assert any(visitor.priority for visitor in plan.visitors)
    assert any(visitor.hold is not None for visitor in plan.visitors)
    assert any(visitor.outcome == "more_papers" for visitor in plan.visitors)
    counters = {counter.id: set(counter.services) for counter in office.counters}
    for visitor in plan.visitors:
        if visitor.transfer is not None:
            assert not any({visitor.service, visitor.transfer} <= services for services in counters.values())
    assert {planned.counter for planned in plan.breaks} <= set(counters)


def test_a_visit_without_pages_needs_only_keys_that_a_keypad_has(office: OfficeSettings) -> None:
    visitors = plan_morning(office, Random(5), visitor_count=400).visitors
    assert any(visitor.hold or visitor.transfer for visitor in visitors)
    served = [without_pages(visitor) for visitor in visitors]
    assert not any(visitor.hold or visitor.transfer for visitor in served)


def test_the_shares_of_the_services_add_up_to_one(office: OfficeSettings) -> None:
    shares = service_shares(office)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["CT"] == max(shares.values())
    assert set(SERVICE_SHARES) <= set(shares)


# --- clerks --------------------------------------------------------------------------------------------


VISITOR = VisitorPlan(0, "CT", None, False, CallResponse.AT_ONCE, 20_000, 600_000, None, None, "received")


def entry(state: str = "open", *, ready: bool = False, ticket: str | None = None) -> dict[str, Any]:
    held = None if ticket is None else {"id": "t-1", "number": "B001", "state": ticket}
    return {"id": "c2", "state": state, "ready": ready, "ticket": held}


class ClerkAtWork:
    """A clerk with a clock that moves to each next action."""

    def __init__(self, clerk: ClerkBot, visitor: VisitorPlan | None = VISITOR) -> None:
        self.clerk, self.visitor, self.now_ms = clerk, visitor, 0

    def find_visitor(self, number: str) -> VisitorPlan | None:
        assert number == "B001"
        return self.visitor

    def next(self, entry: dict[str, Any]) -> tuple[str | None, int]:
        """Look at the counter; return the next action and ms since the last one."""
        self.clerk = clerk_bot.observe(self.clerk, entry, self.find_visitor, self.now_ms)
        if self.clerk.due_ms is None:
            return None, 0
        began_ms, self.now_ms = self.now_ms, max(self.clerk.due_ms, self.now_ms)
        self.clerk, action = clerk_bot.act(self.clerk, entry, self.find_visitor, self.now_ms)
        assert action is not None
        if self.visitor is not None:
            self.visitor = clerk_bot.visitor_after(action, self.visitor)
        self.action = action
        return action.action, self.now_ms - began_ms


def test_a_clerk_calls_starts_and_finishes_in_the_visitors_time() -> None:
    work = ClerkAtWork(ClerkBot("c2"))
    assert work.next(entry("closed")) == ("next", clerk_bot.BETWEEN_VISITORS_MS)
    assert work.next(entry(ticket="called")) == ("start", 20_000)
    assert work.next(entry(ticket="serving")) == ("finish", 600_000)
    assert work.action == ClerkAction("c2", "finish", "t-1", "B001", fields={"outcome": "received"})
    assert work.next(entry()) == ("next", clerk_bot.BETWEEN_VISITORS_MS)
    assert work.next(entry(ready=True)) == (None, 0)


def test_a_visitor_who_does_not_come_is_called_three_times_and_then_marked() -> None:
    work = ClerkAtWork(ClerkBot("c2"), replace(VISITOR, response=CallResponse.NEVER))
    done = [work.next(entry(ticket="called")) for _ in range(3)]
    assert done == [("recall", 30_000), ("recall", 30_000), ("no_show", 30_000)]


def test_a_clerk_whose_no_show_was_refused_calls_again_before_trying_again() -> None:
    """The server refused the no-show, because one of the calls had come too soon."""
    work = ClerkAtWork(ClerkBot("c2"), replace(VISITOR, response=CallResponse.NEVER))
    done = [work.next(entry(ticket="called")) for _ in range(5)]
    assert done[2:] == [("no_show", 30_000), ("recall", clerk_bot.RETRY_MS), ("no_show", 30_000)]


def test_a_visitor_who_comes_late_is_served_after_the_second_call() -> None:
    work = ClerkAtWork(ClerkBot("c2"), replace(VISITOR, response=CallResponse.LATE))
    assert [work.next(entry(ticket="called"))[0] for _ in range(2)] == ["recall", "start"]


def test_a_visitor_sent_to_copy_comes_back_when_the_counter_is_free() -> None:
    work = ClerkAtWork(ClerkBot("c2"), replace(VISITOR, hold=HoldPlan(200_000, 500_000)))
    assert work.next(entry(ticket="serving")) == ("hold", 200_000)
    assert work.clerk.held == (HeldTicket("t-1", 700_000),)
    assert work.next(entry(ready=True)) == ("resume", 500_000)
    assert work.action.by_page
    assert work.next(entry(ticket="serving")) == ("finish", 400_000)
    away: tuple[HeldTicket, ...] = work.clerk.held
    assert away == ()


def test_nobody_is_transferred_twice() -> None:
    work = ClerkAtWork(ClerkBot("c2"), replace(VISITOR, transfer="DD"))
    assert work.next(entry(ticket="serving")) == ("transfer", 200_000)
    assert work.action.fields == {"service": "DD"} and work.action.by_page
    other = ClerkAtWork(ClerkBot("c5"), work.visitor)
    assert other.next(entry(ticket="serving"))[0] == "finish"


def test_a_clerk_takes_the_break_when_nobody_is_at_the_counter_and_comes_back() -> None:
    work = ClerkAtWork(ClerkBot("c2", planned_break=BreakPlan("c2", 0, 480_000)))
    assert work.next(entry(ticket="called"))[0] == "start"
    assert work.next(entry(ticket="serving"))[0] == "finish"
    assert work.next(entry()) == ("pause", 1_000)
    assert work.next(entry("paused")) == ("pause", 480_000)
    assert work.next(entry()) == ("next", clerk_bot.BETWEEN_VISITORS_MS)


def test_a_clerk_tries_again_when_a_key_changed_nothing() -> None:
    work = ClerkAtWork(ClerkBot("c2"))
    assert work.next(entry()) == ("next", clerk_bot.BETWEEN_VISITORS_MS)
    assert work.next(entry()) == ("next", clerk_bot.RETRY_MS)


def test_a_visitor_outside_the_scenario_is_served_too() -> None:
    work = ClerkAtWork(ClerkBot("c2"), None)
    assert work.next(entry(ticket="called"))[0] == "start"
    assert work.next(entry(ticket="serving")) == ("finish", clerk_bot.UNPLANNED_SERVICE_MS)


# --- visitors at the kiosk -----------------------------------------------------------------------------


class KioskPages:
    """A kiosk's control port: the targets of each screen, and where they lead."""

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

    def get(self, path: str, *, wait_s: float = 0.0) -> ControlResponse:
        if path == "/targets":
            answer: object = [{"id": target, "enabled": True} for target in self.leads.get(self.at, {})]
        elif self.at == "working":  # the answer comes by itself
            answer, self.at = {"screen": "working", "number": None}, "result"
        else:
            answer = {"screen": self.at.removesuffix("2"), "number": "B007" if self.at == "result" else None}
        return ControlResponse(200, json.dumps(answer).encode(), {})

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> ControlResponse:
        assert path == "/tap" and body is not None
        self.touched.append(body["target"])
        self.at = self.leads[self.at][body["target"]]
        return ControlResponse(204, b"", {})


def take_number(screens: KioskPages, visitor: VisitorPlan) -> str:
    times = iter(range(1000))
    return visitor_bot.take_number(
        visitor_bot.KioskScreen(screens, lambda _: False, lambda: float(next(times))), visitor
    )


def test_a_visitor_turns_the_page_takes_a_number_and_leaves_the_screen_to_the_next() -> None:
    screens = KioskPages()
    visitor = replace(VISITOR, procedure="2.000815")
    assert take_number(screens, visitor) == "B007"
    assert screens.touched == ["take", "page-next", "service-CT", "procedure-2.000815", "take", "home"]


def test_a_visitor_with_priority_chooses_it_once() -> None:
    screens = KioskPages()
    assert take_number(screens, replace(VISITOR, service="HT", procedure="2.000815", priority=True)) == "B007"
    assert screens.touched[3:] == ["priority-yes", "priority-elder", "take", "home"]


def test_a_visitor_for_a_service_with_its_own_key_goes_straight_to_the_confirmation() -> None:
    screens = KioskPages(home={"take": "services", "return": "confirm"})
    assert take_number(screens, replace(VISITOR, service="TK")) == "B007"
    assert screens.touched == ["return", "take", "home"]


def test_a_visitor_who_finds_nothing_to_touch_gives_up() -> None:
    screens = KioskPages(services2={"page-prev": "services"})
    with pytest.raises(visitor_bot.VisitorGaveUp, match="services"):
        take_number(screens, VISITOR)


def test_a_visitor_whom_the_kiosk_turns_away_gives_up_and_leaves() -> None:
    screens = KioskPages(confirm={"take": "notice"}, notice={"home": "home"})
    with pytest.raises(visitor_bot.VisitorGaveUp):
        take_number(screens, replace(VISITOR, service="HT", procedure="2.000815"))
    assert screens.at == "home"
