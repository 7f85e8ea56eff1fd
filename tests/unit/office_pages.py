"""The office's pages for tests, with forms sent as a browser sends them."""

import re
from html.parser import HTMLParser
from typing import Any

from account_web import HOST, AccountWeb
from flask.testing import FlaskClient

from server.domain.office import OfficeDefinition
from server.domain.permissions import Role

PATH = "/admin/office"


class FormReader(HTMLParser):
    """Reads the inputs of the form whose action is ``path``."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path, self._is_inside, self._select, self._textarea = path, False, "", ""
        self.fields: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = values.get("action") == self._path and values.get("method") == "post"
        elif not self._is_inside:
            return
        elif tag == "input" and (values.get("type") not in ("checkbox", "radio") or "checked" in values):
            self.fields.setdefault(values["name"], []).append(values.get("value", ""))
        elif tag == "select":
            self._select = values["name"]
        elif tag == "option" and "selected" in values:
            self.fields[self._select] = [values["value"]]
        elif tag == "textarea":
            self._textarea = values["name"]
            self.fields[self._textarea] = [""]

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.fields[self._textarea] = [self.fields[self._textarea][0] + data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "textarea":
            self._textarea = ""


class OfficePages:
    """One administrator's browser on the office's pages."""

    def __init__(self, web: AccountWeb, name: str = "Nguyễn Văn Quản", role: Role = Role.ADMINISTRATOR) -> None:
        self.web, self.person = web, web.bench.person(name, role)
        self.browser: FlaskClient = web.browser(self.person)

    @property
    def office(self) -> OfficeDefinition:
        with self.web.hall.store.read() as snapshot:
            return snapshot.office

    def get(self, path: str = "") -> tuple[int, str]:
        answer = self.browser.get(f"{PATH}{path}", base_url=HOST)
        return answer.status_code, answer.get_data(as_text=True)

    def form(self, path: str) -> dict[str, list[str]]:
        """Return the inputs of the form at ``path``, as they are when it is opened."""
        status, page = self.get(path)
        assert status == 200, page
        return self.read(page, path)

    def read(self, page: str, path: str) -> dict[str, list[str]]:
        reader = FormReader(f"{PATH}{path}")
        reader.feed(page)
        return reader.fields

    def send(self, path: str, form: dict[str, list[str]], step: str = "preview", **changes: Any) -> tuple[int, str]:
        """Send a form with changes; ``__`` in their names stands for a dot."""
        fields = {**form, "step": [step]}
        for name, value in changes.items():
            fields[name.replace("__", ".")] = value if isinstance(value, list) else [value]
        answer = self.browser.post(f"{PATH}{path}", data=fields, base_url=HOST, follow_redirects=True)
        return answer.status_code, answer.get_data(as_text=True)

    def save(self, path: str, **changes: Any) -> str:
        """Open the form, change it, and save what its preview shows."""
        when = {name: changes.pop(name) for name in ("when", "date") if name in changes}
        status, preview = self.send(path, self.form(path), **changes)
        assert status == 200, text_of(preview)
        status, page = self.send(path, self.read(preview, path), "save", **when)
        assert status == 200, text_of(page)
        return text_of(page)


def text_of(page: str) -> str:
    """Return the texts of the page's main part, separated by single blanks."""
    main = page.split("<main", 1)[-1].split("</main>")[0]
    plain = re.sub(r"<(svg|nav).*?</\1>", "", main, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", f"<{plain}")).strip()
