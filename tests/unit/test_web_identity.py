"""Secrets and cookies."""

from pathlib import Path

import pytest
from flask import Flask

from server.domain.ticket import Role
from server.web.identity import forget, keep_cookies, language, new_link, remember, secret_key, staff


def test_a_link_is_128_random_bits_that_need_no_quoting() -> None:
    links = {new_link() for _ in range(1000)}
    assert len(links) == 1000
    assert all(len(link) == 22 and link.replace("-", "").replace("_", "").isalnum() for link in links)


def test_the_key_is_made_once_for_this_user_only(tmp_path: Path) -> None:
    key = secret_key(tmp_path / "state")
    assert secret_key(tmp_path / "state") == key
    assert (tmp_path / "state" / "cookie.key").stat().st_mode & 0o777 == 0o600


def test_a_torn_key_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "cookie.key").write_bytes(b"torn")
    assert len(secret_key(tmp_path)) == 32


@pytest.fixture
def app() -> Flask:
    app = Flask("x")
    keep_cookies(app, b"k" * 32)
    return app


def test_a_browser_is_remembered_and_forgotten_but_for_its_language(app: Flask) -> None:
    @app.get("/in")
    def sign_in() -> str:
        remember(language="en", role=Role.CLERK, counter="c1", clerk="nv-c1")
        return ""

    @app.get("/out")
    def sign_out() -> str:
        forget()
        return ""

    @app.get("/who")
    def who() -> list[str | None]:
        here = staff()
        return [here.language, here.role, here.counter, here.clerk, here.station]

    browser = app.test_client()
    nobody = browser.get("/who").get_json()
    assert nobody[:4] == ["vi", None, None, None]
    cookie = browser.get("/in").headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "luot="))
    assert browser.get("/who").get_json() == ["en", "clerk", "c1", "nv-c1", nobody[4]]
    browser.get("/out")
    assert browser.get("/who").get_json()[:4] == ["en", None, None, None]
    assert app.test_client().get("/who").get_json()[4] != nobody[4]


def test_a_cookie_that_somebody_wrote_himself_is_worth_nothing(app: Flask) -> None:
    forger = Flask("y")
    keep_cookies(forger, b"x" * 32)

    @forger.get("/in")
    def sign_in() -> str:
        remember(role=Role.MANAGER)
        return ""

    @app.get("/who")
    def who() -> list[str | None]:
        return [staff().role]

    cookie = forger.test_client().get("/in").headers["Set-Cookie"].partition(";")[0]
    assert app.test_client().get("/who", headers={"Cookie": cookie}).get_json() == [None]


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
        assert language() == expected
