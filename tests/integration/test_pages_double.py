"""The second click of a pair does nothing new: clicked by a machine at a real server, with the page's own time."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from double_clicks import DoubleClicks, Trial
from halls import Api, Machine, machine, office, request_id, running
from pages import sit_down

GUARD_OFF = ("REST_MS = 600", "REST_MS = 0")
MAIN_KEYS = [
    ("free", "#do-next", 350),
    ("called", "#do-start", 80),
    ("called", "#do-recall", 599),
    ("empty", "#do-next", 350),
]


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    counters = ("c1", "c2", "c3")
    of = office(["S1", "S2", "S3"], {one: [f"S{one[1]}"] for one in counters}, rules={"call_gap_s": 0})
    with running(where := machine(tmp_path_factory.mktemp("double"), of, threads=48)):
        yield where


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    yield context.new_page()
    context.close()


def test_the_second_click_of_a_pair_does_nothing_new_on_the_keys_that_change_places(hall: Machine, page: Page) -> None:
    at = sit_down(page, Api(hall.api), hall.api, "c1", "S1")
    machine_hand = DoubleClicks(page, at.api, "c1", "S1")
    trials = [Trial(state, key, apart, 0.9, late) for state, key, apart in MAIN_KEYS for late in (False, True)]
    assert [found for trial in trials if (found := machine_hand.run(trial)) is not None] == []


def test_the_machine_finds_the_second_click_where_the_guard_is_off(hall: Machine, page: Page) -> None:
    def unguarded(route: Route) -> None:
        answer = route.fetch()
        text = answer.text()
        assert GUARD_OFF[0] in text
        route.fulfill(response=answer, body=text.replace(*GUARD_OFF))

    page.route("**/guard.js", unguarded)
    at = sit_down(page, Api(hall.api), hall.api, "c2", "S2")
    found = DoubleClicks(page, at.api, "c2", "S2").run(Trial("free", "#do-next", 350, 0.9, late=False))
    assert found is not None
    assert "ticket.started" in found.facts


def test_a_form_sent_twice_is_one_action_and_one_for_another_state_is_refused(hall: Machine, page: Page) -> None:
    at = sit_down(page, Api(hall.api), hall.api, "c3", "S3")
    ticket = at.issue()
    at.press("n", "#do-start")
    fields = "#do-start >> xpath=.. >> input[type=hidden]"
    form: dict[str, str | float | bool] = {
        str(field.get_attribute("name")): str(field.get_attribute("value")) for field in page.locator(fields).all()
    }
    for _ in range(2):
        answer = page.request.post(f"{hall.api}/clerk/c3/do/start", form=form)
        assert answer.ok
    assert at.ticket(ticket)["state"] == "serving"
    late = page.request.post(f"{hall.api}/clerk/c3/do/start", form=form | {"request_id": request_id()})
    assert (late.status, "Màn hình vừa thay đổi" in late.text()) == (409, True)
    old = {"request_id": request_id(), "as": form["as"], "drawn": "open.idle."}
    assert page.request.post(f"{hall.api}/clerk/c3/do/pause", form=old | {"reason": "x"}).status == 409
    assert at.board()["state"] == "open"
