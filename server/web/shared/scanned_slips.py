"""The last scan at each counter, for its clerk page.

The page opens the ticket of a scanned slip, or shows why the scan was refused.

In memory only: after a restart the clerk scans the slip again.
"""

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from config.words import Words
from server.views import TicketProgress

SLIP_SHOWN_S = 120.0
"""The page shows the ticket of a scanned slip for this long."""
PROBLEM_SHOWN_S = 20.0
"""The page shows for this long why a scan was refused."""


class ScanProblem(StrEnum):
    """Why a scan was refused, where the clerk can do something about it."""

    GARBLED = "garbled"  # no text could be read; reported by the station, which sends no text then
    CARD = "card"  # a citizen's card; reported by the station, or recognised here
    UNKNOWN = "unknown"  # neither a slip of today nor the code of a dossier
    NO_OPEN = "no_open"  # the code of a dossier, but no ticket is open at the counter
    DAY_CLOSED = "day_closed"


def scan_problem_text(problem: ScanProblem, words: Words) -> str:
    """Return the reason why a scan was refused, with the remedy."""
    match problem:
        case ScanProblem.GARBLED:
            return words(
                "clerk",
                "Mã vừa quét không đọc được. Mời quét lại; nếu vẫn không được, báo người quản trị kiểm tra máy quét.",
            )
        case ScanProblem.CARD:
            return words(
                "clerk",
                "Mã vừa quét là mã trên thẻ căn cước: máy không nhận, không lưu. Mời quét phiếu hoặc mã hồ sơ.",
            )
        case ScanProblem.UNKNOWN:
            return words("clerk", "Mã vừa quét không phải phiếu hôm nay, cũng không phải mã hồ sơ.")
        case ScanProblem.NO_OPEN:
            return words("clerk", "Quầy chưa có số nào nên chưa ghi được mã hồ sơ vừa quét. Mời gọi số rồi quét lại.")
        case ScanProblem.DAY_CLOSED:
            return words("error", "Ngày làm việc chưa mở hoặc đã đóng. Mời mở ngày làm việc trước.")
        case _:
            assert_never(problem)


@dataclass(frozen=True, slots=True)
class _ShownSlip:
    """The ticket of a scanned slip, as it was at the scan.

    The page shows it until ``until_s`` (monotonic).
    """

    progress: TicketProgress
    until_s: float


class ScannedSlips:
    """The slip scanned last at each counter, and the problem of the last scan. Thread-safe.

    The methods' ``mono_s`` is the current moment of the monotonic clock. ``_problems``: the problem by counter, and
    until when (monotonic seconds) the page shows it.
    """

    def __init__(self) -> None:
        self._slips: dict[str, _ShownSlip] = {}
        self._problems: dict[str, tuple[ScanProblem, float]] = {}
        self._lock = threading.Lock()

    def show_slip(self, counter: str, progress: TicketProgress, mono_s: float) -> None:
        """Show the ticket of a slip that was scanned at ``counter``."""
        with self._lock:
            self._problems.pop(counter, None)
            self._slips[counter] = _ShownSlip(progress, mono_s + SLIP_SHOWN_S)

    def show_problem(self, counter: str, problem: ScanProblem, mono_s: float) -> None:
        """Show why a scan at ``counter`` was refused."""
        with self._lock:
            self._problems[counter] = (problem, mono_s + PROBLEM_SHOWN_S)

    def clear_problem(self, counter: str) -> None:
        """Stop showing the problem of an earlier scan, because a newer one was accepted."""
        with self._lock:
            self._problems.pop(counter, None)

    def problem_at(self, counter: str, mono_s: float) -> ScanProblem | None:
        """Return the problem that the page shows now; None where it shows none."""
        with self._lock:
            problem, until_s = self._problems.get(counter, (None, 0.0))
            return problem if mono_s < until_s else None

    def clear(self, counter: str, ticket: str | None = None) -> None:
        """Stop showing the slip and the problem of the last scan.

        With ``ticket``, the id of a ticket, only the slip of that ticket is cleared.
        """
        with self._lock:
            self._problems.pop(counter, None)
            slip = self._slips.get(counter)
            if slip is not None and ticket in (None, slip.progress.ticket):
                del self._slips[counter]

    def ticket_at(self, counter: str, mono_s: float) -> str | None:
        """Return the id of the ticket that the page shows after a scan, or None."""
        with self._lock:
            slip = self._slips.get(counter)
            return slip.progress.ticket if slip is not None and mono_s < slip.until_s else None

    def is_dealt_with(self, counter: str, progress: TicketProgress) -> bool:
        """Return whether the ticket has progressed since its slip was scanned."""
        with self._lock:
            slip = self._slips.get(counter)
            return (
                slip is not None and slip.progress.ticket == progress.ticket and slip.progress.steps != progress.steps
            )
