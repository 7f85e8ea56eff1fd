"""The texts of the hall's screen from board and office: header, numbers, waiting list. Pure functions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from config.words import Words
from hardware.screens.clockface import date_line, hhmm, time_in_sentence
from server.display_content.calls import CALL_KINDS, oldest_first, still_called
from server.display_content.messages import OPEN_STATES
from server.wire.messages import Board, BoardService, Call, Office, Service, from_time

MAX_ROWS = 5  # of the board
MAX_RECENT = 3  # other numbers below a call in large digits
MAX_EARLIER_ROWS = 3  # numbers below the rows of the board that have left their counter
PAGE_DURATION_S = 8.0


@dataclass(frozen=True, slots=True)
class Header:
    """The texts at the top of each screen. ``mode_warning``: this is a demonstration or a practice."""

    centre_name: str | None
    hall_name: str
    date: str
    time: str
    mode_warning: str | None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A number and the label of its counter. ``calling``: it is being called now."""

    number: str
    counter: str
    priority: bool
    calling: bool


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line of the waiting list. ``prefix``: the letter of the service. ``count``: people waiting; None: unknown."""

    prefix: str
    name: str
    count: int | None


def header(office: Office, words: Words, wall_ms: int) -> Header:
    """Return the texts at the top of each screen."""
    mode_warnings = {
        "demo": words("mode", "BẢN TRÌNH DIỄN - KHÔNG PHẢI SỐ THẬT"),
        "practice": words("mode", "ĐANG DIỄN TẬP - SỐ KHÔNG CÓ GIÁ TRỊ"),
    }
    is_undated = office.day.state == "open" and office.day.date is None  # the server does not trust the date
    return Header(
        centre_name=words("visitor", "Trung tâm Phục vụ hành chính công") if office.one_stop else None,
        hall_name=words.pick(office.name),
        date=words("day", "Chưa rõ ngày") if is_undated else date_line(words, wall_ms, office.zone),
        time="--:--" if is_undated else hhmm(wall_ms, office.zone),
        mode_warning=mode_warnings.get(office.mode),
    )


def is_closed(board: Board, office: Office) -> bool:
    """Return whether the hall is closed, and no visitor waits or is served."""
    if office.day.state in OPEN_STATES:
        return False
    is_busy = any(counter.ticket is not None for counter in board.counters)
    return not is_busy and not any(service.waiting for service in board.services)


def closed_text(office: Office, words: Words, wall_ms: int) -> str:
    """Return the only text of the screen of a closed hall."""
    if office.day.next_open is None:
        return words("tv", "Trung tâm đã đóng cửa")
    opening_text = time_in_sentence(words, from_time(office.day.next_open), wall_ms, office.zone)
    return words("tv", "Trung tâm đã đóng cửa. Mở lại lúc {when}", when=opening_text)


def called_rows(board: Board, *, is_fresh: bool) -> tuple[BoardRow, ...]:
    """Return the called tickets, the last call first, then those being served.

    ``is_fresh`` False: the board may be old, so no number counts as being called. A number whose call is not among the
    last twenty comes last, as it has been there longest.
    """
    calls = _last_calls(board)
    position_by_number = {number: position for position, number in enumerate(calls)}
    rows: list[BoardRow] = []
    for counter in board.counters:
        ticket = counter.ticket
        if ticket is not None:
            call = calls.get(ticket.number)
            calling = is_fresh and call is not None and still_called(board, call)
            rows.append(BoardRow(ticket.number, counter.label, ticket.ticket_class == "priority", calling=calling))
    return tuple(
        sorted(rows, key=lambda row: (not row.calling, position_by_number.get(row.number, len(position_by_number))))
    )


def earlier_rows(board: Board, rows: Sequence[BoardRow]) -> tuple[BoardRow, ...]:
    """Return numbers that were called before and have left their counter.

    Missed numbers are left out, because the message band names them.
    """
    displayed_or_missed = {row.number for row in rows} | set(board.missed)
    return tuple(
        BoardRow(number, call.label or "", call.ticket_class == "priority", calling=False)
        for number, call in _last_calls(board).items()
        if number not in displayed_or_missed
    )


def _last_calls(board: Board) -> dict[str, Call]:
    """Return the last call of each number, the newest first."""
    calls: dict[str, Call] = {}
    for call in reversed(oldest_first(board)):
        if call.kind in CALL_KINDS and call.number is not None:
            calls.setdefault(call.number, call)
    return calls


def waiting_lines(board: Board, office: Office, words: Words) -> tuple[WaitingLine, ...]:
    """Return the services that have a counter or people waiting, those with people first."""
    board_services = {service.id: service for service in board.services}
    lines = [
        _waiting_line(service, board_services.get(service.id), words)
        for service in office.services
        if _is_listed(service, board_services.get(service.id))
    ]
    return tuple(sorted(lines, key=lambda line: line.count == 0))


def _waiting_line(service: Service, board_service: BoardService | None, words: Words) -> WaitingLine:
    count = None if board_service is None else board_service.waiting
    return WaitingLine(service.prefix, words.pick(service.name), count)


def _is_listed(service: Service, board_service: BoardService | None) -> bool:
    return service.state != "no_counter" or (board_service is not None and board_service.waiting > 0)


def waiting_pages(
    lines: Sequence[WaitingLine], lines_per_page: int, words: Words
) -> tuple[tuple[WaitingLine, ...], ...]:
    """Divide the lines into pages: one, if they fit.

    Otherwise the services without waiting people share one line. If the lines still do not fit, they are divided evenly
    into pages, which are one line shorter because the page number takes a line.
    """
    if len(lines) > lines_per_page:
        empty = [line for line in lines if line.count == 0]
        nonempty = [line for line in lines if line.count != 0]
        lines = [*nonempty, _combined_line(empty, words, has_others=bool(nonempty))] if len(empty) > 1 else lines
    if len(lines) <= lines_per_page:
        return (tuple(lines),)
    page_count = math.ceil(len(lines) / (lines_per_page - 1))
    page_size = math.ceil(len(lines) / page_count)
    return tuple(tuple(lines[start : start + page_size]) for start in range(0, len(lines), page_size))


def _combined_line(empty: Sequence[WaitingLine], words: Words, *, has_others: bool) -> WaitingLine:
    """Return the line of the services without waiting people. ``has_others``: other services have lines."""
    if has_others:
        return WaitingLine("", words("tv", "{n} lĩnh vực khác không có người chờ", n=len(empty)), 0)
    return WaitingLine("", words("tv", "{n} lĩnh vực không có người chờ", n=len(empty)), 0)


def call_service_text(call: Call, office: Office, words: Words) -> str | None:
    """Return the service of a call in large digits, None if it is unknown."""
    names = {service.id: service.name for service in office.services}
    service = names.get(call.service) if call.service is not None else None
    return words("tv", "Lĩnh vực: {service}", service=words.pick(service)) if service is not None else None


def repeat_text(call: Call, words: Words) -> str | None:
    """Return "second call" and so on; None for a first call."""
    return words("tv", "GỌI LẦN {n}", n=call.times) if call.times > 1 else None


def stale_text(words: Words, time: str) -> str:
    """Return the warning that the board is of ``time`` ("08:42") and out of date."""
    return words("tv", "Mất kết nối. Thông tin cập nhật lúc {time}", time=time)


def no_data_text(words: Words) -> str:
    """Return the text of a screen that has received nothing."""
    return words("tv", "Chưa nhận được thông tin. Mời nghe cán bộ gọi số tại quầy")
