"""The board: called and served numbers with their counters, and earlier calls. Lengths are in millimetres."""

from config.words import Words
from display.screens import widgets
from display.screens.layout import Layout
from display.screens.view import DisplayView
from display.screens.widgets import HEADING_EM, Pieces
from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Icon, Label, NumberLabel, Piece, Rectangle, TextAlign, number_width_em
from hardware.screens.theme import Colour
from server.display_content.texts import MAX_EARLIER_ROWS, MAX_ROWS, BoardRow

EARLIER_EM, EARLIER_ARROW_SIZE, EARLIER_HEIGHT = 34.0, 26.0, 66.0


def called_numbers(view: DisplayView, layout: Layout, panel: Panel, words: Words) -> Pieces:
    """Draw the numbers that are called or served, and those that were called before."""
    calls = layout.calls
    number_heading, counter_heading = words("tv", "MỜI SỐ"), words("tv", "QUẦY PHỤC VỤ")
    heading_width = widgets.text_width(counter_heading, HEADING_EM, panel, bold=True)
    heading_right = min(layout.counter_x + heading_width / 2, calls.right) + 0.5
    headings: Pieces = (
        Label(
            Box(calls.x + 15, layout.headings_y - 12, 200, 24), number_heading, HEADING_EM, Colour.NIGHT_TEXT, bold=True
        ),
        Label(
            Box(heading_right - heading_width - 1, layout.headings_y - 12, heading_width + 1, 24),
            counter_heading,
            HEADING_EM,
            Colour.NIGHT_TEXT,
            bold=True,
            align=TextAlign.RIGHT,
        ),
    )
    if not view.rows:
        empty = Label(
            Box(calls.x + 15, calls.y, calls.w - 15, layout.row_height),
            words("tv", "Chưa có số được phục vụ"),
            32.0,
            Colour.NIGHT_TEXT,
            max_lines=2,
        )
        line = widgets.rule_line(calls.x, calls.y, calls.w)
        return (
            (*headings, line, *_earlier_row(view.earlier_rows, layout, words))
            if view.earlier_rows
            else (*headings, line, empty)
        )
    if view.earlier_rows and len(view.rows) < MAX_ROWS:
        return (*_current_rows(view, headings, layout, words), *_earlier_row(view.earlier_rows, layout, words))
    return _current_rows(view, headings, layout, words)


def _current_rows(view: DisplayView, headings: Pieces, layout: Layout, words: Words) -> Pieces:
    """Draw one row for each number; all numbers, and all counters, share one size."""
    calls = layout.calls
    numbers = [row.number for row in view.rows]
    max_number_width = layout.arrow_x - 20 - calls.x - 15 - 6
    em = widgets.common_em(numbers, layout.number_em, max_number_width)
    max_label_width = 2 * min(layout.counter_x - layout.arrow_x - 24, calls.right - layout.counter_x)
    labels = [row.counter for row in view.rows]
    label_em = widgets.common_em(labels, layout.number_em, max_label_width)
    pieces: list[Pieces] = [headings]
    for index, row in enumerate(view.rows):
        row_above = view.rows[index - 1] if index else None
        if not row.calling and not (row_above is not None and row_above.calling):
            pieces.append((widgets.rule_line(calls.x, calls.y + index * layout.row_height, calls.w),))
        box = Box(calls.x, calls.y + index * layout.row_height, calls.w, layout.row_height)
        pieces.append(_row(row, box, (em, label_em), layout, words, stale=view.stale_warning is not None))
    return tuple(piece for group in pieces for piece in group)


def _earlier_row(rows: tuple[BoardRow, ...], layout: Layout, words: Words) -> Pieces:
    """Draw the numbers called before, small and grey, in place of the last row."""
    top = layout.calls.bottom - EARLIER_HEIGHT
    heading = Label(
        Box(layout.calls.x + 15, top + 4, layout.calls.w - 15, 20),
        words("tv", "VỪA GỌI"),
        HEADING_EM,
        Colour.NIGHT_TEXT,
        bold=True,
    )
    column_width = (layout.calls.w - 15) / MAX_EARLIER_ROWS
    widest = max(number_width_em(row.number) + number_width_em(row.counter) for row in rows)
    em = min(EARLIER_EM, (column_width - 12 - EARLIER_ARROW_SIZE) / widest)
    pieces: list[Piece] = [widgets.rule_line(layout.calls.x, top, layout.calls.w), heading]
    for index, row in enumerate(rows):
        box = Box(layout.calls.x + 15 + index * column_width, top + 24, column_width, EARLIER_HEIGHT - 24)
        pieces += widgets.number_to_counter(
            box,
            row.number,
            row.counter,
            em,
            Colour.NIGHT_TEXT,
            priority_mark_pieces=(),
            arrow_size=EARLIER_ARROW_SIZE - 8,
        )
    return tuple(pieces)


def _row(row: BoardRow, box: Box, sizes: tuple[float, float], layout: Layout, words: Words, *, stale: bool) -> Pieces:
    """Draw number, priority mark, arrow and counter. ``sizes``: em of number and counter.

    ``stale``: the text is greyed, because the board may be old.
    """
    em, label_em = sizes
    colour = Colour.ON_CALL if row.calling else Colour.NIGHT_TEXT if stale else Colour.ON_NIGHT
    background: Pieces = (Rectangle(box.inset(0, 0.5, 0, 0.5), Colour.CALL, radius_mm=4.0),) if row.calling else ()
    number_x = box.x + 15
    number_width = number_width_em(row.number) * em
    label_width = number_width_em(row.counter) * label_em
    priority_mark_pieces: Pieces = ()
    arrow_y = box.y + box.h / 2 - 20
    if row.priority:
        mark_x = number_x + number_width + 12
        if mark_x + widgets.PRIORITY_MARK_WIDTH + 2 <= layout.arrow_x - 20:
            mark_box = Box(
                mark_x,
                box.y + box.h / 2 - widgets.PRIORITY_MARK_HEIGHT / 2,
                widgets.PRIORITY_MARK_WIDTH,
                widgets.PRIORITY_MARK_HEIGHT,
            )
        else:
            mark_box = Box(layout.arrow_x - 18, box.y + 8, 36, 24.5)
            arrow_y += 15
        priority_mark_pieces = widgets.priority_mark(mark_box, colour, words)
    return (
        *background,
        NumberLabel(Box(number_x, box.y, number_width + 0.2, box.h), row.number, em, colour, TextAlign.LEFT),
        *priority_mark_pieces,
        Icon(Box(layout.arrow_x - 20, arrow_y, 40, 40), "arrow", colour=colour, stroke=1.8),
        NumberLabel(
            Box(layout.counter_x - label_width / 2 - 0.2, box.y, label_width + 0.4, box.h),
            row.counter,
            label_em,
            colour,
        ),
    )
