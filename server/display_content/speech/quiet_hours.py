"""The quiet hours, in which nothing is spoken."""

from hardware.screens.clockface import hhmm


def is_quiet_time(mute_from: str, mute_to: str, wall_ms: int, zone: str) -> bool:
    """Return whether it is a quiet hour; the quiet hours may pass midnight.

    ``mute_from`` to ``mute_to``: "hh:mm" in ``zone``; without both there are none.
    """
    if not mute_from or not mute_to or mute_from == mute_to:
        return False
    time = hhmm(wall_ms, zone)
    return mute_from <= time < mute_to if mute_from < mute_to else time >= mute_from or time < mute_to
