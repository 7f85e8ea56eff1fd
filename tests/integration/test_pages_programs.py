"""The page of programs in Chromium: web-hooks tested, tokens removed, nothing fails axe."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from core_hall import Hall
from core_web import Web
from playwright.sync_api import Browser, Page, expect

from server.access.access import Access
from server.access.api_tokens import Scope
from server.access.sessions import FRESH_PROOF_MS
from server.domain.facts.kinds import FactKind
from server.domain.permissions import Role
from server.web.shared.serving.http_server import serving
from server.web.staff.app import create_app
from server.web_hooks.sender import WebHookSender
from support.browser_pages import WAIT_MS, overflow_px, rest, violations
from support.hook_receiver import HookReceiver
from support.scaled_time import mono_s
from support.server_process import free_ports

PASSWORD = "sen hồng nở sớm mai"
MAX_TABS = 80
WATCH_RESIZE = """() => {
  globalThis.resized = new Promise((resolve) => { addEventListener("resize", () => resolve(true), { once: true }); });
}"""


class Office:
    """A served hall with accounts, and an administrator's page."""

    def __init__(self, folder: Path, browser: Browser, resources: ExitStack) -> None:
        self.hall = Hall(folder)
        resources.callback(self.hall.close)
        self.hall.tick()
        self.access = resources.enter_context(closing(Access.open(folder, lambda: self.hall.clock.wall_ms)))
        context = replace(Web(self.hall).app.extensions["luot"], access=self.access)
        app = create_app(context, b"k" * 32)
        self.receiver = resources.enter_context(closing(HookReceiver()))
        sender = WebHookSender(self.hall.store, self.access.web_hooks, lambda: 1.0, "Luot/test")
        resources.enter_context(closing(sender))
        self.base = f"http://127.0.0.1:{free_ports(1)[0]}"
        resources.enter_context(serving("listen", self.base.removeprefix("http://"), app, 8, mono_s))
        admin = self.access.people.create("root", "Phạm Thị Quản", "vi", [Role.ADMINISTRATOR])
        self.access.people.set_password("root", admin.id, PASSWORD)
        token = self.access.sessions.open(admin, "password", "web-1", "127.0.0.1")
        tab = resources.enter_context(closing(browser.new_context()))
        tab.add_cookies([{"name": "luot_session", "value": token, "url": self.base}])
        self.page = tab.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.page.clock.install()

    def open(self, path: str = "") -> Page:
        self.page.goto(f"{self.base}/admin/programs{path}")
        rest(self.page)
        return self.page

    def look(self, name: str) -> None:
        """Assert that nothing fails axe or leaves the window, wide and narrow."""
        for width, height in ((1366, 768), (360, 740)):
            self.page.set_viewport_size({"width": width, "height": height})
            assert violations(self.page) == ""
            assert overflow_px(self.page) == 0
        self.page.evaluate(WATCH_RESIZE)
        self.page.set_viewport_size({"width": 1366, "height": 768})
        self.page.evaluate("globalThis.resized")  # its keys have moved, and rest from then on
        rest(self.page)


@pytest.fixture
def office(tmp_path: Path, browser: Browser) -> Iterator[Office]:
    with ExitStack() as resources:
        yield Office(tmp_path, browser, resources)


def test_deliveries_are_shown_with_their_result_and_sent_again(office: Office) -> None:
    office.receiver.status = lambda received: 503
    page = office.open()
    page.locator("input[name=url]").fill(office.receiver.url)
    page.locator("input[name=local]").check()
    page.locator("input[value='ticket.issued']").check()
    page.locator("form[action$='/hooks'] button").click()
    page.locator("a.filled").click()
    rest(page)
    page.locator("form[action$='/test'] button").click()
    expect(page.locator("#notices .note")).to_contain_text("gửi thử")

    def reload_until(text: str) -> None:
        while text not in page.locator(".programs").inner_text():
            page.reload()

    reload_until("HTTP 503")
    office.look("hook")
    office.receiver.status = lambda received: 204
    rest(page)
    page.locator("form[action$='/again'] button").click()
    expect(page.locator("#notices .note")).to_contain_text("gửi lại")
    reload_until("Đã gửi")
    page.goto(f"{page.url}?lang=en")
    office.look("hook-en")
    assert [fact["kind"] for fact in office.receiver.facts()] == ["test", "test"]


def test_a_removal_asks_once_more_and_an_old_proof_for_the_password(office: Office) -> None:
    office.access.api_tokens.create("quan-tri", "Kho dữ liệu", [Scope.ISSUE], office.hall.clock.wall_ms + 86_400_000)
    office.hall.clock.go(FRESH_PROOF_MS)
    page = office.open()
    page.locator(".removal summary").click()
    office.look("removal")
    rest(page)
    page.locator(".removal button").click()
    password = page.locator("input[name=proof]")
    expect(password).to_be_focused()
    office.look("proof")
    rest(page)
    password.fill("sai")
    password.press("Enter")
    expect(page.locator("#notices .alert")).to_contain_text("Mật khẩu hiện tại chưa đúng")
    rest(page)
    password.fill(PASSWORD)
    password.press("Enter")
    expect(page.locator("#notices .note")).to_contain_text("Đã xóa mã “Kho dữ liệu”")
    assert not office.access.api_tokens.all()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this element has the focus."""
    for _tab in range(MAX_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def test_a_token_is_made_and_removed_with_the_keyboard_alone(office: Office) -> None:
    page = office.open()
    tab_to(page, "input[name=name]")
    page.keyboard.type("Kho dữ liệu của tỉnh")  # as fast as a scanner
    for scope in ("read:board", "issue"):
        tab_to(page, f"input[value='{scope}']")
        page.keyboard.press("Space")
    tab_to(page, "form[action$='/tokens'] button")
    page.keyboard.press("Enter")
    expect(page.locator("input.token")).to_be_focused()
    assert page.locator("input.token").input_value().startswith("luot_pat_")
    office.look("shown-once")
    (token,) = office.access.api_tokens.all()
    assert (token.name, token.scopes) == ("Kho dữ liệu của tỉnh", frozenset({Scope.READ_BOARD, Scope.ISSUE}))
    tab_to(page, "a.filled")
    page.keyboard.press("Enter")
    expect(page.locator(".programs h3")).to_have_text("Kho dữ liệu của tỉnh")
    rest(page)
    tab_to(page, ".removal summary")
    page.keyboard.press("Enter")
    rest(page)
    tab_to(page, ".removal button")
    page.keyboard.press("Space")
    expect(page.locator("#notices .note")).to_contain_text("Đã xóa mã")
    assert not office.access.api_tokens.all()


def test_a_web_hook_is_made_with_the_keyboard_alone_and_a_refusal_keeps_what_was_typed(office: Office) -> None:
    page = office.open()
    tab_to(page, "input[name=url]")
    page.keyboard.type(office.receiver.url)
    tab_to(page, "input[value='ticket.called']")
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    tab_to(page, "form[action$='/hooks'] button")
    page.keyboard.press("Enter")
    expect(page.locator("#notices .alert")).to_contain_text("https://")
    office.look("refusal")
    assert page.locator("input[name=url]").input_value() == office.receiver.url
    tab_to(page, "input[name=local]")
    page.keyboard.press("Space")
    tab_to(page, "form[action$='/hooks'] button")
    page.keyboard.press("Space")
    expect(page.locator("input.token")).to_be_focused()
    (hook,) = office.access.web_hooks.all()
    assert (hook.url, hook.facts) == (office.receiver.url, frozenset({FactKind.CALLED}))
