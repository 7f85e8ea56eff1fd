"""The screen on which a visitor chooses a service, with how many wait for each. Lengths are in millimetres."""

from hardware.screens.scene import Box, Icon, Label, Piece, Rectangle, Scene, TextAlign
from hardware.screens.theme import Colour
from kiosk.flow.taps import ChooseService, OpenSearch
from kiosk.screens.frame import frame
from kiosk.screens.paragraphs import Paragraph, stack, title
from kiosk.screens.view import CONTENT_WIDTH, LOW_REACH_TOP, MARGIN, ROWS_BOTTOM, KioskView, Pieces
from kiosk.screens.widgets import PAGER_Y, button_target, count_pages, pager, row, row_boxes
from server.wire.messages import Service

MAX_NUMBERS_LEFT_SHOWN = 5
"""When at most so many numbers may still be issued, their count replaces the word "waiting"."""

COUNT_WIDTH = 40.0


def services(view: KioskView) -> Scene:
    """Draw the services that a visitor chooses from, and the field that opens the search."""
    words = view.words
    size = 10.3 * (1.2 if view.large_text else 1.0)
    search_y = LOW_REACH_TOP if view.low_reach else 76.0
    text = words("kiosk", "Tìm thủ tục (ví dụ: “khai sinh”)")
    box = Box(MARGIN, search_y, CONTENT_WIDTH, 20 if not view.large_text else 24)
    pieces: list[Piece] = [
        *title(view, words("kiosk", "Chọn lĩnh vực")),
        button_target(OpenSearch(), box, text),
        Icon(Box(MARGIN + 21, box.y + (box.h - 10) / 2, 12, 10), "search"),
        Label(Box(69, box.y, 206, box.h), text, size, Colour.INK2, short_text=words("kiosk", "Tìm thủ tục")),
    ]
    listed = view.hall.listed_services()
    rows_per_page = {(False, False): 6, (True, False): 4, (False, True): 3, (True, True): 2}[
        view.large_text, view.low_reach
    ]
    pages = count_pages(len(listed), rows_per_page)
    page = min(view.visit.page, pages - 1)
    boxes = row_boxes(box.bottom + 3.5, ROWS_BOTTOM, rows_per_page, 4)
    for row_box, service in zip(boxes, listed[page * rows_per_page : (page + 1) * rows_per_page], strict=False):
        pieces += _service_row(view, row_box, service)
    return (*frame(view), *pieces, *pager(view, PAGER_Y, page, pages))


def _service_row(view: KioskView, box: Box, service: Service) -> Pieces:
    """Draw a service: letter, name, examples of procedures, and how many wait."""
    scale, name, prefix = 1.3 if view.large_text else 1.0, view.words.pick(service.name), service.prefix
    paragraphs = [Paragraph(name, 13.5 * scale, bold=True, leading=1.12)]
    max_width = box.right - 8 - 10 - 2 - COUNT_WIDTH - 69  # the width of the texts in ``row``
    if view.line_count(name, 13.5 * scale, max_width, bold=True) == 1:
        paragraphs += _examples(view, service.id, 9.2 * scale, max_width)
    tile = Box(MARGIN + 11, box.y + (box.h - 30) / 2, 30, 30)
    return (
        *row(view, ChooseService(service.id), box, paragraphs, reserved_width=COUNT_WIDTH),
        Rectangle(
            tile, Colour.TILE, edge_colour=Colour.LINE_STRONG if view.visit.access.contrast else None, radius_mm=1.5
        ),
        Label(tile, prefix, 19 if len(prefix) == 1 else 14, Colour.ON_TILE, bold=True, align=TextAlign.CENTRE),
        *_waiting_count(view, Box(box.right - 60, box.y, COUNT_WIDTH, box.h), service),
    )


def _examples(view: KioskView, service_id: str, size: float, max_width: float) -> list[Paragraph]:
    """Return as many names of the service's procedures as fit one line."""
    text = ""
    for procedure in view.hall.procedures_of(service_id):
        name = view.words.pick(procedure.name)
        longer = f"{text}, {name}" if text else name
        if view.text_width(longer, size, bold=False) > max_width:
            break
        text = longer
    return [Paragraph(text, size, colour=Colour.INK2, max_lines=1, gap=2)] if text else []


def _waiting_count(view: KioskView, box: Box, service: Service) -> Pieces:
    """Draw how many wait, or why the service issues no numbers."""
    words, size = view.words, 7.8 * (1.12 if view.large_text else 1.0)
    closed_texts = {
        "full": words("kiosk", "đã hết số"),
        "closed": words("kiosk", "ngừng cấp số") if service.stopped else words("kiosk", "ngoài giờ"),
        "no_counter": words("kiosk", "chưa có quầy"),
    }
    if service.state in closed_texts:
        reason = Paragraph(closed_texts[service.state], size, colour=Colour.INK2, max_lines=4)
        return stack(view, box, [reason], align=TextAlign.RIGHT)
    count = view.hall.waiting(service.id)
    if count is None:
        return ()
    text = words("kiosk", "đang chờ")
    if service.left is not None and service.left <= MAX_NUMBERS_LEFT_SHOWN:
        text = words("kiosk", "còn {n} số", n=service.left)
    paragraphs = [
        Paragraph(str(count), 14 * (1.2 if view.large_text else 1.0), bold=True, leading=1.1),
        Paragraph(text, size, colour=Colour.INK2, gap=1),
    ]
    return stack(view, box, paragraphs, align=TextAlign.RIGHT)
