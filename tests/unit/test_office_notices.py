"""The office's notices on the screens: within their time, whole, on every panel."""

from dataclasses import replace

import pytest
from display_bench import DisplayBench
from test_display_board import band_texts

from config.clock import Now
from config.words import words
from display.screens.widgets import message_band
from hardware.screens.panel import Panel
from hardware.screens.scene import Label
from kiosk.flow.state import Accessibility, KioskState, with_hall
from kiosk.screens.draw import draw
from kiosk.screens.office_notices import PART_S
from server.display_content.messages import Message
from server.wire.messages import Notice, to_time
from support.board_pictures import START_MS, board, office
from support.screen_layout import problems
from tools.pictures import kiosk as demo
from tools.pictures.display import DisplayShot, screens

LONG = (
    "CHIỀU THỨ SÁU NGÀY 27/11/2026 TRUNG TÂM NGHỈ TỪ 15:30 ĐỂ TẬP HUẤN NGHIỆP VỤ CHO CÁN BỘ TIẾP NHẬN HỒ SƠ;"
    " các số đã lấy trước 15:30 vẫn được phục vụ cho đến hết, mong Ông/Bà thông cảm và sắp xếp thời gian phù hợp."
)
MINUTE_MS = 60_000


def notice(text: str, since_ms: int | None = None, to_ms: int | None = None, **places: bool) -> Notice:
    moments = [None if moment is None else to_time(moment) for moment in (since_ms, to_ms)]
    return Notice.model_validate({"id": "n1", "text": {"vi": text}, "from": moments[0], "to": moments[1], **places})


def test_the_hall_screen_shows_a_notice_within_its_time_and_a_long_one_in_parts() -> None:
    notices = [
        notice("Mời xếp hàng"),
        notice("Đã hết hạn", None, START_MS - 1),
        notice("Chưa đến giờ", START_MS + 90 * MINUTE_MS),
        notice("Chỉ ở ki-ốt", on_tv=False),
        notice(LONG),
    ]
    texts = band_texts(DisplayBench().start(board(1), office().model_copy(update={"notices": notices})))
    assert "Mời xếp hàng" in texts
    assert not {"Đã hết hạn", "Chưa đến giờ", "Chỉ ở ki-ốt"} & set(texts)
    assert is_whole(texts)


def is_whole(texts: list[str]) -> bool:
    """Return whether the parts of ``LONG`` among the texts are the whole of it."""
    return " ".join(sorted((text for text in texts if text in LONG), key=LONG.index)) == LONG


SHOTS = {(shot.panel.width_px, shot.panel.height_px): shot for shot in screens()}


@pytest.mark.parametrize("shot", SHOTS.values(), ids=lambda shot: shot.name)
def test_a_part_of_a_notice_fits_in_the_band_of_every_panel(shot: DisplayShot) -> None:
    tv = DisplayBench().start(board(1), office().model_copy(update={"notices": [notice(LONG)]}))
    for text in band_texts(tv):
        assert problems(message_band(Message(text), shot.layout, shot.panel, words("vi")), shot.panel) == [], text


def kiosk_texts(state: KioskState, panel: Panel, seconds: int) -> list[str]:
    """Return the texts of the screen over some seconds, each once."""
    view, texts = demo.view_of(state, panel), []
    for second in range(0, seconds, PART_S):
        moment = Now(view.now.wall_ms + second * 1000, view.now.boot_ms, view.now.mono_s)
        scene = draw(replace(view, now=moment))
        assert problems(scene, panel) == []
        texts += [piece.text for piece in scene if isinstance(piece, Label) and piece.text not in texts]
    return texts


@pytest.mark.parametrize("panel", [demo.PORTRAIT, demo.LANDSCAPE], ids=["portrait", "landscape"])
@pytest.mark.parametrize(
    "access", [Accessibility("vi"), Accessibility("vi", large_text=True, contrast=True)], ids=["usual", "large"]
)
def test_the_kiosk_shows_a_notice_within_its_time_on_every_screen(panel: Panel, access: Accessibility) -> None:
    now_ms = demo.NOW.wall_ms
    notices = [
        notice("Đã hết hạn", None, now_ms),
        notice("Chưa đến giờ", now_ms + 90 * MINUTE_MS),
        notice("Chỉ ở sảnh", on_kiosk=False),
        notice(LONG),
    ]
    for shot in demo.shots(access):
        if shot.state.hall.office is None:
            continue
        of_notices = shot.state.hall.office.model_copy(update={"notices": notices})
        texts = kiosk_texts(with_hall(shot.state, office=of_notices), panel, PART_S if shot.name != "home" else 60)
        assert not {"Đã hết hạn", "Chưa đến giờ", "Chỉ ở sảnh"} & set(texts)
        if shot.name == "home":
            assert is_whole(texts)
