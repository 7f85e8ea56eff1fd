"""Procedures are taken along as a file and brought back, each row taken or refused."""

from pathlib import Path

import pytest
from access_bench import cheap_hashes
from account_web import HOST, AccountWeb
from core_hall import office
from office_pages import PATH, OfficePages, text_of
from test_tables import large_office

from server.commands.setup import office_from_settings
from server.domain.permissions import Role
from server.tables.files import read_table, read_workbook, write_table
from server.tables.office_tables import office_tables
from server.tables.table import Table, TableFormat
from server.tables.xlsx import write_workbook
from server.web.staff.admin.office.sent_files import MAX_UPLOAD

IMPORT = "/procedures/import"
COLUMNS = ["code", "service", "name_vi", "fee"]


@pytest.fixture
def boss(web: AccountWeb) -> OfficePages:
    return OfficePages(web)


def upload(pages: OfficePages, contents: bytes, name: str = "thu-tuc.xlsx", path: str = IMPORT) -> tuple[int, str]:
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + contents + b"\r\n--edge--\r\n"
    kind = "multipart/form-data; boundary=edge"
    answer = pages.browser.post(f"{PATH}{path}", data=body, base_url=HOST, content_type=kind)
    return answer.status_code, answer.get_data(as_text=True)


def xlsx(*rows: list[str]) -> bytes:
    return write_table(Table(COLUMNS, rows), TableFormat.XLSX)


@pytest.mark.parametrize("form", TableFormat)
def test_the_procedures_are_taken_along_in_each_form(boss: OfficePages, form: TableFormat) -> None:
    answer = boss.browser.get(f"{PATH}/procedures/file.{form.value}", base_url=HOST)
    assert f'filename="luot-mau-thu-tuc.{form.value}"' in answer.headers["Content-Disposition"]
    assert [row[0] for row in read_table(answer.data).rows] == list(boss.office.procedures)


def test_a_file_is_shown_first_and_saved_without_its_bad_row(boss: OfficePages) -> None:
    contents = xlsx(["1.001193", "HT", "Khai sinh", "8.000 đồng"], ["9", "Thuế", "Thuế", ""], ["2", "CT", "Sao y", ""])
    status, page = upload(boss, contents)
    shown = text_of(page)
    assert status == 200
    assert "Thêm mới 1 Thay đổi 1 Dòng không nhận 1" in shown
    assert "3 Ô “Lĩnh vực”, “Thuế”: không có lĩnh vực này; ghi mã hoặc tên một lĩnh vực." in shown
    assert "2" not in boss.office.procedures
    status, page = boss.send(IMPORT, boss.read(page, IMPORT), "save")
    assert "Đã lưu. Thay đổi có hiệu lực ngay." in text_of(page)
    assert boss.office.procedures["1.001193"].fee == "8.000 đồng"
    assert boss.office.procedures["2"].service == "CT"
    status, page = upload(boss, contents)
    assert "Tệp này không làm thay đổi gì." in text_of(page)


def test_the_rows_of_a_file_can_be_planned(boss: OfficePages) -> None:
    _, page = upload(boss, xlsx(["1.001193", "HT", "Khai sinh", "8.000 đồng"]))
    form = boss.read(page, IMPORT)
    status, page = boss.send(IMPORT, form, "save", when="date", date="2026-11-23")
    assert (status, "Mời chọn một ngày sau hôm nay." in text_of(page)) == (422, True)
    status, page = boss.send(IMPORT, form, "save", when="date", date="2026-11-30")
    assert "Thay đổi có hiệu lực từ ngày đã chọn" in text_of(page)
    assert boss.office.procedures["1.001193"].fee == "Miễn phí"


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (b"", "Mời chọn một tệp."),
        (b"x" * (MAX_UPLOAD + 1), "Tệp lớn hơn 2 MB. Mời chia thành nhiều tệp."),
        (b"x" * (2 * MAX_UPLOAD), "Tệp lớn hơn 2 MB. Mời chia thành nhiều tệp."),
        (b"PK\x03\x04", "Tệp XLSX bị hỏng."),
        ("Mã;tên".encode("utf-16"), "Tệp CSV chưa ở bảng mã UTF-8."),
        ("tên;lệ phí\r\n1;2\r\n".encode(), "Tệp thiếu cột: Mã thủ tục."),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_what_to_do(
    boss: OfficePages, contents: bytes, sentence: str
) -> None:
    status, page = upload(boss, contents)
    assert (status, sentence in text_of(page)) == (422, True)


def test_a_catalogue_of_42_services_and_329_procedures_is_imported_edited_and_exported_by_pages_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cheap_hashes(monkeypatch)
    services = [f"S{number}" for number in range(42)]
    groups = [
        {"id": f"g{number}", "name": {"vi": f"Nhóm {number}"}, "services": services[number::7]} for number in range(7)
    ]
    large = office_from_settings(office(**large_office(), groups=groups))
    web = AccountWeb(tmp_path)
    boss = OfficePages(web)

    status, page = upload(boss, write_workbook(office_tables(large)), path="/workbook")
    assert (status, "Thêm mới 378" in text_of(page), "mục khác" in page) == (200, True, True)
    boss.send("/workbook", boss.read(page, "/workbook"), "save")
    assert (len(boss.office.procedures), len(boss.office.groups["g3"].services)) == (330, 6)

    status, page = upload(
        boss, xlsx(*([f"1.{number:06}", "S1", f"Tên {number}", "8.000 đồng"] for number in range(329)))
    )
    assert (status, "Thay đổi 329" in text_of(page), "và 289 mục khác" in page) == (200, True, True)
    boss.send(IMPORT, boss.read(page, IMPORT), "save")
    boss.save("/procedures/item/1.000007", fee="Miễn phí")
    boss.save("/groups/item/g3", name__vi="Đất đai và nhà ở", services=["S3", "S10"])

    taken_along = boss.browser.get(f"{PATH}/workbook.xlsx", base_url=HOST).data
    fees = {row[1]: row[-1] for row in column_texts(taken_along, "Thủ tục", "Tên ngắn", "Lệ phí")}
    assert (fees["Tên 7"], fees["Tên 8"]) == ("Miễn phí", "8.000 đồng")
    assert ["", "Đất đai và nhà ở", "S3\nS10"] in column_texts(taken_along, "Nhóm lĩnh vực", "Tên nhóm", "Lĩnh vực")
    assert "Tệp này không làm thay đổi gì." in text_of(upload(boss, taken_along, path="/workbook")[1])
    web.close()


def column_texts(contents: bytes, sheet: str, *headings: str) -> list[list[str]]:
    """Return the texts of some columns of a workbook, after an empty one."""
    table = read_workbook(contents)[sheet]
    places = [list(table.headings).index(heading) for heading in headings]
    return [["", *(row[place] for place in places)] for row in table.rows]


def test_an_auditor_takes_the_file_along_but_brings_none(web: AccountWeb) -> None:
    auditor = OfficePages(web, "Trần Thị Kiểm", Role.AUDITOR)
    assert auditor.get("/procedures/file.csv")[0] == 200
    assert auditor.get(IMPORT)[0] == 403
    assert upload(auditor, xlsx(["1", "HT", "x", ""]))[0] == 403


def test_an_unknown_form_is_not_found(boss: OfficePages) -> None:
    assert boss.get("/procedures/file.exe")[0] == 404
