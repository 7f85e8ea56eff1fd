"""A copy of the database is whole, and so is the database in a restore."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from core_hall import Hall

from server.commands import IdFactory
from server.store import AlreadyRunning, CannotCopy, CannotOpen, Retention
from server.store.backends import sqlite_backup as backup
from server.store.backends.sqlite_backup import back_up, check, copies_to_delete, restore
from server.store.schema import metadata

STAMP = "20261123T180224Z"
KEEP = Retention()


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    (tmp_path / "hall").mkdir()
    hall = Hall(tmp_path / "hall")
    hall.tick()
    hall.open("c1")
    yield hall
    hall.close()


def database(hall: Hall) -> Path:
    name = hall.store.engines.write.url.database
    assert name is not None
    return Path(name)


def numbers(path: Path) -> list[str]:
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as opened:
        issued = [row[0] for row in opened.execute("SELECT number FROM ticket ORDER BY rowid")]
    opened.close()
    return issued


def test_a_copy_of_a_working_hall_holds_every_number_given_so_far(hall: Hall, tmp_path: Path) -> None:
    given = [hall.issue().number for _ in range(5)]
    made = back_up(database(hall), tmp_path / "copies", stamp=STAMP, keep=KEEP)
    hall.issue()
    assert made.name == f"luot-{STAMP}.db"
    assert numbers(made) == given
    assert made.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in made.parent.iterdir()) == [made.name, f"{made.name}.sha256"]
    assert made.read_bytes()[18:20] == b"\x01\x01", "readable from a medium that cannot be written"


def test_a_copy_on_a_medium_that_fails_is_noticed(hall: Hall, tmp_path: Path) -> None:
    made = back_up(database(hall), tmp_path / "copies", stamp=STAMP, keep=KEEP)
    whole = made.read_bytes()
    for place in (100, len(whole) // 2, len(whole) - 1):
        made.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CannotCopy, match="is not what"):
            check(made)
    made.write_bytes(whole)
    check(made)


def test_a_damaged_database_gives_no_copy(hall: Hall, tmp_path: Path) -> None:
    hall.close()
    path = database(hall)
    raw = bytearray(path.read_bytes())
    for page in range(8192, len(raw), 4096):
        raw[page : page + 200] = b"\xff" * 200
    path.write_bytes(raw)
    with pytest.raises(CannotCopy):
        back_up(path, tmp_path / "copies", stamp=STAMP, keep=KEEP)
    assert [path.name for path in (tmp_path / "copies").iterdir()] == []


def test_what_a_power_cut_left_half_made_is_cleared_away(hall: Hall, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "luot-20261122T200000Z.part").write_bytes(b"half")
    (folder / "luot-20261122T200000Z.part-journal").write_bytes(b"half")
    (folder / "letter.txt").write_text("not ours")
    back_up(database(hall), folder, stamp=STAMP, keep=KEEP)
    assert sorted(path.suffix for path in folder.iterdir()) == [".db", ".sha256", ".txt"]


def test_another_programs_database_is_not_restored(hall: Hall, tmp_path: Path) -> None:
    hall.close()
    strange = tmp_path / "strange.db"
    with sqlite3.connect(strange) as made:
        made.execute("CREATE TABLE pictures (name)")
    made.close()
    before = database(hall).read_bytes()
    with pytest.raises(CannotCopy, match="not a database of this program"):
        restore(database(hall), strange, stamp=STAMP)
    assert database(hall).read_bytes() == before


def test_a_database_that_a_server_works_on_is_not_replaced(hall: Hall, tmp_path: Path) -> None:
    made = back_up(database(hall), tmp_path / "copies", stamp=STAMP, keep=KEEP)
    with pytest.raises(AlreadyRunning):
        restore(database(hall), made, stamp=STAMP)


def test_a_restored_hall_is_as_it_was_and_the_other_one_is_kept_whole(hall: Hall, tmp_path: Path) -> None:
    then = [hall.issue().number for _ in range(3)]
    made = back_up(database(hall), tmp_path / "copies", stamp=STAMP, keep=KEEP)
    later = [*then, hall.issue().number]
    hall.close()
    aside = restore(database(hall), made, stamp=STAMP)
    assert numbers(database(hall)) == then
    assert aside is not None
    assert numbers(aside) == later


def test_a_journal_of_the_old_database_is_not_played_into_the_restored_one(hall: Hall, tmp_path: Path) -> None:
    then = [hall.issue().number]
    made = back_up(database(hall), tmp_path / "copies", stamp=STAMP, keep=KEEP)
    given = [*then, hall.issue().number]
    dead = tmp_path / "dead"  # as a kill -9 leaves it: the newest rows are in the journal only
    dead.mkdir()
    for path in database(hall).parent.glob(f"{database(hall).name}*"):
        shutil.copy(path, dead)
    path = dead / database(hall).name
    hall.close()
    aside = restore(path, made, stamp=STAMP)
    assert aside is not None
    assert numbers(aside) == given
    assert numbers(path) == then
    assert not path.with_name(path.name + "-wal").exists()


@pytest.mark.parametrize("last", ["copy_file", "set_aside", "sync"])
def test_a_restore_that_the_power_ends_leaves_one_whole_database(
    hall: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    """After any last step the name holds either the old or the new hall."""
    then = [hall.issue().number]
    made = back_up(database(hall), tmp_path / "copies", stamp=STAMP, keep=KEEP)
    later = [*then, hall.issue().number]
    hall.close()
    real = getattr(backup, last)

    class PowerCut(BaseException):
        pass

    def cut(*arguments: object) -> None:
        real(*arguments)
        raise PowerCut

    monkeypatch.setattr(backup, last, cut)
    with pytest.raises(PowerCut):
        restore(database(hall), made, stamp=STAMP)
    assert numbers(database(hall)) in (then, later)
    monkeypatch.undo()
    restore(database(hall), made, stamp=STAMP)
    assert numbers(database(hall)) == then


def test_the_newest_of_each_day_and_of_each_month_stays() -> None:
    names = [
        "luot-20261123T180000Z.db",
        "luot-20261123T060000Z.db",
        "luot-20261122T180000Z.db",
        "luot-20261031T180000Z.db",
        "luot-20261030T180000Z.db",
        "luot-20260930T180000Z.db",
        "luot-20250930T180000Z.db",
    ]
    others = ["letter.txt", "luot-2026.db", "luot-20261123T180000Z.db.sha256", "hall.toml"]
    gone = copies_to_delete([*names, *others], Retention(days=2, months=3), stamp="20261123T180000Z")
    assert gone == ["luot-20261123T060000Z.db", "luot-20261030T180000Z.db", "luot-20250930T180000Z.db"]


def test_copies_that_a_wrong_clock_dated_push_no_right_one_out() -> None:
    ahead = [f"luot-2031031{day}T180000Z.db" for day in range(4)]
    right = ["luot-20261123T180000Z.db", "luot-20261122T180000Z.db"]
    gone = copies_to_delete([*ahead, *right], Retention(days=2, months=0), stamp="20261123T180000Z")
    assert gone == ["luot-20310312T180000Z.db", "luot-20310311T180000Z.db", "luot-20310310T180000Z.db"]
    lost = ["luot-20000103T010000Z.db", *right, "luot-20261121T180000Z.db"]
    assert copies_to_delete(lost, Retention(days=1, months=0), stamp="20000103T010000Z") == []


SECRET, CODE = "a-visitors-link-of-today", "H29.001.02-260126-120001"


def give_secrets(hall: Hall) -> None:
    """Issue a number with a link and a dossier's code; neither is in the journal."""
    hall.ids = IdFactory(hall.ids.ticket, lambda: SECRET)
    row = hall.issue()
    with hall.store.engines.write.begin() as connection:
        connection.execute(metadata.tables["dossier"].insert(), {"ticket": row.id, "code": CODE})


def holds_secrets(path: Path) -> bool:
    """Return whether either is in a file of these databases.

    It may be in a row, in a free page, or in a journal beside it.
    """
    return any(
        secret.encode() in file.read_bytes() for file in path.parent.glob(f"{path.name}*") for secret in (SECRET, CODE)
    )


def test_no_copy_holds_what_is_erased_when_the_day_is_closed(hall: Hall, tmp_path: Path) -> None:
    give_secrets(hall)
    made = back_up(database(hall), tmp_path / "copies", stamp=STAMP, keep=KEEP)
    assert (holds_secrets(database(hall)), holds_secrets(made)) == (True, False)
    assert numbers(made) == ["A001"]
    hall.close()
    aside = restore(database(hall), made, stamp=STAMP)
    assert aside is not None
    assert [holds_secrets(path) for path in (database(hall), aside)] == [False, False]
    assert numbers(aside) == ["A001"]
    hall.opened("boot-2")
    assert hall.number("A001").state == "waiting", "the hall goes on, without the link"
    assert hall.issue().number == "A002"


def test_the_links_in_copies_of_before_are_erased_with_the_next_one(hall: Hall, tmp_path: Path) -> None:
    give_secrets(hall)
    folder = tmp_path / "copies"
    folder.mkdir()
    older = folder / "luot-20261101T180000Z.db"
    aside = database(hall).with_name(f"{database(hall).name}.before-{STAMP}")
    broken = folder / "luot-20261102T180000Z.db"
    with sqlite3.connect(database(hall)) as opened:
        opened.execute("VACUUM INTO ?", (str(older),))
        opened.execute("VACUUM INTO ?", (str(aside),))
    opened.close()
    broken.write_bytes(b"not a database")
    older.with_name(f"{older.name}.sha256").write_text("0" * 64 + f"  {older.name}\n")
    assert holds_secrets(older)
    back_up(database(hall), folder, stamp=STAMP, keep=KEEP)
    assert [holds_secrets(path) for path in (older, aside)] == [False, False]
    assert numbers(older) == ["A001"]
    check(older)


def test_a_folder_that_is_not_there_is_told_in_words(hall: Hall) -> None:
    with pytest.raises(CannotCopy, match="nothing was copied"):
        back_up(database(hall), Path(os.devnull) / "stick", stamp=STAMP, keep=KEEP)


def test_a_database_of_a_newer_version_is_refused_with_what_to_do(hall: Hall) -> None:
    hall.close()
    with sqlite3.connect(database(hall)) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    opened.close()
    with pytest.raises(CannotOpen, match="newer version"):
        hall.opened("boot-2")


def test_of_another_programs_database_there_is_no_copy(tmp_path: Path) -> None:
    strange = tmp_path / "strange.db"
    with sqlite3.connect(strange) as made:
        made.execute("CREATE TABLE pictures (name)")
    made.close()
    with pytest.raises(CannotCopy, match="not a database of this program"):
        back_up(strange, tmp_path / "copies", stamp=STAMP, keep=KEEP)
    assert list((tmp_path / "copies").iterdir()) == []
