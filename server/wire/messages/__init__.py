"""The messages, version 1: bodies of the HTTP API, and messages on MQTT.

A "picture" is a whole state that the server publishes as a retained MQTT message. ``epoch`` names a start of the server
and ``rev`` the version of a picture within it.

Readers ignore fields they do not know (``Read``); requests refuse them (``Ask``). Ids are opaque strings
``[a-z0-9-]{1,40}``; times are RFC 3339 UTC with milliseconds; durations carry their unit in the name.

- ``basics``: the bases ``Read`` and ``Ask``; types of fields (``Id``, ``Code``, ``Note``, ``Time``, ``Interval``);
  ``to_time`` and ``from_time``, which convert milliseconds to the wire's times and back; the document of a refusal
  (``Problem``).
- ``asks``: bodies of requests. ``Here``: somebody is at a counter; ``Seen``: a display showed a call; ``Printed``: the
  state of a slip; ``Rate``: a visitor's rating; ``UnreadScan``: a scan whose text is not sent.
- ``answers``: answers of the HTTP API. ``Scanned``: the meaning of a scanned code; ``Catalogue``: all procedures;
  ``Job``: an order of staff for a station's printer; ``JournalRow``: one fact.
- ``enrolment``: messages between the server and a device that is not enrolled yet. ``DeviceRecord``: a device as the
  office knows it.
- ``pictures``: the server's messages on MQTT. ``Board``, ``Office``, ``CounterPicture`` and ``WorkList`` (ids of a
  station's open jobs) are pictures; ``ServerBeat`` is the heartbeat; ``TicketFact`` is for other programs,
  ``DeviceTest`` makes a station try a device.
- ``reports``: messages of the stations on MQTT. ``StationStatus``: online or not; ``DeviceStatus``: a device's health.
"""

from server.wire.messages.answers import (
    Called,
    Catalogue,
    CatalogueService,
    Counter,
    CounterTicket,
    Health,
    Job,
    Journal,
    JournalRow,
    Procedure,
    Scanned,
    Service,
    Services,
    StationHealth,
    Ticket,
    Tickets,
)
from server.wire.messages.asks import (
    AskHelp,
    CallNext,
    Here,
    IssueTicket,
    JobResult,
    MoveTicket,
    Printed,
    RaiseAlarm,
    Rate,
    RatingLevel,
    Scan,
    Seen,
    SetCounterState,
    SetReady,
    SignIn,
    UnreadScan,
    WhyUnread,
)
from server.wire.messages.basics import (
    Ask,
    Code,
    CounterStateName,
    Date,
    Id,
    Interval,
    Note,
    Outcome,
    Problem,
    ProblemCode,
    ProblemNeed,
    Read,
    RequestId,
    TicketClass,
    Time,
    from_time,
    to_time,
)
from server.wire.messages.enrolment import (
    BeginEnrolment,
    BegunEnrolment,
    DeviceCredentials,
    DeviceKind,
    DeviceRecord,
    EnrolmentProgress,
    FinishEnrolment,
    RevealEnrolment,
)
from server.wire.messages.pictures import (
    Board,
    BoardService,
    Call,
    CounterPicture,
    Day,
    DeviceTest,
    Notice,
    Office,
    OfficeCounter,
    OfficeGroup,
    Rule,
    ServerBeat,
    TicketFact,
    WorkList,
)
from server.wire.messages.reports import DeviceState, DeviceStatus, StationStatus

__all__ = [
    "Ask",
    "AskHelp",
    "BeginEnrolment",
    "BegunEnrolment",
    "Board",
    "BoardService",
    "Call",
    "CallNext",
    "Called",
    "Catalogue",
    "CatalogueService",
    "Code",
    "Counter",
    "CounterPicture",
    "CounterStateName",
    "CounterTicket",
    "Date",
    "Day",
    "DeviceCredentials",
    "DeviceKind",
    "DeviceRecord",
    "DeviceState",
    "DeviceStatus",
    "DeviceTest",
    "EnrolmentProgress",
    "FinishEnrolment",
    "Health",
    "Here",
    "Id",
    "Interval",
    "IssueTicket",
    "Job",
    "JobResult",
    "Journal",
    "JournalRow",
    "MoveTicket",
    "Note",
    "Notice",
    "Office",
    "OfficeCounter",
    "OfficeGroup",
    "Outcome",
    "Printed",
    "Problem",
    "ProblemCode",
    "ProblemNeed",
    "Procedure",
    "RaiseAlarm",
    "Rate",
    "RatingLevel",
    "Read",
    "RequestId",
    "RevealEnrolment",
    "Rule",
    "Scan",
    "Scanned",
    "Seen",
    "ServerBeat",
    "Service",
    "Services",
    "SetCounterState",
    "SetReady",
    "SignIn",
    "StationHealth",
    "StationStatus",
    "Ticket",
    "TicketClass",
    "TicketFact",
    "Tickets",
    "Time",
    "UnreadScan",
    "WhyUnread",
    "WorkList",
    "from_time",
    "to_time",
]
