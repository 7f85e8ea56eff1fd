"""The screen with the number: large, whatever became of the slip."""

from hardware.ports import PrintState
from hardware.screens.scene import (
    Align,
    Box,
    Code,
    Ground,
    Icon,
    Label,
    Line,
    Number,
    Piece,
    Polygon,
    Scene,
    Target,
    letter_cell,
    number_em,
)
from hardware.screens.theme import Token
from kiosk import state as k
from kiosk.flow import seconds_left
from kiosk.parts import (
    BOTTOM,
    INNER,
    MARGIN,
    TOP,
    WIDTH,
    Pieces,
    Say,
    View,
    frame,
    pair,
    stack,
    stack_high,
    told,
    warning,
)
from kiosk.slip import visitor_link, wait_phrase
from kiosk.taking import counters_line

NUMBER_EM = 98.0


def result(view: View) -> Scene:
    """The number, large, whatever became of the slip."""
    assert view.state.ticket is not None
    state = view.state
    found: list[Piece] = [
        Label(Box(MARGIN, TOP, INNER, 22), lead_text(view), 16 * (1.15 if view.big else 1.0), align=Align.CENTRE),
    ]
    slip_out = state.slip in (PrintState.PRINTED, PrintState.PRINTING, PrintState.PENDING)
    bottom = 262.0 if slip_out else 218.0
    found += _paper(view, Box(MARGIN, 80, INNER, bottom - 80), torn=slip_out)
    found += _slip_out(view) if slip_out else _slip_missing(view)
    return (*frame(view, ["home", "help"]), *found)


def _paper(view: View, box: Box, *, torn: bool) -> Pieces:
    """The number on its slip, with what it is for."""
    state, words, scale = view.state, view.words, 1.15 if view.big else 1.0
    ticket = state.ticket
    assert ticket is not None
    found: list[Piece] = [_torn(box) if torn else Ground(box, Token.SURFACE, Token.LINE_STRONG, 0.6, 3)]
    letter = letter_cell("".join(sign for sign in ticket.number if sign.isalpha()))
    size = min(NUMBER_EM, (INNER - 20) / number_em(ticket.number, letter))
    found.append(Number(Box(box.x + 8, box.y + 8, box.w - 16, 92), ticket.number, size, Token.ACCENT, letter_em=letter))
    chosen, procedure = k.service(state, ticket.service), k.procedure(state, ticket.procedure)
    parts = [words.pick(chosen.name)] if chosen else []
    counters = counters_line(view, ticket.counters)
    says = []
    if procedure is not None:
        says.append(Say(words.pick(procedure.name), 12.5 * scale if torn else 10.3, bold=True, lines=3, leading=1.15))
    parts += [counters] if counters else []
    if ticket.ticket_class == "priority":
        parts.append(words("ticket", "ƯU TIÊN"))
    says.append(Say(" · ".join(parts), 10.3 * scale if torn else 9.2, colour=Token.INK2, gap=2, lines=3))
    below = box.y + 100
    found += stack(
        view, Box(box.x + 10, below, box.w - 20, box.bottom - below - (10 if torn else 3)), says, align=Align.CENTRE
    )
    return tuple(found)


def _torn(box: Box) -> Polygon:
    """A slip's shape with its torn lower edge."""
    teeth = 24
    step = box.w / teeth
    edge = [(box.right - place * step / 2, box.bottom - (5.0 if place % 2 else 0.0)) for place in range(2 * teeth + 1)]
    points = [(box.x + 3, box.y), (box.right - 3, box.y), (box.right, box.y + 3), *edge, (box.x, box.y + 3)]
    return Polygon(tuple(points), Token.SURFACE, Token.LINE_STRONG)


def _slip_out(view: View) -> Pieces:
    """The slip is coming or out: how many are ahead, take it, and when this screen goes away."""
    state, words, scale = view.state, view.words, 1.15 if view.big else 1.0
    ticket = state.ticket
    assert ticket is not None
    found: list[Piece] = [*_ahead_rows(view, 270)]
    printed = state.slip is PrintState.PRINTED
    text = (
        words("kiosk", "Mời nhận phiếu và ngồi chờ gọi số.") if printed else words("kiosk", "Đang in phiếu, xin chờ…")
    )
    box = Box(MARGIN, 328, INNER, 66)
    found += [
        Ground(box, Token.ACTION, None, radius_mm=3),
        Icon(Box(box.x + 14, box.y + 19, 30, 28), "down" if printed else "printer", Token.ON_ACTION),
        *stack(
            view,
            Box(72, box.y, box.right - 80, box.h),
            [Say(text, 15 * scale, bold=True, colour=Token.ON_ACTION, lines=3)],
        ),
    ]
    left = seconds_left(view.state, view.now)
    if left is not None:
        share = min(1.0, left / view.state.bounds.result_s)
        bar = Box(MARGIN, 403, INNER, 2.6)
        # Touching anywhere keeps the number on the screen.
        found.insert(0, Target("continue", Box(MARGIN, TOP, INNER, BOTTOM - TOP), lead_text(view), None, None, None))
        found += [Ground(bar, Token.LINE, None), Ground(Box(bar.x, bar.y, bar.w * share, bar.h), Token.ACCENT, None)]
        text = words("kiosk", "Về màn hình chính sau {seconds} giây. Chạm để tiếp tục.", seconds=left)
        found += stack(
            view,
            Box(MARGIN, 408, INNER, 28),
            [Say(text, 9.2 * scale, colour=Token.INK2)],
            align=Align.CENTRE,
        )
    return tuple(found)


def lead_text(view: View) -> str:
    """What stands above the number."""
    return view.words("kiosk", "Số của Ông/Bà là")


def _ahead_rows(view: View, y: float) -> Pieces:
    """Label left, value right, a line between."""
    ticket = view.state.ticket
    assert ticket is not None
    words, scale = view.words, 1.15 if view.big else 1.0
    facts = []
    if ticket.ahead == 0:
        nobody = words("kiosk", "Hiện không có ai chờ trước Ông/Bà.")
        return stack(view, Box(MARGIN, y, INNER, 44), [Say(nobody, 12 * scale, bold=True)])
    if ticket.ahead is not None:
        facts.append(pair(words("ticket", "Số người chờ trước: {n}", n=ticket.ahead)))
    wait = wait_phrase(words, ticket.wait_min)
    if wait is not None:
        facts.append(pair(words("ticket", "Thời gian chờ dự kiến: {wait}", wait=wait)))
    found: list[Piece] = []
    for place, (label, value) in enumerate(facts):
        top = y + place * 26
        wide = min(160.0, view.wide(value, 12 * scale, bold=True) + 1)
        if place:
            found.append(Line(MARGIN, top, WIDTH - MARGIN, top, Token.LINE))
        found += stack(view, Box(MARGIN, top, INNER - wide - 6, 26), [Say(label, 10.3 * scale, colour=Token.INK2)])
        found += stack(
            view,
            Box(WIDTH - MARGIN - wide, top, wide, 26),
            [Say(value, 12 * scale, bold=True)],
            align=Align.RIGHT,
        )
    return tuple(found)


def _slip_missing(view: View) -> Pieces:
    """No slip, or nobody knows: the number is kept, what to do, and a code for the phone."""
    says = told(view, slip_text(view))
    panel = Box(MARGIN, 226, INNER, max(74.0, stack_high(view, INNER - 61, says) + 16))
    found: list[Piece] = [*warning(view, panel, says)]
    url = visitor_url(view)
    room = BOTTOM - panel.bottom - 6
    if url is None or room < 56:
        return (*found, *_ahead_rows(view, panel.bottom + 6))
    box = Box(MARGIN, panel.bottom + 6, INNER, min(room, 100))
    side = box.h - 10
    text = view.words("kiosk", "Quét mã để theo dõi số trên điện thoại")
    says = [Say(text, 12 * (1.1 if view.big else 1.0), bold=True, lines=4)]
    found += [
        Ground(box, Token.CODE, Token.LINE_STRONG, 0.6, 3),
        Code(Box(box.x + 5, box.y + 5, side, side), url),
        *stack(
            view,
            Box(box.x + side + 16, box.y, box.w - side - 24, box.h),
            [Say(one.text, one.size, bold=True, colour=Token.ON_CODE, lines=4) for one in says],
        ),
    ]
    return tuple(found)


def visitor_url(view: View) -> str | None:
    """The visitor's own page; None where phones cannot reach one."""
    office, ticket = view.state.office, view.state.ticket
    if office is None or ticket is None or not office.visitor_url:
        return None
    return visitor_link(ticket, office)


def slip_text(view: View) -> str:
    """What became of the slip, never without the number."""
    state, words = view.state, view.words
    assert state.ticket is not None
    number = state.ticket.number
    if state.slip is None:
        return words("kiosk", "Số của Ông/Bà là {number}. Mời ghi lại hoặc chụp ảnh số này.", number=number)
    if state.slip is PrintState.UNKNOWN:
        return words(
            "kiosk",
            "Chưa rõ phiếu đã in ra chưa. Số {number} vẫn được giữ. "
            "Nếu không thấy phiếu, mời Ông/Bà gặp cán bộ hướng dẫn.",
            number=number,
        )
    if state.slip_code is not None and state.slip_code.startswith("paper_out"):
        return words(
            "kiosk",
            "Máy in hết giấy. Số {number} vẫn được giữ. Mời Ông/Bà gặp cán bộ hướng dẫn để nhận phiếu.",
            number=number,
        )
    return words(
        "kiosk",
        "Máy in gặp sự cố. Số {number} vẫn được giữ. Mời Ông/Bà ghi lại hoặc chụp ảnh số này.",
        number=number,
    )
