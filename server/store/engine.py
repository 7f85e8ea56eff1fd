"""The one module that knows which database it is: SQLite, opened so that a power cut loses no acknowledged ticket.

WAL needs SQLite 3.51.3 or newer (a corruption bug before it); pysqlite3 carries one, otherwise the
machine's own SQLite runs with a truncated rollback journal. Both with ``synchronous=FULL``. Every pragma is
read back, and the hall refuses to open when one differs, because a file system can refuse WAL silently.
"""

import fcntl
import json
import logging
import os
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

log = logging.getLogger(__name__)

WAL_SAFE = (3, 51, 3)
APPLICATION_ID = 0x4C756F74  # "Luot"

_FULL = 2


class CannotOpen(SQLAlchemyError):
    """The database cannot be used; the sentence says why and what to do.

    A connection that is made anew later may find this too, and then it is an error of the database like others.
    """


class AlreadyRunning(CannotOpen):
    """Another server holds this database."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Which SQLite this is and how it writes; ``journal_mode`` is ``wal`` or ``truncate``."""

    module: ModuleType
    version: str
    journal_mode: str


@dataclass(frozen=True, slots=True)
class Engines:
    """One engine that writes and one that cannot."""

    write: Engine
    read: Engine
    kind: Kind

    def close(self) -> None:
        """Close every connection."""
        self.read.dispose()
        self.write.dispose()


def canonical(value: object) -> str:
    """JSON with one spelling per value, so that equal values are equal bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def choose_kind() -> Kind:
    """The newest SQLite at hand and the journal that is safe with it."""
    try:
        import pysqlite3 as newest
    except ImportError:
        newest = sqlite3
    version: tuple[int, ...] = newest.sqlite_version_info
    return Kind(newest, newest.sqlite_version, "wal" if version >= WAL_SAFE else "truncate")


def open_engines(path: Path, kind: Kind | None = None) -> Engines:
    """Open (or make) the database at ``path``. Raises :class:`CannotOpen`."""
    kind = kind or choose_kind()
    path.parent.mkdir(parents=True, exist_ok=True)
    _make_private(path)
    engines = Engines(_engine(path, kind, _write_pragmas(kind), "BEGIN IMMEDIATE"), _reader(path, kind), kind)
    try:
        with engines.write.connect() as connection:
            _check_health(connection)
        path.chmod(0o600)
    except DBAPIError as error:
        engines.close()
        raise _cannot_open(path, error.orig) from error
    except OSError as error:
        engines.close()
        raise _cannot_open(path, error.strerror) from error
    except CannotOpen:
        engines.close()
        raise
    log.info("database %s: SQLite %s, journal %s, synchronous FULL", path, kind.version, kind.journal_mode)
    return engines


def lock(path: Path) -> int:
    """Hold the database at ``path`` for this process; returns the open file of the lock, to be closed at the end.

    Raises :class:`AlreadyRunning`. The kernel lets go when the process dies, however it dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".lock")
    held = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(held)
        raise AlreadyRunning(f"{path}: another server is already running on this database; stop it first") from error
    return held


def _make_private(path: Path) -> None:
    """Visitors' links will be in it, so only this user may read it; SQLite gives its other files the same mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise _cannot_open(path, error.strerror) from error


def _cannot_open(path: Path, why: object) -> CannotOpen:
    return CannotOpen(f"{path}: cannot be opened as a database ({why}); check the file and its rights")


def append_only(table: str) -> Sequence[str]:
    """Statements that make ``table`` refuse every UPDATE and DELETE."""
    return tuple(
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    )


def _write_pragmas(kind: Kind) -> Mapping[str, str | int]:
    return {
        "journal_mode": kind.journal_mode,
        "synchronous": _FULL,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "wal_autocheckpoint": 200,
        "journal_size_limit": 1 << 20,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "mmap_size": 0,
    }


_READ_PRAGMAS: Mapping[str, str | int] = {
    "query_only": 1,
    "busy_timeout": 5000,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "mmap_size": 0,
}


def _reader(path: Path, kind: Kind) -> Engine:
    return _engine(path, kind, _READ_PRAGMAS, "BEGIN", pool_size=16, max_overflow=48, pool_timeout=5)


def _engine(path: Path, kind: Kind, pragmas: Mapping[str, str | int], begin: str, **pool: Any) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        module=kind.module,
        json_serializer=canonical,
        hide_parameters=True,  # errors are logged, and what is written may be a visitor's secret
        connect_args={"check_same_thread": False},
        **pool,
    )

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = None  # the driver must not begin transactions of its own
        cursor = raw.cursor()
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name}={value}")
        for name, value in pragmas.items():
            row = cursor.execute(f"PRAGMA {name}").fetchone()
            if row is None or row[0] != value:
                raise CannotOpen(f"{path}: SQLite refused {name}={value} (it says {row}); move it to a local disk")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _check_health(connection: Connection) -> None:
    """Refuse a database that is damaged or somebody else's; claim an empty one."""
    found = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    empty = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one() == 0
    if found == 0 and empty:
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    elif found != APPLICATION_ID:
        raise CannotOpen("this file is a database of another program; set another path")
    result = connection.exec_driver_sql("PRAGMA quick_check").scalars().all()
    connection.commit()
    if list(result) != ["ok"]:
        raise CannotOpen(f"the database is damaged: {'; '.join(map(str, result[:3]))}; restore the last copy")
