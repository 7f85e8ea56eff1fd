"""Take pictures of every web page in Vietnamese and English, after a scripted morning.

Run ``python -m tools.pictures.web FOLDER``. Needs Debian's chromium-headless-shell.
"""

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tools.pictures.web_hall import ScriptedHall, end_morning, morning, new_request, reporting_stations, running_hall

# Loads every face that the page names, and waits until it was drawn with them.
WAIT_FOR_FONTS = """async () => {
    await Promise.all([...document.fonts].map((face) => face.load()));
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}"""
# A part that is painted anew looks as if all were, on each processor; no colour profile of a screen.
REPRODUCIBLE_RASTER_OPTIONS = ("--disable-partial-raster", "--disable-skia-runtime-opts", "--force-color-profile=srgb")
STAFF_REFRESH_MS, VISITOR_REFRESH_MS = (
    3_500,
    16_000,
)  # the pages of staff are drawn again every 3 s, those of visitors every 15 s
DESKTOP, PHONE = {"width": 1366, "height": 768}, {"width": 360, "height": 740}


def steady_chromium(playwright: Playwright) -> Browser:
    """Start a Chromium that draws the same page with the same dots on every machine."""
    program = shutil.which("chromium-headless-shell")
    if program is None:
        raise SystemExit("Chromium is missing; run: apt-get install chromium-headless-shell")
    return playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *REPRODUCIBLE_RASTER_OPTIONS])


def make(folder: Path) -> list[Path]:
    """Take all pictures into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with running_hall() as hall, reporting_stations(hall), sync_playwright() as playwright:
        browser = steady_chromium(playwright)
        morning(hall, 74)
        end_morning(hall)
        page = browser.new_page(viewport=DESKTOP)  # type: ignore[arg-type]
        page.clock.install()
        staff = Camera(page, folder)
        take_clerk(hall, staff)
        take_manager(hall, staff)
        screen_page = browser.new_page(viewport=DESKTOP)  # type: ignore[arg-type]
        screen_page.add_init_script("performance.now = () => 1000")  # it turns its pages by this time
        screen = Camera(screen_page, folder)
        screen.open(f"{hall.api}/display", "display")
        phone_page = browser.new_page(viewport=PHONE, device_scale_factor=2)  # type: ignore[arg-type]
        phone_page.clock.install()
        phone = Camera(phone_page, folder)
        take_phone(hall, phone)
        browser.close()
    return [*staff.pictures, *screen.pictures, *phone.pictures]


@dataclass
class Camera:
    """A page in a browser, and the pictures that were taken of it."""

    page: Page
    folder: Path
    pictures: list[Path] = field(default_factory=list)

    def open(self, address: str, name: str) -> None:
        """Open an address and take its pictures."""
        self.page.goto(address)
        self.take(name)

    def take(self, name: str, *, offline: bool = False) -> None:
        """Take the page in both languages. ``offline``: once it has noticed a lost network."""
        for language in ("vi", "en"):
            address = self.page.url.split("?")[0] + "?" + "&".join([*_query(self.page.url), f"lang={language}"])
            self.page.goto(address)
            wait_until_stable(self.page)
            self.page.context.set_offline(offline)
            if offline:
                self.page.clock.fast_forward(VISITOR_REFRESH_MS)
                self.page.wait_for_selector("#stale:visible")
            self.store(f"{name}-{language}")
            self.page.context.set_offline(False)

    def store(self, name: str) -> None:
        """Store the page as it is drawn now."""
        path = self.folder / f"web-{name}.png"
        self.page.screenshot(path=str(path), full_page=True, animations="disabled")
        self.pictures.append(path)


def wait_until_stable(page: Page) -> None:
    """Wait until a page stays as it is.

    It has its fonts, was drawn again once, and its buttons take a press.
    """
    if page.locator("#live").count():
        with page.expect_response(lambda response: "hx-request" in response.request.headers) as redrawn:
            page.clock.fast_forward(STAFF_REFRESH_MS)
        redrawn.value.finished()
    page.evaluate(WAIT_FOR_FONTS)
    page.wait_for_selector("[data-fresh]", state="detached")


def _query(address: str) -> list[str]:
    """Return the fields of an address but its language."""
    query = address.split("?")[1] if "?" in address else ""
    return [pair for pair in query.split("&") if pair and not pair.startswith("lang=")]


def press(page: Page, key: str) -> None:
    """Press a letter once its button has been shown for long enough.

    No other key was pressed shortly before.
    """
    page.clock.fast_forward(STAFF_REFRESH_MS)
    page.wait_for_selector(f"[data-key={key}]:not([data-fresh])")
    page.keyboard.press(key.lower() if len(key) == 1 else key)


def click(page: Page, selector: str) -> None:
    """Click the first of ``selector``, once it has stood at its place for long enough."""
    page.locator(f"{selector}:not([data-fresh])").first.click()


def take_practice(hall: ScriptedHall, camera: Camera) -> None:
    """Take the private practice of a clerk, with the first visitor called."""
    page = camera.page
    camera.open(f"{hall.api}/practice", "practice")
    click(page, "form[action$=start] button.filled")
    page.wait_for_url("**/practice/hall/clerk/**")
    for key, next_key in (("O", "N"), ("N", "S"), ("S", "H")):
        press(page, key)
        page.wait_for_selector(f"#page .filled[data-key={next_key}]")
    camera.take("clerk-practice")


def take_clerk(hall: ScriptedHall, camera: Camera) -> None:
    """Take the clerk's page of counter 2 from the sign-in to a refusal."""
    page, clerk_page_url = camera.page, f"{hall.api}/clerk/c2"
    camera.open(f"{hall.api}/?choose=1", "enter")
    page.select_option("select[name=counter]", "c2")
    click(page, "form[action$=sign-in] button")
    page.wait_for_url("**/clerk/c2*")
    camera.take("clerk-next")
    _take_called(hall, camera, clerk_page_url)
    _take_serving(hall, camera, clerk_page_url)
    take_scans(hall, camera)
    take_practice(hall, camera)
    page.goto(f"{clerk_page_url}?panel=hold&lang=vi")
    click(page, ".panel button.filled")
    page.wait_for_selector(".alert[role=alert]")
    wait_until_stable(page)
    camera.store("clerk-refused-vi")


def _take_called(hall: ScriptedHall, camera: Camera, clerk_page_url: str) -> None:
    """Call a visitor; take the page and the panels of that state."""
    page = camera.page
    page.goto(clerk_page_url + "?lang=vi")
    press(page, "N")
    page.wait_for_selector("#do-start")
    hall.advance(0.8)
    camera.take("clerk-called")
    call = hall.call_api("/board")["calls"][0]["id"]
    hall.call_api(f"/calls/{call}/seen", {"station": "tv-1", "shown_at": "2026-11-23T01:44:00.000Z", "spoken": "yes"})
    for panel in ("no_show", "cancel", "reclassify"):
        camera.open(f"{clerk_page_url}?panel={panel}", f"clerk-{panel}")


def _take_serving(hall: ScriptedHall, camera: Camera, clerk_page_url: str) -> None:
    """Begin to serve; take the page, its panels and a ticket of the list."""
    page = camera.page
    page.goto(clerk_page_url + "?lang=vi")
    press(page, "S")
    page.wait_for_selector("#do-finish")
    hall.advance(2.4)  # no wait of a ticket ends in half a minute, which a millisecond rounds up or down
    camera.take("clerk-serving")
    for panel in ("hold", "transfer", "finish_next", "reprint", "pause", "issue", "keys"):
        camera.open(f"{clerk_page_url}?panel={panel}", f"clerk-{panel}")
    page.goto(clerk_page_url)
    click(page, ".queue ol li:nth-child(2) a")
    page.wait_for_selector(".panel")
    ticket = page.locator(".panel input[name=ticket]").first.get_attribute("value")
    camera.open(f"{clerk_page_url}?panel=ticket&ticket={ticket}", "clerk-ticket")


def take_scans(hall: ScriptedHall, camera: Camera) -> None:
    """Take the page of counter 2 after scans while it serves somebody.

    They are a dossier's code, another visitor's slip, and a code that cannot be read.
    """
    clerk_page_url, scan = f"{hall.api}/clerk/c2", {"station": "counters-1", "counter": "c2"}
    hall.call_api("/scans", scan | {"text": "H29.001.02-261123-120001"})
    camera.open(f"{clerk_page_url}?panel=dossier", "clerk-dossier")
    waiting = hall.call_api("/tickets?state=waiting&limit=50")["items"]
    other = next(ticket for ticket in waiting if ticket["service"] == "HT")
    hall.call_api("/scans", scan | {"text": hall.links[other["number"]]})
    camera.open(clerk_page_url, "clerk-scanned")
    press(camera.page, "Escape")
    camera.page.wait_for_selector(".panel", state="detached")
    hall.call_api("/counters/c2/unread-scan", {"station": "counters-1", "why": "garbled"})
    camera.open(clerk_page_url, "clerk-unread")


def take_manager(hall: ScriptedHall, camera: Camera) -> None:
    """Take the manager's pages and the health of devices."""
    camera.page.goto(f"{hall.api}/?choose=1&lang=vi")
    click(camera.page, "form[action$='manager/sign-in'] button")
    camera.page.wait_for_url("**/manager")
    camera.take("manager-now")
    camera.open(f"{hall.api}/manager/day", "manager-day")
    for ticket, state in zip(
        hall.call_api("/tickets?state=waiting&limit=2")["items"], ("held", "unknown"), strict=False
    ):
        hall.call_api(f"/tickets/{ticket['id']}/print", {"station": "kiosk-1", "state": state})
    camera.open(f"{hall.api}/staff/health", "health")
    camera.open(f"{hall.api}/staff/ready", "ready")
    camera.open(f"{hall.api}/messages", "messages")


def take_phone(hall: ScriptedHall, camera: Camera) -> None:
    """Take the visitors' pages, and two of staff, on a phone."""
    hall.call_api("/counters/c5/next", new_request())
    board = hall.call_api("/board")
    waiting = hall.call_api("/tickets?state=waiting&limit=3")["items"]
    numbers = {"waiting": waiting[0]["number"]}
    numbers |= {ticket["state"]: ticket["number"] for counter in board["counters"] if (ticket := counter["ticket"])}
    for state, number in numbers.items():
        camera.open(f"{hall.visitors}/v/{hall.links[number]}", f"visitor-{state}")
    camera.take("visitor-stale", offline=True)
    camera.open(f"{hall.visitors}/v/{hall.links[numbers['waiting']]}/leave", "visitor-question")
    camera.open(f"{hall.visitors}/", "public")
    camera.page.goto(f"{hall.api}/?choose=1")
    camera.page.select_option("select[name=counter]", "c3")
    click(camera.page, "form[action$=sign-in] button")
    camera.page.wait_for_url("**/clerk/c3*")
    camera.take("clerk-phone")
    camera.open(f"{hall.api}/manager", "manager-phone")


if __name__ == "__main__":
    for picture in make(Path(sys.argv[1])):
        print(picture)
