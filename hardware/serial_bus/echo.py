"""Detects and removes the echo of RS-485 adapters that receive their own transmissions.

A cheap RS-485 adapter leaves its receiver on while it sends, so every byte comes back. Modbus function 6 is confirmed
by a repetition of the request: such an echo equals the expected reply, and a dead board would look healthy. Keypads on
the same bus would seem to send the bytes that were sent to a sign. So before any reply is trusted, the bus sends a
probe that no device replies to, and checks whether it comes back. A bus that only sends needs no probe: received bytes
that equal the sent ones are dropped there, and all others count as received.
"""

PROBE = b"\x00\x7f\x00"
"""Not the start of any frame in use, too short for a Modbus frame, and unlike the noise of a loose cable."""
PROBE_TIMEOUT_S = 0.15
"""Wait for the probe's echo. USB adapters and serial device servers buffer received bytes for about 16 ms."""
MAX_ECHO_DELAY_S = 1.0
"""An echo that is later than this counts as lost; bytes received after that are not compared with it."""


class EchoFilter:
    """The echo of one open port. Times are monotonic seconds.

    ``present``: whether the adapter echoes; None: not known yet. ``probe_until_s``: the end of the wait for the probe's
    echo; None while no probe is under way.
    """

    def __init__(self) -> None:
        self.present: bool | None = None
        self.probe_until_s: float | None = None
        self._received = self._expected = b""
        self._expected_until_s = float("-inf")

    def probe_sent(self, until_s: float) -> None:
        """Note that ``PROBE`` was written. If nothing comes back by ``until_s``, the adapter does not echo."""
        self.probe_until_s, self._received, self._expected = until_s, b"", b""

    def expire_probe(self, now_s: float) -> bytes:
        """When the time is over, decide that there is no echo.

        Returns the bytes received meanwhile.
        """
        if self.probe_until_s is None or now_s < self.probe_until_s:
            return b""
        self.present, self.probe_until_s = False, None
        return self._received

    def wrote(self, data: bytes, sent_at_s: float, now_s: float) -> None:
        """Expect ``data`` back, after any echo still missing; its last byte is sent at ``sent_at_s``."""
        if self.present is False:
            return
        self._expected = data if now_s >= self._expected_until_s else self._expected + data
        self._expected_until_s = sent_at_s + MAX_ECHO_DELAY_S

    def without_echo(self, data: bytes, now_s: float) -> bytes:
        """Return the part of ``data`` that is not our own echo."""
        if self.probe_until_s is not None:
            self._received += data
            before, probe, after = self._received.partition(PROBE)
            if not probe:
                return b""
            self.present, self.probe_until_s = True, None
            return before + after
        expected = self._expected[: len(data)] if now_s < self._expected_until_s else b""
        if not data.startswith(expected):  # another device sent at the same time: no byte is certainly ours
            self._expected = b""
            return data
        self._expected = self._expected[len(expected) :]
        return data[len(expected) :]
