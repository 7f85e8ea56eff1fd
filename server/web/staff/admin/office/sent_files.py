"""Files that an administrator sends: shown first, then saved as one change.

The preview says what changes, what will happen, and each row that is refused with its sheet, line and reason. Only then
are the rows that are taken saved.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from config.clock import Now
from server import commands
from server.commands import OfficeRefused, Refused
from server.domain.errors import Need
from server.domain.office_changes import EditConflict, OfficeProblem, parts_of
from server.store import Snapshot, Tx
from server.tables.office_import import OfficeImport
from server.web.shared.callers import current_caller
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations, store_note
from server.web.staff.account.proof import ask_for_proof
from server.web.staff.admin.layout import NOTES, require_reader
from server.web.staff.admin.office import change_texts, rendering
from server.web.staff.admin.office.effects import effects
from server.web.staff.admin.office.line_moves import chosen_moves, line_choices
from server.web.staff.admin.office.pages import chosen_date, date_mistake, is_about_lines, saved_note
from server.web.staff.admin.office.problem_texts import other_problem_text
from server.web.staff.admin.office.rendering import TAB, context_of
from server.web.staff.admin.office.section import OfficeSection
from server.web.staff.admin.office.sheet_texts import refused_texts

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_UPLOAD = 2 * 1024 * 1024
"""The largest file that a page takes; in the preview's form it is a third larger, as base64."""
MAX_BODY = MAX_UPLOAD * 3 // 2
SHOWN_EDITS = 40
"""The changes that the preview shows; the others are counted."""


class FileRefused(Exception):
    """The sent file cannot be used; the text is the sentence for the page."""


@dataclass(frozen=True, slots=True)
class FilePage:
    """A page that takes a file.

    ``read`` compares the contents with the present office; it raises :class:`FileRefused`. ``endpoint`` is the page's
    own, ``done`` the address after the change. ``values``: further variables of ``template``.
    """

    endpoint: str
    template: str
    current_key: str
    section: OfficeSection | None
    read: Callable[[bytes, Snapshot], OfficeImport]
    done: Callable[[], str]
    values: Callable[[], Mapping[str, Any]] = dict


@dataclass(frozen=True, slots=True)
class SentFile:
    """The file of a form: its name, its contents, and what it changes."""

    name: str
    contents: bytes
    changes: OfficeImport


@dataclass(frozen=True, slots=True)
class _Answer:
    """Why a file was not saved.

    ``mistake``: of the date; ``is_line_refused``: people wait, and were not moved.
    """

    refusals: Sequence[str] = ()
    mistake: str | None = None
    is_line_refused: bool = False

    @property
    def is_refusal(self) -> bool:
        """Return whether the file was refused."""
        return bool(self.refusals) or self.mistake is not None or self.is_line_refused


def attachment(contents: bytes | str, name: str, mime_type: str) -> Response:
    """Return a file to take along; no cache keeps it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(contents, mimetype=mime_type, headers=headers)


def show(page: FilePage) -> Response:
    """Show the form for a file."""
    require_reader()
    with current_context().store.read() as snapshot:
        return _page(page, snapshot)


def take(page: FilePage) -> WerkzeugResponse:
    """Show what a sent file changes, or save it."""
    require_reader()
    request.max_content_length = request.max_form_memory_size = MAX_BODY
    with current_context().store.read() as snapshot:
        try:
            sent = _sent_file(page, snapshot)
        except FileRefused as error:
            return _page(page, snapshot, answer=_Answer(refusals=[str(error)]))
        except RequestEntityTooLarge:  # the form cannot be read at all
            return _page(page, snapshot, answer=_Answer(refusals=[_too_large_text()]))
        problems = sent.changes.impossible or _problems(snapshot, sent)
        if problems:
            return _page(page, snapshot, answer=_Answer(refusals=_sentences(problems, snapshot)))
        if request.form.get("step") != "save" or sent.changes.is_empty:
            return _page(page, snapshot, sent)
        if sent.changes.names and chosen_date() is not None:
            mistake = request_translations()("office", "Tệp có họ tên mới của cán bộ, nên chỉ lưu ngay được.")
            return _page(page, snapshot, sent, _Answer(mistake=mistake))
    return _save(page, sent)


def _save(page: FilePage, sent: SentFile) -> WerkzeugResponse:
    if (asked := ask_for_proof(TAB, url_for(page.endpoint))) is not None:
        return asked
    try:
        _record(sent.changes, chosen_date(), chosen_moves())
    except EditConflict:  # somebody changed a part a moment ago: the file is compared again
        with current_context().store.read() as snapshot:
            return _page(page, snapshot, _sent_file(page, snapshot))
    except OfficeRefused as error:
        with current_context().store.read() as snapshot:
            if is_about_lines(error):
                return _page(page, snapshot, sent, _Answer(is_line_refused=True))
            return _page(page, snapshot, sent, _Answer(refusals=_sentences(error.problems, snapshot)))
    except Refused as refused:
        with current_context().store.read() as snapshot:
            if refused.need is Need.SERVICE:  # the chosen service has lost its counters meanwhile
                return _page(page, snapshot, sent, _Answer(is_line_refused=True))
            return _page(page, snapshot, sent, _Answer(mistake=date_mistake()))
    store_note(NOTES, saved_note())
    return redirect(page.done(), HTTPStatus.SEE_OTHER)


def _record(changes: OfficeImport, date: str | None, moves: Mapping[str, str]) -> None:
    """Record the change and the names in one step."""
    actor = current_caller().actor

    def work(tx: Tx, now: Now) -> None:
        if changes.edits:
            commands.change_office(tx, actor, now, changes.edits, date=date, moves=moves)
        if changes.names:
            commands.name_clerks(tx, actor, now, changes.names)

    current_context().writer.ask(work)


def _sent_file(page: FilePage, snapshot: Snapshot) -> SentFile:
    """Return the file of the form, compared with the present office. Raises :class:`FileRefused`."""
    words = request_translations()
    upload = request.files.get("file")
    name = (request.form.get("name", "") if upload is None else upload.filename or "")[:120]
    contents = _carried_contents() if upload is None else read_upload(upload)
    if not contents:
        raise FileRefused(words("office", "Mời chọn một tệp."))
    if len(contents) > MAX_UPLOAD:
        raise FileRefused(_too_large_text())
    return SentFile(name, contents, page.read(contents, snapshot))


def _too_large_text() -> str:
    return request_translations()("office", "Tệp lớn hơn 2 MB. Mời chia thành nhiều tệp.")


def read_upload(upload: FileStorage) -> bytes:
    """Return the contents of a sent file, one byte more than allowed at most."""
    with closing(upload):  # a large one is a file on the disk
        return bytes(upload.read(MAX_UPLOAD + 1))


def _carried_contents() -> bytes:
    """Return the contents that the preview's form carries on."""
    try:
        return base64.b64decode(request.form.get("contents", ""), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _problems(snapshot: Snapshot, sent: SentFile) -> Sequence[OfficeProblem]:
    """Return why the office after the file would be impossible."""
    try:
        commands.changed_office(snapshot.office, sent.changes.edits)
    except OfficeRefused as error:
        return error.problems
    return ()


def _sentences(problems: Sequence[OfficeProblem], snapshot: Snapshot) -> Sequence[str]:
    context = context_of(snapshot)
    return [other_problem_text(problem, context) for problem in problems]


def _page(page: FilePage, snapshot: Snapshot, sent: SentFile | None = None, answer: _Answer | None = None) -> Response:
    """Return the page: the form for a file, and what the sent one changes."""
    answer = answer or _Answer()
    form = {} if sent is None else request.form  # that of a file over the limit cannot be read
    html = render_template(
        page.template,
        **{**rendering.page_values(page.section, page.current_key), "refusal": " ".join(answer.refusals) or None},
        **page.values(),
        action=url_for(page.endpoint),
        sent=sent,
        when=form.get("when", "now"),
        date=form.get("date", ""),
        mistake=answer.mistake,
        **({} if sent is None else _preview(snapshot, sent, answer)),
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if answer.is_refusal else HTTPStatus.OK
    return Response(html, status, mimetype="text/html")


def _preview(snapshot: Snapshot, sent: SentFile, answer: _Answer) -> Mapping[str, Any]:
    """Return the variables of ``staff/admin/office/sent_file.html``."""
    before, edits = snapshot.office, list(sent.changes.most_important_first)
    try:
        after = commands.changed_office(before, edits) if edits else before
    except (EditConflict, OfficeRefused):  # the refusal says it
        after, edits = before, []
    context, hall = rendering.field_context(after, snapshot.now.wall_ms), rendering.hall_now(snapshot)
    happens = sorted(effects(before, after, edits, hall, context), key=lambda effect: not effect.is_warning)
    return {
        "carried": base64.b64encode(sent.contents).decode(),
        "refused": refused_texts(sent.changes, context),
        "edits": change_texts.edit_texts(edits[:SHOWN_EDITS], context, {**parts_of(before), **parts_of(after)}),
        "more": max(0, len(edits) - SHOWN_EDITS),
        "effects": happens[:SHOWN_EDITS],
        "lines": line_choices(before, after, hall, context, is_refused=answer.is_line_refused),
    }
