"""The hall display's screens as scenes in millimetres: board, call, words. Pure functions of a view."""

from config.words import Words
from display import parts
from display.parts import Pieces
from display.places import MARGIN, Places, across
from display.view import PAST, ROWS, Kind, Panel, Row, View, Waiting
from hardware.screens import panel as screens
from hardware.screens.scene import Align, Box, Ground, Icon, Label, Line, Number, Piece, Scene, Stand, number_em
from hardware.screens.theme import Token

CALL_EM, CALL_WORDS_EM, RECENT_EM = 214.0, 40.0, 62.0
PAST_EM, PAST_ARROW, PAST_HIGH = 34.0, 26.0, 66.0
SERVICE_EM, TWO_LETTERS_EM, COUNT_EM = 21.0, 17.0, 32.0
TILE = 32.0
# A service's name where it does not fit: more lines of a smaller size. The last is for names beyond reason.
NAME_SIZES = ((21.0, 2, 1.15), (17.0, 3, 1.03), (13.0, 4, 1.02))


def scene(view: View, at: Places, panel: screens.Panel, words: Words) -> Scene:
    """What is drawn for ``view``, back to front."""
    ground = Ground(at.ground, Token.NIGHT)
    head = parts.header(view.header, at)
    if view.kind is Kind.WORDS:
        return (ground, *head, *_words(view.text, at))
    if view.kind is Kind.CALL and view.panel is not None:
        called = _call(view.panel, at, panel, words)
        return (ground, *head, *called, *_recent(view.rows, at, words))
    waiting = view.waiting[view.turn % len(view.waiting)] if view.waiting else ()
    below = parts.stale(view.stale, at) if view.stale is not None else ()
    if view.stale is None and view.message is not None:
        below = parts.message(view.message, at, panel, words)
    return (
        ground,
        *head,
        *_rows(view, at, panel, words),
        *_waiting_head(view, at, words),
        *_waiting(waiting, view, at, panel, words),
        *below,
    )


def _words(text: str, at: Places) -> Pieces:
    width, height = at.canvas
    box = Box(MARGIN * 2, at.head_high, width - 4 * MARGIN, height - 2 * at.head_high)
    return (Label(box, text, 40.0, Token.ON_NIGHT, bold=True, align=Align.CENTRE, lines=6, leading=1.25),)


# --- the board ----------------------------------------------------------------------------------------


def _rows(view: View, at: Places, panel: screens.Panel, words: Words) -> Pieces:
    calls = at.calls
    left, right = words("tv", "MỜI SỐ"), words("tv", "QUẦY PHỤC VỤ")
    half = parts.wide(right, parts.HEAD_EM, panel, bold=True) / 2
    right_edge = min(at.counter + half, calls.right) + 0.5
    heads: Pieces = (
        Label(Box(calls.x + 15, at.heads_y - 12, 200, 24), left, parts.HEAD_EM, Token.NIGHT_TEXT, bold=True),
        Label(
            Box(right_edge - 2 * half - 1, at.heads_y - 12, 2 * half + 1, 24),
            right,
            parts.HEAD_EM,
            Token.NIGHT_TEXT,
            bold=True,
            align=Align.RIGHT,
        ),
    )
    if not view.rows:
        empty = Label(
            Box(calls.x + 15, calls.y, calls.w - 15, at.row_high),
            words("tv", "Chưa có số được phục vụ"),
            32.0,
            Token.NIGHT_TEXT,
            lines=2,
        )
        line = parts.rule_line(calls.x, calls.y, calls.w)
        return (*heads, line, *_past(view.past, at, words)) if view.past else (*heads, line, empty)
    if view.past and len(view.rows) < ROWS:
        return (*_present(view, heads, at, words), *_past(view.past, at, words))
    return _present(view, heads, at, words)


def _present(view: View, heads: Pieces, at: Places, words: Words) -> Pieces:
    calls = at.calls
    numbers = [row.number for row in view.rows]
    number_room = at.arrow - 20 - calls.x - 15 - 6
    em = parts.common_em(numbers, at.number_em, number_room)
    label_room = 2 * min(at.counter - at.arrow - 24, calls.right - at.counter)
    labels = [row.counter for row in view.rows]
    label_em = parts.common_em(labels, at.number_em, label_room)
    pieces: list[Pieces] = [heads]
    for place, row in enumerate(view.rows):
        above = view.rows[place - 1] if place else None
        if not row.calling and not (above is not None and above.calling):
            pieces.append((parts.rule_line(calls.x, calls.y + place * at.row_high, calls.w),))
        box = Box(calls.x, calls.y + place * at.row_high, calls.w, at.row_high)
        pieces.append(_row(row, box, (em, label_em), at, words, stale=view.stale is not None))
    return tuple(piece for group in pieces for piece in group)


def _past(rows: tuple[Row, ...], at: Places, words: Words) -> Pieces:
    """Those who were called before, small and grey in the last row's place."""
    top = at.calls.bottom - PAST_HIGH
    head = Label(
        Box(at.calls.x + 15, top + 4, at.calls.w - 15, 20),
        words("tv", "VỪA GỌI"),
        parts.HEAD_EM,
        Token.NIGHT_TEXT,
        bold=True,
    )
    pitch = (at.calls.w - 15) / PAST
    widest = max(number_em(row.number) + number_em(row.counter) for row in rows)
    em = min(PAST_EM, (pitch - 12 - PAST_ARROW) / widest)
    pieces: list[Piece] = [parts.rule_line(at.calls.x, top, at.calls.w), head]
    for place, row in enumerate(rows):
        box = Box(at.calls.x + 15 + place * pitch, top + 24, pitch, PAST_HIGH - 24)
        pieces += parts.to_counter(box, row.number, row.counter, em, Token.NIGHT_TEXT, mark=(), arrow=PAST_ARROW - 8)
    return tuple(pieces)


def _row(row: Row, box: Box, sizes: tuple[float, float], at: Places, words: Words, *, stale: bool) -> Pieces:
    em, label_em = sizes
    colour = Token.ON_CALL if row.calling else Token.NIGHT_TEXT if stale else Token.ON_NIGHT
    ground: Pieces = (Ground(box.inset(0, 0.5, 0, 0.5), Token.CALL, radius_mm=4.0),) if row.calling else ()
    left = box.x + 15
    wide = number_em(row.number) * em
    label_wide = number_em(row.counter) * label_em
    mark: Pieces = ()
    arrow_y = box.y + box.h / 2 - 20
    if row.priority:
        beside = left + wide + 12
        if beside + parts.MARK_WIDE + 2 <= at.arrow - 20:
            place = Box(beside, box.y + box.h / 2 - parts.MARK_HIGH / 2, parts.MARK_WIDE, parts.MARK_HIGH)
        else:
            place = Box(at.arrow - 18, box.y + 8, 36, 24.5)
            arrow_y += 15
        mark = parts.priority(place, colour, words)
    return (
        *ground,
        Number(Box(left, box.y, wide + 0.2, box.h), row.number, em, colour, Align.LEFT),
        *mark,
        Icon(Box(at.arrow - 20, arrow_y, 40, 40), "arrow", colour, 1.8),
        Number(
            Box(at.counter - label_wide / 2 - 0.2, box.y, label_wide + 0.4, box.h),
            row.counter,
            label_em,
            colour,
        ),
    )


def _waiting_head(view: View, at: Places, words: Words) -> Pieces:
    first, last = at.waiting[0], at.waiting[-1]
    people = words("tv", "người")
    return (
        Label(
            Box(first.x, at.waiting_head_y - 12, 170, 24),
            words("tv", "ĐANG CHỜ"),
            parts.HEAD_EM,
            Token.NIGHT_TEXT,
            bold=True,
        ),
        Label(
            Box(last.right - 85, at.waiting_head_y - 12, 85, 24),
            people,
            parts.HEAD_EM,
            Token.NIGHT_TEXT,
            align=Align.RIGHT,
        ),
    )


def _waiting(lines: tuple[Waiting, ...], view: View, at: Places, panel: screens.Panel, words: Words) -> Pieces:
    pieces: list[Pieces] = [tuple(parts.rule_line(column.x, column.y, column.w) for column in at.waiting)]
    if not lines:
        empty = words("tv", "Không có số đang chờ")
        box = Box(at.waiting[0].x, at.waiting[0].y, at.waiting[0].w, at.line_high)
        pieces.append((Label(box, empty, SERVICE_EM, Token.NIGHT_TEXT, lines=2, leading=1.15),))
    for place, line in enumerate(lines):
        column = at.waiting[place % len(at.waiting)]
        down = place // len(at.waiting)
        box = Box(column.x, column.y + down * at.line_high, column.w, at.line_high)
        if down:
            pieces.append((parts.rule_line(box.x, box.y, box.w),))
        pieces.append(_line(line, box, panel, stale=view.stale is not None))
    if len(view.waiting) > 1:
        page = words("tv", "Trang {page}/{pages}", page=view.turn % len(view.waiting) + 1, pages=len(view.waiting))
        last = at.waiting[-1]
        box = Box(last.x, last.bottom - at.line_high, last.w, at.line_high)
        pieces.append((Label(box, page, parts.HEAD_EM, Token.NIGHT_TEXT, align=Align.RIGHT),))
    return tuple(piece for group in pieces for piece in group)


def _line(line: Waiting, box: Box, panel: screens.Panel, *, stale: bool) -> Pieces:
    """A service's letter, name and how many wait; nothing where the number is not known."""
    text = "" if line.count is None else str(line.count)
    nobody = line.count == 0
    grey = stale or nobody
    count_wide = parts.wide(text, COUNT_EM, panel, bold=not nobody) + 1 if text else 0.0
    tile = Box(box.x, box.y + (box.h - TILE) / 2, TILE, TILE)
    letter_size = SERVICE_EM if len(line.prefix) == 1 else TWO_LETTERS_EM
    name = Box(box.x + 42, box.y, box.w - 42 - count_wide - (6 if text else 0), box.h)
    em, most, leading = parts.first_fitting(line.name, NAME_SIZES, name.w, panel)
    return (
        *(
            (
                Ground(tile, Token.NIGHT2, radius_mm=2.0),
                Label(tile, line.prefix, letter_size, Token.ON_NIGHT, bold=True, align=Align.CENTRE),
            )
            if line.prefix
            else ()
        ),
        Label(
            name,
            line.name,
            em,
            Token.NIGHT_TEXT if stale or not line.prefix else Token.ON_NIGHT,
            lines=most,
            leading=leading,
        ),
        *(
            (
                Label(
                    Box(box.right - count_wide, box.y, count_wide, box.h),
                    text,
                    COUNT_EM,
                    Token.NIGHT_TEXT if grey else Token.ON_NIGHT,
                    bold=not nobody,
                    align=Align.RIGHT,
                ),
            )
            if text
            else ()
        ),
    )


# --- a call -------------------------------------------------------------------------------------------


def _call(called: Panel, at: Places, panel: screens.Panel, words: Words) -> Pieces:
    room = at.call_number
    em = parts.common_em([called.number], CALL_EM, room.w)
    arrow = (Icon(at.call_arrow, "arrow", Token.ON_CALL, 2.2),) if at.call_arrow is not None else ()
    return (
        Ground(across(at.call), Token.CALL),
        *_call_head(called, at, panel, words),
        Number(room, called.number, em, Token.ON_CALL, Align.LEFT),
        *arrow,
        *_tile(called, at),
        *_service(called, at),
    )


def _call_head(called: Panel, at: Places, panel: screens.Panel, words: Words) -> Pieces:
    """The words above the number: invited; priority; which call it is; and above the tile where to go."""
    box, tile = at.call_head, at.call_tile
    left = words("tv", "MỜI SỐ")
    right = words("tv", "ĐẾN QUẦY")
    left_wide = parts.wide(left, CALL_WORDS_EM, panel, bold=True) + 1
    right_wide = parts.wide(right, CALL_WORDS_EM, panel, bold=True) + 1
    pieces: list[Pieces] = [
        (Label(Box(box.x, box.y, left_wide, box.h), left, CALL_WORDS_EM, Token.ON_CALL, bold=True),)
    ]
    if at.two_lines:
        above = Box(box.x, tile.y - 54, tile.x + tile.w - box.x, 48)
        pieces.append((Label(above, right, CALL_WORDS_EM, Token.ON_CALL, bold=True, align=Align.RIGHT),))
    else:
        x = min(tile.x + tile.w / 2 - right_wide / 2, box.right - right_wide)
        pieces.append((Label(Box(x, box.y, right_wide, box.h), right, CALL_WORDS_EM, Token.ON_CALL, bold=True),))
    x = box.x + left_wide + 16
    if called.priority:
        pieces.append(parts.priority(Box(x, box.y + box.h / 2 - 20, 59, 40), Token.ON_CALL, words))
        x += 59 + 14
    if called.again is not None:
        again = Box(x, box.y, parts.wide(called.again, 24.0, panel, bold=True) + 1, box.h)
        pieces.append((Label(again, called.again, 24.0, Token.ON_CALL, bold=True),))
    return tuple(piece for group in pieces for piece in group)


def _tile(called: Panel, at: Places) -> Pieces:
    """The counter in its tile, which blinks by changing places with the ground."""
    box = at.call_tile
    em = parts.common_em([called.counter], CALL_EM, box.w - 16)
    if called.lit:
        ground, colour = Ground(box, Token.CALL_TILE, radius_mm=4.0), Token.ON_CALL_TILE
    else:
        ground, colour = Ground(box, Token.CALL, Token.CALL_TILE, 4.0, 4.0), Token.CALL_TILE
    return (ground, Number(box, called.counter, em, colour))


def _service(called: Panel, at: Places) -> Pieces:
    if called.service is None:
        return ()
    width = at.call.w - 2 * MARGIN
    box = Box(MARGIN, at.call.bottom - 38, width, 32)
    if at.two_lines:
        box = Box(MARGIN, at.call.bottom - 57, width, 54)
    return (
        Label(
            box, called.service, 24.0, Token.ON_CALL, lines=2 if at.two_lines else 1, leading=1.1, stand=Stand.MIDDLE
        ),
    )


def _recent(rows: tuple[Row, ...], at: Places, words: Words) -> Pieces:
    """The last calls under the yellow ground."""
    width = at.canvas[0] - 2 * MARGIN
    head = Label(
        Box(MARGIN, at.recent_y - 12, width, 24), words("tv", "VỪA GỌI"), parts.HEAD_EM, Token.NIGHT_TEXT, bold=True
    )
    if not rows:
        return (head,)
    columns = at.recent_columns
    pitch = (at.canvas[0] - MARGIN) / columns
    room = pitch - 36 - 24 - 14
    widest = max(number_em(row.number) + number_em(row.counter) for row in rows)
    em = min(RECENT_EM, room / widest)
    pieces: list[Pieces] = [(head,)]
    for place, row in enumerate(rows):
        x, y = MARGIN + (place % columns) * pitch, at.recent_y + 14 + (place // columns) * at.recent_high
        box = Box(x + (6 if place % columns else 0), y, pitch - 12, at.recent_high - 14)
        if place % columns:
            pieces.append((Line(x - 6, y, x - 6, box.bottom, Token.NIGHT_LINE, 1.0),))
        elif columns == 1 and place:
            pieces.append((parts.rule_line(x, y - 5, width),))
        mark = parts.small_mark(box, row.number, em, Token.ON_NIGHT, words) if row.priority else ()
        pieces.append(parts.to_counter(box, row.number, row.counter, em, Token.ON_NIGHT, mark=mark))
    return tuple(piece for group in pieces for piece in group)
