"""Workbooks as Excel, LibreOffice and people make them: dates and times, formulas, titles, other forms."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import pytest
from core_hall import office
from openpyxl import Workbook

from server.commands import changed_office
from server.commands.setup import office_from_settings
from server.domain.office import OfficeDefinition
from server.tables.cells import CellForm
from server.tables.files import looks_like_workbook, read_table, read_workbook
from server.tables.office_import import OfficeImport, import_office_tables
from server.tables.office_rows import SheetProblem
from server.tables.table import TableError, TableProblem

OFFICE = office_from_settings(office())
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """Return a file as openpyxl writes it, with numbers, dates and formulas."""
    book, contents = Workbook(), io.BytesIO()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(contents)
    return contents.getvalue()


def imported(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> tuple[OfficeImport, OfficeDefinition]:
    """Return the import of a file, and the office after it.

    A second time the file changes nothing.
    """
    contents = workbook(sheets)
    changes = import_office_tables(read_workbook(contents), OFFICE)
    after = changed_office(OFFICE, changes.edits) if changes.edits else OFFICE
    again = import_office_tables(read_workbook(contents), after)
    assert (again.edits, again.refused) == ([], changes.refused)
    return changes, after


def with_document(contents: bytes, old: bytes, new: bytes) -> bytes:
    """Return a file in whose first sheet a piece is another one."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(contents)) as good, zipfile.ZipFile(changed, "w") as other:
        for entry in good.infolist():
            part = good.read(entry)
            other.writestr(entry.filename, part.replace(old, new) if entry.filename.endswith("sheet1.xml") else part)
    return changed.getvalue()


def test_dates_times_and_numbers_of_a_spreadsheet_are_those_that_people_see() -> None:
    changes, after = imported(
        {
            "Ngày nghỉ": [
                ["Ngày", "Tên ngày nghỉ", "Giờ làm việc ngày đó"],
                [date(2026, 12, 25), "Giáng sinh", None],
                [datetime.fromisoformat("2027-01-01"), "Tết dương lịch", None],
                [46024, "Một số là một ngày", None],
                ["31/12/2026", "", "7h30-11h; 13:30 – 17:00"],
            ],
            "Thông báo": [
                ["Mã", "Nội dung", "Hiện từ", "Đến"],
                [
                    "n1",
                    "Nghỉ sớm",
                    datetime.fromisoformat("2026-12-24T07:29:59.999"),
                    datetime.fromisoformat("2026-12-26"),
                ],
            ],
            "Quy tắc": [
                ["Mã quy tắc", "Giá trị"],
                ["close_at", time(2, 30)],
                ["calls", 4.0],
                ["ready", False],
                ["target_min", "15,0"],
            ],
            "Lĩnh vực": [["Mã", "Nhiều nhất mỗi buổi", "Hiện ở trang đầu"], ["HT", 12.0, True], ["CT", "7.0", "FALSE"]],
        }
    )
    assert changes.refused == []
    assert set(after.holidays) == {"2026-11-24", "2026-12-25", "2027-01-01", "2026-01-02"}
    assert [span.text for span in after.hours.dates["2026-12-31"]] == ["07:30-11:00", "13:30-17:00"]
    assert (after.notices["n1"].since, after.notices["n1"].until) == ("2026-12-24T07:30", "2026-12-26T00:00")
    rules = after.rules
    assert (rules.close_at, rules.calls, rules.ready, rules.target_min) == ("02:30", 4, False, 15)
    assert [(after.services[name].capacity, after.services[name].usual) for name in ("HT", "CT")] == [
        (12, True),
        (7, False),
    ]


def test_titles_above_the_headings_merged_cells_and_empty_rows_are_passed_over() -> None:
    book, contents = Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    sheet.title = "QUẦY"
    sheet.append([])
    sheet.append(["DANH SÁCH QUẦY CỦA PHƯỜNG", None, None])
    sheet.merge_cells("A2:C2")
    sheet.append(["Mã", "Tên quầy", None, "Ghi chú của chúng tôi"])
    sheet.append(["c1", 7, None, "x"])
    sheet.merge_cells("B4:C4")
    sheet.append([None, None, None, None])
    sheet.append(["c9", 8, None, None])
    sheet.cell(row=15_000, column=2).value = " "
    book.save(contents)
    changes = import_office_tables(read_workbook(contents.getvalue()), OFFICE)
    assert [(edit.id, edit.after) for edit in changes.edits] == [("c1", {"label": "7"})]
    assert [(row.line, row.kind) for row in changes.refused] == [(6, SheetProblem.OFFICE)]  # a counter without services
    assert changes.ignored == ["Quầy: Ghi chú của chúng tôi"]


def test_a_formula_counts_by_its_last_value_and_one_without_a_value_refuses_the_file() -> None:
    contents = workbook({"Quầy": [["Mã", "Tên quầy"], ["c1", "=1+6"]]})
    with pytest.raises(TableError) as refused:
        read_workbook(contents)
    assert (refused.value.problem, refused.value.values) == (TableProblem.FORMULA, {"sheet": "Quầy", "cell": "B2"})
    computed = with_document(contents, b"<f>1+6</f><v />", b"<f>1+6</f><v>7</v>")
    assert read_workbook(computed)["Quầy"].rows == [["c1", "7"]]
    empty = with_document(contents, b'<c r="B2"><f>1+6</f><v />', b'<c r="B2" t="str"><f>1+6</f><v></v>')
    assert read_workbook(empty)["Quầy"].rows == [["c1", ""]]


def test_the_error_of_a_formula_is_no_text() -> None:
    changes, _ = imported({"Lĩnh vực": [["Mã", "Tên lĩnh vực"], ["HT", "#REF!"], ["CT", "Chứng thực mới"]]})
    assert [(row.line, row.values["form"]) for row in changes.refused] == [(2, CellForm.NO_ERROR)]
    assert [edit.id for edit in changes.edits] == ["CT"]


def test_a_code_that_became_a_number_finds_its_procedure() -> None:
    zeros = office_from_settings(office(procedures=[office().procedures[0].model_dump() | {"code": "1.001190"}]))
    tables = read_workbook(workbook({"Thủ tục": [["Mã thủ tục", "Lệ phí"], [1.00119, 8000]]}))
    changes = import_office_tables(tables, zeros)
    assert [(edit.id, edit.after) for edit in changes.edits] == [("1.001190", {"fee": "8000"})]


@pytest.mark.parametrize("text", ["chưa", "xx", "?"])
def test_an_unclear_mark_closes_nothing(text: str) -> None:
    changes, after = imported({"Quầy": [["Mã", "Đã ngừng (x)"], ["c1", text], ["c2", None], ["c3", "X"]]})
    assert [(row.line, row.values["form"]) for row in changes.refused] == [(2, CellForm.MARK)]
    assert [counter.id for counter in after.counters.values() if counter.closed] == ["c3"]


def test_an_empty_cell_leaves_what_cannot_be_empty_and_empties_the_rest() -> None:
    headings = ["Mã", "Chữ đầu của số", "Tên lĩnh vực", "Kết quả thường ghi", "Hỏi diện ưu tiên", "Nhiều nhất mỗi buổi"]
    rows = [["DD", "C", "Đất đai", None, None, None], ["MT", "M", "Môi trường", None, None, None]]
    _, after = imported({"Lĩnh vực": [headings, *rows]})
    assert [after.services[name].asks_priority for name in ("DD", "MT")] == [True, True]
    assert [after.services[name].outcome for name in ("DD", "MT")] == ["received", "received"]
    assert after.services["DD"].capacity is None


def opendocument() -> bytes:
    contents = io.BytesIO()
    with zipfile.ZipFile(contents, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    return contents.getvalue()


@pytest.mark.parametrize(
    ("contents", "problem"),
    [
        (OLE + bytes(600), TableProblem.UNKNOWN_FORM),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(99), TableProblem.ENCRYPTED),
        (opendocument(), TableProblem.UNKNOWN_FORM),
        (b"<html><table><tr><td>1</td></tr></table></html>", TableProblem.UNKNOWN_FORM),
        ("\ufeffMã;Tên quầy\r\nc1;7\r\n".encode(), TableProblem.UNKNOWN_FORM),
    ],
)
def test_a_file_of_another_form_is_called_by_its_name(contents: bytes, problem: TableProblem) -> None:
    assert looks_like_workbook(contents)
    with pytest.raises(TableError) as refused:
        read_workbook(contents)
    assert refused.value.problem is problem


def test_toml_looks_like_no_workbook() -> None:
    for text in ('id = "mau"\n', "# Cơ quan; mẫu\n[x]\n", "[[services]]\n", "\n\nname = {vi = 'a, b'}\n"):
        assert not looks_like_workbook(text.encode())


@pytest.mark.parametrize("start", ["", "\ufeff", "sep=;\r\n", "\ufeffsep=;\r\n"])
def test_csv_of_excel_is_read_with_its_mark_separator_and_lines(start: str) -> None:
    read = read_table(f'{start}Mã thủ tục;Tên;Lệ phí;;;\r\n1.1;"Khai ""sinh""\r\nmới";8.000 đ;;;\r\n;;;;;\r\n'.encode())
    assert list(read.headings) == ["Mã thủ tục", "Tên", "Lệ phí"]
    assert [list(row) for row in read.rows] == [["1.1", 'Khai "sinh"\nmới', "8.000 đ"]]
    assert read.first_line == (3 if "sep" in start else 2)
