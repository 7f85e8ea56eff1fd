"""The pages of the message band: rule, day, counters, missed numbers, services and notices."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from config.words import Words
from hardware.screens.clockface import hhmm
from server.wire.messages import Board, CounterStateName, Office, from_time

MISSED_PER_PAGE = 10
MAX_NUMBERS_LEFT_SHOWN = 5  # of a service, from which the message band warns
MAX_NOTICE_PART = 64  # characters of a notice on one page of the band; a longer one takes several pages
OPEN_STATES = ("open", "lunch")
"""States of the office (``Day.state``) in which it has not closed for the day."""


@dataclass(frozen=True, slots=True)
class Message:
    """One page of the message band. ``has_priority_mark``: the boxed ƯT before ``right_text``, at the right."""

    text: str
    right_text: str | None = None
    has_priority_mark: bool = False


def messages(board: Board, office: Office, words: Words, wall_ms: int, *, is_silent: bool) -> Iterator[Message]:
    """Yield the pages of the message band, the rule first.

    ``is_silent``: calls of this display cannot be heard now.
    """
    rule = words("tv", "Đến trước phục vụ trước, theo từng lĩnh vực")
    if office.rule.head_start_min > 0:
        yield Message(rule, words("tv", "Số có chữ ƯT là số ưu tiên theo quy định"), has_priority_mark=True)
        minutes = office.rule.head_start_min
        yield Message(
            words(
                "tv",
                "Đến trước phục vụ trước; số ưu tiên được tính như lấy sớm hơn {minutes} phút",
                minutes=minutes,
            )
        )
    else:
        yield Message(rule)
    yield from _day_messages(office, words)
    for counter in board.counters:
        if counter.state is CounterStateName.PAUSED:
            yield Message(_pause_text(counter.label, counter.until, office.zone, words))
    for start in range(0, len(board.missed), MISSED_PER_PAGE):
        numbers = ", ".join(board.missed[start : start + MISSED_PER_PAGE])
        yield Message(words("tv", "SỐ VẮNG MẶT: {numbers}", numbers=numbers))
    if board.missed:
        yield Message(words("tv", "Nếu lỡ lượt, mời báo lại cán bộ tại quầy"))
    yield from _service_messages(office, words)
    for notice in office.notices:
        if notice.on_tv and notice.is_current(wall_ms):
            parts = textwrap.wrap(words.pick(notice.text), MAX_NOTICE_PART)
            yield from map(Message, parts)
    if is_silent:
        yield Message(words("tv", "Loa đang tắt, mời theo dõi màn hình"))


def _day_messages(office: Office, words: Words) -> Iterator[Message]:
    if office.day.state == "lunch" and office.day.next_open is not None:
        time = hhmm(from_time(office.day.next_open), office.zone)
        yield Message(words("tv", "Nghỉ trưa đến {time}. Số lấy buổi sáng vẫn có giá trị", time=time))
    elif office.day.state not in OPEN_STATES:
        yield Message(words("tv", "Đã hết giờ tiếp nhận. Các số đang chờ vẫn được phục vụ"))


def _pause_text(label: str, until: str | None, zone: str, words: Words) -> str:
    if until is None:
        return words("tv", "Quầy {counter} tạm dừng phục vụ", counter=label)
    time = hhmm(from_time(until), zone)
    return words("tv", "Quầy {counter} tạm dừng đến {time}", counter=label, time=time)


def _service_messages(office: Office, words: Words) -> Iterator[Message]:
    for service in office.services:
        name = words.pick(service.name)
        if service.state == "full":
            yield Message(words("tv", "Lĩnh vực {service}: đã hết số của buổi này", service=name))
        elif service.state == "open" and service.left is not None and 0 < service.left <= MAX_NUMBERS_LEFT_SHOWN:
            yield Message(words("tv", "Lĩnh vực {service}: còn {n} số của buổi này", service=name, n=service.left))
