"""Facts of counters, and of calls that the hall's displays showed or spoke."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from server.domain.facts.fact import Fact, converted_by
from server.domain.facts.kinds import FactKind
from server.domain.queue.counter import CounterState


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterStateChanged(Fact):
    """A counter opened, paused or closed.

    Of a pause: ``reason``, the text of a clerk, or a code of the server ("away": the clerk is absent; "no_answer":
    nobody acknowledged an automatic call); ``until_at_ms``, the announced end, UTC ms. Both are None where none was
    given, and always when a counter opens or closes. ``announce``: the announcement that the displays make, "pause" or
    "resume"; None: no announcement.
    """

    KIND: ClassVar = FactKind.COUNTER_STATE

    counter: str
    state: CounterState = field(metadata=converted_by(CounterState))
    reason: str | None
    until_at_ms: int | None
    announce: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterClerkChanged(Fact):
    """A clerk signed in at a counter; None: the clerk there signed out."""

    KIND: ClassVar = FactKind.COUNTER_CLERK

    counter: str
    clerk: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterReady(Fact):
    """A counter is ready: the next ticket is called to it automatically."""

    KIND: ClassVar = FactKind.COUNTER_READY

    counter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterUnready(Fact):
    """A counter stopped being ready without being given a ticket.

    ``reason``: "asked" (by the clerk), "time" (it was ready too long) or "away" (the clerk is absent).
    """

    KIND: ClassVar = FactKind.COUNTER_UNREADY

    counter: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterServicesToday(Fact):
    """The services of a counter differ from the settings until the day ends.

    It replaces an earlier such fact of the day.
    ``added``: further services that it serves; ``taken``: those of the settings that it does not serve. ``any_clerk``:
    those of ``added`` that its clerk serves although they are not on the clerk's own list. All empty: as in the
    settings.
    """

    KIND: ClassVar = FactKind.COUNTER_SERVICES_TODAY

    counter: str
    added: Sequence[str]
    taken: Sequence[str]
    any_clerk: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAcknowledged(Fact):
    """Somebody at the counter acknowledged an automatic call; ``call`` is its id.

    ``ticket``: the called one; announcements, which have none, are not acknowledged.
    """

    KIND: ClassVar = FactKind.CALL_ACKNOWLEDGED

    ticket: str
    counter: str
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSeen(Fact):
    """A display reported a call or an announcement as shown; ``call`` is its id.

    ``ticket``, ``counter``: those of the call; None for an announcement without one, such as the hall's opening.
    ``station``: the display; ``shown_at_ms``: the time that it reported, UTC ms. ``spoken``: "yes", "muted", or
    "no_audio" (there was no sound); None: not known yet.
    """

    KIND: ClassVar = FactKind.CALL_SEEN

    ticket: str | None
    counter: str | None
    call: str
    station: str
    shown_at_ms: int
    spoken: str | None


FACTS: tuple[type[Fact], ...] = (
    CounterStateChanged,
    CounterClerkChanged,
    CounterReady,
    CounterUnready,
    CounterServicesToday,
    CallAcknowledged,
    CallSeen,
)
