"""What stations and pages ask: the bodies of the HTTP API."""

from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from server.wire.messages.basics import Ask, Code, CounterStateName, Id, Note, Outcome, RequestId, TicketClass, Time


class IssueTicket(Ask):
    """``slip``: whoever asks is going to print it. ``print_at``: the station that is to be told to print it."""

    request_id: RequestId
    service: Code
    procedure: Code | None = None
    ticket_class: TicketClass = Field(default=TicketClass.ORDINARY, alias="class")
    station: Id
    print_at: Id | None = None
    slip: bool = False

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class MoveTicket(Ask):
    request_id: RequestId
    move: str = Field(max_length=40)
    counter: Id | None = None
    station: Id | None = None
    reason: Note | None = None
    outcome: Outcome | None = None
    service: Code | None = None
    procedure: Code | None = None
    pin: Id | None = None
    due_min: int | None = Field(default=None, ge=1, le=480)
    ticket_class: TicketClass | None = Field(default=None, alias="class")

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class CallNext(Ask):
    """``number``: this one and no other, as it is keyed on a pad ("15", "A015")."""

    request_id: RequestId
    station: Id | None = None
    number: str | None = Field(default=None, pattern=r"^[A-Z]{0,2}[0-9]{1,4}$")


class SetCounterState(Ask):
    request_id: RequestId
    state: CounterStateName
    reason: Note | None = None
    until: Time | None = None
    station: Id | None = None


class SignIn(Ask):
    """``clerk`` None signs out."""

    request_id: RequestId
    clerk: Id | None
    station: Id | None = None


class SetReady(Ask):
    request_id: RequestId
    ready: bool
    station: Id | None = None


class Here(Ask):
    """A page or keypad is present at the counter; with ``key`` somebody pressed something (acknowledges)."""

    station: Id
    key: bool = False


class Printed(Ask):
    """What the printer proved. ``proof``: process_id, fence or none."""

    state: Literal["pending", "printing", "printed", "held", "failed", "unknown"]
    proof: Literal["process_id", "fence", "none"] = "none"
    station: Id


class Seen(Ask):
    station: Id
    shown_at: Time
    spoken: Literal["yes", "muted", "no_audio"] | None = None


class Scan(Ask):
    station: Id
    counter: Id | None = None
    text: str = Field(max_length=400)


class WhyUnread(StrEnum):
    """Why a station sends no text of a scan: it cannot be read, or is somebody's identity card."""

    GARBLED = "garbled"
    CARD = "card"


class UnreadScan(Ask):
    """Something was scanned that the clerk is told of and nobody is sent."""

    station: Id
    why: WhyUnread


class RatingLevel(StrEnum):
    """How a visitor was served, in their own eyes; a pad may have three keys (without ``neutral``) or all four."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    NEUTRAL = "neutral"
    DISSATISFIED = "dissatisfied"


class Rate(Ask):
    """A rating of the ticket served last at ``counter``; once per ticket."""

    request_id: RequestId
    station: Id
    counter: Id
    level: RatingLevel


class AskHelp(Ask):
    request_id: RequestId
    station: Id


class JobResult(Ask):
    """``done``: what was no slip is carried out."""

    station: Id
    state: Literal["printed", "held", "failed", "unknown", "done"]
    proof: Literal["process_id", "fence", "none"] = "none"
