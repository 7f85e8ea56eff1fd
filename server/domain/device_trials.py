"""The faults that a person can find when trying a device, and how long a trial holds."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

DAY_MS = 86_400_000
TRIAL_HOLDS_DAYS = 30
"""A device that was not tried for so long should be tried again."""
NOTHING = "nothing"
OTHER = "other"
FAULTS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "printer": (NOTHING, "pale", "cut", "torn", OTHER),
        "sign": (NOTHING, "segments", "dim", OTHER),
        "keypad": (NOTHING, "keys", OTHER),
        "pad": (NOTHING, "keys", OTHER),
        "scanner": (NOTHING, "codes", OTHER),
        "speaker": (NOTHING, "quiet", "noise", OTHER),
        "screen": (NOTHING, "picture", "touch", OTHER),
    }
)
"""The codes of the faults by kind of device. ``nothing``: it does nothing at all."""


def kind_of(device: str) -> str:
    """Return the kind of a device by its name in reports, such as "sign-c1"."""
    return device.partition("-")[0]


def is_outdated(tried_at_ms: int | None, now_ms: int) -> bool:
    """Return whether a device should be tried (again). ``tried_at_ms``: UTC ms; None: it never was."""
    return tried_at_ms is None or now_ms - tried_at_ms >= TRIAL_HOLDS_DAYS * DAY_MS
