import pygame
import pytest

from display.places import LYING, STANDING, places
from display.screen import PAST_EM
from hardware.screens.fonts import CAP_EM
from hardware.screens.layout import problems
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from hardware.screens.scene import Ground, Label, Number
from hardware.screens.theme import DAY, Token, contrast
from tools.pictures.display import Shown, screens

ALL = list(screens())


@pytest.mark.parametrize("shown", ALL, ids=[f"{one.name}-{one.language}" for one in ALL])
def test_no_text_overflows_or_lies_on_another(shown: Shown) -> None:
    assert problems(shown.scene, shown.panel) == []


@pytest.mark.parametrize("shown", ALL, ids=[f"{one.name}-{one.language}" for one in ALL])
def test_ticket_numbers_are_fifty_millimetres_high_where_they_are_called_and_share_one_size(shown: Shown) -> None:
    calls = shown.at.calls
    numbers = [one for one in shown.scene if isinstance(one, Number) and one.text[:1].isalpha() and len(one.text) > 3]
    if "board" in shown.name or "stale" in shown.name:
        past = {one.size_mm for one in numbers if one.size_mm < PAST_EM + 1}
        rows = [one for one in numbers if one.box.x < calls.x + 20 and one.size_mm not in past]
        assert len(past) <= 1, "those called before are all equally small"
        assert len({one.size_mm for one in rows}) <= 1
        assert all(one.size_mm * CAP_EM >= 50 for one in rows)
    if "call" in shown.name:
        assert max(one.size_mm for one in numbers) * CAP_EM >= 100


@pytest.mark.parametrize("shown", ALL, ids=[f"{one.name}-{one.language}" for one in ALL])
def test_yellow_means_only_now_being_called(shown: Shown) -> None:
    yellow = [one for one in shown.scene if isinstance(one, Ground) and one.fill is Token.CALL]
    is_call = "board-quiet" not in shown.name and ("board" in shown.name or "hours" in shown.name)
    if "call" in shown.name:
        assert yellow
    else:
        assert len(yellow) == (1 if is_call else 0)


def test_every_text_stands_out_from_its_ground_seven_to_one() -> None:
    pairs = {
        (Token.ON_NIGHT, Token.NIGHT),
        (Token.NIGHT_TEXT, Token.NIGHT),
        (Token.ON_NIGHT, Token.NIGHT2),
        (Token.ON_CALL, Token.CALL),
        (Token.ON_CALL_TILE, Token.CALL_TILE),
        (Token.CALL_TILE, Token.CALL),
        (Token.ON_BAND, Token.BAND),
    }
    used = {one.colour for shown in ALL for one in shown.scene if isinstance(one, Label | Number)}
    assert used <= {text for text, _ in pairs}
    for text, ground in pairs:
        assert contrast(DAY.rgb(text), DAY.rgb(ground)) >= 7


def test_the_smallest_text_is_read_from_three_metres() -> None:
    sizes = {one.size_mm for shown in ALL for one in shown.scene if isinstance(one, Label)}
    assert min(sizes) * CAP_EM >= 8.5


def test_both_layouts_keep_their_parts_inside() -> None:
    for at in (LYING, STANDING):
        width, height = at.canvas
        boxes = (at.calls, at.call, at.call_number, at.call_tile, *at.waiting, at.footer, at.stale)
        for box in boxes:
            assert box.x >= 0
            assert box.right <= width
            assert box.bottom <= height
        assert at.calls.bottom <= at.stale.y + 0.1
        assert all(column.bottom <= at.stale.y + 0.1 for column in at.waiting)


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (1280, 1024), (1080, 1920), (768, 1366)])
def test_no_panel_shows_a_strip_of_another_colour_at_its_edges(size: tuple[int, int]) -> None:
    at = places(*size)
    panel = Panel(*size, at.canvas[0], canvas_mm=at.canvas)
    surface = pygame.Surface(size)
    for one in ALL:
        if one.at is at and one.language == "vi":
            paint(surface, one.scene, panel, DAY)
            edge = {tuple(surface.get_at((0, y)))[:3] for y in range(size[1])}
            edge |= {tuple(surface.get_at((x, y)))[:3] for x in range(size[0]) for y in (0, size[1] - 1)}
            assert DAY.rgb(Token.PAPER) not in edge, one.name
