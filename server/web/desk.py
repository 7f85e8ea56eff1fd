"""What a clerk's page shows, as plain data: one counter, its ticket, who waits for it and what is possible."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from config.office import Clerk, Counter, Procedure, Rules, Service
from server import views
from server.commands import counter_mark, ticket_mark
from server.domain.choice import Desk as RuleDesk
from server.domain.choice import explain
from server.store.queries import TicketRow, counter_row, dossier_of, find_ticket, open_ticket, waiting
from server.store.store import Reading
from server.views.desk import Button, ClerkPage, InLine, Sentence
from server.views.tickets import moves_of
from server.web.figures import Figures
from server.web.keys import Do
from server.web.why import of_next, spoken

LISTED, ASIDE, ROWS = 8, 2, 11
"""At most so many who wait, who are held, and who did not come are listed; and so many rows altogether, with heads."""


@dataclass(frozen=True, slots=True)
class Line:
    """A ticket in a list. Times are UTC ms, durations ms; ``marks`` are code words such as ``requeued``.

    ``counts_ms``: as if taken at this moment; None where that is the moment it was taken. ``dossier`` is known of
    the open ticket and of one that was looked up, not in lists. ``callable_at_ms``: put off until then.
    """

    id: str
    number: str
    state: str
    service: Service
    procedure: Procedure | None
    priority: bool
    issued_ms: int
    waited_ms: int
    counts_ms: int | None = None
    marks: Sequence[str] = ()
    pin: str | None = None
    due_ms: int | None = None
    reason: str | None = None
    moves: Sequence[str] = ()
    counter: str | None = None
    dossier: str | None = None
    callable_at_ms: int | None = None
    drawn: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """The ticket called to, or being served at, the counter. ``spoken``: yes, muted, no_audio or None.

    ``running_ms``: since the call, or since the start. ``auto``: called by the system and not yet acknowledged.
    """

    line: Line
    calls: int
    called_ms: int | None
    started_ms: int | None
    running_ms: int
    shown: bool
    spoken: str | None
    auto: bool
    default_outcome: str
    print_state: str | None


@dataclass(frozen=True, slots=True)
class Done:
    """A ticket that this counter finished."""

    id: str
    number: str
    procedure: Procedure | None
    service: Service
    outcome: str
    finished_ms: int
    can_reopen: bool
    drawn: str


@dataclass(frozen=True, slots=True)
class Desk:
    """One counter as its clerk sees it. ``services`` are what it may serve now; ``why`` is of ``shown``.

    ``drawn`` is the mark that forms about the counter carry, so that they are refused once it has changed.
    """

    counter: Counter
    clerk: Clerk | None
    state: str
    reason: str | None
    until_ms: int | None
    ready: bool
    ready_ended: str | None
    services: Sequence[Service]
    open: Open | None
    next: Line | None
    waiting: Sequence[Line]
    held: Sequence[Line]
    missed: Sequence[Line]
    recent: Sequence[Done]
    helps: Sequence[tuple[str, str, int]]
    slips_missing: Sequence[str]
    rules: Rules
    all_services: Mapping[str, Service]
    counters: Mapping[str, Counter]
    procedures: Mapping[str, Procedure]
    kiosks: Sequence[str]
    day: str | None
    now_ms: int
    why: Sequence[str]
    buttons: Mapping[str, Button]
    drawn: str

    @property
    def shown(self) -> Line | None:
        """The ticket in large: the open one, else the next."""
        return self.open.line if self.open else self.next

    @property
    def listed(self) -> Mapping[str, Sequence[Line]]:
        """What the column of those who wait has room for, by ``waiting``, ``held`` and ``missed``.

        The others are found by number.
        """
        held, missed = self.held[:ASIDE], self.missed[:ASIDE]
        taken = sum(len(lines) + 1 for lines in (held, missed) if lines)
        return {"waiting": self.waiting[: min(LISTED, ROWS - taken)], "held": held, "missed": missed}

    @property
    def card(self) -> Procedure | None:
        """The procedure whose card is shown."""
        return self.shown.procedure if self.shown else None


def desk(reading: Reading, counter: str, fig: Figures, kiosks: Sequence[str]) -> Desk | None:
    """The page of one counter, or None for an unknown one. ``kiosks`` are the stations that print now."""
    page = views.clerk_page(reading, counter)
    if page is None:
        return None
    office = reading.office
    state = page.counter
    lines = [_line(reading, one) for one in page.line]
    first = next((line for line, one in zip(lines, page.line, strict=True) if one.callable), None)
    row = counter_row(reading.connection, counter)
    return Desk(
        counter=office.counters[counter],
        clerk=office.clerks.get(row.clerk or ""),
        state=state.state.value,
        reason=state.reason,
        until_ms=row.until_at_ms,
        ready=state.ready,
        ready_ended=page.ready_ended,
        services=[office.services[one] for one in page.services],
        open=_open(reading, page),
        next=first,
        waiting=lines,
        held=[_line(reading, one) for one in page.held],
        missed=[_line(reading, one) for one in page.missed],
        recent=[_done(reading, one) for one in page.recent],
        helps=[(one.id, one.station, one.at_ms) for one in page.help_calls],
        slips_missing=page.slips_missing,
        rules=office.rules,
        all_services=office.services,
        counters=office.counters,
        procedures=office.procedures,
        kiosks=kiosks,
        day=page.day,
        now_ms=reading.now.wall_ms,
        why=_why(reading, page, first, fig),
        buttons=page.buttons,
        drawn=counter_mark(row, open_ticket(reading.connection, counter)),
    )


def subject(reading: Reading, ticket: str) -> Line | None:
    """Any ticket of the open day, for its own panel."""
    row = find_ticket(reading.connection, ticket)
    if row is None or row.day != reading.head.day:
        return None
    return replace(_of_row(reading, row), dossier=dossier_of(reading.connection, row.id))


def why_called(reading: Reading, ticket: str, fig: Figures) -> list[str]:
    """Why a ticket was called when it was; nothing for one that never was."""
    told = views.why(reading, ticket)
    return [] if told is None else spoken(told.sentences, fig.words)


def _line(reading: Reading, one: InLine) -> Line:
    row = find_ticket(reading.connection, one.id)
    assert row is not None, "a listed ticket has a row"
    return _of_row(reading, row)


def _of_row(reading: Reading, row: TicketRow) -> Line:
    office = reading.office
    until_ms = row.called_ms if row.called_ms is not None and row.state != "waiting" else reading.queue_ms
    counts_ms = row.issued_at_ms + row.rank_key - row.issued_ms
    marks = {"requeued": row.requeued, "deferred": row.deferred, "returned": row.returned}
    return Line(
        id=row.id,
        number=row.number,
        state=row.state.value,
        service=office.services[row.service],
        procedure=office.procedures.get(row.procedure or ""),
        priority=row.ticket_class == "priority",
        issued_ms=row.issued_at_ms,
        waited_ms=until_ms - row.issued_ms,
        counts_ms=None if counts_ms == row.issued_at_ms else counts_ms,
        marks=[name for name, on in marks.items() if on],
        pin=row.pin,
        due_ms=row.due_at_ms,
        reason=row.hold_reason or row.reason,
        moves=moves_of(row),
        counter=row.counter,
        callable_at_ms=put_off_until_ms(reading, row),
        drawn=ticket_mark(row),
    )


def put_off_until_ms(reading: Reading, row: TicketRow) -> int | None:
    """When a waiting ticket that was put off can be called: UTC ms of a whole minute, not before its moment."""
    left_ms = row.callable_from_ms - reading.queue_ms
    if row.state != "waiting" or left_ms <= 0:
        return None
    return -(-(reading.now.wall_ms + left_ms) // 60_000) * 60_000


def _drawn(reading: Reading, ticket: str) -> str:
    row = find_ticket(reading.connection, ticket)
    assert row is not None, "a listed ticket has a row"
    return ticket_mark(row)


def _open(reading: Reading, page: ClerkPage) -> Open | None:
    if page.open is None:
        return None
    one = page.open
    row = find_ticket(reading.connection, one.ticket.id)
    assert row is not None, "the open ticket has a row"
    running_ms = one.served_ms if one.served_ms is not None else one.since_called_ms
    return Open(
        line=replace(_of_row(reading, row), dossier=one.ticket.dossier),
        calls=one.ticket.calls,
        called_ms=one.called_at_ms,
        started_ms=one.started_at_ms,
        running_ms=running_ms or 0,
        shown=one.shown,
        spoken=one.spoken,
        auto=one.auto_unanswered,
        default_outcome=reading.office.services[row.service].outcome,
        print_state=one.ticket.print,
    )


def _done(reading: Reading, one: InLine) -> Done:
    office = reading.office
    return Done(
        id=one.id,
        number=one.number,
        procedure=office.procedures.get(one.procedure or ""),
        service=office.services[one.service],
        outcome=one.outcome or "",
        finished_ms=one.changed_at_ms,
        can_reopen=one.may_reopen,
        drawn=_drawn(reading, one.id),
    )


def _why(reading: Reading, page: ClerkPage, first: Line | None, fig: Figures) -> list[str]:
    """Why the open ticket was called, or why the next one is next."""
    if page.open is not None:
        return [] if page.open.why is None else spoken(page.open.why.sentences, fig.words)
    if first is None:
        return []
    row = find_ticket(reading.connection, first.id)
    assert row is not None, "the next ticket has a row"
    rule = RuleDesk(page.counter.id, frozenset(page.services))
    line = waiting(reading.connection, reading.head.day, services=rule.serves)
    return of_next(
        explain(row.waiting, line, rule, reading.queue_ms),
        fig,
        counter=page.counter.label,
        priority=first.priority,
        issued_at_ms=row.issued_at_ms,
        counts_at_ms=row.issued_at_ms + row.rank_key - row.issued_ms,
    )


BUTTONS: Mapping[Do, str] = {
    Do.NEXT: "next",
    Do.CHOSEN: "call_chosen",
    **{one: one.value for one in Do if one not in (Do.NEXT, Do.CHOSEN)},
}


def possible(desk: Desk) -> frozenset[Do]:
    """What the counter may do now; the server refuses the rest, and the page says so beforehand."""
    able = {one for one, name in BUTTONS.items() if name in desk.buttons and desk.buttons[name].allowed}
    able |= {Do.KEYS}
    if desk.day is None:
        able -= {Do.NEXT, Do.CHOSEN, Do.READY}
    else:
        able |= {Do.ISSUE}
    if desk.open is not None:
        able |= {Do.DOSSIER}
    if desk.open is not None and desk.kiosks:
        able |= {Do.REPRINT}
    if desk.open is None:
        able |= {Do.CHANGE}
    if not desk.waiting:
        able -= {Do.CHOSEN}
    if desk.waiting or desk.held or desk.missed:
        able |= {Do.FIND}
    return frozenset(able)


def wait_s(desk: Desk, action: Do) -> int:
    """Seconds until a key that is offered does something, rounded up; 0 at once."""
    name = BUTTONS.get(action, "")
    return -(-desk.buttons[name].wait_ms // 1000) if name in desk.buttons else 0


def refusal(desk: Desk, action: Do) -> Sentence | None:
    """What the views say is in the way of ``action``."""
    name = BUTTONS.get(action, "")
    return desk.buttons[name].refusal if name in desk.buttons else None
