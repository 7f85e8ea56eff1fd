"""Tables of procedures are read and written; each row is taken or refused."""

import io
import json
import zipfile
from typing import Any

import pytest
from core_hall import Hall, office
from openpyxl import Workbook, load_workbook

from server.commands.setup import office_from_settings
from server.domain.office_changes import Part, edited, office_from_parts, parts_of
from server.tables import table as tables
from server.tables.files import read_table, write_table
from server.tables.office_import import import_procedures
from server.tables.office_rows import SheetProblem
from server.tables.office_tables import procedure_table
from server.tables.table import Table, TableError, TableFormat, TableProblem

HEADINGS = ["Mã thủ tục", "Lĩnh vực", "Tên", "Giấy tờ cần mang", "Lệ phí", "Ghi chú"]


def table(*rows: list[str]) -> Table:
    return Table(HEADINGS, rows)


@pytest.mark.parametrize("form", TableFormat)
def test_a_written_table_is_read_as_it_was(form: TableFormat) -> None:
    cells = ["1.001193", "Đăng ký khai sinh", "Tờ khai\nGiấy chứng sinh", "=1+1", 'a;b,c\t"d"', ""]
    read = read_table(write_table(Table([f"c{n}" for n in range(6)], [cells, ["x"] * 6]), form))
    assert [list(row) for row in read.rows] == [cells, ["x"] * 6]


def test_a_text_that_looks_like_a_formula_is_a_text_in_the_spreadsheet() -> None:
    contents = write_table(Table(["a"], [["=HYPERLINK(1)"]]), TableFormat.XLSX)
    assert load_workbook(io.BytesIO(contents)).worksheets[0]["A2"].data_type == "s"
    assert b"'=HYPERLINK" in write_table(Table(["a"], [["=HYPERLINK(1)"]]), TableFormat.CSV)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_csv_is_read_with_the_separator_of_its_headings(separator: str) -> None:
    text = separator.join(("code", "name")) + "\r\n" + separator.join(("1", "An")) + "\r\n\r\n"
    read = read_table(text.encode("utf-8-sig"))
    assert (read.headings, [list(row) for row in read.rows]) == (["code", "name"], [["1", "An"]])


def test_numbers_of_a_spreadsheet_are_read_as_people_see_them() -> None:
    workbook, contents = Workbook(), io.BytesIO()
    workbook.worksheets[0].append(["code", "fee"])
    workbook.worksheets[0].append([12, 8000.0])
    workbook.save(contents)
    assert [list(row) for row in read_table(contents.getvalue()).rows] == [["12", "8000"]]


def unpacked(n: int) -> bytes:
    contents = io.BytesIO()
    with zipfile.ZipFile(contents, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * n)
    return contents.getvalue()


@pytest.mark.parametrize(
    ("contents", "problem"),
    [
        (b"", TableProblem.EMPTY),
        (b"   \r\n ", TableProblem.EMPTY),
        ("Mã".encode("utf-16"), TableProblem.NOT_UTF8),
        (b"PK\x03\x04 no archive", TableProblem.NOT_XLSX),
        (unpacked(10), TableProblem.NOT_XLSX),
        (unpacked(tables.MAX_UNPACKED_BYTES + 1), TableProblem.TOO_LARGE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", TableProblem.UNKNOWN_FORM),
        (b"[1, 2]", TableProblem.NOT_JSON),
        (b"[" * 100_000, TableProblem.NOT_JSON),
        (b'{"a": 1}', TableProblem.NOT_JSON),
        (b"[{}]", TableProblem.EMPTY),
        (b"a" * (tables.MAX_BYTES + 1), TableProblem.TOO_LARGE),
        (b"a\n" * (tables.MAX_ROWS + 3), TableProblem.TOO_MANY_ROWS),
        (b"a;" * (tables.MAX_COLUMNS + 3), TableProblem.TOO_MANY_COLUMNS),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_reason(contents: bytes, problem: TableProblem) -> None:
    with pytest.raises(TableError) as error:
        read_table(contents)
    assert error.value.problem is problem


def test_a_procedure_is_added_another_changed_and_the_rest_stays(hall: Hall) -> None:
    with hall.store.read() as snapshot:
        before = snapshot.office
    rows = table(
        ["1.001193", "Hộ tịch", "Khai sinh", "Tờ khai\nGiấy chứng sinh", "8.000 đồng", "x"],
        ["2.000815", "ct", "Chứng thực bản sao", "", "", ""],
    )
    result = import_procedures(rows, before)
    assert (result.added, result.changed, result.unchanged, list(result.refused)) == (1, 1, 0, [])
    assert result.ignored == ["Thủ tục: Ghi chú"]
    after = office_from_parts(edited(parts_of(before), result.edits), before)
    changed, added = after.procedures["1.001193"], after.procedures["2.000815"]
    assert (changed.name["vi"], changed.papers, changed.fee) == (
        "Khai sinh",
        ("Tờ khai", "Giấy chứng sinh"),
        "8.000 đồng",
    )
    assert (changed.full_name, changed.result) == ("Thủ tục đăng ký khai sinh", "Giấy khai sinh")
    assert (added.service, added.full_name) == ("CT", "Chứng thực bản sao")
    again = import_procedures(rows, after)
    assert (again.edits, again.unchanged) == ([], 2)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["", "HT", "Khai sinh", "", "", ""], SheetProblem.NO_ID),
        (["1 2", "HT", "Khai sinh", "", "", ""], SheetProblem.OFFICE),
        (["9", "HT", "", "", "", ""], SheetProblem.OFFICE),
        (["9", "Thuế", "Thuế đất", "", "", ""], SheetProblem.CELL),
        (["9", "HT", "x" * 121, "", "", ""], SheetProblem.OFFICE),
        (["9", "HT", "Khai sinh", "x" * 4001, "", ""], SheetProblem.TOO_LONG),
        (["1", "HT", "Khai sinh", "", "", ""], SheetProblem.TWICE),
    ],
)
def test_a_row_is_refused_with_its_line_and_the_others_are_taken(
    hall: Hall, cells: list[str], kind: SheetProblem
) -> None:
    good = ["1", "HT", "Khai tử", "", "", ""]
    with hall.store.read() as snapshot:
        result = import_procedures(table(good, cells), snapshot.office)
    assert [(problem.line, problem.kind) for problem in result.refused] == [(3, kind)]
    assert [edit.key for edit in result.edits] == [(Part.PROCEDURE, "1")]


def test_a_procedure_without_a_service_needs_a_place_to_go(hall: Hall) -> None:
    columns = ["code", "service", "name", "place"]
    with hall.store.read() as snapshot:
        elsewhere = import_procedures(Table(columns, [["9", "", "Hộ chiếu", "Công an tỉnh"]]), snapshot.office)
        nowhere = import_procedures(Table(columns, [["9", "", "Hộ chiếu", ""]]), snapshot.office)
    assert (elsewhere.added, nowhere.refused[0].kind) == (1, SheetProblem.NO_PLACE)


def test_a_table_needs_the_codes_and_a_new_procedure_its_name(hall: Hall) -> None:
    with hall.store.read() as snapshot:
        without_codes = import_procedures(Table(["tên", "lệ phí"], [["1", "2"]]), snapshot.office)
        nameless = import_procedures(Table(["mã", "lĩnh vực", "lệ phí"], [["9", "HT", "2"]]), snapshot.office)
        cheaper = import_procedures(Table(["mã", "lệ phí"], [["1.001193", "2"]]), snapshot.office)
    assert [row.kind for row in without_codes.refused] == [SheetProblem.NO_COLUMN]
    assert [row.kind for row in nameless.refused] == [SheetProblem.OFFICE]
    assert (cheaper.changed, list(cheaper.refused)) == (1, [])


def large_office() -> dict[str, Any]:
    """Return the changes of an office with 42 services and 329 procedures."""
    services = [
        {"id": f"S{n}", "prefix": f"{chr(65 + n % 26)}{chr(65 + n // 26)}", "name": {"vi": f"Lĩnh vực {n}"}}
        for n in range(42)
    ]
    procedures = [
        {
            "code": f"1.{n:06}",
            "service": None if n == 0 else f"S{n % 42}",
            "name": {"vi": f"Thủ tục {n}", "en": f"Procedure {n}"},
            "full_name": f"Thủ tục hành chính số {n}; cấp xã",
            "synonyms": [f"từ {n}", f"word {n}"],
            "papers": [f"Tờ khai mẫu {n}; 02 bản", "Giấy tờ tùy thân"],
            "fee": "Miễn phí",
            "time": "3 ngày",
            "authority": "UBND cấp xã",
            "result": "Quyết định",
            "place": "Sở Nội vụ" if n == 0 else None,
        }
        for n in range(329)
    ]
    counters = [{"id": "c1", "label": "1", "services": [service["id"] for service in services]}]
    return {"services": services, "procedures": procedures, "counters": counters}


@pytest.mark.parametrize("form", TableFormat)
def test_an_exported_catalogue_of_329_procedures_changes_nothing_when_read_again(form: TableFormat) -> None:
    large = office_from_settings(office(**large_office()))
    contents = write_table(procedure_table(large, form), form)
    result = import_procedures(read_table(contents), large)
    assert (result.edits, result.unchanged, list(result.refused)) == ([], 329, [])


def test_json_of_other_programs_is_read_with_its_lists_and_languages() -> None:
    rows = {"procedures": [{"code": "1", "name": {"vi": "Khai sinh", "en": "Birth"}, "papers": ["a", "b"], "n": 3}]}
    read = read_table(json.dumps(rows).encode())
    assert dict(zip(read.headings, read.rows[0], strict=True)) == {
        "code": "1",
        "name_vi": "Khai sinh",
        "name_en": "Birth",
        "papers": "a\nb",
        "n": "3",
    }
