"""Bytes that nobody wanted: counted, and told once. Where everybody only listens, they are also the one sign that
something else is plugged in."""

import logging

log = logging.getLogger(__name__)

SHOWN_BYTES = 32
DEVICE_BYTES = 8  # a cable that is touched, or a motor that starts, makes fewer
REMEMBERED_S = 180.0  # longer than any sign's repetition, to which something else may answer
WIRE = b"\x00\xff"  # what a line without a firm level makes of the silence between two frames


class Strays:
    """Those of one port. May be asked by any thread; times are monotonic seconds."""

    def __init__(self) -> None:
        self.count = 0
        self._kept, self._last_at = b"", 0.0

    def came(self, address: str, data: bytes, now: float) -> None:
        """They are told the first time only: who sends them may do so for ever."""
        if not self.count:
            log.warning("%s: bytes that nobody asked for: %s", address, data[:SHOWN_BYTES].hex(" "))
        self.count += len(data)
        kept = self._kept if now < self._last_at + REMEMBERED_S else b""
        self._kept = (kept + data.translate(None, WIRE))[:SHOWN_BYTES]
        self._last_at = now

    def forget(self) -> None:
        """Something else may hang on the port now."""
        self._kept = b""

    def device(self, now: float) -> bytes:
        """What a device said, if so much came lately that it was one."""
        kept = self._kept
        return kept if len(kept) >= DEVICE_BYTES and now < self._last_at + REMEMBERED_S else b""
