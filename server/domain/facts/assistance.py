"""Facts of staff alarms, and of colleagues who are sent to a place."""

from dataclasses import dataclass
from typing import ClassVar

from server.domain.facts.fact import Fact
from server.domain.facts.kinds import FactKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaised(Fact):
    """Somebody at a counter raised the staff alarm. ``alarm`` is its id."""

    KIND: ClassVar = FactKind.ALARM_RAISED

    counter: str
    alarm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmTaken(Fact):
    """A member of staff goes to the counter of an alarm."""

    KIND: ClassVar = FactKind.ALARM_TAKEN

    counter: str
    alarm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEnded(Fact):
    """A member of staff ended an alarm."""

    KIND: ClassVar = FactKind.ALARM_ENDED

    counter: str
    alarm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColleagueSent(Fact):
    """A manager asked a colleague to go to a place. ``dispatch`` is the id of this request.

    The place is the ``counter``, or the kiosk ``station``; the other one is None. ``call``: the visitor's call for help
    there, None without one. ``to_counter``: where the colleague works; ``clerk``: the id of the clerk who was signed in
    there, None for a counter without a named clerk.
    """

    KIND: ClassVar = FactKind.COLLEAGUE_SENT

    counter: str | None
    dispatch: str
    station: str | None
    call: str | None
    to_counter: str
    clerk: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColleagueGoing(Fact):
    """The colleague goes to the place."""

    KIND: ClassVar = FactKind.COLLEAGUE_GOING

    counter: str | None
    dispatch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchEnded(Fact):
    """The colleague is done, or the manager withdrew the request."""

    KIND: ClassVar = FactKind.DISPATCH_ENDED

    counter: str | None
    dispatch: str


FACTS: tuple[type[Fact], ...] = (
    AlarmRaised,
    AlarmTaken,
    AlarmEnded,
    ColleagueSent,
    ColleagueGoing,
    DispatchEnded,
)
