"""What travels: the bodies of the HTTP API and the pictures and facts on MQTT, version 1.

Readers ignore fields they do not know (``Read``); requests refuse them (``Ask``). Ids are opaque strings
``[a-z0-9-]{1,40}``; times are RFC 3339 UTC with milliseconds; durations carry their unit in the name.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
Note = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True, pattern=r"^\P{Cc}*$")]
RequestId = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
]
Interval = tuple[int, int]


def to_time(wall_ms: int) -> str:
    """Milliseconds since 1970 as the wire's time."""
    moment = datetime.fromtimestamp(wall_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{wall_ms % 1000:03d}Z"


def from_time(text: str) -> int:
    """The wire's time as milliseconds since 1970. Raises ``ValueError``."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def _real(text: str) -> str:
    """The text, when there is such a moment: 2026-13-45 has the pattern of one."""
    from_time(text)
    return text


Time = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"),
    AfterValidator(_real),
]


class Read(BaseModel):
    """Something a reader takes: unknown fields are ignored, so that version 1 may gain fields."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Ask(BaseModel):
    """Something a caller asks: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TicketClass(StrEnum):
    ORDINARY = "ordinary"
    PRIORITY = "priority"


class Outcome(StrEnum):
    RECEIVED = "received"
    MORE_PAPERS = "more_papers"
    REFUSED = "refused"
    RETURNED = "returned"
    ADVICE = "advice"
    UNRECORDED = "unrecorded"


class ProblemCode(StrEnum):
    """The code words of refusals, each with one HTTP status (``server.web.errors``)."""

    BAD_REQUEST = "bad_request"
    UNKNOWN_SERVICE = "unknown_service"
    UNKNOWN_MOVE = "unknown_move"
    NOT_ALLOWED = "not_allowed"
    OPEN_TICKET = "open_ticket"
    COUNTER_CLOSED = "counter_closed"
    SERVICE_CLOSED = "service_closed"
    NO_COUNTER = "no_counter"
    FULL = "full"
    DAY_CLOSED = "day_closed"
    REQUEST_REUSED = "request_reused"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    TOO_MANY = "too_many"
    BUSY = "busy"
    STORAGE = "storage"


class Problem(Read):
    """``application/problem+json`` with a code word; ``detail`` is a sentence for a person."""

    type: str = "about:blank"
    title: str
    status: int
    code: ProblemCode
    detail: str
    errors: list[str] = []
    allowed: list[str] = []


# --- asking -------------------------------------------------------------------------------------------


class IssueTicket(Ask):
    request_id: RequestId
    service: Code
    procedure: Code | None = None
    ticket_class: TicketClass = Field(default=TicketClass.ORDINARY, alias="class")
    station: Id
    print_at: Id | None = None

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class MoveTicket(Ask):
    request_id: RequestId
    move: str = Field(max_length=40)
    counter: Id | None = None
    station: Id | None = None
    reason: Note | None = None
    outcome: Outcome | None = None
    service: Code | None = None
    procedure: Code | None = None
    pin: Id | None = None
    due_min: int | None = Field(default=None, ge=1, le=480)
    ticket_class: TicketClass | None = Field(default=None, alias="class")

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class CallNext(Ask):
    """``number``: this one and no other, as it is keyed on a pad ("15", "A015")."""

    request_id: RequestId
    station: Id | None = None
    number: str | None = Field(default=None, pattern=r"^[A-Z]{0,2}[0-9]{1,4}$")


class CounterStateName(StrEnum):
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class SetCounterState(Ask):
    request_id: RequestId
    state: CounterStateName
    reason: Note | None = None
    until: Time | None = None
    station: Id | None = None


class SignIn(Ask):
    """``clerk`` None signs out."""

    request_id: RequestId
    clerk: Id | None
    station: Id | None = None


class SetReady(Ask):
    request_id: RequestId
    ready: bool
    station: Id | None = None


class Here(Ask):
    """A page or keypad is present at the counter; with ``key`` somebody pressed something (acknowledges)."""

    station: Id
    key: bool = False


class Printed(Ask):
    """What the printer proved. ``proof``: process_id, fence or none."""

    state: Literal["pending", "printing", "printed", "held", "failed", "unknown"]
    proof: Literal["process_id", "fence", "none"] = "none"
    station: Id


class Seen(Ask):
    station: Id
    shown_at: Time
    spoken: Literal["yes", "muted", "no_audio"] | None = None


class Scan(Ask):
    station: Id
    counter: Id | None = None
    text: str = Field(max_length=400)


class RatingLevel(StrEnum):
    """How a visitor was served, in their own eyes; a pad may have three keys (without ``neutral``) or all four."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    NEUTRAL = "neutral"
    DISSATISFIED = "dissatisfied"


class Rate(Ask):
    """A rating of the ticket served last at ``counter``; once per ticket."""

    request_id: RequestId
    station: Id
    counter: Id
    level: RatingLevel


class AskHelp(Ask):
    request_id: RequestId
    station: Id


class JobResult(Ask):
    """``done``: what was no slip is carried out."""

    station: Id
    state: Literal["printed", "held", "failed", "unknown", "done"]
    proof: Literal["process_id", "fence", "none"] = "none"


# --- answers ------------------------------------------------------------------------------------------


class Ticket(Read):
    """A ticket as the API shows it. ``link`` only in the answer to issue and in jobs."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    id: str
    rev: int
    number: str
    day: str
    service: str
    procedure: str | None
    ticket_class: str = Field(alias="class")
    state: str
    issued_at: str
    queue_ms: int
    counter: str | None
    calls: int
    leg: int
    outcome: str | None
    ahead: int | None
    counters: list[str]
    wait_min: Interval | None
    moves: list[str]
    link: str | None = None
    repeated: bool = False
    print: str | None = None
    dossier: str | None = None


class CounterTicket(Read):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    id: str
    number: str
    state: str
    ticket_class: str = Field(alias="class")


class Counter(Read):
    id: str
    label: str
    state: CounterStateName
    ready: bool
    reason: str | None
    until: str | None = None
    clerk: str | None = None
    ticket: CounterTicket | None


class Called(Read):
    """Answer to ``POST /counters/{id}/next``; ``ticket`` None makes the counter ready."""

    ticket: Ticket | None
    counter: Counter


class Service(Read):
    """A service as ``GET /services`` and the office picture show it. ``state``: open, full, closed, no_counter.

    ``outcome``: the default outcome (received, returned, advice): the kiosk finds the return of results and
    the guidance by it. ``usual``: on the kiosk's first page.
    """

    id: str
    prefix: str
    name: dict[str, str]
    state: Literal["open", "full", "closed", "no_counter"]
    left: int | None = None
    counters: list[str]
    next_open: str | None = None
    hours: str | None = None
    outcome: str | None = None
    usual: bool = True


class Procedure(Read):
    """A procedure's card: the four disclosures and the papers. ``place`` set = not handled here, go there."""

    code: str
    service: str | None
    name: dict[str, str]
    full_name: str
    papers: list[str]
    fee: str
    time: str
    authority: str
    result: str
    place: str | None = None


class Catalogue(Read):
    etag: str
    procedures: list[Procedure]
    usual: list[str] = []


class Job(Read):
    """Work for a station in full. ``kind``: slip (staff issue), reprint and test bring out paper; roll (a new one is
    in), clear (drop what the printer still holds) and seen (staff looked after the ticket's slip) do not.
    ``mark``: reprint, staff, test."""

    id: str
    kind: Literal["slip", "reprint", "test", "roll", "clear", "seen"]
    station: str
    ticket: Ticket | None
    mark: str | None


class Tickets(Read):
    """Answer to ``GET /tickets``; ``next`` is the ``after`` of the next page."""

    items: list[Ticket]
    next: str | None = None


class Services(Read):
    items: list[Service]
    next: str | None = None


class JournalRow(Read):
    """One fact, column by column as it is sealed: ``own`` is the SHA-256 of the canonical JSON (sorted keys, no
    spaces) of all other columns; ``prev`` is ``own`` of the row before. Times in ms; ``queue_ms`` never falls."""

    seq: int
    day: str | None
    at_ms: int
    boot_id: str
    boot_ms: int
    queue_ms: int
    actor_role: str
    actor_id: str
    actor_station: str | None
    request_id: str | None
    request_hash: str | None
    kind: str
    ticket: str | None
    counter: str | None
    service: str | None
    data: dict[str, object]
    prev: str
    own: str


class Journal(Read):
    """Answer to ``GET /journal``; ``next`` is the ``after`` of the next page, None at the end."""

    items: list[JournalRow]
    next: int | None = None


class Scanned(Read):
    """What a scanned text means: a ticket of today (``moves`` in it say what can be done), a dossier that now goes
    with the counter's open ticket, or nothing known."""

    kind: Literal["ticket", "dossier", "unknown"]
    ticket: Ticket | None = None


class StationHealth(Read):
    """A station and its devices; those of an offline station are unknown, and so is one that never reported.
    ``since``: when the server heard it come or go; None when it was so before the server started."""

    station: str
    kind: Literal["kiosk", "counter", "display", "sign"] | None
    online: bool
    version: str
    at: str | None
    devices: list["DeviceStatus"]
    since: str | None = None


class Health(Read):
    """Answer to ``GET /health``. ``state``: the worst of all, for a monitor. ``broker`` False: the server has no
    connection to it, what is told of stations may be old. ``server``: its own parts, as devices."""

    state: "DeviceState"
    epoch: str
    version: str
    broker: bool
    server: list["DeviceStatus"] = []
    stations: list[StationHealth]


# --- pictures on MQTT ---------------------------------------------------------------------------------


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
    """The heartbeat on ``server`` every 3 s; none for 10 s means stale. The will says ``online: false``."""

    v: Literal[1] = 1
    online: bool
    epoch: str
    at: str | None = None


class WorkList(Read):
    """The picture on ``work/<station>``: ids of open jobs, oldest first."""

    v: Literal[1] = 1
    station: str
    jobs: list[str]
    epoch: str
    rev: int


class StationStatus(Read):
    """``devices``: the names of those that the station is set up with."""

    v: Literal[1] = 1
    station: str
    kind: Literal["kiosk", "counter", "display", "sign"]
    online: bool
    boot: str
    at: str | None = None
    version: str = ""
    devices: list[str] = []


class DeviceState(StrEnum):
    READY = "ready"
    WARNING = "warning"
    FAULT = "fault"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class DeviceStatus(Read):
    """``since``: in this state and code; ``detail``: the driver's own words for it; ``last_code`` and ``last_at``: the
    last trouble, which stays when it has healed."""

    v: Literal[1] = 1
    station: str
    device: str
    state: DeviceState
    code: str | None = None
    since: str
    at: str
    left_slips: int | None = None
    detail: str | None = None
    last_code: str | None = None
    last_at: str | None = None


class TicketFact(Read):
    """On ``ticket/<fact>``, not retained: facts for outsiders."""

    v: Literal[1] = 1
    fact: str
    ticket: str
    number: str
    at: str
    seq: int
