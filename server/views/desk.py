"""What the clerk's page shows of one counter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from config.office import Procedure
from server.domain.calendar import local_clock
from server.domain.call_gap import next_call_ms
from server.domain.choice import Desk, callable_now
from server.domain.ticket import State
from server.store import tables as t
from server.store.facts import Kind
from server.store.queries import (
    CounterRow,
    TicketRow,
    counter_row,
    find_ticket,
    heard,
    last_call,
    last_leg,
    legs_of,
    line,
    open_ticket,
    tickets_of,
)
from server.store.store import Reading
from server.views.printing import unclear_slips
from server.views.tickets import draw_counter
from server.views.tickets import ticket as draw_ticket
from server.wire.messages import Counter, Ticket

RECENT = 8


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text of ``words.json`` by its key, with the values of its fields (times already ``HH:MM``)."""

    key: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Why:
    """The answer to "why was this number called": sentences of the surface ``why``, in reading order."""

    ticket: str
    counter: str
    chosen: bool
    auto: bool
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """The ticket at the counter. ``waited_ms``, ``since_called_ms``, ``served_ms`` are durations until now or until
    the next mark. ``shown``: a display showed the newest call; ``spoken``: yes, muted, no_audio or None (not yet)."""

    ticket: Ticket
    procedure: Procedure | None
    issued_at_ms: int
    counts_at_ms: int
    waited_ms: int
    called_at_ms: int | None
    started_at_ms: int | None
    since_called_ms: int | None
    served_ms: int | None
    calls_max: int
    call: str | None
    shown: bool
    spoken: str | None
    auto_unanswered: bool
    why: Why | None


@dataclass(frozen=True, slots=True)
class InLine:
    """A ticket in a list of the page. ``callable``: the counter may call it now; ``callable_at_ms``: not before
    this moment (UTC ms), because a clerk put it off."""

    id: str
    number: str
    state: str
    service: str
    procedure: str | None
    ticket_class: str
    waited_ms: int
    issued_at_ms: int
    changed_at_ms: int
    callable: bool
    callable_at_ms: int | None
    pinned: str | None
    requeued: bool
    deferred: bool
    returned: bool
    reason: str | None
    due_at_ms: int | None
    outcome: str | None
    may_reopen: bool


@dataclass(frozen=True, slots=True)
class Button:
    """A thing that can be pressed now, or why not: a text of the surface ``clerk`` or ``error``, or nothing to say.

    ``wait_ms``: how long until pressing it does something; 0 at once.
    """

    allowed: bool
    refusal: Sentence | None = None
    wait_ms: int = 0


@dataclass(frozen=True, slots=True)
class HelpCall:
    """A person is wanted at a kiosk."""

    id: str
    station: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class ClerkPage:
    """One counter's page. ``line`` has the next ticket first; ``held`` those of this counter; ``missed`` who may
    return; ``recent`` who was served here, newest first; ``slips_missing`` numbers for this counter whose slip may not
    have come out. ``buttons`` by move, and next, open, pause, close, ready."""

    counter: Counter
    services: tuple[str, ...]
    clerk_name: str | None
    day: str | None
    since_at_ms: int
    ready_ended: str | None
    open: OpenTicket | None
    line: tuple[InLine, ...]
    held: tuple[InLine, ...]
    missed: tuple[InLine, ...]
    recent: tuple[InLine, ...]
    buttons: Mapping[str, Button]
    help_calls: tuple[HelpCall, ...]
    slips_missing: tuple[str, ...]


def clerk_page(reading: Reading, counter_id: str) -> ClerkPage | None:
    """The page of one counter, or None for an unknown one."""
    office = reading.office
    if counter_id not in office.counters:
        return None
    row = counter_row(reading.connection, counter_id)
    desk = Desk(counter_id, office.serves(counter_id, row.clerk), row.ready_ms)
    taken = open_ticket(reading.connection, counter_id)
    clerk = None if row.clerk is None else office.clerks.get(row.clerk)
    return ClerkPage(
        counter=draw_counter(reading, row, taken),
        services=tuple(one for one in office.services if one in desk.serves),
        clerk_name=None if clerk is None else clerk.name,
        day=reading.head.day,
        since_at_ms=row.since_at_ms,
        ready_ended=row.ready_ended,
        open=None if taken is None else _open(reading, taken),
        line=_line(reading, desk),
        held=_list(reading, _some(reading, State.HELD, counter=counter_id)),
        missed=_list(reading, _some(reading, State.NO_SHOW, services=desk.serves)),
        recent=_recent(reading, desk, row),
        buttons=_buttons(reading, row, taken),
        help_calls=help_calls(reading),
        slips_missing=tuple(one.number for one in unclear_slips(reading) if one.service in desk.serves),
    )


def _some(reading: Reading, state: State, **which: Any) -> list[TicketRow]:
    return tickets_of(reading.connection, reading.head.day, (state,), newest_first=True, **which)


def _open(reading: Reading, row: TicketRow) -> OpenTicket:
    leg = last_leg(reading.connection, row.id)
    call = last_call(reading.connection, row.id)
    seen = [] if call is None else reading.connection.execute(select(t.seen).where(t.seen.c.call == call.id)).all()
    spoken = [one.spoken for one in seen if one.spoken is not None]
    called_ms, started_ms = leg.called_ms, leg.started_ms
    first_ms = row.called_ms if row.called_ms is not None else reading.queue_ms
    return OpenTicket(
        ticket=draw_ticket(reading, row),
        procedure=reading.office.procedures.get(row.procedure or ""),
        issued_at_ms=row.issued_at_ms,
        counts_at_ms=row.issued_at_ms + row.rank_key - row.issued_ms,
        waited_ms=first_ms - row.issued_ms,
        called_at_ms=None if call is None else call.at_ms,
        started_at_ms=leg.started_at_ms,
        since_called_ms=None if called_ms is None else (started_ms or reading.queue_ms) - called_ms,
        served_ms=None if started_ms is None else reading.queue_ms - started_ms,
        calls_max=reading.office.rules.calls,
        call=None if call is None else call.id,
        shown=bool(seen),
        spoken="yes" if "yes" in spoken else next(iter(spoken), None),
        auto_unanswered=bool(call is not None and call.auto and not call.acknowledged and row.state == State.CALLED),
        why=why(reading, row.id),
    )


def _line(reading: Reading, desk: Desk) -> tuple[InLine, ...]:
    """Who waits for this counter in the order of the rule; those it may not call yet come last."""
    rows = line(reading.connection, reading.head.day, desk.serves)
    able = {ticket.id for ticket in callable_now([row.waiting for row in rows], desk, reading.queue_ms)}
    listed = (_in_line(reading, row, may_call=row.id in able) for row in rows)
    return tuple(sorted(listed, key=lambda entry: not entry.callable))


def _list(reading: Reading, rows: list[TicketRow]) -> tuple[InLine, ...]:
    return tuple(_in_line(reading, row) for row in rows)


def _in_line(reading: Reading, row: TicketRow, *, may_call: bool = False, may_reopen: bool = False) -> InLine:
    put_off_ms = row.callable_from_ms - reading.queue_ms if row.state == State.WAITING else 0
    until_ms = row.called_ms if row.called_ms is not None and row.state != State.WAITING else reading.queue_ms
    return InLine(
        id=row.id,
        number=row.number,
        state=row.state.value,
        service=row.service,
        procedure=row.procedure,
        ticket_class=row.ticket_class,
        waited_ms=until_ms - row.issued_ms,
        issued_at_ms=row.issued_at_ms,
        changed_at_ms=row.changed_at_ms,
        callable=may_call,
        callable_at_ms=reading.now.wall_ms + put_off_ms if put_off_ms > 0 else None,
        pinned=row.pin,
        requeued=row.requeued,
        deferred=row.deferred,
        returned=row.returned,
        reason=row.hold_reason or row.reason,
        due_at_ms=row.due_at_ms,
        outcome=row.outcome,
        may_reopen=may_reopen,
    )


def _recent(reading: Reading, desk: Desk, row: CounterRow) -> tuple[InLine, ...]:
    """The last ones served here; which may be reopened."""
    day = reading.head.day
    served = tickets_of(reading.connection, day, (State.SERVED,), counter=desk.counter, limit=RECENT, newest_first=True)
    free = open_ticket(reading.connection, desk.counter) is None and row.state != "closed"
    span_ms = reading.office.rules.reopen_min * 60_000
    return tuple(
        _in_line(
            reading,
            one,
            may_reopen=free
            and reading.queue_ms - one.changed_ms <= span_ms
            and last_leg(reading.connection, one.id).clerk == row.clerk,
        )
        for one in served
    )


CAN = Button(allowed=True)
NOT = Button(allowed=False)
_ON_CALLED = ("recall", "start", "no_show", "requeue", "transfer", "cancel", "reclassify")
_ON_SERVING = ("finish", "finish_next", "hold", "transfer")


def _buttons(reading: Reading, row: CounterRow, taken: TicketRow | None) -> Mapping[str, Button]:
    """What can be pressed, and why the rest cannot."""
    closed = Sentence("need_open", {})
    finish = None if taken is None else Sentence("need_finish", {"number": taken.number})
    call = Button(finish is None and row.state == "open", finish or (closed if row.state != "open" else None))
    buttons = dict.fromkeys((*_ON_CALLED, *_ON_SERVING), NOT)
    state = None if taken is None else taken.state
    for name in _ON_CALLED if state is State.CALLED else _ON_SERVING if state is State.SERVING else ():
        buttons[name] = CAN
    most = reading.office.rules.calls
    if taken is not None and state is State.CALLED:
        wait_ms = _until_next_call_ms(reading, taken)
        buttons["recall"] = buttons["no_show"] = Button(allowed=True, wait_ms=wait_ms)
        if taken.calls >= most:
            buttons["recall"] = Button(allowed=False, refusal=Sentence("calls", {"n": taken.calls, "max": most}))
        else:
            buttons["no_show"] = Button(allowed=True, refusal=Sentence("need_calls", {"n": most}), wait_ms=wait_ms)
    ready = row.ready_ms is not None
    return buttons | {
        "next": call,
        "call_chosen": call,
        "open": Button(row.state != "open"),
        "pause": Button(row.state == "open"),
        "close": Button(row.state != "closed" and taken is None, finish),
        "ready": Button(call.allowed and not ready and reading.office.rules.ready, call.refusal),
        "unready": Button(ready),
    }


def _until_next_call_ms(reading: Reading, taken: TicketRow) -> int:
    """How long until the called ticket may be called again or be marked absent (ms); 0 when it may be now."""
    call = last_call(reading.connection, taken.id)
    shown_ms, spoken_ms = heard(reading.connection, call)
    free_ms = next_call_ms(call.queue_ms, shown_ms, spoken_ms, reading.office.rules.call_gap_s)
    return max(0, free_ms - reading.queue_ms)


def help_calls(reading: Reading) -> tuple[HelpCall, ...]:
    """Calls for help that nobody took yet, oldest first."""
    c = t.help_call.c
    query = select(t.help_call).where(c.day == reading.head.day, c.taken_at_ms.is_(None)).order_by(c.at_ms)
    return tuple(HelpCall(row.id, row.station, row.at_ms) for row in reading.connection.execute(query))


def why(reading: Reading, ticket: str) -> Why | None:
    """Why a ticket was called when it was, from what was written down at that moment; None before its first call."""
    call = last_call(reading.connection, ticket, kinds=("call",))
    row = find_ticket(reading.connection, ticket)
    if call is None or row is None:
        return None
    label = reading.office.counters[call.counter].label
    return Why(ticket, call.counter, call.chosen, call.auto, tuple(_sentences(reading, row, call.why, label)))


def _sentences(reading: Reading, row: TicketRow, told: Mapping[str, Any], label: str) -> list[Sentence]:
    zone = reading.office.zone
    taken = local_clock(told["issued_at_ms"], zone)
    said = []
    if told["reason"] is not None:
        said.append(Sentence("chosen", {"reason": told["reason"]}))
    if told["class"] == "priority":
        counted = local_clock(told["issued_at_ms"] - told["head_start_ms"], zone)
        said.append(Sentence("priority", {"time": counted, "minutes": told["head_start_ms"] // 60_000}))
    elif _is_first(told):
        said.append(Sentence("first", {"time": taken, "counter": label}))
    said += _history(reading, row, told, label)
    numbers = ", ".join(told["passed"])
    said.append(Sentence("passed", {"numbers": numbers}) if numbers else Sentence("passed_none", {}))
    if told["other_services"]:
        more = ["…"] if told["more_other_services"] else []
        said.append(Sentence("skill", {"numbers": ", ".join([*told["other_services"], *more])}))
    if told["not_callable"]:
        said.append(Sentence("not_callable", {"numbers": ", ".join(told["not_callable"])}))
    if told["tie"]:
        said.append(Sentence("tie", {}))
    return said


def _is_first(told: Mapping[str, Any]) -> bool:
    exempt = told["returned"] or told["deferred"] or told["reason"] is not None
    return not told["passed"] and not exempt


def _history(reading: Reading, row: TicketRow, told: Mapping[str, Any], label: str) -> list[Sentence]:
    """What else in the ticket's life decided its place."""
    said = []
    if told["ready"]:
        said.append(Sentence("ready", {"counter": label}))
    if told["leg"] > 1 and (before := _sent_from(reading, row, told["leg"])) is not None:
        said.append(Sentence("transfer", {"counter": before}))
    if told["pinned"]:
        said.append(Sentence("pinned", {"counter": label}))
    for mark, kind in (("returned", Kind.RETURNED), ("deferred", Kind.DEFERRED)):
        if told[mark] and (at := _last_at(reading, row.id, kind)) is not None:
            said.append(Sentence(mark, {"time": local_clock(at, reading.office.zone)}))
    return said


def _sent_from(reading: Reading, row: TicketRow, leg: int) -> str | None:
    """The label of the counter that sent it on, if the leg before ended so."""
    before = [one for one in legs_of(reading.connection, row.id) if one.n == leg - 1]
    if not before or before[0].ended not in ("transferred", "finished") or before[0].counter is None:
        return None
    return reading.office.counters[before[0].counter].label


def _last_at(reading: Reading, ticket: str, kind: Kind) -> int | None:
    c = t.journal.c
    query = select(c.at_ms).where(c.ticket == ticket, c.kind == kind).order_by(c.seq.desc()).limit(1)
    return reading.connection.execute(query).scalar_one_or_none()
