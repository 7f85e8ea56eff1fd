"""A hall for the tests of the core, on a clock that the test turns.

It has store, writer and commands, and no wires.
"""

import atexit
import itertools
import json
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.clock import Now
from config.office import OfficeSettings
from server import commands, views
from server.commands import Actor, CommandResult, IdFactory, Presence, Refused, Role
from server.domain.queue.ticket import TicketState
from server.domain.queue.ticket_ids import TicketIds
from server.store import Committed, Snapshot, SqliteBackend, Store, Writer
from server.store import schema as t
from server.store.backends.sqlite_engine import open_engines
from server.store.migrations import migrate
from server.store.queries import TicketRow, counter_row, find_number, find_ticket
from server.wire.messages import (
    CallNext,
    IssueTicket,
    MoveTicket,
    Seen,
    SetCounterState,
    SetReady,
    SignIn,
    UndoMove,
    to_time,
)
from support.waiting import PATIENCE_S

MONDAY_0800 = 1795395600000  # 2026-11-23 08:00 in Ho Chi Minh City
MINUTE = 60_000
HOUR = 60 * MINUTE

_HALL_NUMBERS = itertools.count()

CLERKS = {"c1": "an", "c2": "binh", "c3": "chi"}

OFFICE: dict[str, Any] = {
    "id": "mau",
    "name": {"vi": "Phường Mẫu", "en": "Mẫu Ward"},
    "hours": {day: ["07:30-11:30", "13:30-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
    "services": [
        {"id": "HT", "prefix": "A", "name": {"vi": "Hộ tịch"}},
        {"id": "CT", "prefix": "B", "name": {"vi": "Chứng thực"}},
        {"id": "DD", "prefix": "C", "name": {"vi": "Đất đai"}, "capacity": 3},
        {"id": "TK", "prefix": "A", "series": "HT", "name": {"vi": "Trả kết quả"}, "outcome": "returned"},
        {"id": "XX", "prefix": "X", "name": {"vi": "Không quầy"}},
    ],
    "counters": [
        {"id": "c1", "label": "1", "services": ["HT", "TK"], "clerk": "an"},
        {"id": "c2", "label": "2", "services": ["HT", "CT"], "clerk": "binh"},
        {"id": "c3", "label": "3", "services": ["CT", "DD"], "clerk": "chi"},
    ],
    "clerks": [
        {"id": "an", "name": "Nguyễn Thị An"},
        {"id": "binh", "name": "Trần Văn Bình"},
        {"id": "chi", "name": "Lê Thị Chi"},
        {"id": "ql", "name": "Đặng Thị Mẫu", "role": "manager"},
    ],
    "holidays": [{"date": "2026-11-24", "name": {"vi": "Ngày Văn hóa Việt Nam"}}],
    "procedures": [
        {
            "code": "1.001193",
            "service": "HT",
            "name": {"vi": "Đăng ký khai sinh"},
            "full_name": "Thủ tục đăng ký khai sinh",
            "papers": ["Tờ khai"],
            "fee": "Miễn phí",
            "time": "Trong ngày",
            "authority": "UBND cấp xã",
            "result": "Giấy khai sinh",
        }
    ],
}


def office(**changes: Any) -> OfficeSettings:
    """Return the office of the tests; ``rules=`` and others replace sections.

    Without ``call_gap_s`` there is no least time between calls, so that only the tests of it have to wait.
    """
    rules = {"call_gap_s": 0} | changes.pop("rules", {})
    return OfficeSettings.model_validate(OFFICE | changes | {"rules": rules})


class Clock:
    """A clock that stands still until the test turns it."""

    def __init__(self, wall_ms: int = MONDAY_0800) -> None:
        self.wall_ms = wall_ms
        self.boot_ms = 1_000_000

    def now(self) -> Now:
        """The moment as the server sees it."""
        return Now(self.wall_ms, self.boot_ms, self.boot_ms / 1000)

    def go(self, ms: int) -> None:
        """Time passes."""
        self.wall_ms += ms
        self.boot_ms += ms

    def step_wall(self, ms: int) -> None:
        """Somebody sets the wall clock."""
        self.wall_ms += ms


class Hall:
    """The hall, spoken to in the words of the queue."""

    def __init__(self, folder: Path, clock: Clock | None = None, boot: str = "boot-1", **changes: Any) -> None:
        self.folder = folder
        self.clock = clock or Clock()
        self.always_open = bool(changes.pop("always_open", False))
        self.file = office(**changes)
        self.numbers = itertools.count(1)
        self.committed: list[Committed] = []
        self.ids = IdFactory(TicketIds(lambda: self.clock.wall_ms, own_bits()).new, lambda: uuid.uuid4().hex)
        if boot == "boot-1" and clock is None:
            fresh = fresh_database(json.dumps(changes, sort_keys=True))
            for name in (fresh.name, f"{fresh.name}.lock"):  # the lock file records that the database is whole
                shutil.copy2(fresh.with_name(name), folder / name)
        self.opened(boot)

    def opened(self, boot: str) -> None:
        """Start the server."""
        self.store = Store(SqliteBackend(self.folder / "hall.db"), self.clock.now, boot, always_open=self.always_open)
        if self.store.needs_check:
            self.store.check()
        self.writing(boot)

    def writing(self, boot: str) -> None:
        """Start the server's writer, in this boot of the machine."""
        self.boot = self.store.boot_id = boot
        self.writer = Writer(
            self.store.engines.write,
            self.clock.now,
            boot,
            on_commit=self.committed.append,
            always_open=self.always_open,
        )
        self.presence = Presence(self.clock.now())
        self.ask(lambda tx, now: commands.record_start(tx, now, self.file))

    def close(self) -> None:
        self.writer.close()
        self.store.close()

    def restarted(self, boot: str | None = None) -> None:
        """Stop the server and start it again; with another ``boot`` the machine too."""
        self.close()
        self.opened(boot or self.boot)

    def rebooted(self, boot: str) -> None:
        """Restart the writer with another ``boot`` while the files stay open.

        That is quick enough for long histories.
        """
        self.writer.close()
        self.writing(boot)

    def ask(self, work: Any) -> Any:
        return self.writer.ask(work, PATIENCE_S)

    def tick(self) -> commands.Wake:
        wake: commands.Wake = self.ask(lambda tx, now: commands.tick(tx, now, self.presence))
        return wake

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        with self.store.read() as snapshot:
            yield snapshot

    # --- asking ---

    def issue(self, service: str = "HT", ticket_class: str = "ordinary", **more: Any) -> TicketRow:
        answer = self.issued(service, ticket_class, **more)
        return self.row(answer.ticket)

    def issued(self, service: str = "HT", ticket_class: str = "ordinary", **more: Any) -> CommandResult:
        who = more.pop("actor", kiosk())
        body = {"request_id": request_id(), "service": service, "class": ticket_class, "station": "kiosk-1"} | more
        ask = IssueTicket.model_validate(body)
        answer: CommandResult = self.ask(lambda tx, now: commands.issue(tx, who, now, ask, self.ids))
        return answer

    def move(self, ticket: TicketRow | str, move: str, **more: Any) -> TicketRow:
        key = ticket if isinstance(ticket, str) else ticket.id
        who = more.pop("actor", None) or clerk(more.get("counter") or "c1")
        ask = MoveTicket.model_validate({"request_id": request_id(), "move": move} | more)
        self.ask(lambda tx, now: commands.move_ticket(tx, who, now, key, ask))
        return self.row(key)

    def undo(self, ticket: TicketRow, actor: Actor | None = None, counter: str | None = "c1") -> TicketRow:
        who, ask = actor or clerk("c1"), UndoMove(request_id=request_id(), counter=counter)
        self.ask(lambda tx, now: commands.undo_move(tx, who, now, ticket.id, ask))
        return self.row(ticket.id)

    def next(self, counter: str, **more: Any) -> TicketRow | None:
        who = more.pop("actor", None) or clerk(counter)
        ask = CallNext.model_validate({"request_id": request_id()} | more)
        answer = self.ask(lambda tx, now: commands.call_next(tx, who, now, counter, ask))
        return None if answer.ticket is None else self.row(answer.ticket)

    def state(self, counter: str, state: str, **more: Any) -> None:
        who = more.pop("actor", None) or clerk(counter)
        ask = SetCounterState.model_validate({"request_id": request_id(), "state": state} | more)
        self.ask(lambda tx, now: commands.set_state(tx, who, now, counter, ask))

    def open(self, *counters: str) -> None:
        for counter in counters or ("c1", "c2", "c3"):
            self.state(counter, "open")

    def sign(self, counter: str, person: str | None) -> None:
        ask = SignIn(request_id=request_id(), clerk=person)
        who = Actor(Role.CLERK, person or self.counter(counter).clerk or CLERKS[counter], f"page-{counter}")
        self.ask(lambda tx, now: commands.sign_in(tx, who, now, counter, ask))

    def seen(self, call: str, spoken: str | None = None, station: str = "tv-1") -> None:
        """A display reports a call as shown now, and as ``spoken``."""
        body = {"station": station, "shown_at": to_time(self.clock.wall_ms), "spoken": spoken}
        who, ask = Actor(Role.STATION, station, station), Seen.model_validate(body)
        self.ask(lambda tx, now: commands.report_call_seen(tx, who, now, call, ask))

    def ready(self, counter: str, ready: bool = True) -> None:
        ask = SetReady(request_id=request_id(), ready=ready)
        self.ask(lambda tx, now: commands.set_ready(tx, clerk(counter), now, counter, ask))

    def served(self, counter: str = "c1", service: str = "HT") -> TicketRow:
        """A ticket that has just been served there."""
        self.issue(service)
        row = self.next(counter)
        assert row is not None
        self.move(row, "start", counter=counter)
        return self.move(row, "finish", counter=counter, outcome="received")

    # --- looking ---

    def row(self, ticket: str | None) -> TicketRow:
        with self.read() as snapshot:
            row = find_ticket(snapshot.connection, ticket or "")
        assert row is not None
        return row

    def number(self, number: str) -> TicketRow:
        with self.read() as snapshot:
            row = find_number(snapshot.connection, snapshot.head.day or "", number)
        assert row is not None
        return row

    def counter(self, counter: str) -> Any:
        with self.read() as snapshot:
            return counter_row(snapshot.connection, counter)

    def facts(self, after: int = 0) -> list[Any]:
        with self.read() as snapshot:
            later = select(t.journal).where(t.journal.c.seq > after).order_by(t.journal.c.seq)
            return list(snapshot.connection.execute(later))

    def kinds(self) -> list[str]:
        return [row.kind for row in self.facts()]

    def view(self, view: Any, *args: Any, **options: Any) -> Any:
        """Return the result of a function of ``server.views`` for the present state."""
        with self.read() as snapshot:
            return view(snapshot, *args, **options)

    def wire(self, ticket: TicketRow) -> Any:
        with self.read() as snapshot:
            row = find_ticket(snapshot.connection, ticket.id)
            assert row is not None
            return views.ticket(snapshot, row)


@cache
def fresh_database(changes: str) -> Path:
    """Return a database as the first start leaves it.

    It is made once, because migrations take longer than most tests.
    """
    folder = Path(tempfile.mkdtemp(prefix="luot-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Hall(folder, Clock(), **json.loads(changes)).close()
    return folder / "hall.db"


@cache
def empty_database() -> Path:
    """Return a database with its tables and nothing in them, made once."""
    folder = Path(tempfile.mkdtemp(prefix="luot-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    engines = open_engines(folder / "empty.db")
    migrate(engines.write)
    engines.close()
    return folder / "empty.db"


def own_bits() -> Callable[[int], int]:
    """Return the source of the lowest bits of the ids of one hall's tickets.

    Two halls on one folder then never make the same id, although their clocks stand still at the same moment.
    """
    number = next(_HALL_NUMBERS)
    return lambda bits: number % (1 << bits)


def request_id() -> str:
    return str(uuid.uuid4())


def clerk(counter: str = "c1") -> Actor:
    return Actor(Role.CLERK, CLERKS[counter], f"page-{counter}")


def manager() -> Actor:
    return Actor(Role.MANAGER, "ql")


def kiosk() -> Actor:
    return Actor(Role.STATION, "kiosk-1", "kiosk-1")


def keypad() -> Actor:
    return Actor(Role.STATION, "counters-1", "counters-1")


def visitor() -> Actor:
    return Actor(Role.VISITOR, "link")


def refusal(work: Callable[..., object], *args: object, **more: object) -> Refused:
    """Return the refusal that ``work`` raises."""
    with pytest.raises(Refused) as caught:
        work(*args, **more)
    return caught.value


def in_state(hall: Hall, state: TicketState) -> TicketRow:
    """Return a fresh ticket of HT in this state.

    It is at counter c1 where the state is at a counter.
    """
    row = hall.issue("HT")
    if state is TicketState.WAITING:
        return row
    if state is TicketState.CANCELLED:
        return hall.move(row, "cancel", reason="void", counter="c1")
    if state is TicketState.EXPIRED:
        hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
        return hall.row(row.id)
    row = hall.move(row, "call_chosen", counter="c1", reason="x")
    if state is TicketState.CALLED:
        return row
    if state is TicketState.NO_SHOW:
        return hall.move(row, "no_show", counter="c1", reason="left")
    row = hall.move(row, "start", counter="c1")
    if state is TicketState.SERVING:
        return row
    if state is TicketState.HELD:
        return hall.move(row, "hold", counter="c1", reason="copies")
    assert state is TicketState.SERVED
    return hall.move(row, "finish", counter="c1", outcome="received")
