"""What was scanned at which counter just now: the clerk's page opens a slip's ticket, and says what was not taken.

In memory only: a server that starts anew has forgotten it, as the page has after two minutes, and the slip is still in
the clerk's hand.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from config.words import Words
from server.store.queries import TicketRow

SHOWN_S = 120.0
"""So long a scanned slip stays open on the page; who was there has then said what they want, or gone."""
TOLD_S = 20.0
"""So long a page says that a scan was not taken."""

WHY_NOT: Mapping[str, Callable[[Words], str]] = {
    "garbled": lambda words: words(
        "clerk",
        "Mã vừa quét không đọc được. Mời quét lại; nếu vẫn không được, báo người quản trị kiểm tra máy quét.",
    ),
    "card": lambda words: words(
        "clerk", "Mã vừa quét là mã trên thẻ căn cước: máy không nhận, không lưu. Mời quét phiếu hoặc mã hồ sơ."
    ),
    "unknown": lambda words: words("clerk", "Mã vừa quét không phải phiếu hôm nay, cũng không phải mã hồ sơ."),
    "no_open": lambda words: words(
        "clerk", "Quầy chưa có số nào nên chưa ghi được mã hồ sơ vừa quét. Mời gọi số rồi quét lại."
    ),
    "day_closed": lambda words: words("error", "Ngày làm việc chưa mở hoặc đã đóng. Mời mở ngày làm việc trước."),
}
"""Why a scan was not taken, and what to do."""


@dataclass(frozen=True, slots=True)
class _Slip:
    ticket: str
    as_it_was: tuple[object, ...]
    until_s: float


class ScannedSlips:
    """The slip that was scanned last at each counter, and whether the last scan was not taken. Thread-safe."""

    def __init__(self) -> None:
        self._slips: dict[str, _Slip] = {}
        self._refused: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def opened(self, counter: str, row: TicketRow, mono_s: float) -> None:
        """A slip was scanned there at ``mono_s``."""
        with self._lock:
            self._refused.pop(counter, None)
            self._slips[counter] = _Slip(row.id, _standing(row), mono_s + SHOWN_S)

    def refused(self, counter: str, why: str, mono_s: float) -> None:
        """A scan was not taken there at ``mono_s``; a reason that is no word of ``WHY_NOT`` is none for a clerk."""
        with self._lock:
            if why in WHY_NOT:
                self._refused[counter] = (why, mono_s + TOLD_S)

    def taken(self, counter: str) -> None:
        """A scan was taken there: what was told of the one before is no news."""
        with self._lock:
            self._refused.pop(counter, None)

    def why_not(self, counter: str, mono_s: float) -> str | None:
        """Why the last scan there was not taken, while that is news."""
        with self._lock:
            why, until_s = self._refused.get(counter, (None, 0.0))
            return why if mono_s < until_s else None

    def closed(self, counter: str, ticket: str | None = None) -> None:
        """Put away: whatever is open there, or only this ticket; and what was told of the last scan."""
        with self._lock:
            self._refused.pop(counter, None)
            slip = self._slips.get(counter)
            if slip is not None and ticket in (None, slip.ticket):
                del self._slips[counter]

    def at(self, counter: str, mono_s: float) -> str | None:
        """The ticket that is open there by its slip."""
        with self._lock:
            slip = self._slips.get(counter)
            return slip.ticket if slip is not None and mono_s < slip.until_s else None

    def is_dealt_with(self, counter: str, row: TicketRow) -> bool:
        """Whether something happened to the ticket since its slip was scanned."""
        with self._lock:
            slip = self._slips.get(counter)
            return slip is not None and slip.ticket == row.id and slip.as_it_was != _standing(row)


def _standing(row: TicketRow) -> tuple[object, ...]:
    """What a clerk's act changes; what a printer reports does not."""
    return (row.state, row.leg, row.counter, row.pin, row.calls, row.rank_key, row.ticket_class)
