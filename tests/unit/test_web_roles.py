"""Every role at every endpoint, page and key of a page."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from access_bench import cheap_hashes
from account_web import HOST, AccountWeb
from core_hall import HOUR, request_id
from device_web import DeviceWeb
from flask.testing import FlaskClient
from werkzeug.routing import BuildError

from config.words import words
from server.access.access_log import AccessLog
from server.access.api_tokens import OFFERED_SCOPES, Scope
from server.access.database import AccessEvent
from server.access.device import DeviceDetails, NewDevice
from server.domain.permissions import PERSONS_ROLES, Role, device_permissions, may, persons_roles_for, scope_permissions
from server.web.shared import phrases
from server.web.shared.callers import current_caller
from server.web.shared.errors import Rejected
from server.web.shared.refused_actions import MOST_A_MINUTE
from server.web.shared.view_permissions import VIEW_PERMISSIONS, OpenTo, ViewRule, check_every_view_has_a_rule
from server.wire.messages import DeviceKind

IDS = {
    "id": "c1", "counter": "c1", "action": "next", "help_id": "h-1", "service": "HT", "date": "2026-11-23",
    "station": "kiosk-1", "kind": "test", "ticket": "t-1", "filename": "staff/staff.css",
}  # fmt: skip
BOX_TOKEN = "token-of-the-box"


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountWeb]:
    cheap_hashes(monkeypatch)
    web = AccountWeb(tmp_path)
    web.bench.person("Quản Trị Mẫu", Role.ADMINISTRATOR)
    yield web
    web.close()


def views(web: AccountWeb) -> list[tuple[str, str, str]]:
    """Return (name, method, path) of every view that needs a permission."""
    listed = []
    adapter = web.app.url_map.bind("127.0.0.1")
    for rule in web.app.url_map.iter_rules():
        if isinstance(VIEW_PERMISSIONS[rule.endpoint], OpenTo):
            continue
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        values = {name: IDS.get(name, "x-1") for name in rule.arguments}
        try:
            listed.append((rule.endpoint, method, adapter.build(rule.endpoint, values, method=method)))
        except BuildError as error:
            raise AssertionError(rule) from error
    return listed


def permissions_of(rule: ViewRule) -> frozenset[Any]:
    return rule if isinstance(rule, frozenset) else frozenset({rule})


def send(client: FlaskClient, method: str, path: str, **headers: str) -> Any:
    body: dict[str, object] | None = {} if path.startswith("/api/") and method == "POST" else None
    return client.open(path, method=method, base_url=HOST, headers=headers, json=body)


@pytest.mark.parametrize("role", PERSONS_ROLES)
def test_a_person_may_use_the_views_of_the_role_and_is_refused_all_others(web: AccountWeb, role: Role) -> None:
    person = web.bench.person("Người Thử", role)
    browser = web.browser(person)
    for view, method, path in views(web):
        needed = permissions_of(VIEW_PERMISSIONS[view])
        answer = send(browser, method, path)
        if not any(may(role, action) for action in needed):
            assert answer.status_code == 403, (role, view)
            named = persons_roles_for(min(needed))
            sentence = phrases.alternatives(phrases.ROLES, [name.value for name in named], words("vi"))
            text = answer.get_data(as_text=True)
            assert sentence in text, (role, view, sentence)
        elif method == "GET":
            assert answer.status_code != 403, (role, view)
        if web.bench.access.sessions.of_person(person.id) == []:
            browser = web.browser(person)  # the view ended the session


@pytest.mark.parametrize("view_of", ["page", "api"])
def test_nobody_uses_a_view_without_credentials(web: AccountWeb, view_of: str) -> None:
    for view, method, path in views(web):
        if view.startswith("api.") is (view_of == "api"):
            answer = send(web.app.test_client(), method, path)
            expected = (401,) if method == "POST" or view_of == "api" else (302, 401)
            assert answer.status_code in expected, view
            assert answer.status_code == 401 or answer.location.startswith("/?next="), view


@pytest.mark.parametrize("kind", DeviceKind)
def test_a_device_calls_what_its_kind_does_and_no_page(web: AccountWeb, kind: DeviceKind) -> None:
    counters = ("c1",) if kind in (DeviceKind.COUNTER, DeviceKind.NODE) else ()
    device = NewDevice("d-1", kind, DeviceDetails("Máy thử", "Sảnh", counters), "secret", None, "192.168.1.30")
    web.bench.access.devices.enrol("quan-tri-mau", device)
    allowed = device_permissions(kind.value)
    for view, method, path in views(web):
        answer = send(web.app.test_client(), method, path, Authorization="Bearer secret")
        is_allowed = bool(permissions_of(VIEW_PERMISSIONS[view]) & allowed)
        assert (answer.status_code == 403) is not is_allowed, (kind, view, answer.status_code)


@pytest.mark.parametrize("scope", OFFERED_SCOPES)
def test_a_program_calls_what_its_scope_opens_and_no_page(web: AccountWeb, scope: Scope) -> None:
    ends_ms = web.bench.now_ms + 24 * HOUR
    _, secret = web.bench.access.api_tokens.create("quan-tri-mau", "Chương trình thử", {scope}, ends_ms)
    allowed = scope_permissions([scope.value])
    for view, method, path in views(web):
        answer = send(web.app.test_client(), method, path, Authorization=f"Bearer {secret}")
        if not permissions_of(VIEW_PERMISSIONS[view]) & allowed:
            assert answer.status_code == 403, (scope, view)


def test_a_token_beside_a_persons_cookie_decides_alone(web: AccountWeb) -> None:
    """One of the two proves the caller, and everywhere the same one."""
    person = web.bench.person("Nguyễn Văn Mẫu", Role.ADMINISTRATOR)
    browser = web.browser(person)
    ends_ms = web.bench.now_ms + 24 * HOUR
    _, secret = web.bench.access.api_tokens.create("x", "Chương trình thử", [Scope.READ_BOARD], ends_ms)
    both = {"Authorization": f"Bearer {secret}"}
    assert send(browser, "GET", "/admin/people").status_code == 200
    for path in ("/", "/account", "/admin/people", "/api/v1/health"):
        alone = send(web.app.test_client(), "GET", path, **both)
        with_cookie = send(browser, "GET", path, **both)
        assert (with_cookie.status_code, with_cookie.data) == (alone.status_code, alone.data), path
        wrong = send(browser, "GET", path, Authorization="Bearer luot_pat_wrong")
        assert person.name not in wrong.get_data(as_text=True), path
    assert send(browser, "POST", "/account/sign-out", **both).status_code >= 400
    assert send(browser, "GET", "/account").status_code == 200, "the session was not ended by the other caller"


def issue(client: FlaskClient, station: str, token: str, address: str = "127.0.0.1") -> Any:
    body = {"request_id": request_id(), "service": "HT", "class": "ordinary", "station": station}
    return client.post(
        "/api/v1/tickets", json=body, base_url=HOST, headers={"Authorization": f"Bearer {token}"},
        environ_overrides={"REMOTE_ADDR": address},
    )  # fmt: skip


def test_a_device_acts_as_itself_only_and_the_box_as_no_enrolled_device(web: AccountWeb) -> None:
    details = DeviceDetails("Ki-ốt 2", "Cửa phụ", ())
    web.bench.access.devices.enrol("quan-tri-mau", NewDevice("kiosk-2", DeviceKind.KIOSK, details, "secret", None, ""))
    client = web.with_box_token(BOX_TOKEN).test_client()
    assert issue(client, "kiosk-2", "secret").status_code == 201
    assert issue(client, "kiosk-1", "secret").status_code == 403
    assert issue(client, "kiosk-1", BOX_TOKEN).status_code == 201
    assert issue(client, "kiosk-2", BOX_TOKEN).status_code == 403


def test_the_token_of_the_box_is_accepted_over_loopback_only(web: AccountWeb) -> None:
    client = web.with_box_token(BOX_TOKEN).test_client()
    assert issue(client, "kiosk-1", BOX_TOKEN, "127.0.0.1").status_code == 201
    assert issue(client, "kiosk-1", "token-of-another-box").status_code == 401
    headers = {"Authorization": f"Bearer {BOX_TOKEN}"}
    with (
        web.with_box_token(BOX_TOKEN).test_request_context(
            "/api/v1/board", base_url=HOST, headers=headers, environ_overrides={"REMOTE_ADDR": "192.168.1.66"}
        ),
        pytest.raises(Rejected),
    ):
        current_caller()


def test_a_counter_device_acts_at_its_own_counters_only(web: AccountWeb) -> None:
    details = DeviceDetails("Bàn 1", "Quầy 1", ("c1",))
    device = NewDevice("desk-1", DeviceKind.COUNTER, details, "secret", None, "")
    web.bench.access.devices.enrol("quan-tri-mau", device)
    client = web.app.test_client()
    for counter, expected in (("c1", 200), ("c2", 403)):
        body = {"request_id": request_id(), "state": "open", "station": "desk-1"}
        answer = send_json(client, f"/api/v1/counters/{counter}/state", body, "secret")
        assert answer.status_code == expected


def send_json(client: FlaskClient, path: str, body: Mapping[str, object], token: str) -> Any:
    return client.post(path, json=body, base_url=HOST, headers={"Authorization": f"Bearer {token}"})


PERSONS_PAGES = ("/?choose=1", "/manager", "/manager/day", "/staff/health", "/staff/ready", "/account")
ADMIN_PAGES = (
    "/admin/people",
    "/admin/people/{person}",
    "/admin/office",
    "/admin/office/general",
    "/admin/office/services",
    "/admin/office/dates/item/2026-11-24",
    "/admin/office/services/order",
    "/admin/office/dates/national",
    "/admin/office/changes",
    "/admin/devices",
    "/admin/devices/tv-1",
    "/admin/programs",
    "/admin/log",
)


@pytest.mark.parametrize("role", PERSONS_ROLES)
def test_a_page_shows_no_key_that_its_reader_may_not_use(web: AccountWeb, role: Role) -> None:
    browser = web.browser(web.bench.person("Người Thử", role))
    adapter = web.app.url_map.bind("127.0.0.1")
    web.bench.person("Lê Thị Chi", Role.ADMINISTRATOR)
    DeviceWeb(web).add("Tivi", DeviceKind.DISPLAY, device_id="tv-1")
    web.hall.issue("HT")
    for path in (*PERSONS_PAGES, *ADMIN_PAGES):
        answer = browser.get(path.format(person=web.bench.named("le-thi-chi").id), base_url=HOST)
        if answer.status_code == 403:
            continue
        assert answer.status_code == 200, path
        for action in re.findall(r'<form[^>]* method="post" action="([^"]+)"', answer.get_data(as_text=True)):
            view, _ = adapter.match(action.replace("&#39;", "'").split("?")[0], method="POST")
            rule = VIEW_PERMISSIONS[view]
            if not isinstance(rule, OpenTo):
                assert any(may(role, needed) for needed in permissions_of(rule)), (role, path, view)


def test_a_clerk_does_no_managers_work_and_a_lead_clerk_closes_the_day(web: AccountWeb) -> None:
    clerk = web.browser(web.bench.person("Trần Thị Bình", Role.CLERK))
    refused = clerk.post("/manager/day/close", base_url=HOST)
    assert refused.status_code == 403
    assert "Chỉ trưởng ca hoặc người quản lý được làm việc này." in refused.get_data(as_text=True)
    lead = web.browser(web.bench.person("Lê Thị Chi", Role.LEAD_CLERK))
    assert lead.post("/manager/day/close", base_url=HOST).status_code == 303
    assert [fact.actor_role for fact in web.hall.facts() if fact.kind == "day.closed"] == ["lead_clerk"]


def test_refused_actions_are_logged_but_never_without_end(web: AccountWeb) -> None:
    person = web.bench.person("Trần Thị Bình", Role.CLERK)
    browser, log = web.browser(person), AccessLog(web.bench.access.database)
    for _ in range(3 * MOST_A_MINUTE):
        browser.post("/manager/day/close", base_url=HOST)
    rows = [row for row in log.page(rows=200) if row.kind == AccessEvent.ACTION_REFUSED]
    assert len(rows) == MOST_A_MINUTE
    assert (rows[0].actor, rows[0].subject) == (person.id, "manager.close_day")


def test_a_view_without_a_rule_stops_the_start(web: AccountWeb) -> None:
    web.app._got_first_request = False
    web.app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    with pytest.raises(LookupError, match="forgotten"):
        check_every_view_has_a_rule(web.app)
