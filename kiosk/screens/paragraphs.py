"""Stack paragraphs below each other. Where there is no room they are shrunk or left out, never cut.

Lengths are in millimetres.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hardware.screens.scene import Box, Label, Piece, TextAlign, VAlign
from hardware.screens.theme import Colour
from kiosk.screens.view import CONTENT_TOP, CONTENT_WIDTH, LOW_REACH_TOP, MARGIN, SIDE_BOX, KioskView, Pieces
from kiosk.ticket_texts import counter_labels


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One text of a stack. ``size``: font size (em) in mm. ``leading``: line height in em.

    ``max_lines``: the most lines it may have. ``gap``: mm above it, unless it is the first. ``underline``: the
    underlined characters as in ``Label``.
    """

    text: str
    size: float
    bold: bool = False
    colour: Colour = Colour.INK
    max_lines: int = 2
    leading: float = 1.2
    gap: float = 0.0
    underline: tuple[int, int] | None = None


def stack_height(view: KioskView, max_width: float, paragraphs: Sequence[Paragraph]) -> float:
    """Return the height of the paragraphs below each other, at a width of ``max_width`` mm."""
    return sum(_height(view, max_width, paragraph) for paragraph in paragraphs) + sum(
        paragraph.gap for paragraph in paragraphs[1:]
    )


def _height(view: KioskView, max_width: float, paragraph: Paragraph) -> float:
    lines = view.line_count(paragraph.text, paragraph.size, max_width, bold=paragraph.bold)
    return lines * paragraph.leading * paragraph.size


def stack(
    view: KioskView,
    box: Box,
    paragraphs: Sequence[Paragraph],
    *,
    valign: VAlign = VAlign.MIDDLE,
    align: TextAlign = TextAlign.LEFT,
) -> Pieces:
    """Draw paragraphs below each other, aligned as a group in ``box``."""
    free_height = box.h - stack_height(view, box.w, paragraphs)
    y = box.y + {VAlign.TOP: 0.0, VAlign.MIDDLE: free_height / 2, VAlign.BOTTOM: free_height}[valign]
    pieces: list[Piece] = []
    for index, paragraph in enumerate(paragraphs):
        y += paragraph.gap if index else 0.0
        height = _height(view, box.w, paragraph)
        pieces.append(
            Label(
                Box(box.x, y, box.w, height + 0.2),
                paragraph.text,
                paragraph.size,
                paragraph.colour,
                paragraph.bold,
                align,
                VAlign.TOP,
                paragraph.max_lines,
                paragraph.leading,
                underline=paragraph.underline,
            )
        )
        y += height
    return tuple(pieces)


def without_overflow(view: KioskView, box: Box, paragraphs: Sequence[Paragraph]) -> Sequence[Paragraph]:
    """Return ``paragraphs`` without the last ones, which do not fit the height of ``box``.

    A text is left out, never cut.
    """
    fitted = list(paragraphs)
    while len(fitted) > 1 and stack_height(view, box.w, fitted) > box.h - 5:
        fitted.pop()
    return fitted


def shrink_to_fit(
    view: KioskView, paragraphs: Sequence[Paragraph], width: float, height: float, *, min_scale: float
) -> Sequence[Paragraph]:
    """Return ``paragraphs``, scaled down to fit, but not below ``min_scale``."""
    scale, scaled = 1.0, paragraphs
    while stack_height(view, width, scaled) > height and scale > min_scale:
        scale -= 0.05
        scaled = [
            replace(
                paragraph, size=paragraph.size * scale, gap=paragraph.gap * scale, max_lines=paragraph.max_lines + 2
            )
            for paragraph in paragraphs
        ]
    return scaled


def split_sentences(text: str) -> list[str]:
    """Split a text into sentences, each for a paragraph of its own."""
    parts = text.replace("? ", "?\n").replace(". ", ".\n").replace("! ", "!\n").split("\n")
    return [part for part in parts if part]


def split_label(text: str) -> tuple[str, str]:
    """Split a text such as "Số người chờ trước: 4" into label and value."""
    label, _, value = text.partition(": ")
    return label, value


def counters_line(view: KioskView, counters: Sequence[str]) -> str:
    """Return the line "Quầy phục vụ: 2, 3", with the labels of the counters.

    It is empty when no counter is given.
    """
    labels = counter_labels(view.hall.office, counters)
    return view.words("ticket", "Quầy phục vụ: {counters}", counters=labels) if labels else ""


def message_paragraphs(view: KioskView, text: str) -> list[Paragraph]:
    """Return the sentences of a message as paragraphs, the first one large."""
    scale = 1.15 if view.large_text else 1.0
    first, *others = split_sentences(text)
    head = Paragraph(first, 15 * scale, bold=True, colour=Colour.ON_WARN, max_lines=4, leading=1.2)
    return [head] + [
        Paragraph(sentence, 12 * scale, colour=Colour.ON_WARN, max_lines=4, leading=1.3, gap=3) for sentence in others
    ]


def heading(view: KioskView, box: Box, paragraphs: Sequence[Paragraph], *, valign: VAlign = VAlign.MIDDLE) -> Pieces:
    """Draw the heading of a screen.

    It lies above the content in ``box``; on a landscape panel, in the side column.
    """
    if not view.landscape:
        return stack(view, box, paragraphs, valign=valign)
    narrow = [_narrow(view, paragraph) for paragraph in paragraphs]
    return stack(
        view,
        SIDE_BOX,
        without_overflow(view, SIDE_BOX, shrink_to_fit(view, narrow, SIDE_BOX.w, SIDE_BOX.h - 5, min_scale=0.7)),
    )


def _narrow(view: KioskView, paragraph: Paragraph) -> Paragraph:
    """Return the paragraph for the narrow side column.

    It may take more lines, and is so small that its widest word fits.
    """
    widest = max(
        (view.text_width(word, paragraph.size, bold=paragraph.bold) for word in paragraph.text.split()), default=0.0
    )
    size = paragraph.size if widest <= SIDE_BOX.w else paragraph.size * SIDE_BOX.w / widest * 0.98
    return replace(paragraph, size=size, max_lines=paragraph.max_lines + 3)


def title(view: KioskView, text: str) -> Pieces:
    """Draw a screen's title; a long one is smaller and takes two lines."""
    size = 16.5 * (1.2 if view.large_text else 1.0)
    box = (
        Box(MARGIN, LOW_REACH_TOP - 30, CONTENT_WIDTH, 28)
        if view.low_reach
        else Box(MARGIN, CONTENT_TOP - 1, CONTENT_WIDTH, 23)
    )
    lines = 1
    while not view.landscape and view.line_count(text, size, CONTENT_WIDTH, bold=True) > lines and size > 7:
        size, lines = size - 0.5, 2 if size < 10.8 else 1
    return heading(view, box, [Paragraph(text, size, bold=True, max_lines=lines, leading=1.15 if lines == 1 else 1.05)])


def button_paragraphs(view: KioskView, text: str, subtitle: str, *, always_subtitle: bool) -> list[Paragraph]:
    """Return the texts of a large button.

    ``always_subtitle``: larger text leaves room for the subtitle, too.
    """
    paragraphs = [Paragraph(text, 14 * (1.2 if view.large_text else 1.0), bold=True, leading=1.1)]
    if always_subtitle or not view.large_text:
        paragraphs.append(Paragraph(subtitle, 10.3 * (1.2 if view.large_text else 1.0), colour=Colour.INK2, gap=1.5))
    return paragraphs
