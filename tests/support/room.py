"""A room without a hall, and a clerk's walk on its pages.

The machine is that of ``config/examples/hall-desk.toml``.
"""

import shutil
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import tomli_w
from playwright.sync_api import Page, expect

from hardware.simulated.printers.printer import SimulatedPrinter
from support.browser_pages import press_alone, rest
from support.forked_programs import start_program
from support.scaled_time import mono_s
from support.server_process import ROOT, Machine, end, free_ports
from support.signed_in import take_counter
from support.waiting import until

EXAMPLES = ROOT / "config/examples"
COUNTER = "c1"


def room(folder: Path, printer: str) -> Machine:
    """Write the example's settings with own folders, ports and the address of a ``printer``.

    Its office has the demonstration's procedures.
    """
    settings = tomllib.loads((EXAMPLES / "hall-desk.toml").read_text(encoding="utf-8"))
    api, visitors, broker = free_ports(3)
    settings["machine"]["state"] = str(folder / "state")
    settings["server"] |= {
        "listen": f"127.0.0.1:{api}",
        "visitors": f"127.0.0.1:{visitors}",
        "visitor_url": "http://192.168.1.10:8471",
        "always_open": True,
        "backup": {"folders": [str(folder / "copies")]},
    }
    settings["broker"]["listen"] = f"127.0.0.1:{broker}"
    settings["link"] |= {"server": f"http://127.0.0.1:{api}", "broker": f"127.0.0.1:{broker}"}
    settings["kiosk"]["printer"] |= {"kind": "network", "address": printer}
    shutil.copy(EXAMPLES / settings["server"]["office"], folder)
    shutil.copy(ROOT / "config/demo/procedures.json", folder)
    config = folder / "hall.toml"
    config.write_text(tomli_w.dumps(settings), encoding="utf-8")
    return Machine(
        config, folder / "state", f"http://127.0.0.1:{api}", f"http://127.0.0.1:{visitors}", ("127.0.0.1", broker)
    )


@contextmanager
def desk_printer() -> Iterator[SimulatedPrinter]:
    """Open a simulated printer of 58 mm on a free port."""
    printer = SimulatedPrinter("127.0.0.1", 0, mono_s=mono_s, paper_mm=58, speed_mm_s=1e6, roll_mm=80_000)
    with closing(printer):
        yield printer


@contextmanager
def printing(where: Machine) -> Iterator[None]:
    """Run the program that prints the desk's slips until the block ends."""
    process = start_program(["-m", "kiosk.app", "--config", str(where.config)], where.config.parent / "kiosk.log")
    try:
        yield
    finally:
        end(process)


def sit_down(page: Page, base: str) -> None:
    """Sign in at the counter and open it."""
    take_counter(page, base, COUNTER)
    rest(page)
    page.click("#do-open")
    page.wait_for_selector("#do-next")


def switch_sound_on(display: Page) -> None:
    """Press the key of the display that switches the sound on."""
    display.wait_for_selector("#heading .clock")
    display.click("#sound [data-on]")
    expect(display.locator("#sound[data-status=on]")).to_be_attached()


def issue(page: Page) -> None:
    """Issue a number at the desk by the key of the queue."""
    press_alone(page, "i")
    page.wait_for_selector(".panel-issue")
    page.select_option("select[name=service]", "HT")
    rest(page)
    page.locator(".panel-issue .filled").click()
    page.wait_for_selector(".panel-issue", state="detached")


def issue_without_slip(page: Page) -> str:
    """Issue a number that the clerk reads out; return it."""
    issue(page)
    expect(page.locator(".panel-issued")).to_contain_text("Mời đọc số này cho công dân, hoặc ghi số ra giấy")
    expect(page.locator(".issued-qr svg")).to_be_visible()
    number = page.locator(".issued-number").evaluate("e => e.lastChild.textContent.trim()")
    return str(number)


def call(page: Page, display: Page, number: str) -> None:
    """Call ``number``, and wait until the display has shown and spoken it."""
    press_alone(page, "Escape")
    page.wait_for_selector(".panel", state="detached")
    press_alone(page, "n")
    expect(page.locator(".work .number")).to_have_text(number)
    expect(display.locator(".panel")).to_contain_text(number)
    expect(page.locator(".call-status")).to_contain_text("Đã hiện số")
    expect(page.locator(".call-status")).to_contain_text("Đã phát loa")


def finish(page: Page) -> None:
    """Start and finish the number that was called."""
    press_alone(page, "s")
    page.wait_for_selector("#do-finish")
    press_alone(page, "h")
    page.wait_for_selector("#do-finish", state="detached")


def print_slip(page: Page, where: Machine, printer: SimulatedPrinter) -> None:
    """Issue a number on the desk's printer, which the form proposes."""
    until(lambda: _proposes_printer(page, where), "the printer of the desk")
    issue(page)
    expect(page.locator("#notices")).to_contain_text("Phiếu in tại Bàn cấp số 1.")
    until(lambda: any(slip["cut"] for slip in printer.state()["slips"]), "the slip")


def _proposes_printer(page: Page, where: Machine) -> bool:
    page.goto(f"{where.api}/clerk/{COUNTER}?panel=issue")
    proposed = page.locator("input[name=print_at][value=desk-1]:checked").count() == 1
    page.goto(f"{where.api}/clerk/{COUNTER}")
    return proposed
