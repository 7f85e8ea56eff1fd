"""A browser with the staff's pages of a real server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from support.server_process import Api, need, request_id

WAIT_MS = 120_000
"""The longest wait for a page that must change. Only failures take so long."""
REST_MS = 700
"""A little longer than a newly drawn key must rest before it can be pressed."""
ALONE_MS = 800
"""A little longer than a letter key waits for another letter before it acts."""
ROW_MS = 1600
"""A little longer than the letters of one text may be apart."""
AXE_SCRIPT = Axe().axe_script
RUN_AXE = """async () => {
  const strict = { rules: { "color-contrast-enhanced": { enabled: true } }, resultTypes: ["violations"] };
  const { violations } = await axe.run(strict);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary}`)).join("; ");
}"""
"""Contrast of 7:1 too, which axe leaves out unless asked."""


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
    """A clerk at the page of one counter, and the API to check the results."""

    api: Api
    base: str
    page: Page
    counter: str
    service: str

    def issue(self, **more: Any) -> dict[str, Any]:
        """Issue a ticket of this counter's service."""
        body = {"request_id": request_id(), "service": self.service, "station": "kiosk-1"} | more
        ticket: dict[str, Any] = self.api.ok("/tickets", body)
        return ticket

    def ticket(self, ticket: dict[str, Any]) -> dict[str, Any]:
        """Return the ticket as it is now."""
        status, current = self.api.get(f"/tickets/{ticket['id']}")
        assert status == 200, current
        return dict(current)

    def board(self) -> dict[str, Any]:
        """Return the counter as the board shows it."""
        return next(row for row in self.api.get("/board")[1]["counters"] if row["id"] == self.counter)

    def key(self, key: str) -> None:
        """Press a key that belongs to no text, once the page's script has run."""
        self.page.wait_for_load_state("load")
        press_alone(self.page, key)

    def press(self, key: str, then: str) -> None:
        """Press a key, and wait for the element that must appear."""
        self.key(key)
        self.page.wait_for_selector(then, timeout=WAIT_MS)

    def click(self, selector: str) -> None:
        """Click an element after a rest."""
        rest(self.page)
        self.page.click(selector)

    def open_panel(self, name: str) -> None:
        self.page.goto(f"{self.base}/clerk/{self.counter}?panel={name}")
        self.page.wait_for_selector(".panel", timeout=WAIT_MS)

    def send(self) -> None:
        """Send the open panel's form, and wait for the answering page."""
        rest(self.page)
        with self.page.expect_response(lambda answer: answer.request.method == "POST" and "/do/" in answer.url):
            self.page.locator(".panel .filled, .panel .danger").first.click()
        self.page.wait_for_selector(".panel form", state="detached", timeout=WAIT_MS)

    def serving(self) -> dict[str, Any]:
        """Return a new ticket, called and started by keys."""
        ticket = self.issue()
        self.press("n", "#do-start")
        self.press("s", "#do-finish")
        return ticket


def rest(page: Page) -> None:
    """Advance the page's clock until its keys can be pressed."""
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready.then(() => true)")
    page.clock.fast_forward(REST_MS)


def press_alone(page: Page, key: str) -> None:
    """Press a key that belongs to no text, as it is typed alone."""
    page.wait_for_load_state("load")
    page.clock.fast_forward(ROW_MS)
    page.keyboard.press(key)
    page.clock.fast_forward(ALONE_MS)


def sign_in(page: Page, base: str, counter: str, clerk: str = "") -> None:
    """Sign in at ``counter``, as its own clerk unless named. The page's clock can be advanced from then on."""
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
    """Return axe's report on the page; empty without violations."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    return str(page.evaluate(RUN_AXE))


def overflow_px(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide
