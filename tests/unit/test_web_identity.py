"""Secrets and cookies."""

from pathlib import Path

import pytest
from core_hall import Hall, request_id
from core_web import Web
from flask import Flask
from flask.testing import FlaskClient

from server.domain.permissions import Role
from server.web.shared.identity import (
    SignedIn,
    browser_sign_ins,
    configure_session_cookies,
    new_visitor_token,
    pop_note,
    request_language,
    secret_key,
    sign_out,
    store_language,
    store_manager_sign_in,
    store_note,
    store_sign_in,
)


def test_a_link_is_128_random_bits_that_need_no_quoting() -> None:
    links = {new_visitor_token() for _ in range(1000)}
    assert len(links) == 1000
    assert all(len(link) == 22 and link.replace("-", "").replace("_", "").isalnum() for link in links)


def test_the_key_is_created_once_for_this_user_only(tmp_path: Path) -> None:
    key = secret_key(tmp_path / "state")
    assert secret_key(tmp_path / "state") == key
    assert (tmp_path / "state" / "cookie.key").stat().st_mode & 0o777 == 0o600


def test_a_truncated_key_is_created_anew(tmp_path: Path) -> None:
    (tmp_path / "cookie.key").write_bytes(b"torn")
    assert len(secret_key(tmp_path)) == 32


@pytest.fixture
def app() -> Flask:
    app = Flask("x")
    configure_session_cookies(app, b"k" * 32)
    return app


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """Return a browser that signs in and out by address."""

    @app.get("/in/<counter>/<clerk>")
    def at_counter(counter: str, clerk: str) -> str:
        store_language("en")
        store_sign_in(counter, clerk)
        return ""

    @app.get("/in/<manager>")
    def as_manager(manager: str) -> str:
        store_manager_sign_in(manager)
        return ""

    @app.get("/out/<sign_in_id>")
    def leave(sign_in_id: str) -> str:
        sign_in = browser_sign_ins().find(sign_in_id)
        assert sign_in is not None
        sign_out(sign_in)
        return ""

    @app.get("/who")
    def who() -> dict[str, object]:
        sign_ins = browser_sign_ins()
        latest = None if sign_ins.latest is None else sign_ins.latest.id
        return {
            "language": sign_ins.language,
            "desks": sign_ins.counters,
            "manager": sign_ins.manager,
            "latest": latest,
        }

    return app.test_client()


def test_a_browser_keeps_a_sign_in_for_each_counter_and_ends_each_by_itself(browser: FlaskClient) -> None:
    nobody: dict[str, object] = {"language": "vi", "desks": {}, "manager": None, "latest": None}
    assert browser.get("/who").get_json() == nobody
    cookie = browser.get("/in/c5/g").headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "luot="))
    browser.get("/in/c6/h")
    browser.get("/in/ql")
    all_three = {"desks": {"c5": "g", "c6": "h"}, "manager": "ql", "latest": "manager:ql"}
    assert browser.get("/who").get_json() == {"language": "en"} | all_three
    browser.get("/out/c6:h")
    assert browser.get("/who").get_json() == {"language": "en"} | all_three | {"desks": {"c5": "g"}}
    browser.get("/out/manager:ql")
    assert browser.get("/who").get_json() == {
        "language": "en", "desks": {"c5": "g"}, "manager": None, "latest": "c5:g",
    }  # fmt: skip
    browser.get("/out/c5:g")
    assert browser.get("/who").get_json() == nobody | {"language": "en"}


def test_a_new_clerk_at_a_counter_ends_the_sign_in_of_the_one_before(app: Flask) -> None:
    with app.test_request_context("/"):
        store_sign_in("c5", "g")
        assert browser_sign_ins().find("c5:g") == SignedIn(Role.CLERK, "c5", "g")
        store_sign_in("c5", "h")
        assert browser_sign_ins().find("c5:g") is None


def test_only_the_newest_sign_ins_are_kept_because_a_cookie_is_small(app: Flask) -> None:
    with app.test_request_context("/"):
        for n in range(20):
            store_sign_in(f"c{n}", None)
        assert list(browser_sign_ins().counters) == [f"c{n}" for n in range(8, 20)]


def test_a_sentence_for_one_page_is_not_taken_by_another(app: Flask) -> None:
    with app.test_request_context("/"):
        store_note("c5", "Đã cấp số A001.")
        assert pop_note("c6") is None
        assert pop_note("c5") == "Đã cấp số A001."
        assert pop_note("c5") is None


def test_two_browsers_are_two_stations(app: Flask) -> None:
    with app.test_request_context("/"):
        station = browser_sign_ins().station
        assert browser_sign_ins().station == station
    with app.test_request_context("/"):
        assert browser_sign_ins().station != station


def test_a_cookie_that_somebody_wrote_himself_is_worth_nothing(app: Flask, browser: FlaskClient) -> None:
    forger = Flask("y")
    configure_session_cookies(forger, b"x" * 32)

    @forger.get("/in")
    def sign_in() -> str:
        store_manager_sign_in("ql")
        return ""

    cookie = forger.test_client().get("/in").headers["Set-Cookie"].partition(";")[0]
    assert app.test_client().get("/who", headers={"Cookie": cookie}).get_json()["manager"] is None


@pytest.mark.parametrize(
    ("address", "header", "expected"),
    [
        ("/", "", "vi"),
        ("/", "en-US,en;q=0.8", "en"),
        ("/", "fr", "vi"),
        ("/?lang=en", "vi", "en"),
        ("/?lang=xx", "en", "en"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browsers(app: Flask, address: str, header: str, expected: str) -> None:
    with app.test_request_context(address, headers={"Accept-Language": header}):
        assert request_language() == expected


def test_the_api_knows_a_signed_in_browser_by_its_cookie_and_believes_nobody_else(hall: Hall) -> None:
    web, ticket = Web(hall), hall.issue()

    def make_priority() -> int:
        body = {"request_id": request_id(), "move": "reclassify", "class": "priority", "reason": "elder"}
        to = f"/api/v1/tickets/{ticket.id}/moves"
        answer = web.browser.post(to, json=body | {"station": "page-c1"}, base_url="http://127.0.0.1")
        assert "Set-Cookie" not in answer.headers
        return answer.status_code

    assert make_priority() == 403
    web.sign_in("c1")
    assert make_priority() == 200
    assert hall.facts()[-1].actor_id == "an"
