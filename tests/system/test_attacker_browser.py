"""Attack from other sites' pages, the visitors' port, and sessions that have ended."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext
from urllib3 import HTTPHeaderDict

from support.guarded_hall import HOSTS, PASSWORD, VISITOR_PORT, Client, GuardedHall, guarded_hall
from support.server_process import end
from support.waiting import until

SITE_PORT = 8000
HOUR_MS = 3_600_000
COOKIE = "__Host-luot_session"
EVIL_PAGE = """<!doctype html><title>evil</title>
<form id=f method=post action="{staff}/clerk/c1/do/open" target=frame><input name=request_id value=x></form>
<iframe name=frame src="{staff}/clerk/c1"></iframe>
<img src="{staff}/clerk/c1">
<script>
window.results = [];
const note = (name, promise) => promise.then(r => r.text().then(t => results.push([name, r.type, r.status, t.length])),
                                             e => results.push([name, "error", 0, 0]));
note("read", fetch("{staff}/api/v1/board", {{credentials: "include"}}));
note("post", fetch("{staff}/api/v1/counters/c1/state", {{method: "POST", mode: "no-cors", credentials: "include",
  headers: {{"Content-Type": "text/plain"}}, body: JSON.stringify({{request_id: "x", state: "open"}})}}));
note("page", fetch("{staff}/clerk/c1", {{mode: "no-cors", credentials: "include"}}));
document.getElementById("f").submit();
</script>
"""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedHall]:
    with guarded_hall(tmp_path_factory.mktemp("browser")) as hall:
        yield hall


@pytest.fixture(scope="module")
def evil_site(hall: GuardedHall) -> Iterator[str]:
    folder = hall.folder / "evil"
    folder.mkdir()
    (folder / "index.html").write_text(EVIL_PAGE.format(staff=hall.staff))
    command = [sys.executable, "-m", "http.server", "--bind", HOSTS["attacker"], str(SITE_PORT)]
    server = hall.host("attacker").start(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _listens(hall), "the attacker's site")
        yield f"http://{HOSTS['attacker']}:{SITE_PORT}/"
    finally:
        end(server)


def _listens(hall: GuardedHall) -> bool:
    try:
        hall.host("desk").connect(HOSTS["attacker"], SITE_PORT, 5.0).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def desk(hall: GuardedHall, browser: Browser) -> Browser:
    """A clerk's Chromium."""
    return hall.host("desk").chromium(browser)


@contextmanager
def signed_in(hall: GuardedHall, desk: Browser, person: str = "nv-c1") -> Iterator[BrowserContext]:
    context = desk.new_context(ignore_https_errors=True, locale="vi-VN")
    context.add_cookies(
        [
            {
                "name": COOKIE,
                "value": hall.sessions[person],
                "url": hall.staff,
                "secure": True,
                "httpOnly": True,
                "sameSite": "Strict",
            }
        ]
    )
    try:
        yield context
    finally:
        context.close()


def test_a_page_of_another_site_reads_and_changes_nothing_with_a_clerks_cookie(
    hall: GuardedHall, desk: Browser, evil_site: str
) -> None:
    """Use a cookie from another site's page."""
    before = hall.dump()
    with signed_in(hall, desk) as context:
        page = context.new_page()
        assert page.goto(f"{hall.staff}/clerk/c1").status == 200  # type: ignore[union-attr]
        page.goto(evil_site)
        page.wait_for_function("results.length == 3")
        results = {name: (kind, size) for name, kind, _, size in page.evaluate("results")}
        assert results["read"] == ("error", 0)
        assert results["page"][1] == 0 and results["post"][1] == 0  # opaque, or refused
        frame = page.frame("frame")
        assert frame is not None
        until(lambda: "clerk" not in frame.url or not frame.query_selector("form"), "the frame to stay empty")
    assert hall.dump() == before


def test_the_visitors_port_sets_no_cookie_and_its_cookies_open_nothing(hall: GuardedHall, desk: Browser) -> None:
    """Use a cookie from the visitors' port.

    Cookies do not distinguish ports, so the prefix must."""
    context = desk.new_context(ignore_https_errors=True)
    try:
        page = context.new_page()
        page.goto(f"http://{HOSTS['box']}:{VISITOR_PORT}/")
        assert context.cookies() == []
        token = hall.sessions["lanh-dao"]
        for name in ("luot_session", COOKIE):
            page.evaluate(f"document.cookie = '{name}={token}; path=/'")
        assert [cookie["name"] for cookie in context.cookies()] == ["luot_session"]
        page.goto(f"{hall.staff}/manager")
        assert page.locator("input[name=password]").count() == 1
    finally:
        context.close()


def test_a_session_in_a_cookie_without_the_prefix_is_none(hall: GuardedHall) -> None:
    """Use a cookie that a page of the visitors' port could have set."""
    for cookie in (f"luot_session={hall.sessions['lanh-dao']}", f"__Secure-luot_session={hall.sessions['lanh-dao']}"):
        reply = hall.client("desk", Cookie=cookie).get("/manager")
        assert reply.status in (302, 303, 401), cookie


def test_the_sessions_cookie_is_read_by_no_script_and_sent_to_this_site_only(hall: GuardedHall) -> None:
    headers = hall.password_sign_in("lanh-dao").headers
    assert isinstance(headers, HTTPHeaderDict)
    session = next(line for line in headers.getlist("Set-Cookie") if line.startswith(COOKIE))
    attributes = {part.strip().lower() for part in session.split(";")[1:]}
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= attributes
    assert not any(attribute.startswith("domain") for attribute in attributes)


# --- sessions that have ended --------------------------------------------------------------------------------


def opens(client: Client, path: str = "/manager") -> bool:
    reply = client.get(path)
    assert reply.status in (200, 302, 303, 401), reply.status
    return reply.status == 200


def test_a_session_is_over_after_twelve_idle_hours(hall: GuardedHall) -> None:
    """Keep a session after its end: idle."""
    client = hall.new_session("lanh-dao")
    hall.advance(11 * HOUR_MS)
    assert opens(client)
    hall.advance(11 * HOUR_MS)
    assert opens(client)  # each use counts anew
    hall.advance(12 * HOUR_MS)
    assert not opens(client)
    hall.advance(-12 * HOUR_MS)


@pytest.mark.parametrize("way", ["/account/sign-out", "/account/sign-out-of-counters"])
def test_a_session_is_over_after_signing_out(hall: GuardedHall, way: str) -> None:
    """Keep a session after its end: a copy of the cookie outlives the browser's."""
    client, other = hall.new_session("lanh-dao"), hall.new_session("lanh-dao")
    assert opens(client) and opens(other)
    assert client.ask("POST", way, form={}).status in (302, 303)
    assert not opens(client) and opens(other)


def test_sessions_are_over_everywhere_when_the_person_says_so(hall: GuardedHall) -> None:
    """Keep a session after its end: on a machine that somebody forgot."""
    client, forgotten = hall.new_session("lanh-dao"), hall.new_session("lanh-dao")
    client.ask("POST", "/account/sign-out-everywhere", form={})
    assert not opens(client) and not opens(forgotten)


def test_sessions_are_over_when_the_password_changes(hall: GuardedHall) -> None:
    """Keep a session after its end: the thief's, when the owner changes the password."""
    client, stolen = hall.new_session("nv-c2"), hall.new_session("nv-c2")
    new = "mua roi tren mai ngoi"
    reply = client.ask("POST", "/account/password", form={"old": PASSWORD, "new": new, "again": new})
    assert reply.status in (200, 303), reply.status
    assert not opens(stolen, "/account") and not opens(client, "/account")
    assert hall.password_sign_in("nv-c2").status == 403
    assert hall.password_sign_in("nv-c2", new).status == 303


def test_sessions_are_over_when_an_administrator_ends_the_account(hall: GuardedHall) -> None:
    """Keep a session after its end: somebody who has left the office."""
    stale = hall.new_session("nv-c1")
    assert opens(stale, "/account")
    administrator = hall.new_session("quan-tri")
    assert administrator.ask("POST", "/admin/people/nv-c1/deactivate", form={"proof": PASSWORD}).status == 303
    assert not opens(stale, "/account")
    assert hall.password_sign_in("nv-c1").status == 403


def test_a_sign_in_leads_to_no_other_site(hall: GuardedHall) -> None:
    """Use the sign-in to lead somebody elsewhere."""
    client = hall.client("desk", Origin=hall.staff)
    for target in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
    ):
        form = {"name": hall.sign_in_names["lanh-dao"], "password": PASSWORD, "next": target}
        reply = client.ask("POST", "/account/sign-in", form=form)
        assert reply.status == 303 and urlsplit(reply.headers["Location"]).netloc == "", target
        assert reply.headers["Location"].startswith("/") and "evil" not in reply.headers["Location"], target


def test_a_page_of_another_site_signs_nobody_in(hall: GuardedHall) -> None:
    """Sign a clerk in as somebody else, from another site's page."""
    client = hall.client("desk", Origin="http://10.77.0.66:8000", Sec_Fetch_Site="cross-site")
    assert (
        client.ask(
            "POST", "/account/sign-in", form={"name": hall.sign_in_names["lanh-dao"], "password": PASSWORD}
        ).status
        == 403
    )
