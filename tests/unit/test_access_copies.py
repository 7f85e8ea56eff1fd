"""Copies of people and devices: made with the database's, private, and without sessions."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from access_bench import MINUTE, PASSWORD, AccessBench, cheap_hashes
from core_hall import Hall

from config.load import load_settings
from config.settings import Settings
from server.access.copies import back_up_access, restore_access
from server.domain.permissions import Role
from server.startup.accounts import list_people, reset_password
from server.startup.backup import back_up_or_restore
from server.startup.owner import acting_as_owner
from server.store import CannotCopy, CannotOpen, Retention

STAMP, LATER = "20261123T180224Z", "20261124T180224Z"
SERVICE_USER = 12345


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccessBench]:
    cheap_hashes(monkeypatch)
    bench = AccessBench(tmp_path / "state")
    yield bench
    bench.access.close()


@pytest.fixture
def settings(tmp_path: Path, bench: AccessBench) -> Settings:
    """Return the settings of a hall whose server has stopped."""
    hall = Hall(bench.state)
    hall.tick()
    database = hall.store.engines.write.url.database
    hall.close()
    file = tmp_path / "hall.toml"
    file.write_text(
        f"[machine]\nstate = {str(bench.state)!r}\n[server]\ndatabase = 'sqlite:///{database}'\n"
        f"[server.backup]\nfolders = [{str(tmp_path / 'one')!r}, {str(tmp_path / 'two')!r}]\n"
    )
    return load_settings(file)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_both_databases_are_copied_to_each_folder_and_restored_together(
    settings: Settings, bench: AccessBench, tmp_path: Path
) -> None:
    person = bench.person("Nguyễn Văn An", Role.ADMINISTRATOR)
    token = bench.sign_in(person.sign_in_name)
    bench.access.setup_code.renew()
    assert back_up_or_restore(settings, None, STAMP) == 0
    for folder in (tmp_path / "one", tmp_path / "two"):
        names = sorted(path.name for path in folder.iterdir())
        assert names == sorted(f"{kind}-{STAMP}.db{end}" for kind in ("access", "luot") for end in ("", ".sha256"))
        assert mode_of(folder / f"access-{STAMP}.db") == 0o600

    late = bench.person("Đến sau")
    bench.access.close()
    assert back_up_or_restore(settings, tmp_path / "two" / f"luot-{STAMP}.db", LATER) == 0
    bench.reopen()
    assert [known.id for known in bench.access.people.all()] == [person.id]
    assert not bench.is_open(token), "a restored database has nobody signed in"
    assert bench.is_open(bench.sign_in(person.sign_in_name))
    assert bench.access.people.get(late.id) is None
    aside = bench.state / f"access.db.before-{LATER}"
    assert (mode_of(bench.state / "access.db"), mode_of(aside)) == (0o600, 0o600)


def test_a_copy_holds_no_trace_of_a_session(bench: AccessBench, tmp_path: Path) -> None:
    bench.person()
    bench.access.sign_in.with_password("tran-thi-binh", PASSWORD, "192.168.77.77", "browser-of-the-test")
    copy = back_up_access(bench.state, tmp_path, stamp=STAMP, keep=Retention())
    assert copy is not None
    raw = copy.read_bytes()
    assert b"tran-thi-binh" in raw
    assert b"browser-of-the-test" not in raw


def test_a_copy_of_before_there_were_people_leaves_them_as_they_are(
    settings: Settings, bench: AccessBench, tmp_path: Path
) -> None:
    back_up_or_restore(settings, None, STAMP)
    (tmp_path / "one" / f"access-{STAMP}.db").unlink()
    person = bench.person()
    token = bench.sign_in(person.sign_in_name)
    back_up_or_restore(settings, tmp_path / "one" / f"luot-{STAMP}.db", LATER)
    assert bench.is_open(token)


def test_without_people_only_the_database_is_copied(bench: AccessBench, tmp_path: Path) -> None:
    assert back_up_access(tmp_path / "empty", tmp_path, stamp=STAMP, keep=Retention()) is None
    assert not list(tmp_path.glob("access-*"))


def test_a_link_in_place_of_a_copy_or_the_database_is_refused(
    settings: Settings, bench: AccessBench, tmp_path: Path
) -> None:
    back_up_or_restore(settings, None, STAMP)
    bench.access.close()
    copy = tmp_path / "one" / f"luot-{STAMP}.db"
    access_copy = tmp_path / "one" / f"access-{STAMP}.db"
    linked = tmp_path / "two" / f"luot-{STAMP}.db"
    linked.unlink()
    linked.symlink_to(copy)
    before = (bench.state / "access.db").read_bytes()
    with pytest.raises(CannotCopy, match="is a link"):
        back_up_or_restore(settings, linked, LATER)
    elsewhere = access_copy.rename(tmp_path / "elsewhere.db")
    access_copy.symlink_to(elsewhere)
    with pytest.raises(CannotCopy, match="is a link"):
        back_up_or_restore(settings, copy, LATER)
    assert (bench.state / "access.db").read_bytes() == before
    (bench.state / "access.db").rename(tmp_path / "moved.db")
    (bench.state / "access.db").symlink_to(tmp_path / "moved.db")
    with pytest.raises(CannotCopy, match="is a link"):
        restore_access(bench.state, elsewhere, stamp=LATER)
    assert (tmp_path / "moved.db").read_bytes() == before
    (bench.state / "access.db").unlink()
    bench.reopen()


def test_the_journals_copy_is_not_put_in_the_place_of_people(settings: Settings, bench: AccessBench) -> None:
    back_up_or_restore(settings, None, STAMP)
    assert settings.server is not None
    journal_copy = settings.server.backup.folders[0] / f"luot-{STAMP}.db"
    with pytest.raises(CannotCopy, match="no people"):
        restore_access(bench.state, journal_copy, stamp=LATER)


def test_old_copies_of_people_go_as_the_databases_do(bench: AccessBench, tmp_path: Path) -> None:
    keep = Retention(days=2, months=0)
    for day in range(10, 16):
        back_up_access(bench.state, tmp_path, stamp=f"202611{day}T180000Z", keep=keep)
    (tmp_path / "luot-20261101T180000Z.db").touch()
    names = sorted(path.name for path in tmp_path.glob("*.db"))
    assert names == ["access-20261114T180000Z.db", "access-20261115T180000Z.db", "luot-20261101T180000Z.db"]


def test_a_one_time_password_is_printed_once_and_a_running_server_ends_the_sessions(
    bench: AccessBench, capsys: pytest.CaptureFixture[str]
) -> None:
    person = bench.person("Nguyễn Văn An", Role.ADMINISTRATOR)
    token = bench.sign_in(person.sign_in_name)
    assert reset_password(bench.state, "Nguyễn Văn An", lambda: bench.now_ms) == 0
    lines = dict(line.split(":", 1) for line in capsys.readouterr().out.splitlines() if ":" in line)
    password = lines["one-time password"].strip()
    bench.now_ms += 1000
    assert not bench.is_open(token)
    session = bench.access.sessions.find(bench.sign_in(person.sign_in_name, password))
    assert session is not None
    assert session.person.must_change_password
    assert bench.access.log.page()[1].actor == "root"


def test_a_name_that_nobody_has_gets_no_password(bench: AccessBench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.person()
    assert reset_password(bench.state, "khong-co-ai", lambda: bench.now_ms) == 1
    assert "khong-co-ai" in capsys.readouterr().out


def test_everybody_is_listed_with_roles_and_state(bench: AccessBench, capsys: pytest.CaptureFixture[str]) -> None:
    list_people(bench.state, lambda: bench.now_ms)
    assert "no people yet" in capsys.readouterr().out
    bench.person("Nguyễn Văn An", Role.ADMINISTRATOR, Role.MANAGER)
    bench.person("Trần Thị Bình", password=None)
    bench.person("Lê Chi")
    bench.access.people.deactivate("x", bench.named("le-chi").id)
    list_people(bench.state, lambda: bench.now_ms)
    printed = capsys.readouterr().out.replace("no password", "no-password")
    assert [line.split(maxsplit=3) for line in printed.splitlines()] == [
        ["le-chi", "deactivated", "clerk", "Lê Chi"],
        ["nguyen-van-an", "active", "administrator,manager", "Nguyễn Văn An"],
        ["tran-thi-binh", "no-password", "clerk", "Trần Thị Bình"],
    ]


def test_nothing_is_created_where_there_are_no_people(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="no people yet"):
        list_people(tmp_path, lambda: MINUTE)
    (tmp_path / "other.db").touch()
    (tmp_path / "access.db").symlink_to(tmp_path / "other.db")
    with pytest.raises(CannotOpen, match="is a link"):
        reset_password(tmp_path, "an", lambda: MINUTE)
    assert (tmp_path / "other.db").stat().st_size == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, as CI has")
def test_files_that_root_makes_belong_to_the_service(settings: Settings, bench: AccessBench, tmp_path: Path) -> None:
    bench.person("Nguyễn Văn An", Role.ADMINISTRATOR)
    back_up_or_restore(settings, None, STAMP)
    for folder in (bench.state, tmp_path / "one"):
        for path in (folder, *folder.iterdir()):
            os.chown(path, SERVICE_USER, SERVICE_USER)
    for parent in (tmp_path, *tmp_path.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o711)
    reset_password(bench.state, "nguyen-van-an", lambda: bench.now_ms)
    bench.access.close()
    back_up_or_restore(settings, tmp_path / "one" / f"luot-{STAMP}.db", LATER)
    made = [*bench.state.iterdir(), *(tmp_path / "one").iterdir()]
    assert len(made) > 8
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(SERVICE_USER, SERVICE_USER)}
    assert os.geteuid() == 0
    with acting_as_owner(bench.state):
        with pytest.raises(PermissionError):
            Path("/etc/shadow").read_bytes()
        assert os.geteuid() == SERVICE_USER
    bench.reopen()
