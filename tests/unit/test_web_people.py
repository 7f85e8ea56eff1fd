"""The pages of people, of one's own account, and of the access log."""

import re

import pytest
from access_bench import MINUTE, PASSWORD
from account_web import HOST, AccountWeb
from core_hall import request_id
from flask.testing import FlaskClient

from server.access.person import Person
from server.access.sign_in import SignInRefused
from server.domain.permissions import Role

NEW_PASSWORD = "sáu con cá vàng bơi"


@pytest.fixture
def chief(web: AccountWeb) -> Person:
    return web.bench.person("Nguyễn Văn Quản", Role.ADMINISTRATOR)


@pytest.fixture
def browser(web: AccountWeb, chief: Person) -> FlaskClient:
    return web.browser(chief)


def post(browser: FlaskClient, path: str, **fields: str | list[str]) -> tuple[int, str]:
    answer = browser.post(path, data=fields, base_url=HOST, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def get(browser: FlaskClient, path: str) -> tuple[int, str]:
    answer = browser.get(path, base_url=HOST)
    return answer.status_code, answer.get_data(as_text=True)


def secret_of(page: str) -> str:
    match = re.search(r'class="code">([^<]+)<', page)
    assert match is not None
    return match[1]


def test_a_new_person_signs_in_with_the_password_that_was_shown_once(web: AccountWeb, browser: FlaskClient) -> None:
    status, page = post(browser, "/admin/people/new", name="Lê Thị Chi", role=["clerk", "lead_clerk"], language="vi")
    assert status == 200
    password = secret_of(page)
    person = web.bench.named("le-thi-chi")
    assert person.roles == {Role.CLERK, Role.LEAD_CLERK}
    assert "code" not in get(browser, f"/admin/people/{person.id}")[1].split("<main")[1]
    assert password not in get(browser, "/admin/log")[1]
    web.bench.sign_in("le-thi-chi", password)
    assert "Chờ đổi mật khẩu dùng một lần" in get(browser, "/admin/people")[1]


def test_a_person_with_a_clerks_role_is_a_clerk_of_the_office_at_once(web: AccountWeb, browser: FlaskClient) -> None:
    def clerks() -> dict[str, str]:
        with web.hall.read() as snapshot:
            return {clerk.id: clerk.name for clerk in snapshot.office.clerks.values()}

    post(browser, "/admin/people/new", name="Lê Thị Hoa", language="vi", role="clerk")
    post(browser, "/admin/people/new", name="Trần Văn Minh", language="vi", role="auditor")
    hoa, minh = (web.bench.named(name).id for name in ("le-thi-hoa", "tran-van-minh"))
    assert (clerks()[hoa], minh in clerks()) == ("Lê Thị Hoa", False)
    post(browser, f"/admin/people/{minh}", name="Trần Văn Minh", language="vi", role="lead_clerk")
    assert clerks()[minh] == "Trần Văn Minh"


def test_a_clerk_of_the_office_gets_an_account_with_the_same_id(web: AccountWeb, browser: FlaskClient) -> None:
    assert "/admin/people/new?clerk=an" in get(browser, "/admin/people")[1]
    assert 'value="Nguyễn Thị An"' in get(browser, "/admin/people/new?clerk=an")[1]
    post(browser, "/admin/people/new", clerk="an", name="Nguyễn Thị An", role="clerk", language="vi")
    person = web.bench.access.people.get("an")
    assert person is not None
    assert person.sign_in_name == "nguyen-thi-an"
    assert "clerk=an" not in get(browser, "/admin/people")[1]
    status, page = post(browser, "/admin/people/new", clerk="an", name="Nguyễn Thị An", role="clerk", language="vi")
    assert (status, "Cán bộ này đã có tài khoản." in page) == (422, True)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "", "role": "clerk", "language": "vi"}, "Họ và tên cần"),
        ({"name": "An", "language": "vi"}, "ít nhất một vai trò"),
        ({"name": "An", "role": "system", "language": "vi"}, "ít nhất một vai trò"),
        ({"name": "An", "role": "clerk", "language": "fr"}, "Mời chọn ngôn ngữ."),
    ],
)
def test_a_form_with_a_mistake_is_shown_again_with_its_sentence(
    web: AccountWeb, browser: FlaskClient, fields: dict[str, str | list[str]], sentence: str
) -> None:
    status, page = post(browser, "/admin/people/new", **fields)
    assert status == 422
    assert sentence in page
    assert len(web.bench.access.people.all()) == 1


def test_name_language_and_roles_are_changed(web: AccountWeb, browser: FlaskClient) -> None:
    person = web.bench.person("Trần Thị Bình")
    status, page = post(
        browser, f"/admin/people/{person.id}", name="Trần Bình An", language="en", role=["manager", "auditor"]
    )
    assert (status, "Đã lưu." in page) == (200, True)
    changed = web.bench.access.people.get(person.id)
    assert changed is not None
    assert (changed.name, changed.language) == ("Trần Bình An", "en")
    assert changed.roles == {Role.MANAGER, Role.AUDITOR}


def test_a_sign_in_name_is_changed_and_the_log_says_so_without_it(web: AccountWeb, browser: FlaskClient) -> None:
    person = web.bench.person("Trần Thị Bình")
    path, fields = f"/admin/people/{person.id}", {"name": person.name, "language": "vi", "role": "clerk"}
    assert 'name="sign_in_name" value="tran-thi-binh"' in get(browser, path)[1]
    assert "Đã lưu." in post(browser, path, **fields, sign_in_name="Bình HT")[1]
    assert web.bench.named("binh-ht").id == person.id
    assert "<td>binh-ht</td>" in get(browser, "/admin/people")[1]
    log = get(browser, "/admin/log")[1]
    assert "tên đăng nhập" in log
    assert "binh-ht" not in log
    for taken_or_wrong in ("nguyen-van-quan", "!"):
        status, page = post(browser, path, **fields, sign_in_name=taken_or_wrong)
        assert (status, "chưa có người khác dùng" in page) == (422, True)
    assert web.bench.named("binh-ht").id == person.id


def test_the_last_administrator_stays(web: AccountWeb, browser: FlaskClient, chief: Person) -> None:
    typed = {"name": "Nguyễn Văn Mới", "sign_in_name": "nguyen-moi", "language": "en", "role": "clerk"}
    status, page = post(browser, f"/admin/people/{chief.id}", **typed)
    assert (status, "người quản trị cuối cùng" in page) == (422, True)
    for kept in ('value="Nguyễn Văn Mới"', 'value="nguyen-moi"', 'value="en" selected', 'value="clerk" checked'):
        assert kept in page
    person = web.bench.access.people.get(chief.id)
    assert person == chief, "nothing is half-applied"
    status, page = post(browser, f"/admin/people/{chief.id}/deactivate")
    assert (status, "người quản trị cuối cùng" in page) == (422, True)
    assert web.bench.access.people.has_administrator()


def test_a_person_is_deactivated_and_comes_back_with_a_new_password(web: AccountWeb, browser: FlaskClient) -> None:
    person = web.bench.person("Trần Thị Bình")
    assert "Đã ngừng tài khoản" in post(browser, f"/admin/people/{person.id}/deactivate")[1]
    with pytest.raises(SignInRefused):
        web.bench.sign_in(person.sign_in_name)
    password = secret_of(post(browser, f"/admin/people/{person.id}/activate")[1])
    web.bench.sign_in(person.sign_in_name, password)


def test_the_name_of_a_person_who_left_is_erased_everywhere(web: AccountWeb, browser: FlaskClient) -> None:
    person = web.bench.person("Trần Thị Bình", Role.CLERK)
    clerk = web.browser(person)
    clerk.post("/sign-in", base_url=HOST, data={"counter": "c1", "request_id": request_id()})
    assert "Trần Thị Bình" in get(clerk, "/clerk/c1")[1]
    status, page = post(browser, f"/admin/people/{person.id}/erase")
    assert (status, "ngừng tài khoản trước" in page) == (422, True)
    post(browser, f"/admin/people/{person.id}/deactivate")
    status, page = post(browser, f"/admin/people/{person.id}/erase")
    assert (status, f"chỉ còn mã {person.id}" in page) == (200, True)
    assert "tên đã xóa" in page and "/erase" not in page and "/activate" not in page
    for path in ("/admin/people", f"/admin/people/{person.id}", "/admin/log", "/manager"):
        shown = get(browser, path)[1]
        assert person.name not in shown, path
        assert "tran-thi-binh" not in shown, path
    erased = web.bench.access.people.get(person.id)
    assert erased is not None
    assert (erased.name, erased.sign_in_name, erased.oidc_subject) == (person.id, person.id, None)
    with web.hall.store.read() as snapshot:
        assert snapshot.office.clerks[person.id].name == person.id
    assert web.bench.person("Trần Thị Bình").sign_in_name == "tran-thi-binh", "the name is free again"


def test_locks_and_sessions_are_ended(web: AccountWeb, browser: FlaskClient) -> None:
    person = web.bench.person("Trần Thị Bình")
    token = web.bench.sign_in(person.sign_in_name)
    while web.bench.try_wrong(person.sign_in_name, "192.168.1.66") == "refused":
        pass
    assert "Đang tạm khóa đăng nhập" in get(browser, "/admin/people")[1]
    assert "Đã mở khóa đăng nhập." in post(browser, f"/admin/people/{person.id}/unlock")[1]
    assert web.bench.try_wrong(person.sign_in_name, "192.168.1.66") == "refused"
    post(browser, f"/admin/people/{person.id}/sign-out")
    assert not web.bench.is_open(token)


def test_an_old_sign_in_needs_the_password_again_and_the_form_is_kept(web: AccountWeb, browser: FlaskClient) -> None:
    web.bench.now_ms += 11 * MINUTE
    fields: dict[str, str | list[str]] = {"name": "Lê Thị Chi", "language": "vi", "role": ["clerk", "auditor"]}
    status, page = post(browser, "/admin/people/new", **fields)
    assert status == 403
    assert re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page) == [
        ("name", "Lê Thị Chi"),
        ("language", "vi"),
        ("role", "clerk"),
        ("role", "auditor"),
    ]
    assert 'action="/admin/people/new"' in page
    status, page = post(browser, "/admin/people/new", **fields, proof="sai mật khẩu rồi")
    assert (status, "Mật khẩu hiện tại chưa đúng." in page) == (403, True)
    assert "sai mật khẩu rồi" not in page
    assert len(web.bench.access.people.all()) == 1
    status, page = post(browser, "/admin/people/new", **fields, proof=PASSWORD)
    assert status == 200
    secret_of(page)
    assert get(browser, "/admin/people")[0] == 200, "the browser has the renewed session"
    assert post(browser, f"/admin/people/{web.bench.named('le-thi-chi').id}/password")[0] == 200, (
        "the proof holds for ten minutes"
    )


def test_the_proof_is_throttled(web: AccountWeb, browser: FlaskClient, chief: Person) -> None:
    web.bench.now_ms += 11 * MINUTE
    person = web.bench.person("Trần Thị Bình")
    statuses = [post(browser, f"/admin/people/{person.id}/deactivate", proof=f"sai {tries}")[0] for tries in range(7)]
    assert statuses == [403] * 5 + [429] * 2
    assert "Đã tạm khóa đăng nhập đến" in post(browser, f"/admin/people/{person.id}/deactivate", proof=PASSWORD)[1]


def test_a_pin_is_no_proof_of_the_password(web: AccountWeb, chief: Person) -> None:
    browser = web.app.test_client()
    token = web.bench.access.sessions.open(chief, "pin", "web-1", "192.168.1.21")
    browser.set_cookie("luot_session", token, domain="127.0.0.1")
    assert post(browser, "/admin/people/new", name="An", role="clerk", language="vi")[0] == 403
    assert len(web.bench.access.people.all()) == 1


PATHS = (
    "",
    "/new",
    "/{id}",
    "/{id}/password",
    "/{id}/unlock",
    "/{id}/sign-out",
    "/{id}/deactivate",
    "/{id}/activate",
    "/{id}/erase",
)


@pytest.mark.parametrize("role", [Role.CLERK, Role.LEAD_CLERK, Role.MANAGER, Role.AUDITOR])
def test_nobody_else_changes_people_and_an_auditor_reads_them(web: AccountWeb, chief: Person, role: Role) -> None:
    person = web.bench.person("Người khác", role)
    browser = web.browser(person)
    for path in PATHS[1:]:
        assert post(browser, f"/admin/people{path.format(id=chief.id)}", name="X", role="clerk")[0] == 403, path
    assert {known.name for known in web.bench.access.people.all()} == {"Người khác", "Nguyễn Văn Quản"}
    reads = {path: get(browser, path)[0] for path in ("/admin/people", f"/admin/people/{chief.id}", "/admin/log")}
    assert set(reads.values()) == ({200} if role is Role.AUDITOR else {403})
    if role is Role.AUDITOR:
        page = get(browser, f"/admin/people/{chief.id}")[1] + get(browser, "/admin/people")[1]
        assert re.findall(r'action="([^"]+)"', page) == ["/account/sign-out"] * 2, "no key that the reader may not use"
        assert 'href="/admin/people/new' not in page


def test_nothing_of_this_opens_without_a_session(web: AccountWeb, chief: Person) -> None:
    stranger = web.app.test_client()
    for path in ("/admin/people", f"/admin/people/{chief.id}", "/admin/log", "/account"):
        assert get(stranger, path)[0] in (302, 303, 401), path
    assert post(stranger, "/admin/people/new", name="X", role="clerk")[0] != 200
    assert len(web.bench.access.people.all()) == 1


def test_a_person_whom_nobody_knows_is_not_found(browser: FlaskClient) -> None:
    assert get(browser, "/admin/people/nobody")[0] == 404
    for path in PATHS[2:]:
        assert post(browser, f"/admin/people{path.format(id='nobody')}", name="X", role="clerk")[0] == 404, path


def test_nobody_gives_oneself_a_one_time_password(web: AccountWeb, browser: FlaskClient, chief: Person) -> None:
    """It would replace the password without the present one."""
    for path in ("password", "activate"):
        status, page = post(browser, f"/admin/people/{chief.id}/{path}")
        assert (status, 'class="code"' in page, "Tài khoản của tôi" in page) == (200, False, True), path
    web.bench.sign_in(chief.sign_in_name)


def test_the_only_administrator_hands_the_role_over_after_the_other_has_a_password(
    web: AccountWeb, browser: FlaskClient, chief: Person
) -> None:
    post(browser, "/admin/people/new", name="Lê Thị Chi", role="administrator", language="vi")
    status, page = post(browser, f"/admin/people/{chief.id}", name=chief.name, language="vi", role="clerk")
    assert (status, "tự đặt mật khẩu" in page) == (422, True)
    web.bench.access.people.set_password("x", web.bench.named("le-thi-chi").id, NEW_PASSWORD)
    post(browser, f"/admin/people/{chief.id}", name=chief.name, language="vi", role="clerk")
    assert web.bench.named(chief.sign_in_name).roles == {Role.CLERK}


# --- my account -------------------------------------------------------------------------------------------


def test_the_own_password_is_changed_with_the_old_one(web: AccountWeb) -> None:
    person = web.bench.person("Trần Thị Bình")
    browser, other = web.browser(person), web.bench.sign_in(person.sign_in_name)
    status, page = post(browser, "/account/password", old="sai mật khẩu rồi", new=NEW_PASSWORD, again=NEW_PASSWORD)
    assert (status, "Mật khẩu hiện tại chưa đúng." in page) == (403, True)
    status, page = post(browser, "/account/password", old=PASSWORD, new=NEW_PASSWORD, again="khác")
    assert (status, "chưa giống nhau" in page) == (422, True)
    status, page = post(browser, "/account/password", old=PASSWORD, new="tranthibinh", again="tranthibinh")
    assert (status, "gần như chỉ gồm tên" in page) == (422, True)
    assert web.bench.is_open(other)
    status, page = post(browser, "/account/password", old=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)
    assert (status, "Đã đổi mật khẩu." in page) == (200, True)
    assert not web.bench.is_open(other)
    assert get(browser, "/account")[0] == 200, "this browser stays signed in"
    web.bench.sign_in(person.sign_in_name, NEW_PASSWORD)
    assert not any(text in page for text in (PASSWORD, NEW_PASSWORD))


def test_a_pin_is_set_and_removed(web: AccountWeb) -> None:
    person = web.bench.person("Trần Thị Bình")
    browser = web.browser(person)
    status, page = post(browser, "/account/pin", pin="123456")
    assert (status, "Mã PIN này dễ đoán." in page) == (422, True)
    assert "Đã lưu mã PIN." in post(browser, "/account/pin", pin="482913")[1]
    assert "Xóa mã PIN" in get(browser, "/account")[1]
    web.bench.now_ms += 11 * MINUTE
    assert post(browser, "/account/pin", remove="1")[0] == 403, "after ten minutes the password is needed"
    assert "Đã xóa mã PIN." in post(browser, "/account/pin", remove="1", proof=PASSWORD)[1]


def test_the_other_sessions_are_ended_from_the_account(web: AccountWeb) -> None:
    person, stranger = web.bench.person("Trần Thị Bình"), web.bench.person("Khác")
    browser = web.browser(person)
    tokens = [web.bench.sign_in(person.sign_in_name, address=f"192.168.1.{number}") for number in (31, 32, 33)]
    theirs = web.bench.sign_in(stranger.sign_in_name)
    session, foreign = web.bench.access.sessions.find(tokens[0]), web.bench.access.sessions.find(theirs)
    assert session is not None
    assert foreign is not None
    page = get(browser, "/account")[1]
    assert page.count("Máy này") == 1
    assert "192.168.1.31" in page
    post(browser, f"/account/sessions/{session.id}/end")
    post(browser, f"/account/sessions/{foreign.id}/end")
    assert [web.bench.is_open(token) for token in (*tokens, theirs)] == [False, True, True, True]
    post(browser, "/account/sessions/end-others")
    assert [web.bench.is_open(token) for token in (*tokens, theirs)] == [False, False, False, True]
    assert get(browser, "/account")[0] == 200
    post(browser, "/account/sign-out-everywhere")
    assert web.bench.access.sessions.of_person(person.id) == []


def test_sign_out_ends_the_session_on_the_server(web: AccountWeb) -> None:
    person = web.bench.person("Trần Thị Bình")
    browser = web.browser(person)
    answer = browser.post("/account/sign-out", base_url=HOST)
    assert answer.status_code == 303
    assert web.bench.access.sessions.of_person(person.id) == []
    assert any("luot_session=;" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


# --- the access log ---------------------------------------------------------------------------------------


def test_the_log_shows_events_in_words_page_by_page(web: AccountWeb, browser: FlaskClient, chief: Person) -> None:
    for number in range(60):
        web.bench.try_wrong(f"khong-co-{number}", f"10.0.{number}.1")
    page = get(browser, "/admin/log")[1]
    assert page.count("Đăng nhập không thành công") == 50
    older = re.search(r'href="(/admin/log\?before=\d+)"', page)
    assert older is not None
    second = get(browser, older[1])[1]
    assert second.count("Đăng nhập không thành công") == 10
    assert "Thêm người dùng" in second
    mine = get(browser, f"/admin/log?subject={chief.id}")[1]
    assert "Sự việc về Nguyễn Văn Quản" in mine
    assert "Đăng nhập không thành công" not in mine


def test_text_of_a_name_never_becomes_html(web: AccountWeb, browser: FlaskClient) -> None:
    post(browser, "/admin/people/new", name="<script>alert(1)</script>", role="clerk", language="vi")
    person = web.bench.named("script-alert-1-script")
    for path in ("/admin/people", f"/admin/people/{person.id}", "/admin/log"):
        status, page = get(browser, path)
        assert status == 200
        assert "<script>alert" not in page
