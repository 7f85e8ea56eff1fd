"""Make, check, delete and restore copies of the database.

A copy is made while the hall works, by ``VACUUM INTO`` (a consistent state, a smaller file). With WAL, the writer waits
some 25 ms; without, the copy makes way for the writer (``server.store.backends.sqlite_preempt``). The copy is then
synced and checked, and only then renamed, so that every file with a copy's name is a complete copy. The name holds its
time. Data that are erased when the day is closed are in no copy (``server.store.backends.sqlite_erase``).
"""

import hashlib
import logging
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from server.store.backends.backend import CannotCopy, CheckCancelled, MigrationCancelled, Retention, never
from server.store.backends.sqlite_engine import APPLICATION_ID, STEPS_BETWEEN_QUESTIONS, lock, newest_sqlite
from server.store.backends.sqlite_erase import erase_visitor_tables, tables_with_rows
from server.store.backends.sqlite_health import find_damage, forget_damage, forget_end, record_end
from server.store.backends.sqlite_preempt import run_preemptibly

log = logging.getLogger(__name__)

COPY_STAMP = re.compile(r"^(\d{8})T\d{6}Z\.db$")
COPY_PREFIX = "luot-"
PARTIAL_SUFFIX = ".part"
BUSY_TIMEOUT_S = 30.0
"""SQLite's wait for a lock of the server's writer."""
ATTEMPTS = 12
"""How often a check or a copy may be begun; they end before the time limit of ``luot-backup.service``."""
EARLIEST_STAMP = "2026"
"""An earlier time comes from a clock that has lost its time."""


def back_up(
    database: Path, folder: Path, *, stamp: str, keep: Retention, is_cancelled: Callable[[], bool] = never
) -> Path:
    """Make a checked copy of ``database`` in ``folder``; return its path.

    ``stamp`` is UTC as ``20261123T180224Z``. The hall may be working. A copy of the same second is left as it is.
    Raises :class:`CannotCopy`, and ``CheckCancelled`` or :class:`MigrationCancelled` after ``is_cancelled()``.
    """
    if not database.exists():
        raise CannotCopy(f"{database}: there is no database yet; nothing was copied")
    copy_path = folder / f"luot-{stamp}.db"
    partial = folder / f"luot-{stamp}{PARTIAL_SUFFIX}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        remove_leftovers(folder)
        _empty(partial)  # fails here when the folder cannot be written, before the long check
        refuse_damage(database, is_cancelled)
        vacuum_into(database, partial, is_cancelled)
        with connection_to(partial, is_cancelled) as connection:
            erase_visitor_tables(connection, is_fresh=True)
        check(partial, is_cancelled)
        sync(partial)
        partial.rename(copy_path)
        write_checksum(copy_path)
        _erase_in_older_copies(database, folder)
        sync(folder)
    except OSError as error:
        raise CannotCopy(f"{folder}: {error.strerror or error}; nothing was copied") from error
    finally:
        with suppress(OSError):
            _remove(partial)
    log.info("copied to %s (%d kB)", copy_path, copy_path.stat().st_size // 1024)
    delete_old_copies(folder, keep, stamp=stamp)
    return copy_path


def remove_leftovers(folder: Path) -> None:
    """Remove partial copies of runs that were interrupted, as by a power cut."""
    for leftover in folder.glob(f"luot-*{PARTIAL_SUFFIX}*"):
        leftover.unlink(missing_ok=True)


def refuse_damage(database: Path, is_cancelled: Callable[[], bool] = never) -> None:
    """Check the whole database before the copy. Raises ``CannotCopy`` for a damaged one, and ``CheckCancelled``.

    A check of the copy would not find damaged indexes: ``VACUUM INTO`` rebuilds them.
    """
    module = newest_sqlite().module
    try:
        damage = find_damage(module, database, is_cancelled, attempts=ATTEMPTS)
    except module.Error as error:
        raise CannotCopy(f"{database}: {error}") from error
    except CheckCancelled as error:
        if is_cancelled():
            raise
        raise _hall_is_busy(database) from error
    if damage is not None:
        raise CannotCopy(f"{database}: is damaged: {damage}; restore the last copy")


def vacuum_into(database: Path, partial: Path, is_cancelled: Callable[[], bool]) -> None:
    """Copy the database in use to ``partial``. Raises ``CannotCopy`` and ``MigrationCancelled``."""
    module = newest_sqlite().module
    try:
        rows = run_preemptibly(
            module,
            database,
            "VACUUM INTO ?",
            [str(partial)],
            is_cancelled=is_cancelled,
            prepare=lambda: _empty(partial),
            attempts=ATTEMPTS,
        )
    except module.Error as error:
        raise CannotCopy(f"{database}: {error}") from error
    if rows is None:
        if is_cancelled():
            raise MigrationCancelled(f"{database}: the copy was cancelled")
        raise _hall_is_busy(database)


def _hall_is_busy(database: Path) -> CannotCopy:
    return CannotCopy(f"{database}: the hall writes too often for a copy; make it when the hall is quieter")


def _remove(partial: Path) -> None:
    """Remove a partial copy and its journal, which a killed child leaves."""
    partial.with_name(f"{partial.name}-journal").unlink(missing_ok=True)
    partial.unlink(missing_ok=True)


def _empty(partial: Path) -> None:
    """Create an empty file that only this user can read.

    Files that an interrupted attempt left are removed.
    """
    _remove(partial)
    os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))


def copies_to_delete(names: Sequence[str], keep: Retention, *, stamp: str, prefix: str = COPY_PREFIX) -> list[str]:
    """Return the names of the copies to delete, never names of other files.

    ``stamp``: the current time. If the clock has lost its time, no copy is deleted. Copies with a time in the future
    were made while the clock was ahead; the newest of them is kept in addition to the others.
    """
    if stamp < EARLIEST_STAMP:
        return []
    of_kind = (name for name in names if name.startswith(prefix))
    all_copies = sorted((name for name in of_kind if COPY_STAMP.match(name.removeprefix(prefix))), reverse=True)
    from_future = [name for name in all_copies if name > f"{prefix}{stamp}~"]
    copies = all_copies[len(from_future) :]
    kept: set[str] = set(from_future[:1])
    for period_length, count in ((len("YYYYMMDD"), keep.days), (len("YYYYMM"), keep.months)):
        newest_of_period: dict[str, str] = {}
        for name in copies:
            newest_of_period.setdefault(name.removeprefix(prefix)[:period_length], name)
        kept.update(list(newest_of_period.values())[:count])
    return [name for name in all_copies if name not in kept]


def delete_old_copies(folder: Path, keep: Retention, *, stamp: str, prefix: str = COPY_PREFIX) -> None:
    """Delete the copies that ``keep`` does not keep, with their checksums."""
    names = sorted(copy.name for copy in folder.iterdir())
    for old in copies_to_delete(names, keep, stamp=stamp, prefix=prefix):
        (folder / old).unlink(missing_ok=True)
        (folder / f"{old}.sha256").unlink(missing_ok=True)


def check(path: Path, is_cancelled: Callable[[], bool] = never) -> None:
    """Raise :class:`CannotCopy` unless ``path`` is a complete database of this program.

    A file with its checksum, if there is one, must match.
    """
    if not path.is_file():
        raise CannotCopy(f"{path}: there is no such file")
    checksum_file = path.with_name(path.name + ".sha256")
    if checksum_file.exists() and not has_checksum(path, checksum_file):
        raise CannotCopy(
            f"{path}: is not what {checksum_file.name} says it was; the medium may be failing, take another copy"
        )
    with connection_to(path, is_cancelled) as connection:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        if application_id != APPLICATION_ID:
            raise CannotCopy(f"{path}: is not a database of this program")
        result = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
        if result != ["ok"]:
            raise CannotCopy(f"{path}: is damaged: {'; '.join(result)}")


def restore(database: Path, copy: Path, *, stamp: str) -> Path | None:
    """Replace ``database`` by ``copy``; return the path of the old one.

    Return None if there was none. At every moment there is a complete database under the name. Raises
    :class:`CannotCopy`, and ``AlreadyRunning`` when a server uses the database.
    """
    lock_fd = lock(database)
    try:
        check(copy)
        forget_end(lock_fd)
        restored = database.with_name(f"{database.name}.restoring")
        restored.unlink(missing_ok=True)
        copy_file(copy, restored)
        check(restored)
        aside = set_aside(database, stamp)
        restored.rename(database)
        forget_damage(database)
        record_end(lock_fd, database)
        sync(database.parent)
        _erase_in_set_aside(database)
    except OSError as error:
        raise CannotCopy(f"{database}: {error.strerror or error}; nothing was restored") from error
    finally:
        os.close(lock_fd)
    return aside


def _erase_visitor_data(path: Path) -> bool:
    """Erase visitors' data from a database; return whether there were any."""
    with connection_to(path) as connection:
        return erase_visitor_tables(connection)


def _erase_in_older_copies(database: Path, folder: Path) -> None:
    """Erase visitors' data from copies of older releases, and from databases set aside.

    A copy that cannot be cleaned is logged; a new copy is made all the same.
    """
    for copy in sorted(folder.glob("luot-*Z.db")):
        partial = copy.with_name(copy.name.removesuffix(".db") + PARTIAL_SUFFIX)
        try:
            with connection_to(copy) as connection:
                if not tables_with_rows(connection):
                    continue
            copy_file(copy, partial)
            _erase_visitor_data(partial)
            check(partial)
            sync(partial)
            # A copy without a checksum can be restored; a copy with a wrong one cannot.
            copy.with_name(copy.name + ".sha256").unlink(missing_ok=True)
            partial.rename(copy)
            write_checksum(copy)
            log.info("%s: visitors' tokens were erased", copy)
        except (CannotCopy, OSError) as error:
            log.error("%s: visitors' tokens could not be erased: %s", copy, error)
        finally:
            with suppress(OSError):
                _remove(partial)
    _erase_in_set_aside(database)


def _erase_in_set_aside(database: Path) -> None:
    """Erase visitors' data from the databases that restores have set aside."""
    for aside in sorted(database.parent.glob(f"{database.name}.before-*Z")):
        try:
            if not aside.samefile(database) and _erase_visitor_data(aside):
                log.info("%s: visitors' tokens were erased", aside)
        except (CannotCopy, OSError) as error:
            log.error("%s: visitors' tokens could not be erased; delete it: %s", aside, error)


def set_aside(database: Path, stamp: str) -> Path | None:
    """Give the old database a second name, with its SQLite journal files; return the path.

    SQLite would replay a journal file that was left into the new database.
    """
    if not database.exists():
        return None
    aside = database.with_name(f"{database.name}.before-{stamp}")
    try:
        with connection_to(database) as connection:  # closing the last connection merges the journal file
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except CannotCopy as error:
        log.warning("the old database is kept as it is: %s", error)
    for suffix in ("-journal", "-wal", "-shm"):
        journal_file = database.with_name(database.name + suffix)
        if journal_file.exists():
            journal_file.rename(aside.with_name(aside.name + suffix))
    aside.unlink(missing_ok=True)
    os.link(database, aside)
    return aside


@contextmanager
def connection_to(path: Path, is_cancelled: Callable[[], bool] = never) -> Iterator[Any]:
    """Open the database with the newest driver. Raises :class:`CannotCopy` and :class:`MigrationCancelled`."""
    module = newest_sqlite().module
    try:
        with closing(module.connect(str(path), timeout=BUSY_TIMEOUT_S, isolation_level=None)) as connection:
            connection.set_progress_handler(is_cancelled, STEPS_BETWEEN_QUESTIONS)
            yield connection
    except module.Error as error:
        if is_cancelled():
            raise MigrationCancelled(f"{path}: the copy was cancelled") from error
        raise CannotCopy(f"{path}: {error}") from error


def copy_file(original: Path, copy: Path) -> None:
    """Copy a file, readable by this user only, and sync it."""
    with original.open("rb") as source, os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as sink:
        while block := source.read(1 << 20):
            sink.write(block)
        sink.flush()
        os.fsync(sink.fileno())


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_checksum(path: Path, checksum_file: Path) -> bool:
    """Return whether the checksum in ``checksum_file`` is that of ``path``."""
    return checksum_file.read_text(encoding="ascii", errors="replace").split()[:1] == [_checksum(path)]


def write_checksum(path: Path) -> None:
    """Write the file that ``sha256sum --check`` reads."""
    checksum = path.with_name(path.name + ".sha256")
    checksum.write_text(f"{_checksum(path)}  {path.name}\n", encoding="ascii")
    sync(checksum)


def sync(path: Path) -> None:
    """Write a file or folder to the disk."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
