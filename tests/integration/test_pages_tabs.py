"""All tabs of a browser share one stream, so a press always finds a connection."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Request, expect

from support.browser_pages import sit_down
from support.server_process import Api, Machine, machine, office, running

COUNTERS = tuple(f"c{n}" for n in range(1, 9))


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    where = machine(
        tmp_path_factory.mktemp("tabs"), office(["CT"], {counter: ["CT"] for counter in COUNTERS}), threads=48
    )
    with running(where):
        yield where


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    yield context
    context.close()


def test_every_tab_loads_shares_one_stream_and_a_press_is_answered(hall: Machine, window: BrowserContext) -> None:
    """Two more tabs than a browser keeps connections to one server."""
    streams: set[Request] = set()
    window.on("request", lambda request: streams.add(request) if request.url.endswith("/live") else None)
    window.on("requestfailed", lambda request: streams.discard(request))
    desks = [sit_down(window.new_page(), Api(hall.api), hall.api, counter, "CT") for counter in COUNTERS]
    ticket = desks[0].issue()
    for desk in desks:
        expect(desk.page.locator(".queue li.next")).to_contain_text(ticket["number"])
    assert len(streams) == 1
    desks[0].page.bring_to_front()
    desks[0].press("n", "#do-start")
    assert desks[0].ticket(ticket)["state"] == "called"
    for desk in desks[1:]:
        expect(desk.page.locator(".queue")).not_to_contain_text(ticket["number"])
    desks[0].press("s", "#do-finish")
    desks[0].press("h", "table.recent")


def test_another_tab_follows_when_the_one_that_reads_is_closed(hall: Machine, window: BrowserContext) -> None:
    first, second = (sit_down(window.new_page(), Api(hall.api), hall.api, counter, "CT") for counter in COUNTERS[:2])
    expect(second.page.locator("[data-link=on]")).to_be_visible()
    first.page.close()
    ticket = second.issue()
    expect(second.page.locator(".queue li.next")).to_contain_text(ticket["number"])
    second.press("n", "#do-start")
    second.press("s", "#do-finish")
    second.press("h", "table.recent")


def test_a_browser_without_locks_asks_for_the_version_and_keeps_no_connection(
    hall: Machine, window: BrowserContext
) -> None:
    window.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })")
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    at = sit_down(window.new_page(), Api(hall.api), hall.api, "c3", "CT")
    ticket = at.issue()
    expect(at.page.locator(".queue li.next")).to_contain_text(ticket["number"])
    assert "version" in asked
    assert "live" not in asked
