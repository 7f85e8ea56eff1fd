"""A counter station's flow, driven by events and by a clock that the test advances."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from config.clock import Now
from counter.flow.effects import Effect, PostRequest, ShowFace
from counter.flow.events import Event, KeyPressed
from counter.flow.state import CounterStationState, initial_state
from counter.flow.step import next_wake_s, step
from hardware.ports import Key, SignFace
from server.wire.messages import Board, ServerBeat, Ticket
from server.wire.station.events import BrokerConnectionChanged, HeartbeatReceived, PicturesFetched, Tick

IDS = [f"00000000-0000-4000-8000-{n:012d}" for n in range(100)]
DARK = SignFace(None)
DASHES = SignFace(None, paused=True)


def counter(
    state: str = "open", number: str | None = None, ticket: str = "called", *, name: str = "c3"
) -> dict[str, Any]:
    held = {"id": f"t-{number}".lower(), "number": number, "state": ticket, "class": "ordinary"}
    return {
        "id": name,
        "label": name[1:],
        "state": state,
        "ready": False,
        "reason": None,
        "ticket": held if number else None,
    }


def call(number: str, *, times: int = 1, name: str = "c3", at: str = "2026-11-23T01:12:05.100Z") -> dict[str, Any]:
    kind = "call" if times == 1 else "recall"
    return {
        "id": f"k-{number}-{times}".lower(),
        "kind": kind,
        "times": times,
        "number": number,
        "counter": name,
        "label": name[1:],
        "at": at,
        "class": "ordinary",
    }


def board(*counters: dict[str, Any], rev: int = 1, epoch: str = "e1", calls: Sequence[dict[str, Any]] = ()) -> Board:
    return Board.model_validate(
        {
            "office": "mau",
            "epoch": epoch,
            "rev": rev,
            "seq": rev,
            "at": "2026-11-23T01:12:05.123Z",
            "day": "2026-11-23",
            "counters": list(counters),
            "calls": list(calls),
            "missed": [],
            "services": [],
        }
    )


@dataclass
class CounterBench:
    """A counter station without devices or network: takes events and collects the effects."""

    state: CounterStationState = field(
        default_factory=lambda: initial_state("counters-1", ["c3"], "Tạm gác", {"c3": 4})
    )
    now_s: float = 100.0
    done: list[Effect] = field(default_factory=list)
    pressed: int = 0

    def happens(self, *events: Event) -> list[Effect]:
        """Return the effects of ``events``."""
        before = len(self.done)
        for event in events:
            self.state, effects = step(self.state, event, Now(int(self.now_s * 1000), 0, self.now_s))
            self.done += effects
        return self.done[before:]

    def press(self, *keys: Key, name: str = "c3", digits: str = "") -> list[Effect]:
        before = len(self.done)
        for key in keys:
            self.happens(KeyPressed(name, key, IDS[self.pressed], digits))
            self.pressed += 1
        return self.done[before:]

    def passes(self, seconds: float) -> list[Effect]:
        """Let time pass, with a ``Tick`` at each moment that the station asked for."""
        end, before = self.now_s + seconds, len(self.done)
        while (at := next_wake_s(self.state)) is not None and at <= end:
            self.now_s = max(self.now_s, at)
            self.happens(Tick())
        self.now_s = end
        return self.done[before:]

    @property
    def face(self) -> SignFace:
        return next((effect.face for effect in reversed(self.done) if isinstance(effect, ShowFace)), DARK)

    def posts(self) -> list[Any]:
        return [effect for effect in self.done if isinstance(effect, PostRequest)]


def connected(first: Board | None = None) -> CounterBench:
    """Return a station that is connected and receives the server's heartbeats."""
    bench = CounterBench()
    bench.happens(
        BrokerConnectionChanged(True), HeartbeatReceived(beat()), *([PicturesFetched((first,))] if first else [])
    )
    bench.done.clear()
    return bench


def beat(epoch: str = "e1", *, online: bool = True) -> ServerBeat:
    return ServerBeat(online=online, epoch=epoch)


def only(kind: type[Effect], effects: Sequence[Effect]) -> Any:
    matching = [effect for effect in effects if isinstance(effect, kind)]
    assert len(matching) == 1, effects
    return matching[0]


OPEN, PAUSED, CLOSED = counter("open"), counter("paused"), counter("closed")
CALLED, SERVING = counter(number="A015"), counter(number="A015", ticket="serving")
BUSY_PAUSED = counter("paused", "A015", "serving")


def held_ticket(number: str) -> Ticket:
    return Ticket.model_validate(
        {
            "id": f"t-{number}".lower(),
            "rev": 3,
            "number": number,
            "day": "2026-11-23",
            "service": "HT",
            "procedure": None,
            "class": "ordinary",
            "state": "held",
            "issued_at": "2026-11-23T00:40:00.000Z",
            "queue_ms": 1,
            "counter": "c3",
            "calls": 1,
            "leg": 1,
            "outcome": None,
            "ahead": None,
            "counters": ["c3"],
            "wait_min": None,
            "moves": ["resume"],
        }
    )


CARD = "001099012345|012345678|Nguyễn Văn A|01011990|Nam|Phường Mẫu|01012022"
