"""The steps of a morning: visitors take numbers, clerks serve them, and links fail meanwhile."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from first_morning import AN, BINH, CUC, DUNG, KEYPAD, PIN, Morning, VisitorRecord, user_page
from hall_machines import DEVICES_CONTROL, STEP_WITHIN_S
from hall_pages import CounterPage, PhonePage, read_journal, sign_in
from playwright.sync_api import expect

from support.browser_pages import press_alone
from support.waiting import until

SERVICES = {"box": "ct", "kiosk": "ht"}
"""The service whose visitors come to each kiosk."""
PHONE_STEP = 1
SLOW_KIOSK, CUT_DESK, CUT_COUNTERS, SLOW_DESK, CUT_KIOSK, SPLIT = 2, 3, 4, 6, 7, 8
"""The steps with a disturbance."""
ALL_STATIONS = {"kiosk-1", "kiosk-2", "tv-2", "counters-2", "sign-c1"}


def play(morning: Morning, desks: tuple[CounterPage, CounterPage]) -> None:
    """Let visitors take numbers at each step; they are served in the next."""
    c1, c2 = desks
    clerk = AN
    with ThreadPoolExecutor(len(SERVICES)) as kiosks:
        for step in range(morning.plan.steps + 1):
            morning.at(step)
            morning.attack()
            waiting = {service: morning.waiting(service) for service in SERVICES.values()}
            disturb(morning, step)
            takers = [] if step == morning.plan.steps else send_visitors(morning, kiosks, step)
            if step == morning.plan.swap_step:
                c1, clerk = swap_clerks(morning), CUC
            for n, (first, second) in enumerate(zip(*waiting.values(), strict=True)):
                if n == 0 and step == CUT_DESK and morning.plan.has_disturbances:
                    press_over_a_cut_link(morning, c1, first)
                serve_at_the_page(morning, c1, first, clerk, step)
                if n == 0 or (step == CUT_COUNTERS and morning.plan.has_disturbances):
                    serve_at_the_page(morning, c2, second, BINH, step)
                else:
                    serve_at_the_keypad(morning, "c2", second, step)
            mend(morning, step)
            for taker in takers:
                taker.result(STEP_WITHIN_S)
            if step == PHONE_STEP:
                follow_by_phone(morning)


# --- visitors ------------------------------------------------------------------------------------------------


def send_visitors(morning: Morning, kiosks: ThreadPoolExecutor, step: int) -> list["Future[None]"]:
    """Let visitors take their numbers at both kiosks, while others are served."""
    return [kiosks.submit(take_numbers, morning, name, service, step) for name, service in SERVICES.items()]


def take_numbers(morning: Morning, kiosk: str, service: str, step: int) -> None:
    """Take the numbers of one step at a kiosk, one visitor after the other."""
    for _ in range(morning.plan.visitors):
        number = morning.kiosks[kiosk].takes(service)
        morning.visitors.append(VisitorRecord(number, service, step))


def follow_by_phone(morning: Morning) -> None:
    """Scan the newest slip of the box with a phone, and look at its page."""
    visitor = morning.waiting(SERVICES["box"])[-1]
    printed = len([other for other in morning.visitors if other.service == SERVICES["box"]])
    kiosk = morning.kiosks["box"]
    kiosk.machine.until(lambda: len(kiosk.slips()) == printed, "the last slip")
    link = kiosk.last_slip()
    assert link.startswith(f"{morning.hall.visitors}/v/"), link
    morning.phone, morning.followed = PhonePage(morning.page("phone"), link), visitor
    morning.phone.sees("waiting", visitor.number, f"Còn {morning.plan.visitors - 1} người trước Ông/Bà")
    if morning.plan.has_disturbances:
        morning.hall.network.cut("phone")
        morning.phone.warns(expected=True)
        morning.hall.network.mend("phone")
        morning.phone.warns(expected=False)


def look_at_the_phone(morning: Morning, visitor: VisitorRecord, state: str, *texts: str) -> None:
    if visitor is morning.followed and morning.phone is not None:
        morning.phone.sees(state, visitor.number, *texts)


# --- clerks --------------------------------------------------------------------------------------------------


def serve_at_the_page(morning: Morning, desk: CounterPage, visitor: VisitorRecord, clerk: str, step: int) -> None:
    """Call, start and finish the next visitor by the keys of a clerk's page."""
    desk.press("n", "next", shown(morning, desk.counter, visitor.number, "called"))
    note_call(morning, visitor, step, desk.counter, clerk)
    desk.press("s", "start", shown(morning, desk.counter, visitor.number, "serving"))
    look_at_the_phone(morning, visitor, "serving")
    desk.finish(shown(morning, desk.counter, None))
    look_at_the_phone(morning, visitor, "served")


def serve_at_the_keypad(morning: Morning, counter: str, visitor: VisitorRecord, step: int) -> None:
    """Call, start and finish the next visitor by the keypad of a counter."""
    machine = morning.machines["counters"]
    devices, number = machine.control(DEVICES_CONTROL), visitor.number
    for key, expected in (("next", (number, "called")), ("start", (number, "serving")), ("finish", (None, None))):
        devices.post(f"/keypads/{counter}", {"key": key})
        machine.until(shown(morning, counter, *expected), f"{key} for {number} at {counter}")
    note_call(morning, visitor, step, counter, KEYPAD)


def shown(morning: Morning, counter: str, number: str | None, state: str | None = None) -> Callable[[], bool]:
    return lambda: morning.shows(counter, number, state)


def note_call(morning: Morning, visitor: VisitorRecord, step: int, counter: str, caller: str) -> None:
    """Let a visitor note the own call."""
    visitor.called_step, visitor.counter, visitor.caller = step, counter, caller
    look_at_the_phone(morning, visitor, "called", "MỜI ÔNG/BÀ ĐẾN QUẦY")


def swap_clerks(morning: Morning) -> CounterPage:
    """Let An leave the counter, and Cúc take it in his browser by PIN."""
    page, base = morning.page("desk"), morning.hall.staff
    page.goto(f"{base}/?choose=1")
    page.click("form[action$='/account/sign-out-of-counters'] button")
    page.wait_for_selector("input[name=pin]")
    sign_in(page, base, morning.sign_in_names[CUC], PIN, field="pin")
    desk = CounterPage(page, base, "c1")
    desk.take_counter()
    return desk


def read_the_day(morning: Morning) -> None:
    """Read the day's figures on the manager's page, and the journal with his session."""
    page, base = user_page(morning, DUNG, "box"), morning.hall.staff
    page.goto(f"{base}/manager/day?date={morning.hall.date}")
    rows = page.locator("table", has_text="Theo lĩnh vực").locator("tr:has(th[scope=row])")
    for row in rows.all():
        cells = [" ".join(cell.inner_text().split()) for cell in row.locator("td").all()]
        morning.report[row.locator("th").evaluate("th => th.lastChild.textContent").strip()] = tuple(cells[:3])
    morning.journal = read_journal(page)


# --- links ---------------------------------------------------------------------------------------------------


def disturb(morning: Morning, step: int) -> None:
    """Slow, cut or split links before the visitors and clerks of a step begin."""
    network = morning.hall.network
    if not morning.plan.has_disturbances:
        return
    if step == SLOW_KIOSK:
        network.slow("kiosk", delay_ms=30, loss=0.02)
    elif step == CUT_COUNTERS:
        network.cut("tv", "counters", "node")
    elif step == SLOW_DESK:
        network.slow("desk", delay_ms=30, rate_kbit=4_000)
    elif step == CUT_KIOSK:
        network.cut("kiosk")
        morning.kiosks["kiosk"].notices = 0
    elif step == SPLIT:
        network.split("tv", "node")


def mend(morning: Morning, step: int) -> None:
    """Mend the links of a step, after their loss was noticed."""
    network, kiosk = morning.hall.network, morning.kiosks["kiosk"]
    if not morning.plan.has_disturbances or step not in (SLOW_KIOSK, CUT_COUNTERS, SLOW_DESK, CUT_KIOSK, SPLIT):
        return
    if step == CUT_KIOSK:
        kiosk.machine.until(lambda: kiosk.notices, "a notice that there is no number yet")
    if step in (CUT_COUNTERS, SPLIT):
        until(lambda: "tv-2" not in morning.online(), lambda: morning.online(), within_s=STEP_WITHIN_S)
    network.mend()
    until(lambda: morning.online() == ALL_STATIONS, lambda: morning.online(), within_s=STEP_WITHIN_S)


def press_over_a_cut_link(morning: Morning, desk: CounterPage, visitor: VisitorRecord) -> None:
    """Press "next" while the desk's link is cut: the page warns, and nobody is called."""
    lost = desk.page.locator("#disconnected")
    desk.page.wait_for_selector("#do-next", state="visible")
    morning.hall.network.cut("desk")
    press_alone(desk.page, "n")
    expect(lost).to_be_visible()
    assert not morning.shows(desk.counter, visitor.number, "called")
    morning.hall.network.mend("desk")
    expect(lost).to_be_hidden()
