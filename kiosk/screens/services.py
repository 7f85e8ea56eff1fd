"""The screens on which a visitor chooses a group of services and a service.

Each shows how many wait. Lengths are in millimetres.
"""

from collections.abc import Sequence

from hardware.screens import clockface
from hardware.screens.scene import Box, Icon, Label, Piece, Rectangle, Scene, TextAlign
from hardware.screens.theme import Colour
from kiosk.flow.taps import ChooseGroup, ChooseService, OpenSearch
from kiosk.screens.frame import frame
from kiosk.screens.paragraphs import Paragraph, shrink_to_fit, stack, title
from kiosk.screens.view import CONTENT_WIDTH, LOW_REACH_TOP, MARGIN, ROWS_BOTTOM, KioskView, Pieces
from kiosk.screens.widgets import PAGER_Y, button_target, count_pages, pager, row, row_boxes
from server.wire.messages import OfficeGroup, Service, from_time

MAX_NUMBERS_LEFT_SHOWN = 5
"""When at most so many numbers may still be issued, their count replaces the word "waiting"."""

COUNT_WIDTH = 40.0


def groups(view: KioskView) -> Scene:
    """Draw the groups, then the services of no group."""
    choices: list[OfficeGroup | Service] = [*view.hall.groups(), *view.hall.services_without_group()]
    return _choices(view, view.words("kiosk", "Chọn nhóm lĩnh vực"), choices)


def services(view: KioskView) -> Scene:
    """Draw the services of the chosen group; all services without one."""
    group = view.hall.group(view.visit.group)
    if group is None:
        return _choices(view, view.words("kiosk", "Chọn lĩnh vực"), view.hall.listed_services())
    return _choices(view, view.words.pick(group.name), view.hall.services_of_group(group))


def _choices(view: KioskView, heading: str, listed: Sequence[OfficeGroup | Service]) -> Scene:
    """Draw a page of groups and services below the field that opens the search."""
    words = view.words
    size = 10.3 * (1.2 if view.large_text else 1.0)
    search_y = LOW_REACH_TOP if view.low_reach else 76.0
    text = words("kiosk", "Tìm thủ tục (ví dụ: “khai sinh”)")
    box = Box(MARGIN, search_y, CONTENT_WIDTH, 20 if not view.large_text else 24)
    pieces: list[Piece] = [
        *title(view, heading),
        button_target(OpenSearch(), box, text),
        Icon(Box(MARGIN + 21, box.y + (box.h - 10) / 2, 12, 10), "search"),
        Label(Box(69, box.y, 206, box.h), text, size, Colour.INK2, short_text=words("kiosk", "Tìm thủ tục")),
    ]
    rows_per_page = {(False, False): 6, (True, False): 4, (False, True): 3, (True, True): 2}[
        view.large_text, view.low_reach
    ]
    pages = count_pages(len(listed), rows_per_page)
    page = min(view.visit.page, pages - 1)
    boxes = row_boxes(box.bottom + 3.5, ROWS_BOTTOM, rows_per_page, 4)
    for row_box, choice in zip(boxes, listed[page * rows_per_page : (page + 1) * rows_per_page], strict=False):
        pieces += (
            _service_row(view, row_box, choice) if isinstance(choice, Service) else _group_row(view, row_box, choice)
        )
    return (*frame(view), *pieces, *pager(view, PAGER_Y, page, pages))


def _group_row(view: KioskView, box: Box, group: OfficeGroup) -> Pieces:
    """Draw a group: name, some of its services, and how many wait for them."""
    members = view.hall.services_of_group(group)
    paragraphs = _texts(view, box, view.words.pick(group.name), [view.words.pick(member.name) for member in members])
    return (
        *row(view, ChooseGroup(group.id), box, paragraphs, icon="folder", reserved_width=COUNT_WIDTH),
        *_waiting_count(view, Box(box.right - 60, box.y, COUNT_WIDTH, box.h), members),
    )


def _service_row(view: KioskView, box: Box, service: Service) -> Pieces:
    """Draw a service: letter, name, examples of procedures, and how many wait."""
    prefix = service.prefix
    procedures = [view.words.pick(procedure.name) for procedure in view.hall.procedures_of(service.id)]
    paragraphs = _texts(view, box, view.words.pick(service.name), procedures)
    tile = Box(MARGIN + 11, box.y + (box.h - 30) / 2, 30, 30)
    return (
        *row(view, ChooseService(service.id), box, paragraphs, reserved_width=COUNT_WIDTH),
        Rectangle(
            tile, Colour.TILE, edge_colour=Colour.LINE_STRONG if view.visit.access.contrast else None, radius_mm=1.5
        ),
        Label(tile, prefix, 19 if len(prefix) == 1 else 14, Colour.ON_TILE, bold=True, align=TextAlign.CENTRE),
        *_waiting_count(view, Box(box.right - 60, box.y, COUNT_WIDTH, box.h), [service]),
    )


def _texts(view: KioskView, box: Box, name: str, examples: Sequence[str]) -> Sequence[Paragraph]:
    """Return a row's name, and below one line the examples that fit another."""
    scale = 1.3 if view.large_text else 1.0
    width = box.right - 8 - 10 - 2 - COUNT_WIDTH - 69  # of the texts in ``row``
    if view.line_count(name, 13.5 * scale, width, bold=True) > 1:
        long_name = Paragraph(name, 13.5 * scale, bold=True, max_lines=6, leading=1.12)
        return shrink_to_fit(view, [long_name], width, box.h - 5, min_scale=0.5)
    text = ""
    for example in examples:
        longer = f"{text}, {example}" if text else example
        if view.text_width(longer, 9.2 * scale, bold=False) > width:
            break
        text = longer
    line = [Paragraph(text, 9.2 * scale, colour=Colour.INK2, max_lines=1, gap=2)] if text else []
    return [Paragraph(name, 13.5 * scale, bold=True, leading=1.12), *line]


def _waiting_count(view: KioskView, box: Box, listed: Sequence[Service]) -> Pieces:
    """Draw how many wait for services, or why none of them issues numbers."""
    words, size = view.words, 7.8 * (1.12 if view.large_text else 1.0)
    first = listed[0]
    closed_texts = {
        "full": words("kiosk", "đã hết số"),
        "closed": _stopped_text(view, first) if first.stopped else words("kiosk", "ngoài giờ"),
        "no_counter": words("kiosk", "chưa có quầy") if first.place is None else words("kiosk", "nơi khác"),
    }
    if all(service.state in closed_texts for service in listed):
        reason = Paragraph(closed_texts[first.state], size, colour=Colour.INK2, max_lines=4)
        return stack(view, box, [reason], align=TextAlign.RIGHT)
    counts = [count for service in listed if (count := view.hall.waiting(service.id)) is not None]
    if not counts:
        return ()
    text = words("kiosk", "đang chờ")
    if len(listed) == 1 and first.left is not None and first.left <= MAX_NUMBERS_LEFT_SHOWN:
        text = words("kiosk", "còn {n} số", n=first.left)
    paragraphs = [
        Paragraph(str(sum(counts)), 14 * (1.2 if view.large_text else 1.0), bold=True, leading=1.1),
        Paragraph(text, size, colour=Colour.INK2, gap=1),
    ]
    return stack(view, box, paragraphs, align=TextAlign.RIGHT)


def _stopped_text(view: KioskView, service: Service) -> str:
    """Return that staff stopped the service, and until when."""
    if service.until is None:
        return view.words("kiosk", "ngừng cấp số")
    time = clockface.hhmm(from_time(service.until), view.zone)
    return view.words("kiosk", "ngừng cấp số đến {time}", time=time)
