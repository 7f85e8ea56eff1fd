"""The screen on which a visitor types words and chooses among the procedures found."""

from collections.abc import Sequence

from hardware.screens.scene import Align, Box, Ground, Icon, Label, Line, Piece, Scene, Stand
from hardware.screens.theme import Token
from kiosk import state as k
from kiosk.parts import (
    ASIDE,
    INNER,
    LOWERED_TOP,
    MARGIN,
    WIDTH,
    Pieces,
    Say,
    View,
    key,
    pages_of,
    row,
    rows_of,
    shrunk,
    stack,
)
from kiosk.search import Found, find
from kiosk.surround import frame

KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
KEYBOARD_Y, KEY_PITCH, KEY_TALL = 328.0, 27.0, 24.0


def search(view: View) -> Scene:
    """Draw the query, the procedures that match it, and the keyboard."""
    state, words = view.state, view.words
    all_procedures = state.catalogue.procedures if state.catalogue else []
    hits = find(state.query, all_procedures, words.language)
    each = {(False, False): 3, (True, False): 2, (False, True): 2, (True, True): 1}[view.big, view.lowered]
    pages = pages_of(len(hits), each)
    page = min(state.page, pages - 1)
    shift = LOWERED_TOP - 116 if view.lowered else 0.0
    found: list[Piece] = [*_search_field(view, shift), *_keyboard(view)]
    top = 116.0 + shift
    if state.query.strip():
        found += _hits_head(view, top, hits, page, pages)
    for box, hit in zip(
        rows_of(top + 24, KEYBOARD_Y - 6, each, 4), hits[page * each : (page + 1) * each], strict=False
    ):
        found += row(view, f"procedure-{hit.procedure.code}", box, _hit_says(view, hit, box), text_x=MARGIN + 9)
    if state.query.strip() and not hits:
        text = words(
            "kiosk",
            "Không tìm thấy thủ tục phù hợp. Mời Ông/Bà chọn theo lĩnh vực hoặc bấm “NHỜ HỖ TRỢ”.",
        )
        says = [Say(text, 10.3 * (1.2 if view.big else 1.0), lines=5, leading=1.3)]
        found += stack(view, Box(MARGIN, top + 24, INNER, 60), says, stand=Stand.TOP)
    return (*frame(view, ["back", "home", "help"]), *found)


def _search_field(view: View, shift: float) -> Pieces:
    words, query = view.words, view.state.query
    text, note = words("kiosk", "Tìm thủ tục"), words("kiosk", "Không cần gõ dấu")
    field = Box(MARGIN, 82 + shift, INNER, 27)
    head = Box(MARGIN, 53 + shift, INNER, 22)
    beside = Box(190, field.y, 86, field.h)
    if view.landscape:
        field, head = Box(ASIDE.x, ASIDE.y + 34, ASIDE.w, 27), Box(ASIDE.x, ASIDE.y + 8, ASIDE.w, 22)
        beside = Box(ASIDE.x, field.bottom + 2, ASIDE.w, 16)
    x = field.x + (31 if not view.landscape else 20)
    room = field.right - 11 - x
    # Of a long text the end is shown: what was typed last.
    seen = next((query[at:] for at in range(len(query)) if view.wide(query[at:], 14, bold=True) <= room), "")
    end = x + (view.wide(seen, 14, bold=True) if seen else 0.0)
    found: list[Piece] = [
        Label(head, text, 16.5, bold=True),
        Ground(field, Token.SURFACE, Token.ACCENT, 1.2, 3),
        Icon(Box(x - 15 if view.landscape else MARGIN + 10, field.y + 7.5, 12, 12), "search"),
        Label(Box(x, field.y, room, field.h), seen, 14, bold=True),
        Line(end + 1.5, field.y + 6, end + 1.5, field.bottom - 6, Token.ACCENT, 1.0),
    ]
    if end < 180:
        align = Align.LEFT if view.landscape else Align.RIGHT
        found.append(Label(beside, note, 9.2, Token.INK2, align=align))
    return tuple(found)


def _hits_head(view: View, top: float, hits: Sequence[Found], page: int, pages: int) -> Pieces:
    words = view.words
    text = words("kiosk", "{n} thủ tục phù hợp", n=len(hits))
    if not any(hit.sure for hit in hits):
        text = words("kiosk", "{n} thủ tục gần giống", n=len(hits))
    found: list[Piece] = [Label(Box(MARGIN, top, 120, 20), text, 9.2, Token.INK2)] if hits else []
    if page > 0:
        box = Box(139, top, 70, 20)
        found += key(view, "page-prev", box, words("kiosk", "Trang trước"), icon="back", size=8.6, bold=True)
    if page < pages - 1:
        box = Box(213, top, 70, 20)
        found += key(view, "page-next", box, words("kiosk", "Trang sau"), icon="next", size=8.6, bold=True, after=True)
    return tuple(found)


def _hit_says(view: View, hit: Found, box: Box) -> Sequence[Say]:
    """The name, and below it the service where there is room, or, always, that it is not received here."""
    name = view.words.pick(hit.procedure.name)
    size, small = 13.0 * (1.25 if view.big else 1.0), 9.2 * (1.2 if view.big else 1.0)
    says = [Say(name, size, bold=True, lines=4, leading=1.12, mark=hit.mark)]
    chosen = k.service(view.state, hit.procedure.service)
    if chosen is None or hit.procedure.place is not None:
        note = view.words("kiosk", "Thủ tục này không tiếp nhận tại đây.")
        says.append(Say(note, small, bold=True, gap=1.5, lines=2))
        return shrunk(view, says, INNER - 31, box.h - 5, least=0.75)
    if box.h > 50:
        says.append(Say(view.words.pick(chosen.name), small, colour=Token.INK2, gap=1.5, lines=2))
    return says


def _keyboard(view: View) -> Pieces:
    words = view.words
    found: list[Piece] = []
    wide = (INNER - 9 * 2) / 10
    for line, letters in enumerate(KEYBOARD):
        left = MARGIN + line * (wide + 2) / 2 if line < 2 else MARGIN + wide + 2
        for place, letter in enumerate(letters):
            box = Box(left + place * (wide + 2), KEYBOARD_Y + line * KEY_PITCH, wide, KEY_TALL)
            found += key(view, f"key-{letter}", box, letter.upper(), size=13, quick=True)
    erase = Box(MARGIN + 8 * (wide + 2), KEYBOARD_Y + 2 * KEY_PITCH, 2 * wide + 2, KEY_TALL)
    found += key(view, "key-erase", erase, words("kiosk", "Xóa"), icon="erase", size=9.2, bold=True, quick=True)
    y = KEYBOARD_Y + 3 * KEY_PITCH
    space = Box(MARGIN, y, 7 * wide + 12, KEY_TALL)
    found += key(view, "key-space", space, words("kiosk", "Dấu cách"), size=10.3, quick=True)
    clear = Box(space.right + 2, y, WIDTH - MARGIN - space.right - 2, KEY_TALL)
    found += key(view, "key-clear", clear, words("kiosk", "Xóa hết"), size=10.3, bold=True, quick=True)
    return tuple(found)
