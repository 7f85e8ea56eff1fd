"""The screens on which a visitor chooses: home, services, procedures."""

from collections.abc import Sequence

from hardware.screens import clockface
from hardware.screens.scene import Align, Box, Ground, Icon, Label, Line, Piece, Scene, Stand
from hardware.screens.theme import Token
from kiosk import state as k
from kiosk.parts import (
    INNER,
    LOWERED_TOP,
    MARGIN,
    ROWS_END,
    UP,
    WIDE,
    WIDTH,
    Pieces,
    Say,
    View,
    action,
    heading,
    pager,
    pages_of,
    row,
    rows_of,
    sentences,
    shrunk,
    stack,
    stack_high,
    target,
    title,
)
from kiosk.promise import promise
from kiosk.surround import COLUMN, frame
from server.wire.messages import Procedure, Service, from_time

PAGER_Y = 410.0


def home(view: View) -> Scene:
    """What can be done here; outside hours, when the hall opens again."""
    if view.state.office is None:
        return (*frame(view, ["help"]), *_no_hall(view))
    if not k.is_open(view.state):
        # In portrait a message lies on the panel; in landscape the hours lie on the column.
        around, closed = frame(view, ["help"]), _closed(view)
        return (*around, *closed) if view.landscape else (*closed, *around)
    return (*frame(view, ["help"]), *_welcome(view), *_main_keys(view))


def _welcome(view: View) -> Pieces:
    text = view.words("kiosk", "Kính chào Ông/Bà. Xin mời chọn việc cần làm.")
    size = 19.5 if view.big and all(view.wide(one, 19.5, bold=True) <= INNER for one in sentences(text)) else 17.0
    top = LOWERED_TOP - 62 if view.lowered else 56
    leading = 1.08 if view.big else 1.18
    says = [Say(one, size, bold=True, leading=leading) for one in sentences(text)]
    return heading(view, Box(MARGIN, top, INNER, 48), says)


def _main_keys(view: View) -> Pieces:
    words = view.words
    take_text = words("kiosk", "LẤY SỐ THỨ TỰ")
    take_sub = promise(view.state, words, words("kiosk", "Nộp hồ sơ, hỏi thủ tục tại quầy"))
    others = _other_keys(view)
    top = LOWERED_TOP if view.lowered else 108.0
    take_high = 48.0 if view.lowered else 98.0
    found = list(action(view, "take", Box(MARGIN, top, INNER, take_high), take_text, take_sub, size=24))
    for box, (key_id, icon, text, sub) in zip(
        rows_of(top + take_high + 6, ROWS_END, len(others), 5), others, strict=True
    ):
        found += row(view, key_id, box, _key_says(view, text, sub, roomy=not view.lowered), icon=icon)
    return tuple(found)


def _key_says(view: View, text: str, sub: str, *, roomy: bool) -> list[Say]:
    says = [Say(text, 14 * (1.2 if view.big else 1.0), bold=True, leading=1.1)]
    if roomy or not view.big:
        says.append(Say(sub, 10.3 * (1.2 if view.big else 1.0), colour=Token.INK2, gap=1.5))
    return says


def _other_keys(view: View) -> list[tuple[str, str, str, str]]:
    """The keys below the main one: (id, icon, text, sub); those that this hall has."""
    words = view.words
    found = []
    if k.service_for(view.state, k.RETURN) is not None:
        found.append(("return", "result", words("kiosk", "NHẬN KẾT QUẢ"), words("kiosk", "Đã có giấy hẹn trả kết quả")))
    found.append(("lookup", "lookup", words("kiosk", "TRA CỨU THỦ TỤC"), words("kiosk", "Giấy tờ, thời hạn, lệ phí")))
    if k.service_for(view.state, k.GUIDANCE) is not None:
        found.append(
            (
                "unsure",
                "question",
                words("kiosk", "Tôi chưa biết chọn gì"),
                words("kiosk", "Lấy số đến quầy Hướng dẫn"),
            )
        )
    return found


def _no_hall(view: View) -> Pieces:
    """Switched on, and the hall has not answered yet."""
    text = view.words("kiosk", "Máy đang mất kết nối. Mời Ông/Bà gặp cán bộ hướng dẫn để lấy số.")
    says = [Say(one, 15, bold=place == 0, lines=3, gap=4, leading=1.25) for place, one in enumerate(sentences(text))]
    y = 150.0 if not view.landscape else 232.0
    return (
        Icon(Box(MARGIN, y, INNER, 50), "broken", Token.INK2),
        *stack(view, Box(MARGIN + 10, y + 60, INNER - 20, 120), says, stand=Stand.TOP, align=Align.CENTRE),
    )


def _closed(view: View) -> Pieces:
    """The hall is closed: when it opens again, its hours, and what can be done meanwhile."""
    state, words = view.state, view.words
    assert state.office is not None
    day = state.office.day
    panel = Box(0, 40, WIDTH, 152) if not view.landscape else Box(-6, UP, WIDE - COLUMN, 138)
    found: list[Piece] = [
        Ground(panel, Token.PANEL),
        Icon(Box(24, panel.y + 22, 32, 32), "lunch" if day.state == "lunch" else "clock", Token.ON_PANEL, 1.8),
        *_closed_texts(view, Box(68, panel.y + 4, 215, panel.h - 8)),
    ]
    if state.office.hours:
        size = 11 * (1.15 if view.big else 1.0)
        says = [
            Say(words("kiosk", "Giờ làm việc"), size, bold=True),
            Say(state.office.hours, size, lines=3, gap=3, leading=1.3),
        ]
        found += heading(view, Box(MARGIN, 198, INNER, 50), says)
        if not view.landscape:
            found.append(Line(MARGIN, 252, WIDTH - MARGIN, 252, Token.LINE))
    y = 258.0 if not view.landscape else panel.bottom + 4
    found.append(Label(Box(MARGIN, y, INNER, 18), words("kiosk", "Bây giờ Ông/Bà vẫn có thể:"), 10.3, Token.INK2))
    text, sub = words("kiosk", "TRA CỨU THỦ TỤC"), words("kiosk", "Giấy tờ, thời hạn, lệ phí")
    found += row(view, "lookup", Box(MARGIN, y + 22, INNER, 62), _key_says(view, text, sub, roomy=True), icon="lookup")
    return tuple(found)


def _closed_texts(view: View, box: Box) -> Pieces:
    """The panel's texts, smaller where the day's reason is long; one that is too long even then is left out."""
    assert view.state.office is not None
    shown: Sequence[Say] = ()
    for reason in (view.state.office.day.reason, None):
        shown = shrunk(view, _closed_says(view, reason), box.w, box.h, least=0.7)
        if stack_high(view, box.w, shown) <= box.h:
            break
    return stack(view, box, shown)


def _closed_says(view: View, reason: str | None) -> list[Say]:
    state, words = view.state, view.words
    assert state.office is not None
    day, zone = state.office.day, view.zone
    scale = 1.12 if view.big else 1.0
    white, pale = Token.ON_PANEL, Token.ON_PANEL2
    if day.state == "none" and day.next_open is None:
        text = words("kiosk", "Trung tâm chưa bắt đầu cấp số. Mời Ông/Bà chờ giây lát hoặc gặp cán bộ hướng dẫn.")
        return [
            Say(one, (16 if place == 0 else 11) * scale, bold=place == 0, colour=white, lines=3, gap=4)
            for place, one in enumerate(sentences(text))
        ]
    if day.state == "lunch" and day.next_open is not None:
        time = clockface.hhmm(from_time(day.next_open), zone)
        text = words("kiosk", "Nghỉ trưa đến {time}. Số lấy buổi sáng vẫn có giá trị buổi chiều.", time=time)
        return [
            Say(one, (17 if place == 0 else 11) * scale, bold=place == 0, colour=white, lines=3, gap=4)
            for place, one in enumerate(sentences(text))
        ]
    if day.state == "open":
        return _all_stopped_says(view, scale)
    says = [Say(words("kiosk", "Ngoài giờ tiếp nhận"), 18 * scale, bold=True, colour=white)]
    if reason:
        says.append(Say(reason, 10.3 * scale, colour=pale, lines=8, gap=2))
    if day.next_open is not None:
        opens = from_time(day.next_open)
        says += [
            Say(words("kiosk", "Trung tâm mở lại lúc"), 10.3 * scale, colour=pale, gap=5),
            Say(clockface.hhmm(opens, zone), 30 * scale, bold=True, colour=white, gap=1, leading=1.1),
            Say(clockface.date_line(words, opens, zone), 13 * scale, bold=True, colour=white, gap=1),
        ]
    return says


def _all_stopped_says(view: View, scale: float) -> list[Say]:
    """Within the hours no service gives numbers: stopped, full, or without a counter."""
    state, words = view.state, view.words
    assert state.office is not None
    text = words("kiosk", "Hiện không lĩnh vực nào cấp số. Mời Ông/Bà gặp cán bộ hướng dẫn.")
    says = [
        Say(one, (16 if place == 0 else 11) * scale, bold=place == 0, colour=Token.ON_PANEL, lines=3, gap=4)
        for place, one in enumerate(sentences(text))
    ]
    opens = min((one.next_open for one in state.office.services if one.next_open is not None), default=None)
    if opens is not None:
        when = clockface.when(words, from_time(opens), view.now.wall_ms, view.zone)
        again = words("kiosk", "Cấp số trở lại lúc {when}.", when=when)
        says.append(Say(again, 11 * scale, colour=Token.ON_PANEL, lines=3, gap=4))
    return says


# --- services and procedures ---------------------------------------------------------------------------


def services(view: View) -> Scene:
    """The lines a visitor can stand in, with how many wait."""
    state, words = view.state, view.words
    size = 10.3 * (1.2 if view.big else 1.0)
    search_y = LOWERED_TOP if view.lowered else 76.0
    text = words("kiosk", "Tìm thủ tục (ví dụ: “khai sinh”)")
    box = Box(MARGIN, search_y, INNER, 20 if not view.big else 24)
    found: list[Piece] = [
        *title(view, words("kiosk", "Chọn lĩnh vực")),
        target("search", box, text),
        Icon(Box(MARGIN + 21, box.y + (box.h - 10) / 2, 12, 10), "search"),
        Label(Box(69, box.y, 206, box.h), text, size, Token.INK2, short=words("kiosk", "Tìm thủ tục")),
    ]
    shown = k.fields(state)
    each = {(False, False): 6, (True, False): 4, (False, True): 3, (True, True): 2}[view.big, view.lowered]
    pages = pages_of(len(shown), each)
    page = min(state.page, pages - 1)
    boxes = rows_of(box.bottom + 3.5, ROWS_END, each, 4)
    for place, one in zip(boxes, shown[page * each : (page + 1) * each], strict=False):
        found += _service_row(view, place, one)
    return (*frame(view, ["back", "home", "help"]), *found, *pager(view, PAGER_Y, page, pages))


def _service_row(view: View, box: Box, one: Service) -> Pieces:
    words, scale = view.words, 1.3 if view.big else 1.0
    name = words.pick(one.name)
    says = [Say(name, 13.5 * scale, bold=True, leading=1.12)]
    room = box.right - 8 - 10 - 2 - 40 - 69
    if view.lines(name, 13.5 * scale, room, bold=True) == 1:
        says += _examples(view, one.id, 9.2 * scale, room)
    found = list(row(view, f"service-{one.id}", box, says, right=40))
    tile = Box(MARGIN + 11, box.y + (box.h - 30) / 2, 30, 30)
    found += [
        Ground(tile, Token.TILE, Token.LINE_STRONG if view.state.access.contrast else None, radius_mm=1.5),
        Label(tile, one.prefix, 19 if len(one.prefix) == 1 else 14, Token.ON_TILE, bold=True, align=Align.CENTRE),
    ]
    return (*found, *_count(view, Box(box.right - 60, box.y, 40, box.h), one))


def _examples(view: View, service_id: str, size: float, room: float) -> list[Say]:
    """As many names of its procedures as fit one line: what the line is for."""
    text = ""
    for one in k.procedures(view.state, service_id):
        longer = f"{text}, {view.words.pick(one.name)}" if text else view.words.pick(one.name)
        if view.wide(longer, size, bold=False) > room:
            break
        text = longer
    return [Say(text, size, colour=Token.INK2, lines=1, gap=2)] if text else []


def _count(view: View, box: Box, one: Service) -> Pieces:
    """How many wait, or why one cannot wait here."""
    words, size = view.words, 7.8 * (1.12 if view.big else 1.0)
    shut = {
        "full": words("kiosk", "đã hết số"),
        "closed": words("kiosk", "ngừng cấp số") if one.stopped else words("kiosk", "ngoài giờ"),
        "no_counter": words("kiosk", "chưa có quầy"),
    }
    if one.state in shut:
        return stack(view, box, [Say(shut[one.state], size, colour=Token.INK2, lines=4)], align=Align.RIGHT)
    count = k.waiting(view.state, one.id)
    if count is None:
        return ()
    says = [
        Say(str(count), 14 * (1.2 if view.big else 1.0), bold=True, leading=1.1),
        Say(words("kiosk", "đang chờ"), size, colour=Token.INK2, gap=1),
    ]
    if one.left is not None and one.left <= 5:
        says[1] = Say(words("kiosk", "còn {n} số", n=one.left), size, colour=Token.INK2, gap=1)
    return stack(view, box, says, align=Align.RIGHT)


def procedures(view: View) -> Scene:
    """The procedures of the chosen service."""
    state, words = view.state, view.words
    chosen = k.service(state, state.service)
    shown = k.procedures(state, state.service)
    each = {(False, False): 6, (True, False): 4, (False, True): 4, (True, True): 3}[view.big, view.lowered]
    pages = pages_of(len(shown), each)
    page = min(state.page, pages - 1)
    top = LOWERED_TOP if view.lowered else 98.0
    field = words("ticket", "Lĩnh vực: {service}", service=words.pick(chosen.name) if chosen else "")
    size = 10.3 * (1.2 if view.big else 1.0)
    head = Box(MARGIN, top - (45 if view.lowered else 43), INNER, 42)
    says = [
        Say(words("kiosk", "Chọn thủ tục"), 16.5 * (1.15 if view.big else 1.0), bold=True, lines=1),
        Say(field, size, colour=Token.INK2, lines=1, gap=2),
    ]
    found = list(heading(view, head, says))
    boxes = rows_of(top + 2, ROWS_END, each, 4)
    for box, one in zip(boxes, shown[page * each : (page + 1) * each], strict=False):
        found += row(view, f"procedure-{one.code}", box, _procedure_says(view, one, box), text_x=MARGIN + 9)
    return (*frame(view, ["back", "home", "help"]), *found, *pager(view, PAGER_Y, page, pages))


def _procedure_says(view: View, one: Procedure, box: Box) -> list[Say]:
    name = view.words.pick(one.name)
    size = 13.5 * (1.25 if view.big else 1.0)
    leading = 1.12 if view.lines(name, size, INNER - 31, bold=True) < 3 else 1.04
    says = [Say(name, size, bold=True, lines=4, leading=leading)]
    if one.place is not None and box.h > 40:
        note = view.words("kiosk", "Thủ tục này không tiếp nhận tại đây.")
        if view.lines(name, size, INNER - 31, bold=True) == 1 or view.big:
            says.append(Say(note, 9.2 * (1.2 if view.big else 1.0), colour=Token.INK2, gap=2, lines=1))
    return says
