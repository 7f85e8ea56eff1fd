"""The line above the office's name, which a one-stop centre has and others have not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from access_bench import cheap_hashes
from account_web import HOST, AccountWeb
from display_bench import DisplayBench

from config.slips import load_layout
from config.words import words
from hardware.slips.compose import SlipData, compose
from hardware.slips.slip import Text
from server.domain.permissions import Role
from support.board_pictures import office

CENTRE = "Trung tâm Phục vụ hành chính công"


@pytest.mark.parametrize("is_one_stop", [True, False])
def test_pages_of_staff_have_the_line_in_a_one_stop_centre_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_one_stop: bool
) -> None:
    cheap_hashes(monkeypatch)
    web = AccountWeb(tmp_path, rules={"one_stop": is_one_stop})
    chief = web.browser(web.bench.person("Quản Trị Mẫu", Role.ADMINISTRATOR, Role.MANAGER))
    for browser, path in ((web.app.test_client(), "/"), (chief, "/"), (chief, "/admin/people"), (chief, "/manager")):
        page = browser.get(path, base_url=HOST).get_data(as_text=True)
        assert "Phường Mẫu" in page, path
        assert (CENTRE in page) is is_one_stop, path
    web.close()


@pytest.mark.parametrize("is_one_stop", [True, False])
def test_a_slip_has_the_line_in_a_one_stop_centre_only(is_one_stop: bool) -> None:
    data = SlipData(
        "Phòng khám Mẫu", "1", datetime(2026, 11, 23, tzinfo=UTC), number="A001", label="A001", one_stop=is_one_stop
    )
    slip = compose("ticket", load_layout(None), data, words("vi"))
    texts = [element.text.casefold() for element in slip.elements if isinstance(element, Text)]
    assert "phòng khám mẫu" in texts
    assert (CENTRE.casefold() in texts) is is_one_stop


@pytest.mark.parametrize("is_one_stop", [True, False])
def test_a_tv_has_the_line_in_a_one_stop_centre_only(is_one_stop: bool) -> None:
    shown = DisplayBench().start(of=office().model_copy(update={"one_stop": is_one_stop})).view().header
    assert shown is not None
    assert shown.centre_name == (CENTRE if is_one_stop else None)
