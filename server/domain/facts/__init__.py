"""Facts: the events of the hall, which the journal holds; one class for each kind.

The modules are by subject: ``tickets``, ``ways_back``
(what happened to a ticket is taken back), ``counters`` (their state, readiness, calls shown), ``day`` (clock, service
day, hours, stopped services), ``jobs`` (stations' jobs, calls for help, requests), ``assistance`` (staff alarms,
colleagues sent to a place) and ``office``. A row of the journal
is a kind, a subject and JSON data: ``subject_of`` and ``data_of`` make them from a fact, ``decode`` reads them back,
and ``FACTS`` has the class of each kind. The form of a stored fact never changes (:mod:`server.domain.facts.fact`).
``TicketFields``: the fields that most facts of a ticket have.
"""

from collections.abc import Mapping

from server.domain.facts import assistance, counters, day, devices, jobs, office, tickets, ways_back
from server.domain.facts.assistance import (
    AlarmEnded,
    AlarmRaised,
    AlarmTaken,
    ColleagueGoing,
    ColleagueSent,
    DispatchEnded,
)
from server.domain.facts.counters import (
    CallAcknowledged,
    CallSeen,
    CounterClerkChanged,
    CounterReady,
    CounterServicesToday,
    CounterStateChanged,
    CounterUnready,
)
from server.domain.facts.day import (
    ClockJudged,
    ClockStepped,
    DayClosed,
    DayDated,
    DayOpened,
    DayReopened,
    HoursChanged,
    ServerBooted,
    ServiceResumed,
    ServiceStopped,
)
from server.domain.facts.devices import DeviceTried
from server.domain.facts.fact import BadFact, Fact, data_of, decode, subject_of
from server.domain.facts.jobs import HelpAsked, HelpTaken, JobDone, JobMade, RequestRecorded
from server.domain.facts.kinds import FactKind
from server.domain.facts.office import (
    ClerkNamed,
    OfficeChanged,
    OfficeChangePlanned,
    OfficeChangeWithdrawn,
    OfficeLoaded,
)
from server.domain.facts.tickets import (
    TicketCalled,
    TicketCancelled,
    TicketDeferred,
    TicketDossierNoted,
    TicketExpired,
    TicketFields,
    TicketFinished,
    TicketHeld,
    TicketIssued,
    TicketMissed,
    TicketNoted,
    TicketPrinted,
    TicketProcedureChanged,
    TicketRated,
    TicketRecalled,
    TicketReclassified,
    TicketReleased,
    TicketRequeued,
    TicketResumed,
    TicketReturned,
    TicketSentOn,
    TicketStarted,
    TicketTransferred,
    TicketUnpinned,
)
from server.domain.facts.ways_back import TicketMoveUndone, TicketRejoined, TicketReopened

SUBJECTS = (tickets, ways_back, counters, day, office, jobs, devices, assistance)
FACTS: Mapping[FactKind, type[Fact]] = {fact.KIND: fact for subject in SUBJECTS for fact in subject.FACTS}
"""The class of each kind."""

__all__ = [
    "FACTS",
    "AlarmEnded",
    "AlarmRaised",
    "AlarmTaken",
    "BadFact",
    "CallAcknowledged",
    "CallSeen",
    "ClerkNamed",
    "ClockJudged",
    "ClockStepped",
    "ColleagueGoing",
    "ColleagueSent",
    "CounterClerkChanged",
    "CounterReady",
    "CounterServicesToday",
    "CounterStateChanged",
    "CounterUnready",
    "DayClosed",
    "DayDated",
    "DayOpened",
    "DayReopened",
    "DeviceTried",
    "DispatchEnded",
    "Fact",
    "FactKind",
    "HelpAsked",
    "HelpTaken",
    "HoursChanged",
    "JobDone",
    "JobMade",
    "OfficeChangePlanned",
    "OfficeChangeWithdrawn",
    "OfficeChanged",
    "OfficeLoaded",
    "RequestRecorded",
    "ServerBooted",
    "ServiceResumed",
    "ServiceStopped",
    "TicketCalled",
    "TicketCancelled",
    "TicketDeferred",
    "TicketDossierNoted",
    "TicketExpired",
    "TicketFields",
    "TicketFinished",
    "TicketHeld",
    "TicketIssued",
    "TicketMissed",
    "TicketMoveUndone",
    "TicketNoted",
    "TicketPrinted",
    "TicketProcedureChanged",
    "TicketRated",
    "TicketRecalled",
    "TicketReclassified",
    "TicketRejoined",
    "TicketReleased",
    "TicketReopened",
    "TicketRequeued",
    "TicketResumed",
    "TicketReturned",
    "TicketSentOn",
    "TicketStarted",
    "TicketTransferred",
    "TicketUnpinned",
    "data_of",
    "decode",
    "subject_of",
]
