"""The minimum time from one call of a ticket until the next, or until absence.

The time counts from when a display has shown or spoken the number, because nobody can come before that.
"""

from collections.abc import Iterable

MAX_UNTIL_SHOWN_MS = 5_000
"""After this time a call counts as shown, even if no screen has reported it."""


def first_reports_ms(reports: Iterable[tuple[int, str | None]]) -> tuple[int | None, int | None]:
    """Return when a call was first reported as shown, and as spoken.

    None: it was not. ``reports``: the queue time of each report and its field ``spoken`` ("yes" if it was), in order.
    """
    shown_ms: int | None = None
    spoken_ms: int | None = None
    for queue_ms, spoken in reports:
        shown_ms = queue_ms if shown_ms is None else shown_ms
        if spoken == "yes" and spoken_ms is None:
            spoken_ms = queue_ms
    return shown_ms, spoken_ms


def next_call_ms(called_ms: int, shown_ms: int | None, spoken_ms: int | None, gap_s: int) -> int:
    """Return the queue time when a ticket may be called again, or marked absent.

    ``called_ms``: the newest call; ``shown_ms``, ``spoken_ms``: when the first screen and the first loudspeaker
    reported it, None before they did; ``gap_s``: the office's setting, 0: no minimum time.
    """
    if gap_s == 0:
        return called_ms
    latest_shown_ms = called_ms + MAX_UNTIL_SHOWN_MS
    noticed_ms = latest_shown_ms if shown_ms is None else min(shown_ms, latest_shown_ms)
    if spoken_ms is not None:
        noticed_ms = max(noticed_ms, spoken_ms)
    return noticed_ms + gap_s * 1000
