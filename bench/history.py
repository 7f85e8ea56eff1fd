"""Build databases with 1, 5 and 10 years of history, and keep them between runs.

A year has 250 days with 1,200 tickets each. The first run takes some minutes and shows its progress. Run
``PYTHONPATH=.:tests python -m bench.history``; ``--years 1 --check`` compares the tables with a replay of the journal.
"""

import argparse
import itertools
import os
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date as Date
from pathlib import Path

from bench.histories.copies import DAYS_A_YEAR, HistoryWriter, read_model, weekdays
from bench.histories.model_day import TICKETS, make
from server.domain.queue.ticket_ids import TicketIds
from server.store import SqliteBackend, replay
from server.store.migrations import newest_revision

BUILDER_VERSION = 1
"""Increase it when the same schema gets another history."""
FIRST_DATE = Date(2016, 1, 5)
"""A Tuesday, and ten times 250 weekdays before 2026, the first year in which a server trusts its clock."""
YEARS = (1, 5, 10)
PROGRESS_EVERY = 25


def new_ids(wall_ms: Callable[[], int], random_source: random.Random) -> Callable[[], str]:
    """Return the function that makes the tickets' ids."""
    return TicketIds(wall_ms, random_source.getrandbits).new


def folder() -> Path:
    """Return the folder in which histories are kept."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "luot-bench"


def path_of(years: int) -> Path:
    """Return the path of a history."""
    return folder() / f"history-{newest_revision()}-{BUILDER_VERSION}-{years}.db"


def histories(years: Sequence[int] = YEARS) -> dict[int, Path]:
    """Return the databases by years; build the missing ones."""
    missing = [count for count in years if not path_of(count).exists()]
    if missing:
        folder().mkdir(parents=True, exist_ok=True)
        for old in folder().glob("history-*"):
            if not old.name.startswith(f"history-{newest_revision()}-{BUILDER_VERSION}-"):
                old.unlink()
        with tempfile.TemporaryDirectory(dir=folder(), prefix="building-") as name:
            build(Path(name), missing)
    return {count: path_of(count) for count in years}


def build(work_folder: Path, years: Sequence[int]) -> None:
    """Build the histories in ``work_folder``; each is the beginning of the next.

    ``years``: the length of each.
    """
    model_path, path = work_folder / "model.db", work_folder / "history.db"
    start_s = time.monotonic()
    for issued in make(model_path, new_ids):
        if issued % 100 == 0 and issued < TICKETS:
            _show(f"model day: {issued} of {TICKETS} tickets", start_s)
    model = read_model(model_path)
    start_s, last = time.monotonic(), max(years) * DAYS_A_YEAR
    with closing(HistoryWriter(path, model, new_ids)) as history:
        for days, date in enumerate(itertools.islice(weekdays(FIRST_DATE), last), 1):
            if days == 1:
                history.begin(date)
            history.add(date)
            if days % PROGRESS_EVERY == 0:
                left_s = (time.monotonic() - start_s) / days * (last - days)
                _show(f"day {days} of {last}, {path.stat().st_size >> 20} MB, {left_s:.0f} s left", start_s)
            if days % DAYS_A_YEAR == 0 and days // DAYS_A_YEAR in years:
                history.finish()
                _save_copy(path, days // DAYS_A_YEAR)


def _save_copy(path: Path, years: int) -> None:
    """Save a copy of the database as the history of ``years`` years."""
    copy = path.with_name(f"copy-{years}.db")
    shutil.copyfile(path, copy)
    copy.rename(path_of(years))
    SqliteBackend(path_of(years)).lock().release(cleanly=True)  # as a clean end of a server


def _show(text: str, start_s: float) -> None:
    print(f"{time.monotonic() - start_s:5.0f} s  {text}", flush=True)


def bytes_by_table(path: Path) -> Iterator[str]:
    """Yield a line for each table and index: its bytes for a ticket, largest first."""
    query = "SELECT name, sum(pgsize), sum(unused) FROM dbstat GROUP BY name ORDER BY 2 DESC"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        (tickets,) = connection.execute("SELECT count(*) FROM ticket").fetchone()
        for name, size, unused in connection.execute(query):
            if size > tickets:
                yield f"| `{name}` | {size / tickets:.0f} | {unused / size:.0%} |"


def check(path: Path) -> int:
    """Compare the tables with a replay of the journal; return its exit code."""
    start_s = time.monotonic()
    code = replay.main(["check", str(path)])
    _show(f"{path.name}: {'equals' if code == 0 else 'differs from'} a replay of its journal", start_s)
    return code


def main() -> int:
    """Build the histories that are missing."""
    parser = argparse.ArgumentParser(prog="bench.history", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--years", type=int, nargs="*", default=list(YEARS))
    parser.add_argument("--check", action="store_true", help="replay the journal of each, which takes minutes a year")
    parser.add_argument("--tables", action="store_true", help="list the bytes for a ticket in each table and index")
    options = parser.parse_args()
    built = histories(options.years)
    for years, path in built.items():
        print(f"{years:2} years: {path} ({path.stat().st_size / 1e6:,.0f} MB)")
        if options.tables:
            print("| table or index | bytes for a ticket | unused |\n|---|---|---|")
            print("\n".join(bytes_by_table(path)))
    return max((check(path) for path in built.values()), default=0) if options.check else 0


if __name__ == "__main__":
    raise SystemExit(main())
