"""Ask for a fresh proof of the person before a sensitive change.

It is the password, or a new authentication at the OpenID provider. A proof of the last ten minutes counts.
"""

from http import HTTPStatus

from flask import Response, g, render_template, request

from server.access.sign_in import SignInBusy, SignInLocked, SignInRefused
from server.web.shared.callers import current_caller
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations
from server.web.shared.session_cookie import session_token, store_session
from server.web.staff.admin.layout import admin_values, caller_address, required_access, time_of

PROOF_FIELD = "proof"
"""The field of a form with the person's present password."""


def ask_for_proof(tab: str, back: str) -> Response | None:
    """Return the page that asks for a proof; None if none is needed.

    None is needed just after another one, and in a hall without accounts.

    The page sends the form of this request again, with the password or after a new authentication at the provider.
    ``back``: the address of the page with the form.
    """
    access, session = current_context().access, current_caller().session
    if access is None:
        return None
    if PROOF_FIELD in request.form:
        status, refusal = check_proof(request.form[PROOF_FIELD])
        return None if refusal is None else _page(tab, back, status, refusal)
    if session is not None and session.is_fresh(access.database.wall_ms()):
        return None
    return _page(tab, back, HTTPStatus.FORBIDDEN, None)


def check_proof(password: str) -> tuple[HTTPStatus, str | None]:
    """Check the password of the signed-in person, and renew the session.

    Return a status and the refusal, None if the password is right.
    """
    words = request_translations()
    try:
        renewed = required_access().sign_in.prove(session_token() or "", password, caller_address())
    except SignInLocked as error:
        text = words(
            "login",
            "Đã tạm khóa đăng nhập đến {time}. Cần hỗ trợ, mời báo người quản trị.",
            time=time_of(error.until_ms),
        )
        return HTTPStatus.TOO_MANY_REQUESTS, text
    except SignInRefused:
        return HTTPStatus.FORBIDDEN, words("account", "Mật khẩu hiện tại chưa đúng.")
    except SignInBusy:
        return HTTPStatus.SERVICE_UNAVAILABLE, words("account", "Máy chủ đang bận. Mời thử lại sau vài giây.")
    store_session(renewed)
    g.renewed_session = renewed
    return HTTPStatus.OK, None


def present_token() -> str | None:
    """Return the token of this browser's session, also after its renewal in this request."""
    token: str | None = g.get("renewed_session")
    return token or session_token()


def _page(tab: str, back: str, status: HTTPStatus, refusal: str | None) -> Response:
    access, session = required_access(), current_caller().session
    person = None if session is None else access.people.get(session.person.id)
    is_linked = access.open_id is not None and person is not None and access.open_id.subject_of(person) is not None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != PROOF_FIELD]
    page = render_template(
        "staff/account/prove.html",
        **{**admin_values(tab), "refusal": refusal, "note": None, "page_url": back},
        action=request.path,
        fields=fields,
        proof_field=PROOF_FIELD,
        has_password=person is None or person.has_password,
        provider=access.open_id if is_linked else None,
        back=back,
    )
    return Response(page, status, mimetype="text/html")
