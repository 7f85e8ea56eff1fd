"""A browser at the staff's pages of a real server, for the tests of the pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from halls import Api, need, request_id

WAIT_MS = 120_000
"""How long a page is waited for that must change: it bounds a failure only."""
REST_MS = 700
"""A little longer than what was just drawn rests on the page before it can be pressed."""
ALONE_MS = 800
"""A little longer than a letter key waits for another letter before it presses."""
ROW_MS = 1600
"""A little longer than two letters may be apart and still be one text."""
STRICT = {"rules": {"color-contrast-enhanced": {"enabled": True}}}
"""Contrast of 7:1, which axe leaves out unless asked."""


expect.set_options(timeout=WAIT_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium without its window system: the pages cost less processor time."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=need("chromium-headless-shell"), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Desk:
    """A clerk at the page of one counter, and the API to look at what came of it."""

    api: Api
    base: str
    page: Page
    counter: str
    service: str

    def issue(self, **more: Any) -> dict[str, Any]:
        """A visitor takes a number of this counter's service."""
        body = {"request_id": request_id(), "service": self.service, "station": "kiosk-1"} | more
        ticket: dict[str, Any] = self.api.ok("/tickets", body)
        return ticket

    def ticket(self, ticket: dict[str, Any]) -> dict[str, Any]:
        """The ticket as it is now."""
        status, found = self.api.get(f"/tickets/{ticket['id']}")
        assert status == 200, found
        return dict(found)

    def board(self) -> dict[str, Any]:
        """The counter as the board shows it."""
        return next(one for one in self.api.get("/board")[1]["counters"] if one["id"] == self.counter)

    def key(self, key: str) -> None:
        """A key that stands alone. Keys are heard once the page's script has run."""
        self.page.wait_for_load_state("load")
        press_alone(self.page, key)

    def press(self, key: str, then: str) -> None:
        """A key, and what must appear."""
        self.key(key)
        self.page.wait_for_selector(then, timeout=WAIT_MS)

    def click(self, selector: str) -> None:
        """A click on what has rested."""
        rest(self.page)
        self.page.click(selector)

    def open_panel(self, name: str) -> None:
        self.page.goto(f"{self.base}/clerk/{self.counter}?panel={name}")
        self.page.wait_for_selector(".panel", timeout=WAIT_MS)

    def send(self) -> None:
        """The open panel's form, and the page that answers it."""
        rest(self.page)
        with self.page.expect_response(lambda answer: answer.request.method == "POST" and "/do/" in answer.url):
            self.page.locator(".panel .filled, .panel .danger").first.click()
        self.page.wait_for_selector(".panel", state="detached", timeout=WAIT_MS)

    def serving(self) -> dict[str, Any]:
        """A fresh ticket, called and started by keys."""
        ticket = self.issue()
        self.press("n", "#do-start")
        self.press("s", "#do-finish")
        return ticket


def rest(page: Page) -> None:
    """Advance the page's clock until its keys can be pressed, once scripts and fonts are loaded."""
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready.then(() => true)")
    page.clock.fast_forward(REST_MS)


def press_alone(page: Page, key: str) -> None:
    """Press a key that belongs to no text: nothing was typed just before, and nothing follows."""
    page.wait_for_load_state("load")
    page.clock.fast_forward(ROW_MS)
    page.keyboard.press(key)
    page.clock.fast_forward(ALONE_MS)


def sign_in(page: Page, base: str, counter: str, clerk: str = "") -> None:
    """Sign in at ``counter``, as its own clerk unless said. The page's clock can be put forward from then on."""
    page.set_default_timeout(WAIT_MS)
    page.clock.install()
    page.goto(f"{base}/?choose=1&lang=vi")
    page.select_option("select[name=counter]", counter)
    page.select_option("select[name=clerk]", clerk)
    rest(page)
    page.click("form[action$=sign-in] button")
    page.wait_for_selector("#do-open, #do-next, .alert")


def sit_down(page: Page, api: Api, base: str, counter: str, service: str) -> Desk:
    """Sign in at ``counter`` and open it."""
    sign_in(page, base, counter)
    desk = Desk(api, base, page, counter, service)
    if page.locator("#do-open").count():
        rest(page)
        page.click("#do-open")
        page.wait_for_selector("#do-next")
    page.wait_for_load_state("load")
    return desk


def violations(page: Page) -> str:
    """What axe finds on the page; empty when nothing."""
    results = Axe().run(page, options=STRICT)
    return "" if results.violations_count == 0 else str(results.generate_report())


def overflow_px(page: Page) -> int:
    """By how much the page is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide
