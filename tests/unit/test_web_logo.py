"""The logo is sent and seen on its page, and shown on all others."""

import base64
import re
import tomllib

import pytest
from account_web import HOST, AccountWeb
from office_pages import PATH, OfficePages, text_of

from config.logo import check_logo, logo_of_text
from config.office import OfficeSettings
from server.commands.setup import office_from_settings
from server.domain.permissions import Role
from server.web.staff.admin.office.sent_files import MAX_UPLOAD
from support.logos import EMBLEM, png_file

LOGO = "/logo"


@pytest.fixture
def boss(web: AccountWeb) -> OfficePages:
    return OfficePages(web)


def upload(pages: OfficePages, contents: bytes, name: str = "logo.svg") -> tuple[int, str]:
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + contents + b"\r\n--edge--\r\n"
    kind = "multipart/form-data; boundary=edge"
    answer = pages.browser.post(f"{PATH}{LOGO}", data=body, base_url=HOST, content_type=kind)
    return answer.status_code, answer.get_data(as_text=True)


def save(boss: OfficePages, contents: bytes = EMBLEM) -> None:
    _, page = upload(boss, contents)
    _, page = boss.send(LOGO, boss.read(page, LOGO), "save")
    assert "Đã lưu. Thay đổi có hiệu lực ngay." in text_of(page)


def test_a_logo_is_seen_on_slip_and_screens_before_it_is_saved(boss: OfficePages) -> None:
    assert "Chưa có biểu trưng." in boss.get(LOGO)[1]
    status, page = upload(boss, EMBLEM)
    assert (status, boss.office.logo) == (200, None)
    assert [name in page for name in ("Đầu phiếu khổ 80 mm", "Đầu phiếu khổ 58 mm", 'class="night"')] == [True] * 3
    save(boss)
    check_logo(logo_of_text(boss.office.logo or ""))


def test_every_page_shows_the_logo_and_only_as_a_picture(boss: OfficePages) -> None:
    save(boss)
    address = f"/logo/{boss.office.logo_id}.png"
    assert f'<img class="logo" src="{address}" alt="">' in boss.get(LOGO)[1]
    answer = boss.web.app.test_client().get(address, base_url=HOST)
    assert answer.data == base64.b64decode(boss.office.logo or "")
    assert (answer.mimetype, answer.headers["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "immutable" in answer.headers["Cache-Control"]
    assert boss.web.app.test_client().get(f"/logo/{'0' * 32}.png", base_url=HOST).status_code == 404


def test_a_logo_is_planned_undone_and_removed(boss: OfficePages) -> None:
    _, page = upload(boss, EMBLEM)
    form = boss.read(page, LOGO)
    status, page = boss.send(LOGO, form, "save", when="date", date="2026-11-23")
    assert (status, "Mời chọn một ngày sau hôm nay." in page, "Đầu phiếu khổ 80 mm" in page) == (422, True, True)
    boss.send(LOGO, form, "save", when="date", date="2026-11-30")
    assert boss.office.logo is None
    assert "Mục này có thay đổi dự kiến từ ngày 30/11/2026." in text_of(boss.get(LOGO)[1])
    save(boss)
    first = boss.office.logo
    changes = text_of(boss.get("/changes")[1])
    assert re.search(rf"Biểu trưng – .*ảnh {(boss.office.logo_id or '')[:8]}", changes)
    assert (first or "")[:40] not in changes
    status, page = boss.send(LOGO, {"removal": ["1"]}, "preview")
    assert "Không còn biểu trưng" in page
    boss.send(LOGO, boss.read(page, LOGO), "save")
    assert boss.office.logo is None
    change = re.findall(r"/changes/(o-\d+)/undo", boss.get("/changes")[1])[0]
    path = f"/changes/{change}/undo"
    boss.send(path, boss.form(path), "save")
    assert boss.office.logo == first


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (b"", "Mời chọn một tệp ảnh."),
        (b"GIF89a", "Tệp không phải ảnh PNG hoặc SVG."),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><text/></svg>', "Tệp SVG có thành phần không vẽ được (text)."),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "Tệp SVG có mã lệnh (script)"),
        (png_file((40, 40)), "Ảnh quá nhỏ, in ra sẽ mờ."),
        (b"x" * (MAX_UPLOAD + 1), "Tệp lớn hơn 2 MB."),
        (b"x" * (2 * MAX_UPLOAD), "Tệp lớn hơn 2 MB."),
    ],
)
def test_a_picture_that_cannot_be_used_is_refused_with_what_to_do(
    boss: OfficePages, contents: bytes, sentence: str
) -> None:
    status, page = upload(boss, contents)
    assert (status, sentence in text_of(page), boss.office.logo) == (422, True, None)


def test_a_form_with_another_picture_than_ours_is_refused(boss: OfficePages) -> None:
    for logo in ("", "AAAA", base64.b64encode(png_file((200, 100))).decode()):
        status, _ = boss.send(LOGO, {"base": [""], "logo": [logo]}, "save")
        assert (status, boss.office.logo) == (422, None)


def test_a_second_person_sees_who_changed_the_logo_and_keeps_the_own_picture(boss: OfficePages) -> None:
    other = OfficePages(boss.web, "Trần Thị Hai")
    _, page = upload(other, png_file((300, 100)))
    form = other.read(page, LOGO)
    save(boss)
    first = boss.office.logo
    status, page = other.send(LOGO, form, "save")
    assert (status, "Biểu trưng đã được đổi" in text_of(page), "Nguyễn Văn Quản" in page) == (409, True, True)
    assert boss.office.logo == first
    other.send(LOGO, other.read(page, LOGO), "save")
    assert boss.office.logo == form["logo"][0]


def test_the_logo_goes_along_in_the_office_s_file(boss: OfficePages) -> None:
    save(boss)
    toml = boss.browser.get(f"{PATH}/office.toml", base_url=HOST).data
    assert max(map(len, toml.splitlines())) < 2000
    settings = OfficeSettings.model_validate(tomllib.loads(toml.decode()))
    assert office_from_settings(settings).logo == boss.office.logo


def test_an_auditor_sees_the_logo_and_changes_nothing(web: AccountWeb) -> None:
    auditor = OfficePages(web, "Trần Thị Kiểm", Role.AUDITOR)
    assert (auditor.get(LOGO)[0], "Gửi ảnh" in auditor.get(LOGO)[1], upload(auditor, EMBLEM)[0]) == (200, False, 403)
