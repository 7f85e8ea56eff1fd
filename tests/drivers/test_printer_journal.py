"""The print journal: what staff are shown after a crash."""

import logging
from pathlib import Path

import pytest

from hardware.ports import PrintResult, PrintState, Proof, Unconfirmed
from hardware.printers.journal import PrintJournal, Roll


def journal(path: Path) -> PrintJournal:
    return PrintJournal(path, lambda: 1_795_447_800_000)


def printed(job: str) -> PrintResult:
    return PrintResult(job, PrintState.PRINTED, Proof.FENCE)


def test_what_was_sent_and_not_proved_is_listed_after_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "state" / "printer.jsonl"
    first = journal(path)
    for job, number in (("t-1", "A001"), ("t-2", "A002"), ("t-3", "A003"), ("t-4", "A004")):
        first.sending(job, number, 130.0)
    first.result(printed("t-1"))
    first.result(PrintResult("t-2", PrintState.HELD, Proof.NONE, "paper_out"))
    first.result(PrintResult("t-4", PrintState.FAILED, Proof.NONE, "off"))
    # No close: the power went.
    again = journal(path)
    assert again.unconfirmed() == (
        Unconfirmed("t-2", "A002", PrintState.HELD, "paper_out", 1_795_447_800_000),
        Unconfirmed("t-3", "A003", PrintState.UNKNOWN, None, 1_795_447_800_000),
    )
    assert [entry.job for entry in again.cut_off] == ["t-3"]
    assert journal(path).cut_off == ()
    again.seen("t-3")
    again.result(printed("t-2"))
    assert journal(path).unconfirmed() == ()


def test_paper_is_counted_across_restarts_until_the_roll_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "printer.jsonl"
    first = journal(path)
    assert first.roll.left_slips(80_000) is None
    first.sending("t-1", "A001", 130.0)
    first.sending("t-2", "A002", 110.0)
    first.result(printed("t-1"))
    assert journal(path).roll == Roll(240.0, 2)
    # Twice, because the second reading is of a file written anew with an open job in it.
    again = journal(path)
    assert again.roll == Roll(240.0, 2) and again.roll.left_slips(24_000) == 198
    again.new_roll()
    assert journal(path).roll == Roll()


@pytest.mark.parametrize(
    "torn", ['{"job": "t-2", "num', '{"job": "t-2"}', '{"state": 5, "job": 7}', '{"roll_mm": "x"}', "[]"]
)
def test_a_torn_or_strange_line_costs_only_itself(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "printer.jsonl"
    journal(path).sending("t-1", "A001", 130.0)
    with path.open("a", encoding="utf-8") as file:
        file.write(torn)
    assert [entry.job for entry in journal(path).unconfirmed()] == ["t-1"]


def test_a_disk_that_refuses_is_said_once_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "printer.jsonl"
    path.mkdir()
    with caplog.at_level(logging.ERROR):
        blocked = journal(path)
        blocked.sending("t-1", "A001", 130.0)
        blocked.result(PrintResult("t-1", PrintState.UNKNOWN, Proof.NONE))
    assert [entry.job for entry in blocked.unconfirmed()] == ["t-1"]
    assert sum("cannot be written" in record.getMessage() for record in caplog.records) == 1
