"""The page on which a browser asks to be enrolled, for sign-in with a PIN.

Everybody may open it: only the administrator who types its code enrols the browser.
"""

from http import HTTPStatus

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from server.access.device import DeviceRefused
from server.access.enrolment import Enrolment
from server.access.pending import EnrolmentRequest, PendingDevice, TooManyBeginnings, UnknownEnrolment
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations
from server.web.shared.session_cookie import enrolled_browser, store_device
from server.web.staff.layout import layout_values
from server.wire.enrolment import display_code
from server.wire.messages import DeviceKind

pages = Blueprint("this_browser", __name__, url_prefix="/this-browser")

PENDING = "pending_browser"
"""The key of the request's id in the signed cookie."""
REFRESH_S = 5


@pages.get("")
def page() -> AnyResponse:
    """Show the code, or that this browser is enrolled.

    Receive the token once the code was typed.
    """
    pending = _pending(_enrolment())
    if pending is not None:
        token = _finished(pending)
        if token is not None:
            session.pop(PENDING, None)
            store_device(token)
            return redirect(url_for("this_browser.page"), HTTPStatus.SEE_OTHER)
        pending = _pending(_enrolment())
    return _page(pending)


@pages.post("")
def ask() -> AnyResponse:
    """Ask for enrolment; a browser that asks already keeps its code."""
    enrolment = _enrolment()
    if _pending(enrolment) is None and enrolled_browser() is None:
        asking = EnrolmentRequest(DeviceKind.BROWSER, request.remote_addr or "", request.host)
        try:
            session[PENDING] = enrolment.pending.begin_browser(asking).id
        except TooManyBeginnings:
            words = request_translations()
            return _page(None, words("devices", "Có quá nhiều yêu cầu đăng ký. Mời thử lại sau một phút."))
    return redirect(url_for("this_browser.page"), HTTPStatus.SEE_OTHER)


def _finished(pending: PendingDevice) -> str | None:
    """Return the token of an approved browser, None before."""
    try:
        return _enrolment().finish_browser(pending.id)
    except (UnknownEnrolment, DeviceRefused):  # it has expired, or another device got the name
        session.pop(PENDING, None)
        _enrolment().pending.drop(pending.id)
        return None


def _pending(enrolment: Enrolment) -> PendingDevice | None:
    """Return this browser's request, None without one."""
    try:
        return enrolment.pending.asked(str(session.get(PENDING, "")))
    except UnknownEnrolment:
        return None


def _page(pending: PendingDevice | None, refusal: str | None = None) -> Response:
    with current_context().store.read() as snapshot:
        office = snapshot.office
    shown = render_template(
        "staff/account/this_browser.html",
        **layout_values(office),
        refusal=refusal,
        note=None,
        device=enrolled_browser(),
        code=None if pending is None else display_code(pending.code or ""),
    )
    status = HTTPStatus.OK if refusal is None else HTTPStatus.TOO_MANY_REQUESTS
    response = Response(shown, status, mimetype="text/html", headers={"Cache-Control": "no-store"})
    if pending is not None:
        response.headers["Refresh"] = str(REFRESH_S)
    return response


def _enrolment() -> Enrolment:
    """Return the enrolment. Raises 404 in a demonstration, which has none."""
    enrolment = current_context().enrolment
    if enrolment is None:
        raise NotFound
    return enrolment
