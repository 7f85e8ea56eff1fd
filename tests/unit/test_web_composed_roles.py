"""Roles that an office composes: their pages, and what people with them may do."""

import pytest
from account_web import HOST, AccountWeb
from core_hall import request_id
from flask.testing import FlaskClient

from server.access.composed_roles import InvalidRole, RoleInUse
from server.access.person import Person
from server.domain.composed_roles import COMPOSABLE, ComposedRole, composed_permissions
from server.domain.moves import Move
from server.domain.permissions import OWN_ACCOUNT, SCREENS, Action, Permission, Role
from server.web.shared.identity import BrowserSignIns
from server.web.staff.admin.permission_phrases import GROUPS


@pytest.fixture
def chief(web: AccountWeb) -> FlaskClient:
    return web.browser(web.bench.person("Nguyễn Văn Quản", Role.ADMINISTRATOR))


def post(browser: FlaskClient, path: str, **fields: str | list[str]) -> tuple[int, str]:
    answer = browser.post(path, data=fields, base_url=HOST, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def get(browser: FlaskClient, path: str) -> tuple[int, str]:
    answer = browser.get(path, base_url=HOST)
    return answer.status_code, answer.get_data(as_text=True)


def role_of(web: AccountWeb, *permissions: Permission, name: str = "Tiếp đón") -> ComposedRole:
    return web.bench.access.roles.create("root", name, permissions)


def person_with(web: AccountWeb, role: ComposedRole, name: str = "Trần Thị Đón") -> Person:
    return web.bench.access.people.create("root", name, "vi", (), composed=(role.id,))


def issue(browser: FlaskClient) -> int:
    body = {"request_id": request_id(), "service": "HT", "station": "web-1"}
    return browser.post("/api/v1/tickets", json=body, base_url=HOST).status_code


def test_an_office_composes_a_role_and_gives_it_to_a_person(web: AccountWeb, chief: FlaskClient) -> None:
    status, page = post(chief, "/admin/roles/new", name="Tiếp đón", permission=["issue", "see_reports"])
    assert (status, "Đã lưu vai trò Tiếp đón." in page) == (200, True)
    (role,) = web.bench.access.roles.all()
    assert {Move.ISSUE, Action.SEE_REPORTS} < role.permissions
    post(chief, "/admin/people/new", name="Trần Thị Đón", role=role.id, language="vi")
    person = web.bench.named("tran-thi-don")
    assert person.roles == {Role.STAFF}
    assert person.composed == (role,)
    assert "Tiếp đón" in get(chief, "/admin/people")[1]
    assert "Trần Thị Đón" in get(chief, "/admin/roles")[1]
    log = get(chief, "/admin/log")[1]
    assert "Thêm vai trò" in log
    assert "vai trò: Tiếp đón" in log


def test_a_person_may_do_what_the_role_has_and_nothing_else(web: AccountWeb) -> None:
    browser = web.browser(person_with(web, role_of(web, Move.ISSUE, Action.SEE_REPORTS)))
    assert issue(browser) == 201
    assert web.hall.facts()[-1].actor_role == "staff"
    assert get(browser, "/manager/day")[0] == 200
    for path in ("/manager", "/staff/health", "/admin/people", "/admin/office", "/admin/log"):
        assert get(browser, path)[0] == 403, path
    for path in ("/manager/close", "/admin/roles/new", "/admin/people/new"):
        assert browser.post(path, base_url=HOST).status_code in (403, 404), path


def test_a_person_without_the_page_of_the_hall_acts_by_the_composed_role() -> None:
    granted = frozenset({Action.REPRINT})
    person = BrowserSignIns("vi", "web-1", {}, "p-1", None, (Role.STAFF,), granted).as_manager
    assert person is not None
    assert (person.role, person.may(Action.REPRINT), person.may(Move.CANCEL)) == (Role.STAFF, True, False)


def test_a_composed_role_adds_to_another_role(web: AccountWeb) -> None:
    role = role_of(web, Action.SEE_REPORTS)
    clerk = web.bench.access.people.create("root", "Lê Văn Hai", "vi", (Role.CLERK,), composed=(role.id,))
    browser = web.browser(clerk)
    assert get(browser, "/manager/day")[0] == 200
    assert issue(browser) == 201
    assert web.hall.facts()[-1].actor_role == "clerk"


def test_a_change_of_the_role_counts_at_once(web: AccountWeb, chief: FlaskClient) -> None:
    role = role_of(web, Move.ISSUE)
    browser = web.browser(person_with(web, role))
    assert get(browser, "/manager/day")[0] == 403
    post(chief, f"/admin/roles/{role.id}", name="Tiếp đón", permission=["see_reports"])
    assert get(browser, "/manager/day")[0] == 200
    assert issue(browser) == 403


def test_a_clerk_by_a_composed_role_sees_only_the_keys_that_work(web: AccountWeb) -> None:
    role = role_of(web, Action.CALL_NEXT, Move.START, Move.FINISH, Action.SET_COUNTER_STATE)
    browser = web.browser(person_with(web, role))
    assert issue(web.browser(web.bench.person("Cán Bộ Khác", Role.CLERK))) == 201
    post(browser, "/sign-in", counter="c1", request_id=request_id())
    post(browser, "/clerk/c1/do/open", request_id=request_id())
    status, page = post(browser, "/clerk/c1/do/next", request_id=request_id())
    assert status == 200
    assert "A001" in page
    assert [name for name in ("start", "recall", "no_show", "transfer", "cancel") if f'id="do-{name}"' in page] == [
        "start"
    ]


def test_every_permission_that_can_be_chosen_has_a_text_in_one_group() -> None:
    listed = [permission for group in GROUPS for permission, _phrase in group.permissions]
    assert len(listed) == len(set(listed))
    assert set(listed) == COMPOSABLE - SCREENS


def test_a_permission_brings_the_page_on_which_it_is_used() -> None:
    for permission in COMPOSABLE:
        assert permission in composed_permissions([permission])
    assert composed_permissions([Action.CLOSE_DAY]) == {Action.CLOSE_DAY, Action.SEE_HALL, *SCREENS, *OWN_ACCOUNT}
    assert Action.SEE_COUNTER in composed_permissions([Move.HOLD])
    assert composed_permissions([Action.MANAGE_PEOPLE]) == {*SCREENS, *OWN_ACCOUNT}


@pytest.mark.parametrize(
    ("name", "permissions", "sentence"),
    [
        ("", ["issue"], "Tên vai trò cần từ 1 đến 80 ký tự"),
        ("Tiếp đón", [], "Mời chọn ít nhất một quyền."),
        ("Tiếp đón", ["manage_people"], "Mời chọn ít nhất một quyền."),
        ("tiếp ĐÓN 1", ["issue"], "Đã có vai trò mang tên này."),
    ],
)
def test_a_role_that_cannot_be_is_refused_and_keeps_what_was_typed(
    web: AccountWeb, chief: FlaskClient, name: str, permissions: list[str], sentence: str
) -> None:
    role_of(web, Action.SEE_REPORTS, name="Tiếp đón 1")
    status, page = post(chief, "/admin/roles/new", name=name, permission=permissions)
    assert (status, sentence in page) == (422, True)
    assert f'name="name" value="{name}"' in page
    for value in set(permissions) - {"manage_people"}:
        assert f'value="{value}" checked' in page
    assert len(web.bench.access.roles.all()) == 1


def test_a_role_that_somebody_has_is_not_removed(web: AccountWeb, chief: FlaskClient) -> None:
    role = role_of(web, Move.ISSUE)
    person = person_with(web, role)
    status, page = post(chief, f"/admin/roles/{role.id}/remove")
    assert (status, "Còn người có vai trò này: Trần Thị Đón." in page) == (422, True)
    web.bench.access.people.change("root", person.id, roles=[Role.AUDITOR])
    post(chief, f"/admin/roles/{role.id}/remove")
    assert web.bench.access.roles.all() == []
    assert get(chief, f"/admin/roles/{role.id}")[0] == 404


def test_the_last_administrator_stays_one_beside_a_composed_role(web: AccountWeb) -> None:
    role = role_of(web, *COMPOSABLE, name="Gần như quản trị")
    chief = web.bench.person("Nguyễn Văn Quản", Role.ADMINISTRATOR)
    page = post(web.browser(chief), f"/admin/people/{chief.id}", name=chief.name, language="vi", role=role.id)[1]
    assert "Đây là người quản trị cuối cùng" in page
    assert get(web.browser(person_with(web, role)), "/admin/roles/new")[0] == 403


def test_roles_are_stored_with_what_they_need_and_removed_ones_are_unknown(web: AccountWeb) -> None:
    roles = web.bench.access.roles
    with pytest.raises(InvalidRole):
        roles.create("root", "Trống", [])
    role = roles.create("root", "Báo cáo", [Action.SEE_REPORTS])
    person = person_with(web, role)
    with pytest.raises(RoleInUse):
        roles.remove("root", role.id)
    with pytest.raises(LookupError):
        roles.change("root", "role-none", "X", [Action.SEE_REPORTS])
    assert person.roles == {Role.STAFF}
