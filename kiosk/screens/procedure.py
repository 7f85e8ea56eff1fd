"""The screen of a procedure: documents, time limit, fee, and where to hand them in.

It is divided into pages and does not scroll. Lengths are in millimetres.
"""

from dataclasses import dataclass

from hardware.screens.scene import Box, Circle, Icon, Piece, Scene, Segment, VAlign
from hardware.screens.theme import Colour
from kiosk.flow.printability import cannot_print
from kiosk.flow.taps import PrintDocumentList, TakeNumber
from kiosk.screens.frame import frame
from kiosk.screens.paragraphs import Paragraph, counters_line, heading, message_paragraphs, stack, stack_height
from kiosk.screens.view import (
    CONTENT_BOTTOM,
    CONTENT_TOP,
    CONTENT_WIDTH,
    MARGIN,
    ROWS_BOTTOM,
    TAKE_NUMBER_BOX,
    WIDTH,
    KioskView,
    Pieces,
)
from kiosk.screens.widgets import MESSAGE_TEXT_WIDTH, button, pager, primary_button, warning_message
from server.wire.messages import Procedure

TEXT_X = 56.0
PAGER_HEIGHT = 26.0
LOW_PAGER_Y = 404.0  # of a pager below the button that takes a number


@dataclass(frozen=True, slots=True)
class PageBlock:
    """Texts that stay together on one page. ``icon``: of the section that they begin. ``gap``: mm above them."""

    paragraphs: tuple[Paragraph, ...]
    icon: str | None = None
    bullet: bool = False
    gap: float = 1.0


def procedure(view: KioskView) -> Scene:
    """Draw the facts about the chosen procedure that the law requires an office to disclose."""
    chosen = view.hall.procedure(view.visit.procedure)
    if chosen is None:
        return frame(view)
    bottom, pager_y, buttons = _buttons(view, chosen)
    heading_pieces, top = _heading(view, chosen)
    pages = _pages(view, _blocks(view, chosen), bottom - top - 4)
    if len(pages) > 1 and pager_y < bottom:
        pages = _pages(view, _blocks(view, chosen), bottom - PAGER_HEIGHT - top - 4)
    page = min(view.visit.page, len(pages) - 1)
    page_content = _draw_blocks(view, pages[page], top + 2)
    page_turner = pager(view, pager_y, page, len(pages))
    return (*frame(view), *heading_pieces, *page_content, *page_turner, *buttons)


def _buttons(view: KioskView, procedure: Procedure) -> tuple[float, float, Pieces]:
    """Draw the buttons below the texts.

    Returns their top, the y of the pager, and their pieces.
    """
    words = view.words
    pieces: list[Piece] = []
    bottom = CONTENT_BOTTOM
    can_print_list = view.settings.has_printer and bool(procedure.papers) and not cannot_print(view.state)
    can_take_number = procedure.place is None and view.hall.is_open
    side_by_side = view.landscape and can_print_list and can_take_number
    if can_print_list:
        box = Box(
            MARGIN,
            TAKE_NUMBER_BOX.y if can_take_number else bottom - 26,
            CONTENT_WIDTH,
            bottom - TAKE_NUMBER_BOX.y if can_take_number else 26,
        )
        if side_by_side:
            box = Box(MARGIN, ROWS_BOTTOM - 40, 118, 40)
        pieces += _print_button(view, box)
        bottom = box.y - 5
    if side_by_side:
        box = Box(MARGIN + 123, ROWS_BOTTOM - 40, CONTENT_WIDTH - 123, 40)
        pieces += button(
            view, TakeNumber(), box, words("kiosk", "LẤY SỐ THỨ TỰ"), icon="ticket", size=15, bold=True, filled=True
        )
    elif can_take_number:
        # This button lies above the place of the button that requests the number on the next screen.
        box = Box(MARGIN, ROWS_BOTTOM - 44, CONTENT_WIDTH, 44)
        pieces += primary_button(view, TakeNumber(), box, words("kiosk", "LẤY SỐ THỨ TỰ"), size=18)
        bottom = box.y - 5
    pager_y = LOW_PAGER_Y if can_take_number and (side_by_side or not can_print_list) else bottom - PAGER_HEIGHT + 1
    return bottom, pager_y, tuple(pieces)


def _print_button(view: KioskView, box: Box) -> Pieces:
    """Draw the button that prints the list of documents, and shows its progress."""
    text = view.words("kiosk", "In danh mục giấy tờ")
    if view.visit.list_printed:
        text = view.words("kiosk", "Đã in danh mục giấy tờ. Đây không phải phiếu số thứ tự.").split(". ")[0]
    elif view.visit.list_job is not None:
        text = view.words("kiosk", "Đang in phiếu, xin chờ…")
    icon = "check" if view.visit.list_printed else "printer"
    size = 10.3 * (1.1 if view.large_text else 1.0)
    return button(view, PrintDocumentList(), box, text, icon=icon, size=size, bold=True)


def _heading(view: KioskView, procedure: Procedure) -> tuple[Pieces, float]:
    """Draw service and name, and where to go for a procedure that is handled elsewhere.

    Returns the pieces, and the top of the texts below.
    """
    words, scale = view.words, 1.15 if view.large_text else 1.0
    service = view.hall.service(procedure.service)
    paragraphs = []
    if service is not None:
        service_line = words("ticket", "Lĩnh vực: {service}", service=words.pick(service.name))
        paragraphs.append(Paragraph(service_line, 8.8 * scale, colour=Colour.INK2))
    name = words.pick(procedure.name)
    size = 16.0 if len(name) < 34 else 13.0
    paragraphs.append(Paragraph(name, size * scale, bold=True, max_lines=4, leading=1.14, gap=1))
    height = stack_height(view, CONTENT_WIDTH, paragraphs)
    pieces: list[Piece] = [
        *heading(view, Box(MARGIN, CONTENT_TOP, CONTENT_WIDTH, height), paragraphs, valign=VAlign.TOP)
    ]
    y = CONTENT_TOP + height + 4 if not view.landscape else view.top
    if procedure.place is not None:
        text = words("kiosk", "Thủ tục này không tiếp nhận tại đây. Mời Ông/Bà đến: {place}.", place=procedure.place)
        note = message_paragraphs(view, text)
        box = Box(MARGIN, y, CONTENT_WIDTH, max(60.0, stack_height(view, MESSAGE_TEXT_WIDTH, note) + 14))
        pieces += warning_message(view, box, note, icon="place")
        y = box.bottom + 4
    if view.landscape:
        return tuple(pieces), y
    pieces.append(Segment(MARGIN, y, WIDTH - MARGIN, y))
    return tuple(pieces), y + 1


def _blocks(view: KioskView, procedure: Procedure) -> list[PageBlock]:
    """Return the texts in the order of reading: documents, time, fee, place, full name."""
    words, scale = view.words, 1.2 if view.large_text else 1.0
    label_size, body_size = 8.6 * scale, 10.3 * scale
    no_information = words("kiosk", "Chưa có thông tin. Mời Ông/Bà hỏi tại quầy.")
    papers_label = Paragraph(words("visitor", "Giấy tờ cần chuẩn bị"), label_size, colour=Colour.INK2)
    blocks: list[PageBlock] = []
    if procedure.papers:
        items = [Paragraph(paper, body_size, max_lines=9, leading=1.25) for paper in procedure.papers]
        blocks.append(PageBlock((papers_label,), "papers"))
        blocks += [PageBlock((item,), bullet=True) for item in items]
    else:
        blocks.append(PageBlock((papers_label, Paragraph(no_information, body_size, max_lines=4)), "papers"))
    service = view.hall.service(procedure.service)
    where = counters_line(view, service.counters if service else [])
    authority = (
        words("kiosk", "Cơ quan thực hiện: {authority}", authority=procedure.authority) if procedure.authority else ""
    )
    legal_time = words("kiosk", "Theo quy định: {time}", time=procedure.legal_time) if procedure.legal_time else ""
    sections = [
        ("clock", words("kiosk", "Thời hạn giải quyết"), [procedure.time, legal_time]),
        ("money", words("kiosk", "Phí, lệ phí"), [procedure.fee]),
        ("person", words("kiosk", "Nơi tiếp nhận"), [where, authority]),
    ]
    for icon, label, texts in sections:
        section_texts = [text for text in texts if text] or [no_information]
        paragraphs = [Paragraph(label, label_size, colour=Colour.INK2)]
        paragraphs += [
            Paragraph(text, body_size, bold=index == 0, max_lines=9, leading=1.25)
            for index, text in enumerate(section_texts)
        ]
        blocks.append(PageBlock(tuple(paragraphs), icon, gap=5))
    return [*blocks, PageBlock(_last_texts(view, procedure, label_size, body_size), "info", gap=5)]


def _last_texts(view: KioskView, procedure: Procedure, label_size: float, body_size: float) -> tuple[Paragraph, ...]:
    """Return result, full name and the announcing document."""
    words = view.words
    full_name = words("kiosk", "Tên đầy đủ: {name}", name=procedure.full_name)
    last_texts = [Paragraph(full_name, label_size, colour=Colour.INK2, max_lines=20, leading=1.3)]
    if procedure.result:
        last_texts.insert(
            0,
            Paragraph(
                words("kiosk", "Kết quả: {result}", result=procedure.result), body_size, max_lines=6, leading=1.25
            ),
        )
    if procedure.decision:
        decision = words("kiosk", "Căn cứ: {decision}", decision=procedure.decision)
        last_texts.append(Paragraph(decision, label_size, colour=Colour.INK2, max_lines=9, leading=1.3))
    return tuple(last_texts)


def _text_width(block: PageBlock) -> float:
    return WIDTH - MARGIN - TEXT_X - (7 if block.bullet else 0)


def _pages(view: KioskView, blocks: list[PageBlock], max_height: float) -> list[list[PageBlock]]:
    """Distribute the blocks over as many pages as they need, each ``max_height`` mm high."""
    pages: list[list[PageBlock]] = [[]]
    used = 0.0
    for block in blocks:
        height = stack_height(view, _text_width(block), block.paragraphs) + (block.gap if pages[-1] else 0)
        if pages[-1] and used + height > max_height:
            pages.append([])
            used, height = 0.0, height - block.gap
        pages[-1].append(block)
        used += height
    return pages


def _draw_blocks(view: KioskView, blocks: list[PageBlock], top: float) -> Pieces:
    """Draw the blocks of one page, a line between sections."""
    pieces: list[Piece] = []
    y = top
    for index, block in enumerate(blocks):
        if index:
            y += block.gap
            if block.icon is not None:
                pieces.append(Segment(MARGIN, y - block.gap / 2, WIDTH - MARGIN, y - block.gap / 2, colour=Colour.LINE))
        height = stack_height(view, _text_width(block), block.paragraphs)
        if block.icon is not None:
            pieces.append(Icon(Box(MARGIN + 8, y + 1, 14, 14), block.icon))
        if block.bullet:
            pieces.append(Circle(TEXT_X + 1.5, y + block.paragraphs[0].size * 0.62, 1.2, Colour.ACCENT))
        x = TEXT_X + (7 if block.bullet else 0)
        pieces += stack(view, Box(x, y, _text_width(block), height), block.paragraphs, valign=VAlign.TOP)
        y += height
    return tuple(pieces)
