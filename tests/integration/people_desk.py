"""A person's browser with the pages of a hall with accounts, which this process serves."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from account_web import AccountWeb
from playwright.sync_api import Browser, Page

from server.access.person import Person
from server.web.shared.serving.http_server import serving
from support.browser_pages import ROW_MS, WAIT_MS, rest
from support.server_process import free_ports

MAX_TABS = 60


@dataclass
class PeopleDesk:
    """The administrator's browser, and the accounts behind its pages."""

    web: AccountWeb
    base: str
    page: Page

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.base}{path}")
        rest(self.page)
        return self.page

    def tab_to(self, name: str) -> None:
        """Press Tab until the element with this name has the focus."""
        for _tab in range(MAX_TABS):
            self.page.keyboard.press("Tab")
            focused: str = self.page.evaluate(FOCUSED_NAME)
            if focused.startswith(name):
                return
        raise AssertionError(f"no element named {name!r} is reached by Tab")

    def press(self, key: str, then: str) -> None:
        """Press a key after a rest, and wait for the element that must appear."""
        rest(self.page)
        self.page.clock.fast_forward(ROW_MS)
        self.page.keyboard.press(key)
        self.page.wait_for_selector(then, timeout=WAIT_MS)
        rest(self.page)

    def type_in(self, text: str) -> None:
        """Type as an input method does: no scan."""
        for character in text:
            self.page.keyboard.insert_text(character)


FOCUSED_NAME = """() => {
  const at = document.activeElement;
  const label = at.closest("label") || (at.labels && at.labels[0]) || at;
  return label.innerText.trim();
}"""


@contextmanager
def signed_in(web: AccountWeb, browser: Browser, person: Person, **options: object) -> Iterator[PeopleDesk]:
    """Serve the pages, and open a browser in which the person has just signed in."""
    (port,) = free_ports(1)
    base = f"http://127.0.0.1:{port}"
    token = web.bench.access.sessions.open(person, "password", "web-1", "192.168.1.21")
    context = browser.new_context(viewport={"width": 1366, "height": 768}, **options)  # type: ignore[arg-type]
    with serving("staff", f"127.0.0.1:{port}", web.app, 16, time.monotonic), closing(context):
        context.add_cookies([{"name": "luot_session", "value": token, "url": base}])
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        if options.get("java_script_enabled", True):
            page.clock.install()
        yield PeopleDesk(web, base, page)
