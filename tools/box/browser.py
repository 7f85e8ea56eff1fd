"""A small browser, which sends the forms of the pages that it shows."""

import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from socket import socket
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import uuid4

from tools.box.container import BrokenPromise

Connect = Callable[[tuple[str, int]], socket]
MAX_REDIRECTS = 5
SHOWN_CHARACTERS = 1500
"""How much of a page's text a broken promise shows."""


@dataclass(slots=True)
class Form:
    """A form of a page, with the values that its fields have before anybody types."""

    action: str
    encoding: str
    fields: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """A received page."""

    path: str
    status: int
    text: str
    content: bytes
    links: Sequence[str]
    forms: Mapping[str, Form]


class Browser:
    """Keeps the cookies of one server, ``base``. ``connect`` makes its connections; ``trust``: for HTTPS."""

    def __init__(self, base: str, connect: Connect, trust: ssl.SSLContext | None = None) -> None:
        self._base, self._connect, self._trust = base, connect, trust
        self._cookies: dict[str, str] = {}
        self.page = Page("", 0, "", b"", (), {})

    def open(self, path: str) -> Page:
        """Open a page. Raises ``OSError`` without a server."""
        return self._request("GET", path)

    def send(self, action: str, **typed: str) -> Page:
        """Send the form of the shown page that leads to ``action``, with the typed fields.

        Raises :class:`BrokenPromise` when the page has no such form, and for an answer that is a refusal.
        """
        form = self.page.forms.get(action)
        if form is None:
            raise BrokenPromise(
                f"{self.page.path} has no form {action}, only {list(self.page.forms)}:\n{self._shown()}"
            )
        fields = [(name, value) for name, value in form.fields if name not in typed] + list(typed.items())
        kind, body = _encoded(form.encoding, fields)
        page = self._request("POST", action, body, {"Content-Type": kind, "Origin": self._base})
        if page.status >= 400:
            raise BrokenPromise(f"{action} was refused with {page.status}:\n{self._shown()}")
        return page

    def _request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Page:
        """Send a request and follow its redirects."""
        for _ in range(MAX_REDIRECTS):
            status, location, content = self._exchange(method, path, body, headers or {})
            if location is None:
                self.page = _page(path, status, content)
                return self.page
            target = urlsplit(urljoin(self._base + path, location))
            path = target.path + (f"?{target.query}" if target.query else "")
            method, body, headers = "GET", None, {}
        raise BrokenPromise(f"{path}: redirected without end")

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, str | None, bytes]:
        """Return status, redirect and content of one answer, and keep its cookies."""
        address = urlsplit(self._base)
        assert address.hostname is not None
        assert address.port is not None
        connection = HTTPConnection(address.hostname, address.port)
        plain = self._connect((address.hostname, address.port))
        try:
            secure = self._trust if address.scheme == "https" else None
            connection.sock = secure.wrap_socket(plain, server_hostname=address.hostname) if secure else plain
            cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            connection.request(method, path, body, {"Accept": "text/html", "Cookie": cookies, **headers})
            response = connection.getresponse()
            self._keep_cookies(response.headers.get_all("Set-Cookie", []))
            return response.status, response.headers.get("Location"), response.read()
        finally:
            connection.close()
            plain.close()

    def _keep_cookies(self, headers: Iterable[str]) -> None:
        for header in headers:
            for name, morsel in SimpleCookie(header).items():
                self._cookies[name] = morsel.value

    def _shown(self) -> str:
        return self.page.text[:SHOWN_CHARACTERS]


class _Reader(HTMLParser):
    """Collects text, links and forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.links: list[str] = []
        self.forms: dict[str, Form] = {}
        self._form: Form | None = None
        self._select: str | None = None
        self._unvalued: Form | None = None  # the form whose last field has its option's text as its value

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect a link, a form or a field."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(attributes.get("href", ""))
        elif tag == "form":
            self._form = Form(attributes.get("action", ""), attributes.get("enctype", ""))
            self.forms.setdefault(self._form.action, self._form)
        elif tag == "input":
            self._read_input(attributes)
        elif tag == "select":
            self._select = attributes.get("name", "")
        elif tag == "option" and self._form is not None and self._select is not None:
            self._read_option(self._select, attributes, self._form)

    def handle_endtag(self, tag: str) -> None:
        """End a form or a choice."""
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        """Collect text."""
        if data.strip():
            self.text.append(data.strip())
        if self._unvalued is not None and self._unvalued.fields:
            name, _ = self._unvalued.fields.pop()
            self._unvalued.fields.append((name, data.strip()))
        self._unvalued = None

    def _read_input(self, attributes: Mapping[str, str]) -> None:
        is_chosen = attributes.get("type") not in ("radio", "checkbox", "file") or "checked" in attributes
        if self._form is not None and is_chosen and attributes.get("name"):
            self._form.fields.append((attributes["name"], attributes.get("value", "")))

    def _read_option(self, name: str, attributes: Mapping[str, str], form: Form) -> None:
        """Use the first option, or the selected one."""
        known = [field_name for field_name, _ in form.fields]
        if name in known and "selected" in attributes:
            form.fields.pop(known.index(name))
        if name not in known or "selected" in attributes:
            form.fields.append((name, attributes.get("value", "")))
            self._unvalued = None if "value" in attributes else form


def _page(path: str, status: int, content: bytes) -> Page:
    reader = _Reader()
    reader.feed(content.decode("utf-8", "replace"))
    reader.close()
    return Page(path, status, "\n".join(reader.text), content, reader.links, reader.forms)


def _encoded(encoding: str, fields: Sequence[tuple[str, str]]) -> tuple[str, bytes]:
    """Return the content type and the body of a form."""
    if encoding != "multipart/form-data":
        return "application/x-www-form-urlencoded", urlencode(fields).encode()
    boundary = uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    ]
    return f"multipart/form-data; boundary={boundary}", "".join([*parts, f"--{boundary}--\r\n"]).encode()
