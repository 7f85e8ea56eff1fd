"""A page whose requests the server refuses as busy stays usable, in a browser."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from server.domain.permissions import Role
from server.web.shared.serving.busy import busy_response
from support.browser_pages import Desk, rest
from support.server_process import Api, Machine, machine, office, running
from support.signed_in import ADMINISTRATOR, add_people, box_token, open_desk
from support.waiting import until

RETRY_MS = 3_000
"""The longest time after which a page repeats a refused request."""
PRESENCE_MS = 10_000
"""The interval of the reports of presence."""
PHONE_REFRESH_MS = 15_000
MINUTE_MS = 60_000
COUNTERS = tuple(f"c{n}" for n in range(1, 11))
SERVICES = tuple(f"S{n}" for n in range(1, 11))
SCANNED = "H29.001.02-260126-120001"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Yield a live hall whose counters each have a service of their own."""
    of = office(SERVICES, {counter: [service] for counter, service in zip(COUNTERS, SERVICES, strict=True)})
    where = machine(tmp_path_factory.mktemp("busy"), of, mode="live", threads=48)
    clerks = {f"Cán Bộ {counter}": {Role.CLERK} for counter in COUNTERS}
    add_people(where, {ADMINISTRATOR: {Role.ADMINISTRATOR}, **clerks})
    with running(where):
        yield where


@pytest.fixture(scope="module")
def free_counters() -> Iterator[tuple[str, str]]:
    """Yield counters that no test has used, with their services."""
    return iter(zip(COUNTERS, SERVICES, strict=True))


@pytest.fixture
def desk(hall: Machine, free_counters: Iterator[tuple[str, str]], browser: Browser) -> Iterator[Desk]:
    counter, service = next(free_counters)
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="vi-VN")
    with closing(Api(hall.api, box_token(hall))) as api:
        yield open_desk(page, api, hall.api, counter, service, f"can-bo-{counter}")
    page.close()


def as_busy(route: Route) -> None:
    """Answer as the receiving thread of an overloaded server does."""
    request = route.request
    headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    head, _, body = busy_response(f"{request.method} /clerk/c1 HTTP/1.1\r\n{headers}\r\n".encode()).partition(
        b"\r\n\r\n"
    )
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    route.fulfill(status=503, headers=fields, body=body)


def refused_once(page: Page, url: str, act: Callable[[], Any]) -> Any:
    """Refuse requests to ``url`` until ``act`` has led to one."""
    page.route(url, as_busy)
    with page.expect_response(lambda response: response.status == 503):
        result = act()
    page.unroute(url)
    return result


def test_a_refused_refresh_leaves_the_page_and_is_repeated(desk: Desk) -> None:
    ticket = refused_once(desk.page, "**/clerk/*", desk.issue)
    expect(desk.page.locator("#page")).to_contain_text("Đã kết nối")
    desk.page.clock.fast_forward(RETRY_MS)
    expect(desk.page.locator("#page")).to_contain_text(ticket["number"])


def test_a_refused_press_says_so_and_the_same_request_may_be_sent_again(desk: Desk) -> None:
    ticket = desk.issue()
    load_without_changes(desk.page)
    sent: list[str] = []
    desk.page.on("request", lambda request: sent.append(request.post_data or "") if "/do/" in request.url else None)
    refused_once(desk.page, "**/clerk/*/do/**", lambda: desk.key("n"))
    expect(desk.page.locator("#notices")).to_contain_text("Máy chủ đang bận")
    desk.press("n", "#do-start")
    assert desk.ticket(ticket)["state"] == "called"
    assert len(sent) == 2 and sent[0] == sent[1]


def test_the_sentence_of_a_refused_press_is_in_the_language_of_the_page(desk: Desk) -> None:
    desk.page.goto(f"{desk.base}/clerk/{desk.counter}?lang=en")
    refused_once(desk.page, "**/clerk/*/do/**", lambda: desk.key("n"))
    expect(desk.page.locator("#notices")).to_contain_text("The server is busy")


def test_a_press_whose_next_page_is_refused_was_accepted_and_the_page_follows(desk: Desk) -> None:
    ticket = desk.serving()
    desk.open_panel("hold")
    desk.page.locator(".panel input[name=other]").fill("đi lấy giấy")
    rest(desk.page)
    refused_once(desk.page, "**/clerk/*", desk.page.locator(".panel .filled").first.click)
    until(lambda: desk.ticket(ticket)["state"] == "held")
    desk.page.clock.fast_forward(RETRY_MS)
    expect(desk.page.locator(".panel")).to_have_count(0)
    expect(desk.page.locator("#do-next")).to_be_visible()


def test_an_answer_that_is_no_page_leaves_the_page_and_shows_its_sentence(desk: Desk) -> None:
    desk.page.route("**/clerk/*/do/**", lambda route: route.continue_(url=f"{desk.base}/nowhere"))
    desk.key("n")
    expect(desk.page.locator("#notices")).to_contain_text("Không tìm thấy mục này, hoặc đã hết hiệu lực.")
    expect(desk.page.locator("#live")).to_be_attached()


def test_a_refused_scan_is_sent_again(desk: Desk) -> None:
    ticket = desk.serving()
    refused_once(desk.page, "**/scans", lambda: type_scan(desk.page))
    with desk.page.expect_response(lambda response: response.url.endswith("/scans") and response.status == 204):
        desk.page.clock.fast_forward(RETRY_MS)
    until(lambda: desk.ticket(ticket)["dossier"] == SCANNED)


def test_a_scan_that_stays_refused_is_reported(desk: Desk) -> None:
    desk.page.route("**/scans", as_busy)
    type_scan(desk.page)
    until(lambda: "Máy chủ đang bận" in (advanced(desk.page).text_content("#notices") or ""))


def test_a_refused_report_of_presence_neither_loads_the_page_nor_reads_as_a_lost_connection(desk: Desk) -> None:
    pages: list[str] = []
    load_without_changes(desk.page)
    own = f"/clerk/{desk.counter}"
    desk.page.on("request", lambda request: pages.append(request.url) if request.url.endswith(own) else None)
    refused_once(desk.page, "**/here", lambda: desk.page.clock.fast_forward(PRESENCE_MS))
    desk.page.evaluate("navigator.locks.request('luot-background', () => true)")  # after a refresh, if there was one
    expect(desk.page.locator("[data-link=on]")).to_be_visible()
    assert pages == []


def test_the_page_for_a_browser_loads_itself_again(desk: Desk) -> None:
    page = desk.page
    page.route("**/clerk/*", as_busy)
    page.goto(f"{desk.base}/clerk/{desk.counter}")
    expect(page).to_have_title("Máy chủ đang bận. Mời thử lại sau vài giây; không bị ghi hai lần.")
    expect(page.get_by_role("link", name="Tải lại ngay")).to_be_visible()
    page.unroute("**/clerk/*")
    expect(page.locator("#do-next")).to_be_visible()


def test_a_phone_whose_refresh_is_refused_once_shows_no_lost_connection(hall: Machine, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.clock.install()
    page.goto(hall.visitors)
    page.wait_for_load_state("load")
    refused_once(page, f"{hall.visitors}/", lambda: page.clock.fast_forward(PHONE_REFRESH_MS))
    with page.expect_response(lambda response: response.status == 200):
        page.clock.fast_forward(RETRY_MS)
    expect(page.locator("#stale")).to_be_hidden()
    page.route(f"{hall.visitors}/", as_busy)
    page.clock.fast_forward(PHONE_REFRESH_MS)
    until(lambda: advanced(page).locator("#stale").is_visible())
    page.close()


def load_without_changes(page: Page) -> None:
    """Load the page again, and stop the refreshes that follow a change of the hall.

    The next refresh is in twenty seconds.
    """
    page.route("**/live", lambda route: route.fulfill(status=503))
    page.route("**/version", lambda route: route.fulfill(body=""))
    page.reload()
    page.wait_for_selector("[data-link=on]:not([hidden])")


def type_scan(page: Page) -> None:
    """Type as a scanner does."""
    page.clock.pause_at(page.evaluate("Date.now()") + MINUTE_MS)
    page.keyboard.type(SCANNED)
    page.keyboard.press("Enter")
    page.clock.resume()


def advanced(page: Page) -> Page:
    """Return the page after the longest time between two tries."""
    page.clock.fast_forward(RETRY_MS)
    return page
