"""The browser of ``make site`` sends what the forms of a page hold."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest

from tools.box.browser import Browser
from tools.box.container import BrokenPromise

PAGE = """<a href="/more">More</a><form method="post" action="/save"><input type="hidden" name="as" value="7">
<input name="name" value="old"><input type="radio" name="kind" value="a">
<input type="radio" name="kind" value="b" checked>
<input type="checkbox" name="off" value="1"><select name="counter"><option value="c1">1</option>
<option value="c2" selected>2</option></select>
<select name="kiosk"><option>kiosk-1</option></select></form>
<form method="post" action="/refused"></form>"""
FORM = {"as": ["7"], "kind": ["b"], "counter": ["c2"], "kiosk": ["kiosk-1"], "name": ["Bình"]}


class Pages(BaseHTTPRequestHandler):
    """Shows ``PAGE``, and answers a form with its fields and the cookie."""

    def do_GET(self) -> None:
        if self.path == "/":
            self._answer(302, "", {"Location": "/first", "Set-Cookie": "__Host-luot_session=s3; Secure; HttpOnly"})
        else:
            self._answer(200, PAGE)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(403 if self.path == "/refused" else 200, f"{self.headers['Cookie']} {body}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Log nothing."""

    def _answer(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def browser() -> Iterator[Browser]:
    server = HTTPServer(("127.0.0.1", 0), Pages)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield Browser(f"http://127.0.0.1:{server.server_port}", lambda address: socket.create_connection(address, 10))
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_form_is_sent_with_its_own_values_the_typed_ones_and_the_session(browser: Browser) -> None:
    page = browser.open("/")
    assert page.path == "/first"
    assert page.links == ["/more"]
    cookie, _, body = browser.send("/save", name="Bình").content.decode().partition(" ")
    assert cookie == "__Host-luot_session=s3"
    assert parse_qs(body) == FORM


def test_a_form_that_the_page_does_not_have_is_not_sent(browser: Browser) -> None:
    browser.open("/")
    with pytest.raises(BrokenPromise, match="no form /elsewhere"):
        browser.send("/elsewhere")


def test_a_refused_form_breaks_the_promise(browser: Browser) -> None:
    browser.open("/")
    with pytest.raises(BrokenPromise, match="refused with 403"):
        browser.send("/refused")
