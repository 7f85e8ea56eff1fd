"""The pages of the first set-up: each step once, and nothing after the last."""

import io
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.uploaded_office import OfficeFileError, read_office
from server.access.access import Access
from server.access.setup_progress import SetupProgress
from server.domain.permissions import Role
from server.startup.setup_code_display import SetupCodeDisplay
from server.web.staff.setup.app import MAX_BODY_BYTES, create_setup_app
from server.web.staff.setup.context import OfficeChosen, ReachableAt, SetupContext

DAY_MS = 24 * 3_600_000
KEY = b"k" * 32
PASSWORD = "cả phường uống trà"
PAGE = "http://127.0.0.1:8470/setup"


@dataclass
class RecordedOffices:
    """Records the choice; ``is_made`` from then on."""

    is_made: bool = False
    names: dict[str, str] = field(default_factory=dict)

    def use_template(self, template: str, name: Mapping[str, str]) -> None:
        if self.is_made:
            raise OfficeChosen
        self.names, self.is_made = dict(name), True

    def use_file(self, contents: bytes, procedures: bytes | None) -> None:
        office = read_office(contents, procedures, "vi-du")
        self.use_template("file", office.name)


@dataclass
class Box:
    """A machine that is not set up, with a clock that the test moves."""

    state: Path
    access: Access
    display: SetupCodeDisplay
    offices: RecordedOffices
    clock: list[int]
    context: SetupContext

    @property
    def code(self) -> str:
        code = self.access.setup_code.current()
        assert code is not None
        return code

    def browser(self) -> FlaskClient:
        return create_setup_app(self.context, KEY).test_client()


@contextmanager
def switched_on(state: Path, clock: list[int], offices: RecordedOffices) -> Iterator[Box]:
    """Start the set-up's parts on the state folder, as after a power cut."""
    with (
        closing(Access.open(state, lambda: clock[0])) as access,
        closing(SetupCodeDisplay(access.setup_code.current, state, PAGE)) as display,
    ):
        context = SetupContext(
            access=access,
            progress=SetupProgress(access.database),
            offices=offices,
            hall=None,
            refresh_code=display.refresh,
            addresses=lambda: ReachableAt(("http://127.0.0.1:8470/",), ""),
            on_finished=lambda: None,
            new_id=lambda: "00000000-0000-4000-8000-000000000001",
        )
        yield Box(state, access, display, offices, clock, context)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with switched_on(tmp_path, [1_800_000_000_000], RecordedOffices()) as box:
        yield box


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def enter_code(browser: FlaskClient, code: str) -> TestResponse:
    return browser.post("/setup/code", data={"code": code}, follow_redirects=True)


def person(**changes: Any) -> dict[str, Any]:
    form = {"name": "Nguyễn Văn An", "password": PASSWORD, "password_again": PASSWORD, "language": "vi"}
    return form | changes


def create_person(browser: FlaskClient, **changes: Any) -> TestResponse:
    return browser.post("/setup/person", data=person(**changes), follow_redirects=True)


def administrator(box: Box) -> FlaskClient:
    """Return a browser after the second step."""
    browser = box.browser()
    enter_code(browser, box.code)
    assert "Cơ quan của Ông/Bà" in text(create_person(browser))
    return browser


# --- code ---------------------------------------------------------------------------------------------


def test_every_page_leads_to_the_set_up_and_the_api_is_busy(box: Box) -> None:
    browser = box.browser()
    assert browser.get("/clerk/c1").headers["Location"] == "/setup"
    assert "Nhập mã thiết lập" in text(browser.get("/", follow_redirects=True))
    refusal = browser.get("/api/v1/board")
    assert (refusal.status_code, refusal.json and refusal.json["code"]) == (503, "busy")
    assert refusal.headers["Retry-After"]


@pytest.mark.parametrize(
    "spelling", [str, str.lower, lambda code: code.replace("-", " ")], ids=["as is", "lower", "spaces"]
)
def test_the_code_opens_the_next_step_however_it_is_typed(box: Box, spelling: Any) -> None:
    assert "Người quản trị đầu tiên" in text(enter_code(box.browser(), spelling(box.code)))


def test_a_wrong_code_is_refused_and_no_later_step_is_open(box: Box) -> None:
    browser = box.browser()
    answer = enter_code(browser, "AAAA-AAAA-AAAA")
    assert answer.status_code == 422
    assert "Mã thiết lập không đúng hoặc đã hết hạn" in text(answer)
    assert create_person(browser).status_code == 409
    assert not box.access.people.has_administrator()


def test_a_code_that_is_a_day_old_is_refused_and_a_new_one_is_shown(box: Box) -> None:
    browser, old = box.browser(), box.code
    box.clock[0] += DAY_MS
    assert enter_code(browser, old).status_code == 422
    shown = (box.state / "setup-code.json").read_text(encoding="utf-8")
    assert old not in shown
    assert box.code in shown
    assert "Người quản trị đầu tiên" in text(enter_code(browser, box.code))


def test_a_code_that_was_right_expires_before_the_person_is_created(box: Box) -> None:
    browser = box.browser()
    enter_code(browser, box.code)
    box.clock[0] += DAY_MS
    assert create_person(browser).status_code == 409
    assert "Nhập mã thiết lập" in text(browser.get("/setup"))
    assert not box.access.people.has_administrator()


def test_guessing_ends_in_a_delay_that_even_the_right_code_waits_for(box: Box) -> None:
    browser = box.browser()
    statuses = [enter_code(browser, f"AAAA-AAAA-{n:04}").status_code for n in range(12)]
    assert statuses[-1] == 429
    refused = enter_code(browser, box.code)
    assert "Mời Ông/Bà thử lại sau 1 phút." in text(refused)
    box.clock[0] += 60_000
    assert "Người quản trị đầu tiên" in text(enter_code(browser, box.code))


# --- administrator ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password": "ngắn", "password_again": "ngắn"}, "Mật khẩu cần ít nhất 8 ký tự."),
        ({"password": "12345678", "password_again": "12345678"}, "Mật khẩu này quá phổ biến"),
        (
            {"password": "nguyen van an luot", "password_again": "nguyen van an luot"},
            "Mật khẩu gần như chỉ có tên người",
        ),
        ({"password": "d" * 257, "password_again": "d" * 257}, "Mật khẩu có nhiều nhất 256 ký tự."),
        ({"password_again": PASSWORD + "!"}, "Hai lần nhập mật khẩu không giống nhau."),
        ({"name": "   "}, "Mời Ông/Bà nhập họ tên, nhiều nhất 80 ký tự."),
        ({"name": "A" * 81}, "Mời Ông/Bà nhập họ tên, nhiều nhất 80 ký tự."),
    ],
)
def test_wrong_input_creates_nobody_and_leaves_the_code_good(box: Box, changes: dict[str, Any], sentence: str) -> None:
    browser = box.browser()
    enter_code(browser, box.code)
    answer = create_person(browser, **changes)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert PASSWORD not in text(answer)
    assert not box.access.people.has_administrator()
    assert "Cơ quan của Ông/Bà" in text(create_person(browser))


def test_the_administrator_is_signed_in_the_code_is_dead_and_gone_from_the_kiosk(box: Box) -> None:
    code = box.code
    browser = administrator(box)
    page = text(browser.get("/setup"))
    assert "nguyen-van-an" in page
    assert not (box.state / "setup-code.json").exists()
    other = box.browser()
    assert "Tiếp tục thiết lập" in text(enter_code(other, code))
    assert create_person(other).status_code == 409
    assert [p.sign_in_name for p in box.access.people.all()] == ["nguyen-van-an"]


def test_of_two_browsers_with_the_code_one_wins_and_the_other_is_told(box: Box) -> None:
    first, second = box.browser(), box.browser()
    enter_code(first, box.code)
    enter_code(second, box.code)
    create_person(first)
    answer = create_person(second, name="Trần Thị Bình")
    assert answer.status_code == 409
    assert "đã được thực hiện ở một trình duyệt khác" in text(answer)
    assert "Tiếp tục thiết lập" in text(answer)
    assert [p.name for p in box.access.people.all()] == ["Nguyễn Văn An"]


# --- after a power cut --------------------------------------------------------------------------------


def test_after_a_power_cut_the_set_up_goes_on_at_the_step_that_was_next(tmp_path: Path) -> None:
    clock, offices = [1_800_000_000_000], RecordedOffices()
    with switched_on(tmp_path, clock, offices) as box:
        enter_code(box.browser(), old := box.code)
    with switched_on(tmp_path, clock, offices) as box:
        browser = box.browser()
        assert "Nhập mã thiết lập" in text(browser.get("/setup"))
        assert enter_code(browser, old).status_code == 422
        administrator(box)
    with switched_on(tmp_path, clock, offices) as box:
        browser = box.browser()
        assert "Tiếp tục thiết lập" in text(browser.get("/setup"))
        wrong = browser.post("/setup/sign-in", data={"name": "Nguyễn Văn An", "password": "không phải"})
        assert "Tên đăng nhập hoặc mật khẩu không đúng." in text(wrong)
        form = {"name": "Nguyễn Văn An", "password": PASSWORD}
        assert "Cơ quan của Ông/Bà" in text(browser.post("/setup/sign-in", data=form, follow_redirects=True))


# --- office -------------------------------------------------------------------------------------------


def test_a_template_takes_the_offices_names(box: Box) -> None:
    browser = administrator(box)
    form = {"template": "clinic", "name": "Phòng khám Hoa Sen", "name_en": "Lotus Clinic"}
    assert "Hệ thống đang khởi động" in text(browser.post("/setup/office", data=form))
    assert box.offices.names == {"vi": "Phòng khám Hoa Sen", "en": "Lotus Clinic"}


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"template": "one-stop", "name": " "}, "Mời Ông/Bà nhập tên cơ quan"),
        ({"template": "one-stop", "name": "P" * 81}, "Mời Ông/Bà nhập tên cơ quan"),
        ({"template": "../demo/office", "name": "P"}, "Mời Ông/Bà chọn một mẫu hoặc một tệp."),
        ({"template": "file"}, "Mời Ông/Bà chọn tệp của cơ quan."),
    ],
)
def test_an_incomplete_choice_is_refused(box: Box, form: dict[str, str], sentence: str) -> None:
    answer = administrator(box).post("/setup/office", data=form)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not box.offices.is_made


def test_every_mistake_of_a_file_is_shown_with_its_line_and_nothing_is_applied(box: Box) -> None:
    bad = b'id = "vi-du"\nname = { vi = "P" }\n[hours]\nmon = ["7h"]\n[[services]]\nid = "A"\nprefix = "a"\n'
    form = {"template": "file", "office": (io.BytesIO(bad), "office.toml")}
    page = text(administrator(box).post("/setup/office", data=form))
    for part in ("Dòng 3", "Dòng 5", "Dòng 7", "is not a span of hours", "&#39;name&#39; is missing; add it"):
        assert part in page
    assert "<b>Dòng 5</b> <span>Thiếu mục “name” ([services[0]]" in page
    assert not box.offices.is_made
    with pytest.raises(OfficeFileError):
        read_office(bad, None, "vi-du")


def test_a_file_that_is_too_large_is_refused_in_the_form_with_what_to_do(box: Box) -> None:
    head = '--edge\r\nContent-Disposition: form-data; name="office"; filename="office.toml"\r\n\r\n'
    body = head.encode() + bytes(MAX_BODY_BYTES) + b"\r\n--edge--\r\n"
    kind = "multipart/form-data; boundary=edge"
    answer = administrator(box).post("/setup/office", data=body, content_type=kind)
    assert answer.status_code == 422
    assert "Tệp lớn hơn 2 MB. Chưa có gì thay đổi. Mời Ông/Bà chọn đúng tệp của cơ quan." in text(answer)
    assert 'value="file" checked' in text(answer)
    assert not box.offices.is_made


def test_the_second_choice_of_an_office_is_refused(box: Box) -> None:
    browser = administrator(box)
    form = {"template": "empty", "name": "Phường Một"}
    browser.post("/setup/office", data=form)
    again = browser.post("/setup/office", data=form | {"name": "Phường Hai"})
    assert again.status_code == 409
    assert box.offices.names == {"vi": "Phường Một"}


def test_nobody_but_the_administrator_chooses_the_office(box: Box) -> None:
    administrator(box)
    stranger = box.browser()
    assert stranger.post("/setup/office", data={"template": "empty", "name": "P"}).status_code == 409
    assert not box.offices.is_made


def test_a_form_of_another_sites_page_is_refused(box: Box) -> None:
    headers = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = box.browser().post("/setup/code", data={"code": box.code}, headers=headers)
    assert answer.status_code == 403


def test_the_pages_are_gone_when_everything_is_there(box: Box) -> None:
    browser = administrator(box)
    box.offices.is_made = True
    assert "Hệ thống đang khởi động" in text(browser.get("/setup"))
    assert box.context.progress.finish()
    assert not box.context.progress.finish()
    for path in ("/setup", "/setup?lang=en"):
        assert browser.get(path).status_code == 404
    for path in ("/setup/code", "/setup/person", "/setup/office", "/setup/finish"):
        assert browser.post(path, data={}).status_code == 404


def test_an_administrator_who_was_made_otherwise_ends_the_set_up(box: Box) -> None:
    box.offices.is_made = True
    assert "Nhập mã thiết lập" in text(box.browser().get("/setup"))
    code = box.code
    box.access.people.create("root", "Lê Thị Chi", "vi", [Role.ADMINISTRATOR])
    assert box.browser().get("/setup").status_code == 404
    assert box.browser().post("/setup/code", data={"code": code}).status_code == 404
