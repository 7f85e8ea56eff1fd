"""How often one address may ask: token buckets, bounded in number."""

import threading
from collections import OrderedDict
from collections.abc import Callable

MOST_ADDRESSES = 10_000


class Limit:
    """Allows ``burst`` requests at once and ``per_s`` more each second, for each address by itself.

    ``mono_s`` is a monotonic clock. The addresses that were quiet longest are forgotten first.
    """

    def __init__(self, *, burst: int, per_s: float, mono_s: Callable[[], float]) -> None:
        self._burst, self._per_s, self._mono_s = burst, per_s, mono_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str) -> float:
        """Seconds until the next request is allowed: 0 when this one is."""
        now_s = self._mono_s()
        with self._lock:
            left = self._refilled(address, now_s)
            allowed = left >= 1
            self._left[address] = (left - 1 if allowed else left, now_s)
            self._left.move_to_end(address)
            if len(self._left) > MOST_ADDRESSES:
                self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._per_s

    def _refilled(self, address: str, now_s: float) -> float:
        left, since_s = self._left.get(address, (float(self._burst), now_s))
        return min(float(self._burst), left + (now_s - since_s) * self._per_s)
