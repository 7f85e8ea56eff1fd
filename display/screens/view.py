"""The content of the screen as texts, without positions or sizes. Pure functions of the state.

Equal views look the same, so the screen is drawn again only when the view has changed.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from config.clock import Now
from config.words import Words
from display.flow.announcer import is_quiet_hour
from display.flow.state import STARTING_S, DisplayState, is_stale
from hardware.ports import HealthState
from hardware.screens.clockface import hhmm
from server.display_content.messages import Message, messages
from server.display_content.texts import (
    MAX_EARLIER_ROWS,
    MAX_RECENT,
    MAX_ROWS,
    PAGE_DURATION_S,
    BoardRow,
    Header,
    WaitingLine,
    call_service_text,
    called_rows,
    closed_text,
    earlier_rows,
    header,
    is_closed,
    no_data_text,
    repeat_text,
    stale_text,
    waiting_lines,
    waiting_pages,
)
from server.wire.messages import Office, from_time

BLINK_DURATION_S = 3.0
BLINKS_PER_S = 1.0


class ScreenKind(StrEnum):
    """The kinds of TV screens: one text, the board, or a call in large digits."""

    TEXT = "words"
    BOARD = "board"
    CALL = "call"


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
    ``logo``: the office's, as a PNG.
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
    logo: bytes | None = None


def view_of(state: DisplayState, words: Words, now: Now, *, lines_per_page: int) -> DisplayView:
    """Return the view of ``state``. ``lines_per_page``: services on one page of the waiting list."""
    view = _view_without_logo(state, words, now, lines_per_page)
    return view if state.office is None else replace(view, logo=state.logo.picture_of(state.office))


def _view_without_logo(state: DisplayState, words: Words, now: Now, lines_per_page: int) -> DisplayView:
    board, office = state.board, state.office
    if board is None or office is None:
        return DisplayView(ScreenKind.TEXT, None, text=_text_before_data(state, words, now))
    heading, stale_warning = header(office, words, now.wall_ms), _stale_warning(state, words, now)
    if stale_warning is None and is_closed(board, office):
        return DisplayView(ScreenKind.TEXT, heading, text=closed_text(office, words, now.wall_ms))
    rows = called_rows(board, is_fresh=stale_warning is None)
    if stale_warning is None and state.call_panel:
        call_panel = _call_panel(state, office, words, now)
        other_rows = tuple(row for row in rows if row.number != call_panel.number)[:MAX_RECENT]
        return DisplayView(ScreenKind.CALL, heading, rows=other_rows, call_panel=call_panel)
    page_turns = int(now.mono_s // PAGE_DURATION_S)
    message_pages = tuple(messages(board, office, words, now.wall_ms, is_silent=_is_silent(state, now)))
    return DisplayView(
        ScreenKind.BOARD,
        heading,
        rows=rows[:MAX_ROWS],
        earlier_rows=earlier_rows(board, rows)[:MAX_EARLIER_ROWS],
        waiting=waiting_pages(waiting_lines(board, office, words), lines_per_page, words),
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
    return no_data_text(words)


def _stale_warning(state: DisplayState, words: Words, now: Now) -> str | None:
    """Return the warning that the board is out of date; None if it is not.

    The warning contains the time of the last heartbeat of the board's server, else the time of the board.
    """
    if not is_stale(state, now) or state.board is None:
        return None
    last_ms = state.last_proof_at_ms if state.last_proof_at_ms is not None else from_time(state.board.at)
    return stale_text(words, hhmm(last_ms, state.zone))


def _call_panel(state: DisplayState, office: Office, words: Words, now: Now) -> CallPanel:
    call = state.call_panel[0]
    half_blinks = int((now.mono_s - state.panel_since_s) * 2 * BLINKS_PER_S)
    return CallPanel(
        number=call.number or "",
        counter=call.label or "",
        priority=call.ticket_class == "priority",
        service=call_service_text(call, office, words),
        repeat_text=repeat_text(call, words),
        blink_on=now.mono_s - state.panel_since_s >= BLINK_DURATION_S or half_blinks % 2 == 0,
    )


def _is_silent(state: DisplayState, now: Now) -> bool:
    """Return whether calls of this display cannot be heard now."""
    if not state.has_voice:
        return False
    speaker_fails = state.speaker is not None and state.speaker.state is not HealthState.READY
    return speaker_fails or is_quiet_hour(state.announcer.settings, now.wall_ms, state.zone)
