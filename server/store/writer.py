"""The one writer: a thread with a FIFO in front. Commands that wait together share one commit.

Each command has a savepoint, so a refusal undoes itself alone; answers and notifications leave only after
the commit, and a commit that fails fails every command of its group.
"""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from config.clock import Now
from server.domain.errors import Refused
from server.store.facts import Fact
from server.store.journal import Tx
from server.store.office import Office

log = logging.getLogger(__name__)

END_S = 50.0
"""How long the end of a command that has begun is waited for; a browser waits for an answer a little longer."""

Answer = TypeVar("Answer")
Work = Callable[[Tx, Now], Answer]


class Busy(Exception):
    """Too many commands wait, or the server is stopping; the caller may try again."""


class HungUp(Busy):
    """Who asked has given up waiting, so it was not carried out."""


class StorageFailed(Exception):
    """The database did not take it: nothing of this command happened."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What one commit brought: its facts, in order."""

    facts: tuple[Fact, ...]

    @property
    def seq(self) -> int:
        """Sequence of the last fact."""
        return self.facts[-1].seq


@dataclass(slots=True)
class _Command:
    work: Work[Any]
    future: Future[Any]
    wanted: Callable[[], bool]


class Writer:
    """``on_commit`` is called in the writer's thread after each commit that recorded facts; it must not block.

    ``capacity``: commands that may wait; ``group``: how many may share a commit.
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
        group: int = 64,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._boot_id = boot_id
        self._on_commit = on_commit
        self._always_open = always_open
        self._group = group
        self._office: Office | None = None
        self._trouble: str | None = None
        self._queue: queue.Queue[_Command | None] = queue.Queue(capacity)
        self._door = threading.Lock()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[Answer], wanted: Callable[[], bool] = lambda: True) -> Future[Answer]:
        """Queue ``work(tx, now)``; the future has its answer after the commit. Raises :class:`Busy`.

        ``wanted()`` is asked right before; when it says no, nothing happens and the future has :class:`HungUp`.
        """
        future: Future[Answer] = Future()
        with self._door:
            if self._closing:
                raise Busy
            try:
                self._queue.put_nowait(_Command(work, future, wanted))
            except queue.Full:
                raise Busy from None
        return future

    def ask(self, work: Work[Answer], timeout_s: float = 10.0, *, wanted: Callable[[], bool] = lambda: True) -> Answer:
        """``submit`` and wait. Raises what the command raises, :class:`StorageFailed`, :class:`Busy`.

        After ``timeout_s`` a command that has not begun is called off: ``TimeoutError``, nothing happened. One that
        has begun is waited for, so that the answer is what became of it; only after ``END_S`` more, on a disk that
        hangs, it is not known.
        """
        future = self.submit(work, wanted)
        try:
            return future.result(timeout_s)
        except TimeoutError:
            if future.done() or future.cancel():
                raise
            log.warning("a command takes longer than %g s; its caller waits for the end", timeout_s)
            return future.result(END_S)

    @property
    def trouble(self) -> str | None:
        """Why the database did not take the last group of commands; None when it did."""
        return self._trouble

    def close(self) -> None:
        """Finish what waits and stop. May be called any number of times."""
        with self._door:
            first, self._closing = not self._closing, True
        if first:
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        running = True
        while running:
            first = self._queue.get()
            group = [] if first is None else [first]
            running = first is not None
            while running and len(group) < self._group:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    running = False
                else:
                    group.append(more)
            if group:
                self._commit([one for one in group if one.future.set_running_or_notify_cancel()])

    def _commit(self, group: list[_Command]) -> None:
        """Run the group in one transaction and answer everyone."""
        outcomes: list[tuple[_Command, Any, BaseException | None]] = []
        facts: list[Fact] = []
        try:
            with self._engine.begin() as connection:
                outcomes.extend((one, *self._try(connection, one, facts)) for one in group)
        except SQLAlchemyError as error:
            self._office = None
            self._trouble = str(error.orig) if isinstance(error, DBAPIError) else str(error)
            log.error("the database did not take %d command(s): %s", len(group), error)
            for command in group:
                command.future.set_exception(StorageFailed(str(error)))
            return
        self._trouble = None
        for command, answer, refusal in outcomes:
            if refusal is None:
                command.future.set_result(answer)
            else:
                command.future.set_exception(refusal)
        if facts:
            self._tell(Committed(tuple(facts)))

    def _try(self, connection: Connection, command: _Command, facts: list[Fact]) -> tuple[Any, BaseException | None]:
        """One command in its savepoint: (answer, None) or (None, why not). Raises for a failing disk."""
        if not command.wanted():
            log.info("a command was left out: its caller has hung up")
            return None, HungUp()
        savepoint = connection.begin_nested()
        tx = Tx(connection, self._boot_id, always_open=self._always_open, office=self._office)
        try:
            answer = command.work(tx, self._clock())
        except Refused as refusal:
            savepoint.rollback()
            return None, refusal
        except DBAPIError as error:
            if type(error).__name__ != "IntegrityError":
                raise
            log.exception("a constraint of the database stopped a command")
            savepoint.rollback()
            return None, StorageFailed(str(error.orig))
        except Exception as error:
            log.exception("a command failed")
            savepoint.rollback()
            return None, error
        savepoint.commit()
        facts.extend(tx.facts)
        self._office = tx.known_office
        return answer, None

    def _tell(self, committed: Committed) -> None:
        try:
            self._on_commit(committed)
        except Exception:
            log.exception("telling others about facts up to %d failed", committed.seq)
