"""The only writer of the database: a thread that carries out queued commands.

Commands that wait together share one commit. When one of them is refused, or fails, all are rolled back and run once
more, now each with a savepoint, so that this command alone is undone. Results and notifications are sent only after the
commit. When a commit fails, every command of its group fails.

Between two commands the writer keeps the rows that only it changes (``OwnState``). The state is taken from successful
commands only. After a failed commit none is kept, and the next command reads the tables.
"""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.sql.elements import ReleaseSavepointClause, RollbackToSavepointClause, SavepointClause

from config.clock import Now
from server.domain.errors import Refused
from server.store.entry import JournalEntry
from server.store.errors import StoreError
from server.store.statement import Statement
from server.store.transaction import OwnState, Tx

log = logging.getLogger(__name__)

MAX_RUN_S = 50.0
"""The longest wait for the end of a command that has begun; a browser waits for the response a little longer."""

Result = TypeVar("Result")
Work = Callable[[Tx, Now], Result]
"""A command with its arguments bound, as the writer runs it: called with its transaction and the current moment.

It changes nothing but the database, because it may be rolled back and called once more.
"""


class Busy(StoreError):
    """Too many commands wait, or the server is stopping; the caller may try again."""


class CallerGone(Busy):
    """The client disconnected; the command was skipped."""


class StorageFailed(StoreError):
    """The commit failed: nothing of this command happened."""


@dataclass(frozen=True, slots=True)
class Committed:
    """The journal entries of one commit, in order."""

    entries: tuple[JournalEntry, ...]

    @property
    def seq(self) -> int:
        """Sequence of the last fact."""
        return self.entries[-1].seq


@dataclass(slots=True)
class _QueuedCommand:
    """A command that waits. ``is_wanted`` returns False when its caller has disconnected."""

    work: Work[Any]
    future: Future[Any]
    is_wanted: Callable[[], bool]


class _Outcomes:
    """The outcomes of the commands of a group, before their commit.

    ``own``: the state after the last successful command; ``results``: each command with its result or its exception;
    ``entries``: the journal entries of all successful commands.
    """

    def __init__(self, own: OwnState | None) -> None:
        self.own = own
        self.results: list[tuple[_QueuedCommand, Any, BaseException | None]] = []
        self.entries: list[JournalEntry] = []

    def add(self, command: _QueuedCommand, result: object, tx: Tx) -> None:
        """Add the result of a successful command."""
        self.own = tx.own
        self.results.append((command, result, None))
        self.entries += tx.entries


_SAVEPOINT = Statement(SavepointClause("command"))  # type: ignore[no-untyped-call]
_RELEASE = Statement(ReleaseSavepointClause("command"))  # type: ignore[no-untyped-call]
_ROLLBACK_TO = Statement(RollbackToSavepointClause("command"))  # type: ignore[no-untyped-call]


_Undo = Callable[[Connection], None]


class _GroupMustBeUndone(Exception):
    """A command of a group without savepoints failed, so its changes cannot be undone alone."""


def _undo_group(connection: Connection) -> None:
    raise _GroupMustBeUndone


def _undo_transaction(connection: Connection) -> None:
    connection.rollback()


def _undo_to_savepoint(connection: Connection) -> None:
    _ROLLBACK_TO.execute(connection)
    _RELEASE.execute(connection)


class Writer:
    """Carries out commands, one after the other, in its own thread.

    ``boot_id``: the current boot of the machine. ``on_commit`` is called in that thread after each commit that recorded
    facts; it must not block. ``always_open``: the calendar does not apply (setting of the server). ``capacity``: how
    many commands may wait; ``max_group``: how many may share a commit.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], Now],
        boot_id: str,
        *,
        on_commit: Callable[[Committed], None] = lambda committed: None,
        always_open: bool = False,
        capacity: int = 1000,
        max_group: int = 64,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._boot_id = boot_id
        self._on_commit = on_commit
        self._always_open = always_open
        self._max_group = max_group
        self._own: OwnState | None = None
        self._last_error: str | None = None
        self._queue: queue.Queue[_QueuedCommand | None] = queue.Queue(capacity)
        self._submit_lock = threading.Lock()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[Result], is_wanted: Callable[[], bool] = lambda: True) -> Future[Result]:
        """Queue ``work(tx, now)``; the future has its result after the commit. Raises :class:`Busy`.

        ``is_wanted()`` is called just before the work; if it returns False, because the client has disconnected, the
        work is skipped and the future raises :class:`CallerGone`.
        """
        future: Future[Result] = Future()
        with self._submit_lock:
            if self._is_closing:
                raise Busy
            try:
                self._queue.put_nowait(_QueuedCommand(work, future, is_wanted))
            except queue.Full:
                raise Busy from None
        return future

    def ask(
        self, work: Work[Result], timeout_s: float = 10.0, *, is_wanted: Callable[[], bool] = lambda: True
    ) -> Result:
        """Submit ``work`` and return its result. Raises its exceptions, :class:`StorageFailed`, :class:`Busy`.

        A command that has not begun after ``timeout_s`` is cancelled: ``TimeoutError`` is raised and nothing was
        changed. The caller waits for a command that has begun, so that its outcome is known; only if the command takes
        ``MAX_RUN_S`` longer, because the disk hangs, ``TimeoutError`` is raised with the outcome unknown.
        """
        future = self.submit(work, is_wanted)
        try:
            return future.result(timeout_s)
        except TimeoutError:
            if future.done() or future.cancel():
                raise
            log.warning("a command takes longer than %g s; its caller waits for the end", timeout_s)
            return future.result(MAX_RUN_S)

    @property
    def last_error(self) -> str | None:
        """The error of the last commit; None when it succeeded, and before the first."""
        return self._last_error

    def close(self) -> None:
        """Finish the waiting commands and stop. May be called any number of times."""
        with self._submit_lock:
            was_closing, self._is_closing = self._is_closing, True
        if not was_closing:
            self._queue.put(None)  # ends the thread, after the commands that wait
        self._thread.join()

    def _run(self) -> None:
        running = True
        while running:
            command = self._queue.get()  # None ends the thread
            group = [] if command is None else [command]
            running = command is not None
            while running and len(group) < self._max_group:
                try:
                    command = self._queue.get_nowait()
                except queue.Empty:
                    break
                if command is None:
                    running = False
                else:
                    group.append(command)
            if group:
                self._commit([command for command in group if command.future.set_running_or_notify_cancel()])

    def _commit(self, group: list[_QueuedCommand]) -> None:
        """Run the commands of the group in one transaction, then set their results."""
        own, self._own = self._own, None
        try:
            outcomes = self._run_group(group, own)
        except SQLAlchemyError as error:
            self._last_error = str(error.orig) if isinstance(error, DBAPIError) else str(error)
            log.error("the commit of %d command(s) failed: %s", len(group), error)
            for command in group:
                command.future.set_exception(StorageFailed(str(error)))
            return
        self._own = outcomes.own
        self._last_error = None
        for command, result, exception in outcomes.results:
            if exception is None:
                command.future.set_result(result)
            else:
                command.future.set_exception(exception)
        if outcomes.entries:
            self._notify(Committed(tuple(outcomes.entries)))

    def _run_group(self, group: list[_QueuedCommand], own: OwnState | None) -> _Outcomes:
        """Run the commands and commit them. Raises ``SQLAlchemyError`` when the disk fails.

        Mostly all succeed, so at first they have no savepoints: each costs two statements, and a copy of every page
        that the command changes. A command alone in its transaction needs none.
        """
        if len(group) > 1:
            with suppress(_GroupMustBeUndone), self._engine.begin() as connection:
                return self._run_commands(connection, group, own, _undo_group)
        undo = _undo_to_savepoint if len(group) > 1 else _undo_transaction
        with self._engine.begin() as connection:
            return self._run_commands(connection, group, own, undo)

    def _run_commands(
        self, connection: Connection, group: list[_QueuedCommand], own: OwnState | None, undo: _Undo
    ) -> _Outcomes:
        """Run the commands, one after the other. ``undo``: how one that failed is undone."""
        outcomes = _Outcomes(own)
        for command in group:
            if not command.is_wanted():
                log.info("a command was skipped: its client disconnected")
                outcomes.results.append((command, None, CallerGone()))
                continue
            if undo is _undo_to_savepoint:
                _SAVEPOINT.execute(connection)
            tx = Tx(connection, self._boot_id, always_open=self._always_open, own=outcomes.own)
            try:
                result = command.work(tx, self._clock())
            except Exception as error:
                if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
                    raise  # a failure of the disk, and so of the whole group
                undo(connection)
                outcomes.results.append((command, None, _exception_for_caller(error)))
                continue
            if undo is _undo_to_savepoint:
                _RELEASE.execute(connection)
            outcomes.add(command, result, tx)
        return outcomes

    def _notify(self, committed: Committed) -> None:
        try:
            self._on_commit(committed)
        except Exception:
            log.exception("the notification of facts up to %d failed", committed.seq)


def _exception_for_caller(error: Exception) -> Exception:
    """Return the exception that the command's caller gets; log ``error`` unless it is a refusal."""
    if isinstance(error, IntegrityError):
        log.error("a constraint of the database stopped a command", exc_info=error)
        return StorageFailed(str(error.orig))
    if not isinstance(error, Refused):
        log.error("a command failed", exc_info=error)
    return error
