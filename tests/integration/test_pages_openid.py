"""Signing in with an OpenID provider of another site, in Chromium with Strict cookies."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from access_bench import PASSWORD, AccessBench, cheap_hashes
from account_web import AccountWeb
from playwright.sync_api import Browser, Page, expect

from server.access.openid.errors import OpenIdProblem
from server.access.openid.provider import OpenIdClient, OpenIdProvider
from server.access.openid.sign_in import MAX_A_MINUTE, OpenIdSignIn
from server.access.person import Person
from server.domain.permissions import Role
from server.web.shared.serving.http_server import serving
from server.web.staff.account.openid import PROBLEMS
from server.web.staff.app import create_app
from support.browser_pages import ROW_MS, WAIT_MS, overflow_px, rest, violations
from support.openid_provider import CLIENT_ID, CLIENT_SECRET, SUBJECT, OpenIdTestProvider
from support.scaled_time import mono_s
from support.server_process import free_ports

NAME = "Cổng dịch vụ công"
BEGIN = f"a:has-text('Đăng nhập bằng {NAME}')"
LINK = f"Liên kết tài khoản với {NAME}"


class OpenIdHall:
    """A served hall at ``localhost`` whose provider is at 127.0.0.1, and a browser."""

    def __init__(self, folder: Path, browser: Browser, resources: ExitStack) -> None:
        web = AccountWeb(folder)
        resources.callback(web.close)
        self.bench: AccessBench = web.bench
        self.provider = OpenIdTestProvider(lambda: self.bench.now_ms // 1000)
        self._stop = resources.enter_context(ExitStack())
        self._stop.callback(self.provider.close)
        client = OpenIdClient(self.provider.issuer, CLIENT_ID, CLIENT_SECRET)
        access = self.bench.access
        self.open_id = OpenIdSignIn(
            access.database,
            access.people,
            access.sessions,
            OpenIdProvider(client, mono_s, access.database.wall_ms),
            NAME,
        )
        context = replace(web.app.extensions["luot"], access=replace(access, open_id=self.open_id))
        self.app = create_app(context, b"k" * 32)
        (port,) = free_ports(1)
        self.base = f"http://localhost:{port}"
        resources.enter_context(serving("staff", f"127.0.0.1:{port}", self.app, 16, mono_s))
        self.context = resources.enter_context(closing(browser.new_context(locale="vi-VN")))
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.page.clock.install()

    def close_provider(self) -> None:
        self._stop.close()

    def person(self, *roles: Role) -> Person:
        return self.bench.person("Trần Thị Hoa", *roles)

    def open(self, path: str = "/") -> Page:
        self.page.goto(f"{self.base}{path}")
        rest(self.page)
        return self.page

    def sign_in_with_password(self, person: Person) -> None:
        token = self.bench.access.sessions.open(person, "password", "web-1", "127.0.0.1")
        self.context.add_cookies([{"name": "luot_session", "value": token, "url": self.base, "sameSite": "Strict"}])

    def begin(self, path: str = "/") -> None:
        """Press the button of the sign-in page."""
        self.open(path).click(BEGIN)

    def cookie(self, name: str) -> dict[str, object] | None:
        return next((dict(cookie) for cookie in self.context.cookies() if cookie["name"] == name), None)

    def refusal(self) -> str:
        return self.page.locator("#notices .alert").inner_text()

    def look(self) -> None:
        """Assert that nothing fails axe or leaves the window, wide and narrow."""
        for width, height in ((1366, 768), (360, 740)):
            self.page.set_viewport_size({"width": width, "height": height})
            assert violations(self.page) == ""
            assert overflow_px(self.page) == 0


@pytest.fixture
def hall(tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenIdHall]:
    cheap_hashes(monkeypatch)
    with ExitStack() as resources:
        yield OpenIdHall(tmp_path, browser, resources)


def test_a_linked_person_signs_in_and_reaches_the_page_that_was_asked_for(hall: OpenIdHall) -> None:
    person = hall.person(Role.MANAGER)
    hall.open_id.link("root", person.id, SUBJECT)
    hall.open("/account")
    expect(hall.page.locator(BEGIN)).to_be_visible()
    hall.look()
    rest(hall.page)
    hall.page.click(BEGIN)
    hall.page.wait_for_url(f"{hall.base}/account")
    expect(hall.page.locator("h1")).to_have_text("Tài khoản của tôi")
    session = hall.cookie("luot_session")
    assert session is not None
    assert (session["sameSite"], session["httpOnly"]) == ("Strict", True)
    assert hall.cookie("luot_openid") is None
    opened = hall.bench.access.sessions.find(str(session["value"]))
    assert opened is not None
    assert (opened.person.id, opened.method) == (person.id, "oidc")
    assert opened.browser.startswith("web-")


def test_a_person_with_a_one_time_password_needs_none_after_a_sign_in_with_the_provider(hall: OpenIdHall) -> None:
    person = hall.person(Role.MANAGER)
    hall.bench.access.people.set_one_time_password("root", person.id)
    hall.open_id.link("root", person.id, SUBJECT)
    hall.begin("/manager")
    hall.page.wait_for_url(f"{hall.base}/manager*")


def test_another_state_opens_no_session(hall: OpenIdHall, monkeypatch: pytest.MonkeyPatch) -> None:
    person = hall.person(Role.MANAGER)
    hall.open_id.link("root", person.id, SUBJECT)
    authorise = hall.provider.authorise
    monkeypatch.setattr(hall.provider, "authorise", lambda url: authorise(url) | {"state": "x"})
    hall.begin()
    expect(hall.page.locator("#notices .alert")).to_contain_text("đã hết hạn hoặc đã dùng rồi")
    assert hall.cookie("luot_session") is None
    assert not hall.bench.access.sessions.all()


def test_an_unknown_subject_is_refused_and_the_administrator_links_it_from_the_log(hall: OpenIdHall) -> None:
    person = hall.person(Role.MANAGER)
    hall.begin()
    expect(hall.page.locator("#notices .alert")).to_contain_text(f"Tài khoản {NAME} này chưa được liên kết với ai")
    hall.look()
    admin = hall.bench.person("Phạm Thị Quản", Role.ADMINISTRATOR)
    hall.sign_in_with_password(admin)
    hall.open("/admin/log")
    expect(hall.page.locator("main")).to_contain_text(SUBJECT)
    hall.open(f"/admin/people/{person.id}")
    hall.page.click(f"summary:has-text('{LINK}')")
    rest(hall.page)
    hall.page.fill("input[name=subject]", f" {SUBJECT} ")
    rest(hall.page)
    hall.page.click("form[action$='/openid'] button")
    expect(hall.page.locator("#notices .note")).to_contain_text("Đã liên kết tài khoản")
    expect(hall.page.locator("main")).to_contain_text(hall.provider.issuer)
    hall.look()
    hall.context.clear_cookies()
    hall.begin("/manager")
    hall.page.wait_for_url(f"{hall.base}/manager*")


def test_a_subject_of_somebody_else_is_refused_and_a_link_is_removed(hall: OpenIdHall) -> None:
    person = hall.person(Role.MANAGER)
    admin = hall.bench.person("Phạm Thị Quản", Role.ADMINISTRATOR)
    hall.open_id.link("root", admin.id, SUBJECT)
    hall.sign_in_with_password(admin)
    browser = hall.page.request
    answer = browser.post(f"{hall.base}/admin/people/{person.id}/openid", form={"subject": SUBJECT})
    assert (answer.status, "đã được liên kết với người khác" in answer.text()) == (422, True)
    answer = browser.post(f"{hall.base}/admin/people/{person.id}/openid", form={"subject": "a\nb"})
    assert (answer.status, "Mã này chưa đúng" in answer.text()) == (422, True)
    answer = browser.post(f"{hall.base}/admin/people/{admin.id}/openid", form={})
    assert (answer.status, "Đã bỏ liên kết" in answer.text()) == (200, True)


def test_a_person_links_the_own_account_after_a_fresh_proof_and_stays_signed_in(hall: OpenIdHall) -> None:
    person = hall.person(Role.MANAGER)
    hall.sign_in_with_password(person)
    hall.bench.now_ms += 11 * 60_000
    hall.open("/account")
    hall.page.click(f"button:has-text('{LINK}')")
    rest(hall.page)
    hall.page.fill("input[name=proof]", PASSWORD)
    hall.page.clock.fast_forward(ROW_MS)
    hall.page.press("input[name=proof]", "Enter")
    expect(hall.page.locator("#notices .note")).to_contain_text("Đã xác nhận mật khẩu")
    rest(hall.page)
    hall.look()
    rest(hall.page)
    hall.page.click(f"a:has-text('{LINK}')")
    expect(hall.page.locator("#notices .note")).to_contain_text("Đã liên kết tài khoản")
    linked = hall.bench.access.people.get(person.id)
    assert linked is not None
    assert hall.open_id.subject_of(linked) == SUBJECT
    rest(hall.page)
    hall.page.click("form[action$='/unlink'] button")
    expect(hall.page.locator("#notices .note")).to_contain_text("Đã bỏ liên kết")


def test_a_person_without_a_password_proves_a_change_at_the_provider_and_the_form_waits(hall: OpenIdHall) -> None:
    person = hall.bench.person("Trần Thị Hoa", Role.ADMINISTRATOR, password=None)
    hall.open_id.link("root", person.id, SUBJECT)
    hall.begin("/admin/people/new")
    hall.page.wait_for_url(f"{hall.base}/admin/people/new")
    hall.page.fill("input[name=name]", "Lê Văn Ba")
    hall.page.check("input[name=role][value=clerk]")
    rest(hall.page)
    hall.page.press("input[name=name]", "Enter")
    expect(hall.page.locator(f"a:has-text('Xác nhận bằng {NAME}')")).to_be_visible()
    assert hall.page.locator("input[name=proof]").count() == 0
    hall.look()
    rest(hall.page)
    with hall.context.expect_page() as opened:
        hall.page.click(f"a:has-text('Xác nhận bằng {NAME}')")
    expect(opened.value.locator("h1")).to_have_text(f"Đã xác nhận bằng {NAME}")
    rest(opened.value)
    hall.page.click("button:has-text('Tiếp tục')")
    expect(hall.page.locator(".code")).to_be_visible()
    assert {known.name for known in hall.bench.access.people.all()} == {"Trần Thị Hoa", "Lê Văn Ba"}


def test_an_old_proof_links_nothing(hall: OpenIdHall) -> None:
    hall.sign_in_with_password(hall.person(Role.MANAGER))
    hall.bench.now_ms += 11 * 60_000
    hall.open("/sign-in/openid/link")
    assert hall.page.url == f"{hall.base}/account"
    assert not hall.provider.requests


def test_a_provider_that_is_down_leaves_the_sign_in_with_a_password(hall: OpenIdHall) -> None:
    hall.person(Role.MANAGER)
    hall.close_provider()
    hall.begin()
    expect(hall.page.locator("#notices .alert")).to_contain_text(f"Chưa kết nối được với {NAME}")
    hall.look()
    rest(hall.page)
    hall.page.fill("input[name=name]", "tran-thi-hoa")
    hall.page.fill("input[name=password]", PASSWORD)
    hall.page.clock.fast_forward(ROW_MS)
    hall.page.press("input[name=password]", "Enter")
    expect(hall.page.locator("h1")).to_have_text("Chọn nơi làm việc")


def test_another_site_begins_no_sign_in_and_one_address_few(hall: OpenIdHall) -> None:
    client = hall.app.test_client()
    begin = f"{hall.base}/sign-in/openid/begin"
    answer = client.get(begin, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.location == "/"
    for _ in range(MAX_A_MINUTE):
        assert client.get(begin).location.startswith(hall.provider.issuer)
    assert client.get(begin).location == "/sign-in/openid/failed?why=busy"
    answer = client.get(f"{hall.base}/sign-in/openid/failed?why=busy")
    assert (answer.status_code, "Mời thử lại sau ít giây" in answer.get_data(True)) == (503, True)
    hall.bench.now_ms += 61_000
    assert client.get(begin).location.startswith(hall.provider.issuer)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_each_problem_has_its_sentence(hall: OpenIdHall, language: str) -> None:
    client = hall.app.test_client()
    assert set(PROBLEMS) == set(OpenIdProblem)
    shown = set()
    for problem in OpenIdProblem:
        page = client.get(f"{hall.base}/sign-in/openid/failed?why={problem.value}&lang={language}").get_data(True)
        shown.add(page.partition('role="alert"')[2].partition("</p>")[0])
    assert len(shown) == len(OpenIdProblem)
    assert ("Please" in " ".join(shown)) == (language == "en")


def test_without_a_provider_there_is_no_button_and_no_page(tmp_path: Path) -> None:
    with closing(AccountWeb(tmp_path)) as web:
        web.bench.person("Phạm Thị Quản", Role.ADMINISTRATOR)
        client = web.app.test_client()
        assert "openid" not in client.get("/", base_url="http://127.0.0.1").get_data(True)
        for path in ("begin", "back", "failed"):
            assert client.get(f"/sign-in/openid/{path}", base_url="http://127.0.0.1").status_code == 404
