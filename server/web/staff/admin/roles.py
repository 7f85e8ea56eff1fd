"""The pages of composed roles: a list, and a form for each.

An auditor reads them; an administrator changes, after a fresh proof of the password.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from config.words import Words
from server.access.composed_roles import InvalidRole, RoleInUse
from server.domain.composed_roles import ComposedRole, permission_named
from server.domain.permissions import PERMISSIONS, PERSONS_ROLES, Permission
from server.web.shared.callers import current_caller
from server.web.shared.identity import request_translations, store_note
from server.web.shared.phrases import ROLES
from server.web.staff.account.proof import ask_for_proof
from server.web.staff.admin.layout import NOTES, admin_values, caller_address, required_access
from server.web.staff.admin.people import TAB
from server.web.staff.admin.permission_phrases import GROUPS

pages = Blueprint("roles", __name__, url_prefix="/admin/roles")


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role in the list. ``url``: of its form; None for a role of the table, which nobody changes."""

    name: str
    rights: Sequence[str]
    people: Sequence[str]
    url: str | None


@pages.get("")
def page() -> str:
    """List the roles of the table and those that the office composed."""
    access, words = required_access(), request_translations()
    active = [person for person in access.people.all() if person.active]
    fixed = [
        RoleRow(
            ROLES[role](words),
            rights(PERMISSIONS[role], words),
            [person.name for person in active if role in person.roles],
            None,
        )
        for role in PERSONS_ROLES
    ]
    composed = [
        RoleRow(
            role.name,
            rights(role.permissions, words),
            [person.name for person in active if role in person.composed],
            url_for("roles.role_page", role_id=role.id),
        )
        for role in access.roles.all()
    ]
    return render_template("staff/admin/roles.html", **admin_values(TAB), rows=[*composed, *fixed])


@pages.get("/new")
def new_page() -> Response:
    """Show the form of a new role.

    ``?like=``: with the permissions of a role of the table.
    """
    like = next((role for role in PERSONS_ROLES if role == request.args.get("like")), None)
    return _form_page(None, "", frozenset() if like is None else PERMISSIONS[like])


@pages.post("/new")
def create() -> Response:
    """Compose a role."""
    return _save(None)


@pages.get("/<role_id>")
def role_page(role_id: str) -> Response:
    """Show the form of a composed role."""
    role = _required(role_id)
    return _form_page(role, role.name, role.permissions)


@pages.post("/<role_id>")
def change(role_id: str) -> Response:
    """Change a composed role."""
    return _save(_required(role_id))


@pages.post("/<role_id>/remove")
def remove(role_id: str) -> Response:
    """Remove a role that nobody has."""
    role, words = _required(role_id), request_translations()
    if (asked := ask_for_proof(TAB, url_for("roles.role_page", role_id=role_id))) is not None:
        return asked
    try:
        required_access().roles.remove(current_caller().id, role_id, address=caller_address())
    except RoleInUse as error:
        text = words("people", "Còn người có vai trò này: {names}. Mời đổi vai trò của họ trước.", names=_names(error))
        return _form_page(role, role.name, role.permissions, text)
    store_note(NOTES, words("people", "Đã xóa vai trò {name}.", name=role.name))
    return redirect(url_for("roles.page"), HTTPStatus.SEE_OTHER)


def rights(permissions: Collection[Permission], words: Words) -> Sequence[str]:
    """Return the permissions in words, in the order of the form."""
    return [phrase(words) for group in GROUPS for permission, phrase in group.permissions if permission in permissions]


def _save(role: ComposedRole | None) -> Response:
    words, form = request_translations(), request.form
    back = url_for("roles.new_page") if role is None else url_for("roles.role_page", role_id=role.id)
    if (asked := ask_for_proof(TAB, back)) is not None:
        return asked
    name, roles, actor = form.get("name", ""), required_access().roles, current_caller().id
    chosen = [permission for value in form.getlist("permission") if (permission := permission_named(value)) is not None]
    try:
        if role is None:
            roles.create(actor, name, chosen, address=caller_address())
        else:
            roles.change(actor, role.id, name, chosen, address=caller_address())
    except InvalidRole as error:
        return _form_page(role, name, chosen, _mistake_text(str(error), words))
    store_note(NOTES, words("people", "Đã lưu vai trò {name}.", name=name.strip()))
    return redirect(url_for("roles.page"), HTTPStatus.SEE_OTHER)


def _mistake_text(field: str, words: Words) -> str:
    match field:
        case "name":
            return words("people", "Tên vai trò cần từ 1 đến 80 ký tự, không có ký tự điều khiển.")
        case "taken":
            return words("people", "Đã có vai trò mang tên này. Mời đặt tên khác.")
        case _:
            return words("people", "Mời chọn ít nhất một quyền.")


def _names(error: RoleInUse) -> str:
    return ", ".join(map(str, error.args))


def _required(role_id: str) -> ComposedRole:
    role = required_access().roles.get(role_id)
    if role is None:
        raise NotFound
    return role


def _form_page(
    role: ComposedRole | None, name: str, chosen: Collection[Permission], refusal: str | None = None
) -> Response:
    """Return the form. ``role`` None: of a new one."""
    page = render_template(
        "staff/admin/role.html",
        **{**admin_values(TAB), "refusal": refusal},
        role=role,
        name=name,
        groups=GROUPS,
        chosen=chosen,
        fixed=[(value, ROLES[value](request_translations())) for value in PERSONS_ROLES],
    )
    return Response(page, HTTPStatus.OK if refusal is None else HTTPStatus.UNPROCESSABLE_ENTITY, mimetype="text/html")
