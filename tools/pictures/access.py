"""Take pictures of the pages of a live hall, from set-up to access log.

Also of a kiosk that is not enrolled. Run ``python -m tools.pictures.access FOLDER``.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

import pygame
import tomli_w
import urllib3
from playwright.sync_api import Browser, Error, Page, Route, sync_playwright

from config.setup_notice import read_notice
from hardware.screens.notice import notice_panel, notice_scene
from hardware.screens.paint import paint
from hardware.screens.theme import DAY
from kiosk.enrolment import notice_of
from server.wire.broker_login import box_login
from server.wire.messages import to_time
from server.wire.mqtt_connection import MqttConnection
from server.wire.station.enrol.state import EnrolmentStage, EnrolmentState
from server.wire.topics import Topics
from tools.pictures.box_program import ADDRESS
from tools.pictures.web import DESKTOP, STAFF_REFRESH_MS, Camera, steady_chromium, wait_until_stable
from tools.pictures.web_hall import ROOT, START_MS, free_ports, stop_clocks_at

ADMINISTRATOR, SIGN_IN_NAME, PASSWORD = "Nguyễn Thị Lan", "nguyen-thi-lan", "cả phường uống trà"
PEOPLE = (
    ("Trần Văn Minh", ("manager",)),
    ("Lê Thị Hoa", ("clerk", "lead_clerk")),
    ("Phạm Quốc Bảo", ("clerk",)),
    ("Hoàng Thu Trang", ("auditor",)),
)
FINGERPRINT = re.compile(r"(?:[0-9A-F]{2} ){7}[0-9A-F]{2}")
PORT = re.compile(rf"((?:{re.escape(ADDRESS)}|sanh|sanh\.local)(?::|', |&#39;, ))\d{{5}}\b")
"""A port that differs each time, after the address or a name."""
SHOWN_FINGERPRINT = (
    "4E 1B 90 C7 2D 58 A3 F6",
    "08 B5 6C E1 97 3A D4 20",
    "F1 7E 42 8D 0B C6 59 93",
    "6A DF 14 B8 75 E9 3C 02",
)
OFFICE = "phuong-mau"
WORKING_DAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE_PAGES = {
    "": "office",
    "/services": "office-services",
    "/roster": "office-roster",
    "/roster/new": "office-seat",
    "/dates/national": "office-national",
    "/services/order": "office-order",
    "/procedures/import": "office-import",
    "/workbook": "office-workbook",
    "/logo": "office-logo",
}
"""Pages of the office by the rest of their addresses, with the names of their pictures."""
STATIONS = {
    "kiosk-1": ("kiosk", ("printer", "screen")),
    "tv-1": ("display", ("screen", "speaker")),
    "counters-1": ("counter", ("sign-c1", "keypad-c1")),
}
"""The stations of a new box: id -> kind and devices, which are all ready."""
ENROLMENT = EnrolmentState(EnrolmentStage.CODE, "47291380", "https://sanh.local:8470")


def make(folder: Path) -> list[Path]:
    """Take all pictures into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with running_box() as box, sync_playwright() as playwright:
        browser = steady_chromium(playwright)
        first = _camera(browser, folder)
        take_setup(box, first)
        staff = _camera(browser, folder)
        take_sign_in(box, staff)
        take_people(box, staff)
        take_office(box, staff)
        take_devices(box, staff, browser)
        staff.open(f"{box.base}/admin/log", "access-log")  # before the token, whose id is random
        take_programs(box, staff)
        take_network(box, staff)
        staff.open(f"{box.base}/account", "account")
        browser.close()
    return [*first.pictures, *staff.pictures, take_kiosk(folder)]


@dataclass(frozen=True, slots=True)
class NewBox:
    """A live server with a stopped clock, its state folder and its broker's port."""

    base: str
    state: Path
    broker: int


@contextmanager
def running_box() -> Iterator[NewBox]:
    """Run a new live server in a folder of its own, which is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="luot-pictures-") as name:
        folder, (local, api, visitors, broker, secure) = Path(name), free_ports(5)
        state, clock_file, config = folder / "state", folder / "pace.json", folder / "hall.toml"
        stop_clocks_at(clock_file, START_MS)
        settings = {
            "machine": {"state": str(state), "pace": str(clock_file), "log": "warning"},
            "server": {
                "listen": f"{ADDRESS}:{api}",
                "local": f"127.0.0.1:{local}",
                "visitors": f"127.0.0.1:{visitors}",
                "visitor_url": f"http://{ADDRESS}:8471",
                "threads": 32,
                "calls_at_once": 12,
            },
            "broker": {"kind": "mosquitto", "listen": f"127.0.0.1:{broker}", "network": f"127.0.0.1:{secure}"},
            "link": {"office": OFFICE},
        }
        config.write_text(tomli_w.dumps(settings), encoding="utf-8")
        program = [sys.executable, "-m", "tools.pictures.box_program", "--config", str(config)]
        process = subprocess.Popen(program, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
        try:
            pool = urllib3.PoolManager(retries=urllib3.Retry(connect=12, backoff_factor=0.1), timeout=20.0)
            pool.request("GET", f"http://127.0.0.1:{local}/setup")
            pool.clear()
            yield NewBox(f"http://127.0.0.1:{local}", state, broker)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _camera(browser: Browser, folder: Path) -> Camera:
    page = browser.new_context(viewport=DESKTOP, locale="vi-VN").new_page()  # type: ignore[arg-type]
    page.clock.install()
    return Camera(page, folder)


def _send(page: Page, selector: str = "main button.filled") -> None:
    """Press a button of a form once it takes presses."""
    page.wait_for_load_state("load")
    page.clock.fast_forward(STAFF_REFRESH_MS)
    with page.expect_response(lambda response: response.request.method == "POST") as answered:
        page.locator(selector).first.click()
    answered.value.finished()
    page.wait_for_load_state("load")


def _follow(box: NewBox, camera: Camera, selector: str, name: str) -> None:
    """Take the page to which the first of these links leads."""
    camera.open(f"{box.base}{camera.page.locator(selector).first.get_attribute('href')}", name)


def take_setup(box: NewBox, camera: Camera) -> None:
    """Set the box up; take the steps."""
    page, notice = camera.page, read_notice(box.state)
    assert notice is not None
    camera.open(f"{box.base}/setup", "setup-code")
    page.goto(f"{box.base}/setup?lang=vi")
    page.fill("input[name=code]", notice.code)
    _send(page)
    camera.open(f"{box.base}/setup", "setup-person")
    page.goto(f"{box.base}/setup?lang=vi")
    page.fill("input[name=name]", ADMINISTRATOR)
    for field in ("password", "password_again"):
        page.fill(f"input[name={field}]", PASSWORD)
    _send(page)
    camera.open(f"{box.base}/setup", "setup-office")
    page.goto(f"{box.base}/setup?lang=vi")
    page.fill("input[name=name]", "Phường Mẫu")
    page.fill("input[name=name_en]", "Mau Ward")
    _send(page)
    while page.locator("form[action$='/setup/finish']").count() == 0:
        with suppress(Error):  # the hall's own pages take over: for a moment nobody answers
            page.wait_for_timeout(200)
            page.goto(f"{box.base}/setup?lang=vi")
    with reporting_stations(box):
        while (
            page.locator("main .card", has_text="Màn hình sảnh 1").count() == 0
        ):  # until the server has received the reports
            page.wait_for_timeout(200)
            page.goto(f"{box.base}/setup?lang=vi")
        camera.open(f"{box.base}/setup", "setup-devices")
        page.goto(f"{box.base}/setup?lang=vi")
        _send(page, "form[action$='/setup/finish'] button")


@contextmanager
def reporting_stations(box: NewBox) -> Iterator[None]:
    """Report the stations of a new box, and erase their reports afterwards."""
    topics, at = Topics(OFFICE), to_time(START_MS)
    reports: dict[str, bytes] = {}
    for station, (kind, devices) in STATIONS.items():
        status = {"station": station, "kind": kind, "online": True, "boot": "b1", "version": "1", "at": at}
        reports[topics.status(station)] = json.dumps(status | {"devices": devices}).encode()
        for device in devices:
            report = {"station": station, "device": device, "state": "ready", "code": None, "since": at, "at": at}
            reports[topics.device(station, device)] = json.dumps(report).encode()
    feed = MqttConnection(
        "127.0.0.1",
        box.broker,
        "pictures",
        topics=(),
        on_message=lambda topic, payload: None,
        on_connection=lambda is_connected: None,
        login=lambda: box_login(box.state),
    )
    with closing(feed):
        for topic, payload in reports.items():
            feed.publish(topic, payload, retain=True)
        yield
        for topic in reports:
            feed.publish(topic, b"", retain=True)


def take_sign_in(box: NewBox, camera: Camera) -> None:
    """Sign the administrator in; take the sign-in and the choice of a place."""
    page = camera.page
    camera.open(f"{box.base}/", "sign-in")
    page.goto(f"{box.base}/?lang=vi")
    page.fill("input[name=name]", SIGN_IN_NAME)
    page.fill("input[name=password]", PASSWORD)
    _send(page)


def take_people(box: NewBox, camera: Camera) -> None:
    """Add people; take their list and one person's page."""
    page = camera.page
    for name, roles in PEOPLE:
        page.goto(f"{box.base}/admin/people/new?lang=vi")
        page.fill("input[name=name]", name)
        for role in roles:
            page.check(f"input[name=role][value={role}]")
        _send(page)
    page.goto(f"{box.base}/admin/roles/new?lang=vi")
    page.fill("input[name=name]", "Người tiếp đón")
    for permission in ("issue", "take_help"):
        page.check(f"input[name=permission][value={permission}]")
    wait_until_stable(page)
    camera.store("role-vi")
    _send(page)
    camera.open(f"{box.base}/admin/people", "people")
    camera.open(f"{box.base}/admin/people/new", "person-new")
    camera.open(f"{box.base}/admin/roles", "roles")
    page.goto(f"{box.base}/admin/people?lang=vi")
    address = page.get_by_role("link", name=PEOPLE[1][0]).first.get_attribute("href")
    camera.open(f"{box.base}{address}", "person")


def take_office(box: NewBox, camera: Camera) -> None:
    """Change a counter and plan a notice; take the preview and the changes."""
    page = camera.page
    page.goto(f"{box.base}/admin/office/counters?lang=vi")
    page.goto(f"{box.base}{page.locator('.office-table tbody a').nth(2).get_attribute('href')}")
    page.locator("input[name=services]:checked").first.uncheck()
    _send(page)
    wait_until_stable(page)
    camera.store("office-preview-vi")
    _send(page)
    page.goto(f"{box.base}/admin/office/notices/new?lang=vi")
    page.fill("textarea[name='text.vi']", "Chiều thứ Sáu 27/11, trung tâm nhận hồ sơ đến 15:30.")
    _send(page)
    page.check("input[name=when][value=date]")
    page.fill("input[name=date]", "2026-11-26")
    _send(page)
    camera.open(f"{box.base}/admin/office/changes", "office-changes")
    page.goto(f"{box.base}/admin/office/changes?lang=vi")
    _follow(box, camera, "main a[href*='/undo']", "office-undo")
    plan_seats(box, page)
    for address, name in OFFICE_PAGES.items():
        camera.open(f"{box.base}/admin/office{address}", name)


def plan_seats(box: NewBox, page: Page) -> None:
    """Enter who sits at two counters, and an exception of this week."""
    for counter, person, date in ((0, 0, ""), (1, 1, ""), (0, 1, "2026-11-25")):
        page.goto(f"{box.base}/admin/office/roster/new?lang=vi")
        page.select_option("select[name=counter]", index=counter)
        page.select_option("select[name=clerk]", index=person)
        if date:
            page.fill("input[name=since]", date)
            page.fill("input[name=until]", date)
        else:
            for weekday in WORKING_DAYS:
                page.check(f"input[name=weekdays][value={weekday}]")
        _send(page)
        _send(page)


def take_devices(box: NewBox, camera: Camera, browser: Browser) -> None:
    """Enrol a browser and let another wait; take devices and the form."""
    page, desk = camera.page, _camera(browser, camera.folder).page
    _take_this_browser(box, camera)
    code = _ask_for_enrolment(box, desk)
    _open_waiting(box, page)
    page.fill("input[name=code]", code)
    page.fill("input[name=name]", "Máy quầy 3")
    page.fill("input[name=place]", "Quầy 3")
    _send(page)
    desk.goto(f"{box.base}/this-browser")  # it receives its token
    _ask_for_enrolment(box, _camera(browser, camera.folder).page)
    camera.open(f"{box.base}/admin/devices", "devices")
    page.goto(f"{box.base}/admin/devices?lang=vi")
    _follow(box, camera, "#enrolled tbody a", "device")
    _open_waiting(box, page)
    camera.take("enrol")


def _ask_for_enrolment(box: NewBox, page: Page) -> str:
    """Ask for the enrolment of a browser; return its code."""
    page.goto(f"{box.base}/this-browser?lang=vi")
    _send(page)
    return page.locator("dd.code").inner_text()


def _take_this_browser(box: NewBox, camera: Camera) -> None:
    """Take the page before the enrolment; its code would differ each time."""
    camera.open(f"{box.base}/this-browser", "this-browser")


def _open_waiting(box: NewBox, page: Page) -> None:
    page.goto(f"{box.base}/admin/devices?lang=vi")
    address = page.locator("a[href*='/waiting/']").first.get_attribute("href")
    page.goto(f"{box.base}{address}")


def take_programs(box: NewBox, camera: Camera) -> None:
    """Make a token; take the page of programs."""
    page = camera.page
    page.goto(f"{box.base}/admin/programs?lang=vi")
    page.fill("form[aria-labelledby=h-new-token] input[name=name]", "Bảng điện tử ở cổng")
    page.check("input[name=scope][value='read:board']")
    _send(page, "form[aria-labelledby=h-new-token] button.filled")
    page.goto(f"{box.base}/admin/programs?lang=vi")
    page.fill("form[aria-labelledby=h-new-hook] input[name=url]", "https://kho-du-lieu.example/luot")
    page.check("form[aria-labelledby=h-new-hook] input[name=fact][value='ticket.finished']")
    _send(page, "form[aria-labelledby=h-new-hook] button.filled")
    camera.open(f"{box.base}/admin/programs", "programs")
    page.goto(f"{box.base}/admin/programs?lang=vi")
    _follow(box, camera, "main a[href*='/hooks/']", "hook")


def take_network(box: NewBox, camera: Camera) -> None:
    """Take the page of the network, with a fingerprint that is the same each time."""

    def replace_fingerprint(route: Route) -> None:
        response = route.fetch()
        lines = iter(SHOWN_FINGERPRINT)
        body = FINGERPRINT.sub(lambda _: next(lines), response.text())
        body = PORT.sub(r"\g<1>8470", body)
        route.fulfill(response=response, body=body)

    camera.page.route("**/admin/network*", replace_fingerprint)
    camera.open(f"{box.base}/admin/network", "network")
    camera.page.route("**/trust*", replace_fingerprint)
    camera.open(f"{box.base}/trust", "trust")


def take_kiosk(folder: Path) -> Path:
    """Draw the screen of a kiosk that is not enrolled, in both languages."""
    panel = notice_panel(1080, 1920, 299.0)
    surface = pygame.Surface((panel.width_px, panel.height_px))
    paint(surface, notice_scene(notice_of(ENROLMENT, "kiosk-2"), panel), panel, DAY)
    path = folder / "station-not-enrolled-vi.png"
    pygame.image.save(surface, str(path))
    return path


if __name__ == "__main__":
    for picture in make(Path(sys.argv[1])):
        print(picture)
