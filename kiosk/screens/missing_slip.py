"""Part of the result screen: the warning that no slip came out. Lengths are in millimetres."""

from hardware.ports import PrintState
from hardware.screens.scene import Box, Piece, QrCode, Rectangle
from hardware.screens.theme import Colour
from kiosk.screens.ahead import ahead_beside_number, ahead_rows
from kiosk.screens.paragraphs import Paragraph, message_paragraphs, stack, stack_height
from kiosk.screens.view import CONTENT_BOTTOM, CONTENT_WIDTH, MARGIN, SIDE_BOX, KioskView, Pieces
from kiosk.screens.widgets import MESSAGE_TEXT_WIDTH, warning_message
from kiosk.ticket_texts import visitor_link
from server.wire.messages import Ticket


def missing_slip(view: KioskView, ticket: Ticket) -> Pieces:
    """Draw that the number stays valid, and a QR code for the phone."""
    paragraphs = message_paragraphs(view, _slip_text(view, ticket))
    warning_box = missing_slip_box(view, ticket)
    pieces: list[Piece] = [*warning_message(view, warning_box, paragraphs)]
    url = _visitor_url(view, ticket)
    if view.landscape:
        return (*pieces, *(_code_beside_number(view, url) if url is not None else ahead_beside_number(view, ticket)))
    height_left = CONTENT_BOTTOM - warning_box.bottom - 6
    if url is None or height_left < 56:
        return (*pieces, *ahead_rows(view, ticket, warning_box.bottom + 6))
    box = Box(MARGIN, warning_box.bottom + 6, CONTENT_WIDTH, min(height_left, 100))
    code_size = box.h - 10
    text = view.words("kiosk", "Quét mã để theo dõi số trên điện thoại")
    pieces += [
        Rectangle(box, Colour.CODE, edge_colour=Colour.LINE_STRONG, edge_mm=0.6, radius_mm=3),
        QrCode(Box(box.x + 5, box.y + 5, code_size, code_size), url),
        *stack(
            view,
            Box(box.x + code_size + 16, box.y, box.w - code_size - 24, box.h),
            [Paragraph(text, 12 * (1.1 if view.large_text else 1.0), bold=True, colour=Colour.ON_CODE, max_lines=4)],
        ),
    ]
    return tuple(pieces)


def missing_slip_box(view: KioskView, ticket: Ticket) -> Box:
    """Return the box of the warning, as high as its text.

    On a landscape panel it stands at the bottom.
    """
    text_height = stack_height(view, MESSAGE_TEXT_WIDTH, message_paragraphs(view, _slip_text(view, ticket)))
    if view.landscape:
        return Box(MARGIN, CONTENT_BOTTOM - text_height - 11, CONTENT_WIDTH, text_height + 11)
    return Box(MARGIN, 226, CONTENT_WIDTH, max(74.0, text_height + 16))


def _code_beside_number(view: KioskView, url: str) -> Pieces:
    """Draw the QR code for the phone beside the number."""
    box = SIDE_BOX.inset(0, 30, 0, 0)
    code_size = box.h - 8
    text = view.words("kiosk", "Quét mã để theo dõi số trên điện thoại")
    text_box = Box(box.x + code_size + 10, box.y, box.w - code_size - 14, box.h)
    return (
        Rectangle(box, Colour.CODE, edge_colour=Colour.LINE_STRONG, edge_mm=0.6, radius_mm=3),
        QrCode(Box(box.x + 4, box.y + 4, code_size, code_size), url),
        *stack(view, text_box, [Paragraph(text, 9.2, bold=True, colour=Colour.ON_CODE, max_lines=6)]),
    )


def _visitor_url(view: KioskView, ticket: Ticket) -> str | None:
    """Return the address of the visitor's own page; None where phones cannot reach one."""
    office = view.hall.office
    if office is None or not office.visitor_url:
        return None
    return visitor_link(ticket, office)


def _slip_text(view: KioskView, ticket: Ticket) -> str:
    """Return the text about the missing slip, which always contains the number."""
    words, visit, number = view.words, view.visit, ticket.number
    if visit.slip_state is None:
        return words("kiosk", "Số của Ông/Bà là {number}. Mời ghi lại hoặc chụp ảnh số này.", number=number)
    if visit.slip_code == "torn":  # the paper ended in this slip
        return words(
            "kiosk",
            "Máy in hết giấy khi đang in nên phiếu bị đứt. Số {number} vẫn được giữ. "
            "Mời Ông/Bà gặp cán bộ hướng dẫn để nhận phiếu mới.",
            number=number,
        )
    if visit.slip_state is PrintState.UNKNOWN:
        return words(
            "kiosk",
            "Chưa rõ phiếu đã in ra chưa. Số {number} vẫn được giữ. "
            "Nếu không thấy phiếu, mời Ông/Bà gặp cán bộ hướng dẫn.",
            number=number,
        )
    if visit.slip_code is not None and visit.slip_code.startswith("paper_out"):
        return words(
            "kiosk",
            "Máy in hết giấy. Số {number} vẫn được giữ. Mời Ông/Bà gặp cán bộ hướng dẫn để nhận phiếu.",
            number=number,
        )
    return words(
        "kiosk",
        "Máy in gặp sự cố. Số {number} vẫn được giữ. Mời Ông/Bà ghi lại hoặc chụp ảnh số này.",
        number=number,
    )
