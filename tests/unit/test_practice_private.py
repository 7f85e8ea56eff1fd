"""Nothing that a clerk practises privately reaches the hall."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from account_web import HOST, AccountWeb
from core_hall import keypad, manager, request_id
from flask.testing import FlaskClient

from server import commands, views
from server.domain.permissions import Role
from server.web.staff.practice import halls
from server.web.staff.practice.halls import EXTENSION, UNUSED_S, PracticeHalls
from server.wire.messages import RaiseAlarm

BAND = "DIỄN TẬP RIÊNG - KHÔNG AI KHÁC THẤY"
PAGE = "/practice/hall/clerk/c1"
ADDRESSES = re.compile(r'(?:action|href|data-page|data-here|data-scans)="([^"#][^"]*)"')


@pytest.fixture
def web(tmp_path: Path) -> Iterator[AccountWeb]:
    web = AccountWeb(tmp_path)
    web.bench.person("Quản Trị Mẫu", Role.ADMINISTRATOR)
    yield web
    halls_of(web).close()
    web.close()


@pytest.fixture
def trainee(web: AccountWeb) -> FlaskClient:
    """Return the browser of a clerk who practises at counter 1."""
    browser = web.browser(web.bench.person("Nguyễn Văn Mẫu", Role.CLERK))
    begin(browser)
    return browser


def halls_of(web: AccountWeb) -> PracticeHalls:
    halls: PracticeHalls = web.app.extensions[EXTENSION]
    return halls


def begin(browser: FlaskClient, counter: str = "c1") -> str:
    answer = browser.post("/practice/start", base_url=HOST, data={"counter": counter}, follow_redirects=True)
    return unescape(answer.get_data(as_text=True))


def shown(browser: FlaskClient, path: str = PAGE) -> str:
    answer = browser.get(path, base_url=HOST, follow_redirects=True)
    return unescape(answer.get_data(as_text=True))


def press(browser: FlaskClient, action: str, **more: str) -> str:
    """Send the form of ``action`` as the page has it."""
    html = shown(browser)
    form = re.search(rf'<form[^>]*action="{PAGE}/do/{action}".*?</form>', html, re.DOTALL)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0])) if form else {}
    answer = browser.post(f"{PAGE}/do/{action}", base_url=HOST, data={**fields, **more}, follow_redirects=True)
    return unescape(answer.get_data(as_text=True))


def real_facts(web: AccountWeb) -> int:
    with web.hall.read() as snapshot:
        return snapshot.head.seq


def test_a_clerk_practises_calling_serving_and_finishing(web: AccountWeb, trainee: FlaskClient) -> None:
    html = shown(trainee)
    assert BAND in html
    assert "Nên thử: 0/7" in html
    press(trainee, "open")
    called = press(trainee, "next")
    assert re.search(r"[AB]90\d", called)
    press(trainee, "start")
    finished = press(trainee, "finish", outcome="received")
    assert "Nên thử: 3/7" in finished
    assert BAND in finished


def test_nothing_of_a_practice_reaches_the_hall(web: AccountWeb, trainee: FlaskClient) -> None:
    before = real_facts(web)
    for action, more in (("open", {}), ("next", {}), ("start", {}), ("finish", {"outcome": "received"}), ("close", {})):
        press(trainee, action, **more)
    assert real_facts(web) == before, "no fact in the journal of the real hall"


def test_every_form_of_a_practice_is_sent_to_the_practice(trainee: FlaskClient) -> None:
    press(trainee, "open")
    for panel in ("", "?panel=issue", "?panel=find", "?panel=pause", "?panel=change", "?panel=keys"):
        html = shown(trainee, PAGE + panel)
        assert BAND in html
        addresses = {urlsplit(address).path for address in ADDRESSES.findall(html) if not address.startswith("data:")}
        assert addresses
        assert [address for address in addresses if not address.startswith("/practice")] == []


def test_the_browser_lets_a_practice_send_nothing_elsewhere(trainee: FlaskClient) -> None:
    policy = trainee.get(PAGE, base_url=HOST).headers["Content-Security-Policy"]
    host = urlsplit(HOST).netloc
    assert f"form-action {host}/practice/;" in policy
    assert policy.endswith(f"connect-src {host}/practice {host}/practice/ {host}/version {host}/live")


def test_a_sign_in_of_the_practice_is_none_of_the_hall(web: AccountWeb, trainee: FlaskClient) -> None:
    fields = {"as": "c1:an", "request_id": "practice-1"}
    before = real_facts(web)
    assert trainee.post("/clerk/c1/do/next", base_url=HOST, data=fields).status_code in (302, 303, 401, 403)
    assert real_facts(web) == before


def test_an_alarm_of_the_real_hall_shows_in_a_practice_to_read_only(web: AccountWeb, trainee: FlaskClient) -> None:
    alarm = RaiseAlarm(request_id=request_id())
    web.hall.ask(lambda tx, now: commands.raise_alarm(tx, keypad(), now, "c2", alarm))
    html = shown(trainee)
    strip = html[html.index('id="part-strip"') : html.index("<main")]
    assert "Ngoài sảnh: Quầy 2 cần hỗ trợ gấp" in strip
    assert 'href="/"' in strip
    assert "<form" not in strip
    assert BAND in html
    with web.hall.read() as snapshot:
        (raised,) = views.strip(snapshot).alarms
    web.hall.ask(lambda tx, now: commands.end_alarm(tx, manager(), now, raised.id))
    assert "cần hỗ trợ gấp" not in shown(trainee)


def test_each_person_has_a_hall_of_their_own(web: AccountWeb, trainee: FlaskClient) -> None:
    other = web.browser(web.bench.person("Lê Thị Mẫu", Role.LEAD_CLERK))
    assert BAND not in shown(other), "a practice is nobody else's"
    begin(other, "c2")
    press(trainee, "open")
    press(trainee, "next")
    assert "Nên thử: 1/7" in shown(trainee)
    assert "Nên thử: 0/7" in shown(other, "/practice/hall/clerk/c2")


def test_a_practice_begins_anew_and_ends(web: AccountWeb, trainee: FlaskClient) -> None:
    press(trainee, "open")
    press(trainee, "next")
    assert "Nên thử: 0/7" in begin(trainee)
    answer = trainee.post("/practice/end", base_url=HOST, follow_redirects=True)
    assert "Bắt đầu diễn tập riêng" in unescape(answer.get_data(as_text=True))
    assert BAND not in shown(trainee)


def test_a_practice_ends_with_the_sign_out_and_after_two_hours_without_use(
    web: AccountWeb, trainee: FlaskClient
) -> None:
    folder = next(iter(halls_of(web)._running.values())).hall.context.store
    trainee.post("/account/sign-out-of-counters", base_url=HOST)
    assert halls_of(web)._running == {}
    assert folder is not None
    other = web.browser(web.bench.person("Lê Thị Mẫu", Role.CLERK))
    begin(other)
    web.hall.clock.go(round(UNUSED_S * 1000))
    assert halls_of(web).find("nobody") is None
    assert halls_of(web)._running == {}


def test_only_so_many_practise_at_once(web: AccountWeb, trainee: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halls, "MAX_HALLS", 1)
    other = web.browser(web.bench.person("Lê Thị Mẫu", Role.CLERK))
    assert "Mời thử lại sau ít phút." in begin(other)
    assert BAND in shown(trainee)


def test_an_auditor_does_not_practise(web: AccountWeb) -> None:
    auditor = web.browser(web.bench.person("Kiểm Tra Viên", Role.AUDITOR))
    assert auditor.get("/practice", base_url=HOST).status_code == 403
    assert auditor.post("/practice/start", base_url=HOST, data={"counter": "c1"}).status_code == 403


def test_visitors_come_while_the_clerk_practises(web: AccountWeb, trainee: FlaskClient) -> None:
    running = next(iter(halls_of(web)._running.values()))
    assert running.hall._waiting() == 5
    web.hall.clock.go(10 * 60_000)
    shown(trainee)
    assert running.hall._waiting() == 8, "but never more than eight wait"
