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
    Stand,
    Target,
    number_em,
)
from hardware.screens.theme import Token
from kiosk import state as k
from kiosk.flow import seconds_left
from kiosk.parts import (
    ASIDE,
    BOTTOM,
    INNER,
    MARGIN,
    TOP,
    WIDTH,
    Pieces,
    Say,
    View,
    pair,
    stack,
    stack_high,
    told,
    warning,
)
from kiosk.slip import visitor_link, wait_phrase
from kiosk.surround import frame
from kiosk.taking import counters_line

NUMBER_EM = 98.0


def result(view: View) -> Scene:
    """The number, large, whatever became of the slip."""
    assert view.state.ticket is not None
    state = view.state
    slip_out = state.slip in (PrintState.PRINTED, PrintState.PRINTING, PrintState.PENDING)
    lead, size = lead_text(view), 16 * (1.15 if view.big else 1.0)
    top, bottom = 80.0, 262.0 if slip_out else 218.0
    found: list[Piece] = []
    if view.landscape:
        top, bottom = view.top, 346.0 if slip_out else _missing_panel(view).y - 5
        found += stack(view, Box(ASIDE.x, ASIDE.y, ASIDE.w, 24), [Say(lead, size)])
    else:
        found.append(Label(Box(MARGIN, TOP, INNER, 22), lead, size, align=Align.CENTRE))
    found += _paper(view, Box(MARGIN, top, INNER, bottom - top), torn=slip_out)
    found += _slip_out(view) if slip_out else _slip_missing(view)
    return (*frame(view, ["home", "help"]), *found)


def _paper(view: View, box: Box, *, torn: bool) -> Pieces:
    """The number on its slip, with what it is for."""
    state, words, scale = view.state, view.words, 1.15 if view.big else 1.0
    ticket = state.ticket
    assert ticket is not None
    found: list[Piece] = [_torn(box) if torn else Ground(box, Token.SURFACE, Token.LINE_STRONG, 0.6, 3)]
    size = min(NUMBER_EM, (INNER - 20) / number_em(ticket.number))
    high = 100.0 if not view.landscape else 90.0
    found.append(Number(Box(box.x + 8, box.y + (high - 84) / 2, box.w - 16, 84), ticket.number, size, Token.ACCENT))
    chosen, procedure = k.service(state, ticket.service), k.procedure(state, ticket.procedure)
    parts = [words.pick(chosen.name)] if chosen else []
    counters = counters_line(view, ticket.counters)
    says = []
    if procedure is not None and (torn or not view.landscape):
        says.append(Say(words.pick(procedure.name), 12.5 * scale if torn else 10.3, bold=True, lines=3, leading=1.15))
    parts += [counters] if counters else []
    if ticket.ticket_class == "priority":
        parts.append(words("ticket", "ƯU TIÊN"))
    says.append(Say(" · ".join(parts), 10.3 * scale if torn else 9.2, colour=Token.INK2, gap=2, lines=3))
    below = box.y + high
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
    found: list[Piece] = list(_ahead_aside(view) if view.landscape else _ahead_rows(view, 270))
    printed = state.slip is PrintState.PRINTED
    text = (
        words("kiosk", "Mời nhận phiếu và ngồi chờ gọi số.") if printed else words("kiosk", "Đang in phiếu, xin chờ…")
    )
    box = Box(MARGIN, 328, INNER, 66) if not view.landscape else Box(MARGIN, 348, INNER, 62)
    found += [
        Ground(box, Token.ACTION, None, radius_mm=3),
        Icon(Box(box.x + 14, box.y + box.h / 2 - 14, 30, 28), "down" if printed else "printer", Token.ON_ACTION),
        *stack(
            view,
            Box(72, box.y, box.right - 80, box.h),
            [Say(text, 15 * (scale if not view.landscape else 1.0), bold=True, colour=Token.ON_ACTION, lines=3)],
        ),
    ]
    left = seconds_left(view.state, view.now)
    if left is not None:
        share = min(1.0, left / view.state.bounds.result_s)
        bar = Box(MARGIN, 403 if not view.landscape else 413, INNER, 2.6)
        whole = Box(MARGIN, view.top, INNER, BOTTOM - view.top)
        # Touching anywhere keeps the number on the screen.
        found.insert(0, Target("continue", whole, lead_text(view), None, None, None))
        found += [Ground(bar, Token.LINE, None), Ground(Box(bar.x, bar.y, bar.w * share, bar.h), Token.ACCENT, None)]
        text = words("kiosk", "Về màn hình chính sau {seconds} giây. Chạm để tiếp tục.", seconds=left)
        found += stack(
            view,
            Box(MARGIN, bar.bottom + 2.4, INNER, 436 - bar.bottom - 2.4),
            [Say(text, 9.2 * scale, colour=Token.INK2)],
            align=Align.CENTRE,
        )
    return tuple(found)


def lead_text(view: View) -> str:
    """What stands above the number."""
    return view.words("kiosk", "Số của Ông/Bà là")


def _facts(view: View) -> list[tuple[str, str]]:
    """How many are ahead and how long it may take, as far as the hall said: labels and values."""
    ticket, words = view.state.ticket, view.words
    assert ticket is not None
    if ticket.ahead == 0:
        return [("", words("kiosk", "Hiện không có ai chờ trước Ông/Bà."))]
    facts = []
    if ticket.ahead is not None:
        facts.append(pair(words("ticket", "Số người chờ trước: {n}", n=ticket.ahead)))
    wait = wait_phrase(words, ticket.wait_min)
    if wait is not None:
        facts.append(pair(words("ticket", "Thời gian chờ dự kiến: {wait}", wait=wait)))
    return facts


def _ahead_aside(view: View) -> Pieces:
    """The facts under each other, beside the number."""
    scale = 1.15 if view.big else 1.0
    says = []
    for label, value in _facts(view):
        says += [Say(label, 9.2 * scale, colour=Token.INK2, gap=4)] if label else []
        says.append(Say(value, 13 * scale, bold=True, lines=3))
    return stack(view, ASIDE.inset(0, 30, 0, 0), says, stand=Stand.TOP)


def _ahead_rows(view: View, y: float) -> Pieces:
    """Label left, value right, a line between."""
    scale = 1.15 if view.big else 1.0
    facts = _facts(view)
    if facts and not facts[0][0]:
        return stack(view, Box(MARGIN, y, INNER, 44), [Say(facts[0][1], 12 * scale, bold=True)])
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
    panel = _missing_panel(view)
    found: list[Piece] = [*warning(view, panel, says)]
    url = visitor_url(view)
    if view.landscape:
        return (*found, *(_code_aside(view, url) if url is not None else _ahead_aside(view)))
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


def _missing_panel(view: View) -> Box:
    """Where it stands what became of the slip: as high as its words need, in landscape at the bottom."""
    text_high = stack_high(view, INNER - 61, told(view, slip_text(view)))
    if view.landscape:
        return Box(MARGIN, BOTTOM - text_high - 11, INNER, text_high + 11)
    return Box(MARGIN, 226, INNER, max(74.0, text_high + 16))


def _code_aside(view: View, url: str) -> Pieces:
    """The code for the phone beside the number."""
    box = ASIDE.inset(0, 30, 0, 0)
    side = box.h - 8
    text = view.words("kiosk", "Quét mã để theo dõi số trên điện thoại")
    room = Box(box.x + side + 10, box.y, box.w - side - 14, box.h)
    return (
        Ground(box, Token.CODE, Token.LINE_STRONG, 0.6, 3),
        Code(Box(box.x + 4, box.y + 4, side, side), url),
        *stack(view, room, [Say(text, 9.2, bold=True, colour=Token.ON_CODE, lines=6)]),
    )


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
    if state.slip_code == "torn":
        return words(
            "kiosk",
            "Máy in hết giấy khi đang in nên phiếu bị đứt. Số {number} vẫn được giữ. "
            "Mời Ông/Bà gặp cán bộ hướng dẫn để nhận phiếu mới.",
            number=number,
        )
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
