"""The strip of all staff pages: alarms, sent colleagues and messages, without scripts."""

import re

import pytest
from core_hall import Hall, request_id
from core_web import Web

from server import views

HOST = "http://127.0.0.1"


@pytest.fixture
def web(hall: Hall) -> Web:
    """Return the web with a clerk at counter 1."""
    web = Web(hall)
    web.sign_in("c1")
    return web


def colleague(web: Web, counter: str = "c2") -> Web:
    """Return another browser of the same hall, with a clerk at ``counter``."""
    other = object.__new__(Web)
    other.__dict__.update(web.__dict__ | {"browser": web.app.test_client()})
    other.sign_in(counter)
    return other


def manager_of(web: Web) -> Web:
    """Return another browser of the same hall, with the manager."""
    other = object.__new__(Web)
    other.__dict__.update(web.__dict__ | {"browser": web.app.test_client()})
    assert other.browser.post("/manager/sign-in", data={"manager": "ql"}, base_url=HOST).status_code == 303
    return other


def send(web: Web, path: str, **form: str) -> int:
    """Send a form with its request id; return the status."""
    return web.browser.post(path, data={"request_id": request_id()} | form, base_url=HOST).status_code


def strip(web: Web, path: str) -> str:
    """Return the strip of a page as text."""
    page = web.browser.get(path, base_url=HOST).get_data(True)
    return " ".join(re.sub(r"<[^>]+>", " ", page.split('id="part-strip"')[1].split("<main")[0]).split())


def test_an_alarm_is_plain_to_colleagues_and_discreet_at_its_own_counter(web: Web) -> None:
    other, manager = colleague(web), manager_of(web)
    assert send(web, "/staff/alarms/at/c1", back="/clerk/c1") == 303
    assert "Quầy 1 cần hỗ trợ gấp" in strip(other, "/clerk/c2")
    assert "Quầy 1 cần hỗ trợ gấp" in strip(manager, "/manager")
    assert "Quầy 1 cần hỗ trợ gấp" in strip(manager, "/staff/health?at=manager")
    assert "cần hỗ trợ gấp" not in strip(web, "/clerk/c1")
    assert "Chờ người đến." in strip(web, "/clerk/c1")
    with web.hall.read() as snapshot:
        (alarm,) = views.strip(snapshot).alarms
    assert send(other, f"/staff/alarms/{alarm.id}/take", back="/clerk/c2") == 303
    assert "Trần Văn Bình đang đến." in strip(web, "/clerk/c1")
    assert send(manager, f"/staff/alarms/{alarm.id}/end", back="/manager") == 303
    assert "Kết thúc" not in strip(web, "/clerk/c1")


def test_the_api_raises_an_alarm_at_a_counter_that_exists(web: Web) -> None:
    assert web.post("/counters/c3/alarm", {"request_id": request_id(), "station": "counters-1"})[0] == 204
    assert web.post("/counters/c9/alarm", {"request_id": request_id(), "station": "counters-1"})[0] == 404
    assert "Quầy 3 cần hỗ trợ gấp" in strip(web, "/clerk/c1")


def test_a_message_reaches_its_counter_only_and_the_sender_sees_who_read_it(web: Web) -> None:
    other, manager = colleague(web), manager_of(web)
    assert send(manager, "/messages", to="c1", typed="Mời họp <b>ngay</b>") == 303
    assert "Đặng Thị Mẫu: Mời họp &lt;b&gt;ngay" in strip(web, "/clerk/c1")
    assert "Mời họp" not in strip(other, "/clerk/c2")
    with web.hall.read() as snapshot:
        (message,) = views.strip(snapshot).messages
    assert send(other, "/messages/seen", ids=str(message.id), back="/clerk/c2") == 303
    assert "Mời họp" in strip(web, "/clerk/c1")
    assert send(web, "/messages/seen", ids=str(message.id), back="/clerk/c1") == 303
    assert "Mời họp" not in strip(web, "/clerk/c1")
    assert "Nguyễn Thị An" in manager.browser.get("/messages?at=manager", base_url=HOST).get_data(True)


def test_a_sent_colleague_answers_and_the_manager_sees_it(web: Web) -> None:
    manager = manager_of(web)
    assert send(manager, "/staff/dispatches", place="counter:c2", to="c1", back="/manager") == 303
    assert "Mời Ông/Bà đến Quầy 2" in strip(web, "/clerk/c1")
    assert "Đã mời Nguyễn Thị An, chưa trả lời." in manager.browser.get("/manager", base_url=HOST).get_data(True)
    with web.hall.read() as snapshot:
        (dispatch,) = views.strip(snapshot).dispatches
    assert send(web, f"/staff/dispatches/{dispatch.id}/go", back="/clerk/c1") == 303
    assert "Đang đến Quầy 2" in strip(web, "/clerk/c1")
    assert "Nguyễn Thị An đang đến." in manager.browser.get("/manager", base_url=HOST).get_data(True)


def test_a_form_of_the_strip_leads_to_no_other_site(web: Web) -> None:
    answer = web.browser.post("/messages/seen", data={"ids": "1", "back": "//example.invalid/"}, base_url=HOST)
    assert answer.headers["Location"] == "/"
