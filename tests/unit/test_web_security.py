"""Rules of security that hold for every view of the staff's pages and API."""

import re

import pytest
from access_bench import PASSWORD
from account_web import HOST, AccountWeb
from flask.testing import FlaskClient
from sqlalchemy import text

from server.access.database import AccessEvent
from server.access.person import Person
from server.domain.permissions import PERMISSIONS, PERSONS_ROLES, Role
from server.web.shared.view_permissions import VIEW_PERMISSIONS, OpenTo, check_every_view_has_a_rule
from server.web.staff.setup import pages as setup_pages
from server.web.visitors.app import create_visitor_app

TEXT_TYPES = ("text/", "application/javascript")
STREAMS = {"stream.stream"}
"""Views whose response has no end."""


@pytest.fixture
def everybody(web: AccountWeb) -> Person:
    """Return a person with every role."""
    web.bench.person("Nguyễn Văn Quản", Role.ADMINISTRATOR)
    return web.bench.person("Trần Thị Đủ", *PERSONS_ROLES)


@pytest.fixture
def browser(web: AccountWeb, everybody: Person) -> FlaskClient:
    return web.browser(everybody)


def get_paths(web: AccountWeb) -> list[str]:
    """Return a path of each view for GET; parts in angle brackets become ids."""
    paths = [
        re.sub(r"<(?:\w+:)?(\w+)>", lambda part: "c1" if part[1] == "counter" else "x1", rule.rule)
        for rule in web.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in STREAMS
    ]
    assert len(paths) > 20
    return paths


def content_of(web: AccountWeb) -> list[object]:
    """Return every row of the people's database, and the number of facts in the journal."""
    with web.bench.access.database.transaction() as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"))
        rows: list[object] = [
            (table, row)
            for (table,) in tables.all()
            for row in connection.execute(text(f"SELECT * FROM {table}")).all()
            if AccessEvent.ACTION_REFUSED.value not in row  # what a person may not see is logged
        ]
    with web.hall.store.read() as snapshot:
        return [*rows, snapshot.connection.execute(text("SELECT count(*) FROM journal")).scalar_one()]


def test_every_text_names_its_character_set_and_is_never_guessed(web: AccountWeb, browser: FlaskClient) -> None:
    for path in get_paths(web):
        answer = browser.get(path, base_url=HOST)
        content_type = answer.headers.get("Content-Type", "")
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        if answer.data and content_type.startswith(TEXT_TYPES):
            assert "charset=utf-8" in content_type.lower(), (path, content_type)


def test_no_request_by_a_safe_method_changes_anything(web: AccountWeb, browser: FlaskClient) -> None:
    before = content_of(web)
    for path in get_paths(web):
        for method in ("GET", "HEAD", "OPTIONS"):
            browser.open(path, method=method, base_url=HOST)
    assert content_of(web) == before


def test_each_view_accepts_its_own_methods_only(web: AccountWeb, browser: FlaskClient) -> None:
    for path in get_paths(web):
        for method in ("TRACE", "PUT", "DELETE", "PATCH"):
            assert browser.open(path, method=method, base_url=HOST).status_code == 405, (method, path)


def test_a_page_with_a_session_is_not_kept_by_the_browser(web: AccountWeb, browser: FlaskClient) -> None:
    pages = [path for path in get_paths(web) if not path.startswith(("/static", "/api", "/trust", "/version"))]
    for path in pages:
        answer = browser.get(path, base_url=HOST)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            assert "no-store" in answer.headers["Cache-Control"], path


def test_every_page_of_a_person_offers_to_sign_out(web: AccountWeb, browser: FlaskClient) -> None:
    pages = ("/account", "/?choose=1", "/admin/people", "/admin/programs", "/admin/network", "/admin/log")
    for path in (*pages, "/manager", "/manager/day", "/staff/health"):
        answer = browser.get(path, base_url=HOST)
        assert answer.status_code == 200, path
        assert re.search(r'action="[^"]*/sign-out[^"]*"', answer.get_data(as_text=True)), path


def test_passwords_are_masked_and_left_to_password_managers(web: AccountWeb, browser: FlaskClient) -> None:
    page = browser.get("/account", base_url=HOST).get_data(as_text=True)
    fields = re.findall(r"<input[^>]*name=\"(?:old|new|again)\"[^>]*>", page)
    assert len(fields) == 3
    for field in fields:
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(?:current|new)-password"', field)
        assert "onpaste" not in field


def test_a_new_password_needs_the_old_one(web: AccountWeb, everybody: Person, browser: FlaskClient) -> None:
    fields = {"old": "not the old one", "new": "một con vịt xòe hai cánh", "again": "một con vịt xòe hai cánh"}
    assert browser.post("/account/password", data=fields, base_url=HOST).status_code >= 400
    person, _token = web.bench.access.sign_in.with_password(everybody.sign_in_name, PASSWORD, "127.0.0.1", "web-1")
    assert person.id == everybody.id


def test_the_browser_forgets_the_pages_when_its_person_signs_out(browser: FlaskClient) -> None:
    answer = browser.post("/account/sign-out", base_url=HOST)
    assert answer.headers["Clear-Site-Data"] == '"storage"'

    assert "Max-Age=0" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/%2e%2e%2f%2e%2e%2fetc/passwd",
        "/static/staff/..%2f..%2fapp.py",
    ],
)
def test_no_file_outside_the_folder_of_static_files_is_served(browser: FlaskClient, path: str) -> None:
    assert browser.get(path, base_url=HOST).status_code == 404


def test_every_rule_belongs_to_a_view(web: AccountWeb) -> None:
    views = {rule.endpoint for rule in web.app.url_map.iter_rules()}
    views |= {f"setup.{name}" for name in vars(setup_pages)}  # registered while there is no administrator
    assert set(VIEW_PERMISSIONS) <= views


def test_a_view_without_a_rule_stops_the_start(web: AccountWeb) -> None:
    check_every_view_has_a_rule(web.app)
    web.app.add_url_rule("/forgotten", "forgotten.page", lambda: "open to all")
    with pytest.raises(LookupError, match=r"forgotten\.page"):
        check_every_view_has_a_rule(web.app)


@pytest.mark.parametrize("role", PERSONS_ROLES)
def test_a_view_is_refused_to_everybody_whom_its_rule_does_not_name(
    web: AccountWeb, everybody: Person, role: Role
) -> None:
    browser = web.browser(web.bench.person("Lê Văn Một", role))
    refused = 0
    for rule in web.app.url_map.iter_rules():
        needed = VIEW_PERMISSIONS[rule.endpoint]
        wanted = needed if isinstance(needed, frozenset) else frozenset({needed})
        if isinstance(needed, OpenTo) or wanted & PERMISSIONS[role]:
            continue
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        answer = browser.open(re.sub(r"<(?:\w+:)?\w+>", "x1", rule.rule), method=method, base_url=HOST)
        assert answer.status_code == 403, (rule.endpoint, answer.status_code)
        refused += 1
    assert refused > 5


def test_no_other_site_may_read_a_response(web: AccountWeb, browser: FlaskClient) -> None:
    for path in get_paths(web):
        answer = browser.get(path, base_url=HOST, headers={"Origin": "https://other.example"})
        assert not [name for name, _value in answer.headers if name.startswith("Access-Control-")], path
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", path


def test_no_address_is_sent_to_other_sites(web: AccountWeb, browser: FlaskClient) -> None:
    visitors = create_visitor_app(web.app.extensions["luot"], requests_per_s=40)
    answers = [browser.get(path, base_url=HOST) for path in get_paths(web)]
    answers.append(visitors.test_client().get("/v/AAAAAAAAAAAAAAAAAAAAAA", base_url=HOST))
    assert {answer.headers["Referrer-Policy"] for answer in answers} == {"same-origin"}


def test_over_https_a_session_is_in_a_secure_cookie_of_this_host_only(web: AccountWeb, everybody: Person) -> None:
    token = web.bench.access.sessions.open(everybody, "password", "web-1", "192.168.1.21")
    browser, https = web.app.test_client(), "https://127.0.0.1"
    browser.set_cookie("luot_session", token, domain="127.0.0.1")
    assert browser.get("/account", base_url=https).status_code != 200
    browser.set_cookie("__Host-luot_session", token, domain="127.0.0.1", secure=True)
    assert browser.get("/account", base_url=https).status_code == 200
    sent = browser.post("/account/sign-out", base_url=https).headers["Set-Cookie"]
    name, *attributes = sent.split("; ")
    assert name == "__Host-luot_session="
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes)
    assert not [attribute for attribute in attributes if attribute.startswith("Domain")]


def test_over_https_every_cookie_is_secure_and_of_this_host_only(web: AccountWeb, browser: FlaskClient) -> None:
    sent = [
        cookie
        for path in ("/?lang=en", "/account?lang=en", "/admin/people?lang=vi")
        for cookie in browser.get(path, base_url="https://127.0.0.1").headers.getlist("Set-Cookie")
    ]
    assert sent
    for cookie in sent:
        assert cookie.startswith("__Host-"), cookie
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
