"""The content of the display in a browser, as JSON values.

The browser decides only when a call is shown and spoken (``static/display/flow.js``); all texts are made here, by the
code that also makes those of the TV.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from config.words import Words
from server.display_content.browser import BrowserDisplay
from server.display_content.messages import messages
from server.display_content.speech.announcement import first_reading
from server.display_content.speech.packs import PackFolder
from server.display_content.speech.utterance import find_missing_clips
from server.display_content.texts import (
    MAX_EARLIER_ROWS,
    MAX_ROWS,
    call_service_text,
    called_rows,
    closed_text,
    earlier_rows,
    header,
    is_closed,
    repeat_text,
    waiting_lines,
    waiting_pages,
)
from server.web.shared.logo import logo_url
from server.wire.messages import Board, Call, Office, from_time

Values = Mapping[str, object]
"""A JSON object."""


def content_of(
    board: Board, office: Office, display: BrowserDisplay, words: Words, wall_ms: int, *, lines_per_page: int
) -> Values:
    """Return everything that a page shows and says; equal while nothing has changed.

    ``lines_per_page``: services on one page of the waiting list.
    """
    rows = called_rows(board, is_fresh=True)
    texts = header(office, words, wall_ms)
    pages = waiting_pages(waiting_lines(board, office, words), lines_per_page, words)
    pack = display.packs.get(words.language)
    is_undated = office.day.state == "open" and office.day.date is None
    return {
        "at": from_time(board.at),
        "heading": {
            "centre": texts.centre_name,
            "hall": texts.hall_name,
            "mode": texts.mode_warning,
            "logo": logo_url(office.logo),
        },
        "clock": {"offset_min": _offset_min(wall_ms, office.zone), "unknown": texts.date if is_undated else None},
        "closed": closed_text(office, words, wall_ms) if is_closed(board, office) else None,
        "rows": [asdict(row) for row in rows],
        "shown_rows": MAX_ROWS,
        "earlier": [asdict(row) for row in earlier_rows(board, rows)[:MAX_EARLIER_ROWS]],
        "waiting": [[asdict(line) for line in page] for page in pages],
        "page_texts": [
            words("tv", "Trang {page}/{pages}", page=page + 1, pages=len(pages)) for page in range(len(pages))
        ],
        "messages": [asdict(message) for message in messages(board, office, words, wall_ms, is_silent=False)],
        "counters": [
            {"id": counter.id, "number": counter.ticket.number, "state": counter.ticket.state}
            for counter in board.counters
            if counter.ticket is not None
        ],
        "calls": [_call(call, office, pack, display.times, words) for call in board.calls],
        "voice": None if pack is None else _voice(pack, office),
        "times": display.times,
        "is_quiet": display.is_quiet(wall_ms, office.zone),
        "is_demo": office.mode == "demo",
    }


def _call(call: Call, office: Office, pack: PackFolder | None, times: int, words: Words) -> Values:
    """Return a call or announcement: its texts, and one reading's clips and pauses (ms)."""
    reading = None if pack is None else first_reading(pack.pack, call, times)
    return {
        "id": call.id,
        "kind": call.kind,
        "number": call.number,
        "counter": call.counter,
        "label": call.label,
        "at": from_time(call.at),
        "priority": call.ticket_class == "priority",
        "service": call_service_text(call, office, words),
        "repeat": repeat_text(call, words),
        "parts": [] if reading is None else list(reading.utterance.parts),
        "caption": "" if reading is None else reading.caption,
    }


def _voice(pack: PackFolder, office: Office) -> Values:
    """Return the voice's clips, and whether it lacks some that this office needs."""
    prefixes = "".join(service.prefix for service in office.services)
    missing = find_missing_clips(pack.pack, prefixes, tuple(counter.label for counter in office.counters))
    return {"language": pack.pack.language, "clips": sorted(pack.pack.clips), "missing": list(missing)}


def _offset_min(wall_ms: int, zone: str) -> int:
    """Return how far the hall's time is from UTC now, in minutes."""
    offset = datetime.fromtimestamp(wall_ms / 1000, ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)
