"""The page of programs: tokens shown once, web-hooks, and a fresh password."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from core_hall import Hall
from core_web import Web
from werkzeug.test import TestResponse

from server.access.access import Access
from server.access.api_tokens import Scope
from server.access.deliveries import TryOutcome, next_due, record_try
from server.access.sessions import FRESH_PROOF_MS
from server.domain.facts.kinds import FactKind
from server.domain.facts.public import PUBLIC_MEMBERS
from server.domain.permissions import Role
from server.web.staff.admin.program_texts import FACTS, SCOPES
from server.web.staff.app import create_app

PASSWORD = "sen hồng nở sớm mai"
HOOK = {"url": "https://vi-du.vn/nhan", "fact": ["ticket.issued", "ticket.called"]}


class Office:
    """A hall with accounts, and a browser in which somebody is signed in."""

    def __init__(self, hall: Hall, folder: Path) -> None:
        self.hall, self.web = hall, Web(hall)
        self.access = Access.open(folder, lambda: hall.clock.wall_ms)
        self.app = create_app(replace(self.web.app.extensions["luot"], access=self.access), b"k" * 32)
        self.browser = self.app.test_client()
        self.admin = self.access.people.create("root", "Phạm Thị Quản", "vi", [Role.ADMINISTRATOR])
        self.access.people.set_password("root", self.admin.id, PASSWORD)
        self.sign_in("password")

    def close(self) -> None:
        self.access.close()

    def sign_in(self, method: str, role: Role | None = None) -> None:
        person = self.admin if role is None else self.access.people.create("root", f"Lê {role}", "vi", [role])
        token = self.access.sessions.open(person, "pin" if method == "pin" else "password", "web-1", "127.0.0.1")
        self.browser.set_cookie("luot_session", token, domain="127.0.0.1")

    def get(self, path: str = "/admin/programs") -> TestResponse:
        return self.browser.get(path, base_url="http://127.0.0.1")

    def post(self, path: str, **form: object) -> TestResponse:
        return self.browser.post(f"/admin/programs{path}", data=form, base_url="http://127.0.0.1")

    def create_token(self, **changes: object) -> TestResponse:
        form = {"name": "Bảng điện tử tỉnh", "scope": ["read:board"], "ends": "2027-11-23"}
        return self.post("/tokens", **(form | changes))

    def create_hook(self, **changes: object) -> TestResponse:
        return self.post("/hooks", **(HOOK | changes))

    def note(self, response: TestResponse) -> str:
        assert response.status_code == 303
        page = self.get(response.headers["Location"]).get_data(True)
        shown = re.search(r'<p class="note" role="status">.*?<span>(.*?)</span>', page)
        assert shown is not None
        return shown[1]


@pytest.fixture
def office(hall: Hall, tmp_path: Path) -> Iterator[Office]:
    with closing(Office(hall, tmp_path)) as office:
        yield office


def secret_on(response: TestResponse) -> str:
    shown = re.search(r'<input class="token" [^>]*value="(luot_[^"]+)"', response.get_data(True))
    assert shown is not None
    return shown[1]


def test_a_token_is_shown_once_and_lasts_until_the_evening_of_its_last_day(office: Office) -> None:
    response = office.create_token()
    assert (response.status_code, response.headers["Cache-Control"]) == (201, "no-store")
    secret = secret_on(response)
    token = office.access.api_tokens.find(secret)
    assert token is not None
    assert (token.scopes, token.created_by) == (frozenset({Scope.READ_BOARD}), office.admin.id)
    page = office.get().get_data(True)
    assert secret not in page
    assert "Bảng điện tử tỉnh" in page
    assert "Hết hạn sau ngày 23/11/2027" in page
    assert "Phạm Thị Quản tạo ngày 23/11/2026" in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "Mời nhập tên"),
        ({"scope": []}, "ít nhất một quyền"),
        ({"scope": ["appointments"]}, "ít nhất một quyền"),
        ({"ends": "2026-11-22"}, "Ngày hết hạn"),
        ({"ends": "9999-12-31"}, "Ngày hết hạn"),
        ({"ends": "mai"}, "Ngày hết hạn"),
    ],
)
def test_a_wrong_form_keeps_its_values(office: Office, changes: dict[str, object], sentence: str) -> None:
    response = office.create_token(**({"name": "Kho của tỉnh"} | changes))
    page = response.get_data(True)
    assert response.status_code == 422
    assert sentence in page
    assert ('value="Kho của tỉnh"' in page) == ("name" not in changes)
    assert not office.access.api_tokens.all()


def test_a_removed_token_is_named_and_a_second_removal_says_so(office: Office) -> None:
    secret = secret_on(office.create_token())
    token = office.access.api_tokens.all()[0]
    assert "“Bảng điện tử tỉnh”" in office.note(office.post(f"/tokens/{token.id}/remove"))
    assert office.access.api_tokens.find(secret) is None
    assert "từ trước" in office.note(office.post(f"/tokens/{token.id}/remove"))


def test_a_web_hook_is_made_for_the_facts_from_now_on(office: Office) -> None:
    response = office.create_hook()
    (hook,) = office.access.web_hooks.all()
    assert secret_on(response) == hook.secret
    with office.hall.read() as snapshot:
        assert hook.next_seq == snapshot.head.seq + 1
    assert hook.facts == frozenset({FactKind.ISSUED, FactKind.CALLED})
    page = office.get(f"/admin/programs/hooks/{hook.id}").get_data(True)
    assert hook.secret not in page
    assert "Chưa gửi lần nào." in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"url": "http://vi-du.vn/"}, "https://"),
        ({"url": "https://127.0.0.1/"}, "trong mạng nội bộ"),
        ({"url": "https://169.254.169.254/", "local": "on"}, "Không thể gửi"),
        ({"url": "https://a:b@vi-du.vn/"}, "không được chứa tên"),
        ({"url": "khong phai"}, "Địa chỉ chưa đúng"),
        ({"fact": []}, "ít nhất một loại"),
        ({"fact": ["office.loaded"]}, "ít nhất một loại"),
    ],
)
def test_an_address_that_is_not_allowed_is_refused_with_a_sentence(
    office: Office, changes: dict[str, object], sentence: str
) -> None:
    response = office.create_hook(**changes)
    assert response.status_code == 422
    assert sentence in response.get_data(True)
    assert not office.access.web_hooks.all()


def test_deliveries_are_listed_and_sent_again(office: Office) -> None:
    office.create_hook()
    (hook,) = office.access.web_hooks.all()
    office.note(office.post(f"/hooks/{hook.id}/test"))
    now_ms = office.hall.clock.wall_ms
    with office.access.database.transaction() as connection:
        delivery = next_due(connection, hook.id, now_ms)
        assert delivery is not None
        outcome = TryOutcome(is_delivered=False, result="HTTP 503")
        record_try(connection, delivery, outcome, now_ms, now_ms + 10_000)
    page = office.get(f"/admin/programs/hooks/{hook.id}").get_data(True)
    assert "nơi nhận trả lời HTTP 503" in page
    assert "Đang chờ gửi" in page
    assert "gửi lại" in office.note(office.post(f"/hooks/{hook.id}/deliveries/{delivery.id}/again"))
    assert office.access.web_hooks.deliveries(hook.id)[0].tries == 0
    assert "không còn trong danh sách" in office.note(office.post(f"/hooks/{hook.id}/deliveries/x/again"))


def test_a_web_hook_that_was_removed_meanwhile_is_said_so_everywhere(office: Office) -> None:
    office.create_hook()
    (hook,) = office.access.web_hooks.all()
    assert "Đã xóa web-hook" in office.note(office.post(f"/hooks/{hook.id}/remove"))
    for path in ("remove", "test", "resume", "deliveries/x/again"):
        assert office.note(office.post(f"/hooks/{hook.id}/{path}")) == "Web-hook này không còn nữa."
    assert office.note(office.get(f"/admin/programs/hooks/{hook.id}")) == "Web-hook này không còn nữa."


def test_an_old_proof_asks_for_the_password_and_loses_no_field(office: Office) -> None:
    office.hall.clock.go(FRESH_PROOF_MS)
    asked = office.create_token(scope=["read:board", "issue"])
    page = asked.get_data(True)
    assert asked.status_code == 403
    assert 'name="name" value="Bảng điện tử tỉnh"' in page
    assert 'name="scope" value="read:board"' in page
    assert 'name="scope" value="issue"' in page
    wrong = office.create_token(proof="sai")
    assert "Mật khẩu hiện tại chưa đúng." in wrong.get_data(True)
    assert "sai" not in re.sub(r"<p class=.alert.*?</p>", "", wrong.get_data(True))
    assert not office.access.api_tokens.all()
    assert office.create_token(proof=PASSWORD).status_code == 201
    assert office.create_token(name="Khác").status_code == 201  # proved for ten minutes
    assert len(office.access.api_tokens.all()) == 2


def test_an_auditor_reads_and_finds_no_form(office: Office) -> None:
    office.create_token()
    office.create_hook()
    (hook,) = office.access.web_hooks.all()
    office.sign_in("password", Role.AUDITOR)
    for path in ("/admin/programs", f"/admin/programs/hooks/{hook.id}"):
        response = office.get(path)
        assert response.status_code == 200
        assert 'action="/admin/programs' not in response.get_data(True)
    assert office.create_token(name="x").status_code == 403
    assert office.post(f"/hooks/{hook.id}/remove").status_code == 403
    office.sign_in("password", Role.MANAGER)
    assert office.get().status_code == 403


def test_text_from_outside_becomes_no_markup(office: Office) -> None:
    office.create_token(name='<b onclick="x">&')
    assert "<b onclick" not in office.get().get_data(True)
    assert "<b onclick" not in office.create_token(name='<b onclick="x">&').get_data(True)


def test_every_sent_fact_and_offered_scope_has_a_name() -> None:
    assert set(FACTS) == set(PUBLIC_MEMBERS)
    assert set(SCOPES) == set(Scope) - {Scope.READ_REPORTS, Scope.APPOINTMENTS}
