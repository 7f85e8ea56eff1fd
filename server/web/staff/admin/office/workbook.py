"""The whole office as one file, a workbook or TOML: taken along, and brought back."""

import tomllib
from collections.abc import Mapping

from flask import Response, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from config.uploaded_office import OfficeFileError, OfficeMistake
from config.words import Words
from server.store import Snapshot
from server.tables.files import looks_like_workbook, read_workbook
from server.tables.office_import import OfficeImport, import_office_tables
from server.tables.table import TableError
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations
from server.web.shared.office_mistakes import mistake_text
from server.web.staff.admin.layout import require_reader
from server.web.staff.admin.office.pages import pages
from server.web.staff.admin.office.sent_files import XLSX_TYPE, FilePage, FileRefused, attachment, show, take
from server.web.staff.admin.office.sheet_guide import office_workbook
from server.web.staff.admin.office.table_texts import table_problem_text

SHOWN_MISTAKES = 10
"""The mistakes of a TOML file that the page names."""


@pages.get("/workbook.xlsx")
def workbook_file() -> Response:
    """Return the office as a workbook, which is the template of an import too."""
    require_reader()
    with current_context().store.read() as snapshot:
        contents = office_workbook(snapshot.office, request_translations())
        return attachment(contents, f"luot-{snapshot.office.id}-co-quan.xlsx", XLSX_TYPE)


@pages.get("/office.toml")
def office_file() -> Response:
    """Return the office as TOML, the form for programs and version control."""
    require_reader()
    files = current_context().office_files
    if files is None:
        raise NotFound
    with current_context().store.read() as snapshot:
        return attachment(files.text(snapshot.office), f"luot-{snapshot.office.id}.toml", "application/toml")


@pages.get("/workbook")
def workbook_page() -> Response:
    """Show the form for a workbook."""
    return show(_PAGE)


@pages.post("/workbook")
def import_workbook() -> WerkzeugResponse:
    """Show what a workbook changes, or save it."""
    return take(_PAGE)


def _changes_of(contents: bytes, snapshot: Snapshot) -> OfficeImport:
    """Return what a workbook or a TOML file changes. Raises :class:`FileRefused`."""
    words, accounts = request_translations(), _accounts(snapshot)
    files = current_context().office_files
    try:
        if files is None or looks_like_workbook(contents):
            return import_office_tables(read_workbook(contents), snapshot.office, accounts)
        edits, names = files.read(contents, snapshot.office)
    except TableError as error:
        raise FileRefused(table_problem_text(error, words)) from error
    except OfficeFileError as error:
        mistakes = " ".join(_mistake_text(mistake) for mistake in error.mistakes[:SHOWN_MISTAKES])
        raise FileRefused(mistakes if _is_toml(contents) else f"{_unread(words)} {mistakes}") from error
    own = {clerk: name for clerk, name in names.items() if clerk not in accounts}
    return OfficeImport(edits, own, ignored=[f"clerks: {clerk}" for clerk in names if clerk not in own])


def _accounts(snapshot: Snapshot) -> Mapping[str, bool]:
    """Return the clerks with an account: True for those who may sign in."""
    access = current_context().access
    if access is None:
        return {}
    of_clerks = {clerk: access.people.get(clerk) for clerk in snapshot.office.clerks}
    return {clerk: person.active for clerk, person in of_clerks.items() if person is not None}


def _is_toml(contents: bytes) -> bool:
    try:
        tomllib.loads(contents.decode("utf-8-sig"))
    except ValueError:  # of its text or of its syntax
        return False
    return True


def _unread(words: Words) -> str:
    return words(
        "office", "Tệp này không phải là tệp XLSX hay TOML đọc được. Mời tải tệp ở mục Tải về, sửa rồi gửi lại."
    )


def _mistake_text(mistake: OfficeMistake) -> str:
    """Return a mistake of a TOML file with its line."""
    words = request_translations()
    text = mistake_text(mistake, words)
    return words("office", "Dòng {line}: {text}.", line=mistake.line, text=text.rstrip(".")) if mistake.line else text


_PAGE = FilePage(
    endpoint="office.workbook_page",
    template="staff/admin/office/workbook.html",
    current_key="workbook",
    section=None,
    read=_changes_of,
    done=lambda: url_for("office.page"),
)
