"""Use the pages of a new hall as people do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from support.browser_pages import WAIT_MS, press_alone, rest

PASSWORD = "mua roi tren mai ngoi xanh"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person as the administrator's page shows a new one."""

    id: str
    one_time_password: str


def set_up(page: Page, base: str, code: str, office: Path) -> None:
    """Do the first set-up: code, administrator, office file, devices."""
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{base}/setup")
    page.fill("input[name=code]", code.lower().replace("-", " "))
    page.click("form[action$='/setup/code'] button")
    page.fill("input[name=name]", "Quản Trị")
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=password_again]", PASSWORD)
    page.click("form[action$='/setup/person'] button")
    page.check("input[name=template][value=file]")
    page.set_input_files("input[name=office]", office)
    page.click("form[action$='/setup/office'] button.filled")
    page.wait_for_selector("form[action$='/setup/finish'] button")
    page.click("form[action$='/setup/finish'] button")
    page.wait_for_selector("a.button[href='/']")


def create_person(page: Page, base: str, name: str, roles: Sequence[str]) -> NewPerson:
    """Create a person on the administrator's page; return the sign-in name and the one-time password."""
    page.goto(f"{base}/admin/people/new")
    page.fill("input[name=name]", name)
    for role in roles:
        page.check(f"input[name=role][value={role}]")
    page.click("form[action$='/admin/people/new'] button.filled")
    prove(page, ".secret dd")
    shown = page.locator(".secret dd")
    expect(shown).to_have_count(2)
    return NewPerson(shown.nth(0).inner_text().strip(), shown.nth(1).inner_text().strip())


def enrol_device(page: Page, base: str, station: str, code: str, name: str, counters: Sequence[str] = ()) -> None:
    """Type the code of the waiting device ``station``; give it a name and counters."""
    page.goto(f"{base}/admin/devices")
    page.locator("li", has_text=station).locator("a.button").click()
    page.fill("input[name=code]", code)
    page.fill("input[name=name]", name)
    for counter in counters:
        page.check(f"input[name=counter][value={counter}]")
    page.click("form.sheet button.filled")
    prove(page, "#c-devices")


def remove_device(page: Page, base: str, device: str) -> None:
    """Remove an enrolled device."""
    page.goto(f"{base}/admin/devices/{device}")
    page.click("details summary")
    page.click("details button.danger")
    prove(page, "#c-devices")


def prove(page: Page, done: str) -> None:
    """Type the password again if the page asks for it; wait for the element ``done``."""
    page.wait_for_selector(f"input[name=proof], {done}")
    if page.locator("input[name=proof]").count():
        page.fill("input[name=proof]", PASSWORD)
        page.click("form.sheet button.filled")
        page.wait_for_selector(done)


def sign_in(page: Page, base: str, name: str, password: str) -> None:
    """Sign in with name and password."""
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{base}/")
    page.fill("form[action$='/account/sign-in'] input[name=name]", name)
    page.fill("form[action$='/account/sign-in'] input[name=password]", password)
    page.click("form[action$='/account/sign-in'] button")
    page.wait_for_load_state("load")


def set_own_password(page: Page, base: str, one_time: str, password: str) -> None:
    """Replace the one-time password by an own one."""
    page.goto(f"{base}/account")
    form = page.locator("form[action$='/account/password']")
    form.locator("input[name=old]").fill(one_time)
    form.locator("input[name=new]").fill(password)
    form.locator("input[name=again]").fill(password)
    form.locator("button").click()
    page.wait_for_load_state("load")


class CounterPage:
    """A clerk's page at one counter."""

    def __init__(self, page: Page, base: str, counter: str) -> None:
        self.page, self._base, self.counter = page, base, counter

    def take_counter(self) -> None:
        """Take the counter, and open it."""
        self.page.goto(f"{self._base}/?choose=1")
        self.page.select_option("select[name=counter]", self.counter)
        rest(self.page)
        self.page.click("form[action$='/sign-in'] button.filled")
        self.page.wait_for_url(re.compile("/clerk/"), wait_until="load")
        if self.page.locator("#do-open").count():
            rest(self.page)
            self.page.click("#do-open")
            self.page.wait_for_selector("#do-next")

    def press(self, key: str, offered: str) -> None:
        """Press a key once the page offers it."""
        self.page.wait_for_selector(f"#do-{offered}", state="visible")
        press_alone(self.page, key)

    def finish(self) -> None:
        """Finish with the first outcome."""
        self.page.wait_for_selector("#do-finish", state="visible")
        press_alone(self.page, "1")
        self.press("h", "finish")
