import pygame
import pytest

from display.screens.board import EARLIER_EM
from display.screens.layout import LANDSCAPE, PORTRAIT, layout_for
from hardware.screens.fonts import CAP_HEIGHT_EM
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from hardware.screens.scene import Label, NumberLabel, Rectangle
from hardware.screens.theme import DAY, Colour, contrast_ratio
from support.screen_layout import problems
from tools.pictures.display import DisplayShot, screens

ALL = list(screens())


@pytest.mark.parametrize("shot", ALL, ids=[f"{shot.name}-{shot.language}" for shot in ALL])
def test_no_text_overflows_or_lies_on_another(shot: DisplayShot) -> None:
    assert problems(shot.scene, shot.panel) == []


@pytest.mark.parametrize("shot", ALL, ids=[f"{shot.name}-{shot.language}" for shot in ALL])
def test_ticket_numbers_are_fifty_millimetres_high_where_they_are_called_and_share_one_size(shot: DisplayShot) -> None:
    calls = shot.layout.calls
    numbers = [
        piece
        for piece in shot.scene
        if isinstance(piece, NumberLabel) and piece.text[:1].isalpha() and len(piece.text) > 3
    ]
    if "board" in shot.name or "stale" in shot.name:
        earlier_rows = {piece.size_mm for piece in numbers if piece.size_mm < EARLIER_EM + 1}
        rows = [piece for piece in numbers if piece.box.x < calls.x + 20 and piece.size_mm not in earlier_rows]
        assert len(earlier_rows) <= 1, "those called before are all equally small"
        assert len({piece.size_mm for piece in rows}) <= 1
        assert all(piece.size_mm * CAP_HEIGHT_EM >= 50 for piece in rows)
    if "call" in shot.name:
        assert max(piece.size_mm for piece in numbers) * CAP_HEIGHT_EM >= 100


@pytest.mark.parametrize("shot", ALL, ids=[f"{shot.name}-{shot.language}" for shot in ALL])
def test_yellow_means_only_now_being_called(shot: DisplayShot) -> None:
    yellow = [piece for piece in shot.scene if isinstance(piece, Rectangle) and piece.fill is Colour.CALL]
    is_call = "board-quiet" not in shot.name and ("board" in shot.name or "hours" in shot.name)
    if "call" in shot.name:
        assert yellow
    else:
        assert len(yellow) == (1 if is_call else 0)


def test_every_text_stands_out_from_its_ground_seven_to_one() -> None:
    pairs = {
        (Colour.ON_NIGHT, Colour.NIGHT),
        (Colour.NIGHT_TEXT, Colour.NIGHT),
        (Colour.ON_NIGHT, Colour.NIGHT2),
        (Colour.ON_CALL, Colour.CALL),
        (Colour.ON_CALL_TILE, Colour.CALL_TILE),
        (Colour.CALL_TILE, Colour.CALL),
        (Colour.ON_BAND, Colour.BAND),
    }
    used = {piece.colour for shot in ALL for piece in shot.scene if isinstance(piece, Label | NumberLabel)}
    assert used <= {text for text, _ in pairs}
    for text, ground in pairs:
        assert contrast_ratio(DAY.rgb(text), DAY.rgb(ground)) >= 7


def test_the_smallest_text_is_read_from_three_metres() -> None:
    sizes = {piece.size_mm for shot in ALL for piece in shot.scene if isinstance(piece, Label)}
    assert min(sizes) * CAP_HEIGHT_EM >= 8.5


def test_both_layouts_keep_their_parts_inside() -> None:
    for layout in (LANDSCAPE, PORTRAIT):
        width, height = layout.canvas
        boxes = (
            layout.calls,
            layout.call,
            layout.call_number,
            layout.call_tile,
            *layout.waiting,
            layout.footer,
            layout.stale_band,
        )
        for box in boxes:
            assert box.x >= 0
            assert box.right <= width
            assert box.bottom <= height
        assert layout.calls.bottom <= layout.stale_band.y + 0.1
        assert all(column.bottom <= layout.stale_band.y + 0.1 for column in layout.waiting)


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (1280, 1024), (1080, 1920), (768, 1366)])
def test_no_panel_shows_a_strip_of_another_colour_at_its_edges(size: tuple[int, int]) -> None:
    layout = layout_for(*size)
    panel = Panel(*size, layout.canvas[0], canvas_mm=layout.canvas)
    surface = pygame.Surface(size)
    for shot in ALL:
        if shot.layout is layout and shot.language == "vi":
            paint(surface, shot.scene, panel, DAY)
            edge = {tuple(surface.get_at((0, y)))[:3] for y in range(size[1])}
            edge |= {tuple(surface.get_at((x, y)))[:3] for x in range(size[0]) for y in (0, size[1] - 1)}
            assert DAY.rgb(Colour.PAPER) not in edge, shot.name
