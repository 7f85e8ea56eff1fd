"""Rate limits for each IP address: token buckets, limited in number."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from server.web.shared.errors import Rejected
from server.wire.messages import ProblemCode

MAX_ADDRESSES = 10_000
"""The most addresses with a bucket, so that callers from many addresses cannot fill the memory."""


class RateLimit:
    """Allows each address ``burst`` requests at once, and ``per_s`` more each second.

    ``mono_s`` is a monotonic clock. The least recently seen addresses are forgotten first.
    """

    def __init__(self, *, burst: int, per_s: float, mono_s: Callable[[], float]) -> None:
        self._burst, self._per_s, self._mono_s = burst, per_s, mono_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """The tokens that an address had after its last request, and when that was (monotonic seconds)."""
        self._lock = threading.Lock()

    def take(self, address: str) -> float:
        """Count a request; return 0 if it is allowed, else the seconds until one is."""
        now_s = self._mono_s()
        with self._lock:
            tokens = self._refill(address, now_s)
            is_allowed = tokens >= 1
            self._buckets[address] = (tokens - 1 if is_allowed else tokens, now_s)
            self._buckets.move_to_end(address)
            if len(self._buckets) > MAX_ADDRESSES:
                self._buckets.popitem(last=False)
        return 0.0 if is_allowed else (1 - tokens) / self._per_s

    def _refill(self, address: str, now_s: float) -> float:
        """Return the tokens that an address has now."""
        tokens, at_s = self._buckets.get(address, (float(self._burst), now_s))
        return min(float(self._burst), tokens + (now_s - at_s) * self._per_s)


@dataclass(frozen=True, slots=True)
class VisitorLimits:
    """The rate limits of the visitors' application.

    The phones of a hall may share one address, so the limit of all requests is high; that of wrong links is low.
    """

    all_requests: RateLimit
    wrong_links: RateLimit


def limits() -> VisitorLimits:
    """Return the limits of the application that handles this request."""
    visitor_limits: VisitorLimits = current_app.extensions["limits"]
    return visitor_limits


def too_many(wait_s: float) -> Rejected:
    """Return the rejection of a request that may be repeated after ``wait_s`` seconds."""
    return Rejected(ProblemCode.TOO_MANY, values={"seconds": max(1, round(wait_s + 0.5))})
