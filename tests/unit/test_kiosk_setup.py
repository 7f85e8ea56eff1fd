"""The kiosk shows the set-up code on its idle screen only."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from kiosk_bench import Kiosk

from config.setup_notice import SetupNotice, read_notice, remove_notice, write_notice
from hardware.screens.panel import Panel
from hardware.screens.scene import Label, NumberLabel
from kiosk.control_port import describe_state
from kiosk.flow import events
from kiosk.flow.state import with_hall
from kiosk.screens.draw import draw
from tools.pictures import kiosk as demo

NOTICE = SetupNotice("K7QX-4MPR-2HWD", "http://127.0.0.1:8470/setup")


def shown(kiosk: Kiosk, panel: Panel = demo.PORTRAIT) -> str:
    scene = draw(demo.view_of(kiosk.state, panel))
    return "\n".join(piece.text for piece in scene if isinstance(piece, Label | NumberLabel))


def test_the_notice_is_readable_by_its_owner_only_and_survives_a_restart(tmp_path: Path) -> None:
    write_notice(tmp_path / "state", NOTICE)
    file = tmp_path / "state" / "setup-code.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_notice(tmp_path / "state") == NOTICE
    remove_notice(tmp_path / "state")
    remove_notice(tmp_path / "state")
    assert read_notice(tmp_path / "state") is None


@pytest.mark.parametrize("text", ["", "[]", '{"code": "K7QX"}', "null"])
def test_a_damaged_notice_shows_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "setup-code.json").write_text(text, encoding="utf-8")
    assert read_notice(tmp_path) is None


@pytest.mark.parametrize("panel", [demo.PORTRAIT, demo.LANDSCAPE], ids=["portrait", "landscape"])
def test_a_hall_without_office_shows_page_and_code_in_both_languages(panel: Panel) -> None:
    kiosk = Kiosk()
    kiosk.state = with_hall(kiosk.state, office=None, board=None, catalogue=None)
    kiosk.happens(events.SetupNoticeRead(NOTICE))
    text = " ".join(shown(kiosk, panel).split())
    for part in ("Hệ thống chưa được thiết lập", "The system is not set up yet", NOTICE.page, "K7QX-4MPR-2HWD"):
        assert part in text


def test_a_hall_that_works_shows_the_code_below_its_buttons_until_it_is_set_up() -> None:
    kiosk = Kiosk()
    kiosk.happens(events.SetupNoticeRead(NOTICE))
    assert "K7QX-4MPR-2HWD" in shown(kiosk)
    assert "LẤY SỐ THỨ TỰ" in shown(kiosk)
    kiosk.happens(events.SetupNoticeRead(None))
    assert "K7QX" not in shown(kiosk)


def test_only_the_idle_screen_shows_the_code() -> None:
    kiosk = Kiosk()
    kiosk.happens(events.SetupNoticeRead(NOTICE))
    kiosk.tap("take")
    assert "K7QX" not in shown(kiosk)


def test_the_control_port_does_not_describe_the_code() -> None:
    state = replace(Kiosk().state, setup_notice=NOTICE)
    assert "K7QX" not in repr(describe_state(state))
