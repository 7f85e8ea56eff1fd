"""Widgets of kiosk screens: buttons, rows of a list, pages, and message boxes. Lengths are in millimetres."""

from collections.abc import Sequence
from dataclasses import replace

from hardware.screens.scene import Box, Icon, Label, Piece, Rectangle, Target, TextAlign
from hardware.screens.theme import Colour
from kiosk.flow.taps import Tap, TurnPage
from kiosk.screens.paragraphs import Paragraph, stack, without_overflow
from kiosk.screens.view import CONTENT_WIDTH, MARGIN, KioskView, Pieces

CHEVRON_SIZE = 10.0  # of the arrow at the end of a row
PAGER_Y = 410.0
MESSAGE_TEXT_WIDTH = CONTENT_WIDTH - 61  # of a message beside its icon
ROW_TEXT_WIDTH = CONTENT_WIDTH - 31  # of a row without an icon, beside its arrow


def split_columns(box: Box, count: int, gap: float) -> list[Box]:
    """Split ``box`` into ``count`` equal columns, ``gap`` mm apart."""
    width = (box.w - gap * (count - 1)) / count
    return [Box(box.x + index * (width + gap), box.y, width, box.h) for index in range(count)]


def button_target(tap: Tap, box: Box, label: str, *, filled: bool = False, quick: bool = False) -> Target:
    """Return the touch target of a button, with its background. ``quick``: a key of the keyboard."""
    if filled:
        return Target(
            tap, box, label, fill=Colour.ACTION, pressed_fill=Colour.ACTION_PRESSED, edge_colour=None, quick=quick
        )
    return Target(tap, box, label, quick=quick)


def button(
    view: KioskView,
    tap: Tap,
    box: Box,
    text: str,
    *,
    icon: str | None = None,
    size: float = 10.3,
    bold: bool = False,
    filled: bool = False,
    icon_right: bool = False,
    quick: bool = False,
) -> Pieces:
    """Draw a button with its text in the middle and an icon on its left.

    ``icon_right``: the icon is on the right. ``filled``: in the colour of the primary button. ``quick``: a key of the
    keyboard, which may be touched in quick succession.
    """
    text_colour = Colour.ON_ACTION if filled else Colour.INK
    icon_colour = Colour.ON_ACTION if filled else Colour.ACCENT
    icon_size = size * 0.95 if icon is not None else 0.0
    gap = 3.0 if icon is not None else 0.0
    max_width = box.w - 6 - icon_size - gap
    width = min(max_width, view.text_width(text, size, bold=bold) + 0.4)
    if view.line_count(text, size, max_width, bold=bold) > 1:
        width = max_width
    content_x = box.x + (box.w - width - icon_size - gap) / 2
    text_x, icon_x = (content_x, content_x + width + gap) if icon_right else (content_x + icon_size + gap, content_x)
    pieces: list[Piece] = [button_target(tap, box, text, filled=filled, quick=quick)]
    if icon is not None:
        pieces.append(
            Icon(Box(icon_x, box.y + (box.h - icon_size) / 2, icon_size, icon_size), icon, colour=icon_colour)
        )
    align = TextAlign.CENTRE if icon is None else TextAlign.LEFT
    text_box = Box(text_x, box.y, width, box.h)
    pieces.append(Label(text_box, text, size, text_colour, bold, align, max_lines=2, leading=1.1))
    return tuple(pieces)


def primary_button(
    view: KioskView,
    tap: Tap,
    box: Box,
    text: str,
    subtitle: str | None = None,
    *,
    icon: str = "ticket",
    size: float = 22,
) -> Pieces:
    """Draw the main button of a screen: filled and as wide as the content."""
    paragraphs = [Paragraph(text, size, bold=True, colour=Colour.ON_ACTION, leading=1.15)]
    if subtitle is not None:
        paragraphs.append(Paragraph(subtitle, 10.3 * view.scale, colour=Colour.ON_ACTION2, gap=2))
    icon_height = min(34.0, box.h * 0.45)
    text_box = Box(69, box.y, box.right - 69 - 8, box.h)
    return (
        button_target(tap, box, text, filled=True),
        Icon(
            Box(box.x + 10, box.y + (box.h - icon_height) / 2, 34, icon_height),
            icon,
            colour=Colour.ON_ACTION,
            stroke=1.8,
        ),
        *stack(view, text_box, without_overflow(view, text_box, paragraphs)),
    )


def row(
    view: KioskView,
    tap: Tap,
    box: Box,
    paragraphs: Sequence[Paragraph],
    *,
    icon: str | None = None,
    text_x: float = 69.0,
    reserved_width: float = 0.0,
) -> Pieces:
    """Draw a touchable row of a list: icon, texts, and an arrow.

    ``reserved_width``: of the space that is kept free before the arrow.
    """
    pieces: list[Piece] = [button_target(tap, box, paragraphs[0].text)]
    if icon is not None:
        icon_height = min(26.0, box.h * 0.5)
        pieces.append(Icon(Box(MARGIN + 6, box.y + (box.h - icon_height) / 2, 42, icon_height), icon))
    arrow_x = box.right - 8 - CHEVRON_SIZE
    text_box = Box(text_x, box.y, arrow_x - 2 - reserved_width - text_x, box.h)
    pieces += stack(view, text_box, without_overflow(view, text_box, paragraphs))
    pieces.append(Icon(Box(arrow_x, box.y + (box.h - CHEVRON_SIZE) / 2, CHEVRON_SIZE, CHEVRON_SIZE), "next"))
    return tuple(pieces)


def row_boxes(top: float, bottom: float, count: int, gap: float) -> list[Box]:
    """Return ``count`` equal boxes below each other between ``top`` and ``bottom``, ``gap`` mm apart."""
    height = (bottom - top - gap * (count - 1)) / count
    return [Box(MARGIN, top + index * (height + gap), CONTENT_WIDTH, height) for index in range(count)]


def count_pages(count: int, rows_per_page: int) -> int:
    """Return how many pages of ``rows_per_page`` rows are needed; at least one."""
    return max(1, -(-count // rows_per_page))


def pager(view: KioskView, y: float, page: int, pages: int) -> Pieces:
    """Draw the page number and the buttons to the neighbouring pages.

    ``page``: the index of the page, from 0; ``pages``: how many there are. Nothing is drawn for a single page.
    """
    if pages <= 1:
        return ()
    words, size = view.words, 10.3 if not view.large_text else 10.8
    pieces: list[Piece] = []
    if page > 0:
        text = words("kiosk", "Trang trước")
        pieces += button(view, TurnPage(forward=False), Box(MARGIN, y, 90, 24), text, icon="back", size=size, bold=True)
    if page < pages - 1:
        text = words("kiosk", "Trang sau")
        pieces += button(
            view, TurnPage(forward=True), Box(193, y, 90, 24), text, icon="next", size=size, bold=True, icon_right=True
        )
    text = words("kiosk", "Trang {page}/{pages}", page=page + 1, pages=pages)
    pieces.append(Label(Box(108, y, 83, 24), text, size, align=TextAlign.CENTRE))
    return tuple(pieces)


def warning_message(view: KioskView, box: Box, paragraphs: Sequence[Paragraph], *, icon: str = "warning") -> Pieces:
    """Draw a message box for a problem."""
    return (
        Rectangle(box, Colour.WARN, edge_colour=Colour.ON_WARN, edge_mm=1.2, radius_mm=3.0),
        Icon(Box(box.x + 10, box.y + 12, 30, 26), icon, colour=Colour.ON_WARN),
        *stack(view, Box(69, box.y + 4, box.right - 69 - 8, box.h - 8), paragraphs),
    )


def success_message(view: KioskView, box: Box, paragraphs: Sequence[Paragraph]) -> Pieces:
    """Draw a message box which says that a problem is over."""
    green = [replace(paragraph, colour=Colour.GREEN) for paragraph in paragraphs]
    return (
        Rectangle(box, Colour.GREEN_PALE, edge_colour=Colour.GREEN, edge_mm=1.2, radius_mm=3.0),
        Icon(Box(box.x + 10, box.y + 12, 30, 26), "check", colour=Colour.GREEN),
        *stack(view, Box(69, box.y + 4, box.right - 69 - 8, box.h - 8), green),
    )
