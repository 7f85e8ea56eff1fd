"""How long a trial of a device holds."""

DAY_MS = 86_400_000
TRIAL_HOLDS_DAYS = 30
"""A device that was not tried for so long should be tried again."""


def is_outdated(tried_at_ms: int | None, now_ms: int) -> bool:
    """Return whether a device should be tried (again). ``tried_at_ms``: UTC ms; None: it never was."""
    return tried_at_ms is None or now_ms - tried_at_ms >= TRIAL_HOLDS_DAYS * DAY_MS
