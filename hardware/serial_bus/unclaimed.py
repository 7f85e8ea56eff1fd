"""Received bytes of no reply and no listener, counted and logged once per bus.

On a bus of one-way signs such bytes are the only evidence that an unknown device is plugged in.
"""

import logging

log = logging.getLogger(__name__)

MAX_KEPT_BYTES = 32
MIN_DEVICE_BYTES = 8
"""So many bytes are taken for a device; a touched cable or a starting motor causes fewer."""
REMEMBERED_S = 180.0
"""Recent bytes are forgotten after this: longer than the refresh period of any sign, to which an unknown device may
reply."""
LINE_NOISE = b"\x00\xff"
"""Values that an unterminated bus produces in the silence between two frames."""


class UnclaimedBytes:
    """The unclaimed bytes of one port, ``count`` in all; readable from any thread. Times are monotonic seconds."""

    def __init__(self) -> None:
        self.count = 0
        self._recent, self._last_at_s = b"", 0.0  # the first recent bytes without line noise; when the last one came

    def add(self, address: str, data: bytes, now_s: float) -> None:
        """Count ``data``. Log only the first occurrence; the sender may never stop."""
        if not self.count:
            log.warning("%s: unexpected bytes: %s", address, data[:MAX_KEPT_BYTES].hex(" "))
        self.count += len(data)
        recent = self._recent if now_s < self._last_at_s + REMEMBERED_S else b""
        self._recent = (recent + data.translate(None, LINE_NOISE))[:MAX_KEPT_BYTES]
        self._last_at_s = now_s

    def port_opened(self) -> None:
        """Drop the recent bytes: another device may be plugged in now."""
        self._recent = b""

    def unknown_device_bytes(self, now_s: float) -> bytes:
        """Return the recent bytes if they are too many for noise, else nothing."""
        recent = self._recent
        return recent if len(recent) >= MIN_DEVICE_BYTES and now_s < self._last_at_s + REMEMBERED_S else b""
