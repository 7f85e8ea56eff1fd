"""The notice that no number is issued, with the reason and the alternatives. Lengths are in millimetres."""

from collections.abc import Callable

from hardware.screens import clockface
from hardware.screens.scene import Box, Piece, Scene
from hardware.screens.theme import Colour
from kiosk.flow.hall import GUIDANCE_OUTCOME
from kiosk.flow.state import NoticeReason
from kiosk.flow.taps import AskGuidance, LookUpProcedures, TakeNumber, Tap
from kiosk.screens.frame import BACK, HELP, HOME, NavTap, frame
from kiosk.screens.paragraphs import Paragraph, message_paragraphs, shrink_to_fit, stack_height
from kiosk.screens.view import CONTENT_WIDTH, MARGIN, ROWS_BOTTOM, TAKE_NUMBER_BOX, KioskView, Pieces
from kiosk.screens.widgets import (
    MESSAGE_TEXT_WIDTH,
    button,
    primary_button,
    row,
    split_columns,
    success_message,
    warning_message,
)
from kiosk.ticket_texts import counter_labels
from server.wire.messages import Service, from_time


def notice(view: KioskView) -> Scene:
    """Draw the reason why there is no number, and the alternatives."""
    visit = view.visit
    top, padding = (62.0, 30.0) if not view.landscape else (view.top, 10.0)
    boxes = _alternative_boxes(view, len(alternatives := _alternatives(view)))
    max_height = (boxes[0].y - 5 if boxes else ROWS_BOTTOM) - top - padding
    min_scale = 0.5 if view.large_text else 0.6  # a very long reason is drawn in about the same size with larger text
    paragraphs = shrink_to_fit(
        view, message_paragraphs(view, reason_text(view)), MESSAGE_TEXT_WIDTH, max_height, min_scale=min_scale
    )
    height = min(max(90.0, stack_height(view, MESSAGE_TEXT_WIDTH, paragraphs) + padding), max_height + padding)
    draw_message = (
        success_message if visit.reason in (NoticeReason.OPEN_AGAIN, NoticeReason.RECONNECTED) else warning_message
    )
    pieces: list[Piece] = [*draw_message(view, Box(MARGIN, top, CONTENT_WIDTH, height), paragraphs)]
    for box, draw_alternative in zip(boxes, alternatives, strict=True):
        pieces += draw_alternative(box)
    if visit.reason in (NoticeReason.BUSY, NoticeReason.RECONNECTED) and visit.pending is not None:
        pieces += primary_button(view, TakeNumber(), TAKE_NUMBER_BOX, view.words("kiosk", "LẤY SỐ THỨ TỰ"), size=18)
    nav_taps: list[NavTap] = [BACK, HOME, HELP] if visit.trail and visit.pending is None else [HOME, HELP]
    return (*frame(view, nav_taps), *pieces)


def _alternatives(view: KioskView) -> list[Callable[[Box], Pieces]]:
    """Return functions that draw the alternatives in a box, from top to bottom."""
    words, visit = view.words, view.visit
    if visit.pending is not None or visit.reason is NoticeReason.SEE_STAFF:
        return []
    alternatives: list[Callable[[Box], Pieces]] = []
    if visit.reason is NoticeReason.OPEN_AGAIN:
        alternatives.append(_take_again(view))
    guidance = view.hall.service_with_outcome(GUIDANCE_OUTCOME)
    may_need_guidance = visit.reason not in (NoticeReason.OPEN_AGAIN, NoticeReason.NETWORK)
    if may_need_guidance and guidance is not None and guidance.state == "open" and guidance.id != visit.service:
        text, subtitle = words("kiosk", "Tôi chưa biết chọn gì"), words("kiosk", "Lấy số đến quầy Hướng dẫn")
        alternatives.append(_alternative(view, AskGuidance(), "question", text, subtitle))
    text, subtitle = words("kiosk", "TRA CỨU THỦ TỤC"), words("kiosk", "Giấy tờ, thời hạn, lệ phí")
    alternatives.append(_alternative(view, LookUpProcedures(), "lookup", text, subtitle))
    return alternatives


def _take_again(view: KioskView) -> Callable[[Box], Pieces]:
    """Return a function that draws the button for a service that is open again."""
    text = view.words("kiosk", "LẤY SỐ THỨ TỰ")
    if view.landscape:
        return lambda box: button(view, TakeNumber(), box, text, icon="ticket", size=13, bold=True, filled=True)
    return lambda box: primary_button(view, TakeNumber(), box, text, size=16)


def _alternative_boxes(view: KioskView, count: int) -> list[Box]:
    """Return the boxes of the alternatives, above the place of the next screen's primary button.

    They lie below each other; on a landscape panel, beside each other.
    """
    if view.landscape:
        return split_columns(Box(MARGIN, ROWS_BOTTOM - 38, CONTENT_WIDTH, 38), count, 4) if count else []
    height = 50.0
    top = ROWS_BOTTOM - count * (height + 4) + 4
    return [Box(MARGIN, top + index * (height + 4), CONTENT_WIDTH, height) for index in range(count)]


def _alternative(view: KioskView, tap: Tap, icon: str, text: str, subtitle: str) -> Callable[[Box], Pieces]:
    """Return a function that draws an alternative in a box."""
    if view.landscape:
        return lambda box: button(view, tap, box, text, icon=icon, size=11.5, bold=True)
    scale = 1.15 if view.large_text else 1.0
    paragraphs = [
        Paragraph(text, 14, bold=True, leading=1.1),
        Paragraph(subtitle, 10.3 * scale, colour=Colour.INK2, gap=1),
    ]
    return lambda box: row(view, tap, box, paragraphs, icon=icon)


def reason_text(view: KioskView) -> str:
    """Return the text of the notice's reason, with its end if that is known."""
    words = view.words
    service = view.hall.service(view.visit.service)
    when = None
    if service is not None and service.next_open is not None:
        when = clockface.time_in_sentence(words, from_time(service.next_open), view.now.wall_ms, view.zone)
    name = words.pick(service.name) if service is not None else ""
    match view.visit.reason:
        case NoticeReason.STOPPED if service is not None and service.stopped:
            return _stopped_text(view, service, when)
        case NoticeReason.OPEN_AGAIN:
            return words("kiosk", "Lĩnh vực {service} đã cấp số trở lại. Mời Ông/Bà lấy số.", service=name)
        case NoticeReason.FULL:
            return f"{_full_text(view, service, when)} {_whom_to_ask(view)}"
        case NoticeReason.STOPPED if when is not None:
            return words("kiosk", "Lĩnh vực này đã ngừng cấp số. Cấp số trở lại lúc {when}.", when=when)
        case NoticeReason.STOPPED if service is not None and service.hours:
            return words("kiosk", "Lĩnh vực {service} tiếp nhận: {hours}.", service=name, hours=service.hours)
        case NoticeReason.STOPPED:
            return words("error", "Lĩnh vực {service} hiện không cấp số.", service=name)
        case NoticeReason.ELSEWHERE if service is not None and service.place:
            return _elsewhere_text(view, name, service.place)
        case NoticeReason.NO_COUNTER | NoticeReason.ELSEWHERE:
            return words("kiosk", "Hôm nay lĩnh vực này chưa có quầy phục vụ. Mời Ông/Bà gặp cán bộ hướng dẫn.")
        case NoticeReason.TAKEN:
            return f"{_taken_text(view, name)} {_whom_to_ask(view)}"
        case NoticeReason.DAY_NOT_OPENED:
            return words("kiosk", "Trung tâm chưa bắt đầu cấp số. Mời Ông/Bà chờ giây lát hoặc gặp cán bộ hướng dẫn.")
        case NoticeReason.BUSY:
            return words("kiosk", "Máy đang bận. Mời Ông/Bà chờ vài giây rồi bấm lại; không bị cấp hai số.")
        case NoticeReason.RECONNECTED:
            return words("kiosk", "Máy đã kết nối lại. Mời Ông/Bà bấm lại; không bị cấp hai số.")
        case NoticeReason.NETWORK:
            return words("kiosk", "Máy đang mất kết nối. Mời Ông/Bà gặp cán bộ hướng dẫn để lấy số.")
        case _:
            return words("kiosk", "Máy này tạm dừng phục vụ. Mời Ông/Bà dùng máy khác hoặc gặp cán bộ hướng dẫn.")


def _elsewhere_text(view: KioskView, service: str, place: str) -> str:
    """Return the text that a service is handled at another place."""
    return view.words(
        "kiosk",
        "Lĩnh vực {service} không tiếp nhận tại đây. Mời Ông/Bà đến: {place}.",
        service=service,
        place=place.rstrip(" ."),
    )


def _taken_text(view: KioskView, service: str) -> str:
    """Return the text that the same touches took a number, which waits."""
    taken = view.state.touches.taken.get(view.visit.service or "")
    return view.words(
        "kiosk",
        "Máy vừa cấp số {number} của lĩnh vực {service}. Số này đang chờ đến lượt, Ông/Bà không cần lấy thêm.",
        number="" if taken is None else taken.number,
        service=service,
    )


def _full_text(view: KioskView, service: Service | None, when: str | None) -> str:
    """Return the text that no numbers are left.

    None are left of this half-day, of today, or for the moment.
    """
    words = view.words
    name = words.pick(service.name) if service is not None else ""
    if service is None or service.state != "full":  # all numbers of a series that begins again are in use
        return words(
            "kiosk", "Lĩnh vực {service} chưa có số trống. Mời Ông/Bà chờ ít phút rồi lấy số lại.", service=name
        )
    if service.next_open is None or when is None:
        return words("error", "Lĩnh vực {service} đã hết số của buổi này.", service=name)
    opens_ms = from_time(service.next_open)
    if clockface.date_text(opens_ms, view.zone) == clockface.date_text(view.now.wall_ms, view.zone):
        return words("kiosk", "Đã hết số của buổi này. Mời Ông/Bà trở lại lúc {when}.", when=when)
    return words("kiosk", "Đã hết số của hôm nay. Mời Ông/Bà trở lại lúc {when}.", when=when)


def _stopped_text(view: KioskView, service: Service, when: str | None) -> str:
    """Return the text that staff stopped the service: why, until when, whom to ask."""
    words = view.words
    why = words("kiosk", "Hôm nay trung tâm không nhận thêm số của lĩnh vực này.")
    if service.reason:
        why = words("kiosk", "Lý do: {reason}.", reason=service.reason.rstrip(" ."))
    until = words("kiosk", "Ngừng đến hết hôm nay.")
    if when is not None:
        until = words("kiosk", "Cấp số trở lại lúc {when}.", when=when)
    stopped = words("kiosk", "Lĩnh vực {service} đã ngừng cấp số.", service=words.pick(service.name))
    ask = _whom_to_ask(view)
    if service.ask:
        ask = words("kiosk", "Cần hỏi thêm, mời Ông/Bà liên hệ: {ask}.", ask=service.ask.rstrip(" ."))
    return " ".join((stopped, why, until, ask))


def _whom_to_ask(view: KioskView) -> str:
    """Return the guidance counter and the hotline, as far as the office has them."""
    words = view.words
    guidance = view.hall.service_with_outcome(GUIDANCE_OUTCOME)
    counters = counter_labels(view.hall.office, guidance.counters if guidance is not None else [])
    hotline = view.hall.office.hotline if view.hall.office is not None else ""
    if counters and hotline:
        return words(
            "kiosk", "Cần hỏi thêm, mời Ông/Bà đến quầy {counters} hoặc gọi {phone}.", counters=counters, phone=hotline
        )
    if counters:
        return words("kiosk", "Cần hỏi thêm, mời Ông/Bà đến quầy {counters}.", counters=counters)
    if hotline:
        return words("kiosk", "Cần hỏi thêm, mời Ông/Bà gọi {phone}.", phone=hotline)
    return words("kiosk", "Cần hỏi thêm, mời Ông/Bà gặp cán bộ hướng dẫn.")
