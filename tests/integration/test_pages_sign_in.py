"""The sign-in of a real live hall in a browser."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from support.browser_pages import WAIT_MS, overflow_px, rest, violations
from support.server_process import Api, Machine, machine, office, running
from support.signed_in import CLERK, CLERK_NAME, PASSWORD, add_people, box_token, open_desk, take_counter

SIZES = ((360, 740), (1366, 768))


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    where = machine(tmp_path_factory.mktemp("hall"), office(["CT"], {"c1": ["CT"]}), mode="live")
    add_people(where)
    with running(where):
        yield where


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with closing(browser.new_context(viewport={"width": 1366, "height": 768}, locale="vi-VN")) as context:
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        yield page


def check_look(page: Page, name: str, pictures: Path) -> None:
    """Assert that nothing fails axe or leaves the window; keep pictures."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        (pictures / f"{name}-{width}.png").write_bytes(page.screenshot(full_page=True))
        assert violations(page) == ""
        assert overflow_px(page) == 0, (name, width)
    page.set_viewport_size({"width": 1366, "height": 768})


def sign_in_again(page: Page, password: str) -> None:
    """Answer the dialog by the keyboard; its password has the focus."""
    expect(page.locator("#signed-out [name=password]")).to_be_focused()
    page.keyboard.type(password)
    rest(page)
    page.keyboard.press("Enter")


def end_sessions(page: Page) -> None:
    """End the session as the server does: its cookie opens nothing any more."""
    page.context.clear_cookies(name="luot_session")


def test_a_clerk_signs_in_and_takes_the_counter_by_the_keyboard_alone(
    hall: Machine, page: Page, tmp_path: Path
) -> None:
    page.clock.install()
    page.goto(f"{hall.api}/manager")
    expect(page.locator("h1")).to_have_text("Đăng nhập")
    check_look(page, "sign-in", tmp_path)
    expect(page.get_by_label("Tên đăng nhập")).to_be_focused()
    page.keyboard.type(CLERK_NAME)
    page.keyboard.press("Tab")
    page.keyboard.type("sai mật khẩu rồi")
    rest(page)
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("Tên đăng nhập hoặc mật khẩu chưa đúng.")
    check_look(page, "wrong", tmp_path)
    expect(page.get_by_label("Tên đăng nhập")).to_have_value(CLERK_NAME)
    expect(page.get_by_label("Mật khẩu")).to_be_focused()
    page.keyboard.type(PASSWORD)
    rest(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/manager")
    expect(page.locator("header")).to_contain_text(CLERK)
    expect(page.locator("#d-close")).to_have_count(0)
    page.goto(f"{hall.api}/?choose=1")
    check_look(page, "choice", tmp_path)
    page.get_by_label("Chọn quầy").focus()
    page.keyboard.press("Tab")
    rest(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/clerk/c1")


def test_a_session_that_ends_while_somebody_types_loses_nothing(hall: Machine, page: Page, tmp_path: Path) -> None:
    with closing(Api(hall.api, box_token(hall))) as api:
        desk = open_desk(page, api, hall.api, "c1", "CT")
        ticket = desk.serving()
        page.goto(f"{hall.api}/clerk/c1?panel=hold")
        page.locator(".panel [name=other]").fill("Đi lấy thêm giấy tờ ở nhà")
        end_sessions(page)
        rest(page)
        page.locator(".panel .filled").first.click()
        expect(page.locator("#signed-out")).to_be_visible()
        check_look(page, "ended", tmp_path)
        sign_in_again(page, "sai mật khẩu rồi")
        expect(page.locator("#signed-out [data-refusal]")).to_contain_text("Tên đăng nhập hoặc mật khẩu chưa đúng.")
        sign_in_again(page, PASSWORD)
        expect(page.locator("#signed-out")).to_be_hidden()
        expect(page.locator(".panel [name=other]")).to_have_value("Đi lấy thêm giấy tờ ở nhà")
        assert desk.ticket(ticket)["state"] == "serving", "the refused press did nothing"
        desk.send()
        assert desk.ticket(ticket)["state"] == "held"


def test_an_idle_page_notices_the_end_of_its_session_by_itself(hall: Machine, page: Page) -> None:
    take_counter(page, hall.api, "c1")
    end_sessions(page)
    page.clock.fast_forward(11_000)  # the page reports every ten seconds that it is open
    expect(page.locator("#signed-out")).to_be_visible()
    expect(page.locator("#disconnected")).to_be_hidden()


def test_the_sign_in_works_without_scripts(hall: Machine, browser: Browser) -> None:
    with closing(browser.new_context(java_script_enabled=False, locale="vi-VN")) as context:
        page = context.new_page()
        page.goto(hall.api)
        page.get_by_label("Tên đăng nhập").fill(CLERK_NAME)
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
        expect(page.locator("h1")).to_have_text("Chọn nơi làm việc")
        page.get_by_role("button", name="Đăng xuất").click()
        expect(page.locator("h1")).to_have_text("Đăng nhập")
