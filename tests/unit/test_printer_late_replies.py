"""A printer that stalls and then replies to all questions in order.

No reply is taken for another question's.
"""

from hypothesis import given
from hypothesis import strategies as st

from hardware.printers.answers.unknown_device import NoiseCounter, RoundOutcome
from hardware.printers.encode import status_question
from hardware.printers.session.connection import PrinterConnection

TIMEOUT_S = 0.5
DRAWER, FINE = 0x16, 0x12
"""In a reply to DLE EOT 1, 04h is the drawer's pin; in one to DLE EOT 2 it would be an open cover."""


class StallingPrinter:
    """Reply to nothing before ``stalls_until_s``; then to each question ``delays_s`` after the reply before it."""

    def __init__(self, stalls_until_s: float, delays_s: list[float]) -> None:
        self.now_s = 0.0
        self._ready_s, self._delays_s = stalls_until_s, delays_s
        self._replies: list[tuple[float, int]] = []
        self._asked = 0

    def write(self, data: bytes, timeout_s: float) -> None:
        delay_s = self._delays_s[self._asked % len(self._delays_s)]
        self._asked += 1
        self._ready_s = max(self._ready_s, self.now_s) + delay_s
        self._replies.append((self._ready_s, DRAWER if data == status_question(1) else FINE))

    def read(self, limit: int, timeout_s: float) -> bytes:
        next_s = self._replies[0][0] if self._replies else self.now_s + timeout_s
        self.now_s = max(self.now_s, min(next_s, self.now_s + timeout_s))
        due = [reply for reply in self._replies if reply[0] <= self.now_s]
        self._replies = self._replies[len(due) :]
        return bytes(bits for _, bits in due)

    def close(self) -> None:
        return


@given(
    stalls_until_s=st.floats(0.0, 5.0),
    delays_s=st.lists(st.floats(0.0, TIMEOUT_S / 5), min_size=1, max_size=12),
    pauses_s=st.lists(st.floats(0.0, 1.0), min_size=8, max_size=12),
)
def test_a_drawer_is_never_taken_for_an_open_cover(
    stalls_until_s: float, delays_s: list[float], pauses_s: list[float]
) -> None:
    printer = StallingPrinter(stalls_until_s, delays_s)
    connection = PrinterConnection(printer, lambda: printer.now_s, lambda: False, lambda _reply: None, NoiseCounter())
    for pause_s in pauses_s:
        connection.status_round(TIMEOUT_S)
        assert connection.stopped_by is None
        printer.now_s += pause_s
    printer.now_s = max(printer.now_s, stalls_until_s + 5.0)
    assert RoundOutcome.CLEAN in [connection.status_round(TIMEOUT_S) for _ in range(3)]
    assert connection.flags == frozenset()
