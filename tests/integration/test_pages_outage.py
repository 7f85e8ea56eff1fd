"""The pages while the server is away and after it is back, in a browser."""

import re
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser, Route, expect

from support.browser_pages import WAIT_MS, rest, sit_down
from support.server_process import Api, machine, office, request_id, running

MINUTE_MS = 60_000


def test_a_lost_connection_is_said_at_the_keys_which_wait_and_keeps_the_typed_text(
    tmp_path: Path, browser: Browser
) -> None:
    where = machine(tmp_path, office(["CT"], {"c1": ["CT"]}))
    page = browser.new_page(viewport={"width": 1366, "height": 657})
    lost, reason = page.locator(".lost"), page.locator(".panel input[name=other]")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if "/do/" in request.url else None)
    with running(where):
        at = sit_down(page, Api(where.api), where.api, "c1", "CT")
        ticket = at.serving()
        expect(lost).to_be_hidden()
        at.open_panel("hold")
        reason.fill("đi lấy giấy")
        posts.clear()
    expect(lost).to_be_visible()
    expect(lost).to_be_in_viewport(ratio=1)
    expect(lost).to_contain_text("nội dung đang nhập vẫn còn")
    expect(page.locator("[data-lost-action]")).to_be_hidden()
    rest(page)
    page.locator(".panel .filled").evaluate("key => key.click()")
    reason.press("Enter")
    assert posts == []
    with running(where), closing(Api(where.api)) as at.api:
        expect(lost).to_be_hidden(timeout=WAIT_MS)
        assert reason.input_value() == "đi lấy giấy"
        assert at.ticket(ticket)["state"] == "serving"
        at.send()
        assert at.ticket(ticket)["state"] == "held"
    page.close()


def test_after_a_lost_action_the_page_asks_to_look_again(tmp_path: Path, browser: Browser) -> None:
    where = machine(tmp_path, office(["CT"], {"c1": ["CT"]}))
    page = browser.new_page(viewport={"width": 1366, "height": 657})
    with running(where), closing(Api(where.api)) as api:
        at = sit_down(page, api, where.api, "c1", "CT")
        ticket = at.issue()
        at.press("n", "#do-start")
        page.route("**/do/start", lambda route: route.abort(), times=1)
        at.key("s")
        expect(page.locator("#notices")).to_contain_text("Đã kết nối lại. Mời xem lại số trên màn hình")
        expect(page.locator(".lost")).to_be_hidden()
        assert at.ticket(ticket)["state"] == "called"
        at.press("s", "#do-finish")
        expect(page.locator("#notices")).to_be_empty()
    page.close()


def test_a_tab_of_an_older_release_loads_the_new_scripts_once_nothing_is_being_entered(
    tmp_path: Path, browser: Browser
) -> None:
    where = machine(tmp_path, office(["CT"], {"c1": ["CT"]}))
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    with running(where), closing(Api(where.api)) as api:
        at = sit_down(page, api, where.api, "c1", "CT")
        at.serving()
        at.open_panel("hold")
        page.evaluate("document.documentElement.dataset.old = ''")
        reason = page.locator(".panel input[name=other]")
        reason.fill("đi lấy giấy")
        whole_pages: list[str] = []

        def of_a_newer_release(route: Route) -> None:
            """Give refreshes other scripts than the tab has, until it loads a whole page."""
            if "hx-request" not in route.request.headers:
                whole_pages.append(route.request.url)
            if whole_pages:
                route.continue_()
                return
            response = route.fetch()
            route.fulfill(response=response, body=response.text().replace("data-scripts=", "data-scripts=1 data-is="))

        page.route(re.compile(r"/clerk/c1(\?|$)"), of_a_newer_release)
        expect(page.locator("#part-queue")).to_contain_text(at.issue()["number"], timeout=WAIT_MS)
        expect(page.locator("html[data-old]")).to_have_count(1)
        assert reason.input_value() == "đi lấy giấy"
        at.key("Escape")
        expect(reason).to_have_count(0, timeout=WAIT_MS)
        at.issue()
        page.wait_for_selector("html:not([data-old])", timeout=WAIT_MS)
        expect(page.locator("#do-finish")).to_be_visible()
        page.unroute_all(behavior="ignoreErrors")
    page.close()


def test_a_scan_that_the_server_did_not_receive_is_reported_as_lost(tmp_path: Path, browser: Browser) -> None:
    where = machine(tmp_path, office(["CT"], {"c1": ["CT"]}))
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    with running(where):
        sit_down(page, Api(where.api), where.api, "c1", "CT")
    expect(page.locator(".lost")).to_be_visible()
    page.clock.pause_at(page.evaluate("Date.now()") + MINUTE_MS)  # so all letters come at once, however slow we are
    page.keyboard.type("H29.001.02-260126-120001")
    page.keyboard.press("Enter")
    expect(page.locator(".lost [data-lost-action]")).to_contain_text("Chưa ghi nhận thao tác vừa rồi")
    expect(page.locator(".lost [data-lost-action]")).to_be_visible()
    page.close()


def test_a_phone_shows_at_its_top_that_what_it_shows_may_be_old(tmp_path: Path, browser: Browser) -> None:
    where = machine(tmp_path, office(["CT"], {"c1": ["CT"]}))
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.clock.install()
    with running(where), closing(Api(where.api)) as api:
        body = {"request_id": request_id(), "service": "CT", "station": "kiosk-1"}
        page.goto(f"{where.visitors}/v/{api.ok('/tickets', body)['link']}")
    stale = page.locator("#stale")
    page.clock.fast_forward(MINUTE_MS)
    expect(stale).to_be_visible(timeout=WAIT_MS)
    warning, number = stale.bounding_box(), page.locator(".number").bounding_box()
    assert warning is not None and number is not None
    assert 0 <= warning["y"] < number["y"]
    page.close()
