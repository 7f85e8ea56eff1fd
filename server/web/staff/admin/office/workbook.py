"""The whole office as one file, a workbook or TOML: taken along, and brought back.

A sent file is shown first: what it changes, what will happen, and each row that is refused with its sheet, line and
reason. Only then are the rows that are taken saved, as one change.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from config.clock import Now
from config.uploaded_office import OfficeFileError, OfficeMistake
from server import commands
from server.commands import OfficeRefused, Refused
from server.domain.office_changes import EditConflict, OfficeProblem, parts_of
from server.store import Snapshot, Tx
from server.tables.files import TableError, TableFormat, read_workbook, write_workbook
from server.tables.office_import import OfficeImport, import_office_tables
from server.tables.office_sheets import office_tables
from server.web.shared.callers import current_caller
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations, store_note
from server.web.staff.account.proof import ask_for_proof
from server.web.staff.admin.layout import NOTES, require_reader
from server.web.staff.admin.office import change_texts, rendering
from server.web.staff.admin.office.effects import effects
from server.web.staff.admin.office.exchange import (
    MAX_BODY,
    MAX_UPLOAD,
    MIME_TYPES,
    SHOWN_EDITS,
    FileRefused,
    carried_contents,
    read_upload,
)
from server.web.staff.admin.office.pages import chosen_date, date_mistake, pages, saved_note
from server.web.staff.admin.office.problem_texts import other_problem_text
from server.web.staff.admin.office.rendering import TAB, context_of
from server.web.staff.admin.office.sheet_texts import refused_texts
from server.web.staff.admin.office.table_texts import table_problem_text

SHOWN_MISTAKES = 10
"""The mistakes of a TOML file that the page names."""


@dataclass(frozen=True, slots=True)
class SentWorkbook:
    """The workbook of a form: its name, its contents, and what it changes."""

    name: str
    contents: bytes
    changes: OfficeImport

    @property
    def is_empty(self) -> bool:
        """Return whether it changes nothing."""
        return not self.changes.edits and not self.changes.names


@pages.get("/workbook.xlsx")
def workbook_file() -> Response:
    """Return the office as a workbook, which is the template of an import too."""
    require_reader()
    with current_context().store.read() as snapshot:
        contents = write_workbook(office_tables(snapshot.office))
        name = f"luot-{snapshot.office.id}-co-quan.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(contents, mimetype=MIME_TYPES[TableFormat.XLSX], headers=headers)


@pages.get("/office.toml")
def office_file() -> Response:
    """Return the office as TOML, the complete form: rules too, and what only files have."""
    require_reader()
    files = current_context().office_files
    if files is None:
        raise NotFound
    with current_context().store.read() as snapshot:
        contents, name = files.text(snapshot.office), f"luot-{snapshot.office.id}.toml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(contents, mimetype="application/toml", headers=headers)


@pages.get("/workbook")
def workbook_page() -> Response:
    """Show the form for a workbook."""
    require_reader()
    with current_context().store.read() as snapshot:
        return _page(snapshot)


@pages.post("/workbook")
def import_workbook() -> WerkzeugResponse:
    """Show what a workbook changes, or save it."""
    require_reader()
    request.max_content_length = request.max_form_memory_size = MAX_BODY
    with current_context().store.read() as snapshot:
        try:
            sent = _sent_workbook(snapshot)
            problems = sent.changes.impossible or _problems(snapshot, sent)
        except FileRefused as error:
            return _page(snapshot, refusals=[str(error)])
        if problems:
            context = context_of(snapshot)
            return _page(snapshot, refusals=[other_problem_text(problem, context) for problem in problems])
        if request.form.get("step") != "save" or sent.is_empty:
            return _page(snapshot, sent)
        if sent.changes.names and chosen_date() is not None:
            return _page(snapshot, sent, mistake=_names_now())
    return _save(sent)


def _names_now() -> str:
    return request_translations()("office", "Tệp có họ tên mới của cán bộ, nên chỉ lưu ngay được.")


def _save(sent: SentWorkbook) -> WerkzeugResponse:
    if (asked := ask_for_proof(TAB, url_for("office.workbook_page"))) is not None:
        return asked
    try:
        _record(sent.changes, chosen_date())
    except EditConflict:  # somebody changed a part a moment ago: the file is compared again
        with current_context().store.read() as snapshot:
            return _page(snapshot, _sent_workbook(snapshot))
    except OfficeRefused as error:
        with current_context().store.read() as snapshot:
            context = context_of(snapshot)
            return _page(snapshot, sent, refusals=[other_problem_text(wrong, context) for wrong in error.problems])
    except Refused:
        with current_context().store.read() as snapshot:
            return _page(snapshot, sent, mistake=date_mistake())
    store_note(NOTES, saved_note())
    return redirect(url_for("office.page"), HTTPStatus.SEE_OTHER)


def _record(changes: OfficeImport, date: str | None) -> None:
    """Record the change and the names in one step."""
    actor = current_caller().actor

    def work(tx: Tx, now: Now) -> None:
        if changes.edits:
            commands.change_office(tx, actor, now, changes.edits, date=date)
        if changes.names:
            commands.name_clerks(tx, actor, now, changes.names)

    current_context().writer.ask(work)


def _sent_workbook(snapshot: Snapshot) -> SentWorkbook:
    """Return the workbook of the form, compared with the present office. Raises :class:`FileRefused`."""
    words, access = request_translations(), current_context().access
    upload = request.files.get("file")
    name = (request.form.get("name", "") if upload is None else upload.filename or "")[:120]
    contents = carried_contents() if upload is None else read_upload(upload)
    if not contents:
        raise FileRefused(words("office", "Mời chọn một tệp."))
    if len(contents) > MAX_UPLOAD:
        raise FileRefused(words("office", "Tệp lớn hơn 2 MB. Mời chia thành nhiều tệp."))
    accounts = None if access is None else access.people
    named_elsewhere = {
        clerk for clerk in snapshot.office.clerks if accounts is not None and accounts.get(clerk) is not None
    }
    files = current_context().office_files
    try:
        if files is not None and not contents.startswith(b"PK"):
            edits, names = files.read(contents, snapshot.office)
            own = {clerk: name for clerk, name in names.items() if clerk not in named_elsewhere}
            changes = OfficeImport(edits, own, [], [f"clerks: {clerk}" for clerk in names if clerk not in own])
        else:
            changes = import_office_tables(read_workbook(contents), snapshot.office, named_elsewhere)
    except TableError as error:
        raise FileRefused(table_problem_text(error.problem, words)) from error
    except OfficeFileError as error:
        raise FileRefused(" ".join(_mistake_text(mistake) for mistake in error.mistakes[:SHOWN_MISTAKES])) from error
    return SentWorkbook(name, contents, changes)


def _mistake_text(mistake: OfficeMistake) -> str:
    """Return a mistake of a TOML file with its line."""
    if mistake.line == 0:
        return mistake.text
    return request_translations()("office", "Dòng {line}: {text}.", line=mistake.line, text=mistake.text.rstrip("."))


def _problems(snapshot: Snapshot, sent: SentWorkbook) -> Sequence[OfficeProblem]:
    """Return why the office after the file would be impossible."""
    try:
        commands.changed_office(snapshot.office, sent.changes.edits)
    except OfficeRefused as error:
        return error.problems
    return ()


def _page(
    snapshot: Snapshot, sent: SentWorkbook | None = None, *, refusals: Sequence[str] = (), mistake: str | None = None
) -> Response:
    """Return the page: the form for a workbook, and what the sent one changes."""
    context = context_of(snapshot)
    edits = [] if sent is None else list(sent.changes.edits)
    after = snapshot.office if not edits else commands.changed_office(snapshot.office, edits)
    context_after = rendering.field_context(after, snapshot.now.wall_ms)
    parts = {**parts_of(snapshot.office), **parts_of(after)}
    page = render_template(
        "staff/admin/office/workbook.html",
        **{**rendering.page_values(None, "workbook"), "refusal": " ".join(refusals) or None},
        sent=sent,
        carried="" if sent is None else base64.b64encode(sent.contents).decode(),
        refused=[] if sent is None else refused_texts(sent.changes, context),
        edits=change_texts.edit_texts(edits[:SHOWN_EDITS], context_after, parts),
        more=max(0, len(edits) - SHOWN_EDITS),
        effects=effects(snapshot.office, after, edits, rendering.hall_now(snapshot), context_after)[:SHOWN_EDITS],
        when=request.form.get("when", "now"),
        date=request.form.get("date", ""),
        mistake=mistake,
    )
    is_refused = bool(refusals) or mistake is not None
    return Response(page, HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK, mimetype="text/html")
