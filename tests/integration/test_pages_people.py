"""The pages of people, account and access log in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from access_bench import MINUTE, PASSWORD, cheap_hashes
from account_web import AccountWeb
from people_desk import PeopleDesk, signed_in
from playwright.sync_api import Browser, Page, expect

from server.access.person import Person
from server.domain.permissions import Role
from support.browser_pages import overflow_px, rest, violations

NEW_PASSWORD = "sáu con cá vàng bơi"
LANGUAGES = ("vi", "en")


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountWeb]:
    cheap_hashes(monkeypatch)
    web = AccountWeb(tmp_path)
    yield web
    web.close()


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


def test_anybody_can_read_and_use_the_pages(desk: PeopleDesk, chief: Person) -> None:
    bench = desk.web.bench
    person = bench.person("Lê Hoàng Phương Thảo Nguyên Dài Dằng Dặc", Role.CLERK, Role.LEAD_CLERK, Role.AUDITOR)
    bench.sign_in(person.sign_in_name)
    bench.access.people.deactivate(chief.id, bench.person("Phạm Minh Đức").id)
    while bench.try_wrong(person.sign_in_name, "192.168.1.66") == "refused":
        pass
    bench.sign_in(chief.sign_in_name)
    for language in LANGUAGES:
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
            desk.open(f"{path}{'&' if '?' in path else '?'}lang={language}")
            assert_usable(desk.page)
        press_first_form(desk, f"/admin/people/{person.id}?lang={language}", ".secret")
        assert_usable(desk.page)
    bench.now_ms += 11 * MINUTE
    for language in LANGUAGES:
        press_first_form(desk, f"/admin/people/{person.id}?lang={language}", "input[name=proof]")
        assert_usable(desk.page)


def press_first_form(desk: PeopleDesk, path: str, then: str) -> None:
    """Press the button of the page's first folded form, and wait for ``then``."""
    page = desk.open(path)
    page.locator("details summary").first.click()
    rest(page)
    page.locator("details .filled").first.click()
    page.wait_for_selector(then)


def assert_usable(page: Page) -> None:
    """Check with axe, and that the page fits, on a PC and on a phone."""
    for width in (360, 1366):
        page.set_viewport_size({"width": width, "height": 768})
        assert violations(page) == "", (page.url, width)
        assert overflow_px(page) == 0, (page.url, width)


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_head_of_these_pages_is_one_row_at_1366_px(web: AccountWeb, browser: Browser, language: str) -> None:
    person = web.bench.person("Nguyễn Thị Thanh Hương", Role.ADMINISTRATOR, Role.MANAGER)
    with signed_in(web, browser, person) as desk:
        for path in ("/admin/people", "/admin/log", "/account"):
            page = desk.open(f"{path}?lang={language}")
            tops = page.eval_on_selector_all(
                ".head .office, .head .nav a, .head .rest > *",
                "parts => parts.map(part => { const box = part.getBoundingClientRect();"
                " return [box.top, box.bottom]; })",
            )
            assert max(top for top, _ in tops) < min(bottom for _, bottom in tops), (path, tops)
            assert overflow_px(page) == 0
