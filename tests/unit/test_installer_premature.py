"""A probed printer that answers before its paper can have moved; by a clock that is handed in."""

import pytest

from hardware.installer.probe import PROBE_ID, Found, Patience, Talk, print_speed
from hardware.printers import encode
from hardware.printers.profile import FASTEST_MM_S

RULER_MM, FEED_MM = 60, 30
RASTER, FEED = b"\x1dv0", b"\x1bJ"
LATENCY_S = 0.004


class Device:
    """Print at ``mm_s`` what comes at ``byte_s`` a byte, and answer behind it; ``byte_s`` None: a network.

    ``at_once`` are the questions that it answers when it receives them.
    """

    def __init__(self, mm_s: float, at_once: tuple[bytes, ...] = (), byte_s: float | None = None) -> None:
        self.now_s = 100.0
        self._mm_s, self._at_once, self._byte_s = mm_s, at_once, byte_s or 0.0
        self._out_s = 0.0
        self._answers: list[tuple[float, bytes]] = []

    def write(self, data: bytes, timeout_s: float) -> None:
        begun_s = self.now_s
        self.now_s += len(data) * self._byte_s
        mm = RULER_MM if RASTER in data else FEED_MM if FEED in data else 0
        # It prints while bytes come, and what is fed is told by the last of them.
        self._out_s = max(self._out_s, self.now_s if FEED in data else begun_s) + mm / self._mm_s
        for question, answer in ((encode.FENCE, b"\0"), (encode.process_id(PROBE_ID), b"\x37\x22" + PROBE_ID + b"\0")):
            if question in data:
                done_s = self.now_s if question in self._at_once else max(self.now_s, self._out_s)
                self._answers.append((done_s + LATENCY_S, answer))

    def read(self, limit: int, timeout_s: float) -> bytes:
        end_s = self.now_s + timeout_s
        due_s = min((due_s for due_s, _ in self._answers), default=end_s)
        self.now_s = max(self.now_s, min(due_s, end_s))
        came = [answer for answer in self._answers if answer[0] <= self.now_s]
        self._answers = [answer for answer in self._answers if answer not in came]
        return b"".join(data for _, data in came)

    def close(self) -> None:
        return


FENCE, PROCESS_ID = encode.FENCE, encode.process_id(PROBE_ID)
NETWORK, SLOW, FAST = None, 10 / 9600, 10 / 921_600


def probed(device: Device, byte_s: float | None) -> Found:
    found = Found(fence=True, process_id=True, times_s=[LATENCY_S, LATENCY_S])
    clock = lambda: device.now_s
    print_speed(Talk(device, clock, Patience(), 1.0), found, clock, Patience(), 1 / byte_s if byte_s else None)
    return found


@pytest.mark.parametrize("byte_s", [NETWORK, SLOW, FAST])
@pytest.mark.parametrize(
    ("at_once", "fence", "process_id"),
    [((), True, True), ((FENCE,), False, True), ((PROCESS_ID,), True, False), ((FENCE, PROCESS_ID), False, False)],
)
def test_only_answers_that_paper_can_have_kept_up_with_count(
    byte_s: float | None, at_once: tuple[bytes, ...], fence: bool, process_id: bool
) -> None:
    found = probed(Device(250, at_once, byte_s), byte_s)
    assert (found.fence, found.process_id) == (fence, process_id)
    assert found.premature is bool(at_once)


@pytest.mark.parametrize("byte_s", [NETWORK, FAST])
def test_the_fastest_printer_there_is_is_believed_and_its_speed_known(byte_s: float | None) -> None:
    found = probed(Device(500, byte_s=byte_s), byte_s)
    assert (found.fence, found.process_id, found.premature) == (True, True, False)
    assert found.speed_mm_s == pytest.approx(500, rel=0.1)


@pytest.mark.parametrize("at_once", [(FENCE, PROCESS_ID), ()])
def test_no_speed_is_claimed_that_paper_cannot_have(at_once: tuple[bytes, ...]) -> None:
    found = probed(Device(1480, at_once), None)
    assert found.speed_mm_s is None or found.speed_mm_s <= FASTEST_MM_S
    assert found.fence is found.process_id is False
