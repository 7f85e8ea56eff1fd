"""Copies of the database: made while the hall works, checked before they count, kept by days and months; restored.

Nothing that is erased when the day is closed is in a copy (``server.store.erased``).

A copy is made by ``VACUUM INTO`` (one consistent moment, smaller, the writer waits some 25 ms), synced, checked as a
database of ours and only then given its name, so that whatever has a copy's name is one. Its time is in its name.
"""

import hashlib
import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.store.engine import APPLICATION_ID, CannotOpen, choose_kind, lock
from server.store.erased import erase, filled
from server.store.migrations import newest

log = logging.getLogger(__name__)

NAME = re.compile(r"^luot-(\d{8})T\d{6}Z\.db$")
HALF = ".part"
BEFORE = "before-upgrade"  # the folder beside the database
PATIENCE_S = 30.0
FIRST_STAMP = "2026"
"""An earlier one is of a clock that has lost its time."""


class CannotCopy(CannotOpen):
    """No copy was made, or the copy cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How many copies stay: the newest of each of so many days and of each of so many months that have one."""

    days: int = 14
    months: int = 12


def back_up(database: Path, folder: Path, *, stamp: str, keep: Keep) -> Path:
    """A checked copy of ``database`` in ``folder``; returns its path. ``stamp``: UTC as ``20261123T180224Z``.

    The hall may be working. A copy of the same second is left as it is. Raises :class:`CannotCopy`.
    """
    if not database.exists():
        raise CannotCopy(f"{database}: there is no database yet; nothing was copied")
    made = folder / f"luot-{stamp}.db"
    half = folder / f"luot-{stamp}{HALF}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.glob(f"luot-*{HALF}*"):  # of a run that the power ended
            left.unlink(missing_ok=True)
        os.close(os.open(half, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        with _opened(database) as connection:
            connection.execute("VACUUM INTO ?", (str(half),))
        _erase(half)
        check(half)
        _sync(half)
        half.rename(made)
        _write_sum(made)
        _clean_older(database, folder)
        _sync(folder)
    except OSError as error:
        raise CannotCopy(f"{folder}: {error.strerror or error}; nothing was copied") from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)
    log.info("copied to %s (%d kB)", made, made.stat().st_size // 1024)
    for old in superfluous(sorted(one.name for one in folder.iterdir()), keep, stamp=stamp):
        (folder / old).unlink(missing_ok=True)
        (folder / f"{old}.sha256").unlink(missing_ok=True)
    return made


def before_migration(database: Path, stamp: str) -> Path | None:
    """A copy of an older schema's database, made before it is migrated; what a roll-back would put in its place.

    None when nothing is going to be migrated. Raises :class:`CannotCopy`.
    """
    if not database.exists():
        return None
    with _opened(database) as connection:
        (versioned,) = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
        ).fetchone()
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if versioned else None
    if row is None or row[0] == newest():
        return None
    return back_up(database, database.parent / BEFORE, stamp=stamp, keep=Keep(days=5, months=0))


def superfluous(names: Sequence[str], keep: Keep, *, stamp: str) -> list[str]:
    """Of the names of a folder those copies that need not be kept; names of others are never among them.

    ``stamp``: now. A clock that has lost its time drops none. Of copies whose names are of the future, which a clock
    that was ahead gave them, the newest stays; they take no other's place.
    """
    if stamp < FIRST_STAMP:
        return []
    known = sorted((one for one in names if NAME.match(one)), reverse=True)
    ahead = [name for name in known if name > f"luot-{stamp}~"]
    copies = known[len(ahead) :]
    stay: set[str] = set(ahead[:1])
    for length, count in ((8, keep.days), (6, keep.months)):
        newest: dict[str, str] = {}
        for name in copies:
            newest.setdefault(name.removeprefix("luot-")[:length], name)
        stay.update(list(newest.values())[:count])
    return [name for name in known if name not in stay]


def check(path: Path) -> None:
    """Raises :class:`CannotCopy` unless ``path`` is a whole database of this program, with its sum if that is there."""
    if not path.is_file():
        raise CannotCopy(f"{path}: there is no such file")
    said = path.with_name(path.name + ".sha256")
    if said.exists() and said.read_text(encoding="ascii", errors="replace").split()[:1] != [_sum(path)]:
        raise CannotCopy(f"{path}: is not what {said.name} says it was; the medium may be failing, take another copy")
    with _opened(path) as connection:
        (owner,) = connection.execute("PRAGMA application_id").fetchone()
        if owner != APPLICATION_ID:
            raise CannotCopy(f"{path}: is not a database of this program")
        found = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
        if found != ["ok"]:
            raise CannotCopy(f"{path}: is damaged: {'; '.join(found)}")


def restore(database: Path, copy: Path, *, stamp: str) -> Path | None:
    """Put ``copy`` in the place of ``database``; where the old one is kept, or None when there was none.

    At every moment there is one whole database under the name. Raises :class:`CannotCopy`, and ``AlreadyRunning``
    when a server works on it.
    """
    held = lock(database)
    try:
        check(copy)
        new = database.with_name(f"{database.name}.restoring")
        new.unlink(missing_ok=True)
        _copy(copy, new)
        check(new)
        aside = _set_aside(database, stamp)
        new.rename(database)
        _sync(database.parent)
        _clean_set_aside(database)
    except OSError as error:
        raise CannotCopy(f"{database}: {error.strerror or error}; nothing was restored") from error
    finally:
        os.close(held)
    return aside


def _erase(path: Path) -> bool:
    with _opened(path) as connection:
        return erase(connection)


def _clean_older(database: Path, folder: Path) -> None:
    """Clean the copies of releases that left links in them, and what a restore that was cut off has set aside.

    A copy that cannot be cleaned is logged, and keeps no new one from being made.
    """
    for copy in sorted(folder.glob("luot-*Z.db")):
        half = copy.with_name(copy.name.removesuffix(".db") + HALF)
        try:
            with _opened(copy) as connection:
                if not filled(connection):
                    continue
            _copy(copy, half)
            _erase(half)
            check(half)
            _sync(half)
            # Without a sum a copy counts, with that of another content it does not.
            copy.with_name(copy.name + ".sha256").unlink(missing_ok=True)
            half.rename(copy)
            _write_sum(copy)
            log.info("%s: visitors' links were erased", copy)
        except (CannotCopy, OSError) as error:
            log.error("%s: visitors' links could not be erased: %s", copy, error)
        finally:
            with suppress(OSError):
                half.unlink(missing_ok=True)
    _clean_set_aside(database)


def _clean_set_aside(database: Path) -> None:
    """Clean what restores have set aside beside ``database``."""
    for aside in sorted(database.parent.glob(f"{database.name}.before-*Z")):
        try:
            if not aside.samefile(database) and _erase(aside):
                log.info("%s: visitors' links were erased", aside)
        except (CannotCopy, OSError) as error:
            log.error("%s: visitors' links could not be erased; delete it: %s", aside, error)


def _set_aside(database: Path, stamp: str) -> Path | None:
    """A second name for the old database, with nothing of it left in a journal beside it.

    A journal that stayed would be played into the new one.
    """
    if not database.exists():
        return None
    aside = database.with_name(f"{database.name}.before-{stamp}")
    try:
        with _opened(database) as connection:  # closing it as the last one folds the journal in
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except CannotCopy as error:
        log.warning("the old database is kept as it is: %s", error)
    for beside in ("-journal", "-wal", "-shm"):
        left = database.with_name(database.name + beside)
        if left.exists():
            left.rename(aside.with_name(aside.name + beside))
    aside.unlink(missing_ok=True)
    os.link(database, aside)
    return aside


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    module = choose_kind().module
    try:
        with closing(module.connect(str(path), timeout=PATIENCE_S, isolation_level=None)) as connection:
            yield connection
    except module.Error as error:
        raise CannotCopy(f"{path}: {error}") from error


def _copy(one: Path, other: Path) -> None:
    with one.open("rb") as source, os.fdopen(os.open(other, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as sink:
        while piece := source.read(1 << 20):
            sink.write(piece)
        sink.flush()
        os.fsync(sink.fileno())


def _sum(path: Path) -> str:
    with path.open("rb") as whole:
        return hashlib.file_digest(whole, "sha256").hexdigest()


def _write_sum(path: Path) -> None:
    """As ``sha256sum --check`` reads it."""
    said = path.with_name(path.name + ".sha256")
    said.write_text(f"{_sum(path)}  {path.name}\n", encoding="ascii")
    _sync(said)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
