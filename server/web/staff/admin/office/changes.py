"""The page of planned changes and of the history, with undo."""

from http import HTTPStatus

from flask import Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from server import commands, views
from server.commands import OfficeRefused, Refused
from server.domain.errors import Need
from server.domain.office_changes import Edit, EditConflict, parts_of
from server.store import Snapshot
from server.views import OfficeChange
from server.web.shared.callers import current_caller
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations, store_note
from server.web.staff.account.proof import ask_for_proof
from server.web.staff.admin.layout import NOTES, require_reader
from server.web.staff.admin.office import change_texts, rendering
from server.web.staff.admin.office.line_moves import chosen_moves
from server.web.staff.admin.office.pages import (
    changes_url,
    chosen_date,
    date_mistake,
    is_about_lines,
    pages,
    saved_note,
)
from server.web.staff.admin.office.part_names import item_name, value_text
from server.web.staff.admin.office.problem_texts import other_problem_text
from server.web.staff.admin.office.rendering import TAB, Preview, context_of

KEY = "changes"
"""Marks the page among the sections."""
MAX_SEQ = 2**53


@pages.get("/changes")
def changes_page() -> str:
    """Show the planned changes, and the history, newest first; ``?before=``: older ones."""
    require_reader()
    with current_context().store.read() as snapshot:
        return _changes_page(snapshot, None)


@pages.post("/changes/<change_id>/withdraw")
def withdraw(change_id: str) -> WerkzeugResponse:
    """Withdraw a planned change."""
    _required(change_id)
    if (asked := ask_for_proof(TAB, changes_url())) is not None:
        return asked
    actor, words = current_caller().actor, request_translations()
    try:
        current_context().writer.ask(lambda tx, now: commands.withdraw_change(tx, actor, now, change_id))
    except Refused:
        return _refused(words("office", "Thay đổi này không còn ở trạng thái dự kiến."))
    store_note(NOTES, words("office", "Đã rút lại thay đổi dự kiến."))
    return redirect(changes_url(), HTTPStatus.SEE_OTHER)


@pages.get("/changes/<change_id>/undo")
def undo_page(change_id: str) -> WerkzeugResponse:
    """Show what taking a change back will do."""
    return _undo_preview(change_id)


@pages.post("/changes/<change_id>/undo")
def undo(change_id: str) -> WerkzeugResponse:
    """Take a change back by a new one."""
    _required(change_id)
    if request.form.get("step") != "save":
        return _undo_preview(change_id)
    if (asked := ask_for_proof(TAB, changes_url())) is not None:
        return asked
    actor, words = current_caller().actor, request_translations()
    date, moves = chosen_date(), chosen_moves()
    try:
        current_context().writer.ask(
            lambda tx, now: commands.undo_change(tx, actor, now, change_id, date=date, moves=moves)
        )
    except EditConflict:
        return _undo_preview(change_id)
    except OfficeRefused as error:  # of the hall's state, such as an open counter, which the preview does not ask
        if is_about_lines(error):
            return _undo_preview(change_id, is_line_refused=True)
        with current_context().store.read() as snapshot:
            text = _impossible_text(snapshot, error)
        return _refused(text)
    except Refused as refused:
        if refused.need is Need.SERVICE:
            return _undo_preview(change_id, is_line_refused=True)
        if refused.need is Need.DATE:
            return _undo_preview(change_id, date_mistake())
        return _refused(words("office", "Thay đổi này không hoàn tác được, hoặc đã được hoàn tác."))
    again = words("office", "Đã đặt lại như trước. Việc này cũng có trong lịch sử.")
    store_note(NOTES, again if date is None else saved_note())
    return redirect(changes_url(), HTTPStatus.SEE_OTHER)


def _changes_page(snapshot: Snapshot, refusal: str | None, status: HTTPStatus = HTTPStatus.OK) -> str:
    context, parts = context_of(snapshot), parts_of(snapshot.office)
    before = request.args.get("before", "")
    is_number = before.isascii() and before.isdigit() and len(before) <= len(str(MAX_SEQ))
    before_seq = int(before) if is_number and int(before) < MAX_SEQ else None
    history = views.office_history(snapshot, before_seq)
    values = {**rendering.page_values(None, KEY), "page_url": changes_url()}
    return render_template(
        "staff/admin/office/changes.html",
        **values if refusal is None else {**values, "refusal": refusal},
        planned=[
            change_texts.change_row(change, context, parts)
            for change in (views.planned_changes(snapshot) if before_seq is None else ())
        ],
        history=[change_texts.change_row(change, context, parts) for change in history if change.state != "planned"],
        is_newest=before_seq is None,
        older=history[-1].seq if len(history) == views.office_changes.PAGE_ROWS else None,
    )


def _required(change_id: str) -> OfficeChange:
    require_reader()
    with current_context().store.read() as snapshot:
        change = views.office_change(snapshot, change_id)
    if change is None:
        raise NotFound
    return change


def _refused(text: str) -> Response:
    with current_context().store.read() as snapshot:
        return Response(_changes_page(snapshot, text), HTTPStatus.CONFLICT, mimetype="text/html")


def _undo_preview(change_id: str, mistake: str | None = None, *, is_line_refused: bool = False) -> WerkzeugResponse:
    """Return the preview of taking a change back, or the reason why that is impossible."""
    change, words = _required(change_id), request_translations()
    if change.state != "done" or change.undone_by is not None:
        return _refused(words("office", "Thay đổi này không hoàn tác được, hoặc đã được hoàn tác."))
    edits = commands.undoing_edits(change.edits)
    with current_context().store.read() as snapshot:
        try:
            after = commands.changed_office(snapshot.office, edits)
        except EditConflict as conflict:
            return _refused(_conflict_text(snapshot, edits, conflict))
        except OfficeRefused as error:
            return _refused(_impossible_text(snapshot, error))
        title = words("office", "Đặt lại") if change.undoes else words("office", "Hoàn tác thay đổi")
        url = url_for("office.undo", change_id=change_id)
        preview = Preview(title, url, changes_url(), edits, after, None, KEY, can_edit=False)
        return rendering.preview_page(snapshot, preview, mistake=mistake, is_line_refused=is_line_refused)


def _impossible_text(snapshot: Snapshot, error: OfficeRefused) -> str:
    """Return why a change cannot be taken back."""
    context = context_of(snapshot)
    reasons = " ".join(other_problem_text(problem, context) for problem in error.problems)
    return context.words("office", "Không đặt lại được: {reasons}", reasons=reasons)


def _conflict_text(snapshot: Snapshot, edits: list[Edit], conflict: EditConflict) -> str:
    """Return the sentence for a part that was changed again since."""
    context = context_of(snapshot)
    row = parts_of(snapshot.office).get((conflict.part, conflict.id))
    known = next((edit.before or edit.after for edit in edits if edit.key == (conflict.part, conflict.id)), None)
    labels = [
        value_text(conflict.part, conflict.id, name, (row or {}).get(name), context)[0] for name in conflict.fields
    ]
    later = change_texts.last_change_of(snapshot, conflict.part, conflict.id, conflict.fields or None)
    return context.words(
        "office",
        "Không đặt lại được: “{name}” ({fields}) đã được sửa tiếp ({who}). Mời hoàn tác lần sửa đó trước.",
        name=item_name(conflict.part, conflict.id, row or known, context),
        fields=", ".join(labels) or context.words("office", "thêm hoặc xóa"),
        who=change_texts.who_and_when(later, context),
    )
