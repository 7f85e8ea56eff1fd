"""A scene drawn: texts by the height of their capitals, corners and rings smooth, everything cached."""

from functools import lru_cache

import pygame
import segno

from hardware.screens import fonts
from hardware.screens.icons import FINER, icon
from hardware.screens.panel import Panel
from hardware.screens.scene import (
    Align,
    Circle,
    Code,
    Ground,
    Icon,
    Label,
    Line,
    Number,
    Picture,
    Piece,
    Polygon,
    Scene,
    Shade,
    Stand,
    Target,
    cell_em,
    number_em,
)
from hardware.screens.theme import Rgb, Theme, Token

QUIET = 4  # modules of white around a QR code


def paint(surface: pygame.Surface, scene: Scene, panel: Panel, theme: Theme, *, pressed: str | None = None) -> None:
    """Draw ``scene`` from back to front over the whole surface; ``pressed`` names the target under a finger."""
    surface.fill(theme.rgb(Token.PAPER))
    for piece in scene:
        _draw(surface, piece, panel, theme, pressed)


def _draw(surface: pygame.Surface, piece: Piece, panel: Panel, theme: Theme, pressed: str | None) -> None:
    match piece:
        case Label():
            _label(surface, piece, panel, theme)
        case Target():
            _target(surface, piece, panel, theme, down=pressed == piece.id)
        case Ground():
            _ground(surface, piece, panel, theme)
        case Number():
            _number(surface, piece, panel, theme)
        case Icon():
            _icon(surface, piece, panel, theme)
        case Line():
            _line(surface, piece, panel, theme)
        case Circle():
            _circle(surface, piece, panel, theme)
        case Polygon():
            _polygon(surface, piece, panel, theme)
        case Code():
            _code(surface, piece, panel, theme)
        case Picture():
            _picture(surface, piece, panel)
        case Shade():
            rect = panel.rect(piece.box.x, piece.box.y, piece.box.w, piece.box.h)
            surface.blit(_veil(rect[2:], theme.rgb(piece.colour), round(piece.strength * 255)), rect[:2])


def line_tops(label: Label, count: int, panel: Panel) -> list[int]:
    """Capitals' centres of ``count`` lines in pixels."""
    pitch = label.leading * label.size_mm
    first = {
        Stand.TOP: label.box.y + pitch / 2,
        Stand.MIDDLE: label.box.y + label.box.h / 2 - (count - 1) * pitch / 2,
        Stand.BOTTOM: label.box.bottom - pitch / 2 - (count - 1) * pitch,
    }[label.stand]
    return [panel.point(0, first + line * pitch)[1] for line in range(count)]


def label_lines(label: Label, panel: Panel) -> tuple[tuple[str, ...], bool]:
    """The lines shown and whether they fit into the box's width."""
    px, room = panel.em_px(label.size_mm), panel.px(label.box.w)
    return fonts.choose_lines(label.text, label.short, label.lines, px, room, bold=label.bold)


def _label(surface: pygame.Surface, label: Label, panel: Panel, theme: Theme) -> None:
    lines, _ = label_lines(label, panel)
    px, colour = panel.em_px(label.size_mm), theme.rgb(label.colour)
    left, _, width, _ = panel.rect(label.box.x, label.box.y, label.box.w, label.box.h)
    text, gone = fonts.tidy(label.text), 0
    for line, centre in zip(lines, line_tops(label, len(lines), panel), strict=True):
        drawn = _text(line, px, colour, bold=label.bold)
        x = left + _aside(label.align, width, drawn.get_width())
        baseline = centre + round(fonts.CAP_CENTRE_EM * px)
        surface.blit(drawn, (x, baseline - fonts.face(px, bold=label.bold).get_ascent()))
        if label.mark is not None:
            _underline(surface, label, line, gone, (x, baseline), panel, theme)
        gone += len(line)
        gone += text[gone : gone + 1] == " "  # not where a word is broken inside


def _underline(
    surface: pygame.Surface,
    label: Label,
    line: str,
    gone: int,
    start: tuple[int, int],
    panel: Panel,
    theme: Theme,
) -> None:
    """Underline what of the mark falls on this line, which begins ``gone`` letters into the text."""
    assert label.mark is not None
    first, last = max(label.mark[0] - gone, 0), min(label.mark[1] - gone, len(line))
    if first >= last:
        return
    px = panel.em_px(label.size_mm)
    x0 = start[0] + fonts.width_px(line[:first], px, bold=label.bold)
    x1 = start[0] + fonts.width_px(line[:last], px, bold=label.bold)
    below = start[1] + round(0.2 * px)
    pygame.draw.rect(surface, theme.rgb(Token.ACCENT), (x0, below, x1 - x0, panel.line_px(1.0)))


def _number(surface: pygame.Surface, number: Number, panel: Panel, theme: Theme) -> None:
    px, colour = panel.em_px(number.size_mm), theme.rgb(number.colour)
    left, top, width, height = panel.rect(number.box.x, number.box.y, number.box.w, number.box.h)
    x: float = left + _aside(number.align, width, round(number_em(number.text) * px))
    face = fonts.face(px, bold=True)
    y = top + height // 2 + round(fonts.CAP_CENTRE_EM * px) - face.get_ascent()
    for sign in number.text:
        cell = cell_em(sign) * px
        drawn = _text(sign, px, colour, bold=True)
        surface.blit(drawn, (round(x + (cell - drawn.get_width()) / 2), y))
        x += cell


def _target(surface: pygame.Surface, target: Target, panel: Panel, theme: Theme, *, down: bool) -> None:
    fill = target.pressed if down and target.enabled and target.pressed is not None else target.fill
    if fill is None and target.edge is None:
        return
    edge_mm = theme.edge_mm if target.edge_mm is None else max(target.edge_mm, theme.edge_mm)
    _ground(surface, Ground(target.box, fill, target.edge, edge_mm, target.radius_mm), panel, theme)


def _ground(surface: pygame.Surface, ground: Ground, panel: Panel, theme: Theme) -> None:
    rect = pygame.Rect(panel.rect(ground.box.x, ground.box.y, ground.box.w, ground.box.h))
    edge = panel.line_px(ground.edge_mm) if ground.edge is not None and ground.edge_mm > 0 else 0
    fill = theme.rgb(ground.fill) if ground.fill is not None else None
    line = theme.rgb(ground.edge) if ground.edge is not None and edge else None
    radius = min(panel.px(ground.radius_mm), rect.w // 2, rect.h // 2)
    if radius < 2:
        if fill is not None:
            surface.fill(fill, rect)
        if line is not None:
            pygame.draw.rect(surface, line, rect, edge)
        return
    _rounded(surface, rect, radius, fill, line, edge)


def _rounded(
    surface: pygame.Surface, rect: pygame.Rect, radius: int, fill: Rgb | None, line: Rgb | None, edge: int
) -> None:
    if fill is not None:
        surface.fill(fill, rect.inflate(-2 * radius, 0))
        surface.fill(fill, rect.inflate(0, -2 * radius))
    if line is not None:
        for part in (
            (rect.x + radius, rect.y, rect.w - 2 * radius, edge),
            (rect.x + radius, rect.bottom - edge, rect.w - 2 * radius, edge),
            (rect.x, rect.y + radius, edge, rect.h - 2 * radius),
            (rect.right - edge, rect.y + radius, edge, rect.h - 2 * radius),
        ):
            surface.fill(line, part)
    disc = _disc(radius, fill, line, edge)
    far_x, far_y = rect.right - radius, rect.bottom - radius
    for x, y, part in (
        (rect.x, rect.y, (0, 0, radius, radius)),
        (far_x, rect.y, (radius, 0, radius, radius)),
        (rect.x, far_y, (0, radius, radius, radius)),
        (far_x, far_y, (radius, radius, radius, radius)),
    ):
        surface.blit(disc, (x, y), part)


@lru_cache(maxsize=256)
def _disc(radius: int, fill: Rgb | None, line: Rgb | None, edge: int) -> pygame.Surface:
    """A smooth disc with an edge, twice ``radius`` wide: four corners in one."""
    size, middle = 2 * radius, radius * FINER
    outer = line if line is not None else fill
    assert outer is not None
    fine = pygame.Surface((size * FINER, size * FINER), pygame.SRCALPHA)
    fine.fill((*outer, 0))
    pygame.draw.circle(fine, outer, (middle, middle), middle)
    if line is not None:
        inner = (*fill, 255) if fill is not None else (*line, 0)
        pygame.draw.circle(fine, inner, (middle, middle), middle - edge * FINER)
    return pygame.transform.smoothscale(fine, (size, size))


def _icon(surface: pygame.Surface, drawn: Icon, panel: Panel, theme: Theme) -> None:
    left, top, width, height = panel.rect(drawn.box.x, drawn.box.y, drawn.box.w, drawn.box.h)
    size = min(width, height)
    picture = icon(drawn.name, size, theme.rgb(drawn.colour), drawn.stroke)
    surface.blit(picture, (left + (width - size) // 2, top + (height - size) // 2))


def _line(surface: pygame.Surface, line: Line, panel: Panel, theme: Theme) -> None:
    width = panel.line_px(line.width_mm)
    (x0, y0), (x1, y1) = panel.point(line.x0, line.y0), panel.point(line.x1, line.y1)
    colour = theme.rgb(line.colour)
    if y0 == y1:
        surface.fill(colour, (min(x0, x1), y0 - width // 2, abs(x1 - x0), width))
    elif x0 == x1:
        surface.fill(colour, (x0 - width // 2, min(y0, y1), width, abs(y1 - y0)))
    else:
        pygame.draw.line(surface, colour, (x0, y0), (x1, y1), width)


def _circle(surface: pygame.Surface, circle: Circle, panel: Panel, theme: Theme) -> None:
    radius, width = max(1, panel.px(circle.radius_mm)), panel.line_px(circle.width_mm) if circle.width_mm else 0
    x, y = panel.point(circle.x, circle.y)
    surface.blit(_ring(radius, width, round(circle.share * 360), theme.rgb(circle.colour)), (x - radius, y - radius))


@lru_cache(maxsize=128)
def _ring(radius: int, width: int, degrees: int, colour: Rgb) -> pygame.Surface:
    """A disc or ring; with fewer than 360 degrees that part from the top, clockwise."""
    size, middle = 2 * radius * FINER, radius * FINER
    fine = pygame.Surface((size, size), pygame.SRCALPHA)
    fine.fill((*colour, 0))
    pygame.draw.circle(fine, colour, (middle, middle), middle, width * FINER)
    if degrees < 360:
        centre = pygame.Vector2(middle, middle)
        rim = (centre + pygame.Vector2(0, -2 * size).rotate(angle) for angle in range(degrees, 361))
        empty = [centre, *rim]
        pygame.draw.polygon(fine, (*colour, 0), empty)
    return pygame.transform.smoothscale(fine, (2 * radius, 2 * radius))


def _polygon(surface: pygame.Surface, shape: Polygon, panel: Panel, theme: Theme) -> None:
    points = [panel.point(x, y) for x, y in shape.points]
    pygame.draw.polygon(surface, theme.rgb(shape.fill), points)
    if shape.edge is not None:
        edge = theme.rgb(shape.edge)
        round_about = [*points, points[0]]
        pygame.draw.lines(surface, edge, False, round_about, panel.line_px(shape.edge_mm))  # noqa: FBT003
        pygame.draw.aalines(surface, edge, False, round_about)  # noqa: FBT003


def _code(surface: pygame.Surface, code: Code, panel: Panel, theme: Theme) -> None:
    left, top, width, height = panel.rect(code.box.x, code.box.y, code.box.w, code.box.h)
    drawn = _qr(code.content, min(width, height), theme.rgb(Token.ON_CODE), theme.rgb(Token.CODE))
    surface.blit(drawn, (left + (width - drawn.get_width()) // 2, top + (height - drawn.get_height()) // 2))


@lru_cache(maxsize=8)
def _qr(content: str, room: int, ink: Rgb, ground: Rgb) -> pygame.Surface:
    rows = [list(row) for row in segno.make_qr(content, error="m").matrix]
    module = max(1, room // (len(rows) + 2 * QUIET))
    drawn = pygame.Surface(((len(rows) + 2 * QUIET) * module,) * 2)
    drawn.fill(ground)
    for y, row in enumerate(rows, QUIET):
        for x, dark in enumerate(row, QUIET):
            if dark:
                drawn.fill(ink, (x * module, y * module, module, module))
    return drawn


def _picture(surface: pygame.Surface, picture: Picture, panel: Panel) -> None:
    rect = pygame.Rect(panel.rect(picture.box.x, picture.box.y, picture.box.w, picture.box.h))
    drawn = _loaded(picture.path, rect.size)
    surface.blit(drawn, drawn.get_rect(center=rect.center))


@lru_cache(maxsize=6)
def _loaded(path: str, room: tuple[int, int]) -> pygame.Surface:
    whole = pygame.image.load(path)
    scale = min(room[0] / whole.get_width(), room[1] / whole.get_height())
    size = round(whole.get_width() * scale), round(whole.get_height() * scale)
    return pygame.transform.smoothscale(whole, size)


@lru_cache(maxsize=4)
def _veil(size: tuple[int, int], colour: Rgb, alpha: int) -> pygame.Surface:
    veil = pygame.Surface(size)
    veil.fill(colour)
    veil.set_alpha(alpha)
    return veil


@lru_cache(maxsize=512)
def _text(text: str, px: int, colour: Rgb, *, bold: bool) -> pygame.Surface:
    # By position: pygame 2.6.1, which works here too, takes no keywords.
    return fonts.face(px, bold=bold).render(text, True, colour)  # noqa: FBT003


def _aside(align: Align, room: int, width: int) -> int:
    return {Align.LEFT: 0, Align.CENTRE: (room - width) // 2, Align.RIGHT: room - width}[align]
