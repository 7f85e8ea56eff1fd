"""Every kiosk screen: texts fit, nothing overlaps, targets are large enough, and what is said is true."""

import itertools
from dataclasses import replace

import pytest

from hardware.ports import PrintState
from hardware.screens.fonts import CAP_EM
from hardware.screens.layout import problems, small_targets
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from hardware.screens.scene import Ground, Label, Number, Scene, Shade, Stand, Target, targets
from hardware.screens.theme import CONTRAST, DAY, Theme, Token, contrast
from kiosk.screens import described, draw, panel_of, theme_of
from kiosk.state import Access, HelpState, Screen, State
from tools.pictures import kiosk as demo

FLOOR_MM = 4.8
LOWER = 0.4 * 532
ACCESS = [
    Access(language, big=big, contrast=high, lowered=low)
    for language, (big, high, low) in itertools.product(
        ("vi", "en"),
        ((False, False, False), (True, False, False), (False, True, False), (False, False, True), (True, True, True)),
    )
]


def name(access: Access) -> str:
    on = [word for word in ("big", "contrast", "lowered") if getattr(access, word)]
    return "-".join([access.language, *on])


def texts(scene: Scene) -> list[str]:
    return [piece.text for piece in scene if isinstance(piece, Label | Number)]


def drawn(state: State, panel: Panel = demo.PORTRAIT) -> Scene:
    return draw(demo.view_of(state, panel))


PANELS = pytest.mark.parametrize("panel", [demo.PORTRAIT, demo.LANDSCAPE], ids=["portrait", "landscape"])


@PANELS
@pytest.mark.parametrize("access", ACCESS, ids=name)
def test_no_text_overflows_or_lies_on_another_on_any_screen(access: Access, panel: Panel) -> None:
    found = {shot.name: wrong for shot in demo.shots(access) if (wrong := problems(drawn(shot.state, panel), panel))}
    assert found == {}


REASONS = (
    "Nghỉ" * 30,
    "Xem https://dichvucong.gov.vn/p/home/dvc-trang-chu.html?thong-bao=tam-ngung-tiep-nhan-ho-so-2026-11",
    "Trung tâm sửa chữa hệ thống điện và mạng theo thông báo của Ủy ban nhân dân phường; " * 2
    + "mong Ông/Bà thông cảm.",
    "Ngừng" * 40,
)


@PANELS
@pytest.mark.parametrize("access", ACCESS, ids=name)
@pytest.mark.parametrize("reason", REASONS, ids=["word", "address", "sentence", "longest"])
def test_a_reason_that_staff_wrote_stays_on_its_panel_however_long(reason: str, access: Access, panel: Panel) -> None:
    states = {shot.name: shot.state for shot in demo.shots(access)}
    shut, stopped = states["holiday"], states["notice-stopped-reason"]
    assert shut.office is not None and stopped.office is not None
    day = shut.office.day.model_copy(update={"reason": reason})
    services = [one.model_copy(update={"reason": reason}) for one in stopped.office.services]
    offices = (
        (shut, shut.office.model_copy(update={"day": day})),
        (stopped, stopped.office.model_copy(update={"services": services})),
    )
    for state, office in offices:
        found = problems(drawn(replace(state, office=office), panel), panel)
        assert [wrong for wrong in found if "does not fit" not in wrong] == []  # a word that must be broken


@PANELS
@pytest.mark.parametrize("access", ACCESS, ids=name)
def test_every_target_is_at_least_twenty_millimetres(access: Access, panel: Panel) -> None:
    assert panel.true_scale >= 0.995  # a canvas millimetre is one on the glass
    found = {shot.name: small for shot in demo.shots(access) if (small := small_targets(drawn(shot.state, panel)))}
    assert found == {}


def test_a_landscape_panel_says_and_offers_what_a_portrait_one_does() -> None:
    """But for the key that lowers the controls, the pages of lists, and what stands there only where there is room."""
    pages = ("service-", "procedure-", "page-")
    room = {"result", "result-printing", "result-long"}
    for shot in demo.shots(Access("vi")):
        upright, lying = drawn(shot.state), drawn(shot.state, demo.LANDSCAPE)
        offered = [{one.id for one in targets(scene) if not one.id.startswith(pages)} for scene in (upright, lying)]
        assert offered[0] - {"low"} == offered[1], shot.name
        if shot.name in room:
            assert set(texts(upright)) - {"Nút thấp"} <= set(texts(lying)), shot.name


def test_nothing_of_a_landscape_screen_is_hidden_under_another_piece() -> None:
    for shot in demo.shots(Access("vi")):
        scene = drawn(shot.state, demo.LANDSCAPE)
        for place, piece in enumerate(scene):
            if isinstance(piece, Label):
                over = [one.box for one in scene[place + 1 :] if isinstance(one, Ground) and one.fill is not None]
                x, y = piece.box.x + piece.box.w / 2, piece.box.y + piece.box.h / 2
                shaded = any(isinstance(one, Shade) for one in scene[place + 1 :])
                assert shaded or not any(box.holds(x, y) for box in over), (shot.name, piece.text)


def test_the_layout_test_sees_what_is_wrong() -> None:
    scene = drawn(demo.rest())
    label = next(piece for piece in scene if isinstance(piece, Label) and piece.size_mm > 10)
    assert problems((*scene, label), demo.PORTRAIT)
    assert problems((replace(label, text=label.text * 9),), demo.PORTRAIT)
    assert problems((replace(label, box=replace(label.box, x=280)),), demo.PORTRAIT)
    key = next(targets(scene))
    assert problems((key, Label(replace(key.box, h=8), "Một", 8, stand=Stand.TOP, leading=0.8)), demo.PORTRAIT)
    above = replace(key.box, y=key.box.y - 10, h=12)
    assert problems((key, Label(above, "Một", 20)), demo.PORTRAIT)
    assert small_targets((replace(key, box=replace(key.box, h=19.0)),))
    assert small_targets((key, replace(key, id="other")))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_lowered_controls_are_all_in_the_lower_sixty_per_cent(language: str) -> None:
    for shot in demo.shots(Access(language, lowered=True)):
        scene = drawn(shot.state)
        if any(isinstance(piece, Shade) for piece in scene):
            continue
        high = [one.id for one in targets(scene) if one.box.y < LOWER and one.id != "continue"]
        assert high == [], shot.name


@PANELS
def test_no_text_is_smaller_than_the_floor(panel: Panel) -> None:
    for access in ACCESS:
        for shot in demo.shots(access):
            labels = [one for one in drawn(shot.state, panel) if isinstance(one, Label)]
            assert [one.text for one in labels if one.size_mm * CAP_EM < FLOOR_MM] == [], shot.name


def test_bigger_text_makes_what_must_be_read_bigger_and_the_pages_more() -> None:
    small = {shot.name: shot.state for shot in demo.shots(Access("vi"))}
    big = {shot.name: shot.state for shot in demo.shots(Access("vi", big=True))}

    def count(state: State) -> int:
        return sum(target.id.startswith("service-") for target in targets(drawn(state)))

    assert (count(small["services-1"]), count(big["services-1"])) == (6, 4)


def test_at_most_one_filled_action_stands_in_the_content_of_a_screen() -> None:
    for shot in demo.shots(Access("vi")):
        filled = [
            one.id
            for one in targets(drawn(shot.state))
            if one.fill is Token.ACTION and one.box.y < 440 and not one.id.startswith("lang-")
        ]
        assert len(filled) <= 1, shot.name


# --- colours -------------------------------------------------------------------------------------------

PAIRS = [
    (Token.INK, Token.PAPER),
    (Token.INK, Token.SURFACE),
    (Token.INK, Token.CHOSEN),
    (Token.INK, Token.DOCK),
    (Token.INK, Token.KEY_PRESSED),
    (Token.INK2, Token.PAPER),
    (Token.INK2, Token.SURFACE),
    (Token.ACCENT, Token.PAPER),
    (Token.ACCENT, Token.SURFACE),
    (Token.ON_TILE, Token.TILE),
    (Token.ON_ACTION, Token.ACTION),
    (Token.ON_ACTION, Token.ACTION_PRESSED),
    (Token.ON_ACTION2, Token.ACTION),
    (Token.ON_ACTION2, Token.ACTION_PRESSED),
    (Token.ON_PANEL, Token.PANEL),
    (Token.ON_PANEL2, Token.PANEL),
    (Token.ON_WARN, Token.WARN),
    (Token.ON_CODE, Token.CODE),
    (Token.GREEN, Token.GREEN_PALE),
    (Token.RED, Token.RED_PALE),
    (Token.ON_NIGHT, Token.NIGHT),
    (Token.ON_NIGHT, Token.NIGHT2),
    (Token.NIGHT_TEXT, Token.NIGHT),
    (Token.NIGHT_TEXT, Token.NIGHT2),
    (Token.ON_CALL, Token.CALL),
    (Token.ON_CALL_TILE, Token.CALL_TILE),
    (Token.ON_BAND, Token.BAND),
]


@pytest.mark.parametrize("theme", [DAY, CONTRAST], ids=lambda theme: theme.name)
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_every_text_has_a_contrast_of_seven_to_one(theme: Theme, ink: Token, ground: Token) -> None:
    assert contrast(theme.rgb(ink), theme.rgb(ground)) >= 7.0


@pytest.mark.parametrize("theme", [DAY, CONTRAST], ids=lambda theme: theme.name)
def test_the_edge_of_what_can_be_touched_is_seen(theme: Theme) -> None:
    assert contrast(theme.rgb(Token.LINE_STRONG), theme.rgb(Token.PAPER)) >= 3.0
    assert contrast(theme.rgb(Token.LINE_STRONG), theme.rgb(Token.SURFACE)) >= 3.0


def test_contrast_is_what_wcag_says() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == 21.0
    assert round(contrast(DAY.rgb(Token.INK), DAY.rgb(Token.PAPER)), 1) == 15.8


# --- what is said --------------------------------------------------------------------------------------


def shot(wanted: str, language: str = "vi") -> Scene:
    return drawn(next(one.state for one in demo.shots(Access(language)) if one.name == wanted))


def test_a_forecast_is_an_interval_or_nothing() -> None:
    assert "khoảng 20–35 phút" in texts(shot("confirm-wait"))
    assert not any("phút" in text for text in texts(shot("confirm")))
    assert not any("phút" in text for text in texts(shot("confirm-many")))


@pytest.mark.parametrize(
    "fault", ["fault-paper", "fault-torn", "fault-printer", "fault-unknown", "no-slip", "result", "result-printing"]
)
def test_no_news_of_a_slip_stands_without_the_number(fault: str) -> None:
    scene = shot(fault)
    assert [piece.text for piece in scene if isinstance(piece, Number)] == ["A015"]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("closed", "07:30"),
        ("closed", "Thứ Tư, 25/11/2026"),
        ("holiday", "Ngày Văn hóa Việt Nam"),
        ("lunch", "Nghỉ trưa đến 13:30."),
        ("day", "Trung tâm chưa bắt đầu cấp số."),
        ("notice-full-when", "Mời Ông/Bà trở lại lúc 07:30, thứ Tư, 25/11/2026."),
        ("notice-network", "Máy đang mất kết nối."),
        ("notice-busy", "Máy đang bận."),
        ("home-stale", "Mất kết nối. Thông tin cập nhật lúc 08:12"),
        ("home-demo", "BẢN TRÌNH DIỄN - KHÔNG PHẢI SỐ THẬT"),
        ("services-shut", "đã hết số"),
        ("services-shut", "còn 3 số"),
        ("search", "7 thủ tục phù hợp"),
        ("search-similar", "2 thủ tục gần giống"),
        ("card", "Miễn phí"),
        ("card", "Quầy phục vụ: 2"),
        ("confirm-nobody", "Hiện không có ai chờ trước Ông/Bà."),
        ("idle", "16"),
    ],
)
def test_a_screen_says(wanted: str, text: str) -> None:
    assert text in texts(shot(wanted))


@PANELS
@pytest.mark.parametrize("access", ACCESS, ids=name)
def test_a_hit_of_elsewhere_is_marked_however_small_its_row_is(access: Access, panel: Panel) -> None:
    scene = drawn(next(shot.state for shot in demo.shots(access) if shot.name == "search-elsewhere"), panel)
    note = {"vi": "Thủ tục này không tiếp nhận tại đây.", "en": "This procedure is not handled here."}
    assert note[access.language] in texts(scene)


def test_a_card_of_elsewhere_says_where_and_gives_no_number() -> None:
    scene = shot("card-elsewhere")
    assert any(text.startswith("Mời Ông/Bà đến: Phòng") for text in texts(scene))
    assert "take" not in [one.id for one in targets(scene)]


def test_a_closed_hall_offers_no_number() -> None:
    assert "take" not in [one.id for one in targets(shot("closed"))]
    assert "lookup" in [one.id for one in targets(shot("closed"))]


@PANELS
def test_a_card_has_all_its_text_on_its_pages(panel: Panel) -> None:
    for access in (Access("vi"), Access("vi", big=True)):
        for one in demo.catalogue().procedures:
            state = replace(demo.rest(access), screen=Screen.CARD, service=one.service, procedure=one.code)
            said = [text for page in range(12) for text in texts(drawn(replace(state, page=page), panel))]
            assert [paper for paper in one.papers if paper not in said] == []
            assert all(text in said for text in (one.time, one.fee) if text)
            assert any(one.full_name in text for text in said)


def test_the_question_lets_nothing_behind_it_be_touched() -> None:
    assert [one.id for one in targets(shot("idle"))] == ["home", "continue", "continue"]


@pytest.mark.parametrize(("panel", "keys"), [(demo.PORTRAIT, 4), (demo.LANDSCAPE, 3)], ids=["portrait", "landscape"])
def test_every_screen_keeps_the_languages_and_access_keys_in_their_place(panel: Panel, keys: int) -> None:
    places = set()
    for one in demo.shots(Access("vi")):
        for piece in drawn(one.state, panel):
            if isinstance(piece, Target) and piece.id in ("lang-en", "big", "contrast", "low"):
                places.add((piece.id, piece.box))
    assert len(places) == keys


def test_the_state_for_the_control_port_names_what_is_shown() -> None:
    state = next(one.state for one in demo.shots(Access("en")) if one.name == "result")
    told = described(replace(state, help=HelpState.SENT))
    assert (told["screen"], told["number"], told["slip"], told["language"]) == ("result", "A015", "printed", "en")
    assert told["help"] == "sent"
    assert theme_of(state) is DAY


@pytest.mark.parametrize(("width", "height", "mm"), [(1920, 1080, 476.0), (768, 1366, 230.0), (1080, 1920, 398.0)])
def test_other_panels_get_the_same_screens_whole(width: int, height: int, mm: float) -> None:
    import pygame

    panel = panel_of(width, height, mm)
    surface = pygame.Surface((width, height))
    for one in demo.shots(Access("vi")):
        scene = drawn(one.state, panel)
        paint(surface, scene, panel, DAY)
        for target in targets(scene):
            left, top, wide, high = panel.rect(target.box.x, target.box.y, target.box.w, target.box.h)
            assert left >= 0
            assert top >= 0
            assert left + wide <= width + 1
            assert top + high <= height + 1


def test_a_torn_slip_is_called_torn_and_its_owner_sent_to_staff() -> None:
    said = " ".join(texts(shot("fault-torn")))
    assert "phiếu bị đứt" in said and "Mời nhận phiếu" not in said


def test_a_printed_slip_has_a_countdown_and_a_missing_one_has_none() -> None:
    assert any("12 giây" in text for text in texts(shot("result")))
    for fault in ("fault-paper", "fault-torn", "fault-unknown", "no-slip"):
        assert not any("giây" in text for text in texts(shot(fault)))
    state = next(one.state for one in demo.shots(Access("vi")) if one.name == "result")
    assert state.slip is PrintState.PRINTED


@PANELS
def test_a_clock_that_the_server_does_not_believe_is_not_shown(panel: Panel) -> None:
    known = demo.office()
    undated = known.model_copy(update={"day": known.day.model_copy(update={"date": None})})
    state = next(iter(demo.shots(Access()))).state
    before, after = (texts(drawn(replace(state, office=office), panel)) for office in (known, undated))
    assert {"--:--", "Chưa rõ ngày"} & set(before) == set()
    assert {"--:--", "Chưa rõ ngày"} <= set(after)
