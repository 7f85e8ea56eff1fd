"""The print journal, after crashes and on bad disks."""

import errno
import json
import logging
import math
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import files
from hardware.ports import PrintResult, PrintState, Proof, Unconfirmed
from hardware.printers.journal import KEPT_FOR_MS, MAX_FINISHED_JOBS, PrintJournal, Roll


def journal(path: Path) -> PrintJournal:
    return PrintJournal(path, lambda: 1_795_447_800_000)


def printed(job: str) -> PrintResult:
    return PrintResult(job, PrintState.PRINTED, Proof.FENCE)


def test_unproved_slips_are_listed_after_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "state" / "printer.jsonl"
    first = journal(path)
    for job, number in (("t-1", "A001"), ("t-2", "A002"), ("t-3", "A003"), ("t-4", "A004")):
        first.record_sending(job, number, 130.0)
    first.record_result(printed("t-1"))
    first.record_result(PrintResult("t-2", PrintState.HELD, Proof.NONE, "paper_out"))
    first.record_result(PrintResult("t-4", PrintState.FAILED, Proof.NONE, "off"))
    # No close: the power went.
    again = journal(path)
    assert again.unconfirmed() == (
        Unconfirmed("t-2", "A002", PrintState.HELD, "paper_out", 1_795_447_800_000),
        Unconfirmed("t-3", "A003", PrintState.UNKNOWN, None, 1_795_447_800_000),
    )
    assert [entry.job for entry in again.interrupted] == ["t-3"]
    assert journal(path).interrupted == ()
    again.dismiss("t-3")
    again.record_result(printed("t-2"))
    assert journal(path).unconfirmed() == ()


def test_paper_is_counted_across_restarts_until_the_roll_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "printer.jsonl"
    first = journal(path)
    assert first.roll.left_slips(80_000) is None
    first.record_sending("t-1", "A001", 130.0)
    first.record_sending("t-2", "A002", 110.0)
    first.record_result(printed("t-1"))
    assert journal(path).roll == Roll(240.0, 2)
    # Twice, because the second reading is of a file written anew with an open job in it.
    again = journal(path)
    assert again.roll == Roll(240.0, 2) and again.roll.left_slips(24_000) == 198
    again.record_new_roll()
    assert journal(path).roll == Roll()


def test_that_the_paper_ended_is_known_across_restarts_until_the_roll_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "printer.jsonl"
    first = journal(path)
    first.record_sending("t-1", "A001", 130.0)
    first.record_paper_end()
    first.record_paper_end()
    assert path.read_text(encoding="utf-8").count('"roll_out": true') == 1
    assert journal(path).roll == Roll(130.0, 1, is_out=True)
    again = journal(path)
    assert again.roll.is_out
    again.record_new_roll()
    assert journal(path).roll == Roll()


@pytest.mark.parametrize(
    "torn", ['{"job": "t-2", "num', '{"job": "t-2"}', '{"state": 5, "job": 7}', '{"roll_mm": "x"}', "[]"]
)
def test_a_truncated_or_invalid_line_costs_only_itself(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "printer.jsonl"
    journal(path).record_sending("t-1", "A001", 130.0)
    with path.open("a", encoding="utf-8") as file:
        file.write(torn)
    assert [entry.job for entry in journal(path).unconfirmed()] == ["t-1"]


SPOILT = (
    '{"roll_mm": Infinity, "roll_slips": 1}',
    '{"roll_mm": 1e999, "roll_slips": 1}',
    '{"roll_mm": NaN, "roll_slips": 1}',
    '{"roll_mm": 5.0, "roll_slips": Infinity}',
    '{"roll_mm": 5.0}',
    '{"marks": Infinity}',
    '{"marks": 1e300}',
    '{"roll_out": "yes"}',
    '{"job": "t-2", "state": "unknown", "at_ms": Infinity}',
    '{"job": "t-2", "state": "unknown", "at_ms": 1e17}',
    '{"job": "t-2", "state": "unknown", "at_ms": -1}',
    '{"job": "t-2", "state": "printing", "mm": NaN}',
    '{"job": "t-2", "state": ["printing"]}',
    '{"job": "t-2", "state": "unknown", "code": {}}',
    '{"job": "t-2", "state": "unknown", "proof": []}',
    '{"job": {}, "state": "unknown"}',
    r'{"job": "\ud800", "state": "unknown"}',
    "7",
    "[" * 100_000,
    "\0" * 4_096,
)


@pytest.mark.parametrize("spoilt", SPOILT, ids=range(len(SPOILT)))
def test_a_spoilt_row_is_set_aside_once_and_changes_nothing(
    tmp_path: Path, spoilt: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "printer.jsonl"
    first = journal(path)
    mark = first.new_process_id()
    first.record_sending("t-1", "A001", 130.0, mark)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{spoilt}\n{spoilt}\n")
    again = journal(path)
    assert [(entry.job, entry.number) for entry in again.unconfirmed()] == [("t-1", "A001")]
    assert again.roll == Roll(130.0, 1) and again.roll.left_slips(1_300) == 9
    assert again.job_with_process_id(mark) == "t-1" and again.new_process_id() != mark
    (message,) = [record.getMessage() for record in caplog.records]
    aside = tmp_path / "printer.jsonl.bad"
    assert f"2 lines are torn or not ours, the first is line 3; they are left out and kept in {aside}" in message
    assert [line[:1_000] for line in (spoilt, spoilt)] == aside.read_text(encoding="utf-8").splitlines()
    caplog.clear()
    assert journal(path).roll == Roll(130.0, 1)
    assert not caplog.records, "it was logged a second time"


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(
                ["job", "number", "state", "proof", "code", "mark", "marks", "mm", "at_ms", "roll_mm", "roll_slips"]
            ),
            st.sampled_from(
                ["t-2", "unknown", "printing", "fence", None, 0, -1, 7.5, 10**400, math.inf, math.nan, [], {}, True]
            ),
        ),
        max_size=6,
    )
)
def test_the_journal_opens_with_any_file_content(rows: list[dict[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "printer.jsonl")
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        kept = journal(path)
        kept.roll.left_slips(80_000)
        for entry in kept.unconfirmed():
            datetime.fromtimestamp(entry.at_ms / 1000, UTC)
        kept.record_sending("t-9", "A009", 130.0, kept.new_process_id())
        kept.record_result(printed("t-9"))
        assert journal(path).last_result("t-9") == printed("t-9")


def test_a_failing_disk_is_logged_once_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "printer.jsonl"
    path.mkdir()
    with caplog.at_level(logging.ERROR):
        blocked = journal(path)
        blocked.record_sending("t-1", "A001", 130.0)
        blocked.record_result(PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE))
    assert [entry.job for entry in blocked.unconfirmed()] == ["t-1"]
    assert sum("cannot be written" in record.getMessage() for record in caplog.records) == 1


def test_a_full_disk_is_logged_once_and_no_row_is_lost_when_it_has_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "printer.jsonl"
    kept = journal(path)
    kept.record_sending("t-1", "A001", 130.0)

    def full(_fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk, caplog.at_level(logging.INFO):
        disk.setattr(os, "fsync", full)
        kept.record_sending("t-2", "A002", 130.0)
        kept.record_sending("t-3", "A003", 130.0)
        kept.record_result(printed("t-3"))
    with caplog.at_level(logging.INFO):
        kept.record_result(printed("t-1"))
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2 and "cannot be written" in messages[0] and "written again" in messages[1]
    again = journal(path)
    assert [entry.job for entry in again.unconfirmed()] == ["t-2"]
    assert again.roll == Roll(390.0, 3) and again.last_result("t-3") == printed("t-3")


def test_a_line_that_was_cut_short_does_not_swallow_the_next(tmp_path: Path) -> None:
    path = tmp_path / "printer.jsonl"
    kept = journal(path)
    kept.record_sending("t-1", "A001", 130.0)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"job": "t-1", "sta')
    kept._file._line_is_open = True
    kept.record_sending("t-2", "A002", 130.0)
    assert [entry.job for entry in journal(path).unconfirmed()] == ["t-1", "t-2"]


def test_jobs_that_may_be_on_paper_are_known_after_a_restart_and_others_not(tmp_path: Path) -> None:
    path = tmp_path / "printer.jsonl"
    first = journal(path)
    for job in ("t-1", "t-2", "t-3", "t-4"):
        first.record_sending(job, "A001", 130.0)
    first.record_result(printed("t-1"))
    first.record_result(PrintResult("t-2", PrintState.FAILED, Proof.NONE, "off"))
    first.record_result(PrintResult("t-3", PrintState.HELD, Proof.NONE, "cover"))
    first.dismiss("t-3")
    for again in (journal(path), journal(path)):  # read from what was written, and from what was written anew
        assert again.last_result("t-1") == printed("t-1")
        assert again.last_result("t-2") is None and again.last_result("t-9") is None
        for job_id in ("t-3", "t-4"):
            last_result = again.last_result(job_id)
            assert last_result is not None and last_result.state == "unknown"


def test_process_ids_are_not_reused_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "printer.jsonl"
    first = journal(path)
    names = [first.new_process_id() for _ in range(200)]
    first.record_sending("t-1", "A001", 130.0, names[-1])
    again = journal(path)
    assert len({*names, *(again.new_process_id() for _ in range(200))}) == 400
    assert again.job_with_process_id(names[-1]) == "t-1" and again.job_with_process_id(names[0]) is None
    again.record_result(printed("t-1"))
    assert again.job_with_process_id(names[-1]) is None


def test_slips_of_earlier_days_are_not_listed(tmp_path: Path) -> None:
    path = tmp_path / "printer.jsonl"
    journal(path).record_sending("t-1", "A001", 130.0)
    later = PrintJournal(path, lambda: 1_795_447_800_000 + 2 * 86_400_000)
    assert later.unconfirmed() == ()


def test_a_station_left_nothing_open_only_when_each_slip_was_confirmed(tmp_path: Path) -> None:
    path = tmp_path / "printer.jsonl"
    first = PrintJournal(path, lambda: 1000)
    assert not first.started_all_confirmed, "nobody wrote here before: who knows what was sent"
    first.record_sending("t-1", "A001", 100.0)
    first.record_result(PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE))
    second = PrintJournal(path, lambda: 1000)
    assert not second.started_all_confirmed
    second.dismiss("t-1")
    assert PrintJournal(path, lambda: 1000).started_all_confirmed


@pytest.mark.parametrize("killed", ["while it writes aside", "before the rename", "after the rename"])
def test_a_kill_while_old_rows_are_removed_loses_no_row_that_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: str
) -> None:
    path, slips, now_ms = tmp_path / "printer.jsonl", MAX_FINISHED_JOBS + 100, 1_795_447_800_000
    # The roll, the slip that stays open, two for each of the others but the last, whose result is one too many.
    rows = 1 + 2 * slips

    class Killed(BaseException):
        pass

    def kill(where: Path, text: str) -> None:
        if killed == "after the rename":
            replace(where, text)
        else:
            part = text if killed == "before the rename" else text[: len(text) // 2]
            where.with_name(f".{where.name}.new").write_text(part, encoding="utf-8")
        raise Killed

    replace = files.atomic_write
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", lambda _fd: None)
        kept = PrintJournal(path, lambda: now_ms, rewrite_after=rows)
        now_ms -= 2 * KEPT_FOR_MS
        for n in range(slips - 1):
            kept.record_sending(f"t-{n}", "A001", 100.0)
            kept.record_result(printed(f"t-{n}"))
        now_ms += 2 * KEPT_FOR_MS
        kept.record_sending("open", "A000", 100.0)
        kept.record_sending(f"t-{slips - 1}", "A001", 100.0)
        assert len(path.read_text(encoding="utf-8").splitlines()) == rows
        disk.setattr(files, "atomic_write", kill)
        with pytest.raises(Killed):
            kept.record_result(printed(f"t-{slips - 1}"))
    again = PrintJournal(path, lambda: now_ms)
    assert [entry.job for entry in again.unconfirmed()] == ["open"]
    assert again.roll.slips == slips + 1
    still_known = [n for n in range(slips) if again.last_result(f"t-{n}") == printed(f"t-{n}")]
    assert still_known == list(range(slips - MAX_FINISHED_JOBS, slips))
    assert len(path.read_text(encoding="utf-8").splitlines()) == MAX_FINISHED_JOBS + 2


def test_of_a_long_day_each_slip_is_known_since_the_server_may_ask_for_it_until_the_day_is_closed(
    tmp_path: Path,
) -> None:
    path, slips = tmp_path / "printer.jsonl", MAX_FINISHED_JOBS + 100
    with pytest.MonkeyPatch.context() as disk:
        disk.setattr(os, "fsync", lambda _fd: None)
        kept = PrintJournal(path, lambda: 1_795_447_800_000, rewrite_after=slips)
        for n in range(slips):
            kept.record_sending(f"t-{n}", "A001", 100.0)
            kept.record_result(printed(f"t-{n}"))
    for again in (kept, journal(path), journal(path)):
        assert all(again.last_result(f"t-{n}") == printed(f"t-{n}") for n in range(slips))
    later = PrintJournal(path, lambda: 1_795_447_800_000 + KEPT_FOR_MS + 1)
    assert later.last_result("t-0") is None and later.last_result(f"t-{slips - 1}") == printed(f"t-{slips - 1}")


@pytest.mark.parametrize("wrong_ms", [946_861_200_000, 1_930_957_200_000])  # in 2000, in 2031
def test_a_slip_that_a_wrong_clock_dated_is_listed_for_its_time_and_no_longer(tmp_path: Path, wrong_ms: int) -> None:
    path, right_ms = tmp_path / "printer.jsonl", 1_795_447_800_000
    PrintJournal(path, lambda: wrong_ms).record_sending("t-1", "A001", 130.0)
    assert [slip.number for slip in PrintJournal(path, lambda: right_ms).unconfirmed()] == ["A001"]
    kept = PrintJournal(path, lambda: right_ms + KEPT_FOR_MS - 1)
    assert [slip.number for slip in kept.unconfirmed()] == ["A001"]
    for job in range(MAX_FINISHED_JOBS):
        kept.record_sending(f"j-{job}", "TEST", 1.0)
        kept.record_result(printed(f"j-{job}"))
    assert PrintJournal(path, lambda: right_ms + KEPT_FOR_MS + 1).unconfirmed() == ()
