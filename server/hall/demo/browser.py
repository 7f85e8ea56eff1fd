"""A small browser for a demonstration's clerk: opens the staff's pages and sends their forms.

The browser keeps the cookie of the sign-in. It fills in only the fields that a person would choose, and sends all other
fields with the values on the page. Like a person, it can send only forms that are on the page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http import HTTPStatus
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError

from config.http import ConnectionPool
from config.words import words
from server.wire.messages import CounterStateName

RESPONSE_TIMEOUT_S = 3.0
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
CHECKABLE_TYPES = ("radio", "checkbox")


class PageError(Exception):
    """A page did not respond, refused a form, or does not have the form."""


@dataclass(frozen=True, slots=True)
class PageAction:
    """The query of the page with an action's form, and the fields to choose."""

    query: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)


def _page_actions() -> Mapping[str, PageAction]:
    w = words("vi")  # reasons are stored in the language of the staff
    return {
        "pause": PageAction({"panel": "pause"}, {"reason": w("pause", "Nghỉ giải lao")}),
        "hold": PageAction({"panel": "hold"}, {"reason": w("clerk", "Đi sao chụp giấy tờ")}),
        "transfer": PageAction({"panel": "transfer"}),
        "resume": PageAction({"panel": "ticket", "ticket": ""}),
    }


PAGE_ACTIONS = _page_actions()
"""The actions that need more than one press; an empty ``ticket`` stands for the id of the ticket."""
ONE_PRESS = PageAction()
"""The form of all other actions: it is on the page without a query."""


@dataclass(slots=True)
class PageForm:
    """A form as the page has it; ``action`` is its address. A choice that has not been made has no field."""

    action: str
    id: str | None
    fields: dict[str, str] = field(default_factory=dict)


class Browser:
    """The browser at one counter, for one thread. ``staff_url``: the address of the staff's pages."""

    def __init__(self, staff_url: str, counter: str) -> None:
        self._staff_url, self._counter = staff_url.rstrip("/"), counter
        self._pool = ConnectionPool(retries=False, timeout=RESPONSE_TIMEOUT_S)
        self._cookie = ""

    def do(self, action: str, *, state: str, ticket: str | None = None, chosen: Mapping[str, str]) -> None:
        """Carry out a key of the keypad or a move, at a counter in ``state``.

        As on the keypad, "next" also opens the counter and "pause" also ends a pause. Raises :class:`PageError`.
        """
        if action == "next" and state != CounterStateName.OPEN:
            self._press("open", ONE_PRESS, None, {})
        name = "open" if action == "pause" and state == CounterStateName.PAUSED else action
        self._press(name, PAGE_ACTIONS.get(name, ONE_PRESS), ticket, chosen)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _press(self, action: str, page_action: PageAction, ticket: str | None, chosen: Mapping[str, str]) -> None:
        query = {name: value or ticket or "" for name, value in page_action.query.items()}
        self._send(self._fetch_form(f"/do/{action}", query), {**page_action.chosen, **chosen})

    def _fetch_form(self, action_ending: str, query: Mapping[str, str]) -> PageForm:
        """Fetch the counter's page, after a sign-in if needed; return a form of it."""
        path = f"/clerk/{self._counter}" + (f"?{urlencode(query)}" if query else "")
        status, body = self._request("GET", path)
        if status != HTTPStatus.OK:  # nobody is signed in here
            self._sign_in()
            status, body = self._request("GET", path)
        return _find_form(body, action_ending, path)

    def _sign_in(self) -> None:
        _, body = self._request("GET", "/?choose=1")
        self._send(_find_form(body, "/sign-in", "the sign-in page"), {"counter": self._counter})

    def _send(self, form: PageForm, chosen: Mapping[str, str]) -> None:
        status, _ = self._request("POST", form.action, urlencode(form.fields | dict(chosen)))
        if status != HTTPStatus.SEE_OTHER:
            raise PageError(f"{form.action}: {status}")

    def _request(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        headers = (FORM_HEADERS if body is not None else {}) | ({"Cookie": self._cookie} if self._cookie else {})
        try:
            response = self._pool.request(method, self._staff_url + path, body=body, headers=headers, redirect=False)
        except (HTTPError, OSError) as error:
            raise PageError(f"{method} {path}: {error}") from error
        if "Set-Cookie" in response.headers:
            self._cookie = response.headers["Set-Cookie"].partition(";")[0]
        return response.status, response.data.decode("utf-8", "replace")


def _find_form(html: str, action_ending: str, page_name: str) -> PageForm:
    for form in forms(html):
        if form.action.endswith(action_ending):
            return form
    raise PageError(f"{page_name} has no form {action_ending} now")


def forms(html: str) -> Iterator[PageForm]:
    """Yield the forms of an HTML page, with the values of their fields."""
    parser = _FormParser()
    parser.feed(html)
    for form, name, value in parser.fields:
        form.fields[name] = value
    for form_id, name, value in parser.detached_fields:
        for form in parser.forms:
            if form.id == form_id:
                form.fields[name] = value
    yield from parser.forms


class _FormParser(HTMLParser):
    """Collects forms and fields.

    ``fields``: (form, name, value); ``detached_fields``: (id of the form, name, value) of fields outside of their form.
    """

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.fields: list[tuple[PageForm, str, str]] = []
        self.detached_fields: list[tuple[str, str, str]] = []
        self._current_form: PageForm | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self._current_form = PageForm(attributes.get("action") or "", attributes.get("id"))
            self.forms.append(self._current_form)
        elif tag == "input" and (attributes.get("type") not in CHECKABLE_TYPES or "checked" in attributes):
            self._add_field(attributes.get("name"), attributes.get("value"), attributes.get("form"))
        elif tag == "select":
            self._select = attributes.get("name")
        elif tag == "option" and (self._is_first_option() or "selected" in attributes):
            self._add_field(self._select, attributes.get("value"), None)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._current_form = None
        elif tag == "select":
            self._select = None

    def _is_first_option(self) -> bool:
        """Return whether the list has no option yet; its first one is selected by default."""
        return not any(form is self._current_form and name == self._select for form, name, _ in self.fields)

    def _add_field(self, name: str | None, value: str | None, form: str | None) -> None:
        if not name:
            return
        if form is not None:
            self.detached_fields.append((form, name, value or ""))
        elif self._current_form is not None:
            self.fields.append((self._current_form, name, value or ""))
