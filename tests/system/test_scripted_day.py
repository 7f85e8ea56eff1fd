"""Sixty visitors and every move of the table, on a hall of real programs.

The literals of the report were worked out by hand from the times of the script (the whole day's median and 90th
percentile by listing all 58 waits), not by the program.
"""

import csv
import io
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from day_script import ClerkDesk, N, afternoon, close_the_day, morning, play
from playwright.sync_api import Browser
from scripted_day import DAY, Day, scripted_day

from server.domain.moves import Move
from support.server_process import ROOT, need, request_id

REPORT = {
    # service: issued, served, mean, median, p90 (minutes), within 20 minutes, mean service time
    "Chứng thực": ("7", "6", "10,6", "11,7", "17,5", "6/7 (85,7%)", "2,6"),
    "Hộ tịch": ("15", "14", "24,0", "23,5", "40,0", "6/14 (42,9%)", "1,9"),
    "Đất đai": ("12", "12", "17,5", "17,5", "31,0", "7/12 (58,3%)", "3,0"),
    "Cư trú": ("12", "12", "7,5", "7,5", "12,0", "12/12 (100,0%)", "2,0"),
    "Trả kết quả": ("12", "12", "1,0", "1,0", "1,0", "12/12 (100,0%)", "1,0"),
    "Xây dựng - Hạ tầng": ("1", "1", "43,8", "43,8", "43,8", "0/1 (0,0%)", "1,5"),
    "Hướng dẫn": ("1", "1", "0,0", "0,0", "0,0", "1/1 (100,0%)", "1,2"),
    "Cả ngày": ("60", "58", "13,0", "10,0", "34,0", "44/59 (74,6%)", "2,0"),
}
AFTERNOON = {
    # number: state, wait in seconds (issued to first call, or until it left uncalled), service time in seconds
    "B001": ("Hoàn thành", "310", "90"),
    "B002": ("Hoàn thành", "830", "120"),
    "B003": ("Hoàn thành", "1000", "110"),
    "B004": ("Hoàn thành", "1050", "210"),
    "B005": ("Hoàn thành", "570", "210"),
    "B006": ("Hoàn thành", "60", "180"),
    "B007": ("Hết hiệu lực", "10200", ""),
    "D001": ("Hoàn thành", "2630", "90"),
    "V001": ("Hoàn thành", "0", "70"),
    "A013": ("Hoàn thành", "650", "90"),
    "A014": ("Đã hủy", "160", ""),
    "A015": ("Hoàn thành", "450", "90"),
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[tuple[Day, str, Path]]:
    """Play the whole day once. Yields the day, the manager's file, and the state folder after the hall has ended."""
    need("mosquitto")
    folder = tmp_path_factory.mktemp("day")
    with scripted_day(folder, broker="mosquitto") as day:
        day.at("07:30:00")
        day.until(lambda: day.board()["day"] == DAY, "the day to open by itself")
        c2, c6 = ClerkDesk(browser, day, "c2"), ClerkDesk(browser, day, "c6")
        play(day, morning(day, c2, c6))
        day.at("13:30:00")
        day.until(lambda: day.api.get("/office")[1]["day"]["state"] == "open", "lunch to end")
        play(day, afternoon(day, c2))

        def proofs() -> list[str | None]:
            return [ticket["print"] for ticket in day.tickets().values()]

        day.until(
            lambda: proofs().count("printed") == 59,
            "every slip that the kiosk printed to be out",
        )
        day.at("17:10:00")
        text = close_the_day(browser, day)
    yield day, text, folder / "state"


def test_the_report_equals_the_figures_worked_out_by_hand(played: tuple[Day, str, Path]) -> None:
    day, _, _ = played
    assert {name: cells for name, cells in day.report.items() if cells[0] != "0"} == REPORT


def test_the_managers_file_has_every_visitor_with_state_wait_and_service_time(played: tuple[Day, str, Path]) -> None:
    _, text, _ = played
    rows = {row["number"]: row for row in csv.DictReader(io.StringIO(text), delimiter=";")}
    assert len(rows) == 60
    special = {n: (row["state"], row["wait_s"], row["service_s"]) for n, row in rows.items() if n in AFTERNOON}
    assert special == AFTERNOON
    for n in range(N):
        assert rows[f"C{n + 1:03d}"]["wait_s"] == str(60 + 180 * n)
        assert rows[f"A{n + 1:03d}"]["wait_s"] == str(600 + 180 * n)
        assert rows[f"G{n + 1:03d}"]["wait_s"] == str(120 + 60 * n)
        assert rows[f"T{n + 1:03d}"]["wait_s"] == "60"


def test_every_move_of_the_table_was_made(played: tuple[Day, str, Path]) -> None:
    _, _, state = played
    with closing(sqlite3.connect(f"file:{database(state)}?mode=ro", uri=True)) as connection:
        kinds = {kind for (kind,) in connection.execute("SELECT DISTINCT kind FROM journal")}
        chosen = connection.execute("SELECT count(*) FROM call WHERE chosen").fetchone()
        auto = connection.execute("SELECT count(*) FROM call WHERE auto").fetchone()
    facts = {
        Move.ISSUE: "ticket.issued",
        Move.CALL: "ticket.called",
        Move.RECALL: "ticket.recalled",
        Move.START: "ticket.started",
        Move.FINISH: "ticket.finished",
        Move.FINISH_NEXT: "ticket.sent_on",
        Move.NO_SHOW: "ticket.missed",
        Move.RETURN: "ticket.returned",
        Move.REQUEUE: "ticket.requeued",
        Move.HOLD: "ticket.held",
        Move.RESUME: "ticket.resumed",
        Move.RELEASE: "ticket.released",
        Move.TRANSFER: "ticket.transferred",
        Move.DEFER: "ticket.deferred",
        Move.RECLASSIFY: "ticket.reclassified",
        Move.REOPEN: "ticket.reopened",
        Move.REJOIN: "ticket.rejoined",
        Move.CANCEL: "ticket.cancelled",
        Move.CORRECT: "ticket.procedure_changed",
        Move.EXPIRE: "ticket.expired",
    }
    assert {*facts, Move.CALL_CHOSEN} == set(Move)
    assert {*facts.values(), "ticket.move_undone"} <= kinds
    assert chosen == (2,) and auto == (1,)


def test_the_printer_proved_every_slip_and_the_tv_acknowledged_each_call_it_showed(
    played: tuple[Day, str, Path],
) -> None:
    """The TV acknowledges each call that it shows once.

    The script serves faster than a panel can change, so the TV leaves out calls that ended before it could show them.
    """
    _, _, state = played
    with closing(sqlite3.connect(f"file:{database(state)}?mode=ro", uri=True)) as connection:
        proofs = connection.execute("SELECT print_state, count(*) FROM ticket GROUP BY 1").fetchall()
        rows, calls, spoken = connection.execute(
            "SELECT count(*), count(DISTINCT call), count(spoken) FROM seen"
        ).fetchone()
        first = connection.execute("SELECT number FROM call JOIN seen ON seen.call = call.id ORDER BY seq").fetchone()
    assert dict(proofs) == {"printed": 59, None: 1}
    assert rows == calls > 10 and spoken > 0
    assert first == ("C001",)


def database(state: Path) -> Path:
    return next(state.glob("*.db"))


def replay(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server.store.replay", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of each table, without tables that are not in a journal."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [
            name
            for name in names
            if name not in ("visitor_link", "clerk_name", "dossier", "message", "sqlite_sequence")
        ]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in kept}


def test_the_journal_replayed_into_an_empty_database_gives_the_same_rows(
    played: tuple[Day, str, Path], tmp_path: Path
) -> None:
    _, _, state = played
    exported, again = tmp_path / "journal.jsonl", tmp_path / "again.db"
    assert replay("export", database(state), exported).returncode == 0
    ran = replay("import", again, exported)
    assert ran.returncode == 0, ran.stderr
    stored, replayed = tables(database(state)), tables(again)
    assert stored.keys() == replayed.keys() and len(stored["ticket"]) == 60
    for name, rows in stored.items():
        assert rows == replayed[name], name


@pytest.mark.parametrize("column", ["at_ms", "queue_ms", "actor_id", "kind", "ticket", "data", "request_id", "own"])
def test_an_altered_journal_row_is_found(played: tuple[Day, str, Path], tmp_path: Path, column: str) -> None:
    _, _, state = played
    exported, again = tmp_path / "journal.jsonl", tmp_path / "again.db"
    replay("export", database(state), exported)
    lines = exported.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if '"ticket.issued"' in line and n > len(lines) // 2)
    row = json.loads(lines[at])
    row[column] = {
        "at_ms": row["at_ms"] + 1,
        "queue_ms": row["queue_ms"] - 1,
        "actor_id": "somebody",
        "kind": "ticket.recalled",
        "ticket": "t-0000",
        "data": {**row["data"], "class": "priority" if row["data"]["class"] == "ordinary" else "ordinary"},
        "request_id": request_id(),
        "own": "0" * 64,
    }[column]
    lines[at] = json.dumps(row) + "\n"
    exported.write_text("".join(lines), encoding="utf-8")
    ran = replay("import", again, exported)
    assert ran.returncode == 65
    assert f"row {row['seq']}" in ran.stderr
