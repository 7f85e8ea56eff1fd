"""Signing in with a password or a PIN, taking a counter, and signing out."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from access_bench import BOX, PASSWORD, AccessBench, recorded_sql
from account_web import HOST, AccountWeb
from core_hall import request_id
from enrolment_bench import enrolment_bench
from flask.testing import FlaskClient

from server.access.device import DeviceDetails, NewDevice
from server.access.person import Person
from server.domain.permissions import Role
from server.web.shared import live
from server.web.shared.serving.caller import START_STREAM_KEY
from server.web.staff.account.sign_in import _may_enrol
from server.wire.messages import DeviceKind

WRONG = "Tên đăng nhập hoặc mật khẩu chưa đúng."
PIN = "274910"


@pytest.fixture
def bench(web: AccountWeb) -> AccessBench:
    web.bench.person("Quản Trị Mẫu", Role.ADMINISTRATOR)
    return web.bench


@pytest.fixture
def binh(bench: AccessBench) -> Person:
    return bench.person("Trần Thị Bình", Role.CLERK)


@pytest.fixture
def browser(web: AccountWeb) -> FlaskClient:
    return web.app.test_client()


def get(browser: FlaskClient, path: str, **headers: str) -> Any:
    return browser.get(path, base_url=HOST, headers=headers)


def post(browser: FlaskClient, path: str, **fields: str) -> Any:
    return browser.post(path, base_url=HOST, data=fields)


def sign_in(browser: FlaskClient, name: str = "tran-thi-binh", password: str = PASSWORD, **fields: str) -> Any:
    return post(browser, "/account/sign-in", name=name, password=password, **fields)


def take(browser: FlaskClient, counter: str = "c1") -> Any:
    return post(browser, "/sign-in", counter=counter, request_id=request_id())


def session_cookie(answer: Any) -> str:
    cookies: list[str] = answer.headers.getlist("Set-Cookie")
    return next(cookie for cookie in cookies if "luot_session=" in cookie)


def test_a_visit_without_a_session_leads_to_the_sign_in_and_back(web: AccountWeb, browser: FlaskClient) -> None:
    asked = get(browser, "/staff/health?at=manager", Accept="text/html")
    assert (asked.status_code, asked.location) == (302, "/?next=/staff/health?at%3Dmanager")
    page = get(browser, asked.location)
    assert page.status_code == 200
    assert 'name="password"' in page.text
    assert "Cán bộ thường trực" not in page.text
    web.bench.person("Lê Thị Chi", Role.MANAGER)
    went = sign_in(browser, "le-thi-chi", next="/staff/health?at=manager")
    assert (went.status_code, went.location) == (303, "/staff/health?at=manager")
    assert get(browser, went.location).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "//evil.test/",
        "https://evil.test/",
        "/\\evil.test",
        "https:evil.test",
        "/\t/evil.test",
        "javascript:alert(1)",
        "",
    ],
)
def test_no_sign_in_leads_to_another_site(binh: Person, browser: FlaskClient, address: str) -> None:
    assert sign_in(browser, next=address).location == "/"


def test_the_cookie_is_hidden_from_scripts_and_other_sites_and_secure_over_https(
    web: AccountWeb, binh: Person, browser: FlaskClient
) -> None:
    cookie = session_cookie(sign_in(browser))
    assert cookie.startswith("luot_session=")
    assert all(flag in cookie for flag in ("HttpOnly", "SameSite=Strict", "Path=/"))
    assert not any(word in cookie for word in ("Secure", "Domain", "Expires"))
    fields = {"name": binh.sign_in_name, "password": PASSWORD}
    answer = web.app.test_client().post("/account/sign-in", base_url="https://127.0.0.1", data=fields)
    secure = session_cookie(answer)
    assert secure.startswith("__Host-luot_session=")
    assert all(flag in secure for flag in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"))


def test_a_wrong_password_and_an_unknown_name_get_the_same_page(binh: Person, browser: FlaskClient) -> None:
    wrong, unknown = sign_in(browser, password="sai rồi nhé"), sign_in(browser, name="khong-co-ai")
    assert wrong.status_code == unknown.status_code == 403
    assert WRONG in wrong.text
    assert wrong.text.replace(binh.sign_in_name, "khong-co-ai") == unknown.text
    assert "luot_session" not in str(wrong.headers)
    assert f'value="{binh.sign_in_name}"' in wrong.text, "the typed name stays"
    assert "sai rồi nhé" not in wrong.text


def test_many_wrong_passwords_lock_for_a_time_that_the_page_names(binh: Person, browser: FlaskClient) -> None:
    for _ in range(20):
        answer = sign_in(browser, password="sai rồi nhé")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert re.search(r"Đã tạm khóa đăng nhập đến \d\d:\d\d", answer.text)
    assert sign_in(browser).status_code == 429, "also for the right password"


def test_a_clerk_takes_a_counter_as_the_person_of_the_session(
    web: AccountWeb, binh: Person, browser: FlaskClient
) -> None:
    sign_in(browser)
    choice = get(browser, "/")
    assert "Nhận quầy" in choice.text
    assert "Trần Thị Bình" in choice.text
    assert 'name="clerk"' not in choice.text, "nobody signs in as somebody else"
    taken = post(browser, "/sign-in", counter="c1", clerk="an", request_id=request_id())
    assert taken.location == "/clerk/c1"
    assert web.hall.counter("c1").clerk == binh.id
    page = get(browser, "/clerk/c1")
    assert page.status_code == 200
    assert "Trần Thị Bình" in page.text
    named = [fact for fact in web.hall.facts() if fact.kind == "clerk.named"]
    assert [(fact.actor_role, fact.actor_id) for fact in named] == [("clerk", binh.id)]
    assert "Bình" not in str(web.hall.facts()), "the journal has no name"


def test_another_name_of_a_clerk_reaches_the_office(web: AccountWeb, binh: Person, browser: FlaskClient) -> None:
    sign_in(browser)
    take(browser)
    web.bench.access.people.change("quan-tri-mau", binh.id, name="Trần Thị Bình Minh")
    take(browser)
    with web.hall.read() as snapshot:
        assert snapshot.office.clerks[binh.id].name == "Trần Thị Bình Minh"


def test_a_cookie_that_names_another_persons_counter_opens_nothing(
    web: AccountWeb, bench: AccessBench, binh: Person, browser: FlaskClient
) -> None:
    sign_in(browser)
    take(browser)
    bench.person("Lê Thị Chi", Role.CLERK)
    sign_in(browser, "le-thi-chi")
    assert get(browser, "/clerk/c1").location.startswith("/?choose=1")
    assert post(browser, "/clerk/c1/do/open", request_id=request_id()).status_code in (401, 409)
    assert web.hall.counter("c1").state == "closed"


def test_signing_out_of_the_last_counter_ends_the_session_and_closes_the_counter(
    web: AccountWeb, binh: Person, browser: FlaskClient
) -> None:
    token = session_cookie(sign_in(browser)).split(";")[0].split("=")[1]
    take(browser)
    post(browser, "/clerk/c1/do/open", request_id=request_id())
    assert web.hall.counter("c1").state == "open"
    post(browser, "/clerk/c1/sign-out", request_id=request_id())
    assert (web.hall.counter("c1").state, web.hall.counter("c1").clerk) == ("closed", None)
    assert not web.bench.is_open(token)
    assert 'name="password"' in get(browser, "/").text


def test_leaving_is_refused_while_a_ticket_is_open(web: AccountWeb, binh: Person, browser: FlaskClient) -> None:
    sign_in(browser)
    take(browser)
    post(browser, "/clerk/c1/do/open", request_id=request_id())
    web.hall.issue("HT")
    post(browser, "/clerk/c1/do/next", request_id=request_id())
    refused = post(browser, "/account/sign-out-of-counters")
    assert (refused.status_code, "chưa kết thúc" in refused.text) == (409, True)
    assert get(browser, "/clerk/c1").status_code == 200


def test_an_open_page_without_a_session_gets_401_and_a_mark_for_its_script(browser: FlaskClient) -> None:
    refresh = get(browser, "/clerk/c1", **{"HX-Request": "true", "Accept": "text/html"})
    presence = post(browser, "/clerk/c1/here", key="1")
    version = get(browser, "/version")
    for answer in (refresh, presence, version):
        assert (answer.status_code, answer.headers["Luot-Signed-Out"]) == (401, "1")


def test_a_script_signs_in_without_leaving_the_page(binh: Person, browser: FlaskClient) -> None:
    fields = {"name": binh.sign_in_name, "password": PASSWORD}
    headers = {"Accept": "application/json, text/html;q=0.5"}
    answer = browser.post("/account/sign-in", base_url=HOST, data=fields, headers=headers)
    assert answer.status_code == 204
    assert get(browser, "/").status_code == 200


def test_a_page_that_refreshes_by_itself_keeps_no_session_alive(
    web: AccountWeb, binh: Person, browser: FlaskClient
) -> None:
    web.bench.person("Lê Thị Chi", Role.MANAGER)
    sign_in(browser, "le-thi-chi")
    for _ in range(13):
        web.bench.now_ms += 3_600_000
        answer = get(browser, "/manager", **{"HX-Trigger": "live", "HX-Request": "true"})
    assert answer.status_code == 401


def test_a_pin_works_in_an_enrolled_browser_only(web: AccountWeb, binh: Person, browser: FlaskClient) -> None:
    web.bench.access.people.set_pin(binh.id, binh.id, PIN)
    assert 'name="pin"' not in get(browser, "/").text
    assert sign_in(browser, password="", pin=PIN).status_code == 403
    details = DeviceDetails("Máy quầy 1", "Quầy 1", ("c1",))
    web.bench.access.devices.enrol(
        "quan-tri-mau", NewDevice("b-1", DeviceKind.BROWSER, details, "secret-of-browser", None, "127.0.0.1")
    )
    browser.set_cookie("luot_device", "secret-of-browser", domain="127.0.0.1")
    assert 'name="pin"' in get(browser, "/").text
    refused = sign_in(browser, password="", pin="274911")
    assert (refused.status_code, "Tên đăng nhập hoặc mã PIN chưa đúng." in refused.text) == (403, True)
    assert WRONG not in refused.text
    assert sign_in(browser, password="", pin=PIN).status_code == 303


def test_a_one_time_password_opens_the_page_that_changes_it_and_nothing_else(
    web: AccountWeb, binh: Person, browser: FlaskClient
) -> None:
    password = web.bench.access.people.set_one_time_password("quan-tri-mau", binh.id)
    sign_in(browser, password=password)
    assert get(browser, "/").location == "/account"
    assert get(browser, "/manager").location == "/account"
    assert get(browser, "/api/v1/board").status_code == 403
    assert get(browser, "/account").status_code == 200


def test_the_close_of_the_day_ends_the_sessions_of_clerks(web: AccountWeb, binh: Person, browser: FlaskClient) -> None:
    sign_in(browser)
    web.bench.access.sessions.end_of_clerks()
    assert 'name="password"' in get(browser, "/").text


def test_a_request_of_a_signed_in_person_costs_no_sql_for_the_session(
    web: AccountWeb, binh: Person, browser: FlaskClient
) -> None:
    sign_in(browser)
    take(browser)
    get(browser, "/clerk/c1")
    with recorded_sql(web.bench) as statements:
        assert get(browser, "/clerk/c1").status_code == 200
        assert get(browser, "/api/v1/board").status_code == 200
    assert [text for text in statements if "PRAGMA" not in text] == []


Ending = Callable[[AccountWeb, Person], object]
_ENDINGS: Mapping[str, Ending] = {
    "signed out elsewhere": lambda web, person: web.bench.access.sessions.end_all(person),
    "deactivated": lambda web, person: web.bench.access.people.deactivate("quan-tri-mau", person.id),
    "other roles": lambda web, person: web.bench.access.people.change(
        "quan-tri-mau", person.id, name=person.name, language="vi", roles=[Role.MANAGER]
    ),
    "browser removed": lambda web, person: web.bench.access.devices.remove("quan-tri-mau", "b-1"),
}


@pytest.mark.parametrize("ending", _ENDINGS.values(), ids=_ENDINGS.keys())
def test_the_end_of_a_session_ends_its_streams_and_no_others(
    web: AccountWeb, binh: Person, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch, ending: Ending
) -> None:
    assert live.CHECK_INTERVAL_S < 5
    monkeypatch.setattr(live, "CHECK_INTERVAL_S", 0.01)
    web.bench.access.people.set_pin(binh.id, binh.id, PIN)
    details = DeviceDetails("Máy quầy 1", "Quầy 1", ())
    web.bench.access.devices.enrol("quan-tri-mau", NewDevice("b-1", DeviceKind.BROWSER, details, "secret", None, BOX))
    browser.set_cookie("luot_device", "secret", domain=BOX)
    assert sign_in(browser, password="", pin=PIN).status_code == 303
    other = web.browser(web.bench.person("Lê Thị Chi", Role.MANAGER))
    streams = [iter(_open_stream(reader)) for reader in (browser, other)]
    assert [next(stream)[:14] for stream in streams] == [b"event: version"] * 2
    ending(web, binh)
    assert list(streams[0])[-1] == b"event: ended\ndata: \n\n"
    assert get(browser, "/version").status_code == 401
    web.app.extensions["luot"].live_version.increment()
    assert next(streams[1])[:14] == b"event: version"


def _open_stream(reader: FlaskClient) -> Iterable[bytes]:
    answer = reader.get("/live", base_url=HOST, environ_overrides={START_STREAM_KEY: lambda: None})
    assert answer.status_code == 200
    return answer.response  # type: ignore[return-value]


def test_the_sign_in_page_leads_to_the_enrolment_of_the_browser(
    web: AccountWeb, binh: Person, browser: FlaskClient, tmp_path: Path
) -> None:
    """Not over plain HTTP, where anybody on the network could read the browser's token."""
    link = 'href="/this-browser"'
    assert link not in get(browser, "/").text, "without an enrolment there is nothing to link to"
    with enrolment_bench(tmp_path) as devices:
        web.app.extensions["luot"] = replace(web.app.extensions["luot"], enrolment=devices.enrolment)
        assert link in get(browser, "/").text
        for base, is_shown in (("https://10.0.0.2:8470", True), ("http://10.0.0.2:8470", False)):
            with web.app.test_request_context("/", base_url=base):
                assert _may_enrol() is is_shown
