"""The pages of people, account and access log in a browser."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from access_bench import MINUTE, PASSWORD, cheap_hashes
from account_web import AccountWeb
from playwright.sync_api import Browser, Page, expect

from server.access.people import Person
from server.domain.permissions import Role
from server.web.shared.serving.http_server import serving
from support.browser_pages import ROW_MS, WAIT_MS, overflow_px, rest, violations
from support.server_process import free_ports

NEW_PASSWORD = "sáu con cá vàng bơi"
MAX_TABS = 60


@dataclass
class PeopleDesk:
    """The administrator's browser, and the accounts behind its pages."""

    web: AccountWeb
    base: str
    page: Page

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.base}{path}")
        rest(self.page)
        return self.page

    def tab_to(self, name: str) -> None:
        """Press Tab until the element with this name has the focus."""
        for _tab in range(MAX_TABS):
            self.page.keyboard.press("Tab")
            focused: str = self.page.evaluate(FOCUSED_NAME)
            if focused.startswith(name):
                return
        raise AssertionError(f"no element named {name!r} is reached by Tab")

    def press(self, key: str, then: str) -> None:
        """Press a key after a rest, and wait for the element that must appear."""
        rest(self.page)
        self.page.clock.fast_forward(ROW_MS)
        self.page.keyboard.press(key)
        self.page.wait_for_selector(then, timeout=WAIT_MS)
        rest(self.page)

    def type_in(self, text: str) -> None:
        """Type as an input method does: no scan."""
        for character in text:
            self.page.keyboard.insert_text(character)


FOCUSED_NAME = """() => {
  const at = document.activeElement;
  const label = at.closest("label") || (at.labels && at.labels[0]) || at;
  return label.innerText.trim();
}"""


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountWeb]:
    cheap_hashes(monkeypatch)
    web = AccountWeb(tmp_path)
    yield web
    web.close()


@contextmanager
def signed_in(web: AccountWeb, browser: Browser, person: Person, **options: object) -> Iterator[PeopleDesk]:
    """Serve the pages, and open a browser in which the person has just signed in."""
    (port,) = free_ports(1)
    base = f"http://127.0.0.1:{port}"
    token = web.bench.access.sessions.open(person, "password", "web-1", "192.168.1.21")
    with serving("staff", f"127.0.0.1:{port}", web.app, 16, time.monotonic):
        context = browser.new_context(viewport={"width": 1366, "height": 768}, **options)  # type: ignore[arg-type]
        context.add_cookies([{"name": "luot_session", "value": token, "url": base}])
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        if options.get("java_script_enabled", True):
            page.clock.install()
        yield PeopleDesk(web, base, page)
        context.close()


@pytest.fixture
def chief(web: AccountWeb) -> Person:
    return web.bench.person("Nguyễn Văn Quản", Role.ADMINISTRATOR, Role.MANAGER)


@pytest.fixture
def desk(web: AccountWeb, browser: Browser, chief: Person) -> Iterator[PeopleDesk]:
    with signed_in(web, browser, chief) as desk:
        yield desk


def test_an_administrator_adds_a_person_with_the_keyboard_alone(desk: PeopleDesk) -> None:
    desk.open("/admin/people")
    desk.tab_to("Thêm người")
    desk.press("Enter", "input[name=name]")
    desk.tab_to("Họ và tên")
    desk.type_in("Lê Thị Chi")
    desk.tab_to("Cán bộ quầy")
    desk.page.keyboard.press("Space")
    desk.tab_to("Lưu và tạo mật khẩu")
    desk.press("Enter", ".secret")
    password = desk.page.locator(".secret .code").inner_text()
    desk.web.bench.sign_in("le-thi-chi", password)
    desk.open(f"/admin/people/{desk.web.bench.named('le-thi-chi').id}")
    assert desk.page.locator(".secret").count() == 0


def test_an_old_sign_in_confirms_the_password_and_then_goes_on(desk: PeopleDesk) -> None:
    person = desk.web.bench.person("Trần Thị Bình")
    desk.web.bench.now_ms += 11 * MINUTE
    desk.open(f"/admin/people/{person.id}")
    desk.tab_to("Ngừng tài khoản")
    desk.press("Enter", "details[open]")
    desk.tab_to("Ngừng tài khoản")
    desk.press("Enter", "input[name=proof]")
    expect(desk.page.locator("input[name=proof]")).to_be_focused()
    desk.page.keyboard.type("sai mật khẩu rồi")
    desk.press("Enter", "[role=alert]:has-text('chưa đúng')")
    desk.tab_to("Mật khẩu của Ông/Bà")
    desk.page.keyboard.type(PASSWORD)
    desk.press("Enter", ".note:has-text('Đã ngừng tài khoản')")
    changed = desk.web.bench.access.people.get(person.id)
    assert changed is not None
    assert not changed.active


def test_a_clerk_changes_the_password_and_sets_a_pin(web: AccountWeb, browser: Browser) -> None:
    person = web.bench.person("Trần Thị Bình")
    other = web.bench.sign_in(person.sign_in_name)
    with signed_in(web, browser, person) as desk:
        page = desk.open("/account")
        page.get_by_label("Mật khẩu hiện tại").fill(PASSWORD)
        page.get_by_label("Mật khẩu mới", exact=True).fill(NEW_PASSWORD)
        page.get_by_label("Nhập lại mật khẩu mới").fill(NEW_PASSWORD)
        page.get_by_role("button", name="Đổi mật khẩu").click()
        expect(page.locator("#notices")).to_contain_text("Đã đổi mật khẩu.")
        assert not web.bench.is_open(other)
        page.get_by_label("Mã PIN mới").fill("482913")
        rest(page)
        page.get_by_role("button", name="Lưu mã PIN").click()
        expect(page.locator("#notices")).to_contain_text("Đã lưu mã PIN.")
        rest(page)
        page.locator("header").get_by_role("button", name="Đăng xuất").click()
        page.wait_for_url(lambda url: "/account" not in url)
        assert [cookie for cookie in page.context.cookies() if cookie.get("name") == "luot_session"] == []
    assert web.bench.access.sessions.of_person(person.id) == []
    web.bench.sign_in(person.sign_in_name, NEW_PASSWORD)


def test_the_pages_work_without_scripts(web: AccountWeb, browser: Browser, chief: Person) -> None:
    with signed_in(web, browser, chief, java_script_enabled=False) as desk:
        page = desk.page
        page.goto(f"{desk.base}/admin/people/new")
        web.bench.now_ms += 11 * MINUTE
        page.fill("input[name=name]", "Lê Thị Chi")
        page.check("input[value=clerk]")
        page.click("main .filled")
        page.fill("input[name=proof]", PASSWORD)
        page.click("main .filled")
        web.bench.sign_in("le-thi-chi", page.locator(".secret .code").inner_text())


@pytest.mark.parametrize("width", [1366, 360])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_anybody_can_read_and_use_the_pages(desk: PeopleDesk, chief: Person, language: str, width: int) -> None:
    bench = desk.web.bench
    person = bench.person("Lê Hoàng Phương Thảo Nguyên Dài Dằng Dặc", Role.CLERK, Role.LEAD_CLERK, Role.AUDITOR)
    bench.sign_in(person.sign_in_name)
    bench.access.people.deactivate(chief.id, bench.person("Phạm Minh Đức").id)
    while bench.try_wrong(person.sign_in_name, "192.168.1.66") == "refused":
        pass
    bench.sign_in(chief.sign_in_name)
    desk.page.set_viewport_size({"width": width, "height": 768})
    for path in (
        "/admin/people",
        f"/admin/people/{person.id}",
        f"/admin/people/{chief.id}",
        "/admin/people/pham-minh-duc",
        "/admin/people/new?clerk=an",
        "/admin/log",
        f"/admin/log?subject={person.id}",
        "/account",
    ):
        page = desk.open(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert violations(page) == "", path
        assert overflow_px(page) == 0, path
    page = desk.open(f"/admin/people/{person.id}")
    page.locator("summary").first.click()
    rest(page)
    page.locator("details .filled").click()
    page.wait_for_selector(".secret")
    assert (violations(page), overflow_px(page)) == ("", 0)
    bench.now_ms += 11 * MINUTE
    rest(page)
    page.locator("details").first.locator("summary").click()
    rest(page)
    page.locator("details .filled").click()
    page.wait_for_selector("input[name=proof]")
    assert (violations(page), overflow_px(page)) == ("", 0)


def test_a_password_manager_that_types_as_fast_as_a_scanner_signs_on(desk: PeopleDesk) -> None:
    desk.web.bench.now_ms += 11 * MINUTE
    desk.open("/admin/people/new")
    desk.page.fill("input[name=name]", "Lê Thị Chi")
    desk.page.check("input[value=clerk]")
    rest(desk.page)
    desk.page.click("main .filled")
    desk.page.wait_for_selector("input[name=proof]")
    rest(desk.page)
    desk.web.bench.access.people.set_password("x", desk.web.bench.named("nguyen-van-quan").id, "longpassword123xyz")
    token = desk.web.bench.sign_in("nguyen-van-quan", "longpassword123xyz")
    desk.page.context.add_cookies([{"name": "luot_session", "value": token, "url": desk.base}])
    desk.page.keyboard.type("longpassword123xyz")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector(".secret")
