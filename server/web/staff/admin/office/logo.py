"""The page of the logo, with its preview on slip and screens.

A sent picture is drawn anew as a small PNG (``server.processes.logo_drawing``); only that is kept and shown.
"""

import base64
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

from flask import Response, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from config.logo import logo_of_text, text_of_logo
from server.commands import Refused
from server.domain.office import OfficeDefinition
from server.domain.office_changes import Edit, EditConflict, Part
from server.processes.logo_drawing import LogoNotDrawn, draw_logo
from server.store import Snapshot
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations, store_note
from server.web.staff.account.proof import ask_for_proof
from server.web.staff.admin.layout import NOTES, require_reader
from server.web.staff.admin.office import change_texts, rendering
from server.web.staff.admin.office.logo_texts import problem_text, too_large_text
from server.web.staff.admin.office.pages import chosen_date, date_mistake, pages, record, saved_note
from server.web.staff.admin.office.rendering import TAB, context_of
from server.web.staff.admin.office.sent_files import MAX_BODY, MAX_UPLOAD, read_upload

KEY = "logo"


class LogoFileRefused(Exception):
    """The sent picture cannot be used; the text is the sentence for the page."""


@pages.get("/logo")
def logo_page() -> Response:
    """Show the logo, and the form for another picture."""
    require_reader()
    with current_context().store.read() as snapshot:
        return _page(snapshot)


@pages.post("/logo")
def change_logo() -> WerkzeugResponse:
    """Preview or save another logo, or none."""
    require_reader()
    request.max_content_length = request.max_form_memory_size = MAX_BODY
    with current_context().store.read() as snapshot:
        try:
            step, logo = request.form.get("step", "preview"), _sent_logo(snapshot)
        except RequestEntityTooLarge:
            return _page(snapshot, too_large_text(request_translations()))
        except LogoFileRefused as error:
            return _page(snapshot, str(error))
        if logo == snapshot.office.logo:
            return _page(snapshot, request_translations()("office", "Chưa có gì thay đổi."))
        if step != "save":
            return _preview(snapshot, logo, _id(snapshot.office))
        if request.form.get("base", "") != _id(snapshot.office):
            return _changed_meanwhile(snapshot, logo)
        edits = [Edit(Part.OFFICE, "", {"logo": snapshot.office.logo}, {"logo": logo})]
    return _save(edits, logo)


def _id(office: OfficeDefinition) -> str:
    return office.logo_id or ""


def _sent_logo(snapshot: Snapshot) -> str | None:
    """Return the logo of the form as text, None for no logo. Raises :class:`LogoFileRefused`."""
    words, upload = request_translations(), request.files.get("file")
    if upload is None:
        return _carried_logo()
    contents = read_upload(upload)
    if not contents:
        raise LogoFileRefused(words("office", "Mời chọn một tệp ảnh."))
    if len(contents) > MAX_UPLOAD:
        raise LogoFileRefused(too_large_text(words))
    try:
        return text_of_logo(draw_logo(contents, words.pick(snapshot.office.name)).png)
    except LogoNotDrawn as error:
        raise LogoFileRefused(problem_text(error.problem, error.detail, words)) from error


def _carried_logo() -> str | None:
    """Return the logo that the preview's form carries on. Raises :class:`LogoFileRefused`."""
    if request.form.get("removal"):
        return None
    try:
        return text_of_logo(logo_of_text(request.form.get("logo", "")))
    except ValueError as error:
        raise LogoFileRefused(request_translations()("office", "Mời chọn một tệp ảnh.")) from error


def _save(edits: list[Edit], logo: str | None) -> WerkzeugResponse:
    if (asked := ask_for_proof(TAB, url_for("office.logo_page"))) is not None:
        return asked
    try:
        record(edits, chosen_date())
    except EditConflict:
        with current_context().store.read() as snapshot:
            return _changed_meanwhile(snapshot, logo)
    except Refused:
        with current_context().store.read() as snapshot:
            return _preview(snapshot, logo, _id(snapshot.office), mistake=date_mistake())
    store_note(NOTES, saved_note())
    return redirect(url_for("office.logo_page"), HTTPStatus.SEE_OTHER)


def _changed_meanwhile(snapshot: Snapshot, logo: str | None) -> Response:
    """Return the preview again: another person has changed the logo a moment ago."""
    context = context_of(snapshot)
    who = change_texts.who_and_when(change_texts.last_change_of(snapshot, Part.OFFICE, "", {"logo"}), context)
    text = context.words(
        "office", "Biểu trưng đã được đổi trong lúc Ông/Bà xem ({who}). Ảnh của Ông/Bà được giữ; mời xem lại.", who=who
    )
    return _preview(snapshot, logo, _id(snapshot.office), refusal=text)


def _preview(
    snapshot: Snapshot, logo: str | None, base: str, *, mistake: str | None = None, refusal: str | None = None
) -> Response:
    """Return the preview: the logo on slip and screens, and from when. ``base``: the present logo's name."""
    values = {**rendering.page_values(None, KEY), **({} if refusal is None else {"refusal": refusal})}
    page = render_template(
        "staff/admin/office/logo_preview.html",
        **values,
        logo=logo,
        present=snapshot.office.logo,
        slips=_slips(snapshot, logo),
        base=base,
        planned=_planned(snapshot),
        when=request.form.get("when", "now"),
        date=request.form.get("date", ""),
        mistake=mistake,
    )
    status = HTTPStatus.CONFLICT if refusal is not None else HTTPStatus.UNPROCESSABLE_ENTITY
    is_refused = mistake is not None or refusal is not None
    return Response(page, status if is_refused else HTTPStatus.OK, mimetype="text/html")


def _slips(snapshot: Snapshot, logo: str | None) -> Mapping[str, str]:
    """Return heads of slips with a logo, as base64 by the paper's width in mm."""
    slips: Mapping[str, bytes] = {}
    if logo is not None:
        with suppress(LogoNotDrawn):
            slips = draw_logo(logo_of_text(logo), request_translations().pick(snapshot.office.name)).slips
    return {paper_mm: base64.b64encode(head).decode() for paper_mm, head in slips.items()}


def _planned(snapshot: Snapshot) -> list[str]:
    """Return the dates of planned changes of the logo or of the office's name."""
    return list(rendering.planned_dates(snapshot, context_of(snapshot)).get((Part.OFFICE, ""), ()))


def _page(snapshot: Snapshot, refusal: str | None = None) -> Response:
    values = {**rendering.page_values(None, KEY), **({} if refusal is None else {"refusal": refusal})}
    page = render_template(
        "staff/admin/office/logo.html", **values, logo=snapshot.office.logo, planned=_planned(snapshot)
    )
    return Response(page, HTTPStatus.OK if refusal is None else HTTPStatus.UNPROCESSABLE_ENTITY, mimetype="text/html")
