"""What the server says on MQTT: small whole pictures, its heartbeat, and facts for outsiders."""

from typing import Literal

from pydantic import ConfigDict, Field

from server.wire.messages.answers import Counter, Service
from server.wire.messages.basics import CounterStateName, Interval, Read


class Call(Read):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    id: str
    kind: Literal["call", "recall", "last", "pause", "resume", "opening", "closing"]
    times: int
    number: str | None
    counter: str | None
    label: str | None
    at: str
    ticket_class: str | None = Field(alias="class")
    chosen: bool = False
    service: str | None = None


class BoardService(Read):
    id: str
    waiting: int
    wait_min: Interval | None = None


class Board(Read):
    """The picture on ``board`` and of ``GET /board``: replaced whole by a newer ``rev`` of the same ``epoch``."""

    v: Literal[1] = 1
    office: str
    epoch: str
    rev: int
    seq: int
    at: str
    day: str | None
    counters: list[Counter]
    calls: list[Call]
    missed: list[str]
    services: list[BoardService]


class Day(Read):
    date: str | None
    state: Literal["open", "lunch", "closed", "none"]
    reason: str | None = None
    next_open: str | None = None


class Rule(Read):
    head_start_min: int
    calls: int


class OfficeCounter(Read):
    id: str
    label: str
    zone: str = "hall"


class Notice(Read):
    id: str
    text: dict[str, str]
    since: str | None = Field(default=None, alias="from")
    to: str | None = None

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Office(Read):
    """The picture on ``office``: what the hall is today."""

    v: Literal[1] = 1
    office: str
    epoch: str
    rev: int
    at: str
    name: dict[str, str]
    zone: str
    mode: Literal["live", "practice", "demo"]
    always_open: bool = False
    day: Day
    rule: Rule
    services: list[Service]
    counters: list[OfficeCounter]
    notices: list[Notice] = []
    catalogue: str
    hours: str = ""
    hotline: str | None = None
    visitor_url: str | None = None


class CounterPicture(Read):
    """The picture on ``counter/<id>``, under 200 bytes, for a sign with a small processor."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    v: Literal[1] = 1
    id: str
    label: str
    state: CounterStateName
    number: str | None
    ticket: str | None
    ticket_class: str | None = Field(alias="class")
    epoch: str
    rev: int


class ServerBeat(Read):
    """The heartbeat on ``server`` every 3 s; none for 10 s means stale. The will says ``online: false``. ``up_ms`` is
    the server machine's steady clock: how far apart two heartbeats were said, whatever was done to the wall clock.
    ``rev``: no picture of this epoch that the server published before has a greater one."""

    v: Literal[1] = 1
    online: bool
    epoch: str
    at: str | None = None
    up_ms: int | None = None
    rev: int | None = None


class WorkList(Read):
    """The picture on ``work/<station>``: ids of open jobs, oldest first."""

    v: Literal[1] = 1
    station: str
    jobs: list[str]
    epoch: str
    rev: int


class TicketFact(Read):
    """On ``ticket/<fact>``, not retained: facts for outsiders."""

    v: Literal[1] = 1
    fact: str
    ticket: str
    number: str
    at: str
    seq: int
