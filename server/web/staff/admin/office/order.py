"""The page that changes the order of services, counters or notices."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from server import commands
from server.commands import Refused
from server.domain.office_changes import Edit, EditConflict, Part, parts_of
from server.store import Snapshot
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations, store_note
from server.web.staff.account.proof import ask_for_proof
from server.web.staff.admin.layout import NOTES, require_reader
from server.web.staff.admin.office import change_texts, rendering
from server.web.staff.admin.office.order_fields import kiosk_order
from server.web.staff.admin.office.pages import chosen_date, date_mistake, pages, record, saved_note
from server.web.staff.admin.office.rendering import TAB, Preview, context_of, section_url
from server.web.staff.admin.office.section import OfficeSection
from server.web.staff.admin.office.sections import BY_KEY, ORDERED

POSITION = "position."
"""Begins the inputs with the positions; the rest of the name is the id."""
BASE = "base"
"""The hidden input with the order as it was when the form was opened."""


@pages.get("/<key>/order")
def order_page(key: str) -> Response:
    """Show the parts with their positions."""
    section = _required_section(key)
    with current_context().store.read() as snapshot:
        return _form_page(snapshot, section, {})


@pages.post("/<key>/order")
def change_order(key: str) -> WerkzeugResponse:
    """Preview or save an order."""
    section, words, step = _required_section(key), request_translations(), request.form.get("step", "preview")
    with current_context().store.read() as snapshot:
        ids = _ids(snapshot, section.part)
        typed = {id_: request.form[f"{POSITION}{id_}"] for id_ in ids if f"{POSITION}{id_}" in request.form}
        wrong = [id_ for id_, text in typed.items() if not (text.strip().isascii() and text.strip().isdigit())]
        if step == "edit":
            return _form_page(snapshot, section, typed)
        if request.form.get(BASE, "") != " ".join(ids):
            return _changed_meanwhile(snapshot, section, typed)
        if wrong:
            mistake = words("office", "Mỗi vị trí là một số, như 1.")
            return _form_page(snapshot, section, typed, mistake, HTTPStatus.UNPROCESSABLE_ENTITY)
        wanted = reordered(ids, {id_: int(text) for id_, text in typed.items()})
        if wanted == ids:
            mistake = words("office", "Chưa có gì thay đổi.")
            return _form_page(snapshot, section, typed, mistake, HTTPStatus.UNPROCESSABLE_ENTITY)
        edits = [Edit(Part.ORDER, section.part.value, {"ids": ids}, {"ids": wanted})]
        if step != "save":
            return _preview(snapshot, section, edits)
    return _save(section, edits)


def reordered(ids: Sequence[str], positions: Mapping[str, int]) -> list[str]:
    """Return the ids in the order of the positions that were typed.

    Each part with a new position comes to stand there; the others keep their order.
    """
    moved = {id_: position for id_, position in positions.items() if position != ids.index(id_) + 1}
    order = [id_ for id_ in ids if id_ not in moved]
    for id_, position in sorted(moved.items(), key=lambda entry: entry[1]):
        order.insert(max(0, position - 1), id_)
    return order


def _required_section(key: str) -> OfficeSection:
    require_reader()
    if key not in BY_KEY or BY_KEY[key].part not in ORDERED:
        raise NotFound
    return BY_KEY[key]


def _ids(snapshot: Snapshot, part: Part) -> list[str]:
    return list(parts_of(snapshot.office)[(Part.ORDER, part.value)]["ids"])


def _changed_meanwhile(snapshot: Snapshot, section: OfficeSection, typed: Mapping[str, str]) -> Response:
    """Return the form with the positions that were typed, and who has changed the list."""
    context = context_of(snapshot)
    change = change_texts.last_change_of(snapshot, Part.ORDER, section.part.value)
    text = context.words(
        "office",
        "Danh sách đã thay đổi trong khi Ông/Bà nhập ({who}). Vị trí đã nhập được giữ; mời xem lại.",
        who=change_texts.who_and_when(change, context),
    )
    return _form_page(snapshot, section, typed, text, HTTPStatus.CONFLICT)


def _form_page(
    snapshot: Snapshot,
    section: OfficeSection,
    typed: Mapping[str, str],
    mistake: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    context, parts = context_of(snapshot), parts_of(snapshot.office)
    ids = _ids(snapshot, section.part)
    page = render_template(
        "staff/admin/office/order.html",
        **rendering.page_values(section, section.key),
        rows=[
            (id_, section.item_name(id_, parts[(section.part, id_)], context), typed.get(id_, str(position)))
            for position, id_ in enumerate(ids, 1)
        ],
        base=" ".join(ids),
        title=ORDERED[section.part](context.words),
        mistake=mistake,
        kiosk=kiosk_order(snapshot, section.part, context),
        back=section_url(section),
    )
    return Response(page, status, mimetype="text/html")


def _preview(snapshot: Snapshot, section: OfficeSection, edits: Sequence[Edit], mistake: str | None = None) -> Response:
    url = url_for("office.order_page", key=section.key)
    after = commands.changed_office(snapshot.office, edits)
    title = request_translations()("office", "Xem trước thay đổi")
    preview = Preview(title, url, url, edits, after, section, section.key)
    return rendering.preview_page(snapshot, preview, mistake=mistake)


def _save(section: OfficeSection, edits: Sequence[Edit]) -> WerkzeugResponse:
    if (asked := ask_for_proof(TAB, url_for("office.order_page", key=section.key))) is not None:
        return asked
    try:
        record(edits, chosen_date())
    except EditConflict:
        with current_context().store.read() as snapshot:
            return _changed_meanwhile(snapshot, section, {})
    except Refused:
        with current_context().store.read() as snapshot:
            return _preview(snapshot, section, edits, date_mistake())
    store_note(NOTES, saved_note())
    return redirect(section_url(section), HTTPStatus.SEE_OTHER)
