"""A number issued at the desk: procedures found by everyday words, without scripts too."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from core_hall import OFFICE, Hall, request_id
from core_web import Web

from server.domain.queue.ticket import TicketState
from server.store.queries import tickets_of
from server.web.shared.qr_picture import qr_picture
from server.wire.messages import DeviceState, DeviceStatus, StationHealth

BIRTH, MARRIAGE, COPY, PASSPORT = "1.001193", "1.000894", "2.000815", "ho-chieu"


def procedure(code: str, service: str | None, name: str, **more: object) -> dict[str, object]:
    texts = {"full_name": name, "fee": "", "time": "", "authority": "", "result": "", "papers": []}
    home = {} if service is None else {"service": service}
    return {"code": code, "name": {"vi": name}} | home | texts | more


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    hall = Hall(
        tmp_path,
        services=[
            row | ({"synonyms": ["giấy tờ cần công chứng"]} if row["id"] == "CT" else {}) for row in OFFICE["services"]
        ],
        procedures=[
            procedure(BIRTH, "HT", "Đăng ký khai sinh"),
            procedure(MARRIAGE, "HT", "Đăng ký kết hôn", synonyms=["cưới"]),
            procedure(COPY, "CT", "Chứng thực bản sao từ bản chính", synonyms=["sao y"]),
            procedure(PASSPORT, None, "Cấp hộ chiếu", place="Công an tỉnh"),
        ],
    )
    hall.tick()
    desk = Web(hall)
    desk.sign_in()
    yield desk
    hall.close()


def listed(page: str) -> list[str]:
    return [code for code in re.findall(r'name="procedure" value="([^"]*)"', page) if code]


def issued(page: str) -> tuple[str, str]:
    """Return number and text of the panel about a new number."""
    panel = page.partition('class="panel panel-issued"')[2].partition("</section>")[0]
    number = re.findall(r'<p class="issued-number"[^>]*>.*</span>(\w+)</p>', panel)
    return number[0] if number else "", html.unescape(re.sub(r"<[^>]*>|\s+", " ", panel))


def link_of(web: Web, number: str) -> str:
    with web.hall.read() as snapshot:
        rows = snapshot.connection.exec_driver_sql(
            "SELECT link FROM visitor_link JOIN ticket ON ticket.id = visitor_link.ticket WHERE number = ?", (number,)
        ).all()
    return f"http://hall.test/v/{rows[0].link}"


def notice(page: str) -> str:
    return html.unescape(" ".join(re.findall(r'<div id="notices">.*?<span>(.*?)</span>', page)))


def test_without_words_the_form_lists_the_procedures_of_the_chosen_service(web: Web) -> None:
    assert listed(web.page(panel="issue", service="HT")) == [BIRTH, MARRIAGE]
    assert listed(web.page(panel="issue", service="CT")) == [COPY]


@pytest.mark.parametrize(("query", "code"), [("cuoi", MARRIAGE), ("Đăng Ký KẾT HÔN", MARRIAGE), ("SAO Y", COPY)])
def test_everyday_words_find_procedures_of_every_service_without_accents(web: Web, query: str, code: str) -> None:
    assert listed(web.page(panel="issue", service="HT", q=query))[:1] == [code]


def test_everyday_words_of_a_service_offer_a_number_without_a_procedure(web: Web) -> None:
    page = html.unescape(web.page(panel="issue", service="HT", q="giay to can cong chung"))
    assert "Lĩnh vực Chứng thực: cấp số, chưa rõ thủ tục" in page
    assert listed(page)[0] == "service:CT"
    assert issued(web.press("issue", service="HT", procedure="service:CT", panel="issue"))[0] == "B001"
    with web.hall.read() as snapshot:
        (ticket,) = tickets_of(snapshot.connection, snapshot.head.day, (TicketState.WAITING,))
    assert (ticket.service, ticket.procedure) == ("CT", None)


def test_the_key_of_the_search_shows_the_list_and_issues_nothing(web: Web) -> None:
    page = web.press("issue", service="HT", q="cuoi", find="1", panel="issue", **{"class": "priority"})
    assert listed(page) == [MARRIAGE]
    assert re.search(r'name="class" value="priority" checked', page)
    assert "ticket.issued" not in web.hall.kinds()


def test_a_procedure_that_is_handled_elsewhere_says_where_and_cannot_be_chosen(web: Web) -> None:
    page = html.unescape(web.page(panel="issue", q="ho chieu"))
    assert "không tiếp nhận tại đây. Mời công dân đến Công an tỉnh." in page
    assert PASSPORT not in listed(page)


def test_the_number_is_for_the_service_of_the_chosen_procedure(web: Web) -> None:
    assert issued(web.press("issue", service="HT", procedure=COPY, panel="issue"))[0] == "B001"
    assert issued(web.press("issue", service="CT", panel="issue"))[0] == "B002"
    assert {service["id"]: service["prefix"] for service in OFFICE["services"]}["CT"] == "B"


def test_a_number_without_a_slip_stays_on_the_page_in_large_digits_with_the_visitors_code(web: Web) -> None:
    page = web.press("issue", service="HT", panel="issue", **{"class": "priority"})
    number, text = issued(page)
    assert (number, notice(page)) == ("A001", "")
    assert "Hộ tịch" in text and "ƯT" in text and "Còn 0 người chờ trước." in text
    assert "Mời đọc số này cho công dân, hoặc ghi số ra giấy và trao cho công dân." in text
    assert qr_picture(link_of(web, "A001"), module_px=4) in page
    assert issued(web.page(panel="issued", ticket="t-web-1"))[0] == "A001", "after a refresh"
    web.hall.open("c1")
    web.hall.next("c1")
    _, called = issued(web.page(panel="issued", ticket="t-web-1"))
    assert "Số A001 đang ở quầy 1." in called and "Còn" not in called


def test_a_number_with_a_slip_names_the_printer(web: Web) -> None:
    page = web.press("issue", service="CT", panel="issue", print_at="kiosk-1")
    assert notice(page) == "Đã cấp số B001. Còn 0 người chờ trước. Phiếu in tại Ki-ốt 1."


def test_the_link_of_a_kiosks_ticket_stays_on_its_slip(web: Web) -> None:
    body = {"request_id": request_id(), "service": "CT", "station": "kiosk-1", "slip": True}
    ticket = web.post("/tickets", body)[1]["id"]
    page = web.page(panel="issued", ticket=ticket)
    assert issued(page)[0] == "B001" and "issued-qr" not in page


def test_no_code_is_shown_where_no_phone_reaches_the_visitors_pages(web: Web) -> None:
    context = web.app.extensions["luot"]
    web.app.extensions["luot"] = replace(context, visitor_url=lambda: "http://127.0.0.1:8471")
    page = web.press("issue", service="CT", panel="issue")
    assert issued(page)[0] == "B001" and "issued-qr" not in page and "quét mã này" not in page


@dataclass
class Reported:
    """Stations with the devices that they report."""

    devices: Mapping[str, Sequence[str]]
    connected: bool = True

    def stations(self) -> Sequence[StationHealth]:
        at = "2026-11-23T01:02:05.123Z"
        return [
            StationHealth(
                station=station,
                kind="kiosk",
                online=True,
                version="0",
                at=at,
                devices=[
                    DeviceStatus(station=station, device=name, state=DeviceState.READY, since=at, at=at)
                    for name in names
                ],
            )
            for station, names in self.devices.items()
        ]


def places(web: Web, devices: Mapping[str, Sequence[str]]) -> tuple[list[str], list[str]]:
    """Return the printers that the form offers, and the one that it proposes."""
    web.app.extensions["luot"] = replace(web.app.extensions["luot"], reports=Reported(devices))
    page = web.page(panel="issue")
    choices = re.findall(r'name="print_at" value="([^"]*)" (checked)?', page)
    return [place for place, _ in choices if place], [place for place, checked in choices if checked]


def test_a_desk_printer_is_proposed_and_a_kiosk_without_a_printer_is_not_offered(web: Web) -> None:
    kiosk, desk, bare = ("printer", "screen"), ("printer",), ("screen",)
    assert places(web, {"kiosk-1": kiosk}) == (["kiosk-1"], [""])
    assert places(web, {"desk-1": desk, "kiosk-1": kiosk}) == (["desk-1", "kiosk-1"], ["desk-1"])
    assert "Cấp số và in phiếu tại Bàn cấp số 1" in web.page(panel="issue")
    assert places(web, {"kiosk-1": bare}) == ([], [])
    assert "Không có máy in phiếu nào đang kết nối" in web.page(panel="issue")
    refused = web.press("issue", service="CT", panel="issue", print_at="kiosk-1")
    assert 'role="alert"' in refused and "ticket.issued" not in web.hall.kinds()


def test_words_that_nothing_has_offer_a_number_of_the_service(web: Web) -> None:
    page = html.unescape(web.page(panel="issue", service="CT", q="zzzzzz"))
    assert listed(page) == []
    assert "Không tìm thấy thủ tục phù hợp. Có thể cấp số theo lĩnh vực đã chọn." in page
