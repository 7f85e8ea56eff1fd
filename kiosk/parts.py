"""The pieces every kiosk screen is made of: keys, rows, pages, panels, stacked texts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from config.clock import Now
from config.words import Words
from hardware.screens import fonts
from hardware.screens.panel import Panel
from hardware.screens.scene import Align, Box, Ground, Icon, Label, Piece, Stand, Target
from hardware.screens.theme import Token
from kiosk.state import State

WIDTH, HEIGHT = 299.0, 532.0
MARGIN = 16.0
INNER = WIDTH - 2 * MARGIN
TOP = 53.0
LOWERED_TOP = 213.0
BOTTOM = 434.0
# Below the rows of all screens: here, and nowhere above, lies the key that asks for a number, so that a row pressed
# twice never asks for one.
ROWS_END = 390.0
NAV = 442.0
DOCK = 476.0
# Landscape looks at the same page: the column of the rows of lowered controls, and beside it, left of the page's
# edge, a column for header, title and dock. So every content has one place, whichever way the panel stands.
WIDE, TALL = 476.0, 268.0
LEFT, UP = -172.0, 206.0
ASIDE = Box(LEFT + 14, UP + 86, 140, 96)
COMMIT = Box(MARGIN, 394.0, INNER, 42.0)
KEY_HIGH = 26.0
CHEVRON = 10.0
DEFAULT_ZONE = "Asia/Ho_Chi_Minh"

Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What a screen is drawn from."""

    state: State
    words: Words
    now: Now
    panel: Panel

    @property
    def scale(self) -> float:
        """Of texts: 1.3 when the visitor wants them bigger."""
        return 1.3 if self.state.access.big else 1.0

    @property
    def big(self) -> bool:
        return self.state.access.big

    @property
    def landscape(self) -> bool:
        return self.panel.canvas_mm[0] > self.panel.canvas_mm[1]

    @property
    def lowered(self) -> bool:
        """Whether the content has only the lower rows; a landscape panel has no others."""
        return self.state.access.lowered or self.landscape

    @property
    def top(self) -> float:
        """Where content begins that has no use for lowering."""
        return LOWERED_TOP if self.landscape else TOP

    @property
    def zone(self) -> str:
        return self.state.office.zone if self.state.office else DEFAULT_ZONE

    def lines(self, text: str, size: float, room: float, *, bold: bool) -> int:
        """How many lines ``text`` takes at an em of ``size`` mm in ``room`` mm."""
        return len(fonts.wrap(text, self.panel.em_px(size), self.panel.px(room), bold=bold))

    def wide(self, text: str, size: float, *, bold: bool) -> float:
        """How wide ``text`` is on one line, in mm."""
        return fonts.width_px(fonts.tidy(text), self.panel.em_px(size), bold=bold) / self.panel.px_per_mm


@dataclass(frozen=True, slots=True)
class Say:
    """One text of a stack. ``gap``: mm above it, where it is not the first."""

    text: str
    size: float
    bold: bool = False
    colour: Token = Token.INK
    lines: int = 2
    leading: float = 1.2
    gap: float = 0.0
    mark: tuple[int, int] | None = None


def stack_high(view: View, room: float, says: Sequence[Say]) -> float:
    """How high the texts are under each other."""
    high = sum(view.lines(say.text, say.size, room, bold=say.bold) * say.leading * say.size for say in says)
    return high + sum(say.gap for say in says[1:])


def stack(
    view: View, box: Box, says: Sequence[Say], *, stand: Stand = Stand.MIDDLE, align: Align = Align.LEFT
) -> Pieces:
    """Texts under each other, together standing in ``box``."""
    spare = box.h - stack_high(view, box.w, says)
    y = box.y + {Stand.TOP: 0.0, Stand.MIDDLE: spare / 2, Stand.BOTTOM: spare}[stand]
    found: list[Piece] = []
    for place, say in enumerate(says):
        y += say.gap if place else 0.0
        high = view.lines(say.text, say.size, box.w, bold=say.bold) * say.leading * say.size
        found.append(
            Label(
                Box(box.x, y, box.w, high + 0.2),
                say.text,
                say.size,
                say.colour,
                say.bold,
                align,
                Stand.TOP,
                say.lines,
                say.leading,
                mark=say.mark,
            )
        )
        y += high
    return tuple(found)


def fitting(view: View, box: Box, says: Sequence[Say]) -> Sequence[Say]:
    """``says`` without the supporting lines for which ``box`` is too low: a text is left out, never cut."""
    shown = list(says)
    while len(shown) > 1 and stack_high(view, box.w, shown) > box.h - 5:
        shown.pop()
    return shown


def shrunk(view: View, says: Sequence[Say], wide: float, high: float, *, least: float) -> Sequence[Say]:
    """``says`` as large as ``wide`` and ``high`` let them be, at the least ``least`` of their size."""
    scale, shown = 1.0, says
    while stack_high(view, wide, shown) > high and scale > least:
        scale -= 0.05
        shown = [replace(say, size=say.size * scale, gap=say.gap * scale, lines=say.lines + 2) for say in says]
    return shown


def sentences(text: str) -> list[str]:
    """A text's sentences, so that each may stand on a line of its own."""
    parts = text.replace("? ", "?\n").replace(". ", ".\n").replace("! ", "!\n").split("\n")
    return [part for part in parts if part]


def pair(text: str) -> tuple[str, str]:
    """Label and value of a text such as "Số người chờ trước: 4"."""
    label, _, value = text.partition(": ")
    return label, value


# --- keys and rows -------------------------------------------------------------------------------------


def columns(box: Box, count: int, gap: float) -> list[Box]:
    """``box`` in ``count`` equal parts beside each other."""
    wide = (box.w - gap * (count - 1)) / count
    return [Box(box.x + place * (wide + gap), box.y, wide, box.h) for place in range(count)]


def target(key_id: str, box: Box, label: str, *, filled: bool = False, quick: bool = False) -> Target:
    """Something to touch with the look of a key."""
    if filled:
        return Target(key_id, box, label, Token.ACTION, Token.ACTION_PRESSED, None, quick=quick)
    return Target(key_id, box, label, quick=quick)


def key(
    view: View,
    key_id: str,
    box: Box,
    text: str,
    *,
    icon: str | None = None,
    size: float = 10.3,
    bold: bool = False,
    filled: bool = False,
    after: bool = False,
    quick: bool = False,
) -> Pieces:
    """A key with its text in the middle and an icon beside it (``after``: on its right)."""
    ink = Token.ON_ACTION if filled else Token.INK
    sign = Token.ON_ACTION if filled else Token.ACCENT
    side = size * 0.95 if icon is not None else 0.0
    gap = 3.0 if icon is not None else 0.0
    room = box.w - 6 - side - gap
    wide = min(room, view.wide(text, size, bold=bold) + 0.4)
    if view.lines(text, size, room, bold=bold) > 1:
        wide = room
    left = box.x + (box.w - wide - side - gap) / 2
    text_x, icon_x = (left, left + wide + gap) if after else (left + side + gap, left)
    found: list[Piece] = [target(key_id, box, text, filled=filled, quick=quick)]
    if icon is not None:
        found.append(Icon(Box(icon_x, box.y + (box.h - side) / 2, side, side), icon, sign))
    found.append(
        Label(
            Box(text_x, box.y, wide, box.h),
            text,
            size,
            ink,
            bold,
            Align.CENTRE if icon is None else Align.LEFT,
            lines=2,
            leading=1.1,
        )
    )
    return tuple(found)


def action(
    view: View, key_id: str, box: Box, text: str, sub: str | None = None, *, icon: str = "ticket", size: float = 22
) -> Pieces:
    """The one filled action of a screen, low and wide."""
    says = [Say(text, size, bold=True, colour=Token.ON_ACTION, leading=1.15)]
    if sub is not None:
        says.append(Say(sub, 10.3 * view.scale, colour=Token.ON_ACTION2, gap=2))
    side = min(34.0, box.h * 0.45)
    room = Box(69, box.y, box.right - 69 - 8, box.h)
    return (
        target(key_id, box, text, filled=True),
        Icon(Box(box.x + 10, box.y + (box.h - side) / 2, 34, side), icon, Token.ON_ACTION, 1.8),
        *stack(view, room, fitting(view, room, says)),
    )


def row(
    view: View,
    key_id: str,
    box: Box,
    says: Sequence[Say],
    *,
    icon: str | None = None,
    text_x: float = 69.0,
    right: float = 0.0,
) -> Pieces:
    """A row of a list: icon, texts, and the sign that it leads on. ``right``: mm kept free before that sign."""
    found: list[Piece] = [target(key_id, box, says[0].text)]
    if icon is not None:
        side = min(26.0, box.h * 0.5)
        found.append(Icon(Box(MARGIN + 6, box.y + (box.h - side) / 2, 42, side), icon))
    end = box.right - 8 - CHEVRON
    room = Box(text_x, box.y, end - 2 - right - text_x, box.h)
    found += stack(view, room, fitting(view, room, says))
    found.append(Icon(Box(end, box.y + (box.h - CHEVRON) / 2, CHEVRON, CHEVRON), "next"))
    return tuple(found)


def rows_of(top: float, bottom: float, count: int, gap: float) -> list[Box]:
    """``count`` equal boxes under each other between ``top`` and ``bottom``."""
    high = (bottom - top - gap * (count - 1)) / count
    return [Box(MARGIN, top + place * (high + gap), INNER, high) for place in range(count)]


def pages_of(count: int, each: int) -> int:
    return max(1, -(-count // each))


def pager(view: View, y: float, page: int, pages: int) -> Pieces:
    """Keys to the neighbouring pages and where one is; nothing when there is one page."""
    if pages <= 1:
        return ()
    words, size = view.words, 10.3 if not view.big else 10.8
    found: list[Piece] = []
    if page > 0:
        text = words("kiosk", "Trang trước")
        found += key(view, "page-prev", Box(MARGIN, y, 90, 24), text, icon="back", size=size, bold=True)
    if page < pages - 1:
        text = words("kiosk", "Trang sau")
        found += key(view, "page-next", Box(193, y, 90, 24), text, icon="next", size=size, bold=True, after=True)
    text = words("kiosk", "Trang {page}/{pages}", page=page + 1, pages=pages)
    found.append(Label(Box(108, y, 83, 24), text, size, align=Align.CENTRE))
    return tuple(found)


def heading(view: View, box: Box, says: Sequence[Say], *, stand: Stand = Stand.MIDDLE) -> Pieces:
    """What a screen is about: above its content in ``box``, or beside it on a landscape panel."""
    if not view.landscape:
        return stack(view, box, says, stand=stand)
    narrow = [_narrow(view, say) for say in says]
    return stack(view, ASIDE, fitting(view, ASIDE, shrunk(view, narrow, ASIDE.w, ASIDE.h - 5, least=0.7)))


def _narrow(view: View, say: Say) -> Say:
    """The same text for the column: on more lines, and never with a word that is wider than it."""
    widest = max((view.wide(word, say.size, bold=say.bold) for word in say.text.split()), default=0.0)
    size = say.size if widest <= ASIDE.w else say.size * ASIDE.w / widest * 0.98
    return replace(say, size=size, lines=say.lines + 3)


def title(view: View, text: str) -> Pieces:
    """A screen's title."""
    size = 16.5 * (1.2 if view.big else 1.0)
    box = Box(MARGIN, LOWERED_TOP - 30, INNER, 28) if view.lowered else Box(MARGIN, TOP - 1, INNER, 23)
    return heading(view, box, [Say(text, size, bold=True, lines=1, leading=1.15)])


def warning(view: View, box: Box, says: Sequence[Say], *, icon: str = "warning") -> Pieces:
    """The panel that says what is wrong and what to do."""
    return (
        Ground(box, Token.WARN, Token.ON_WARN, 1.2, 3.0),
        Icon(Box(box.x + 10, box.y + 12, 30, 26), icon, Token.ON_WARN),
        *stack(view, Box(69, box.y + 4, box.right - 69 - 8, box.h - 8), says),
    )


def good_news(view: View, box: Box, says: Sequence[Say]) -> Pieces:
    """The panel that says that what was wrong is over."""
    green = [replace(say, colour=Token.GREEN) for say in says]
    return (
        Ground(box, Token.GREEN_PALE, Token.GREEN, 1.2, 3.0),
        Icon(Box(box.x + 10, box.y + 12, 30, 26), "check", Token.GREEN),
        *stack(view, Box(69, box.y + 4, box.right - 69 - 8, box.h - 8), green),
    )


def told(view: View, text: str) -> list[Say]:
    """A message's sentences: the first large, what to do smaller."""
    scale = 1.15 if view.big else 1.0
    first, *rest = sentences(text)
    says = [Say(first, 15 * scale, bold=True, colour=Token.ON_WARN, lines=4, leading=1.2)]
    return says + [Say(one, 12 * scale, colour=Token.ON_WARN, lines=4, leading=1.3, gap=3, bold=False) for one in rest]
