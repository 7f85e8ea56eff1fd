"""What differs between makes of printer, and how long each is waited for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """What differs between makes. ``speed_mm_s`` is the slowest to be expected."""

    answers: bool = True
    automatic_status: bool = True
    process_id: bool = False
    speed_mm_s: float = 60.0
    head_to_cutter_mm: float = 15.0
    roll_mm: float = 80_000.0
    low_slips: int = 50


@dataclass(frozen=True, slots=True)
class Limits:
    """Time-outs, in seconds. ``fence_s`` starts when the last byte has left, and the slip's own print time
    is added to it. ``byte_s`` is what a byte takes on a slow link, added to ``write_s`` for each. A printer that
    was silent for ``doubt_s`` may have been switched off and on; a link in which the driver hangs for ``hung_s`` is
    said to be silent."""

    fence_s: float = 5.0
    status_s: float = 0.3
    write_s: float = 10.0
    poll_s: float = 1.0
    look_s: float = 0.25
    silent_s: float = 10.0
    doubt_s: float = 1.0
    byte_s: float = 0.0
    hung_s: float = 120.0
    stale_s: float = 3.0
    retry_first_s: float = 0.5
    retry_longest_s: float = 10.0
