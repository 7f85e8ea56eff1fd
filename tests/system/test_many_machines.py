"""Play the first morning of a hall of many machines, from its first start on.

Everything is done as people do it: by the pages, by codes that are read from screens, by touches and keys. The hall's
clock stands still but between the steps of the morning, so the figures of the day are known in advance.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hall_machines import (
    DEVICES_CONTROL,
    TV_CONTROL,
    HallMachine,
    HostControl,
    Kiosk,
    counter_settings,
    display_settings,
    kiosk_settings,
    node_settings,
)
from hall_pages import (
    CounterPage,
    create_person,
    enrol_device,
    remove_device,
    set_own_password,
    set_up,
    sign_in,
)
from playwright.sync_api import Browser, Page

from server.hall.virtual.control_clients import ControlError
from support.guarded_hall import LOCAL_BROKER_PORT, LOCAL_PORT, OFFICE, Client, GuardedHall, guarded_hall
from support.waiting import until

STEP_MIN = 20
OWN_PASSWORD = "gio thoi qua canh dong lua"
MORE_HOSTS = {
    "counters": "10.77.0.15",
    "node": "10.77.0.16",
    "desk2": "10.77.0.21",
    "chief": "10.77.0.22",
    "phone": "10.77.0.40",
}
BOX_LINK = {
    "link": {
        "server": f"http://127.0.0.1:{LOCAL_PORT}",
        "broker": f"127.0.0.1:{LOCAL_BROKER_PORT}",
        "office": OFFICE,
    }
}


@dataclass(frozen=True, slots=True)
class MorningPlan:
    """The steps, the visitors at each kiosk a step, and the swap's step."""

    steps: int
    visitors: int
    swap_step: int

    @property
    def of_each_service(self) -> int:
        return self.steps * self.visitors


SHORT = MorningPlan(steps=3, visitors=2, swap_step=2)
FULL = MorningPlan(steps=10, visitors=5, swap_step=9)
"""A hundred visitors; clerks swap at eleven o'clock."""


@dataclass
class Morning:
    """The hall, its machines and browsers, and everything that its visitors recorded."""

    hall: GuardedHall
    browser: Browser
    stack: ExitStack
    plan: MorningPlan
    machines: dict[str, HallMachine] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    served: list[str] = field(default_factory=list)
    report: dict[str, tuple[str, ...]] = field(default_factory=dict)
    removed: dict[str, object] = field(default_factory=dict)

    def page(self, host: str) -> Page:
        """Return the page of a host's browser."""
        if host not in self.pages:
            chromium = self.hall.host(host).chromium(self.browser)
            self.pages[host] = chromium.new_context(ignore_https_errors=True, locale="vi-VN").new_page()
            self.pages[host].clock.install()
        return self.pages[host]

    def start(self, host: str, settings: Mapping[str, Any], *modules: str) -> HallMachine:
        """Start a machine that knows nothing but the server's address; on the box, its stations."""
        link = BOX_LINK if host == "box" else {"link": {"server": self.hall.staff}}
        state = self.hall.state if host == "box" else None
        machine = HallMachine(self.hall.host(host), self.hall.folder, {**link, **settings}, self.hall.pace, state)
        self.stack.callback(machine.end)
        self.machines[host] = machine
        machine.start(*modules)
        return machine

    def at(self, step: int) -> None:
        """Set the hall's clock to a step; the first is at eight o'clock."""
        self.hall.set_clock(self.hall.start_ms + step * STEP_MIN * 60_000)

    def counter(self, counter: str) -> dict[str, Any]:
        board = self.hall.box().call("/board").json
        return dict(next(row for row in board["counters"] if row["id"] == counter))

    def shows(self, counter: str, number: str | None, state: str | None = None) -> bool:
        ticket = self.counter(counter)["ticket"] or {"number": None, "state": None}
        return bool((ticket["number"], ticket["state"]) == (number, state))


# --- before the doors open -----------------------------------------------------------------------------------


def open_the_hall(morning: Morning) -> tuple[CounterPage, CounterPage]:
    """Set everything up from nothing; return the pages of both clerks."""
    hall, local = morning.hall, f"http://127.0.0.1:{LOCAL_PORT}"
    code = re.search(r"set-up code ([A-Z0-9-]+)", hall.log)
    assert code is not None
    box = morning.page("box")
    set_up(box, local, code[1], hall.folder / "new-office.toml")
    people = {
        name: create_person(box, local, name, [role])
        for name, role in (
            ("Nguyễn Văn An", "clerk"),
            ("Trần Thị Bình", "clerk"),
            ("Lê Thị Cúc", "clerk"),
            ("Phạm Văn Dũng", "manager"),
        )
    }
    for name, host in (
        ("Lê Thị Cúc", "desk"),
        ("Nguyễn Văn An", "desk"),
        ("Trần Thị Bình", "desk2"),
        ("Phạm Văn Dũng", "chief"),
    ):
        page, person = morning.page(host), people[name]
        page.context.clear_cookies()
        sign_in(page, hall.staff, person.id, person.one_time_password)
        set_own_password(page, hall.staff, person.one_time_password, OWN_PASSWORD)
    enrol_all(morning, box, local)
    desks = CounterPage(morning.page("desk"), hall.staff, "c1"), CounterPage(morning.page("desk2"), hall.staff, "c2")
    for desk in desks:
        desk.take_counter()
    return desks


def enrol_all(morning: Morning, page: Page, base: str) -> None:
    """Start every machine, and type the code that it shows."""
    simulated = "hardware.simulated.app"
    morning.start("box", kiosk_settings("kiosk-1"), simulated, "kiosk.app")
    kiosk = morning.start("kiosk", kiosk_settings("kiosk-2"), simulated, "kiosk.app")
    tv = morning.start("tv", display_settings("tv-2"), "display.app")
    counters = morning.start(
        "counters", counter_settings(morning.hall.folder, "counters-2", ["c1", "c2"]), simulated, "counter.app"
    )
    node = morning.start("node", node_settings("sign-c1", "c1"), "counter.node.app")
    enrol_device(page, base, "kiosk-2", screen_code(kiosk, Kiosk(kiosk).screen), "Ki-ốt cửa sau")
    enrol_device(page, base, "tv-2", screen_code(tv, tv.control(TV_CONTROL)), "Màn hình sảnh")
    enrol_device(page, base, "counters-2", logged_code(counters), "Máy quầy", ["c1", "c2"])
    enrol_device(page, base, "sign-c1", logged_code(node), "Bảng quầy 1", ["c1"])
    for name in ("box", "kiosk"):
        machine = Kiosk(morning.machines[name])
        morning.machines[name].until(lambda machine=machine: state_of(machine.screen).get("screen") == "home", "home")  # type: ignore[misc]


def state_of(control: HostControl) -> dict[str, Any]:
    """Return the state of a screen; empty while its program starts."""
    with suppress(ControlError):
        return dict(control.get("/state").json())
    return {}


def screen_code(machine: HallMachine, control: HostControl) -> str:
    return str(machine.until(lambda: state_of(control).get("code"), "a code on the screen"))


def logged_code(machine: HallMachine) -> str:
    code = machine.until(lambda: re.search(r"\b(\d{4} \d{4})\b", machine.log), "a code in the log")
    return str(code[1])


# --- the morning ---------------------------------------------------------------------------------------------


def take_numbers(morning: Morning, kiosk: str, service: str) -> threading.Thread:
    """Let visitors take their numbers at one kiosk, while others are served."""
    machine = morning.machines[kiosk]

    def take() -> None:
        touched = Kiosk(machine)
        for _ in range(morning.plan.visitors):
            morning.taken.append(touched.takes(service))

    thread = threading.Thread(target=take)
    thread.start()
    return thread


def serve_at_the_page(morning: Morning, desk: CounterPage, number: str) -> None:
    """Call, start and finish the next visitor by the keys of a clerk's page."""
    desk.press("n", "next")
    until(lambda: morning.shows(desk.counter, number, "called"), f"{number} to be called at {desk.counter}")
    desk.press("s", "start")
    until(lambda: morning.shows(desk.counter, number, "serving"), f"{number} to be served")
    desk.finish()
    until(lambda: morning.shows(desk.counter, None), f"{number} to be finished")
    morning.served.append(number)


def serve_at_the_keypad(morning: Morning, counter: str, number: str) -> None:
    """Call, start and finish the next visitor by the keypad of a counter."""
    devices = morning.machines["counters"].control(DEVICES_CONTROL)
    for key, expected in (("next", (number, "called")), ("start", (number, "serving")), ("finish", (None, None))):
        devices.post(f"/keypads/{counter}", {"key": key})
        until(lambda expected=expected: morning.shows(counter, *expected), f"{key} for {number} at {counter}")
    morning.served.append(number)


def disturb(morning: Morning, step: int) -> None:
    """Slow, cut and split the links of some steps."""
    network = morning.hall.network
    if step == 2:
        network.slow("kiosk", delay_ms=30, loss=0.02)
    if step == 4:
        network.mend("kiosk")
        network.cut("tv", "counters", "node")
    if step == 5:
        network.mend()
        until(lambda: online(morning) >= {"counters-2", "tv-2", "sign-c1"}, lambda: online(morning))
    if step == 6:
        network.slow("desk", delay_ms=30, rate_kbit=4_000)


def online(morning: Morning) -> set[str]:
    health = morning.hall.box().call("/health").json
    return {row["station"] for row in health["stations"] if row["online"]}


def play(morning: Morning, desks: tuple[CounterPage, CounterPage]) -> None:
    """Let ten visitors a step take numbers; they are served in the next."""
    c1, c2 = desks
    for step in range(morning.plan.steps + 1):
        morning.at(step)
        disturb(morning, step)
        takers = (
            [take_numbers(morning, "box", "ct"), take_numbers(morning, "kiosk", "ht")]
            if step < morning.plan.steps
            else []
        )
        if step == morning.plan.swap_step:
            c1 = swap_clerks(morning)
        for n in range(morning.plan.visitors if step else 0):
            number = (step - 1) * morning.plan.visitors + n + 1
            serve_at_the_page(morning, c1, f"A{number:03d}")
            if n == 0 or step == 4:  # the counters' machine is cut off then
                serve_at_the_page(morning, c2, f"B{number:03d}")
            else:
                serve_at_the_keypad(morning, "c2", f"B{number:03d}")
        for taker in takers:
            taker.join()


def swap_clerks(morning: Morning) -> CounterPage:
    """At eleven An leaves the counter, and Cúc takes it in the same browser."""
    page, base = morning.page("desk"), morning.hall.staff
    page.goto(f"{base}/?choose=1")
    page.click("form[action$='/account/sign-out-of-counters'] button")
    page.wait_for_selector("input[name=password]")
    sign_in(page, base, "le-thi-cuc", OWN_PASSWORD)
    desk = CounterPage(page, base, "c1")
    desk.take_counter()
    return desk


def steal_the_tv(morning: Morning) -> None:
    """Remove the TV: its token and connection end, and its screen says so."""
    tv = morning.machines["tv"]
    token = re.search(r'"token": ?"([^"]+)"', "".join(file.read_text() for file in tv.state.rglob("*.json")))
    assert token is not None
    stolen = Client(
        morning.hall.host("attacker"),
        morning.hall.staff,
        {"Authorization": f"Bearer {token[1]}"},
        morning.hall.authority,
    )
    assert stolen.call("/board").status == 200
    remove_device(morning.page("box"), f"http://127.0.0.1:{LOCAL_PORT}", "tv-2")
    morning.removed["token"] = stolen.call("/board").status
    until(lambda: "tv-2" not in online(morning), lambda: online(morning))
    tv.restart_ended("display.app")
    screen = tv.control(TV_CONTROL)
    tv.until(lambda: state_of(screen).get("screen") == "notice", "the notice of the removal")
    morning.removed["title"] = state_of(screen)["title"]


def read_the_report(morning: Morning) -> None:
    """Close the day on the manager's page, and read its figures."""
    page, base = morning.page("chief"), morning.hall.staff
    page.goto(f"{base}/manager/day?date={morning.hall.date}")
    rows = page.locator("table", has_text="Theo lĩnh vực").locator("tr:has(th[scope=row])")
    for row in rows.all():
        cells = [" ".join(cell.inner_text().split()) for cell in row.locator("td").all()]
        morning.report[row.locator("th").evaluate("th => th.lastChild.textContent").strip()] = tuple(cells[:3])


@pytest.fixture(
    scope="module",
    params=[pytest.param(SHORT, id="12 visitors"), pytest.param(FULL, id="100 visitors", marks=pytest.mark.long)],
)
def morning(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Morning]:
    """Play the whole morning once."""
    folder = tmp_path_factory.mktemp("machines")
    with guarded_hall(folder, with_administrator=False, more_hosts=MORE_HOSTS) as hall, ExitStack() as stack:
        morning = Morning(hall, browser, stack, request.param)
        desks = open_the_hall(morning)
        play(morning, desks)
        steal_the_tv(morning)
        read_the_report(morning)
        yield morning


def test_the_figures_of_the_day_are_those_of_its_visitors(morning: Morning) -> None:
    each = morning.plan.of_each_service
    numbers = [f"{prefix}{n:03d}" for prefix in "AB" for n in range(1, each + 1)]
    assert sorted(morning.taken) == sorted(morning.served) == numbers
    assert morning.report["Cả ngày"] == (str(2 * each), str(2 * each), "20,0")
    assert morning.report["Lĩnh vực ct"] == morning.report["Lĩnh vực ht"] == (str(each), str(each), "20,0")


def test_the_stolen_tv_is_out(morning: Morning) -> None:
    assert morning.removed["token"] == 401
    assert "gỡ" in str(morning.removed["title"]).lower()
