"""The silence before sending on a serial bus, and the limit of waiting for it."""

SILENCE_CHARACTERS = 3.5
"""Silence between two frames, in the transmission time of a character, as in Modbus RTU."""
MIN_SILENCE_S = 0.00175
"""Required by Modbus above 19200 baud, where 3.5 characters are too short to detect."""
MAX_BACKOFF_S = 0.5
"""Longest wait for a device that sends without end."""


class BusSilence:
    """Keeps ``until_s``, the moment until which the bus must stay silent. All times are monotonic seconds."""

    def __init__(self) -> None:
        self.until_s = self._busy_since_s = 0.0

    def reset(self, now_s: float) -> None:
        """Forget the traffic before ``now_s``: the port was opened."""
        self.until_s = self._busy_since_s = now_s

    def received(self, now_s: float, silence_s: float) -> None:
        """Back off after received bytes, but no longer than ``MAX_BACKOFF_S`` in all."""
        if now_s >= self.until_s:
            self._busy_since_s = now_s
        self.until_s = max(self.until_s, min(now_s + silence_s, self._busy_since_s + MAX_BACKOFF_S))

    def sent(self, sent_at_s: float, silence_s: float) -> None:
        """Keep the silence after our own frame, whose last byte is sent at ``sent_at_s``."""
        self.until_s = sent_at_s + silence_s
