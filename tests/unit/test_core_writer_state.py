"""The rows that the writer keeps always equal those of the tables."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, Hall, kiosk, manager, request_id
from core_statements import recorded_runs, recorded_statements, web_of
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from test_core_writer import Gate

from config.clock import Now
from server import commands, views
from server.domain.errors import Refusal, Refused
from server.store import JournalHead, StorageFailed, Tx
from server.store.chain import verified
from server.store.journal import read_entries
from server.store.queries import last_number, ready_counters, stopped_services
from server.store.queue_clock import read_head
from server.wire.messages import IssueTicket
from support.waiting import PATIENCE_S

Work = Callable[[Tx, Now], Any]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(tmp_path)
    hall.tick()
    hall.open()
    hall.issue()
    yield hall
    hall.close()


def stored_head(hall: Hall) -> JournalHead:
    with hall.store.engines.read.connect() as connection:
        return read_head(connection)


def kept_head(hall: Hall) -> JournalHead:
    """Compare the writer's rows with the tables; return the head that it keeps."""
    head: JournalHead
    head, kept = hall.ask(lambda tx, now: (tx.head, tx.kept))
    with hall.read() as snapshot:
        connection, day = snapshot.connection, snapshot.head.day
        assert kept.day == day
        for prefix, number in kept.last_numbers.items():
            assert number == last_number(connection, snapshot.office.id, day or "", prefix)
        assert kept.stopped in (None, stopped_services(connection, day))
        assert kept.may_be_ready or ready_counters(connection) == []
    return head


def change_the_day(hall: Hall, tx: Tx, now: Now) -> None:
    """Change every part of the head: issue a number, close the day, enter a date."""
    commands.issue(tx, kiosk(), now, IssueTicket(request_id=request_id(), service="HT", station="kiosk-1"), hall.ids)
    commands.close_day(tx, manager(), now)
    commands.enter_date(tx, manager(), now, "2026-11-24")


def refuse(tx: Tx) -> None:
    raise Refused(Refusal.NOT_FOUND)


def fail(tx: Tx) -> None:
    raise ZeroDivisionError


def break_a_constraint(tx: Tx) -> None:
    tx.connection.execute(text("INSERT INTO ticket SELECT * FROM ticket LIMIT 1"))


def lose_the_disk(tx: Tx) -> None:
    raise OperationalError("COMMIT", None, Exception("disk I/O error"))


def owe_a_foreign_key(tx: Tx) -> None:
    """Break a foreign key that is checked at the commit, so that the commit fails."""
    tx.connection.execute(text("PRAGMA defer_foreign_keys=ON"))
    tx.connection.execute(text("UPDATE counter_state SET clerk='nobody' WHERE counter='c1'"))


FAILURES: dict[Callable[[Tx], None], type[Exception]] = {
    refuse: Refused,
    fail: ZeroDivisionError,
    break_a_constraint: StorageFailed,
    lose_the_disk: StorageFailed,
    owe_a_foreign_key: StorageFailed,
}
OF_WHOLE_GROUP = (lose_the_disk, owe_a_foreign_key)


def failing(hall: Hall, failure: Callable[[Tx], None]) -> Work:
    """Return a command that changes the whole head and then fails."""

    def work(tx: Tx, now: Now) -> None:
        change_the_day(hall, tx, now)
        assert tx.head.date == "2026-11-24"
        failure(tx)

    return work


def issuing(hall: Hall) -> Work:
    ask = IssueTicket(request_id=request_id(), service="HT", station="kiosk-1")
    return lambda tx, now: commands.issue(tx, kiosk(), now, ask, hall.ids)


def issue(hall: Hall) -> Future[Any]:
    return hall.writer.submit(issuing(hall))


@pytest.mark.parametrize("failure", FAILURES)
def test_a_command_that_fails_alone_leaves_the_head_of_the_tables(hall: Hall, failure: Callable[[Tx], None]) -> None:
    before = stored_head(hall)
    with pytest.raises(FAILURES[failure]):
        hall.ask(failing(hall, failure))
    assert stored_head(hall) == before
    assert kept_head(hall) == before
    assert hall.issue().number == "A002"
    require_whole_chain(hall)


@pytest.mark.parametrize("failure", FAILURES)
def test_a_command_that_fails_in_a_group_leaves_the_head_of_the_tables(
    hall: Hall, failure: Callable[[Tx], None]
) -> None:
    gate = Gate(hall)
    first, broken, last = issue(hall), hall.writer.submit(failing(hall, failure)), issue(hall)
    gate.go.set()
    with pytest.raises(FAILURES[failure]):
        broken.result(PATIENCE_S)
    if failure in OF_WHOLE_GROUP:
        for future in (first, last):
            with pytest.raises(StorageFailed):
                future.result(PATIENCE_S)
    else:
        numbers = [hall.row(future.result(PATIENCE_S).ticket).number for future in (first, last)]
        assert numbers == ["A002", "A003"]
    assert kept_head(hall) == stored_head(hall)
    assert hall.issue().number == ("A002" if failure in OF_WHOLE_GROUP else "A004")
    require_whole_chain(hall)


def test_a_commit_that_fails_leaves_the_head_of_the_tables(hall: Hall) -> None:
    before = stored_head(hall)

    def refuse_commit(_connection: Any) -> None:
        raise OperationalError("COMMIT", None, Exception("disk I/O error"))

    event.listen(hall.store.engines.write, "commit", refuse_commit)
    with pytest.raises(StorageFailed):
        hall.ask(lambda tx, now: change_the_day(hall, tx, now))
    event.remove(hall.store.engines.write, "commit", refuse_commit)
    assert kept_head(hall) == before == stored_head(hall)
    require_whole_chain(hall)


def require_whole_chain(hall: Hall) -> None:
    with hall.read() as snapshot:
        entries = list(verified(read_entries(snapshot.connection)))
        assert entries[-1].own == snapshot.head.own
    assert kept_head(hall) == stored_head(hall)


def test_the_kept_head_is_that_of_the_tables_through_days_and_reboots(hall: Hall) -> None:
    for boot in ("boot-2", "boot-3"):
        hall.clock.go(48 * HOUR)
        hall.tick()
        assert kept_head(hall) == stored_head(hall)
        hall.issue()
        hall.clock.step_wall(-30 * 24 * HOUR)
        hall.tick()
        assert kept_head(hall) == stored_head(hall)
        hall.ask(lambda tx, now: commands.enter_date(tx, manager(), now, "2026-11-27"))
        assert kept_head(hall) == stored_head(hall)
        hall.rebooted(boot)
        hall.tick()
        assert kept_head(hall) == stored_head(hall)


def test_rows_of_the_day_are_read_once_and_again_after_a_change(hall: Hall) -> None:
    def texts() -> list[str]:
        with recorded_runs(hall) as runs:
            hall.issued()
        assert kept_head(hall) == stored_head(hall)
        tables = ("FROM series", "FROM day_service", "ready_ms IS NOT NULL")
        return [table for text, _ in runs for table in tables if table in " ".join(text.split())]

    assert texts() == [], "the first number of the day has read them"
    hall.ask(lambda tx, now: commands.stop_issuing(tx, manager(), now, "CT", "x"))
    assert texts() == ["FROM day_service"]
    hall.ask(lambda tx, now: commands.resume_issuing(tx, manager(), now, "CT"))
    assert texts() == ["FROM day_service"]
    assert hall.next("c1") is not None
    assert texts() == []
    hall.ready("c2")
    assert texts() != []
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    hall.ask(lambda tx, now: commands.reopen_day(tx, manager(), now, "x"))
    assert "FROM series" in texts()


def test_head_and_office_are_read_once(hall: Hall) -> None:
    with recorded_runs(hall) as runs:
        for _ in range(3):
            hall.ask(lambda tx, now: (tx.day, tx.office.name, tx.queue_ms(now)))
    assert runs == []
    hall.rebooted("boot-1")
    with recorded_runs(hall) as runs:
        hall.ask(lambda tx, now: (tx.day, tx.office.name, tx.queue_ms(now)))
    assert [text for text, _ in runs if "queue_clock" in text] == []


def savepoints_of_group(hall: Hall, *works: Work) -> tuple[list[str], list[Future[Any]]]:
    """Run commands in one transaction; return the words of its savepoints, and the futures."""
    gate = Gate(hall)
    with recorded_statements(hall) as statements:
        futures = [hall.writer.submit(work) for work in works]
        gate.go.set()
        assert not wait(futures, PATIENCE_S).not_done
    return [statement.split()[0] for statement in statements if "SAVEPOINT" in statement], futures


def test_commands_that_succeed_have_no_savepoints(hall: Hall) -> None:
    with recorded_statements(hall) as statements:
        hall.issued()
    assert [statement for statement in statements if "SAVEPOINT" in statement] == []
    savepoints, futures = savepoints_of_group(hall, *(issuing(hall) for _ in range(3)))
    assert savepoints == []
    assert [hall.row(future.result(0).ticket).number for future in futures] == ["A003", "A004", "A005"]


def test_a_group_with_a_failing_command_runs_once_more_with_savepoints(hall: Hall) -> None:
    def fail_after_a_change(tx: Tx, now: Now) -> None:
        issuing(hall)(tx, now)
        fail(tx)

    savepoints, (first, failed, last) = savepoints_of_group(hall, issuing(hall), fail_after_a_change, issuing(hall))
    assert savepoints == ["SAVEPOINT", "RELEASE", "SAVEPOINT", "ROLLBACK", "RELEASE", "SAVEPOINT", "RELEASE"]
    assert isinstance(failed.exception(0), ZeroDivisionError)
    assert [hall.row(future.result(0).ticket).number for future in (first, last)] == ["A002", "A003"]
    assert kept_head(hall) == stored_head(hall)
    assert hall.issue().number == "A004"
    require_whole_chain(hall)


def test_an_answer_is_drawn_in_the_transaction_of_its_command(hall: Hall) -> None:
    web = web_of(hall)
    body = {"request_id": request_id(), "service": "HT", "station": "kiosk-1"}
    with recorded_statements(hall) as statements:
        status, ticket = web.post("/tickets", body)
    assert (status, ticket["number"], ticket["ahead"]) == (201, "A002", 1)
    assert [statement for statement in statements if statement.startswith("BEGIN")] == ["BEGIN IMMEDIATE"]


def test_a_command_whose_answer_cannot_be_drawn_does_not_happen(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    web, before = web_of(hall), hall.facts()
    body = {"request_id": request_id(), "service": "HT", "station": "kiosk-1"}
    with monkeypatch.context() as patch:
        patch.setattr(views, "ticket_by_id", lambda *_, **__: 1 / 0)
        assert web.post("/tickets", body)[0] == 500
    assert hall.facts() == before
    assert web.post("/tickets", body)[1]["number"] == "A002", "the same request, sent again"
