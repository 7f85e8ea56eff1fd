"""A procedure's card: papers, time limit, fee, where it is handed in; paged, not scrolled."""

from dataclasses import dataclass

from hardware.screens.scene import Box, Circle, Icon, Line, Piece, Scene, Stand
from hardware.screens.theme import Token
from kiosk import state as k
from kiosk.parts import (
    BOTTOM,
    COMMIT,
    INNER,
    MARGIN,
    ROWS_END,
    TOP,
    WIDTH,
    Pieces,
    Say,
    View,
    action,
    heading,
    key,
    pager,
    stack,
    stack_high,
    told,
    warning,
)
from kiosk.promise import no_slip
from kiosk.surround import frame
from server.wire.messages import Procedure

TEXT_X = 56.0
PAGER_HIGH = 26.0
PAGER_BELOW = 404.0


@dataclass(frozen=True, slots=True)
class Block:
    """What may not be torn apart by a page's end. ``icon``: begins a section."""

    says: tuple[Say, ...]
    icon: str | None = None
    bullet: bool = False
    gap: float = 1.0


def card(view: View) -> Scene:
    """The four disclosures of the chosen procedure."""
    found = k.procedure(view.state, view.state.procedure)
    if found is None:
        return frame(view, ["back", "home", "help"])
    bottom, pager_y, keys = _keys(view, found)
    head, top = _head(view, found)
    pages = _pages(view, _blocks(view, found), bottom - top - 4)
    if len(pages) > 1 and pager_y < bottom:
        pages = _pages(view, _blocks(view, found), bottom - PAGER_HIGH - top - 4)
    page = min(view.state.page, len(pages) - 1)
    drawn = _draw(view, pages[page], top + 2)
    turn = pager(view, pager_y, page, len(pages))
    return (*frame(view, ["back", "home", "help"]), *head, *drawn, *turn, *keys)


def _keys(view: View, found: Procedure) -> tuple[float, float, Pieces]:
    """The keys below the card, where they begin, and where those to its other pages lie."""
    words, state = view.words, view.state
    pieces: list[Piece] = []
    bottom = BOTTOM
    listed = state.bounds.has_printer and bool(found.papers) and not no_slip(state)
    taken = found.place is None and k.is_open(state)
    beside = view.landscape and listed and taken
    if listed:
        box = Box(MARGIN, COMMIT.y if taken else bottom - 26, INNER, bottom - COMMIT.y if taken else 26)
        if beside:
            box = Box(MARGIN, ROWS_END - 40, 118, 40)
        text = words("kiosk", "In danh mục giấy tờ")
        if state.list_printed:
            text = words("kiosk", "Đã in danh mục giấy tờ. Đây không phải phiếu số thứ tự.").split(". ")[0]
        elif state.list_job is not None:
            text = words("kiosk", "Đang in phiếu, xin chờ…")
        icon = "check" if state.list_printed else "printer"
        pieces += key(view, "list", box, text, icon=icon, size=10.3 * (1.1 if view.big else 1.0), bold=True)
        bottom = box.y - 5
    if beside:
        box = Box(MARGIN + 123, ROWS_END - 40, INNER - 123, 40)
        pieces += key(
            view, "take", box, words("kiosk", "LẤY SỐ THỨ TỰ"), icon="ticket", size=15, bold=True, filled=True
        )
    elif taken:
        # Not where the next screen has the key that asks for the number.
        box = Box(MARGIN, ROWS_END - 44, INNER, 44)
        pieces += action(view, "take", box, words("kiosk", "LẤY SỐ THỨ TỰ"), size=18)
        bottom = box.y - 5
    pager_y = PAGER_BELOW if taken and (beside or not listed) else bottom - PAGER_HIGH + 1
    return bottom, pager_y, tuple(pieces)


def _head(view: View, found: Procedure) -> tuple[Pieces, float]:
    """Field and name; where it is not handled here, where to go. Returns where the card's text begins."""
    words, scale = view.words, 1.15 if view.big else 1.0
    chosen = k.service(view.state, found.service)
    says = []
    if chosen is not None:
        field = words("ticket", "Lĩnh vực: {service}", service=words.pick(chosen.name))
        says.append(Say(field, 8.8 * scale, colour=Token.INK2))
    name = words.pick(found.name)
    size = 16.0 if len(name) < 34 else 13.0
    says.append(Say(name, size * scale, bold=True, lines=4, leading=1.14, gap=1))
    high = stack_high(view, INNER, says)
    pieces: list[Piece] = [*heading(view, Box(MARGIN, TOP, INNER, high), says, stand=Stand.TOP)]
    y = TOP + high + 4 if not view.landscape else view.top
    if found.place is not None:
        text = words("kiosk", "Thủ tục này không tiếp nhận tại đây. Mời Ông/Bà đến: {place}.", place=found.place)
        note = told(view, text)
        box = Box(MARGIN, y, INNER, max(60.0, stack_high(view, INNER - 61, note) + 14))
        pieces += warning(view, box, note, icon="place")
        y = box.bottom + 4
    if view.landscape:
        return tuple(pieces), y
    pieces.append(Line(MARGIN, y, WIDTH - MARGIN, y))
    return tuple(pieces), y + 1


def _blocks(view: View, found: Procedure) -> list[Block]:
    words, scale = view.words, 1.2 if view.big else 1.0
    small, body = 8.6 * scale, 10.3 * scale
    none = words("kiosk", "Chưa có thông tin. Mời Ông/Bà hỏi tại quầy.")
    head = Say(words("visitor", "Giấy tờ cần chuẩn bị"), small, colour=Token.INK2)
    blocks: list[Block] = []
    if found.papers:
        items = [Say(paper, body, lines=9, leading=1.25) for paper in found.papers]
        blocks.append(Block((head,), "papers"))
        blocks += [Block((item,), bullet=True) for item in items]
    else:
        blocks.append(Block((head, Say(none, body, lines=4)), "papers"))
    chosen = k.service(view.state, found.service)
    labels = {one.id: one.label for one in (view.state.office.counters if view.state.office else [])}
    counters = ", ".join(labels.get(one, one) for one in (chosen.counters if chosen else []))
    where = words("ticket", "Quầy phục vụ: {counters}", counters=counters) if counters else ""
    authority = words("kiosk", "Cơ quan thực hiện: {authority}", authority=found.authority) if found.authority else ""
    sections = [
        ("clock", words("kiosk", "Thời hạn giải quyết"), [found.time]),
        ("money", words("kiosk", "Phí, lệ phí"), [found.fee]),
        ("person", words("kiosk", "Nơi tiếp nhận"), [where, authority]),
    ]
    for icon, label, texts in sections:
        shown = [text for text in texts if text] or [none]
        says = [Say(label, small, colour=Token.INK2)]
        says += [Say(text, body, bold=place == 0, lines=9, leading=1.25) for place, text in enumerate(shown)]
        blocks.append(Block(tuple(says), icon, gap=5))
    full = words("kiosk", "Tên đầy đủ: {name}", name=found.full_name)
    last = [Say(full, small, colour=Token.INK2, lines=20, leading=1.3)]
    if found.result:
        last.insert(0, Say(words("kiosk", "Kết quả: {result}", result=found.result), body, lines=6, leading=1.25))
    return [*blocks, Block(tuple(last), "info", gap=5)]


def _room(block: Block) -> float:
    return WIDTH - MARGIN - TEXT_X - (7 if block.bullet else 0)


def _pages(view: View, blocks: list[Block], room: float) -> list[list[Block]]:
    """The blocks on as many pages as they need."""
    pages: list[list[Block]] = [[]]
    used = 0.0
    for block in blocks:
        high = stack_high(view, _room(block), block.says) + (block.gap if pages[-1] else 0)
        if pages[-1] and used + high > room:
            pages.append([])
            used, high = 0.0, high - block.gap
        pages[-1].append(block)
        used += high
    return pages


def _draw(view: View, blocks: list[Block], top: float) -> Pieces:
    found: list[Piece] = []
    y = top
    for place, block in enumerate(blocks):
        if place:
            y += block.gap
            if block.icon is not None:
                found.append(Line(MARGIN, y - block.gap / 2, WIDTH - MARGIN, y - block.gap / 2, Token.LINE))
        high = stack_high(view, _room(block), block.says)
        if block.icon is not None:
            found.append(Icon(Box(MARGIN + 8, y + 1, 14, 14), block.icon))
        if block.bullet:
            found.append(Circle(TEXT_X + 1.5, y + block.says[0].size * 0.62, 1.2, Token.ACCENT))
        x = TEXT_X + (7 if block.bullet else 0)
        found += stack(view, Box(x, y, _room(block), high), block.says, stand=Stand.TOP)
        y += high
    return tuple(found)
