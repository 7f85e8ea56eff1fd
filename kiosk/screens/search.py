"""The screen on which a visitor types words and chooses among the matches. Lengths are in mm."""

from collections.abc import Sequence

from config.procedure_search.procedures import SearchHit, find_procedures
from config.procedure_search.services import ServiceHit, find_services, merged_hits
from hardware.screens.scene import Box, Icon, Label, Piece, Rectangle, Scene, Segment, TextAlign, VAlign
from hardware.screens.theme import Colour
from kiosk.flow.taps import ChooseProcedure, ChooseService, ClearQuery, EraseLetter, TurnPage, TypeLetter, TypeSpace
from kiosk.screens.frame import frame
from kiosk.screens.paragraphs import Paragraph, shrink_to_fit, stack
from kiosk.screens.view import CONTENT_WIDTH, LOW_REACH_TOP, MARGIN, SIDE_BOX, WIDTH, KioskView, Pieces
from kiosk.screens.widgets import ROW_TEXT_WIDTH, button, count_pages, row, row_boxes
from server.wire.messages import CatalogueService, Procedure

KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
KEYBOARD_Y, KEY_PITCH, LETTER_KEY_HEIGHT = 328.0, 27.0, 24.0
TEXT_X = MARGIN + 9

Hit = SearchHit[Procedure] | ServiceHit[CatalogueService]


def search(view: KioskView) -> Scene:
    """Draw the query, the procedures and services that match it, and the keyboard."""
    words = view.words
    hits = _hits(view)
    rows_per_page = {(False, False): 3, (True, False): 2, (False, True): 2, (True, True): 1}[
        view.large_text, view.low_reach
    ]
    pages = count_pages(len(hits), rows_per_page)
    page = min(view.visit.page, pages - 1)
    shift = LOW_REACH_TOP - 116 if view.low_reach else 0.0
    pieces: list[Piece] = [*_search_field(view, shift), *_keyboard(view)]
    top = 116.0 + shift
    if view.visit.query.strip():
        pieces += _hits_header(view, top, hits, page, pages)
    for box, hit in zip(
        row_boxes(top + 24, KEYBOARD_Y - 6, rows_per_page, 4),
        hits[page * rows_per_page : (page + 1) * rows_per_page],
        strict=False,
    ):
        if isinstance(hit, ServiceHit):
            pieces += row(view, ChooseService(hit.service.id), box, _service_paragraphs(view, hit, box), text_x=TEXT_X)
        else:
            pieces += row(
                view, ChooseProcedure(hit.procedure.code), box, _hit_paragraphs(view, hit, box), text_x=TEXT_X
            )
    if view.visit.query.strip() and not hits:
        text = words(
            "kiosk",
            "Không tìm thấy thủ tục phù hợp. Mời Ông/Bà chọn theo lĩnh vực hoặc bấm “NHỜ HỖ TRỢ”.",
        )
        paragraphs = [Paragraph(text, 10.3 * (1.2 if view.large_text else 1.0), max_lines=5, leading=1.3)]
        pieces += stack(view, Box(MARGIN, top + 24, CONTENT_WIDTH, 60), paragraphs, valign=VAlign.TOP)
    return (*frame(view), *pieces)


def _hits(view: KioskView) -> Sequence[Hit]:
    """Return the procedures and the services of the kiosk's list that match the query."""
    catalogue = view.hall.catalogue
    if catalogue is None:
        return []
    language, listed = view.words.language, {service.id for service in view.hall.listed_services()}
    services = find_services(view.visit.query, catalogue.services, language)
    procedures = find_procedures(view.visit.query, catalogue.procedures, language)
    return merged_hits(procedures, [hit for hit in services if hit.service.id in listed])


def _search_field(view: KioskView, shift: float) -> Pieces:
    """Draw the title, the field with the query and its cursor, and a note. ``shift``: how far down."""
    words, query = view.words, view.visit.query
    text, note = words("kiosk", "Tìm thủ tục"), words("kiosk", "Không cần gõ dấu")
    field = Box(MARGIN, 82 + shift, CONTENT_WIDTH, 27)
    title_box = Box(MARGIN, 53 + shift, CONTENT_WIDTH, 22)
    note_box = Box(190, field.y, 86, field.h)
    if view.landscape:
        field, title_box = (
            Box(SIDE_BOX.x, SIDE_BOX.y + 34, SIDE_BOX.w, 27),
            Box(SIDE_BOX.x, SIDE_BOX.y + 8, SIDE_BOX.w, 22),
        )
        note_box = Box(SIDE_BOX.x, field.bottom + 2, SIDE_BOX.w, 16)
    x = field.x + (31 if not view.landscape else 20)
    max_width = field.right - 11 - x
    # Of a long query only the end is displayed: the letters typed last.
    visible_query = next(
        (query[start:] for start in range(len(query)) if view.text_width(query[start:], 14, bold=True) <= max_width), ""
    )
    cursor_x = x + (view.text_width(visible_query, 14, bold=True) if visible_query else 0.0)
    pieces: list[Piece] = [
        Label(title_box, text, 16.5, bold=True),
        Rectangle(field, Colour.SURFACE, edge_colour=Colour.ACCENT, edge_mm=1.2, radius_mm=3),
        Icon(Box(x - 15 if view.landscape else MARGIN + 10, field.y + 7.5, 12, 12), "search"),
        Label(Box(x, field.y, max_width, field.h), visible_query, 14, bold=True),
        Segment(cursor_x + 1.5, field.y + 6, cursor_x + 1.5, field.bottom - 6, colour=Colour.ACCENT, width_mm=1.0),
    ]
    if cursor_x < 180:  # the note has room beside the query
        align = TextAlign.LEFT if view.landscape else TextAlign.RIGHT
        pieces.append(Label(note_box, note, 9.2, Colour.INK2, align=align))
    return tuple(pieces)


def _hits_header(view: KioskView, top: float, hits: Sequence[Hit], page: int, pages: int) -> Pieces:
    words = view.words
    text = words("kiosk", "{n} thủ tục phù hợp", n=len(hits))
    if any(isinstance(hit, ServiceHit) for hit in hits):
        text = words("kiosk", "{n} kết quả phù hợp", n=len(hits))
    elif not any(isinstance(hit, SearchHit) and hit.is_good_match for hit in hits):
        text = words("kiosk", "{n} thủ tục gần giống", n=len(hits))
    pieces: list[Piece] = [Label(Box(MARGIN, top, 120, 20), text, 9.2, Colour.INK2)] if hits else []
    if page > 0:
        box = Box(139, top, 70, 20)
        pieces += button(
            view, TurnPage(forward=False), box, words("kiosk", "Trang trước"), icon="back", size=8.6, bold=True
        )
    if page < pages - 1:
        box = Box(213, top, 70, 20)
        pieces += button(
            view,
            TurnPage(forward=True),
            box,
            words("kiosk", "Trang sau"),
            icon="next",
            size=8.6,
            bold=True,
            icon_right=True,
        )
    return tuple(pieces)


def _hit_paragraphs(view: KioskView, hit: SearchHit[Procedure], box: Box) -> Sequence[Paragraph]:
    """Return the name and, below it, the service or a note.

    The service is left out where there is no room; the note that a procedure is not handled here, never.
    """
    name = view.words.pick(hit.procedure.name)
    size, note_size = 13.0 * (1.25 if view.large_text else 1.0), 9.2 * (1.2 if view.large_text else 1.0)
    paragraphs = [Paragraph(name, size, bold=True, max_lines=4, leading=1.12, underline=hit.match_span)]
    service = view.hall.service(hit.procedure.service)
    if service is None or hit.procedure.place is not None:
        note = view.words("kiosk", "Thủ tục này không tiếp nhận tại đây.")
        paragraphs.append(Paragraph(note, note_size, bold=True, gap=1.5, max_lines=2))
        return shrink_to_fit(view, paragraphs, ROW_TEXT_WIDTH, box.h - 5, min_scale=0.75)
    if box.h > 50:
        paragraphs.append(Paragraph(view.words.pick(service.name), note_size, colour=Colour.INK2, gap=1.5, max_lines=2))
    return paragraphs


def _service_paragraphs(view: KioskView, hit: ServiceHit[CatalogueService], box: Box) -> Sequence[Paragraph]:
    """Return the name of a service, and below it that it is one."""
    scale, note_scale = 1.25 if view.large_text else 1.0, 1.2 if view.large_text else 1.0
    name = view.words.pick(hit.service.name)
    note = view.words("kiosk", "Lĩnh vực: xem các thủ tục, lấy số")
    paragraphs = [
        Paragraph(name, 13.0 * scale, bold=True, max_lines=4, leading=1.12, underline=hit.match_span),
        Paragraph(note, 9.2 * note_scale, colour=Colour.INK2, gap=1.5, max_lines=2),
    ]
    return shrink_to_fit(view, paragraphs, ROW_TEXT_WIDTH, box.h - 5, min_scale=0.75)


def _keyboard(view: KioskView) -> Pieces:
    """Draw the keys; each line of letters begins half a key further right."""
    words = view.words
    pieces: list[Piece] = []
    width = (CONTENT_WIDTH - 9 * 2) / 10
    for line, letters in enumerate(KEYBOARD):
        left = MARGIN + line * (width + 2) / 2 if line < 2 else MARGIN + width + 2
        for index, letter in enumerate(letters):
            box = Box(left + index * (width + 2), KEYBOARD_Y + line * KEY_PITCH, width, LETTER_KEY_HEIGHT)
            pieces += button(view, TypeLetter(letter), box, letter.upper(), size=13, quick=True)
    erase = Box(MARGIN + 8 * (width + 2), KEYBOARD_Y + 2 * KEY_PITCH, 2 * width + 2, LETTER_KEY_HEIGHT)
    pieces += button(view, EraseLetter(), erase, words("kiosk", "Xóa"), icon="erase", size=9.2, bold=True, quick=True)
    y = KEYBOARD_Y + 3 * KEY_PITCH
    space = Box(MARGIN, y, 7 * width + 12, LETTER_KEY_HEIGHT)
    pieces += button(view, TypeSpace(), space, words("kiosk", "Dấu cách"), size=10.3, quick=True)
    clear = Box(space.right + 2, y, WIDTH - MARGIN - space.right - 2, LETTER_KEY_HEIGHT)
    pieces += button(view, ClearQuery(), clear, words("kiosk", "Xóa hết"), size=10.3, bold=True, quick=True)
    return tuple(pieces)
