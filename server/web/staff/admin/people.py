"""The page of people, and a page for each.


An auditor reads them; an administrator changes, after a fresh proof of the password.
"""

from collections.abc import Sequence
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from config.words import LANGUAGES
from server import commands
from server.access.openid.errors import OpenIdFailed, OpenIdProblem
from server.access.people import LastAdministrator
from server.access.person import Person
from server.access.person_values import InvalidPerson
from server.domain.permissions import PERSONS_ROLES, Action, Role
from server.web.shared.callers import current_caller, require
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations, store_note
from server.web.staff.account.proof import ask_for_proof, present_token
from server.web.staff.admin import access_events, people_rows
from server.web.staff.admin.layout import NOTES, admin_values, caller_address, required_access

pages = Blueprint("people", __name__, url_prefix="/admin/people")

TAB = "people"
SHOWN_EVENTS = 10


@pages.get("")
def page() -> str:
    """List everybody, and the clerks of the office who have no account yet."""
    access, words = required_access(), request_translations()
    everybody = access.people.all()
    with current_context().store.read() as snapshot:
        clerks = snapshot.office.clerks
    known = {person.id for person in everybody}
    return render_template(
        "staff/admin/people.html",
        **admin_values(TAB),
        rows=people_rows.rows(words, everybody, access.sessions.all(), access.throttle.locks()),
        clerks_without_account=[clerk for clerk in clerks.values() if clerk.id not in known],
    )


@pages.get("/new")
def new_page() -> str:
    """Show the form for a new person; ``?clerk=``: a clerk whom the office knows."""
    return _form_page()


@pages.post("/new")
def create() -> str | Response:
    """Create a person with a one-time password, and show it once."""
    if (asked := ask_for_proof(TAB, url_for("people.new_page", clerk=request.form.get("clerk")))) is not None:
        return asked
    people, form, actor = required_access().people, request.form, current_caller().id
    clerk_id = form.get("clerk", "") or None
    try:
        person = people.create(
            actor,
            form.get("name", ""),
            form.get("language", ""),
            _chosen_roles(),
            composed=form.getlist("role"),
            person_id=clerk_id,
            address=caller_address(),
        )
    except InvalidPerson as error:
        page = _form_page(people_rows.mistake_text(request_translations(), str(error)))
        return Response(page, HTTPStatus.UNPROCESSABLE_ENTITY, mimetype="text/html")
    _enter_clerk(person)
    password = people.set_one_time_password(actor, person.id, address=caller_address())
    return _person_page(person.id, one_time_password=password)


@pages.get("/<person_id>")
def person_page(person_id: str) -> str | Response:
    """Show one person: account, sessions, and the last events."""
    return _person_page(person_id)


@pages.post("/<person_id>")
def change(person_id: str) -> Response:
    """Change names, language and roles."""
    if (asked := _ask(person_id)) is not None:
        return asked
    words, form = request_translations(), request.form
    try:
        required_access().people.change(
            current_caller().id,
            person_id,
            name=form.get("name", ""),
            sign_in_name=form.get("sign_in_name"),
            language=form.get("language", ""),
            roles=_chosen_roles(),
            composed=form.getlist("role"),
            address=caller_address(),
        )
    except InvalidPerson as error:
        return _refused(person_id, people_rows.mistake_text(words, str(error)))
    except LastAdministrator:
        return _refused(person_id, people_rows.last_administrator_text(words))
    _enter_clerk(_required(person_id))
    return _done(person_id, words("people", "Đã lưu."))


@pages.post("/<person_id>/password")
def give_password(person_id: str) -> Response:
    """Give the person a one-time password, and show it once."""
    if (asked := _ask(person_id)) is not None:
        return asked
    if person_id == current_caller().id:
        return _own_account()
    _required(person_id)
    people = required_access().people
    password = people.set_one_time_password(current_caller().id, person_id, address=caller_address())
    return _person_page(person_id, one_time_password=password)


@pages.post("/<person_id>/unlock")
def lift_lock(person_id: str) -> Response:
    """Forget the wrong tries, so that the next try has no delay."""
    if (asked := _ask(person_id)) is not None:
        return asked
    words = request_translations()
    required_access().people.lift_locks(current_caller().id, person_id, address=caller_address())
    return _done(person_id, words("people", "Đã mở khóa đăng nhập."))


@pages.post("/<person_id>/sign-out")
def end_sessions(person_id: str) -> Response:
    """End all sessions of the person."""
    words = request_translations()
    person = _required(person_id)
    required_access().sessions.end_all(person, actor=current_caller().id, address=caller_address())
    return _done(person_id, words("people", "Đã kết thúc mọi phiên của {name}.", name=person.name))


@pages.post("/<person_id>/deactivate")
def deactivate(person_id: str) -> Response:
    """Let the person sign in no more."""
    if (asked := _ask(person_id)) is not None:
        return asked
    words = request_translations()
    try:
        required_access().people.deactivate(current_caller().id, person_id, address=caller_address())
    except LastAdministrator:
        return _refused(person_id, people_rows.last_administrator_text(words))
    return _done(person_id, words("people", "Đã ngừng tài khoản. Người này không đăng nhập được nữa."))


@pages.post("/<person_id>/activate")
def activate(person_id: str) -> Response:
    """Let the person sign in again, with a new one-time password."""
    if (asked := _ask(person_id)) is not None:
        return asked
    if person_id == current_caller().id:
        return _own_account()
    people, actor = required_access().people, current_caller().id
    people.activate(actor, person_id, address=caller_address())
    return _person_page(person_id, one_time_password=people.set_one_time_password(actor, person_id))


@pages.post("/<person_id>/erase")
def erase(person_id: str) -> Response:
    """Erase the names of a deactivated person, also among the clerks of the office."""
    if (asked := _ask(person_id)) is not None:
        return asked
    actor, words = require(Action.MANAGE_PEOPLE), request_translations()
    try:
        required_access().people.erase_name(actor.id, person_id, address=caller_address())
    except InvalidPerson:
        return _refused(person_id, words("people", "Mời ngừng tài khoản trước khi xóa tên."))
    current_context().writer.ask(lambda tx, now: commands.forget_clerk(tx, actor, now, person_id))
    return _done(person_id, words("people", "Đã xóa tên. Các báo cáo chỉ còn mã {id}.", id=person_id))


@pages.post("/<person_id>/openid")
def link_open_id(person_id: str) -> Response:
    """Link the person to a subject at the OpenID provider; without one, end the link."""
    open_id, words = required_access().open_id, request_translations()
    if open_id is None:
        raise NotFound
    if (asked := _ask(person_id)) is not None:
        return asked
    subject = request.form.get("subject", "").strip() or None
    keep_token = present_token() if person_id == current_caller().id else None
    try:
        open_id.link(current_caller().id, person_id, subject, caller_address(), keep_token=keep_token)
    except LastAdministrator:
        return _refused(person_id, people_rows.last_administrator_text(words))
    except OpenIdFailed as error:
        if error.problem is OpenIdProblem.TAKEN:
            text = words("openid", "Tài khoản {name} này đã được liên kết với người khác.", name=open_id.name)
        else:
            text = words("openid", "Mã này chưa đúng. Mời chép lại từ nhật ký truy cập.")
        return _refused(person_id, text)
    if subject is None:
        return _done(person_id, words("openid", "Đã bỏ liên kết với {name}.", name=open_id.name))
    return _done(person_id, words("openid", "Đã liên kết tài khoản với {name}.", name=open_id.name))


def _ask(person_id: str) -> Response | None:
    """Ask for a fresh proof of the administrator's password, if it is needed. 404 for an unknown person."""
    _required(person_id)
    return ask_for_proof(TAB, url_for("people.person_page", person_id=person_id))


def _own_account() -> Response:
    """Lead to the own account: one's own new password needs the present one."""
    return redirect(url_for("my_account.page"), HTTPStatus.SEE_OTHER)


def _required(person_id: str) -> Person:
    person = required_access().people.get(person_id)
    if person is None:
        raise NotFound
    return person


def _enter_clerk(person: Person) -> None:
    """Enter a person who works at counters among the office's clerks."""
    if person.may(Action.CALL_NEXT):
        actor = require(Action.MANAGE_PEOPLE)
        current_context().writer.ask(lambda tx, now: commands.enter_clerk(tx, actor, now, person.id, person.name))


def _chosen_roles() -> Sequence[Role]:
    """Return the roles that the form has ticked; others than those of people are ignored."""
    chosen = request.form.getlist("role")
    return [role for role in PERSONS_ROLES if role in chosen]


def _done(person_id: str, text: str) -> Response:
    store_note(NOTES, text)
    return redirect(url_for("people.person_page", person_id=person_id), HTTPStatus.SEE_OTHER)


def _refused(person_id: str, text: str) -> Response:
    return _person_page(person_id, refusal=text, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _form_page(refusal: str | None = None) -> str:
    form = request.form
    with current_context().store.read() as snapshot:
        clerk = snapshot.office.clerks.get(request.values.get("clerk", ""))
    suggested = [] if clerk is None else [clerk.role.value]
    return render_template(
        "staff/admin/new_person.html",
        **{**admin_values(TAB), "refusal": refusal},
        clerk_id="" if clerk is None else clerk.id,
        name=form.get("name", "" if clerk is None else clerk.name),
        language=form.get("language", "vi"),
        languages=LANGUAGES,
        roles=people_rows.role_choices(
            request_translations(), required_access().roles.all(), form.getlist("role") or suggested
        ),
    )


def _person_page(
    person_id: str,
    *,
    one_time_password: str | None = None,
    refusal: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    person, access, words = _required(person_id), required_access(), request_translations()
    values = {**admin_values(TAB), "page_url": url_for("people.person_page", person_id=person_id)}
    typed = ImmutableMultiDict[str, str]() if refusal is None else request.form
    given = [*person.roles, *(role.id for role in person.composed)]
    page = render_template(
        "staff/admin/person.html",
        **values if refusal is None else {**values, "refusal": refusal},
        row=people_rows.row(words, person, access.sessions.all(), access.throttle.locks()),
        shown=person,
        is_me=person_id == current_caller().id,
        languages=LANGUAGES,
        roles=people_rows.role_choices(words, access.roles.all(), typed.getlist("role") if "name" in typed else given),
        typed=typed,
        sessions=access.sessions.of_person(person_id),
        events=access_events.rows(words, access.log.page(rows=SHOWN_EVENTS, subject=person_id), access),
        one_time_password=one_time_password,
        open_id=access.open_id,
    )
    return Response(page, status, mimetype="text/html", headers={"Cache-Control": "no-store"})
