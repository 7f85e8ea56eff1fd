"""The content of the screen as texts, without positions or sizes. Pure functions of the state.

Equal views look the same, so the screen is drawn again only when the view has changed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from config.clock import Now
from config.words import Words
from display.flow.calls import CALL_KINDS, oldest_first, still_called
from display.flow.state import STARTING_S, DisplayState, is_stale
from display.screens.messages import OPEN_STATES, Message, messages
from hardware.screens.clockface import date_line, hhmm, time_in_sentence
from server.wire.messages import Board, BoardService, Call, Office, Service, from_time

MAX_ROWS = 5  # of the board
MAX_RECENT = 3  # other numbers below a call in large digits
MAX_EARLIER_ROWS = 3  # numbers below the rows of the board that have left their counter
PAGE_DURATION_S = 8.0
BLINK_DURATION_S = 3.0
BLINKS_PER_S = 1.0


class ScreenKind(StrEnum):
    """The kinds of TV screens: one text, the board, or a call in large digits."""

    TEXT = "words"
    BOARD = "board"
    CALL = "call"


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


@dataclass(frozen=True, slots=True)
class CallPanel:
    """The call in large digits. ``repeat_text``: "second call" and so on.

    ``blink_on``: the tile has its own colours; False: they are exchanged, because the tile blinks.
    """

    number: str
    counter: str
    priority: bool
    service: str | None
    repeat_text: str | None
    blink_on: bool


@dataclass(frozen=True, slots=True)
class DisplayView:
    """One screen.

    ``text``: the text of a screen without a board, else empty. ``header`` None: the office is not known yet. ``rows``:
    numbers that are called or served. ``earlier_rows``: numbers called before. ``waiting``: the pages of the waiting
    list; ``page_turns``: how often pages have turned. ``stale_warning``: the warning while the board is out of date.
    """

    kind: ScreenKind
    header: Header | None
    text: str = ""
    rows: tuple[BoardRow, ...] = ()
    earlier_rows: tuple[BoardRow, ...] = ()
    waiting: tuple[tuple[WaitingLine, ...], ...] = ()
    page_turns: int = 0
    call_panel: CallPanel | None = None
    message: Message | None = None
    stale_warning: str | None = None


def view_of(state: DisplayState, words: Words, now: Now, *, lines_per_page: int) -> DisplayView:
    """Return the view of ``state``. ``lines_per_page``: services on one page of the waiting list."""
    board, office = state.board, state.office
    if board is None or office is None:
        return DisplayView(ScreenKind.TEXT, None, text=_text_before_data(state, words, now))
    header, stale_warning = _header(office, words, now), _stale_warning(state, words, now)
    if stale_warning is None and _is_closed(board, office):
        return DisplayView(ScreenKind.TEXT, header, text=_closed_text(office, words, now))
    rows = _rows(board, is_fresh=stale_warning is None)
    earlier_rows = _earlier_rows(board, rows)
    if stale_warning is None and state.call_panel:
        call_panel = _call_panel(state, office, words, now)
        other_rows = tuple(row for row in rows if row.number != call_panel.number)[:MAX_RECENT]
        return DisplayView(ScreenKind.CALL, header, rows=other_rows, call_panel=call_panel)
    page_turns = int(now.mono_s // PAGE_DURATION_S)
    message_pages = tuple(messages(state, board, office, words, now))
    return DisplayView(
        ScreenKind.BOARD,
        header,
        rows=rows[:MAX_ROWS],
        earlier_rows=earlier_rows[:MAX_EARLIER_ROWS],
        waiting=_pages(_waiting_lines(board, office, words), lines_per_page, words),
        page_turns=page_turns,
        message=message_pages[page_turns % len(message_pages)],
        stale_warning=stale_warning,
    )


def next_view_s(state: DisplayState, now: Now) -> float:
    """Return the next moment when a page turns, the tile blinks or a minute ends.

    It is in monotonic seconds.
    """
    moments = [(now.mono_s // PAGE_DURATION_S + 1) * PAGE_DURATION_S]
    half_blink_s = 0.5 / BLINKS_PER_S
    if state.call_panel and now.mono_s - state.panel_since_s < BLINK_DURATION_S:
        half_blinks = int((now.mono_s - state.panel_since_s) / half_blink_s)
        moments.append(state.panel_since_s + (half_blinks + 1) * half_blink_s)
    if state.office is not None:
        next_minute_in_ms = 60_000 - now.wall_ms % 60_000
        moments.append(now.mono_s + next_minute_in_ms / 1000 / max(state.speed, 1.0) + 0.005)
    return min(moments)


def _text_before_data(state: DisplayState, words: Words, now: Now) -> str:
    if now.mono_s - state.started_at_s < STARTING_S:
        return words("tv", "Đang khởi động, xin chờ…")
    return words("tv", "Chưa nhận được thông tin. Mời nghe cán bộ gọi số tại quầy")


def _header(office: Office, words: Words, now: Now) -> Header:
    mode_warnings = {
        "demo": words("mode", "BẢN TRÌNH DIỄN - KHÔNG PHẢI SỐ THẬT"),
        "practice": words("mode", "ĐANG DIỄN TẬP - SỐ KHÔNG CÓ GIÁ TRỊ"),
    }
    is_undated = office.day.state == "open" and office.day.date is None  # the server does not trust the date
    return Header(
        centre_name=words("visitor", "Trung tâm Phục vụ hành chính công") if office.one_stop else None,
        hall_name=words.pick(office.name),
        date=words("day", "Chưa rõ ngày") if is_undated else date_line(words, now.wall_ms, office.zone),
        time="--:--" if is_undated else hhmm(now.wall_ms, office.zone),
        mode_warning=mode_warnings.get(office.mode),
    )


def _stale_warning(state: DisplayState, words: Words, now: Now) -> str | None:
    """Return the warning that the board is out of date; None if it is not.

    The warning contains the time of the last heartbeat of the board's server, else the time of the board.
    """
    if not is_stale(state, now) or state.board is None:
        return None
    last_ms = state.last_proof_at_ms if state.last_proof_at_ms is not None else from_time(state.board.at)
    return words("tv", "Mất kết nối. Thông tin cập nhật lúc {time}", time=hhmm(last_ms, state.zone))


def _is_closed(board: Board, office: Office) -> bool:
    """Return whether the hall is closed, and no visitor waits or is served."""
    if office.day.state in OPEN_STATES:
        return False
    is_busy = any(counter.ticket is not None for counter in board.counters)
    return not is_busy and not any(service.waiting for service in board.services)


def _closed_text(office: Office, words: Words, now: Now) -> str:
    if office.day.next_open is None:
        return words("tv", "Trung tâm đã đóng cửa")
    opening_text = time_in_sentence(words, from_time(office.day.next_open), now.wall_ms, office.zone)
    return words("tv", "Trung tâm đã đóng cửa. Mở lại lúc {when}", when=opening_text)


def _rows(board: Board, *, is_fresh: bool) -> tuple[BoardRow, ...]:
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


def _earlier_rows(board: Board, rows: Sequence[BoardRow]) -> tuple[BoardRow, ...]:
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


def _waiting_lines(board: Board, office: Office, words: Words) -> tuple[WaitingLine, ...]:
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


def _pages(lines: Sequence[WaitingLine], lines_per_page: int, words: Words) -> tuple[tuple[WaitingLine, ...], ...]:
    """Divide the lines into pages: one, if they fit.

    Otherwise the services without waiting people share one line. If the lines still do not fit, they are divided evenly
    into pages, which are one line shorter because the page number takes a line.
    """
    if len(lines) > lines_per_page:
        empty = [line for line in lines if line.count == 0]
        nonempty = [line for line in lines if line.count != 0]
        lines = [*nonempty, _combined_line(empty, words)] if len(empty) > 1 else lines
    if len(lines) <= lines_per_page:
        return (tuple(lines),)
    page_count = math.ceil(len(lines) / (lines_per_page - 1))
    page_size = math.ceil(len(lines) / page_count)
    return tuple(tuple(lines[start : start + page_size]) for start in range(0, len(lines), page_size))


def _combined_line(empty: Sequence[WaitingLine], words: Words) -> WaitingLine:
    return WaitingLine("", words("tv", "{n} lĩnh vực khác không có người chờ", n=len(empty)), 0)


def _call_panel(state: DisplayState, office: Office, words: Words, now: Now) -> CallPanel:
    call = state.call_panel[0]
    names = {service.id: service.name for service in office.services}
    service = names.get(call.service) if call.service is not None else None
    half_blinks = int((now.mono_s - state.panel_since_s) * 2 * BLINKS_PER_S)
    return CallPanel(
        number=call.number or "",
        counter=call.label or "",
        priority=call.ticket_class == "priority",
        service=words("tv", "Lĩnh vực: {service}", service=words.pick(service)) if service is not None else None,
        repeat_text=words("tv", "GỌI LẦN {n}", n=call.times) if call.times > 1 else None,
        blink_on=now.mono_s - state.panel_since_s >= BLINK_DURATION_S or half_blinks % 2 == 0,
    )
