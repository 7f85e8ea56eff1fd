"""The request bodies of the HTTP API."""

from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from server.wire.messages.basics import (
    Ask,
    Code,
    CounterStateName,
    Id,
    Note,
    Outcome,
    RequestId,
    TicketClass,
    Time,
    VisitorText,
)


class IssueTicket(Ask):
    """Issue a ticket. ``station``: the caller, a kiosk or a browser of staff.

    ``slip``: the caller prints the slip itself; ``print_at``: the kiosk that gets a job to print it; None: no job.
    ``earlier``: the ``request_id`` by which the same touch sequence at this kiosk took a number of the service just
    before; None: it took none. It says nothing about the person.
    """

    request_id: RequestId
    service: Code
    procedure: Code | None = None
    ticket_class: TicketClass = Field(default=TicketClass.ORDINARY, alias="class")
    station: Id
    print_at: Id | None = None
    slip: bool = False
    earlier: RequestId | None = None

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class MoveTicket(Ask):
    """Move a ticket. Each move uses some of the fields.

    ``move``: a ``Move``. ``counter``: the one where the caller is. ``pin``: the only counter that may call it next;
    ``pin_clerk``: the only clerk, at whichever counter. ``back``: after a transfer it comes back to ``counter`` when it
    is finished there. ``note``: for the colleague who gets it; it is erased at the day's close. ``due_min``: how many
    minutes a held ticket waits at most. ``reason``: a text of staff.
    """

    request_id: RequestId
    move: str = Field(max_length=40)
    counter: Id | None = None
    station: Id | None = None
    reason: Note | None = None
    outcome: Outcome | None = None
    service: Code | None = None
    procedure: Code | None = None
    pin: Id | None = None
    pin_clerk: Id | None = None
    back: bool | None = None
    note: Note | None = None
    due_min: int | None = Field(default=None, ge=1, le=480)
    ticket_class: TicketClass | None = Field(default=None, alias="class")

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class UndoMove(Ask):
    """Take back the caller's last move of a ticket.

    ``counter``: the one where the caller is. ``seq``: the move's sequence in the journal, if only this one is meant.
    """

    request_id: RequestId
    counter: Id | None = None
    seq: int | None = Field(default=None, ge=1)
    station: Id | None = None


class CallNext(Ask):
    """Call the next ticket, or that with ``number``, as keyed ("15", "A015")."""

    request_id: RequestId
    station: Id | None = None
    number: str | None = Field(default=None, pattern=r"^[A-Z]{0,2}[0-9]{1,4}$")


class SetCounterState(Ask):
    """Open, pause or close a counter. ``until``: when a pause is expected to end; ``reason``: a text of staff."""

    request_id: RequestId
    state: CounterStateName
    reason: Note | None = None
    until: Time | None = None
    station: Id | None = None


class ChangeServicesToday(Ask):
    """Change the services of a counter for today. ``do``: lend one, take one, or restore those of the settings.

    ``from``: the counter from which a lent service is taken. ``confirmed``: do it although a refusal named the
    consequence (``last_counter``, ``own_list``).
    """

    do: Literal["lend", "take", "restore"]
    service: Code | None = None
    taken_from: Id | None = Field(default=None, alias="from")
    confirmed: bool = False
    station: Id | None = None

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ChangeIssuing(Ask):
    """Stop or resume issuing numbers of a service today. ``until``: when a stop ends; None: not today.

    ``reason`` and ``ask`` (whom to ask): texts for visitors, in the letters that kiosks can draw.
    """

    state: Literal["stopped", "issuing"]
    reason: VisitorText | None = None
    ask: VisitorText | None = None
    until: Time | None = None
    station: Id | None = None


class SignIn(Ask):
    """Sign a clerk in at the counter; None signs out."""

    request_id: RequestId
    clerk: Id | None
    station: Id | None = None


class SetReady(Ask):
    """Make the counter ready, or end that. At a ready counter the next ticket is called by itself."""

    request_id: RequestId
    ready: bool
    station: Id | None = None


class RaiseAlarm(Ask):
    """Raise the staff alarm of a counter, silently for the hall."""

    request_id: RequestId
    station: Id | None = None


class Here(Ask):
    """A sign of life of a counter: its page is open, or its keypad works.

    ``key``: a key was pressed there, which acknowledges an automatic call; False: only a regular report.
    """

    station: Id
    key: bool = False


class Printed(Ask):
    """The print state of a slip. ``proof``: how the printer proved it (process_id, fence), or none."""

    state: Literal["pending", "printing", "printed", "held", "failed", "unknown"]
    proof: Literal["process_id", "fence", "none"] = "none"
    station: Id


class Seen(Ask):
    """Report that a call was shown, and whether it was spoken.

    ``spoken``: muted in quiet hours or in a fast demonstration; no_audio without a working speaker; None: not known
    yet.
    """

    station: Id
    shown_at: Time
    spoken: Literal["yes", "muted", "no_audio"] | None = None


class Scan(Ask):
    """Report the text of a scanned code. ``counter``: where it was scanned."""

    station: Id
    counter: Id | None = None
    text: str = Field(max_length=400)


class WhyUnread(StrEnum):
    """The reason why a station keeps the text of a scan to itself."""

    GARBLED = "garbled"  # the scanner's bytes are no text
    CARD = "card"  # it was read well, but is of an identity card, whose text leaves no station


class UnreadScan(Ask):
    """A scan whose text the station does not send.

    The server gets only the reason, and notifies the clerk.
    """

    station: Id
    why: WhyUnread


class RatingLevel(StrEnum):
    """A visitor's rating of the service. A pad has three keys (without ``neutral``) or four."""

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
    """Call staff to a kiosk."""

    request_id: RequestId
    station: Id


class TryDevice(Ask):
    """Let a station try one of its devices.

    It lights up, speaks, prints, or reports its keys. ``device``: its name in the station's reports.
    """

    request_id: RequestId
    station: Id
    device: Id


class JudgeDevice(Ask):
    """A person tried a device. ``fault``: the code of what does not work; None: it works."""

    request_id: RequestId
    station: Id
    device: Id
    fault: str | None = Field(default=None, max_length=20)


class JobResult(Ask):
    """The result of a job. ``done``: a job that prints nothing was carried out; ``proof``: as in ``Printed``."""

    station: Id
    state: Literal["printed", "held", "failed", "unknown", "done"]
    proof: Literal["process_id", "fence", "none"] = "none"
