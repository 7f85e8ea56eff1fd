"""The screens between confirmation and number: no slip would come out; waiting for the server.

Lengths are in millimetres.
"""

from hardware.screens.scene import Box, Icon, Scene, TextAlign
from kiosk.flow.printability import cannot_print, is_out_of_paper
from kiosk.flow.taps import SeeStaff, TakeNumber, TakeWithoutSlip
from kiosk.screens.frame import frame
from kiosk.screens.paragraphs import Paragraph, message_paragraphs, stack
from kiosk.screens.view import CONTENT_WIDTH, MARGIN, KioskView
from kiosk.screens.widgets import primary_button, row, success_message, warning_message


def no_paper(view: KioskView) -> Scene:
    """Draw the question whether to take a number without a slip.

    Once the printer can print again, the screen says so instead. The buttons lie above the place of the button that led
    here.
    """
    words, scale = view.words, 1.15 if view.large_text else 1.0
    message_box, take_box, staff_box = (
        Box(MARGIN, 62, CONTENT_WIDTH, 140),
        Box(MARGIN, 218, CONTENT_WIDTH, 96),
        Box(MARGIN, 320, CONTENT_WIDTH, 62),
    )
    if view.landscape:
        message_box, take_box, staff_box = (
            Box(MARGIN, view.top, CONTENT_WIDTH, 84),
            Box(MARGIN, 301, CONTENT_WIDTH, 46),
            Box(MARGIN, 351, CONTENT_WIDTH, 39),
        )
    if cannot_print(view.state):
        message = warning_message(view, message_box, message_paragraphs(view, _no_slip_question(view)))
        take_button = primary_button(
            view, TakeWithoutSlip(), take_box, words("kiosk", "Lấy số không cần phiếu"), icon="phone", size=16
        )
    else:
        text = words("kiosk", "Máy in đã hoạt động trở lại. Mời Ông/Bà lấy số và nhận phiếu.")
        if view.visit.paper_was_out:
            text = words("kiosk", "Máy in đã có giấy. Mời Ông/Bà lấy số và nhận phiếu.")
        message = success_message(view, message_box, message_paragraphs(view, text))
        take_button = primary_button(view, TakeNumber(), take_box, words("kiosk", "LẤY SỐ THỨ TỰ"), size=18)
    staff_text = [Paragraph(words("kiosk", "Không, tôi gặp cán bộ"), 13.5 * scale, bold=True)]
    return (*frame(view), *message, *take_button, *row(view, SeeStaff(), staff_box, staff_text, icon="person"))


def _no_slip_question(view: KioskView) -> str:
    if is_out_of_paper(view.state):
        return view.words("kiosk", "Máy in hết giấy. Ông/Bà có muốn lấy số mà không có phiếu giấy không?")
    return view.words("kiosk", "Máy in đang gặp sự cố. Ông/Bà có muốn lấy số mà không có phiếu giấy không?")


def working(view: KioskView) -> Scene:
    """Draw that the number is being requested."""
    text = view.words("kiosk", "Đang lấy số, xin chờ…")
    y = 170.0 if not view.landscape else 250.0
    return (
        *frame(view, []),
        Icon(Box(MARGIN, y, CONTENT_WIDTH, 60), "ticket", stroke=1.6),
        *stack(view, Box(MARGIN, y + 70, CONTENT_WIDTH, 60), [Paragraph(text, 17, bold=True)], align=TextAlign.CENTRE),
    )
