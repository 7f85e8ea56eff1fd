"""The server's messages on MQTT: pictures (whole states), the heartbeat, and facts for other programs."""

from typing import Literal

from pydantic import ConfigDict, Field

from server.wire.messages.answers import Counter, Service
from server.wire.messages.basics import CounterStateName, Id, Interval, Read, from_time


class Call(Read):
    """A call of a ticket, or an announcement without one.

    ``times``: which call it is since the ticket last left the queue, from 1; of an announcement always 1.

    ``kind``: "call" is the first call of a ticket that waited, "recall" a further one, "last" the last one that the
    rule allows; the others are announcements. ``at``: when it was made. ``counter``: the id of the counter, and
    ``label`` its label; None for an announcement of the whole hall. ``number``, ``service``: of the ticket. ``chosen``:
    the clerk chose the ticket out of turn.
    """

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
    """How many wait for a service.

    ``wait_min``: the least and the most expected wait, in minutes; None: no forecast.
    """

    id: str
    waiting: int
    wait_min: Interval | None = None


class Board(Read):
    """The picture on ``board`` and of ``GET /board``.

    A newer ``rev`` of the same ``epoch`` replaces it as a whole. ``seq``: of the newest fact in the journal. ``at``:
    when it was made; ``day``: the date of the open service day, its id while the date is unknown, None while no day is
    open. ``calls``: at most the newest twenty of the day, the newest first. ``missed``: the numbers of visitors who
    missed their call and have not returned. ``practice``: the hall practises, and its numbers are not valid.
    """

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
    practice: bool = False


class Day(Read):
    """The service day and its opening state. ``state`` none: no service day is open.

    ``date`` None: there is no open day, or its date is unknown. ``reason``: the Vietnamese name of the holiday for
    which the office is closed. ``next_open``: when numbers are issued next; None while it is open, or if that is
    unknown.
    """

    date: str | None
    state: Literal["open", "lunch", "closed", "none"]
    reason: str | None = None
    next_open: str | None = None


class Rule(Read):
    """The rules that visitors are shown.

    ``head_start_min``: of priority tickets. ``calls``: how often a number is called before it is recorded as missed.
    """

    head_start_min: int
    calls: int


class OfficeCounter(Read):
    """A counter as the office defines it. ``zone``: the part of the building where it is."""

    id: str
    label: str
    zone: str = "hall"


class OfficeGroup(Read):
    """Services that the kiosk shows below one name."""

    id: str
    name: dict[str, str]
    services: list[str]


class Notice(Read):
    """A notice of the office, by language.

    It is shown from ``since`` until just before ``to``; None: without that limit. ``on_tv``, ``on_kiosk``,
    ``on_phone``: where.
    """

    id: str
    text: dict[str, str]
    since: str | None = Field(default=None, alias="from")
    to: str | None = None
    on_tv: bool = True
    on_kiosk: bool = True
    on_phone: bool = True

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    def is_current(self, wall_ms: int) -> bool:
        """Return whether it is shown at ``wall_ms``, UTC ms."""
        has_begun = self.since is None or from_time(self.since) <= wall_ms
        return has_begun and (self.to is None or wall_ms < from_time(self.to))


class Office(Read):
    """The picture on ``office``: the hall's services, counters and hours today.

    ``office``: the id of the office, and ``name`` its name by language. ``zone``: its time zone. ``at``: when the
    picture was made. ``always_open``: without opening hours. ``catalogue``: the ``etag`` of the newest catalogue.
    ``groups``: groups of services, in their order; empty without any.
    ``hours``: today's opening hours as a text, empty without any. ``one_stop``: screens write "public
    administration service centre" above the office's name. ``visitor_url``: the address of the visitors' pages;
    None: phones cannot reach them. ``logo``: the name of the logo's picture, at ``/logo/<name>.png``; None: there is
    none. ``address``: where the office is.
    """

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
    groups: list[OfficeGroup] = []
    counters: list[OfficeCounter]
    notices: list[Notice] = []
    catalogue: str
    hours: str = ""
    one_stop: bool = True
    hotline: str | None = None
    address: str | None = None
    visitor_url: str | None = None
    logo: str | None = None


class CounterPicture(Read):
    """The picture on ``counter/<id>``, under 200 bytes, for a sign with a small processor.

    ``ticket``: the state of the counter's ticket ("called", "serving"), and ``number`` its number; both None while no
    ticket is called or served there. ``practice``: the hall practises.
    """

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
    practice: bool = False


class ServerBeat(Read):
    """The heartbeat on ``server`` every 3 s; none for 10 s means stale. The will has ``online: false``.

    ``up_ms`` is the monotonic clock of the server's machine: it measures the time between two heartbeats, also when the
    wall clock is set. ``rev``: the greatest ``rev`` that the server has published in this epoch. ``at``, ``up_ms`` and
    ``rev`` are in every heartbeat of the server, and never in its will.
    """

    v: Literal[1] = 1
    online: bool
    epoch: str
    at: str | None = None
    up_ms: int | None = None
    rev: int | None = None


class WorkList(Read):
    """The picture on ``work/<station>``: ids of open jobs, oldest first.

    ``helper``: the id of a visitor's call for help to which a member of staff is on the way; None: nobody is.
    """

    v: Literal[1] = 1
    station: str
    jobs: list[str]
    epoch: str
    rev: int
    helper: str | None = None


class DeviceTest(Read):
    """The station tries one of its devices now.

    On ``test/<station>``, not retained. ``test``: an id of this test. ``device``: its name in the station's reports,
    such as "sign-c1" or "speaker". A station that has no test of the device ignores it. ``over``: the test was judged,
    and a keypad, rating pad or scanner works as always again.
    """

    v: Literal[1] = 1
    test: Id
    device: Id
    over: bool = False


class RestartStation(Read):
    """The station's program ends in order, and is started again.

    On ``restart/<station>``, not retained. ``restart``: an id of this request.
    """

    v: Literal[1] = 1
    restart: Id


class TicketFact(Read):
    """On ``ticket/<fact>``, not retained: a fact of a ticket, for programs outside of Lượt.

    ``fact``: its kind without "ticket.", such as "issued". ``ticket``: its id. ``seq``: the number of the fact in the
    journal.
    """

    v: Literal[1] = 1
    fact: str
    ticket: str
    number: str
    at: str
    seq: int
