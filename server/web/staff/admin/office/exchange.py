"""Procedures as a file: taken along as CSV, XLSX or JSON, and read back.

A sent file is shown first: what it changes, and each row that is refused with its line and reason. Only then are the
rows that are taken saved, as one change.
"""

import base64
import binascii
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from server import commands
from server.commands import OfficeRefused, Refused
from server.domain.office_changes import EditConflict, parts_of
from server.store import Snapshot
from server.tables.files import TableError, TableFormat, read_table, write_table
from server.tables.procedures import ColumnsMissing, ProcedureImport, import_procedures, procedure_table
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations, store_note
from server.web.staff.account.proof import ask_for_proof
from server.web.staff.admin.layout import NOTES, require_reader
from server.web.staff.admin.office import change_texts, rendering
from server.web.staff.admin.office.pages import chosen_date, date_mistake, pages, record, saved_note
from server.web.staff.admin.office.problem_texts import other_problem_text
from server.web.staff.admin.office.rendering import TAB, context_of
from server.web.staff.admin.office.sections import BY_KEY
from server.web.staff.admin.office.table_texts import missing_text, row_text, table_problem_text

KEY = "procedures"
MIME_TYPES = {
    TableFormat.CSV: "text/csv",
    TableFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    TableFormat.JSON: "application/json",
}
MAX_UPLOAD = 2 * 1024 * 1024
"""The largest file that this page takes; in the preview's form it is a third larger, as base64."""
MAX_BODY = MAX_UPLOAD * 3 // 2
SHOWN_EDITS = 40
"""The changed procedures that the preview shows; the others are counted."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """The file of a form: its name, its contents, and what it changes."""

    name: str
    contents: bytes
    changes: ProcedureImport


class FileRefused(Exception):
    """The sent file cannot be used; the text is the sentence for the page."""


@pages.get("/procedures/file.<form>")
def procedures_file(form: str) -> Response:
    """Return the procedures as a file. ``form``: csv, xlsx or json."""
    require_reader()
    if form not in list(TableFormat):
        raise NotFound
    table_format = TableFormat(form)
    with current_context().store.read() as snapshot:
        contents = write_table(procedure_table(snapshot.office), table_format)
        name = f"luot-{snapshot.office.id}-thu-tuc.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(contents, mimetype=MIME_TYPES[table_format], headers=headers)


@pages.get("/procedures/import")
def import_page() -> Response:
    """Show the form for a file."""
    require_reader()
    with current_context().store.read() as snapshot:
        return _page(snapshot)


@pages.post("/procedures/import")
def import_file() -> WerkzeugResponse:
    """Show what a file changes, or save it."""
    require_reader()
    request.max_content_length = request.max_form_memory_size = MAX_BODY
    with current_context().store.read() as snapshot:
        try:
            sent = _sent_file(snapshot)
            commands.changed_office(snapshot.office, sent.changes.edits)
        except FileRefused as error:
            return _page(snapshot, refusals=[str(error)])
        except OfficeRefused as error:
            context = context_of(snapshot)
            return _page(snapshot, refusals=[other_problem_text(problem, context) for problem in error.problems])
        if request.form.get("step") != "save" or not sent.changes.edits:
            return _page(snapshot, sent)
    return _save(sent)


def _save(sent: SentFile) -> WerkzeugResponse:
    if (asked := ask_for_proof(TAB, url_for("office.import_page"))) is not None:
        return asked
    try:
        record(sent.changes.edits, chosen_date())
    except (EditConflict, OfficeRefused):  # somebody changed a procedure a moment ago: the file is compared again
        with current_context().store.read() as snapshot:
            return _page(snapshot, _sent_file(snapshot))
    except Refused:
        with current_context().store.read() as snapshot:
            return _page(snapshot, sent, mistake=date_mistake())
    store_note(NOTES, saved_note())
    return redirect(url_for("office.section_page", key=KEY), HTTPStatus.SEE_OTHER)


def _sent_file(snapshot: Snapshot) -> SentFile:
    """Return the file of the form, compared with the present office. Raises :class:`FileRefused`."""
    words = request_translations()
    upload = request.files.get("file")
    name = (request.form.get("name", "") if upload is None else upload.filename or "")[:120]
    contents = carried_contents() if upload is None else read_upload(upload)
    if not contents:
        raise FileRefused(words("office", "Mời chọn một tệp."))
    if len(contents) > MAX_UPLOAD:
        raise FileRefused(words("office", "Tệp lớn hơn 2 MB. Mời chia thành nhiều tệp."))
    try:
        changes = import_procedures(read_table(contents), snapshot.office)
    except TableError as error:
        raise FileRefused(table_problem_text(error.problem, words)) from error
    except ColumnsMissing as error:
        raise FileRefused(missing_text(error.columns, words)) from error
    return SentFile(name, contents, changes)


def read_upload(upload: FileStorage) -> bytes:
    """Return the contents of a sent file, one byte more than allowed at most."""
    with closing(upload):  # a large one is a file on the disk
        return bytes(upload.read(MAX_UPLOAD + 1))


def carried_contents() -> bytes:
    """Return the contents that the preview's form carries on."""
    try:
        return base64.b64decode(request.form.get("contents", ""), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _page(
    snapshot: Snapshot, sent: SentFile | None = None, *, refusals: Sequence[str] = (), mistake: str | None = None
) -> Response:
    """Return the page: the form for a file, and what the sent one changes."""
    context = context_of(snapshot)
    edits = [] if sent is None else list(sent.changes.edits)
    shown = edits[:SHOWN_EDITS]
    parts = {**parts_of(snapshot.office), **{edit.key: edit.after or {} for edit in shown if edit.before is None}}
    page = render_template(
        "staff/admin/office/import.html",
        **{**rendering.page_values(BY_KEY[KEY], KEY), "refusal": " ".join(refusals) or None},
        forms=[form.value for form in TableFormat],
        sent=sent,
        carried="" if sent is None else base64.b64encode(sent.contents).decode(),
        refused=[] if sent is None else [row_text(problem, context.words) for problem in sent.changes.refused],
        edits=change_texts.edit_texts(shown, context, parts),
        more=len(edits) - len(shown),
        when=request.form.get("when", "now"),
        date=request.form.get("date", ""),
        mistake=mistake,
    )
    is_refused = bool(refusals) or mistake is not None
    return Response(page, HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK, mimetype="text/html")
