"""The hall of one private practice, with a database of its own.

The database is in a temporary folder. The hall has no broker, kiosk, web-hook or journal of the real hall: its
application knows nothing but its own database.
"""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from config.clock import Now
from server import commands, views
from server.commands import SYSTEM, Actor, IdFactory, Presence, Role
from server.commands.days import record_opening
from server.commands.setup import record_boot, record_office
from server.domain.calendar import Hours, local_date
from server.domain.facts import FactKind
from server.domain.office import OfficeDefinition
from server.store import Committed, SqliteBackend, Store, Tx, Writer
from server.web.shared.context import AppContext
from server.web.shared.identity import new_visitor_token
from server.web.shared.scanned_slips import ScannedSlips
from server.web.staff.practice.visitors import FIRST_VISITORS, KIOSK, MAX_WAITING, InventedVisitors
from server.wire.messages import Board, Office, SignIn, StationHealth
from server.wire.reports import ReportableHealth

_KIOSK_ACTOR = Actor(Role.STATION, KIOSK, KIOSK)
EPOCH = "practice"


@dataclass(frozen=True, slots=True)
class Trainee:
    """The person who practises. ``id``: of the clerk, None for a counter without a named clerk."""

    id: str | None
    name: str
    station: str


class PracticeHall:
    """A hall for one person at one counter, filled with the present office.

    ``context`` is that of the real hall, of which only clocks and makers of ids are used. ``chance`` returns numbers
    from 0 up to 1.
    """

    def __init__(
        self,
        context: AppContext,
        office: OfficeDefinition,
        trainee: Trainee,
        counter: str,
        chance: Callable[[], float],
    ) -> None:
        self.trainee, self.counter = trainee, counter
        self._now, self._new_id = context.now, context.new_id
        self._ids = IdFactory(context.new_ticket_id, new_visitor_token)
        self._presence = Presence(context.now())
        self._visitors = InventedVisitors(office, counter, chance, context.new_id)
        self._done: set[FactKind] = set()
        with ExitStack() as resources:
            folder = resources.enter_context(tempfile.TemporaryDirectory(prefix="luot-practice-"))
            backend = SqliteBackend(Path(folder) / "practice.db")
            store = resources.enter_context(closing(Store(backend, context.now, context.store.boot_id)))
            writer = Writer(store.engines.write, context.now, context.store.boot_id, on_commit=self._note)
            resources.enter_context(closing(writer))
            self._store, self._writer = store, writer
            self._fill(without_hours(office))
            self.context = self._own_context(context)
            self._next_visitor_s = context.mono_s() + self._visitors.gap_s()
            self._resources = resources.pop_all()

    def _own_context(self, context: AppContext) -> AppContext:
        """Return the context of the practice's application.

        Of the real hall it has clocks, makers of ids and the version of the pages.
        """
        return AppContext(
            store=self._store,
            writer=self._writer,
            pictures=PracticePictures(self._store),
            reports=NoStations(),
            server_health=NoParts(),
            live_version=context.live_version,
            now=context.now,
            mono_s=context.mono_s,
            new_id=context.new_id,
            new_ticket_id=context.new_ticket_id,
            presence=self._presence,
            scanned_slips=ScannedSlips(),
            mode="live",
            epoch=EPOCH,
            version=context.version,
            visitor_url=lambda: "",
        )

    def _fill(self, office: OfficeDefinition) -> None:
        def work(tx: Tx, now: Now) -> None:
            record_boot(tx, now)
            record_office(tx, now, office)
            record_opening(tx, SYSTEM, now, local_date(now.wall_ms, office.zone), is_practice=True)
            trainee = self.trainee
            if trainee.id is not None:
                actor = Actor(Role.CLERK, trainee.id, trainee.station)
                commands.name_clerk(tx, actor, now, trainee.id, trainee.name)
                body = SignIn(request_id=self._new_id(), clerk=trainee.id, station=trainee.station)
                commands.sign_in(tx, actor, now, self.counter, body)
            for _ in range(FIRST_VISITORS):
                self._issue(tx, now)

        self._writer.ask(work)

    def catch_up(self) -> None:
        """Let the visitors come and the changes happen that are due by the clock."""
        self._writer.ask(lambda tx, now: commands.tick(tx, now, self._presence))
        due = 0
        while self._next_visitor_s <= self.context.mono_s():
            self._next_visitor_s += self._visitors.gap_s()
            due += 1
        for _ in range(min(due, MAX_WAITING - self._waiting())):
            self._writer.ask(self._issue)

    def _waiting(self) -> int:
        with self._store.read() as snapshot:
            return sum(service.waiting for service in views.board(snapshot, EPOCH).services)

    def _issue(self, tx: Tx, now: Now) -> None:
        request = self._visitors.request()
        if request is not None and tx.day is not None:
            commands.issue(tx, _KIOSK_ACTOR, now, request, self._ids)

    def _note(self, committed: Committed) -> None:
        self._done.update(entry.kind for entry in committed.entries if entry.actor_role == Role.CLERK)

    @property
    def done(self) -> frozenset[FactKind]:
        """Return the kinds of facts that the person has caused."""
        return frozenset(self._done)

    def close(self) -> None:
        """Drop the hall with all that was done in it."""
        self._resources.close()


def without_hours(office: OfficeDefinition) -> OfficeDefinition:
    """Return the office without opening hours: then no schedule ends the practice."""
    services = {
        service.id: replace(service, hours=None, dates={}, capacity=None) for service in office.services.values()
    }
    return replace(office, hours=Hours(weekly={}), services=services, holidays={}, notices={}, always_open=False)


@dataclass(frozen=True, slots=True)
class PracticePictures:
    """The pictures of a practice's hall, which nobody receives."""

    store: Store

    @property
    def board(self) -> Board:
        """Return the board."""
        with self.store.read() as snapshot:
            return views.board(snapshot, EPOCH)

    @property
    def office(self) -> Office:
        """Return the office."""
        with self.store.read() as snapshot:
            return views.office(snapshot, EPOCH)


class NoStations:
    """A hall without machines."""

    connected = True

    def stations(self) -> Sequence[StationHealth]:
        """Return none."""
        return ()


class NoParts:
    """A server without parts that report their health."""

    def parts(self) -> dict[str, ReportableHealth]:
        """Return none."""
        return {}
