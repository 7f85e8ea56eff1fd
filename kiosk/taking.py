"""The screens on which a number is taken: confirmation, priority, the question about a missing slip, and waiting."""

from hardware.screens.scene import (
    Align,
    Box,
    Circle,
    Ground,
    Icon,
    Label,
    Line,
    Piece,
    Scene,
    Stand,
    Target,
)
from hardware.screens.theme import Token
from kiosk import state as k
from kiosk.parts import (
    COMMIT,
    INNER,
    LOWERED_TOP,
    MARGIN,
    ROWS_END,
    TOP,
    Pieces,
    Say,
    View,
    action,
    columns,
    good_news,
    heading,
    key,
    pair,
    row,
    rows_of,
    stack,
    stack_high,
    told,
    warning,
)
from kiosk.promise import no_slip, out_of_paper, promise
from kiosk.slip import wait_phrase
from kiosk.surround import frame

MOST_DRAWN = 6
GROUPS = ("elder", "disabled", "pregnant", "child", "merit")


def confirm(view: View) -> Scene:
    """What the number will be for, how many wait, priority or not."""
    words, state = view.words, view.state
    slip = words("kiosk", "Phiếu ra ở khe bên dưới màn hình") if state.bounds.has_printer else None
    text, sub = words("kiosk", "LẤY SỐ THỨ TỰ"), promise(state, words, slip)
    found: list[Piece] = list(action(view, "take", COMMIT, text, sub, size=18))
    y = COMMIT.y - 6
    if state.procedure is not None:
        box = Box(MARGIN, y - 24, INNER, 24)
        size = 10.3 * (1.2 if view.big else 1.0)
        found += key(view, "card", box, words("kiosk", "Xem giấy tờ, thời hạn, lệ phí"), icon="papers", size=size)
        y = box.y - 5
    y, pieces = _priority_question(view, y)
    found += pieces
    head = _confirm_head(view)
    high = stack_high(view, INNER, head)
    found += heading(view, Box(MARGIN, TOP + 1, INNER, high), head, stand=Stand.TOP)
    top = TOP + high + 6 if not view.landscape else LOWERED_TOP
    found += _queue(view, Box(MARGIN, top, INNER, y - 5 - top))
    return (*frame(view, ["back", "home", "help"]), *found)


def _confirm_head(view: View) -> list[Say]:
    words, scale = view.words, 1.2 if view.big else 1.0
    chosen, procedure = k.service(view.state, view.state.service), k.procedure(view.state, view.state.procedure)
    service_name = words.pick(chosen.name) if chosen else ""
    name = words.pick(procedure.name) if procedure else service_name
    lead, _ = pair(words("kiosk", "Xác nhận lấy số cho: {procedure}", procedure=name))
    below = counters_line(view, chosen.counters if chosen else [])
    if procedure is not None:
        field = words("ticket", "Lĩnh vực: {service}", service=service_name)
        below = f"{field} · {below}" if below else field
    size = 18.0 if len(name) < 30 else 14.0
    says = [
        Say(f"{lead}:", 10.3 * scale, colour=Token.INK2),
        Say(name, size * scale, bold=True, lines=4, leading=1.15, gap=1.5),
    ]
    return [*says, Say(below, 10.3 * scale, colour=Token.INK2, gap=2)] if below else says


def counters_line(view: View, counters: list[str]) -> str:
    """ "Quầy phục vụ: 2, 3", by the labels on the counters; empty when none is assigned."""
    shown = counter_labels(view, counters)
    return view.words("ticket", "Quầy phục vụ: {counters}", counters=shown) if shown else ""


def counter_labels(view: View, counters: list[str]) -> str:
    """ "2, 3": what stands on the counters."""
    labels = {counter.id: counter.label for counter in (view.state.office.counters if view.state.office else [])}
    return ", ".join(labels.get(counter, counter) for counter in counters)


def _priority_question(view: View, bottom: float) -> tuple[float, Pieces]:
    """The question and its two keys above ``bottom``; where it begins."""
    words, state, scale = view.words, view.state, 1.2 if view.big else 1.0
    note = [Say(words("kiosk", "Cán bộ sẽ xác nhận diện ưu tiên tại quầy."), 8.6 * scale, colour=Token.INK2)]
    note_high = stack_high(view, INNER, note)
    keys = Box(MARGIN, bottom - note_high - 3 - 28, INNER, 28)
    question = [Say(words("kiosk", "Ông/Bà có thuộc diện ưu tiên không?"), 12.5 * scale, bold=True)]
    question_high = stack_high(view, INNER, question)
    top = keys.y - question_high - 2
    found: list[Piece] = [*stack(view, Box(MARGIN, top, INNER, question_high), question)]
    for box, (key_id, text, on) in zip(
        columns(keys, 2, 4),
        (
            ("priority-no", words("kiosk", "Không"), not state.priority),
            ("priority-yes", words("kiosk", "Có (chọn diện)"), state.priority),
        ),
        strict=True,
    ):
        found += _radio(view, key_id, box, text, on=on)
    found += stack(view, Box(MARGIN, keys.bottom + 3, INNER, note_high), note)
    return top, tuple(found)


def _radio(view: View, key_id: str, box: Box, text: str, *, on: bool) -> Pieces:
    """One of two answers; the chosen one is ticked, edged and bold."""
    size, middle = 11.5, box.y + box.h / 2
    ground = _answer_target(key_id, box, text, on=on)
    sign: Pieces = (Circle(box.x + 15, middle, 6, Token.LINE_STRONG, 1.0),)
    if on:
        sign = (
            Circle(box.x + 15, middle, 6, Token.ACTION),
            Icon(Box(box.x + 9, middle - 6, 12, 12), "chosen", Token.ON_ACTION),
        )
    return (ground, *sign, Label(Box(box.x + 27, box.y, box.w - 31, box.h), text, size, bold=on, lines=2))


def _answer_target(key_id: str, box: Box, text: str, *, on: bool) -> Piece:
    """The ground of an answer."""
    if not on:
        return Target(key_id, box, text)
    return Target(key_id, box, text, Token.CHOSEN, edge=Token.ACCENT, edge_mm=1.2)


def _queue(view: View, box: Box) -> Pieces:
    """The people ahead as a picture and in numbers; where there is little room, in one sentence."""
    service = view.state.service or ""
    ahead = k.waiting(view.state, service)
    if ahead is None or box.h < 14:
        return ()
    wait = wait_phrase(view.words, k.wait_min(view.state, service))
    if box.h < 84 or view.big:
        says = [Say(_ahead_sentence(view, ahead, wait), 11.0 * (1.15 if view.big else 1.0), bold=True, lines=4)]
        if stack_high(view, INNER - 20, says) > box.h - 4:
            return ()
        box = Box(box.x, box.y, box.w, min(box.h, stack_high(view, INNER - 20, says) + 18))
        return (
            Ground(box, Token.SURFACE, Token.LINE, 0.6, 3),
            *stack(view, box.inset(10, 2, 10, 2), says),
        )
    box = Box(box.x, box.y, box.w, min(box.h, 108))
    found: list[Piece] = [Ground(box, Token.SURFACE, Token.LINE, 0.6, 3), *_people(view, box, ahead)]
    rule = box.y + 40
    found.append(Line(box.x + 12, rule, box.right - 12, rule, Token.LINE))
    facts = Box(box.x + 12, rule + 2, box.w - 24, box.bottom - rule - 4)
    if ahead == 0 and wait is None:
        return (*found, *stack(view, facts, [Say(_ahead_sentence(view, 0, None), 14, bold=True)]))
    return (*found, *_figures(view, facts, ahead, wait))


def _ahead_sentence(view: View, ahead: int, wait: str | None) -> str:
    if ahead == 0:
        return view.words("kiosk", "Hiện không có ai chờ trước Ông/Bà.")
    if wait is None:
        return view.words("kiosk", "Hiện có {n} người chờ.", n=ahead)
    return view.words("kiosk", "Hiện có {n} người chờ, dự kiến {wait}.", n=ahead, wait=wait)


def _people(view: View, box: Box, ahead: int) -> Pieces:
    """A figure for each one ahead, dots where they are many, and the visitor filled at the end."""
    x, y = box.x + 12, box.y + 11
    found: list[Piece] = []
    for _ in range(min(ahead, MOST_DRAWN)):
        found.append(Icon(Box(x, y, 18, 18), "person", Token.LINE_STRONG))
        x += 22
    if ahead > MOST_DRAWN:
        found += [Circle(x + 3 + 6 * dot, y + 10, 1.3, Token.LINE_STRONG) for dot in range(3)]
        x += 22
    found.append(Icon(Box(x, y, 18, 18), "person-filled", Token.ACCENT))
    found.append(Label(Box(x + 24, y, 50, 20), view.words("kiosk", "Ông/Bà"), 9.2, Token.ACCENT, bold=True))
    return tuple(found)


def _figures(view: View, box: Box, ahead: int, wait: str | None) -> Pieces:
    words = view.words
    label, value = pair(words("ticket", "Số người chờ trước: {n}", n=ahead))
    left, right = Box(box.x, box.y, 92, box.h), Box(box.x + 96, box.y, box.w - 96, box.h)
    found = stack(view, left, [Say(label, 9.2, colour=Token.INK2), Say(value, 27, bold=True, leading=1.15)])
    if wait is None:
        return found
    label, value = pair(words("ticket", "Thời gian chờ dự kiến: {wait}", wait=wait))
    says = [Say(label, 9.2, colour=Token.INK2), Say(value, 15, bold=True, leading=1.15, gap=4)]
    return (*found, *stack(view, right, says))


def priority(view: View) -> Scene:
    """The groups by law; touching one sets the class, and which one is not kept."""
    words, scale = view.words, 1.25 if view.big else 1.0
    names = {
        "elder": words("kiosk", "Người cao tuổi"),
        "disabled": words("kiosk", "Người khuyết tật"),
        "pregnant": words("kiosk", "Phụ nữ mang thai"),
        "child": words("kiosk", "Có trẻ nhỏ đi cùng"),
        "merit": words("kiosk", "Người có công với cách mạng"),
    }
    question = words("kiosk", "Ông/Bà có thuộc diện ưu tiên không?")
    private = words("kiosk", "Máy chỉ ghi là số ưu tiên, không lưu Ông/Bà thuộc diện nào.")
    says = [
        Say(question, 15.5 * (1.1 if view.big else 1.0), bold=True, leading=1.15),
        Say(private, 8.6 * (1.2 if view.big else 1.0), colour=Token.INK2, gap=2, lines=3),
    ]
    high = stack_high(view, INNER, says)
    top = LOWERED_TOP if view.lowered else TOP + 2 + high + 5
    found = list(heading(view, Box(MARGIN, top - 5 - high, INNER, high), says))
    boxes = rows_of(top, ROWS_END, len(GROUPS) + 1, 3 if view.lowered else 4)
    leading = 1.05 if view.lowered else 1.1
    for box, group in zip(boxes, GROUPS, strict=False):
        size = 13.5 * scale if not view.lowered else 12.5
        found += row(view, f"priority-{group}", box, [Say(names[group], size, bold=True, leading=leading)], icon=group)
    size = 13.5 * scale if not view.lowered else 12.5
    found += row(view, "priority-no", boxes[-1], [Say(words("kiosk", "Không"), size, bold=True)], icon="ring")
    return (*frame(view, ["back", "home", "help"]), *found)


# --- questions and waiting -----------------------------------------------------------------------------


def no_paper(view: View) -> Scene:
    """Before a number is allotted: no slip would come out, or one would by now.

    Its keys lie above the one that led here.
    """
    words, scale = view.words, 1.15 if view.big else 1.0
    panel, yes, no = Box(MARGIN, 62, INNER, 140), Box(MARGIN, 218, INNER, 96), Box(MARGIN, 320, INNER, 62)
    if view.landscape:
        panel, yes, no = Box(MARGIN, view.top, INNER, 84), Box(MARGIN, 301, INNER, 46), Box(MARGIN, 351, INNER, 39)
    if no_slip(view.state):
        news = warning(view, panel, told(view, _no_slip_question(view)))
        main = action(view, "nopaper-yes", yes, words("kiosk", "Lấy số không cần phiếu"), icon="phone", size=16)
    else:
        text = words("kiosk", "Máy in đã hoạt động trở lại. Mời Ông/Bà lấy số và nhận phiếu.")
        if view.state.paper_was_out:
            text = words("kiosk", "Máy in đã có giấy. Mời Ông/Bà lấy số và nhận phiếu.")
        news = good_news(view, panel, told(view, text))
        main = action(view, "take", yes, words("kiosk", "LẤY SỐ THỨ TỰ"), size=18)
    staff = [Say(words("kiosk", "Không, tôi gặp cán bộ"), 13.5 * scale, bold=True)]
    found = [*news, *main, *row(view, "nopaper-no", no, staff, icon="person")]
    return (*frame(view, ["back", "home", "help"]), *found)


def _no_slip_question(view: View) -> str:
    if out_of_paper(view.state):
        return view.words("kiosk", "Máy in hết giấy. Ông/Bà có muốn lấy số mà không có phiếu giấy không?")
    return view.words("kiosk", "Máy in đang gặp sự cố. Ông/Bà có muốn lấy số mà không có phiếu giấy không?")


def working(view: View) -> Scene:
    """The number is being asked for."""
    text = view.words("kiosk", "Đang lấy số, xin chờ…")
    y = 170.0 if not view.landscape else 250.0
    return (
        *frame(view, []),
        Icon(Box(MARGIN, y, INNER, 60), "ticket", stroke=1.6),
        *stack(view, Box(MARGIN, y + 70, INNER, 60), [Say(text, 17, bold=True)], align=Align.CENTRE),
    )
