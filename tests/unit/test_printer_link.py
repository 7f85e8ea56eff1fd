"""A printer's link: given up and opened again after growing pauses, by a clock that is handed in."""

from hardware.ports import Health, State
from hardware.printers.link import Link
from hardware.printers.profile import Limits
from hardware.printers.transports.transport import CannotOpen, Gone, Transport

SOON_S = 10.0


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Answering:
    """A link whose printer is well; ``told`` False: it says nothing."""

    def __init__(self, *, told: bool = True) -> None:
        self._told, self._answers = told, bytearray()

    def write(self, data: bytes, timeout_s: float) -> None:
        del timeout_s
        self._answers += b"\x12" if self._told and data.startswith(b"\x10\x04") else b""

    def read(self, limit: int, timeout_s: float) -> bytes:
        del timeout_s
        data = bytes(self._answers[:limit])
        del self._answers[:limit]
        return data

    def close(self) -> None:
        return


class Bench:
    def __init__(self) -> None:
        self.clock, self.limits, self.tries_s = Clock(), Limits(), list[float]()
        self.there = False
        self.link = Link(self._connect, self.clock, self.limits, lambda: False, lambda _answer: None)

    def _connect(self) -> Transport:
        self.tries_s.append(self.clock.now_s)
        if not self.there:
            raise CannotOpen("no such file")
        return Answering()

    def polls(self, seconds: float) -> None:
        """As the printer's thread does, once a second."""
        end_s = self.clock.now_s + seconds
        while self.clock.now_s < end_s:
            if self.link.due:
                try:
                    if not self.link.is_open:
                        self.link.open()
                    self.link.ask()
                except (CannotOpen, Gone) as error:
                    self.link.lost(error)
            self.clock.now_s += self.limits.poll_s


def test_it_is_tried_less_and_less_often_and_heals_soon_after_it_is_back() -> None:
    bench = Bench()
    bench.polls(120)
    pauses = [later - sooner for sooner, later in zip(bench.tries_s, bench.tries_s[1:], strict=False)]
    assert pauses[0] <= 1 and pauses == sorted(pauses) and len(bench.tries_s) < 40
    assert bench.link.health(None) == Health(State.OFFLINE, "off", "no such file")
    # At the worst moment: just after a try.
    while bench.tries_s[-1] != bench.clock.now_s - bench.limits.poll_s:
        bench.polls(bench.limits.poll_s)
    bench.there = True
    back_s = bench.clock.now_s
    while not bench.link.fit:
        bench.polls(bench.limits.poll_s)
    assert bench.clock.now_s - back_s < SOON_S
    assert bench.link.health(None).state is State.READY


def test_after_it_was_well_it_is_tried_soon_again() -> None:
    bench = Bench()
    bench.polls(60)
    bench.there = True
    bench.polls(20)
    bench.there = False
    bench.link.lost(Gone("pulled"))
    count = len(bench.tries_s)
    bench.polls(2)
    assert len(bench.tries_s) == count + 1
