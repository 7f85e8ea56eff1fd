"""Files written by an earlier release, commit b9f524c, are read by this one; see tests/data/b9f524c/README.md."""

import gzip
import shutil
from dataclasses import astuple
from pathlib import Path

import pytest
from core_hall import HOUR, MONDAY_0800, Clock, Hall
from sqlalchemy import select

from config.load import load_settings
from config.office import load_office
from hardware.ports import PrintResult, PrintState, Proof, Unconfirmed
from hardware.printers.journal import PrintJournal
from server import views
from server.domain.reports.day_figures import day_figures
from server.domain.reports.littles_law import littles_law_check
from server.store import replay
from server.store import schema as t
from server.store.backends.sqlite_engine import open_engines
from server.store.chain import verified
from server.store.journal import read_entries
from server.store.migrations import migrate
from server.store.schema import NOT_FROM_THE_START

FILES = Path(__file__).parents[1] / "data" / "b9f524c"
DAY = "2026-11-23"
FACTS, HEAD = 107, "f52ad3ae4b2560016ae8ad33642d3df42bfdebbd4d005346077ba22840ef90d1"


@pytest.fixture
def old_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "hall.db").write_bytes(gzip.decompress((FILES / "hall.db.gz").read_bytes()))
    return folder


@pytest.fixture
def old_hall(old_folder: Path) -> Hall:
    """The hall of the earlier release, started by this one on the same boot."""
    clock = Clock(MONDAY_0800 + 51 * HOUR)
    return Hall(old_folder, clock, boot="boot-2")


def test_the_chain_of_an_earlier_release_holds_to_its_last_fact(old_folder: Path) -> None:
    engines = open_engines(old_folder / "hall.db")
    with engines.read.connect() as connection:
        facts = list(verified(read_entries(connection)))
    engines.close()
    assert (len(facts), facts[-1].own) == (FACTS, HEAD)


def test_replaying_the_journal_of_an_earlier_release_gives_the_rows_that_it_stored(
    old_folder: Path, tmp_path: Path
) -> None:
    stored, again = open_engines(old_folder / "hall.db"), open_engines(tmp_path / "again.db")
    migrate(stored.write)
    migrate(again.write)
    with stored.read.connect() as connection:
        assert replay.check(connection, again.write) == []
        rows = {table.name: len(connection.execute(select(table)).all()) for table in t.metadata.sorted_tables}
    stored.close()
    again.close()
    assert rows["ticket"] == 13
    later = {"notice", "office_change", "counter_today", "device_trial", "alarm", "dispatch", "message"}
    later |= NOT_FROM_THE_START
    assert {name for name, count in rows.items() if not count} - later == {"dossier", "ticket_note"}, (
        "an empty table proves nothing"
    )


def test_a_day_of_an_earlier_release_has_the_figures_it_had(old_hall: Hall) -> None:
    with old_hall.read() as snapshot:
        rows, samples = views.measured_tickets(snapshot, DAY), views.waiting_samples(snapshot, DAY)
        day = day_figures(rows, target_min=20, counter_open_ms=views.counter_open_ms(snapshot, DAY))
        law = littles_law_check(rows, samples.counts, from_ms=samples.from_ms, to_ms=samples.to_ms)
    old_hall.close()
    totals = day.day_totals
    assert (totals.issued, totals.served, totals.open, totals.unrecorded) == (11, 5, 0, 0)
    assert totals.wait is not None and totals.call_to_start is not None and totals.service is not None
    assert astuple(totals.wait) == (5, 1_080_000.0, 1_200_000.0, 2_100_000)
    assert astuple(totals.call_to_start) == (7, pytest.approx(34_285.714), 60_000.0, 60_000)
    assert astuple(totals.service) == (5, 444_000.0, 420_000.0, 720_000)
    shares = [astuple(share) for share in (totals.within_target, totals.left, totals.no_show, totals.transferred)]
    assert shares == [(3, 7), (6, 11), (4, 11), (1, 11)]
    assert {name: astuple(share) for name, share in day.occupancy.items()} == {
        "c1": (1_224_000, 3_264_000),
        "c2": (720_000, 3_264_000),
        "c3": (300_000, 3_024_000),
    }
    assert {name: figures.issued for name, figures in day.services.items()} == {"CT": 1, "DD": 2, "HT": 7, "TK": 1}
    assert day.issued_by_half_hour == {480: 6, 510: 5}
    assert astuple(day.ratings.day_totals) == ((1, 1), (1, 5))
    assert (day.practice, day.void) == (0, 1)
    assert law is not None
    assert astuple(law) == (pytest.approx(3.4522059), pytest.approx(3.4522059))


def test_a_hall_of_an_earlier_release_goes_on(old_hall: Hall, tmp_path: Path) -> None:
    old_hall.tick()
    before = old_hall.number("A001")
    assert (before.ticket_class, before.procedure) == ("priority", "1.001193")
    old_hall.open("c1")
    called = old_hall.next("c1")
    assert called is not None
    assert (called.number, old_hall.issue("HT").number) == ("A001", "A002")
    again = open_engines(tmp_path / "again.db")
    migrate(again.write)
    with old_hall.read() as snapshot:
        assert replay.check(snapshot.connection, again.write) == []
    again.close()
    old_hall.close()


def test_a_print_journal_of_an_earlier_release_is_read(tmp_path: Path) -> None:
    path = tmp_path / "printer.jsonl"
    shutil.copy(FILES / "printer.jsonl", path)
    journal = PrintJournal(path, lambda: MONDAY_0800 + HOUR)
    assert [astuple(slip) for slip in journal.unconfirmed()] == [
        astuple(Unconfirmed("j-2", "A002", PrintState.UNKNOWN, "paper_out", MONDAY_0800 + 120_000)),
        astuple(Unconfirmed("j-5", "A005", PrintState.HELD, "paper_out", MONDAY_0800 + 300_000)),
        astuple(Unconfirmed("j-6", "A006", PrintState.UNKNOWN, None, MONDAY_0800 + 360_000)),
    ]
    assert [slip.job for slip in journal.interrupted] == ["j-6"]
    assert journal.last_result("j-1") == PrintResult("j-1", PrintState.PRINTED, Proof.FENCE, None)
    assert journal.last_result("j-3") is None
    assert journal.last_result("j-4") == PrintResult("j-4", PrintState.UNKNOWN, Proof.NONE, None)
    assert journal.job_with_process_id(b"!!!#") == "j-2"
    assert (round(journal.roll.used_mm, 1), journal.roll.slips, journal.roll.is_out) == (571.2, 6, True)
    assert not (tmp_path / "printer.jsonl.bad").exists()


def test_the_settings_of_an_earlier_release_are_read() -> None:
    settings = load_settings(FILES / "hall.toml")
    assert settings.server is not None and settings.kiosk is not None and settings.counter is not None
    assert settings.server.office == FILES / "office.toml"
    assert [desk.counter for desk in settings.counter.desks] == ["c1", "c2", "c3", "c4", "c5", "c6"]
    assert settings.kiosk.printer.paper_mm == 80
    office = load_office(settings.server.office)
    assert (office.id, len(office.services), len(office.counters), len(office.procedures)) == ("mau", 15, 6, 52)
