"""Room mode: one PC is server, issuing desk and display."""

from pathlib import Path

from playwright.sync_api import Browser, ViewportSize

from support import room
from support.browser_pages import WAIT_MS
from support.server_process import running
from support.signed_in import add_people

HALF: ViewportSize = {"width": 683, "height": 657}


def test_a_clerk_issues_calls_and_finishes_beside_the_display_without_and_with_a_printer(
    tmp_path: Path, browser: Browser
) -> None:
    """The example's settings; the program that prints is started later."""
    with room.desk_printer() as printer:
        host, port = printer.address
        where = room.room(tmp_path, f"{host}:{port}")
        add_people(where)
        with running(where):
            context = browser.new_context(viewport=HALF, locale="vi-VN")
            clerk = context.new_page()
            room.sit_down(clerk, where.api)
            with context.expect_page() as opened:
                clerk.click("[data-beside]")
            display = opened.value
            display.set_default_timeout(WAIT_MS)
            display.set_viewport_size(HALF)
            room.switch_sound_on(display)
            number = room.issue_without_slip(clerk)
            assert number == "A001"
            room.call(clerk, display, number)
            room.finish(clerk)
            with room.printing(where):
                room.print_slip(clerk, where, printer)
            context.close()
