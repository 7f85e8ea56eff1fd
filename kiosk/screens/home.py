"""The home screen of an open hall, and of one that has not answered yet. Lengths are in millimetres."""

from hardware.screens.scene import Box, Icon, Piece, Scene, TextAlign, VAlign
from hardware.screens.theme import Colour
from kiosk.flow.hall import GUIDANCE_OUTCOME, RESULTS_OUTCOME
from kiosk.flow.taps import AskGuidance, CollectResult, LookUpProcedures, TakeNumber, Tap
from kiosk.screens.closed import closed_content
from kiosk.screens.first_setup import setup_screen, setup_strip
from kiosk.screens.frame import HELP, frame
from kiosk.screens.issue_warnings import issue_warning
from kiosk.screens.paragraphs import Paragraph, button_paragraphs, heading, split_sentences, stack
from kiosk.screens.view import CONTENT_WIDTH, LOW_REACH_TOP, MARGIN, ROWS_BOTTOM, KioskView, Pieces
from kiosk.screens.widgets import primary_button, row, row_boxes


def home(view: KioskView) -> Scene:
    """Draw the idle screen; it also has the set-up code while no administrator exists."""
    notice = view.state.setup_notice
    if view.hall.office is None and notice is not None:
        return (*frame(view, []), *setup_screen(view, notice))
    strip = () if notice is None else setup_strip(view, notice)
    return (*_hall_home(view), *strip)


def _hall_home(view: KioskView) -> Scene:
    """Draw the buttons of an open hall; while it is closed, when it opens again."""
    if view.hall.office is None:
        return (*frame(view, [HELP]), *_no_office(view))
    if not view.hall.is_open:
        # On a portrait panel the frame's message strip covers the closed notice; on a landscape panel the opening hours
        # lie on the frame's side column.
        frame_pieces, closed_pieces = frame(view, [HELP]), closed_content(view, view.hall.office)
        return (*frame_pieces, *closed_pieces) if view.landscape else (*closed_pieces, *frame_pieces)
    return (*frame(view, [HELP]), *_welcome(view), *_buttons(view))


def _welcome(view: KioskView) -> Pieces:
    """Draw the greeting; in larger letters, if the visitor wants them and its lines fit."""
    lines = split_sentences(view.words("kiosk", "Kính chào Ông/Bà. Xin mời chọn việc cần làm."))
    size = (
        19.5
        if view.large_text and all(view.text_width(line, 19.5, bold=True) <= CONTENT_WIDTH for line in lines)
        else 17.0
    )
    top = LOW_REACH_TOP - 62 if view.low_reach else 56
    leading = 1.08 if view.large_text else 1.18
    paragraphs = [Paragraph(line, size, bold=True, leading=leading) for line in lines]
    return heading(view, Box(MARGIN, top, CONTENT_WIDTH, 48), paragraphs)


def _buttons(view: KioskView) -> Pieces:
    words = view.words
    take_text = words("kiosk", "LẤY SỐ THỨ TỰ")
    take_subtitle = issue_warning(view, words("kiosk", "Nộp hồ sơ, hỏi thủ tục tại quầy"))
    others = _other_buttons(view)
    top = LOW_REACH_TOP if view.low_reach else 108.0
    take_height = 48.0 if view.low_reach else 98.0
    pieces: list[Piece] = [
        *primary_button(
            view, TakeNumber(), Box(MARGIN, top, CONTENT_WIDTH, take_height), take_text, take_subtitle, size=24
        )
    ]
    boxes = row_boxes(top + take_height + 6, ROWS_BOTTOM, len(others), 5)
    for box, (tap, icon, text, subtitle) in zip(boxes, others, strict=True):
        pieces += row(
            view, tap, box, button_paragraphs(view, text, subtitle, always_subtitle=not view.low_reach), icon=icon
        )
    return tuple(pieces)


def _other_buttons(view: KioskView) -> list[tuple[Tap, str, str, str]]:
    """Return (tap, icon, text, subtitle) of each button below the primary one.

    Two of them are left out where the hall has no such service.
    """
    words = view.words
    buttons: list[tuple[Tap, str, str, str]] = []
    if view.hall.service_with_outcome(RESULTS_OUTCOME) is not None:
        text, subtitle = words("kiosk", "NHẬN KẾT QUẢ"), words("kiosk", "Đã có giấy hẹn trả kết quả")
        buttons.append((CollectResult(), "result", text, subtitle))
    text, subtitle = words("kiosk", "TRA CỨU THỦ TỤC"), words("kiosk", "Giấy tờ, thời hạn, lệ phí")
    buttons.append((LookUpProcedures(), "lookup", text, subtitle))
    if view.hall.service_with_outcome(GUIDANCE_OUTCOME) is not None:
        text, subtitle = words("kiosk", "Tôi chưa biết chọn gì"), words("kiosk", "Lấy số đến quầy Hướng dẫn")
        buttons.append((AskGuidance(), "question", text, subtitle))
    return buttons


def _no_office(view: KioskView) -> Pieces:
    """Draw the screen of a kiosk that has not received the office's data yet."""
    text = view.words("kiosk", "Máy đang mất kết nối. Mời Ông/Bà gặp cán bộ hướng dẫn để lấy số.")
    paragraphs = [
        Paragraph(sentence, 15, bold=index == 0, max_lines=3, gap=4, leading=1.25)
        for index, sentence in enumerate(split_sentences(text))
    ]
    y = 150.0 if not view.landscape else 232.0
    return (
        Icon(Box(MARGIN, y, CONTENT_WIDTH, 50), "broken", colour=Colour.INK2),
        *stack(
            view,
            Box(MARGIN + 10, y + 60, CONTENT_WIDTH - 20, 120),
            paragraphs,
            valign=VAlign.TOP,
            align=TextAlign.CENTRE,
        ),
    )
