"""Walk through room mode in two windows of a real browser.

They stand side by side on one screen of 1366 × 768.

Run ``PYTHONPATH=.:tests python tests/prove/room.py FOLDER [CHROMIUM]``. It starts Xvfb, the server with the settings of
``config/examples/hall-desk.toml`` and Chromium; it issues, calls and finishes at the desk, without and with a printer,
and stores pictures of the whole screen in the folder. Needs xvfb and chromium.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from PIL import ImageGrab
from playwright.sync_api import BrowserContext, Page, sync_playwright

from support import room
from support.browser_pages import WAIT_MS, overflow_px
from support.server_process import need, running
from support.signed_in import add_people

WIDE_PX, HIGH_PX = 1366, 768


@contextmanager
def screen() -> Iterator[str]:
    """Start an X server with one screen; yield its name, such as ``:7``."""
    reader, writer = os.pipe()
    size = f"{WIDE_PX}x{HIGH_PX}x24"
    command = [need("Xvfb"), "-displayfd", str(writer), "-screen", "0", size, "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as numbers:
            yield f":{numbers.readline().strip()}"
    finally:
        process.terminate()
        process.wait()


def place(context: BrowserContext, page: Page, left: int) -> None:
    """Put the page's window on one half of the screen, as a person does."""
    session = context.new_cdp_session(page)
    window = session.send("Browser.getWindowForTarget")["windowId"]
    bounds = {"left": left, "top": 0, "width": WIDE_PX // 2, "height": HIGH_PX}
    session.send("Browser.setWindowBounds", {"windowId": window, "bounds": bounds})
    session.detach()


def walk(folder: Path, chromium: str) -> None:
    """Do a visitor's way without and with a printer, and take pictures."""
    with tempfile.TemporaryDirectory() as scratch, room.desk_printer() as printer, screen() as display_name:
        host, port = printer.address
        where = room.room(Path(scratch), f"{host}:{port}")
        add_people(where)

        def take(name: str) -> None:
            clerk.wait_for_timeout(1500)  # both windows paint
            picture = ImageGrab.grab(xdisplay=display_name)
            picture.save(folder / f"room-{name}.png")
            print(name, sizes(clerk), sizes(display), flush=True)

        preferences = Path(scratch) / "profile/Default/Preferences"
        preferences.parent.mkdir(parents=True)
        preferences.write_text('{"credentials_enable_service": false}', encoding="utf-8")
        with running(where), sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                Path(scratch) / "profile",
                executable_path=chromium,
                headless=False,
                no_viewport=True,
                locale="vi-VN",
                env={**os.environ, "DISPLAY": display_name},
                args=["--no-sandbox", "--test-type", f"--app={where.api}/?lang=vi", "--disable-gpu"],
            )
            with closing(context):
                context.set_default_timeout(WAIT_MS)
                clerk = context.pages[0]
                place(context, clerk, 0)
                room.sit_down(clerk, where.api)
                with context.expect_page() as opened:
                    clerk.click("[data-beside]")
                display = opened.value
                display.wait_for_selector("#heading .clock")
                place(context, display, WIDE_PX // 2)
                take("opened")
                room.switch_sound_on(display)
                number = room.issue_without_slip(clerk)
                take("issued")
                room.call(clerk, display, number)
                take("called")
                room.finish(clerk)
                with room.printing(where):
                    room.print_slip(clerk, where, printer)
                    take("printed")


def sizes(page: Page) -> tuple[int, int, int]:
    """Return width, height and overflow of the window's page."""
    return page.evaluate("innerWidth"), page.evaluate("innerHeight"), overflow_px(page)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    walk(target, sys.argv[2] if len(sys.argv) > 2 else need("chromium"))
