"""What the HTTP API answers."""

from typing import Literal

from pydantic import ConfigDict, Field

from server.wire.messages.basics import CounterStateName, Interval, Read
from server.wire.messages.reports import DeviceState, DeviceStatus


class Ticket(Read):
    """A ticket as the API shows it. ``link`` only in the answer to issue and in jobs. ``day`` None: it is not known
    which date that day had, because the clock of the machine was not right."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    id: str
    rev: int
    number: str
    day: str | None
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

    ``stopped``: closed because staff stopped it for this day, for ``reason`` where they gave one; ``next_open`` is
    then on a later day.

    ``outcome``: the default outcome (received, returned, advice): the kiosk finds the return of results and
    the guidance by it. ``usual``: on the kiosk's first page.
    """

    id: str
    prefix: str
    name: dict[str, str]
    state: Literal["open", "full", "closed", "no_counter"]
    stopped: bool = False
    reason: str | None = None
    left: int | None = None
    counters: list[str]
    next_open: str | None = None
    hours: str | None = None
    outcome: str | None = None
    usual: bool = True


class Procedure(Read):
    """A procedure's card: the four disclosures and the papers. ``place`` set = not handled here, go there.

    ``synonyms``: everyday words and phrases by which a search finds it.
    """

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
    synonyms: list[str] = []


class Catalogue(Read):
    etag: str
    procedures: list[Procedure]
    usual: list[str] = []


class Job(Read):
    """Work for a station in full. ``kind``: slip (staff issue), reprint and test bring out paper; roll (a new one is
    in), clear (drop what the printer still holds) and seen (staff looked after the ticket's slip) do not.
    ``mark``: reprint, staff, test. ``open`` False: it is settled, whoever still lists it."""

    id: str
    kind: Literal["slip", "reprint", "test", "roll", "clear", "seen"]
    station: str
    ticket: Ticket | None
    mark: str | None
    open: bool = True


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
    devices: list[DeviceStatus]
    since: str | None = None


class Health(Read):
    """Answer to ``GET /health``. ``state``: the worst of all, for a monitor. ``broker`` False: the server has no
    connection to it, what is told of stations may be old. ``server``: its own parts, as devices."""

    state: DeviceState
    epoch: str
    version: str
    broker: bool
    server: list[DeviceStatus] = []
    stations: list[StationHealth]
