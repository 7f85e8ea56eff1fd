"""Signing in with the OpenID provider, and linking one's own account to it.

A sign-in begins with a link: ``form-action 'self'`` also holds for the redirects after a form. The browser comes back
from another site, so it sends no ``Strict`` cookie then; a small page of this site goes on by itself.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from config.words import Words, words
from server.access.openid.errors import OpenIdFailed, OpenIdProblem
from server.access.openid.pending import SignInPurpose
from server.access.people import LastAdministrator
from server.web.shared.callers import current_caller
from server.web.shared.context import current_context
from server.web.shared.guard import OWN_SITE_VALUES
from server.web.shared.identity import browser_sign_ins, preferred_language, request_translations, store_note
from server.web.shared.session_cookie import current_session, store_open_id_secret, store_session, take_open_id_secret
from server.web.staff.account import my_account
from server.web.staff.account.proof import ask_for_proof, present_token
from server.web.staff.account.sign_in import own_path, sign_in_form
from server.web.staff.admin.layout import NOTES, admin_values, caller_address, required_access
from server.web.staff.admin.people_rows import last_administrator_text

if TYPE_CHECKING:  # authlib is loaded where a provider is configured only
    from server.access.openid.sign_in import OpenIdSignIn

pages = Blueprint("openid", __name__, url_prefix="/sign-in/openid")

PROBLEMS: Mapping[OpenIdProblem, Callable[[Words, str], str]] = {
    OpenIdProblem.BUSY: lambda words, name: words(
        "openid",
        "Nhiều người đang đăng nhập bằng {name}. Mời thử lại sau ít giây, hoặc đăng nhập bằng mật khẩu.",
        name=name,
    ),
    OpenIdProblem.UNREACHABLE: lambda words, name: words(
        "openid", "Chưa kết nối được với {name}. Mời thử lại sau, hoặc đăng nhập bằng mật khẩu.", name=name
    ),
    OpenIdProblem.EXPIRED: lambda words, name: words(
        "openid", "Lần đăng nhập này đã hết hạn hoặc đã dùng rồi. Mời bắt đầu lại."
    ),
    OpenIdProblem.REFUSED: lambda words, name: words(
        "openid", "{name} chưa xác nhận việc đăng nhập. Mời thử lại.", name=name
    ),
    OpenIdProblem.NOT_PROVED: lambda words, name: words(
        "openid",
        "Không kiểm tra được câu trả lời của {name}. Mời thử lại; nếu vẫn vậy, mời báo quản trị viên.",
        name=name,
    ),
    OpenIdProblem.UNKNOWN_PERSON: lambda words, name: words(
        "openid",
        "Tài khoản {name} này chưa được liên kết với ai tại đây. Mời đăng nhập bằng mật khẩu rồi liên kết, hoặc báo"
        " quản trị viên.",
        name=name,
    ),
    OpenIdProblem.OTHER_PERSON: lambda words, name: words(
        "openid", "Tài khoản {name} vừa dùng không phải là tài khoản đã liên kết với Ông/Bà. Mời thử lại.", name=name
    ),
    OpenIdProblem.TAKEN: lambda words, name: words(
        "openid", "Tài khoản {name} này đã được liên kết với người khác.", name=name
    ),
}
"""The sentence of each problem; ``name`` is the provider's."""
_TRY_LATER = frozenset({OpenIdProblem.BUSY, OpenIdProblem.UNREACHABLE})


@pages.get("/begin")
def begin() -> AnyResponse:
    """Send the browser to the provider, to sign in; ``?next=``: the page to show afterwards."""
    if request.headers.get("Sec-Fetch-Site", "none") not in OWN_SITE_VALUES:  # only a press on our own page begins it
        return redirect(url_for("clerk.sign_in_page"))
    return _begin(SignInPurpose.SIGN_IN, own_path(request.args.get("next")))


@pages.get("/link")
def link() -> AnyResponse:
    """Send the browser to the provider to link the own account, after a fresh proof."""
    session, access = current_caller().session, required_access()
    own_site = request.headers.get("Sec-Fetch-Site", "none") in OWN_SITE_VALUES
    if session is None or not own_site or not session.is_fresh(access.database.wall_ms()):
        return redirect(url_for("my_account.page"))
    return _begin(SignInPurpose.LINK, url_for("my_account.page"))


@pages.get("/prove")
def prove_at_provider() -> AnyResponse:
    """Send the browser to the provider to authenticate again.

    It is a tab beside the form that asks for the proof.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in OWN_SITE_VALUES:
        return redirect(url_for("my_account.page"))
    return _begin(SignInPurpose.PROOF, url_for("openid.proved"))


@pages.get("/proved")
def proved() -> AnyResponse:
    """Say that the proof is accepted, and where the form waits."""
    return Response(
        render_template("staff/account/proved.html", **admin_values(my_account.TAB), open_id=required_open_id())
    )


@pages.post("/prove")
def prove() -> AnyResponse:
    """Ask for the password before the account is linked."""
    if (asked := ask_for_proof(my_account.TAB, url_for("my_account.page"))) is not None:
        return asked
    name = required_open_id().name
    store_note(
        NOTES,
        request_translations()("openid", "Đã xác nhận mật khẩu. Mời bấm “Liên kết tài khoản với {name}”.", name=name),
    )
    return redirect(url_for("my_account.page"), HTTPStatus.SEE_OTHER)


@pages.post("/unlink")
def unlink() -> AnyResponse:
    """End the link of the person's own account; the other sessions end."""
    open_id, me = required_open_id(), current_caller().id
    if (asked := ask_for_proof(my_account.TAB, url_for("my_account.page"))) is not None:
        return asked
    try:
        open_id.link(me, me, None, caller_address(), keep_token=present_token())
    except LastAdministrator:
        return my_account.refused(last_administrator_text(request_translations()))
    store_note(NOTES, request_translations()("openid", "Đã bỏ liên kết với {name}.", name=open_id.name))
    return redirect(url_for("my_account.page"), HTTPStatus.SEE_OTHER)


@pages.get("/back")
def back() -> Response:
    """Finish what the browser began, with the answer that it brings from the provider."""
    open_id, secret = required_open_id(), take_open_id_secret()
    try:
        finished = open_id.finish(request.args.to_dict(), secret, caller_address())
    except OpenIdFailed as error:
        return _go_on(url_for("openid.failed", why=error.problem.value), preferred_language())
    if finished.token is None:
        return _go_on(url_for("openid.linked"), finished.person.language)
    store_session(finished.token)
    return _go_on(finished.next_path, finished.person.language)


@pages.get("/linked")
def linked() -> AnyResponse:
    """Show the own account, with a note when it is linked to the provider."""
    open_id, session = required_open_id(), current_caller().session
    if session is not None and open_id.subject_of(session.person) is not None:
        store_note(NOTES, request_translations()("openid", "Đã liên kết tài khoản với {name}.", name=open_id.name))
    return redirect(url_for("my_account.page"))


@pages.get("/failed")
def failed() -> AnyResponse:
    """Say why the sign-in failed; show the page from which it began."""
    open_id, why = required_open_id(), request.args.get("why", "")
    if why not in set(OpenIdProblem):
        return redirect(url_for("clerk.sign_in_page"))
    problem = OpenIdProblem(why)
    status = HTTPStatus.SERVICE_UNAVAILABLE if problem in _TRY_LATER else HTTPStatus.FORBIDDEN
    sentence = PROBLEMS[problem](request_translations(), open_id.name)
    return sign_in_form(status, sentence) if current_session() is None else my_account.refused(sentence, status)


def required_open_id() -> "OpenIdSignIn":
    """Return the sign-in with the provider. Raises 404 where none is configured."""
    open_id = required_access().open_id
    if open_id is None:
        raise NotFound
    return open_id


def _begin(purpose: SignInPurpose, next_path: str) -> AnyResponse:
    try:
        url, secret = required_open_id().begin(
            url_for("openid.back", _external=True),
            caller_address(),
            present_token(),
            purpose=purpose,
            browser=browser_sign_ins().station,
            next_path=next_path,
        )
    except OpenIdFailed as error:
        return redirect(url_for("openid.failed", why=error.problem.value))
    store_open_id_secret(secret)
    return redirect(url)


def _go_on(path: str, language: str) -> Response:
    """Return a page of this site that opens ``path`` by itself, with the Strict cookies."""
    with current_context().store.read() as snapshot:
        office = snapshot.office
    translations = words(language)
    page = render_template(
        "staff/account/go_on.html",
        words=translations,
        office_name=translations.pick(office.name),
        one_stop=office.rules.one_stop,
        path=path,
    )
    return Response(page, mimetype="text/html")
