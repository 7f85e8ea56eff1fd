"""Make ids of tickets that rise with time (decision 0041).

New rows are then neighbours in every index of the database.
"""

import threading
from collections.abc import Callable

_SLOT_BITS = 4
"""An id holds the time in slots of 16 ms: with the random bits twelve hexadecimal digits until 2039, then thirteen."""
_RANDOM_BITS = 11
"""A clock that was set back before a restart repeats slots; the random bits then make a repeated id unlikely. The
database would refuse a repeated id, and the kiosk would send its request again."""


class TicketIds:
    """Makes ids such as ``t-cf2a5b1d1803``: each one higher than the one before.

    ``wall_ms``: the wall clock; ``random_bits(n)`` returns a number of n random bits. Thread-safe. The id is no secret.
    """

    def __init__(self, wall_ms: Callable[[], int], random_bits: Callable[[int], int]) -> None:
        self._wall_ms, self._random_bits = wall_ms, random_bits
        self._lock = threading.Lock()
        self._last_slot = 0

    def new(self) -> str:
        """Return the id of a new ticket."""
        with self._lock:
            self._last_slot = slot = max(self._wall_ms() >> _SLOT_BITS, self._last_slot + 1)
        return f"t-{slot << _RANDOM_BITS | self._random_bits(_RANDOM_BITS):012x}"
