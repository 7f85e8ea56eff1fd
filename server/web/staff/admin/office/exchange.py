"""Procedures as a file: taken along as CSV, XLSX or JSON, and read back."""

from collections.abc import Sequence

from flask import Response, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from server.store import Snapshot
from server.tables.files import read_table, write_table
from server.tables.office_import import OfficeImport, import_procedures
from server.tables.office_rows import RefusedRow, SheetProblem
from server.tables.office_tables import procedure_table
from server.tables.table import TableError, TableFormat
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations
from server.web.staff.admin.layout import require_reader
from server.web.staff.admin.office.pages import pages
from server.web.staff.admin.office.sections import BY_KEY
from server.web.staff.admin.office.sent_files import XLSX_TYPE, FilePage, FileRefused, attachment, show, take
from server.web.staff.admin.office.table_texts import table_problem_text

KEY = "procedures"
MIME_TYPES = {TableFormat.CSV: "text/csv", TableFormat.XLSX: XLSX_TYPE, TableFormat.JSON: "application/json"}


@pages.get("/procedures/file.<form>")
def procedures_file(form: str) -> Response:
    """Return the procedures as a file. ``form``: csv, xlsx or json."""
    require_reader()
    if form not in list(TableFormat):
        raise NotFound
    table_format = TableFormat(form)
    with current_context().store.read() as snapshot:
        contents = write_table(procedure_table(snapshot.office, table_format), table_format)
        name = f"luot-{snapshot.office.id}-thu-tuc.{form}"
    return attachment(contents, name, MIME_TYPES[table_format])


@pages.get("/procedures/import")
def import_page() -> Response:
    """Show the form for a file."""
    return show(_PAGE)


@pages.post("/procedures/import")
def import_file() -> WerkzeugResponse:
    """Show what a file changes, or save it."""
    return take(_PAGE)


def _changes_of(contents: bytes, snapshot: Snapshot) -> OfficeImport:
    """Return what a file changes. Raises :class:`FileRefused`."""
    words = request_translations()
    try:
        changes = import_procedures(read_table(contents), snapshot.office)
    except TableError as error:
        raise FileRefused(table_problem_text(error, words)) from error
    if (missing := _missing_column(changes.refused)) is not None:
        raise FileRefused(
            words("office", "Tệp thiếu cột: {columns}. Mời tải mẫu về, điền rồi gửi lại.", columns=missing)
        )
    return changes


def _missing_column(refused: Sequence[RefusedRow]) -> str | None:
    return next((row.values["column"] for row in refused if row.kind is SheetProblem.NO_COLUMN), None)


_PAGE = FilePage(
    endpoint="office.import_page",
    template="staff/admin/office/import.html",
    current_key=KEY,
    section=BY_KEY[KEY],
    read=_changes_of,
    done=lambda: url_for("office.section_page", key=KEY),
    values=lambda: {"forms": [form.value for form in TableFormat]},
)
