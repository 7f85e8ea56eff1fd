"""The store: how the database is opened, its history, and its own refusals."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from core_hall import Hall, clerk, in_state, kiosk, request_id
from core_statements import recorded_runs
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from server import commands, views
from server.domain.queue.ticket import TicketState
from server.store import AlreadyRunning, CannotOpen, SqliteBackend, Store
from server.store.backends import sqlite_engine as engines
from server.store.backends.sqlite_engine import SqliteVersion, append_only_statements, newest_sqlite, open_engines
from server.store.migrations import migrate
from server.store.queries import open_job_ids, open_ticket
from server.store.queue_clock import read_head
from server.store.schema import metadata
from server.wire.messages import AskHelp, Printed

OLD = SqliteVersion(sqlite3, sqlite3.sqlite_version, "truncate")
DEFAULT = newest_sqlite()


@pytest.mark.parametrize("sqlite", [DEFAULT, OLD], ids=["newest", "stdlib"])
def test_the_pragmas_that_survive_a_power_cut_are_set(tmp_path: Path, sqlite: SqliteVersion) -> None:
    opened = open_engines(tmp_path / "hall.db", sqlite)
    expected = {
        "journal_mode": sqlite.journal_mode,
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "wal_autocheckpoint": 400,
        "journal_size_limit": 2097152,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "application_id": 0x4C756F74,
    }
    with opened.write.connect() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in expected}
    opened.close()
    assert pragmas == expected


@pytest.mark.parametrize(
    ("version", "mode"),
    [((3, 40, 1), "truncate"), ((3, 51, 2), "truncate"), ((3, 51, 3), "wal"), ((3, 53, 4), "wal"), ((4, 0, 0), "wal")],
)
def test_wal_is_only_used_where_its_bug_is_mended(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], mode: str
) -> None:
    import pysqlite3

    monkeypatch.setattr(pysqlite3, "sqlite_version_info", version)
    assert newest_sqlite().journal_mode == mode


def test_without_the_newest_sqlite_the_machines_own_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pysqlite3", None)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    assert newest_sqlite() == OLD


def test_a_database_that_refuses_a_pragma_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="journal_mode"):
        open_engines(tmp_path / "hall.db", SqliteVersion(DEFAULT.module, DEFAULT.version, "nonsense"))


def test_a_damaged_or_foreign_file_is_not_opened(tmp_path: Path) -> None:
    noise = tmp_path / "noise.db"
    noise.write_bytes(b"this is not a database, " * 500)
    with pytest.raises(CannotOpen):
        open_engines(noise)
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    with pytest.raises(CannotOpen, match="another program"):
        open_engines(foreign)


def test_only_this_user_may_read_the_database(tmp_path: Path) -> None:
    path = tmp_path / "hall.db"
    opened = open_engines(path)
    with opened.write.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    opened.close()
    assert modes == {"hall.db": 0o600, "hall.db-wal": 0o600, "hall.db-shm": 0o600}
    path.chmod(0o644)
    open_engines(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_error_of_the_database_does_not_say_what_was_to_be_written(hall: Hall) -> None:
    with pytest.raises(DBAPIError) as caught, hall.store.engines.write.begin() as connection:
        connection.execute(metadata.tables["visitor_link"].insert().values(link="secret", ticket="t-nobody", day=None))
    assert "secret" not in str(caught.value)


def test_a_page_that_was_overwritten_stops_the_start(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    hall.tick()
    for _ in range(200):
        hall.issue()
    hall.close()
    path = tmp_path / "hall.db"
    content = bytearray(path.read_bytes())
    for page in range(20, len(content) // 4096 - 5):
        content[page * 4096 : page * 4096 + 64] = b"\xa5" * 64
    path.write_bytes(content)
    with pytest.raises(CannotOpen):
        Hall(tmp_path, boot="boot-2")


def test_a_second_server_on_the_same_database_refuses_to_start(hall: Hall, tmp_path: Path) -> None:
    with pytest.raises(AlreadyRunning, match="already running"):
        Store(SqliteBackend(tmp_path / "hall.db"), hall.clock.now, "boot-1")
    hall.close()
    Store(SqliteBackend(tmp_path / "hall.db"), hall.clock.now, "boot-1").close()


def test_the_reading_connections_cannot_write(hall: Hall) -> None:
    with hall.read() as snapshot, pytest.raises(DBAPIError, match="readonly"):
        snapshot.connection.execute(text("DELETE FROM ticket"))


def test_the_migrations_make_the_tables_of_the_metadata(tmp_path: Path) -> None:
    opened = open_engines(tmp_path / "a.db")
    migrate(opened.write)
    with opened.read.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    migrated = _schema(opened)
    opened.close()
    direct = open_engines(tmp_path / "b.db")
    with direct.write.begin() as connection:
        metadata.create_all(connection)
        for statement in append_only_statements("journal"):
            connection.exec_driver_sql(statement)
    assert migrated == _schema(direct)
    direct.close()


def _schema(opened: Any) -> dict[str, list[str]]:
    """Return every object of the database with the parts of its definition.

    Order and spacing do not count. A column that a migration adds stands behind the constraints, one of the first
    schema before them.
    """
    with opened.read.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    return {name: sorted(_parts(sql.replace('"', ""))) for name, sql in rows if name != "alembic_version"}


def _parts(sql: str) -> list[str]:
    """Return the parts between the commas of a definition, without its brackets."""
    head, _, rest = sql.partition("(")
    body, _, tail = rest.rpartition(")")
    parts, depth = [""], 0
    for letter in body:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [" ".join(part.split()) for part in (head, *parts, tail)]


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    opened = open_engines(tmp_path / "a.db")
    migrate(opened.write)
    before = _schema(opened)
    migrate(opened.write)
    assert _schema(opened) == before
    opened.close()


# --- what must never happen, tried with SQL behind the program's back --------------------------------------


def sql(hall: Hall, statement: str) -> None:
    with hall.store.engines.write.begin() as connection:
        connection.exec_driver_sql(statement)


def refused(hall: Hall, statement: str, by: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        sql(hall, statement)
    assert by in str(caught.value.orig)


def test_no_number_twice_in_a_day_and_series(hall: Hall) -> None:
    hall.issue()
    second = hall.issue()
    by = "ticket.office, ticket.day, ticket.prefix, ticket.seq"
    refused(hall, f"UPDATE ticket SET seq = 1 WHERE id = '{second.id}'", by)


def test_no_two_open_tickets_at_one_counter(hall: Hall) -> None:
    in_state(hall, TicketState.SERVING)
    other = hall.issue()
    refused(hall, f"UPDATE ticket SET state='called', counter='c1' WHERE id='{other.id}'", "ticket.counter")


def test_no_ticket_with_two_open_legs(hall: Hall) -> None:
    row = hall.issue()
    values = f"'{row.id}', 2, 'HT', 0, 'b', 0"
    refused(
        hall, f"INSERT INTO leg (ticket, n, service, began_ms, boot_id, across_boots) VALUES ({values})", "leg.ticket"
    )


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("state='lost'", "ck_ticket_state_known"),
        ("ticket_class='vip'", "ck_ticket_ticket_class_known"),
        ("state='called'", "ck_ticket_at_a_counter"),
        ("counter='c1'", "ck_ticket_at_no_counter"),
        ("state='held', counter='c1'", "ck_ticket_held_has_due"),
        ("due_ms=5", "ck_ticket_held_has_due"),
        ("state='served', counter='c1'", "ck_ticket_served_has_outcome"),
        ("seq=0", "ck_ticket_counts_from_one"),
    ],
)
def test_no_ticket_in_a_state_that_makes_no_sense(hall: Hall, change: str, by: str) -> None:
    row = hall.issue()
    refused(hall, f"UPDATE ticket SET {change} WHERE id='{row.id}'", by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("finished_ms=1", "ck_leg_finished_was_started"),
        ("counter='c1', started_ms=5, finished_ms=4", "ck_leg_no_negative_service"),
        ("counter='c1', called_ms=6, started_ms=5", "ck_leg_no_negative_walk"),
        ("started_ms=5", "ck_leg_started_somewhere"),
        ("ended_ms=5", "ck_leg_ended_says_how"),
    ],
)
def test_no_leg_with_impossible_times(hall: Hall, change: str, by: str) -> None:
    row = hall.issue()
    refused(hall, f"UPDATE leg SET {change} WHERE ticket='{row.id}'", by)


def test_no_ticket_of_an_unknown_service_counter_or_series(hall: Hall) -> None:
    row = hall.issue()
    for change in ("service='ZZ'", "pin='c9'", "prefix='Z'", "day='2000-01-01'"):
        refused(hall, f"UPDATE ticket SET {change} WHERE id='{row.id}'", "FOREIGN KEY")


def test_no_second_open_day(hall: Hall) -> None:
    values = "('2027-01-01', 'mau', 'open', 0, 0)"
    refused(hall, f"INSERT INTO day (id, office, state, opened_at_ms, opened_ms) VALUES {values}", "day.office")


def test_no_clerk_at_two_counters_and_no_readiness_while_closed(hall: Hall) -> None:
    refused(hall, "UPDATE counter_state SET clerk='an' WHERE counter='c2'", "counter_state.clerk")
    refused(hall, "UPDATE counter_state SET ready_ms=1 WHERE counter='c3'", "ck_counter_state_ready_is_open")


def test_no_request_remembered_twice(hall: Hall) -> None:
    row = "INSERT INTO request (caller, request_id, hash, seq) VALUES ('x', 'y', 'z', 1)"
    sql(hall, row)
    refused(hall, row, "request.caller")


def test_the_journal_refuses_to_be_changed(hall: Hall) -> None:
    refused(hall, "UPDATE journal SET at_ms = 0", "append-only")
    refused(hall, "DELETE FROM journal WHERE seq = 1", "append-only")


def test_no_table_has_a_column_for_a_persons_data() -> None:
    personal = ("phone", "cccd", "id_number", "birth", "address", "email", "citizen", "full_name", "name")
    named_like_personal_data = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if any(word in column.name for word in personal)
    }
    allowed = {
        "office.name",
        "service.name",
        "procedure.name",
        "procedure.full_name",
        "calendar.name",
        "clerk_name.name",
    }
    assert named_like_personal_data == allowed, (
        "only names of offices, services, procedures, holidays, and clerks in a table of their own"
    )


def test_no_clerks_name_and_no_visitors_link_is_in_the_journal(hall: Hall) -> None:
    answer = hall.issued("HT")
    hall.served()
    text_of_all = "\n".join(str(tuple(row)) for row in hall.facts())
    assert answer.visitor_token is not None
    assert answer.visitor_token not in text_of_all
    assert "Nguyễn" not in text_of_all
    assert "'an'" in text_of_all or '"an"' in text_of_all


def test_the_lock_file_is_left_by_a_process_that_died(tmp_path: Path) -> None:
    held = engines.lock(tmp_path / "hall.db")
    with pytest.raises(AlreadyRunning):
        engines.lock(tmp_path / "hall.db")
    import os

    os.close(held)
    os.close(engines.lock(tmp_path / "hall.db"))


def test_no_frequent_question_reads_a_whole_table_that_grows(hall: Hall) -> None:
    """The database's own plans while the hall works.

    Five years of tickets must not slow a call down.
    """
    with recorded_runs(hall) as runs:
        in_state(hall, TicketState.SERVED)
        urgent = hall.issued("HT", "priority", print_at="kiosk-1").ticket or ""
        hall.next("c1")
        doubt = Printed(station="kiosk-1", state="unknown")
        hall.ask(lambda tx, now: commands.report_print(tx, kiosk(), now, urgent, doubt))
        noted = AskHelp(request_id=request_id(), station="web")
        hall.ask(lambda tx, now: commands.note_dossier(tx, clerk(), now, noted, "c1", "H29.001.02-260126-120001"))
        hall.tick()
        with hall.read() as snapshot:
            views.board(snapshot, "e"), views.office(snapshot, "e"), views.clerk_page(snapshot, "c1")
            (
                views.counter_picture(snapshot, "c1", "e"),
                views.work_list(snapshot, "kiosk-1", "e"),
                views.manager_now(snapshot),
            )
            views.measured_tickets(snapshot, "2026-11-23"), views.counter_open_ms(snapshot, "2026-11-23")
            assert [slip.number for slip in views.unconfirmed_slips(snapshot)] == ["A002"]
    plans: set[str] = set()
    with hall.store.engines.read.connect() as connection:
        for text_of_run, parameters in runs:
            newest_only = "FROM journal" in text_of_run and "DESC" in text_of_run and "LIMIT" in text_of_run
            if text_of_run.startswith(("SELECT", "UPDATE", "DELETE")) and not newest_only:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text_of_run}", tuple(parameters))
                plans.update(str(row[3]) for row in plan)
    growing = ("ticket", "leg", "call", "journal", "job", "seen", "request", "visitor_link", "rating", "dossier")
    scans = {plan for plan in plans for table in growing if plan == f"SCAN {table}"}
    assert plans
    assert scans == set()


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda connection: read_head(connection), "one_open_day"),
        (lambda connection: open_ticket(connection, "c1"), "one_open_ticket_per_counter"),
        (lambda connection: open_job_ids(connection, "kiosk-1"), "open_jobs"),
    ],
)
def test_sqlite_sees_that_a_partial_index_fits(hall: Hall, ask: Any, index: str) -> None:
    """SQLite plans before it knows the values of parameters, so the condition must be text."""
    with hall.store.engines.read.connect() as connection:
        with recorded_runs(hall) as runs:
            ask(connection)
        plans = [
            str(row[3])
            for statement, parameters in runs
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(parameters))
        ]
    assert [plan for plan in plans if f"INDEX {index}" in plan], plans
