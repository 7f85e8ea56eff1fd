"""Two people at one form, planned changes, and the history of the office."""

import re

import pytest
from access_bench import MINUTE
from account_web import AccountWeb
from core_hall import manager
from office_pages import OfficePages, text_of

PATH = "/services/item/HT"


@pytest.fixture
def boss(web: AccountWeb) -> OfficePages:
    return OfficePages(web)


@pytest.fixture
def other(web: AccountWeb) -> OfficePages:
    return OfficePages(web, "Trần Thị Khác")


def test_the_second_of_two_learns_who_changed_what_and_keeps_the_own_text(
    boss: OfficePages, other: OfficePages
) -> None:
    form = boss.form(PATH)
    other.save(PATH, name__vi="Hộ tịch A", capacity="9")
    status, page = boss.send(PATH, form, name__vi="Hộ tịch B")
    text = text_of(page)
    assert status == 409
    assert "Người khác đã sửa mục này trong khi Ông/Bà nhập." in text
    assert "Trần Thị Khác, lúc 08:00 23/11/2026 đã đổi thành: Hộ tịch A" in text
    assert "Của Ông/Bà: Hộ tịch B" in text
    again = boss.read(page, PATH)
    assert (again["name.vi"], again["capacity"]) == (["Hộ tịch B"], ["9"]), "the field that only she changed is hers"
    assert boss.office.services["HT"].name["vi"] == "Hộ tịch A"
    status, preview = boss.send(PATH, again)
    assert (status, "Hộ tịch A → thành Hộ tịch B" in text_of(preview)) == (200, True)
    boss.send(PATH, boss.read(preview, PATH), "save")
    service = boss.office.services["HT"]
    assert (service.name["vi"], service.capacity) == ("Hộ tịch B", 9)


def test_a_conflict_between_preview_and_save_is_found_too(boss: OfficePages, other: OfficePages) -> None:
    preview = boss.send(PATH, boss.form(PATH), name__vi="Hộ tịch B")[1]
    other.save(PATH, name__vi="Hộ tịch A")
    status, page = boss.send(PATH, boss.read(preview, PATH), "save")
    assert (status, "Của Ông/Bà: Hộ tịch B" in text_of(page)) == (409, True)
    assert boss.office.services["HT"].name["vi"] == "Hộ tịch A"


def test_other_fields_of_one_part_are_no_conflict(boss: OfficePages, other: OfficePages) -> None:
    form = boss.form(PATH)
    other.save(PATH, capacity="9")
    status, preview = boss.send(PATH, form, name__vi="Hộ tịch B")
    assert status == 200
    boss.send(PATH, boss.read(preview, PATH), "save")
    service = boss.office.services["HT"]
    assert (service.name["vi"], service.capacity) == ("Hộ tịch B", 9)


def test_what_another_person_removed_is_added_again_with_the_own_text(boss: OfficePages, other: OfficePages) -> None:
    path = "/dates/item/2026-11-24"
    form = boss.form(path)
    preview = other.send(path, other.form(path), "remove")[1]
    other.send(path, other.read(preview, path), "save")
    status, page = boss.send(path, form, name__vi="Ngày hội")
    assert (status, "Trần Thị Khác, lúc 08:00 23/11/2026 đã xóa mục này" in text_of(page)) == (409, True)
    status, preview = boss.send(path, boss.read(page, path))
    boss.send(path, boss.read(preview, path), "save")
    assert boss.office.holidays["2026-11-24"] == {"vi": "Ngày hội"}


def test_what_another_person_changed_is_not_removed_unseen(boss: OfficePages, other: OfficePages) -> None:
    path = "/dates/item/2026-11-24"
    form = boss.form(path)
    other.save(path, name__vi="Ngày hội")
    status, page = boss.send(path, form, "remove")
    assert (status, "Người khác vừa sửa mục này." in text_of(page)) == (422, True)
    assert boss.office.holidays["2026-11-24"] == {"vi": "Ngày hội"}


@pytest.mark.parametrize("date", ["", "2026-11-23", "2026-11-22", "2026-02-30", "mai"])
def test_only_a_later_date_can_be_chosen(boss: OfficePages, date: str) -> None:
    preview = boss.send(PATH, boss.form(PATH), capacity="5")[1]
    status, page = boss.send(PATH, boss.read(preview, PATH), "save", when="date", date=date)
    assert (status, "Mời chọn một ngày sau hôm nay." in text_of(page)) == (422, True)
    assert boss.read(page, PATH)["capacity"] == ["5"]
    assert boss.office.services["HT"].capacity is None


def test_a_planned_change_waits_is_shown_and_takes_effect(web: AccountWeb, boss: OfficePages) -> None:
    page = boss.save(PATH, capacity="5", when="date", date="2026-11-25")
    assert "Thay đổi có hiệu lực từ ngày đã chọn" in page
    assert boss.office.services["HT"].capacity is None
    assert "Đổi từ 25/11/2026" in text_of(boss.get("/services")[1])
    assert "Mục này có thay đổi dự kiến từ ngày 25/11/2026." in text_of(boss.get(PATH)[1])
    assert "1 thay đổi dự kiến, gần nhất từ ngày 25/11/2026." in text_of(boss.get()[1])
    assert "Mục này có thay đổi dự kiến" in text_of(boss.send(PATH, boss.form(PATH), capacity="6")[1])
    planned = text_of(boss.get("/changes")[1])
    assert "Dự kiến từ ngày 25/11/2026 Nguyễn Văn Quản, 08:00 23/11/2026" in planned
    web.hall.clock.go(48 * 60 * MINUTE)
    web.hall.tick()
    assert boss.office.services["HT"].capacity == 5


def test_a_planned_change_is_withdrawn_once(web: AccountWeb, boss: OfficePages) -> None:
    boss.save(PATH, capacity="5", when="date", date="2026-11-25")
    (action,) = re.findall(r'action="/admin/office(/changes/[^"]+/withdraw)"', boss.get("/changes")[1])
    assert "Đã rút lại thay đổi dự kiến." in text_of(boss.send(action, {})[1])
    status, page = boss.send(action, {})
    assert (status, "Thay đổi này không còn ở trạng thái dự kiến." in text_of(page)) == (409, True)
    assert "Đã rút lại" in text_of(boss.get("/changes")[1])
    web.hall.clock.go(48 * 60 * MINUTE)
    web.hall.tick()
    assert boss.office.services["HT"].capacity is None


def undo_links(boss: OfficePages) -> list[str]:
    return re.findall(r'href="/admin/office(/changes/[^"]+/undo)"', boss.get("/changes")[1])


def take_back(boss: OfficePages, path: str) -> str:
    status, preview = boss.get(path)
    assert status == 200, text_of(preview)
    return text_of(boss.send(path, boss.read(preview, path), "save")[1])


def test_a_change_is_taken_back_and_put_back_again(boss: OfficePages) -> None:
    boss.save(PATH, capacity="5", name__vi="Hộ tịch B")
    (path,) = undo_links(boss)
    assert "Hộ tịch B → thành Hộ tịch" in text_of(boss.get(path)[1])
    assert "Đã đặt lại như trước." in take_back(boss, path)
    assert (boss.office.services["HT"].name["vi"], boss.office.services["HT"].capacity) == ("Hộ tịch", None)
    history = text_of(boss.get("/changes")[1])
    assert "Đã hoàn tác Nguyễn Văn Quản" in history
    assert boss.get(path)[0] == 409
    (again,) = undo_links(boss)
    assert "Đặt lại" in text_of(boss.get(again)[1])
    take_back(boss, again)
    assert (boss.office.services["HT"].name["vi"], boss.office.services["HT"].capacity) == ("Hộ tịch B", 5)


def test_a_change_that_was_changed_again_is_not_taken_back(boss: OfficePages, other: OfficePages) -> None:
    boss.save(PATH, capacity="5")
    (path,) = undo_links(boss)
    other.save(PATH, capacity="6")
    status, page = boss.get(path)
    assert status == 409
    assert (
        "Không đặt lại được: “Hộ tịch” (Nhiều nhất bao nhiêu số mỗi buổi) đã được sửa tiếp"
        " (Trần Thị Khác, lúc 08:00 23/11/2026)." in text_of(page)
    )
    status, page = boss.send(path, {}, "save")
    assert (status, boss.office.services["HT"].capacity) == (409, 6)


def test_a_service_that_was_added_is_closed_by_taking_it_back(boss: OfficePages) -> None:
    boss.save("/services/new", name__vi="Môi trường", prefix="M")
    (path,) = undo_links(boss)
    assert "Ki-ốt thôi cấp số Môi trường." in text_of(boss.get(path)[1])
    take_back(boss, path)
    assert [service.closed for service in boss.office.services.values() if service.prefix == "M"] == [True]


def test_the_history_names_who_when_and_what_and_turns_pages(boss: OfficePages, other: OfficePages) -> None:
    other.save("/general", hotline="1022")
    text = text_of(boss.get("/changes")[1])
    assert "Đã áp dụng Trần Thị Khác, 08:00 23/11/2026" in text
    assert "Số điện thoại hỗ trợ – → thành 1022" in text
    for number in range(50):
        boss.save("/general", hotline=str(number))
    page = boss.get("/changes")[1]
    assert "Trần Thị Khác" not in text_of(page)
    (older,) = re.findall(r'href="/admin/office(/changes\?before=\d+)"', page)
    assert "Trần Thị Khác" in text_of(boss.get(older)[1])


def test_a_form_from_elsewhere_breaks_nothing(boss: OfficePages) -> None:
    for path in ("/general", "/hours", "/rules", "/services/new", "/counters/item/c1", "/notices/new", "/dates/new"):
        assert boss.send(path, {})[0] in (200, 422), path
    status, page = boss.send("/notices/new", {}, text__vi="X", since="2026-02-31T07:00")
    assert (status, "Mời nhập đủ ngày và giờ." in text_of(page)) == (422, True)
    status, page = boss.send("/counters/item/c1", boss.form("/counters/item/c1"), services=["ZZ"], clerk="zz")
    assert status == 422
    assert "Không có lĩnh vực “ZZ”." in text_of(page)
    assert "Không có cán bộ “zz”." in text_of(page)
    assert boss.send("/services/item/HT", boss.form("/services/item/HT"), outcome="")[0] == 422


def test_an_added_counter_that_is_open_is_not_taken_back_and_the_reason_is_shown(
    web: AccountWeb, boss: OfficePages
) -> None:
    boss.save("/counters/new", label="9", services=["HT"])
    (added,) = [counter.id for counter in boss.office.counters.values() if counter.label == "9"]
    (path,) = undo_links(boss)
    preview = boss.get(path)[1]
    web.hall.state(added, "open", actor=manager())
    status, page = boss.send(path, boss.read(preview, path), "save")
    assert (status, "Không đặt lại được:" in text_of(page)) == (409, True)
    assert not boss.office.counters[added].closed


def test_a_place_in_the_history_that_is_no_number_shows_the_newest_changes(boss: OfficePages) -> None:
    boss.save("/general", hotline="1022")
    for before in ("x", "-1", "9" * 5000, "²"):
        assert "1022" in boss.get(f"/changes?before={before}")[1]


def test_people_who_wait_for_a_service_without_a_counter_are_moved_in_the_same_step(boss: OfficePages) -> None:
    waiting = boss.web.hall.issue("DD")
    for counter in boss.office.counters_of("DD")[1:]:
        services = [service for service in boss.office.counters[counter].services if service != "DD"]
        boss.save(f"/counters/item/{counter}", services=services)
    last = boss.office.counters_of("DD")[0]
    path = f"/counters/item/{last}"
    kept = [service for service in boss.office.counters[last].services if service != "DD"]
    preview = boss.send(path, boss.form(path), services=kept or ["HT"])[1]
    assert "1 người đang chờ Đất đai: chuyển họ sang" in text_of(preview)
    status, again = boss.send(path, boss.read(preview, path), "save")
    assert (status, "Mời chọn lĩnh vực cho những người này" in text_of(again)) == (422, True)
    assert boss.office.counters_of("DD") == [last]
    status, _ = boss.send(path, boss.read(again, path), "save", move__DD="HT")
    assert (status, boss.office.counters_of("DD"), boss.web.hall.row(waiting.id).service) == (200, [], "HT")


def test_a_change_is_put_back_from_a_later_day_on(boss: OfficePages) -> None:
    boss.save(PATH, capacity="9")
    undo = re.findall(r'href="/admin/office(/changes/[^"]*/undo)"', boss.get("/changes")[1])[0]
    preview = boss.get(undo)[1]
    status, page = boss.send(undo, boss.read(preview, undo), "save", when="date", date="2026-11-22")
    assert (status, "Mời chọn một ngày sau hôm nay." in text_of(page)) == (422, True)
    boss.send(undo, boss.read(page, undo), "save", when="date", date="2026-11-25")
    assert boss.office.services["HT"].capacity == 9
    assert "25/11/2026" in boss.get("/changes")[1]
