"""One hall's database, opened: engines, lock, migrations; and consistent readings of it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from config.clock import Now
from server.domain.calendar import Moment
from server.store.engine import Engines, Kind, lock, open_engines
from server.store.journal import Head, read_head
from server.store.migrations import migrate
from server.store.office import Office, office_rev, read_office


@dataclass(frozen=True, slots=True)
class Reading:
    """One consistent look at the hall at ``now``; what views are drawn from. ``speed``: how many times as fast as
    real time its clocks run, 1.0 but in a demonstration."""

    connection: Connection
    office: Office
    head: Head
    now: Now
    boot_id: str
    speed: float = 1.0

    @property
    def queue_ms(self) -> int:
        """Queue time at ``now``."""
        return self.head.queue_time(self.now, self.boot_id)

    def moment(self, service: str | None = None) -> Moment:
        """What holds now, of the office or of one service."""
        return self.office.moment(self.now.wall_ms, service, unknown=self.head.doubt is not None)


class Store:
    """The database of one hall. ``engines.kind`` says which SQLite and journal it is, for the health page."""

    def __init__(
        self,
        path: Path,
        clock: Callable[[], Now],
        boot_id: str,
        *,
        always_open: bool = False,
        kind: Kind | None = None,
        speed: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._lock = lock(path)
        self._clock, self._speed = clock, speed
        self._office: Office | None = None
        self.boot_id = boot_id
        self.always_open = always_open
        try:
            self.engines: Engines = open_engines(path, kind)
            migrate(self.engines.write)
        except BaseException:
            os.close(self._lock)
            raise

    @contextmanager
    def read(self) -> Iterator[Reading]:
        """A snapshot that no writer disturbs. Raises ``LookupError`` before the office was set up."""
        with self.engines.read.connect() as connection:
            known, head = self._known(connection), read_head(connection)
            yield Reading(connection, known, head, self._clock(), self.boot_id, self._speed())

    def clock_doubted(self) -> bool:
        """Whether the date of the wall clock is not believed."""
        with self.read() as reading:
            return reading.head.doubt is not None

    def _known(self, connection: Connection) -> Office:
        known = self._office
        if known is None or known.rev != office_rev(connection):
            known = self._office = read_office(connection, always_open=self.always_open)
        return known

    def close(self) -> None:
        """Close connections and let the next server in. May be called any number of times."""
        self.engines.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
