"""The confirmation: service, waiting visitors, and the button that requests the number. Lengths are in mm."""

from hardware.screens.scene import Box, Circle, Icon, Label, Piece, Rectangle, Scene, Segment, Target, VAlign
from hardware.screens.theme import Colour
from kiosk.flow.taps import AnswerPriority, ShowProcedure, TakeNumber
from kiosk.screens.frame import frame
from kiosk.screens.issue_warnings import issue_warning
from kiosk.screens.paragraphs import Paragraph, counters_line, heading, split_label, stack, stack_height
from kiosk.screens.view import CONTENT_TOP, CONTENT_WIDTH, LOW_REACH_TOP, MARGIN, TAKE_NUMBER_BOX, KioskView, Pieces
from kiosk.screens.widgets import button, primary_button, split_columns
from kiosk.ticket_texts import wait_phrase

MAX_DRAWN_PEOPLE = 6


def confirm(view: KioskView) -> Scene:
    """Draw service and procedure, the waiting visitors, and the question about priority."""
    words = view.words
    slip_text = words("kiosk", "Phiếu ra ở khe bên dưới màn hình") if view.settings.has_printer else None
    text, subtitle = words("kiosk", "LẤY SỐ THỨ TỰ"), issue_warning(view, slip_text)
    pieces: list[Piece] = list(primary_button(view, TakeNumber(), TAKE_NUMBER_BOX, text, subtitle, size=18))
    y = TAKE_NUMBER_BOX.y - 6
    if view.visit.procedure is not None:
        box = Box(MARGIN, y - 24, CONTENT_WIDTH, 24)
        size = 10.3 * (1.2 if view.large_text else 1.0)
        pieces += button(
            view, ShowProcedure(), box, words("kiosk", "Xem giấy tờ, thời hạn, lệ phí"), icon="papers", size=size
        )
        y = box.y - 5
    service = view.hall.service(view.visit.service)
    if service is None or service.asks_priority:
        y, question = _priority_question(view, y)
        pieces += question
    heading_paragraphs = _heading_paragraphs(view)
    height = stack_height(view, CONTENT_WIDTH, heading_paragraphs)
    pieces += heading(view, Box(MARGIN, CONTENT_TOP + 1, CONTENT_WIDTH, height), heading_paragraphs, valign=VAlign.TOP)
    top = CONTENT_TOP + height + 6 if not view.landscape else LOW_REACH_TOP
    pieces += _waiting_visitors(view, Box(MARGIN, top, CONTENT_WIDTH, y - 5 - top))
    return (*frame(view), *pieces)


def _heading_paragraphs(view: KioskView) -> list[Paragraph]:
    """Return an introduction, the name of service or procedure, and the counters."""
    words, scale = view.words, 1.2 if view.large_text else 1.0
    service, procedure = view.hall.service(view.visit.service), view.hall.procedure(view.visit.procedure)
    service_name = words.pick(service.name) if service else ""
    name = words.pick(procedure.name) if procedure else service_name
    introduction, _ = split_label(words("kiosk", "Xác nhận lấy số cho: {procedure}", procedure=name))
    details = counters_line(view, service.counters if service else [])
    if procedure is not None:
        service_line = words("ticket", "Lĩnh vực: {service}", service=service_name)
        details = f"{service_line} · {details}" if details else service_line
    size = 18.0 if len(name) < 30 else 14.0
    paragraphs = [
        Paragraph(f"{introduction}:", 10.3 * scale, colour=Colour.INK2),
        Paragraph(name, size * scale, bold=True, max_lines=4, leading=1.15, gap=1.5),
    ]
    return [*paragraphs, Paragraph(details, 10.3 * scale, colour=Colour.INK2, gap=2)] if details else paragraphs


def _priority_question(view: KioskView, bottom: float) -> tuple[float, Pieces]:
    """Draw the question and its two answers above ``bottom``.

    Returns its top, and its pieces.
    """
    words, scale = view.words, 1.2 if view.large_text else 1.0
    note = [Paragraph(words("kiosk", "Cán bộ sẽ xác nhận diện ưu tiên tại quầy."), 8.6 * scale, colour=Colour.INK2)]
    note_height = stack_height(view, CONTENT_WIDTH, note)
    answers_box = Box(MARGIN, bottom - note_height - 3 - 28, CONTENT_WIDTH, 28)
    question = [Paragraph(words("kiosk", "Ông/Bà có thuộc diện ưu tiên không?"), 12.5 * scale, bold=True)]
    question_height = stack_height(view, CONTENT_WIDTH, question)
    top = answers_box.y - question_height - 2
    pieces: list[Piece] = [*stack(view, Box(MARGIN, top, CONTENT_WIDTH, question_height), question)]
    no_box, yes_box = split_columns(answers_box, 2, 4)
    priority = view.visit.priority
    pieces += _radio(AnswerPriority(belongs=False), no_box, words("kiosk", "Không"), chosen=not priority)
    pieces += _radio(AnswerPriority(belongs=True), yes_box, words("kiosk", "Có (chọn diện)"), chosen=priority)
    pieces += stack(view, Box(MARGIN, answers_box.bottom + 3, CONTENT_WIDTH, note_height), note)
    return top, tuple(pieces)


def _radio(tap: AnswerPriority, box: Box, text: str, *, chosen: bool) -> Pieces:
    """Draw an answer; the chosen one has a tick, an outline and bold text."""
    size, centre_y = 11.5, box.y + box.h / 2
    target = _answer_target(tap, box, text, chosen=chosen)
    radio_mark: Pieces = (Circle(box.x + 15, centre_y, 6, Colour.LINE_STRONG, 1.0),)
    if chosen:
        radio_mark = (
            Circle(box.x + 15, centre_y, 6, Colour.ACTION),
            Icon(Box(box.x + 9, centre_y - 6, 12, 12), "chosen", colour=Colour.ON_ACTION),
        )
    text_box = Box(box.x + 27, box.y, box.w - 31, box.h)
    return (target, *radio_mark, Label(text_box, text, size, bold=chosen, max_lines=2))


def _answer_target(tap: AnswerPriority, box: Box, text: str, *, chosen: bool) -> Piece:
    """Return the touch target of an answer, with its background."""
    if not chosen:
        return Target(tap, box, text)
    return Target(tap, box, text, fill=Colour.CHOSEN, edge_colour=Colour.ACCENT, edge_mm=1.2)


def _waiting_visitors(view: KioskView, box: Box) -> Pieces:
    """Draw the people ahead as icons and in numbers, or in one sentence."""
    service_id = view.visit.service or ""
    ahead = view.hall.waiting(service_id)
    if ahead is None or box.h < 14:
        return ()
    wait = wait_phrase(view.words, view.hall.wait_min(service_id))
    if box.h < 84 or view.large_text:
        paragraphs = [
            Paragraph(
                _ahead_sentence(view, ahead, wait), 11.0 * (1.15 if view.large_text else 1.0), bold=True, max_lines=4
            )
        ]
        if stack_height(view, CONTENT_WIDTH - 20, paragraphs) > box.h - 4:
            return ()
        box = Box(box.x, box.y, box.w, min(box.h, stack_height(view, CONTENT_WIDTH - 20, paragraphs) + 18))
        return (
            Rectangle(box, Colour.SURFACE, edge_colour=Colour.LINE, edge_mm=0.6, radius_mm=3),
            *stack(view, box.inset(10, 2, 10, 2), paragraphs),
        )
    box = Box(box.x, box.y, box.w, min(box.h, 108))
    pieces: list[Piece] = [
        Rectangle(box, Colour.SURFACE, edge_colour=Colour.LINE, edge_mm=0.6, radius_mm=3),
        *_people(view, box, ahead),
    ]
    line_y = box.y + 40
    pieces.append(Segment(box.x + 12, line_y, box.right - 12, line_y, colour=Colour.LINE))
    figures_box = Box(box.x + 12, line_y + 2, box.w - 24, box.bottom - line_y - 4)
    if ahead == 0 and wait is None:
        return (*pieces, *stack(view, figures_box, [Paragraph(_ahead_sentence(view, 0, None), 14, bold=True)]))
    return (*pieces, *_figures(view, figures_box, ahead, wait))


def _ahead_sentence(view: KioskView, ahead: int, wait: str | None) -> str:
    if ahead == 0:
        return view.words("kiosk", "Hiện không có ai chờ trước Ông/Bà.")
    if wait is None:
        return view.words("kiosk", "Hiện có {n} người chờ.", n=ahead)
    return view.words("kiosk", "Hiện có {n} người chờ, dự kiến {wait}.", n=ahead, wait=wait)


def _people(view: KioskView, box: Box, ahead: int) -> Pieces:
    """Draw an icon for each visitor ahead, and a filled one for this visitor."""
    x, y = box.x + 12, box.y + 11
    pieces: list[Piece] = []
    for _ in range(min(ahead, MAX_DRAWN_PEOPLE)):
        pieces.append(Icon(Box(x, y, 18, 18), "person", colour=Colour.LINE_STRONG))
        x += 22
    if ahead > MAX_DRAWN_PEOPLE:
        pieces += [Circle(x + 3 + 6 * dot, y + 10, 1.3, Colour.LINE_STRONG) for dot in range(3)]
        x += 22
    pieces.append(Icon(Box(x, y, 18, 18), "person-filled", colour=Colour.ACCENT))
    pieces.append(Label(Box(x + 24, y, 50, 20), view.words("kiosk", "Ông/Bà"), 9.2, Colour.ACCENT, bold=True))
    return tuple(pieces)


def _figures(view: KioskView, box: Box, ahead: int, wait: str | None) -> Pieces:
    """Draw how many wait, and beside it the expected wait if there is one."""
    words = view.words
    label, value = split_label(words("ticket", "Số người chờ trước: {n}", n=ahead))
    ahead_box, wait_box = Box(box.x, box.y, 92, box.h), Box(box.x + 96, box.y, box.w - 96, box.h)
    pieces = stack(
        view, ahead_box, [Paragraph(label, 9.2, colour=Colour.INK2), Paragraph(value, 27, bold=True, leading=1.15)]
    )
    if wait is None:
        return pieces
    label, value = split_label(words("ticket", "Thời gian chờ dự kiến: {wait}", wait=wait))
    paragraphs = [Paragraph(label, 9.2, colour=Colour.INK2), Paragraph(value, 15, bold=True, leading=1.15, gap=4)]
    return (*pieces, *stack(view, wait_box, paragraphs))
