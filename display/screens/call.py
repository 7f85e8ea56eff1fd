"""The call screen: one number in large digits, and the last calls under it. Lengths are in millimetres."""

from config.words import Words
from display.screens import widgets
from display.screens.layout import MARGIN, Layout, full_width
from display.screens.view import CallPanel
from display.screens.widgets import HEADING_EM, Pieces
from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Icon, Label, NumberLabel, Rectangle, Segment, TextAlign, VAlign, number_width_em
from hardware.screens.theme import Colour
from server.display_content.texts import BoardRow

CALL_EM, CALL_WORDS_EM, RECENT_EM = 214.0, 40.0, 62.0


def call_panel(called: CallPanel, layout: Layout, panel: Panel, words: Words) -> Pieces:
    """Draw the called number and its counter on the yellow background."""
    number_box = layout.call_number
    em = widgets.common_em([called.number], CALL_EM, number_box.w)
    arrow = (
        (Icon(layout.call_arrow, "arrow", colour=Colour.ON_CALL, stroke=2.2),) if layout.call_arrow is not None else ()
    )
    return (
        Rectangle(full_width(layout.call), Colour.CALL),
        *_heading_texts(called, layout, panel, words),
        NumberLabel(number_box, called.number, em, Colour.ON_CALL, TextAlign.LEFT),
        *arrow,
        *_tile(called, layout),
        *_service(called, layout),
    )


def _heading_texts(called: CallPanel, layout: Layout, panel: Panel, words: Words) -> Pieces:
    """Draw the texts above the number and above the counter's tile.

    They are the invitation, the priority mark, "second call" and so on, and "to counter".
    """
    box, tile = layout.call_heading, layout.call_tile
    invitation = words("tv", "MỜI SỐ")
    to_counter = words("tv", "ĐẾN QUẦY")
    invitation_width = widgets.text_width(invitation, CALL_WORDS_EM, panel, bold=True) + 1
    to_counter_width = widgets.text_width(to_counter, CALL_WORDS_EM, panel, bold=True) + 1
    pieces: list[Pieces] = [
        (Label(Box(box.x, box.y, invitation_width, box.h), invitation, CALL_WORDS_EM, Colour.ON_CALL, bold=True),)
    ]
    if layout.is_narrow:
        to_counter_box = Box(box.x, tile.y - 54, tile.x + tile.w - box.x, 48)
        pieces.append(
            (Label(to_counter_box, to_counter, CALL_WORDS_EM, Colour.ON_CALL, bold=True, align=TextAlign.RIGHT),)
        )
    else:
        x = min(tile.x + tile.w / 2 - to_counter_width / 2, box.right - to_counter_width)
        pieces.append(
            (Label(Box(x, box.y, to_counter_width, box.h), to_counter, CALL_WORDS_EM, Colour.ON_CALL, bold=True),)
        )
    x = box.x + invitation_width + 16
    if called.priority:
        pieces.append(widgets.priority_mark(Box(x, box.y + box.h / 2 - 20, 59, 40), Colour.ON_CALL, words))
        x += 59 + 14
    if called.repeat_text is not None:
        repeat_box = Box(x, box.y, widgets.text_width(called.repeat_text, 24.0, panel, bold=True) + 1, box.h)
        pieces.append((Label(repeat_box, called.repeat_text, 24.0, Colour.ON_CALL, bold=True),))
    return tuple(piece for group in pieces for piece in group)


def _tile(called: CallPanel, layout: Layout) -> Pieces:
    """Draw the counter in its tile, which blinks by exchanging its colours with the background."""
    box = layout.call_tile
    em = widgets.common_em([called.counter], CALL_EM, box.w - 16)
    if called.blink_on:
        background, colour = Rectangle(box, Colour.CALL_TILE, radius_mm=4.0), Colour.ON_CALL_TILE
    else:
        background, colour = (
            Rectangle(box, Colour.CALL, edge_colour=Colour.CALL_TILE, edge_mm=4.0, radius_mm=4.0),
            Colour.CALL_TILE,
        )
    return (background, NumberLabel(box, called.counter, em, colour))


def _service(called: CallPanel, layout: Layout) -> Pieces:
    """Draw the service under the number, if it is known."""
    if called.service is None:
        return ()
    width = layout.call.w - 2 * MARGIN
    box = Box(MARGIN, layout.call.bottom - 38, width, 32)
    if layout.is_narrow:
        box = Box(MARGIN, layout.call.bottom - 57, width, 54)
    return (
        Label(
            box,
            called.service,
            24.0,
            Colour.ON_CALL,
            max_lines=2 if layout.is_narrow else 1,
            leading=1.1,
            valign=VAlign.MIDDLE,
        ),
    )


def recent_calls(rows: tuple[BoardRow, ...], layout: Layout, words: Words) -> Pieces:
    """Draw the last calls below the yellow background."""
    width = layout.canvas[0] - 2 * MARGIN
    heading = Label(
        Box(MARGIN, layout.recent_y - 12, width, 24),
        words("tv", "VỪA GỌI"),
        HEADING_EM,
        Colour.NIGHT_TEXT,
        bold=True,
    )
    if not rows:
        return (heading,)
    columns = layout.recent_columns
    column_width = (layout.canvas[0] - MARGIN) / columns
    max_width = column_width - 36 - 24 - 14  # 36: the arrow and its gaps; the rest keeps columns apart
    widest = max(number_width_em(row.number) + number_width_em(row.counter) for row in rows)
    em = min(RECENT_EM, max_width / widest)
    pieces: list[Pieces] = [(heading,)]
    for index, row in enumerate(rows):
        x, y = (
            MARGIN + (index % columns) * column_width,
            layout.recent_y + 14 + (index // columns) * layout.recent_height,
        )
        box = Box(x + (6 if index % columns else 0), y, column_width - 12, layout.recent_height - 14)
        if index % columns:
            pieces.append((Segment(x - 6, y, x - 6, box.bottom, colour=Colour.NIGHT_LINE, width_mm=1.0),))
        elif columns == 1 and index:
            pieces.append((widgets.rule_line(x, y - 5, width),))
        priority_mark_pieces = (
            widgets.small_priority_mark(box, row.number, em, Colour.ON_NIGHT, words) if row.priority else ()
        )
        pieces.append(
            widgets.number_to_counter(
                box, row.number, row.counter, em, Colour.ON_NIGHT, priority_mark_pieces=priority_mark_pieces
            )
        )
    return tuple(piece for group in pieces for piece in group)
