"""The set-up code on the idle screen, in both languages, while no administrator exists. Lengths are in millimetres."""

from collections.abc import Sequence

from config.setup_notice import SetupNotice
from config.words import words
from hardware.screens.scene import Box, Piece, Rectangle, TextAlign
from hardware.screens.theme import Colour
from kiosk.screens.paragraphs import Paragraph, shrink_to_fit, stack
from kiosk.screens.view import CONTENT_WIDTH, MARGIN, TAKE_NUMBER_BOX, KioskView, Pieces

BOTH_LANGUAGES = ("vi", "en")
INSET = 8.0


def setup_screen(view: KioskView, notice: SetupNotice) -> Pieces:
    """Draw the content of the screen of a hall that is not set up yet."""
    box = Box(MARGIN, 60, CONTENT_WIDTH, 360) if not view.landscape else Box(MARGIN, 216, CONTENT_WIDTH, 220)
    paragraphs = []
    for index, language in enumerate(BOTH_LANGUAGES):
        translations = words(language)
        paragraphs += [
            Paragraph(
                translations("kiosk", "Hệ thống chưa được thiết lập"), 16 if index == 0 else 13, bold=True,
                colour=Colour.ON_PANEL, max_lines=2, gap=10,
            ),
            Paragraph(
                translations("kiosk", "Mở trang sau trên chính máy này, rồi nhập mã thiết lập:"), 10.5,
                colour=Colour.ON_PANEL2, max_lines=3, gap=3,
            ),
        ]  # fmt: skip
    paragraphs += [
        Paragraph(notice.page, 11, bold=True, colour=Colour.ON_PANEL, max_lines=2, gap=8),
        Paragraph(notice.code, 27, bold=True, colour=Colour.ON_PANEL, max_lines=2, gap=8),
    ]
    inner = Box(box.x + INSET, box.y + INSET, box.w - 2 * INSET, box.h - 2 * INSET)
    return (
        _panel(view, box),
        *_fitted(view, inner, paragraphs, align=TextAlign.CENTRE),
    )


def setup_strip(view: KioskView, notice: SetupNotice) -> Pieces:
    """Draw the code below the buttons of a hall that works already."""
    box, texts = TAKE_NUMBER_BOX, [words(language) for language in BOTH_LANGUAGES]
    heading = " / ".join(translations("kiosk", "Mã thiết lập") for translations in texts)
    where = f"{heading}: {notice.page}"
    paragraphs = [
        Paragraph(where, 7.8, colour=Colour.ON_PANEL2, max_lines=2),
        Paragraph(notice.code, 15, bold=True, colour=Colour.ON_PANEL, gap=1),
    ]
    return (
        _panel(view, box),
        *_fitted(view, Box(box.x + INSET, box.y + 2, box.w - 2 * INSET, box.h - 4), paragraphs, align=TextAlign.CENTRE),
    )


def _panel(view: KioskView, box: Box) -> Piece:
    return Rectangle(box, Colour.PANEL, edge_colour=Colour.ON_PANEL if view.visit.access.contrast else None)


def _fitted(view: KioskView, box: Box, paragraphs: Sequence[Paragraph], *, align: TextAlign) -> Pieces:
    """Draw the paragraphs, smaller where they do not fit ``box``."""
    return stack(view, box, shrink_to_fit(view, paragraphs, box.w, box.h, min_scale=0.6), align=align)
