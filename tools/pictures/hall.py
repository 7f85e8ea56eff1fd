"""Pictures of the virtual hall's page: a real hall in a few minutes of its sample morning, in a real browser."""

import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from tools.fresh import take_ticket

DEMO = Path(__file__).parent.parent.parent / "config" / "demo" / "hall.toml"
WIDE = ViewportSize(width=1600, height=1000)
PHONE = ViewportSize(width=360, height=740)
PATIENCE_MS = 90_000
IDLE_LOOKS, LOOK_EVERY_S = 20, 0.1
PRESSES = 4
# What is pressed at a counter to get to a call, by how the counter looks.
PRESS = {"closed": "next", "open": "next", "serving": "finish"}


def make(folder: Path) -> list[Path]:
    """Four pictures: the hall at work in both languages, on a phone, and with faults."""
    made: list[Path] = []
    with tempfile.TemporaryDirectory(prefix="luot-pictures-") as state, _hall(Path(state)) as url, _page() as page:

        def shot(name: str) -> None:
            made.append(folder / f"hall-{name}.png")
            page.screenshot(path=made[-1])

        def ask(path: str, body: dict[str, object]) -> None:
            urllib3.request("POST", url + path, json=body, timeout=10.0)

        page.set_viewport_size(WIDE)
        page.goto(f"{url}/?lang=vi")
        page.locator("[data-mark=serving]").nth(2).wait_for(timeout=PATIENCE_MS)
        ask("/speed", {"speed": 1})
        ask("/morning", {"on": False})  # from here on nobody acts but we, so that a call and a slip are there to see
        _wait_for_an_idle_kiosk(url)
        take_ticket(url)
        _call(page)
        for language in ("vi", "en"):
            page.goto(f"{url}/?lang={language}")
            page.wait_for_selector("#kiosk-picture:not([hidden])", timeout=PATIENCE_MS)
            page.wait_for_selector("#take:enabled", timeout=PATIENCE_MS)
            page.locator("[data-mark=called]").first.wait_for(timeout=PATIENCE_MS)
            shot(f"busy-{language}")
        page.set_viewport_size(PHONE)
        page.goto(f"{url}/?lang=vi")
        page.wait_for_selector("#kiosk-picture:not([hidden])", timeout=PATIENCE_MS)
        shot("phone-vi")
        page.set_viewport_size(WIDE)
        ask("/faults/printer/paper_out", {"on": True})
        ask("/power/server", {"on": False})
        page.locator("[data-mark=stale]").nth(5).wait_for(timeout=PATIENCE_MS)
        shot("faults-vi")
    return made


def _wait_for_an_idle_kiosk(url: str) -> None:
    """Who stands in line at the kiosk takes a number still: wait until it has shown its first screen for a while."""
    home = 0
    while home < IDLE_LOOKS:
        news = urllib3.request("GET", f"{url}/news", timeout=10.0).json()
        home = home + 1 if news["kiosk"] and news["kiosk"]["state"]["screen"] == "home" else 0
        time.sleep(LOOK_EVERY_S)


def _call(page: Page) -> None:
    """Press a pad until its counter calls: it finishes whom it serves, and calls whoever waits for it."""
    for card in page.locator("[data-counter]").all():
        mark = card.locator(".mark-of")
        for _ in range(PRESSES):
            now = mark.get_attribute("data-mark")
            if now == "called":
                return
            if now not in PRESS:
                break  # it is ready for whoever comes: nobody waits for this one
            card.locator(f"[data-key={PRESS[now]}]").click()
            expect(mark).not_to_have_attribute("data-mark", now, timeout=PATIENCE_MS)
    raise RuntimeError("nobody waits for any counter")


@contextmanager
def _hall(state: Path) -> Iterator[str]:
    """The address of a hall with a morning under way."""
    command = [sys.executable, "-m", "server.hall.app", "--config", str(DEMO), "--ports", "auto"]
    hall = subprocess.Popen(
        [*command, "--state", str(state), "--morning", "--speed", "60"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert hall.stdout is not None
        found = next((at for line in hall.stdout if (at := re.search(r"http://[^\s]+", line))), None)
        if found is None:
            raise RuntimeError("the hall did not start; see luot-hall --config config/demo/hall.toml")
        yield found[0].rstrip("/")
    finally:
        hall.send_signal(signal.SIGINT)
        hall.wait(30)


@contextmanager
def _page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium.new_page()
        chromium.close()
