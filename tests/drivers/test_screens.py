"""Drawing on the screens of kiosk and TV: fonts, wrapped texts, numbers, icons."""

import unicodedata

import pygame
import pytest
from touch_scene import PANEL

from hardware.screens import fonts
from hardware.screens.icons import FILLS, STROKES, icon
from hardware.screens.paint import paint
from hardware.screens.scene import Box, Label, NumberLabel, cell_width_em
from hardware.screens.theme import DAY, Colour


def test_it_is_pygame_ce() -> None:
    assert pygame.IS_CE


def test_texts_are_drawn_by_arguments_that_pygame_takes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """pygame 2.6.1 has the same ``Font.render``, but takes no keywords."""
    font = fonts.font(33, bold=False)

    class ByPosition:
        def render(self, text: str, antialias: bool, colour: tuple[int, int, int], /) -> pygame.Surface:
            return font.render(text, antialias, colour)

        def get_ascent(self) -> int:
            return font.get_ascent()

    monkeypatch.setattr(fonts, "font", lambda _px, bold: ByPosition())
    monkeypatch.setattr(fonts, "width_px", lambda text, _px, bold: font.size(text)[0])
    blank, drawn = pygame.Surface((300, 600)), pygame.Surface((300, 600))
    paint(blank, (), PANEL, DAY)
    paint(drawn, (Label(Box(10, 10, 130, 40), "Đường dây nóng", 9.5),), PANEL, DAY)
    assert pygame.image.tobytes(drawn, "RGB") != pygame.image.tobytes(blank, "RGB")


@pytest.mark.parametrize("bold", [False, True])
def test_the_fonts_have_every_letter_of_vietnams_languages(bold: bool) -> None:
    letters = "AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYaăâbcdđeêghiklmnoôơpqrstuưvxyẤẦẨẪẬắằẳẵặếềểễệốồổỗộớờởỡợứừửữựỳỵỷỹ"
    highland = "čñƀɃĕĭŏŭ0123456789–…“”‘’·•₫×"
    metrics = fonts.font(40, bold=bold).metrics(letters + highland)
    assert [letter for letter, metric in zip(letters + highland, metrics, strict=True) if metric is None] == []


def test_decomposed_text_is_drawn_as_composed() -> None:
    assert fonts.normalize("a\u0302\u0301  b") == "ấ b"


def test_text_wraps_at_spaces_and_a_dash_stays_with_the_word_before() -> None:
    px = 20
    room = fonts.width_px("Xây dựng -", px, bold=False)
    lines = fonts.wrap("Xây dựng - Hạ tầng", px, room, bold=False)
    assert [line.replace("\u00a0", " ") for line in lines] == ["Xây dựng -", "Hạ tầng"]


def test_where_a_text_does_not_fit_its_short_form_is_shown_whole() -> None:
    px = 20
    room = fonts.width_px("Ngắn", px, bold=False)
    assert fonts.choose_lines("Một tên rất là dài", "Ngắn", 1, px, room, bold=False) == (("Ngắn",), True)
    assert fonts.choose_lines("Một tên rất là dài", None, 1, px, room, bold=False)[1] is False


@pytest.mark.parametrize("room", [1, 60, 117])
@pytest.mark.parametrize("word", ["Nghỉ" * 30, "https://dichvucong.gov.vn/p/home/dvc-trang-chu.html", "x̣̃ỵ̂́" * 20])
def test_a_word_that_is_too_wide_is_broken_but_not_between_a_letter_and_its_mark(word: str, room: int) -> None:
    px = 20
    lines = fonts.wrap(f"Lý do: {word} ạ", px, room, bold=False)
    assert "".join(lines).replace(" ", "") == fonts.normalize(f"Lýdo:{word}ạ")
    assert not any(unicodedata.combining(line[0]) for line in lines)
    assert all(fonts.width_px(line, px, bold=False) <= room or len(fonts.clusters(line)) == 1 for line in lines)


def test_joined_characters_are_one_cluster() -> None:
    assert fonts.clusters("a👩\u200d🔧ẍ") == ["a", "👩\u200d🔧", "ẍ"]


def test_a_text_with_a_broken_word_does_not_fit_and_its_short_form_is_shown() -> None:
    px, word = 20, "Nghỉ" * 30
    room = fonts.width_px(word, px, bold=False) // 2
    lines, fit = fonts.choose_lines(word, None, 5, px, room, bold=False)
    assert 2 <= len(lines) <= 5 and not fit
    assert fonts.choose_lines(word, "Ngắn", 5, px, room, bold=False) == (("Ngắn",), True)


def test_a_mark_stays_under_its_letters_where_a_word_is_broken() -> None:
    word, tail = "o" * 40, "uuu"

    def underlined(text: str) -> list[tuple[int, int]]:
        surface = pygame.Surface((300, 600))
        at = text.index(tail)
        label = Label(Box(0, 0, 150, 300), text, 12, Colour.INK, max_lines=9, underline=(at, at + len(tail)))
        paint(surface, (label,), PANEL, DAY)
        accent = DAY.rgb(Colour.ACCENT)
        return [(x, y) for x in range(300) for y in range(600) if surface.get_at((x, y))[:3] == accent]

    px, room = PANEL.em_px(12), PANEL.px(150)
    *_, last = fonts.wrap(f"{word} {tail}", px, room, bold=False)
    marks = underlined(f"{word} {tail}")
    start = fonts.width_px(last.removesuffix(tail), px, bold=False)
    assert (min(x for x, _ in marks), max(x for x, _ in marks) + 1) == (start, fonts.width_px(last, px, bold=False))


def test_capitals_stand_in_the_middle_of_their_line() -> None:
    surface = pygame.Surface((300, 600))
    paint(surface, (Label(Box(0, 0, 150, 100), "H", 60, Colour.INK),), PANEL, DAY)
    dark = [y for y in range(600) if any(surface.get_at((x, y))[:3] == DAY.rgb(Colour.INK) for x in range(100))]
    assert abs((dark[0] + dark[-1]) / 2 - 100) <= 2


def test_every_digit_of_a_number_has_the_same_cell() -> None:
    surface = pygame.Surface((300, 600))
    box = Box(0, 0, 150, 60)
    paint(surface, (NumberLabel(box, "111", 40, Colour.INK),), PANEL, DAY)
    columns = {x for x in range(300) if any(surface.get_at((x, y))[:3] == DAY.rgb(Colour.INK) for y in range(120))}
    starts = sorted(x for x in columns if x - 1 not in columns)
    assert len(starts) == 3
    assert abs((starts[1] - starts[0]) - (starts[2] - starts[1])) <= 1
    assert [cell_width_em(character) for character in "AM0"] == [0.71, 0.96, 0.59]


@pytest.mark.parametrize("name", sorted({*STROKES, *FILLS}))
def test_every_icon_is_drawn_inside_its_grid(name: str) -> None:
    drawn = icon(name, 48, (0, 0, 0), 2.0)
    inked = drawn.get_bounding_rect(min_alpha=60)
    assert inked.width > 3
    assert inked.height > 3
    assert drawn.get_rect().contains(inked)


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(KeyError):
        icon("nonsense", 24, (0, 0, 0), 2.0)
