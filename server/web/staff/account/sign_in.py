"""Signing in with name and password or PIN, and signing out."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from config.address import is_loopback
from config.words import LANGUAGES
from server.access.access import Access
from server.access.sign_in import SignInBusy, SignInLocked, SignInRefused
from server.commands import Refused
from server.domain.office_roster import counter_of
from server.domain.permissions import Action
from server.store import Busy, StorageFailed
from server.web.api.endpoint import error_text_context
from server.web.shared.callers import current_caller
from server.web.shared.context import current_context
from server.web.shared.errors import problem
from server.web.shared.formatting import Formatter
from server.web.shared.identity import browser_sign_ins, request_translations, sign_out, store_language
from server.web.shared.session_cookie import (
    SIGNED_OUT_HEADER,
    current_session,
    drop_session,
    enrolled_browser,
    session_token,
    store_session,
)
from server.web.staff.account.counters import leave_counter
from server.web.staff.account.page_links import page_links
from server.web.staff.layout import layout_values, person_values

pages = Blueprint("account", __name__)

_LEAVING_ERRORS = (Refused, Busy, StorageFailed, TimeoutError)


@pages.post("/account/sign-in")
def sign_in() -> AnyResponse:
    """Open a session; an enrolled browser accepts a PIN too.

    A page whose session ended sends the form by a script, and gets no content.
    """
    access, form = _access(), request.form
    browser, address = browser_sign_ins().station, request.remote_addr or ""
    device, pin = enrolled_browser(), form.get("pin", "").strip()
    try:
        if device is not None and pin:
            _, token = access.sign_in.with_pin(form.get("name", ""), pin, address, browser, device.id)
        else:
            _, token = access.sign_in.with_password(form.get("name", ""), form.get("password", ""), address, browser)
    except (SignInRefused, SignInLocked, SignInBusy) as error:
        status, sentence = _refusal(error, by_pin=device is not None and bool(pin))
        return sign_in_form(status, sentence)
    if (earlier := session_token()) is not None:
        access.sessions.end(earlier, address=address)
    store_session(token)
    if request.accept_mimetypes.best == "application/json":
        return Response(status=HTTPStatus.NO_CONTENT)
    return redirect(own_path(form.get("next")), HTTPStatus.SEE_OTHER)


@pages.post("/account/sign-out-of-counters")
def leave() -> AnyResponse:
    """Leave this browser's counters and end the session.

    Refused while a ticket is open at one of them.
    """
    access, sign_ins = _access(), browser_sign_ins()
    for counter in sign_ins.counters:
        sign_in_there = sign_ins.at(counter)
        if sign_in_there is None:
            continue
        try:
            leave_counter(sign_in_there.actor(sign_ins.station), counter)
        except _LEAVING_ERRORS as error:
            refusal = problem(error, error_text_context(request_translations()))
            return make_response(choice_page({}, refusal.detail), refusal.status)
        sign_out(sign_in_there)
    _end_session(access)
    return redirect(url_for("clerk.sign_in_page"), HTTPStatus.SEE_OTHER)


def end_session_without_counters() -> None:
    """End the session of a person who has left the last counter."""
    access = current_context().access
    if access is not None and not browser_sign_ins().counters:
        _end_session(access)


def _end_session(access: Access) -> None:
    access.sessions.end(session_token() or "", address=request.remote_addr or "")
    drop_session()


def sign_in_form(status: HTTPStatus = HTTPStatus.OK, refusal: str | None = None) -> Response:
    """Return the page that asks for name and password."""
    _keep_language()
    with current_context().store.read() as snapshot:
        values = layout_values(snapshot.office)
    page = render_template(
        "staff/account/sign_in.html",
        **values,
        refusal=refusal,
        note=None,
        refresh_url=None,
        typed_name=request.form.get("name", ""),
        next_path=own_path(request.values.get("next")),
        open_id=_access().open_id,
        may_enrol=_may_enrol(),
    )
    response = Response(page, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    if current_session() is None:
        response.headers[SIGNED_OUT_HEADER] = "1"
    return response


def ask_to_sign_in() -> AnyResponse:
    """Return the response to a page's request without a session.

    A visit leads to the sign-in page and back. A request of an open page gets 401, so that the page stays.
    """
    is_visit = request.method == "GET" and "HX-Request" not in request.headers
    if is_visit and request.accept_mimetypes.accept_html:
        return redirect(url_for("clerk.sign_in_page", next=request.full_path.rstrip("?")))
    sentence = request_translations()("login", "Phiên làm việc đã hết. Mời đăng nhập lại.")
    return sign_in_form(HTTPStatus.UNAUTHORIZED, sentence)


def choice_page(form_values: Mapping[str, str], refusal: str | None = None) -> str:
    """Return the page of a signed-in person: take a counter, or choose another page."""
    _keep_language()
    caller = current_caller()
    with current_context().store.read() as snapshot:
        office = snapshot.office
        planned = counter_of(office, caller.actor.id, snapshot.now.wall_ms)
        counters = sorted(office.counters_in_use.values(), key=lambda counter: counter.id != planned)
        return render_template(
            "staff/account/choose.html",
            **layout_values(office, snapshot=snapshot),
            **person_values(),
            counters=counters if caller.may(Action.SEE_COUNTER) else [],
            planned=office.counters.get(planned or ""),
            services=office.services,
            links=page_links(request_translations()),
            form_values=form_values,
            refusal=refusal,
            note=None,
            refresh_url=None,
        )


def _refusal(error: SignInRefused | SignInLocked | SignInBusy, *, by_pin: bool) -> tuple[HTTPStatus, str]:
    """Return status and sentence: one for an unknown name and a wrong password or PIN."""
    words = request_translations()
    if isinstance(error, SignInLocked):
        context = current_context()
        with context.store.read() as snapshot:
            formatter = Formatter(words, snapshot.office.zone.key)
        time = formatter.moment(error.until_ms, context.now().wall_ms)
        text = words("login", "Đã tạm khóa đăng nhập đến {time}. Cần hỗ trợ, mời báo người quản trị.", time=time)
        return HTTPStatus.TOO_MANY_REQUESTS, text
    if isinstance(error, SignInBusy):
        return HTTPStatus.SERVICE_UNAVAILABLE, words("account", "Máy chủ đang bận. Mời thử lại sau vài giây.")
    if by_pin:
        return HTTPStatus.FORBIDDEN, words("login", "Tên đăng nhập hoặc mã PIN chưa đúng.")
    return HTTPStatus.FORBIDDEN, words("login", "Tên đăng nhập hoặc mật khẩu chưa đúng.")


def _may_enrol() -> bool:
    """Return whether this browser can ask for enrolment.

    Its token must not cross the network unencrypted.
    """
    is_private = request.is_secure or is_loopback(urlsplit(f"//{request.host}").hostname or "")
    return is_private and current_context().enrolment is not None and enrolled_browser() is None


def own_path(path: str | None) -> str:
    """Return ``path`` if it is one of this server, else that of the first page."""
    if path is None or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return url_for("clerk.sign_in_page")
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc and path.isprintable() else url_for("clerk.sign_in_page")


def _access() -> Access:
    """Return the accounts. Raises ``NotFound`` in a demonstration."""
    access = current_context().access
    if access is None:
        raise NotFound
    return access


def _keep_language() -> None:
    if request.args.get("lang") in LANGUAGES:
        store_language(request.args["lang"])
