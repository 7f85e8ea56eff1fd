"""Play the first morning of a hall of many machines, from its first start on.

Everything is done as people do it: by the pages, by codes that are read from screens, by touches and keys. The hall's
clock stands still but between the steps of the morning, so the figures of the day are known in advance.

``MORNING_REMOVED=kiosk,counters`` in the environment removes the devices of these hosts at the end, in both forms.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import groupby
from typing import Any

import pytest
from device_removal import BROKER, REMOVED, SESSION, STREAM, TOKEN, Removal, remove
from first_morning import AN, CUC, DEVICE_NAMES, KEYPAD, MORE_HOSTS, Morning, MorningPlan, open_the_hall
from morning_steps import play, read_the_day
from playwright.sync_api import Browser

from support.guarded_hall import ZONE, guarded_hall

SHORT = MorningPlan(
    steps=3, step_min=90, visitors=2, swap_step=2, has_disturbances=False, removed=("tv", "node", "desk")
)
FULL = MorningPlan(
    steps=10,
    step_min=20,
    visitors=5,
    swap_step=9,
    has_disturbances=True,
    removed=("tv", "kiosk", "counters", "node", "desk"),
)
"""A hundred visitors. In both mornings the clerks swap at eleven o'clock."""
ELEVEN = 11


@pytest.fixture(
    scope="module",
    params=[pytest.param(SHORT, id="12 visitors"), pytest.param(FULL, id="100 visitors", marks=pytest.mark.long)],
)
def morning(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Morning]:
    """Play the whole morning once, and read its figures."""
    folder = tmp_path_factory.mktemp("machines")
    with guarded_hall(folder, with_administrator=False, more_hosts=MORE_HOSTS) as hall, ExitStack() as stack:
        morning = Morning(hall, browser, stack, request.param)
        desks = open_the_hall(morning)
        play(morning, desks)
        read_the_day(morning)
        yield morning


@pytest.fixture(scope="module")
def removals(morning: Morning) -> dict[str, Removal]:
    """Remove devices at the end of the morning, one after the other."""
    chosen = os.environ.get("MORNING_REMOVED")
    hosts = chosen.split(",") if chosen else morning.plan.removed
    return {host: remove(morning, host) for host in hosts}


def test_the_figures_of_the_day_are_those_of_its_visitors(morning: Morning) -> None:
    each, services = morning.plan.of_each_service, {"ct": "A", "ht": "B"}
    for service, prefix in services.items():
        taken = [visitor for visitor in morning.visitors if visitor.service == service]
        assert [visitor.number for visitor in taken] == [f"{prefix}{n:03d}" for n in range(1, each + 1)]
        assert morning.report[f"Lĩnh vực {service}"] == (str(each), str(each), mean_wait(morning, service))
    assert morning.report["Cả ngày"] == (str(2 * each), str(2 * each), mean_wait(morning, *services))


def mean_wait(morning: Morning, *services: str) -> str:
    """Return the mean wait that visitors of these services noted, in the page's form."""
    steps = [
        visitor.called_step - visitor.taken_step
        for visitor in morning.visitors
        if visitor.service in services and visitor.called_step is not None
    ]
    return f"{morning.plan.step_min * sum(steps) / len(steps):.1f}".replace(".", ",")


def test_the_journal_says_who_made_each_call(morning: Morning) -> None:
    noted = {}
    for visitor in morning.visitors:
        caller = ("station", "counters-2") if visitor.caller == KEYPAD else ("clerk", morning.ids[visitor.caller])
        noted[visitor.number] = (visitor.counter, *caller)
    calls = facts(morning, "ticket.called")
    assert len(calls) == len(morning.visitors)
    assert {fact["data"]["number"]: (fact["counter"], fact["actor_role"], fact["actor_id"]) for fact in calls} == noted
    assert {caller for _, _, caller in noted.values()} >= {"counters-2", *(morning.ids[name] for name in (AN, CUC))}


def test_the_journal_tells_keypad_and_page_apart(morning: Morning) -> None:
    callers = {visitor.number: visitor.caller for visitor in morning.visitors}
    stations: dict[str, set[str]] = {}
    for fact in facts(morning, "ticket.called"):
        stations.setdefault(callers[fact["data"]["number"]], set()).add(fact["actor_station"])
    assert stations.pop(KEYPAD) == {"counters-2"}
    assert all(len(browsers) == 1 and browsers.pop().startswith("web-") for browsers in stations.values())


def test_the_clerks_swap_at_eleven(morning: Morning) -> None:
    calls = [fact for fact in facts(morning, "ticket.called") if fact["counter"] == "c1"]
    people = [(person, list(group)) for person, group in groupby(calls, lambda fact: str(fact["actor_id"]))]
    assert [person for person, _ in people] == [morning.ids[AN], morning.ids[CUC]]
    assert hour(people[0][1][-1]) < ELEVEN <= hour(people[1][1][0])


def facts(morning: Morning, kind: str) -> list[dict[str, Any]]:
    return [fact for fact in morning.journal if fact["kind"] == kind]


def hour(fact: dict[str, Any]) -> int:
    return datetime.fromtimestamp(fact["at_ms"] / 1000, ZONE).hour


def test_a_visitors_phone_follows_the_own_turn_and_keeps_no_cookie(morning: Morning) -> None:
    assert morning.phone is not None
    assert morning.phone.seen == ["waiting", "called", "serving", "served"]
    assert morning.phone.page.context.cookies() == []


def test_the_attacker_of_the_network_gets_nothing(morning: Morning) -> None:
    assert morning.refusals == {401, 404}


def test_a_removed_device_is_out(
    morning: Morning, removals: dict[str, Removal], record_property: Callable[[str, object], None]
) -> None:
    for host, removal in removals.items():
        assert set(removal.ended_after_s) == ({SESSION, STREAM} if host == "desk" else {TOKEN, BROKER}), host
        assert not removal.is_accepted_again, host
        assert (REMOVED in removal.notice.lower()) == (host != "desk"), removal.notice
        for name, seconds in removal.ended_after_s.items():
            record_property(f"{DEVICE_NAMES[host]} removed: {name} ends after", f"{seconds:.2f} s")
