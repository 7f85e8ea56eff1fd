"""The one writer: order, groups, failures, and that nothing leaves before the commit."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, Hall, kiosk, manager, request_id
from core_statements import recorded_runs
from sqlalchemy import event, text

from server import commands
from server.commands import Refused
from server.store import Busy, CannotOpen, StorageFailed, Writer
from server.wire.messages import CallNext, IssueTicket
from support.waiting import PATIENCE_S


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(tmp_path)
    hall.tick()
    hall.open()
    yield hall
    hall.close()


class Gate:
    """A command that holds the writer's thread until it is let go."""

    def __init__(self, hall: Hall) -> None:
        self.there, self.go = threading.Event(), threading.Event()
        self.future: Future[None] = hall.writer.submit(self._hold)
        assert self.there.wait(PATIENCE_S)

    def _hold(self, tx: Any, now: Any) -> None:
        self.there.set()
        assert self.go.wait(PATIENCE_S)


def issue(hall: Hall, service: str = "HT") -> Future[Any]:
    ask = IssueTicket(request_id=request_id(), service=service, station="kiosk-1")
    return hall.writer.submit(lambda tx, now: commands.issue(tx, kiosk(), now, ask, hall.ids))


def commits(hall: Hall) -> list[int]:
    """Counts the commits of the write engine from now on."""
    seen: list[int] = []
    event.listen(hall.store.engines.write, "commit", lambda connection: seen.append(1))
    return seen


def test_commands_that_wait_together_share_one_commit_and_keep_their_order(hall: Hall) -> None:
    seen = commits(hall)
    gate = Gate(hall)
    futures = [issue(hall) for _ in range(20)]
    hall.committed.clear()
    gate.go.set()
    numbers = [hall.row(future.result(PATIENCE_S).ticket).number for future in futures]
    assert numbers == [f"A{n:03d}" for n in range(1, 21)]
    assert len(seen) == 2, "the gate's own commit and one for the twenty"
    assert [len(committed.entries) for committed in hall.committed] == [20]


def test_a_refusal_inside_a_group_undoes_itself_alone(hall: Hall) -> None:
    gate = Gate(hall)
    first, wrong, last = issue(hall), issue(hall, "ZZ"), issue(hall)
    gate.go.set()
    with pytest.raises(Refused):
        wrong.result(PATIENCE_S)
    assert [hall.row(answer.result(PATIENCE_S).ticket).number for answer in (first, last)] == ["A001", "A002"]


def test_a_command_that_wrote_and_then_fails_leaves_nothing_and_the_chain_whole(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    ask = IssueTicket(request_id=request_id(), service="HT", station="kiosk-1")

    def broken(tx: Any, now: Any) -> None:
        commands.issue(tx, kiosk(), now, ask, hall.ids)
        raise ZeroDivisionError

    before = hall.facts()
    with pytest.raises(ZeroDivisionError):
        hall.ask(broken)
    assert hall.facts() == before
    assert hall.issue().number == "A001"
    assert [row.seq for row in hall.facts()] == list(range(1, len(before) + 2))
    assert "a command failed" in caplog.text


def test_a_commit_that_fails_fails_every_command_of_its_group_and_tells_nobody(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate(hall)
    futures = [issue(hall) for _ in range(3)]
    wrong = issue(hall, "ZZ")
    broken = hall.writer.submit(_owe_a_foreign_key)
    before = list(hall.committed)
    gate.go.set()
    for future in (*futures, wrong, broken):
        with pytest.raises(StorageFailed):
            future.result(PATIENCE_S)
    assert hall.committed == before
    assert hall.issue().number == "A001", "the numbers were given back"


def _owe_a_foreign_key(tx: Any, now: Any) -> None:
    """The database will refuse the commit itself: a deferred foreign key stays unpaid."""
    tx.connection.execute(text("PRAGMA defer_foreign_keys=ON"))
    tx.connection.execute(text("UPDATE counter_state SET clerk='nobody' WHERE counter='c1'"))


def test_a_full_disk_fails_the_command_and_service_resumes_by_itself(hall: Hall) -> None:
    with hall.store.engines.write.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    limit = f"PRAGMA max_page_count={pages}"
    hall.ask(lambda tx, now: tx.connection.exec_driver_sql(limit).scalar_one())
    issued = 0
    with pytest.raises(StorageFailed):
        for _ in range(10_000):
            hall.issued()
            issued += 1
    hall.ask(lambda tx, now: tx.connection.exec_driver_sql("PRAGMA max_page_count=1000000").scalar_one())
    assert hall.issue().seq == issued + 1


def test_a_connection_that_cannot_be_made_anew_fails_its_command_and_service_resumes(hall: Hall) -> None:
    engine = hall.store.engines.write

    def refuse(*_: object) -> None:
        raise CannotOpen("SQLite refused a setting")

    engine.dispose()
    event.listen(engine, "connect", refuse)
    with pytest.raises(StorageFailed):
        hall.issue()
    event.remove(engine, "connect", refuse)
    assert hall.issue().number == "A001"


def test_answers_and_notifications_come_after_the_commit(hall: Hall) -> None:
    """From another connection, what the answer says is there when the answer is."""
    is_committed = []

    def look(committed: Any) -> None:
        with hall.store.engines.read.connect() as connection:
            is_committed.append(connection.execute(text("SELECT max(seq) FROM journal")).scalar_one() >= committed.seq)

    hall.writer.close()
    hall.writer = Writer(hall.store.engines.write, hall.clock.now, hall.boot, on_commit=look)
    for _ in range(5):
        hall.issue()
    hall.writer.close()
    assert is_committed == [True] * 5


def test_a_listener_that_fails_stops_nobody(hall: Hall, caplog: pytest.LogCaptureFixture) -> None:
    def fail(committed: Any) -> None:
        raise RuntimeError("deaf")

    hall.writer.close()
    hall.writer = Writer(hall.store.engines.write, hall.clock.now, hall.boot, on_commit=fail)
    assert [hall.issue().number, hall.issue().number] == ["A001", "A002"]
    hall.writer.close()
    assert "deaf" in caplog.text


def test_a_full_queue_says_busy_and_loses_nothing_that_was_taken(hall: Hall) -> None:
    hall.writer.close()
    hall.writer = Writer(hall.store.engines.write, hall.clock.now, hall.boot, capacity=2)
    gate = Gate(hall)
    accepted = [issue(hall), issue(hall)]
    with pytest.raises(Busy):
        issue(hall)
    gate.go.set()
    assert [hall.row(answer.result(PATIENCE_S).ticket).number for answer in accepted] == ["A001", "A002"]


def test_closing_finishes_what_waits_and_takes_no_more(hall: Hall) -> None:
    gate = Gate(hall)
    waits = issue(hall)
    closing = threading.Thread(target=hall.writer.close)
    closing.start()
    gate.go.set()
    assert waits.result(PATIENCE_S).ticket is not None
    closing.join(PATIENCE_S)
    with pytest.raises(Busy):
        issue(hall)


def test_a_command_that_was_given_up_before_its_turn_does_not_happen(hall: Hall) -> None:
    gate = Gate(hall)
    given_up, kept = issue(hall), issue(hall)
    assert given_up.cancel()
    gate.go.set()
    assert hall.row(kept.result(PATIENCE_S).ticket).number == "A001"


def test_a_forced_integrity_error_is_a_storage_failure_of_that_command_only(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    row = hall.issue()

    def twice(tx: Any, now: Any) -> None:
        tx.connection.execute(text(f"INSERT INTO ticket SELECT * FROM ticket WHERE id='{row.id}'"))

    with pytest.raises(StorageFailed):
        hall.ask(twice)
    assert hall.issue().number == "A002"


def test_clerks_who_hammer_next_get_each_ticket_once(hall: Hall) -> None:
    """Two clerks who press next at once get two tickets or none, never a refusal."""
    for n in range(300):
        hall.issued(("HT", "CT", "TK")[n % 3])
    calls: list[str] = []

    def clerk(counter: str) -> None:
        while (row := hall.next(counter)) is not None:
            calls.append(row.id)
            hall.move(row, "start", counter=counter)
            hall.move(row, "finish", counter=counter, outcome="received")

    with ThreadPoolExecutor(3) as clerks:
        list(clerks.map(clerk, ("c1", "c2", "c3")))
    assert len(calls) == len(set(calls)) == 300


def test_two_clerks_press_next_for_the_last_ticket(hall: Hall) -> None:
    gate = Gate(hall)
    asks = [CallNext(request_id=request_id()) for _ in range(2)]

    def press_next(counter: str, ask: CallNext) -> Future[commands.CommandResult]:
        return hall.writer.submit(lambda tx, now: commands.call_next(tx, kiosk(), now, counter, ask))

    futures = [press_next(counter, ask) for counter, ask in zip(("c1", "c2"), asks, strict=True)]
    answer = issue(hall)
    gate.go.set()
    answers = [future.result(PATIENCE_S).ticket for future in futures]
    assert answers == [None, None], "nobody waited when they pressed"
    assert hall.row(answer.result(PATIENCE_S).ticket).counter == "c1", "the counter that has been ready longest"


def test_a_caller_learns_what_became_of_a_command_that_had_begun(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    there, go = threading.Event(), threading.Event()

    def slow(tx: Any, now: Any) -> str:
        there.set()
        assert go.wait(PATIENCE_S)
        return "done"

    queued = hall.writer.submit

    def begun(work: Any, wanted: Any) -> Future[Any]:
        future = queued(work, wanted)
        assert there.wait(PATIENCE_S)
        return future

    monkeypatch.setattr(hall.writer, "submit", begun)
    monkeypatch.setattr("server.store.writer.log.warning", lambda *message: go.set())
    try:
        assert hall.writer.ask(slow, timeout_s=0) == "done"
    finally:
        go.set()


def test_closing_takes_no_more_statements_for_many_who_wait_than_for_few(hall: Hall) -> None:
    spent: list[int] = []
    for waiting in (3, 40):
        for _ in range(waiting):
            issue(hall).result(PATIENCE_S)
        with recorded_runs(hall) as runs:
            closed = hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
        spent.append(len(runs))
        assert closed.expired == waiting
        hall.clock.go(48 * HOUR)
        hall.tick()
    assert spent[1] <= spent[0]
