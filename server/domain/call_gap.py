"""The least time between two calls of one ticket, and between the last call and "absent".

Nobody can come before the hall has shown or spoken the number, so the time is counted from then.
"""

SHOWN_AT_LATEST_MS = 5_000
"""A screen that acknowledges nothing counts as having shown a call after this time."""


def next_call_ms(called_ms: int, shown_ms: int | None, spoken_ms: int | None, gap_s: int) -> int:
    """Queue time (ms) from which the ticket may be called again, or be marked absent.

    ``called_ms``: the newest call; ``shown_ms``, ``spoken_ms``: when the first screen and the first loudspeaker
    reported it, None before they did; ``gap_s``: the office's setting, 0 for no least time.
    """
    if gap_s == 0:
        return called_ms
    latest_ms = called_ms + SHOWN_AT_LATEST_MS
    heard_ms = latest_ms if shown_ms is None else min(shown_ms, latest_ms)
    if spoken_ms is not None:
        heard_ms = max(heard_ms, spoken_ms)
    return heard_ms + gap_s * 1000
