"""The screen on which a visitor chooses their group with priority. Lengths are in millimetres."""

from hardware.screens.scene import Box, Piece, Scene
from hardware.screens.theme import Colour
from kiosk.flow.taps import AnswerPriority, ChoosePriorityGroup, PriorityGroup
from kiosk.screens.frame import frame
from kiosk.screens.paragraphs import Paragraph, heading, stack_height
from kiosk.screens.view import CONTENT_TOP, CONTENT_WIDTH, LOW_REACH_TOP, MARGIN, ROWS_BOTTOM, KioskView
from kiosk.screens.widgets import row, row_boxes


def priority(view: KioskView) -> Scene:
    """Draw the groups that the law gives priority.

    A touch sets the ticket's class; the group itself is not stored.
    """
    words, scale = view.words, 1.25 if view.large_text else 1.0
    names = {
        PriorityGroup.ELDER: words("kiosk", "Người cao tuổi"),
        PriorityGroup.DISABLED: words("kiosk", "Người khuyết tật"),
        PriorityGroup.PREGNANT: words("kiosk", "Phụ nữ mang thai"),
        PriorityGroup.CHILD: words("kiosk", "Có trẻ nhỏ đi cùng"),
        PriorityGroup.MERIT: words("kiosk", "Người có công với cách mạng"),
    }
    question = words("kiosk", "Ông/Bà có thuộc diện ưu tiên không?")
    privacy_note = words("kiosk", "Máy chỉ ghi là số ưu tiên, không lưu Ông/Bà thuộc diện nào.")
    paragraphs = [
        Paragraph(question, 15.5 * (1.1 if view.large_text else 1.0), bold=True, leading=1.15),
        Paragraph(privacy_note, 8.6 * (1.2 if view.large_text else 1.0), colour=Colour.INK2, gap=2, max_lines=3),
    ]
    height = stack_height(view, CONTENT_WIDTH, paragraphs)
    top = LOW_REACH_TOP if view.low_reach else CONTENT_TOP + 2 + height + 5
    pieces: list[Piece] = [*heading(view, Box(MARGIN, top - 5 - height, CONTENT_WIDTH, height), paragraphs)]
    boxes = row_boxes(top, ROWS_BOTTOM, len(names) + 1, 3 if view.low_reach else 4)
    leading = 1.05 if view.low_reach else 1.1
    size = 13.5 * scale if not view.low_reach else 12.5
    for box, (group, text) in zip(boxes, names.items(), strict=False):
        name = Paragraph(text, size, bold=True, leading=leading)
        pieces += row(view, ChoosePriorityGroup(group), box, [name], icon=group)
    no_group = Paragraph(words("kiosk", "Không"), size, bold=True)
    pieces += row(view, AnswerPriority(belongs=False), boxes[-1], [no_group], icon="ring")
    return (*frame(view), *pieces)
