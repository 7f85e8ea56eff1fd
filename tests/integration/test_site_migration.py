"""A change of release over a migration: the schema goes on, or the release before runs with its own data."""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from halls import ROOT
from onsite.install import Wish, roll_back
from onsite.machine import Refused
from onsite.settle import Time, settle
from sites import NEW, OLD, WITHIN_S, Site, make_release, spoil

CLOCK = Time(time.monotonic, threading.Event().wait)

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
    newest = max(one.stem[:4] for one in versions.glob("0*.py"))
    (versions / "9999_more.py").write_text(MIGRATION.format(newest=newest, then=then), encoding="utf-8")


def wish(source: Path) -> Wish:
    return Wish(source, "server", "none", "hall-one-box", None, WITHIN_S, 0.0)


def tables(site: Site) -> set[str]:
    with closing(sqlite3.connect(f"file:{site.machine.places.state}/luot.db?mode=ro", uri=True)) as opened:
        return {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_a_spoilt_release_that_has_migrated_the_database_is_undone_with_the_copy_made_before(site: Site) -> None:
    given = [site.number(), site.number()]
    library = make_release(site.machine.places, NEW)
    newer_schema(library)
    spoil(library)
    site.change(NEW)
    assert settle(site.machine, CLOCK) == 1
    assert site.alive() == OLD
    assert site.number() == given[-1] + 1


@pytest.mark.parametrize(
    ("then", "limit", "why"),
    [("raise RuntimeError('half-way')", "", "half-way"), ("", "ulimit -f 200", "luot.db: disk I/O error")],
    ids=["a mistake half-way", "no room for the copy before"],
)
def test_a_migration_that_does_not_come_to_its_end_leaves_the_old_release_with_its_data_and_is_said(
    site: Site, then: str, limit: str, why: str
) -> None:
    """A file's limit stands for a full disk: the server's writing fails in the same places."""
    first = site.number()
    newer_schema(make_release(site.machine.places, NEW, before=limit), then)
    site.change(NEW)
    assert settle(site.machine, CLOCK) == 1
    assert site.alive() == OLD
    assert site.number() == first + 1
    assert "more" not in tables(site)
    assert not list(site.machine.places.state.glob("before-upgrade/*.part"))
    assert why in (site.machine.places.root / "run/luot-server.service.log").read_text(encoding="utf-8")
    assert site.outcome().startswith(f"{OLD}: undone: {OLD} runs again; {NEW} did not come up: luot-server.service is")


def test_a_roll_back_over_a_migration_forgets_no_number_unless_that_is_said(site: Site) -> None:
    first = site.number()
    newer_schema(make_release(site.machine.places, NEW))
    site.change(NEW)
    assert settle(site.machine, CLOCK) == 0
    second = site.number()
    assert second == first + 1
    before = site.pid()
    with pytest.raises(Refused, match="1 numbers were given since"):
        roll_back(site.machine, CLOCK, wish(ROOT), forget=False)
    assert site.pid() == before, "what is refused restarted the hall"
    site.change(OLD)  # as if the number had been given between that look and the change
    assert settle(site.machine, CLOCK) == 1
    assert site.alive() == NEW, "going back would have given number 2 to a second visitor"
    assert "1 numbers were given since" in site.outcome()
    assert site.number() == second + 1
    assert roll_back(site.machine, CLOCK, wish(ROOT), forget=True) == 0
    assert site.alive() == OLD
    assert site.number() == first + 1
