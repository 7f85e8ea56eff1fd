"""The office's pages of a real hall, by the keyboard alone, wide and narrow."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from support.browser_pages import ROW_MS, WAIT_MS, overflow_px, rest, violations
from support.server_process import Machine, machine, office, running
from support.signed_in import PASSWORD, add_people

SIZES = ((1366, 768), (360, 740))
ADMINISTRATOR_NAME = "quan-tri-mau"
MOST_TABS = 80
FOCUSED_NAME = """() => {
  const at = document.activeElement;
  return (at.closest("label") || (at.labels && at.labels[0]) || at).innerText.trim();
}"""
SINGLE_PATHS = (
    "", "/general", "/hours", "/dates", "/dates/new", "/services", "/services/item/CT", "/services/new",
    "/services/order", "/counters", "/counters/item/c1", "/procedures", "/procedures/new", "/clerks",
    "/clerks/item/nv-c1", "/rules", "/notices", "/notices/new", "/changes", "/procedures/import", "/workbook",
)  # fmt: skip


class OfficeDesk:
    """The administrator's browser, used by the keyboard alone."""

    def __init__(self, page: Page, base: str, pictures: Path) -> None:
        self.page, self.base, self.pictures = page, base, pictures

    def open(self, path: str) -> None:
        self.page.goto(f"{self.base}/admin/office{path}")
        rest(self.page)

    def tab_to(self, name: str) -> None:
        """Press Tab until the element with this name has the focus."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(FOCUSED_NAME).startswith(name):
                return
        raise AssertionError(f"no element named {name!r} is reached by Tab")

    def press(self, key: str, then: str) -> None:
        """Press a key after a rest, and wait for a heading or notice."""
        rest(self.page)
        self.page.clock.fast_forward(ROW_MS)
        self.page.keyboard.press(key)
        self.page.wait_for_selector(f":is(h1, .note, [role=alert]):has-text('{then}')", timeout=WAIT_MS)
        rest(self.page)

    def choose(self, name: str, key: str = "Space") -> None:
        """Press a key on a choice after a rest."""
        self.tab_to(name)
        rest(self.page)
        self.page.keyboard.press(key)

    def write(self, name: str, text: str) -> None:
        """Write over the text of a field."""
        self.tab_to(name)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def look(self, name: str) -> None:
        """Assert that the page fits and has no violations at both sizes; keep pictures."""
        for width, height in SIZES:
            self.page.set_viewport_size({"width": width, "height": height})
            (self.pictures / f"{name}-{width}.png").write_bytes(self.page.screenshot(full_page=True))
            assert violations(self.page) == "", (name, width)
            assert overflow_px(self.page) == 0, (name, width)
        self.page.set_viewport_size({"width": 1366, "height": 768})


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    services = {"c1": ["CT", "HT"], "c2": ["HT"], "c3": ["HT", "DD"]}
    where = machine(tmp_path_factory.mktemp("hall"), office(["CT", "HT", "DD"], services), mode="live")
    add_people(where)
    with running(where):
        yield where


@pytest.fixture
def desk(hall: Machine, browser: Browser, tmp_path: Path) -> Iterator[OfficeDesk]:
    size = {"width": 1366, "height": 768}
    with closing(browser.new_context(viewport=size, locale="vi-VN")) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.clock.install()
        page.goto(f"{hall.api}/?lang=vi")
        page.get_by_label("Tên đăng nhập").fill(ADMINISTRATOR_NAME)
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        rest(page)
        page.keyboard.press("Enter")
        page.wait_for_selector("header .nav, main .card")
        yield OfficeDesk(page, hall.api, tmp_path)


def test_a_counter_is_changed_planned_and_taken_back_with_the_keyboard_alone(desk: OfficeDesk) -> None:
    page = desk.page
    desk.open("/counters/item/c3")
    desk.write("Tên quầy", "1")
    desk.tab_to("Xem trước")
    desk.press("Enter", "Chưa lưu.")
    expect(page.locator(".asked")).to_be_focused()
    expect(page.locator("#m-f-label")).to_contain_text("Đã có một quầy khác tên này.")
    desk.look("mistake")
    desk.write("Tên quầy", "3")
    desk.choose("Lĩnh vực DD")
    desk.tab_to("Xem trước")
    desk.press("Enter", "Xem trước thay đổi")
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator(".effects")).to_contain_text("Quầy 3 thôi nhận Lĩnh vực DD: còn 0 quầy.")
    desk.look("preview")
    desk.tab_to("Lưu thay đổi")
    desk.press("Enter", "Đã lưu.")
    desk.open("/changes")
    desk.tab_to("Hoàn tác")
    desk.press("Enter", "Hoàn tác thay đổi")
    desk.look("undo")
    desk.tab_to("Lưu thay đổi")
    desk.press("Enter", "Đã đặt lại như trước.")
    desk.open("/services/item/DD")
    desk.write("Nhiều nhất bao nhiêu số mỗi buổi", "40")
    desk.tab_to("Xem trước")
    desk.press("Enter", "Xem trước thay đổi")
    desk.choose("Ngay bây giờ", "ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("01012031")
    desk.tab_to("Lưu thay đổi")
    desk.press("Enter", "Đã lưu.")
    expect(page.locator(".office-table")).to_contain_text("Đổi từ")
    desk.look("planned-list")
    desk.open("/changes")
    desk.look("changes")
    desk.choose("Rút lại", "Enter")
    desk.tab_to("Rút lại thay đổi")
    desk.press("Enter", "Đã rút lại thay đổi dự kiến.")


def test_both_texts_stand_beside_each_other_after_a_conflict(desk: OfficeDesk) -> None:
    page = desk.page
    desk.open("/services/item/HT")
    with closing(page.context.new_page()) as second:
        second.clock.install()
        there = OfficeDesk(second, desk.base, desk.pictures)
        there.open("/services/item/HT")
        there.write("Tiếng Việt", "Hộ tịch A")
        there.tab_to("Xem trước")
        there.press("Enter", "Xem trước thay đổi")
        there.tab_to("Lưu thay đổi")
        there.press("Enter", "Đã lưu.")
    desk.write("Tiếng Việt", "Hộ tịch B")
    desk.tab_to("Xem trước")
    desk.press("Enter", "Người khác đã sửa mục này")
    desk.look("conflict")
    desk.tab_to("Vẫn lưu nội dung của tôi")
    desk.press("Enter", "Xem trước thay đổi")
    desk.tab_to("Lưu thay đổi")
    desk.press("Enter", "Đã lưu.")
    expect(page.locator(".office-table")).to_contain_text("Hộ tịch B")


def test_every_page_fits_and_has_no_violations(desk: OfficeDesk) -> None:
    for path in SINGLE_PATHS:
        desk.open(path)
        desk.look(path.strip("/").replace("/", "-") or "overview")
    desk.open("?lang=en")
    for path in ("", "/services/item/CT", "/rules", "/changes"):
        desk.open(path)
        desk.look(f"en-{path.strip('/').replace('/', '-') or 'overview'}")
