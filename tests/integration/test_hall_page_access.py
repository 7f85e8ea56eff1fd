"""The virtual hall's page: languages, links, accessibility, and requests that it refuses."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from virtual_hall import VirtualHall, open_page, virtual_hall


@pytest.fixture
def hall() -> Iterator[VirtualHall]:
    with virtual_hall() as hall:
        yield hall


@pytest.fixture
def page(browser: Browser, hall: VirtualHall) -> Iterator[Page]:
    with open_page(browser, hall) as page:
        yield page


def test_the_log_is_in_the_readers_language(page: Page, hall: VirtualHall) -> None:
    expect(page.locator("#log li").first).to_have_text("08:42:10Quầy 1: gọi số A015")
    page.get_by_role("link", name="English").click()
    expect(page.locator("#log li").first).to_have_text("08:42:10Counter 1: calls A015")
    expect(page.get_by_role("heading", level=1)).to_have_text("Virtual hall")


def test_the_pages_of_the_hall_are_one_link_away(page: Page) -> None:
    for name, address in (
        ("Trang cán bộ", "http://127.0.0.1:8470/"),
        ("Trang quản lý", "http://127.0.0.1:8470/manager"),
        ("Tình trạng thiết bị", "http://127.0.0.1:8470/staff/health"),
        ("Trang người dân", "http://127.0.0.1:8571/?lang=vi"),
    ):
        expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("href", address)


@pytest.mark.parametrize("width", [1600, 900, 360])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_element_fails_axe_and_nothing_is_wider_than_the_window(
    page: Page, hall: VirtualHall, width: int, language: str
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{hall.url}/?lang={language}")
    expect(page.locator("#kiosk-picture")).to_be_visible()
    expect(page.locator("#faults .switch").first).to_be_visible()
    result = Axe().run(page)
    assert result.response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def post_status(hall: VirtualHall, change: Callable[[dict[str, str]], None], path: str = "/visitor") -> int:
    headers = {"Content-Type": "application/json"}
    change(headers)
    return httpx.post(hall.url + path, headers=headers, content=b"{}").status_code


def test_requests_of_another_sites_page_are_refused(hall: VirtualHall) -> None:
    assert post_status(hall, lambda h: None) == 204
    assert post_status(hall, lambda h: h.update({"Origin": hall.url, "Sec-Fetch-Site": "same-origin"})) == 204
    assert post_status(hall, lambda h: h.update({"Origin": "http://example.org"})) == 403
    assert post_status(hall, lambda h: h.update({"Sec-Fetch-Site": "cross-site"})) == 403
    assert post_status(hall, lambda h: h.update({"Content-Type": "text/plain"})) == 415
    assert post_status(hall, lambda h: h.update({"Host": "hall.example.org"})) == 403
    assert httpx.get(hall.url, headers={"Host": "hall.example.org:80"}).status_code == 403
    assert hall.actions.done == [("visitor",), ("visitor",)]


NOT_FIXED_CALLS: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("/keypads/c9", {"key": "next"}, 404),
    ("/keypads/c1", {"key": "self_destruct"}, 404),
    ("/keypads/c1", {}, 400),
    ("/keypads/c1", {"key": "next", "digits": "1"}, 404),
    ("/keypads/c1", {"key": "call"}, 404),
    ("/keypads/c1", {"key": "call", "digits": "1b"}, 400),
    ("/pads/c1", {"level": "1"}, 400),
    ("/pads/c9", {"level": 1}, 404),
    ("/scanners/c1", {"text": 7}, 400),
    ("/scanners/c9/slip", {}, 404),
    ("/faults/printer/nothing", {"on": True}, 404),
    ("/faults/..%2fprinter/paper_out", {"on": True}, 404),
    ("/power/kiosk", {"on": True}, 404),
    ("/speed", {"speed": 7}, 400),
    ("/kiosk/tap", {"x": "1", "y": 2}, 400),
    ("/kiosk/tap", {"target": 5}, 400),
    ("/printer/paper", {"present": 1}, 400),
    ("/nothing", {}, 404),
)


def test_other_than_the_fixed_calls_are_refused_and_not_forwarded(hall: VirtualHall) -> None:
    answers = [httpx.post(hall.url + path, json=body).status_code for path, body, _ in NOT_FIXED_CALLS]
    assert answers == [status for _, _, status in NOT_FIXED_CALLS]
    assert hall.devices.posts == hall.kiosk.posts == hall.actions.done == []


def test_a_missing_picture_or_sound_is_answered_404(hall: VirtualHall) -> None:
    for path in ("/slips/7.png", "/signs/c9.png", "/speech/k-9.wav", "/screens/door.png?v=1"):
        assert httpx.get(hall.url + path).status_code == 404, path
