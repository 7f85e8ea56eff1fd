"""What the hall display shows, in words: from the station's state to texts, before any place or size. Pure.

Two equal views look the same, so the screen is drawn again only when the view changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from config.clock import Now
from config.words import Words
from display.announcer import CALLS, in_order, muted, still_called
from display.board import STARTING_S, Display, is_stale
from hardware.ports import State
from hardware.screens.clockface import date_line, hhmm, when
from server.wire.messages import Board, BoardService, Call, CounterStateName, Office, Service, from_time

ROWS = 5
RECENT = 3
PAST = 3
PAGE_S = 8.0
BLINK_S = 3.0
BLINKS_PER_S = 1.0
MISSED_A_PAGE = 10
LAST_FEW = 5
OPEN_STATES = ("open", "lunch")


class Kind(StrEnum):
    WORDS = "words"
    BOARD = "board"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Header:
    """``band``: that this is a demonstration or a practice."""

    centre: str
    hall: str
    date: str
    clock: str
    band: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A number and its counter. ``calling``: now being called."""

    number: str
    counter: str
    priority: bool
    calling: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A service's line. ``count`` None: nobody told us."""

    prefix: str
    name: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Panel:
    """The call in large digits. ``again``: which call it is, from the second on. ``lit``: the blinking tile."""

    number: str
    counter: str
    priority: bool
    service: str | None
    again: str | None
    lit: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One page of the message band. ``mark``: the boxed ƯT before ``aside``, at the right."""

    text: str
    aside: str | None = None
    mark: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """``text``: instead of a board. ``rows``: those called or served; ``past``: those called before. ``stale``: the
    warning, while the picture is not fresh."""

    kind: Kind
    header: Header | None
    text: str = ""
    rows: tuple[Row, ...] = ()
    past: tuple[Row, ...] = ()
    waiting: tuple[tuple[Waiting, ...], ...] = ()
    turn: int = 0
    panel: Panel | None = None
    message: Message | None = None
    stale: str | None = None


def look(state: Display, words: Words, now: Now, *, a_page: int) -> View:
    """What is to be seen now. ``a_page``: services on one page of the waiting list."""
    board, office = state.board, state.office
    if board is None or office is None:
        return View(Kind.WORDS, None, text=_nothing_yet(state, words, now))
    head, stale = _header(office, words, now), _stale(state, words, now)
    if stale is None and _is_closed(board, office):
        return View(Kind.WORDS, head, text=_closed(office, words, now))
    rows = _rows(board, fresh=stale is None)
    past = _past(board, rows)
    if stale is None and state.panel:
        panel = _panel(state, office, words, now)
        others = tuple(row for row in rows if row.number != panel.number)[:RECENT]
        return View(Kind.CALL, head, rows=others, panel=panel)
    turn = int(now.mono_s // PAGE_S)
    messages = tuple(_messages(state, board, office, words, now))
    return View(
        Kind.BOARD,
        head,
        rows=rows[:ROWS],
        past=past[:PAST],
        waiting=_pages(_lines(board, office, words), a_page, words),
        turn=turn,
        message=messages[turn % len(messages)],
        stale=stale,
    )


def next_look(state: Display, now: Now) -> float:
    """The monotonic moment at which the view changes by itself: a page turns, the tile blinks, a minute ends."""
    moments = [(now.mono_s // PAGE_S + 1) * PAGE_S]
    half_s = 0.5 / BLINKS_PER_S
    if state.panel and now.mono_s - state.panel_s < BLINK_S:
        gone = int((now.mono_s - state.panel_s) / half_s)
        moments.append(state.panel_s + (gone + 1) * half_s)
    if state.office is not None:
        left_ms = 60_000 - now.wall_ms % 60_000
        moments.append(now.mono_s + left_ms / 1000 / max(state.speed, 1.0) + 0.005)
    return min(moments)


def _nothing_yet(state: Display, words: Words, now: Now) -> str:
    if now.mono_s - state.started_s < STARTING_S:
        return words("tv", "Đang khởi động, xin chờ…")
    return words("tv", "Chưa nhận được thông tin. Mời nghe cán bộ gọi số tại quầy")


def _header(office: Office, words: Words, now: Now) -> Header:
    bands = {
        "demo": words("mode", "BẢN TRÌNH DIỄN - KHÔNG PHẢI SỐ THẬT"),
        "practice": words("mode", "ĐANG DIỄN TẬP - SỐ KHÔNG CÓ GIÁ TRỊ"),
    }
    undated = office.day.state == "open" and office.day.date is None  # the server does not believe the clock
    return Header(
        centre=words("visitor", "Trung tâm Phục vụ hành chính công"),
        hall=words.pick(office.name),
        date=words("day", "Chưa rõ ngày") if undated else date_line(words, now.wall_ms, office.zone),
        clock="--:--" if undated else hhmm(now.wall_ms, office.zone),
        band=bands.get(office.mode),
    )


def _stale(state: Display, words: Words, now: Now) -> str | None:
    """The warning that the picture is old, with the time of the last sign of life, or of the picture itself."""
    if not is_stale(state, now) or state.board is None:
        return None
    last_ms = state.fresh_ms if state.fresh_ms is not None else from_time(state.board.at)
    return words("tv", "Mất kết nối. Thông tin cập nhật lúc {time}", time=hhmm(last_ms, state.zone))


def _is_closed(board: Board, office: Office) -> bool:
    """After hours, when nobody waits, is called or is being served any more."""
    if office.day.state in OPEN_STATES:
        return False
    busy = any(counter.ticket is not None for counter in board.counters)
    return not busy and not any(service.waiting for service in board.services)


def _closed(office: Office, words: Words, now: Now) -> str:
    if office.day.next_open is None:
        return words("tv", "Trung tâm đã đóng cửa")
    opens = when(words, from_time(office.day.next_open), now.wall_ms, office.zone)
    return words("tv", "Trung tâm đã đóng cửa. Mở lại lúc {when}", when=opens)


def _rows(board: Board, *, fresh: bool) -> tuple[Row, ...]:
    """Return who is called at a counter, the last call first, then who is served there.

    A number whose call is not among the last twenty stands last, as it has been there longest.
    """
    calls = _last_calls(board)
    order = {number: place for place, number in enumerate(calls)}
    rows: list[Row] = []
    for counter in board.counters:
        ticket = counter.ticket
        if ticket is not None:
            call = calls.get(ticket.number)
            calling = fresh and call is not None and still_called(board, call)
            rows.append(Row(ticket.number, counter.label, ticket.ticket_class == "priority", calling=calling))
    return tuple(sorted(rows, key=lambda row: (not row.calling, order.get(row.number, len(order)))))


def _past(board: Board, rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return who was called before and is gone: served, set aside or sent on. The band names those who did not come."""
    there = {row.number for row in rows} | set(board.missed)
    return tuple(
        Row(number, call.label or "", call.ticket_class == "priority", calling=False)
        for number, call in _last_calls(board).items()
        if number not in there
    )


def _last_calls(board: Board) -> dict[str, Call]:
    """Return the last call of each number, the newest first."""
    calls: dict[str, Call] = {}
    for call in reversed(in_order(board)):
        if call.kind in CALLS and call.number is not None:
            calls.setdefault(call.number, call)
    return calls


def _lines(board: Board, office: Office, words: Words) -> tuple[Waiting, ...]:
    """Services that have a counter, or somebody waiting: those with people first, then by the office's order."""
    counts = {service.id: service for service in board.services}
    lines = [
        Waiting(service.prefix, words.pick(service.name), counts[service.id].waiting if service.id in counts else None)
        for service in office.services
        if _is_listed(service, counts.get(service.id))
    ]
    return tuple(sorted(lines, key=lambda line: line.count == 0))


def _is_listed(service: Service, told: BoardService | None) -> bool:
    return service.state != "no_counter" or (told is not None and told.waiting > 0)


def _pages(lines: Sequence[Waiting], a_page: int, words: Words) -> tuple[tuple[Waiting, ...], ...]:
    """All on one page if they fit; else those with nobody waiting share one line, and what is left may turn pages.

    Pages are one line shorter, as the page's number needs a line, and even.
    """
    if len(lines) > a_page:
        empty = [line for line in lines if line.count == 0]
        some = [line for line in lines if line.count != 0]
        lines = [*some, _folded(empty, words)] if len(empty) > 1 else lines
    if len(lines) <= a_page:
        return (tuple(lines),)
    pages = -(-len(lines) // (a_page - 1))
    size = -(-len(lines) // pages)
    return tuple(tuple(lines[at : at + size]) for at in range(0, len(lines), size))


def _folded(empty: Sequence[Waiting], words: Words) -> Waiting:
    return Waiting("", words("tv", "{n} lĩnh vực khác không có người chờ", n=len(empty)), 0)


def _panel(state: Display, office: Office, words: Words, now: Now) -> Panel:
    call = state.panel[0]
    names = {service.id: service.name for service in office.services}
    service = names.get(call.service) if call.service is not None else None
    half = int((now.mono_s - state.panel_s) * 2 * BLINKS_PER_S)
    return Panel(
        number=call.number or "",
        counter=call.label or "",
        priority=call.ticket_class == "priority",
        service=words("tv", "Lĩnh vực: {service}", service=words.pick(service)) if service is not None else None,
        again=words("tv", "GỌI LẦN {n}", n=call.times) if call.times > 1 else None,
        lit=now.mono_s - state.panel_s >= BLINK_S or half % 2 == 0,
    )


def _messages(state: Display, board: Board, office: Office, words: Words, now: Now) -> Iterator[Message]:
    """The pages of the message band, the rule first."""
    rule = words("tv", "Đến trước phục vụ trước, theo từng lĩnh vực")
    if office.rule.head_start_min > 0:
        yield Message(rule, words("tv", "Số có chữ ƯT là số ưu tiên theo quy định"), mark=True)
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
    yield from _of_the_day(office, words)
    for counter in board.counters:
        if counter.state is CounterStateName.PAUSED:
            yield Message(_paused(counter.label, counter.until, office.zone, words))
    for at in range(0, len(board.missed), MISSED_A_PAGE):
        numbers = ", ".join(board.missed[at : at + MISSED_A_PAGE])
        yield Message(words("tv", "SỐ VẮNG MẶT: {numbers}", numbers=numbers))
    if board.missed:
        yield Message(words("tv", "Nếu lỡ lượt, mời báo lại cán bộ tại quầy"))
    yield from _of_services(office, words)
    for notice in office.notices:
        begins = notice.since is None or from_time(notice.since) <= now.wall_ms
        if begins and (notice.to is None or now.wall_ms < from_time(notice.to)):
            yield Message(words.pick(notice.text))
    if _is_silent(state, now):
        yield Message(words("tv", "Loa đang tắt, mời theo dõi màn hình"))


def _of_the_day(office: Office, words: Words) -> Iterator[Message]:
    if office.day.state == "lunch" and office.day.next_open is not None:
        time = hhmm(from_time(office.day.next_open), office.zone)
        yield Message(words("tv", "Nghỉ trưa đến {time}. Số lấy buổi sáng vẫn có giá trị", time=time))
    elif office.day.state not in OPEN_STATES:
        yield Message(words("tv", "Đã hết giờ tiếp nhận. Các số đang chờ vẫn được phục vụ"))


def _paused(label: str, until: str | None, zone: str, words: Words) -> str:
    if until is None:
        return words("tv", "Quầy {counter} tạm dừng phục vụ", counter=label)
    time = hhmm(from_time(until), zone)
    return words("tv", "Quầy {counter} tạm dừng đến {time}", counter=label, time=time)


def _of_services(office: Office, words: Words) -> Iterator[Message]:
    for service in office.services:
        name = words.pick(service.name)
        if service.state == "full":
            yield Message(words("tv", "Lĩnh vực {service}: đã hết số của buổi này", service=name))
        elif service.state == "open" and service.left is not None and 0 < service.left <= LAST_FEW:
            yield Message(words("tv", "Lĩnh vực {service}: còn {n} số của buổi này", service=name, n=service.left))


def _is_silent(state: Display, now: Now) -> bool:
    """Whether calls of this display cannot be heard now."""
    if not state.voice:
        return False
    broken = state.speaker is not None and state.speaker.state is not State.READY
    return broken or muted(state.announcer.settings, now.wall_ms, state.zone)
