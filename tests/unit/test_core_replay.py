"""Replaying the journal gives the same rows; a journal that was altered does not."""

import io
import json
import math
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, MINUTE, Hall, clerk, in_state, kiosk, manager, request_id, visitor
from sqlalchemy import select

from server import commands
from server.commands import Actor, Role
from server.domain.facts import FACTS, FactKind
from server.domain.office_changes import Edit, Part
from server.domain.queue.ticket import TicketState
from server.store import replay
from server.store.apply import APPLY
from server.store.backends.sqlite_engine import open_engines
from server.store.chain import BrokenChain, entry_hash
from server.store.entry import COLUMNS
from server.store.migrations import migrate
from server.store.schema import NEVER_JOURNALLED, metadata
from server.wire.messages import AskHelp, JobResult, JudgeDevice, Printed, RaiseAlarm, Rate, RatingLevel, Seen, to_time


def change_the_office(hall: Hall) -> None:
    """Change a part at once, and withdraw a planned change."""
    boss = Actor(Role.ADMINISTRATOR, "p-000001")
    notice = {"text": {"vi": "Chiều nay nghỉ sớm"}, "since": None, "until": None}
    edits = [Edit(Part.OFFICE, "", {"hotline": None}, {"hotline": "1022"}), Edit(Part.NOTICE, "n1", None, notice)]
    hall.ask(lambda tx, now: commands.change_office(tx, boss, now, edits))
    planned = hall.ask(
        lambda tx, now: commands.change_office(
            tx, boss, now, [Edit(Part.RULES, "", {"calls": 3}, {"calls": 2})], date="2027-01-04"
        )
    )
    hall.ask(lambda tx, now: commands.withdraw_change(tx, boss, now, planned))


def busy_days(hall: Hall) -> None:
    """Every kind of fact at least once."""
    for state in (TicketState.SERVED, TicketState.HELD, TicketState.NO_SHOW, TicketState.CANCELLED):
        in_state(hall, state)
    held, missed = hall.number("A002"), hall.number("A003")
    hall.move(hall.number("A001"), "reopen", counter="c1")
    hall.undo(hall.number("A001"))
    hall.move(hall.number("A001"), "rejoin", counter="c1")
    hall.undo(hall.number("A001"))
    hall.move(hall.number("A001"), "reopen", counter="c1")
    hall.move(hall.number("A001"), "finish_next", counter="c1", outcome="advice", service="CT")
    hall.move(held, "resume", counter="c1")
    hall.move(held, "hold", counter="c1", reason="form", due_min=1)
    hall.clock.go(MINUTE)
    hall.tick()
    hall.move(held, "transfer", counter="c1", service="CT", pin="c3")
    hall.state("c3", "open")
    hall.state("c3", "closed")
    hall.move(missed, "return", counter="c1")
    hall.move(missed, "defer", actor=visitor())
    hall.move(missed, "correct", counter="c1", procedure="1.001193")
    hall.move(missed, "reclassify", counter="c1", reason="with a child", **{"class": "priority"})
    called = hall.next("c1")
    assert called is not None
    call = f"k-{hall.facts()[-1].seq}"
    report = Seen(station="tv-1", shown_at=to_time(hall.clock.wall_ms), spoken="yes")
    hall.ask(lambda tx, now: commands.report_call_seen(tx, kiosk(), now, call, report))
    hall.move(called, "recall", counter="c1")
    hall.move(called, "requeue", counter="c1")
    while (row := hall.next("c1")) is not None:
        hall.move(row, "no_show", counter="c1", reason="left")
    hall.ask(lambda tx, now: commands.name_clerk(tx, clerk(), now, "dung", "Phạm Văn Dũng"))
    change_the_office(hall)
    auto = hall.issue("HT", print_at="kiosk-1")
    hall.ask(lambda tx, now: commands.acknowledge_call(tx, clerk(), now, "c1"))
    job = hall.kinds().index("job.made") + 1
    result = JobResult(station="kiosk-1", state="printed", proof="fence")
    hall.ask(lambda tx, now: commands.report_job(tx, kiosk(), now, f"j-{job}", result))
    proof = Printed(station="kiosk-1", state="unknown")
    hall.ask(lambda tx, now: commands.report_print(tx, kiosk(), now, auto.id, proof))
    slip = AskHelp(request_id=request_id(), station="web")
    hall.ask(lambda tx, now: commands.dismiss_slip(tx, manager(), now, slip, auto.id))
    hall.move(auto, "start", counter="c1")
    noted = AskHelp(request_id=request_id(), station="web")
    hall.ask(lambda tx, now: commands.note_dossier(tx, clerk(), now, noted, "c1", "H29.001.02-260126-120001"))
    noted = AskHelp(request_id=request_id(), station="web")
    hall.ask(lambda tx, now: commands.note_ticket(tx, clerk(), now, noted, auto.id, "c1", "waits for a copy"))
    hall.move(auto, "finish", counter="c1", outcome="received")
    stars = Rate(request_id=request_id(), station="counters-1", counter="c1", level=RatingLevel.SATISFIED)
    hall.ask(lambda tx, now: commands.rate(tx, kiosk(), now, stars))
    hall.ask(lambda tx, now: commands.ask_help(tx, kiosk(), now, AskHelp(request_id=request_id(), station="kiosk-1")))
    helped = hall.kinds().index("help.asked") + 1
    hall.ask(lambda tx, now: commands.take_help(tx, manager(), now, f"h-{helped}"))
    tried = JudgeDevice(request_id=request_id(), station="kiosk-1", device="printer", fault="pale")
    hall.ask(lambda tx, now: commands.record_trial(tx, manager(), now, tried))
    assist_each_other(hall)
    hall.ready("c2", False)
    while (row := hall.next("c2")) is not None:
        hall.move(row, "no_show", counter="c2", reason="left")
    hall.ready("c2", False)
    hall.ready("c2", False)
    hall.ask(lambda tx, now: commands.stop_issuing(tx, manager(), now, "HT"))
    hall.ask(lambda tx, now: commands.resume_issuing(tx, manager(), now, "HT"))
    hall.ask(lambda tx, now: commands.lend_service(tx, manager(), now, "c1", "DD", taken_from="c3"))
    hall.issue("DD")
    hall.clock.step_wall(HOUR)
    hall.tick()
    hall.ask(lambda tx, now: commands.enter_date(tx, manager(), now, "2026-11-24"))
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    hall.ask(lambda tx, now: commands.reopen_day(tx, manager(), now, "mistake"))
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    hall.clock.go(48 * HOUR)
    hall.restarted("boot-2")
    hall.tick()
    hall.move(hall.issue("HT", "priority", procedure="1.001193"), "defer", actor=visitor())


def assist_each_other(hall: Hall) -> None:
    """Raise and end an alarm; send a colleague to a counter."""
    hall.ask(lambda tx, now: commands.raise_alarm(tx, clerk(), now, "c1", RaiseAlarm(request_id=request_id())))
    hall.ask(lambda tx, now: commands.take_alarm(tx, manager(), now, f"a-{hall.facts()[-1].seq}"))
    hall.ask(lambda tx, now: commands.end_alarm(tx, manager(), now, f"a-{hall.facts()[-2].seq}"))
    ask = AskHelp(request_id=request_id(), station="web")
    hall.ask(lambda tx, now: commands.send_colleague(tx, manager(), now, ask, "c1", counter="c2"))
    hall.ask(lambda tx, now: commands.go_as_sent(tx, clerk(), now, f"s-{hall.facts()[-1].seq}"))
    hall.ask(lambda tx, now: commands.end_dispatch(tx, clerk(), now, f"s-{hall.facts()[-2].seq}"))


def replayed(hall: Hall, folder: Path) -> list[replay.Difference]:
    again = open_engines(folder / "again.db")
    migrate(again.write)
    with hall.store.engines.read.connect() as connection:
        differences = replay.check(connection, again.write)
    again.close()
    return differences


def test_replaying_the_journal_gives_the_same_rows_column_by_column(hall: Hall, tmp_path: Path) -> None:
    busy_days(hall)
    missing = set(FactKind) - {FactKind(kind) for kind in hall.kinds()}
    assert missing == set(), "the history of this test must have every kind of fact"
    with hall.read() as snapshot:
        filled = {table.name: len(snapshot.connection.execute(select(table)).all()) for table in metadata.sorted_tables}
    empty = [name for name, rows in filled.items() if not rows and name not in NEVER_JOURNALLED]
    assert empty == [], "an empty table proves nothing"
    assert replayed(hall, tmp_path) == []


def test_every_kind_of_fact_is_applied() -> None:
    assert set(APPLY) == set(FACTS.values())


def test_export_and_import_by_the_command_line(hall: Hall, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    busy_days(hall)
    stored, out, copy = tmp_path / "hall.db", tmp_path / "journal.jsonl", tmp_path / "copy.db"
    assert replay.main(["export", str(stored), str(out)]) == 0
    assert replay.main(["import", str(copy), str(out)]) == 0
    assert replay.main(["check", str(copy)]) == 0
    assert replay.main(["check", str(stored)]) == 0
    assert replay.main(["import", str(copy), str(out)]) == 65
    assert "not empty" in capsys.readouterr().err
    first, second = io.StringIO(), io.StringIO()
    for path, target in ((stored, first), (copy, second)):
        engines = open_engines(path)
        with engines.read.connect() as connection:
            replay.export(connection, target)
        engines.close()
    assert first.getvalue() == second.getvalue()


OTHER: dict[str, Any] = {"day": "2001-01-01", "request_id": "other", "request_hash": "other", "ticket": "t-other"}


def altered(value: object, name: str) -> Any:
    if name == "data":
        return {"altered": True}
    if name == "kind":
        return "request.answered" if value != "request.answered" else "clock.stepped"
    if isinstance(value, int):
        return value + 1
    return OTHER.get(name) or f"{value or ''}0"


@pytest.mark.parametrize("column", COLUMNS)
def test_altering_any_column_of_any_row_is_found(hall: Hall, tmp_path: Path, column: str) -> None:
    """Every row in turn has this column altered; no such export may be imported."""
    hall.served()
    lines = exported(hall)
    for number in range(1, len(lines)):
        row = json.loads(lines[number])
        row[column] = altered(row[column], column)
        changed = [*lines[:number], json.dumps(row), *lines[number + 1 :]]
        with pytest.raises((BrokenChain, replay.BadExport)):
            list(replay.parse_export(changed))


def exported(hall: Hall) -> list[str]:
    out = io.StringIO()
    with hall.store.engines.read.connect() as connection:
        replay.export(connection, out)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("cut", [slice(0, -1), slice(0, 2)], ids=["the last row", "all but the first"])
def test_a_journal_that_was_cut_short_is_found(hall: Hall, cut: slice) -> None:
    hall.issue()
    with pytest.raises(replay.BadExport, match="not whole"):
        list(replay.parse_export(exported(hall)[cut]))


def test_rows_that_were_swapped_or_left_out_are_found(hall: Hall) -> None:
    hall.served()
    lines = exported(hall)
    for changed in ([*lines[:3], lines[4], lines[3], *lines[5:]], [*lines[:3], *lines[4:]]):
        with pytest.raises(BrokenChain):
            list(replay.parse_export(changed))


def test_a_forged_row_with_fresh_hashes_no_longer_gives_the_stored_rows(hall: Hall, tmp_path: Path) -> None:
    """A recomputed chain hides from the hashes, not from the tables and the exported head."""
    hall.served()
    hall.issue("CT")
    lines = exported(hall)
    rows = [json.loads(line) for line in lines[1:]]
    at = next(i for i, row in enumerate(rows) if row["kind"] == "ticket.finished")
    rows[at]["data"]["outcome"] = "refused"
    prev = rows[at]["prev"]
    for row in rows[at:]:
        row["prev"] = prev
        row["own"] = prev = entry_hash(row)
    forged = [lines[0], *(json.dumps(row) for row in rows)]
    with pytest.raises(replay.BadExport, match="another end"):
        list(replay.parse_export(forged))
    head = json.loads(lines[0]) | {"head": prev}
    again = open_engines(tmp_path / "forged.db")
    migrate(again.write)
    replay.replay(again.write, replay.parse_export([json.dumps(head), *forged[1:]]))
    with hall.store.engines.read.connect() as stored, again.read.connect() as other:
        tables = {difference.table for difference in replay.differences(stored, other)}
    again.close()
    assert {"ticket", "leg", "journal"} <= tables


def test_a_table_that_was_changed_behind_the_journals_back_is_found(hall: Hall, tmp_path: Path) -> None:
    row = hall.issue()
    with hall.store.engines.write.begin() as connection:
        connection.exec_driver_sql(f"UPDATE ticket SET ticket_class='priority' WHERE id='{row.id}'")
    (difference,) = replayed(hall, tmp_path)
    assert difference.table == "ticket"
    assert "priority" in str(difference)


def test_what_is_never_journalled_is_five_tables() -> None:
    assert set(NEVER_JOURNALLED) == {"visitor_link", "clerk_name", "dossier", "message", "ticket_note"}


HEAD = '{"format": "luot-journal", "version": 1'
SPOILT_FACT = json.dumps(dict.fromkeys(COLUMNS, math.inf) | {"kind": next(iter(FactKind))})


@pytest.mark.parametrize(
    "line",
    ["", "[]", "nonsense", "[" * 100_000, '{"format": "other", "version": 1}', HEAD + "}", HEAD + "}\n" + SPOILT_FACT],
    ids=range(7),
)
def test_a_file_that_is_no_export_is_refused(line: str) -> None:
    with pytest.raises(replay.BadExport):
        list(replay.parse_export(line.split("\n")))


@pytest.mark.parametrize(
    "damage",
    [
        "data = CAST(substr(data, 1, length(data) - 3) AS BLOB)",
        "data = CAST(x'02' || substr(data, 2) AS BLOB)",
        "data = CAST(data || x'00' AS BLOB)",
        "data = x''",
        "data = '{'",
        "kind = 'nonsense'",
    ],
)
@pytest.mark.parametrize("command", ["export", "check"])
def test_a_row_that_cannot_be_read_is_reported_with_its_number(
    hall: Hall, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, damage: str
) -> None:
    hall.served("c1")
    hall.close()
    database, file = hall.folder / "hall.db", [str(tmp_path / "out.jsonl")] if command == "export" else []
    with closing(open_engines(database)) as engines, engines.write.begin() as connection:
        seq = connection.exec_driver_sql("SELECT max(seq) FROM journal WHERE typeof(data) = 'blob'").scalar_one()
        connection.exec_driver_sql("DROP TRIGGER journal_no_update")
        connection.exec_driver_sql(f"UPDATE journal SET {damage} WHERE seq = {seq}")
    assert replay.main([command, str(database), *file]) == replay.EX_DATA
    assert f"journal row {seq}: " in capsys.readouterr().err
