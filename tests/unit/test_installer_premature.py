"""Probe a printer that replies before its paper can have moved, on a simulated clock."""

import pytest

from hardware.installer.print_speed import measure_print_speed
from hardware.installer.printer_probe import PROBE_ID, ProbeConnection, ProbeResult, ReplyTimeouts
from hardware.printers import encode
from hardware.printers.profile import MAX_SPEED_MM_S

RULER_MM, FEED_MM = 60, 30
RASTER, FEED = b"\x1dv0", b"\x1bJ"
LATENCY_S = 0.004


class Device:
    """Prints at ``mm_s`` and sends queued replies behind the paper.

    The line takes ``byte_s`` for each byte; None: a network. ``at_once``: the questions that the device answers as soon
    as they are received.
    """

    def __init__(self, mm_s: float, at_once: tuple[bytes, ...] = (), byte_s: float | None = None) -> None:
        self.now_s = 100.0
        self._mm_s, self._at_once, self._byte_s = mm_s, at_once, byte_s or 0.0
        self._out_s = 0.0
        self._replies: list[tuple[float, bytes]] = []

    def write(self, data: bytes, timeout_s: float) -> None:
        start_s = self.now_s
        self.now_s += len(data) * self._byte_s
        mm = RULER_MM if RASTER in data else FEED_MM if FEED in data else 0
        # Dots are printed while bytes arrive; a feed starts with its last byte.
        self._out_s = max(self._out_s, self.now_s if FEED in data else start_s) + mm / self._mm_s
        for question, reply in ((encode.FENCE, b"\0"), (encode.process_id(PROBE_ID), b"\x37\x22" + PROBE_ID + b"\0")):
            if question in data:
                done_s = self.now_s if question in self._at_once else max(self.now_s, self._out_s)
                self._replies.append((done_s + LATENCY_S, reply))

    def read(self, limit: int, timeout_s: float) -> bytes:
        end_s = self.now_s + timeout_s
        due_s = min((due_s for due_s, _ in self._replies), default=end_s)
        self.now_s = max(self.now_s, min(due_s, end_s))
        due = [reply for reply in self._replies if reply[0] <= self.now_s]
        self._replies = [reply for reply in self._replies if reply not in due]
        return b"".join(data for _, data in due)

    def close(self) -> None:
        return


FENCE, PROCESS_ID = encode.FENCE, encode.process_id(PROBE_ID)
NETWORK, SLOW, FAST = None, 10 / 9600, 10 / 921_600


def probe_result(device: Device, byte_s: float | None) -> ProbeResult:
    result = ProbeResult(fence=True, process_id=True, reply_times_s=[LATENCY_S, LATENCY_S])
    clock = lambda: device.now_s
    connection = ProbeConnection(device, clock, ReplyTimeouts(), 1.0)
    measure_print_speed(connection, result, clock, ReplyTimeouts(), 1 / byte_s if byte_s else None)
    return result


@pytest.mark.parametrize("byte_s", [NETWORK, SLOW, FAST])
@pytest.mark.parametrize(
    ("at_once", "fence", "process_id"),
    [((), True, True), ((FENCE,), False, True), ((PROCESS_ID,), True, False), ((FENCE, PROCESS_ID), False, False)],
)
def test_replies_before_paper_can_have_moved_do_not_count(
    byte_s: float | None, at_once: tuple[bytes, ...], fence: bool, process_id: bool
) -> None:
    result = probe_result(Device(250, at_once, byte_s), byte_s)
    assert (result.fence, result.process_id) == (fence, process_id)
    assert result.premature is bool(at_once)


@pytest.mark.parametrize("byte_s", [NETWORK, FAST])
def test_the_fastest_real_printer_keeps_its_abilities_and_its_speed_is_measured(byte_s: float | None) -> None:
    result = probe_result(Device(500, byte_s=byte_s), byte_s)
    assert (result.fence, result.process_id, result.premature) == (True, True, False)
    assert result.speed_mm_s == pytest.approx(500, rel=0.1)


@pytest.mark.parametrize("at_once", [(FENCE, PROCESS_ID), ()])
def test_a_speed_that_no_printer_reaches_is_not_reported(at_once: tuple[bytes, ...]) -> None:
    result = probe_result(Device(1480, at_once), None)
    assert result.speed_mm_s is None or result.speed_mm_s <= MAX_SPEED_MM_S
    assert result.fence is result.process_id is False
