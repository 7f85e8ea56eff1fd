"""The screen on which a visitor chooses a procedure of a service. Lengths are in millimetres."""

from hardware.screens.scene import Box, Piece, Scene
from hardware.screens.theme import Colour
from kiosk.flow.taps import ChooseProcedure
from kiosk.screens.frame import frame
from kiosk.screens.paragraphs import Paragraph, heading
from kiosk.screens.view import CONTENT_WIDTH, LOW_REACH_TOP, MARGIN, ROWS_BOTTOM, KioskView
from kiosk.screens.widgets import PAGER_Y, ROW_TEXT_WIDTH, count_pages, pager, row, row_boxes
from server.wire.messages import Procedure


def procedures(view: KioskView) -> Scene:
    """Draw the procedures of the chosen service."""
    words = view.words
    service = view.hall.service(view.visit.service)
    listed = view.hall.procedures_of(view.visit.service)
    rows_per_page = {(False, False): 6, (True, False): 4, (False, True): 4, (True, True): 3}[
        view.large_text, view.low_reach
    ]
    pages = count_pages(len(listed), rows_per_page)
    page = min(view.visit.page, pages - 1)
    top = LOW_REACH_TOP if view.low_reach else 98.0
    service_line = words("ticket", "Lĩnh vực: {service}", service=words.pick(service.name) if service else "")
    size = 10.3 * (1.2 if view.large_text else 1.0)
    heading_box = Box(MARGIN, top - (45 if view.low_reach else 43), CONTENT_WIDTH, 42)
    paragraphs = [
        Paragraph(words("kiosk", "Chọn thủ tục"), 16.5 * (1.15 if view.large_text else 1.0), bold=True, max_lines=1),
        Paragraph(service_line, size, colour=Colour.INK2, max_lines=1, gap=2),
    ]
    pieces: list[Piece] = [*heading(view, heading_box, paragraphs)]
    boxes = row_boxes(top + 2, ROWS_BOTTOM, rows_per_page, 4)
    for box, procedure in zip(boxes, listed[page * rows_per_page : (page + 1) * rows_per_page], strict=False):
        tap = ChooseProcedure(procedure.code)
        pieces += row(view, tap, box, _row_paragraphs(view, procedure, box), text_x=MARGIN + 9)
    return (*frame(view), *pieces, *pager(view, PAGER_Y, page, pages))


def _row_paragraphs(view: KioskView, procedure: Procedure, box: Box) -> list[Paragraph]:
    """Return the name and, with enough room, the note that it is handled elsewhere."""
    name = view.words.pick(procedure.name)
    size = 13.5 * (1.25 if view.large_text else 1.0)
    name_lines = view.line_count(name, size, ROW_TEXT_WIDTH, bold=True)
    paragraphs = [Paragraph(name, size, bold=True, max_lines=4, leading=1.12 if name_lines < 3 else 1.04)]
    if procedure.place is not None and box.h > 40 and (name_lines == 1 or view.large_text):
        note = view.words("kiosk", "Thủ tục này không tiếp nhận tại đây.")
        paragraphs.append(
            Paragraph(note, 9.2 * (1.2 if view.large_text else 1.0), colour=Colour.INK2, gap=2, max_lines=1)
        )
    return paragraphs
