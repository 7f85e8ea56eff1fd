"""Facts of tickets. ``*_ms`` is queue time in ms, ``*_at_ms`` the wall clock in UTC ms.

``reason`` is a text that staff typed or chose, None if they gave none; a class whose reason may be a code of the server
lists the codes. ``server.domain.facts.fact`` explains ``named``, ``added`` and the other metadata of the fields.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypedDict

from server.domain.facts.fact import Fact, added, left_out_if_none, named
from server.domain.facts.kinds import FactKind
from server.domain.queue.ticket import TicketState


class TicketFields(TypedDict):
    """The fields of a :class:`NumberedFact`, as keyword arguments."""

    ticket: str
    counter: str | None
    service: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedFact(Fact):
    """A fact of a ticket with its number, counter and service after the fact.

    ``counter`` None: the ticket is at no counter.
    """

    ticket: str
    counter: str | None
    service: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketIssued(Fact):
    """A visitor took a number. ``key``: its sort key in the queue, queue time in ms.

    ``prefix`` and ``seq``: the letters and the running number (from 1) that make its number. ``ticket_class``: ordinary
    or priority; ``head_start_ms``: by how much the class makes the key smaller. ``half``: the half-day (am or pm) to
    whose capacity it counts. ``station``: the kiosk, or the browser of staff. ``slip``: whether the station prints a
    slip; None in facts of older releases.
    """

    KIND: ClassVar = FactKind.ISSUED
    VERSION: ClassVar[int] = 2

    ticket: str
    service: str
    number: str
    office: str
    prefix: str
    seq: int
    procedure: str | None
    ticket_class: str = field(metadata=named("class"))
    head_start_ms: int
    key: int
    half: str
    station: str | None
    slip: bool | None = field(default=None, metadata=added(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCalled(NumberedFact):
    """A ticket was called to a counter.

    ``clerk``: the one at the counter; None: nobody is signed in there. ``chosen``: by a clerk, out of order; ``auto``:
    automatically, to a ready counter, at ``mono_ms`` since boot (None for other calls). ``why``: the explanation of the
    choice for staff: a ``CallReason`` as JSON, with more fields of the ticket.
    """

    KIND: ClassVar = FactKind.CALLED

    ticket_class: str = field(metadata=named("class"))
    clerk: str | None
    chosen: bool
    auto: bool
    mono_ms: int | None
    why: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRecalled(NumberedFact):
    """A called ticket was called again.

    ``call``: "last" if the rules allow no further call, so that the ticket may be marked absent without a reason;
    before that "recall". ``times``: which call this is since the ticket last left the queue; 2: the first recall.
    """

    KIND: ClassVar = FactKind.RECALLED

    ticket_class: str = field(metadata=named("class"))
    call: str = field(metadata=named("kind"))
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketStarted(NumberedFact):
    """Service began."""

    KIND: ClassVar = FactKind.STARTED


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFinished(NumberedFact):
    """Service ended.

    ``outcome``: received, more_papers, refused, returned, advice, or unrecorded (the close of the day ended it).
    """

    KIND: ClassVar = FactKind.FINISHED

    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSentOn(NumberedFact):
    """Service ended, and the ticket waits for another service.

    ``pin``: at this counter only; None: at any. ``service`` and ``procedure``: the next ones; ``outcome``: of the
    service that ended. ``pin_clerk``, ``stops``, ``sender``: as in :class:`TicketTransferred`.
    """

    KIND: ClassVar = FactKind.SENT_ON
    VERSION: ClassVar[int] = 3

    outcome: str
    procedure: str | None
    pin: str | None = field(default=None, metadata=added(2))
    pin_clerk: str | None = field(default=None, metadata=left_out_if_none(3))
    stops: Sequence[Mapping[str, Any]] | None = field(default=None, metadata=left_out_if_none(3))
    sender: Mapping[str, Any] | None = field(default=None, metadata=left_out_if_none(3))


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMissed(NumberedFact):
    """A called ticket was marked absent, because its visitor did not come.

    ``reason``: required before the last call that the rules allow; else it may be None. ``pin``, ``pin_clerk``: the
    only counter or clerk who may call it when it returns; facts of earlier releases have none.
    """

    KIND: ClassVar = FactKind.MISSED
    VERSION: ClassVar[int] = 2

    reason: str | None
    pin: str | None = field(default=None, metadata=left_out_if_none(2))
    pin_clerk: str | None = field(default=None, metadata=left_out_if_none(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReturned(NumberedFact):
    """A ticket that was missed waits again. ``key``: its new sort key in the queue.

    ``pin``, ``pin_clerk``: those of :class:`TicketMissed`, if they can still call it.
    """

    KIND: ClassVar = FactKind.RETURNED
    VERSION: ClassVar[int] = 2

    key: int
    pin: str | None = field(default=None, metadata=left_out_if_none(2))
    pin_clerk: str | None = field(default=None, metadata=left_out_if_none(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRequeued(NumberedFact):
    """A called ticket waits again. ``callable_from_ms``: put off until then; None: not put off.

    ``reason``: the text of a clerk, or "no_answer" (nobody acknowledged the automatic call).
    """

    KIND: ClassVar = FactKind.REQUEUED
    VERSION: ClassVar[int] = 2

    reason: str | None
    callable_from_ms: int | None = field(default=None, metadata=left_out_if_none(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHeld(NumberedFact):
    """Service was interrupted, at the latest until ``due_ms``, because the visitor lacks something."""

    KIND: ClassVar = FactKind.HELD

    reason: str | None
    due_ms: int
    due_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketResumed(NumberedFact):
    """Service of a held ticket went on, by ``clerk``."""

    KIND: ClassVar = FactKind.RESUMED

    clerk: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReleased(NumberedFact):
    """A held ticket waits again; ``pin``: for this counter only, None: for any.

    ``reason``: the text of a clerk, "due" (its time has come) or "closed" (the counter was closed).
    """

    KIND: ClassVar = FactKind.RELEASED

    pin: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTransferred(NumberedFact):
    """A ticket in the state ``source`` waits for another service, or another counter (``pin``).

    ``service`` and ``procedure``: the new ones. ``pin_clerk``: for this clerk only, at whichever counter; None: for
    any. ``stops``: where the ticket goes back to afterwards, the next one last (``server.domain.queue.stops.Stop``);
    None: nowhere. ``sender``: the ``counter`` and the ``clerk`` that sent it, as ids (no ``clerk``: None); None where a
    ticket was sent from no counter, and in facts of older releases.
    """

    KIND: ClassVar = FactKind.TRANSFERRED
    VERSION: ClassVar[int] = 2

    source: TicketState = field(metadata=named("from", TicketState))
    procedure: str | None
    pin: str | None
    reason: str | None
    pin_clerk: str | None = field(default=None, metadata=left_out_if_none(2))
    stops: Sequence[Mapping[str, Any]] | None = field(default=None, metadata=left_out_if_none(2))
    sender: Mapping[str, Any] | None = field(default=None, metadata=left_out_if_none(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDeferred(NumberedFact):
    """A visitor let others go first. ``key``: the new sort key in the queue."""

    KIND: ClassVar = FactKind.DEFERRED

    key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReclassified(NumberedFact):
    """Staff changed the class, and with it the head start. ``key``: the new sort key in the queue.

    ``ticket_class``, ``head_start_ms``: the new ones, as in :class:`TicketIssued`.
    """

    KIND: ClassVar = FactKind.RECLASSIFIED

    ticket_class: str = field(metadata=named("class"))
    head_start_ms: int
    key: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketProcedureChanged(NumberedFact):
    """Staff corrected the procedure within the service. ``procedure``: the right one, ``before``: the wrong one."""

    KIND: ClassVar = FactKind.PROCEDURE_CHANGED

    procedure: str
    before: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCancelled(NumberedFact):
    """A ticket in the state ``source`` was cancelled. ``reason``: a text, or "void" (it was issued as a test)."""

    KIND: ClassVar = FactKind.CANCELLED

    source: TicketState = field(metadata=named("from", TicketState))
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketExpired(NumberedFact):
    """The day ended for a ticket in the state ``source``."""

    KIND: ClassVar = FactKind.EXPIRED

    source: TicketState = field(metadata=named("from", TicketState))


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketUnpinned(Fact):
    """Others may call the ticket too. It was pinned to ``counter``, or to ``clerk`` at whichever counter."""

    KIND: ClassVar = FactKind.UNPINNED
    VERSION: ClassVar[int] = 2

    ticket: str
    counter: str | None
    clerk: str | None = field(default=None, metadata=left_out_if_none(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPrinted(Fact):
    """A station reported the print state of a slip. ``proof``: how it is known, process_id, fence or none.

    ``state``: pending, printing, printed, held (the printer will print it later), failed or unknown.
    """

    KIND: ClassVar = FactKind.PRINTED

    ticket: str
    number: str
    state: str
    proof: str
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDossierNoted(Fact):
    """A dossier's code was stored with a ticket (``noted``), or removed.

    The code itself is in no fact.
    """

    KIND: ClassVar = FactKind.DOSSIER_NOTED

    ticket: str
    counter: str
    number: str
    noted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketNoted(Fact):
    """A clerk's note was stored with a ticket (``noted``), or removed. ``counter``: the clerk's.

    The note itself is in no fact.
    """

    KIND: ClassVar = FactKind.NOTED

    ticket: str
    counter: str
    number: str
    noted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRated(NumberedFact):
    """A visitor rated the service. ``level``: a ``SatisfactionLevel``; ``counter``: the one that served last."""

    KIND: ClassVar = FactKind.RATED

    level: str


FACTS: tuple[type[Fact], ...] = (
    TicketIssued,
    TicketCalled,
    TicketRecalled,
    TicketStarted,
    TicketFinished,
    TicketSentOn,
    TicketMissed,
    TicketReturned,
    TicketRequeued,
    TicketHeld,
    TicketResumed,
    TicketReleased,
    TicketTransferred,
    TicketDeferred,
    TicketReclassified,
    TicketProcedureChanged,
    TicketCancelled,
    TicketExpired,
    TicketUnpinned,
    TicketPrinted,
    TicketDossierNoted,
    TicketNoted,
    TicketRated,
)
