"""A change of release with a migration: completed, or undone with the old data."""

import os
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from onsite.finish_change import Clock, finish_change
from onsite.install import InstallOptions, roll_back
from onsite.machine import InstallError
from support.install_roots import NEW, OLD, WITHIN_S, Site, break_release, make_release
from support.server_process import ROOT
from support.waiting import PATIENCE_S, until

CLOCK = Clock(time.monotonic, threading.Event().wait)

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("more", sa.Column("x", sa.Integer()))
    {then}
"""


def newer_schema(library: Path, then: str = "") -> None:
    """Give a release one more migration; ``then``: how it goes on."""
    versions = library / "server/store/migrations/versions"
    newest = max(file.stem[:4] for file in versions.glob("0*.py"))
    (versions / "9999_more.py").write_text(MIGRATION.format(newest=newest, then=then), encoding="utf-8")


def options(source: Path) -> InstallOptions:
    return InstallOptions(source, "server", "none", "hall-one-box", None, WITHIN_S, 0.0)


def tables(site: Site) -> set[str]:
    with closing(sqlite3.connect(f"file:{site.machine.paths.state}/luot.db?mode=ro", uri=True)) as opened:
        return {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_a_spoilt_release_that_has_migrated_the_database_is_undone_with_the_copy_made_before(site: Site) -> None:
    given = [site.take_number(), site.take_number()]
    library = make_release(site.machine.paths, NEW)
    newer_schema(library)
    break_release(library)
    site.change(NEW)
    assert finish_change(site.machine, CLOCK) == 1
    assert site.serving_release() == OLD
    assert site.take_number() == given[-1] + 1


@pytest.mark.parametrize(
    ("then", "limit", "why"),
    [("raise RuntimeError('half-way')", "", "half-way"), ("", "ulimit -f 200", "luot.db: disk I/O error")],
    ids=["a mistake half-way", "no room for the copy before"],
)
def test_a_migration_that_does_not_come_to_its_end_leaves_the_old_release_with_its_data_and_is_said(
    site: Site, then: str, limit: str, why: str
) -> None:
    """A limit of the file size acts as a full disk."""
    first = site.take_number()
    newer_schema(make_release(site.machine.paths, NEW, before=limit), then)
    site.change(NEW)
    assert finish_change(site.machine, CLOCK) == 1
    assert site.serving_release() == OLD
    assert site.take_number() == first + 1
    assert "more" not in tables(site)
    assert not list(site.machine.paths.state.glob("before-upgrade/*.part"))
    assert why in (site.machine.paths.root / "run/luot-server.service.log").read_text(encoding="utf-8")
    assert site.outcome().startswith(f"{OLD}: undone: {OLD} runs again; {NEW} did not come up: luot-server.service is")


def test_a_roll_back_over_a_migration_forgets_no_number_unless_that_is_said(site: Site) -> None:
    first = site.take_number()
    newer_schema(make_release(site.machine.paths, NEW))
    site.change(NEW)
    assert finish_change(site.machine, CLOCK) == 0
    second = site.take_number()
    assert second == first + 1
    before = site.pid()
    with pytest.raises(InstallError, match="1 numbers were given since"):
        roll_back(site.machine, CLOCK, options(ROOT), forget=False)
    assert site.pid() == before, "what is refused restarted the hall"
    site.change(OLD)  # as if the number had been given between that look and the change
    assert finish_change(site.machine, CLOCK) == 1
    assert site.serving_release() == NEW, "going back would have given number 2 to a second visitor"
    assert "1 numbers were given since" in site.outcome()
    assert site.take_number() == second + 1
    assert roll_back(site.machine, CLOCK, options(ROOT), forget=True) == 0
    assert site.serving_release() == OLD
    assert site.take_number() == first + 1


ENDLESS = """op.execute(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) INSERT INTO more SELECT count(*) FROM n"
    )"""


def test_a_server_that_is_stopped_while_it_migrates_ends_and_has_reported_that_it_does(site: Site) -> None:
    """The migration never ends by itself: SQLite's statements end neither by SIGTERM nor by time."""
    first = site.take_number()
    newer_schema(make_release(site.machine.paths, NEW), ENDLESS)
    site.machine.run_systemctl("stop", "luot-server.service")
    state = site.machine.paths.state
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("")
        ear.settimeout(PATIENCE_S)
        process = subprocess.Popen(
            [site.machine.paths.release(NEW) / "venv/bin/luot-server", "--config", site.machine.paths.settings],
            env={**os.environ, "NOTIFY_SOCKET": f"@{ear.getsockname()[1:].decode()}"},
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            until(lambda: list(state.glob("before-upgrade/luot-*.sha256")))
            while not (message := ear.recv(4096).decode()).startswith("EXTEND_TIMEOUT_USEC="):
                pass
            assert "STATUS=preparing the database" in message
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
            process.wait()
    assert (process.returncode, "stopped before the database was ready: the migration was cancelled" in log) == (
        0,
        True,
    )
    assert "more" not in tables(site)
    site.machine.run_systemctl("start", "luot.target")
    assert site.serving_release() == OLD
    assert site.take_number() == first + 1
