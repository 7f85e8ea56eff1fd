"""Draw scenes with pygame.

Texts are aligned by the height of their capitals, corners and rings are anti-aliased, and rendered parts are cached.
"""

from collections.abc import Hashable
from functools import lru_cache
from io import BytesIO

import pygame
import segno

from hardware.screens import fonts
from hardware.screens.icons import SUPERSAMPLING, icon
from hardware.screens.panel import Panel
from hardware.screens.scene import (
    Circle,
    Icon,
    ImageFile,
    Label,
    NumberLabel,
    Picture,
    Piece,
    Polygon,
    QrCode,
    Rectangle,
    Scene,
    Segment,
    Shade,
    Target,
    TextAlign,
    VAlign,
    cell_width_em,
    number_width_em,
)
from hardware.screens.theme import Colour, Rgb, Theme

WHITE: Rgb = (255, 255, 255)
QUIET_ZONE = 4  # modules of white around a QR code


def paint(
    surface: pygame.Surface, scene: Scene, panel: Panel, theme: Theme, *, pressed_id: Hashable | None = None
) -> None:
    """Draw ``scene`` from back to front over the whole surface.

    ``pressed_id`` is the id of the target under a finger.
    """
    surface.fill(theme.rgb(Colour.PAPER))
    for piece in scene:
        _draw(surface, piece, panel, theme, pressed_id)


def _draw(surface: pygame.Surface, piece: Piece, panel: Panel, theme: Theme, pressed_id: Hashable | None) -> None:
    match piece:
        case Label():
            _draw_label(surface, piece, panel, theme)
        case Target():
            _draw_target(surface, piece, panel, theme, is_pressed=pressed_id == piece.id)
        case Rectangle():
            _draw_rectangle(surface, piece, panel, theme)
        case NumberLabel():
            _draw_number(surface, piece, panel, theme)
        case Icon():
            _draw_icon(surface, piece, panel, theme)
        case Segment():
            _draw_segment(surface, piece, panel, theme)
        case Circle():
            _draw_circle(surface, piece, panel, theme)
        case Polygon():
            _draw_polygon(surface, piece, panel, theme)
        case QrCode():
            _draw_qr_code(surface, piece, panel, theme)
        case ImageFile():
            _draw_image(surface, piece, panel)
        case Picture():
            _draw_picture(surface, piece, panel, theme)
        case Shade():
            rect = panel.rect(piece.box.x, piece.box.y, piece.box.w, piece.box.h)
            surface.blit(_shade_surface(rect[2:], theme.rgb(piece.colour), round(piece.strength * 255)), rect[:2])


def line_centres(label: Label, count: int, panel: Panel) -> list[int]:
    """Return the vertical centre of each of ``count`` lines of a label, in pixels."""
    line_height = label.leading * label.size_mm
    first_centre = {
        VAlign.TOP: label.box.y + line_height / 2,
        VAlign.MIDDLE: label.box.y + label.box.h / 2 - (count - 1) * line_height / 2,
        VAlign.BOTTOM: label.box.bottom - line_height / 2 - (count - 1) * line_height,
    }[label.valign]
    return [panel.point(0, first_centre + line * line_height)[1] for line in range(count)]


def label_lines(label: Label, panel: Panel) -> tuple[tuple[str, ...], bool]:
    """Return the lines to draw and whether they fit the box's width."""
    px, max_width_px = panel.em_px(label.size_mm), panel.px(label.box.w)
    return fonts.choose_lines(label.text, label.short_text, label.max_lines, px, max_width_px, bold=label.bold)


def _draw_label(surface: pygame.Surface, label: Label, panel: Panel, theme: Theme) -> None:
    lines, _ = label_lines(label, panel)
    px, colour = panel.em_px(label.size_mm), theme.rgb(label.colour)
    left, _, width, _ = panel.rect(label.box.x, label.box.y, label.box.w, label.box.h)
    text, offset = fonts.normalize(label.text), 0
    for line, centre in zip(lines, line_centres(label, len(lines), panel), strict=True):
        rendered = _rendered_text(line, px, colour, bold=label.bold)
        x = left + _align_offset(label.align, width, rendered.get_width())
        baseline = centre + round(fonts.CAP_CENTRE_EM * px)
        surface.blit(rendered, (x, baseline - fonts.font(px, bold=label.bold).get_ascent()))
        if label.underline is not None:
            _underline(surface, label, line, offset, (x, baseline), panel, theme)
        offset += len(line)
        offset += text[offset : offset + 1] == " "  # not where a word is broken inside


def _underline(
    surface: pygame.Surface,
    label: Label,
    line: str,
    offset: int,
    line_start: tuple[int, int],
    panel: Panel,
    theme: Theme,
) -> None:
    """Underline the marked part of this line, which begins at letter ``offset`` of the text.

    ``line_start``: left end of the line's baseline, in pixels.
    """
    assert label.underline is not None
    first, end = max(label.underline[0] - offset, 0), min(label.underline[1] - offset, len(line))
    if first >= end:
        return
    px = panel.em_px(label.size_mm)
    x0 = line_start[0] + fonts.width_px(line[:first], px, bold=label.bold)
    x1 = line_start[0] + fonts.width_px(line[:end], px, bold=label.bold)
    top = line_start[1] + round(0.2 * px)
    pygame.draw.rect(surface, theme.rgb(Colour.ACCENT), (x0, top, x1 - x0, panel.line_px(1.0)))


def _draw_number(surface: pygame.Surface, number: NumberLabel, panel: Panel, theme: Theme) -> None:
    px, colour = panel.em_px(number.size_mm), theme.rgb(number.colour)
    left, top, width, height = panel.rect(number.box.x, number.box.y, number.box.w, number.box.h)
    x: float = left + _align_offset(number.align, width, round(number_width_em(number.text) * px))
    font = fonts.font(px, bold=True)
    y = top + height // 2 + round(fonts.CAP_CENTRE_EM * px) - font.get_ascent()
    for character in number.text:
        cell = cell_width_em(character) * px
        rendered = _rendered_text(character, px, colour, bold=True)
        surface.blit(rendered, (round(x + (cell - rendered.get_width()) / 2), y))
        x += cell


def _draw_target(surface: pygame.Surface, target: Target, panel: Panel, theme: Theme, *, is_pressed: bool) -> None:
    fill = target.pressed_fill if is_pressed and target.enabled and target.pressed_fill is not None else target.fill
    if fill is None and target.edge_colour is None:
        return
    edge_mm = theme.edge_mm if target.edge_mm is None else max(target.edge_mm, theme.edge_mm)
    _draw_rectangle(
        surface,
        Rectangle(target.box, fill, edge_colour=target.edge_colour, edge_mm=edge_mm, radius_mm=target.radius_mm),
        panel,
        theme,
    )


def _draw_rectangle(surface: pygame.Surface, rectangle: Rectangle, panel: Panel, theme: Theme) -> None:
    rect = pygame.Rect(panel.rect(rectangle.box.x, rectangle.box.y, rectangle.box.w, rectangle.box.h))
    edge_px = panel.line_px(rectangle.edge_mm) if rectangle.edge_colour is not None and rectangle.edge_mm > 0 else 0
    fill = theme.rgb(rectangle.fill) if rectangle.fill is not None else None
    edge_colour = theme.rgb(rectangle.edge_colour) if rectangle.edge_colour is not None and edge_px else None
    radius = min(panel.px(rectangle.radius_mm), rect.w // 2, rect.h // 2)
    if radius < 2:
        if fill is not None:
            surface.fill(fill, rect)
        if edge_colour is not None:
            pygame.draw.rect(surface, edge_colour, rect, edge_px)
        return
    _draw_rounded(surface, rect, radius, fill, edge_colour, edge_px)


def _draw_rounded(
    surface: pygame.Surface, rect: pygame.Rect, radius: int, fill: Rgb | None, edge_colour: Rgb | None, edge_px: int
) -> None:
    if fill is not None:
        surface.fill(fill, rect.inflate(-2 * radius, 0))
        surface.fill(fill, rect.inflate(0, -2 * radius))
    if edge_colour is not None:
        for side in (
            (rect.x + radius, rect.y, rect.w - 2 * radius, edge_px),
            (rect.x + radius, rect.bottom - edge_px, rect.w - 2 * radius, edge_px),
            (rect.x, rect.y + radius, edge_px, rect.h - 2 * radius),
            (rect.right - edge_px, rect.y + radius, edge_px, rect.h - 2 * radius),
        ):
            surface.fill(edge_colour, side)
    disc = _disc(radius, fill, edge_colour, edge_px)
    far_x, far_y = rect.right - radius, rect.bottom - radius
    for x, y, quarter in (
        (rect.x, rect.y, (0, 0, radius, radius)),
        (far_x, rect.y, (radius, 0, radius, radius)),
        (rect.x, far_y, (0, radius, radius, radius)),
        (far_x, far_y, (radius, radius, radius, radius)),
    ):
        surface.blit(disc, (x, y), quarter)


@lru_cache(maxsize=256)
def _disc(radius: int, fill: Rgb | None, edge_colour: Rgb | None, edge_px: int) -> pygame.Surface:
    """Return an anti-aliased disc with an edge, twice ``radius`` wide: all four corners."""
    size, middle = 2 * radius, radius * SUPERSAMPLING
    outer = edge_colour if edge_colour is not None else fill
    assert outer is not None
    enlarged = pygame.Surface((size * SUPERSAMPLING, size * SUPERSAMPLING), pygame.SRCALPHA)
    enlarged.fill((*outer, 0))
    pygame.draw.circle(enlarged, outer, (middle, middle), middle)
    if edge_colour is not None:
        inner = (*fill, 255) if fill is not None else (*edge_colour, 0)
        pygame.draw.circle(enlarged, inner, (middle, middle), middle - edge_px * SUPERSAMPLING)
    return pygame.transform.smoothscale(enlarged, (size, size))


def _draw_icon(surface: pygame.Surface, piece: Icon, panel: Panel, theme: Theme) -> None:
    left, top, width, height = panel.rect(piece.box.x, piece.box.y, piece.box.w, piece.box.h)
    size = min(width, height)
    rendered = icon(piece.name, size, theme.rgb(piece.colour), piece.stroke)
    surface.blit(rendered, (left + (width - size) // 2, top + (height - size) // 2))


def _draw_segment(surface: pygame.Surface, line: Segment, panel: Panel, theme: Theme) -> None:
    width = panel.line_px(line.width_mm)
    (x0, y0), (x1, y1) = panel.point(line.x0, line.y0), panel.point(line.x1, line.y1)
    colour = theme.rgb(line.colour)
    if y0 == y1:
        surface.fill(colour, (min(x0, x1), y0 - width // 2, abs(x1 - x0), width))
    elif x0 == x1:
        surface.fill(colour, (x0 - width // 2, min(y0, y1), width, abs(y1 - y0)))
    else:
        pygame.draw.line(surface, colour, (x0, y0), (x1, y1), width)


def _draw_circle(surface: pygame.Surface, circle: Circle, panel: Panel, theme: Theme) -> None:
    radius, width = max(1, panel.px(circle.radius_mm)), panel.line_px(circle.width_mm) if circle.width_mm else 0
    x, y = panel.point(circle.x, circle.y)
    surface.blit(_ring(radius, width, round(circle.fraction * 360), theme.rgb(circle.colour)), (x - radius, y - radius))


@lru_cache(maxsize=128)
def _ring(radius: int, width: int, degrees: int, colour: Rgb) -> pygame.Surface:
    """Return a disc or ring; with fewer than 360 degrees an arc from the top."""
    size, middle = 2 * radius * SUPERSAMPLING, radius * SUPERSAMPLING
    enlarged = pygame.Surface((size, size), pygame.SRCALPHA)
    enlarged.fill((*colour, 0))
    pygame.draw.circle(enlarged, colour, (middle, middle), middle, width * SUPERSAMPLING)
    if degrees < 360:
        centre = pygame.Vector2(middle, middle)
        rim = (centre + pygame.Vector2(0, -2 * size).rotate(angle) for angle in range(degrees, 361))
        undrawn_sector = [centre, *rim]
        pygame.draw.polygon(enlarged, (*colour, 0), undrawn_sector)
    return pygame.transform.smoothscale(enlarged, (2 * radius, 2 * radius))


def _draw_polygon(surface: pygame.Surface, shape: Polygon, panel: Panel, theme: Theme) -> None:
    points = [panel.point(x, y) for x, y in shape.points]
    pygame.draw.polygon(surface, theme.rgb(shape.fill), points)
    if shape.edge_colour is not None:
        edge_colour = theme.rgb(shape.edge_colour)
        outline = [*points, points[0]]
        pygame.draw.lines(surface, edge_colour, False, outline, panel.line_px(shape.edge_mm))  # noqa: FBT003
        pygame.draw.aalines(surface, edge_colour, False, outline)  # noqa: FBT003


def _draw_qr_code(surface: pygame.Surface, code: QrCode, panel: Panel, theme: Theme) -> None:
    left, top, width, height = panel.rect(code.box.x, code.box.y, code.box.w, code.box.h)
    rendered = _qr_image(code.content, min(width, height), theme.rgb(Colour.ON_CODE), theme.rgb(Colour.CODE))
    surface.blit(rendered, (left + (width - rendered.get_width()) // 2, top + (height - rendered.get_height()) // 2))


@lru_cache(maxsize=8)
def _qr_image(content: str, size_px: int, dark_colour: Rgb, light_colour: Rgb) -> pygame.Surface:
    """Return the code with its quiet zone, at most ``size_px`` pixels wide."""
    rows = [list(row) for row in segno.make_qr(content, error="m").matrix]
    module = max(1, size_px // (len(rows) + 2 * QUIET_ZONE))
    rendered = pygame.Surface(((len(rows) + 2 * QUIET_ZONE) * module,) * 2)
    rendered.fill(light_colour)
    for y, row in enumerate(rows, QUIET_ZONE):
        for x, dark in enumerate(row, QUIET_ZONE):
            if dark:
                rendered.fill(dark_colour, (x * module, y * module, module, module))
    return rendered


def _draw_picture(surface: pygame.Surface, picture: Picture, panel: Panel, theme: Theme) -> None:
    box, margin = picture.box, picture.on_paper_mm or 0.0
    rect = pygame.Rect(panel.rect(box.x, box.y, box.w, box.h))
    inner = rect.inflate(-2 * panel.px(margin), -2 * panel.px(margin))
    rendered = _scaled_png(picture.png, inner.size)
    place = rendered.get_rect(midleft=inner.midleft)
    if picture.on_paper_mm is not None:
        sheet = place.inflate(2 * panel.px(margin), 2 * panel.px(margin))
        _draw_rounded(surface, sheet, max(2, panel.px(margin)), WHITE, None, 0)
    surface.blit(rendered, place)


@lru_cache(maxsize=4)
def _scaled_png(png: bytes, max_size: tuple[int, int]) -> pygame.Surface:
    """Return the picture, scaled to fit ``max_size`` pixels."""
    image = pygame.image.load(BytesIO(png), "logo.png")
    scale = min(max_size[0] / image.get_width(), max_size[1] / image.get_height())
    size = max(1, round(image.get_width() * scale)), max(1, round(image.get_height() * scale))
    return pygame.transform.smoothscale(image, size)


def _draw_image(surface: pygame.Surface, image: ImageFile, panel: Panel) -> None:
    rect = pygame.Rect(panel.rect(image.box.x, image.box.y, image.box.w, image.box.h))
    rendered = _scaled_image(image.path, rect.size)
    surface.blit(rendered, rendered.get_rect(center=rect.center))


@lru_cache(maxsize=6)
def _scaled_image(path: str, max_size: tuple[int, int]) -> pygame.Surface:
    """Return the image file, scaled to fit ``max_size`` pixels."""
    image = pygame.image.load(path)
    scale = min(max_size[0] / image.get_width(), max_size[1] / image.get_height())
    size = round(image.get_width() * scale), round(image.get_height() * scale)
    return pygame.transform.smoothscale(image, size)


@lru_cache(maxsize=4)
def _shade_surface(size: tuple[int, int], colour: Rgb, alpha: int) -> pygame.Surface:
    """Return a translucent surface of one colour."""
    shade = pygame.Surface(size)
    shade.fill(colour)
    shade.set_alpha(alpha)
    return shade


@lru_cache(maxsize=512)
def _rendered_text(text: str, px: int, colour: Rgb, *, bold: bool) -> pygame.Surface:
    # Positional arguments: pygame 2.6.1, which works too, accepts no keywords.
    return fonts.font(px, bold=bold).render(text, True, colour)  # noqa: FBT003


def _align_offset(align: TextAlign, available_px: int, width_px: int) -> int:
    """Return the pixels to the left of a part of ``width_px`` in ``available_px``."""
    return {
        TextAlign.LEFT: 0,
        TextAlign.CENTRE: (available_px - width_px) // 2,
        TextAlign.RIGHT: available_px - width_px,
    }[align]
