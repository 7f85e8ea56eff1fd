"""Forms of the manager's page, and its alerts with the step that helps."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, MINUTE, OFFICE, Hall, clerk, kiosk, request_id
from core_web import Web

from server import commands, views
from server.commands import Actor
from server.domain.office_changes import Edit, Part
from server.domain.permissions import Role
from server.domain.queue.counter import CounterState
from server.wire.messages import AskHelp, Printed

BASE = "http://127.0.0.1"
BOSS = Actor(Role.ADMINISTRATOR, "quan", "web")


class ManagersPage:
    """The page "Now", read and used as a browser does without scripts."""

    def __init__(self, hall: Hall) -> None:
        self.hall, self.web = hall, Web(hall)
        self.web.browser.post("/manager/sign-in", data={"manager": "ql"}, base_url=BASE)

    def text(self) -> str:
        """Return the whole page."""
        return unescape(self.web.browser.get("/manager", base_url=BASE).get_data(as_text=True))

    def send(self, path: str, **fields: str) -> tuple[int, str]:
        """Send a form; return the status and the page."""
        sent = {"request_id": request_id()} | fields
        response = self.web.browser.post(path, data=sent, base_url=BASE)
        return response.status_code, unescape(response.get_data(as_text=True))

    def alerts(self) -> list[str]:
        """Return the sentence of each alert with the text of its key."""
        rows = re.findall(r'<div class="alert warn step">(.*?)</div>', self.text(), re.S)
        return [
            " ".join(re.sub(r"<[^>]+>", " ", re.sub(r'<span class="unseen">.*?</span>', "", row)).split())
            for row in rows
        ]

    def press(self, key: str) -> None:
        """Send the form of the alert with this key."""
        form = next(form for form in re.findall(r"<form.*?</form>", self.text(), re.S) if f">{key}<" in form)
        action = re.search(r'action="([^"]+)"', form)
        assert action is not None
        fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
        assert self.send(action[1], **fields)[0] == 303


@pytest.fixture
def page(tmp_path: Path) -> Iterator[ManagersPage]:
    hall = Hall(tmp_path)
    hall.tick()
    yield ManagersPage(hall)
    hall.close()


def services_of(page: ManagersPage, counter: str) -> tuple[str, ...]:
    with page.hall.read() as snapshot:
        return snapshot.office.services_of(counter)


def test_a_counter_is_opened_with_a_clerk_paused_and_closed_from_its_tile(page: ManagersPage) -> None:
    assert page.send("/manager/counters/c1/state", state="open", clerk="chi")[0] == 303
    assert (page.hall.counter("c1").state, page.hall.counter("c1").clerk) == (CounterState.OPEN, "chi")
    status, text = page.send("/manager/counters/c1/state", state="paused", until="09:00")
    assert status == 400 and "Cần ghi lý do" in text
    assert page.send("/manager/counters/c1/state", state="paused", reason="họp", until="09:00")[0] == 303
    assert "họp · đến 09:00" in page.text()
    assert page.send("/manager/counters/c1/state", state="closed", sure="1")[0] == 303
    assert page.hall.counter("c1").state is CounterState.CLOSED


def test_a_service_is_moved_for_today_and_all_is_as_usual_tomorrow(page: ManagersPage) -> None:
    moved = {"do": "lend", "service": "TK", "from": "c1"}
    assert page.send("/manager/counters/c3/services", **moved)[0] == 303
    assert (services_of(page, "c1"), services_of(page, "c3")) == (("HT",), ("CT", "DD", "TK"))
    shown = page.text()
    assert "hôm nay thêm Trả kết quả" in shown and "hôm nay bớt Trả kết quả" in shown
    assert page.send("/manager/counters/c1/services", do="restore")[0] == 303
    assert services_of(page, "c1") == ("HT", "TK")
    assert page.send("/manager/counters/c3/services", do="take", service="CT")[0] == 303
    page.hall.ask(lambda tx, now: commands.close_day(tx, commands.SYSTEM, now))
    assert services_of(page, "c3") == ("CT", "DD")


def test_what_was_typed_in_a_refused_form_is_kept(page: ManagersPage) -> None:
    status, text = page.send(
        "/manager/issuing", form="d-stop", of="CT", reason="mất điện", until="07:00", ask="chị Lan"
    )
    assert status == 400 and '<option value="CT" selected>' in text
    assert 'value="mất điện"' in text and 'value="07:00"' in text and 'value="chị Lan"' in text
    status, text = page.send(
        "/manager/notices", form="d-notice", text="Nghỉ chiều nay", since="2026-11-23T15:00", until="2026-11-23T14:00"
    )
    assert status == 400 and "Thông báo phải kết thúc sau khi bắt đầu" in text and 'value="Nghỉ chiều nay"' in text
    assert page.send("/manager/notices", text=" ")[0] == 400
    assert page.send("/manager/notices", text="日本")[0] == 400


def test_one_service_is_chosen_to_be_stopped_and_the_stopped_ones_have_a_key_each(page: ManagersPage) -> None:
    assert page.text().count('name="reason" maxlength="100"') == 1
    assert page.send("/manager/issuing", form="d-stop", of="")[0] == 422
    assert page.send("/manager/issuing", form="d-stop", of="CT", sure="1")[0] == 303
    shown = page.text()
    choices = shown.split('<select name="of"')[1].split("</select>")[0]
    assert '<option value="CT"' not in choices and '<option value="HT"' in choices
    assert re.findall(r'<li><span><span class="letter">B</span> Chứng thực', shown)
    assert page.send("/manager/issuing/CT", on="1")[0] == 303
    assert "đang ngừng cấp số" not in page.text()


def test_each_notice_says_where_it_is_shown(page: ManagersPage) -> None:
    assert page.send("/manager/notices", text="Mời xếp hàng")[0] == 303
    assert "cho đến khi gỡ · hiện ở: màn hình sảnh, ki-ốt" in re.sub(r"\s+", " ", page.text())
    row = {"text": {"vi": "Chưa hiện"}, "on_tv": False, "on_kiosk": False, "on_phone": False}
    edits = [Edit(Part.NOTICE, "n9", None, {"since": None, "until": None} | row)]
    page.hall.ask(lambda tx, now: commands.change_office(tx, BOSS, now, edits))
    assert "cho đến khi gỡ · không hiện ở đâu" in re.sub(r"\s+", " ", page.text())


def test_a_stop_shows_its_reason_end_and_whom_to_ask(page: ManagersPage) -> None:
    fields = {"reason": "mất điện", "until": "10:00", "ask": "chị Lan, quầy 1"}
    assert page.send("/manager/issuing/HT", **fields)[0] == 303
    assert "đến 10:00 · mất điện · hỏi: chị Lan, quầy 1" in re.sub(r"\s+", " ", page.text())
    page.hall.clock.go(2 * HOUR)
    page.hall.tick()
    assert "mất điện" not in page.text()


def test_a_notice_is_put_up_until_the_end_of_the_day_and_taken_down(page: ManagersPage) -> None:
    assert page.send("/manager/notices", text="Nghỉ chiều nay", text_en="Closed this afternoon", end="day")[0] == 303
    notice = page.hall.view(lambda snapshot: views.notices(snapshot.office))[0]
    assert notice.text == {"vi": "Nghỉ chiều nay", "en": "Closed this afternoon"}
    assert notice.to == "2026-11-23T16:59:00.000Z"
    assert "Đã đăng thông báo." in page.text()
    assert page.send(f"/manager/notices/{notice.id}/remove")[0] == 303
    assert page.hall.view(lambda snapshot: views.notices(snapshot.office)) == []
    assert page.send(f"/manager/notices/{notice.id}/remove")[0] == 400


def test_a_line_without_an_open_counter_offers_to_open_one_then_to_lend(page: ManagersPage) -> None:
    page.hall.issue("DD")
    assert page.alerts() == ["Lĩnh vực Đất đai: 1 người đang chờ, chưa có quầy nào mở Mở quầy 3"]
    page.press("Mở quầy 3")
    assert page.alerts() == []
    page.hall.open("c1")
    page.hall.sign("c3", None)
    page.hall.sign("c2", "chi")
    page.hall.state("c2", "open", actor=clerk("c3"))
    page.press("Giao thêm cho quầy 1 hôm nay")
    assert "DD" in services_of(page, "c1")


def test_a_wait_over_the_target_is_lent_to_the_counter_with_the_shortest_line(page: ManagersPage) -> None:
    page.hall.open()
    for service in ("HT", "HT", "CT", "DD", "DD"):
        page.hall.issue(service)
    page.hall.clock.go(21 * MINUTE)
    lending = [alert for alert in page.alerts() if "Giao thêm" in alert]
    assert lending == [
        "Lĩnh vực Hộ tịch: 2 người đang chờ, lâu nhất 21 phút Giao thêm cho quầy 3 hôm nay",
        "Lĩnh vực Chứng thực: 1 người đang chờ, lâu nhất 21 phút Giao thêm cho quầy 1 hôm nay",
        "Lĩnh vực Đất đai: 2 người đang chờ, lâu nhất 21 phút Giao thêm cho quầy 1 hôm nay",
    ]


def test_a_service_with_its_own_target_has_its_own_alerts_and_the_page_says_so(tmp_path: Path) -> None:
    services = [service | ({"target_min": 5} if service["id"] == "DD" else {}) for service in OFFICE["services"]]
    hall = Hall(tmp_path, services=services)
    hall.tick()
    page = ManagersPage(hall)
    hall.open()
    for service in ("HT", "DD"):
        hall.issue(service)
    hall.clock.go(6 * MINUTE)
    assert [alert[:16] for alert in page.alerts() if "lâu nhất" in alert] == ["Lĩnh vực Đất đai"]
    text = page.text()
    assert "Được gọi trong thời gian mục tiêu" in text
    assert "Mục tiêu: 20 phút; riêng Đất đai 5 phút." in text
    assert "và 1 người đang chờ quá mục tiêu" in text
    assert "Chờ quá 5 phút" in text
    day = page.web.browser.get("/manager/day", base_url=BASE).get_data(as_text=True)
    assert "Được gọi trong thời gian mục tiêu" in unescape(day)
    hall.close()


def test_every_alert_is_shown_and_has_its_step(page: ManagersPage) -> None:
    hall = page.hall
    hall.open()
    hall.state("c1", "paused", reason="họp", until="2026-11-23T01:10:00.000Z")
    page.send("/manager/issuing/CT")
    hall.ask(lambda tx, now: commands.ask_help(tx, kiosk(), now, AskHelp(request_id=request_id(), station="kiosk-1")))
    page.web.reports.connected = False
    hall.clock.go(HOUR)
    shown = "\n".join(page.alerts())
    for sentence in (
        "Ki-ốt 1: công dân cần hỗ trợ, lúc 08:00 Tôi đến ngay",
        "Quầy 1 hẹn phục vụ lại lúc 08:10, nay vẫn tạm dừng Mở quầy 1",
        "Lĩnh vực Chứng thực ngừng cấp số từ 08:00, không hẹn giờ cấp lại Cấp số trở lại",
        "Kênh truyền tin (MQTT): Mất kết nối thiết bị Xem thiết bị",
    ):
        assert sentence in shown, shown
    for key in ("Tôi đến ngay", "Mở quầy 1", "Cấp số trở lại"):
        page.press(key)
    assert len(page.alerts()) == 1


def test_an_alert_of_a_device_leads_to_the_card_with_its_repair(
    page: ManagersPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk_1 = page.web.reports.stations()[0].model_copy(update={"online": False})
    monkeypatch.setattr(page.web.reports, "stations", lambda: [kiosk_1])
    ticket = page.hall.issue().id
    unknown = Printed(station="kiosk-1", state="unknown")
    page.hall.ask(lambda tx, now: commands.report_print(tx, kiosk(), now, ticket, unknown))
    now = page.web.browser.get("/manager", base_url=BASE).get_data(as_text=True)
    anchors = set(re.findall(r'href="/staff/health\?at=manager#([^"]+)"', now))
    assert anchors == {"at-kiosk-1-", "h-slips"}
    health = page.web.browser.get("/staff/health?at=manager", base_url=BASE).get_data(as_text=True)
    assert {anchor for anchor in anchors if f'id="{anchor}"' not in health} == set()


def test_a_clerk_sees_the_hall_and_can_direct_nothing(page: ManagersPage) -> None:
    hall_of_clerk: Any = Web(page.hall)
    hall_of_clerk.sign_in("c1")
    shown = hall_of_clerk.browser.get("/manager", base_url=BASE).get_data(as_text=True)
    assert "Điều hành" not in shown and "/manager/notices" not in shown
    for path in (
        "/manager/counters/c2/state",
        "/manager/counters/c2/services",
        "/manager/notices",
        "/manager/issuing/HT",
    ):
        fields = {"request_id": request_id(), "state": "closed", "do": "lend", "service": "DD", "text": "x"}
        assert hall_of_clerk.browser.post(path, data=fields, base_url=BASE).status_code == 403
    assert OFFICE["counters"][1]["services"] == ["HT", "CT"]


def test_an_end_that_has_passed_is_refused_and_said_so(page: ManagersPage) -> None:
    page.send("/manager/counters/c1/state", state="open", clerk="an")
    ended = {"form": "d-counter-c1", "state": "paused", "reason": "họp", "until": "07:59"}
    status, text = page.send("/manager/counters/c1/state", **ended)
    assert status == 400 and "giờ đã ghi không đúng, hoặc đã qua" in text
    assert 'value="họp"' in text and 'value="07:59"' in text
    assert page.hall.counter("c1").state is CounterState.OPEN
    assert "giờ đã ghi không đúng, hoặc đã qua" in page.send("/manager/issuing", of="CT", until="08:00")[1]


def test_a_counter_left_empty_for_today_says_so_and_its_form_too(page: ManagersPage) -> None:
    assert "(chỉ hôm nay)" not in page.text()
    for _ in range(2):
        page.send("/manager/counters/c2/seat", clerk="nobody")
    assert page.hall.kinds().count("office.changed") == 1, "the second one changes nothing"
    shown = page.text()
    assert "Theo lịch: không ai (chỉ hôm nay)" in shown
    assert shown.count('<option value="nobody" selected>') == 1
    page.send("/manager/counters/c2/seat", clerk="chi")
    assert re.search(r'<option value="nobody" >không ai</option>.*?<option value="chi" selected>', page.text())
    page.send("/manager/counters/c2/seat", clerk="usual")
    assert "(chỉ hôm nay)" not in page.text()
