"""The whole office is taken along as a workbook and brought back."""

import io
from pathlib import Path

import pytest
from account_web import HOST, AccountWeb
from core_hall import Hall
from office_pages import PATH, OfficePages, text_of
from openpyxl import load_workbook
from test_office_file import answers, clock, settings
from test_office_file import stopped_hall as stopped_hall

from config.load import ConfigError
from server.domain.permissions import Role
from server.startup.office_file import export_office, import_office
from server.tables.table import Table
from server.tables.xlsx import write_workbook
from server.web.staff.admin.office.sent_files import MAX_UPLOAD

WORKBOOK = "/workbook"
BAD_AND_GOOD = {
    "Lĩnh vực": Table(["Mã", "Chữ đầu của số", "Tên lĩnh vực"], [["MT", "M", "Môi trường"], ["X1", "!", "Hỏng"]]),
    "Quầy": Table(["Mã", "Lĩnh vực"], [["c3", "Chứng thực; Đất đai; Môi trường"]]),
}


@pytest.fixture
def boss(web: AccountWeb) -> OfficePages:
    return OfficePages(web)


def upload(pages: OfficePages, contents: bytes) -> tuple[int, str]:
    head = '--edge\r\nContent-Disposition: form-data; name="file"; filename="co-quan.xlsx"\r\n\r\n'
    body = head.encode() + contents + b"\r\n--edge--\r\n"
    kind = "multipart/form-data; boundary=edge"
    answer = pages.browser.post(f"{PATH}{WORKBOOK}", data=body, base_url=HOST, content_type=kind)
    return answer.status_code, answer.get_data(as_text=True)


def test_the_template_is_todays_office_and_changes_nothing_when_it_is_sent_back(boss: OfficePages) -> None:
    answer = boss.browser.get(f"{PATH}/workbook.xlsx", base_url=HOST)
    assert 'filename="luot-mau-co-quan.xlsx"' in answer.headers["Content-Disposition"]
    assert load_workbook(io.BytesIO(answer.data))["Lĩnh vực"]["A2"].value == "HT"
    status, page = upload(boss, answer.data)
    assert (status, "Tệp này không làm thay đổi gì." in text_of(page)) == (200, True)


def test_a_workbook_is_shown_first_saved_without_its_bad_row_and_changes_nothing_again(boss: OfficePages) -> None:
    status, page = upload(boss, write_workbook(BAD_AND_GOOD))
    shown = text_of(page)
    assert status == 200
    assert "Lĩnh vực 3 Chữ đầu của số: Cần một hoặc hai chữ cái in hoa không dấu" in shown
    assert "Quầy 3 nhận thêm Môi trường: có 1 quầy." in shown
    assert "MT" not in boss.office.services
    status, page = boss.send(WORKBOOK, boss.read(page, WORKBOOK), "save")
    assert "Đã lưu. Thay đổi có hiệu lực ngay." in text_of(page)
    assert boss.office.counters["c3"].services == ("CT", "DD", "MT")
    assert "X1" not in boss.office.services
    _, page = upload(boss, write_workbook(BAD_AND_GOOD))
    assert "Tệp này không làm thay đổi gì." in text_of(page)


def test_a_mark_removes_or_closes_and_the_preview_says_so_first(boss: OfficePages) -> None:
    tables = {
        "Ngày nghỉ": Table(["Ngày", "Xóa (x)"], [["24/11/2026", "x"], ["01/01/2030", "x"]]),
        "Thủ tục": Table(["Mã thủ tục", "Đã ngừng (x)"], [["1.001193", "x"]]),
        "Quầy": Table(["Mã", "Thứ tự"], [["c1", "3"], ["c3", "1"]]),
    }
    status, page = upload(boss, write_workbook(tables))
    shown = text_of(page)
    assert status == 200
    assert "Thêm mới 0 Thay đổi 1 Ngừng 1 Xóa 1 Dòng giữ nguyên 3 Dòng không nhận 0" in shown
    assert "24/11/2026 ( xóa )" in shown.replace("(xóa)", "( xóa )")
    assert "Ki-ốt không hiện thủ tục “Đăng ký khai sinh” nữa." in shown
    boss.send(WORKBOOK, boss.read(page, WORKBOOK), "save")
    assert (boss.office.holidays, boss.office.procedures["1.001193"].closed) == ({}, True)
    assert list(boss.office.counters) == ["c3", "c2", "c1"]
    _, page = upload(boss, write_workbook(tables))
    assert "Tệp này không làm thay đổi gì." in text_of(page)


def test_a_file_is_refused_like_a_page_for_people_who_wait_and_moves_them_when_told(
    boss: OfficePages, web: AccountWeb
) -> None:
    web.hall.issue("DD")
    tables = {
        "Lĩnh vực": Table(["Mã", "Đã ngừng (x)"], [["DD", "x"]]),
        "Quầy": Table(["Mã", "Lĩnh vực"], [["c3", "CT"]]),
    }
    _, page = upload(boss, write_workbook(tables))
    form = boss.read(page, WORKBOOK)
    status, page = boss.send(WORKBOOK, form, "save")
    assert (status, "Mời chọn lĩnh vực cho những người này" in text_of(page)) == (422, True)
    assert not boss.office.services["DD"].closed
    status, _ = boss.send(WORKBOOK, form, "save", move__DD=["CT"])
    assert (status, boss.office.services["DD"].closed, boss.office.counters["c3"].services) == (200, True, ("CT",))


def test_names_of_clerks_come_with_the_file_at_once_and_cannot_be_planned(boss: OfficePages) -> None:
    people = {"Cán bộ": Table(["Mã", "Họ tên"], [["an", "Nguyễn Thị Ánh"], ["nv-9", "Lê Thị Hoa"]])}
    _, page = upload(boss, write_workbook(people))
    form = boss.read(page, WORKBOOK)
    status, page = boss.send(WORKBOOK, form, "save", when="date", date="2026-12-24")
    assert (status, "nên chỉ lưu ngay được" in text_of(page)) == (422, True)
    boss.send(WORKBOOK, form, "save")
    assert [boss.office.clerks[clerk].name for clerk in ("an", "nv-9")] == ["Nguyễn Thị Ánh", "Lê Thị Hoa"]


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (b"", "Mời chọn một tệp."),
        (b"PK" + bytes(MAX_UPLOAD), "Tệp lớn hơn 2 MB."),
        (bytes(2 * MAX_UPLOAD), "Tệp lớn hơn 2 MB. Mời chia thành nhiều tệp."),
        (b"PK\x03\x04", "Tệp XLSX bị hỏng."),
        (b"hello", "Tệp này không phải là tệp XLSX hay TOML đọc được."),
        (
            write_workbook({"Quầy": Table(["Mã", "Đã ngừng (x)"], [["c1", "x"], ["c2", "x"], ["c3", "x"]])}),
            "Cơ quan phải còn ít nhất một quầy.",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(
    boss: OfficePages, contents: bytes, sentence: str
) -> None:
    status, page = upload(boss, contents)
    assert (status, sentence in text_of(page)) == (422, True)


def test_the_toml_file_has_the_same_preview_and_its_mistakes_have_lines(boss: OfficePages) -> None:
    toml = boss.browser.get(f"{PATH}/office.toml", base_url=HOST).data
    _, page = upload(boss, toml)
    assert "Tệp này không làm thay đổi gì." in text_of(page)
    changed = toml.replace("Hộ tịch".encode(), "Hộ tịch, cư trú".encode()).replace(b"call_gap_s = 0", b"call_gap_s = 5")
    status, page = upload(boss, changed)
    assert (status, "Hộ tịch, cư trú" in text_of(page)) == (200, True)
    boss.send(WORKBOOK, boss.read(page, WORKBOOK), "save")
    assert (boss.office.services["HT"].name["vi"], boss.office.rules.call_gap_s) == ("Hộ tịch, cư trú", 5)
    for wrong, sentence in (
        (toml.replace(b'prefix = "A"', b'prefix = "a1"'), "Mục “prefix” không đúng ("),
        (toml.replace(b'prefix = "A"', b'prefx = "A"'), "Không có mục “prefx” ("),
        (toml.replace(b'prefix = "A"', b"prefix = A"), "Viết sai cú pháp TOML, mời sửa dòng này rồi gửi lại ("),
        (toml.replace(b'label = "2"', b'label = "1"'), "Đã có một quầy khác tên này."),
        (b"\xff\xfe", "Tệp không phải văn bản UTF-8, mời lưu lại dạng UTF-8 ("),
    ):
        status, page = upload(boss, wrong)
        assert (status, sentence in text_of(page)) == (422, True), wrong[:40]
    assert boss.office.services["HT"].prefix == "A"


def test_an_auditor_takes_the_workbook_along_and_sends_none(web: AccountWeb) -> None:
    auditor = OfficePages(web, "Phạm Văn Soát", Role.AUDITOR)
    assert auditor.browser.get(f"{PATH}/workbook.xlsx", base_url=HOST).status_code == 200
    assert auditor.get(WORKBOOK)[0] == 403
    assert upload(auditor, write_workbook(BAD_AND_GOOD))[0] == 403


def test_the_command_line_takes_a_workbook_prints_the_refused_rows_and_does_it_once(
    stopped_hall: Hall, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "office.xlsx"
    file.write_bytes(write_workbook(BAD_AND_GOOD))
    assert import_office(settings(tmp_path), file, clock(stopped_hall), answers("n")) == 1
    assert import_office(settings(tmp_path), file, clock(stopped_hall), answers("y")) == 0
    printed = capsys.readouterr().out
    assert "refused: sheet Lĩnh vực, line 3: " in printed
    assert "service MT: added" in printed
    assert import_office(settings(tmp_path), file, clock(stopped_hall), answers("y")) == 0
    assert "already" in capsys.readouterr().out
    export_office(settings(tmp_path), tmp_path / "after.toml")
    assert "Môi trường" in (tmp_path / "after.toml").read_text(encoding="utf-8")
    file.write_bytes(b"PK")
    with pytest.raises(ConfigError, match=r"office\.xlsx: "):
        import_office(settings(tmp_path), file, clock(stopped_hall), answers("y"))
