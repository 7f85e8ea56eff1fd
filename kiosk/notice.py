"""Why there is no number: until when, whom to ask, and the ways on."""

from collections.abc import Callable

from hardware.screens import clockface
from hardware.screens.scene import Box, Piece, Scene
from hardware.screens.theme import Token
from kiosk import state as k
from kiosk.parts import (
    COMMIT,
    INNER,
    MARGIN,
    ROWS_END,
    Pieces,
    Say,
    View,
    action,
    columns,
    good_news,
    key,
    row,
    shrunk,
    stack_high,
    told,
    warning,
)
from kiosk.state import Trouble
from kiosk.surround import frame
from kiosk.taking import counter_labels
from server.wire.messages import Service, from_time


def notice(view: View) -> Scene:
    """Why there is no number, until when, whom to ask, and the ways on."""
    state = view.state
    top, padding = (62.0, 30.0) if not view.landscape else (view.top, 10.0)
    boxes = _boxes_of_ways(view, len(ways := _ways_on(view)))
    room = (boxes[0].y - 5 if boxes else ROWS_END) - top - padding
    least = 0.5 if view.big else 0.6  # about the same size: where a reason is very long, nothing is bigger
    says = shrunk(view, told(view, trouble_text(view)), INNER - 61, room, least=least)
    high = min(max(90.0, stack_high(view, INNER - 61, says) + padding), room + padding)
    panel = good_news if state.trouble in (Trouble.OVER, Trouble.BACK) else warning
    found: list[Piece] = [*panel(view, Box(MARGIN, top, INNER, high), says)]
    for box, way in zip(boxes, ways, strict=True):
        found += way(box)
    if state.trouble in (Trouble.BUSY, Trouble.BACK) and state.pending is not None:
        found += action(view, "take", COMMIT, view.words("kiosk", "LẤY SỐ THỨ TỰ"), size=18)
    keys = ["back", "home", "help"] if state.trail and state.pending is None else ["home", "help"]
    return (*frame(view, keys), *found)


def _ways_on(view: View) -> list[Callable[[Box], Pieces]]:
    """What can be done instead, from top to bottom."""
    state, words = view.state, view.words
    if state.pending is not None or state.trouble is Trouble.SEE_STAFF:
        return []
    ways: list[Callable[[Box], Pieces]] = []
    if state.trouble is Trouble.OVER:
        ways.append(_again(view))
    guidance = k.service_for(state, k.GUIDANCE)
    asks = state.trouble not in (Trouble.OVER, Trouble.NETWORK)
    if asks and guidance is not None and guidance.state == "open" and guidance.id != state.service:
        text, sub = words("kiosk", "Tôi chưa biết chọn gì"), words("kiosk", "Lấy số đến quầy Hướng dẫn")
        ways.append(_way(view, "unsure", "question", text, sub))
    text, sub = words("kiosk", "TRA CỨU THỦ TỤC"), words("kiosk", "Giấy tờ, thời hạn, lệ phí")
    ways.append(_way(view, "lookup", "lookup", text, sub))
    return ways


def _again(view: View) -> Callable[[Box], Pieces]:
    text = view.words("kiosk", "LẤY SỐ THỨ TỰ")
    if view.landscape:
        return lambda box: key(view, "take", box, text, icon="ticket", size=13, bold=True, filled=True)
    return lambda box: action(view, "take", box, text, size=16)


def _boxes_of_ways(view: View, count: int) -> list[Box]:
    """Above where the next screen asks for a number: under each other, on a landscape panel beside each other."""
    if view.landscape:
        return columns(Box(MARGIN, ROWS_END - 38, INNER, 38), count, 4) if count else []
    high = 50.0
    first = ROWS_END - count * (high + 4) + 4
    return [Box(MARGIN, first + place * (high + 4), INNER, high) for place in range(count)]


def _way(view: View, key_id: str, icon: str, text: str, sub: str) -> Callable[[Box], Pieces]:
    if view.landscape:
        return lambda box: key(view, key_id, box, text, icon=icon, size=11.5, bold=True)
    scale = 1.15 if view.big else 1.0
    says = [Say(text, 14, bold=True, leading=1.1), Say(sub, 10.3 * scale, colour=Token.INK2, gap=1)]
    return lambda box: row(view, key_id, box, says, icon=icon)


def trouble_text(view: View) -> str:
    """The sentence for the present trouble, with when it will be over where that is known."""
    words, state = view.words, view.state
    chosen = k.service(state, state.service)
    when = None
    if chosen is not None and chosen.next_open is not None:
        when = clockface.when(words, from_time(chosen.next_open), view.now.wall_ms, view.zone)
    name = words.pick(chosen.name) if chosen is not None else ""
    match state.trouble:
        case Trouble.STOPPED if chosen is not None and chosen.stopped:
            return _stopped_text(view, chosen, when)
        case Trouble.OVER:
            return words("kiosk", "Lĩnh vực {service} đã cấp số trở lại. Mời Ông/Bà lấy số.", service=name)
        case Trouble.FULL if when is not None:
            return words("kiosk", "Đã hết số của buổi này. Mời Ông/Bà trở lại lúc {when}.", when=when)
        case Trouble.FULL:
            return words("error", "Lĩnh vực {service} đã hết số của buổi này.", service=name)
        case Trouble.STOPPED if when is not None:
            return words("kiosk", "Lĩnh vực này đã ngừng cấp số. Cấp số trở lại lúc {when}.", when=when)
        case Trouble.STOPPED if chosen is not None and chosen.hours:
            return words("kiosk", "Lĩnh vực {service} tiếp nhận: {hours}.", service=name, hours=chosen.hours)
        case Trouble.STOPPED:
            return words("error", "Lĩnh vực {service} hiện không cấp số.", service=name)
        case Trouble.NO_COUNTER:
            return words("kiosk", "Hôm nay lĩnh vực này chưa có quầy phục vụ. Mời Ông/Bà gặp cán bộ hướng dẫn.")
        case Trouble.DAY:
            return words("kiosk", "Trung tâm chưa bắt đầu cấp số. Mời Ông/Bà chờ giây lát hoặc gặp cán bộ hướng dẫn.")
        case Trouble.BUSY:
            return words("kiosk", "Máy đang bận. Mời Ông/Bà chờ vài giây rồi bấm lại; không bị cấp hai số.")
        case Trouble.BACK:
            return words("kiosk", "Máy đã kết nối lại. Mời Ông/Bà bấm lại; không bị cấp hai số.")
        case Trouble.NETWORK:
            return words("kiosk", "Máy đang mất kết nối. Mời Ông/Bà gặp cán bộ hướng dẫn để lấy số.")
        case _:
            return words("kiosk", "Máy này tạm dừng phục vụ. Mời Ông/Bà dùng máy khác hoặc gặp cán bộ hướng dẫn.")


def _stopped_text(view: View, chosen: Service, when: str | None) -> str:
    """That staff stopped the service, why, until when, and whom to ask."""
    words = view.words
    why = words("kiosk", "Hôm nay trung tâm không nhận thêm số của lĩnh vực này.")
    if chosen.reason:
        why = words("kiosk", "Lý do: {reason}.", reason=chosen.reason.rstrip(" ."))
    until = words("kiosk", "Ngừng đến hết hôm nay.")
    if when is not None:
        until = words("kiosk", "Cấp số trở lại lúc {when}.", when=when)
    stopped = words("kiosk", "Lĩnh vực {service} đã ngừng cấp số.", service=words.pick(chosen.name))
    return " ".join((stopped, why, until, _whom_to_ask(view)))


def _whom_to_ask(view: View) -> str:
    """The guidance counter and the hotline, as far as the office has them."""
    state, words = view.state, view.words
    guidance = k.service_for(state, k.GUIDANCE)
    counters = counter_labels(view, guidance.counters if guidance is not None else [])
    hotline = state.office.hotline if state.office is not None else ""
    if counters and hotline:
        return words(
            "kiosk", "Cần hỏi thêm, mời Ông/Bà đến quầy {counters} hoặc gọi {phone}.", counters=counters, phone=hotline
        )
    if counters:
        return words("kiosk", "Cần hỏi thêm, mời Ông/Bà đến quầy {counters}.", counters=counters)
    if hotline:
        return words("kiosk", "Cần hỏi thêm, mời Ông/Bà gọi {phone}.", phone=hotline)
    return words("kiosk", "Cần hỏi thêm, mời Ông/Bà gặp cán bộ hướng dẫn.")
