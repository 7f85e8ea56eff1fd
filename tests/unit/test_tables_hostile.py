"""Tables that somebody made to harm the server, and texts that no form holds unchanged."""

import io
import zipfile

import pytest
from core_hall import office as office_settings

from server.commands.setup import office_from_settings
from server.tables.files import read_table, write_table
from server.tables.office_import import import_procedures
from server.tables.office_rows import SheetProblem
from server.tables.office_tables import procedure_table
from server.tables.table import Table, TableError, TableFormat, TableProblem

SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
SHEET_END = b"</row></sheetData></worksheet>"
OFFICE = office_from_settings(office_settings())


def workbook_with(sheet: bytes) -> bytes:
    """Return a small XLSX file with this document in place of its sheet."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(write_table(Table(["a"], [["b"]]), TableFormat.XLSX))) as good,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for entry in good.infolist():
            bad.writestr(entry.filename, sheet if entry.filename.endswith("sheet1.xml") else good.read(entry))
    return changed.getvalue()


def test_a_few_kilobytes_that_unpack_to_millions_of_cells_are_refused_unread() -> None:
    contents = workbook_with(SHEET + b"<c/>" * 2_000_000 + SHEET_END)
    assert len(contents) < 20_000
    with pytest.raises(TableError) as refused:
        read_table(contents)
    assert refused.value.problem is TableProblem.TOO_LARGE


@pytest.mark.parametrize("cells", [b"<c " * 20_000 + b" " * 3_000_000, b"<c ><f/>" + b" " * 300_000 + b"<x/></c>"])
def test_a_damaged_sheet_is_not_searched_for_hours(cells: bytes) -> None:
    with pytest.raises(TableError):
        read_table(workbook_with(SHEET + cells + SHEET_END))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_sheet_with_entities_is_refused_unread(encoding: str) -> None:
    document = '<!DOCTYPE x [<!ENTITY a "<c/><c/>">]>' + SHEET.decode() + "&a;&a;" + SHEET_END.decode()
    with pytest.raises(TableError) as refused:
        read_table(workbook_with(document.encode(encoding)))
    assert refused.value.problem is TableProblem.NOT_XLSX


@pytest.mark.parametrize("contents", [b"\xef\xbb\xbf", b"\xef\xbb\xbf\n", b"\n\n", b" ", "\u2028".encode()])
def test_a_file_without_any_text_is_empty(contents: bytes) -> None:
    with pytest.raises(TableError) as refused:
        read_table(contents)
    assert refused.value.problem is TableProblem.EMPTY


def test_empty_lines_before_the_headings_hide_no_separator() -> None:
    assert read_table(b"\r\n\r\na,b\r\n1,2\r\n").rows == [["1", "2"]]


@pytest.mark.parametrize("form", TableFormat)
@pytest.mark.parametrize("text", ["=1+1", "'=1+1", "''-1", "'a", "+84 1022", "@x", "a;b", 'say "x"', "a\nb", "\tx"])
def test_every_form_keeps_a_text_as_it_is(text: str, form: TableFormat) -> None:
    assert read_table(write_table(Table(["a", "b"], [[text, "z"]]), form)).rows == [[text, "z"]]


@pytest.mark.parametrize("form", TableFormat)
@pytest.mark.parametrize("text", ["a\x0bb", "a\x00b", "a\ud800b", "a\x7fb"])
def test_characters_that_cannot_be_shown_become_spaces(text: str, form: TableFormat) -> None:
    if form is TableFormat.XLSX:
        assert read_table(write_table(Table(["a"], [[text]]), form)).rows == [["a b"]]
    else:
        assert read_table(b'[{"a": "a\\u0000b"}]').rows == read_table(b"h\na\x0bb\n").rows == [["a b"]]


def test_a_line_break_of_another_system_is_a_line_feed() -> None:
    assert read_table(b'a;b\r\n"x\r\ny";"x\ry"\r\n').rows == [["x\ny", "x\ny"]]


def refused_kinds(headings: list[str], *cells: str) -> list[SheetProblem]:
    return [problem.kind for problem in import_procedures(Table(headings, [cells]), OFFICE).refused]


def test_a_new_procedure_needs_a_service_or_a_place_also_without_these_columns() -> None:
    assert refused_kinds(["code", "name_vi"], "9.9", "Thủ tục mới") == [SheetProblem.NO_PLACE]
    assert refused_kinds(["code", "name_vi", "place"], "9.9", "Thủ tục mới", "Công an phường") == []


def test_a_row_that_the_office_would_refuse_is_refused_alone() -> None:
    code = procedure_table(OFFICE).rows[0][0]
    assert refused_kinds(["code", "name_vi", "name_en"], code, "Tên", "x" * 121) == [SheetProblem.OFFICE]
    many = "\n".join(f"từ {number}" for number in range(201))
    assert refused_kinds(["code", "name_vi", "synonyms"], code, "Tên", many) == [SheetProblem.OFFICE]
