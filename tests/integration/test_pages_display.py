"""The display in a browser: it shows, speaks and reports with a real server."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from support.browser_pages import WAIT_MS, overflow_px, violations
from support.server_process import Api, Machine, journal, machine, office, request_id, running
from support.waiting import until

LAYOUTS = ((1920, 1080), (1366, 768), (683, 768), (360, 740), (1080, 1920))


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    at = machine(tmp_path_factory.mktemp("display"), office(["CT", "HT"], {"c1": ["CT"], "c2": ["HT"]}))
    with running(at):
        yield at


@pytest.fixture(scope="module")
def api(where: Machine) -> Iterator[Api]:
    with closing(Api(where.api)) as api:
        yield api


def call_next(api: Api, counter: str, service: str) -> dict[str, Any]:
    """Issue a ticket and call it; return it."""
    api.ok("/tickets", {"request_id": request_id(), "service": service, "station": "kiosk-1"})
    called: dict[str, Any] = api.ok(f"/counters/{counter}/next", {"request_id": request_id(), "station": "pad-1"})
    return dict(called["ticket"])


def reports(api: Api) -> list[tuple[str, str | None]]:
    """Return station and result of all reports of calls."""
    rows = [row for row in journal(api) if row["kind"] == "call.seen"]
    return [(row["data"]["station"], row["data"]["spoken"]) for row in rows]


def open_display(browser: Browser, where: Machine, path: str = "/display") -> Page:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(WAIT_MS)
    page.goto(where.api + path)
    page.wait_for_selector("#heading .clock")
    return page


def test_a_call_is_shown_spoken_after_one_press_and_reported(where: Machine, api: Api, browser: Browser) -> None:
    page = open_display(browser, where)
    expect(page.locator("#sound")).to_contain_text("Chưa có tiếng")
    silent = call_next(api, "c1", "CT")
    expect(page.locator(".panel")).to_contain_text(silent["number"])
    until(lambda: ("browser-display", "no_audio") in reports(api), "the silent call")
    page.click("#sound [data-on]")
    expect(page.locator("#sound[data-status=on]")).to_be_attached()
    expect(page.locator("#sound")).not_to_contain_text("Chưa có tiếng")
    spoken = call_next(api, "c2", "HT")
    expect(page.locator(".panel")).to_contain_text(spoken["number"])
    until(lambda: ("browser-display", "yes") in reports(api), "the spoken call")
    parts = page.evaluate("window.luotDisplay.voice.lastPlan")
    assert [name for name, _ in parts["starts"]][:2] == ["chime", "call"]
    page.reload()
    page.wait_for_selector("#heading .clock")
    assert page.evaluate("window.luotDisplay.state().queue.length") == 0, "no call is spoken twice"
    page.close()


def test_a_lost_connection_is_said_and_a_new_one_restores_the_picture(
    where: Machine, api: Api, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(WAIT_MS)
    page.clock.install()
    page.goto(f"{where.api}/display?voice=off")
    page.wait_for_selector("#heading .clock")
    page.clock.fast_forward(30_000)
    page.wait_for_selector(".board .row")

    def lose(route: Route) -> None:
        route.abort()

    page.route("**/display/content**", lose)
    for _ in range(12):
        page.clock.fast_forward(1_000)
    expect(page.locator(".stale #band")).to_contain_text("Mất kết nối. Thông tin cập nhật lúc ")
    assert page.locator(".stale .row.calling").count() == 0
    page.unroute("**/display/content**", lose)
    page.clock.fast_forward(2_000)
    expect(page.locator("#screen:not(.stale)")).to_be_attached()
    page.close()


def test_the_page_fits_every_shape_and_has_no_fault_of_axe(where: Machine, api: Api, browser: Browser) -> None:
    page = open_display(browser, where)
    for width, height in LAYOUTS:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_selector("#picture section, #picture .panel")
        assert overflow_px(page) == 0, (width, height)
        high = page.evaluate("document.documentElement.scrollHeight - document.documentElement.clientHeight")
        assert high == 0, (width, height)
    assert violations(page) == ""
    page.close()


def test_it_says_that_the_browser_cannot_play(where: Machine, browser: Browser) -> None:
    page = browser.new_page()
    page.set_default_timeout(WAIT_MS)
    page.add_init_script("delete window.AudioContext; delete window.webkitAudioContext;")
    page.goto(f"{where.api}/display")
    page.click("#sound [data-on]")
    expect(page.locator("#sound")).to_contain_text("Trình duyệt này không phát được giọng đọc")
    page.close()
