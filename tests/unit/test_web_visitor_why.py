"""The visitor's page says why a number was called, without what is about other people."""

from html import unescape
from typing import Any

import pytest
from core_hall import MINUTE, Hall, clerk
from core_web import Web

from server.web.staff.clerk.why_called import SENTENCES
from server.web.visitors import why_called
from server.web.visitors.app import create_visitor_app

BASE = "http://127.0.0.1"


@pytest.fixture
def phone(hall: Hall) -> Any:
    client = create_visitor_app(Web(hall).app.extensions["luot"]).test_client()
    return lambda issued: unescape(client.get(f"/v/{issued.visitor_token}", base_url=BASE).get_data(True))


def test_a_visitor_reads_the_rule_while_waiting_and_the_reason_after_the_call(hall: Hall, phone: Any) -> None:
    first = hall.issued("HT")
    hall.clock.go(MINUTE)
    urgent = hall.issued("HT", "priority")
    waiting = phone(first)
    assert "Số được gọi theo thứ tự nào" in waiting
    assert "Số ưu tiên được tính như lấy sớm hơn 30 phút." in waiting
    hall.next("c1")
    called = phone(urgent)
    assert "Vì sao gọi số này" in called
    assert "Số ưu tiên của Ông/Bà được tính như lấy lúc" in called
    assert "Số của Ông/Bà được gọi trước các số lấy sớm hơn: A001." in called
    assert "Vì sao gọi số này" not in phone(first)


def test_a_typed_reason_and_a_clerks_name_stay_inside(hall: Hall, phone: Any) -> None:
    chosen = hall.issued("HT")
    hall.move(hall.row(chosen.ticket or ""), "call_chosen", counter="c1", reason="bà cụ bị ngã")
    page = phone(chosen)
    assert "Cán bộ gọi số này ngoài thứ tự" in page
    assert "ngã" not in page
    for_a_person = hall.issued("HT")
    row = hall.row(for_a_person.ticket or "")
    hall.open("c2")
    hall.move(row, "transfer", actor=clerk("c1"), counter="c1", service="HT", pin_clerk="binh")
    hall.next("c2")
    page = phone(for_a_person)
    assert "dành riêng cho cán bộ ở quầy này" in page
    with hall.read() as snapshot:
        assert snapshot.office.clerks["binh"].name not in page


def test_every_reason_has_a_sentence_for_visitors() -> None:
    assert why_called._SENTENCES.keys() == SENTENCES.keys()
