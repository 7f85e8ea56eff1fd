"""Pictures of the virtual hall's page: a real hall in a few minutes of its sample morning, in a real browser."""

import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3
from playwright.sync_api import Page, ViewportSize, sync_playwright

DEMO = Path(__file__).parent.parent.parent / "config" / "demo" / "hall.toml"
WIDE = ViewportSize(width=1600, height=1000)
PHONE = ViewportSize(width=360, height=740)
PATIENCE_MS = 90_000


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
        for language in ("vi", "en"):
            ask("/speed", {"speed": 60})
            page.goto(f"{url}/?lang={language}")
            page.wait_for_selector("#kiosk-picture:not([hidden])", timeout=PATIENCE_MS)
            page.locator("[data-mark=serving]").nth(2).wait_for(timeout=PATIENCE_MS)
            ask("/speed", {"speed": 1})
            ask("/visitor", {})
            page.wait_for_selector("#slip:not([hidden])", timeout=PATIENCE_MS)
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
        found = re.search(r"http://[^\s]+", hall.stdout.readline())
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
