"""The sentence on the clerk page that confirms a move."""

import html

from core_hall import Hall
from core_web import Web

KEPT = "giữ nguyên thứ tự."


def two_desks(hall: Hall) -> Web:
    """Return one browser with the open pages of counters 2 and 3."""
    hall.tick()
    web = Web(hall)
    for counter in ("c2", "c3"):
        web.sign_in(counter)
        web.press("open", counter)
    return web


def served(web: Web, counter: str, service: str) -> str:
    """Return the id of a new ticket that is being served."""
    row = web.hall.issue(service)
    web.press("next", counter)
    web.press("start", counter, ticket=row.id)
    return row.id


def note(page: str) -> str | None:
    """Return the sentence of the page's note; None without one."""
    notices = page.split('<div id="notices">', 1)[1].split("</div>", 1)[0]
    return html.unescape(notices.rsplit("<span>", 1)[1].split("</span>", 1)[0]) if "<span>" in notices else None


def test_a_transfer_says_where_the_number_went_and_that_it_comes_back(hall: Hall) -> None:
    web = two_desks(hall)
    ticket = served(web, "c2", "CT")
    sent = note(web.press("transfer", "c2", ticket=ticket, to="CT/counter/c3", back="1"))
    assert sent == (f"Đã chuyển số B001 đến quầy 3 (Chứng thực), {KEPT} Xong ở đó, số này quay lại quầy của Ông/Bà.")
    assert note(web.page("c2")) is None, "once"
    web.press("next", "c3")
    web.press("start", "c3", ticket=ticket)
    finished = note(web.press("finish", "c3", ticket=ticket, outcome="received"))
    assert finished == f"Đã chuyển số B001 đến Trần Văn Bình (Chứng thực), {KEPT}"


def test_a_transfer_to_a_service_names_it_and_a_ready_counter_that_called_at_once(hall: Hall) -> None:
    web = two_desks(hall)
    ticket = served(web, "c2", "CT")
    to_line = note(web.press("transfer", "c2", ticket=ticket, to="DD"))
    assert to_line == f"Số B001 đang chờ lĩnh vực Đất đai, {KEPT}"
    hall.presence.note_sign_of_life("c3", hall.clock.now())
    web.press("cancel", "c3", ticket=ticket, reason="Lấy nhầm")
    web.press("ready", "c3")
    called = note(web.press("transfer", "c2", ticket=served(web, "c2", "HT"), to="DD"))
    assert called == "Số A001 đang được gọi đến quầy 3."


def test_a_move_that_takes_a_number_off_the_page_or_changes_it_says_so(hall: Hall) -> None:
    web = two_desks(hall)
    row = hall.issue("CT")
    assert note(web.press("reclassify", "c2", ticket=row.id, **{"class": "priority"}, reason="x")) == (
        "Số B001 nay là số ưu tiên."
    )
    assert note(web.press("reclassify", "c2", ticket=row.id, **{"class": "ordinary"}, reason="x")) == (
        "Số B001 nay là số thường, không ưu tiên."
    )
    web.press("next", "c2")
    assert note(web.press("no_show", "c2", ticket=row.id, reason="x")) == "Đã ghi số B001 vắng mặt."
    assert note(web.press("return", "c2", ticket=row.id)) == "Số B001 đã vào lại hàng chờ, tính từ bây giờ."
    web.press("next", "c2")
    web.press("start", "c2", ticket=row.id)
    held = note(web.press("hold", "c2", ticket=row.id, reason="Sao chụp", due_min="10"))
    assert held == "Đã tạm gác số B001, hẹn quay lại lúc 08:10."
    assert note(web.press("release", "c2", ticket=row.id)) == f"Số B001 đã về hàng chờ, {KEPT}"
    assert note(web.press("cancel", "c2", ticket=row.id, reason="x")) == "Đã hủy số B001."


def test_a_number_that_is_finished_for_good_needs_no_sentence(hall: Hall) -> None:
    web = two_desks(hall)
    assert note(web.press("finish", "c2", ticket=served(web, "c2", "CT"), outcome="received")) is None
    again = note(web.press("finish_next", "c2", ticket=served(web, "c2", "CT"), outcome="received", to="HT/counter/c2"))
    assert again == f"Số B002 chờ tiếp tại quầy này (Hộ tịch), {KEPT}"


def test_the_number_of_another_counter_is_no_number_set_aside(hall: Hall) -> None:
    web = two_desks(hall)
    web.press("transfer", "c2", ticket=served(web, "c2", "CT"), to="CT/counter/c3")
    hall.clock.go(1000)
    hall.issue("CT")
    assert "Các số B001 dành cho quầy hoặc cán bộ khác, hoặc chưa đến giờ gọi lại." in html.unescape(web.page("c2"))
