"""The home screen while no service issues numbers: the reason and other offers. Lengths are in millimetres."""

from collections.abc import Sequence

from hardware.screens import clockface
from hardware.screens.scene import Box, Icon, Label, Piece, Rectangle, Segment
from hardware.screens.theme import Colour
from kiosk.flow.taps import LookUpProcedures
from kiosk.screens.frame import SIDE_COLUMN_WIDTH
from kiosk.screens.paragraphs import (
    Paragraph,
    button_paragraphs,
    heading,
    shrink_to_fit,
    split_sentences,
    stack,
    stack_height,
)
from kiosk.screens.view import CONTENT_WIDTH, LANDSCAPE_TOP, LANDSCAPE_WIDTH, MARGIN, WIDTH, KioskView, Pieces
from kiosk.screens.widgets import row
from server.wire.messages import Office, from_time


def closed_content(view: KioskView, office: Office) -> Pieces:
    """Draw the next opening, the hours, and the button to the procedures."""
    words = view.words
    notice_box = (
        Box(0, 40, WIDTH, 152)
        if not view.landscape
        else Box(-6, LANDSCAPE_TOP, LANDSCAPE_WIDTH - SIDE_COLUMN_WIDTH, 138)
    )
    icon = "lunch" if office.day.state == "lunch" else "clock"
    pieces: list[Piece] = [
        Rectangle(notice_box, Colour.PANEL),
        Icon(Box(24, notice_box.y + 22, 32, 32), icon, colour=Colour.ON_PANEL, stroke=1.8),
        *_notice_texts(view, office, Box(68, notice_box.y + 4, 215, notice_box.h - 8)),
    ]
    if office.hours:
        size = 11 * (1.15 if view.large_text else 1.0)
        paragraphs = [
            Paragraph(words("kiosk", "Giờ làm việc"), size, bold=True),
            Paragraph(office.hours, size, max_lines=3, gap=3, leading=1.3),
        ]
        pieces += heading(view, Box(MARGIN, 198, CONTENT_WIDTH, 50), paragraphs)
        if not view.landscape:
            pieces.append(Segment(MARGIN, 252, WIDTH - MARGIN, 252, colour=Colour.LINE))
    y = 258.0 if not view.landscape else notice_box.bottom + 4
    pieces.append(
        Label(Box(MARGIN, y, CONTENT_WIDTH, 18), words("kiosk", "Bây giờ Ông/Bà vẫn có thể:"), 10.3, Colour.INK2)
    )
    text, subtitle = words("kiosk", "TRA CỨU THỦ TỤC"), words("kiosk", "Giấy tờ, thời hạn, lệ phí")
    box = Box(MARGIN, y + 22, CONTENT_WIDTH, 62)
    pieces += row(
        view, LookUpProcedures(), box, button_paragraphs(view, text, subtitle, always_subtitle=True), icon="lookup"
    )
    return tuple(pieces)


def _notice_texts(view: KioskView, office: Office, box: Box) -> Pieces:
    """Draw the texts of the notice, smaller for a long reason.

    A reason that does not fit even then is left out.
    """
    paragraphs: Sequence[Paragraph] = ()
    for reason in (office.day.reason, None):
        paragraphs = shrink_to_fit(view, _notice_paragraphs(view, office, reason), box.w, box.h, min_scale=0.7)
        if stack_height(view, box.w, paragraphs) <= box.h:
            break
    return stack(view, box, paragraphs)


def _notice_paragraphs(view: KioskView, office: Office, reason: str | None) -> list[Paragraph]:
    words, day, zone = view.words, office.day, view.zone
    if day.state == "none" and day.next_open is None:
        text = words("kiosk", "Trung tâm chưa bắt đầu cấp số. Mời Ông/Bà chờ giây lát hoặc gặp cán bộ hướng dẫn.")
        return _notice_sentences(view, text)
    if day.state == "lunch" and day.next_open is not None:
        time = clockface.hhmm(from_time(day.next_open), zone)
        text = words("kiosk", "Nghỉ trưa đến {time}. Số lấy buổi sáng vẫn có giá trị buổi chiều.", time=time)
        return _notice_sentences(view, text, first_size=17)
    if day.state == "open":
        return _all_stopped_paragraphs(view, office)
    scale, text_colour, detail_colour = _scale(view), Colour.ON_PANEL, Colour.ON_PANEL2
    paragraphs = [Paragraph(words("kiosk", "Ngoài giờ tiếp nhận"), 18 * scale, bold=True, colour=text_colour)]
    if reason:
        paragraphs.append(Paragraph(reason, 10.3 * scale, colour=detail_colour, max_lines=8, gap=2))
    if day.next_open is not None:
        opens_at_ms = from_time(day.next_open)
        paragraphs += [
            Paragraph(words("kiosk", "Trung tâm mở lại lúc"), 10.3 * scale, colour=detail_colour, gap=5),
            Paragraph(clockface.hhmm(opens_at_ms, zone), 30 * scale, bold=True, colour=text_colour, gap=1, leading=1.1),
            Paragraph(clockface.date_line(words, opens_at_ms, zone), 13 * scale, bold=True, colour=text_colour, gap=1),
        ]
    return paragraphs


def _all_stopped_paragraphs(view: KioskView, office: Office) -> list[Paragraph]:
    """Return the texts within the hours: every service is stopped, full, or without a counter."""
    words = view.words
    text = words("kiosk", "Hiện không lĩnh vực nào cấp số. Mời Ông/Bà gặp cán bộ hướng dẫn.")
    paragraphs = _notice_sentences(view, text)
    for sentence in _stop_sentences(view, office):
        paragraphs.append(Paragraph(sentence, 11 * _scale(view), colour=Colour.ON_PANEL, max_lines=3, gap=4))
    next_open = min((service.next_open for service in office.services if service.next_open is not None), default=None)
    if next_open is not None:
        when = clockface.time_in_sentence(words, from_time(next_open), view.now.wall_ms, view.zone)
        reopening = words("kiosk", "Cấp số trở lại lúc {when}.", when=when)
        paragraphs.append(Paragraph(reopening, 11 * _scale(view), colour=Colour.ON_PANEL, max_lines=3, gap=4))
    return paragraphs


def _stop_sentences(view: KioskView, office: Office) -> list[str]:
    """Return why staff stopped the services, and whom to ask.

    A sentence is left out where it is not the same for all of them.
    """
    words, stopped = view.words, [service for service in office.services if service.stopped]
    reasons, contacts = {service.reason for service in stopped}, {service.ask for service in stopped}
    reason, ask = (next(iter(texts)) if len(texts) == 1 else None for texts in (reasons, contacts))
    sentences = []
    if reason:
        sentences.append(words("kiosk", "Lý do: {reason}.", reason=reason.rstrip(" .")))
    if ask:
        sentences.append(words("kiosk", "Cần hỏi thêm, mời Ông/Bà liên hệ: {ask}.", ask=ask.rstrip(" .")))
    return sentences


def _notice_sentences(view: KioskView, text: str, *, first_size: float = 16) -> list[Paragraph]:
    """Return the sentences of a text for the notice, the first bold and in ``first_size``."""
    return [
        Paragraph(
            sentence,
            (first_size if index == 0 else 11) * _scale(view),
            bold=index == 0,
            colour=Colour.ON_PANEL,
            max_lines=3,
            gap=4,
        )
        for index, sentence in enumerate(split_sentences(text))
    ]


def _scale(view: KioskView) -> float:
    return 1.12 if view.large_text else 1.0
