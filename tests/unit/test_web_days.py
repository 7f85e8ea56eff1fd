"""The manager's page of a day: opening, closing by mistake, a wrong clock."""

from html import unescape

import pytest
from core_hall import HOUR, MONDAY_0800, Hall, manager
from core_web import Web

from server import commands, views
from server.commands import Refused
from server.views import MAX_LISTED_DAYS

IN_2000 = 946861200000  # 2000-01-03 08:00 in the hall


class ManagersPage:
    """The page "Now" in the browser of the hall's manager."""

    def __init__(self, hall: Hall) -> None:
        self.web = Web(hall)
        self._sent("/manager/sign-in", {"manager": "ql"})

    def now(self, path: str = "/manager") -> str:
        answer = self.web.browser.get(path, base_url="http://127.0.0.1")
        assert answer.status_code == 200
        return unescape(answer.get_data(as_text=True))

    def press(self, action: str, **form: str) -> tuple[int, str]:
        return self._sent(f"/manager/day/{action}", form)

    def issuing(self, service: str, **form: str) -> tuple[int, str]:
        return self._sent(f"/manager/issuing/{service}", form)

    def _sent(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        answer = self.web.browser.post(path, data=form, base_url="http://127.0.0.1", follow_redirects=True)
        return answer.status_code, unescape(answer.get_data(as_text=True))


def close(hall: Hall) -> None:
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))


def booted(hall: Hall, wall_ms: int) -> None:
    hall.clock.wall_ms, hall.clock.boot_ms = wall_ms, 20_000
    hall.rebooted("boot-2")
    hall.tick()


def test_a_day_closed_by_mistake_is_opened_again_from_the_page(hall: Hall) -> None:
    page = ManagersPage(hall)
    hall.issue()
    assert "không khôi phục được" in page.now(), "the question before closing says what is final"
    status, shown = page.press("close")
    assert (status, "Mở lại ngày vừa đóng" in shown, 'id="d-open"' in shown) == (200, True, False)
    status, shown = page.press("reopen", reason="bấm nhầm")
    assert "Đã mở lại ngày 23/11/2026. Số thứ tự tiếp theo số cuối đã cấp." in shown
    assert hall.issue().number == "A002"


def test_three_refusals_are_three_sentences(hall: Hall) -> None:
    page = ManagersPage(hall)
    status, opened_twice = page.press("open")
    assert (status, "Ngày 23/11/2026 chưa đóng. Mời đóng ngày đó trước." in opened_twice) == (409, True)
    page.press("close")
    status, closed_today = page.press("open")
    assert (status, "Ngày 23/11/2026 đã đóng. Nếu đóng nhầm, mời chọn “Mở lại ngày vừa đóng”" in closed_today) == (
        409,
        True,
    )
    status, closed_twice = page.press("close")
    assert (status, "Ngày làm việc chưa mở hoặc đã đóng." in closed_twice) == (409, True)
    hall.clock.go(24 * HOUR)
    status, over = page.press("reopen", reason="x")
    assert (status, "Ngày 23/11/2026 đã qua, không mở lại được." in over) == (409, True)


def test_a_clock_that_lost_its_time_asks_which_day_it_is(hall: Hall) -> None:
    left = hall.issue()
    booted(hall, IN_2000)
    page = ManagersPage(hall)
    shown = page.now()
    assert "Đồng hồ máy đang là 08:00, 03/01/2000 nên chưa tin được." in shown
    assert "Đồng hồ máy đúng" not in shown, "it cannot be"
    assert "Số còn chờ từ trước khi bật máy" in shown
    assert 'value="keep" checked' not in shown, "nobody but staff knows which day they are of"
    fresh = hall.issue()
    assert "Chưa rõ ngày (08:00)" in page.now("/manager/day")
    status, shown = page.press("date", date="2026-11-25", left="expire")
    assert (status, "Đã ghi nhận: hôm nay là 25/11/2026." in shown, "Thứ Tư, 25/11/2026" in shown) == (200, True, True)
    assert "không phải ngày cán bộ đã cho biết" in shown, "the clock is still wrong"
    assert [hall.row(row.id).state for row in (left, fresh)] == ["expired", "waiting"]


def test_a_day_without_a_date_is_closed_and_opened_again_in_whole_sentences(hall: Hall) -> None:
    booted(hall, IN_2000)
    page = ManagersPage(hall)
    assert "Đóng ngày này?" in page.now()
    _, shown = page.press("close")
    assert ("Đã đóng ngày này: 0 lượt" in shown, "Mở lại ngày này?" in shown) == (True, True)
    _, shown = page.press("reopen", reason="bấm nhầm")
    assert "Đã mở lại ngày này." in shown


def test_a_clock_that_is_behind_and_right_is_confirmed_from_the_page(hall: Hall) -> None:
    booted(hall, MONDAY_0800 - 48 * HOUR)
    page = ManagersPage(hall)
    assert "Hôm nay đúng là 21/11/2026?" in page.now()
    _, shown = page.press("date")
    assert "Thứ Bảy, 21/11/2026" in shown
    assert "nên chưa tin được" not in shown


@pytest.mark.parametrize("date", ["", "9999-12-31", "2026-02-30", "hôm nay"])
def test_a_date_that_cannot_be_is_refused_with_its_name(hall: Hall, date: str) -> None:
    status, shown = ManagersPage(hall).press("date", date=date)
    assert (status, "mục “ngày” phải từ 01/01/2026 đến 31/12/2099" in shown) == (400, True)
    assert "Thứ Hai, 23/11/2026" in shown


def test_two_parts_of_a_date_each_have_their_page_and_file(hall: Hall) -> None:
    hall.issue()
    close(hall)
    hall.ask(lambda tx, now: commands.enter_date(tx, manager(), now, "2026-11-23"))
    hall.issue("CT")
    hall.issue("CT")
    page = ManagersPage(hall)
    shown = page.now("/manager/day")
    assert "23/11/2026 (lần 2)" in shown
    second = next(row.day for row in [hall.number("B002")])
    assert page.now(f"/manager/day/{second}.csv").count("Chứng thực") == 2
    assert page.now("/manager/day/2026-11-23.csv").count("Hộ tịch") == 1
    status, body = page.web.get("/tickets?day=2026-11-23")
    assert (status, [ticket["number"] for ticket in body["items"]]) == (200, ["A001", "B001", "B002"])


def test_a_reason_that_a_kiosk_would_show_as_boxes_is_refused_with_its_sign(hall: Hall) -> None:
    page = ManagersPage(hall)
    status, shown = page.issuing("HT", reason="Họp ☂ đột xuất")
    assert (status, "Ki-ốt không có phông chữ cho “☂”. Mời viết lý do bằng chữ." in shown) == (400, True)
    assert hall.issue().number == "A001"
    assert page.issuing("HT", reason="Họp đột xuất → tầng 2")[0] == 200
    with pytest.raises(Refused):
        hall.issue()


def test_any_day_of_the_past_opens_by_its_date_though_the_list_is_short(hall: Hall) -> None:
    hall.issue()
    for _ in range(MAX_LISTED_DAYS + 3):
        close(hall)
        hall.clock.go(24 * HOUR)
        hall.ask(lambda tx, now: commands.open_day(tx, manager(), now))
    page = ManagersPage(hall)
    newest = page.now("/manager/day")
    assert newest.count("<option") == MAX_LISTED_DAYS
    assert 'type="date"' in newest
    oldest = page.now("/manager/day?date=2026-11-23")
    assert (oldest.count("<option"), "Thứ Hai, 23/11/2026" in oldest) == (MAX_LISTED_DAYS + 1, True)
    assert 'value="2026-11-23" selected' in oldest
    assert "date=2026-11-24" in oldest
    assert page.now("/manager/day/2026-11-23.csv").count("Hộ tịch") == 1


def test_a_date_without_a_service_day_is_no_error_and_nonsense_is_not_found(hall: Hall) -> None:
    page = ManagersPage(hall)
    assert "Ngày này không cấp số nào." in page.now("/manager/day?date=2026-11-22")
    for path in ("/manager/day?date=yesterday", "/manager/day/2026-11-22.csv"):
        assert page.web.browser.get(path, base_url="http://127.0.0.1").status_code == 404


def test_the_second_day_of_a_date_keeps_its_number_and_the_date_opens_the_last(hall: Hall) -> None:
    page = ManagersPage(hall)
    close(hall)
    hall.ask(lambda tx, now: commands.enter_date(tx, manager(), now, "2026-11-23"))
    with hall.read() as snapshot:
        first, second = views.days(snapshot)[::-1]
        assert views.service_day(snapshot, "2026-11-23") == first, "the id of the first is the date"
        assert [day.part for day in (first, second)] == [1, 2]
        assert views.neighbours(snapshot, second) == (first.id, None)
    assert "23/11/2026 (lần 2)" in page.now(f"/manager/day?date={second.id}")
