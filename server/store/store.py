"""Opens the database of one hall, and gives consistent snapshots of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from config.clock import Now
from server.domain.calendar import OpeningStatus
from server.domain.office import OfficeDefinition
from server.store.backends import Backend, DatabaseLock, Engines, LastEnd, copy_stamp, never
from server.store.migrations import migrate, newest_revision
from server.store.office import read_office
from server.store.queue_clock import JournalHead, read_head
from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One consistent state of the hall at ``now``, from which views are made.

    ``head``: the last entry of the journal, with the open day; ``boot_id``: the current boot of the machine. ``speed``:
    how many times as fast as real time the clocks run; 1.0 except in a demonstration.
    """

    connection: Connection
    office: OfficeDefinition
    head: JournalHead
    now: Now
    boot_id: str
    speed: float = 1.0

    @property
    def queue_ms(self) -> int:
        """Queue time at ``now``."""
        return self.head.queue_time(self.now, self.boot_id)

    def opening_status(self, service: str | None = None) -> OpeningStatus:
        """Return the opening state of the office or of one service; open in a practice."""
        is_date_unknown = self.head.doubt is not None or self.head.practice
        return self.office.opening_status(self.now.wall_ms, service, is_date_unknown=is_date_unknown)


class Store:
    """The database of one hall, locked for this process and migrated to the newest schema.

    ``clock`` returns the current moment; ``boot_id``: the current boot of the machine. ``always_open``: the calendar
    does not apply, numbers are issued at any time (setting of the server). ``speed`` returns how many times as fast as
    real time the clocks run. ``is_cancelled()`` is called often while the database is checked, copied and migrated;
    when it returns true, ``CheckCancelled`` or ``MigrationCancelled`` is raised and the database is as it was.
    """

    def __init__(
        self,
        backend: Backend,
        clock: Callable[[], Now],
        boot_id: str,
        *,
        always_open: bool = False,
        speed: Callable[[], float] = lambda: 1.0,
        is_cancelled: Callable[[], bool] = never,
    ) -> None:
        self._backend = backend
        lock = backend.lock()
        self._lock: DatabaseLock | None = lock
        self._clock, self._speed = clock, speed
        self._office: OfficeDefinition | None = None
        self.in_practice = False
        """Whether the open day of the newest snapshot is a practice."""
        self.boot_id = boot_id
        self.always_open = always_open
        with ExitStack() as opened:
            opened.callback(lock.release, cleanly=False)
            copy = backend.back_up_before_migration(
                newest_revision(), stamp=copy_stamp(clock().wall_ms), is_cancelled=is_cancelled
            )
            last_end = lock.last_end if copy is None else LastEnd.CLEAN  # the database was checked for the copy
            self.needs_check = last_end is LastEnd.UNCLEAN
            """Whether the last server did not end in order and the database was not checked since, or is damaged."""
            self.engines: Engines = backend.open(check=last_end is LastEnd.CHANGED, is_cancelled=is_cancelled)
            opened.callback(self.engines.close)
            lock.mark_in_use()
            migrate(self.engines.write, is_cancelled)
            opened.pop_all()  # open from here on, until ``close``

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        """Provide a snapshot that no commit changes. Raises ``LookupError`` before the office is set up."""
        with self.engines.read.connect() as connection:
            head = read_head(connection)
            self.in_practice = head.practice
            office = self._current_office(connection, head)
            yield Snapshot(connection, office, head, self._clock(), self.boot_id, self._speed())

    def snapshot_of(self, tx: Tx, now: Now) -> Snapshot:
        """Return the state inside a command's transaction, from which its answer is drawn."""
        return Snapshot(tx.connection, tx.office, tx.head, now, tx.boot_id, self._speed())

    def is_clock_doubted(self) -> bool:
        """Return whether the date of the wall clock is doubted."""
        with self.read() as snapshot:
            return snapshot.head.doubt is not None

    def _current_office(self, connection: Connection, head: JournalHead) -> OfficeDefinition:
        office = self._office
        if office is None or office.version != head.office_version:
            office = self._office = read_office(connection, always_open=self.always_open)
        return office

    def check(self, is_cancelled: Callable[[], bool] = lambda: False) -> str | None:
        """Read the whole database and return its damage, None if there is none.

        The hall may work meanwhile. ``is_cancelled()`` is called often during the check. Raises ``CheckCancelled``.
        """
        damage = self._backend.find_damage(is_cancelled)
        self.needs_check = damage is not None
        return damage

    def known_damage(self) -> str | None:
        """Return the damage that the last check found, here or when a copy was made."""
        return self._backend.known_damage()

    def close(self) -> None:
        """Close connections and release the lock. May be called any number of times."""
        self.engines.close()
        if self._lock is not None:
            self._lock.release(cleanly=not self.needs_check)
            self._lock = None
