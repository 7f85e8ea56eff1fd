"""An office's workbook: written, read back, and each row taken or refused."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from core_hall import office
from openpyxl import load_workbook
from test_tables import large_office

from server.commands import changed_office
from server.commands.setup import office_from_settings
from server.domain.office import OfficeDefinition
from server.domain.office_changes import Part, ProblemKind, parts_of
from server.tables import table as limits
from server.tables.files import read_workbook
from server.tables.office_import import OfficeImport, import_office_tables
from server.tables.office_rows import SheetProblem
from server.tables.office_sheets import SHEETS
from server.tables.office_tables import office_tables
from server.tables.table import Table, TableError, TableProblem
from server.tables.xlsx import write_workbook

RICH = office(
    groups=[{"id": "g1", "name": {"vi": "Nhân thân"}, "services": ["HT", "CT"]}],
    notices=[{"id": "n1", "text": {"vi": "=Nghỉ sớm"}, "since": "2026-11-28T07:00"}],
    days=[{"date": "2026-11-28", "hours": ["08:00-11:00"]}],
    hotline="+84 28 1022",
)


def mau() -> OfficeDefinition:
    return office_from_settings(RICH)


def sheets(office: OfficeDefinition, **changed: Mapping[tuple[int, str], str]) -> dict[str, Table]:
    """Return the office's tables with some cells changed; row -1 is a new one."""
    tables = dict(office_tables(office))
    for name, cells in changed.items():
        table = tables[name]
        rows = [list(row) for row in table.rows]
        for (row, heading), text in cells.items():
            if row >= len(rows) or row < 0:
                rows.append([""] * len(table.headings))
                row = len(rows) - 1
            rows[row][list(table.headings).index(heading)] = text
        tables[name] = Table(table.headings, rows)
    return tables


def reasons(changes: OfficeImport) -> list[tuple[str, int, SheetProblem]]:
    return [(row.sheet, row.line, row.kind) for row in changes.refused]


def test_todays_workbook_changes_nothing_after_a_round_through_the_file() -> None:
    contents = write_workbook(office_tables(mau()))
    changes = import_office_tables(read_workbook(contents), mau())
    assert (changes.edits, changes.names, changes.refused, changes.ignored) == ([], {}, [], [])
    assert load_workbook(io.BytesIO(contents)).sheetnames == [sheet.name for sheet in SHEETS]
    notices = load_workbook(io.BytesIO(contents))["Thông báo"]
    assert (notices["C2"].value, notices["C2"].data_type) == ("=Nghỉ sớm", "s")  # a text, never a formula


def test_rows_change_and_add_parts_that_refer_to_each_other_and_the_second_time_nothing() -> None:
    tables = sheets(
        mau(), **{"Cơ quan": {(0, "Tên cơ quan"): "Phường Mới"}, "Giờ làm việc": {(4, "Giờ"): "7h30 - 11h"}}
    )
    tables["Lĩnh vực"] = Table(
        ["Mã", "Chữ đầu của số", "Tên lĩnh vực", "Từ người dân thường dùng"],
        [["MT", "M", "Môi trường", "rác; nước thải"], ["DD", "D", "Đất đai", ""]],
    )
    tables["Quầy"] = Table(["id", "services"], [["c3", "Chứng thực\nĐất đai; môi trường"]])
    tables["Cán bộ"] = Table(["Mã", "Họ tên"], [["nv-9", "Lê Thị Hoa"]])
    tables["Ngày nghỉ"] = Table(["Ngày", "Tên ngày nghỉ"], [["25/12/2026", "Nghỉ bù"]])
    changes = import_office_tables(read_workbook(write_workbook(tables)), mau())
    assert changes.refused == []
    after = changed_office(mau(), changes.edits)
    assert after.name == {"vi": "Phường Mới", "en": "Mẫu Ward"}
    assert [span.text for span in after.hours.weekly["fri"]] == ["07:30-11:00"]
    assert (after.services["MT"].synonyms, after.services["DD"].capacity) == (("rác", "nước thải"), 3)
    assert after.counters["c3"].services == ("CT", "DD", "MT")
    assert after.holidays["2026-12-25"] == {"vi": "Nghỉ bù"}
    assert changes.names == {"nv-9": "Lê Thị Hoa"}
    named = replace(after, clerks={**after.clerks, "nv-9": replace(after.clerks["nv-9"], name="Lê Thị Hoa")})
    again = import_office_tables(read_workbook(write_workbook(tables)), named)
    assert (again.edits, again.names, again.refused) == ([], {}, [])


def test_rows_of_the_roster_name_counters_and_people_and_bad_ones_are_refused() -> None:
    tables = {
        "Cán bộ": Table(["Mã", "Họ tên"], [["nv-9", "Lê Thị Hoa"]]),
        "Lịch ngồi quầy": Table(
            ["Mã", "Quầy", "Cán bộ", "Các ngày trong tuần", "Buổi", "Chỉ từ ngày", "Đến hết ngày"],
            [
                ["r1", "3", "Lê Thị Hoa", "Thứ Hai; thứ ba", "buổi sáng", "", ""],
                ["r2", "c3", "", "fri", "8h-10h", "04/12/2026", "2026-12-04"],
                ["r3", "c3", "", "Thứ Tám", "", "", ""],
                ["r4", "99", "", "Thứ Hai", "", "", ""],
                ["r5", "c3", "", "Thứ Hai", "sáng và chiều", "", ""],
            ],
        ),
    }
    changes = import_office_tables(read_workbook(write_workbook(tables)), mau())
    assert [(row.line, row.values["column"]) for row in changes.refused] == [
        (4, "Các ngày trong tuần"),
        (5, "Quầy"),
        (6, "Buổi"),
    ]
    after = changed_office(mau(), changes.edits)
    assert [
        (entry.counter, entry.clerk, entry.weekdays, entry.hours, entry.since) for entry in after.roster.values()
    ] == [
        ("c3", "nv-9", ("mon", "tue"), "am", None),
        ("c3", None, ("fri",), "08:00-10:00", "2026-12-04"),
    ]


@pytest.mark.parametrize(
    ("sheet", "cells", "line", "kind"),
    [
        ("Lĩnh vực", {(0, "Mã"): ""}, 2, SheetProblem.NO_ID),
        ("Lĩnh vực", {(1, "Mã"): "HT"}, 3, SheetProblem.TWICE),
        ("Lĩnh vực", {(0, "Nhiều nhất mỗi buổi"): "vài"}, 2, SheetProblem.CELL),
        ("Lĩnh vực", {(0, "Kết quả thường ghi"): "xong"}, 2, SheetProblem.CELL),
        ("Lĩnh vực", {(0, "Giờ riêng"): "Thứ Tám: 07:30-11:30"}, 2, SheetProblem.CELL),
        ("Lĩnh vực", {(0, "Tên lĩnh vực"): "a" * 4001}, 2, SheetProblem.TOO_LONG),
        ("Lĩnh vực", {(1, "Chữ đầu của số"): "a1"}, 3, SheetProblem.OFFICE),
        ("Nhóm lĩnh vực", {(0, "Lĩnh vực"): "Thuế"}, 2, SheetProblem.CELL),
        ("Nhóm lĩnh vực", {(-1, "Mã"): "g2"}, 3, SheetProblem.OFFICE),
        ("Quầy", {(0, "Cán bộ thường ngồi"): "nv-99"}, 2, SheetProblem.CELL),
        ("Quầy", {(1, "Tên quầy"): "1"}, 3, SheetProblem.OFFICE),
        ("Ngày nghỉ", {(0, "Ngày"): "30/02/2026"}, 2, SheetProblem.CELL),
        ("Giờ làm việc", {(0, "Giờ"): "sáng"}, 2, SheetProblem.CELL),
        ("Giờ làm việc", {(2, "Giờ"): "07:30-11:30, 11:00-12:00"}, 4, SheetProblem.OFFICE),
        ("Thông báo", {(0, "Đến"): "mai"}, 2, SheetProblem.CELL),
        ("Cơ quan", {(-1, "Tên cơ quan"): "Khác"}, 3, SheetProblem.ONE_ROW),
        ("Thủ tục", {(0, "Mã thủ tục"): ""}, 2, SheetProblem.NO_ID),
    ],
)
def test_a_mistaken_row_is_refused_with_sheet_and_line_and_the_others_are_taken(
    sheet: str, cells: Mapping[tuple[int, str], str], line: int, kind: SheetProblem
) -> None:
    tables = sheets(mau(), **{sheet: cells, **({} if sheet == "Cán bộ" else {"Cán bộ": {(0, "Đã ngừng (x)"): "x"}})})
    changes = import_office_tables(tables, mau())
    assert reasons(changes) == [(sheet, line, kind)]
    assert [(edit.part, edit.id) for edit in changes.edits if edit.part is not Part.PROCEDURE] == [(Part.CLERK, "an")]
    changed_office(mau(), changes.edits)


def test_a_row_that_needs_a_refused_one_is_refused_too() -> None:
    tables = dict(office_tables(mau()))
    tables["Lĩnh vực"] = Table(["Mã", "Chữ đầu của số", "Tên lĩnh vực"], [["MT", "?", "Môi trường"]])
    tables["Quầy"] = Table(["Mã", "Lĩnh vực"], [["c3", "MT"], ["c2", "HT"]])
    changes = import_office_tables(tables, mau())
    assert reasons(changes) == [("Lĩnh vực", 2, SheetProblem.OFFICE), ("Quầy", 2, SheetProblem.OFFICE)]
    assert changes.refused[1].values["problem"].kind is ProblemKind.UNKNOWN_SERVICE
    assert [edit.id for edit in changes.edits] == ["c2"]


def test_the_name_of_a_person_with_an_account_is_not_changed_by_a_file() -> None:
    tables = sheets(mau(), **{"Cán bộ": {(0, "Họ tên"): "Người khác"}})
    assert import_office_tables(tables, mau()).names == {"an": "Người khác"}
    assert reasons(import_office_tables(tables, mau(), {"an": False})) == [("Cán bộ", 2, SheetProblem.ACCOUNT)]
    assert import_office_tables(office_tables(mau()), mau(), {"an": True}).refused == []


def test_sheets_and_columns_without_a_meaning_are_named_and_missing_ones_leave_the_office() -> None:
    tables = {"Ghi chú": Table(["a"], [["b"]]), "LĨNH VỰC": Table(["Mã", "Màu"], [["HT", "đỏ"]])}
    changes = import_office_tables(tables, mau())
    assert (changes.edits, changes.refused) == ([], [])
    assert changes.ignored == ["Ghi chú", "Lĩnh vực: Màu"]
    (row,) = import_office_tables({"Quầy": Table(["Tên quầy"], [["1"]])}, mau()).refused
    assert (row.line, row.kind, row.values) == (1, SheetProblem.NO_COLUMN, {"column": "Mã"})


def test_an_office_without_any_counter_is_no_row_s_fault_alone() -> None:
    changes = import_office_tables(sheets(mau(), Quầy={(n, "Đã ngừng (x)"): "x" for n in range(3)}), mau())
    assert [problem.kind for problem in changes.impossible] == [ProblemKind.NO_COUNTERS]


def test_one_bad_row_in_a_thousand_is_refused_and_the_others_are_taken() -> None:
    before = office_from_settings(office(**large_office()))
    tables = dict(office_tables(before))
    table = tables["Thủ tục"]
    rows = [list(row) for row in table.rows]
    for row in rows:
        row[table.headings.index("Lệ phí")] = "Miễn phí hoàn toàn"
    rows[299][table.headings.index("Lĩnh vực")] = "Không có"
    tables["Thủ tục"] = Table(table.headings, rows)
    services: Sequence[Sequence[str]] = [[f"L{n}", "AA", "S0", f"Môn {n}" if n != 700 else ""] for n in range(1000)]
    tables["Lĩnh vực"] = Table(["Mã", "Chữ đầu của số", "series", "Tên lĩnh vực"], services)
    changes = import_office_tables(read_workbook(write_workbook(tables)), before)
    assert reasons(changes) == [("Lĩnh vực", 702, SheetProblem.OFFICE), ("Thủ tục", 301, SheetProblem.CELL)]
    assert len(changes.edits) == 999 + 328
    after = changed_office(before, changes.edits)
    assert len(parts_of(after)) == len(parts_of(before)) + 999


def test_a_file_that_unpacks_to_too_much_or_is_no_workbook_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (limits.MAX_UNPACKED_BYTES + 1))
    for contents, problem in (
        (bomb.getvalue(), TableProblem.TOO_LARGE),
        (b"PK" + bytes(limits.MAX_BYTES), TableProblem.TOO_LARGE),
        (b"PK\x03\x04", TableProblem.NOT_XLSX),
        (b"a;b\n1;2\n", TableProblem.UNKNOWN_FORM),
        (b"", TableProblem.EMPTY),
    ):
        with pytest.raises(TableError) as refused:
            read_workbook(contents)
        assert refused.value.problem is problem
    monkeypatch.setattr(limits, "MAX_ROWS", 3)
    with pytest.raises(TableError) as refused:
        read_workbook(write_workbook({"Quầy": Table(["Mã"], [[f"c{n}"] for n in range(9)])}))
    assert refused.value.problem is TableProblem.TOO_MANY_ROWS
