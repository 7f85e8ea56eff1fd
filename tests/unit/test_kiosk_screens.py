"""Every kiosk screen: texts fit and are true, nothing overlaps, targets are large enough."""

import itertools
from dataclasses import replace

import pytest

from hardware.ports import PrintState
from hardware.screens.fonts import CAP_HEIGHT_EM
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from hardware.screens.scene import Label, NumberLabel, Rectangle, Scene, Shade, Target, VAlign, targets
from hardware.screens.theme import CONTRAST, DAY, Colour, Theme, contrast_ratio
from kiosk.control_port import describe_state
from kiosk.flow.state import Accessibility, HelpState, KioskState, ScreenName, with_hall, with_visit
from kiosk.screens.draw import draw, make_panel, theme_of
from support.kiosk_places import name_of
from support.screen_layout import problems, small_targets
from tools.pictures import kiosk as demo

FLOOR_MM = 4.8
LOWER = 0.4 * 532
ACCESS = [
    Accessibility(language, large_text=big, contrast=high, low_reach=low)
    for language, (big, high, low) in itertools.product(
        ("vi", "en"),
        ((False, False, False), (True, False, False), (False, True, False), (False, False, True), (True, True, True)),
    )
]


def name(access: Accessibility) -> str:
    on = [word for word in ("large_text", "contrast", "low_reach") if getattr(access, word)]
    return "-".join([access.language, *on])


def texts(scene: Scene) -> list[str]:
    return [piece.text for piece in scene if isinstance(piece, Label | NumberLabel)]


def drawn(state: KioskState, panel: Panel = demo.PORTRAIT) -> Scene:
    return draw(demo.view_of(state, panel))


PANELS = pytest.mark.parametrize("panel", [demo.PORTRAIT, demo.LANDSCAPE], ids=["portrait", "landscape"])


@PANELS
@pytest.mark.parametrize("access", ACCESS, ids=name)
def test_no_text_overflows_or_lies_on_another_on_any_screen(access: Accessibility, panel: Panel) -> None:
    faults = {shot.name: wrong for shot in demo.shots(access) if (wrong := problems(drawn(shot.state, panel), panel))}
    assert faults == {}


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
def test_a_reason_that_staff_wrote_stays_on_its_panel_however_long(
    reason: str, access: Accessibility, panel: Panel
) -> None:
    states = {shot.name: shot.state for shot in demo.shots(access)}
    shut, stopped = states["holiday"], states["notice-stopped-reason"]
    assert shut.hall.office is not None and stopped.hall.office is not None
    day = shut.hall.office.day.model_copy(update={"reason": reason})
    services = [service.model_copy(update={"reason": reason}) for service in stopped.hall.office.services]
    offices = (
        (shut, shut.hall.office.model_copy(update={"day": day})),
        (stopped, stopped.hall.office.model_copy(update={"services": services})),
    )
    for state, office in offices:
        faults = problems(drawn(with_hall(state, office=office), panel), panel)
        assert [wrong for wrong in faults if "does not fit" not in wrong] == []  # a word that must be broken


@PANELS
@pytest.mark.parametrize("access", ACCESS, ids=name)
def test_every_target_is_at_least_twenty_millimetres(access: Accessibility, panel: Panel) -> None:
    assert panel.true_scale >= 0.995  # a canvas millimetre is one on the glass
    faults = {shot.name: small for shot in demo.shots(access) if (small := small_targets(drawn(shot.state, panel)))}
    assert faults == {}


def test_a_landscape_panel_shows_and_offers_the_same_as_a_portrait_one() -> None:
    """Exceptions are the key that lowers the controls, pages of lists, and optional texts."""
    pages = ("group-", "service-", "procedure-", "page-")
    room = {"result", "result-printing", "result-long"}
    for shot in demo.shots(Accessibility("vi")):
        upright, lying = drawn(shot.state), drawn(shot.state, demo.LANDSCAPE)
        offered = [
            {name_of(target) for target in targets(scene) if not name_of(target).startswith(pages)}
            for scene in (upright, lying)
        ]
        assert offered[0] - {"low"} == offered[1], shot.name
        if shot.name in room:
            assert set(texts(upright)) - {"Nút thấp"} <= set(texts(lying)), shot.name


def test_nothing_of_a_landscape_screen_is_hidden_under_another_piece() -> None:
    for shot in demo.shots(Accessibility("vi")):
        scene = drawn(shot.state, demo.LANDSCAPE)
        for place, piece in enumerate(scene):
            if isinstance(piece, Label):
                over = [
                    above.box for above in scene[place + 1 :] if isinstance(above, Rectangle) and above.fill is not None
                ]
                x, y = piece.box.x + piece.box.w / 2, piece.box.y + piece.box.h / 2
                shaded = any(isinstance(above, Shade) for above in scene[place + 1 :])
                assert shaded or not any(box.contains(x, y) for box in over), (shot.name, piece.text)


def test_the_layout_test_sees_what_is_wrong() -> None:
    scene = drawn(demo.idle_kiosk())
    label = next(piece for piece in scene if isinstance(piece, Label) and piece.size_mm > 10)
    assert problems((*scene, label), demo.PORTRAIT)
    assert problems((replace(label, text=label.text * 9),), demo.PORTRAIT)
    assert problems((replace(label, box=replace(label.box, x=280)),), demo.PORTRAIT)
    key = next(targets(scene))
    assert problems((key, Label(replace(key.box, h=8), "Một", 8, valign=VAlign.TOP, leading=0.8)), demo.PORTRAIT)
    above = replace(key.box, y=key.box.y - 10, h=12)
    assert problems((key, Label(above, "Một", 20)), demo.PORTRAIT)
    assert small_targets((replace(key, box=replace(key.box, h=19.0)),))
    assert small_targets((key, replace(key, id="other")))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_lowered_controls_are_all_in_the_lower_sixty_per_cent(language: str) -> None:
    for shot in demo.shots(Accessibility(language, low_reach=True)):
        scene = drawn(shot.state)
        if any(isinstance(piece, Shade) for piece in scene):
            continue
        high = [name_of(target) for target in targets(scene) if target.box.y < LOWER and name_of(target) != "continue"]
        assert high == [], shot.name


@PANELS
def test_no_text_is_smaller_than_the_floor(panel: Panel) -> None:
    for access in ACCESS:
        for shot in demo.shots(access):
            labels = [piece for piece in drawn(shot.state, panel) if isinstance(piece, Label)]
            assert [label.text for label in labels if label.size_mm * CAP_HEIGHT_EM < FLOOR_MM] == [], shot.name


def test_bigger_text_makes_what_must_be_read_bigger_and_the_pages_more() -> None:
    small = {shot.name: shot.state for shot in demo.shots(Accessibility("vi"))}
    big = {shot.name: shot.state for shot in demo.shots(Accessibility("vi", large_text=True))}

    def count(state: KioskState) -> int:
        return sum(name_of(target).startswith("service-") for target in targets(drawn(state)))

    assert (count(small["services-1"]), count(big["services-1"])) == (6, 4)


def test_at_most_one_filled_action_stands_in_the_content_of_a_screen() -> None:
    for shot in demo.shots(Accessibility("vi")):
        filled = [
            name_of(target)
            for target in targets(drawn(shot.state))
            if target.fill is Colour.ACTION and target.box.y < 440 and not name_of(target).startswith("lang-")
        ]
        assert len(filled) <= 1, shot.name


# --- colours -------------------------------------------------------------------------------------------

PAIRS = [
    (Colour.INK, Colour.PAPER),
    (Colour.INK, Colour.SURFACE),
    (Colour.INK, Colour.CHOSEN),
    (Colour.INK, Colour.DOCK),
    (Colour.INK, Colour.KEY_PRESSED),
    (Colour.INK2, Colour.PAPER),
    (Colour.INK2, Colour.SURFACE),
    (Colour.ACCENT, Colour.PAPER),
    (Colour.ACCENT, Colour.SURFACE),
    (Colour.ON_TILE, Colour.TILE),
    (Colour.ON_ACTION, Colour.ACTION),
    (Colour.ON_ACTION, Colour.ACTION_PRESSED),
    (Colour.ON_ACTION2, Colour.ACTION),
    (Colour.ON_ACTION2, Colour.ACTION_PRESSED),
    (Colour.ON_PANEL, Colour.PANEL),
    (Colour.ON_PANEL2, Colour.PANEL),
    (Colour.ON_WARN, Colour.WARN),
    (Colour.ON_CODE, Colour.CODE),
    (Colour.GREEN, Colour.GREEN_PALE),
    (Colour.RED, Colour.RED_PALE),
    (Colour.ON_NIGHT, Colour.NIGHT),
    (Colour.ON_NIGHT, Colour.NIGHT2),
    (Colour.NIGHT_TEXT, Colour.NIGHT),
    (Colour.NIGHT_TEXT, Colour.NIGHT2),
    (Colour.ON_CALL, Colour.CALL),
    (Colour.ON_CALL_TILE, Colour.CALL_TILE),
    (Colour.ON_BAND, Colour.BAND),
]


@pytest.mark.parametrize("theme", [DAY, CONTRAST], ids=lambda theme: theme.name)
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_every_text_has_a_contrast_of_seven_to_one(theme: Theme, ink: Colour, ground: Colour) -> None:
    assert contrast_ratio(theme.rgb(ink), theme.rgb(ground)) >= 7.0


@pytest.mark.parametrize("theme", [DAY, CONTRAST], ids=lambda theme: theme.name)
def test_the_edge_of_what_can_be_touched_is_seen(theme: Theme) -> None:
    assert contrast_ratio(theme.rgb(Colour.LINE_STRONG), theme.rgb(Colour.PAPER)) >= 3.0
    assert contrast_ratio(theme.rgb(Colour.LINE_STRONG), theme.rgb(Colour.SURFACE)) >= 3.0


def test_contrast_is_computed_as_in_wcag() -> None:
    assert contrast_ratio((0, 0, 0), (255, 255, 255)) == 21.0
    assert round(contrast_ratio(DAY.rgb(Colour.INK), DAY.rgb(Colour.PAPER)), 1) == 15.8


# --- texts ---------------------------------------------------------------------------------------------


def shot(wanted: str, language: str = "vi") -> Scene:
    return drawn(next(shot.state for shot in demo.shots(Accessibility(language)) if shot.name == wanted))


def test_a_forecast_is_an_interval_or_nothing() -> None:
    assert "khoảng 20–35 phút" in texts(shot("confirm-wait"))
    assert not any("phút" in text for text in texts(shot("confirm")))
    assert not any("phút" in text for text in texts(shot("confirm-many")))


@pytest.mark.parametrize(
    "fault", ["fault-paper", "fault-torn", "fault-printer", "fault-unknown", "no-slip", "result", "result-printing"]
)
def test_no_news_of_a_slip_stands_without_the_number(fault: str) -> None:
    scene = shot(fault)
    assert [piece.text for piece in scene if isinstance(piece, NumberLabel)] == ["A015"]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("closed", "07:30"),
        ("closed", "Thứ Tư, 25/11/2026"),
        ("holiday", "Ngày Văn hóa Việt Nam"),
        ("lunch", "Nghỉ trưa đến 13:30."),
        ("day", "Trung tâm chưa bắt đầu cấp số."),
        ("notice-full-when", "Đã hết số của hôm nay."),
        ("notice-full-when", "Mời Ông/Bà trở lại lúc 07:30, thứ Tư, 25/11/2026."),
        ("notice-full-when", "Cần hỏi thêm, mời Ông/Bà đến quầy 4 hoặc gọi 1022."),
        ("notice-full", "Lĩnh vực Chứng thực chưa có số trống."),
        ("notice-elsewhere-place", "Lĩnh vực Chứng thực không tiếp nhận tại đây."),
        ("notice-elsewhere-place", "Mời Ông/Bà đến: Chi nhánh Văn phòng Đăng ký đất đai, 12 đường Hùng Vương."),
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
def test_a_screen_shows(wanted: str, text: str) -> None:
    assert text in texts(shot(wanted))


@PANELS
@pytest.mark.parametrize("access", ACCESS, ids=name)
def test_a_hit_of_elsewhere_is_marked_however_small_its_row_is(access: Accessibility, panel: Panel) -> None:
    scene = drawn(next(shot.state for shot in demo.shots(access) if shot.name == "search-elsewhere"), panel)
    note = {"vi": "Thủ tục này không tiếp nhận tại đây.", "en": "This procedure is not handled here."}
    assert note[access.language] in texts(scene)


def test_a_procedure_of_elsewhere_shows_where_and_offers_no_number() -> None:
    scene = shot("card-elsewhere")
    assert any(text.startswith("Mời Ông/Bà đến: Phòng") for text in texts(scene))
    assert "take" not in [name_of(target) for target in targets(scene)]


def test_a_closed_hall_offers_no_number() -> None:
    assert "take" not in [name_of(target) for target in targets(shot("closed"))]
    assert "lookup" in [name_of(target) for target in targets(shot("closed"))]


@PANELS
def test_a_card_has_all_its_text_on_its_pages(panel: Panel) -> None:
    for access in (Accessibility("vi"), Accessibility("vi", large_text=True)):
        for procedure in demo.catalogue().procedures:
            state = with_visit(
                demo.idle_kiosk(access),
                screen=ScreenName.PROCEDURE,
                service=procedure.service,
                procedure=procedure.code,
            )
            shown = [text for page in range(12) for text in texts(drawn(with_visit(state, page=page), panel))]
            assert [paper for paper in procedure.papers if paper not in shown] == []
            assert all(text in shown for text in (procedure.time, procedure.fee) if text)
            assert any(procedure.full_name in text for text in shown)


def test_the_question_lets_nothing_behind_it_be_touched() -> None:
    assert [name_of(target) for target in targets(shot("idle"))] == ["home", "continue", "continue"]


@pytest.mark.parametrize(("panel", "keys"), [(demo.PORTRAIT, 4), (demo.LANDSCAPE, 3)], ids=["portrait", "landscape"])
def test_every_screen_keeps_the_languages_and_access_keys_in_their_place(panel: Panel, keys: int) -> None:
    places = set()
    for shot in demo.shots(Accessibility("vi")):
        for piece in drawn(shot.state, panel):
            if isinstance(piece, Target) and name_of(piece) in ("lang-en", "big", "contrast", "low"):
                places.add((name_of(piece), piece.box))
    assert len(places) == keys


def test_the_state_for_the_control_port_names_what_is_shown() -> None:
    state = next(shot.state for shot in demo.shots(Accessibility("en")) if shot.name == "result")
    description = describe_state(with_visit(state, help=HelpState.SENT))
    assert (description["screen"], description["number"], description["slip"], description["language"]) == (
        "result",
        "A015",
        "printed",
        "en",
    )
    assert description["help"] == "sent"
    assert theme_of(state) is DAY


@pytest.mark.parametrize(("width", "height", "mm"), [(1920, 1080, 476.0), (768, 1366, 230.0), (1080, 1920, 398.0)])
def test_other_panels_get_the_same_screens_whole(width: int, height: int, mm: float) -> None:
    import pygame

    panel = make_panel(width, height, mm)
    surface = pygame.Surface((width, height))
    for shot in demo.shots(Accessibility("vi")):
        scene = drawn(shot.state, panel)
        paint(surface, scene, panel, DAY)
        for target in targets(scene):
            left, top, wide, high = panel.rect(target.box.x, target.box.y, target.box.w, target.box.h)
            assert left >= 0
            assert top >= 0
            assert left + wide <= width + 1
            assert top + high <= height + 1


def test_a_torn_slip_is_called_torn_and_its_owner_sent_to_staff() -> None:
    shown = " ".join(texts(shot("fault-torn")))
    assert "phiếu bị đứt" in shown and "Mời nhận phiếu" not in shown


def test_a_printed_slip_has_a_countdown_and_a_missing_one_has_none() -> None:
    assert any("12 giây" in text for text in texts(shot("result")))
    for fault in ("fault-paper", "fault-torn", "fault-unknown", "no-slip"):
        assert not any("giây" in text for text in texts(shot(fault)))
    state = next(shot.state for shot in demo.shots(Accessibility("vi")) if shot.name == "result")
    assert state.visit.slip_state is PrintState.PRINTED


@PANELS
def test_a_clock_that_the_server_does_not_believe_is_not_shown(panel: Panel) -> None:
    dated = demo.office()
    undated = dated.model_copy(update={"day": dated.day.model_copy(update={"date": None})})
    state = next(iter(demo.shots(Accessibility()))).state
    before, after = (texts(drawn(with_hall(state, office=office), panel)) for office in (dated, undated))
    assert {"--:--", "Chưa rõ ngày"} & set(before) == set()
    assert {"--:--", "Chưa rõ ngày"} <= set(after)
