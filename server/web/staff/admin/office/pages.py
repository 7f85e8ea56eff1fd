"""The pages of the office's sections: lists and forms.

An auditor reads them; an administrator changes, after a fresh proof of the password. A form goes to a preview, and the
preview to the change: at once, or on the first day with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from types import MappingProxyType

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from server import commands, views
from server.commands import OfficeRefused, Refused
from server.commands.office import NO_MOVES
from server.domain.errors import Need
from server.domain.office import OfficeDefinition
from server.domain.office_changes import Edit, EditConflict, Part, ProblemKind, Row, parts_of
from server.domain.office_changes.parts import Parts, ids_of
from server.store import Snapshot
from server.web.shared.callers import current_caller
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations, store_note
from server.web.staff.account.proof import ask_for_proof
from server.web.staff.admin.layout import NOTES, require_reader
from server.web.staff.admin.office import part_form, rendering
from server.web.staff.admin.office.line_moves import chosen_moves
from server.web.staff.admin.office.part_form import PartForm
from server.web.staff.admin.office.problem_texts import other_problem_text
from server.web.staff.admin.office.rendering import TAB, Preview, context_of, form_page, form_url, section_url
from server.web.staff.admin.office.section import OfficeSection
from server.web.staff.admin.office.sections import BY_KEY, SECTIONS, SINGLE

pages = Blueprint("office", __name__, url_prefix="/admin/office")

NO_TEXTS: Mapping[str, Sequence[str]] = MappingProxyType({})
REMOVAL = "removal"
"""The input of a form that removes its part."""


@pages.get("")
def page() -> str:
    """List the sections with a short account of each."""
    require_reader()
    with current_context().store.read() as snapshot:
        context = context_of(snapshot)
        planned = views.planned_changes(snapshot)
        parts = parts_of(snapshot.office)
        rows = [(section, section_url(section), _account(section, parts)) for section in SECTIONS]
    return render_template(
        "staff/admin/office/overview.html",
        **rendering.page_values(None, ""),
        rows=rows,
        next_planned=[context.formatter.date(change.date) for change in planned if change.date is not None],
    )


@pages.get("/<key>")
def section_page(key: str) -> str | Response:
    """Show the list of a section, or its form where there is one part only."""
    section = _required_section(key)
    with current_context().store.read() as snapshot:
        if section.part not in SINGLE:
            return rendering.list_page(snapshot, section)
        return _shown_form(snapshot, section, "", parts_of(snapshot.office)[(section.part, "")])


@pages.get("/<key>/new")
def new_page(key: str) -> Response:
    """Show the form of a new part."""
    section = _required_section(key)
    if section.added is None:
        raise NotFound
    with current_context().store.read() as snapshot:
        return _shown_form(snapshot, section, "", None, request.args.to_dict(flat=False))


@pages.get("/<key>/item/<item_id>")
def item_page(key: str, item_id: str) -> Response:
    """Show the form of a part."""
    section = _required_section(key)
    with current_context().store.read() as snapshot:
        row = parts_of(snapshot.office).get((section.part, item_id))
        if row is None or section.part in SINGLE:
            raise NotFound
        return _shown_form(snapshot, section, item_id, row)


@pages.post("/<key>")
def change_single(key: str) -> WerkzeugResponse:
    """Preview or save the change of the only part of a section."""
    section = _required_section(key)
    if section.part not in SINGLE:
        raise NotFound
    return _work(section, "")


@pages.post("/<key>/new")
def add(key: str) -> WerkzeugResponse:
    """Preview or save a new part."""
    section = _required_section(key)
    if section.added is None:
        raise NotFound
    return _work(section, None)


@pages.post("/<key>/item/<item_id>")
def change(key: str, item_id: str) -> WerkzeugResponse:
    """Preview or save the change or the removal of a part."""
    section = _required_section(key)
    if section.part in SINGLE:
        raise NotFound
    return _work(section, item_id)


def _required_section(key: str) -> OfficeSection:
    """Return the section. Raises 404 for an unknown one."""
    require_reader()
    if key not in BY_KEY:
        raise NotFound
    return BY_KEY[key]


def _shown_form(
    snapshot: Snapshot,
    section: OfficeSection,
    id_: str,
    row: Row | None,
    filled: Mapping[str, Sequence[str]] = NO_TEXTS,
) -> Response:
    """Return the form of a part. ``filled``: texts that a link gives to the inputs of a new one."""
    week = parts_of(snapshot.office)[(Part.HOURS, "")]
    form = part_form.shown_form(section, id_, row, week)
    known = {name: texts for name, texts in filled.items() if name in form.typed}
    return form_page(snapshot, replace(form, typed={**form.typed, **known}))


def _account(section: OfficeSection, parts: Parts) -> str:
    """Return how many parts a section has."""
    if section.part in SINGLE:
        return ""
    rows = [row for (part, _), row in parts.items() if part is section.part]
    return str(sum(not row.get("closed") for row in rows))


def _work(section: OfficeSection, id_: str | None) -> WerkzeugResponse:
    """Do the step of a sent form: show it again, its preview, or save it."""
    step = request.form.get("step", "preview")
    with current_context().store.read() as snapshot:
        form, is_removal = _sent_form(snapshot, section, id_), _is_removal(section, step)
        if form.current is None and not form.is_new and not form.gone and is_removal:
            raise NotFound
        edits = [Edit(section.part, form.id, form.current, None)] if is_removal else form.edits
        answer = _form_again(snapshot, form, step, is_removal=is_removal)
        if answer is not None:
            return answer
        if not edits:
            return _refused_form(snapshot, form, [request_translations()("office", "Chưa có gì thay đổi.")])
        try:
            after = commands.changed_office(snapshot.office, edits)
            commands.refuse_past_dates(edits, max(context_of(snapshot).today, chosen_date() or ""))
        except OfficeRefused as error:
            return _problem_form(snapshot, form, error)
        if step != "save":
            return _preview(snapshot, form, edits, after)
    return _save(section, id_, form, edits, after)


def _sent_form(snapshot: Snapshot, section: OfficeSection, id_: str | None) -> PartForm:
    ids = ids_of(parts_of(snapshot.office), section.part)
    new_id = part_form.next_id(section, ids, snapshot.head.seq + 1)
    typed = {name: request.form.getlist(name) for name in request.form}
    if id_ is not None and (section.part, id_) not in parts_of(snapshot.office) and not section.is_removable:
        raise NotFound
    return part_form.sent_form(section, id_, typed, context_of(snapshot), new_id)


def _is_removal(section: OfficeSection, step: str) -> bool:
    return section.is_removable and step != "edit" and (step == "remove" or REMOVAL in request.form)


def _form_again(snapshot: Snapshot, form: PartForm, step: str, *, is_removal: bool) -> Response | None:
    """Return the form when it is to be edited further, or cannot be previewed yet."""
    words = request_translations()
    if step == "edit":
        return form_page(snapshot, form)
    if is_removal and form.current is not None:
        changed = part_form.removed_meanwhile(form.section, form.current, form.typed)
        if not changed:
            return None
        return _refused_form(
            snapshot, form, [words("office", "Người khác vừa sửa mục này. Mời xem lại trước khi xóa.")]
        )
    if form.gone or form.conflicts:
        return form_page(snapshot, form, status=HTTPStatus.CONFLICT)
    return _refused_form(snapshot, form, []) if form.mistakes else None


def _refused_form(snapshot: Snapshot, form: PartForm, problems: Sequence[str]) -> Response:
    return form_page(snapshot, form, problems=problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _problem_form(snapshot: Snapshot, form: PartForm, error: OfficeRefused) -> Response:
    """Return the form with each problem beside its field, others above."""
    context = context_of(snapshot)
    mistakes, others = part_form.problem_sentences(error.problems, form.section, form.id, context)
    return _refused_form(
        snapshot, form.with_mistakes(mistakes), [other_problem_text(problem, context) for problem in others]
    )


def _preview(
    snapshot: Snapshot,
    form: PartForm,
    edits: Sequence[Edit],
    after: OfficeDefinition,
    mistake: str | None = None,
    *,
    is_line_refused: bool = False,
) -> Response:
    section, words = form.section, request_translations()
    url = form_url(section, None if form.is_new else form.id)
    preview = Preview(words("office", "Xem trước thay đổi"), url, url, edits, after, section, section.key)
    return rendering.preview_page(snapshot, preview, mistake=mistake, is_line_refused=is_line_refused)


def _save(
    section: OfficeSection, id_: str | None, form: PartForm, edits: Sequence[Edit], after: OfficeDefinition
) -> WerkzeugResponse:
    """Save the change after a proof of the password."""
    if (asked := ask_for_proof(TAB, form_url(section, id_))) is not None:
        return asked
    try:
        record(edits, chosen_date(), chosen_moves())
    except EditConflict:  # it was changed a moment ago: the form shows by whom
        with current_context().store.read() as snapshot:
            again = _sent_form(snapshot, section, id_)
            return form_page(snapshot, again, status=HTTPStatus.CONFLICT)
    except OfficeRefused as error:
        with current_context().store.read() as snapshot:
            if is_about_lines(error):
                return _preview(snapshot, form, edits, after, is_line_refused=True)
            return _problem_form(snapshot, form, error)
    except Refused as refused:
        with current_context().store.read() as snapshot:
            if refused.need is Need.SERVICE:  # the chosen service has lost its counters meanwhile
                return _preview(snapshot, form, edits, after, is_line_refused=True)
            return _preview(snapshot, form, edits, after, date_mistake())
    store_note(NOTES, saved_note())
    return redirect(section_url(section), HTTPStatus.SEE_OTHER)


def record(edits: Sequence[Edit], date: str | None, moves: Mapping[str, str] = NO_MOVES) -> str:
    """Record the change. Raises as ``commands.change_office``."""
    actor = current_caller().actor
    return current_context().writer.ask(
        lambda tx, now: commands.change_office(tx, actor, now, edits, date=date, moves=moves)
    )


def is_about_lines(error: OfficeRefused) -> bool:
    """Return whether all problems are people who wait; the preview asks where to move them."""
    return all(problem.kind is ProblemKind.PEOPLE_WAIT for problem in error.problems)


def chosen_date() -> str | None:
    """Return the first day with the change, None for at once."""
    return request.form.get("date", "") if request.form.get("when") == "date" else None


def date_mistake() -> str:
    """Return the sentence for a date that cannot be chosen."""
    return request_translations()("office", "Mời chọn một ngày sau hôm nay.")


def saved_note() -> str:
    """Return the note after a change was saved or planned."""
    words = request_translations()
    if chosen_date() is None:
        return words("office", "Đã lưu. Thay đổi có hiệu lực ngay.")
    return words("office", "Đã lưu. Thay đổi có hiệu lực từ ngày đã chọn; xem ở mục Thay đổi.")


def changes_url() -> str:
    """Return the address of the page of changes."""
    return url_for("office.changes_page")
