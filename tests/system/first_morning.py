"""A hall of many machines: its set-up, its people and browsers, and its visitors' records."""

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hall_machines import (
    KIOSK_CONTROL,
    TV_CONTROL,
    HallMachine,
    Kiosk,
    counter_settings,
    display_settings,
    kiosk_settings,
    node_settings,
    state_of,
)
from hall_pages import (
    CounterPage,
    PhonePage,
    browser_code,
    create_person,
    enrol_device,
    people_ids,
    set_own_password,
    set_pin,
    set_up,
    sign_in,
)
from playwright.sync_api import Browser, Page

from support.browser_pages import WAIT_MS
from support.guarded_hall import LOCAL_BROKER_PORT, LOCAL_PORT, OFFICE, Client, GuardedHall
from support.waiting import until

LOCAL = f"http://127.0.0.1:{LOCAL_PORT}"
OWN_PASSWORD, PIN = "gio thoi qua canh dong lua", "483916"
AN, BINH, CUC, DUNG = "Nguyễn Văn An", "Trần Thị Bình", "Lê Thị Cúc", "Phạm Văn Dũng"
PEOPLE = ((AN, "clerk", "desk"), (BINH, "clerk", "desk2"), (CUC, "clerk", "desk"), (DUNG, "manager", "box"))
"""The name, the role and the PC of each person. The two of a PC work there one after the other."""
KEYPAD = "keypad"
MORE_HOSTS = {
    "counters": "10.77.0.15",
    "node": "10.77.0.16",
    "desk2": "10.77.0.21",
    "phone": "10.77.0.40",
}
BOX_LINK = {"link": {"server": LOCAL, "broker": f"127.0.0.1:{LOCAL_BROKER_PORT}", "office": OFFICE}}
STATION_PROGRAMS = {
    "kiosk": "kiosk.app",
    "tv": "display.app",
    "counters": "counter.app",
    "node": "counter.node.app",
}
"""The station of each machine beside the box."""
DEVICE_NAMES = {
    "kiosk": "Ki-ốt cửa sau",
    "tv": "Màn hình sảnh",
    "counters": "Máy quầy",
    "node": "Bảng quầy 1",
    "desk": "Máy tính quầy 1",
}
"""The name that the administrator gives the device on each host."""


@dataclass(frozen=True, slots=True)
class MorningPlan:
    """The steps, their minutes, the visitors at each kiosk a step, and the swap's step.

    ``has_disturbances``: links are slowed, cut and split. ``removed``: the hosts whose devices are removed at the end.
    """

    steps: int
    step_min: int
    visitors: int
    swap_step: int
    has_disturbances: bool
    removed: Sequence[str]

    @property
    def of_each_service(self) -> int:
        return self.steps * self.visitors


@dataclass
class VisitorRecord:
    """One visitor's own notes about the number. ``caller``: a person's name, or ``KEYPAD``."""

    number: str
    service: str
    taken_step: int
    called_step: int | None = None
    counter: str = ""
    caller: str = ""


@dataclass
class Morning:
    """The hall, its machines and browsers, and everything that its visitors recorded.

    ``ids``: of the people, by name; ``refusals``: the statuses that the attacker got.
    """

    hall: GuardedHall
    browser: Browser
    stack: ExitStack
    plan: MorningPlan
    machines: dict[str, HallMachine] = field(default_factory=dict)
    kiosks: dict[str, Kiosk] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    sign_in_names: dict[str, str] = field(default_factory=dict)
    visitors: list[VisitorRecord] = field(default_factory=list)
    refusals: set[int] = field(default_factory=set)
    phone: PhonePage | None = None
    followed: VisitorRecord | None = None
    """The visitor with the phone."""
    report: dict[str, tuple[str, ...]] = field(default_factory=dict)
    journal: list[dict[str, Any]] = field(default_factory=list)
    _chromiums: dict[str, Browser] = field(default_factory=dict)
    _pages: dict[tuple[str, str], Page] = field(default_factory=dict)

    @cached_property
    def box(self) -> Client:
        """The client with the box's own token, which looks often and so keeps its connection."""
        return self.hall.box()

    def page(self, host: str, user: str = "") -> Page:
        """Return the page of a host's browser. ``user``: of one with cookies of its own."""
        if host not in self._chromiums:
            self._chromiums[host] = self.hall.host(host).chromium(self.browser)
        if (host, user) not in self._pages:
            context = self._chromiums[host].new_context(ignore_https_errors=True, locale="vi-VN")
            page = self._pages[host, user] = context.new_page()
            page.set_default_timeout(WAIT_MS)
            page.clock.install()
        return self._pages[host, user]

    def start(self, host: str, settings: Mapping[str, Any], *modules: str) -> None:
        """Start a machine that knows nothing but the server's address; on the box, its stations."""
        link = BOX_LINK if host == "box" else {"link": {"server": self.hall.staff}}
        state = self.hall.state if host == "box" else None
        machine = HallMachine(self.hall.host(host), self.hall.folder, {**link, **settings}, self.hall.pace, state)
        self.stack.callback(machine.end)
        self.machines[host] = machine
        machine.start(*modules)

    def at(self, step: int) -> None:
        """Set the hall's clock to a step; the first is at eight o'clock."""
        self.hall.set_clock(self.hall.start_ms + step * self.plan.step_min * 60_000)

    def waiting(self, service: str) -> list[VisitorRecord]:
        """Return the visitors who were not called yet, in the order of their numbers."""
        return [visitor for visitor in self.visitors if visitor.service == service and visitor.called_step is None]

    def shows(self, counter: str, number: str | None, state: str | None = None) -> bool:
        """Return whether the board shows this number at the counter."""
        board = self.box.call("/board").json
        row = next(row for row in board["counters"] if row["id"] == counter)
        ticket = row["ticket"] or {"number": None, "state": None}
        return bool((ticket["number"], ticket["state"]) == (number, state))

    def online(self) -> set[str]:
        """Return the stations that the server counts as connected."""
        health = self.box.call("/health").json
        return {row["station"] for row in health["stations"] if row["online"]}

    def attack(self) -> None:
        """Try to read and to change something from the attacker's machine."""
        attacker = self.hall.client()
        ask = {"request_id": "0" * 32}
        tries = [attacker.call(path) for path in ("/board", "/journal")] + [attacker.call("/counters/c1/next", ask)]
        visitors = Client(self.hall.host("attacker"), self.hall.visitors)
        self.refusals |= {reply.status for reply in [*tries, visitors.get(f"/v/{'A' * 22}")]}


def open_the_hall(morning: Morning) -> tuple[CounterPage, CounterPage]:
    """Set everything up from nothing; return the pages of both clerks."""
    hall, admin = morning.hall, morning.page("box")
    code = re.search(r"set-up code ([A-Z0-9-]+)", hall.log)
    assert code is not None
    set_up(admin, LOCAL, code[1], hall.folder / "new-office.toml")
    start_machines(morning)
    passwords = {}
    for name, role, _host in PEOPLE:
        person = create_person(admin, LOCAL, name, [role])
        morning.sign_in_names[name], passwords[name] = person.id, person.one_time_password
    morning.ids = people_ids(admin, LOCAL)
    for name, _role, host in sorted(PEOPLE, key=lambda person: person[0] != CUC):  # An comes to the desk after Cúc
        page = user_page(morning, name, host)
        page.context.clear_cookies()
        sign_in(page, hall.staff, morning.sign_in_names[name], passwords[name])
        set_own_password(page, hall.staff, passwords[name], OWN_PASSWORD)
        if name == CUC:
            set_pin(page, hall.staff, PIN, OWN_PASSWORD)
    enrol_all(morning, admin)
    desks = CounterPage(morning.page("desk"), hall.staff, "c1"), CounterPage(morning.page("desk2"), hall.staff, "c2")
    for desk in desks:
        desk.take_counter()
    return desks


def user_page(morning: Morning, name: str, host: str) -> Page:
    """Return the page of a person on ``host``. The manager has cookies of his own."""
    return morning.page(host, name if name == DUNG else "")


def start_machines(morning: Morning) -> None:
    """Start every machine; those beside the box show a code."""
    simulated, folder = "hardware.simulated.app", morning.hall.folder
    morning.start("box", kiosk_settings("kiosk-1"), simulated, "kiosk.app")
    morning.start("kiosk", kiosk_settings("kiosk-2"), simulated, STATION_PROGRAMS["kiosk"])
    morning.start("tv", display_settings("tv-2"), STATION_PROGRAMS["tv"])
    counters = counter_settings(folder, "counters-2", ["c1", "c2"])
    morning.start("counters", counters, simulated, STATION_PROGRAMS["counters"])
    morning.start("node", node_settings("sign-c1", "c1"), STATION_PROGRAMS["node"])


def enrol_all(morning: Morning, admin: Page) -> None:
    """Type the code that each machine shows, and that of the first clerk's browser."""
    kiosk, tv, counters, node = (morning.machines[name] for name in STATION_PROGRAMS)
    kiosk_code, tv_code = screen_code(kiosk, KIOSK_CONTROL), screen_code(tv, TV_CONTROL)
    enrol_device(admin, LOCAL, kiosk.host.address, kiosk_code, DEVICE_NAMES["kiosk"])
    enrol_device(admin, LOCAL, tv.host.address, tv_code, DEVICE_NAMES["tv"])
    enrol_device(admin, LOCAL, counters.host.address, logged_code(counters), DEVICE_NAMES["counters"], ["c1", "c2"])
    enrol_device(admin, LOCAL, node.host.address, logged_code(node), DEVICE_NAMES["node"], ["c1"])
    desk, base = morning.page("desk"), morning.hall.staff
    code = browser_code(desk, base)
    enrol_device(admin, LOCAL, morning.hall.host("desk").address, code, DEVICE_NAMES["desk"])
    desk.goto(f"{base}/this-browser")
    desk.wait_for_selector(f"text={DEVICE_NAMES['desk']}")
    morning.kiosks = {name: Kiosk(morning.machines[name]) for name in ("box", "kiosk")}
    for name, touched in morning.kiosks.items():
        morning.machines[name].until(lambda touched=touched: touched.state().get("screen") == "home", "home")  # type: ignore[misc]
    stations = {"kiosk-1", "kiosk-2", "tv-2", "counters-2", "sign-c1"}
    until(lambda: morning.online() == stations, lambda: morning.online())


def screen_code(machine: HallMachine, control_address: str) -> str:
    control = machine.control(control_address)
    return str(machine.until(lambda: state_of(control).get("code"), "a code on the screen"))


def logged_code(machine: HallMachine) -> str:
    """Return the newest code in the log."""
    codes: list[str] = machine.until(lambda: re.findall(r"\b(\d{4} \d{4})\b", machine.log), "a code in the log")
    return codes[-1]
