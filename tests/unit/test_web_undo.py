"""Taking back the own last move on the clerk's page and on the visitor's."""

import re
from html import unescape

from core_hall import MINUTE, Hall, request_id
from core_web import Web
from flask.testing import FlaskClient

from server.domain.queue.ticket import TicketState
from server.web.visitors.app import create_visitor_app

BASE = "http://127.0.0.1"


def clerks_page(hall: Hall) -> Web:
    web = Web(hall)
    web.sign_in("c1")
    hall.open("c1")
    return web


def fields_of(page: str, action: str) -> dict[str, str]:
    """Return the hidden fields of a form."""
    form = page.split(f"/do/{action}")[1].split("</form>")[0]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))


def test_a_clerk_takes_back_the_last_move_and_reads_that_it_was(hall: Hall) -> None:
    web = clerks_page(hall)
    row = hall.issue("HT")
    assert "/do/undo" not in web.page()
    web.press("next")
    page = unescape(web.page())
    assert 'data-key="0"' in page
    assert f"Hoàn tác “Gọi số” số {row.number}" in page
    done = unescape(web.press("undo", **fields_of(page, "undo")))
    assert f"Đã hoàn tác: số {row.number} trở lại như trước." in done
    assert "/do/undo" not in done
    assert hall.row(row.id).state is TicketState.WAITING


def test_the_offer_ends_with_its_time_and_names_the_move_it_means(hall: Hall) -> None:
    web = clerks_page(hall)
    row = hall.issue("HT")
    web.press("next")
    of_the_call = fields_of(web.page(), "undo")
    hall.move(row, "start", counter="c1")
    refused = unescape(web.press("undo", **of_the_call))
    assert "hoặc đã có người xử lý tiếp" in refused
    assert hall.row(row.id).state is TicketState.SERVING
    assert "“Bắt đầu phục vụ”" in unescape(web.page())
    hall.clock.go(2 * MINUTE + 1)
    assert "/do/undo" not in web.page()


def test_a_served_visitor_is_put_back_after_a_question(hall: Hall) -> None:
    web = clerks_page(hall)
    row = hall.served("c1")
    assert f"ticket={row.id}" in web.page()
    asked = unescape(web.page("c1", panel="ticket", ticket=row.id))
    assert f"Số {row.number} đã hoàn thành. Đưa công dân trở lại hàng chờ" in asked
    web.press("rejoin", **fields_of(asked, "rejoin"))
    again = hall.row(row.id)
    assert (again.state, again.rank_key) == (TicketState.WAITING, row.rank_key)


def test_a_visitor_takes_the_number_back_that_was_given_up(hall: Hall) -> None:
    phone: FlaskClient = create_visitor_app(Web(hall).app.extensions["luot"]).test_client()
    issued = hall.issued("HT")
    link = f"/v/{issued.visitor_token}"

    def page(path: str = "") -> str:
        return unescape(phone.get(link + path, base_url=BASE).get_data(True))

    assert f"{link}/undo" not in page()
    phone.post(f"{link}/leave", data={"request_id": request_id()}, base_url=BASE)
    assert "đã được hủy" in page() and f"{link}/undo" in page()
    assert "trở lại đúng thứ tự cũ?" in page("/undo")
    assert phone.post(f"{link}/undo", data={"request_id": request_id()}, base_url=BASE).status_code == 303
    assert "Ông/Bà là người tiếp theo" in page()
    assert f"{link}/undo" not in page()
    twice = phone.post(f"{link}/undo", data={"request_id": request_id()}, base_url=BASE)
    assert twice.status_code == 409


def test_a_visitor_takes_back_no_move_of_a_clerk(hall: Hall) -> None:
    phone: FlaskClient = create_visitor_app(Web(hall).app.extensions["luot"]).test_client()
    issued = hall.issued("HT")
    hall.next("c1")
    link = f"/v/{issued.visitor_token}"
    assert f"{link}/undo" not in phone.get(link, base_url=BASE).get_data(True)
    refused = phone.post(f"{link}/undo", data={"request_id": request_id()}, base_url=BASE)
    assert refused.status_code == 409
    assert hall.row(issued.ticket or "").state is TicketState.CALLED
