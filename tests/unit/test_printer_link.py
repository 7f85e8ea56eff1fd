"""A printer's link is given up and reopened after growing pauses.

The clock is simulated.
"""

from pathlib import Path

from printer_bench import context_of

from hardware.ports import DeviceHealth, HealthState
from hardware.printers.journal import PrintJournal
from hardware.printers.profile import PrinterLimits
from hardware.printers.session.link import PrinterLink
from hardware.printers.transports.transport import CannotConnect, LinkLost, Transport

SOON_S = 10.0


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Replying:
    """A link whose printer is ready; ``replies`` False: it stays silent."""

    def __init__(self, *, replies: bool = True) -> None:
        self._replies_on, self._pending = replies, bytearray()

    def write(self, data: bytes, timeout_s: float) -> None:
        del timeout_s
        self._pending += b"\x12" if self._replies_on and data.startswith(b"\x10\x04") else b""

    def read(self, limit: int, timeout_s: float) -> bytes:
        del timeout_s
        data = bytes(self._pending[:limit])
        del self._pending[:limit]
        return data

    def close(self) -> None:
        return


class Bench:
    def __init__(self, folder: Path) -> None:
        self.clock, self.limits, self.tries_s = Clock(), PrinterLimits(), list[float]()
        self.there = False
        context = context_of(PrintJournal(folder / "journal", lambda: 0), self.clock, limits=self.limits)
        self.link = PrinterLink(context, self._connect, lambda _reply: None)

    def _connect(self) -> Transport:
        self.tries_s.append(self.clock.now_s)
        if not self.there:
            raise CannotConnect("no such file")
        return Replying()

    def polls(self, seconds: float) -> None:
        """As the printer's thread does, once a second."""
        end_s = self.clock.now_s + seconds
        while self.clock.now_s < end_s:
            if self.link.is_due:
                try:
                    if not self.link.is_open:
                        self.link.open()
                    self.link.status_round()
                except (CannotConnect, LinkLost) as error:
                    self.link.disconnect(error)
            self.clock.now_s += self.limits.poll_s


def test_retries_grow_rarer_and_the_link_recovers_soon_after_the_printer_is_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.polls(120)
    pauses = [later - sooner for sooner, later in zip(bench.tries_s, bench.tries_s[1:], strict=False)]
    assert pauses[0] <= 1 and pauses == sorted(pauses) and len(bench.tries_s) < 40
    assert bench.link.health(None) == DeviceHealth(HealthState.OFFLINE, "off", "no such file")
    # At the worst moment: just after a try.
    while bench.tries_s[-1] != bench.clock.now_s - bench.limits.poll_s:
        bench.polls(bench.limits.poll_s)
    bench.there = True
    back_s = bench.clock.now_s
    while not bench.link.is_ready:
        bench.polls(bench.limits.poll_s)
    assert bench.clock.now_s - back_s < SOON_S
    assert bench.link.health(None).state is HealthState.READY


def test_after_a_clean_round_the_first_retry_comes_soon(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.polls(60)
    bench.there = True
    bench.polls(20)
    bench.there = False
    bench.link.disconnect(LinkLost("pulled"))
    count = len(bench.tries_s)
    bench.polls(2)
    assert len(bench.tries_s) == count + 1
