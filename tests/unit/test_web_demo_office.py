"""In a demonstration anybody may act as its administrator, and change its office."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from core_hall import Hall
from core_web import Web
from office_pages import FormReader

BASE = "http://127.0.0.1"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    hall = Hall(tmp_path)
    hall.tick()
    yield Web(hall)
    hall.close()


def _get(web: Web, path: str) -> tuple[int, str]:
    response = web.browser.get(path, base_url=BASE)
    return response.status_code, unescape(response.get_data(as_text=True))


def _sign_in(web: Web, **fields: str) -> str:
    response = web.browser.post("/manager/sign-in", data={"manager": "ql"} | fields, base_url=BASE)
    return response.headers["Location"]


def _name_office(web: Web, name: str) -> int:
    """Send the form of the name, and what its preview carries; return the last status."""
    path = "/admin/office/general"
    page, status = _get(web, path)[1], 0
    for step in ("preview", "save"):
        form = FormReader(path)
        form.feed(page)
        fields = {**form.fields, "step": [step], "name.vi": [name], "when": ["now"]}
        response = web.browser.post(path, data=fields, base_url=BASE)
        status, page = response.status_code, response.get_data(as_text=True)
    return status


def _office_name(web: Web) -> str:
    with web.hall.read() as snapshot:
        return snapshot.office.name["vi"]


def test_the_administrator_changes_the_office(web: Web) -> None:
    assert "Thay đổi cơ quan" in _get(web, "/?choose=1")[1]
    assert _sign_in(web, administers="1") == "/admin/office"
    assert _name_office(web, "Phường Mới") == 303
    assert _office_name(web) == "Phường Mới"
    status, history = _get(web, "/admin/office/changes")
    assert (status, "Đặng Thị Mẫu" in history) == (200, True)


def test_a_manager_and_a_stranger_do_not(web: Web) -> None:
    for location in (None, _sign_in(web)):
        assert location != "/admin/office"
        assert _get(web, "/admin/office")[0] == 403
        assert _name_office(web, "Phường Mới") == 403
    assert _office_name(web) != "Phường Mới"
    assert 'href="/admin/office"' not in _get(web, "/manager")[1]


def test_the_administrator_is_one_no_longer_after_signing_out(web: Web) -> None:
    _sign_in(web, administers="1")
    assert 'href="/admin/office"' in _get(web, "/manager")[1]
    web.browser.post("/manager/sign-out", base_url=BASE)
    assert _get(web, "/admin/office")[0] == 403


def test_only_the_office_is_offered(web: Web) -> None:
    _sign_in(web, administers="1")
    page = _get(web, "/admin/office")[1]
    assert 'href="/admin/office"' in page
    assert 'href="/admin/people"' not in page
    assert _get(web, "/admin/people")[0] == 404
