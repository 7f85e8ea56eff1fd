"""A number issued at the desk: procedures found by everyday words, without scripts too."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from core_hall import OFFICE, Hall
from core_web import Web

BIRTH, MARRIAGE, COPY, PASSPORT = "1.001193", "1.000894", "2.000815", "ho-chieu"


def procedure(code: str, service: str | None, name: str, **more: object) -> dict[str, object]:
    texts = {"full_name": name, "fee": "", "time": "", "authority": "", "result": "", "papers": []}
    home = {} if service is None else {"service": service}
    return {"code": code, "name": {"vi": name}} | home | texts | more


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    hall = Hall(
        tmp_path,
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


def notice(page: str) -> str:
    return html.unescape(" ".join(re.findall(r'<div id="notices">.*?<span>(.*?)</span>', page)))


def test_without_words_the_form_lists_the_procedures_of_the_chosen_service(web: Web) -> None:
    assert listed(web.page(panel="issue", service="HT")) == [BIRTH, MARRIAGE]
    assert listed(web.page(panel="issue", service="CT")) == [COPY]


@pytest.mark.parametrize(("query", "code"), [("cuoi", MARRIAGE), ("Đăng Ký KẾT HÔN", MARRIAGE), ("SAO Y", COPY)])
def test_everyday_words_find_procedures_of_every_service_without_accents(web: Web, query: str, code: str) -> None:
    assert listed(web.page(panel="issue", service="HT", q=query))[:1] == [code]


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
    page = web.press("issue", service="HT", procedure=COPY, panel="issue")
    assert notice(page) == "Đã cấp số B001. Còn 0 người chờ trước. Mời đọc số này cho công dân."
    again = web.press("issue", service="CT", panel="issue")
    assert notice(again) == "Đã cấp số B002. Còn 1 người chờ trước. Mời đọc số này cho công dân."
    assert {service["id"]: service["prefix"] for service in OFFICE["services"]}["CT"] == "B"


def test_words_that_nothing_has_offer_a_number_of_the_service(web: Web) -> None:
    page = html.unescape(web.page(panel="issue", service="CT", q="zzzzzz"))
    assert listed(page) == []
    assert "Không tìm thấy thủ tục phù hợp. Có thể cấp số theo lĩnh vực đã chọn." in page
