"""Facts of the server's clock, service days, opening hours and stopped services.

``server.domain.facts.fact`` explains ``added`` and the other metadata of the fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from server.domain.clock_doubt import Doubt
from server.domain.facts.fact import Fact, added, converted_by, left_out_if_none
from server.domain.facts.kinds import FactKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerBooted(Fact):
    """The machine was started, and the wall clock was checked.

    Queue time continues from ``queue_ms``. ``doubt``: why the date is not trusted; None: it is trusted. ``sure_ms``:
    the last moment at which the clock was trusted, UTC ms; None: it is trusted now, or never was.
    """

    KIND: ClassVar = FactKind.BOOTED
    VERSION: ClassVar[int] = 2

    queue_ms: int
    doubt: Doubt | None = field(default=None, metadata=added(2, Doubt))
    sure_ms: int | None = field(default=None, metadata=added(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStepped(Fact):
    """The wall clock was set by ``step_ms``: forwards, or (negative) back.

    ``doubt`` and ``sure_ms`` as in :class:`ServerBooted`.
    """

    KIND: ClassVar = FactKind.CLOCK_STEPPED
    VERSION: ClassVar[int] = 2

    step_ms: int
    doubt: Doubt | None = field(default=None, metadata=added(2, Doubt))
    sure_ms: int | None = field(default=None, metadata=added(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockJudged(Fact):
    """The wall clock was confirmed, or staff entered another ``date`` than the clock's.

    ``by``: "staff" or "time_server". ``date`` None: the clock was confirmed. ``doubt`` and ``sure_ms`` as in
    :class:`ServerBooted`.
    """

    KIND: ClassVar = FactKind.CLOCK_JUDGED

    doubt: Doubt | None = field(metadata=converted_by(Doubt))
    sure_ms: int | None
    by: str
    date: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOpened(Fact):
    """A service day began. Facts of older releases have no ``day``: the id is the date then.

    ``date`` None: it is not known. ``queue_ms``: queue time goes on from this value; it may jump ahead to the wall
    clock. ``goes_on``: the id of the day whose series and open tickets this one continues. ``practice``: True for a
    practice day, None for a real one. ``demand``: the numbers issued of each counted service in the weeks before, by
    which the kiosk orders services; None: in their order by hand.
    """

    KIND: ClassVar = FactKind.DAY_OPENED
    VERSION: ClassVar[int] = 4

    day: str | None = field(default=None, metadata=added(2))
    date: str | None
    office: str
    queue_ms: int
    goes_on: str | None = field(default=None, metadata=added(2))
    practice: bool | None = field(default=None, metadata=left_out_if_none(3))
    demand: Mapping[str, int] | None = field(default=None, metadata=left_out_if_none(4))

    @property
    def day_id(self) -> str:
        """Return the id of the day."""
        return str(self.day or self.date)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClosed(Fact):
    """A service day ended. ``carried``: another day continues it at once (``DayOpened.goes_on``).

    ``served``, ``expired``, ``unrecorded``: how many tickets were served, expired now, and had their service ended by
    the close.
    """

    KIND: ClassVar = FactKind.DAY_CLOSED
    VERSION: ClassVar[int] = 2

    day: str | None = field(default=None, metadata=added(2))
    date: str | None
    carried: bool | None = field(default=None, metadata=added(2))
    served: int
    expired: int
    unrecorded: int

    @property
    def day_id(self) -> str:
        """Return the id of the day."""
        return str(self.day or self.date)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayReopened(Fact):
    """A day that was closed by mistake was opened again. ``reason``: the text of a manager."""

    KIND: ClassVar = FactKind.DAY_REOPENED
    VERSION: ClassVar[int] = 2

    day: str | None = field(default=None, metadata=added(2))
    date: str | None
    reason: str

    @property
    def day_id(self) -> str:
        """Return the id of the day."""
        return str(self.day or self.date)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDated(Fact):
    """The date of a day was corrected.

    ``opened_at_ms``: when the day was opened, by the corrected wall clock (UTC ms). ``before``: the date until now.
    ``fresh``: the day that it continued had another date, whose counts and stopped services do not apply.
    """

    KIND: ClassVar = FactKind.DAY_DATED

    day: str
    date: str
    opened_at_ms: int
    before: str | None
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursChanged(Fact):
    """The office, or a service with own hours, opened or closed by its hours.

    ``opening``: open, lunch or closed, of the office; ``services``: the same by service, for those with own hours.
    ``announce``: the announcement that the displays make, "opening" or "closing"; None: no announcement.
    """

    KIND: ClassVar = FactKind.HOURS_CHANGED

    office: str
    opening: str
    services: Mapping[str, str]
    announce: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStopped(Fact):
    """Staff stopped issuing numbers of a service; replaces an earlier stop of the day.

    ``reason``, ``ask``: the texts of staff that visitors are shown, why and whom to ask; None: they gave none.
    ``until_at_ms``: when numbers are issued again (UTC ms); None: not on this day.
    """

    KIND: ClassVar = FactKind.SERVICE_STOPPED
    VERSION: ClassVar[int] = 3

    service: str
    reason: str | None = field(default=None, metadata=left_out_if_none(2))
    until_at_ms: int | None = field(default=None, metadata=left_out_if_none(3))
    ask: str | None = field(default=None, metadata=left_out_if_none(3))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceResumed(Fact):
    """Numbers of a service are issued again."""

    KIND: ClassVar = FactKind.SERVICE_RESUMED

    service: str


FACTS: tuple[type[Fact], ...] = (
    ServerBooted,
    ClockStepped,
    ClockJudged,
    DayOpened,
    DayClosed,
    DayReopened,
    DayDated,
    HoursChanged,
    ServiceStopped,
    ServiceResumed,
)
