"""Count the SQL statements of requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from core_hall import Hall
from core_web import Web
from sqlalchemy import event

from server import views
from server.access.database import AccessDatabase
from server.store import statement as statement_module
from server.wire.messages import Board, Office


@dataclass(frozen=True)
class KeptPictures:
    """The published pictures; reading one takes no statement."""

    board: Board
    office: Office


def web_of(hall: Hall) -> Web:
    """Return the web of a hall whose pictures were published last just now."""
    with hall.read() as snapshot:
        return Web(hall, pictures=KeptPictures(views.board(snapshot, "e1"), views.office(snapshot, "e1")))


ENDS_OF_TRANSACTIONS = frozenset({"COMMIT", "ROLLBACK"})
"""Not counted: each transaction that begins also ends."""


@contextmanager
def recorded_statements(hall: Hall, accounts: AccessDatabase | None = None) -> Iterator[list[str]]:
    """Record the statements that SQLite runs inside the ``with`` block, with their values.

    ``accounts``: a further database whose statements are recorded.
    The statements of all connections are recorded, also those that begin a transaction or a savepoint. A statement that
    is run for many rows is recorded for each row.
    """
    statements: list[str] = []
    traced: list[Any] = []

    def record(statement: str) -> None:
        if statement not in ENDS_OF_TRANSACTIONS:
            statements.append(statement)

    def trace(driver_connection: Any, *_: object) -> None:
        driver_connection.set_trace_callback(record)
        traced.append(driver_connection)

    engines = [hall.store.engines.read, hall.store.engines.write]
    if accounts is not None:
        engines.append(accounts._engines.write)
    for engine in engines:
        event.listen(engine, "checkout", trace)
    try:
        yield statements
    finally:
        for engine in engines:
            event.remove(engine, "checkout", trace)
        for driver_connection in traced:
            driver_connection.set_trace_callback(None)


@contextmanager
def recorded_runs(hall: Hall) -> Iterator[list[tuple[str, Any]]]:
    """Record text and parameters of each run of a statement inside the block.

    The texts are those that SQLite plans, without the values. A run for many rows is recorded once, with the parameters
    of the first.
    """
    runs: list[tuple[str, Any]] = []
    run_on_cursor = statement_module._run

    def record_run(connection: Any, method: str, text: str, parameters: Any, fetch: Any) -> Any:
        runs.append((text, parameters[0] if method == "executemany" else parameters))
        return run_on_cursor(connection, method, text, parameters, fetch)

    def record(_connection: Any, _cursor: Any, text: str, parameters: Any, _context: Any, many: bool) -> None:
        runs.append((text, parameters[0] if many else parameters))

    engines = (hall.store.engines.read, hall.store.engines.write)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", record)
    try:
        with patch.object(statement_module, "_run", record_run):
            yield runs
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", record)
