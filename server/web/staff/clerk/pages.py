"""The routes of the clerk page of one counter.

Every button is a plain form, so the page works without scripts too.

The counter is part of the URL, so that one browser may have the pages of several counters open. Each page uses the
sign-in at its own counter and has the id of that sign-in in its forms, which are refused when it has ended.
"""

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from config.words import LANGUAGES
from server import commands, views
from server.commands import Actor, Refused, Role
from server.domain.actor import require_permission
from server.domain.permissions import Action
from server.store import Busy, Snapshot, StorageFailed
from server.views import ClerkPage
from server.web.api.endpoint import error_text_context
from server.web.shared import scans
from server.web.shared.callers import require
from server.web.shared.context import current_context
from server.web.shared.errors import Rejected, problem
from server.web.shared.formatting import Formatter
from server.web.shared.identity import (
    SignedIn,
    browser_sign_ins,
    has_accounts,
    request_translations,
    store_language,
    store_note,
    store_sign_in,
)
from server.web.shared.identity import sign_out as end_sign_in
from server.web.shared.session_cookie import current_session
from server.web.staff.account.counters import take_counter
from server.web.staff.account.sign_in import choice_page, end_session_without_counters, sign_in_form
from server.web.staff.clerk import forms
from server.web.staff.clerk.actions import (
    PageCommand,
)
from server.web.staff.clerk.addresses import ACTION_ROUTE, PAGE_ROUTE
from server.web.staff.clerk.forms import ClerkForm
from server.web.staff.clerk.page_state import most_listed
from server.web.staff.clerk.rendering import ISSUED_PANEL, render_page, tickets_to_look_up
from server.web.staff.layout import layout_values
from server.wire.messages import ProblemCode, ProblemNeed, Scan

SHOWN_ERRORS = (Refused, Rejected, ValidationError, Busy, StorageFailed, TimeoutError)
"""Errors that are shown on the page itself, which stays usable."""

_PANEL_IF_REFUSED = frozenset({PageCommand.NO_SHOW.value})
"""Actions that need a form only if the server refuses them without."""

pages = Blueprint("clerk", __name__)


@pages.get("/")
def sign_in_page() -> str | Response:
    """Show the sign-in page; redirect a browser with a sign-in to its page, unless ``?choose=1``.

    ``?left=``: the counter whose page has just ended; the page says why.
    """
    if has_accounts() and current_session() is None:
        return sign_in_form()
    sign_ins = browser_sign_ins()
    if "choose" not in request.args and "lang" not in request.args:
        if sign_ins.latest is not None and sign_ins.latest.counter is not None:
            return redirect(url_for("clerk.counter_page", counter=sign_ins.latest.counter))
        if sign_ins.latest is not None and not has_accounts():
            return redirect(url_for("manager.now"))
    return _render_sign_in_page(request.args, _why_page_ended(request.args.get("left")))


def _why_page_ended(counter: str | None) -> str | None:
    """Return why the page of ``counter`` ended: another clerk is there, or no clerk.

    Return None for an unknown counter.
    """
    with current_context().store.read() as snapshot:
        if counter is None or counter not in snapshot.office.counters:
            return None
        label = snapshot.office.counters[counter].label
        person = snapshot.office.clerks.get(views.clerk_at(snapshot, counter) or "")
    words = request_translations()
    if person is None:
        return words("login", "Cán bộ đã rời quầy {counter}. Mời đăng nhập lại.", counter=label)
    return words(
        "login",
        "Quầy {counter} hiện do {name} phụ trách. Mời đăng nhập lại nếu Ông/Bà làm việc tại quầy này.",
        counter=label,
        name=person.name,
    )


def _render_sign_in_page(form_values: Mapping[str, str], refusal: str | None = None) -> str:
    if has_accounts():
        return choice_page(form_values, refusal)
    _keep_language()
    with current_context().store.read() as snapshot:
        office = snapshot.office
        return render_template(
            "staff/enter.html",
            **layout_values(office),
            counters=list(office.counters_in_use.values()),
            clerks=[clerk for clerk in office.clerks.values() if not clerk.closed],
            services=office.services,
            form_values=form_values,
            refusal=refusal,
            note=None,
            refresh_url=None,
        )


@pages.post("/sign-in")
def sign_in() -> Response:
    """Sign a clerk in at a counter.

    The clerk is the session's person; without accounts the one of the form, by default the counter's own. The counter
    stays closed.
    """
    counter, clerk = request.form.get("counter", ""), request.form.get("clerk") or None
    with current_context().store.read() as snapshot:
        if counter not in snapshot.office.counters:
            raise Rejected(ProblemCode.NOT_FOUND)
        clerk = clerk or snapshot.office.counters[counter].clerk
    session, station = current_session(), browser_sign_ins().station
    try:
        if session is not None:
            clerk = session.person.id
            take_counter(require(Action.SEE_COUNTER), session.person, counter, request.form.get("request_id"))
        else:
            actor = Actor(Role.CLERK, clerk or counter, station)
            forms.sign_in(current_context(), actor, counter, clerk, request.form)
    except SHOWN_ERRORS as error:
        refusal = problem(error, error_text_context(request_translations()))
        return Response(_render_sign_in_page(request.form, refusal.detail), refusal.status, mimetype="text/html")
    store_sign_in(counter, clerk)
    return redirect(url_for("clerk.counter_page", counter=counter), HTTPStatus.SEE_OTHER)


@pages.get(PAGE_ROUTE)
def counter_page(counter: str) -> str | Response:
    """Show the page of one counter.

    ``?panel=`` opens a form on it, ``&ticket=`` names its ticket.
    """
    _keep_language()
    sign_in = browser_sign_ins().at(counter)
    if sign_in is None:
        return redirect(url_for("clerk.sign_in_page", choose=1, counter=counter))
    require_permission(sign_in.actor(sign_in.id), Action.SEE_COUNTER)
    with current_context().store.read() as snapshot:
        page = _clerk_page(snapshot, counter, request.args.get("panel"), request.args)
        if page.clerk_id != sign_in.clerk:
            return redirect(url_for("clerk.sign_in_page", choose=1, counter=counter, clerk=sign_in.clerk, left=counter))
        _note_presence(counter)
        return render_page(snapshot, page, request.args.get("panel"), request.args)


def _is_clerk_at_counter(counter: str, sign_in: SignedIn) -> bool:
    """Return whether the clerk of ``sign_in`` is at ``counter``. Raises ``NotFound``."""
    with current_context().store.read() as snapshot:
        if counter not in snapshot.office.counters:
            raise NotFound
        return views.clerk_at(snapshot, counter) == sign_in.clerk


def _require_clerk_at(counter: str) -> None:
    """Raise ``unauthenticated`` for a page whose clerk has left ``counter``, or was replaced there."""
    if not _is_clerk_at_counter(counter, _require_sign_in(counter)):
        raise Rejected(ProblemCode.UNAUTHENTICATED)


@pages.get(ACTION_ROUTE)
def redirect_to_page(counter: str, action: str) -> Response:
    """Return to the page: a reload after a refused form asks by GET."""
    return redirect(url_for("clerk.counter_page", counter=counter))


@pages.post(ACTION_ROUTE)
def run_action(counter: str, action: str) -> Response:
    """Run one action; show the page again, with the sentence of a refusal."""
    if action == PageCommand.ISSUE and "find" in request.form:
        return _page_with_form(counter, action)
    try:
        note = forms.run_action(action, _form(counter))
    except SHOWN_ERRORS as error:
        panel = request.form.get("panel") or (action if action in _PANEL_IF_REFUSED else None)
        return _refused(error, counter, panel)
    _note_presence(counter)
    current_context().scanned_slips.clear(counter, request.form.get("ticket"))
    if isinstance(note, forms.NumberWithoutSlip):
        issued = url_for("clerk.counter_page", counter=counter, panel=ISSUED_PANEL, ticket=note.ticket)
        return redirect(issued, HTTPStatus.SEE_OTHER)
    if note:
        store_note(counter, note)
    return redirect(url_for("clerk.counter_page", counter=counter), HTTPStatus.SEE_OTHER)


def _page_with_form(counter: str, panel: str) -> Response:
    """Return the page with the form as it was sent, and do nothing else."""
    _require_clerk_at(counter)
    with current_context().store.read() as snapshot:
        page = _clerk_page(snapshot, counter, panel, request.form)
        _note_presence(counter)
        return Response(render_page(snapshot, page, panel, request.form), mimetype="text/html")


def _refused(error: Exception, counter: str, panel: str | None = None) -> Response:
    """Return the page with the sentence of a refusal.

    Return the sign-in page instead when the sign-in of the page has ended.
    """
    refusal, sign_in = problem(error, error_text_context(request_translations())), browser_sign_ins().at(counter)
    sentence = forms.short_refusal(error, request_translations()) or refusal.detail
    if sign_in is None or _form_has_other_sign_in(sign_in):
        return Response(_render_sign_in_page({"counter": counter}, sentence), refusal.status, mimetype="text/html")
    with current_context().store.read() as snapshot:
        page = _clerk_page(snapshot, counter, panel, request.form)
        is_still_there = page.clerk_id == sign_in.clerk
        page_html = render_page(snapshot, page, panel, request.form, sentence) if is_still_there else None
    if page_html is None:
        page_html = _render_sign_in_page({"counter": counter}, sentence)
    else:
        _note_presence(counter)
    return Response(page_html, refusal.status, mimetype="text/html")


@pages.post("/clerk/<counter>/scan/close")
def close_scan(counter: str) -> Response:
    """Close the ticket that a scanned slip opened on the page."""
    _require_clerk_at(counter)
    current_context().scanned_slips.clear(counter)
    return redirect(url_for("clerk.counter_page", counter=counter), HTTPStatus.SEE_OTHER)


@pages.post("/clerk/<counter>/scans")
def take_scan(counter: str) -> Response:
    """Handle the ``text`` of a scanner that types like a keyboard."""
    form = _form(counter)
    body = Scan(station=form.actor.station or counter, counter=counter, text=request.form.get("text", ""))
    with suppress(Refused):  # the page shows the refusal, as for any other scanner
        scans.run_scan(
            current_context(),
            counter,
            form.command,
            lambda tx, now: commands.scan(tx, form.actor, now, body),
            lambda snapshot, scanned: None,
        )
    return Response(status=HTTPStatus.NO_CONTENT)


@pages.post("/clerk/<counter>/here")
def report_presence(counter: str) -> Response:
    """Record that the page is open.

    The form field ``key``, if not empty: a person pressed a key or the mouse, which acknowledges an automatic call.
    """
    _require_clerk_at(counter)
    _note_presence(counter)
    if request.form.get("key"):
        forms.acknowledge(_form(counter))
    return Response(status=HTTPStatus.NO_CONTENT)


@pages.post("/clerk/<counter>/help/<help_id>")
def take_help(counter: str, help_id: str) -> Response:
    """Record that this clerk goes to the kiosk."""
    try:
        forms.take_help(_form(counter), help_id)
    except SHOWN_ERRORS as error:
        return _refused(error, counter)
    return redirect(url_for("clerk.counter_page", counter=counter), HTTPStatus.SEE_OTHER)


@pages.post("/clerk/<counter>/sign-out")
def sign_out(counter: str) -> Response:
    """Sign out of the counter, which closes it.

    Refused while a ticket is open. Other sign-ins of the browser stay; with the last counter a session ends.
    """
    sign_in = browser_sign_ins().at(counter)
    if sign_in is not None and not _form_has_other_sign_in(sign_in):
        try:
            if _is_clerk_at_counter(counter, sign_in):
                forms.sign_out(_form(counter))
        except SHOWN_ERRORS as error:
            return _refused(error, counter)
        end_sign_in(sign_in)
    end_session_without_counters()
    return redirect(url_for("clerk.sign_in_page", choose=1), HTTPStatus.SEE_OTHER)


def _clerk_page(snapshot: Snapshot, counter: str, panel: str | None, form_values: Mapping[str, str]) -> ClerkPage:
    """Return the page's model, to render with this panel. Raises ``NotFound`` for an unknown counter."""
    looked_up = tickets_to_look_up(counter, panel, form_values)
    page = views.clerk_page(snapshot, counter, looked_up, most=most_listed(panel))
    if page is None:
        raise NotFound
    return page


def _require_sign_in(counter: str) -> SignedIn:
    """Return this browser's sign-in at ``counter``.

    Raises ``unauthenticated`` without one, ``not_allowed`` when the form is of another sign-in.
    """
    sign_in = browser_sign_ins().at(counter)
    if sign_in is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)
    if _form_has_other_sign_in(sign_in):
        raise Rejected(ProblemCode.NOT_ALLOWED, need=ProblemNeed.SIGN_IN_CHANGED)
    return sign_in


def _form_has_other_sign_in(sign_in: SignedIn) -> bool:
    """Return whether the form was rendered for another sign-in."""
    return request.form.get("as", sign_in.id) != sign_in.id


def _form(counter: str) -> ClerkForm:
    sign_in = _require_sign_in(counter)
    station = browser_sign_ins().station
    actor = sign_in.actor(station) if sign_in.clerk else Actor(Role.CLERK, counter, station)
    return ClerkForm(
        current_context(), actor, counter, sign_in.clerk, request.form, Formatter(request_translations(), _zone())
    )


def _note_presence(counter: str) -> None:
    current_context().presence.note_sign_of_life(counter, current_context().now())


def _zone() -> str:
    with current_context().store.read() as snapshot:
        return snapshot.office.zone.key


def _keep_language() -> None:
    if request.args.get("lang") in LANGUAGES:
        store_language(request.args["lang"])
