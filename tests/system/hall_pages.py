"""Use the pages of a new hall as people do."""

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hall_machines import STEP_WITHIN_S
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PageTimeoutError

from support.browser_pages import WAIT_MS, press_alone, rest
from support.waiting import until

PASSWORD = "mua roi tren mai ngoi xanh"
AGAIN_S = 3.0
"""A clerk who sees no effect for so long presses the key again."""
LOOK_MS = 1000
"""A visitor looks at the phone for so long before the next refresh."""
PHONE_REFRESH_MS = 15_000
READ_JOURNAL = """async () => {
  const rows = [];
  for (let after = 0; after !== null;) {
    const response = await fetch(`/api/v1/journal?after=${after}`);
    if (!response.ok) throw new Error(response.status);
    const page = await response.json();
    rows.push(...page.items);
    after = page.next ?? null;
  }
  return rows;
}"""


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


def people_ids(page: Page, base: str) -> Mapping[str, str]:
    """Return the id of each person by name, from the links of the administrator's page."""
    page.goto(f"{base}/admin/people")
    links = page.locator("table.people tbody th a").all()
    return {link.inner_text().strip(): str(link.get_attribute("href")).rpartition("/")[2] for link in links}


def enrol_device(page: Page, base: str, address: str, code: str, name: str, counters: Sequence[str] = ()) -> None:
    """Enrol the device that waits at ``address``: its code, a name, counters."""
    page.goto(f"{base}/admin/devices")
    page.locator("li", has_text=f"{address}, ").locator("a.button").click()
    page.fill("input[name=code]", code)
    page.fill("input[name=name]", name)
    for counter in counters:
        page.check(f"input[name=counter][value={counter}]")
    page.click("form.sheet button.filled")
    prove(page, "#c-devices")


def browser_code(page: Page, base: str) -> str:
    """Ask for the enrolment of this browser; return the code that its page shows."""
    page.goto(f"{base}/this-browser")
    page.click("form[action$='/this-browser'] button")
    return page.locator("dd.code").inner_text().strip()


def remove_device(page: Page, base: str, name: str) -> float:
    """Remove an enrolled device; return when the administrator pressed the last button, in monotonic seconds."""
    page.goto(f"{base}/admin/devices")
    page.locator("#enrolled tbody a", has_text=name).click()
    page.click("details summary")
    pressed_s = time.monotonic()
    page.click("details button.danger")
    return prove(page, "#c-devices") or pressed_s


def prove(page: Page, done: str, password: str = PASSWORD) -> float | None:
    """Type the password again if the page asks for it; wait for the element ``done``.

    Return when the button was pressed, in monotonic seconds; None if the page did not ask.
    """
    page.wait_for_selector(f"input[name=proof], {done}")
    if not page.locator("input[name=proof]").count():
        return None
    page.fill("input[name=proof]", password)
    pressed_s = time.monotonic()
    page.click("form.sheet button.filled")
    page.wait_for_selector(done)
    return pressed_s


def sign_in(page: Page, base: str, name: str, secret: str, *, field: str = "password") -> None:
    """Sign in with name and password; with the ``field`` "pin": with name and PIN."""
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{base}/")
    page.fill("form[action$='/account/sign-in'] input[name=name]", name)
    page.fill(f"form[action$='/account/sign-in'] input[name={field}]", secret)
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
    page.wait_for_selector("text=Đã đổi mật khẩu")


def set_pin(page: Page, base: str, pin: str, password: str) -> None:
    """Set the own PIN."""
    page.goto(f"{base}/account")
    form = page.locator("form[action$='/account/pin']", has=page.locator("input[name=pin]"))
    form.locator("input[name=pin]").fill(pin)
    form.locator("button").click()
    prove(page, "form[action$='/account/pin'] button.bare", password)  # now it can be removed


def read_journal(page: Page) -> list[dict[str, Any]]:
    """Return the whole journal, by the API and the session of the signed-in person."""
    return list(page.evaluate(READ_JOURNAL))


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

    def press(self, key: str, offered: str, is_done: Callable[[], bool]) -> None:
        """Press a key that the page offers, again and again, until ``is_done``."""
        until(lambda: self._press_once(key, offered, is_done), lambda: self._shown(key), within_s=STEP_WITHIN_S)

    def finish(self, is_done: Callable[[], bool]) -> None:
        """Finish with the first outcome."""
        until(lambda: self._press_once("1h", "finish", is_done), lambda: self._shown("h"), within_s=STEP_WITHIN_S)

    def _press_once(self, keys: str, offered: str, is_done: Callable[[], bool]) -> bool:
        """Press the keys when the page offers them; return whether ``is_done`` within some seconds."""
        pause, end_s, is_pressed = threading.Event(), time.monotonic() + AGAIN_S, False
        while not (done := is_done()) and time.monotonic() < end_s:
            if not is_pressed and self.page.locator(f"#do-{offered}").is_visible():
                for key in keys:
                    press_alone(self.page, key)
                is_pressed = True
            pause.wait(0.02)
        return done

    def _shown(self, key: str) -> str:
        return f"{key} at {self.counter} has no effect; the page shows {self.page.inner_text('body')}"


class PhonePage:
    """The page of a visitor's own number on a phone. ``seen``: the states that it has shown."""

    def __init__(self, page: Page, link: str) -> None:
        self.page = page
        self.seen: list[str] = []
        page.goto(link)

    def sees(self, state: str, *texts: str) -> None:
        """Wait until the page shows the state of the ticket and these texts."""
        card = self.page.locator(f"section.card.{state}")
        until(lambda: self._renews(card, "visible", texts), lambda: self._shown(state), within_s=STEP_WITHIN_S)
        self.seen.append(state)

    def warns(self, *, expected: bool) -> None:
        """Wait until the page warns, or no longer warns, that it may be old."""
        stale, shown = self.page.locator("#stale"), "visible" if expected else "hidden"
        until(lambda: self._renews(stale, shown), lambda: self._shown(f"{shown} warning"), within_s=STEP_WITHIN_S)

    def _renews(self, element: Locator, shown: Any, texts: Sequence[str] = ()) -> bool:
        """Let the page renew itself; return whether the element is shown then, with these texts."""
        self.page.clock.fast_forward(PHONE_REFRESH_MS)
        try:
            element.wait_for(state=shown, timeout=LOOK_MS)
        except PageTimeoutError:
            return False
        return all(text in element.inner_text() for text in texts)

    def _shown(self, awaited: str) -> str:
        return f"no {awaited!r}; the phone shows {self.page.inner_text('body')}"
