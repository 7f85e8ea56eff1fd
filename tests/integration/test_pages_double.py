"""The second click of a pair does nothing new, at a real server."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, Route

from support.browser_pages import rest, sit_down
from support.double_clicks import DoubleClicks, Trial, View
from support.server_process import Api, Machine, machine, office, request_id, running
from support.station_presence import reporting_kiosk

GUARD_OFF = ("MIN_VISIBLE_MS = 600", "MIN_VISIBLE_MS = 0")
RIGHT = (0.9, 0.5)
TOP = (0.5, 0.1)
"""Where the key that calls lies under the form's button, once a sentence confirms the move."""
HELD = View("held", "ticket-1", ("t-transfer",), "filled")
DEFER = "form[action$='/do/defer'] button"
ENGLISH = Trial(View("free"), "a[hreflang=en]", 350)
CHOSEN = [
    Trial(View("free"), "#do-next", 350, RIGHT),
    Trial(View("called"), "#do-start", 80, RIGHT),
    Trial(View("called"), "#do-recall", 599, RIGHT),
    Trial(View("empty"), "#do-next", 350, RIGHT),
    Trial(View("serving", "finish_next", (), "filled"), ".panel button", 599),
    Trial(HELD, DEFER, 450, TOP),
]


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    counters = ("c1", "c2", "c3", "c4")
    of = office(
        ["S1", "S2", "S3", "S4"], {counter: [f"S{counter[1]}"] for counter in counters}, rules={"call_gap_s": 0}
    )
    with running(where := machine(tmp_path_factory.mktemp("double"), of, threads=48)):
        yield where


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    yield context.new_page()
    context.close()


def test_the_second_click_of_a_pair_does_nothing_new_on_the_keys_that_change_places(hall: Machine, page: Page) -> None:
    at = sit_down(page, Api(hall.api), hall.api, "c1", "S1")
    hand = DoubleClicks(page, at.api, "c1", "S1")
    outcomes = [hand.run(trial) for trial in (*CHOSEN, *(replace(trial, late=True) for trial in CHOSEN[:2]))]
    assert [outcome.unseen for outcome in outcomes if outcome.unseen is not None] == []
    assert not any(outcome.ignored for outcome in outcomes)


def test_the_machine_finds_the_second_click_where_the_guard_is_off(hall: Machine, page: Page) -> None:
    def unguarded(route: Route) -> None:
        answer = route.fetch()
        text = answer.text()
        assert GUARD_OFF[0] in text
        route.fulfill(response=answer, body=text.replace(*GUARD_OFF))

    page.route("**/guard.js", unguarded)
    at = sit_down(page, Api(hall.api), hall.api, "c2", "S2")
    hand = DoubleClicks(page, at.api, "c2", "S2")
    unseen = [
        hand.run(trial).unseen
        for trial in (Trial(View("free"), "#do-next", 350, RIGHT), Trial(HELD, DEFER, 350, TOP), ENGLISH)
    ]
    assert [change and change.actions[0] for change in unseen] == [
        "ticket.started",
        "ticket.called",
        f"GET {hall.api}/clerk/c2?lang=vi",
    ]


def test_the_second_click_does_nothing_on_another_page_whose_guard_is_still_on_its_way(
    hall: Machine, page: Page
) -> None:
    sit_down(page, Api(hall.api), hall.api, "c4", "S4")
    asked: list[str] = []
    page.route("**/guard.js", lambda route: None)
    page.on("request", lambda request: asked.append(request.url) if request.is_navigation_request() else None)
    box = page.locator("a[hreflang=en]").bounding_box()
    assert box is not None
    rest(page)
    for link in ("a[hreflang=en]", "a[hreflang=vi]"):
        page.wait_for_selector(link)
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.evaluate("getComputedStyle(document.querySelector('a[hreflang=vi]')).pointerEvents") == "none"
    page.unroute("**/guard.js")  # lets it go
    page.wait_for_load_state("load")
    assert asked == [f"{hall.api}/clerk/c4?lang=en"]
    rest(page)
    page.click("a[hreflang=vi]")
    page.wait_for_selector("a[hreflang=en]")


def test_the_machine_finds_every_panel_and_what_is_folded_up_on_it(hall: Machine, page: Page) -> None:
    at = sit_down(page, Api(hall.api), hall.api, "c4", "S4")
    views = DoubleClicks(page, at.api, "c4", "S4").views("held")
    panels = {view.panel for view in views}
    assert panels >= {None, "ticket-1", "ticket-2", "ticket-3", "chosen", "find", "issue", "pause", "keys"}
    assert set(views) >= {HELD, HELD._replace(fields="bare"), View("held", "ticket-2", ("t-cancel",), "filled")}


def test_a_key_that_a_choice_has_moved_is_pressed_by_the_first_click_after_a_rest(hall: Machine, page: Page) -> None:
    at = sit_down(page, Api(hall.api), hall.api, "c4", "S4")
    with reporting_kiosk(hall):
        at.open_panel("issue")
        page.add_style_tag(content=".choices:has(label:nth-child(2) :checked) { margin-bottom: 40px }")
        rest(page)
        submit = page.locator(".panel .filled")
        before = submit.bounding_box()
        page.locator("label.choice", has_text="Ki-ốt 1").click()
        assert submit.bounding_box() != before
        at.send()
    assert page.locator("#notices").inner_text().startswith("Đã cấp số")


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
