"""A demonstration's clerk at the browser: opens the pages of the staff and sends the forms that stand on them.

It keeps the cookie that signing in brings, and fills in only what a person would choose; everything else is sent
as the page has it. A form that is not on the page cannot be sent, as for a person.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http import HTTPStatus
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError

from config.words import words

ANSWER_S = 3.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TICKED = ("radio", "checkbox")


class PageError(Exception):
    """A page did not answer, refused a form, or has no such form now."""


@dataclass(frozen=True, slots=True)
class OnPage:
    """How a thing is done on the page: what to open for its form, and what is chosen there."""

    opens: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)


def _on_page() -> Mapping[str, OnPage]:
    w = words("vi")  # reasons are kept as staff write them
    return {
        "pause": OnPage({"panel": "pause"}, {"reason": w("pause", "Nghỉ giải lao")}),
        "hold": OnPage({"panel": "hold"}, {"reason": w("clerk", "Đi sao chụp giấy tờ")}),
        "transfer": OnPage({"panel": "transfer"}),
        "resume": OnPage({"panel": "ticket", "ticket": ""}),
    }


ON_PAGE = _on_page()
"""What needs more than one press; an empty ``ticket`` stands for the one that the clerk means."""
ONE_PRESS = OnPage()


@dataclass(slots=True)
class Form:
    """A form as the page has it; ``action`` is where it goes. A choice that nobody made yet has no field."""

    action: str
    id: str | None
    fields: dict[str, str] = field(default_factory=dict)


class Browser:
    """The browser at one counter, for one thread. ``staff`` is the address of the staff's pages."""

    def __init__(self, staff: str, counter: str) -> None:
        self._staff, self._counter = staff.rstrip("/"), counter
        self._pool = urllib3.PoolManager(retries=False, timeout=ANSWER_S)
        self._cookie = ""

    def do(self, what: str, *, state: str, ticket: str | None = None, chosen: Mapping[str, str]) -> None:
        """Do ``what``, by its name on the pad or in the table of moves, at a counter in this ``state``.

        As with the pad, "next" opens the counter and "pause" ends a pause too. Raises :class:`PageError`.
        """
        if what == "next" and state != "open":
            self._press("open", ONE_PRESS, None, {})
        action = "open" if what == "pause" and state == "paused" else what
        self._press(action, ON_PAGE.get(action, ONE_PRESS), ticket, chosen)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _press(self, action: str, way: OnPage, ticket: str | None, chosen: Mapping[str, str]) -> None:
        query = {name: value or ticket or "" for name, value in way.opens.items()}
        self._send(self._form(f"/do/{action}", query), {**way.chosen, **chosen})

    def _form(self, ending: str, query: Mapping[str, str]) -> Form:
        page = f"/clerk/{self._counter}" + (f"?{urlencode(query)}" if query else "")
        status, body = self._ask("GET", page)
        if status != HTTPStatus.OK:  # nobody is signed in here
            self._sign_in()
            status, body = self._ask("GET", page)
        return _found(body, ending, page)

    def _sign_in(self) -> None:
        _, body = self._ask("GET", "/?choose=1")
        self._send(_found(body, "/sign-in", "the sign-in page"), {"counter": self._counter})

    def _send(self, form: Form, chosen: Mapping[str, str]) -> None:
        status, _ = self._ask("POST", form.action, urlencode(form.fields | dict(chosen)))
        if status != HTTPStatus.SEE_OTHER:
            raise PageError(f"{form.action}: {status}")

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        headers = (FORM if body is not None else {}) | ({"Cookie": self._cookie} if self._cookie else {})
        try:
            got = self._pool.request(method, self._staff + path, body=body, headers=headers, redirect=False)
        except (HTTPError, OSError) as error:
            raise PageError(f"{method} {path}: {error}") from error
        if "Set-Cookie" in got.headers:
            self._cookie = got.headers["Set-Cookie"].partition(";")[0]
        return got.status, got.data.decode("utf-8", "replace")


def _found(page: str, ending: str, name: str) -> Form:
    for form in forms(page):
        if form.action.endswith(ending):
            return form
    raise PageError(f"{name} has no form {ending} now")


def forms(page: str) -> Iterator[Form]:
    """The forms of a page in HTML, with the values that their fields have."""
    reader = _Reader()
    reader.feed(page)
    for owner, name, value in reader.fields:
        owner.fields[name] = value
    for form_id, name, value in reader.beside:
        for form in reader.forms:
            if form.id == form_id:
                form.fields[name] = value
    yield from reader.forms


class _Reader(HTMLParser):
    """Collects forms and fields; ``beside`` are fields that stand outside and name their form."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.fields: list[tuple[Form, str, str]] = []
        self.beside: list[tuple[str, str, str]] = []
        self._inside: Form | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self._inside = Form(found.get("action") or "", found.get("id"))
            self.forms.append(self._inside)
        elif tag == "input" and (found.get("type") not in TICKED or "checked" in found):
            self._field(found.get("name"), found.get("value"), found.get("form"))
        elif tag == "select":
            self._select = found.get("name")
        elif tag == "option" and (self._is_first() or "selected" in found):
            self._field(self._select, found.get("value"), None)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None
        elif tag == "select":
            self._select = None

    def _is_first(self) -> bool:
        """A list shows its first entry until another one is marked."""
        return not any(form is self._inside and name == self._select for form, name, _ in self.fields)

    def _field(self, name: str | None, value: str | None, form: str | None) -> None:
        if not name:
            return
        if form is not None:
            self.beside.append((form, name, value or ""))
        elif self._inside is not None:
            self.fields.append((self._inside, name, value or ""))
