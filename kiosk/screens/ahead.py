"""Draw the number of visitors ahead, and the expected wait. Lengths are in millimetres."""

from hardware.screens.scene import Box, Piece, Segment, TextAlign, VAlign
from hardware.screens.theme import Colour
from kiosk.screens.paragraphs import Paragraph, split_label, stack
from kiosk.screens.view import CONTENT_WIDTH, MARGIN, SIDE_BOX, WIDTH, KioskView, Pieces
from kiosk.ticket_texts import wait_phrase
from server.wire.messages import Ticket


def _labels_and_values(view: KioskView, ticket: Ticket) -> list[tuple[str, str]]:
    """Return pairs of label and value. A whole sentence has an empty label.

    A value that the server did not give is left out.
    """
    words = view.words
    if ticket.ahead == 0:
        return [("", words("kiosk", "Hiện không có ai chờ trước Ông/Bà."))]
    labels_and_values = []
    if ticket.ahead is not None:
        labels_and_values.append(split_label(words("ticket", "Số người chờ trước: {n}", n=ticket.ahead)))
    wait = wait_phrase(words, ticket.wait_min)
    if wait is not None:
        labels_and_values.append(split_label(words("ticket", "Thời gian chờ dự kiến: {wait}", wait=wait)))
    return labels_and_values


def ahead_beside_number(view: KioskView, ticket: Ticket) -> Pieces:
    """Draw the values under each other, beside the number."""
    scale = 1.15 if view.large_text else 1.0
    paragraphs = []
    for label, value in _labels_and_values(view, ticket):
        paragraphs += [Paragraph(label, 9.2 * scale, colour=Colour.INK2, gap=4)] if label else []
        paragraphs.append(Paragraph(value, 13 * scale, bold=True, max_lines=3))
    return stack(view, SIDE_BOX.inset(0, 30, 0, 0), paragraphs, valign=VAlign.TOP)


def ahead_rows(view: KioskView, ticket: Ticket, y: float) -> Pieces:
    """Draw labels on the left and values on the right, a line between two rows."""
    scale = 1.15 if view.large_text else 1.0
    labels_and_values = _labels_and_values(view, ticket)
    if labels_and_values and not labels_and_values[0][0]:
        return stack(
            view, Box(MARGIN, y, CONTENT_WIDTH, 44), [Paragraph(labels_and_values[0][1], 12 * scale, bold=True)]
        )
    pieces: list[Piece] = []
    for index, (label, value) in enumerate(labels_and_values):
        top = y + index * 26
        width = min(160.0, view.text_width(value, 12 * scale, bold=True) + 1)
        if index:
            pieces.append(Segment(MARGIN, top, WIDTH - MARGIN, top, colour=Colour.LINE))
        pieces += stack(
            view, Box(MARGIN, top, CONTENT_WIDTH - width - 6, 26), [Paragraph(label, 10.3 * scale, colour=Colour.INK2)]
        )
        pieces += stack(
            view,
            Box(WIDTH - MARGIN - width, top, width, 26),
            [Paragraph(value, 12 * scale, bold=True)],
            align=TextAlign.RIGHT,
        )
    return tuple(pieces)
