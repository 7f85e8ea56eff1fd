"""A database that an earlier version made goes on with this one."""

import dataclasses
import io
from pathlib import Path

import pytest
from core_hall import MONDAY_0800, OFFICE, Clock, Hall, in_state, keypad, manager, request_id
from sqlalchemy import Connection, MetaData, select
from sqlalchemy.exc import IntegrityError

from server import commands
from server.commands import Refused
from server.domain.facts import FactKind
from server.domain.queue.ticket import TicketState
from server.store import replay, schema
from server.store.apply import apply
from server.store.backends.sqlite_engine import open_engines
from server.store.journal import read_entries, select_entries
from server.store.migrations import migrate
from server.store.migrations.scripts import run_scripts
from server.store.office import read_office
from server.wire.messages import AskHelp, Rate, RatingLevel


@pytest.fixture
def yesterday(tmp_path: Path) -> Path:
    """A day lived through, in a database of the first schema.

    It has the same rows in the tables and columns that existed.
    """
    (tmp_path / "new").mkdir()
    without_series = [{**service, "series": None} for service in OFFICE["services"]]
    without_series[3]["prefix"] = "T"  # the first schema has no series of services
    hall = Hall(tmp_path / "new", services=without_series)
    hall.tick()
    hall.open("c1", "c2")
    in_state(hall, TicketState.SERVED)
    in_state(hall, TicketState.HELD)
    hall.issue("HT", print_at="kiosk-1")
    hall.close()
    (tmp_path / "old").mkdir()
    path = tmp_path / "old" / "hall.db"
    old, new = open_engines(path), open_engines(tmp_path / "new" / "hall.db")
    with old.write.begin() as connection:
        run_scripts(connection, "0001")
    with old.write.begin() as target, new.read.connect() as source:
        _copy(source, target)
    old.close()
    new.close()
    return path.parent


def _copy(source: Connection, target: Connection) -> None:
    known = MetaData()
    known.reflect(target)
    target.exec_driver_sql("PRAGMA defer_foreign_keys=1")
    for table in schema.metadata.sorted_tables:
        if table.name in known.tables:
            names = known.tables[table.name].columns.keys()
            query = select_entries() if table is schema.journal else select(table)
            rows = [{name: row[name] for name in names if name in row} for row in source.execute(query).mappings()]
            if rows:
                target.execute(known.tables[table.name].insert(), rows)


def test_a_hall_of_yesterday_goes_on_and_can_do_what_is_new(yesterday: Path, tmp_path: Path) -> None:
    hall = Hall(yesterday, Clock(MONDAY_0800 + 60_000), boot="boot-2")
    before = {row.number: row.state for row in map(hall.number, ("A001", "A002", "A003"))}
    assert before == {"A001": TicketState.SERVED, "A002": TicketState.HELD, "A003": TicketState.WAITING}

    rate = Rate(request_id=request_id(), station="counters-1", counter="c1", level=RatingLevel.SATISFIED)
    hall.ask(lambda tx, now: commands.rate(tx, keypad(), now, rate))
    ask = AskHelp(request_id=request_id(), station="web")
    hall.ask(lambda tx, now: commands.request_printer_job(tx, manager(), now, ask, "kiosk-1", "roll"))
    called = hall.next("c1", actor=keypad(), number="3")
    assert called is not None
    again = open_engines(tmp_path / "again.db")
    migrate(again.write)
    with hall.read() as snapshot:
        assert replay.check(snapshot.connection, again.write) == []
    again.close()
    hall.close()


def test_an_office_of_yesterday_has_procedures_without_everyday_words(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    with hall.read() as snapshot:
        loaded = next(fact for fact in read_entries(snapshot.connection) if fact.kind is FactKind.OFFICE_LOADED)
    rows = [{key: row[key] for key in row.keys() - {"synonyms"}} for row in loaded.data["procedure"]]
    again = open_engines(tmp_path / "again.db")
    migrate(again.write)
    with again.write.begin() as connection:
        apply(connection, dataclasses.replace(loaded, data={**loaded.data, "procedure": rows}))
        procedures = read_office(connection, always_open=True).procedures
    assert [procedure.synonyms for procedure in procedures.values()] == [()] * len(rows) != []
    again.close()
    hall.close()


def test_the_upgraded_tables_refuse_what_the_new_ones_refuse(yesterday: Path) -> None:
    hall = Hall(yesterday, Clock(MONDAY_0800 + 60_000), boot="boot-2")
    with pytest.raises(IntegrityError, match="kind_known"), hall.store.engines.write.begin() as connection:
        connection.exec_driver_sql("UPDATE job SET kind = 'explode'")
    with pytest.raises(IntegrityError, match="state_known"), hall.store.engines.write.begin() as connection:
        connection.exec_driver_sql("UPDATE job SET state = 'lost'")
    with pytest.raises(Refused):
        ask = AskHelp(request_id=request_id(), station="web")
        hall.ask(lambda tx, now: commands.request_printer_job(tx, keypad(), now, ask, "kiosk-1", "roll"))
    hall.close()


def test_the_upgrade_changes_no_byte_of_the_journals_export(yesterday: Path, tmp_path: Path) -> None:
    exports = []
    for folder in (yesterday, tmp_path / "new"):
        engines, out = open_engines(folder / "hall.db"), io.StringIO()
        migrate(engines.write)
        with engines.read.connect() as connection:
            replay.export(connection, out)
            stored = connection.exec_driver_sql("SELECT DISTINCT typeof(own), typeof(request_hash) FROM journal").all()
            assert {own for own, _ in stored} == {"blob"}
            assert {request_hash for _, request_hash in stored} == {"null", "blob"}
        engines.close()
        exports.append(out.getvalue())
    assert exports[0] == exports[1] != ""
