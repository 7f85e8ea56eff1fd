"""A mistaken field is refused by its name.

People read the name in their language, programs as they sent it.
"""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from core_hall import Hall, request_id
from core_web import Web

from config.office import OfficeSettings
from config.words import words
from server.web.api.endpoint import NoBody
from server.web.api.table import ENDPOINTS
from server.web.shared.field_names import FIELD_NAMES, field_name
from server.wire.messages import Ask

VIETNAMESE, ENGLISH = words("vi"), words("en")


@pytest.fixture
def web(hall: Hall) -> Iterator[Web]:
    yield Web(hall)


def issue(**more: object) -> dict[str, object]:
    return {"request_id": request_id(), "service": "HT", "station": "counters-1"} | more


def test_every_field_of_a_request_has_a_name_in_both_languages() -> None:
    models: set[type[Ask]] = {
        model for endpoint in ENDPOINTS for model in (endpoint.body_model, endpoint.query_model) if model is not NoBody
    }
    fields = {field.alias or name for model in models for name, field in model.model_fields.items()}
    assert fields <= set(FIELD_NAMES)
    for name in fields:
        assert field_name(VIETNAMESE, name) != field_name(ENGLISH, name)
        assert "_" not in field_name(VIETNAMESE, name)


def test_a_field_of_the_callers_own_keeps_its_word() -> None:
    assert field_name(VIETNAMESE, "foo") == "foo"


def test_a_procedure_of_another_service_is_named_in_words_and_by_field(web: Web) -> None:
    status, problem = web.post("/tickets", issue(service="CT", procedure="1.001193"))
    assert (status, problem["code"]) == (400, "bad_request")
    assert problem["detail"] == ("Yêu cầu chưa hợp lệ: thủ tục đã chọn không thuộc lĩnh vực này. Chưa có gì thay đổi.")
    assert problem["errors"] == ["mục “procedure” không đúng"]


def test_a_wrong_value_is_named_by_its_field_in_vietnamese(web: Web) -> None:
    _, problem = web.post("/tickets", issue(**{"class": "royal"}))
    assert "mục “diện ưu tiên” không đúng" in problem["detail"]
    assert problem["errors"] == ["mục “class” không đúng"]


def test_a_job_for_a_printer_that_does_not_exist_is_refused_and_gives_no_number(web: Web) -> None:
    before = web.hall.facts()
    status, problem = web.post("/tickets", issue(print_at="kiosk-9"))
    assert (status, problem["errors"]) == (400, ["mục “print_at” không đúng"])
    assert "không có máy in phiếu nào tên như vậy" in problem["detail"]
    assert web.hall.facts() == before
    assert web.post("/tickets", issue(print_at="kiosk-1"))[0] == 201


def test_a_lost_answer_is_given_again_when_the_printer_is_not_known_any_more(web: Web) -> None:
    asked = issue(print_at="kiosk-1")
    first = web.post("/tickets", asked)
    web.reports.kiosks.clear()
    again = web.post("/tickets", asked)
    assert (first[0], again[0], again[1]["id"]) == (201, 200, first[1]["id"])


@pytest.mark.parametrize("station", ["kiosk-9", "tv-1"])
def test_a_reprint_and_printers_work_go_to_printers_only(web: Web, station: str) -> None:
    ticket = web.hall.issue()
    web.sign_in()
    shown = web.press("reprint", ticket=ticket.id, station=station)
    assert "không có máy in phiếu nào tên như vậy" in shown
    answer = web.browser.post(
        f"/staff/health/printer/{station}/test", data={"request_id": request_id()}, base_url="http://127.0.0.1"
    )
    assert answer.status_code == 400
    assert "job.made" not in web.hall.kinds()


@pytest.mark.parametrize("day", ["2026-99-99", "2026-02-30", "0000-01-01", "26-1-1", "2026-11-23T00"])
def test_a_day_that_the_calendar_does_not_have_is_refused_by_name(web: Web, day: str) -> None:
    status, problem = web.get(f"/tickets?day={day}")
    assert (status, problem["errors"]) == (400, ["mục “day” không đúng"])
    assert "mục “ngày” không đúng" in problem["detail"]


def test_a_day_without_tickets_is_an_empty_list(web: Web) -> None:
    assert web.get("/tickets?day=2026-02-28") == (200, {"items": [], "next": None})


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/tickets?limit=1&limit=2", "limit"),
        ("/tickets?day=2026-11-23&day=2026-11-23", "day"),
        ("/journal?after=1&after=2", "after"),
        ("/board?x=1&x=2", "x"),
    ],
)
def test_a_parameter_twice_is_refused_by_name(web: Web, path: str, field: str) -> None:
    status, problem = web.get(path)
    assert (status, problem["code"], problem["errors"]) == (400, "bad_request", [f"mục “{field}” có hai lần"])


def test_a_field_twice_in_a_body_is_refused_by_name(web: Web) -> None:
    body = json.dumps(issue())[:-1] + ', "service": "CT"}'
    status, problem = web.post("/tickets", body)
    assert (status, problem["errors"]) == (400, ["mục “service” có hai lần"])
    assert "mục “lĩnh vực” có hai lần" in problem["detail"]
    assert "ticket.issued" not in web.hall.kinds()


def test_a_holiday_that_the_calendar_does_not_have_stops_the_start() -> None:
    from core_hall import OFFICE

    wrong = [{"date": "2026-02-30", "name": {"vi": "x"}}]
    with pytest.raises(ValueError, match="day is out of range"):
        OfficeSettings.model_validate(OFFICE | {"holidays": wrong})


def test_the_page_names_a_mistaken_field_in_vietnamese(web: Web) -> None:
    web.sign_in()
    shown = html.unescape(web.press("issue", service="CT", procedure="9.999999", panel="issue"))
    assert "thủ tục đã chọn không thuộc lĩnh vực này" in shown
    assert "“procedure”" not in shown


def test_the_page_shows_from_when_a_key_works_and_refuses_it_before_in_words(tmp_path: Path) -> None:
    hall = Hall(tmp_path, rules={"call_gap_s": 20})
    hall.tick()
    web = Web(hall)
    web.sign_in()
    web.press("open")
    row = hall.issue()
    web.press("next")
    hall.clock.go(5000)
    page = web.page()
    keys = dict(re.findall(r'<button id="do-(\w+)"[^>]*>.*?data-wait="(\d+)"', page))
    assert keys == {"recall": "20", "no_show": "20"}
    assert "sau 20 giây" in page
    refused = html.unescape(web.press("recall", ticket=row.id))
    assert f"Số {row.number} vừa được gọi. Gọi lại được sau 20 giây nữa." in refused
    hall.clock.go(20_000)
    assert "data-wait" not in web.page()
    assert "Gọi lần 2" in web.press("recall", ticket=row.id)
    hall.close()


def test_calling_later_shows_from_when_in_the_note_and_the_list(web: Web) -> None:
    web.sign_in()
    row = web.hall.issue()
    web.press("next")
    web.hall.clock.go(10_000)
    shown = html.unescape(web.press("requeue", ticket=row.id))
    assert f"Số {row.number} đã về hàng chờ, giữ nguyên thứ tự. Gọi lại được từ 08:04" in shown, "08:03:10, rounded up"
    assert "Gọi lại từ 08:04" in shown
    assert "kế tiếp" not in shown
    refused = web.post(f"/tickets/{row.id}/moves", {"request_id": request_id(), "move": "call", "counter": "c1"})[1]
    assert refused["detail"] == (
        f"Số {row.number} đã hẹn gọi lại sau, gọi được từ 08:04 hôm nay. Gọi sớm hơn cần ghi lý do."
    )


def test_a_pause_shows_its_end_which_must_be_ahead(web: Web) -> None:
    web.sign_in()
    web.press("open")
    refused = html.unescape(web.press("pause", panel="pause", reason="Nghỉ trưa", until="08:00"))
    assert "giờ đã ghi không đúng, hoặc đã qua" in refused and 'value="08:00"' in refused
    assert "Phục vụ lại lúc 13:30" in web.press("pause", reason="Nghỉ trưa", until="13:30")
