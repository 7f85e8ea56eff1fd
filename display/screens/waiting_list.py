"""The waiting list: services, and how many people wait for each. Lengths are in millimetres."""

from config.words import Words
from display.screens import widgets
from display.screens.layout import Layout
from display.screens.view import DisplayView
from display.screens.widgets import Pieces
from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Label, Piece, Rectangle, TextAlign
from hardware.screens.theme import Colour
from server.display_content.texts import WaitingLine

SERVICE_EM, TWO_LETTERS_EM, COUNT_EM = 21.0, 17.0, 32.0
TILE_SIZE = 32.0
# (em, lines, leading): a service's name that does not fit gets more lines of a smaller size. The last is for very long
# names.
NAME_SIZES = ((21.0, 2, 1.15), (17.0, 3, 1.03), (13.0, 4, 1.02))


def heading(layout: Layout, words: Words) -> Pieces:
    """Draw the heading of the list."""
    first_column, last_column = layout.waiting[0], layout.waiting[-1]
    people = words("tv", "người")
    return (
        Label(
            Box(first_column.x, layout.waiting_heading_y - 12, 170, 24),
            words("tv", "ĐANG CHỜ"),
            widgets.HEADING_EM,
            Colour.NIGHT_TEXT,
            bold=True,
        ),
        Label(
            Box(last_column.right - 85, layout.waiting_heading_y - 12, 85, 24),
            people,
            widgets.HEADING_EM,
            Colour.NIGHT_TEXT,
            align=TextAlign.RIGHT,
        ),
    )


def page(view: DisplayView, layout: Layout, panel: Panel, words: Words) -> Pieces:
    """Draw the current page of services, and its number if there are several."""
    lines = view.waiting[view.page_turns % len(view.waiting)] if view.waiting else ()
    pieces: list[Pieces] = [tuple(widgets.rule_line(column.x, column.y, column.w) for column in layout.waiting)]
    if not lines:
        empty = words("tv", "Không có số đang chờ")
        box = Box(layout.waiting[0].x, layout.waiting[0].y, layout.waiting[0].w, layout.line_height)
        pieces.append((Label(box, empty, SERVICE_EM, Colour.NIGHT_TEXT, max_lines=2, leading=1.15),))
    for index, line in enumerate(lines):
        column = layout.waiting[index % len(layout.waiting)]
        row = index // len(layout.waiting)
        box = Box(column.x, column.y + row * layout.line_height, column.w, layout.line_height)
        if row:
            pieces.append((widgets.rule_line(box.x, box.y, box.w),))
        pieces.append(_line(line, box, panel, stale=view.stale_warning is not None))
    if len(view.waiting) > 1:
        page_number = words(
            "tv", "Trang {page}/{pages}", page=view.page_turns % len(view.waiting) + 1, pages=len(view.waiting)
        )
        last_column = layout.waiting[-1]
        box = Box(last_column.x, last_column.bottom - layout.line_height, last_column.w, layout.line_height)
        pieces.append((Label(box, page_number, widgets.HEADING_EM, Colour.NIGHT_TEXT, align=TextAlign.RIGHT),))
    return tuple(piece for group in pieces for piece in group)


def _line(line: WaitingLine, box: Box, panel: Panel, *, stale: bool) -> Pieces:
    """Draw a service's letter and name, and how many wait unless that is unknown.

    ``stale``: the text is greyed, because the board may be old.
    """
    count = "" if line.count is None else str(line.count)
    is_empty = line.count == 0
    count_width = widgets.text_width(count, COUNT_EM, panel, bold=not is_empty) + 1 if count else 0.0
    name_box = Box(box.x + 42, box.y, box.w - 42 - count_width - (6 if count else 0), box.h)
    em, max_lines, leading = widgets.first_fitting_size(line.name, NAME_SIZES, name_box.w, panel)
    pieces: list[Piece] = []
    if line.prefix:
        tile = Box(box.x, box.y + (box.h - TILE_SIZE) / 2, TILE_SIZE, TILE_SIZE)
        size = SERVICE_EM if len(line.prefix) == 1 else TWO_LETTERS_EM
        pieces.append(Rectangle(tile, Colour.NIGHT2, radius_mm=2.0))
        pieces.append(Label(tile, line.prefix, size, Colour.ON_NIGHT, bold=True, align=TextAlign.CENTRE))
    colour = Colour.NIGHT_TEXT if stale or not line.prefix else Colour.ON_NIGHT
    pieces.append(Label(name_box, line.name, em, colour, max_lines=max_lines, leading=leading))
    if count:
        colour = Colour.NIGHT_TEXT if stale or is_empty else Colour.ON_NIGHT
        count_box = Box(box.right - count_width, box.y, count_width, box.h)
        pieces.append(Label(count_box, count, COUNT_EM, colour, bold=not is_empty, align=TextAlign.RIGHT))
    return tuple(pieces)
