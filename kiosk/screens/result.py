"""The result: the number in large digits, and the state of its slip. Lengths are in millimetres."""

from hardware.ports import PrintState
from hardware.screens.scene import (
    Box,
    Icon,
    Label,
    NumberLabel,
    Piece,
    Polygon,
    Rectangle,
    Scene,
    Target,
    TextAlign,
    number_width_em,
)
from hardware.screens.theme import Colour
from kiosk.flow.idle import seconds_left
from kiosk.flow.taps import StayHere
from kiosk.screens.ahead import ahead_beside_number, ahead_rows
from kiosk.screens.frame import HELP, HOME, frame
from kiosk.screens.missing_slip import missing_slip, missing_slip_box
from kiosk.screens.paragraphs import Paragraph, counters_line, stack
from kiosk.screens.view import CONTENT_BOTTOM, CONTENT_TOP, CONTENT_WIDTH, MARGIN, SIDE_BOX, KioskView, Pieces
from server.wire.messages import Ticket

NUMBER_EM = 98.0  # greatest font size of the number


def result(view: KioskView) -> Scene:
    """Draw the number, and the state of its slip."""
    ticket = view.visit.ticket
    assert ticket is not None
    has_slip = view.visit.slip_state in (PrintState.PRINTED, PrintState.PRINTING, PrintState.PENDING)
    introduction, size = _introduction(view), 16 * (1.15 if view.large_text else 1.0)
    top, bottom = 80.0, 262.0 if has_slip else 218.0
    pieces: list[Piece] = []
    if view.landscape:
        top, bottom = view.top, 346.0 if has_slip else missing_slip_box(view, ticket).y - 5
        pieces += stack(view, Box(SIDE_BOX.x, SIDE_BOX.y, SIDE_BOX.w, 24), [Paragraph(introduction, size)])
    else:
        pieces.append(Label(Box(MARGIN, CONTENT_TOP, CONTENT_WIDTH, 22), introduction, size, align=TextAlign.CENTRE))
    pieces += _ticket(view, ticket, Box(MARGIN, top, CONTENT_WIDTH, bottom - top), as_slip=has_slip)
    pieces += _slip_instructions(view, ticket) if has_slip else missing_slip(view, ticket)
    return (*frame(view, [HOME, HELP]), *pieces)


def _ticket(view: KioskView, ticket: Ticket, box: Box, *, as_slip: bool) -> Pieces:
    """Draw the number, with service, procedure and counters.

    ``as_slip``: on a slip with its torn lower edge, because the printer prints one; otherwise on a card.
    """
    words, scale = view.words, 1.15 if view.large_text else 1.0
    pieces: list[Piece] = [
        _slip_shape(box)
        if as_slip
        else Rectangle(box, Colour.SURFACE, edge_colour=Colour.LINE_STRONG, edge_mm=0.6, radius_mm=3)
    ]
    size = min(NUMBER_EM, (CONTENT_WIDTH - 20) / number_width_em(ticket.number))
    height = 100.0 if not view.landscape else 90.0
    pieces.append(
        NumberLabel(Box(box.x + 8, box.y + (height - 84) / 2, box.w - 16, 84), ticket.number, size, Colour.ACCENT)
    )
    service, procedure = view.hall.service(ticket.service), view.hall.procedure(ticket.procedure)
    details = [words.pick(service.name)] if service else []
    counters = counters_line(view, ticket.counters)
    paragraphs = []
    if procedure is not None and (as_slip or not view.landscape):
        paragraphs.append(
            Paragraph(
                words.pick(procedure.name), 12.5 * scale if as_slip else 10.3, bold=True, max_lines=3, leading=1.15
            )
        )
    details += [counters] if counters else []
    if ticket.ticket_class == "priority":
        details.append(words("ticket", "ƯU TIÊN"))
    paragraphs.append(
        Paragraph(" · ".join(details), 10.3 * scale if as_slip else 9.2, colour=Colour.INK2, gap=2, max_lines=3)
    )
    text_y = box.y + height
    pieces += stack(
        view,
        Box(box.x + 10, text_y, box.w - 20, box.bottom - text_y - (10 if as_slip else 3)),
        paragraphs,
        align=TextAlign.CENTRE,
    )
    return tuple(pieces)


def _slip_shape(box: Box) -> Polygon:
    """Return a slip's shape with its torn lower edge."""
    teeth = 24
    step = box.w / teeth
    edge = [(box.right - index * step / 2, box.bottom - (5.0 if index % 2 else 0.0)) for index in range(2 * teeth + 1)]
    points = [(box.x + 3, box.y), (box.right - 3, box.y), (box.right, box.y + 3), *edge, (box.x, box.y + 3)]
    return Polygon(tuple(points), Colour.SURFACE, Colour.LINE_STRONG)


def _slip_instructions(view: KioskView, ticket: Ticket) -> Pieces:
    """Draw how many are ahead, the request to take the slip, and the countdown."""
    words, scale = view.words, 1.15 if view.large_text else 1.0
    pieces: list[Piece] = list(ahead_beside_number(view, ticket) if view.landscape else ahead_rows(view, ticket, 270))
    is_printed = view.visit.slip_state is PrintState.PRINTED
    text = (
        words("kiosk", "Mời nhận phiếu và ngồi chờ gọi số.")
        if is_printed
        else words("kiosk", "Đang in phiếu, xin chờ…")
    )
    box = Box(MARGIN, 328, CONTENT_WIDTH, 66) if not view.landscape else Box(MARGIN, 348, CONTENT_WIDTH, 62)
    pieces += [
        Rectangle(box, Colour.ACTION, edge_colour=None, radius_mm=3),
        Icon(
            Box(box.x + 14, box.y + box.h / 2 - 14, 30, 28),
            "down" if is_printed else "printer",
            colour=Colour.ON_ACTION,
        ),
        *stack(
            view,
            Box(72, box.y, box.right - 80, box.h),
            [
                Paragraph(
                    text, 15 * (scale if not view.landscape else 1.0), bold=True, colour=Colour.ON_ACTION, max_lines=3
                )
            ],
        ),
    ]
    countdown_s = seconds_left(view.state, view.now)
    if countdown_s is None:
        return tuple(pieces)
    # Touching anywhere keeps the number on the screen.
    content_box = Box(MARGIN, view.top, CONTENT_WIDTH, CONTENT_BOTTOM - view.top)
    touch = Target(StayHere(), content_box, _introduction(view), fill=None, pressed_fill=None, edge_colour=None)
    return (touch, *pieces, *_countdown(view, countdown_s))


def _countdown(view: KioskView, countdown_s: int) -> Pieces:
    """Draw the time until the home screen returns, as a bar and in words."""
    share_left = min(1.0, countdown_s / view.settings.result_s)
    bar = Box(MARGIN, 403 if not view.landscape else 413, CONTENT_WIDTH, 2.6)
    text = view.words("kiosk", "Về màn hình chính sau {seconds} giây. Chạm để tiếp tục.", seconds=countdown_s)
    paragraph = Paragraph(text, 9.2 * (1.15 if view.large_text else 1.0), colour=Colour.INK2)
    text_box = Box(MARGIN, bar.bottom + 2.4, CONTENT_WIDTH, 436 - bar.bottom - 2.4)
    return (
        Rectangle(bar, Colour.LINE, edge_colour=None),
        Rectangle(Box(bar.x, bar.y, bar.w * share_left, bar.h), Colour.ACCENT, edge_colour=None),
        *stack(view, text_box, [paragraph], align=TextAlign.CENTRE),
    )


def _introduction(view: KioskView) -> str:
    """Return the text above the number."""
    return view.words("kiosk", "Số của Ông/Bà là")
