"""The office is changed on its pages: every section, preview and save."""

import re

import pytest
from access_bench import MINUTE, PASSWORD
from account_web import HOST, AccountWeb
from core_web import Web
from office_pages import OfficePages, text_of

from server.domain.permissions import Role
from server.web.staff.admin.layout import TABS
from server.web.staff.admin.office.sections import SECTIONS


@pytest.fixture
def boss(web: AccountWeb) -> OfficePages:
    return OfficePages(web)


def test_name_and_telephone_number_are_changed(boss: OfficePages) -> None:
    page = boss.save("/general", name__vi="Phường Mới", name__en="", hotline="1022", address="1 Lê Lợi")
    assert "Đã lưu. Thay đổi có hiệu lực ngay." in page
    office = boss.office
    assert (office.name, office.hotline, office.address) == ({"vi": "Phường Mới"}, "1022", "1 Lê Lợi")


def test_a_text_of_one_line_has_no_line_breaks_and_signs_that_nobody_sees(boss: OfficePages) -> None:
    boss.save("/general", address=" 1 Lê Lợi,\r\nPhường\x07 Mẫu ")
    assert boss.office.address == "1 Lê Lợi, Phường Mẫu"


def test_the_time_zone_is_one_of_the_list_and_stays_while_a_day_is_open(boss: OfficePages) -> None:
    status, page = boss.send("/general", boss.form("/general"), zone="Mars/Base")
    assert (status, "Mời chọn một múi giờ" in page) == (422, True)
    preview = boss.send("/general", boss.form("/general"), zone="Asia/Tokyo")[1]
    status, page = boss.send("/general", boss.read(preview, "/general"), "save")
    assert (status, "khi ngày làm việc đang mở" in text_of(page)) == (422, True)
    assert boss.office.zone.key == "Asia/Ho_Chi_Minh"


def test_hours_are_read_as_people_write_them(boss: OfficePages) -> None:
    boss.save("/hours", fri="7h30 - 11h, 13:30–16:00", sat="07:30-11:30", mon="")
    weekly = {day: [span.text for span in spans] for day, spans in boss.office.hours.weekly.items()}
    assert weekly["fri"] == ["07:30-11:00", "13:30-16:00"]
    assert (weekly["sat"], weekly["mon"]) == (["07:30-11:30"], [])
    assert weekly["tue"] == ["07:30-11:30", "13:30-17:00"]


def test_a_holiday_and_a_make_up_day_are_added_changed_and_removed(boss: OfficePages) -> None:
    boss.save("/dates/new", id="2026-12-25", name__vi="Ngày nghỉ bù")
    boss.save("/dates/new", id="2026-12-26", spans="07:30-11:30")
    assert boss.office.holidays["2026-12-25"] == {"vi": "Ngày nghỉ bù"}
    assert [span.text for span in boss.office.hours.dates["2026-12-26"]] == ["07:30-11:30"]
    boss.save("/dates/item/2026-12-25", name__vi="Giáng sinh")
    assert boss.office.holidays["2026-12-25"] == {"vi": "Giáng sinh"}
    path = "/dates/item/2026-12-26"
    status, preview = boss.send(path, boss.form(path), "remove")
    assert (status, "26/12/2026 (xóa)" in text_of(preview)) == (200, True)
    boss.send(path, boss.read(preview, path), "save")
    assert "2026-12-26" not in boss.office.hours.dates


def test_the_preview_of_a_later_date_says_its_hours_and_the_list_says_that_a_holiday_is_closed(
    boss: OfficePages,
) -> None:
    status, preview = boss.send("/dates/new", {}, id="2026-12-25", name__vi="Ngày nghỉ bù", name__en="Day off")
    assert (status, "Ngày 25/12/2026 cơ quan nghỉ: ki-ốt không cấp số." in text_of(preview)) == (200, True)
    boss.send("/dates/new", boss.read(preview, "/dates/new"), "save")
    status, preview = boss.send("/dates/new", {}, id="2026-12-26", spans="07:30-11:30")
    assert (status, "Ngày 26/12/2026 tiếp nhận: 07:30-11:30." in text_of(preview)) == (200, True)
    shown = text_of(boss.get("/dates")[1])
    assert "Ngày nghỉ bù / Day off nghỉ cả ngày" in shown
    assert "Ngày Tên ngày Giờ làm việc của ngày đó" in shown


def test_a_service_has_hours_of_its_own_on_a_date(boss: OfficePages) -> None:
    path = "/services/item/CT"
    typed = "05/12/2026: 8h-11h\n24/11/2026: 7:30-11:30\n2026-12-07: nghỉ"
    status, preview = boss.send(path, boss.form(path), dates=typed)
    assert status == 200
    assert "Chứng thực, 05/12/2026: 08:00-11:00." in text_of(preview)
    boss.send(path, boss.read(preview, path), "save")
    dates = {"2026-11-24": ["07:30-11:30"], "2026-12-05": ["08:00-11:00"], "2026-12-07": []}
    assert boss.office.services["CT"].dates == dates
    shown = boss.form(path)["dates"]
    assert shown == ["24/11/2026: 07:30-11:30\n05/12/2026: 08:00-11:00\n07/12/2026: nghỉ"]


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        ("05/13/2026: 08:00-11:00", "Mỗi dòng viết như 05/12/2026: 08:00-11:00"),
        ("05/12/2026: sáng", "Giờ viết như 07:30-11:30"),
        ("05/12/2026: nghỉ\n5/12/2026: 08:00-11:00", "Mỗi ngày chỉ có một dòng."),
        ("05/12/2026: 08:00-11:00, 10:00-12:00", "Các buổi chồng lên nhau"),
        ("20/11/2026: nghỉ", "Ngày 20/11/2026 đã qua"),
    ],
)
def test_mistaken_dates_of_a_service_are_refused_and_kept(boss: OfficePages, dates: str, sentence: str) -> None:
    path = "/services/item/CT"
    status, page = boss.send(path, boss.form(path), dates=dates)
    assert (status, sentence in text_of(page)) == (422, True)
    assert boss.read(page, path)["dates"] == [dates]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"id": "", "name__vi": "Lễ"}, "Mục này không được để trống."),
        ({"id": "2026-02-30", "name__vi": "Lễ"}, "Mời chọn một ngày có trong lịch."),
        ({"id": "2026-11-24", "name__vi": "Lễ"}, "Đã có trong danh sách."),
        ({"id": "2026-11-20", "name__vi": "Lễ"}, "Ngày 20/11/2026 đã qua"),
        ({"id": "2026-12-25"}, "Mời ghi tên ngày nghỉ"),
        ({"id": "2026-12-25", "spans": "sáng"}, "Giờ viết như 07:30-11:30"),
        ({"id": "2026-12-25", "spans": "07:30-11:30, 11:00-12:00"}, "Các buổi chồng lên nhau"),
    ],
)
def test_a_mistaken_date_is_not_added_and_its_form_is_kept(
    boss: OfficePages, fields: dict[str, str], sentence: str
) -> None:
    status, page = boss.send("/dates/new", boss.form("/dates/new"), **fields)
    assert (status, sentence in text_of(page)) == (422, True)
    typed = boss.read(page, "/dates/new")
    assert {name.replace("__", "."): [value] for name, value in fields.items()}.items() <= typed.items()
    assert boss.office.hours.dates == {}


def test_a_service_is_added_given_to_a_counter_and_stopped(boss: OfficePages) -> None:
    status, preview = boss.send(
        "/services/new", boss.form("/services/new"), name__vi="Môi trường", prefix="M", capacity="30"
    )
    assert (status, "Chưa có quầy nào nhận Môi trường" in text_of(preview)) == (200, True)
    assert "Ki-ốt cấp số Môi trường" not in text_of(preview), "not without a counter"
    boss.send("/services/new", boss.read(preview, "/services/new"), "save")
    (service,) = [service for service in boss.office.services.values() if service.prefix == "M"]
    assert (service.capacity, service.hours, service.closed) == (30, None, False)
    boss.save("/counters/item/c3", services=["CT", "DD", service.id])
    assert boss.office.counters["c3"].services == ("CT", "DD", service.id)
    own = {f"hours__{day}": "" for day in ("tue", "wed", "thu", "fri", "sat", "sun")}
    boss.save(f"/services/item/{service.id}", hours__which="own", hours__mon="07:30-11:30", **own)
    hours = boss.office.services[service.id].hours
    assert hours is not None
    assert [span.text for span in hours.weekly["mon"]] == ["07:30-11:30"]
    assert boss.form("/services/item/HT")["hours.tue"] == ["07:30-11:30, 13:30-17:00"], (
        "own hours begin as the office's"
    )
    boss.save(f"/services/item/{service.id}", closed="1")
    assert boss.office.services[service.id].closed
    assert "Đã ngừng" in text_of(boss.get("/services")[1])


def test_the_preview_says_what_a_counter_loses_and_who_waits(web: AccountWeb, boss: OfficePages) -> None:
    for _ in range(3):
        web.hall.issue("CT")
    path = "/counters/item/c3"
    text = text_of(boss.send(path, boss.form(path), services=["CT"])[1])
    assert "Quầy 3 thôi nhận Đất đai: còn 0 quầy." in text
    assert "Không còn quầy nào nhận Đất đai" in text
    text = text_of(boss.send(path, boss.form(path), services=["DD"])[1])
    assert "Quầy 3 thôi nhận Chứng thực: còn 1 quầy." in text
    assert "3 người đang chờ Chứng thực: họ vẫn được phục vụ." in text
    assert "Lĩnh vực quầy nhận Chứng thực, Đất đai → thành Đất đai" in text


def test_people_who_would_wait_for_nobody_are_named_in_the_preview(web: AccountWeb, boss: OfficePages) -> None:
    web.hall.issue("DD")
    path = "/counters/item/c3"
    text = text_of(boss.send(path, boss.form(path), services=["CT"])[1])
    assert "1 người đang chờ Đất đai mà không còn quầy nào gọi họ." in text


def test_a_counter_is_added_renamed_and_closed_for_good(boss: OfficePages) -> None:
    boss.save("/counters/new", label="4", services=["HT"], clerk="chi")
    counter = boss.office.counters["c4"]
    assert (counter.label, counter.services, counter.clerk) == ("4", ("HT",), "chi")
    boss.save("/counters/item/c4", label="4A", clerk="")
    assert (boss.office.counters["c4"].label, boss.office.counters["c4"].clerk) == ("4A", None)
    boss.save("/counters/item/c4", closed="1")
    assert boss.office.counters["c4"].closed


def test_an_open_counter_is_not_closed_for_good_now_but_may_be_later(web: AccountWeb, boss: OfficePages) -> None:
    web.hall.open("c3")
    path = "/counters/item/c3"
    status, preview = boss.send(path, boss.form(path), closed="1")
    assert "Quầy 3 đang mở: mời đóng quầy trước khi lưu" in text_of(preview)
    status, page = boss.send(path, boss.read(preview, path), "save")
    assert (status, "Quầy đang mở hoặc đang phục vụ." in text_of(page)) == (422, True)
    assert boss.read(page, path)["closed"] == ["1"]
    status, page = boss.send(path, boss.read(preview, path), "save", when="date", date="2026-11-25")
    assert (status, "Đã lưu." in text_of(page)) == (200, True)
    assert not boss.office.counters["c3"].closed


def test_two_counters_with_one_name_are_refused_beside_the_field_in_both_languages(boss: OfficePages) -> None:
    path = "/counters/item/c3"
    status, page = boss.send(path, boss.form(path), label="1", services=[])
    assert status == 422
    assert 'id="m-f-label"' in page
    assert "Đã có một quầy khác tên này." in text_of(page)
    assert "Mời chọn ít nhất một lĩnh vực cho quầy." in text_of(page)
    assert boss.read(page, path)["label"] == ["1"]
    assert boss.office.counters["c3"].label == "3"
    boss.get("?lang=en")
    assert "Another counter has this name." in text_of(boss.send(path, boss.form(path), label="1")[1])


def test_a_procedure_is_added_sent_elsewhere_and_stopped(boss: OfficePages) -> None:
    boss.save(
        "/procedures/new",
        id="1.000894",
        name__vi="Đăng ký kết hôn",
        full_name="Thủ tục đăng ký kết hôn",
        service="HT",
        papers="Tờ khai\r\n\r\nCăn cước",
        synonyms="cưới",
        fee="Miễn phí",
    )
    procedure = boss.office.procedures["1.000894"]
    assert (procedure.papers, procedure.synonyms) == (("Tờ khai", "Căn cước"), ("cưới",))
    path = "/procedures/item/1.000894"
    status, page = boss.send(path, boss.form(path), service="")
    assert (status, "Mời ghi nơi tiếp nhận" in text_of(page)) == (422, True)
    boss.save(path, service="", place="Sở Tư pháp")
    assert (boss.office.procedures["1.000894"].service, boss.office.procedures["1.000894"].place) == (
        None,
        "Sở Tư pháp",
    )
    boss.save(path, closed="1")
    assert boss.office.procedures["1.000894"].closed
    status, page = boss.send("/procedures/new", boss.form("/procedures/new"), id="1.000894", name__vi="X", service="HT")
    assert (status, "Đã có trong danh sách." in text_of(page)) == (422, True)


def test_a_clerk_serves_some_services_or_all_of_the_counter(boss: OfficePages) -> None:
    path = "/clerks/item/chi"
    preview = text_of(boss.send(path, boss.form(path), services__which="some", services=["CT"])[1])
    assert "Ở Quầy 3, Lê Thị Chi phục vụ: Chứng thực." in preview
    preview = text_of(boss.send(path, boss.form(path), services__which="some", services=["HT"])[1])
    assert "Ở Quầy 3, Lê Thị Chi không phục vụ được lĩnh vực nào." in preview
    boss.save(path, services__which="some", services=["CT"])
    assert boss.office.clerks["chi"].services == ("CT",)
    boss.save(path, services__which="all")
    assert boss.office.clerks["chi"].services is None
    assert "Lê Thị Chi" not in "".join(str(fact) for fact in boss.web.hall.facts() if "office" in fact.kind)


def test_rules_have_limits(boss: OfficePages) -> None:
    boss.save("/rules", calls="2", next_finishes="1", ready=[], close_at="02:30")
    rules = boss.office.rules
    assert (rules.calls, rules.next_finishes, rules.ready, rules.close_at) == (2, True, False, "02:30")
    status, page = boss.send("/rules", boss.form("/rules"), calls="99", hold_min="lâu", close_at="2h")
    assert status == 422
    assert "Mời nhập một số nguyên từ 1 đến 480." in text_of(page)
    status, page = boss.send("/rules", boss.form("/rules"), calls="99", close_at="2h", dossier_codes="(")
    assert status == 422
    for sentence in ("từ 1 đến 9.", "Giờ viết như 03:00.", "“(” không phải biểu thức chính quy."):
        assert sentence in text_of(page)
    assert boss.office.rules == rules


def test_a_notice_reaches_the_picture_of_the_office_with_its_moments(web: AccountWeb, boss: OfficePages) -> None:
    boss.save(
        "/notices/new", text__vi="Chiều nay nghỉ sớm", text__en="We close early", since="2026-11-23T13:00",
        until="2026-11-23T17:00",
    )  # fmt: skip
    (notice,) = Web(web.hall).app.extensions["luot"].pictures.office.notices
    assert notice.text == {"vi": "Chiều nay nghỉ sớm", "en": "We close early"}
    assert (notice.since, notice.to) == ("2026-11-23T06:00:00.000Z", "2026-11-23T10:00:00.000Z")
    status, page = boss.send(
        "/notices/new", boss.form("/notices/new"), text__vi="", since="2026-11-23T13:00", until="2026-11-23T12:00"
    )
    assert status == 422
    assert "Cần có nội dung tiếng Việt." in text_of(page)
    assert "Thời điểm kết thúc phải sau thời điểm bắt đầu." in text_of(page)
    path = f"/notices/item/{notice.id}"
    preview = boss.send(path, boss.form(path), "remove")[1]
    assert "Thông báo thôi hiện." in text_of(preview)
    boss.send(path, boss.read(preview, path), "save")
    assert boss.office.notices == {}


def test_a_notice_is_shown_where_the_form_says(web: AccountWeb, boss: OfficePages) -> None:
    path = "/notices/new"
    preview = boss.send(path, boss.form(path), text__vi="Mời xem giờ mới", on_kiosk=[], on_tv=[])[1]
    assert "Thông báo hiện trên trang của công dân ngay khi có hiệu lực." in text_of(preview)
    boss.send(path, boss.read(preview, path), "save")
    (notice,) = Web(web.hall).app.extensions["luot"].pictures.office.notices
    assert (notice.on_tv, notice.on_kiosk, notice.on_phone) == (False, False, True)
    path = f"/notices/item/{notice.id}"
    preview = boss.send(path, boss.form(path), on_phone=[])[1]
    assert "Thông báo này chưa hiện ở đâu." in text_of(preview)


def test_the_order_of_services_follows_the_positions_that_are_typed(boss: OfficePages) -> None:
    path = "/services/order"
    form = boss.form(path)
    status, preview = boss.send(path, form, position__XX="1", position__HT="4")
    assert status == 200
    boss.send(path, boss.read(preview, path), "save")
    assert list(boss.office.services) == ["XX", "CT", "DD", "HT", "TK"]
    status, page = boss.send(path, form, position__HT="9")
    assert (status, "Danh sách đã thay đổi trong khi Ông/Bà nhập (Nguyễn Văn Quản" in text_of(page)) == (409, True)
    status, page = boss.send(path, boss.form(path), position__HT="đầu")
    assert (status, "Mỗi vị trí là một số" in text_of(page)) == (422, True)


def test_a_new_part_cannot_be_closed_at_once(boss: OfficePages) -> None:
    for section in ("services", "counters", "procedures"):
        assert 'name="closed"' not in boss.get(f"/{section}/new")[1], section
    assert 'name="closed"' in boss.get("/counters/item/c1")[1]


def test_a_form_without_a_change_saves_nothing(boss: OfficePages) -> None:
    for path in ("/general", "/hours", "/rules", "/services/item/HT", "/counters/item/c1", "/clerks/item/an"):
        status, page = boss.send(path, boss.form(path))
        assert (status, "Chưa có gì thay đổi." in text_of(page)) == (422, True), path
    assert "Chưa có thay đổi nào." in text_of(boss.get("/changes")[1])


def test_the_preview_leads_back_to_the_form_with_what_was_typed(boss: OfficePages) -> None:
    path = "/services/item/HT"
    preview = boss.send(path, boss.form(path), name__vi="Hộ tịch và cư trú")[1]
    assert "Hộ tịch → thành Hộ tịch và cư trú" in text_of(preview)
    status, page = boss.send(path, boss.read(preview, path), "edit")
    assert (status, boss.read(page, path)["name.vi"]) == (200, ["Hộ tịch và cư trú"])


def test_saving_needs_the_password_again_and_keeps_the_form(web: AccountWeb, boss: OfficePages) -> None:
    preview = boss.send("/general", boss.form("/general"), hotline="1022")[1]
    web.bench.now_ms += 11 * MINUTE
    status, page = boss.send("/general", boss.read(preview, "/general"), "save")
    assert (status, "Xác nhận mật khẩu" in page) == (403, True)
    assert boss.office.hotline != "1022"
    status, page = boss.send("/general", boss.read(page, "/general"), "save", proof=PASSWORD)
    assert (status, boss.office.hotline) == (200, "1022")


def test_an_auditor_reads_every_page_and_changes_nothing(web: AccountWeb) -> None:
    auditor = OfficePages(web, "Lê Kiểm", Role.AUDITOR)
    for path in ("", *(f"/{section.key}" for section in SECTIONS), "/services/item/HT", "/changes"):
        status, page = auditor.get(path)
        assert (status, "<form" in page.split("<main", 1)[1].split("</main>")[0]) == (200, False), path
    assert auditor.get("/services/new")[0] == 403
    assert auditor.send("/general", {}, hotline="1")[0] == 403


def test_unknown_sections_and_parts_are_not_found(boss: OfficePages) -> None:
    for path in ("/x", "/services/item/x", "/clerks/new", "/rules/order", "/hours/item/x", "/changes/o-9/undo"):
        assert boss.get(path)[0] == 404, path
    for path in ("/services", "/services/item/x", "/clerks/new", "/rules/item/", "/changes/o-9/withdraw"):
        assert boss.send(path, {})[0] == 404, path


def test_the_list_of_services_names_their_counters(boss: OfficePages) -> None:
    page = text_of(boss.get("/services")[1])
    assert "Chứng thực B – theo giờ của cơ quan Quầy 2, 3" in page
    assert "không quầy nào" in page


def test_every_heading_stands_above_a_field() -> None:
    for section in SECTIONS:
        assert set(section.headings) <= {field.name for field in section.fields}, section.key


def test_an_administrator_finds_every_page_of_the_head_after_the_sign_in(boss: OfficePages) -> None:
    page = boss.browser.get("/?choose=1", base_url=HOST).get_data(as_text=True)
    tabs = {f"/admin/{path}" for path in ("people", "office", "devices", "programs", "network", "log")}
    assert len(tabs) == len(TABS)
    assert tabs <= set(re.findall(r'href="([^"]+)"', page))


def test_groups_are_added_on_their_page_with_what_the_kiosk_will_show(boss: OfficePages) -> None:
    form = boss.form("/groups/new")
    status, preview = boss.send(
        "/groups/new", form, name__vi="Nhân thân", services=["HT", "CT"], services__which="some"
    )
    assert status == 200
    assert "Ki-ốt hiện các nhóm trước." in text_of(preview)
    assert "Hiện sau các nhóm vì không thuộc nhóm nào: Đất đai, Trả kết quả, Không quầy." in text_of(preview)
    boss.send("/groups/new", boss.read(preview, "/groups/new"), "save")
    assert [group.services for group in boss.office.groups.values()] == [("HT", "CT")]
    status, page = boss.send("/groups/new", form, name__vi="Khác", services=["CT"], services__which="some")
    assert (status, "Chứng thực đã thuộc nhóm khác." in text_of(page)) == (422, True)
    (group,) = boss.office.groups
    status, preview = boss.send(f"/groups/item/{group}", boss.form(f"/groups/item/{group}"), "remove")
    assert "Không còn nhóm nào: ki-ốt hiện thẳng các lĩnh vực." in text_of(preview)


def test_an_order_by_demand_without_numbers_names_no_service_without_numbers(boss: OfficePages) -> None:
    status, preview = boss.send("/rules", boss.form("/rules"), order_by="demand")
    assert status == 200
    assert "Chưa có số liệu, nên thứ tự chưa đổi." in text_of(preview)
    assert "(0 số)" not in text_of(preview)
