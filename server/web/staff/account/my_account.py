"""My account: password, PIN, and the browsers in which I am signed in."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.access.passwords import MIN_PASSWORD, RECOMMENDED_PASSWORD, WeakPassword
from server.access.person import Person
from server.web.shared.callers import current_caller
from server.web.shared.errors import Rejected
from server.web.shared.identity import request_translations, store_note
from server.web.shared.session_cookie import drop_session
from server.web.staff.account.proof import ask_for_proof, check_proof, present_token
from server.web.staff.account.weaknesses import weakness_text
from server.web.staff.admin.layout import NOTES, admin_values, caller_address, office_names, required_access
from server.web.staff.admin.people_rows import role_names
from server.wire.messages import ProblemCode

pages = Blueprint("my_account", __name__, url_prefix="/account")

TAB = "my_account"


@pages.get("")
def page() -> str:
    """Show the person's own account."""
    return _page()


@pages.post("/password")
def change_password() -> str | Response:
    """Change the password; the other sessions of the person end."""
    me, words, form = _me(), request_translations(), request.form
    if form.get("new", "") != form.get("again", ""):
        return refused(words("account", "Hai lần nhập mật khẩu mới chưa giống nhau."))
    status, refusal = check_proof(form.get("old", ""))
    if refusal is not None:
        return refused(refusal, status)
    try:
        required_access().people.set_password(
            me.id,
            me.id,
            form.get("new", ""),
            office_name=office_names(),
            keep_token=present_token(),
            address=caller_address(),
        )
    except WeakPassword as error:
        return refused(weakness_text(words, error.weakness))
    return _done(words("account", "Đã đổi mật khẩu. Các phiên khác của Ông/Bà đã kết thúc."))


@pages.post("/pin")
def change_pin() -> str | Response:
    """Set the PIN, or remove it."""
    me, words, form = _me(), request_translations(), request.form
    people = required_access().people
    if (asked := ask_for_proof(TAB, url_for("my_account.page"))) is not None:
        return asked
    if "remove" in form:
        people.remove_pin(me.id, me.id, address=caller_address())
        return _done(words("account", "Đã xóa mã PIN."))
    try:
        people.set_pin(me.id, me.id, form.get("pin", ""), address=caller_address())
    except WeakPassword as error:
        return refused(weakness_text(words, error.weakness))
    return _done(words("account", "Đã lưu mã PIN."))


@pages.post("/sessions/<session_id>/end")
def end_session(session_id: str) -> Response:
    """End another session of the person."""
    words = request_translations()
    me = _me()
    required_access().sessions.end_one(me.id, me.id, session_id, address=caller_address())
    return _done(words("account", "Đã kết thúc phiên."))


@pages.post("/sessions/end-others")
def end_others() -> Response:
    """End all sessions of the person but this one."""
    words = request_translations()
    required_access().sessions.end_all(_me(), except_token=present_token(), address=caller_address())
    return _done(words("account", "Đã đăng xuất khỏi các máy khác."))


@pages.post("/sign-out")
def sign_out() -> Response:
    """End this session."""
    required_access().sessions.end(present_token() or "", address=caller_address())
    drop_session()
    return redirect("/", HTTPStatus.SEE_OTHER)


@pages.post("/sign-out-everywhere")
def sign_out_everywhere() -> Response:
    """End all sessions of the person, also this one."""
    required_access().sessions.end_all(_me(), address=caller_address())
    drop_session()
    return redirect("/", HTTPStatus.SEE_OTHER)


def _me() -> Person:
    """Return the signed-in person. Raises ``forbidden`` for callers that are no people."""
    session = current_caller().session
    if session is None:
        raise Rejected(ProblemCode.FORBIDDEN)
    return session.person


def _done(text: str) -> Response:
    store_note(NOTES, text)
    return redirect(url_for("my_account.page"), HTTPStatus.SEE_OTHER)


def refused(text: str, status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY) -> Response:
    """Return the page with a refusal above it."""
    return Response(_page(text), status, mimetype="text/html")


def _page(refusal: str | None = None) -> str:
    access, me = required_access(), _me()
    words, this_session = request_translations(), access.sessions.find(present_token() or "")
    values = {**admin_values(TAB), "page_url": url_for("my_account.page")}
    return render_template(
        "staff/account/my_account.html",
        **values if refusal is None else {**values, "refusal": refusal},
        me=access.people.get(me.id) or me,
        role_names=role_names(words, me),
        sessions=access.sessions.of_person(me.id),
        this_session="" if this_session is None else this_session.id,
        min_password=MIN_PASSWORD,
        recommended_password=RECOMMENDED_PASSWORD,
        open_id=access.open_id,
        is_fresh=this_session is not None and this_session.is_fresh(access.database.wall_ms()),
    )
