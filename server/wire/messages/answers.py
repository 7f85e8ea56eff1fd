"""The answers of the HTTP API."""

from typing import Literal

from pydantic import ConfigDict, Field

from server.wire.messages.basics import CounterStateName, Interval, Read
from server.wire.messages.reports import DeviceState, DeviceStatus


class Ticket(Read):
    """A ticket. ``link``: the secret token of the visitor's own page, only in the answer to issue and in jobs.

    ``rev``: counts the changes of this ticket. ``day``: the date of its service day; None: the date is unknown, because
    the clock of the machine was wrong. ``queue_ms``: queue time at issue. ``state``: a ``TicketState``. ``calls``: how
    often it was called since it last left the queue. ``leg``: which counter's part it is in, from 1. ``ahead``: how
    many wait before it; None unless it waits. ``counters``: ids of the counters that may call it. ``wait_min``: the
    least and the most expected wait, in minutes; None: no forecast. ``moves``: the moves that a clerk may make now;
    empty for a ticket of another day. ``repeated``: a repeated request got the same ticket. ``print``: the print state
    of its slip, as in ``Printed``. ``dossier``: the code of the visitor's file in the office's own system.
    """

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
    """The ticket that is called to or served at a counter."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    id: str
    number: str
    state: str
    ticket_class: str = Field(alias="class")


class Counter(Read):
    """A counter with its current state. ``until``: when a pause is expected to end; None: not announced, or no pause.

    ``ready``: the next ticket is called here by itself. ``reason``: why the counter is paused, a text of staff or the
    code away or no_answer (``CounterStateChanged``). ``clerk``: the id of the clerk who is signed in. ``ticket``: the
    one that is called or served here; held tickets are not.
    """

    id: str
    label: str
    state: CounterStateName
    ready: bool
    reason: str | None
    until: str | None = None
    clerk: str | None = None
    ticket: CounterTicket | None


class Called(Read):
    """Answer to ``POST /counters/{id}/next``. ``ticket`` None: none waits, and the counter is now ready."""

    ticket: Ticket | None
    counter: Counter


class Service(Read):
    """A service in ``GET /services`` and in the office picture. ``state``: open, full, closed, no_counter.

    ``stopped``: closed because staff stopped it, with ``reason`` and ``ask`` (whom to ask) if they gave them, and
    ``until``, when numbers are issued again; None: not on this day. ``next_open``: when numbers are issued next, on a
    later day if staff stopped it without an end; None while it is open, or if that is unknown.
    ``outcome``: the default outcome (received, returned, advice), by which the kiosk finds the services for returned
    results and for advice. ``usual``: on the kiosk's first page. ``prefix``: the letters that its numbers begin with.
    ``left``: how many numbers may still be issued in this half-day; None: no limit. ``counters``: ids of the counters
    that serve it. ``hours``: its opening hours today as a text; None: those of the office.
    ``asks_priority``: the kiosk asks whether the visitor has priority. ``place``: where the service is handled, with
    the state no_counter; None: here.
    """

    id: str
    prefix: str
    name: dict[str, str]
    state: Literal["open", "full", "closed", "no_counter"]
    stopped: bool = False
    reason: str | None = None
    until: str | None = None
    ask: str | None = None
    left: int | None = None
    counters: list[str]
    next_open: str | None = None
    hours: str | None = None
    outcome: str | None = None
    usual: bool = True
    asks_priority: bool = True
    place: str | None = None


class Procedure(Read):
    """A procedure's card: the four disclosures and the required papers.

    The disclosures are ``fee``, ``time`` (the time limit), ``authority`` and ``result``; ``papers`` are the documents
    to bring. ``place``: where the procedure is handled; None if it is handled here. ``synonyms``: everyday words and
    phrases by which a search finds it. ``legal_time``: the time limit by law; ``decision``: the document that announced
    the procedure; both may be empty.
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
    legal_time: str = ""
    decision: str = ""


class CatalogueService(Read):
    """A service as a search finds it: by its name, and by everyday words (``synonyms``)."""

    id: str
    name: dict[str, str]
    synonyms: list[str] = []


class Catalogue(Read):
    """Answer to ``GET /catalogue``: all procedures. ``etag``: its version.

    ``usual``: the ids of the services on the kiosk's first page. ``services``: the services that a search finds.
    """

    etag: str
    procedures: list[Procedure]
    usual: list[str] = []
    services: list[CatalogueService] = []


class Job(Read):
    """A job for a station.

    The kinds slip (of a ticket that staff issued), reprint and test print on paper; roll (a new roll is in the
    printer), clear (empty the printer's buffer) and seen (staff dealt with the ticket's unconfirmed slip) do not.
    ``mark``: the mark printed on the slip (reprint, staff, test); None: none. ``ticket``: whose slip it is about; None
    for the kinds test, roll and clear. ``open`` False: the job has ended, even if an older list still has it.
    """

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
    """Answer to ``GET /services``."""

    items: list[Service]
    next: str | None = None


class JournalRow(Read):
    """One fact with all columns of the journal. Times in ms; ``queue_ms`` (queue time) never falls.

    ``day``: the id of the open service day. ``at_ms``: the wall clock, UTC. ``boot_ms``: since the boot ``boot_id`` of
    the server's machine. ``request_id`` and ``request_hash`` (of the content) are those of the request that the fact
    answers, if any. ``own`` is the SHA-256 of the canonical JSON (sorted keys, no spaces) of all other columns;
    ``prev`` is ``own`` of the previous row.
    """

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
    """The meaning of a scanned text.

    It is a ticket of today (its ``moves`` are the possible moves), a dossier that is now attached to the counter's open
    ticket, or unknown.
    """

    kind: Literal["ticket", "dossier", "unknown"]
    ticket: Ticket | None = None


class StationHealth(Read):
    """A station and its devices.

    The devices of an offline station are unknown, and so is a device that never reported. ``kind`` None and ``version``
    empty: only its devices have reported. ``since``: when the server noticed that the station became online or offline;
    None if that was before the server started. ``at``: the time in the newest report that has one.
    """

    station: str
    kind: Literal["kiosk", "counter", "display", "sign"] | None
    online: bool
    version: str
    at: str | None
    devices: list[DeviceStatus]
    since: str | None = None


class Health(Read):
    """Answer to ``GET /health``. ``state``: the worst of all, for a monitor. ``epoch``: the id of this server start.

    ``broker`` False: the server has no connection to the broker, so the reports of stations may be old. ``server``: the
    server's own parts, in the form of devices.
    """

    state: DeviceState
    epoch: str
    version: str
    broker: bool
    server: list[DeviceStatus] = []
    stations: list[StationHealth]
