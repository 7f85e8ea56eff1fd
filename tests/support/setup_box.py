"""A new machine: a live server without an office."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tomli_w
from playwright.sync_api import Page, expect

from config.setup_notice import read_notice
from support.browser_pages import rest
from support.forked_programs import start_program
from support.server_process import end, free_ports, wait_for
from support.waiting import until

PASSWORD = "cả phường uống trà"
OFFICE_ID = "vi-du"


@dataclass(frozen=True, slots=True)
class SetupBox:
    """The machine's settings file and state, and the addresses of its server and broker."""

    config: Path
    state: Path
    base: str
    broker: tuple[str, int]

    @property
    def code(self) -> str:
        """The set-up code that a kiosk of this machine shows."""
        until(lambda: read_notice(self.state) is not None)
        notice = read_notice(self.state)
        assert notice is not None
        return notice.code

    @property
    def log(self) -> Path:
        """The server's log, as its console shows it."""
        return self.config.parent / "server.log"


def unpacked(folder: Path) -> SetupBox:
    """Write the settings of a new machine, which has no office file."""
    api, visitors, broker = free_ports(3)
    settings = {
        "machine": {"state": str(folder / "state")},
        "server": {
            "listen": f"127.0.0.1:{api}",
            "visitors": f"127.0.0.1:{visitors}",
            "visitor_url": f"http://127.0.0.1:{visitors}",
            "threads": 32,
            "calls_at_once": 12,
        },
        "broker": {"listen": f"127.0.0.1:{broker}"},
        "link": {"server": f"http://127.0.0.1:{api}", "broker": f"127.0.0.1:{broker}", "office": OFFICE_ID},
    }
    config = folder / "hall.toml"
    config.write_text(tomli_w.dumps(settings), encoding="utf-8")
    return SetupBox(config, folder / "state", f"http://127.0.0.1:{api}", ("127.0.0.1", broker))


@contextmanager
def switched_on(box: SetupBox) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the server until the block ends."""
    process = start_program(["-m", "server.app", "--config", str(box.config)], box.log)
    try:
        wait_for(f"{box.base}/static/staff/setup.js", process, box.log)
        yield process
    finally:
        if process.poll() is None:
            end(process)


def cut_power(process: "subprocess.Popen[bytes]") -> None:
    """End the server without a warning."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def send(page: Page) -> None:
    """Press Enter in the form, once its keys can be pressed."""
    rest(page)
    page.keyboard.press("Enter")


def enter_code(page: Page, box: SetupBox) -> None:
    """Do the first step by keyboard."""
    page.goto(box.base)
    expect(page.get_by_label("Mã thiết lập", exact=True)).to_be_focused()
    page.keyboard.type(box.code)
    send(page)


def create_administrator(page: Page, name: str = "Nguyễn Văn An", password: str = PASSWORD) -> None:
    """Do the second step by keyboard."""
    expect(page.get_by_label("Họ và tên")).to_be_focused()
    page.keyboard.type(name)
    for _ in range(2):
        page.keyboard.press("Tab")
        page.keyboard.type(password)
    send(page)


def choose_template(page: Page, template: str, name: str) -> None:
    """Do the third step."""
    page.locator(f"input[value={template}]").check()
    page.get_by_label("Tên cơ quan, như trên phiếu và màn hình").fill(name)
    send(page)
